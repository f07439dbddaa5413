"""What runs beside a submission, in its process: takes calls, answers with values.

Nothing here is trusted by anybody: a submission that takes this over can send what it likes, which is what it could
return anyway.

Requests are ``[what, number, ...]``; every answer repeats the number:
``value`` with the tokens of a value, ``raised`` with an exception's class, mark, text, number and arguments,
``unserialisable`` with the reason, ``refused`` with what the language layer or the compiler does not take.
``ring`` has no answer: it asks for a byte on stdout once all earlier requests are answered, so that the trusted side,
which sends many requests at once, sleeps until then.
"""

from __future__ import annotations

import abc
import contextlib
import copy
import functools
import gc
import io
import operator
import os
import socket
import sys
import types
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, assert_never

from rlvr_code.inside.language.facades import ENVIRON
from rlvr_code.inside.language.idle import run_at_exit
from rlvr_code.inside.language.layer import Language, RefusedError
from rlvr_code.inside.language.loop import wait_for
from rlvr_code.inside.language.silence import note_warning, take_messages, take_warnings
from rlvr_code.wire.awaiting import run_to_end
from rlvr_code.wire.choices import CallAnswer
from rlvr_code.wire.frames import CHANNEL, ChannelClosedError, Frame, Incoming, framed, receive, write_all
from rlvr_code.wire.marshalled import read_plain, write_arguments
from rlvr_code.wire.nodes import ListNode, TreeNode, list_node, tree_node
from rlvr_code.wire.paths import MemoryFiles, use
from rlvr_code.wire.standard_errors import standard_name
from rlvr_code.wire.values import MalformedError, Token, UnserialisableError, decode, encode, plain_content

FUNCTIONS, PROGRAM = "submission", "__main__"
FILES = MemoryFiles()
use(FILES)

# Objects that tests hold at once; honest ones hold a few dozen.
_KEPT_LIMIT = 100_000
_TEXT_LIMIT = 2_000
_READ_BYTES = 1 << 16
# Marks an exception that a function of the tests threw.
_THROWN = "__rlvr_thrown__"


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    plain = getattr(operator, name)
    return lambda one, other: plain(other, one)


def become(value: Any, content: Any) -> None:
    """Give a list, a dict, a set or a deque the content that the tests have given theirs."""
    if isinstance(value, list):
        list.__setitem__(value, slice(None), content)
    elif isinstance(value, dict):
        dict.clear(value)
        dict.update(value, content)
    elif isinstance(value, deque):
        items = list(content)
        deque.clear(value)
        deque.extend(value, items)
    else:
        set.clear(value)
        set.update(value, content)


def set_attribute(value: Any, name: str, new: Any) -> None:
    """Set an attribute; also of a module, whose names tests may replace and the submission may not."""
    if isinstance(value, types.ModuleType):
        types.ModuleType.__setattr__(value, name, new)
    else:
        setattr(value, name, new)


def delete_attribute(value: Any, name: str) -> None:
    """Delete an attribute; also of a module."""
    if isinstance(value, types.ModuleType):
        types.ModuleType.__delattr__(value, name)
    else:
        delattr(value, name)


def signature_of(value: Any) -> Any:
    """Return the parts of a signature: of each parameter its name, kind, default and annotation; what it returns.

    A default or an annotation is a tuple of one item, or of none if it is absent.
    """
    import inspect  # large, and seldom needed

    def given(part: object) -> tuple[object, ...]:
        return () if part is inspect.Parameter.empty else (part,)

    signature = inspect.signature(value)
    return [
        [
            (each.name, int(each.kind), given(each.default), given(each.annotation))
            for each in signature.parameters.values()
        ],
        given(signature.return_annotation),
    ]


def raise_cause(error: BaseException) -> None:
    """Raise what an exception was raised from, if anything."""
    if error.__cause__ is not None:
        raise error.__cause__


def raise_part(group: BaseExceptionGroup[Any], position: int) -> None:
    """Raise an exception of a group, if it has so many."""
    if position < len(group.exceptions):
        raise group.exceptions[position]


