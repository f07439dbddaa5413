"""A whole file of training data, held against a target's rules and a suite."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from rlvr import Suite
from rlvr_aws.data.lines import Line, lines_of
from rlvr_aws.data.reward_checks import RewardCheck, RewardChecker
from rlvr_aws.data.rows import Row, findings_of
from rlvr_aws.data.rules import RULES, TARGETS, DataTarget, Finding, Severity

BATCH_ROWS = 256
# Rows of many megabytes must not pile up to a batch.
BATCH_BYTES = 16_000_000
# Of each rule, so that one mistake in all rows hides no other.
SHOWN_FINDINGS = 20
# Duplicates are looked for among so many rows, 25 times what Bedrock takes; their digests fill some 100 MB.
REMEMBERED_ROWS = 500_000
_DIGEST_BYTES = 16

Kept: TypeAlias = Callable[[Row], None]


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a file.

    Attributes:
        target: The platform's name.
        rows: How many lines that hold something were read.
        size_bytes: How many bytes were read.
        limited: Whether reading stopped at a limit, so that the number of rows was not judged.
        counts: How often each rule is broken, by name; only those that are.
        findings: The first 20 of each rule, errors before warnings, each in the order of the lines.
        full_marks: How many rows' references were tried as answers, and earned what they must.
        unjudged: How many rows' references were not tried as answers, by reason.
        duplicates_complete: False if duplicates were looked for among the first 500,000 rows only.
        mended: How many breaches of each rule cleaning mends, by name.
        left_out: How many rows cleaning leaves out because of an error that it cannot mend.
    """

    target: str
    rows: int
    size_bytes: int
    limited: bool
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    full_marks: int
    unjudged: dict[str, int]
    duplicates_complete: bool
    mended: dict[str, int]
    left_out: int

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are."""
        return sum(count for rule, count in self.counts.items() if RULES[rule].severity == severity)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values; each finding with its severity and advice."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        for finding, each in zip(told["findings"], self.findings, strict=True):
            finding.update(severity=each.severity, advice=RULES[each.rule].advice)
        return {**told, "errors": self.count("error"), "warnings": self.count("warning")}


def check_data(
    suite: Suite, path: Path, target: str = "bedrock-nova", limit: int | None = None, kept: Kept = lambda _row: None
) -> DataReport:
    """Check training data, in memory that does not grow with it.

    Args:
        suite: What the rows are to be scored by.
        path: JSON lines.
        target: A name of ``TARGETS``.
        limit: How many rows are read at most; None for all.
        kept: Hears of each row that is left when rows with errors and duplicates are left out, as mended, in order.

    Raises:
        RecordsError: The file cannot be read.
    """
    rules = TARGETS[target]
    inspection = _Inspection(rules, RewardChecker(suite, gathers=rules.column == "messages"), kept)
    for batch in _batches(lines_of(path), inspection, limit):
        inspection.inspect(batch)
    return inspection.report()


def _batches(lines: Iterator[Line], inspection: _Inspection, limit: int | None) -> Iterator[list[Line]]:
    batch: list[Line] = []
    rows = held = 0
    for line in lines:
        if line.holds_row:
            if rows == limit:
                inspection.limited = True
                break
            rows += 1
        batch.append(line)
        held += line.size
        if len(batch) == BATCH_ROWS or held > BATCH_BYTES:
            yield batch
            batch, held = [], 0
    yield batch


class _Inspection:
    """What is known of a file so far."""

    def __init__(self, target: DataTarget, judge: RewardChecker, kept: Kept) -> None:
        self.limited = False
        self._target = target
        self._judge = judge
        self._kept = kept
        self._repeats = _Repeats()
        self._counts: Counter[str] = Counter()
        self._mended: Counter[str] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._shown: list[Finding] = []
        self._rows = self._bytes = self._full_marks = self._left_out = 0
        self._ended_early = False

    def inspect(self, lines: Sequence[Line]) -> None:
        """Take the next lines."""
        examined = [
            (line.number, *findings_of(line.row, self._target, line.number)) for line in lines if line.row is not None
        ]
        judged = self._judge.judged([(number, row) for number, row, _findings in examined])
        seen = zip(examined, judged, strict=True)
        for line in lines:
            self._rows += line.holds_row
            self._bytes += line.size
            self._ended_early = self._ended_early or line.end
            self._take(line.findings)
            if line.row is not None:
                (_number, row, findings), verdict = next(seen)
                self._take_row(line.number, row, findings, verdict)
            elif line.holds_row:
                self._left_out += 1

    def report(self) -> DataReport:
        """Return what was found in all."""
        self._take([Finding(line=0, rule=rule, problem=problem) for rule, problem in self._file_breaches()])
        return DataReport(
            target=self._target.name,
            rows=self._rows,
            size_bytes=self._bytes,
            limited=self.limited,
            counts=_in_order(self._counts),
            findings=tuple(sorted(self._shown, key=lambda finding: finding.severity)),
            full_marks=self._full_marks,
            unjudged=dict(sorted(self._unjudged.items())),
            duplicates_complete=not self._repeats.is_full,
            mended=_in_order(self._mended),
            left_out=self._left_out,
        )

    def _take(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self._counts[finding.rule] += 1
            self._mended[finding.rule] += finding.mended
            if self._counts[finding.rule] <= SHOWN_FINDINGS:
                self._shown.append(finding)

    def _take_row(self, line: int, row: Row, findings: Sequence[Finding], judged: RewardCheck) -> None:
        found = [*findings, *judged.findings]
        repeated = self._repeats.finding(row, line)
        self._take(found if repeated is None else [*found, repeated])
        if judged.unjudged:
            self._unjudged[judged.unjudged] += 1
        self._full_marks += judged.full_marks
        if any(finding.severity == "error" and not finding.mended for finding in found):
            self._left_out += 1
        elif repeated is None or not repeated.mended:
            self._kept(row)

    def _file_breaches(self) -> Iterator[tuple[str, str]]:
        target = self._target
        if self._bytes > target.limit_bytes:
            yield "file-too-large", f"holds {self._bytes} bytes; at most {target.limit_bytes} are taken"
        if self.limited or self._ended_early:
            return
        if self._rows < target.rows_min:
            yield target.few_rows, f"holds {self._rows} rows; {target.name} wants {target.rows_min} at least"
        if target.rows_max is not None and self._rows > target.rows_max:
            yield "too-many-rows", f"holds {self._rows} rows; {target.name} takes {target.rows_max}"


class _Repeats:
    """Which rows and ids were there before, among the first 500,000."""

    def __init__(self) -> None:
        self._rows: set[bytes] = set()
        self._ids: set[bytes] = set()

    @property
    def is_full(self) -> bool:
        """Say whether no more rows are remembered."""
        return len(self._rows) >= REMEMBERED_ROWS

    def finding(self, row: Row, line: int) -> Finding | None:
        """Say what of a row was there before; it is remembered."""
        name = row.get("id")
        text = name if isinstance(name, str) else ""
        seen = self._is_known(self._rows, json.dumps(row, sort_keys=True))
        known = bool(text) and self._is_known(self._ids, text)
        if seen:
            return Finding(line=line, id=text, rule="duplicate-row", problem="was there before", mended=True)
        return Finding(line=line, id=text, rule="duplicate-id", problem="another row has this id") if known else None

    def _is_known(self, digests: set[bytes], text: str) -> bool:
        digest = hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()
        if digest in digests:
            return True
        if len(digests) < REMEMBERED_ROWS:
            digests.add(digest)
        return False


def _in_order(counts: Counter[str]) -> dict[str, int]:
    """Return counts in the order of the rules, without those of nothing."""
    return {rule: counts[rule] for rule in RULES if counts[rule]}
