"""The loaded and validated configuration: tasks, and the rule that routes a record to its task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, assert_never, cast

import msgspec

from rlvr.config.format import AbsentValue, CacheSection, FailFastSection, Method, OpenCase, Policy, WorkersSection
from rlvr.config.routing import Route
from rlvr.files import SuiteFile
from rlvr.formula import Formula
from rlvr.plugins import InstalledScorer, Registry
from rlvr.record import Fields, Record
from rlvr.record.references import reference_at_key
from rlvr.record.rules import ReadingRules
from rlvr.scores import Score, Verdict

# Every record of every task has these metrics, so that a fault is never mistaken for a wrong answer.
FAILED, INVALID_TASK, VETOED = "rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed"

# Suites whose circuit breaker sets rewards to zero have this metric too: 1.0 if the breaker did.
ALARM = "rlvr/alarm"

# The detail of an entry with a second scorer: 1.0 if that was asked about the record.
OTHERWISE = "otherwise"

Place: TypeAlias = tuple[str, int, bool]
"""The place of a scorer: name of the task, index of the entry in it, and whether it is the second one of the entry."""

ResourceT = TypeVar("ResourceT")
Transform: TypeAlias = Callable[[float], float]


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A veto: if the value is below ``at_least``, the whole reward becomes ``floor``.

    Attributes:
        absent: Whether an entry without a value vetoes.
    """

    at_least: float
    floor: float
    absent: AbsentValue = "veto"


