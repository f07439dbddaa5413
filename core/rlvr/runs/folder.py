"""The run folder: everything about one scoring job, in files that a crash at any byte leaves readable.

====================  ==============================================================================================
``run.json``          The :class:`Manifest`: suite text, options, data, versions, tasks. Written first, never changed.
``suite.yaml``        The text of the suite, for people; named by its format.
``rows.jsonl``        A :class:`RunRow` for each reward, in the order of the data. Appended batch by batch.
``common.jsonl``      A :class:`Common` for each entry of the suite: its evidence that is the same in all rows.
``batches.jsonl``     A :class:`RunBatch` for each batch of rows: its bytes, their checksum, times, cache hits.
``sessions.jsonl``    A :class:`Session` for each time that a command worked on the run: machine, start, end.
``summary.json``      The summary of the rows so far; ``is_complete`` says whether these are all.
``rows.parquet``      The rows as a table, once all are there and if pyarrow is installed.
====================  ==============================================================================================

A batch counts once its line is in ``batches.jsonl`` and the bytes of ``rows.jsonl`` and ``common.jsonl`` have the
checksums of that line.
Readers see these batches only; a writer that goes on cuts off everything else.
``rows.jsonl``, ``common.jsonl`` and ``rows.parquet`` depend on suite and data alone: an interrupted run has the same
bytes in the end as one that was not interrupted, with any number of processes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from rlvr.errors import RunError
from rlvr.metrics import MetricType
from rlvr.record.json_value import JsonValue, plain_value
from rlvr.scores import FailureKind, Verdict

FORMAT = 1

MANIFEST, ROWS, COMMON, BATCHES, SESSIONS = "run.json", "rows.jsonl", "common.jsonl", "batches.jsonl", "sessions.jsonl"
SUMMARY, TABLE = "summary.json", "rows.parquet"


class OpinionRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The score of one of the two scorers of an entry, if the second was asked; the fields are those of a score row.

    Attributes:
        scorer: Id of the scorer.
        counts: Whether its score is that of the entry.
    """

    scorer: str
    counts: bool
    verdict: Verdict = Verdict.SCORED
    value: float | None = None
    reason: str = ""
    reason_class: str = ""
    failure: FailureKind | None = None
    is_undecided: bool = False
    metrics: dict[str, float] = {}
    evidence: dict[str, Any] = {}
    seconds: float = 0.0


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The score of one entry of the task: one line of the explanation of a reward; see ``rlvr.Part``.

    Attributes:
        name: Name of the entry; ``Manifest.tasks`` has its scorer.
        scorer: Id of the second scorer of the entry, if the score is of that one; "" for the first.
        verdict: ``scored``, ``abstained``, ``invalid_task`` or ``failed``.
        value: The answer of the scorer, 0.0 to 1.0; None unless the verdict is ``scored``.
        counted: The number that counted in the reward; None if the entry was left out.
        weight: Its share of a mean; for other methods the weight of the suite.
        note: Why ``counted`` differs from ``value``.
        reason: The reason of the value, for people.
        reason_class: The class of the reason, without numbers and quotations: ``no_answer``, ``incorrect``.
        failure: How the scorer broke; None unless the verdict is ``failed``.
        is_undecided: Whether the scorer could not read the answer well enough to call it wrong.
        metrics: The details that the scorer measured, by their names in the scorer.
        evidence: Findings of the scorer. In the file, without what ``common.jsonl`` has; readers add it.
        lacks: Keys of the common evidence that this score does not have.
        opinions: The scores of both scorers of the entry, if the second was asked.
        seconds: Wall time of the scorer. Not in the file: readers take it from ``batches.jsonl``.
        is_known: Whether the cache, or an equal record of the batch, knew the score. From ``batches.jsonl`` too.
    """

    name: str
    scorer: str = ""
    verdict: Verdict = Verdict.SCORED
    value: float | None = None
    counted: float | None = None
    weight: float = 0.0
    note: str = ""
    reason: str = ""
    reason_class: str = ""
    failure: FailureKind | None = None
    is_undecided: bool = False
    metrics: dict[str, float] = {}
    evidence: dict[str, Any] = {}
    lacks: list[str] = []
    opinions: list[OpinionRow] = []
    seconds: float = 0.0
    is_known: bool = False


class RunRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reward of a run, with its record.

    Attributes:
        position: Position of the row in the data, from 0; counts rows that the command left out too.
        sample: Number of the completion in its row, from 0; above 0 only in rows of several completions.
        id: The id of the record: any JSON value, not unique.
        file: The file of the row, as the command named it.
        line: Its line in the file, from 1; in a table, its row.
        task: The task; None if no route fitted.
        group: Key of the group: equal for records of one task and one prompt, in every batch and every run; "" for a
            record without a prompt, which is in no group.
        reward: The reward, in the range of the task.
        verdict: ``scored``, ``abstained``, ``invalid_task`` or ``failed``.
        reason_class: The class of the reason that decided; see ``rlvr.Reward``.
        reason: That reason.
        metrics: The metrics of the task of the row, by name, and those of all tasks (``rlvr/failed``, ...).
        scores: One for each entry of the task.
        arithmetic: The computation of the reward, in one line.
        problem: Why the row could not be scored at all; "" if it could.
        vetoed_by: The name of the entry whose gate made the reward; "" if none did.
        is_unanswered: Whether the row is a question without an answer.
        answer_span: Start and end of the stated answer in ``completion``, in characters; None if it states none.
        completion: The completion, as sent.
        prompt: The turns before it: objects of ``role`` and ``content``, and ``tool_calls`` of turns that have some.
        reference: The reference, without wrappers.
        kept: The columns of the row that the command named with ``--keep``.
    """

    position: int
    sample: int
    id: JsonValue
    file: str
    line: int
    task: str | None
    group: str
    reward: float
    verdict: Verdict
    reason_class: str
    reason: str
    metrics: dict[str, float]
    scores: list[ScoreRow]
    arithmetic: str
    problem: str
    vetoed_by: str
    is_unanswered: bool
    answer_span: tuple[int, int] | None
    completion: str
    prompt: list[dict[str, JsonValue]]
    reference: JsonValue
    kept: dict[str, JsonValue]


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that all rows of an entry share, unless a row has another value or lacks it.

    Attributes:
        task: The task.
        entry: The entry.
        evidence: The values by key; empty if nothing is common.
    """

    task: str
    entry: str
    evidence: dict[str, Any]


class RunBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch of rows.

    Attributes:
        rows: Number of its rows.
        bytes: Length of ``rows.jsonl`` with it.
        crc: CRC-32 of its bytes in ``rows.jsonl``.
        common_bytes: Length of ``common.jsonl`` with what it added.
        common_crc: CRC-32 of these bytes of ``common.jsonl``.
        source_rows: Number of rows of the data that it read; fewer than ``rows`` if a row has several completions.
        seconds: Wall time of the batch.
        asked: Number of scores that the cache, or an equal record of the batch, might have known.
        known: Number of scores that they knew.
        overruns: By scorer id: calls of a scorer declared bounded that took longer than their budget.
        times: For each row the seconds of its scores.
        opinion_times: Row of the batch, number of the score, and seconds of both opinions, for each score of two.
        known_scores: Row of the batch and number of the score, for each score that was known.
        remarked: By text: numbers of the rows of the batch on which a scorer made the remark.
        source_crc: CRC-32 of the rows of the data, for data that cannot be read twice; 0 otherwise.
    """

    rows: int
    bytes: int
    crc: int
    common_bytes: int
    source_rows: int
    seconds: float
    common_crc: int = 0
    asked: int = 0
    known: int = 0
    overruns: dict[str, int] = {}
    times: list[list[float]] = []
    opinion_times: list[tuple[int, int, list[float]]] = []
    known_scores: list[tuple[int, int]] = []
    remarked: dict[str, list[int]] = {}
    source_crc: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One command that worked on the run.

    Attributes:
        event: ``start``; ``end`` if it scored the last row; else ``stop``, and a crash leaves none.
        time: The time of the event, UTC, in ISO 8601.
        rows: Number of rows in the folder then.
        reason: Why it stopped: the name of a signal, or an error.
        machine: Facts about the machine, for ``start``.
        processes: Number of processes that score, for ``start``.
    """

    event: str
    time: str
    rows: int = 0
    reason: str = ""
    machine: dict[str, JsonValue] = {}
    processes: int = 1


class EntryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs to know about an entry: its name, its scorer, its metrics by detail, whether it is a gate."""

    name: str
    scorer: str
    metric_type: MetricType
    metrics: dict[str, str] = {}
    is_gate: bool = False


class TaskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs to know about a task: its range, and its entries in order."""

    low: float
    high: float
    entries: list[EntryFacts]


class SuiteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The suite: its name and text, the names and SHA-256 of the files that it names."""

    source: str
    text: str
    suffix: str
    revision: str = ""
    files: dict[str, str] = {}


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the data: its name, size and SHA-256; "" and -1 for a stream, which cannot be read twice.

    Of a remote file, ``sha256`` is what its file system changes with the content, after ``ukey:``.
    """

    path: str
    size: int = -1
    sha256: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is: everything that decides its rows.

    Attributes:
        format: Version of this format.
        created: Time of the first command, UTC, in ISO 8601.
        fingerprint: Fingerprint of the suite.
        suite: The suite.
        data: The files, in order.
        options: The options that decide which rows are scored and what is kept of them: ``limit``, ``where``, ...
        identity: Code and versions that the fingerprint covers; see ``rlvr plugins --fingerprint``.
        metric_names: All metrics of the suite, in order.
        tasks: The tasks by name.
        batch_rows: Rows of the data in a batch.
    """

    format: int
    created: str
    fingerprint: str
    suite: SuiteFacts
    data: list[DataFacts]
    options: dict[str, JsonValue]
    identity: dict[str, JsonValue]
    metric_names: list[str]
    tasks: dict[str, TaskFacts]
    batch_rows: int

    @property
    def has_stream(self) -> bool:
        """Whether a part of the data cannot be read twice."""
        return any(not each.sha256 for each in self.data)


