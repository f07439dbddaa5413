"""Stand-ins, on the trusted side, for objects that live in the process of a submission.

Test code works with them as with the real objects: reading an attribute and calling become requests, whose results are
data again. :mod:`rlvr_code.referee.operators` says which operators are asked.
"""

from __future__ import annotations

import builtins
import dis
import functools
import sys
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

from rlvr_code.referee.coroutines import async_generator_of, coroutine_of
from rlvr_code.referee.extending import base_for
from rlvr_code.referee.items import Items, iterated
from rlvr_code.referee.methods import WithheldMethod, marks_use, withholds
from rlvr_code.referee.operators import NOTHING, Operators, content_of
from rlvr_code.referee.raised import controls_the_tests, submission_error_in
from rlvr_code.referee.references import (
    Asking,
    Described,
    Origin,
    StandInType,
    is_made,
    is_of_tests,
    is_stand_in,
    origin_of,
    reference_of,
    world_of,
)

_READABLE = frozenset(
    {"__name__", "__qualname__", "__dict__", "__members__", "__wrapped__", "__annotations__", "__flags__"}
)
# Types that tests look for with ``isinstance``, and that no submission defines.
_BUILTIN_TYPES: dict[str, type] = {
    "generator": types.GeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "map": map,
    "filter": filter,
    "zip": zip,
    "enumerate": enumerate,
}
_RAISE, _FOR = dis.opmap["RAISE_VARARGS"], dis.opmap["FOR_ITER"]


