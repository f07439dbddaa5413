"""The items of an object of the submission: taken once, so that its length and each look at it agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlvr_code.referee.references import Twin, is_stand_in, reference_of, world_of
from rlvr_code.trusted.submission import FailedTestError
from rlvr_code.wire.outcome import Kind

# More than a test draws from an object of the submission, or passes of a generator of its own.
ITEMS_LIMIT = 1_000_000


def iterated(stand_in: Any) -> Iterator[Any]:
    """Iterate over an object afresh, as its class does it now.

    Raises:
        TypeError: It cannot be iterated over.
    """
    return _drawn(world_of(stand_in).do("iter", stand_in))


def _drawn(iterator: Any) -> Iterator[Any]:
    if not is_stand_in(iterator):
        return iter(iterator)
    return _RemoteIterator(iterator)


class _RemoteIterator(Twin):
    """Draws from an iterator of the submission, to an end."""

    def __init__(self, iterator: Any) -> None:
        super().__init__(reference_of(iterator).number)
        self._iterator = iterator
        self._left = ITEMS_LIMIT

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise FailedTestError(Kind.UNSERIALISABLE, f"more than {ITEMS_LIMIT} items")
        return world_of(self._iterator).do("next", self._iterator, stop=StopIteration)


class Items:
    """The items of an object, drawn when they are needed and kept.

    An object that iterates over itself, as a generator does, gives each item once and has no length.

    Raises:
        TypeError: The object cannot be iterated over.
    """

    def __init__(self, stand_in: Any) -> None:
        found = world_of(stand_in).do("iter", stand_in)
        self._name = reference_of(stand_in).type_name
        self.is_stream = is_stand_in(found) and reference_of(found).number == reference_of(stand_in).number
        self._rest = _drawn(found)
        self._known: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        return self._rest if self.is_stream else self._all()

    def _all(self) -> Iterator[Any]:
        position = 0
        while position < len(self._known) or self._draw():
            yield self._known[position]
            position += 1

    def _draw(self) -> bool:
        for item in self._rest:
            self._known.append(item)
            return True
        return False

    def __len__(self) -> int:
        if self.is_stream:
            raise TypeError(f"object of type {self._name!r} has no len()")
        while self._draw():
            pass
        return len(self._known)
