"""The error tree: what rlvr raises, and who is to blame.

::

    RlvrError
    ├── TaskError                    the suite file or the data is wrong: the person who wrote it mends it
    │   ├── ConfigError              a suite file: names the file, the path in it, what was expected
    │   └── RecordsError             a file of records: names the file and the line
    ├── PluginError                  a plugin is wrong: names its distribution and the next step
    │   ├── PluginMissingError       the suite names a plugin that is not installed
    │   ├── PluginLoadError          its import, its hooks or its answer to a hook failed
    │   ├── PluginClashError         two distributions offer one name
    │   └── ScorerMissingError       the plugin is there, the scorer is not
    └── ScorerFaultError             raised on purpose: the operator chose to stop rather than learn from faults

A bad completion is never an error: it is a score of 0.0 with a reason.
Plugin authors raise ordinary Python errors; ``dispatch`` attributes them.
Errors carry fields, compare by fields, and make their text in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class RlvrError(Exception):
    """Any error that rlvr raises on purpose."""


@dataclass(eq=True, unsafe_hash=True)
class _FieldsError(RlvrError):
    """An error whose fields are its identity (not frozen: Python sets ``__traceback__``)."""

    def __post_init__(self) -> None:
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), tuple(vars(self)[name] for name in self.__dataclass_fields__)


class TaskError(RlvrError):
    """The suite or the data is wrong."""


@dataclass(eq=True, unsafe_hash=True)
class ConfigError(_FieldsError, TaskError):
    """A suite file is wrong at one place."""

    file: str
    path: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


@dataclass(eq=True, unsafe_hash=True)
class RecordsError(_FieldsError, TaskError):
    """A file of records cannot be read; ``line`` is 0 when the file as a whole is meant."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.problem}"


class PluginError(RlvrError):
    """A plugin is wrong."""


@dataclass(eq=True, unsafe_hash=True)
class PluginMissingError(_FieldsError, PluginError):
    """The suite needs a plugin that is not installed."""

    plugin: str
    installed: tuple[str, ...]

    def __str__(self) -> str:
        installed = ", ".join(self.installed) or "none"
        return (
            f"no installed distribution offers the plugin '{self.plugin}' (installed: {installed}); "
            f"install it, by convention `pip install rlvr-{self.plugin}`; "
            f"in a layer, keep each distribution's *.dist-info with its entry_points.txt"
        )


@dataclass(eq=True, unsafe_hash=True)
class PluginLoadError(_FieldsError, PluginError):
    """A plugin is installed and does not work."""

    plugin: str
    distribution: str
    problem: str
    hint: str = "report it to the plugin's author, or uninstall it"

    def __str__(self) -> str:
        return f"plugin '{self.plugin}' of {self.distribution}: {self.problem}; {self.hint}"


@dataclass(eq=True, unsafe_hash=True)
class PluginClashError(_FieldsError, PluginError):
    """Two distributions offer one plugin name."""

    plugin: str
    distributions: tuple[str, ...]

    def __str__(self) -> str:
        both = " and ".join(self.distributions)
        return f"plugin name '{self.plugin}' is offered by {both}; uninstall all but one"


@dataclass(eq=True, unsafe_hash=True)
class ScorerMissingError(_FieldsError, PluginError):
    """The plugin is installed and offers no scorer of that name."""

    scorer: str
    distribution: str
    offered: tuple[str, ...]

    def __str__(self) -> str:
        offered = ", ".join(self.offered) or "none"
        return f"{self.distribution} offers no scorer '{self.scorer}'; it offers: {offered}"


@dataclass(eq=True, unsafe_hash=True)
class ScorerFaultError(_FieldsError):
    """Scorers broke, and the operator chose to stop the batch rather than to answer with numbers.

    ``faults`` are lines of the form ``record 'id': scorer: kind``, the first few of ``count``, and quote no completion.
    ``report`` is the batch that was stopped, for those who log it; no part of the error's identity.
    """

    policy: str
    count: int
    records: int
    faults: tuple[str, ...]
    report: Any = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        shown = "; ".join(self.faults)
        return (
            f"{self.policy}: scorers broke on {self.count} of {self.records} records: {shown}; "
            f"mend the scorer or the task, or choose another `on_error` or `fail_fast` in the suite"
        )
