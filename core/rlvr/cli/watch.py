"""``rlvr watch``: follow a growing file, and show the summary of its rows so far."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Any, Self, TypeGuard

import typer
from rich.console import Group as Lines
from rich.live import Live
from rich.text import Text

from rlvr.aggregate import Reward
from rlvr.cli.console import counted, err, errors_told, out, styled
from rlvr.cli.summary import SummaryContext, conditions_of, print_summary
from rlvr.cli.summary.content import number_text
from rlvr.cli.summary.text import text_of
from rlvr.config import load_suite
from rlvr.errors import RecordsError
from rlvr.metrics import Metric
from rlvr.pipeline import BATCH_RECORDS
from rlvr.record.json_value import MAPPINGS
from rlvr.report import Report
from rlvr.runs import DASH, PlacedRow, RunFolder, RunRow, StopFlag, reward_of, score_placed, stop_on_signals
from rlvr.runs.folder import MANIFEST, ROWS, decode_line
from rlvr.runs.following import FollowedFile
from rlvr.runs.rows import rows_of_lines
from rlvr.runs.sources import PACKED, format_of
from rlvr.scores import Verdict
from rlvr.summary import Summary

# Logs get a line this often.
LOG_SECONDS = 5.0

Counted = tuple[Report, Sequence[str]]
"""A report, and the key of the group of each reward."""


def watch(
    file: Annotated[
        Path, typer.Argument(help="A file of rewards, or a run folder; with --suite, rows.", show_default=False)
    ],
    suite: Annotated[
        Path | None, typer.Option("--suite", help="Score the rows as they come, by this suite.", show_default=False)
    ] = None,
    every: Annotated[float, typer.Option("--every", min=0.05, help="Seconds between two looks at the file.")] = 1.0,
    idle: Annotated[
        float | None, typer.Option("--idle", min=0, help="End once nothing has come for so many seconds.")
    ] = None,
) -> None:
    """Follow a file of JSON lines that another process writes; show the summary of its rows so far.

    The file need not exist yet. Ctrl-C ends it, with the summary and exit code 0.
    """
    with errors_told(), stop_on_signals() as stop:
        _refuse_what_does_not_grow(file)
        context, fresh, count = _source(file, suite)
        followed = FollowedFile(file / ROWS if _is_run(file) else file)
        summary = fresh()
        with Live(console=out, auto_refresh=False, transient=True) if out.is_terminal else _Log() as shown:
            for lines in _looks(followed, stop, every, idle):
                if lines is None:  # the file was replaced
                    summary = fresh()
                    continue
                for report, groups in count(lines):
                    summary.add(report, groups)
                _show(shown, summary, context)
    print_summary(summary, context, conditions_of(None, "none"), "text", out)


def _source(
    file: Path, suite: Path | None
) -> tuple[SummaryContext, Callable[[], Summary], Callable[[Sequence[bytes]], Iterator[Counted]]]:
    """Return what is followed, a function that makes an empty summary, and one that makes reports of lines."""
    if suite is not None:
        loaded = load_suite(suite)
        context = SummaryContext(suite=str(suite), fingerprint=loaded.fingerprint)
        position = iter(range(2**63))

        def score_lines(lines: Sequence[bytes]) -> Iterator[Counted]:
            content = io.BytesIO(b"".join(line + b"\n" for line in lines))
            rows = (PlacedRow(next(position), row) for row in rows_of_lines(file, content, is_whole=False))
            for scored in score_placed(loaded, rows):
                yield scored.report, [facts.group for facts in scored.facts]

        return context, lambda: Summary.of(loaded), score_lines
    if _is_run(file):
        manifest = RunFolder(file).manifest
        context = SummaryContext(suite=manifest.suite.source, fingerprint=manifest.fingerprint, run=str(file))

        def read_run(lines: Sequence[bytes]) -> Iterator[Counted]:
            rows = [decode_line(line, RunRow) for line in lines]
            yield _report([reward_of(manifest, row) for row in rows]), [row.group for row in rows]

        return context, Summary, read_run

    def read_rewards(lines: Sequence[bytes]) -> Iterator[Counted]:
        found = [_reward(line) for line in lines if line.strip()]
        yield _report([reward for reward, _ in found]), [group for _, group in found]

    return SummaryContext(suite=str(file), fingerprint=""), Summary, read_rewards


def _refuse_what_does_not_grow(file: Path) -> None:
    """Refuse a path that is no file, as a folder or ``-``, and a file that is not read line by line."""
    if _is_run(file):
        return
    if file == DASH or (file.exists() and not file.is_file()):
        raise RecordsError(str(file), 0, "cannot be followed; name a file of JSON lines, or a run folder")
    kind, is_packed = format_of(file), file.suffix.lower() in PACKED
    if is_packed or kind not in {"lines", "document"}:
        raise RecordsError(str(file), 0, "cannot be followed: only JSON lines that are not compressed can")


def _is_run(file: Path) -> bool:
    return (file / MANIFEST).exists()


def _report(rewards: Sequence[Reward]) -> Report:
    return Report(rewards=tuple(rewards), fingerprint="", seconds=0.0)


def _reward(line: bytes) -> tuple[Reward, str]:
    """Read a line of a file of rewards and the key of its group; what is no reward is a row that cannot be scored."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    value = row.get("reward") if isinstance(row, MAPPINGS) else None
    if not isinstance(row, MAPPINGS) or not _is_number(value):
        return _unread_reward(), ""
    task, verdict = row.get("task"), row.get("verdict")
    return (
        Reward(
            id=row.get("id"),
            value=float(value),
            metrics=tuple(_metrics(row.get("metrics"))),
            verdict=next((each for each in Verdict if each == verdict), Verdict.SCORED),
            task=task if isinstance(task, str) else "all",
            parts=(),
            arithmetic="",
            low=0.0,
            high=1.0,
            problem=str(row.get("problem") or ""),
        ),
        str(row.get("group") or ""),
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _unread_reward() -> Reward:
    return Reward(
        id=None, value=0.0, metrics=(), verdict=Verdict.INVALID_TASK, task=None, parts=(), arithmetic="", low=0.0,
        high=0.0, problem="a line is no JSON object with a number `reward`; with --suite, rows are scored",
    )  # fmt: skip


def _metrics(found: object) -> Iterator[Metric]:
    if isinstance(found, Mapping):
        for name, value in islice(found.items(), 1_000):
            if _is_number(value):
                yield Metric(str(name), float(value), "Metric")


def _looks(followed: FollowedFile, stop: StopFlag, every: float, idle: float | None) -> Iterator[list[bytes] | None]:
    """Yield the new lines batch by batch, and None where the file starts anew; end when asked to, or when idle."""
    last, restarts = monotonic(), 0
    while stop.signal is None:
        lines = followed.new_lines()
        while batch := list(islice(lines, BATCH_RECORDS)):
            if followed.restarts != restarts:
                restarts = followed.restarts
                yield None
            yield batch
            last = monotonic()
            if stop.signal is not None:
                return
        if idle is not None and monotonic() - last >= idle:
            return
        sleep(every if idle is None else min(every, max(idle, 0.01)))


class _Log:
    """Prints a line every few seconds where there is no terminal."""

    def __init__(self) -> None:
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: the summary comes at the end."""

    def update(self, summary: Summary) -> None:
        """Print the number of rows and the mean of each task, unless it was done a moment ago."""
        if monotonic() >= self._next:
            self._next = monotonic() + LOG_SECONDS
            means = ", ".join(f"{name} {number_text(task.rewards.mean)}" for name, task in summary.by_task.items())
            err.print(styled(f"{counted(summary.records, 'row')}, mean: {means or 'none'}"))


def _show(shown: Live | _Log, summary: Summary, context: SummaryContext) -> None:
    if isinstance(shown, _Log):
        shown.update(summary)
        return
    lines: list[Any] = list(text_of(summary, context, width=out.width, encoding=out.encoding))
    room = max(1, out.height - 1)
    if len(lines) > room:
        lines = [*lines[: room - 1], Text("…")]
    shown.update(Lines(*lines), refresh=True)
