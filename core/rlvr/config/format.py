"""The format of a suite file; the JSON Schema for editors is generated from these classes."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, assert_never, get_args

import msgspec
from msgspec import Meta

from rlvr.record.rules import CallsOf

Unit = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=900, description="Wall time; Lambda allows 900 seconds at most.")]
_BUDGET = "Wall time of one call for one record, in seconds; by default what the scorer declares."
Path = Annotated[str, Meta(min_length=1, description="A dotted field path, such as `metadata.domain`.")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$", max_length=100)]
Policy: TypeAlias = Literal["zero", "abstain", "floor", "raise"]
Method: TypeAlias = Literal["mean", "sum", "product", "min", "max", "median"]
WeightUse: TypeAlias = Literal["shares", "factors", "ignored"]
BreakerAction: TypeAlias = Literal["raise", "zero"]
AbsentValue: TypeAlias = Literal["veto", "pass"]
OpenCase: TypeAlias = Literal["abstained", "invalid_task", "undecided"]
"""The ways in which a scorer may leave a record to another one; see ``OtherwiseSection``."""

TransformKind: TypeAlias = Literal["threshold", "clip", "scale", "steps"]
"""The keys of a transform."""

PlainTransform: TypeAlias = Literal["invert"]
"""Transforms without numbers."""


def weight_use(method: Method) -> WeightUse:
    """Return how a method uses the weights of entries.

    Returns:
        "shares": the weights of the entries that count are scaled to add to 1.
        "factors": each value is multiplied by its weight; a negative weight is a penalty.
        "ignored": all weights count alike, but 0, which leaves an entry out.
    """
    match method:
        case "mean":
            return "shares"
        case "sum":
            return "factors"
        case "product" | "min" | "max" | "median":
            return "ignored"
        case _:
            assert_never(method)


# Names that an entry must not have, each with the reason: a metric of this name would collide with it.
RESERVED_NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "id",
            "aggregate_reward_score",
            "earns_nothing",
            "task",
            "verdict",
            "fingerprint",
            "completion_characters",
            "failures",
            "reasons",
            "arithmetic",
            "level",
            "message",
        ),
        "a field of the log's line for a record",
    ),
    "_aws": "the directive of CloudWatch's embedded metrics",
    "FunctionName": "the dimension of CloudWatch's embedded metrics",
    "rlvr": "the prefix of the metrics that every record has",
    **dict.fromkeys(("reward", "score", "uid"), "a key that trainers reserve for themselves"),
}


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping in the file; an unknown key is an error.

    ``RENAMED`` of a section, or of the options of a scorer, maps a former name to the present one, for the message.
    """


class GateSection(_Section, frozen=True):
    """A veto: if the value is below the threshold, the whole reward becomes the floor."""

    at_least: Annotated[Unit, Meta(description="The lowest value that passes.")]
    floor: Annotated[
        float | None, Meta(description="The reward after a veto; by default the low end of the range.")
    ] = None
    absent: Annotated[
        AbsentValue,
        Meta(description="The effect of an entry without a value: it abstained, or failed under `on_error: abstain`."),
    ] = "veto"


class WhenSection(_Section, frozen=True):
    """A condition: the entry counts 0.0 unless the value of an entry above it is high enough."""

    scorer: Annotated[str, Meta(description="The name of an entry above this one.")]
    at_least: Annotated[Unit, Meta(description="The lowest value of that entry for which this one counts.")] = 1.0


class ScaleSection(_Section, frozen=True):
    """The value times a factor, plus an offset."""

    factor: Annotated[float, Meta(description="The value is multiplied by this number.")]
    offset: Annotated[float, Meta(description="This number is added after the multiplication.")] = 0.0


class TransformSection(_Section, frozen=True):
    """One change of a value; exactly one key must be set."""

    threshold: Annotated[Unit | None, Meta(description="1.0 for this value and higher ones, else 0.0.")] = None
    clip: Annotated[
        tuple[float, float] | None, Meta(description="[low, high]; values outside become the nearer end.")
    ] = None
    scale: Annotated[ScaleSection | None, Meta(description="factor * value + offset")] = None
    steps: Annotated[
        Annotated[list[tuple[float, float]], Meta(min_length=1)] | None,
        Meta(description="[[from value, result], ...] in rising order; 0.0 below the first value."),
    ] = None


