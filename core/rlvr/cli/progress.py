"""The progress of a scoring job on standard error: a bar on a terminal, lines in logs and notebooks, JSON events."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal, TypeAlias, assert_never

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rlvr.cli.console import err
from rlvr.runs import BatchResult
from rlvr.summary import Summary

ProgressFormat: TypeAlias = Literal["auto", "json", "none"]

LINE_SECONDS = 5.0
EVENT_SECONDS = 1.0


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is.

    Attributes:
        records: Number of rewards so far.
        done: Number of rows of the data that have been read, or of the sample that have been scored.
        total: Number of these rows; None if it is not known.
        seconds: Time since the start.
        rate: Records per second; in lines and events, since the one before.
        mean: Mean reward of the scored records; None if none is.
    """

    records: int
    done: int
    total: int | None
    seconds: float
    rate: float
    mean: float | None

    @property
    def seconds_left(self) -> float | None:
        """The estimated time to the end; None if that is not known."""
        if not self.total or not self.rate or not self.records:
            return None
        return max(0, self.total - self.done) * self.records / max(1, self.done) / self.rate


Show: TypeAlias = Callable[[Position], None]


@contextmanager
def show_progress(form: ProgressFormat) -> Iterator[Show]:
    """Yield the function that shows a position; call it after each batch."""
    match form:
        case "auto":
            if err.is_terminal:
                with _bar() as show:
                    yield show
            else:
                yield _each(LINE_SECONDS, lambda position: _write(_line_of(position)))
        case "json":
            last: list[Position] = []
            show = _each(EVENT_SECONDS, lambda position: _write_event("progress", position))
            _write_event("start", None)

            def note(position: Position) -> None:
                last[:] = [position]
                show(position)

            yield note
            _write_event("end", last[0] if last else None)
        case "none":
            yield lambda _position: None
        case _:
            assert_never(form)


class Meter:
    """Makes the positions of a job out of its batches."""

    def __init__(self, total: int | None, *, known: int, counts_positions: bool) -> None:
        """Start.

        Args:
            total: The number of rows; None if it is not known.
            known: The number of rewards that a run folder has already; they take no part in the rate.
            counts_positions: Whether rows that the job leaves out count as done, as they do in the data.
        """
        self._total = total
        self._known = known
        self._counts_positions = counts_positions
        self._start = monotonic()
        self._done = 0

    def after(self, result: BatchResult, summary: Summary) -> Position:
        """Return the position after a batch that the summary has counted."""
        now = monotonic()
        end = result.end or self._done
        self._done = end if self._counts_positions else self._done + result.source_rows
        if summary.records <= self._known:
            self._start = now
        seconds = now - self._start
        return Position(
            records=summary.records,
            done=self._done,
            total=None if self._total is None else max(self._total, self._done),
            seconds=seconds,
            rate=(summary.records - self._known) / seconds if seconds else 0.0,
            mean=summary.mean,
        )


def _each(seconds: float, show: Show) -> Show:
    """Return a function that shows a position if the last was shown some time ago; the rate is since then."""
    before = monotonic()
    shown = 0

    def show_now_and_then(position: Position) -> None:
        nonlocal before, shown
        now = monotonic()
        if now - before >= seconds:
            rate = (position.records - shown) / (now - before)
            before, shown = now, position.records
            show(msgspec.structs.replace(position, rate=rate))

    return show_now_and_then


@contextmanager
def _bar() -> Iterator[Show]:
    columns = (
        TextColumn("scoring"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("scoring", total=None, rate="")
        progress.refresh()

        def show(position: Position) -> None:
            if not progress.live.auto_refresh:
                # Only now a thread draws the bar: processes that score are forks, which only a process without threads
                # may start, and all of them run when the first batch is there.
                progress.stop()
                progress.live.auto_refresh = True
                progress.start()
            rate = f"{position.rate:,.0f}/s"
            progress.update(task, completed=position.done, total=position.total, rate=rate)

        yield show


def _line_of(position: Position) -> str:
    words = [f"rlvr: scored {position.records:,} records"]
    if position.total:
        words.append(f"{position.done:,} of {position.total:,} rows ({position.done / position.total:.0%})")
    words.append(f"{position.rate:,.0f} per second")
    if position.seconds_left is not None:
        words.append(f"about {_duration(position.seconds_left)} left")
    if position.mean is not None:
        words.append(f"mean {position.mean:.4f}")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _write_event(event: str, position: Position | None) -> None:
    fields = {} if position is None else msgspec.structs.asdict(position) | {"seconds_left": position.seconds_left}
    _write(json.dumps({"event": event} | fields))


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
