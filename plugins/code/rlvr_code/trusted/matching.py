"""Whether the items of two collections can be paired so that each pair is equal, in whatever order they come."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

_IsEqual: TypeAlias = Callable[[Any, Any], bool]

# Comparisons that one match may cost; honest collections that need more than the sorted order are small.
_COMPARISONS_LIMIT = 200_000


def match_in_any_order(reference: Sequence[Any], answer: Sequence[Any], is_equal: _IsEqual, *, exact: bool) -> bool:
    """Return True if each item of the reference can be paired with an item of the answer that equals it.

    Args:
        reference: The expected items.
        answer: The items that the submission returned.
        is_equal: Compares an item of the reference with an item of the answer.
        exact: Equality is transitive, as it is without a tolerance.

    Raises:
        RecursionError: An item is nested too deeply.
    """
    if len(reference) != len(answer):
        return False
    if exact and (counted := _match_by_counting(reference, answer)) is not None:
        return counted
    by_size = zip(sorted(reference, key=_size), sorted(answer, key=_size), strict=True)
    if all(is_equal(one, other) for one, other in by_size):
        return True
    return _Matching(reference, answer, is_equal).is_complete()


def _match_by_counting(reference: Sequence[Any], answer: Sequence[Any]) -> bool | None:
    """Count equal items; None if an item has no key."""
    try:
        left = Counter(map(_key, reference))
        for each in answer:
            key = _key(each)
            if not left[key]:
                return False
            left[key] -= 1
    except TypeError:
        return None
    return True


def _key(value: Any) -> Hashable:
    """Return a key that two plain values share if and only if they are equal; not-a-number equals itself.

    Raises:
        TypeError: The value is of a type without such a key.
    """
    match value:
        case float() if math.isnan(value):
            return (float, "nan")
        case list() | tuple():
            return (list if isinstance(value, list) else tuple, *map(_key, value))
        case dict() if type(value) is dict:
            return (dict, frozenset((each, _key(item)) for each, item in value.items()))
        case set() | frozenset():
            return frozenset(value)
        case _:
            hash(value)
            return value  # type: ignore[no-any-return]  # hash has told that it is hashable


def _size(value: Any) -> tuple[str, tuple[float, ...]]:
    """Return what sorts values so that those that are equal within a tolerance come near each other."""
    numbers: list[float] = []
    shape = _shape(value, numbers)
    return shape, tuple(numbers)


def _shape(value: Any, numbers: list[float]) -> str:
    """Collect the numbers of a value, and return the text of the rest of it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        numbers.append(_sortable(value))
        return "0"
    if isinstance(value, (list, tuple)):
        return f"[{','.join([_shape(each, numbers) for each in value])}]"
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: repr(pair[0]))
        return f"{{{','.join([f'{name!r}:{_shape(item, numbers)}' for name, item in pairs])}}}"
    return repr(value)


def _sortable(number: float) -> float:
    try:
        return math.inf if math.isnan(number) else float(number)
    except OverflowError:
        return math.copysign(math.inf, 1 if number > 0 else -1)


class _Matching:
    """Pairs items along augmenting paths (Kuhn's algorithm), within a limit of comparisons."""

    def __init__(self, reference: Sequence[Any], answer: Sequence[Any], is_equal: _IsEqual) -> None:
        self._reference = reference
        self._answer = answer
        self._is_equal = is_equal
        self._left = _COMPARISONS_LIMIT
        self._partner: dict[int, int] = {}  # of an item of the answer: the item of the reference

    def is_complete(self) -> bool:
        """Return True if every item finds a partner before the limit is reached."""
        return all(self._pair(position) for position in range(len(self._reference)))

    def _pair(self, start: int) -> bool:
        came_from: dict[int, int] = {}  # of an item of the answer: the item of the reference that led to it
        waiting = [start]
        while waiting:
            item = waiting.pop()
            for candidate, value in enumerate(self._answer):
                if candidate in came_from:
                    continue
                self._left -= 1
                if self._left < 0:
                    return False
                if not self._is_equal(self._reference[item], value):
                    continue
                came_from[candidate] = item
                if candidate not in self._partner:
                    self._turn(candidate, came_from, start)
                    return True
                waiting.append(self._partner[candidate])
        return False

    def _turn(self, candidate: int, came_from: dict[int, int], start: int) -> None:
        """Pair along the path from the first item to a free candidate."""
        previous = {item: candidate for candidate, item in self._partner.items()}
        while True:
            item = came_from[candidate]
            self._partner[candidate] = item
            if item == start:
                return
            candidate = previous[item]
