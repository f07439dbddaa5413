"""Stand-ins, on the trusted side, for what lives in the process of a submission.

Test code works with them as with the real thing; each step becomes a request.
What comes back as a plain value is a plain value.
An object of a class that the tests do not name may be looked into, called and iterated over, since that ends in plain
values; what it says about equality, order and arithmetic is not asked for: an object that claims to equal everything
equals nothing here.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rlvr_code.trusted.submission import FailedTestError, Submission, SubmissionRaisedError
from rlvr_code.wire.frames import Frame
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import MalformedError, Token, UnserialisableError, decode, encode

_ITEMS_LIMIT = 1_000_000
_NONE = object()


class Described(NamedTuple):
    """What a reference says of its object: its number and kind, its classes from its own up, and its names."""

    number: int
    kind: str
    classes: tuple[int, ...]
    builtin: str
    name: str


def described(token: str) -> Described:
    """Read a reference.

    Raises:
        MalformedError: It is none.
    """
    parts = token[1:].split(" ", 4)
    try:
        number, kind, of, builtin, name = parts
        classes = () if of == "-" else tuple(int(each) for each in of.split(","))
        return Described(int(number), kind, classes, builtin, name)
    except ValueError:
        raise MalformedError("a reference that is none") from None


class World:
    """What the tests know of a submission: names, objects, classes, and the functions that they passed to it."""

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        submission.callback = self._called_back
        self.named: set[int] = set()
        self.failed: FailedTestError | None = None  # sticks, whatever the tests do about it
        self._functions: list[Callable[..., Any]] = []
        self._exceptions: dict[int, type[BaseException]] = {}
        self._exception_tokens: dict[type, str] = {}

    def name(self, name: str) -> Any:
        """What the submission calls by this name; a class that is called like one becomes known to the tests.

        A submission that makes a class of what the tests call like a function wants its say about equality; it has
        none.

        Raises:
            FailedTestError: It has no such name, or does not load.
        """
        value = self.ask("name", (name,))
        if isinstance(value, Remote) and value.described.kind == "c" and name.lstrip("_")[:1].isupper():
            self.named.add(value.described.number)
        return value

    def call(self, entry: str, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call what the submission has at this path, such as ``Solution().twoSum``."""
        return self.ask("invoke", (entry, *self.encoded((tuple(arguments), keywords))))

    def do(self, operation: str, *operands: Any) -> Any:
        """Do something with objects of the submission."""
        return self.ask("do", (operation, *self.encoded(operands)))

    def ask(self, what: str, arguments: Sequence[Token]) -> Any:
        """Ask the submission, and raise here what it raises."""
        try:
            tokens = self.submission.request(what, arguments)
        except SubmissionRaisedError as raised:
            raise self.exception(raised) from None
        except FailedTestError as failed:
            self.failed = failed
            raise
        return self._decoded(tokens)

    def encoded(self, value: Any) -> list[Token]:
        """Write arguments as tokens."""
        try:
            return encode(value, self._refer)
        except UnserialisableError as error:
            raise FailedTestError(Kind.UNSERIALISABLE, f"an argument of the tests: {error}") from None

    def _decoded(self, tokens: Sequence[Token]) -> Any:
        try:
            return decode(tokens, self._resolve)
        except MalformedError as error:
            self.failed = FailedTestError(Kind.PROTOCOL, str(error))
            raise self.failed from None

    def exception(self, raised: SubmissionRaisedError) -> BaseException:
        """The exception that stands here for one of the submission's."""
        try:
            arguments = decode(raised.message[3:])
            kind = self._exception_class(described(str(raised.message[0])))
        except (MalformedError, IndexError):
            return FailedTestError(Kind.PROTOCOL, "an exception that is none")
        try:
            error = kind(*arguments)
        except Exception:  # noqa: BLE001  # some types want other arguments, such as UnicodeDecodeError
            error = RuntimeError(raised.text)
        error.__rlvr_raised__ = raised  # type: ignore[attr-defined]  # tells it apart from one of the tests' own
        return error

    def _exception_class(self, of: Described) -> type[BaseException]:
        builtin = getattr(builtins, of.builtin, Exception)
        if not (isinstance(builtin, type) and issubclass(builtin, BaseException)):
            builtin = Exception
        if of.name == of.builtin:
            return builtin
        known = self._exceptions.get(of.number)
        if known is None:
            bases = [self._exceptions[each] for each in of.classes[1:] if each in self._exceptions]
            known = type(of.name[:100], (bases[0] if bases else builtin,), {"__init__": _exception_init})
            self._exceptions[of.number] = known
            self._exception_tokens[known] = f"@{of.number}"
        return known

    def _resolve(self, tokens: Sequence[str]) -> Any:
        token = tokens[0]
        if token[0] == "^":
            return self._functions[_index(token, len(self._functions))]
        of = described(token)
        if of.kind == "x":
            return self._exception_class(of)
        return Remote(self, of)

    def _refer(self, item: object) -> Sequence[Token]:
        if isinstance(item, Remote):
            return [f"@{item.described.number}"]
        if isinstance(item, type) and item in self._exception_tokens:
            return [self._exception_tokens[item]]
        if isinstance(item, Iterator):
            return self.encoded(iter(list(islice(item, _ITEMS_LIMIT))))
        if callable(item):
            self._functions.append(item)
            return [f"^{len(self._functions) - 1}"]
        raise UnserialisableError(f"a {type(item).__name__} of the tests")

    def _called_back(self, message: Frame) -> Sequence[Token]:
        """Call one of the tests' functions for the submission."""
        token, *tokens = message
        function = self._functions[_index(str(token), len(self._functions))]
        arguments, keywords = self._decoded(tokens)
        try:
            return ["returned", 0, *self.encoded(function(*arguments, **keywords))]
        except FailedTestError:
            raise
        except Exception as error:  # noqa: BLE001  # the submission may catch what the tests' function raises
            return ["threw", 0, type(error).__name__, *encode((str(error),))]