def is_instance(value: Any, kind: Any) -> bool:
    """Return True for an instance of an abstract class or a protocol that is none by its bases alone."""
    own = type(kind) if isinstance(kind, type) else type
    return own.__module__ in {"abc", "typing"} and issubclass(own, abc.ABCMeta) and isinstance(value, kind)


# Whether a function is one of a generator, of a coroutine, or of an asynchronous generator.
_CODE_FLAGS = 0x20 | 0x80 | 0x200


# What tests may do with an object that stays here, by the name of the special method.
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(operator, name)
        for name in (
            "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor eq ne lt le gt ge "
            "iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ior ixor "
            "neg pos abs invert index contains getitem setitem delitem"
        ).split()
    },
    **{
        "r" + name: _reflected(name)
        for name in "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor".split()
    },
    "call": lambda target, arguments, keywords: target(*arguments, **keywords),
    "get": getattr,
    "super": lambda owner, instance, name: getattr(super(owner, instance), name),
    "set": set_attribute,
    "delete": delete_attribute,
    "len": len,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "str": str,
    "repr": repr,
    "bytes": bytes,
    "hash": hash,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "round": round,
    "divmod": divmod,
    "rdivmod": lambda one, other: divmod(other, one),
    "trunc": lambda one: one.__trunc__(),
    "floor": lambda one: one.__floor__(),
    "ceil": lambda one: one.__ceil__(),
    "format": format,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "content": plain_content,
    "cause": raise_cause,
    "part": raise_part,
    "isinstance": is_instance,
    "signature": signature_of,
    "flags": lambda one: one.__code__.co_flags & _CODE_FLAGS,
    "become": become,
    "change": lambda owner, name, content: become(getattr(owner, name), content),
    "dir": dir,
    "enter": lambda one: type(one).__enter__(one),
    "aiter": aiter,
    "anext": lambda one: run_to_end(type(one).__anext__(one)),
    "await": run_to_end,
    "await_for": lambda one, seconds: run_to_end(wait_for(one, seconds)),
    "aenter": lambda one: run_to_end(type(one).__aenter__(one)),
}


# How the members of a class of the tests are made.
MEMBERS: dict[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "property": lambda functions: property(*functions),
    "staticmethod": staticmethod,
    "classmethod": classmethod,
}


# A member by its value; the call of an enumeration would run more code.
_PARTS = {str(part): part for part in CallAnswer}


class _MissingError(Exception):
    """The submission has no such name."""


class _NotCompiledError(Exception):
    """The submission was not compiled: it is ``forbidden`` by the language layer, or no Python (``syntax``)."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def _function(ask: Callable[..., Any]) -> Callable[..., Any]:
    def callback(*arguments: Any, **keywords: Any) -> Any:
        return ask(*arguments, **keywords)

    return callback


def _awaited(ask: Callable[..., Any]) -> Callable[..., Any]:
    async def callback(*arguments: Any, **keywords: Any) -> Any:
        return ask(*arguments, **keywords)

    return callback


def _named(callback: Callable[..., Any], name: str, documentation: str) -> Callable[..., Any]:
    """Give a function the name and the docstring of that of the tests, which decorators copy."""
    if name:
        callback.__name__ = callback.__qualname__ = name
        callback.__doc__ = documentation or None
    return callback


class PassedMock:
    """A mock, or another object of the tests: it is called there, and its attributes are read there."""

    __slots__ = ("_ask", "_call", "_number")

    def __init__(self, call: Callable[..., Any], number: str, ask: Callable[..., Any], *, is_awaited: bool) -> None:
        self._call = _awaited(call) if is_awaited else call
        self._number = number
        self._ask = ask

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:  # noqa: D102
        return self._call(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        return self._ask(f"{self._number}.{name}")

    def __rlvr_with_content__(self, content: object) -> Any:
        """Return what stands for an object with plain content; a tuple may have names for its items."""
        return self if type(content) is tuple else content

    def __enter__(self) -> Any:
        return self.__getattr__("__enter__")()

    def __exit__(self, *_: object) -> None:
        self.__getattr__("__exit__")(None, None, None)

    def __iter__(self) -> Any:
        return self.__getattr__("__iter__")()

    def __getitem__(self, key: Any) -> Any:
        return self.__getattr__("__getitem__")(key)

    def __len__(self) -> int:
        return int(self.__getattr__("__len__")())

    def __contains__(self, item: Any) -> bool:
        return bool(self.__getattr__("__contains__")(item))

    def __bool__(self) -> bool:
        return True


class _Channel:
    """The channel to the trusted side: requests may come many at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._incoming = Incoming()

    def send(self, message: Frame) -> None:
        """Send a message.

        Raises:
            ChannelClosedError: The trusted side is gone.
            UnserialisableError: The message is too long.
        """
        write_all(self._descriptor, framed(message))

    def receive(self) -> Frame:
        """Return the next message, and wait for it if needed.

        Raises:
            ChannelClosedError: The trusted side is gone.
            MalformedError: It is no message.
        """
        while (message := self._incoming.message()) is None:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except OSError:
                raise ChannelClosedError from None
            if not data:
                raise ChannelClosedError
            self._incoming.add(data)
        return message