class RunFolder:
    """Reads a run folder, also while a command writes to it.

    Attributes:
        damage: What the last reading found: a file from which rows are lost, where, and how many; "" if none are, and
            if the reading did not come so far. These rows do not count; the command that wrote the run scores them
            again.
    """

    def __init__(self, path: Path | str) -> None:
        """Read the manifest.

        Raises:
            RunError: The folder is no run, or one of a later format.
        """
        self.path = Path(path)
        self.manifest = read_manifest(self.path)
        self.damage = ""

    def batches(self) -> Iterator[RunBatch]:
        """Yield the batches that count, in order."""
        for batch, _, _ in self.checked_batches():
            yield batch

    def rows(self) -> Iterator[RunRow]:
        """Yield the rows, in order, with all evidence, times and cache hits; one batch is in memory."""
        for _, rows in self.batches_with_rows():
            yield from rows

    def batches_with_rows(self) -> Iterator[tuple[RunBatch, list[RunRow]]]:
        """Yield the batches that count, each with its rows; see :meth:`rows`."""
        common: dict[tuple[str, str], dict[str, Any]] = {}
        for batch, content, _ in self.checked_batches():
            if len(common) < self._entries:
                common = {(each.task, each.entry): each.evidence for each in read_lines(self.path / COMMON, Common)}
            known = set(batch.known_scores)
            opinions = {(number, score): seconds for number, score, seconds in batch.opinion_times}
            rows = []
            for number, (line, times) in enumerate(zip(content.splitlines(), batch.times, strict=True)):
                row = decode_line(line, RunRow)
                scores = [
                    msgspec.structs.replace(
                        score,
                        evidence=_all_evidence(score, common.get((row.task or "", score.name), {})),
                        lacks=[],
                        opinions=_timed(score.opinions, opinions.get((number, place), [])),
                        seconds=seconds,
                        is_known=(number, place) in known,
                    )
                    for place, (score, seconds) in enumerate(zip(row.scores, times, strict=True))
                ]
                rows.append(msgspec.structs.replace(row, scores=scores))
            yield batch, rows

    @property
    def is_complete(self) -> bool:
        """True if all rows of the data are there."""
        ends = [each.rows for each in self.sessions if each.event == "end"]
        return bool(ends) and sum(batch.rows for batch in self.batches()) >= max(ends)

    @property
    def sessions(self) -> list[Session]:
        """What commands did with the run."""
        return list(read_lines(self.path / SESSIONS, Session))

    @property
    def _entries(self) -> int:
        return sum(len(task.entries) for task in self.manifest.tasks.values())

    def checked_batches(self) -> Iterator[tuple[RunBatch, bytes, int]]:
        """Yield the batches that count, the bytes of their rows, and the length of ``batches.jsonl`` with them.

        Raises:
            RunError: A file cannot be read.
        """
        once = max([each.rows for each in self.sessions[-1:]], default=0)  # before others are written
        rows, place = 0, f"{BATCHES} from byte 0"
        for found in self._checked_batches():
            if isinstance(found, str):
                place, once = found, max(once, sum(each.rows for each in read_lines(self.path / BATCHES, RunBatch)))
                break
            rows += found[0].rows
            place = f"{BATCHES} from byte {found[2]:,}"
            yield found
        self.damage = f"{place} on is damaged: {once - rows:,} of {once:,} rows are lost" if rows < once else ""

    def _checked_batches(self) -> Iterator[tuple[RunBatch, bytes, int] | str]:
        """Yield the batches that count; last, the place at which a file does not have what its batch says."""
        common = self._common()
        start = 0
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context((self.path / ROWS).open("rb"))
            except FileNotFoundError:
                yield f"{ROWS} from byte 0"
                return
            except OSError as error:
                raise _unreadable(self.path, ROWS, error) from error
            for batch, end in read_lines_with_ends(self.path / BATCHES, RunBatch):
                content = file.read(max(0, batch.bytes - start))
                if crc32(content) != batch.crc or start + len(content) != batch.bytes:
                    yield f"{ROWS} from byte {start:,}"
                    return
                if batch.common_bytes > len(common):  # written since
                    common = self._common()
                if crc32(common[: batch.common_bytes]) != batch.common_crc:
                    yield f"{COMMON} from byte 0"
                    return
                start = batch.bytes
                yield batch, content, end

    def _common(self) -> bytes:
        try:
            return (self.path / COMMON).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _unreadable(self.path, COMMON, error) from error


