"""The rows that the file has: all, or a sample of whole groups that is the same for the same run."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Literal, TypeAlias, assert_never

from rlvr.runs import RunRow
from rlvr_lab.rewards import CEILING, band_of

Stratum: TypeAlias = Literal["not scored", "floor", "between", "ceiling"]


class _Unit:
    """Rows that are taken together: a group, or a row that is in none."""

    __slots__ = ("is_scored", "places", "total")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.total = 0.0
        self.is_scored = True


class SampleFrame:
    """Notes what a sample needs to know of each row."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, str | int], _Unit] = {}
        self._rows = 0

    def add(self, row: RunRow) -> None:
        """Note one more row."""
        unit = self._units.setdefault((row.task or "", row.group or self._rows), _Unit())
        unit.places.append(self._rows)
        unit.total += row.reward
        unit.is_scored &= row.verdict.has_value
        self._rows += 1

    def places(self, size: int, ranges: Mapping[str, tuple[float, float]]) -> set[int]:
        """Return the places of at most ``size`` rows, from 0 in the order of the run.

        All rows that were not scored come first, up to a quarter of the sample, with their groups. The rest are whole
        groups, evenly from the tasks and from those at the floor, at the ceiling and between.

        Args:
            size: The largest number of rows.
            ranges: Lowest and highest reward by task.
        """
        if self._rows <= size:
            return set(range(self._rows))
        source = random.Random(0)  # noqa: S311  # the same run gives the same sample
        strata: dict[tuple[str, Stratum], list[_Unit]] = {}
        for (task, _), unit in self._units.items():
            strata.setdefault((task, _stratum(unit, *ranges.get(task, (0.0, 1.0)))), []).append(unit)
        for units in strata.values():
            source.shuffle(units)
        taken: list[_Unit] = []
        faulty = [units for (_, stratum), units in strata.items() if _is_faulty(stratum)]
        rest = [units for (_, stratum), units in strata.items() if not _is_faulty(stratum)]
        left = size - _take_evenly(faulty, size // 4 if rest else size, taken)
        left -= _take_evenly(rest, left, taken)
        _take_evenly(faulty, left, taken)
        if not taken:  # each group is larger than the sample
            return set(min(self._units.values(), key=lambda unit: len(unit.places)).places[:size])
        return {place for unit in taken for place in unit.places}


def _take_evenly(strata: Iterable[list[_Unit]], size: int, taken: list[_Unit]) -> int:
    """Move units to ``taken``, the next from the stratum that gave fewest rows; return the number of rows."""
    by_number = list(strata)
    given = [(0, number) for number, units in enumerate(by_number) if units]
    total = 0
    while given and total < size:
        rows, number = heappop(given)
        unit = by_number[number].pop()
        if total + len(unit.places) <= size:
            taken.append(unit)
            total += len(unit.places)
            rows += len(unit.places)
        if by_number[number]:
            heappush(given, (rows, number))
    return total


def _is_faulty(stratum: Stratum) -> bool:
    match stratum:
        case "not scored":
            return True
        case "floor" | "between" | "ceiling":
            return False
        case _:
            assert_never(stratum)


def _stratum(unit: _Unit, low: float, high: float) -> Stratum:
    if not unit.is_scored:
        return "not scored"
    band = band_of(unit.total / len(unit.places), low, high)
    return "floor" if band == 0 else "ceiling" if band == CEILING else "between"
