"""Values on their way between the trusted side and the process that runs a submission.

A value becomes a flat list of JSON scalars ("tokens"), written in pre-order: nothing in it nests, so neither side
recurses over what the other sends, and every kind is read by its exact type.
What is no plain value is unserialisable, unless the sender keeps it and sends a reference to it.

========== ================================================================================================
token      meaning
========== ================================================================================================
scalar     None, booleans, integers of up to 64 bits and floats stand for themselves
``s...``   text; ``b...`` and ``y...`` bytes and bytearrays, a character per byte; ``i...`` a larger integer in hex
``[n``     a list whose ``n`` items follow; ``(`` a tuple, ``{`` a set, ``<`` a frozenset, ``:`` a dict of n items
``Tx n``   a value of the standard library's type ``x`` made of the ``n`` values that follow
``@...``   a reference to an object that the process of the submission keeps
``^...``   a reference to a function that the trusted side keeps
``=n``     an object with plain content: a reference, then its content as a plain value
========== ================================================================================================
"""

from __future__ import annotations

import array
import builtins
import datetime as dt
import decimal
import fractions
import io
import json
import pathlib
import types
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from rlvr_code.wire.library_types import Codec, UnreadableError, codec_named, named_codec_of
from rlvr_code.wire.nodes import ListNode, NodeError, TreeNode, list_node, list_values, tree_node, tree_values
from rlvr_code.wire.paths import Path

Token: TypeAlias = bool | int | float | str | None
Refer: TypeAlias = Callable[[object], Sequence[Token]]
"""Keeps an object that is no plain value, and answers with the tokens of a reference to it."""

# Results of honest programs are far smaller; a list of a million small integers is what two million bytes hold.
NODE_LIMIT = 1_000_000
FRAME_LIMIT_BYTES = 16 << 20
# Each list, tuple, set or dict costs the reader some microseconds, and each object of another type five times as much.
_OPEN_LIMIT, _OBJECT_COST = 250_000, 5
# Comparing nested values recurses in C, which holds several times as many levels.
DEPTH_LIMIT = 200
# Honest numbers share a hash by accident; a set of numbers made to collide costs the square of its length.
_COLLIDING_KEYS = 64
_SMALL = 1 << 63
# Their greatest common divisor costs the square of their length.
_FRACTION_BITS = 20_000
# Longer numbers take longer to multiply than a test has time.
_INTEGER_DIGITS = 1_000_000


class UnserialisableError(Exception):
    """A value that does not travel: of another type, too deep, too large or cyclic."""


class MalformedError(Exception):
    """Tokens that no encoder writes."""


_DATETIME_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def _datetime_parts(value: dt.datetime) -> tuple[Any, ...]:
    if value.tzinfo is not None and type(value.tzinfo) is not dt.timezone:
        raise UnserialisableError("a datetime in a time zone of another type")
    offset = None if value.tzinfo is None else value.utcoffset()
    return (*value.timetuple()[:6], value.microsecond, offset)


def _datetime_of(*parts: Any) -> dt.datetime:
    *given, offset = parts
    plain: dt.datetime = dt.datetime.min.replace(  # noqa: DTZ901  # naive where the other side is
        **dict(zip(_DATETIME_PARTS, given, strict=True))
    )
    return plain if offset is None else plain.replace(tzinfo=dt.timezone(offset))


def _time_parts(value: dt.time) -> tuple[Any, ...]:
    if value.tzinfo is not None:
        raise UnserialisableError("a time in a time zone")
    return (value.hour, value.minute, value.second, value.microsecond)


def _fraction(numerator: int, denominator: int) -> fractions.Fraction:
    if max(numerator.bit_length(), denominator.bit_length()) > _FRACTION_BITS:
        raise MalformedError("a fraction of too many digits")
    return fractions.Fraction(numerator, denominator)


def _sought_bytes(data: bytes, position: int) -> io.BytesIO:
    file = io.BytesIO(data)
    file.seek(position)
    return file


def _sought(text: str, position: int) -> io.StringIO:
    file = io.StringIO(text, newline="")
    file.seek(position)
    return file


