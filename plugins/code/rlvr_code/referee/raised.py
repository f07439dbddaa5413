"""Exceptions of the submission, as exceptions of the tests' world."""

from __future__ import annotations

import builtins
import operator
import unittest
from collections.abc import Callable, Sequence
from typing import Any

from rlvr_code.referee.references import Asking, Described, described, is_stand_in, reference_of
from rlvr_code.trusted.submission import FailedTestError, SubmissionRaisedError
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.standard_errors import standard_error
from rlvr_code.wire.values import MalformedError, Token

# Honest classes of exceptions extend a few others.
_BASES_LIMIT = 20
# Groups of exceptions hold a few, and a class of the submission may say that its groups hold groups without end.
_PARTS_LIMIT = 1_000


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
        self._parts_left = _PARTS_LIMIT
        self._thrown: list[Exception] = []  # by functions of the tests that the submission called

    def token_of(self, value: object) -> str | None:
        """Return the reference to a class of exceptions of the submission, or to one of its exceptions; else None."""
        if isinstance(value, BaseException):
            number = _number_of(value)
            return None if number is None else f"@{number}"
        return self._tokens.get(value) if isinstance(value, type) else None

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
            if issubclass(kind, BaseExceptionGroup):
                arguments = self._group_arguments(raised.number)
            if kind in self._tokens:  # its ``__init__`` is for the tests
                error = kind.__new__(kind, *arguments)
            else:
                error = self._aliases.get(kind, kind)(*arguments)
        except FailedTestError:
            raise
        except Exception:  # noqa: BLE001  # some types want other arguments, such as UnicodeDecodeError
            error = RuntimeError(raised.text)
        error.__dict__["__rlvr_raised__"] = raised
        return error

    def _group_arguments(self, number: int) -> tuple[Any, ...]:
        """Return the message and the exceptions of a group of exceptions."""
        message: Any = self._world.attribute_of(number, "message")
        parts: list[BaseException] = []
        while self._parts_left > 0 and (part := self._world.part_of(number, len(parts))) is not None:
            parts.append(part)
            self._parts_left -= 1
        return message, parts

    def class_of(self, of: Described) -> type[BaseException]:
        """Return the class that stands for an exception class of the submission."""
        builtin = standard_error(of.standard) or getattr(builtins, of.builtin, Exception)
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
                "__init__": self._initialiser(),
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
        if isinstance(value, tuple):  # or an object of the submission that is one: ``except`` takes both
            own = tuple(map(self.own_class, value))
            return value if all(map(operator.is_, own, value)) else own
        if not (isinstance(value, type) and issubclass(AssertionError, value) and issubclass(value, BaseException)):
            return value
        known = self._aliases.get(value)
        if known is None:
            known = self._aliases[value] = type(value.__name__, (value,), {"__module__": "submission"})
        return known

    def _attribute_reader(self) -> Any:
        """Return a ``__getattr__`` that reads the attributes of the submission's exception."""

        def read(error: BaseException, name: str) -> Any:
            number = _number_of(error)
            if number is None or name.startswith("__"):
                raise AttributeError(name)
            return self._world.attribute_of(number, name)

        return read

    def _initialiser(self) -> Any:
        """Return an ``__init__`` for exceptions that the tests make: the submission makes its own one with it."""

        def initialise(error: BaseException, *arguments: Any, **keywords: Any) -> None:
            kind = next(each for each in type(error).__mro__ if each in self._tokens)
            made = self._world.do("call", kind, arguments, keywords)
            error.args = arguments
            if is_stand_in(made):
                number = error.__dict__["__rlvr_number__"] = reference_of(made).number
                error.__dict__["__rlvr_text__"] = str(made)
                left = self._world.attribute_of(number, "args")
                error.args = left if type(left) is tuple else arguments

        return initialise


def _number_of(error: BaseException) -> int | None:
    """Return the number that an exception has in the process of the submission; None if it has none."""
    raised = submission_error_in(error)
    number = error.__dict__.get("__rlvr_number__") if raised is None else raised.number
    return number if type(number) is int and number >= 0 else None


def _text(self: BaseException) -> str:
    raised = submission_error_in(self)
    known = self.__dict__.get("__rlvr_text__") if raised is None else raised.text
    return known if type(known) is str else BaseException.__str__(self)