class StandIn(Operators, metaclass=StandInType):
    """A stand-in for an object of the submission."""

    __slots__ = ("_rlvr_base", "_rlvr_content", "_rlvr_items", "_rlvr_of", "_rlvr_origin", "_rlvr_used", "_rlvr_world")

    def __init__(self, world: Asking, of: Described, origin: Origin) -> None:
        _note(self, "world", world)
        _note(self, "of", of)
        _note(self, "origin", origin)
        _note(self, "used", False)  # the value of an attribute
        _note(self, "items", None)
        _note(self, "base", None)
        _note(self, "content", NOTHING)

    def __rlvr_with_content__(self, content: object) -> Any:
        """Return what stands for a returned object with this content; called when values are read."""
        return world_of(self).with_content(reference_of(self), content)

    def __rlvr_content__(self) -> Any:
        """Return the plain content of a made object, or ``NOTHING``; that of a list, a dict or a set is asked for."""
        if _noted(self, "base") in {list, dict, set}:
            return world_of(self).content_of(reference_of(self))
        return _noted(self, "content")

    @property
    def __class__(self) -> type:
        """The class that ``isinstance`` sees beside the class of stand-ins."""
        of, base = reference_of(self), _noted(self, "base")
        if base is not None:
            found: type = world_of(self).class_for(of, base)
            return found
        if of.kind == "c":
            return type
        if of.name == of.builtin:
            return _BUILTIN_TYPES.get(of.name, type(self))
        return world_of(self).exception_class(of) or type(self)

    @__class__.setter
    def __class__(self, _: Any) -> None:
        raise TypeError("the class of an object of the submission cannot be changed here")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _READABLE:
            return _special_attribute(self, name)
        of = reference_of(self)
        if name in _RESUMING and of.kind == "o" and of.name == of.builtin == "generator":
            return functools.partial(_resume, self, name)
        value = world_of(self).do("get", self, name)
        if of.kind == "c":
            value = world_of(self).made(value, of.number)  # a member of an enumeration, a constant
        if withholds(self, name, is_used=_noted(self, "used")):
            return WithheldMethod(self, name, value) if is_stand_in(value) else value
        if marks_use(name):
            _note(self, "used", True)  # as above
        if is_stand_in(value):
            _note(self, "items", None)  # a method may change them
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        _note(self, "items", None)
        world_of(self).do("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        _note(self, "items", None)
        world_of(self).do("delete", self, name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the object in the process of the submission."""
        value = world_of(self).do("call", self, arguments, keywords)
        of = reference_of(self)
        return world_of(self).made(value, of.number) if of.kind == "c" else value

    def __len__(self) -> int:
        if not is_of_tests(self):
            try:
                items = _items_of(self)
            except TypeError:
                return int(world_of(self).do("len", self))
            return len(items)
        return int(world_of(self).do("len", self))

    def __iter__(self) -> Iterator[Any]:
        if not is_of_tests(self):
            return iter(_items_of(self))
        return iterated(self)

    def __next__(self) -> Any:
        try:
            return world_of(self).do("next", self, stop=StopIteration)
        except StopIteration:
            if _may_end_a_loop(sys._getframe(1), "next"):  # noqa: SLF001  # only the caller's frame says so
                world_of(self).note_end(self)
            raise

    def __reversed__(self) -> Any:
        return world_of(self).do("reversed", self)

    def __contains__(self, item: Any) -> Any:
        content = content_of(self)
        if content is not NOTHING:
            return item in content
        if origin_of(self) is Origin.MADE and world_of(self).may_ask_operators(self):
            return world_of(self).contains(self, item)
        return any(item is each or item == each for each in self)

    def __getitem__(self, key: Any) -> Any:
        return world_of(self).do("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _note(self, "items", None)
        world_of(self).do("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        _note(self, "items", None)
        world_of(self).do("delitem", self, key)

    def __instancecheck__(self, instance: object) -> bool:
        if not is_stand_in(instance) or reference_of(self).kind != "c":
            return False
        is_by_bases = reference_of(self).number in reference_of(instance).classes
        return is_by_bases or world_of(self).do("isinstance", instance, self) is True

    def __subclasscheck__(self, other: object) -> bool:
        return is_stand_in(other) and reference_of(self).number in reference_of(other).classes

    def __mro_entries__(self, _: tuple[Any, ...]) -> tuple[type, ...]:
        return base_for(self)

    def __enter__(self) -> Any:
        return world_of(self).do("enter", self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return _leave(self, error, is_async=False)

    async def __aenter__(self) -> Any:
        return world_of(self).do("aenter", self)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return _leave(self, error, is_async=True)

    def __await__(self) -> Any:
        return coroutine_of(world_of(self), self).__await__()

    def __aiter__(self) -> AsyncIterator[Any]:
        found = world_of(self).do("aiter", self)
        return async_generator_of(world_of(self), found) if is_stand_in(found) else found

    def __dir__(self) -> list[str]:
        return [str(each) for each in world_of(self).do("dir", self)]

    def __bytes__(self) -> bytes:
        return bytes(world_of(self).do("bytes", self))


# For each class of stand-ins, since Python gives each class a ``__doc__`` of its own.
DOCUMENTATION = property(lambda stand_in: world_of(stand_in).do("get", stand_in, "__doc__"))


def _note(stand_in: StandIn, name: str, value: Any) -> None:
    object.__setattr__(stand_in, f"_rlvr_{name}", value)


def _noted(stand_in: StandIn, name: str) -> Any:
    return object.__getattribute__(stand_in, f"_rlvr_{name}")


def note_content(stand_in: StandIn, content: Any) -> None:
    """Give a stand-in the plain content of its object, or ``NOTHING``."""
    _note(stand_in, "content", content)
    _note(stand_in, "base", None if content is NOTHING else type(content))


def _leave(manager: StandIn, error: BaseException | None, *, is_async: bool) -> bool:
    """Exit a context manager of the submission.

    Returns:
        Its answer, if the block holds no assertion, and if the exception under way came from the submission or from a
        ``raise`` of the tests that is no failure of theirs; for a manager that the tests made, also if it came from a
        statement that asks nothing of the submission. Else False: what fails in a test goes on.
    """
    is_independent = _block_that_may_end_early()
    answer = world_of(manager).leave(manager, error, is_async=is_async)
    if error is None or is_independent is None or controls_the_tests(error) or isinstance(error, AssertionError):
        return False
    may_end = is_independent and is_made(manager)
    return answer and (may_end or submission_error_in(error) is not None or _is_thrown_by_tests(error))


def _block_that_may_end_early() -> bool | None:
    """Return whether the ``with`` statement of the tests that ends now asks nothing of the submission.

    It is None if the statement holds an assertion.
    """
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001  # the statement is known by its line alone
    while frame is not None and frame.f_globals.get("__name__") != "tests":
        frame = frame.f_back
    if frame is None:
        return None
    blocks: dict[tuple[str, int], bool] = getattr(frame.f_globals, "blocks", {})
    return blocks.get((frame.f_code.co_filename, frame.f_lineno))


def _is_thrown_by_tests(error: BaseException) -> bool:
    """Return True if a ``raise`` statement of the tests raised it, and no assertion."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or isinstance(error, AssertionError):
        return False
    frame = trace.tb_frame
    return frame.f_globals.get("__name__") == "tests" and frame.f_code.co_code[trace.tb_lasti] == _RAISE


def _may_end_a_loop(frame: types.FrameType, name: str) -> bool:
    """Return True for a function of the tests that calls ``name`` and may be called by ``map``, ``filter`` or the like.

    What leaves it then ends their loop, and cases that follow are not compared.
    """
    code = frame.f_code
    is_called = frame.f_globals.get("__name__") == "tests" and code.co_name != "<module>"
    return is_called and name in code.co_names and code.co_code[frame.f_lasti] != _FOR


def _special_attribute(stand_in: StandIn, name: str) -> Any:
    """Return what ``inspect`` and ``unittest.mock`` look for in a function, a method or a class.

    Raises:
        AttributeError: It is something else.
    """
    of = reference_of(stand_in)
    if name == "__code__" and of.kind == "o" and of.name == of.builtin == "function":
        return types.SimpleNamespace(co_flags=world_of(stand_in).do("flags", stand_in))
    if name == "__func__" and of.name == "method":
        return _method
    if name == "__signature__" and (of.kind == "c" or of.name == of.builtin):
        return _signature_of(stand_in)
    if name == "__bases__" and of.kind == "c":
        return (getattr(builtins, of.builtin, object),)
    raise AttributeError(name)


_RESUMING = frozenset({"send", "throw"})


def _resume(generator: StandIn, name: str, *arguments: Any) -> Any:
    """Call ``send`` or ``throw`` of a generator, which may end."""
    world = world_of(generator)
    try:
        return world.do("call", world.do("get", generator, name), arguments, {}, stop=StopIteration)
    except StopIteration:
        if _may_end_a_loop(sys._getframe(1), name):  # noqa: SLF001  # as in ``__next__``
            world.note_end(generator)
        raise


def _method(*_: object) -> None:
    """Stand for the function of a method: it is none of a coroutine."""


def _signature_of(stand_in: StandIn) -> Any:
    """Return the signature of a function or a class.

    Raises:
        AttributeError: It has none.
    """
    import inspect  # large, and seldom needed

    def given(part: tuple[Any, ...]) -> Any:
        return part[0] if part else inspect.Parameter.empty

    try:
        parameters, returned = world_of(stand_in).do("signature", stand_in)
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=given(default), annotation=given(of))  # noqa: SLF001  # the names of kinds are its members
                for name, kind, default, of in parameters
            ],
            return_annotation=given(returned),
        )
    except (TypeError, ValueError) as error:
        raise AttributeError(f"no signature: {error}") from None


_NOT_ITERABLE = object()


def _items_of(stand_in: StandIn) -> Items:
    """Return the items of a returned object.

    Raises:
        TypeError: It cannot be iterated over, now or when it was tried first.
    """
    known = _noted(stand_in, "items")
    if known is _NOT_ITERABLE:
        raise TypeError(f"{reference_of(stand_in).type_name!r} object is not iterable")
    if known is None:
        try:
            known = Items(stand_in)
        except TypeError:
            _note(stand_in, "items", _NOT_ITERABLE)
            raise
        if not known.is_stream:
            _note(stand_in, "items", known)
    items: Items = known
    return items
