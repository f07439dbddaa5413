"""The order in which a call has left the lists that the tests passed to it, and what it has written to their streams.

By convention a function that sorts, reverses or rotates a list in place returns None.
A function that writes to a ``StringIO`` or ``BytesIO`` adds to its end.
Nothing else of a change comes back: the tests often calculate what they expect from what they have passed, and a
submission must not empty or rewrite that.
"""

from __future__ import annotations

import io
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from rlvr_code.referee.references import is_stand_in, reference_of

_STREAMS = (io.StringIO, io.BytesIO)


def may_be_reordered(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Return True if an argument of a call is a list or a stream."""
    return any(type(each) is list or type(each) in _STREAMS for each in (*arguments, *keywords.values()))


def holds_stream(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Return True if an argument of a call is a stream in memory."""
    return any(type(each) in _STREAMS for each in (*arguments, *keywords.values()))


def take_order(passed: Iterable[Any], left: Iterable[Any]) -> None:
    """Give each list that the tests passed the order in which a call has left it, if it has the same items still."""
    for mine, theirs in zip(passed, left, strict=False):
        if type(mine) is list and type(theirs) is list and len(mine) == len(theirs):
            _reorder(mine, theirs)
        elif type(mine) in _STREAMS and type(theirs) is type(mine):
            before, after = mine.getvalue(), theirs.getvalue()
            if after.startswith(before) and after != before:
                mine.seek(0, io.SEEK_END)
                mine.write(after[len(before) :])


def _reorder(mine: list[Any], theirs: list[Any]) -> None:
    waiting: dict[Hashable, deque[Any]] = defaultdict(deque)
    try:
        for each in mine:
            waiting[_key(each)].append(each)
        mine[:] = [waiting[_key(each)].popleft() for each in theirs]
    except (TypeError, IndexError):
        return  # an item that has no key, or another item


def _key(value: Any) -> Hashable:
    """Return what equal items share; of an object of the submission, its number, so that nothing is asked of it.

    Raises:
        TypeError: The value is of a type without such a key.
    """
    if is_stand_in(value):
        return ("@", reference_of(value).number)
    if type(value) in {list, tuple}:
        return (type(value), *map(_key, value))
    if type(value) is dict:
        return (dict, *((_key(name), _key(item)) for name, item in value.items()))
    hash(value)
    return (type(value), value)
