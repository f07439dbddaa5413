"""What a command needs of a scored batch, made in the process that scored it.

The command then only puts the results in order: it adds summaries, and appends bytes to files.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import msgspec

from rlvr.config import Suite
from rlvr.foreign.calling import TRACEBACK
from rlvr.jobs import Runner
from rlvr.record.survey import Survey
from rlvr.report import Report
from rlvr.runs.folder import Manifest, RunBatch, RunRow, decode_line, encode_line
from rlvr.runs.records import CommonEvidence, run_row_of
from rlvr.runs.rewards import RewardsEncoder, kept_columns
from rlvr.runs.scoring import PlacedRow, ScoredRows, crc_of, read_batch, score_batch
from rlvr.scores import Score, Verdict
from rlvr.summary import Summary


class Traceback(msgspec.Struct, frozen=True, kw_only=True):
    """The traceback of a scorer that raised on a record."""

    scorer: str
    record: str
    text: str


class RunPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch adds to a run folder.

    Attributes:
        batch: The batch, without its places in the files.
        lines: The lines of its rows.
        is_stripped: Whether the evidence that is common is left out of the lines. It is not where the batch has rows of
            an entry of which it was not known yet: the rows before it settle that, and the command leaves it out.
        rows: The rows, where the lines are not made yet.
    """

    batch: RunBatch
    lines: bytes = b""
    is_stripped: bool = False
    rows: list[RunRow] | None = None

    def packed(self) -> RunPart:
        """Return the part with the lines in place of the rows, as another process can have it."""
        if self.rows is None:
            return self
        return msgspec.structs.replace(self, rows=None, lines=b"".join(map(encode_line, self.rows)))

    def unpacked(self) -> list[RunRow]:
        """Return the rows of a part that is not stripped."""
        return self.rows or [decode_line(line, RunRow) for line in self.lines.splitlines()]


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a command needs of a scored batch.

    Attributes:
        summary: The summary of the batch alone; see ``Summary.part``.
        records: Number of its rewards.
        source_rows: Number of rows of the data in it.
        end: Position behind its last row; 0 for a batch without rewards.
        remarks: By remark of a scorer, the number of its records.
        tracebacks: Tracebacks of scorers that raised.
        unseen: The places that the suite names, and that no row of the batch has; None if they were not looked for.
        rewards: What it adds to the file of rewards.
        run: What it adds to the run folder; None if there is no folder, or if that has the batch already.
    """

    summary: Summary
    records: int
    source_rows: int
    end: int
    remarks: dict[str, int] = {}
    tracebacks: list[Traceback] = []
    unseen: frozenset[tuple[str, str]] | None = None
    rewards: bytes = b""
    run: RunPart | None = None

    def packed(self) -> BatchResult:
        """Return the result as another process can have it."""
        return self if self.run is None else msgspec.structs.replace(self, run=self.run.packed())


class Finisher(msgspec.Struct, frozen=True, kw_only=True):
    """Makes the results of the scored batches of one job, in any process.

    Attributes:
        suite: The suite.
        encoder: Encodes the rewards for the file of rewards, if there is one.
        manifest: The run folder that keeps the batches, if there is one.
    """

    suite: Suite
    encoder: RewardsEncoder | None = None
    manifest: Manifest | None = None

    def result_of(self, scored: ScoredRows, common: CommonEvidence | None = None) -> BatchResult:
        """Return the result of a batch.

        Args:
            scored: The batch.
            common: The evidence that is common, for a batch that the run folder does not have yet.
        """
        is_new = self.manifest is None or common is not None
        return BatchResult(
            summary=Summary.of(self.suite).part(scored.report, [facts.group for facts in scored.facts]),
            records=len(scored.report.rewards),
            source_rows=scored.source_rows,
            end=scored.facts[-1].position + 1 if scored.facts else 0,
            remarks={text: len(numbers) for text, numbers in scored.remarks.items()},
            tracebacks=_tracebacks_of(scored.report),
            unseen=self._unseen_in(scored) if is_new else None,
            rewards=b"" if self.encoder is None else self.encoder(scored),
            run=None if self.manifest is None or common is None else run_part_of(self.manifest, scored, common),
        )

    def _unseen_in(self, scored: ScoredRows) -> frozenset[tuple[str, str]]:
        survey = Survey(self.suite.rules)
        if survey.unseen:
            for row in scored.rows:
                if not row.problem:
                    survey.note_paths(row.value)
        return survey.unseen


def finish_batch(
    finisher: Finisher, batch: Sequence[PlacedRow], common: CommonEvidence | None = None, runner: Runner | None = None
) -> BatchResult:
    """Score a batch, and return its result.

    Args:
        finisher: Makes the result.
        batch: The rows, parsed or not.
        common: The common evidence of the run folder, if there is one.
        runner: See ``rlvr.score_rows``.
    """
    return finisher.result_of(score_for(finisher.suite, finisher.manifest, batch, runner), common)


def score_for(
    suite: Suite, manifest: Manifest | None, batch: Sequence[PlacedRow], runner: Runner | None = None
) -> ScoredRows:
    """Score a batch for a run folder, if there is one.

    Args:
        suite: The suite.
        manifest: The run folder.
        batch: The rows, parsed or not.
        runner: See ``rlvr.score_rows``.
    """
    rows = read_batch(batch)
    scored = score_batch(suite, rows, keeps_records=manifest is not None, runner=runner)
    has_stream = manifest is not None and manifest.has_stream
    return scored._replace(source_crc=crc_of(rows)) if has_stream else scored


def run_part_of(manifest: Manifest, scored: ScoredRows, common: CommonEvidence) -> RunPart:
    """Return what a batch adds to a run folder."""
    keep = manifest.options.get("keep") or []
    report = scored.report
    rows = [
        run_row_of(manifest, reward, row, facts, kept_columns(row, keep))
        for reward, row, facts in zip(report.rewards, scored.rows, scored.facts, strict=True)
    ]
    is_stripped = common.is_settled_for(rows)
    lines = b"".join([encode_line(common.stripped(row)) for row in rows]) if is_stripped else b""
    batch = RunBatch(
        rows=len(rows),
        bytes=0,
        crc=crc32(lines),
        common_bytes=0,
        source_rows=scored.source_rows,
        seconds=report.seconds,
        asked=report.cache_asked,
        known=report.cache_known,
        overruns=dict(report.overruns),
        times=[[_rounded(part.score) for part in reward.parts] for reward in report.rewards],
        opinion_times=[
            (number, place, [_rounded(each.score) for each in part.score.opinions])
            for number, reward in enumerate(report.rewards)
            for place, part in enumerate(reward.parts)
            if part.score.opinions
        ],
        known_scores=sorted(report.known_scores),
        remarked={text: list(numbers) for text, numbers in scored.remarks.items()},
        source_crc=scored.source_crc,
    )
    return RunPart(batch=batch, lines=lines, is_stripped=is_stripped, rows=None if is_stripped else rows)


def _tracebacks_of(report: Report) -> list[Traceback]:
    return [
        Traceback(scorer=part.scorer, record=repr(reward.id), text=text)
        for reward in report.rewards
        if reward.verdict is Verdict.FAILED
        for part in reward.parts
        if isinstance(text := part.score.evidence.get(TRACEBACK), str)
    ]


def _rounded(score: Score) -> float:
    """Return the seconds of a score in few digits; above 0.0 if it was computed."""
    return max(round(score.seconds, 7), 1e-7) if score.seconds > 0.0 else 0.0
