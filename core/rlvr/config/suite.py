"""The loaded, validated configuration: tasks, and the rule that routes a record to its task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from rlvr.config.format import Method, Policy
from rlvr.formula import Formula
from rlvr.plugins import InstalledScorer, Registry
from rlvr.record import Record
from rlvr.record.reading import ReadingRules, keyed

Transform: TypeAlias = Callable[[float], float]


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A veto: below ``at_least`` the whole reward becomes ``floor``."""

    at_least: float
    floor: float


class When(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the value of an entry above."""

    name: str
    at_least: float


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One scorer of a task, ready to run.

    Attributes:
        name: The metric's name, unique in the task.
        installed: The scorer and the distribution that answers for it.
        prepared: What its ``score`` is called with: the options, or what ``prepare`` made of them.
        transforms: Changes of the value, in order, each with the words that explain it.
        metrics: The names of its details, as ``<name>/<detail>``, by detail.
    """

    name: str
    installed: InstalledScorer
    prepared: Any
    weight: float = 1.0
    gate: Gate | None = None
    when: When | None = None
    transforms: tuple[tuple[str, Transform], ...] = ()
    budget_seconds: float = 5.0
    metrics: Mapping[str, str] = msgspec.field(default_factory=dict)
    declared: frozenset[str] = frozenset()


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """How the records of one kind are scored."""

    name: str
    entries: tuple[Entry, ...]
    aggregate: Method | Formula = "mean"
    low: float = 0.0
    high: float = 1.0
    on_error: Policy = "zero"
    reference_key: str | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Field paths to read, and what their values mean."""

    by: tuple[str, ...]
    tasks: Mapping[str, str]
    default: str | None


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks and the way to them.

    Attributes:
        source: Where it was read from, for people.
        fingerprint: 16 hexadecimal digits of a hash over configuration and versions; rewards of different fingerprints
            must not be mixed.
        fault_share: Above this share of records on which a scorer broke, a batch raises; None for never.
        registry: The plugins it was loaded with.
    """

    source: str
    tasks: Mapping[str, Task]
    route: Route
    rules: ReadingRules
    fingerprint: str
    registry: Registry
    fault_share: float | None = None

    def routed(self, record: Record) -> Record:
        """Send a record to its task: sets ``task``, and takes the task's key out of the reference.

        A record that no route fits keeps ``task`` None and says so in ``problem``.
        """
        if record.problem:
            return record
        name = self._task_of(record)
        if name is None:
            wanted = " or ".join(f"`{path}`" for path in self.route.by)
            problem = f"no route: {wanted} names none of the tasks {', '.join(self.tasks)}"
            return msgspec.structs.replace(record, problem=problem)
        key = self.tasks[name].reference_key
        reference = record.reference if key is None else keyed(record.reference, key)
        return msgspec.structs.replace(record, task=name, reference=reference)

    def _task_of(self, record: Record) -> str | None:
        for path in self.route.by:
            value = record.field(path)
            if isinstance(value, str):
                name = self.route.tasks.get(value, value)
                if name in self.tasks:
                    return name
        return self.route.default