def _index(token: str, length: int) -> int:
    try:
        index = int(token[1:])
    except ValueError:
        raise MalformedError("a reference that is none") from None
    if not 0 <= index < length:
        raise MalformedError("a reference to nothing")
    return index


def _exception_init(self: BaseException, *arguments: Any) -> None:
    self.args = arguments


class Remote:
    """Stands for an object of the submission."""

    __slots__ = ("content", "described", "world")

    def __init__(self, world: World, of: Described) -> None:
        object.__setattr__(self, "world", world)
        object.__setattr__(self, "described", of)
        object.__setattr__(self, "content", _NONE)

    def with_content(self, content: object) -> Remote:
        """Note the plain content of an instance of a built-in type's subclass."""
        object.__setattr__(self, "content", content)
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in {"__name__", "__doc__", "__dict__", "__class__"}:
            raise AttributeError(name)
        return _world(self).do("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _world(self).do("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        _world(self).do("delete", self, name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it there."""
        return _world(self).do("call", self, arguments, keywords)

    def __eq__(self, other: object) -> Any:
        content = _content(self)
        if isinstance(other, Remote):
            theirs = _content(other)
            if content is not _NONE or theirs is not _NONE:
                return content is not _NONE and theirs is not _NONE and content == theirs
            if _described(self).number == _described(other).number:
                return True
            return _is_named(self) and _is_named(other) and _world(self).do("eq", self, other)
        return content is not _NONE and content == other

    def __ne__(self, other: object) -> Any:
        if isinstance(other, Remote) and _is_named(self) and _is_named(other):
            return _world(self).do("ne", self, other)
        return not self == other

    def __hash__(self) -> int:
        content = _content(self)
        return hash(content) if content is not _NONE else int(_world(self).do("hash", self))

    def __iter__(self) -> Iterator[Any]:
        return RemoteIterator(_world(self), _world(self).do("iter", self))

    def __next__(self) -> Any:
        return _world(self).do("next", self)

    def __instancecheck__(self, instance: object) -> bool:
        if not isinstance(instance, Remote):
            return False
        return _described(self).number in _described(instance).classes

    def __subclasscheck__(self, other: object) -> bool:
        return isinstance(other, Remote) and bool(_world(self).do("issubclass", other, self))

    def __enter__(self) -> Any:
        return _world(self).do("enter", self)

    def __exit__(self, *_: object) -> Any:
        return _world(self).do("exit", self)

    def __contains__(self, item: Any) -> Any:
        content = _content(self)
        if content is not _NONE:
            return item in content
        if _is_named(self):
            return _world(self).do("contains", self, item)
        return any(item is each or item == each for each in self)

    def __bool__(self) -> bool:
        content = _content(self)
        return bool(content) if content is not _NONE else bool(_world(self).do("bool", self))

    def __repr__(self) -> str:
        return str(_world(self).do("repr", self))

    def __str__(self) -> str:
        return str(_world(self).do("str", self))

    def __format__(self, how: str) -> str:
        return str(_world(self).do("format", self, how))


class RemoteIterator:
    """Iterates over an object of the submission, to an end."""

    def __init__(self, world: World, iterator: Any) -> None:
        self._world = world
        self._iterator = iterator
        self._left = _ITEMS_LIMIT

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise FailedTestError(Kind.UNSERIALISABLE, f"more than {_ITEMS_LIMIT} items")
        if not isinstance(self._iterator, Remote):
            return next(self._iterator)
        return self._world.do("next", self._iterator)


def _world(remote: Remote) -> World:
    return object.__getattribute__(remote, "world")  # type: ignore[no-any-return]  # set in __init__


def _is_named(remote: Remote) -> bool:
    """Whether the object is of a class that the tests name, or such a class itself."""
    return not _world(remote).named.isdisjoint(_described(remote).classes)


def _described(remote: Remote) -> Described:
    return object.__getattribute__(remote, "described")  # type: ignore[no-any-return]  # set in __init__


def _content(remote: Remote) -> Any:
    """The plain content of an instance of a built-in type's subclass; ``_NONE`` of others."""
    return object.__getattribute__(remote, "content")


def _content_or(remote: Remote, operation: str) -> Any:
    content = _content(remote)
    if content is _NONE:
        raise TypeError(f"an object of a class that the tests do not name takes no part in {operation!r}")
    return content


def _measured(operation: str) -> Callable[..., Any]:
    """What a plain value comes out of: a length, a number, an item."""

    def method(self: Remote, *operands: Any) -> Any:
        return _world(self).do(operation, self, *operands)

    return method


def _calculated(operation: str) -> Callable[..., Any]:
    """Arithmetic: asked of objects of named classes, else done here with the plain content."""

    def method(self: Remote, *operands: Any) -> Any:
        if _is_named(self):
            return _world(self).do(operation, self, *operands)
        return getattr(_content_or(self, operation), f"__{operation.rstrip('_')}__")(*operands)

    return method


def _ordered(operation: str) -> Callable[..., Any]:
    """Order: asked of two objects of named classes, else of the plain contents."""

    def method(self: Remote, other: Any) -> Any:
        if isinstance(other, Remote) and _is_named(self) and _is_named(other):
            return _world(self).do(operation, self, other)
        theirs = _content_or(other, operation) if isinstance(other, Remote) else other
        return getattr(_content_or(self, operation), f"__{operation}__")(theirs)

    return method


_ARITHMETIC = "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor divmod".split()
for _make, _operations in (
    (_measured, "len getitem setitem delitem int float complex index round trunc floor ceil bytes reversed".split()),
    (_calculated, [*_ARITHMETIC, *("r" + each for each in _ARITHMETIC), "neg", "pos", "abs", "invert"]),
    (_calculated, ["i" + each for each in _ARITHMETIC if each not in {"divmod", "and_", "or_"}]),
    (_ordered, "lt le gt ge".split()),
):
    for _operation in _operations:
        setattr(Remote, f"__{_operation.rstrip('_')}__", _make(_operation))