def _factory(factory: Any) -> Any:
    return factory if type(factory) is type and factory in _FACTORIES else None


def _default_dict(content: dict[Any, Any], factory: Any) -> defaultdict[Any, Any]:
    return defaultdict(_factory(factory), content)


def _chain_map(maps: list[Any]) -> ChainMap[Any, Any]:
    if not all(type(each) is dict for each in maps):
        raise MalformedError("a part of a chain that is no dict")
    return ChainMap(*maps)


# Those of a ``defaultdict`` that travel with it; a function stays where it is.
_FACTORIES = frozenset({bool, dict, float, int, list, set, str, tuple})
_NUMBERS = (int, int, int)
_CODECS: dict[type, Codec] = {
    complex: Codec(lambda x: (x.real, x.imag), (float, float), complex),
    range: Codec(lambda x: (x.start, x.stop, x.step), _NUMBERS, range),
    slice: Codec(lambda x: (x.start, x.stop, x.step), (None, None, None), slice),
    deque: Codec(lambda x: (list(x), x.maxlen), (list, None), deque),
    Counter: Codec(lambda x: (dict(x),), (dict,), Counter),
    OrderedDict: Codec(lambda x: (dict(x),), (dict,), OrderedDict),
    defaultdict: Codec(lambda x: (dict(x), _factory(x.default_factory)), (dict, None), _default_dict),
    ChainMap: Codec(lambda x: (list(map(dict, x.maps)),), (list,), _chain_map),
    types.MappingProxyType: Codec(lambda x: (dict(x),), (dict,), types.MappingProxyType),
    fractions.Fraction: Codec(lambda x: (x.numerator, x.denominator), (int, int), _fraction),
    decimal.Decimal: Codec(lambda x: (str(x),), (str,), decimal.Decimal),
    dt.date: Codec(lambda x: (x.year, x.month, x.day), _NUMBERS, dt.date),
    dt.datetime: Codec(_datetime_parts, (*_NUMBERS, *_NUMBERS, int, None), _datetime_of),
    dt.time: Codec(_time_parts, (*_NUMBERS, int), dt.time),
    dt.timedelta: Codec(lambda x: (x.days, x.seconds, x.microseconds), _NUMBERS, dt.timedelta),
    array.array: Codec(lambda x: (x.typecode, x.tolist()), (str, list), array.array),
    io.BytesIO: Codec(lambda x: (x.getvalue(), x.tell()), (bytes, int), _sought_bytes),
    io.StringIO: Codec(lambda x: (x.getvalue(), x.tell()), (str, int), _sought),
    type(iter([])): Codec(lambda x: (list(x),), (list,), iter),
    type(NotImplemented): Codec(lambda _: (), (), lambda: NotImplemented),
    type(Ellipsis): Codec(lambda _: (), (), lambda: ...),
    **dict.fromkeys((Path, pathlib.PosixPath), Codec(lambda x: (str(x),), (str,), Path)),
    pathlib.PurePosixPath: Codec(lambda x: (str(x),), (str,), pathlib.PurePosixPath),
    pathlib.PureWindowsPath: Codec(lambda x: (str(x),), (str,), pathlib.PureWindowsPath),
    ListNode: Codec(lambda x: (list_values(x),), (list,), list_node),
    TreeNode: Codec(lambda x: (tree_values(x),), (list,), tree_node),
}
# Exceptions that tests pass and that functions return; those on which the interpreter acts stay references.
_NO_DATA = (StopIteration, StopAsyncIteration, BaseExceptionGroup)
_CODECS.update(
    (each, Codec(lambda x: (list(x.args),), (list,), lambda arguments, of=each: of(*arguments)))
    for each in vars(builtins).values()
    if isinstance(each, type) and issubclass(each, Exception) and not issubclass(each, _NO_DATA)
)
_NAMED: dict[str, Codec] = {each.__name__: codec for each, codec in _CODECS.items()}

# Classes that tests pass and compare, such as ``remove_datatype(row, int)``; read by name from this list alone.
_CLASSES: dict[type, str] = {
    each: each.__name__
    for each in (
        *(int, float, str, bool, complex, bytes, list, tuple, dict, set, frozenset, object, type, type(None)),
        *(each for each in vars(builtins).values() if isinstance(each, type) and issubclass(each, BaseException)),
    )
}
_CLASS_OF: dict[str, type] = {name: each for each, name in _CLASSES.items()}

