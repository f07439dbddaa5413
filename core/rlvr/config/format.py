"""The shape of a suite file; what an editor completes is generated from these classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta

Unit = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=900, description="Wall time; Lambda allows 900 seconds at most.")]
Path = Annotated[str, Meta(min_length=1, description="A dotted field path, such as `metadata.domain`.")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$", max_length=100)]
Policy: TypeAlias = Literal["zero", "abstain", "floor", "raise"]
Method: TypeAlias = Literal["mean", "sum", "product", "min", "max", "median"]
BreakerAction: TypeAlias = Literal["raise", "zero"]
AbsentValue: TypeAlias = Literal["veto", "pass"]

# Names that an entry must not have, each with its reader: the metric would overwrite a field, or be overwritten by it.
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
    **dict.fromkeys(("reward", "score", "uid"), "a key that trainers reserve for themselves"),
}


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of the file; an unknown key is an error.

    ``RENAMED`` of a section, or of the options of a scorer, maps a former name to the present one, for the error.
    """


class GateSection(_Section, frozen=True):
    """A veto: below the threshold, the whole reward becomes the floor."""

    at_least: Annotated[Unit, Meta(description="The least value that passes.")]
    floor: Annotated[float | None, Meta(description="The reward when vetoed; the range's low end if absent.")] = None
    absent: Annotated[
        AbsentValue,
        Meta(
            description="Whether an entry without a value (it abstained, or failed under `on_error: abstain`) vetoes."
        ),
    ] = "veto"


class WhenSection(_Section, frozen=True):
    """A condition: the entry counts 0.0 unless an entry above it reached a value."""

    scorer: Annotated[str, Meta(description="The name of an entry above this one.")]
    at_least: Unit = 1.0


class ScaleSection(_Section, frozen=True):
    """value * factor + offset."""

    factor: float
    offset: float = 0.0


class TransformSection(_Section, frozen=True):
    """One change of a value; set exactly one key."""

    threshold: Annotated[Unit | None, Meta(description="1.0 from this value up, else 0.0.")] = None
    clip: Annotated[tuple[float, float] | None, Meta(description="[low, high]")] = None
    scale: ScaleSection | None = None
    steps: Annotated[
        Annotated[list[tuple[float, float]], Meta(min_length=1)] | None,
        Meta(description="[[from value, result], ...] in rising order; 0.0 below the first."),
    ] = None


class EntrySection(_Section, frozen=True):
    """One scorer of a task."""

    scorer: Annotated[str, Meta(description="The scorer's id, such as `math.equivalent`.")]
    name: Annotated[Name | None, Meta(description="The metric's name; the scorer's id if absent.")] = None
    weight: Annotated[float, Meta(ge=0, le=1e6, description="0 makes it a metric only.")] = 1.0
    options: Annotated[dict[str, Any], Meta(description="The scorer's own options.")] = {}
    gate: Unit | GateSection | None = None
    when: str | WhenSection | None = None
    transform: list[Literal["invert"] | TransformSection] = []
    budget_seconds: Seconds | None = None


class FormulaSection(_Section, frozen=True):
    """The reward as arithmetic over the names of the entries."""

    formula: Annotated[str, Meta(min_length=1, description="Such as `0.7 * accuracy + 0.3 * min(format, length)`.")]


class TaskSection(_Section, frozen=True):
    """How the records of one kind are scored."""

    scorers: Annotated[list[str | EntrySection], Meta(min_length=1, max_length=100)]
    aggregate: Annotated[
        Method | FormulaSection,
        Meta(
            description="How the entries become one reward. `mean` normalises weights, `sum` multiplies by them; the "
            "others ignore them."
        ),
    ] = "mean"
    range: Annotated[tuple[float, float], Meta(description="[low, high]; the reward is clipped to it.")] = (0.0, 1.0)
    on_error: Annotated[
        Policy,
        Meta(
            description="What a broken scorer or unreadable row counts: 0.0 for its entry (zero), nothing (abstain), "
            "the range's low end as the reward (floor), or the end of the batch (raise)."
        ),
    ] = "zero"
    reference_key: Annotated[
        str | None, Meta(description="The key to take when a reference is an object of several.")
    ] = None


