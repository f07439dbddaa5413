"""Times of day, such as ``3:30 PM``, ``15:30`` and ``3 p.m.``, are compared by hours and minutes."""

from __future__ import annotations

from rlvr_math.comparing.ratios import parts_of
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import TIME, Collection, Constant, Tree

_HALVES = {"am": 0, "pm": 12}
_HALF_DAY_HOURS = 12
_DAY_HOURS = 24
_MINUTES = 60
_PARTS_LIMIT = 3
_LEAST_OF_TWO_DIGITS = 10


def is_half_day(unit: str) -> bool:
    """Say whether a unit's text is that of a half of the day."""
    return unit.lower() in _HALVES


def same_time(values: tuple[Tree, Tree], units: tuple[str, str], options: GradeOptions) -> bool:
    """Compare two times of day, of which at least one has its half of the day; what is none equals none."""
    times = _parts_of(values[0]), _parts_of(values[1])
    if times[0] is None or times[1] is None or _padded(times[0]) != _padded(times[1]):
        return False
    hour, answer_hour = times[0][0], times[1][0]
    half, answer_half = (_HALVES.get(unit.lower()) for unit in units)
    hours = _hours(hour, half), _hours(answer_hour, answer_half)
    if None in hours:
        return False
    if half is not None and answer_half is not None:
        return hours[0] == hours[1]
    if half is None or options.unit_optional or answer_hour > _HALF_DAY_HOURS or not answer_hour:
        # Without its half, an hour up to twelve may be in either.
        free = hour if half is None else answer_hour
        return hours[0] == hours[1] or (0 < free <= _HALF_DAY_HOURS and hour % _HALF_DAY_HOURS == answer_hour % 12)
    return False


def _parts_of(tree: Tree) -> list[int] | None:
    """Return hours, minutes and seconds; None if they are none."""
    items = parts_of(tree)
    parts = [int(item.value) for item in items if isinstance(item, Constant) and item.value.denominator == 1]
    if len(parts) != len(items) or len(items) > _PARTS_LIMIT:
        return None
    hour, *rest = parts
    is_written_so = not rest or _has_two_digits(tree, rest[-1])
    return parts if is_written_so and 0 <= hour <= _DAY_HOURS and all(0 <= part < _MINUTES for part in rest) else None


def _has_two_digits(tree: Tree, last: int) -> bool:
    """Say whether the last part is written in two digits: 2:3 is no time of day."""
    return last >= _LEAST_OF_TWO_DIGITS or (isinstance(tree, Collection) and tree.closing == TIME)


def _padded(parts: list[int]) -> tuple[int, ...]:
    """Return minutes and seconds."""
    return (*parts, 0, 0)[1:_PARTS_LIMIT]


def _hours(hour: int, half: int | None) -> int | None:
    """Return the hour of the day; None if there is none such."""
    if half is None:
        return hour % _DAY_HOURS
    if hour > _HALF_DAY_HOURS:
        return hour % _DAY_HOURS if half else None
    return hour % _HALF_DAY_HOURS + half if hour else None
