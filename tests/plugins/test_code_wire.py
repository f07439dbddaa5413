"""The written form of values and messages, and the exact limits of both sides."""

import array
import collections
import datetime as dt
import decimal
import fractions
import io
import json
import os
from typing import Any

import pytest

from rlvr_code.wire import frames, values
from rlvr_code.wire.frames import ChannelClosedError, Incoming, framed, receive, send
from rlvr_code.wire.marshalled import read_plain, write_arguments
from rlvr_code.wire.nodes import ListNode, NodeError, TreeNode, list_node, list_values, tree_node, tree_values
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import DEPTH_LIMIT, MalformedError, UnserialisableError, decode, dump, encode, load

ZONE = dt.timezone(dt.timedelta(hours=2))

# The tokens of a value of each kind, written by hand.
WRITTEN: list[tuple[Any, list[Any]]] = [
    (None, [None]),
    (True, [True]),
    (1.5, [1.5]),
    ("é", ["sé"]),
    ((1 << 63) - 1, [(1 << 63) - 1]),
    (1 << 63, ["i8000000000000000"]),
    (1 - (1 << 63), [1 - (1 << 63)]),
    (-(1 << 63), ["i-8000000000000000"]),
    (b"\xff", ["b\xff"]),
    (bytearray(b"\x00"), ["y\x00"]),
    ([1, [2]], ["[2", 1, "[1", 2]),
    ((), ["(0"]),
    ({1}, ["{1", 1]),
    (frozenset({1}), ["<1", 1]),
    ({"a": 1, "b": 2}, [":2", "sa", 1, "sb", 2]),
    (int, ["Cint"]),
    (KeyError, ["CKeyError"]),
    (2 - 3j, ["Tcomplex 2", 2.0, -3.0]),
    (range(1, 9, 2), ["Trange 3", 1, 9, 2]),
    (slice(1, None, "x"), ["Tslice 3", 1, None, "sx"]),
    (collections.deque([1], 3), ["Tdeque 2", "[1", 1, 3]),
    (collections.Counter("aa"), ["TCounter 1", ":1", "sa", 2]),
    (collections.OrderedDict(a=1), ["TOrderedDict 1", ":1", "sa", 1]),
    (collections.defaultdict(int, a=1), ["Tdefaultdict 2", ":1", "sa", 1, "Cint"]),
    (collections.defaultdict(None, a=1), ["Tdefaultdict 2", ":1", "sa", 1, None]),
    (fractions.Fraction(-1, 3), ["TFraction 2", -1, 3]),
    (decimal.Decimal("1.20"), ["TDecimal 1", "s1.20"]),
    (dt.date(2020, 1, 2), ["Tdate 3", 2020, 1, 2]),
    (dt.datetime(2020, 1, 2, 3, 4, 5, 6), ["Tdatetime 8", 2020, 1, 2, 3, 4, 5, 6, None]),  # noqa: DTZ001  # naive
    (
        dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=ZONE),
        ["Tdatetime 8", 2020, 1, 2, 3, 4, 5, 6, "Ttimedelta 3", 0, 7_200, 0],
    ),
    (dt.time(1, 2, 3, 4), ["Ttime 4", 1, 2, 3, 4]),
    (dt.timedelta(1, 2, 3), ["Ttimedelta 3", 1, 2, 3]),
    (array.array("i", [1, 2]), ["Tarray 2", "si", "[2", 1, 2]),
    (NotImplemented, ["TNotImplementedType 0"]),
    (..., ["Tellipsis 0"]),
]


@pytest.mark.each(("value", "tokens"), WRITTEN, ids=lambda each: str(each)[:40])
def test_each_kind_of_value_has_one_written_form(value: Any, tokens: list[Any]) -> None:
    """It is read back as a value of the same type."""
    back = decode(tokens)

    assert encode(value) == tokens
    assert back == value
    assert type(back) is type(value)


