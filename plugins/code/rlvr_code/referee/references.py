"""References to objects that the process of a submission keeps, and the base of all stand-ins for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

from rlvr_code.wire.values import MalformedError

_NAME_CHARACTERS = 100


class Described(NamedTuple):
    """What a reference says of its object: its number and kind, its classes from its own up, and its names.

    The last one is the public name of the exception class of the standard library that its class is or extends.
    """

    number: int
    kind: str
    classes: tuple[int, ...]
    builtin: str
    name: str
    standard: str = ""

    @property
    def type_name(self) -> str:
        """The name of the object's class, as a class of the tests' world can have it."""
        return "".join(each for each in self.name if each.isprintable())[:_NAME_CHARACTERS] or "object"

    @property
    def type_number(self) -> int:
        """The number of the object's class."""
        return self.classes[0] if self.classes else self.number


class Origin(Enum):
    """Where the tests have an object of the submission from; it decides which operators the object may answer.

    ``MADE``: the tests called a class that they name, or calculated with such objects alone.
    ``MIXED``: the tests calculated with a made object and a plain value of theirs, which may be the expected one.
    ``NAMED``: the tests have a class by its name; the same class may also be returned.
    ``RETURNED``: everything else.
    """

    MADE = auto()
    MIXED = auto()
    NAMED = auto()
    RETURNED = auto()


def described(token: str) -> Described:
    """Read a reference.

    Raises:
        MalformedError: The token is not a reference.
    """
    parts = token[1:].split(" ", 4)
    try:
        number, kind, of, builtin, name = parts
        classes = () if of == "-" else tuple(int(each) for each in of.split(","))
        builtin, _, standard = builtin.partition("/")
        return Described(int(number), kind, classes, builtin, name, standard)
    except ValueError:
        raise MalformedError("a token that is not a reference") from None


class Asking(Protocol):
    """What stand-ins ask of the world that they stand in."""

    @property
    def named(self) -> dict[int, str]:
        """The classes that the tests name."""

    def do(self, operation: str, *operands: Any, stop: type[BaseException] | None = None) -> Any:
        """Do something with objects of the submission."""

    def may_ask_operators(self, stand_in: Any) -> bool:
        """Return True if the object's class answers operators."""

    def contains(self, stand_in: Any, item: Any) -> Any:
        """Ask an object that the tests made whether it contains an item."""

    def note_end(self, stand_in: Any) -> None:
        """Note that an iterator has ended in a function of the tests that calls ``next``."""

    def attribute_of(self, number: int, name: str) -> Any:
        """Return an attribute of an object that has no stand-in."""

    def part_of(self, number: int, position: int) -> BaseException | None:
        """Return what stands for an exception in a group of exceptions; None if there are no more."""

    def content_of(self, of: Described) -> Any:
        """Return the plain content that an object has now."""

    def dataclass(self, function: str, instance: Any, keywords: Mapping[str, Any]) -> Any:
        """Call a function of ``dataclasses`` with an object, or with a class."""

    def change(self, owner: Any, name: str, content: Any) -> None:
        """Give a list, a dict or a set that is an attribute of an object another content."""

    def set_content(self, of: Described, content: Any) -> None:
        """Change the plain content of an object."""

    def class_for(self, of: Described, base: type) -> Any:
        """Return the class that stands for the class of an object."""

    def exception_class(self, of: Described) -> type | None:
        """Return the class of the tests' world for an exception object; None for other objects."""

    def with_content(self, of: Described, content: Any) -> Any:
        """Return what stands for a returned object with plain content."""

    def made(self, value: Any, class_number: int) -> Any:
        """Return what stands for the result of a call of a class."""

    def with_origin(self, value: Any, origin: Origin, *, keep_content: bool = True) -> Any:
        """Return what stands for an object that the tests have from elsewhere."""

    def extend(self, name: str, bases: tuple[Any, ...], members: list[tuple[str, str, Any]]) -> Any:
        """Make a class that extends classes of the submission."""

    def leave(self, manager: Any, error: BaseException | None, *, is_async: bool) -> bool:
        """Exit a context manager; return True if it wants the exception to end there."""


class Twin:
    """What is the same object as one of the submission, in test code that asks ``is``.

    Args:
        number: The number of that object.
    """

    def __init__(self, number: int) -> None:
        self.number = number


class Standing:
    """The base of stand-ins; what they note of their object is in attributes that no submission names."""

    __slots__ = ()


class Shown(Standing):
    """A stand-in whose object prints and copies itself: what comes of it is data."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(world_of(self).do("repr", self))

    def __str__(self) -> str:
        return str(world_of(self).do("str", self))

    def __format__(self, how: str) -> str:
        return str(world_of(self).do("format", self, how))

    def __copy__(self) -> Any:
        return world_of(self).do("copy", self)

    def __deepcopy__(self, _: Any) -> Any:
        return world_of(self).do("deepcopy", self)


def is_stand_in(value: object) -> bool:
    """Return True if a value stands for an object of the submission."""
    return issubclass(type(value), Standing)


def world_of(stand_in: object) -> Asking:
    """Return the world of a stand-in."""
    return object.__getattribute__(stand_in, "_rlvr_world")  # type: ignore[no-any-return]  # set when it was made


def reference_of(stand_in: object) -> Described:
    """Return what is known of the object of a stand-in."""
    return object.__getattribute__(stand_in, "_rlvr_of")  # type: ignore[no-any-return]  # as above


def origin_of(stand_in: object) -> Origin:
    """Return where the tests have the object of a stand-in from."""
    return object.__getattribute__(stand_in, "_rlvr_origin")  # type: ignore[no-any-return]  # as above


def is_same(one: object, other: object) -> bool:
    """Return True if two values are one object; an object of the submission may have several stand-ins."""
    if one is other:
        return True
    numbers = [each.__rlvr_number__ if isinstance(each, StandInType) else _number_of(each) for each in (one, other)]
    return numbers[0] is not None and numbers[0] == numbers[1]


def _number_of(value: object) -> int | None:
    if isinstance(value, Twin):
        return value.number
    return reference_of(value).number if is_stand_in(value) else None


def is_named(stand_in: object) -> bool:
    """Return True for an object of a class that the tests name, and for such a class."""
    return not world_of(stand_in).named.keys().isdisjoint(reference_of(stand_in).classes)


def is_of_tests(stand_in: object) -> bool:
    """Return True for an object that the tests made, or calculated from one: its class may perform operators."""
    return origin_of(stand_in) in {Origin.MADE, Origin.MIXED}


def is_made(value: Any) -> bool:
    """Return True if a value stands for an object that the tests made themselves."""
    return is_stand_in(value) and origin_of(value) is Origin.MADE


class StandInType(type):
    """The class of a stand-in, which equals the stand-in of the submission's class."""

    __rlvr_number__ = -1

    def __eq__(cls, other: object) -> bool:
        if is_stand_in(other):
            return reference_of(other).number == cls.__rlvr_number__
        return cls is other

    __hash__ = type.__hash__