class When(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the value of an entry above."""

    name: str
    at_least: float


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One scorer of a task, ready to run; also the second scorer of another entry.

    Attributes:
        name: Name of the metric, unique in the task.
        installed: The scorer, with its distribution.
        prepared: Second argument of ``score``: the options, or the result of ``prepare``.
        weight: Negative for a penalty.
        transforms: Changes of the value, in order: the explanation and the function of each.
        fault_value: The number that counts if the scorer broke or the row cannot be scored: 0.0, or for a penalty the
            largest value, so that no completion escapes a penalty by breaking the scorer.
        metrics: By detail, the name of its metric, ``<name>/<detail>``; also for the details of the second scorer.
        declared: The details that the scorer declares.
        place: The place of the scorer in the suite.
        fields: The fields that the scorer sees in addition to the completion; None for the whole record.
        cache_key: The part of cache keys that identifies scorer, version and options; b"" if scores are not cached.
        is_costly: Whether it runs after all others, and only where it can still change the reward.
        otherwise: The second scorer; None if there is none.
    """

    name: str
    installed: InstalledScorer
    prepared: Any
    weight: float
    gate: Gate | None
    when: When | None
    transforms: tuple[tuple[str, Transform], ...]
    fault_value: float
    budget_seconds: float
    metrics: Mapping[str, str]
    declared: frozenset[str]
    place: Place
    fields: Fields | None
    cache_key: bytes
    is_costly: bool = False
    otherwise: Otherwise | None = None

    @property
    def is_penalty(self) -> bool:
        """True if the value lowers the reward."""
        return self.weight < 0.0

    @property
    def is_cheap(self) -> bool:
        """Whether a score takes about as long as a look into the cache: its scorer is bounded, and not costly."""
        return self.installed.scorer.bounded and not self.is_costly

    def visible_part(self, record: Record) -> Record:
        """Return the part of a record that the scorer sees."""
        return record if self.fields is None else record.only(self.fields)

    @property
    def all_scorers(self) -> tuple[Entry, ...]:
        """The entry, and its second scorer if it has one."""
        return (self,) if self.otherwise is None else (self, self.otherwise.entry)


class Otherwise(msgspec.Struct, frozen=True, kw_only=True):
    """The second scorer of an entry.

    Attributes:
        entry: The scorer, as an entry with the name and the weight of the first.
        after: The cases in which it is asked.
    """

    entry: Entry
    after: frozenset[OpenCase]

    def is_asked_after(self, score: Score) -> bool:
        """Return whether the second scorer is asked about a record to which the first gave a score.

        It is never asked after a value that was decided, so that no completion gets a second opinion on a wrong
        answer; nor after a failure, which is a fault to repair.
        """
        match score.verdict:
            case Verdict.ABSTAINED:
                return "abstained" in self.after
            case Verdict.INVALID_TASK:
                return "invalid_task" in self.after
            case Verdict.SCORED:
                return score.is_undecided and "undecided" in self.after
            case Verdict.FAILED:
                return False
            case _:
                assert_never(score.verdict)


def nothing_in(low: float, high: float) -> float:
    """Return the largest reward of a range that still counts as nothing: 0.0 if that is inside, else the low end.

    With 0.0 inside, such as in -1 to 1, everything up to 0.0 is nothing; from 0.2 to 1 only 0.2 is.
    """
    return 0.0 if low < 0.0 < high else low


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """How the records of one kind are scored."""

    name: str
    entries: tuple[Entry, ...]
    aggregate: Method | Formula
    low: float
    high: float
    on_error: Policy
    reference_key: str | None

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics of its entries, in order, without those that all records have."""
        return tuple(name for entry in self.entries for name in (entry.name, *entry.metrics.values()))

    def metric_type(self, entry: Entry) -> Literal["Reward", "Metric"]:
        """Return ``Reward`` if an entry of the task counts in the reward."""
        if isinstance(self.aggregate, Formula):
            return "Reward" if entry.name in self.aggregate.names else "Metric"
        return "Reward" if entry.weight != 0.0 else "Metric"

    @property
    def nothing(self) -> float:
        """The largest reward that still counts as nothing; see :func:`nothing_in`."""
        return nothing_in(self.low, self.high)


class SuiteText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a suite, with everything needed to load it again in another process or on another machine.

    Attributes:
        text: The text.
        source: The file or address that it was read from, as messages name it.
        suffix: The format of the text, such as ``.yaml``.
        revision: The version of the text at its source, where a source has versions: an ETag, a number; "" for a file.
        folder: The folder that relative names of files start from; None if the suite is not a file.
        files: The contents of the files that the suite names, by their names there.
    """

    text: str
    source: str
    suffix: str
    revision: str = ""
    folder: str | None = None
    files: Mapping[str, bytes] = {}


class Suite(msgspec.Struct, frozen=True, kw_only=True, eq=False, weakref=True):
    """Tasks, and the rule that routes records to them.

    A suite can be pickled and deep-copied: the copy is loaded from ``given``, with workers and a cache of its own.

    Attributes:
        given: The text that the suite was loaded from.
        rules: The places of the parts of a row.
        files: The files that its options name.
        fingerprint: 16 hexadecimal digits of a hash over configuration and versions; rewards of different fingerprints
            must not be mixed.
        fail_fast: Settings of the circuit breaker; None if it is off.
        registry: The plugins that it was loaded with.
        load: The function that loads ``given`` again, for copies.
        workers: Settings of the worker processes.
        cache: Settings of the cache; None if it is off.
    """

    given: SuiteText
    tasks: Mapping[str, Task]
    route: Route
    rules: ReadingRules
    fingerprint: str
    registry: Registry
    load: Callable[[SuiteText, Registry | None], Suite]
    files: tuple[SuiteFile, ...] = ()
    fail_fast: FailFastSection | None = None
    workers: WorkersSection = WorkersSection()
    cache: CacheSection | None = None
    _resources: dict[str, Any] = msgspec.field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """Load the same text and files in the process that unpickles the suite, with the plugins installed there.

        Raises:
            PicklingError: The plugins of the suite are not installed ones, so no other process would find them.
        """
        if not self.registry.installed:
            from pickle import PicklingError

            plugins = ", ".join(self.registry.names)
            raise PicklingError(
                f"the suite '{self.source}' cannot be pickled: its plugins ({plugins}) are known to this process "
                "only; install them as a distribution with an entry point in the group `rlvr`, or load the suite in "
                "each process"
            )
        return self.load, (self.given, None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Suite:
        """Load the same text and files again, with the same plugins."""
        return self.load(self.given, self.registry)

    @property
    def source(self) -> str:
        """The file or address that the suite was read from."""
        return self.given.source

    @property
    def text(self) -> str:
        """The text of the suite file."""
        return self.given.text

    @property
    def suffix(self) -> str:
        """The format of the text, such as ``.yaml``."""
        return self.given.suffix

    @property
    def content(self) -> Any:
        """The content of the suite file as JSON values: what ``text`` says, not what was made of it."""
        from rlvr.config.parsing import parse_text  # a loaded suite needs it no more

        return parse_text(self.text, self.source, self.suffix)

    @property
    def revision(self) -> str:
        """The version of the suite at its source; "" for a file."""
        return self.given.revision

    @property
    def has_alarm(self) -> bool:
        """True if the circuit breaker sets rewards to zero; the metric ``rlvr/alarm`` then shows it."""
        if self.fail_fast is None:
            return False
        match self.fail_fast.action:
            case "zero":
                return True
            case "raise":
                return False
            case _:
                assert_never(self.fail_fast.action)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics of every record, in order: those of all tasks, each once, and those that all suites have."""
        names = dict.fromkeys(name for task in self.tasks.values() for name in task.metric_names)
        return (*names, *self.shared_metric_names)

    @property
    def shared_metric_names(self) -> tuple[str, ...]:
        """The metrics that do not depend on the tasks."""
        return (FAILED, INVALID_TASK, VETOED, *((ALARM,) if self.has_alarm else ()))

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest reward that any task gives."""
        return min(task.low for task in self.tasks.values()), max(task.high for task in self.tasks.values())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The scorers of all tasks, in their order; a second scorer comes after the first one of its entry."""
        return tuple(each for task in self.tasks.values() for entry in task.entries for each in entry.all_scorers)

    def scorer_at(self, place: Place) -> Entry:
        """Return the entry of a scorer."""
        task, index, is_second = place
        return self.tasks[task].entries[index].all_scorers[is_second]

    def has_resource(self, name: str) -> bool:
        """Return True if the resource of this name exists; see :meth:`resource`."""
        return name in self._resources

    def resource(self, name: str, make: Callable[[], ResourceT]) -> ResourceT:
        """Return an object that lives as long as the suite, such as its workers; the first call makes it."""
        if name not in self._resources:
            self._resources.setdefault(name, make())
        return cast("ResourceT", self._resources[name])

    def routed(self, record: Record) -> Record:
        """Return the record with its ``task``; the reference becomes the part that ``reference_key`` names, if any.

        If no route fits, ``task`` stays None and ``problem`` says so. A record with a problem has a task too, so that
        its reward has the range and the metrics of the task.
        """
        name = self.route.task_of(record, self.tasks)
        if name is None and record.problem:
            return record
        if name is None:
            return msgspec.structs.replace(record, problem=self.route.problem_of(record, tuple(self.tasks)))
        key = self.tasks[name].reference_key
        reference = record.reference if key is None else reference_at_key(record.reference, key)
        return msgspec.structs.replace(record, task=name, reference=reference)