@pytest.mark.each(("value", "tokens"), WRITTEN, ids=lambda each: str(each)[:40])
def test_arguments_are_marshalled_only_if_they_come_back_alike(value: Any, tokens: list[Any]) -> None:
    """Else they need their tokens."""
    arguments = ["(2", "(1", *tokens, ":1", "sk", *tokens]
    text = write_arguments(arguments)
    is_plain = type(value) in {type(None), bool, int, float, str, bytes, list, tuple, set, frozenset, dict}

    assert (text is not None) is is_plain
    if text is not None:
        back = read_plain(text)
        assert repr(back) == repr(decode(arguments)) == repr(((value,), {"k": value}))


def test_a_list_that_is_given_twice_is_two_lists() -> None:
    """As with tokens; what a function does to one argument does not change the other."""
    shared = ["x" * 40]
    (first, second), _ = read_plain(write_arguments(encode(((shared, shared), {}))) or "")

    assert first == second == shared
    assert first is not second


def test_messages_are_json_with_and_without_the_fast_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an object of CPython's own; another Python may lack it."""
    tokens = [None, True, -1, 1 << 70, 0.1, float("inf"), 's"\\é\ud800\x00', ""]
    fast = values._json_writer()
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)

    assert fast(tokens) == values._json_writer()(tokens) == json.dumps(tokens, separators=(",", ":"))


def test_values_without_equality_keep_their_state() -> None:
    """A text file keeps its position, an iterator the items that are left, a default dict a plain factory."""
    file = io.StringIO("a\r\nb", newline="")
    file.read(2)
    back = decode(encode(file))
    iterator = iter([1, 2, 3])
    next(iterator)

    assert (back.getvalue(), back.tell()) == ("a\r\nb", 2)
    data = io.BytesIO(b"abc")
    data.read(2)
    assert decode(encode(data)).read() == b"c"
    assert decode(encode(data)).getvalue() == b"abc"
    assert list(decode(encode(iterator))) == [2, 3]
    assert decode(encode(collections.defaultdict(list)))[1] == []
    assert decode(encode(collections.defaultdict(lambda: 1))).default_factory is None
    assert decode(["Tdefaultdict 2", ":0", "Cobject"]).default_factory is None


# One part of another type, or one part more or less, for each type of the standard library.
MALFORMED: list[list[Any]] = [
    ["Tcomplex 2", 1, 2.0],
    ["Tcomplex 1", 1.0],
    ["Trange 3", 0, 1, True],
    ["Trange 4", 0, 1, 1, 1],
    ["Tslice 2", 0, 1],
    ["Tdeque 2", "(1", 1, None],
    ["Tdeque 2", "[1", 1, "sx"],
    ["TCounter 1", "[0"],
    ["TFraction 2", 1.0, 3],
    ["TDecimal 1", 1],
    ["TDecimal 1", "sx"],
    ["Tdate 3", 2020, 13, 1],
    ["Tdatetime 8", 2020, 1, 2, 3, 4, 5, 6, "sx"],
    ["Tdatetime 8", 2020, 1, 2, 3, 4, 60, 6, None],
    ["Ttime 3", 1, 2, 3],
    ["Tarray 2", "si", "[1", "sx"],
    ["TStringIO 2", "sx", "s1"],
    ["Tellipsis 1", 1],
    ["TListNode 1", "(1", 1],
    ["{1", "[0"],
    [":1", "[0", 1],
    [":1", 1],
    ["[2", 1],
    ["[1", 1, 2],
    ["[0", 1],
    ["(", 1],
    ["[-1"],
    ["[\uff11", 1],
    ["T 0"],
    ["Tint 1", 1],
    ["CSystem"],
    ["C"],
    ["@1"],
    ["^1"],
    ["i"],
    ["ixyz"],
    ["bĀ"],
    ["?"],
    [""],
    ["=", 1, 2],
    ["=", "[0", "[0"],
    [b"x"],
    [[1]],
]


@pytest.mark.each("tokens", MALFORMED, ids=lambda tokens: ascii(tokens)[:40])
def test_tokens_that_no_encoder_writes_are_refused(tokens: list[Any]) -> None:
    """By the type and the number of their parts."""
    with pytest.raises(MalformedError):
        decode(tokens)


