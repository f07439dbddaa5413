"""The messages between the process that grades and the evaluating process: trees as JSON, never pickled."""

from __future__ import annotations

import socket
import struct
from fractions import Fraction
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

from rlvr_math.reading.tree import Tree

# A question contains trees of at most some thousand nodes; numbers of 4,000 digits are 4 kB each.
MESSAGE_LIMIT_BYTES = 1_000_000

_LENGTH = struct.Struct("<I")

Outcome: TypeAlias = Literal["value", "undecided", "calls", "time", "memory", "crashed"]
"""What became of a question.

There is a value; sympy returns none; a limit ended the evaluation: of Python calls, of time, of memory; the process
ended by itself.
"""


def has_value(outcome: Outcome) -> bool:
    """Return True if there is a value."""
    match outcome:
        case "value":
            return True
        case "undecided" | "calls" | "time" | "memory" | "crashed":
            return False
        case _:
            assert_never(outcome)


def is_over_limit(outcome: Outcome) -> bool:
    """Return True if a limit ended the evaluation; a crash is one, since an answer may cause it."""
    match outcome:
        case "calls" | "time" | "memory" | "crashed":
            return True
        case "value" | "undecided":
            return False
        case _:
            assert_never(outcome)


def is_repeatable(outcome: Outcome) -> bool:
    """Return True if the same question gets the same outcome on any machine: no clock decided."""
    match outcome:
        case "value" | "undecided" | "calls":
            return True
        case "time" | "memory" | "crashed":
            return False
        case _:
            assert_never(outcome)


def is_crash(outcome: Outcome) -> bool:
    """Return True if the evaluation ended by itself, so that a second one may not."""
    match outcome:
        case "crashed":
            return True
        case "value" | "undecided" | "calls" | "time" | "memory":
            return False
        case _:
            assert_never(outcome)


class EvaluationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Trees to evaluate.

    Attributes:
        trees: Operators, such as a limit.
        positive: Free letters stand for positive numbers; otherwise for real ones.
    """

    trees: tuple[Tree, ...]
    positive: bool = False


class EvaluationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question.

    Attributes:
        outcome: What became of it.
        trees: The values of the question's trees, in order; empty unless the outcome is "value".
        detail: What sympy could not do, or which limit was exceeded.
        calls: Python calls that the evaluation took.
    """

    outcome: Outcome
    trees: tuple[Tree, ...] = ()
    detail: str = ""
    calls: int = 0


class MessageError(Exception):
    """The other process has ended, or sent something that is no message."""


def encode(message: EvaluationRequest | EvaluationResult) -> bytes:
    """Encode a message."""
    return _ENCODER.encode(message)


def decode_question(data: bytes) -> EvaluationRequest:
    """Decode a question."""
    return _QUESTIONS.decode(data)


def decode_evaluation(data: bytes) -> EvaluationResult:
    """Decode an evaluation.

    Raises:
        MessageError: The data is not one.
    """
    try:
        return _EVALUATIONS.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MessageError(f"not an evaluation: {error}") from error


def send(connection: socket.socket, data: bytes) -> None:
    """Send a message.

    Raises:
        OSError: The other end is closed.
    """
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive(connection: socket.socket) -> bytes:
    """Receive a message; b"" if the other end is closed.

    Raises:
        MessageError: The message is longer than the limit, or incomplete.
        OSError: It does not come in time.
    """
    head = _receive_exactly(connection, _LENGTH.size)
    if not head:
        return b""
    length = _LENGTH.unpack(head)[0]
    if length > MESSAGE_LIMIT_BYTES:
        raise MessageError(f"a message of {length} bytes")
    data = _receive_exactly(connection, length)
    if not data:
        raise MessageError("an incomplete message")
    return data


def _receive_exactly(connection: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            return b""
        data += more
    return bytes(data)


def _plain(value: Any) -> str:
    """Encode a rational in hexadecimal digits: Python refuses to write long integers in decimal ones."""
    if isinstance(value, Fraction):
        return f"{value.numerator:x}/{value.denominator:x}"
    raise NotImplementedError(type(value).__name__)


def _rational(kind: type[Any], value: Any) -> Any:
    if kind is not Fraction or not isinstance(value, str):
        raise NotImplementedError(kind)
    above, _, below = value.partition("/")
    return Fraction(int(above, 16), int(below, 16))


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
_QUESTIONS = msgspec.json.Decoder(EvaluationRequest, dec_hook=_rational)
_EVALUATIONS = msgspec.json.Decoder(EvaluationResult, dec_hook=_rational)