class OtherwiseSection(_Section, frozen=True):
    """A second scorer, which is asked only about the records that the first one does not decide."""

    scorer: Annotated[str, Meta(description="The id of the scorer, such as `judge.equivalent`.")]
    options: Annotated[dict[str, Any], Meta(description="The options of the scorer.")] = {}
    after: Annotated[
        list[OpenCase],
        Meta(
            min_length=1,
            description="It is asked after the first abstained, could not score the row (invalid_task), or could not "
            "read the answer (undecided). The row alone causes the first two; a completion can bring about the third.",
        ),
    ] = msgspec.field(default_factory=lambda: list(get_args(OpenCase)))
    budget_seconds: Annotated[Seconds | None, Meta(description=_BUDGET)] = None


class EntrySection(_Section, frozen=True):
    """One scorer of a task."""

    scorer: Annotated[str, Meta(description="The id of the scorer, such as `math.equivalent`.")]
    name: Annotated[Name | None, Meta(description="The name of the metric; by default the id of the scorer.")] = None
    weight: Annotated[
        float,
        Meta(
            ge=-1e6,
            le=1e6,
            description="0 makes the entry a metric only; a negative weight, under `sum` only, makes it a penalty.",
        ),
    ] = 1.0
    options: Annotated[dict[str, Any], Meta(description="The options of the scorer.")] = {}
    gate: Annotated[
        Unit | GateSection | None,
        Meta(description="A veto: below this value, the whole reward becomes the low end of the range."),
    ] = None
    when: Annotated[
        str | WhenSection | None,
        Meta(description="The name of an entry above: this one counts 0.0 unless the value of that one is 1.0."),
    ] = None
    transform: Annotated[
        list[PlainTransform | TransformSection],
        Meta(description="Changes of the value before the aggregation, applied from first to last."),
    ] = []
    budget_seconds: Annotated[Seconds | None, Meta(description=_BUDGET)] = None
    otherwise: Annotated[
        str | OtherwiseSection | None, Meta(description="A scorer for the records that this one does not decide.")
    ] = None


class FormulaSection(_Section, frozen=True):
    """The reward as a formula over the names of the entries."""

    formula: Annotated[str, Meta(min_length=1, description="Such as `0.7 * accuracy + 0.3 * min(format, length)`.")]


class TaskSection(_Section, frozen=True):
    """How the records of one kind are scored."""

    scorers: Annotated[
        list[str | EntrySection],
        Meta(
            min_length=1,
            max_length=100,
            description="The scorers of the task, in order: the id of a scorer, or a mapping with its settings.",
        ),
    ]
    aggregate: Annotated[
        Method | FormulaSection,
        Meta(
            description="The method that makes one reward of the entries. `mean` normalises the weights, `sum` "
            "multiplies by them, the others ignore them."
        ),
    ] = "mean"
    range: Annotated[tuple[float, float], Meta(description="[low, high]; the reward is clipped to it.")] = (0.0, 1.0)
    on_error: Annotated[
        Policy,
        Meta(
            description="The result of a broken scorer or an unreadable row: its entry counts 0.0 (zero), its entry is "
            "left out (abstain), the reward is the low end of the range (floor), or the batch ends (raise)."
        ),
    ] = "zero"
    reference_key: Annotated[
        str | None, Meta(description="The key to read from references that are objects with several keys.")
    ] = None


class RouteSection(_Section, frozen=True):
    """The rule that gives each record its task."""

    by: Annotated[
        Path | list[Path] | None,
        Meta(description="Field paths; the first whose value names a task wins. Default: `task`, `data_source`."),
    ] = None
    tasks: Annotated[
        dict[str, str],
        Meta(description="Values of the field, and the task of each, where the value is not the name of the task."),
    ] = {}
    default: Annotated[str | None, Meta(description="The task of records that name no task.")] = None


_PLACES = "A field path, or a list of them: the first that the row has is read."


