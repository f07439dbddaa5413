"""A process that scores batches for a command: it reads them from one pipe and answers on another.

It is a fork of the command, or a new interpreter that gets the suite first. The end of the input ends it.
Signals of the terminal are for the command: it decides which batches are scored.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import struct
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, NoReturn

import msgspec

from rlvr.config import Suite
from rlvr.errors import ScorerFaultError
from rlvr.record.json_value import JSON_TYPES
from rlvr.report import Report
from rlvr.runs.folder import plain_or_text
from rlvr.runs.records import RecordFacts
from rlvr.runs.rows import Row
from rlvr.runs.scoring import PlacedRow, ScoredRows, score_batch

_ENCODER = msgspec.msgpack.Encoder(enc_hook=plain_or_text, order="deterministic")

_LENGTH = struct.Struct("<Q")


class ShardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a batch, without its rows, which the command has."""

    report: Report
    facts: list[RecordFacts]
    remarks: dict[str, list[int]]
    counts: list[int]


# Made here, in one thread: msgspec reads the annotations of a type when it first needs them, and where two threads do
# so at the same time, the process crashes.
_DECODER = msgspec.msgpack.Decoder(ShardAnswer)


def send(file: BinaryIO, message: bytes) -> None:
    """Write one message."""
    file.write(_LENGTH.pack(len(message)))
    file.write(message)
    file.flush()


def receive(file: BinaryIO) -> bytes | None:
    """Read one message; None at the end of the input, and for a message that is cut."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = file.read(length)
    return message if len(message) == length else None


def encode_batch(batch: Sequence[PlacedRow]) -> bytes:
    """Return the message of a batch: what scoring needs of its rows."""
    return pickle.dumps([(placed.position, placed.row.value, placed.row.problem) for placed in batch], protocol=5)


def decode_answer(message: bytes, batch: Sequence[PlacedRow]) -> ScoredRows:
    """Return the scores of a batch.

    Raises:
        ScorerFaultError: The suite says to stop.
        RuntimeError: Scoring raised something else, which is an error of rlvr.
    """
    kind, body = message[:1], message[1:]
    if kind == b"P":
        answer = pickle.loads(body)  # noqa: S301  # it ran bounded scorers only, as this process does without it
        if isinstance(answer, BaseException):
            raise answer
    else:
        answer = _DECODER.decode(body)
    rows = [placed.row for placed, count in zip(batch, answer.counts, strict=True) for _ in range(count)]
    return ScoredRows(answer.report, rows, answer.facts, answer.remarks, len(batch))


def _encode_answer(scored: ScoredRows, counts: list[int]) -> bytes:
    answer = ShardAnswer(
        report=scored.report,
        facts=list(scored.facts),
        remarks={text: list(numbers) for text, numbers in scored.remarks.items()},
        counts=counts,
    )
    # MessagePack is four times as fast, but turns dates of tables into texts, and knows no lone surrogates.
    if all(map(_is_json, (*(each.id for each in scored.report.rewards), *(each.reference for each in scored.facts)))):
        try:
            return b"M" + _ENCODER.encode(answer)
        except (UnicodeEncodeError, OverflowError, TypeError, ValueError):
            pass
    return b"P" + pickle.dumps(answer, protocol=5)


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_json, value))
    return type(value) in JSON_TYPES


def serve(source: BinaryIO, target: BinaryIO, suite: Suite, *, keeps_records: bool) -> None:
    """Answer batches until the input ends, or nobody reads the answers."""
    with contextlib.suppress(BrokenPipeError):
        while (message := receive(source)) is not None:
            send(target, _answer(suite, message, keeps_records=keeps_records))


def _answer(suite: Suite, message: bytes, *, keeps_records: bool) -> bytes:
    given: list[tuple[int, Any, str]] = pickle.loads(message)  # noqa: S301  # from the command
    batch = [PlacedRow(position, Row(line=0, value=value, problem=problem)) for position, value, problem in given]
    try:
        scored = score_batch(suite, batch, keeps_records=keeps_records)
    except ScorerFaultError as error:
        error.report = None
        return b"P" + pickle.dumps(error)
    except Exception as error:  # noqa: BLE001  # the command raises it
        return b"P" + pickle.dumps(RuntimeError(f"scoring a batch raised {type(error).__name__}: {error}"))
    counts = dict.fromkeys((placed.position for placed in batch), 0)
    for facts in scored.facts:
        counts[facts.position] += 1
    return _encode_answer(scored, list(counts.values()))


def main() -> None:
    """Serve the command that started this process, by its standard input and output; the suite comes first."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _leave_the_terminal()
    first = receive(source)
    if first is not None:
        suite, keeps_records = pickle.loads(first)  # noqa: S301  # from the command
        serve(source, target, suite, keeps_records=keeps_records)
    os._exit(0)


def serve_forked(source: int, target: int, suite: Suite, *, keeps_records: bool) -> NoReturn:
    """Serve the command that this process was forked from, by two of its file descriptors; never return."""
    try:
        # The other files are those of the command: pipes of other shards, and the lock of its run folder.
        low, high = sorted((source, target))
        for first, last in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
            os.closerange(first, last)
        _leave_the_terminal()
        serve(os.fdopen(source, "rb"), os.fdopen(target, "wb"), suite, keeps_records=keeps_records)
    finally:
        os._exit(0)  # nothing of the command may run here, such as its `finally` clauses


def _leave_the_terminal() -> None:
    """Leave signals of the terminal, standard input and standard output to the command."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # what scorers print must not come between answers
    # New objects: those of the command may have a part of its output, which is not for this process to write.
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123  # for the life of the process
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False, buffering=1)  # noqa: SIM115