_SIGNS: dict[type, str] = {list: "[", tuple: "(", set: "{", frozenset: "<"}
_PLAIN_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
    (bytes, lambda x: bytes(bytes.__iter__(x))),
    (list, lambda x: list(list.__iter__(x))),
    (tuple, lambda x: tuple(tuple.__iter__(x))),
    (dict, lambda x: dict(dict.items(x))),
    (set, lambda x: set(set.__iter__(x))),
    (frozenset, lambda x: frozenset(frozenset.__iter__(x))),
)
_BASES = tuple(base for base, _ in _PLAIN_BASES)


def plain_content(value: object) -> object:
    """Return the content of an instance of a subclass of a built-in type, read past its own methods.

    A ``namedtuple`` has the tuple's items, an ``IntEnum`` its number; a list that says it equals everything has what it
    was filled with.

    Raises:
        UnserialisableError: The value's type extends no built-in type.
    """
    for base, read in _PLAIN_BASES:
        if isinstance(value, base):
            return read(value)
    raise UnserialisableError(f"a value of type {type(value).__name__}")


def encode(value: object, refer: Refer | None = None, *, kept: tuple[type, ...] = ()) -> list[Token]:
    """Write a value as tokens.

    Args:
        value: Anything; plain values travel whole.
        refer: Called for each object that is no plain value; without it, only its plain content travels.
        kept: Objects of these types travel as references only: the receiver has them.

    Raises:
        UnserialisableError: A part of the value cannot travel, is nested too deep (or in itself), or there is too much.
    """
    tokens: list[Token] = []
    write = tokens.append
    open_values: list[Iterator[Any]] = [iter((value,))]
    opened = 0
    while open_values:
        for item in open_values[-1]:
            kind = type(item)
            if kind is int:
                write(item if -_SMALL < item < _SMALL else _long(item))
            elif kind is str:
                write("s" + item)
            elif item is None or kind is bool or kind is float:
                write(item)
            else:
                inner = _opened(item, kind, tokens, refer, kept)
                if inner is not None:
                    open_values.append(inner)
                    opened += 1 if kind in _SIGNS or kind is dict else _OBJECT_COST
                    if opened > _OPEN_LIMIT:
                        raise UnserialisableError(f"more than {_OPEN_LIMIT} values that hold others")
                    break
        else:
            open_values.pop()
        if len(open_values) > DEPTH_LIMIT:
            raise UnserialisableError(f"a value nested more than {DEPTH_LIMIT} levels deep")
        if len(tokens) > NODE_LIMIT:
            raise UnserialisableError(f"a value of more than {NODE_LIMIT} parts")
    return tokens


def _long(number: int) -> str:
    if number.bit_length() > 4 * (_INTEGER_DIGITS - 1):
        raise UnserialisableError(f"a number of more than {_INTEGER_DIGITS} hexadecimal digits")
    return f"i{number:x}"


def _opened(
    item: Any, kind: type, tokens: list[Token], refer: Refer | None, kept: tuple[type, ...]
) -> Iterator[Any] | None:
    """Write what starts a value of several parts; what follows is iterated over."""
    sign = _SIGNS.get(kind)
    if sign is not None:
        tokens.append(f"{sign}{len(item)}")
        items: Iterator[Any] = iter(item)
        return items
    if kind is dict:
        tokens.append(f":{len(item)}")
        return chain.from_iterable(item.items())
    if kind is bytes or kind is bytearray:
        tokens.append(("b" if kind is bytes else "y") + item.decode("latin-1"))
        return None
    if kind is type and item in _CLASSES:
        tokens.append("C" + _CLASSES[item])
        return None
    if refer is not None and isinstance(item, kept):
        tokens.extend(refer(item))
        return None
    codec = _CODECS.get(kind)
    named = (kind.__name__, codec) if codec is not None else _library_or_node(item, kind)
    if named is not None:
        parts = _parts_of(item, named[1])
        tokens.append(f"T{named[0]} {len(parts)}")
        return iter(parts)
    if refer is None:
        return iter((plain_content(item),))
    reference = refer(item)
    if not isinstance(item, _BASES):
        tokens.extend(reference)
        return None
    tokens.append("=")
    tokens.extend(reference)
    return iter((plain_content(item),))


