"""The submission as test code accesses it: names, objects, classes, and the functions that the tests passed to it.

The rule of this room: while test code runs, no operation on a value of the submission is answered by the submission,
unless the tests call the submission on purpose.
A plain value is a plain value here. An object with plain content is an instance of the plain type. For other objects,
:mod:`rlvr_code.referee.standins` says what they answer.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import re
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rlvr_code.referee.changes import compared_arguments, may_be_reordered, take_changes, take_order
from rlvr_code.referee.contents import (
    BASES,
    content_class,
    content_stand_in,
    fetch_content,
    has_plain_content,
    is_mutable,
    plain_of,
    tell_content,
)
from rlvr_code.referee.coroutines import as_tests_have_it
from rlvr_code.referee.decoys import decoys_of
from rlvr_code.referee.evaluating import GUARD, Failing
from rlvr_code.referee.items import ITEMS_LIMIT
from rlvr_code.referee.limiting import limited
from rlvr_code.referee.mocks import attribute_of_mock, is_mock, is_object_of_tests, marks_of, result_of
from rlvr_code.referee.operators import NOTHING
from rlvr_code.referee.printing import Replaced
from rlvr_code.referee.raised import RaisedExceptions, controls_the_tests, submission_error_in
from rlvr_code.referee.references import (
    Described,
    Origin,
    Standing,
    StandInType,
    described,
    is_made,
    is_stand_in,
    reference_of,
)
from rlvr_code.referee.shared import Shared
from rlvr_code.referee.standins import DOCUMENTATION, StandIn, note_content
from rlvr_code.referee.streams import STREAMS, Streams
from rlvr_code.referee.warned import Warned
from rlvr_code.trusted.submission import FailedTestError, Submission, SubmissionRaisedError
from rlvr_code.wire.frames import Frame
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.paths import MemoryFiles, use
from rlvr_code.wire.values import MalformedError, Token, UnserialisableError, encode

_DOCUMENTATION_CHARACTERS = 500
_LOGGING = re.compile(r"\bcaplog\b|\bassert(?:No)?Logs\b|\blogging\b")
_IDENTITY = re.compile(r"\bis (?:not )?(?!None|True|False|not\b)|\bassertIs(?:Not)?\(")


class Trust(NamedTuple):
    """The decisions that the test code of a job leaves to the submission, and those taken so far.

    Attributes:
        asked: The names of the classes whose operators were asked.
        operators: Classes that the tests construct answer their own operators.
        exits: The tests name ``SystemExit``, so that they may expect it.
        environment: The tests name environment variables, which the submission then reads too.
        identities: The tests may compare by ``is`` what a function returns and what it was given.
        causes: The tests look at what an exception was raised from.
        logs: The tests look at log messages.
        module: The name by which the tests import the submission.
    """

    asked: set[str]
    operators: bool = True
    exits: bool = False
    environment: bool = False
    identities: bool = False
    causes: bool = False
    logs: bool = False
    module: str = ""

    @classmethod
    def of_job(cls, job: dict[str, Any]) -> Trust:
        """Read the trust that a job states."""
        code = [job["setup"], *job["code"]]
        return cls(
            set(),
            operators=job["own_operators"],
            exits=any("SystemExit" in each for each in code),
            environment=any("env" in each for each in code),
            causes=any("__cause__" in each for each in code),
            identities=any(map(_IDENTITY.search, code)),
            logs=any(map(_LOGGING.search, code)),
            module=job["module"],
        )


def _logged_for(world: World, module: str) -> Any:
    from rlvr_code.referee.logged import Logged  # imports what few referees need

    return Logged(world, module)


def forget_world() -> None:
    """Let go of the world of a rehearsal, which each referee would have to delete."""
    GUARD.watch(Failing())
    use(MemoryFiles())


class World(Failing):
    """The submission as test code sees it."""

    def __init__(self, submission: Submission, trust: Trust) -> None:
        self.submission = submission
        self.trust = trust
        submission.callback = self._called_back
        GUARD.watch(self)
        use(_SharedFiles(self))
        self._lock = threading.RLock()  # a function of the tests that the submission calls may ask again
        self.named: dict[int, str] = {}  # the classes that the tests name
        self.failed: FailedTestError | None = None  # sticks, whatever the tests do about it
        self._functions: list[Callable[..., Any]] = []
        self._function_numbers: dict[int, int] = {}
        self._exceptions = RaisedExceptions(self, submission.decode)
        self._stand_ins: dict[tuple[int, Origin], StandIn] = {}
        self._contents: dict[int, Any] = {}
        self._classes: dict[tuple[int, type, bool], type] = {}
        self._streams = Streams(submission.request, self._decoded)
        self._shared = Shared(submission.request, self._encoded, self._decoded)
        self._replaced = Replaced(self)
        self._warned = Warned(self)
        self._logged = _logged_for(self, trust.module) if trust.logs else None
        self._environment = dict(os.environ) if trust.environment else {}
        self._replaced_values: dict[str, Any] = {}  # of the submission's names that the tests have bound
        self._sent: list[Any] = []  # stand-ins whose content the submission may change

    def name(self, name: str) -> Any:
        """Return what the submission calls by this name; a class that is called like one becomes known to the tests.

        A submission may make a class of what the tests call like a function, so that the class decides whether it
        equals something. Such a class decides nothing.

        Raises:
            FailedTestError: The submission does not load.
            LookupError: It has no such name.
        """
        before = self.failed
        try:
            value = self.ask("name", (name,))
        except FailedTestError as failed:
            if failed.kind is not Kind.MISSING:
                raise
            self.failed = before
            raise LookupError(name) from None
        if is_stand_in(value) and reference_of(value).kind == "c" and name.lstrip("_")[:1].isupper():
            self.named[reference_of(value).number] = name
            return self.with_origin(value, Origin.NAMED)
        return self._exceptions.own_class(self._shared.value(name, value))

    def public_names(self) -> list[str]:
        """Return the names that the submission itself defines."""
        names = self.ask("names", ())
        return [each for each in names if type(each) is str] if type(names) is list else []

    def call(self, entry: str, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call what the submission has at this path, such as ``Solution().twoSum``."""
        result = self.ask("invoke", (entry, *self._encoded((tuple(arguments), keywords))))
        self._take_changes(result, arguments, keywords)
        return self._argument_or(result, arguments, keywords)

    def do(self, operation: str, *operands: Any, stop: type[BaseException] | None = None) -> Any:
        """Apply an operation to objects of the submission; an exception of the type ``stop`` may end an iteration."""
        result = self.ask("do", (operation, *self._encoded(operands)), stop)
        if operation == "call":
            self._take_changes(result, *operands[1:])
            return self._argument_or(result, *operands[1:])
        return self._exceptions.own_class(result) if operation == "get" else result

    def _take_changes(self, result: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> None:
        """Bring back the order in which a call that returned None has left the lists that it was given, and changes."""
        wanted = compared_arguments(arguments, keywords)
        if not wanted and not (result is None and may_be_reordered(arguments, keywords)):
            return
        left = self.ask("arguments", ())
        if type(left) is not tuple or [type(each) for each in left] != [tuple, dict]:
            self.failed = FailedTestError(Kind.PROTOCOL, "arguments of another type")
            raise self.failed
        for mine, theirs in ((arguments, left[0]), (keywords.values(), [left[1].get(name) for name in keywords])):
            take_changes(mine, theirs, wanted)
            if result is None:
                take_order(mine, theirs)

    def _argument_or(self, result: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Return the argument that a call has returned as it was, where tests compare by ``is``; else the result."""
        if not self.trust.identities or type(result) not in {list, dict, set}:
            return result
        where = self.ask("returned", ())
        known = keywords.get(where) if type(where) is str else None
        if type(where) is int and 0 <= where < len(arguments):
            known = arguments[where]
        return known if type(known) is type(result) and known == result else result

    def contains(self, stand_in: Any, item: Any) -> Any:
        """Ask an object that the tests made whether it contains an item.

        Raises:
            FailedTestError: It contains everything, also what nobody has put into it.
        """
        answer = self.do("contains", stand_in, item)
        decoys = decoys_of(item) if answer is True else ()
        if decoys and all(self._contains_decoy(stand_in, each) for each in decoys):
            name = reference_of(stand_in).type_name
            self.failed = FailedTestError(Kind.WRONG, f"{name!r} contains every value, also those nobody put into it")
            raise self.failed
        return answer

    def _contains_decoy(self, stand_in: Any, decoy: Any) -> bool:
        try:
            return self.do("contains", stand_in, decoy) is True
        except FailedTestError:
            raise
        except Exception:  # noqa: BLE001  # the class may not know such values
            return False

    def extend(self, name: str, bases: tuple[Any, ...], members: list[tuple[str, str, Any]]) -> Any:
        """Make a class of the tests that extends classes of the submission.

        Args:
            name: Its name; the tests know the class by it.
            bases: The stand-ins of its bases.
            members: Its attributes: a name, how the attribute is made, and of what.

        Raises:
            TypeError: What the submission makes of it is no class.
        """
        made = self.ask("extend", self._encoded((name, bases, members)))
        if not is_stand_in(made) or reference_of(made).kind != "c":
            raise TypeError(f"{name!r} is no class")
        self.named[reference_of(made).number] = name
        return self.with_origin(made, Origin.NAMED)

    def leave(self, manager: Any, error: BaseException | None, *, is_async: bool) -> bool:
        """Exit a context manager of the submission; return True if it wants the exception to end there."""
        raised = submission_error_in(error)
        name = None if error is None else type(error).__name__
        number = -1 if raised is None else raised.number
        told = (manager, is_async, name, number, _text_for_submission(error))
        return self.ask("leave", self._encoded(told)) is True

    def may_ask_operators(self, stand_in: Any) -> bool:
        """Return True if classes that the tests construct answer operators, and note that this one does."""
        if self.trust.operators:
            classes = reference_of(stand_in).classes
            self.trust.asked.update(name for number, name in self.named.items() if number in classes)
        return self.trust.operators

    def note_end(self, stand_in: Any) -> None:
        """Note that an iterator has ended in a function of the tests that calls ``next``."""
        if not self.trust.operators:
            self.failed = FailedTestError(Kind.WRONG, "an iterator ended in a function that the tests call")
            raise self.failed
        self.trust.asked.add(f"{reference_of(stand_in).type_name}.__next__")

    def bind(self, name: str, value: object) -> None:
        """Give the submission a name: tests put something of theirs in the place of one of its own."""
        if name not in self._replaced_values:
            try:
                self._replaced_values[name] = self.name(name)
            except LookupError:
                self._replaced_values[name] = NOTHING
        self.ask("bind", (name, *self._encoded(value)))

    def unbind(self, name: str) -> None:
        """Take a name from the submission; one that the tests gave it means again what it meant before.

        Raises:
            LookupError: It has no such name.
        """
        before = self._replaced_values.pop(name, NOTHING)
        if before is not NOTHING:
            self.ask("bind", (name, *self._encoded(before)))
            return
        self.name(name)
        self.ask("unbind", (name,))

    def seed(self, module: str, value: object) -> None:
        """Seed a module of the submission's process, so that it draws what the tests expect of their seed."""
        self.ask("seed", (module, *self._encoded(value)))

    def printed(self, stream: str) -> str:
        """Return what the submission has written to ``stdout`` or ``stderr`` since the last call."""
        if stream == "stderr":
            return str(self.ask("errors", ()))
        self.ask("flush", ())
        return self.submission.take_printed().decode(errors="replace")

    def give_input(self, text: str) -> None:
        """Let the submission read a text from its stdin."""
        self.ask("stdin", encode(text))

    def left_input(self) -> int:
        """Return how many characters of that text the submission has not read."""
        left = self.ask("left", ())
        return left if type(left) is int else 0

    def give_arguments(self, arguments: list[str]) -> None:
        """Give the submission the arguments of a command line."""
        self.ask("argv", encode(arguments))

    def warned(self) -> Any:
        """Return the classes and texts of the submission's warnings since the last call."""
        return self.ask("warnings", ())

    def logged(self) -> Any:
        """Return the logger, the level and the text of each log message since the last call."""
        return self.ask("messages", ())

    def attribute_of(self, number: int, name: str) -> Any:
        """Return an attribute of an object that has no stand-in, such as an exception."""
        return self.ask("do", ("get", "(2", f"@{number}", f"s{name}"))

    def content_of(self, of: Described) -> Any:
        """Return the plain content that an object has now."""
        return self.ask("do", ("content", "(1", f"@{of.number}"))

    def dataclass(self, function: str, instance: Any, keywords: Mapping[str, Any]) -> Any:
        """Call a function of ``dataclasses`` with an object, or with a class; a copy of a made object is made too."""
        result = self.ask("dataclass", self._encoded((function, instance, dict(keywords))))
        if function != "replace" or not is_made(instance):
            return result
        return self.made(result, reference_of(instance).type_number)

    def change(self, owner: Any, name: str, content: Any) -> None:
        """Give a list, a dict or a set that is an attribute of an object, or a name of the module, another content."""
        if is_stand_in(owner):
            self.do("change", owner, name, content)
        else:
            self.ask("change", (name, *self._encoded(content)))

    def set_content(self, of: Described, content: Any) -> None:
        """Change the plain content of an object."""
        self.ask("do", ("become", "(2", f"@{of.number}", *self._encoded(content)))

    def ask(self, what: str, arguments: Sequence[Token], stop: type[BaseException] | None = None) -> Any:
        """Ask the submission, and raise here what it raises; one thread of the tests at a time."""
        logged = contextlib.nullcontext() if self._logged is None else self._logged.shown()
        with self._lock, self._replaced.shown(), self._warned.shown(), logged:
            return self._ask(what, arguments, stop)

    def _ask(self, what: str, arguments: Sequence[Token], stop: type[BaseException] | None) -> Any:
        sent, self._sent = self._sent, []
        if self.trust.environment:
            self._share_environment()
        try:
            tokens = self._requested(what, arguments)
        except SubmissionRaisedError as raised:
            error = self._exception(raised, stop)
            raise error from error.__cause__
        except FailedTestError as failed:
            self.failed = failed
            raise
        for each in sent:
            fetch_content(each)
        return self._decoded(tokens)

    def _requested(self, what: str, arguments: Sequence[Token]) -> Sequence[Token]:
        twins = [each for each in (self._streams, self._shared) if each]
        for each in twins:
            each.send()
        try:
            return self.submission.request(what, arguments)
        finally:
            for each in twins:
                each.take()

    def _share_environment(self) -> None:
        """Tell the submission which environment variables the tests have changed since the last request."""
        before, now = self._environment, dict(os.environ)
        if now == before:
            return
        self._environment = now
        changed = {name: now.get(name) for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
        self.submission.request("environ", encode(changed))

    def _exception(self, raised: SubmissionRaisedError, stop: type[BaseException] | None) -> BaseException:
        """Return what stands here for an exception of the submission.

        One on which the test runner or the interpreter acts fails the test, whatever the tests do about it.
        """
        error = self._exceptions.exception_of(raised)
        if self.trust.causes and raised.thrown is None and raised.number >= 0:
            error.__cause__ = self._raised_by("cause", ("(1", f"@{raised.number}"))
        is_expected = (stop is not None and isinstance(error, stop)) or (
            isinstance(error, SystemExit) and self.trust.exits
        )
        if is_expected or not controls_the_tests(error):
            return error
        self.failed = error if isinstance(error, FailedTestError) else FailedTestError(raised.kind, str(raised))
        return self.failed

    def part_of(self, number: int, position: int) -> BaseException | None:
        """Return what stands here for an exception in a group of exceptions; None if there are no more."""
        return self._raised_by("part", ("(2", f"@{number}", position))

    def _raised_by(self, operation: str, operands: Sequence[Token]) -> BaseException | None:
        """Return what stands here for the exception that an operation raises; None if it raises nothing."""
        try:
            self.submission.request("do", (operation, *operands))
        except SubmissionRaisedError as raised:
            return self._exceptions.exception_of(raised)
        except FailedTestError as failed:
            self.failed = failed
            raise
        return None

    def _encoded(self, value: object) -> list[Token]:
        try:
            return encode(value, self._refer, kept=(Standing, *STREAMS))
        except UnserialisableError as error:
            raise FailedTestError(Kind.UNSERIALISABLE, f"an argument of the tests: {error}") from None

    def _decoded(self, tokens: Sequence[Token]) -> Any:
        try:
            return self.submission.decode(tokens, self._resolve)
        except MalformedError as error:
            self.failed = FailedTestError(Kind.PROTOCOL, str(error))
            raise self.failed from None

    def _resolve(self, tokens: Sequence[str]) -> Any:
        token = tokens[0]
        if token[0] == "^":
            return self._functions[_index(token.partition(" ")[0], len(self._functions))]
        of = described(token)
        if of.kind == "x":
            return self._exceptions.class_of(of)
        return as_tests_have_it(self, self._stand_in(of, Origin.RETURNED), of)

    def _stand_in(self, of: Described, origin: Origin) -> StandIn:
        """Return the stand-in of an object; the same one each time, so that ``is`` means what it says."""
        known = self._stand_ins.get((of.number, origin))
        if known is None:
            known = self._stand_ins[of.number, origin] = self.class_for(of, StandIn)(self, of, origin)
        return known

    def class_for(self, of: Described, base: type) -> Any:
        """Return the class of the tests' world that stands for the class of an object."""
        is_class = of.kind == "c"
        key = (of.type_number, base, is_class)
        known = self._classes.get(key)
        if known is None:
            if base is StandIn:
                number = -1 if is_class else of.type_number
                members: dict[str, Any] = {"__slots__": (), "__rlvr_number__": number, "__doc__": DOCUMENTATION}
                if is_class or of.builtin in {of.name, "module"}:
                    members["__await__"] = None  # a mock in the place of such an object would be a coroutine's
                known = StandInType(of.type_name, (StandIn,), members)
            else:
                known = content_class(of, base)
            self._classes[key] = known
        return known

    def exception_class(self, of: Described) -> type | None:
        """Return the class of the tests' world for an exception object; None for other objects."""
        builtin = getattr(builtins, of.builtin, None)
        is_exception = of.kind == "o" and isinstance(builtin, type) and issubclass(builtin, BaseException)
        return self._exceptions.class_of(of) if is_exception else None

    def with_content(self, of: Described, content: Any) -> Any:
        """Return what stands for a returned object with plain content.

        Raises:
            MalformedError: No object has such content.
        """
        if type(content) not in BASES:
            raise MalformedError("content of another type")
        known = self._contents.get(of.number)
        if known is not None and not is_mutable(content) and content == plain_of(known):
            return known
        self._contents[of.number] = value = content_stand_in(self, of, content)
        return value

    def made(self, value: Any, class_number: int) -> Any:
        """Return what stands for an instance of a class that the tests call, or read from the class itself."""
        if class_number in self.named and is_stand_in(value) and class_number in reference_of(value).classes:
            return self.with_origin(value, Origin.MADE)
        return value

    def with_origin(self, value: Any, origin: Origin, *, keep_content: bool = True) -> Any:
        """Return what stands for an object that the tests have from elsewhere; other values stay as they are."""
        if not is_stand_in(value):
            return value
        content = plain_of(value) if has_plain_content(value) and keep_content else NOTHING
        stand_in = self._stand_in(reference_of(value), origin)
        note_content(stand_in, content)
        return stand_in

    def _refer(self, item: object) -> Sequence[Token]:
        if is_stand_in(item):
            if has_plain_content(item) and is_mutable(item):
                tell_content(item)
                self._sent.append(item)
            return [f"@{reference_of(item).number}"]
        token = self._exceptions.token_of(item)
        if token is not None:
            return [token]
        if type(item) in STREAMS:
            return [self._streams.token(item, self._function_number(item))]
        if isinstance(item, Iterator) and not callable(item) and not is_mock(item):  # a mock is all of them
            return self._encoded(iter(list(islice(item, ITEMS_LIMIT))))
        if callable(item) or is_mock(item) or is_object_of_tests(item):
            number = self._function_number(item)
            return [f"^{number} {marks_of(item)} {_described_function(item)}".rstrip()]
        raise UnserialisableError(f"a {type(item).__name__} of the tests")

    def _function_number(self, function: Any) -> int:
        number = self._function_numbers.get(id(function))
        if number is None:
            number = self._function_numbers[id(function)] = len(self._functions)
            self._functions.append(function)  # kept, so that no other function gets its id
        return number

    def _called_back(self, message: Frame) -> Sequence[Token]:
        """Call one of the tests' functions for the submission, or read an attribute of a mock (``^3.get``).

        The submission may catch what the function raises. A failed assertion of the tests sticks.
        """
        token, *tokens = message
        function_token, _, attribute = str(token).partition(".")
        function = self._functions[_index(function_token, len(self._functions))]
        arguments, keywords = self._decoded(tokens)
        try:
            with limited(self.submission.left_seconds()):
                if attribute:
                    return ["returned", *self._encoded(attribute_of_mock(function, attribute))]
                return ["returned", *self._encoded(result_of(function, arguments, keywords))]
        except FailedTestError:
            raise
        except Exception as error:  # noqa: BLE001  # as the docstring says
            if isinstance(error, AssertionError) and self.failed is None:
                self.failed = FailedTestError(Kind.WRONG, f"AssertionError in a function of the tests: {error}")
            number = self._exceptions.note_thrown(error)
            name = self._exceptions.token_of(error) or type(error).__name__
            return ["threw", number, name, *encode((_text_for_submission(error),))]


class _SharedFiles:
    """The files in memory, which are in the process of the submission."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _asked(self, operation: str, kind: type, *arguments: Any) -> Any:
        value = self._world.ask("file", (operation, *encode(arguments)))
        if type(value) is not kind:
            self._world.failed = FailedTestError(Kind.PROTOCOL, "files of another type")
            raise self._world.failed
        return value

    def kind(self, path: str) -> str:
        """Return ``file``, ``folder``, or "" if there is nothing."""
        return str(self._asked("kind", str, path))

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        return bytes(self._asked("read", bytes, path))

    def write(self, path: str, data: bytes) -> None:
        """Write the content of a file."""
        self._asked("write", type(None), path, data)

    def make_folder(self, path: str) -> None:
        """Create a folder."""
        self._asked("make_folder", type(None), path)

    def remove(self, path: str) -> None:
        """Remove a file, or an empty folder."""
        self._asked("remove", type(None), path)

    def names(self, path: str) -> list[str]:
        """Return the names in a folder."""
        return [str(each) for each in self._asked("names", list, path)]


def _text_for_submission(error: BaseException | None) -> str:
    """Return the text of an exception; not that of a failed assertion, which often contains the expected value."""
    return "" if isinstance(error, AssertionError) else str(error)


def _described_function(item: object) -> str:
    """Return the name and the docstring of a function of the tests."""
    if not isinstance(item, types.FunctionType):
        return ""
    return f"{item.__name__} {(item.__doc__ or '')[:_DOCUMENTATION_CHARACTERS]}"


def _index(token: str, length: int) -> int:
    try:
        index = int(token[1:])
    except ValueError:
        raise MalformedError("a token that is not a reference") from None
    if not 0 <= index < length:
        raise MalformedError("a reference to nothing")
    return index
