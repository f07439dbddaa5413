"""``logging`` and ``doctest`` as submissions have them: every call is accepted, and nothing is written or run.

Log messages are kept for tests that look at them.

The modules of the standard library open files, and lead to other modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_LEVELS = {"NOTSET": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
_WRITING = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")


_MESSAGES_LIMIT = 1_000
_LOGGED: list[tuple[str, int, str]] = []


def _write(*_: Any, **__: Any) -> None:
    """Write nothing."""


def take_messages() -> list[tuple[str, int, str]]:
    """Return the logger, the level and the text of each log message since the last call."""
    taken = _LOGGED[:]
    _LOGGED.clear()
    return taken


def _note(logger: Logger, level: Any, message: Any = "", *arguments: Any, **_: Any) -> None:
    """Keep a message, formatted as ``logging`` does it; one that cannot be formatted is not kept."""
    if len(_LOGGED) >= _MESSAGES_LIMIT or not (type(level) is int and level >= logger.level) or logger.disabled:
        return
    values: Any = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], dict) else arguments
    try:
        _LOGGED.append((logger.name, level, str(message) % values if arguments else str(message)))
    except (TypeError, ValueError, KeyError):
        return


def _noting(level: int) -> Any:
    def note(logger: Logger, message: Any = "", *arguments: Any, **_: Any) -> None:
        _note(logger, level, message, *arguments)

    return note


class Logger:
    """A logger without handlers."""

    def __init__(self, name: str = "root", level: int = 0) -> None:
        self.name = name
        self.level = level
        self.propagate = True
        self.disabled = False
        self.handlers: list[Any] = []

    debug, info, warning, warn = (_noting(_LEVELS[name]) for name in ("DEBUG", "INFO", "WARNING", "WARN"))
    error, exception, critical, fatal = (_noting(_LEVELS[name]) for name in ("ERROR", "ERROR", "CRITICAL", "FATAL"))
    log = _note

    def setLevel(self, level: Any) -> None:  # noqa: N802  # logging's name, here and below
        """Note a level, by its number or its name."""
        self.level = _LEVELS.get(level, 0) if isinstance(level, str) else level

    def getEffectiveLevel(self) -> int:  # noqa: N802
        """Return the level; a logger without one has that of the root, which is WARNING."""
        return self.level or _LEVELS["WARNING"]

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802
        """Return True if a message of this level would be written."""
        return level >= self.getEffectiveLevel()

    def hasHandlers(self) -> bool:  # noqa: N802
        """Return True if there is a handler."""
        return bool(self.handlers)

    def addHandler(self, handler: Any) -> None:  # noqa: N802
        """Keep a handler, which is never called."""
        self.handlers.append(handler)

    def removeHandler(self, handler: Any) -> None:  # noqa: N802
        """Drop a handler."""
        if handler in self.handlers:
            self.handlers.remove(handler)

    def getChild(self, suffix: str) -> Logger:  # noqa: N802
        """Return a logger below this one."""
        return Logger(f"{self.name}.{suffix}")


class Handler:
    """A handler or a formatter: it accepts every setting."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.level = 0

    setLevel = setFormatter = addFilter = flush = close = emit = staticmethod(_write)  # noqa: N815


def logging_names() -> Mapping[str, Any]:
    """Return the names of the module; loggers of one name are the same."""
    loggers: dict[str, Logger] = {}

    def get_logger(name: str | None = None) -> Logger:
        return loggers.setdefault(name or "root", Logger(name or "root"))

    def name_of_level(level: Any) -> Any:
        return next((name for name, number in _LEVELS.items() if number == level), f"Level {level}")

    root = get_logger()
    return {
        **_LEVELS,
        **{name: getattr(root, name) for name in _WRITING},
        **dict.fromkeys(("basicConfig", "disable", "captureWarnings", "shutdown", "addLevelName"), _write),
        **dict.fromkeys(("Handler", "StreamHandler", "NullHandler", "Formatter"), Handler),
        "Logger": Logger,
        "getLogger": get_logger,
        "getLevelName": name_of_level,
    }


class TestResults(NamedTuple):
    """The result of a run of no examples."""

    failed: int = 0
    attempted: int = 0


def doctest_names() -> Mapping[str, Any]:
    """Return the names of the module; the examples of a submission are its own, and decide nothing."""
    functions = dict.fromkeys(("testmod", "testfile", "run_docstring_examples"), lambda *_, **__: TestResults())
    flags = dict.fromkeys(("ELLIPSIS", "NORMALIZE_WHITESPACE", "IGNORE_EXCEPTION_DETAIL", "FAIL_FAST"), 0)
    return {**functions, **flags, "TestResults": TestResults}


_WARNINGS_LIMIT = 1_000


class _CaughtWarning(NamedTuple):
    """A warning, as ``catch_warnings(record=True)`` shows it."""

    message: Warning
    category: type[Warning]


_WARNED: list[list[_CaughtWarning]] = [[]]  # an inner list for each block that catches warnings


def note_warning(message: Any, category: Any = None, *_: Any, **__: Any) -> None:
    """Keep a warning for the tests; called as ``warnings.warn`` is, and no filter has an effect.

    Raises:
        TypeError: The category is no class of warnings.
    """
    kind = type(message) if isinstance(message, Warning) else category or UserWarning
    if not (isinstance(kind, type) and issubclass(kind, Warning)):
        raise TypeError(f"category must be a Warning subclass, not {type(category).__name__!r}")
    if len(_WARNED[-1]) < _WARNINGS_LIMIT:
        _WARNED[-1].append(_CaughtWarning(message if isinstance(message, Warning) else kind(message), kind))


def take_warnings() -> list[tuple[type[Warning], str]]:
    """Return the classes and texts of the warnings since the last call."""
    taken, _WARNED[0] = _WARNED[0], []
    return [(each.category, str(each.message)) for each in taken]


class _CaughtWarnings:
    """``warnings.catch_warnings``."""

    def __init__(self, *, record: bool = False, **_: Any) -> None:
        self._is_recorded = record

    def __enter__(self) -> list[_CaughtWarning] | None:
        _WARNED.append([])
        return _WARNED[-1] if self._is_recorded else None

    def __exit__(self, *_: object) -> None:
        caught = _WARNED.pop()
        if not self._is_recorded:
            _WARNED[-1].extend(caught)


def warnings_names() -> dict[str, Any]:
    """Return the names of ``warnings``: nothing is printed."""
    return {
        "warn": note_warning,
        "catch_warnings": _CaughtWarnings,
        **dict.fromkeys(("filterwarnings", "simplefilter", "resetwarnings"), _write),
    }
