"""Classes of the tests that extend a class of the submission.

Such a class lives in the process of the submission, as its base does; its functions are functions of the tests, which
the submission calls. Its objects are stand-ins, which follow the rules of all others.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any

from rlvr_code.referee.references import is_stand_in, reference_of, world_of

# What the compiler gives each class, and no class of the submission needs.
_OF_THE_COMPILER = frozenset({"__classcell__", "__module__", "__orig_bases__", "__qualname__"})
_WRAPPERS: dict[type, str] = {staticmethod: "staticmethod", classmethod: "classmethod"}


def base_for(stand_in: Any) -> tuple[type, ...]:
    """Return what stands for a class of the submission among the bases of a ``class`` statement.

    Raises:
        TypeError: The object is no class.
    """
    if reference_of(stand_in).kind != "c":
        raise TypeError(f"an object of {reference_of(stand_in).type_name!r} is no class to extend")
    return (type.__new__(_Extending, reference_of(stand_in).type_name, (), {"__rlvr_base__": stand_in}),)


class _Extending(type):
    """The metaclass of such a base: a class that extends it is made in the process of the submission."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> Any:
        """Return the stand-in of the class.

        Raises:
            TypeError: The class extends a class of the tests too, or has members that cannot be sent.
        """
        found = [vars(each).get("__rlvr_base__") for each in bases]
        if not all(map(is_stand_in, found)):
            raise TypeError(f"{name!r} extends a class of the submission and one of the tests")
        sent = [(each, *_sent(value)) for each, value in members.items() if each not in _OF_THE_COMPILER]
        made = world_of(found[0]).extend(name, tuple(found), sent)
        if "__classcell__" in members:
            members["__classcell__"].cell_contents = made
        return made


def _sent(value: Any) -> tuple[str, Any]:
    """Return how a member of a class is made there, and of what."""
    if isinstance(value, property):
        return "property", (value.fget, value.fset, value.fdel)
    return (_WRAPPERS[type(value)], value.__func__) if type(value) in _WRAPPERS else ("", value)


def super_of_tests(*arguments: Any) -> Any:
    """Return ``super`` as methods of the tests have it, also of classes that extend one of the submission.

    Raises:
        RuntimeError: It is called without arguments outside of a method.
    """
    if arguments:
        owner, *rest = arguments
    else:
        frame = sys._getframe(1)  # noqa: SLF001  # ``super`` itself looks there
        if "__class__" not in frame.f_locals or not frame.f_code.co_argcount:
            raise RuntimeError("super(): no arguments")
        owner, rest = frame.f_locals["__class__"], [frame.f_locals[frame.f_code.co_varnames[0]]]
    return _Super(owner, *rest) if is_stand_in(owner) else builtins.super(owner, *rest)


class _Super:
    """``super()`` in a method of such a class: attributes are those of the next class of the submission."""

    def __init__(self, owner: Any, instance: Any) -> None:
        def read(name: str) -> Any:
            return world_of(owner).do("super", owner, instance, name)

        object.__setattr__(self, "_read", read)

    def __getattribute__(self, name: str) -> Any:
        read: types.FunctionType = object.__getattribute__(self, "_read")
        return read(name)
