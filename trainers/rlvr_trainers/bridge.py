"""The bridge between a trainer and a suite, on which every adapter stands.

An adapter knows where its trainer hands over completions, columns and prompts. All else is here: the suite is loaded
once per process and travels to others by its path, the completion is never taken from a column of the data set, and
what could not be scored is told apart from a wrong answer.
"""

from __future__ import annotations

import math
import os
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

from rlvr import ConfigError, Record, Reward, RlvrError, Suite, Task, Verdict, load_suite, parse_suite, record_from
from rlvr import score_records as score_batch
from rlvr.record import ANSWER_ROLES, ReadingRules, is_null
from rlvr_trainers.batching import batcher_of, deadline_after

SuiteLike: TypeAlias = Suite | str | Path | Mapping[str, Any]
"""A loaded suite, the path of a suite file, or a dict with the keys of a suite file."""

Turns: TypeAlias = Literal["last", "all"]
"""Which turns of the model are the completion: the last one, or all of them, joined. A tool's text never is."""

SUITE_VARIABLE = "RLVR_SUITE"

# Trainers write these keys beside the metrics, so a metric of the name would take their place, or they its.
TRAINER_KEYS = frozenset({"acc", "reward", "rewards", "score", "scores", "uid"})

_COMPLETION = "completion"
_loaded: dict[str, Suite] = {}