def _ring() -> None:
    try:  # noqa: SIM105  # a fresh fork pays for the memory that code touches, also that of ``suppress``
        os.write(1, b"\0")
    except OSError:
        pass  # the submission may have closed it; then the trusted side sleeps a little longer


class Child:
    """Serves one submission."""

    def __init__(self, language: Language, channel: int = CHANNEL) -> None:
        self._language = language
        self._channel = _Channel(channel)
        self._functions, self._program = language.module(FUNCTIONS), language.module(PROGRAM)
        self._names: dict[str, Any] = self._functions.__dict__
        self._names.update(ListNode=ListNode, TreeNode=TreeNode)
        self._kept: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._callbacks: dict[str, Callable[..., Any]] = {}
        self._tokens: dict[int, str] = {}  # of the functions in the line above
        self._streams: dict[int, Any] = {}  # of the tests
        self._input: io.StringIO | None = None  # what the tests have put in the place of stdin
        self._written: io.StringIO | None = None  # to stderr, since tests look at that
        self._passed: tuple[Any, ...] = ()
        self._result: Any = None  # of the call with these arguments
        self._served: dict[str, Callable[..., list[Token]]] = {
            "load": self._load,
            "run": self._run,
            "call": self._call,
            "plain": self._call_with_plain,
            "invoke": self._invoke,
            "name": self._name,
            "names": self._public_names,
            "do": self._do,
            "arguments": self._arguments,
            "returned": self._returned,
            "extend": self._extend,
            "leave": self._leave,
            "bind": self._bind,
            "change": self._change,
            "dataclass": self._dataclass,
            "unbind": self._unbind,
            "seed": self._seed,
            "flush": self._flush,
            "errors": self._errors,
            "stdin": self._stdin,
            "left": self._left,
            "argv": self._argv,
            "stream": self._stream,
            "streams": self._all_streams,
            "warnings": self._warnings,
            "messages": self._messages,
            "environ": self._environ,
            "file": self._file,
        }

    def serve(self, greeting: bytes) -> NoReturn:
        """Send the greeting, then answer requests until the trusted side is gone."""
        try:
            write_all(CHANNEL, greeting)  # before the submission can write anything
            self.answer_all()
        except (ChannelClosedError, MalformedError, MemoryError):
            os._exit(0)

    def answer_all(self) -> NoReturn:
        """Answer requests.

        Raises:
            ChannelClosedError: The trusted side is gone.
            MalformedError: What came is no request.
        """
        while True:
            message = self._channel.receive()
            if message[0] == "ring":
                _ring()
            else:
                self._answer(message)

    def _answer(self, message: Frame) -> None:
        what, number, *rest = message
        try:
            answer = self.answered(str(what), rest)
        except BaseException as error:  # noqa: BLE001  # a submission raises what it likes
            answer = self._raised(error)
        try:
            self._channel.send([answer[0], number, *answer[1:]])
        except UnserialisableError as error:
            self._channel.send(["unserialisable", number, str(error)])
        except ChannelClosedError:
            os._exit(0)

    def answered(self, what: str, rest: Sequence[Any]) -> list[Token]:
        """Do what is asked, and answer without the number."""
        try:
            return self._served[what](*rest)
        except _MissingError as error:
            return ["missing", str(error)]
        except _NotCompiledError as error:
            return ["refused", error.kind, str(error)[:_TEXT_LIMIT]]

    def _load(self, source: str) -> list[Token]:
        code = self._compiled(source)
        sys.modules[FUNCTIONS] = self._functions
        gc.enable()
        exec(code, self._names)  # noqa: S102  # what this process is for
        return ["value", None]

    def _run(self, source: str) -> list[Token]:
        code = self._compiled(source)
        sys.modules[PROGRAM] = self._program
        gc.enable()
        try:
            exec(code, self._program.__dict__)  # noqa: S102  # as above
        finally:
            run_at_exit()
            for stream in (sys.stdout, sys.__stdout__):  # a program may put another stream in the place of stdout
                if stream is not None:
                    stream.flush()
        return ["value", None]

    def _compiled(self, source: str) -> types.CodeType:
        try:
            return self._language.compile(source)
        except RefusedError as error:
            raise _NotCompiledError("forbidden", str(error)) from None
        except SyntaxError as error:
            raise _NotCompiledError("syntax", f"line {error.lineno}: {error.msg}") from None

    def _found(self, path: str) -> Any:
        if path in self._names:
            return self._names[path]
        try:
            return found(path, self._names)
        except LookupError as error:
            raise _MissingError(str(error)) from None

    def _call(self, entry: str, answer: str, *tokens: Token) -> list[Token]:
        """Call a function; the answer is its value, its truth, or the whole: with the arguments as it left them."""
        return self._called(entry, answer, *decode(tokens, self._resolve))

    def _call_with_plain(self, entry: str, answer: str, marshalled: str) -> list[Token]:
        """Call a function with arguments that ``marshal`` wrote."""
        return self._called(entry, answer, *read_plain(marshalled))

    def _called(self, entry: str, answer: str, arguments: Any, keywords: dict[str, Any]) -> list[Token]:
        target, part = self._found(entry), _PARTS[answer]
        if part is CallAnswer.WHOLE:
            arguments, keywords = _with_nodes(target, arguments, keywords)
        result = target(*arguments, **keywords)
        try:
            match part:
                case CallAnswer.VALUE:
                    return ["value", *encode(result)]
                case CallAnswer.TRUTH:
                    return ["value", _truth(result)]
                case CallAnswer.WHOLE:
                    return ["value", *encode((result, tuple(arguments)))]
                case _:
                    assert_never(part)
        except UnserialisableError as error:
            return ["unserialisable", str(error)]

    def _name(self, name: str) -> list[Token]:
        return self._referred(self._found(name))

    def _public_names(self) -> list[Token]:
        """Answer with the names that the submission defines itself: what it imports is not its own."""
        own = [name for name, value in self._names.items() if not name.startswith("_") and _is_own(value)]
        return ["value", *encode(own)]

    def _invoke(self, entry: str, *tokens: Token) -> list[Token]:
        arguments, keywords = decode(tokens, self._resolve)
        result = self._found(entry)(*arguments, **keywords)
        self._passed, self._result = (arguments, keywords), result
        return self._referred(result)

    def _do(self, operation: str, *tokens: Token) -> list[Token]:
        operands = decode(tokens, self._resolve)
        result = OPERATIONS[operation](*operands)
        if operation == "call":
            self._passed, self._result = operands[1:], result
        return self._referred(result)

    def _arguments(self) -> list[Token]:
        """Answer with the arguments of the last call of the tests, as it left them."""
        return self._referred(self._passed)

    def _returned(self) -> list[Token]:
        """Answer with the position or the name of the argument that the last call of the tests has returned."""
        arguments, keywords = self._passed
        given = [*enumerate(arguments), *keywords.items()]
        return ["value", *encode(next((where for where, each in given if each is self._result), None))]

    def _extend(self, *tokens: Token) -> list[Token]:
        """Make a class of the tests that extends classes of the submission."""
        name, bases, members = decode(tokens, self._resolve)

        def fill(namespace: dict[str, Any]) -> None:
            namespace["__module__"] = FUNCTIONS
            for each, how, value in members:
                namespace[each] = MEMBERS[how](value)

        return self._referred(types.new_class(name, bases, exec_body=fill))

    def _leave(self, *tokens: Token) -> list[Token]:
        """Exit a context manager, and answer whether it wants the exception to end there."""
        manager, is_async, name, number, text = decode(tokens, self._resolve)
        error: BaseException | None = None
        if name is not None:
            error = self._kept[number] if number in self._kept else _builtin_exception(name)(text)
        told = (None, None, None) if error is None else (type(error), error, error.__traceback__)
        if is_async:
            return ["value", bool(run_to_end(type(manager).__aexit__(manager, *told)))]
        return ["value", bool(type(manager).__exit__(manager, *told))]

    def _bind(self, name: str, *tokens: Token) -> list[Token]:
        """Give the submission a name, for as long as tests have replaced one of its own."""
        self._names[name] = decode(tokens, self._resolve)
        return ["value", None]

    def _change(self, name: str, *tokens: Token) -> list[Token]:
        """Give a list, a dict or a set of the module the content that the tests have given theirs."""
        become(self._found(name), decode(tokens, self._resolve))
        return ["value", None]

    def _dataclass(self, *tokens: Token) -> list[Token]:
        """Call a function of ``dataclasses``."""
        import dataclasses  # seldom needed

        name, value, keywords = decode(tokens, self._resolve)
        return self._referred(getattr(dataclasses, name)(value, **keywords))

    def _unbind(self, name: str) -> list[Token]:
        del self._names[name]
        return ["value", None]

    def _seed(self, module: str, *tokens: Token) -> list[Token]:
        """Seed a module of random numbers, if the submission has it."""
        if module in sys.modules:
            sys.modules[module].seed(decode(tokens))
        return ["value", None]

    def _flush(self) -> list[Token]:
        """Write what the submission has printed, so that tests find it."""
        sys.stdout.flush()
        return ["value", None]

    def _errors(self) -> list[Token]:
        """Answer with what was written to stderr since the last request of this kind; the first starts to keep it."""
        text = "" if self._written is None else self._written.getvalue()
        self._written = io.StringIO()
        self._language.replace_stream("stderr", self._written)
        return ["value", *encode(text)]

    def _stdin(self, *tokens: Token) -> list[Token]:
        """Put a text of the tests in the place of stdin."""
        self._input = io.StringIO(decode(tokens))
        self._language.replace_stream("stdin", self._input)
        return ["value", None]

    def _left(self) -> list[Token]:
        """Answer with the number of characters of that text that are not read."""
        left = 0 if self._input is None or self._input.closed else len(self._input.getvalue()) - self._input.tell()
        return ["value", left]

    def _argv(self, *tokens: Token) -> list[Token]:
        self._language.replace_arguments(decode(tokens))
        return ["value", None]

    def _stream(self, token: str, *tokens: Token) -> list[Token]:
        """Give a stream of the tests the content and the position that it has there."""
        content, position = decode(tokens)
        stream = self._stream_of(token)
        stream.seek(0)
        stream.truncate()
        stream.write(content)
        stream.seek(position)
        return ["value", None]

    def _all_streams(self) -> list[Token]:
        contents = {number: each.getvalue() for number, each in self._streams.items() if not each.closed}
        return ["value", *encode(contents)]

    def _stream_of(self, token: str) -> Any:
        number, kind = token[1:].split(" ")
        known = self._streams.get(int(number))
        if known is None or known.closed:
            known = self._streams[int(number)] = io.StringIO(newline="") if kind == "t" else io.BytesIO()
        return known

    def _warnings(self) -> list[Token]:
        """Answer with the warnings since the last request of this kind: their classes and texts."""
        import warnings

        if warnings.showwarning is not _note_warning:  # that of a submission without the language layer
            warnings.simplefilter("always")
            warnings.showwarning = _note_warning
        return self._referred(take_warnings())

    def _messages(self) -> list[Token]:
        """Answer with the log messages since the last request of this kind."""
        return ["value", *encode([("" if name == "root" else name, *rest) for name, *rest in take_messages()])]

    def _environ(self, *tokens: Token) -> list[Token]:
        """Set the environment variables that the tests have set, and delete those that they have deleted."""
        for environ in (ENVIRON, os.environ):
            for name, value in decode(tokens).items():
                if value is None:
                    environ.pop(name, None)
                else:
                    environ[name] = value
        return ["value", None]

    def _file(self, operation: str, *tokens: Token) -> list[Token]:
        """Do something with the files in memory, which tests share with the submission."""
        return ["value", *encode(getattr(FILES, operation)(*decode(tokens)))]

    def _referred(self, result: object) -> list[Token]:
        try:
            return ["value", *encode(result, self._refer)]
        except UnserialisableError as error:
            return ["unserialisable", str(error)]

    def _refer(self, item: object) -> list[Token]:
        token = self._tokens.get(id(item))
        if token is not None:
            return [token]
        kind = "o"
        if isinstance(item, type):
            kind = "x" if issubclass(item, BaseException) else "c"
        bases = item.__mro__ if isinstance(item, type) else type(item).__mro__
        of = ",".join(str(self._number(each)) for each in bases[:-1])
        name = item.__name__ if isinstance(item, type) else type(item).__name__
        builtin = next((each.__name__ for each in bases if each.__module__ == "builtins"), "object")
        if BaseException in bases and (standard := next(filter(None, map(standard_name, bases)), "")):
            builtin = f"{builtin}/{standard}"
        return [f"@{self._number(item)} {kind} {of or '-'} {builtin} {name}"]

    def _number(self, item: object) -> int:
        number = self._numbers.get(id(item))
        if number is None:
            if len(self._kept) >= _KEPT_LIMIT:
                raise UnserialisableError(f"more than {_KEPT_LIMIT} objects")
            number = self._numbers[id(item)] = len(self._kept)
            self._kept[number] = item
        return number

    def _resolve(self, tokens: Sequence[str]) -> Any:
        token = tokens[0]
        if token[0] == "@":
            return self._kept[int(token[1:])]
        return self._callback(token)

    def _callback(self, token: str) -> Callable[..., Any]:
        """Return a function that asks the trusted side; one that is marked as a mock or as a coroutine's is such here.

        It is the same one each time that the tests pass theirs, so that the submission can tell.
        """
        known = self._callbacks.get(token)
        if known is not None:
            return known
        number, marks, name, documentation = [*token.split(" ", 3), "", "", ""][:4]
        if marks in {"t", "b"}:
            return self._stream_of(token)  # type: ignore[no-any-return]  # no function
        callback: Callable[..., Any] = functools.partial(self._asked_tests, number)
        if "o" in marks:
            callback = object()  # type: ignore[assignment]  # it has nothing but its identity
        elif "m" in marks:
            callback = PassedMock(callback, is_awaited="a" in marks, number=number, ask=self._asked_tests)
        elif "a" in marks:
            callback = _named(_awaited(callback), name, documentation)
        else:
            callback = _named(_function(callback), name, documentation)
        self._callbacks[token] = callback
        self._tokens[id(callback)] = token
        return callback

    def _asked_tests(self, token: str, *arguments: Any, **keywords: Any) -> Any:
        """Ask the trusted side to call a function of the tests, and serve its requests until it has answered."""
        self._channel.send(["callback", 0, token, *encode((arguments, keywords), self._refer)])
        while True:
            message = self._channel.receive()
            if message[0] == "returned":
                return decode(message[1:], self._resolve)
            if message[0] == "threw":
                error = self._thrown(str(message[2]), decode(message[3:], self._resolve))
                error.__dict__[_THROWN] = message[1]
                raise error
            self._answer(message)

    def _thrown(self, name: str, arguments: Sequence[Any]) -> BaseException:
        """Return what a function of the tests raised: an exception of the submission's own, or one made afresh."""
        if name.startswith("@"):
            kept: BaseException = self._kept[int(name[1:])]
            return kept
        return _builtin_exception(name)(*arguments)

    def _raised(self, error: BaseException) -> list[Token]:
        """Answer with an exception: a reference to its class, a mark, its text, its number, and its arguments.

        The mark says that the language layer raised it, or that the tests did, whose number of it then follows.
        """
        kind = type(error)
        error.__traceback__ = None
        try:
            text = str(error)[:_TEXT_LIMIT]
        except BaseException:  # noqa: BLE001  # its own __str__ may raise
            text = ""
        try:
            arguments = encode(tuple(error.args))
        except BaseException:  # noqa: BLE001  # arguments may be anything
            arguments = encode((text,))
        thrown = error.__dict__.get(_THROWN)
        if type(thrown) is int:
            return ["raised", *self._refer(kind), "thrown", text, thrown, *arguments]
        mark = "forbidden" if isinstance(error, (ImportError, RefusedError)) else ""
        return ["raised", *self._refer(kind), mark, text, self._number_or_none(error), *arguments]

    def _number_or_none(self, error: BaseException) -> int:
        try:
            return self._number(error)
        except UnserialisableError:
            return -1