class OtherZone(dt.tzinfo):
    """A zone of the submission's own."""

    def utcoffset(self, _: Any) -> dt.timedelta:
        return dt.timedelta(0)

    dst = utcoffset

    def tzname(self, _: Any) -> str:
        return "other"


@pytest.mark.parametrize("value", [dt.datetime(2020, 1, 1, tzinfo=OtherZone()), dt.time(1, tzinfo=dt.UTC)], ids=str)
def test_other_time_zones_do_not_travel(value: Any) -> None:
    """Their class would answer comparisons."""
    with pytest.raises(UnserialisableError, match="time zone"):
        encode(value)


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _fraction(bits: int, *, above: bool) -> list[Any]:
    long = f"i{1 << bits - 1:x}"
    return ["TFraction 2", long, 1] if above else ["TFraction 2", 1, long]


# By limit: what is just within it, and what just exceeds it; the three large ones are made small.
READ_LIMITS: dict[str, tuple[list[Any], list[Any]]] = {
    "depth": (["[1"] * DEPTH_LIMIT + [1], ["[1"] * (DEPTH_LIMIT + 2) + [1]),
    "keys of one hash": (
        ["{64", *(number * ((1 << 61) - 1) for number in range(1, 65))],
        ["{65", *(number * ((1 << 61) - 1) for number in range(1, 66))],
    ),
    "keys of one hash in a dict": (
        [":64", *(each for number in range(1, 65) for each in (number * ((1 << 61) - 1), 0))],
        [":65", *(each for number in range(1, 66) for each in (number * ((1 << 61) - 1), 0))],
    ),
    "numerator": (_fraction(20_000, above=True), _fraction(20_001, above=True)),
    "denominator": (_fraction(20_000, above=False), _fraction(20_001, above=False)),
    "digits": (["i" + "0" * 29 + "1"], ["i" + "0" * 30 + "1"]),
    "values that hold others": (["[29", *["[0"] * 29], ["[30", *["[0"] * 30]),
    "objects": (["[5", *["Tellipsis 0"] * 5], ["[6", *["Tellipsis 0"] * 6]),
    "digits of a count": (["[05", *[1] * 5], ["[005", *[1] * 5]),
}
WRITE_LIMITS: dict[str, tuple[Any, Any]] = {
    "depth": (_nested(DEPTH_LIMIT - 1), _nested(DEPTH_LIMIT)),
    "parts": ([0] * 49, [0] * 50),
    "digits": ((1 << 4 * 29) - 1, 1 << 4 * 29),
    "objects": ([...] * 5, [...] * 6),
    "values that hold others": ([()] * 29, [()] * 30),
}


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the limits that only values of megabytes reach small."""
    for name, limit in {"NODE_LIMIT": 50, "_OPEN_LIMIT": 30, "_INTEGER_DIGITS": 30}.items():
        monkeypatch.setattr(values, name, limit)


@pytest.mark.parametrize("limit", READ_LIMITS)
def test_a_reader_has_exact_limits(limit: str, request: pytest.FixtureRequest) -> None:
    """Honest values stay far below them."""
    within, beyond = READ_LIMITS[limit]
    if limit in {"digits", "values that hold others", "objects", "digits of a count"}:
        request.getfixturevalue("small_limits")

    decode(within)
    with pytest.raises(MalformedError):
        decode(beyond)


@pytest.mark.parametrize("limit", WRITE_LIMITS)
def test_a_writer_has_exact_limits(limit: str, request: pytest.FixtureRequest) -> None:
    """A reader accepts all that a writer writes."""
    within, beyond = WRITE_LIMITS[limit]
    if limit != "depth":
        request.getfixturevalue("small_limits")

    decode(encode(within))
    with pytest.raises(UnserialisableError):
        encode(beyond)


def test_the_large_limits_have_these_values() -> None:
    """A change of one changes what a submission may return."""
    assert (values.NODE_LIMIT, values.FRAME_LIMIT_BYTES, values.DEPTH_LIMIT) == (1_000_000, 16 << 20, 200)
    assert (values._OPEN_LIMIT, values._OBJECT_COST, values._INTEGER_DIGITS) == (250_000, 5, 1_000_000)


def _subclass(base: Any) -> Any:
    """Return a class whose methods say that it is empty, or something else."""

    def lie(*_: Any) -> Any:
        return iter(())

    names = ("__iter__", "items", "keys", "values", "__int__", "__index__", "__float__", "__str__", "__repr__")
    return type("Liar", (base,), {**dict.fromkeys(names, lie), "__len__": lambda _: 0})


@pytest.mark.parametrize(
    "plain", [7, 1.5, "text", b"bytes", [1, 2], (1, 2), {"a": 1}, {1, 2}, frozenset({1, 2})], ids=str
)
def test_the_content_of_a_subclass_is_read_past_its_own_methods(plain: Any) -> None:
    """It is what the object was filled with."""
    back = decode(encode(_subclass(type(plain))(plain)))

    assert back == plain
    assert type(back) is type(plain)


def _refer(kept: list[Any]) -> Any:
    def refer(item: object) -> list[Any]:
        kept.append(item)
        return [f"@{len(kept)}"]

    return refer


class Own:
    """A class of a submission."""


def test_what_is_not_plain_is_sent_as_a_reference() -> None:
    """A subclass of a plain type has its content beside the reference, unless the receiver has the object."""
    kept: list[Any] = []
    own, liar = Own(), _subclass(list)([1])

    assert encode([own, liar], _refer(kept)) == ["[2", "@1", "=", "@2", "[1", 1]
    assert kept == [own, liar]
    assert encode([own, liar], _refer([]), kept=(type(liar),)) == ["[2", "@1", "@2"]
    with pytest.raises(UnserialisableError, match="type Own"):
        encode(own)
    with pytest.raises(UnserialisableError, match="type type"):
        encode(Own)


class Kept:
    """Stands for an object that the other side keeps."""

    def __rlvr_with_content__(self, content: Any) -> Any:
        return ("content", content)


def test_references_are_resolved() -> None:
    """Those of both sides; content goes to what the reference stands for, if that takes it."""

    def resolve(tokens: Any) -> Any:
        return Kept() if tokens[0][0] == "@" else tokens

    assert decode(["[2", "^5", "=", "@7", "[1", 1], resolve) == [("^5",), ("content", [1])]
    with pytest.raises(MalformedError, match="content without an object"):
        decode(["=", "^5", "[1", 1], resolve)


def _node_class(name: str, **members: Any) -> Any:
    return type(name, (), members)


def _filled(made: Any, **parts: Any) -> Any:
    for name, value in parts.items():
        setattr(made, name, value)
    return made


NODE = {"val": 1, "next": None}
TREE = {"val": 1, "left": None, "right": None}


@pytest.mark.parametrize(
    ("item", "is_node"),
    [
        (_filled(_node_class("ListNode")(), **NODE), True),
        (_filled(_node_class("TreeNode")(), **TREE), True),
        (_filled(_node_class("ListNode", next=None)(), val=1), True),
        (_filled(_node_class("ListNode", __init__=lambda _: None)(), **NODE), True),
        (_filled(_node_class("Node")(), **NODE), False),
        (_filled(_node_class("ListNode")(), val=1), False),
        (_filled(_node_class("ListNode")(), **NODE, more=2), False),
        (_filled(_node_class("TreeNode")(), **NODE), False),
        (_filled(_node_class("ListNode", sum=lambda _: 1)(), **NODE), False),
    ],
    ids=range(9),
)
def test_nodes_of_a_submission_are_like_ours(item: Any, *, is_node: bool) -> None:
    """They have the parts of ours, no others and no methods."""
    assert values.is_own_node(item, type(item)) is is_node
    if is_node:
        assert type(decode(encode(item))) in {ListNode, TreeNode}


def test_lists_and_trees_have_exact_limits() -> None:
    """A circle ends there."""
    assert list_values(list_node([1, 2, 3]), limit=3) == [1, 2, 3]
    with pytest.raises(NodeError):
        list_values(list_node([1, 2, 3]), limit=2)
    circle = TreeNode(1)
    circle.left = circle
    for tree, limit in ((tree_node([1, 2, 3]), 6), (circle, 1_000)):
        with pytest.raises(NodeError):
            tree_values(tree, limit=limit)
    assert tree_values(tree_node([1, 2, 3]), limit=7) == [1, 2, 3]


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ([], []),
        ([None], []),
        ([None, 1], []),
        ([1], [1]),
        ([1, None, None, 5, 6], [1]),
        ([1, 0, None, 3], [1, 0, None, 3]),
        ([1, 2, 3, None, None, 4, 5, 6], [1, 2, 3, None, None, 4, 5, 6]),
        ([1, None, 2, None, 3, None], [1, None, 2, None, 3]),
    ],
    ids=str,
)
def test_a_tree_keeps_its_level_order(order: list[Any], kept: list[Any]) -> None:
    """Absent children at its end, and values below no parent, are left out."""
    assert tree_values(tree_node(order)) == kept


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"1", b"[[]]", b"[{}]", b"[1", b"\xff", b"[" * 100_000, b'["a",[1]]'],
    ids=lambda each: each[:9],
)
def test_bytes_that_are_no_flat_list_are_refused(data: bytes) -> None:
    """Tokens do not nest."""
    with pytest.raises(MalformedError):
        load(data)


def test_a_message_has_an_exact_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for those who write and both who read."""
    for module in (values, frames):
        monkeypatch.setattr(module, "FRAME_LIMIT_BYTES", 20)
    within, beyond = ["s" + "x" * 15], ["s" + "x" * 16]
    assert len(dump(within)) == 20

    with pytest.raises(UnserialisableError):
        framed(beyond)
    reading, writing = os.pipe()
    incoming = Incoming()
    send(writing, within)
    assert receive(reading) == within
    incoming.add(framed(within))
    assert incoming.message() == within
    os.write(writing, (21).to_bytes(4, "big") + b" " * 21)
    with pytest.raises(MalformedError, match="too long"):
        receive(reading)
    incoming.add((21).to_bytes(4, "big"))
    with pytest.raises(MalformedError, match="too long"):
        incoming.message()
    os.close(reading)
    os.close(writing)


