"""The rows that people label: as many from each kind of row, however rare the kind is."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable

from rlvr import Verdict
from rlvr.runs import Manifest, RunRow
from rlvr_lab.rewards import CEILING, band_of

_HALF = 0.5


def pick_rows(manifest: Manifest, rows: Iterable[RunRow], size: int) -> list[RunRow]:
    """Return some scored rows, the same for the same run, in an order that shows nothing of their rewards.

    Rows of one task, of one level of reward (floor, below the middle, above it, ceiling) and of components that agree
    or do not are a kind. Each kind gives a row in turn, so that few labels contain rare rows too.

    Args:
        manifest: What the run is.
        rows: Its rows; ``size`` of each kind are in memory.
        size: How many to pick at most.
    """
    kinds: dict[tuple[str, int, bool], list[tuple[int, int, RunRow]]] = {}
    for place, row in enumerate(rows):
        if row.verdict is not Verdict.SCORED or row.task is None:
            continue
        kept = kinds.setdefault(_kind_of(manifest, row), [])
        entry = (-_order_of(row), place, row)  # the lowest numbers are kept
        if len(kept) < size:
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)
    waiting = [sorted(kinds[kind], key=lambda entry: -entry[0]) for kind in sorted(kinds)]
    picked: list[RunRow] = []
    while waiting and len(picked) < size:
        picked += [kept.pop(0)[2] for kept in waiting]
        waiting = [kept for kept in waiting if kept]
    return sorted(picked[:size], key=_order_of)


def _kind_of(manifest: Manifest, row: RunRow) -> tuple[str, int, bool]:
    facts = manifest.tasks[row.task or ""]
    band = band_of(row.reward, facts.low, facts.high)
    level = 0 if band == 0 else 3 if band == CEILING else 1 + (row.reward >= (facts.low + facts.high) / 2)
    sides = {score.value >= _HALF for score in row.scores if score.value is not None}
    return row.task or "", level, len(sides) > 1


def _order_of(row: RunRow) -> int:
    digest = hashlib.sha256(f"{row.position}/{row.sample}/{row.id}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8])
