"""Exceptions of the submission, as exceptions of the tests' world."""

from __future__ import annotations

import builtins
import unittest
from collections.abc import Callable, Sequence
from typing import Any

from rlvr_code.referee.references import Asking, Described, described
from rlvr_code.trusted.submission import FailedTestError, SubmissionRaisedError
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import MalformedError, Token

# Honest classes of exceptions extend a few others.
_BASES_LIMIT = 20


def controls_the_tests(error: BaseException) -> bool:
    """Return True for an exception on which the interpreter or a test runner acts, such as ``StopIteration``.

    ``AssertionError`` is none of them: tests expect it of code that asserts, and elsewhere it is a failure.
    """
    return not isinstance(error, Exception) or isinstance(
        error, (StopIteration, StopAsyncIteration, unittest.SkipTest, FailedTestError)
    )


def submission_error_in(error: BaseException | None) -> SubmissionRaisedError | None:
    """Return the error of the submission that an exception stands for; None for an exception of the tests."""
    found = getattr(error, "__dict__", {}).get("__rlvr_raised__")
    return found if isinstance(found, SubmissionRaisedError) else None


class RaisedExceptions:
    """The exception classes of a submission that the tests have met."""

    def __init__(self, world: Asking, decode: Callable[[Sequence[Token]], Any]) -> None:
        self._world = world
        self._decode = decode
        self._classes: dict[int, type[BaseException]] = {}
        self._tokens: dict[type, str] = {}
        self._aliases: dict[type, type[BaseException]] = {}
        self._thrown: list[Exception] = []  # by functions of the tests that the submission called

    def token_of(self, kind: object) -> str | None:
        """Return the reference to a class of the submission; None for other classes."""
        return self._tokens.get(kind) if isinstance(kind, type) else None

    def note_thrown(self, error: Exception) -> int:
        """Keep an exception that a function of the tests throws into the submission, and return its number."""
        self._thrown.append(error)
        return len(self._thrown) - 1

    def exception_of(self, raised: SubmissionRaisedError) -> BaseException:
        """Return the exception that stands for one of the submission; one that the tests threw is that one again."""
        if raised.thrown is not None and 0 <= raised.thrown < len(self._thrown):
            return self._thrown[raised.thrown].with_traceback(None)
        try:
            arguments = self._decode(raised.arguments)
            kind = self.class_of(described(raised.reference))
        except MalformedError:
            return FailedTestError(Kind.PROTOCOL, "an exception that cannot be read")
        try:
            error = self._aliases.get(kind, kind)(*arguments)
        except Exception:  # noqa: BLE001  # some types want other arguments, such as UnicodeDecodeError
            error = RuntimeError(raised.text)
        error.__dict__["__rlvr_raised__"] = raised
        return error

    def class_of(self, of: Described) -> type[BaseException]:
        """Return the class that stands for an exception class of the submission."""
        builtin = getattr(builtins, of.builtin, Exception)
        if not (isinstance(builtin, type) and issubclass(builtin, BaseException)):
            builtin = Exception
        if of.name == of.builtin:
            return builtin
        own = of.classes[: 1 - len(builtin.__mro__)] or of.classes[:1]
        kind: type[BaseException] = self._aliases.get(builtin, builtin)
        for number in reversed(own[:_BASES_LIMIT]):
            kind = self._class(number, kind)
        kind.__name__ = kind.__qualname__ = of.type_name
        return kind

    def _class(self, number: int, base: type[BaseException]) -> type[BaseException]:
        """Return the class of this number; a base of one that is met is made with it, under a name to come.

        ``except m.BaseError`` asks for the class when an exception of a subclass is under way already.
        """
        known = self._classes.get(number)
        if known is None:
            members = {
                "__init__": _init,
                "__str__": _text,
                "__getattr__": self._attribute_reader(),
                "__module__": "submission",
            }
            known = self._classes[number] = type("Exception", (base,), members)
            self._tokens[known] = f"@{number}"
        return known

    def own_class(self, value: Any) -> Any:
        """Return a class of its own for a name of the submission that is ``AssertionError``, or a class above it.

        ``except m.MyError`` would catch a failed assertion of the tests, if ``MyError`` were ``Exception``. What the
        submission raises of the class is an exception of the new class from then on. Other values stay as they are.
        """
        if type(value) is tuple:
            return tuple(map(self.own_class, value))
        if not (isinstance(value, type) and issubclass(AssertionError, value) and issubclass(value, BaseException)):
            return value
        known = self._aliases.get(value)
        if known is None:
            known = self._aliases[value] = type(value.__name__, (value,), {"__module__": "submission"})
        return known

    def _attribute_reader(self) -> Any:
        """Return a ``__getattr__`` that reads the attributes of the submission's exception."""

        def read(error: BaseException, name: str) -> Any:
            raised = submission_error_in(error)
            if raised is None or name.startswith("__"):
                raise AttributeError(name)
            return self._world.attribute_of(raised.number, name)

        return read


def _init(self: BaseException, *arguments: Any, **_: Any) -> None:
    self.args = arguments


def _text(self: BaseException) -> str:
    raised = submission_error_in(self)
    return BaseException.__str__(self) if raised is None else raised.text
