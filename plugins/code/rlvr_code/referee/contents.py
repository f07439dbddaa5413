"""Stand-ins for objects with plain content: instances of the plain type itself, so that its methods answer.

A submission that returns ``class S(str)`` returns a text. Attributes that the plain type does not have are asked of the
submission. The content of a list, a dict or a set is kept the same on both sides.
"""

from __future__ import annotations

import copy
from typing import Any

from rlvr_code.referee.methods import WithheldMethod, withholds
from rlvr_code.referee.references import (
    Asking,
    Described,
    Origin,
    Shown,
    StandInType,
    is_stand_in,
    reference_of,
    world_of,
)

_MUTABLE: tuple[type, ...] = (list, dict, set)
BASES: tuple[type, ...] = (int, float, str, bytes, list, tuple, dict, set, frozenset)
"""The types whose content travels beside a reference."""


class ContentStandIn(Shown):
    """What the stand-ins of all plain types share."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in {"__name__", "__doc__"}:
            raise AttributeError(name)
        value = world_of(self).do("get", self, name)
        if is_stand_in(value) and withholds(self, name, is_used=False):
            return WithheldMethod(self, name, value)
        return _Method(self, value) if isinstance(self, _MUTABLE) and is_stand_in(value) else value

    def __copy__(self) -> Any:
        return _with_same_content(super().__copy__(), self)

    def __deepcopy__(self, memo: Any) -> Any:
        return _with_same_content(super().__deepcopy__(memo), self)

    def __setattr__(self, name: str, value: Any) -> None:
        world_of(self).do("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        world_of(self).do("delete", self, name)


def has_plain_content(value: object) -> bool:
    """Return True for such a stand-in; a made object with plain content is none, though its ``__class__`` says so."""
    return issubclass(type(value), ContentStandIn)


class _TupleStandIn(ContentStandIn):
    """A tuple, whose fields may be called as a method of tuples is."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name in {"count", "index"}:
            value = world_of(self).do("get", self, name)
            if not is_stand_in(value):
                return value
        return object.__getattribute__(self, name)


class _Method:
    """A method that the submission defines on a list, a dict or a set; it may change the content."""

    def __init__(self, owner: Any, method: Any) -> None:
        self._owner = owner
        self._method = method

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        tell_content(self._owner)
        result = self._method(*arguments, **keywords)
        fetch_content(self._owner)
        return result


def content_class(of: Described, base: type) -> type:
    """Return the class that stands for a class of the submission that extends a plain type."""
    mixin = _TupleStandIn if base is tuple else ContentStandIn
    return StandInType(of.type_name, (mixin, base), {"__rlvr_number__": of.type_number})


def content_stand_in(world: Asking, of: Described, content: Any) -> Any:
    """Return the stand-in of an object with this plain content, which the tests have not made."""
    base = type(content)
    kind: Any = world.class_for(of, base)
    if base in _MUTABLE:
        value = kind.__new__(kind)
        _fill(value, content)
    else:
        value = kind.__new__(kind, content)
    noted = {"world": world, "of": of, "origin": Origin.RETURNED, "known": content}
    for name, each in noted.items():
        object.__setattr__(value, f"_rlvr_{name}", each)
    return value


def plain_of(value: Any) -> Any:
    """Return the content of such a stand-in as a value of the plain type."""
    return next(base(value) if base in _MUTABLE else _read(base, value) for base in BASES if isinstance(value, base))


def _read(base: type, value: Any) -> Any:
    if base in {str, bytes}:
        return base.__getitem__(value, slice(None))  # str() would ask the submission
    return base(value)


def _with_same_content(made: Any, value: Any) -> Any:
    """Return a copy that the submission made of an object, or the plain content alone if the copy has another one."""
    is_true = has_plain_content(made) and plain_of(made) == plain_of(value)
    return made if is_true else copy.deepcopy(plain_of(value))


def is_mutable(content: Any) -> bool:
    """Return True for a content that may change."""
    return isinstance(content, _MUTABLE)


def tell_content(value: Any) -> None:
    """Give the submission the content that the tests have changed."""
    plain = plain_of(value)
    if plain != object.__getattribute__(value, "_rlvr_known"):
        object.__setattr__(value, "_rlvr_known", plain)
        world_of(value).set_content(reference_of(value), plain)


def fetch_content(value: Any) -> None:
    """Take the content that the submission may have changed."""
    content = world_of(value).content_of(reference_of(value))
    object.__setattr__(value, "_rlvr_known", content)
    _fill(value, content)


def _fill(value: Any, content: Any) -> None:
    if isinstance(value, list) and isinstance(content, list):
        value[:] = content
    elif isinstance(value, (dict, set)) and type(content) in {dict, set}:
        value.clear()
        value.update(content)