def _library_or_node(item: Any, kind: type) -> tuple[str, Codec] | None:
    if is_own_node(item, kind):
        return kind.__name__, _CODECS[_NODES[kind.__name__]]  # a submission's own class travels as ours
    return named_codec_of(kind)


def _parts_of(item: Any, codec: Codec) -> Sequence[Any]:
    try:
        return codec.parts(item)
    except (NodeError, UnreadableError, AttributeError) as error:
        raise UnserialisableError(str(error)) from None


_NODES = {"ListNode": ListNode, "TreeNode": TreeNode}
NODE_PARTS = {"ListNode": ("val", "next"), "TreeNode": ("val", "left", "right")}


def is_own_node(item: Any, kind: type) -> bool:
    """Return True for a node of a submission's own class that is like ours: it has no other parts and no methods."""
    if kind.__name__ not in _NODES:
        return False
    if any(isinstance(each, types.FunctionType) for name, each in vars(kind).items() if not name.startswith("__")):
        return False
    parts = NODE_PARTS[kind.__name__]
    own = getattr(item, "__dict__", {}).keys()
    has = own | {name for each in kind.__mro__ for name in vars(each)}
    return own <= set(parts) <= has


class _Open:
    """A value whose parts are being read."""

    __slots__ = ("parts", "remaining", "tag")

    def __init__(self, tag: str, remaining: int) -> None:
        self.tag = tag
        self.remaining = remaining
        self.parts: list[Any] = []


def decode(tokens: Sequence[Token], resolve: Callable[[Sequence[str]], Any] | None = None) -> Any:
    """Read a value from tokens.

    Args:
        tokens: What :func:`encode` wrote, or anything that claims to be.
        resolve: Turns a reference into an object; without it a reference is malformed.

    Raises:
        MalformedError: No encoder writes these tokens, or they are built to be costly.
    """
    root = _Open("(", 1)
    stack = [root]
    opened = 0
    for token in tokens:
        top = stack[-1]
        kind = type(token)
        if kind is str:
            _read_text(token, stack, resolve)  # type: ignore[arg-type]  # its type is checked one line above
            if stack[-1] is not top:
                opened += _OBJECT_COST if stack[-1].tag[0] in "T=" else 1
                if opened > _OPEN_LIMIT:
                    raise MalformedError(f"more than {_OPEN_LIMIT} values that hold others")
        elif token is None or kind is bool or kind is int or kind is float:
            _put(stack, token)
        else:
            raise MalformedError(f"a token of type {kind.__name__}")
        while len(stack) > 1 and not stack[-1].remaining:
            done = stack.pop()
            _put(stack, _made(done, resolve))
    if root.remaining:
        raise MalformedError("fewer tokens than the value has parts")
    return root.parts[0]


def _put(stack: list[_Open], value: object) -> None:
    top = stack[-1]
    if not top.remaining:
        raise MalformedError("a part too many")
    top.parts.append(value)
    top.remaining -= 1


def _read_text(token: str, stack: list[_Open], resolve: Callable[[Sequence[str]], Any] | None) -> None:
    sign, rest = token[:1], token[1:]
    if sign == "s":
        _put(stack, rest)
    elif sign in "[({<:T=":
        tag, count = _heading(sign, rest)
        stack.append(_Open(tag, count))
        if len(stack) > DEPTH_LIMIT + 2:
            raise MalformedError(f"a value nested more than {DEPTH_LIMIT} levels deep")
    elif sign == "i":
        _put(stack, _number(rest))
    elif sign in "by":
        data = _bytes_of(rest)
        _put(stack, data if sign == "b" else bytearray(data))
    elif sign == "C" and rest in _CLASS_OF:
        _put(stack, _CLASS_OF[rest])
    elif sign in "@^" and resolve is not None:
        _put(stack, resolve((token,)))
    else:
        raise MalformedError("an unknown token")


