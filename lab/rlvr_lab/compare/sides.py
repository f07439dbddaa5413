"""The two sides of a comparison: run folders, or suites that score the same rows now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rlvr import close, load_suite
from rlvr.runs import (
    Choice,
    Finisher,
    RunFolder,
    StopFlag,
    chosen_rows,
    files_of,
    finish_job,
    manifest_of,
    open_run,
    process_count,
    stop_on_signals,
)
from rlvr_lab.compare.comparing import CompareError, Side

_BATCH_ROWS = 256


@contextmanager
def open_sides(
    first: Path, second: Path, data: Sequence[Path], *, processes: int | None = None
) -> Iterator[tuple[Side, Side]]:
    """Yield the two sides; the run folders of suites are temporary, and end with the block.

    Args:
        first: The folder of a run, or a suite if ``data`` names files.
        second: The other one.
        data: The files of the rows that both suites score.
        processes: How many processes score at the same time; by default the processors, if all scorers are bounded.

    Raises:
        CompareError: Suites without data, folders of runs with data, or a signal stopped the scoring.
        RlvrError: A run, a suite or the data cannot be read.
    """
    folders = [path for path in (first, second) if path.is_dir()]
    if not data:
        if not folders:
            raise CompareError(f"{first} and {second} are no runs; to compare two suites, name the rows after them")
        yield (
            Side(name=_name(first, second), folder=RunFolder(first)),
            Side(name=_name(second, first), folder=RunFolder(second)),
        )
        return
    if folders:
        raise CompareError(f"{folders[0]} is a folder, and not a suite; without rows, two runs are compared")
    files = files_of(data)
    with TemporaryDirectory(prefix="rlvr-compare-") as place, stop_on_signals() as stop:
        a = _score(first, files, Path(place) / "a", stop, processes)
        b = _score(second, files, Path(place) / "b", stop, processes)
        yield Side(name=_name(first, second), folder=a), Side(name=_name(second, first), folder=b)


def _name(path: Path, other: Path) -> str:
    """Return the name of a path, or all of it if the other one has the same name."""
    name = path.resolve().name
    return str(path) if name == other.resolve().name else name


def _score(path: Path, files: Sequence[Path], folder: Path, stop: StopFlag, processes: int | None) -> RunFolder:
    """Score rows by a suite into a run folder."""
    suite = load_suite(path)
    choice = Choice()
    count = process_count(processes, suite, files)
    try:
        with open_run(folder, manifest_of(suite, files, choice.options, _BATCH_ROWS)) as writer:
            finisher = Finisher(suite=suite, manifest=writer.folder.manifest)
            rows = chosen_rows(suite, files, choice, stop, parsed_rows=None if count == 1 else 0)
            for _ in finish_job(finisher, rows, stop, writer, processes=count):
                pass
    finally:
        close(suite)
    if stop.signal is not None:
        raise CompareError(f"stopped by {stop.signal.name} before all rows were scored")
    return RunFolder(folder)
