"""Encoding of jobs and scores as bytes, for other processes and for the cache: plain data, never pickled.

A frame is the length of its body (four bytes), a format mark (one byte) and the body.
A body is msgpack, which is fast, or JSON for values that msgpack refuses: lone surrogates, integers above 64 bits.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from rlvr.record import JsonValue, Message, Record
from rlvr.record.json_value import plain_value
from rlvr.scores import FailureKind, Score, Verdict

_HEAD = struct.Struct("<IB")
_MSGPACK, _JSON = 0, 1

# Reasons are cut and metrics are declared, so only evidence can exceed this; it is left out then.
SCORE_LIMIT_BYTES = 256_000

ScoreFields: TypeAlias = tuple[
    float | None, Verdict, str, dict[str, Any], dict[str, float], FailureKind | None, float, str, bool
]

NumberedScore: TypeAlias = tuple[int, ScoreFields]
"""The number of a job, and a score of it."""


class WireError(Exception):
    """The received bytes are not a valid frame, or a value cannot be sent."""


class Frames:
    """Divides a stream of bytes into frames."""

    def __init__(self, limit_bytes: int) -> None:
        self._buffer = bytearray()
        self._limit = limit_bytes

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Add bytes; yield the format mark and the body of each frame that is complete.

        Raises:
            WireError: A frame is longer than the limit.
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


def frame_of(value: object) -> bytes:
    """Return the frame of a value.

    Raises:
        WireError: The value contains something that JSON does not have.
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
    """Return 16 bytes that identify a JSON value; equal values have equal digests, whatever the order of their keys.

    Raises:
        WireError: The value contains something that JSON does not have.
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


def read_body(mark: int, body: bytes, kind: Any = Any) -> Any:
    """Decode the body of a frame into a value of a type.

    Raises:
        WireError: The body is not valid, or its value is not of that type.
    """
    try:
        if mark == _JSON:
            return msgspec.convert(json.loads(body), kind)
        decoder = _DECODERS.get(kind)
        return (decoder or msgspec.msgpack.Decoder(kind)).decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(str(error)) from error


def score_fields(score: Score) -> tuple[Any, ...]:
    """Return the fields of a score, in the order in which they are encoded."""
    return (
        score.value,
        score.verdict,
        score.reason,
        score.evidence,
        score.metrics,
        score.failure,
        score.seconds,
        score.reason_class,
        score.is_undecided,
    )


def score_of(fields: ScoreFields) -> Score:
    """Return the score with these fields."""
    value, verdict, reason, evidence, metrics, failure, seconds, reason_class, is_undecided = fields
    return Score(
        value=value,
        verdict=verdict,
        reason=reason,
        evidence=evidence,
        metrics=metrics,
        failure=failure,
        seconds=seconds,
        reason_class=reason_class,
        is_undecided=is_undecided,
    )


def encode_score(score: Score) -> bytes:
    """Encode a score.

    Raises:
        WireError: The evidence contains something that JSON does not have.
    """
    return frame_of(score_fields(score))


def decode_score(data: bytes) -> Score | None:
    """Decode a score; None if the bytes are not a valid score, such as those of a corrupted cache file."""
    try:
        for mark, body in Frames(len(data)).feed(data):
            fields: ScoreFields = read_body(mark, body, ScoreFields)
            return score_of(fields)
    except WireError:
        pass
    return None


def score_frame(number: int, score: Score) -> bytes:
    """Return the frame of a score of a job; evidence that is too large, or not JSON, is left out."""
    try:
        frame = frame_of((number, score_fields(score)))
        if len(frame) <= SCORE_LIMIT_BYTES:
            return frame
    except WireError:
        pass
    note = {"left out": "too large, or not JSON"}
    return frame_of((number, score_fields(msgspec.structs.replace(score, evidence=note))))


def record_fields(record: Record, tags: object) -> tuple[Any, ...]:
    """Return the fields of a record; its reasoning tags are omitted if they are those of the suite."""
    return (
        record.id,
        [(turn.role, turn.content, turn.tool_calls, turn.reasoning) for turn in record.messages],
        record.completion,
        record.reference,
        record.metadata,
        record.task,
        record.tool_calls,
        record.reference_at,
        record.problem,
        None if record.reasoning_tags is tags else record.reasoning_tags,
        record.prompt_turns,
        record.typed_reasoning,
        record.is_unanswered,
    )


def record_of(fields: Sequence[Any], tags: tuple[tuple[str, str], ...]) -> Record:
    """Return the record with these fields; its values have the types of JSON."""
    record_id, messages, completion, reference, metadata, task, tool_calls, reference_at, problem, *rest = fields
    own_tags, prompt_turns, typed_reasoning, is_unanswered = rest
    return Record(
        id=record_id,
        messages=tuple(
            Message(role=role, content=content, tool_calls=tuple(calls), reasoning=reasoning)
            for role, content, calls, reasoning in messages
        ),
        completion=completion,
        reference=reference,
        metadata=metadata,
        task=task,
        tool_calls=tuple(tool_calls),
        reference_at=reference_at,
        problem=problem,
        reasoning_tags=tags if own_tags is None else tuple((opening, closing) for opening, closing in own_tags),
        prompt_turns=prompt_turns,
        typed_reasoning=typed_reasoning,
        is_unanswered=is_unanswered,
    )


def _plain(value: object) -> JsonValue:
    """Convert values that rows of trainers contain to JSON: read-only mappings, values of numpy and Arrow."""
    if isinstance(value, Mapping):
        return dict(value)
    plain = plain_value(value)
    if plain is not value:
        return plain
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")


_encode = msgspec.msgpack.Encoder(enc_hook=_plain).encode
_encode_sorted = msgspec.msgpack.Encoder(enc_hook=_plain, order="deterministic").encode
_DECODERS: dict[Any, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (Any, ScoreFields, NumberedScore)
}