class ReadSection(_Section, frozen=True):
    """The places of the parts of a row; by default the row's columns decide which format it has."""

    format: Annotated[
        str, Meta(description="The format of all rows, such as `verl`, instead of what they look like.")
    ] = ""
    id: Annotated[Path | list[Path] | None, Meta(description=f"The id of the row. {_PLACES}")] = None
    prompt: Annotated[Path | list[Path] | None, Meta(description=f"The prompt. {_PLACES}")] = None
    completion: Annotated[
        Path | list[Path] | None, Meta(description=f"The completion, or a list of completions. {_PLACES}")
    ] = None
    reference: Annotated[Path | list[Path] | None, Meta(description=f"The reference, or ground truth. {_PLACES}")] = (
        None
    )
    tool_calls: Annotated[
        CallsOf, Meta(description="The calls of a record: those of its last turn, or of all turns of the completion.")
    ] = "last_turn"
    reasoning_tags: Annotated[
        list[tuple[Annotated[str, Meta(min_length=1)], Annotated[str, Meta(min_length=1)]]] | None,
        Meta(description="[[opening, closing], ...]: the marks of reasoning blocks, instead of the known ones."),
    ] = None


class FailFastSection(_Section, frozen=True):
    """The circuit breaker: it stops a batch, or zeroes its rewards, if scorers broke on too many records."""

    fault_share: Annotated[
        float, Meta(ge=0, lt=1, description="The action is taken above this share of records on which a scorer broke.")
    ]
    window_records: Annotated[
        int, Meta(ge=0, le=1_000_000, description="The share is over this number of last records; 0: over each batch.")
    ] = 0
    action: Annotated[
        BreakerAction,
        Meta(description="End the batch (raise), or give its records 0.0 and set the metric `rlvr/alarm` to 1 (zero)."),
    ] = "raise"


class WorkersSection(_Section, frozen=True):
    """The supervised worker processes for scorers that are not bounded."""

    RENAMED: ClassVar[Mapping[str, str]] = {"memory_megabytes": "`memory_mb`", "recycle_megabytes": "`recycle_mb`"}

    count: Annotated[
        Annotated[int, Meta(ge=1, le=256)] | None,
        Meta(description="Number of workers; by default the processors that the process may use."),
    ] = None
    memory_mb: Annotated[
        int,
        Meta(ge=16, le=1_000_000, description="Memory that a worker may allocate in addition to that at its start."),
    ] = 1_024
    recycle_records: Annotated[int, Meta(ge=1, description="A worker is replaced after this number of records.")] = (
        10_000
    )
    recycle_mb: Annotated[
        int, Meta(ge=16, le=1_000_000, description="A worker is replaced when its memory has grown by this much.")
    ] = 512
    keep_output: Annotated[bool, Meta(description="Keep the output of scorers; by default it is dropped.")] = False


class CacheSection(_Section, frozen=True):
    """The cache of scores, so that no score is computed twice."""

    RENAMED: ClassVar[Mapping[str, str]] = {"megabytes": "`memory_mb`"}

    memory_mb: Annotated[float, Meta(gt=0, le=100_000, description="The memory that the cache may use.")] = 64.0
    file: Annotated[
        Annotated[str, Meta(min_length=1)] | None, Meta(description="A file that keeps scores between processes.")
    ] = None


class SuiteSection(_Section, frozen=True):
    """A suite file."""

    tasks: Annotated[dict[str, Any], Meta(min_length=1, description="Tasks by name.")]
    version: Annotated[Literal[1], Meta(description="The version of the format of suite files.")] = 1
    route: Annotated[
        RouteSection | None,
        Meta(description="The rule that gives each record its task; the only task of a suite takes every record."),
    ] = None
    read: Annotated[
        ReadSection | None,
        Meta(description="The places of the parts of a row; by default the columns of the row decide."),
    ] = None
    fail_fast: Annotated[
        FailFastSection | None, Meta(description="The circuit breaker for scorers that break; by default it is off.")
    ] = None
    workers: Annotated[WorkersSection, Meta(description="The worker processes for scorers that are not bounded.")] = (
        WorkersSection()
    )
    cache: Annotated[
        bool | CacheSection, Meta(description="`false` switches the cache off; by default it is on, in memory.")
    ] = True


UNHASHED_SECTIONS = ("workers", "cache")
"""Sections that change how fast a reward comes, but not the reward; the fingerprint leaves them out."""


SECTIONS = (
    SuiteSection,
    TaskSection,
    EntrySection,
    OtherwiseSection,
    GateSection,
    WhenSection,
    TransformSection,
    ScaleSection,
    FormulaSection,
    RouteSection,
    ReadSection,
    FailFastSection,
    WorkersSection,
    CacheSection,
)
