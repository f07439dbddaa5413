"""The errors that rlvr raises, as a tree that says who has to act.

::

    RlvrError
    ├── TaskError                    the suite file or the data has an error: its author corrects it
    │   ├── ConfigError              in a suite file: names the file, the path in it and the expected value
    │   ├── RecordsError             in a file of records: names the file and the line
    │   ├── OutputError              a file must not be written: names the file
    │   └── RunError                 a folder is no run, or one of another job: names the folder
    ├── PluginError                  a plugin has an error: names its distribution and the next step
    │   ├── PluginMissingError       the suite names a plugin that is not installed
    │   ├── PluginLoadError          its import, its hooks or its answer to a hook failed
    │   ├── PluginClashError         two distributions offer one name
    │   └── ScorerMissingError       the plugin is installed, but has no such scorer
    └── ScorerFaultError             the operator chose to stop a batch rather than to learn from faults

A bad completion is never an error: its score is 0.0, with a reason.
Plugin authors raise ordinary Python errors; ``dispatch`` attributes them to the scorer.
Errors have fields, compare by fields, and build their text in one place.
"""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

from rlvr.distributions import how_to_install


class RlvrError(Exception):
    """Any error that rlvr raises on purpose."""


@dataclass_transform()
class _FieldsError(RlvrError):
    """An error whose annotated fields are its identity.

    Not a dataclass: the import of ``dataclasses`` costs a cold start more than all errors of a run.
    """

    _names: ClassVar[tuple[str, ...]] = ()
    _not_identity: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        """Read the fields, in order."""
        cls._names = tuple(name for name in cls.__annotations__ if not name.startswith("_"))

    def __init__(self, *values: Any, **named: Any) -> None:
        """Take the fields by position or name."""
        given = {**dict(zip(self._names, values, strict=False)), **named}
        missing = [name for name in self._names if name not in given and not hasattr(type(self), name)]
        if missing or len(values) > len(self._names) or not set(named) <= set(self._names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._names)}")
        vars(self).update(given)
        super().__init__(str(self))

    def _identity(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._names if name not in self._not_identity)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((type(self), self._identity()))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), tuple(getattr(self, name) for name in self._names)


class TaskError(RlvrError):
    """The suite or the data has an error."""


class ConfigError(_FieldsError, TaskError):
    """A suite file has an error at one place."""

    file: str
    path: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class RecordsError(_FieldsError, TaskError):
    """A file of records cannot be read; ``line`` is 0 if the error is about the whole file."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.problem}"


class OutputError(_FieldsError, TaskError):
    """A file must not be written, such as the input of the command."""

    file: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class RunError(_FieldsError, TaskError):
    """A folder is no run, or a run of another suite, other data or other options."""

    folder: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.folder}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class ProcessStartError(_FieldsError, RlvrError):
    """The system does not start another process that scores."""

    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"a process that scores cannot be started: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class PluginError(RlvrError):
    """A plugin has an error."""


class PluginMissingError(_FieldsError, PluginError):
    """The suite needs a plugin that is not installed."""

    plugin: str
    installed: tuple[str, ...]

    def __str__(self) -> str:
        installed = ", ".join(self.installed) or "none"
        return (
            f"no installed distribution offers the plugin '{self.plugin}' (installed: {installed}); "
            f"install it, by convention `{how_to_install(f'rlvr-{self.plugin}')}`; "
            f"in a layer, keep each distribution's *.dist-info with its entry_points.txt"
        )


class PluginLoadError(_FieldsError, PluginError):
    """A plugin is installed, but does not work."""

    plugin: str
    distribution: str
    problem: str
    hint: str = "report it to the plugin's author, or uninstall it"

    def __str__(self) -> str:
        return f"plugin '{self.plugin}' of {self.distribution}: {self.problem}; {self.hint}"


class PluginClashError(_FieldsError, PluginError):
    """Two distributions offer one plugin name."""

    plugin: str
    distributions: tuple[str, ...]

    def __str__(self) -> str:
        both = " and ".join(self.distributions)
        return f"plugin name '{self.plugin}' is offered by {both}; uninstall all but one"


class ScorerMissingError(_FieldsError, PluginError):
    """The plugin is installed, but has no scorer of that name."""

    scorer: str
    distribution: str
    offered: tuple[str, ...]

    def __str__(self) -> str:
        offered = ", ".join(self.offered) or "none"
        return f"{self.distribution} offers no scorer '{self.scorer}'; it offers: {offered}"


class ScorerFaultError(_FieldsError):
    """Scorers broke, and the suite says to stop the batch in this case (``on_error: raise`` or ``fail_fast``).

    ``faults`` are the first few of ``count`` lines ``record 'id': scorer: kind``; they quote no completion.
    ``report`` is the stopped batch, for logs; it is not part of the identity of the error.
    """

    policy: str
    count: int
    records: int
    faults: tuple[str, ...]
    report: Any = None
    _not_identity = frozenset({"report"})

    def __str__(self) -> str:
        shown = "; ".join(self.faults)
        return (
            f"{self.policy}: scorers broke on {self.count} of {self.records} records: {shown}; "
            f"correct the scorer or the task, or choose another `on_error` or `fail_fast` in the suite"
        )