def _unreadable(folder: Path, name: str, error: OSError) -> RunError:
    return RunError(str(folder), f"{name} cannot be read: {error.strerror or error}")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder.

    Raises:
        RunError: The folder is no run, or one of a later format.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(str(folder), f"is no run folder: {MANIFEST}: {error.strerror}") from error
    except OSError as error:
        raise _unreadable(folder, MANIFEST, error) from error
    try:
        found = decode_line(content, dict[str, Any]).get("format")
        if found in (None, FORMAT):
            return decode_line(content, Manifest)
    except ValueError as error:
        raise RunError(
            str(folder), f"{MANIFEST} is damaged: {error}", "copy it from a backup, or start a new run"
        ) from error
    raise RunError(
        str(folder),
        f"has format {found}, and this version of rlvr reads {FORMAT}",
        "read it with the version of rlvr that wrote it",
    )


LineT = TypeVar("LineT")


def read_lines(path: Path, kind: type[LineT]) -> Iterator[LineT]:
    """Yield the lines of an append-only file up to the first that is not whole, which a crash may leave."""
    for value, _ in read_lines_with_ends(path, kind):
        yield value


def read_lines_with_ends(path: Path, kind: type[LineT]) -> Iterator[tuple[LineT, int]]:
    """Yield the lines as :func:`read_lines` does, each with the length of the file up to its end."""
    end = 0
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                try:
                    value = decode_line(line, kind)
                except ValueError:
                    return
                end += len(line)
                yield value, end
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path.parent, path.name, error) from error


def encode_object(value: Mapping[str, Any]) -> bytes:
    """Return the JSON of an object, with its keys in their order; values that JSON does not have are null or text."""
    try:
        return _OBJECT_ENCODER.encode(value)
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError):  # a lone surrogate, mostly
        return json.dumps(value, separators=(",", ":"), default=plain_or_text).encode()


def encode_line(value: msgspec.Struct) -> bytes:
    """Return the line of a value, with its line end: JSON, equal for equal values."""
    try:
        return _ENCODER.encode(value) + b"\n"
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError):  # a lone surrogate, mostly
        plain = msgspec.to_builtins(value, enc_hook=plain_or_text, order="deterministic")
        return json.dumps(plain, separators=(",", ":"), default=str).encode() + b"\n"


def encode_value(value: object) -> bytes:
    """Return the JSON of a value, equal for equal values of equal types; True, 1 and 1.0 differ."""
    try:
        return _ENCODER.encode(value)
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError):
        return json.dumps(msgspec.to_builtins(value, enc_hook=plain_or_text), sort_keys=True, default=str).encode()


def decode_line(line: bytes, kind: type[LineT]) -> LineT:
    """Return the value of a line.

    Raises:
        ValueError: The line is not of this kind.
    """
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeError):
        return msgspec.convert(json.loads(line), kind)


def plain_or_text(value: object) -> object:
    """Return a value of a type that JSON does not have as one that it has; a hook for msgspec encoders."""
    plain = plain_value(value)
    if plain is not value:
        return plain
    return dict(value) if isinstance(value, Mapping) else str(value)


_ENCODER = msgspec.json.Encoder(enc_hook=plain_or_text, order="deterministic")
_OBJECT_ENCODER = msgspec.json.Encoder(enc_hook=plain_or_text)


def _all_evidence(score: ScoreRow, common: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evidence of a score with what is common."""
    return {key: value for key, value in common.items() if key not in score.lacks} | score.evidence


def _timed(opinions: list[OpinionRow], seconds: list[float]) -> list[OpinionRow]:
    return [msgspec.structs.replace(each, seconds=time) for each, time in zip(opinions, seconds, strict=False)]