class RouteSection(_Section, frozen=True):
    """Which task a record goes to."""

    by: Annotated[
        Path | list[Path] | None,
        Meta(description="Field paths to read, the first that names a task wins; `task` and `data_source` if absent."),
    ] = None
    tasks: Annotated[dict[str, str], Meta(description="The field's value to the task's name, where they differ.")] = {}
    default: Annotated[str | None, Meta(description="The task of records that name none.")] = None


class ReadSection(_Section, frozen=True):
    """Where rows hold things; every known place is tried if absent."""

    id: Path | None = None
    completion: Path | None = None
    reference: Path | None = None
    reasoning_tags: Annotated[
        list[tuple[Annotated[str, Meta(min_length=1)], Annotated[str, Meta(min_length=1)]]] | None,
        Meta(description="[[opening, closing], ...] of reasoning blocks, in place of the known ones."),
    ] = None


class FailFastSection(_Section, frozen=True):
    """The circuit breaker: when not to learn from a batch on which scorers broke."""

    fault_share: Annotated[
        float, Meta(ge=0, lt=1, description="Above this share of records on which a scorer broke, the action is taken.")
    ]
    window_records: Annotated[
        int, Meta(ge=0, le=1_000_000, description="The share is taken over the last so many records; 0 for each batch.")
    ] = 0
    action: Annotated[
        BreakerAction,
        Meta(description="End the batch (raise), or 0.0 for all its records and the metric `rlvr/alarm` (zero)."),
    ] = "raise"


class WorkersSection(_Section, frozen=True):
    """The supervised processes that run scorers which are not bounded."""

    RENAMED: ClassVar[Mapping[str, str]] = {"memory_megabytes": "`memory_mb`", "recycle_megabytes": "`recycle_mb`"}

    count: (
        Annotated[
            int, Meta(ge=1, le=256, description="How many; if absent one for each processor that the process may use.")
        ]
        | None
    ) = None
    memory_mb: Annotated[
        int, Meta(ge=16, le=1_000_000, description="What one may allocate beside what is loaded at its start.")
    ] = 1_024
    recycle_records: Annotated[int, Meta(ge=1, description="One is replaced after so many records.")] = 10_000
    recycle_mb: Annotated[
        int, Meta(ge=16, le=1_000_000, description="One is replaced when its memory has grown by so much.")
    ] = 512
    keep_output: Annotated[bool, Meta(description="Let scorers print; what they print is dropped else.")] = False


class CacheSection(_Section, frozen=True):
    """Scores that are not computed twice."""

    RENAMED: ClassVar[Mapping[str, str]] = {"megabytes": "`memory_mb`"}

    memory_mb: Annotated[float, Meta(gt=0, le=100_000, description="The memory that it may take.")] = 64.0
    file: Annotated[str, Meta(min_length=1, description="A file that keeps scores between processes.")] | None = None


class SuiteSection(_Section, frozen=True):
    """A suite file."""

    tasks: Annotated[dict[str, Any], Meta(min_length=1, description="Tasks by name.")]
    version: Literal[1] = 1
    route: RouteSection | None = None
    read: ReadSection | None = None
    fail_fast: FailFastSection | None = None
    workers: WorkersSection = WorkersSection()
    cache: Annotated[bool | CacheSection, Meta(description="`false` switches it off; on, in memory, if absent.")] = True


UNHASHED_SECTIONS = ("workers", "cache")
"""What decides how fast a reward comes, and not which; left out of the fingerprint."""


SECTIONS = (
    SuiteSection,
    TaskSection,
    EntrySection,
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