def found(path: str, names: dict[str, Any]) -> Any:
    """Follow a path such as ``add``, ``Solution().twoSum`` or ``Clock.now`` from a module's names.

    A function that is not there is looked for in ``Solution``.

    Raises:
        LookupError: There is no such name.
    """
    steps = path.split(".")
    if steps[0].removesuffix("()") not in names and len(steps) == 1 and hasattr(names.get("Solution"), path):
        steps = ["Solution()", path]
    value: Any = None
    for position, step in enumerate(steps):
        name = step.removesuffix("()")
        if position == 0:
            if name not in names:
                raise LookupError(f"the submission defines no {name!r}")
            value = names[name]
        else:
            if not hasattr(value, name):
                raise LookupError(f"the submission's {steps[position - 1]} has no {name!r}")
            value = getattr(value, name)
        if step.endswith("()"):
            value = value()
    return value


def _note_warning(message: Any, category: Any, *_: object, **__: object) -> None:
    note_warning(message, category)


def _truth(value: object) -> bool:
    """Return the truth of a value as tests have it: of its plain content, if it has some."""
    try:
        return bool(plain_content(value))
    except UnserialisableError:
        return bool(value)


def _with_nodes(target: Any, arguments: Any, keywords: Any) -> tuple[list[Any], dict[str, Any]]:
    """Make linked lists and trees of the lists given for parameters annotated as such, as LeetCode does."""
    hints = {name: str(hint) for name, hint in getattr(target, "__annotations__", {}).items() if name != "return"}
    names = getattr(target, "__globals__", {})

    def made(hint: str, value: Any) -> Any:
        for kind, make in (("ListNode", list_node), ("TreeNode", tree_node)):
            if kind in hint and type(value) is list:
                if hint.count("[") > hint.count("Optional[") + hint.count("Union["):  # a list of them
                    return [make(each, names.get(kind, ListNode)) for each in value]
                return make(value, names.get(kind, TreeNode if kind == "TreeNode" else ListNode))
        return value

    positional = [made(hint, value) for hint, value in zip(hints.values(), arguments, strict=False)]
    return [*positional, *arguments[len(positional) :]], {
        name: made(hints.get(name, ""), value) for name, value in keywords.items()
    }


