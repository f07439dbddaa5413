"""A process that scores batches for a command: it reads them from one pipe and answers on another.

Lines of JSON come as they are, and results go as the bytes that the command appends to files, and as a summary that it
adds: to send rows and rewards as objects takes longer than to score a cheap row.
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
from typing import BinaryIO, NoReturn

from rlvr.errors import ScorerFaultError
from rlvr.runs.finishing import BatchResult, Finisher, finish_batch
from rlvr.runs.records import CommonEvidence
from rlvr.runs.rows import Row
from rlvr.runs.scoring import PlacedRow

_LENGTH = struct.Struct("<Q")


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


def encode_batch(batch: Sequence[PlacedRow], common: CommonEvidence | None) -> bytes:
    """Return the message of a batch: its rows, column by column, and the common evidence of the run folder so far."""
    rows = [placed.row for placed in batch]
    columns = (
        [placed.position for placed in batch],
        *([getattr(row, name) for row in rows] for name in Row.__struct_fields__),
    )
    return pickle.dumps((columns, None if common is None else common.settled), protocol=5)


def decode_result(message: bytes) -> BatchResult:
    """Return the result of a batch.

    Raises:
        ScorerFaultError: The suite says to stop.
        RuntimeError: Scoring raised something else, which is an error of rlvr.
    """
    result = pickle.loads(message)  # noqa: S301  # it ran the scorers that this process runs without it
    if isinstance(result, BaseException):
        raise result
    return result  # type: ignore[no-any-return]  # of a pickle, nothing is known


def serve(source: BinaryIO, target: BinaryIO, finisher: Finisher) -> None:
    """Answer batches until the input ends, or nobody reads the answers."""
    with contextlib.suppress(BrokenPipeError):
        while (message := receive(source)) is not None:
            send(target, _answer(finisher, message))


def _answer(finisher: Finisher, message: bytes) -> bytes:
    (positions, *columns), settled = pickle.loads(message)  # noqa: S301  # from the command
    rows = [Row(**dict(zip(Row.__struct_fields__, each, strict=True))) for each in zip(*columns, strict=True)]
    batch = list(map(PlacedRow, positions, rows))
    try:
        result = finish_batch(finisher, batch, None if settled is None else CommonEvidence(settled))
    except ScorerFaultError as error:
        error.report = None
        return pickle.dumps(error)
    except Exception as error:  # noqa: BLE001  # the command raises it
        return pickle.dumps(RuntimeError(f"scoring a batch raised {type(error).__name__}: {error}"))
    return pickle.dumps(result.packed(), protocol=5)


def main() -> None:
    """Serve the command that started this process, by its standard input and output; the finisher comes first."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _leave_the_terminal()
    first = receive(source)
    if first is not None:
        serve(source, target, pickle.loads(first))  # noqa: S301  # from the command
    os._exit(0)


def serve_forked(source: int, target: int, finisher: Finisher) -> NoReturn:
    """Serve the command that this process was forked from, by two of its file descriptors; never return."""
    try:
        # The other files are those of the command: pipes of other shards, and the lock of its run folder.
        low, high = sorted((source, target))
        for first, last in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
            os.closerange(first, last)
        _leave_the_terminal()
        serve(os.fdopen(source, "rb"), os.fdopen(target, "wb"), finisher)
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
