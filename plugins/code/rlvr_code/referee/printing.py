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
from typing import Any, NamedTuple, Protocol, cast


class _Printing(Protocol):
    """What this module asks of the submission."""

    def printed(self, stream: str) -> str:
        """Return what the submission has written to ``stdout`` or ``stderr`` since the last call."""

    def give_input(self, text: str) -> None:
        """Let the submission read a text from its stdin."""

    def left_input(self) -> int:
        """Return how many characters of that text the submission has not read."""

    def give_arguments(self, arguments: list[str]) -> None:
        """Give the submission the arguments of a command line."""

    def public_names(self) -> list[str]:
        """Return the names that the submission itself defines."""

    def bind(self, name: str, value: object) -> None:
        """Give the submission a name."""

    def unbind(self, name: str) -> None:
        """Take a name from the submission."""


_OUTPUTS = ("stdout", "stderr")


class Replaced:
    """Shows the submission's process what the tests have replaced in theirs, before and after each request."""

    def __init__(self, world: _Printing) -> None:
        self._world = world
        self._outputs = {name: getattr(sys, name) for name in _OUTPUTS}
        self._captured: set[str] = set()
        self._stdin: Any = sys.stdin
        self._given_stdin: Any = sys.stdin
        self._position = 0
        self._arguments = list(sys.argv)
        self._usual = _builtins_now()
        self._given = self._usual
        self._is_busy = False
        self._shown: set[str] = set()  # a submission that defines such a name itself keeps its own

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Write what a request prints to the streams of the tests, if they have replaced theirs."""
        replaced = [name for name in _OUTPUTS if getattr(sys, name) is not self._outputs[name]]
        is_usual = sys.stdin is self._given_stdin is self._stdin and sys.argv == self._arguments
        if self._is_busy or (is_usual and not (replaced or self._captured or _builtins_now() != self._given)):
            yield
            return
        with self._alone():
            self._show_builtins()
            self._show_input()
            for name in replaced:
                if name not in self._captured:
                    self._world.printed(name)  # what came before is not captured
        self._captured = set(replaced)
        try:
            yield
        finally:
            with self._alone():
                self._note_input()
                for name in _OUTPUTS:
                    stream = getattr(sys, name)
                    if stream is not self._outputs[name]:
                        stream.write(self._world.printed(name))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Send requests without checking for replaced streams."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    def _show_input(self) -> None:
        """Show what the tests have put in the place of stdin, if that is a text in memory, and of the arguments."""
        if sys.argv != self._arguments:
            self._arguments = list(sys.argv)
            self._world.give_arguments(self._arguments)
        stdin = cast("Any", sys.stdin)
        if stdin is self._given_stdin and (stdin is self._stdin or stdin.tell() == self._position):
            return
        if stdin is self._stdin or type(stdin) is io.StringIO:
            self._given_stdin = stdin
            self._world.give_input("" if stdin is self._stdin else stdin.getvalue()[stdin.tell() :])

    def _note_input(self) -> None:
        """Move the position in the text of the tests to where the submission has read it."""
        stdin = cast("Any", sys.stdin)
        if stdin is self._given_stdin and stdin is not self._stdin:
            read = len(stdin.getvalue()) - self._world.left_input()
            self._position = stdin.seek(max(read, stdin.tell()))

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
