"""Jobs and scores as bytes between processes: plain data, never pickled.

A frame is its length (four bytes), a format mark (one byte) and a body.
Bodies are msgpack, which is fast, or JSON for what msgpack refuses: lone surrogates and integers of more than 64 bits.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from rlvr.record import JsonValue, Message, Record
from rlvr.score import FailureKind, Score, Verdict

_HEAD = struct.Struct("<IB")
_MSGPACK, _JSON = 0, 1

# No score is larger: reasons are cut, metrics are declared; what exceeds this is evidence, which is left out.
SCORE_LIMIT_BYTES = 256_000

ScoreFields: TypeAlias = tuple[float | None, Verdict, str, dict[str, Any], dict[str, float], FailureKind | None, float]

NumberedScore: TypeAlias = tuple[int, ScoreFields]
"""A job's number and its score."""


class WireError(Exception):
    """What came over the wire is no frame of ours, or a value cannot be sent."""


class Frames:
    """Cuts a stream of bytes into the bodies of frames."""

    def __init__(self, limit_bytes: int) -> None:
        self._buffer = bytearray()
        self._limit = limit_bytes

    def fed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take more bytes; the format and the body of every frame that is whole by now.

        Raises:
            WireError: A frame says that it is longer than the limit.
        """
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _HEAD.size:
                length, mark = _HEAD.unpack_from(self._buffer, start)
                if length > self._limit:
                    raise WireError(f"a frame of {length} bytes")
                end = start + _HEAD.size + length
                if len(self._buffer) < end:
                    break
                body = bytes(self._buffer[start + _HEAD.size : end])
                start = end
                yield mark, body
        finally:
            del self._buffer[:start]


def framed(value: object) -> bytes:
    """Make a frame of a value.

    Raises:
        WireError: The value holds what JSON cannot.
    """
    try:
        body, mark = _encode(value), _MSGPACK
    except (UnicodeEncodeError, OverflowError):
        try:
            body, mark = json.dumps(value, default=_plain).encode(), _JSON
        except (TypeError, ValueError, RecursionError) as error:
            raise WireError(str(error)) from error
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise WireError(str(error)) from error
    return _HEAD.pack(len(body), mark) + body


def digest_of(value: object) -> bytes:
    """Return 16 bytes that identify a JSON value: equal values share them, whatever the order of their keys.

    Raises:
        WireError: The value holds what JSON cannot.
    """
    try:
        body = _encode_sorted(value)
    except (UnicodeEncodeError, OverflowError):
        try:
            body = json.dumps(value, default=_plain, sort_keys=True).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise WireError(str(error)) from error
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise WireError(str(error)) from error
    return hashlib.blake2b(body, digest_size=16).digest()


def read(mark: int, body: bytes, kind: Any = Any) -> Any:
    """Read a frame's body as a type.

    Raises:
        WireError: It is not of that type.
    """
    try:
        if mark == _JSON:
            return msgspec.convert(json.loads(body), kind)
        decoder = _DECODERS.get(kind)
        return (decoder or msgspec.msgpack.Decoder(kind)).decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(str(error)) from error


def score_fields(score: Score) -> tuple[Any, ...]:
    """Take a score apart, for the wire and for a cache."""
    return (
        score.value,
        score.verdict,
        score.reason,
        score.evidence,
        score.metrics,
        score.failure,
        score.seconds,
    )


def score_of(fields: ScoreFields) -> Score:
    """Put a score together."""
    value, verdict, reason, evidence, metrics, failure, seconds = fields
    return Score(
        value=value,
        verdict=verdict,
        reason=reason,
        evidence=evidence,
        metrics=metrics,
        failure=failure,
        seconds=seconds,
    )


def encoded_score(score: Score) -> bytes:
    """Make bytes of a score.

    Raises:
        WireError: Its evidence is no data.
    """
    return framed(score_fields(score))


def decoded_score(data: bytes) -> Score | None:
    """Read a score from its bytes; None from bytes that are none, such as those of a damaged file."""
    try:
        for mark, body in Frames(len(data)).fed(data):
            fields: ScoreFields = read(mark, body, ScoreFields)
            return score_of(fields)
    except WireError:
        pass
    return None


def framed_score(number: int, score: Score) -> bytes:
    """Make the frame of a job's score; evidence that is too large or no data is left out."""
    try:
        frame = framed((number, score_fields(score)))
        if len(frame) <= SCORE_LIMIT_BYTES:
            return frame
    except WireError:
        pass
    note = {"left out": "too large, or not JSON"}
    return framed((number, score_fields(msgspec.structs.replace(score, evidence=note))))


def record_fields(record: Record, tags: object) -> tuple[Any, ...]:
    """Take a record apart; reasoning tags that are those of the suite stay at home."""
    return (
        record.id,
        [(message.role, message.content, message.tool_calls) for message in record.messages],
        record.completion,
        record.reference,
        record.metadata,
        record.task,
        record.tool_calls,
        record.reference_at,
        record.problem,
        None if record.reasoning_tags is tags else record.reasoning_tags,
    )


def record_of(fields: Sequence[Any], tags: tuple[tuple[str, str], ...]) -> Record:
    """Put a record together; its values are as JSON carries them."""
    record_id, messages, completion, reference, metadata, task, tool_calls, reference_at, problem, own_tags = fields
    return Record(
        id=record_id,
        messages=tuple(
            Message(role=role, content=content, tool_calls=tuple(calls)) for role, content, calls in messages
        ),
        completion=completion,
        reference=reference,
        metadata=metadata,
        task=task,
        tool_calls=tuple(tool_calls),
        reference_at=reference_at,
        problem=problem,
        reasoning_tags=tags if own_tags is None else tuple((opening, closing) for opening, closing in own_tags),
    )


def _plain(value: object) -> JsonValue:
    """Turn what rows of trainers hold beside JSON into JSON: read-only mappings, and arrays and scalars of numpy."""
    if isinstance(value, Mapping):
        return dict(value)
    listed = getattr(value, "tolist", None)
    if callable(listed):
        return listed()
    raise TypeError(f"a {type(value).__name__} is no JSON value")


_encode = msgspec.msgpack.Encoder(enc_hook=_plain).encode
_encode_sorted = msgspec.msgpack.Encoder(enc_hook=_plain, order="deterministic").encode
_DECODERS: dict[Any, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (Any, ScoreFields, NumberedScore)
}