def _builtin_exception(name: str) -> type[Exception]:
    import builtins

    kind = getattr(builtins, name, RuntimeError)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError


def _is_own(value: object) -> bool:
    """Return True for a value that a submission has not imported."""
    if isinstance(value, types.ModuleType):
        return False
    is_defined = isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
    return not is_defined or getattr(value, "__module__", FUNCTIONS) == FUNCTIONS


def rehearse(language: Language) -> list[Token]:
    """Serve one submission in this process, so that the interpreter has specialised the code before the fork.

    Returns:
        The kinds of the answers.
    """
    source = "def f(a, b):\n    c = a + b\n    return [a, (b, c), str(c)]\n"
    tokens = encode(((1, 2), {}))
    requests: list[list[Token]] = [
        ["load", 1, source],
        ["call", 2, "f", "value", *tokens],
        ["plain", 3, "f", "value", write_arguments(tokens)],
        ["ring", 0],
        ["name", 4, "f"],
        ["do", 5, "call", "(3", "@1", *tokens[1:]],
    ]
    asking, asked = socket.socketpair()
    with asking, asked:
        asking.sendall(b"".join(map(framed, requests)))
        asking.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ChannelClosedError):
            Child(language, asked.fileno()).answer_all()
        asked.shutdown(socket.SHUT_WR)
        kinds: list[Token] = []
        with contextlib.suppress(ChannelClosedError):
            while True:
                kinds.append(receive(asking.fileno())[0])
    return kinds