class NotScoredError(RlvrError):
    """A completion that nobody could score, for trainers that leave out a sample whose reward function raises."""

    def __init__(self, reward: Reward) -> None:
        self.reward = reward
        super().__init__(f"not scored ({reward.verdict.value}): {reward.reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return NotScoredError, (self.reward,)


def suite_of(given: SuiteLike | None = None) -> Suite:
    """Return a suite; a path or a dict is loaded once per process.

    Args:
        given: The suite; None for the path in the environment variable ``RLVR_SUITE``.

    Raises:
        ConfigError: There is no suite, it has an error, or a metric has a name that trainers use.
    """
    if given is None:
        given = os.environ.get(SUITE_VARIABLE, "").strip()
        if not given:
            hint = f"give the path of a suite file, or set {SUITE_VARIABLE} in the environment of the trainer"
            raise ConfigError("suite", "", "none is given", hint)
    if isinstance(given, Suite):
        return _checked(given)
    if isinstance(given, Mapping):
        key = repr(given)
        return _loaded.get(key) or _loaded.setdefault(key, _checked(parse_suite(given)))
    key = os.path.abspath(given)  # noqa: PTH100  # links stay: their target may move between two jobs
    return _loaded.get(key) or _loaded.setdefault(key, _checked(load_suite(key)))


def _checked(suite: Suite) -> Suite:
    for name in suite.metric_names:
        if name in TRAINER_KEYS:
            hint = "give the entry another name with `name:`"
            raise ConfigError(suite.source, "", f"the metric '{name}' has a name that trainers use themselves", hint)
    return suite


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A suite, as a trainer calls it; can be pickled, by its path if it was given one.

    Attributes:
        given: The suite; None for the path in ``RLVR_SUITE``.
        prompt: The column of the prompt; "" for what the suite or the column's name says.
        reference: The column of the reference; "" for what the suite or the column's name says.
        row_format: The format that names the places of the other parts; by default their names decide.
        turns: Which turns of the model are the completion.
        deadline_seconds: How long a batch may take; None without a limit.
        group_records: The number of completions of each prompt; None if the trainer hands over whole groups. Scorers
            of groups abstain on a group of another number.
    """

    given: SuiteLike | None = None
    prompt: str = ""
    reference: str = ""
    row_format: str = "generic"
    turns: Turns = "last"
    deadline_seconds: float | None = None
    group_records: int | None = None

    def __post_init__(self) -> None:
        """Load the suite, so that an error in it is told before training starts."""
        if isinstance(self.given, (str, Path)):
            object.__setattr__(self, "given", os.path.abspath(self.given))  # noqa: PTH100  # as in `suite_of`
        self._rules()

    @property
    def suite(self) -> Suite:
        """The suite of this process."""
        return suite_of(self.given)

    @property
    def ranks_groups(self) -> bool:
        """True if a scorer of the suite compares the completions of a prompt."""
        return any(entry.installed.scorer.score_group is not None for entry in self.suite.entries)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics of every record, in order, known before the first one is scored."""
        return self.suite.metric_names

    def check_reference_column(self, columns: Container[str]) -> None:
        """Refuse a data set without the column of the reference: each of its rows would be left out in silence.

        Raises:
            ConfigError: The column is missing, and each task has a scorer that needs the reference.
        """
        column = self.reference.partition(".")[0]
        tasks = self.suite.tasks.values()
        if column and column not in columns and all(map(_needs_reference, tasks)):
            hint = "name the column of the right answer with `reference=`"
            raise ConfigError(self.suite.source, "", f"the data set has no column `{column}`", hint)

    def record(self, columns: Mapping[str, Any], completion: Any, position: int = 0) -> Record:
        """Return the record of a completion.

        Args:
            columns: What the trainer hands over beside the completion, under the names of the data set; numpy and
                Arrow values are read as JSON values.
            completion: What the model wrote: text, or messages; no column is taken for it. None or NaN is a row
                without a completion, which is not scored.
            position: The id of a row without one.
        """
        if is_null(completion):
            return self.record_without_completion(columns, "the trainer handed over no completion", position)
        row = {str(name): value for name, value in columns.items()}
        row[_COMPLETION] = self._answer_in(completion)
        return record_from(row, self._rules(), position=position)

    def record_without_completion(self, columns: Mapping[str, Any], problem: str, position: int = 0) -> Record:
        """Return the record of a row whose completion was not found: a bad row, never a wrong answer."""
        return msgspec.structs.replace(self.record(columns, "", position), problem=problem)

    def score(self, columns: Sequence[Mapping[str, Any]], completions: Sequence[Any]) -> tuple[Reward, ...]:
        """Score a batch; one reward per completion, in order.

        Raises:
            ValueError: The numbers of columns and completions differ.
            ScorerFaultError: Scorers broke, and the suite says to stop.
        """
        pairs = zip(*same_length(columns=columns, completions=completions), strict=True)
        return self.score_records([self.record(row, text, position) for position, (row, text) in enumerate(pairs)])

    def score_records(self, records: Sequence[Record]) -> tuple[Reward, ...]:
        """Score a batch of records of :meth:`record`; see :meth:`score`."""
        deadline = deadline_after(self.deadline_seconds)
        return score_batch(self.suite, records, deadline=deadline, group_records=self.group_records).rewards

    def score_one(self, columns: Mapping[str, Any], completion: Any) -> Reward:
        """Score one completion, together with those that other threads hand over meanwhile."""
        return self.score_record(self.record(columns, completion))

    def score_record(self, record: Record) -> Reward:
        """Score a record of :meth:`record`; see :meth:`score_one`."""
        suite = self.suite
        return batcher_of(suite).score(suite, [record], deadline=deadline_after(self.deadline_seconds))[0]

    async def score_one_async(self, columns: Mapping[str, Any], completion: Any) -> Reward:
        """Score one completion, together with those that other coroutines hand over; the event loop goes on."""
        suite = self.suite
        deadline = deadline_after(self.deadline_seconds)
        records = [self.record(columns, completion)]
        return (await batcher_of(suite).score_async(suite, records, deadline=deadline))[0]

    def _rules(self) -> ReadingRules:
        """Return the places of the suite, but for the completion, whose place the trainer is."""
        suite = self.suite
        return suite.resource(
            f"trainer rules {(self.prompt, self.reference, self.row_format)}", lambda: self._rules_for(suite)
        )

    def _rules_for(self, suite: Suite) -> ReadingRules:
        return ReadingRules(
            format=self.row_format,  # never found by the keys: a data set's columns are no reply of a platform
            id=suite.rules.id,
            prompt=(self.prompt,) if self.prompt else suite.rules.prompt,
            completion=(_COMPLETION,),
            reference=(self.reference,) if self.reference else suite.rules.reference,
            tool_calls=suite.rules.tool_calls,
            reasoning_tags=suite.rules.reasoning_tags,
        )

    def _answer_in(self, completion: Any) -> Any:
        match self.turns:
            case "last":
                return completion
            case "all":
                return _joined_turns(completion)
            case _:
                assert_never(self.turns)


def _needs_reference(task: Task) -> bool:
    """Return True if an entry of the task has no scorer that can do without the reference."""
    scorers = ([each.installed.scorer for each in entry.all_scorers] for entry in task.entries)
    return any(all("reference" in scorer.needs for scorer in each) for each in scorers)


def _joined_turns(completion: Any) -> Any:
    """Return one turn with the texts and calls of all turns of the model, a line apart; a text as it is."""
    if not isinstance(completion, (list, tuple)):
        return completion
    own = [turn for turn in completion if isinstance(turn, Mapping) and turn.get("role") in ANSWER_ROLES]
    if not own:
        return completion
    parts: list[Any] = []
    for turn in own:
        content = turn.get("content")
        found = content if isinstance(content, (list, tuple)) else [{"type": "text", "text": content or ""}]
        parts.extend([{"type": "text", "text": "\n"}, *found] if parts else found)
    calls = [call for turn in own for call in turn.get("tool_calls") or ()]
    return [{"role": "assistant", "content": parts, "tool_calls": calls}]


def same_length(**columns: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Return the columns; a wrong number of rewards would be spread over the wrong completions without a word.

    Raises:
        ValueError: The columns differ in length.
    """
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{len(column)} {name}" for name, column in columns.items())
        raise ValueError(f"the trainer handed over {lengths}; expected as many of each")
    return tuple(columns.values())


def rows_of_columns(columns: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Return the rows of columns that a trainer hands over: lists, arrays or series with an element for each row.

    What is no sequence, such as the state of the trainer, is no column.

    Raises:
        ValueError: A column has another number of elements.
    """
    kept = {name: column for name, column in columns.items() if _is_column(column)}
    lengths = {name: len(column) for name, column in kept.items() if len(column) != count}
    if lengths:
        told = ", ".join(f"{length} in `{name}`" for name, length in lengths.items())
        raise ValueError(f"the trainer handed over {count} completions and {told}; expected as many of each")
    if not kept:
        return [{} for _ in range(count)]
    return [dict(zip(kept, values, strict=True)) for values in zip(*kept.values(), strict=True)]


def _is_column(value: Any) -> bool:
    is_sized = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    return is_sized and not isinstance(value, (str, bytes, Mapping))


def masked_number(reward: Reward) -> float | None:
    """Return the reward for a trainer that leaves out None: the number if the completion was scored, else None."""
    match reward.verdict:
        case Verdict.SCORED:
            return reward.value
        case Verdict.ABSTAINED | Verdict.INVALID_TASK | Verdict.FAILED:
            return None
        case _:
            assert_never(reward.verdict)


def scored_or_raise(reward: Reward) -> Reward:
    """Return the reward, for a trainer that leaves out a sample whose reward function raises.

    Raises:
        NotScoredError: The completion was not scored.
    """
    if masked_number(reward) is None:
        raise NotScoredError(reward)
    return reward


def metrics_of(reward: Reward) -> dict[str, float]:
    """Return the metrics of a reward by name: those of ``suite.metric_names``, in that order."""
    return {metric.name: metric.value for metric in reward.metrics}


def mean_metrics(rewards: Iterable[Reward]) -> dict[str, float]:
    """Return the mean of each metric over the records that have it; a metric that none of them has is left out."""
    values: dict[str, list[float]] = {}
    for reward in rewards:
        for metric in reward.metrics:
            if metric.is_own:
                values.setdefault(metric.name, []).append(metric.value)
    return {name: math.fsum(held) / len(held) for name, held in values.items()}


def conversation_parts(conversation: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Divide a conversation into the prompt, up to the last question, and what came after it."""
    messages = [_with_plain_calls(message) for message in conversation]
    roles = [str(message.get("role", "")).lower() for message in messages]
    end = max((place + 1 for place, role in enumerate(roles) if role in {"user", "human"}), default=None)
    if end is None:  # no question: up to the first turn of the model
        end = next((place for place, role in enumerate(roles) if role in ANSWER_ROLES), len(roles))
    return list(messages[:end]), list(messages[end:])


def _with_plain_calls(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message whose calls are JSON values; some trainers keep them as objects of pydantic."""
    calls = message.get("tool_calls")
    if not isinstance(calls, (list, tuple)):
        return message
    return {**message, "tool_calls": [call.model_dump() if hasattr(call, "model_dump") else call for call in calls]}