def _heading(sign: str, rest: str) -> tuple[str, int]:
    if sign == "=":
        return "=", 2
    if sign == "T":
        name, _, count = rest.partition(" ")
        if name not in _NAMED and codec_named(name) is None:
            raise MalformedError("an unknown type")
        return "T" + name, _count(count)
    return sign, _count(rest) * (2 if sign == ":" else 1)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(NODE_LIMIT)):
        raise MalformedError("a count that is no number")
    return int(text)


def _number(text: str) -> int:
    if len(text) > _INTEGER_DIGITS:
        raise MalformedError("a number of too many digits")
    try:
        return int(text, 16)
    except ValueError:
        raise MalformedError("a number that cannot be read") from None


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise MalformedError("bytes that are no bytes") from None


def _made(done: _Open, resolve: Callable[[Sequence[str]], Any] | None) -> Any:
    tag, parts = done.tag, done.parts
    try:
        if tag == "[":
            return parts
        if tag == "(":
            return tuple(parts)
        if tag in {"{", "<"}:
            _refuse_collisions(parts)
            return set(parts) if tag == "{" else frozenset(parts)
        if tag == ":":
            _refuse_collisions(parts[::2])
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if tag == "=":
            return _with_content(parts, resolve)
        return _of_codec(_NAMED.get(tag[1:]) or codec_named(tag[1:]), parts)
    except MalformedError:
        raise
    except Exception as error:  # noqa: BLE001  # parts may be anything
        raise MalformedError(f"{tag}: {type(error).__name__}") from None


def _of_codec(codec: Codec | None, parts: Sequence[Any]) -> Any:
    if (
        codec is None
        or len(parts) != len(codec.types)
        or any(wanted is not None and type(part) is not wanted for part, wanted in zip(parts, codec.types, strict=True))
    ):
        raise MalformedError("parts of other types")
    return codec.make(*parts)


def _with_content(parts: Sequence[Any], resolve: Any) -> Any:
    if resolve is None or not hasattr(parts[0], "__rlvr_with_content__"):
        raise MalformedError("content without an object")
    return parts[0].__rlvr_with_content__(parts[1])


def _refuse_collisions(keys: Sequence[Any]) -> None:
    if len(keys) <= _COLLIDING_KEYS:
        return
    hashes = Counter(map(hash, keys))
    if hashes.most_common(1)[0][1] > _COLLIDING_KEYS:
        raise MalformedError("keys made to collide")


# A fresh fork copies each page of memory that it touches, so messages are written and read by few calls.
_read_json = json.JSONDecoder().raw_decode
_SCALARS = frozenset((type(None), bool, int, float, str))


def _json_writer() -> Callable[[Sequence[Token]], str]:
    """Return a function that writes a flat list as JSON; `json.dumps` makes such a function in each call."""
    separators = (",", ":")
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(separators=separators).encode
    encoder = json.JSONEncoder(separators=separators)
    known, indent, sort_keys, skip_keys, allow_nan = None, None, False, False, True
    quoted = json.encoder.encode_basestring_ascii
    write = make(known, encoder.default, quoted, indent, *reversed(separators), sort_keys, skip_keys, allow_nan)
    return lambda tokens: "".join(write(tokens, 0))


_write_json = _json_writer()


def dump(tokens: Sequence[Token]) -> bytes:
    """Write tokens as bytes.

    Raises:
        UnserialisableError: They take more than ``FRAME_LIMIT_BYTES``.
    """
    data = _write_json(tokens).encode("ascii")
    if len(data) > FRAME_LIMIT_BYTES:
        raise UnserialisableError(f"a value of more than {FRAME_LIMIT_BYTES} bytes")
    return data


def load(data: bytes) -> list[Token]:
    """Read tokens from bytes.

    Raises:
        MalformedError: The bytes are no flat JSON list.
    """
    try:
        tokens, end = _read_json(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise MalformedError("no JSON") from None
    if end != len(data) or type(tokens) is not list or not _SCALARS.issuperset(map(type, tokens)):
        raise MalformedError("no flat list")
    return tokens
