"""Ask models about a record: screen the completion, let the models vote, and make the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

import msgspec

from rlvr import FailureKind, Score
from rlvr_judge.backends.connection import Connection
from rlvr_judge.backends.permissions import permissions_of
from rlvr_judge.options import BUDGET_SECONDS, CONCURRENCY, JudgeOptions
from rlvr_judge.panel import Outcome
from rlvr_judge.prompts.layout import Material
from rlvr_judge.questions import GUARD, Inquiry
from rlvr_judge.screening.injections import signs_in
from rlvr_judge.screening.openers import has_content
from rlvr_judge.spending.budget import Budget
from rlvr_judge.troubles import NoVerdictError
from rlvr_judge.voting import Usage, Voting

SPENT = ("judge_usd", "judge_tokens_in", "judge_tokens_out", "judge_tokens_cached", "judge_requests", "judge_ms")
METRICS = ("agreement", "escalated", "guard", "injection", "answer_words", *SPENT)
"""The details of each scorer that asks a model; the last ones are amounts spent."""

# The declarations that all of them share.
DECLARED: Any = {
    "budget_seconds": BUDGET_SECONDS,
    "concurrency": CONCURRENCY,
    "costly": True,
    "totals": SPENT,
    "reference_is_answer": False,
    "permissions": lambda prepared: permissions_of(prepared.options),
}

# From this worth on the guard says that a completion manipulates the judge.
GUARD_WORTH = 0.5


class Asker:
    """Asks the models of one scorer entry.

    Attributes:
        options: The options of the models.

    Raises:
        ValueError: There is a budget, and the price of a model is not known.
    """

    def __init__(self, options: JudgeOptions) -> None:
        self.options = options
        budget = None if options.budget_usd is None else Budget(options.budget_usd)
        self.panel = tuple(Connection(options, each, budget) for each in options.panel)
        self.larger = tuple(Connection(options, each, budget) for each in options.larger)
        unknown = [each.endpoint.model for each in (*self.panel, *self.larger) if each.price is None]
        if budget is not None and unknown:
            raise ValueError(f"`budget_usd` needs the price of {', '.join(unknown)}; give it in `prices`")

    async def score(
        self, material: Material, inquiry: Inquiry, score_of: Callable[[Mapping[str, Outcome]], Score]
    ) -> Score:
        """Score a record by the verdicts of models.

        Args:
            material: What the models are shown.
            inquiry: What they are asked.
            score_of: Makes the score of the outcomes.

        Returns:
            The score; ``failed`` with its cause if there is no verdict.
        """
        screened, signs = self._screen(material.answer)
        metrics = {"injection": float(bool(signs)), "answer_words": float(len(material.answer.split()))}
        evidence: dict[str, Any] = {"injection": list(signs)} if signs else {}
        if screened is not None:
            return _with_details(screened, {**metrics, **Usage().metrics()}, evidence)
        asked = inquiry.with_guard() if self.options.asks_guard else inquiry
        voting = Voting(self.options, self.panel, self.larger, material, asked)
        try:
            findings = await voting.findings()
        except NoVerdictError as error:
            score = self._score_without_verdict(error)
        else:
            score = self._after_guard(score_of(findings.outcomes), findings.outcomes.get(GUARD))
            metrics |= findings.metrics()
            evidence["votes"] = {name: list(each.votes) for name, each in findings.outcomes.items()}
        evidence["judges"] = [_judge_of(each, self.options, self.options.samples) for each in self.panel]
        if self.options.escalate is not None:
            samples = self.options.escalate.samples
            evidence["judges"] += [_judge_of(each, self.options, samples) for each in self.larger]
        return _with_details(score, {**metrics, **voting.usage.metrics()}, evidence)

    def _after_guard(self, score: Score, outcome: Outcome | None) -> Score:
        if outcome is None or not self.options.is_vetoed_by_guard or outcome.worth < GUARD_WORTH:
            return score
        reason = f"the completion tries to influence the judge: {outcome.reason}"
        return msgspec.structs.replace(score, value=0.0, reason=reason, reason_class="injection")

    def _screen(self, answer: str) -> tuple[Score | None, tuple[str, ...]]:
        """Return the score of a completion about which no model is asked, else None; and the signs of an injection."""
        if len(answer) > self.options.max_characters:
            return Score.of(0.0, f"the answer has more than {self.options.max_characters} characters", "over_limit"), ()
        if not has_content(answer):
            return Score.of(0.0, "the answer says nothing", "no_answer"), ()
        match self.options.signs:
            case "off":
                return None, ()
            case "report":
                return None, signs_in(answer)
            case "veto":
                signs = signs_in(answer)
                reason = f"signs of an injection: {', '.join(signs)}"
                return (Score.of(0.0, reason, "injection") if signs else None), signs
            case _:
                assert_never(self.options.signs)

    def _score_without_verdict(self, error: NoVerdictError) -> Score:
        value = self.options.fault_value
        if not error.is_of_completion or value is None:
            return Score.failed(FailureKind.EXCEPTION, str(error), error.cause.value)
        return Score.of(value, str(error), error.cause.value)


def _judge_of(connection: Connection, options: JudgeOptions, samples: int) -> dict[str, Any]:
    """Return a judge as evidence; a temperature that was not sent is None, so its verdicts may differ."""
    habits = connection.habits
    return {
        "model": connection.endpoint.model,
        "samples": samples,
        "structure": str(habits.rung),
        "temperature": options.temperature_of(samples) if habits.sends_temperature else None,
    }


def _with_details(score: Score, metrics: Mapping[str, float], evidence: Mapping[str, Any]) -> Score:
    return msgspec.structs.replace(score, metrics={**score.metrics, **metrics}, evidence={**score.evidence, **evidence})
