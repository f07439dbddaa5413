"""How often a plugin says what labelled rows say, and how long it takes.

Run: ``uv run python benchmarks/agreement.py PLUGIN FILE [--options JSON] [--json OUT] [--misses OUT]``

``FILE`` holds JSON lines, plain or ``.gz``, each with a label; ``agreement_<plugin>.py`` beside this file says how a
row is put to the plugin's public path and what its label promises.
Prints rows, agreement, false positives (paid too much), false negatives (paid too little), errors (the plugin raised),
hangs (a row took longer than ten seconds, without the time in which its processes waited for a core) and the time per
row, in all and per source and kind.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gzip
import importlib
import json
import math
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

HANG_SECONDS = 10
# How often the processes of a row are looked at, so that the waiting of those that end counts too.
_LOOK_SECONDS = 0.5


class Outcome(NamedTuple):
    """What came of one row: whether the plugin agrees with the label; if not, whether it paid too much."""

    agrees: bool
    overpaid: bool = False
    got: Any = None
    expected: Any = None


Judge: TypeAlias = Callable[[dict[str, Any]], Outcome | None]
"""Puts one row to the plugin; None for rows without a label, such as shared documents."""


class Row(NamedTuple):
    """One judged row."""

    source: str
    kind: str
    what: str  # agree, false_positive, false_negative, error or hang
    micros: float


class HangError(BaseException):
    """A row took too long; no ``Exception``, so that no plugin takes it for its own."""


def _queued_of(process: str) -> float:
    """Return the seconds in which a process waited for a core so far; 0.0 where the kernel does not say."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):
        return 0.0


def _queued_seconds() -> dict[str, float]:
    """Return the seconds in which this process, and those that work for it at present, waited for a core.

    Processes that have children are left out: they fork the others, for many rows.
    """
    parents: dict[str, str] = {}
    for found in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents[found.parent.name] = found.read_text("utf-8", "replace").rpartition(")")[2].split()[1]
    own = str(os.getpid())
    family = {own}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return {each: _queued_of(each) for each in family if each == own or each not in parents.values()}


def judged(rows: Iterable[dict[str, Any]], judge: Judge, misses: list[dict[str, Any]]) -> Iterator[Row]:
    """Judge each row under a watchdog, and note what is missed."""
    start, before, queued = 0.0, 0.0, dict[str, float]()

    def look(*_: object) -> None:
        queued.update(_queued_seconds())
        if time.perf_counter() - start - (sum(queued.values()) - before) >= HANG_SECONDS:
            raise HangError

    signal.signal(signal.SIGALRM, look)
    for row in rows:
        queued.clear()
        before = _queued_of("self")
        signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
        start = time.perf_counter()
        outcome: Outcome | None = None
        try:
            outcome = judge(row)
            if outcome is None:
                continue
            what = "agree" if outcome.agrees else "false_positive" if outcome.overpaid else "false_negative"
        except HangError:
            what = "hang"
        except Exception as error:  # noqa: BLE001  # an error is a finding
            what, outcome = "error", Outcome(agrees=False, got=f"{type(error).__name__}: {error}")
        finally:
            micros = (time.perf_counter() - start) * 1e6
            signal.setitimer(signal.ITIMER_REAL, 0)
        if what != "agree":
            got, expected = (outcome.got, outcome.expected) if outcome else (None, None)
            misses.append({"what": what, "got": got, "expected": expected, "row": row})
        yield Row(str(row.get("source", "")), str(row.get("kind", "")), what, micros)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines, plain or compressed."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def figures(rows: list[Row]) -> dict[str, Any]:
    """Count and time some rows."""
    micros = sorted(row.micros for row in rows) or [0.0]

    def at(share: float) -> float:
        return round(micros[min(len(micros) - 1, math.ceil(share * len(micros)) - 1)], 1)

    return {
        "rows": len(rows),
        "agree": sum(row.what == "agree" for row in rows),
        "false_positives": sum(row.what == "false_positive" for row in rows),
        "false_negatives": sum(row.what == "false_negative" for row in rows),
        "errors": sum(row.what == "error" for row in rows),
        "hangs": sum(row.what == "hang" for row in rows),
        "median_us": round(statistics.median(micros), 1),
        "p95_us": at(0.95),
        "p99_us": at(0.99),
        "max_us": round(micros[-1], 1),
    }


def by(rows: list[Row], field: str) -> dict[str, dict[str, Any]]:
    """Count and time the rows of each source or kind."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(getattr(row, field), []).append(row)
    return {name: figures(groups[name]) for name in sorted(groups)}


def main() -> None:
    """Judge a file and print the table."""
    parser = argparse.ArgumentParser(description="How often a plugin says what labelled rows say.")
    parser.add_argument("plugin")
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--options", help="options of the scorer as JSON, such as '{\"language_layer\": false}' of code"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--misses", type=Path, help="write a JSON line per row that was missed here")
    chosen = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    judge = importlib.import_module(f"agreement_{chosen.plugin}").judge
    if chosen.options is not None:
        judge = functools.partial(judge, options=chosen.options)
    misses: list[dict[str, Any]] = []
    rows = list(judged(rows_of(chosen.file), judge, misses))
    total = figures(rows)
    result = {**total, "by_source": by(rows, "source"), "by_kind": by(rows, "kind")}
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if chosen.misses:
        chosen.misses.write_text("".join(json.dumps(miss) + "\n" for miss in misses), encoding="utf-8")
    lines = {"all": total}
    lines |= {f"source {name}": counts for name, counts in result["by_source"].items()}
    lines |= {f"kind {name}": counts for name, counts in result["by_kind"].items()}
    print(f"{'':34}   rows    agree   FP    FN  err hang   median       p99     max µs")
    for name, counts in lines.items():
        share = counts["agree"] / counts["rows"] if counts["rows"] else 0.0
        print(
            f"{name[:33]:34}{counts['rows']:7}{share:9.2%}{counts['false_positives']:5}{counts['false_negatives']:6}"
            f"{counts['errors']:5}{counts['hangs']:5}{counts['median_us']:9.1f}{counts['p99_us']:10.1f}"
            f"{counts['max_us']:11.1f}"
        )


if __name__ == "__main__":
    main()
