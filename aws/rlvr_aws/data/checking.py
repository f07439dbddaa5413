"""Check of a whole file of training data against the rules of a platform and a suite."""

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
from rlvr_aws.data.rows import DataRow, findings_of
from rlvr_aws.data.rules import RULES, TARGETS, DataTarget, Finding, Severity, TargetName

BATCH_ROWS = 256
# Limits the memory of a batch whose rows have many megabytes.
BATCH_BYTES = 16_000_000
# Per rule, so that one mistake in all rows does not hide the others.
SHOWN_FINDINGS = 20
# The number of rows that are compared to find duplicates: 25 times Bedrock's limit; their digests take some 100 MB.
REMEMBERED_ROWS = 500_000
_DIGEST_BYTES = 16

Kept: TypeAlias = Callable[[DataRow], None]


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """The findings in a file.

    Attributes:
        target: The platform's name.
        rows: The number of lines with a row that were read.
        size_bytes: The number of bytes that were read.
        limited: Whether reading stopped at a limit, so that the number of rows was not checked.
        counts: The number of breaches of each rule that is broken, by name.
        findings: The first 20 findings of each rule, errors before warnings, each in the order of the lines.
        full_marks: The number of references that were scored as answers and got the full reward.
        unjudged: The number of references that were not scored as answers, by reason.
        duplicates_complete: False if only the first 500,000 rows were compared to find duplicates.
        repaired: The number of breaches of each rule that cleaning repairs, by name.
        left_out: The number of rows that cleaning leaves out because of an error that it cannot repair.
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
    repaired: dict[str, int]
    left_out: int

    def count(self, severity: Severity) -> int:
        """Return the number of breaches of a severity."""
        return sum(count for rule, count in self.counts.items() if RULES[rule].severity == severity)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values; each finding with its severity and advice."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        for finding, each in zip(document["findings"], self.findings, strict=True):
            finding.update(severity=each.severity, advice=RULES[each.rule].advice)
        return {**document, "errors": self.count("error"), "warnings": self.count("warning")}


def check_data(
    suite: Suite,
    path: Path,
    target: TargetName = "bedrock-nova",
    limit: int | None = None,
    kept: Kept = lambda _row: None,
) -> DataReport:
    """Check training data, in memory that does not grow with it.

    Args:
        suite: The suite that scores the rows.
        path: A file of JSON lines.
        target: The platform.
        limit: The most rows to read; None for all.
        kept: Called with each repaired row that cleaning keeps, in order; rows with errors and duplicates are left out.

    Raises:
        RecordsError: The file cannot be read.
    """
    rules = TARGETS[target]
    inspection = _Inspection(rules, RewardChecker(suite, moves_columns=rules.moves_columns), kept)
    for batch in _batches(lines_of(path), inspection, limit):
        inspection.inspect(batch)
    return inspection.report()


def _batches(lines: Iterator[Line], inspection: _Inspection, limit: int | None) -> Iterator[list[Line]]:
    batch: list[Line] = []
    rows = held = 0
    for line in lines:
        if line.has_row:
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
    """The state of a check: what has been found in a file so far."""

    def __init__(self, target: DataTarget, checker: RewardChecker, kept: Kept) -> None:
        self.limited = False
        self._target = target
        self._checker = checker
        self._kept = kept
        self._repeats = _Repeats()
        self._counts: Counter[str] = Counter()
        self._repaired: Counter[str] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._shown: list[Finding] = []
        self._rows = self._bytes = self._full_marks = self._left_out = 0
        self._ended_early = False

    def inspect(self, lines: Sequence[Line]) -> None:
        """Check the next lines."""
        examined = [
            (line.number, *findings_of(line.row, self._target, line.number)) for line in lines if line.row is not None
        ]
        checks = self._checker.check([(number, row) for number, row, _findings in examined])
        seen = zip(examined, checks, strict=True)
        for line in lines:
            self._rows += line.has_row
            self._bytes += line.size
            self._ended_early = self._ended_early or line.end
            self._take(line.findings)
            if line.row is not None:
                (_number, row, findings), check = next(seen)
                self._take_row(line.number, row, findings, check)
            elif line.has_row:
                self._left_out += 1

    def report(self) -> DataReport:
        """Return the report on the whole file."""
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
            repaired=_in_order(self._repaired),
            left_out=self._left_out,
        )

    def _take(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self._counts[finding.rule] += 1
            self._repaired[finding.rule] += finding.repaired
            if self._counts[finding.rule] <= SHOWN_FINDINGS:
                self._shown.append(finding)

    def _take_row(self, line: int, row: DataRow, findings: Sequence[Finding], check: RewardCheck) -> None:
        found = [*findings, *check.findings]
        repeated = self._repeats.finding(row, line)
        self._take(found if repeated is None else [*found, repeated])
        if check.unjudged:
            self._unjudged[check.unjudged] += 1
        self._full_marks += check.full_marks
        if any(finding.excludes_row for finding in found):
            self._left_out += 1
        elif repeated is None or not repeated.repaired:
            self._kept(row)

    def _file_breaches(self) -> Iterator[tuple[str, str]]:
        target = self._target
        if self._bytes > target.limit_bytes:
            yield "file-too-large", f"has {self._bytes} bytes; at most {target.limit_bytes} are accepted"
        if self.limited or self._ended_early:
            return
        if self._rows < target.rows_min:
            yield target.few_rows, f"has {self._rows} rows; {target.name} needs at least {target.rows_min}"
        if target.rows_max is not None and self._rows > target.rows_max:
            yield "too-many-rows", f"has {self._rows} rows; {target.name} accepts at most {target.rows_max}"


class _Repeats:
    """Finds rows and ids that occurred before, among the first 500,000."""

    def __init__(self) -> None:
        self._rows: set[bytes] = set()
        self._ids: set[bytes] = set()

    @property
    def is_full(self) -> bool:
        """Whether no more rows are remembered."""
        return len(self._rows) >= REMEMBERED_ROWS

    def finding(self, row: DataRow, line: int) -> Finding | None:
        """Return a finding if the row or its id occurred before, and remember both."""
        name = row.get("id")
        text = name if isinstance(name, str) else ""
        seen = self._is_known(self._rows, json.dumps(row, sort_keys=True))
        known = bool(text) and self._is_known(self._ids, text)
        if seen:
            return Finding(line=line, id=text, rule="duplicate-row", problem="occurred before", repaired=True)
        return Finding(line=line, id=text, rule="duplicate-id", problem="another row has this id") if known else None

    def _is_known(self, digests: set[bytes], text: str) -> bool:
        digest = hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()
        if digest in digests:
            return True
        if len(digests) < REMEMBERED_ROWS:
            digests.add(digest)
        return False


def _in_order(counts: Counter[str]) -> dict[str, int]:
    """Return the counts above 0 in the order of the rules."""
    return {rule: counts[rule] for rule in RULES if counts[rule]}
