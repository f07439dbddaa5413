"""Which operators a stand-in answers, and who calculates.

The rule (``RETURNED``, ``MIXED`` and ``MADE`` are the origins of an object):

- What has no operand of the tests, such as ``len``, ``str`` or an item, gives data, and any object may be asked.
  Objects that are mixed give no number and no truth: what the tests subtracted may be the value that they expect.
- ``==``, ``!=`` and order are asked between two objects of a class that the tests name, if one is made or mixed.
- Arithmetic with a plain value is asked of made and mixed objects. What subtracts or divides must give an object of
  such a class. Arithmetic between two objects follows the rule of ``==``; between two returned objects, it must give
  an object of such a class.
- Objects with plain content calculate and compare with it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rlvr_code.referee.contents import has_plain_content, plain_of
from rlvr_code.referee.references import (
    Origin,
    Shown,
    is_named,
    is_of_tests,
    is_same,
    is_stand_in,
    origin_of,
    reference_of,
    world_of,
)

NOTHING = object()

_BINARY = "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor divmod".split()
_IN_PLACE = [f"i{each}" for each in _BINARY if each not in {"and_", "or_", "divmod"}] + ["iand", "ior"]
# The result may be a plain value: it cannot tell how far an object is from the value that the tests expect.
_MAY_GIVE_PLAIN = frozenset({"add", "mul", "pow", "lshift", "rshift"})
_UNARY = "neg pos abs invert".split()
_NUMBERS = "int float complex index round trunc floor ceil".split()


def content_of(value: Any) -> Any:
    """Return the plain content of a stand-in, a plain value itself, or ``NOTHING``."""
    if not is_stand_in(value):
        return value
    if has_plain_content(value):
        return plain_of(value)
    return value.__rlvr_content__()


def may_compare(one: Any, other: Any) -> bool:
    """Return True if two objects may be compared, or calculated with, by their own class."""
    if not (is_named(one) and is_named(other)):
        return False
    if not (is_of_tests(one) or is_of_tests(other)):
        return False
    return world_of(one).may_ask_operators(one)


def _may_calculate(one: Any) -> bool:
    return is_named(one) and is_of_tests(one) and world_of(one).may_ask_operators(one)


def _are_of_one_class(one: Any, other: Any) -> bool:
    """Return True for returned objects of classes that the tests name: their sum is an object again, or refused."""
    return is_named(one) and is_named(other) and world_of(one).may_ask_operators(one)


def equals(self: Any, other: Any) -> Any:
    """Compare as ``==`` does."""
    if self is other:
        return True
    mine = content_of(self)
    if not is_stand_in(other):
        return NotImplemented if mine is NOTHING else mine == other
    theirs = content_of(other)
    if mine is not NOTHING or theirs is not NOTHING:
        return mine is not NOTHING and theirs is not NOTHING and mine == theirs
    return is_same(self, other) or (may_compare(self, other) and world_of(self).do("eq", self, other))


def differs(self: Any, other: Any) -> Any:
    """Compare as ``!=`` does."""
    if is_stand_in(other) and content_of(self) is NOTHING and content_of(other) is NOTHING and may_compare(self, other):
        return world_of(self).do("ne", self, other)
    is_equal = equals(self, other)
    return is_equal if is_equal is NotImplemented else not is_equal


def _local(operation: str, self: Any, operands: tuple[Any, ...]) -> Any:
    """Calculate with plain contents, or leave it to the other operand."""
    contents = [content_of(each) for each in (self, *operands)]
    if any(each is NOTHING for each in contents):
        return NotImplemented
    method = getattr(type(contents[0]), f"__{operation.rstrip('_')}__", None)
    return NotImplemented if method is None else method(*contents)


def _ordered(operation: str) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        if is_stand_in(other) and may_compare(self, other):
            return world_of(self).do(operation, self, other)
        return _local(operation, self, (other,))

    return method


def _may_subtract(operation: str, operand: Any) -> bool:
    """Return True for an addition to a plain value, or of a negative one, as in ``sum([x], -expected)``.

    A value of a type without order or without a zero, such as a complex number, may be negative.
    """
    try:
        return operation == "radd" or bool(operand < type(operand)())
    except Exception:  # noqa: BLE001  # types of libraries raise what they like
        return True


def _calculated(operation: str, plain: str) -> Callable[..., Any]:
    """Return a method for arithmetic; ``plain`` is the operator without ``r`` for reflected or ``i`` for in place."""

    def method(self: Any, *operands: Any) -> Any:
        other = operands[0]
        origins = {origin_of(self), *([origin_of(other)] if is_stand_in(other) else [])}
        if is_stand_in(other) and Origin.MIXED not in origins:
            is_asked = may_compare(self, other)
            if not is_asked and not _are_of_one_class(self, other):
                return _local(operation, self, operands)
            result = world_of(self).do(operation, self, *operands)
            if not is_asked and not (is_stand_in(result) and is_named(result)):
                return _local(operation, self, operands)
            return world_of(self).with_origin(result, Origin.MADE if origins == {Origin.MADE} else Origin.RETURNED)
        if not (may_compare(self, other) if is_stand_in(other) else _may_calculate(self)):
            return _local(operation, self, operands)
        result = world_of(self).do(operation, self, *operands)
        if is_stand_in(result) and is_named(result):
            return world_of(self).with_origin(result, Origin.MIXED, keep_content=plain in _MAY_GIVE_PLAIN)
        if plain == "divmod" and type(result) is tuple and all(is_stand_in(each) and is_named(each) for each in result):
            return tuple(world_of(self).with_origin(each, Origin.MIXED, keep_content=False) for each in result)
        if plain in _MAY_GIVE_PLAIN and Origin.MIXED not in origins and not _may_subtract(operation, other):
            return result
        return _local(operation, self, operands)

    return method


def _unary(operation: str) -> Callable[..., Any]:
    def method(self: Any) -> Any:
        if origin_of(self) is Origin.MADE and world_of(self).may_ask_operators(self):
            return world_of(self).do(operation, self)
        return _refused(operation, self, _local(operation, self, ()))

    return method


def _refused(operation: str, self: Any, result: Any = NotImplemented) -> Any:
    if result is NotImplemented:
        name = reference_of(self).type_name
        raise TypeError(f"an object of {name!r} takes no part in {operation.rstrip('_')!r} here")
    return result


def _number(operation: str) -> Callable[..., Any]:
    def method(self: Any, *operands: Any) -> Any:
        if origin_of(self) is Origin.MIXED:
            _refused(operation, self)
        return world_of(self).do(operation, self, *operands)

    return method


class Operators(Shown):
    """The operators of stand-ins for objects without plain content, or that the tests made."""

    __slots__ = ()

    __eq__ = equals
    __ne__ = differs

    def __hash__(self) -> int:
        content = content_of(self)
        return hash(content) if content is not NOTHING else int(world_of(self).do("hash", self))

    def __bool__(self) -> bool:
        if origin_of(self) is Origin.MIXED:
            _refused("bool", self)
        return bool(world_of(self).do("bool", self))


def _give(name: str, method: Callable[..., Any]) -> None:
    setattr(Operators, f"__{name.rstrip('_')}__", method)


for _operation in ("lt", "le", "gt", "ge"):
    _give(_operation, _ordered(_operation))
for _operation in _BINARY:
    _give(_operation, _calculated(_operation, _operation))
    _give(f"r{_operation}", _calculated(f"r{_operation}", _operation))
for _operation in _IN_PLACE:
    _give(_operation, _calculated(_operation, _operation[1:]))
for _operation in _UNARY:
    _give(_operation, _unary(_operation))
for _operation in _NUMBERS:
    _give(_operation, _number(_operation))
