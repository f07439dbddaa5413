"""What a submission prints and reads where the tests have replaced ``sys.stdout``, ``print``, ``input`` or ``open``.

A submission prints in a process of its own. Tests that capture output find its text in the stream that they have put in
the place of ``sys.stdout``; it is data like any other.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol


class _Printing(Protocol):
    """What this module asks of the submission."""

    def printed(self) -> str:
        """Return what the submission has printed since the last call."""

    def public_names(self) -> list[str]:
        """Return the names that the submission itself defines."""

    def bind(self, name: str, value: object) -> None:
        """Give the submission a name."""

    def unbind(self, name: str) -> None:
        """Take a name from the submission."""


class Replaced:
    """Shows the submission's process what the tests have replaced in theirs, before and after each request."""

    def __init__(self, world: _Printing) -> None:
        self._world = world
        self._stdout = sys.stdout
        self._has_captured = False
        self._usual = _builtins_now()
        self._given = self._usual
        self._is_busy = False
        self._shown: set[str] = set()  # a submission that defines such a name itself keeps its own

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Write what a request prints to the stream of the tests, if they have replaced theirs."""
        is_captured = self._has_captured or sys.stdout is not self._stdout
        if self._is_busy or not (is_captured or _builtins_now() != self._given):
            yield
            return
        with self._alone():
            self._show_builtins()
            if sys.stdout is not self._stdout and not self._has_captured:
                self._world.printed()  # what came before is not captured
        self._has_captured = sys.stdout is not self._stdout
        try:
            yield
        finally:
            if sys.stdout is not self._stdout:
                with self._alone():
                    text = self._world.printed()
                sys.stdout.write(text)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Send a request without checking for replaced streams."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    def _show_builtins(self) -> None:
        now, before = _builtins_now(), self._given
        self._given = now
        for name, function, given, usual in zip(_BUILTINS, now, before, self._usual, strict=True):
            if function is given:
                continue
            if name in self._shown and function is usual:
                self._world.unbind(name)
                self._shown.remove(name)
            elif function is not usual and (name in self._shown or name not in self._world.public_names()):
                self._world.bind(name, function)
                self._shown.add(name)


_BUILTINS = ("input", "print", "open")


def _builtins_now() -> tuple[Callable[..., Any], ...]:
    return builtins.input, builtins.print, builtins.open


class Printed(NamedTuple):
    """Output printed since the last read."""

    out: str
    err: str


class Capture:
    """``capsys``: keeps what tests and submission print."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self) -> Printed:
        """Return what was printed since the last call."""
        printed = Printed(self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return printed

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        """Do not keep what is printed in this block."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield


@contextlib.contextmanager
def captured() -> Iterator[Capture]:
    """Put streams that are kept in the place of ``sys.stdout`` and ``sys.stderr``."""
    capture = Capture()
    with contextlib.redirect_stdout(capture.out), contextlib.redirect_stderr(capture.err):
        yield capture