def test_messages_come_in_any_pieces() -> None:
    """Each is given once, when its last byte is there."""
    messages: list[list[Any]] = [[1, "sx"], [], [None]]
    data = b"".join(map(framed, messages))
    for size in range(1, len(data) + 1):
        incoming, found = Incoming(), []
        for start in range(0, len(data), size):
            incoming.add(data[start : start + size])
            while (message := incoming.message()) is not None:
                found.append(message)
        assert found == messages


def test_a_channel_that_is_closed_is_named() -> None:
    """On both ends, also within a message."""
    reading, writing = os.pipe()
    os.write(writing, framed([1])[:-1])
    os.close(writing)
    with pytest.raises(ChannelClosedError):
        receive(reading)
    with pytest.raises(ChannelClosedError):
        receive(reading)
    os.close(reading)
    with pytest.raises(ChannelClosedError):
        receive(reading)
    with pytest.raises(ChannelClosedError):
        send(writing, [1])


@pytest.mark.each("kind", Kind)
def test_one_kind_of_outcome_has_passed(kind: Kind) -> None:
    """All others have failed."""
    assert Outcome("test", kind).passed is (kind.value == "passed")


def test_as_many_keys_may_share_a_hash_as_share_it_by_accident() -> None:
    """One more is made to be slow."""
    colliding = [number * (2**61 - 1) for number in range(1, 66)]

    assert decode(encode({1, *colliding[1:]})) == {1, *colliding[1:]}
    with pytest.raises(MalformedError, match="made to collide"):
        decode(encode({1, *colliding}))


def test_exceptions_are_data_unless_the_interpreter_acts_on_them() -> None:
    """An error of a library is one of its arguments; the end of an iteration is no value."""
    read = decode(encode(ValueError("x", 1)))

    assert (type(read), read.args) == (ValueError, ("x", 1))
    for error in (StopIteration(), StopAsyncIteration(), ExceptionGroup("x", [ValueError()])):
        with pytest.raises(UnserialisableError):
            encode(error)
