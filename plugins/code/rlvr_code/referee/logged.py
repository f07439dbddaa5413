"""Log messages of a submission, for tests that look at them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any, Protocol


class _Logging(Protocol):
    """What this module asks of the submission."""

    def logged(self) -> Any:
        """Return the logger, the level and the text of each message since the last call."""


class Logged:
    """Gives the messages of each request to the loggers of the tests.

    Args:
        world: The submission.
        module: The name by which the tests import the submission, and by which its logger of its own name is called.
    """

    def __init__(self, world: _Logging, module: str) -> None:
        self._world = world
        self._module = module
        self._is_busy = False

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Log the messages of a request, also if it raises an exception."""
        if self._is_busy:
            yield
            return
        try:
            yield
        finally:
            for each in self._told():
                if [type(part) for part in each] == [str, int, str]:
                    name, level, text = each
                    name = self._module or name if name == "submission" else name
                    logging.getLogger(name or None).log(level, "%s", text)

    def _told(self) -> list[Any]:
        self._is_busy = True
        try:
            told = self._world.logged()
        finally:
            self._is_busy = False
        return [each for each in told if type(each) is tuple] if type(told) is list else []


class LogCapture(logging.Handler):
    """``caplog``: keeps the messages of tests and submission.

    Attributes:
        records: The messages as ``logging`` has them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.handler = self
        self._levels: dict[logging.Logger, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.records.append(record)

    @property
    def messages(self) -> list[str]:
        """The texts of the messages."""
        return [each.getMessage() for each in self.records]

    @property
    def text(self) -> str:
        """The messages as pytest formats them."""
        return "".join(
            f"{each.levelname:<8} {each.name}:{each.filename}:{each.lineno} {each.getMessage()}\n"
            for each in self.records
        )

    @property
    def record_tuples(self) -> list[tuple[str, int, str]]:
        """The logger, the level and the text of each message."""
        return [(each.name, each.levelno, each.getMessage()) for each in self.records]

    def clear(self) -> None:
        """Drop the messages."""
        self.records.clear()

    def set_level(self, level: int | str, logger: str | None = None) -> None:
        """Set the level of a logger until the test ends."""
        found = logging.getLogger(logger)
        self._levels.setdefault(found, found.level)
        found.setLevel(level)

    @contextlib.contextmanager
    def at_level(self, level: int | str, logger: str | None = None) -> Iterator[None]:
        """Set the level of a logger for a block."""
        found = logging.getLogger(logger)
        before = found.level
        found.setLevel(level)
        try:
            yield
        finally:
            found.setLevel(before)

    def restore(self) -> None:
        """Give the loggers the levels that they had."""
        for logger, level in self._levels.items():
            logger.setLevel(level)


@contextlib.contextmanager
def log_capture() -> Iterator[LogCapture]:
    """Keep the messages of all loggers."""
    capture, root = LogCapture(), logging.getLogger()
    root.addHandler(capture)
    try:
        yield capture
    finally:
        root.removeHandler(capture)
        capture.restore()
