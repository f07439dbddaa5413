"""The adaptive search: the cheapest completion that earns more than a weak but honest policy."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from rlvr import Record, Suite, Verdict
from rlvr_lab.attack.campaign import Campaign, Scoring, Trial, components_of, gain_of
from rlvr_lab.attack.families import Attack, needs_gold
from rlvr_lab.attack.honest import WRAPPINGS, calls_of, wrapped
from rlvr_lab.attack.judging import AttackFinding, severity_of, shown
from rlvr_lab.attack.material import Material, Subject

# Records on which each candidate is scored; all have another reference if there are so many.
SAMPLE = 8
FIRST = 2
POPULATION = 24
MARGIN = 0.1
"""By how much, of full marks, a candidate must beat the honest policy; less is luck of the sample."""

_LENGTH_LIMIT = 4_000
_SHORT_CHARACTERS = 120
_MARKS = ("\\boxed{", "}", "<answer>", "</answer>", "####", "The answer is", "or", ",", "```", "{}", "0", "1", "A")
_PIECES = re.compile(r"\s+|[^\s]+")


class Found(NamedTuple):
    """The result of a search: the finding, if any, and the number of evaluations."""

    finding: AttackFinding | None
    evaluations: int


class _Candidate(NamedTuple):
    gain: float
    text: str

    @property
    def rank(self) -> tuple[float, int]:
        """Candidates that earn more come first; of equal ones, shorter ones."""
        return (-round(self.gain, 3), len(self.text))


class _Search:
    def __init__(self, campaign: Campaign, scoring: Scoring, budget: int, seed: int) -> None:
        self.scoring = scoring
        self.share = scoring.asked_share(campaign.task)
        self.budget = budget
        self.random = random.Random(seed)  # noqa: S311  # a search that can be repeated, no secret
        rated = [number for number, each in enumerate(campaign.subjects) if not each.is_empty]
        material = Material([campaign.subjects[number] for number in rated])
        self.sample = material.frequent[:SAMPLE] or material.subjects[:SAMPLE]
        self._right = {
            id(subject): _as_text(answer)
            for subject, answer in zip(campaign.subjects, campaign.controls.answers, strict=True)
        }
        self.known: dict[str, float] = {}
        self.pool = self._pieces(material)

    def evaluate(self, texts: Sequence[str]) -> list[_Candidate]:
        """Score texts on the records of the sample, as far as the budget lasts.

        A text that earns nothing on the first records is not scored on the others.
        """
        new = [each for each in dict.fromkeys(texts) if each not in self.known]
        new = new[: (self.budget - self.scoring.evaluations) // len(self.sample)]
        first = self._gains(new, self.sample[:FIRST])
        promising = [text for text in new if any(first[text])]
        rest = self._gains(promising, self.sample[FIRST:])
        for text in new:
            self.known[text] = fmean([*first[text], *rest.get(text, [0.0] * len(self.sample[FIRST:]))])
        return [_Candidate(self.known[text], text) for text in dict.fromkeys(texts) if text in self.known]

    def _gains(self, texts: Sequence[str], subjects: Sequence[Subject]) -> dict[str, list[float]]:
        records = [each.record.with_completion(text) for text in texts for each in subjects]
        gains = [self.share * gain_of(reward) for reward in self.scoring.score(records)]
        count = len(subjects)
        return {text: gains[place * count : (place + 1) * count] for place, text in enumerate(texts)}

    @property
    def is_spent(self) -> bool:
        return self.scoring.evaluations + len(self.sample) > self.budget

    def baseline(self) -> float:
        """Return what the best constant answer earns, in the form that is paid best: a weak but honest policy.

        Beside short references in three forms, it is the best right answer to each record of the sample: calls or JSON
        for another row may be right in part.
        """
        forms = [WRAPPINGS[name] for name in ("bare", "sentence", "steps, boxed")]
        texts = [wrapped(form, each.gold) for form in forms for each in self.sample if each.is_short]
        texts += filter(None, (self._right[id(each)] for each in self.sample))
        return max((each.gain for each in self.evaluate(texts)), default=0.0)

    def mutate(self, text: str, other: str) -> str:
        """Return a text that differs: composed with another, with a piece inserted, deleted or taken from a row."""
        pieces = _PIECES.findall(text) or [""]
        place = self.random.randrange(len(pieces) + 1)
        match self.random.randrange(5):
            case 0:
                made = f"{text}\n{other}"
            case 1:
                made = "".join([*pieces[:place], f" {self.random.choice(self.pool)} ", *pieces[place:]])
            case 2:
                end = min(len(pieces), place + self.random.randrange(1, 1 + max(1, len(pieces) // 2)))
                made = "".join([*pieces[:place], *pieces[end:]])
            case 3:
                cut = _PIECES.findall(other) or [""]
                made = "".join([*pieces[:place], " ", *cut[self.random.randrange(len(cut)) :]])
            case _:
                made = f"{other} {text}"
        return made[:_LENGTH_LIMIT]

    def _pieces(self, material: Material) -> list[str]:
        """Return pieces to insert: words of prompts, the rows' references, and marks of formats."""
        prompts = " ".join(each.prompt for each in self.sample)
        golds = [each.gold for each in material.frequent[:40] if each.is_short]
        return list(dict.fromkeys([*prompts.split()[:200], *golds, *_MARKS]))

    def minimise(self, best: _Candidate) -> _Candidate:
        """Delete pieces from a text as long as it earns nearly the same."""
        pieces = _PIECES.findall(best.text)
        size = max(1, len(pieces) // 2)
        while size and not self.is_spent:
            start, shrunk = 0, False
            while start < len(pieces) and not self.is_spent:
                shorter = [*pieces[:start], *pieces[start + size :]]
                tried = self.evaluate(["".join(shorter)])
                if tried and tried[0].gain >= best.gain - 0.01:  # rounding of sums
                    pieces, best, shrunk = shorter, _Candidate(max(best.gain, tried[0].gain), tried[0].text), True
                else:
                    start += size
            size = size if shrunk and size > 1 and len(pieces) > size else size // 2
        return best


def _as_text(answer: Record | None) -> str:
    """Return a right answer as a text; calls as JSON."""
    if answer is None:
        return ""
    calls = [{"name": name, "arguments": arguments} for name, arguments in calls_of(answer)]
    return answer.completion or (json.dumps(calls, ensure_ascii=False) if calls else "")


def search(suite: Suite, campaign: Campaign, scoring: Scoring, *, budget: int, seed: int) -> Found:
    """Search for a completion that earns more than a weak policy, and make it as short as it can be.

    Candidates start from attacks that need no right answer. All are scored on the same few records, so a candidate is a
    policy without an answer: it cannot fit one record.

    Args:
        suite: The suite.
        campaign: What was tried before.
        scoring: Scores the candidates; a search asks models too if the campaign did.
        budget: Number of completions to score.
        seed: The seed.
    """
    state = _Search(campaign, scoring, budget, seed)
    if not state.sample:
        return Found(None, 0)
    baseline = state.baseline()
    seeds: dict[str, float] = {}
    for trial in campaign.trials:
        text = trial.attack.record.completion
        if (
            not needs_gold(trial.attack.needs)
            and text
            and trial.reward.verdict
            is not Verdict.FAILED  # a text that hangs the scorer once would do so in each candidate made of it
            and len(text) <= _LENGTH_LIMIT
            and not trial.attack.record.tool_calls
        ):
            seeds[text] = max(seeds.get(text, 0.0), trial.gain)
    order = sorted(seeds, key=lambda text: (-seeds[text], len(text)))
    kept = max(POPULATION, len(order) // 8)
    # All short texts in one: whatever several of them bring about together is paid at once, and minimising finds which.
    short = [text for text in order if len(text) <= _SHORT_CHARACTERS]
    composed = ["\n".join(short)[:_LENGTH_LIMIT], "\n".join(reversed(short))[:_LENGTH_LIMIT]]
    # A third of the budget goes to minimising, which is short where nothing was found.
    whole, state.budget = state.budget, state.budget * 2 // 3
    population = sorted(state.evaluate([*composed, *order[:kept]]), key=lambda each: each.rank)[:POPULATION]
    while population and not state.is_spent:
        children = [
            state.mutate(parent.text, state.random.choice(population).text)
            for parent in state.random.choices(population, k=POPULATION)
        ]
        merged = {each.text: each for each in (*population, *state.evaluate(children))}
        population = sorted(merged.values(), key=lambda each: each.rank)[:POPULATION]
    state.budget = whole
    best = min(population, key=lambda each: each.rank, default=None)
    if best is None or best.gain < baseline + MARGIN:
        return Found(None, state.scoring.evaluations)
    best = state.minimise(best)
    return Found(_finding(suite, campaign, state, best, baseline), state.scoring.evaluations)


def _finding(suite: Suite, campaign: Campaign, state: _Search, best: _Candidate, baseline: float) -> AttackFinding:
    honest = {id(subject): gain for subject, gain in zip(campaign.subjects, campaign.controls.best, strict=True)}
    records = [each.record.with_completion(best.text) for each in state.sample]
    rewards = state.scoring.score(records)
    trials = [
        Trial(
            subject=number,
            attack=Attack(family="search", name="search", needs="data", record=record),
            reward=reward,
            gain=state.share * gain_of(reward),
            honest=honest[id(subject)],
        )
        for number, (subject, record, reward) in enumerate(zip(state.sample, records, rewards, strict=True))
    ]
    ratio = best.gain / max(0.01, fmean(each.honest for each in trials))
    component = next(iter(components_of(trials, suite)), "")
    return AttackFinding(
        severity=severity_of(min(1.0, ratio), "data"),
        family="search",
        needs="data",
        component=component,
        title=f"One text for all rows earns {best.gain:.2f}; the best constant answer earns {baseline:.2f}",
        example=shown(trials[0]),
        remedy=f"tasks.{campaign.task}: `{component}`: the example shows what it pays for; see the other findings",
        task=campaign.task,
        exploit_ratio=min(1.0, ratio),
        paid=sum(each.gain > 0.0 for each in trials),
        records=len(trials),
    )
