"""How a call has left the lists, dicts and sets that the tests passed to it.

By convention a function that sorts, reverses or rotates a list in place returns None: the order of a list comes back.
Other changes come back where the tests only compare them with independent values
(:mod:`rlvr_code.problems.changes`): the tests often calculate what they expect from what they have passed, and a
submission must not empty or rewrite that.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rlvr_code.referee.references import is_stand_in, reference_of, world_of
from rlvr_code.referee.shared import CHANGEABLE, replace_content


def may_be_reordered(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Return True if an argument of a call is a list."""
    return any(type(each) is list for each in (*arguments, *keywords.values()))


def compared_arguments(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> set[int]:
    """Return the ids of the arguments of a call whose changes the tests only compare with independent values."""
    passed = {id(each) for each in (*arguments, *keywords.values()) if type(each) in CHANGEABLE}
    frame: types.FrameType | None = sys._getframe(1) if passed else None  # noqa: SLF001  # the call is known by its line alone
    while frame is not None and frame.f_globals.get("__name__") != "tests":
        frame = frame.f_back
    if frame is None:
        return set()
    names: dict[int, list[str]] = {}
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if id(value) in passed:
            names.setdefault(id(value), []).append(name)
    if not names:
        return set()
    compared = getattr(frame.f_globals, "compared_names", lambda *_: ())(frame.f_code.co_filename, frame.f_lineno)
    return {number for number, known in names.items() if len(known) == 1 and known[0] in compared}


def take_changes(passed: Iterable[Any], left: Iterable[Any], wanted: set[int]) -> None:
    """Change each of the wanted arguments as a call has changed it."""
    for mine, theirs in zip(passed, left, strict=False):
        if id(mine) in wanted:
            _change(mine, theirs)


def _change(mine: Any, theirs: Any) -> Any:
    """Return a value as a call has left it: the same object, if it is one that can be changed."""
    if type(mine) is not type(theirs) or type(mine) not in CHANGEABLE:
        return theirs
    if type(mine) is list:
        mine[:] = [_change(*pair) for pair in zip(mine, theirs, strict=False)] + theirs[len(mine) :]
    else:
        replace_content(mine, theirs)
    return mine


@contextlib.contextmanager
def changing(owner: Any, name: str) -> Iterator[Any]:
    """Give test code an attribute to change in this block, and have the submission change it in the same way.

    The tests change what the object itself holds; an attribute of another object is what it is.
    """
    value = getattr(owner, name)
    yield value
    if type(value) in CHANGEABLE and is_stand_in(owner):
        world_of(owner).change(owner, name, value)


def take_order(passed: Iterable[Any], left: Iterable[Any]) -> None:
    """Give each list that the tests passed the order in which a call has left it, if it has the same items still."""
    for mine, theirs in zip(passed, left, strict=False):
        if type(mine) is list and type(theirs) is list and len(mine) == len(theirs):
            _reorder(mine, theirs)


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
