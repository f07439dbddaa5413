"""Built-in functions as submissions have them."""

from __future__ import annotations

import builtins
import io
import string
import sys
import types
from _string import formatter_field_name_split  # type: ignore[import-not-found]  # what string.Formatter is made of
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from rlvr_code.inside.language.allowed import GUARDED_ATTRIBUTES
from rlvr_code.inside.language.policy import GUARD, attribute_problem, name_problem
from rlvr_code.wire.paths import open_file

SUBMISSION_MODULES = ("submission", "__main__")

_ABSENT = frozenset(
    """
    open exec eval compile globals locals vars dir breakpoint memoryview help copyright credits license
    getattr setattr delattr hasattr type __import__ __loader__ __spec__ __build_class__ exit quit
    """.split()
)


class _Formatter(string.Formatter):
    """``str.format`` that reads no attribute which source may not."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """Follow a field's path."""
        first, rest = formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, step in rest:
            value = guarded_getattr(value, step) if is_attribute else value[step]
        return value, first


_FORMATTER = _Formatter()


def _plain_format(text: str, /, *arguments: Any, **keywords: Any) -> str:
    return _FORMATTER.vformat(str(text), arguments, keywords)


def _plain_format_map(text: str, mapping: Any, /) -> str:
    return _FORMATTER.vformat(str(text), (), mapping)


_FORMATS: dict[str, Callable[..., str]] = {"format": _plain_format, "format_map": _plain_format_map}


def guarded_getattr(value: Any, name: str, *default: Any) -> Any:
    """Read an attribute by name, if source may.

    Raises:
        TypeError: The name is no plain text.
        AttributeError: It may not be read, or is not there.
    """
    if type(name) is not str:
        raise TypeError("attribute name must be string")
    if name in GUARDED_ATTRIBUTES:
        return _guarded(value, name, *default)
    problem = attribute_problem(name)
    if problem:
        raise AttributeError(problem)
    return getattr(value, name, *default)


def _guarded(value: Any, name: str, *default: Any) -> Any:
    if name in _FORMATS:
        if isinstance(value, str):
            return lambda *arguments, **keywords: _FORMATS[name](value, *arguments, **keywords)
        is_text = isinstance(value, type) and issubclass(value, str)
        return _FORMATS[name] if is_text else getattr(value, name, *default)
    if name == "__class__":
        return class_of(value)
    # A class's ``register`` would let strangers pass for its instances; a generic function's is harmless.
    is_harmless = name == "__module__" or _is_own(value) or type(value).__name__ in _BAGS
    if name == "register":
        is_harmless = not isinstance(value, type)
    if not is_harmless:
        raise AttributeError(f"{name!r} of what the program did not define")
    return getattr(value, name, *default)


# Their attributes are the program's.
_BAGS = frozenset({"Namespace", "SimpleNamespace"})


def _is_own(value: Any) -> bool:
    """Return True for a class of the submission, and for an object of one."""
    kind = value if isinstance(value, type) else type(value)
    return kind.__module__ in SUBMISSION_MODULES and not isinstance(value, types.ModuleType)


class Meta(type):
    """A class of classes that takes no definition which source may not make."""

    def __new__(cls, name: str, bases: tuple[Any, ...], names: dict[str, Any], /, **keywords: Any) -> Any:
        """Make a class."""
        for each in names:
            problem = name_problem(each) if each not in _CLASS_NAMES else ""
            if problem:
                raise TypeError(problem)
        return super().__new__(cls, name, bases, names, **keywords)

    def __init__(cls, name: str, bases: tuple[Any, ...], names: dict[str, Any], /, **_: Any) -> None:
        super().__init__(name, bases, names)


# What the compiler itself puts into a class's names.
_CLASS_NAMES = frozenset({
    "__module__", "__qualname__", "__classcell__", "__annotations__", "__annotate__", "__annotate_func__",
    "__static_attributes__", "__firstlineno__", "__classdictcell__", "__conditional_annotations__", "__type_params__",
    "__orig_bases__",
})  # fmt: skip


class _Type:
    """``type`` as submissions have it: returns a class, makes one, may be extended; nothing else."""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 3:  # noqa: PLR2004  # a metaclass of the submission calls ``type.__new__``
            return Meta.__new__(Meta, *arguments, **keywords)
        return super().__new__(cls)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the class of a value, or make a class."""
        if len(arguments) == 1:
            return class_of(arguments[0])
        name, bases, names = arguments
        return Meta(name, bases, dict(names), **keywords)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, type) or instance is self

    def __subclasscheck__(self, subclass: Any) -> bool:
        return subclass is self or issubclass(subclass, type)

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        return (Meta,)

    def __getitem__(self, _: Any) -> Any:
        return self

    def __or__(self, other: Any) -> Any:
        return type | other

    def __ror__(self, other: Any) -> Any:
        return other | type

    def __eq__(self, other: object) -> bool:
        return other is self or other is type

    def __hash__(self) -> int:
        return hash(type)

    def __repr__(self) -> str:
        return "<class 'type'>"


TYPE = _Type()
_MEMORY_FILES = (io.StringIO, io.BytesIO)


def class_of(value: Any) -> Any:
    """Return the class of a value; of a class, ``type`` as submissions have it."""
    kind = type(value)
    if kind.__module__ == "_io" and kind not in _MEMORY_FILES:
        return object  # the classes of stdin and stdout open files
    return TYPE if kind is type or kind is Meta or kind is _Type else kind


def _guarded_setattr(value: Any, name: str, new: Any) -> None:
    _require_settable(name)
    setattr(value, name, new)


def _guarded_delattr(value: Any, name: str) -> None:
    _require_settable(name)
    delattr(value, name)


def _require_settable(name: str) -> None:
    if type(name) is not str:
        raise TypeError("attribute name must be string")
    problem = attribute_problem(name)
    if problem:
        raise AttributeError(problem)


def _guarded_hasattr(value: Any, name: str) -> bool:
    try:
        guarded_getattr(value, name)
    except AttributeError:
        return False
    return True


def _guarded_dir(*value: Any) -> list[str]:
    names: Iterable[str] = dir(*value) if value else sys._getframe(1).f_locals  # noqa: SLF001  # the caller's names
    return sorted(name for name in names if not attribute_problem(name))


def _guarded_vars(*value: Any) -> Any:
    if not value:
        return dict(sys._getframe(1).f_locals)  # noqa: SLF001  # the caller's names
    return _guarded(value[0], "__dict__")


def _guarded_locals() -> dict[str, Any]:
    return dict(sys._getframe(1).f_locals)  # noqa: SLF001  # the caller's names


def _guarded_globals() -> dict[str, Any]:
    names = sys._getframe(1).f_globals  # noqa: SLF001  # the caller's names
    return {name: value for name, value in names.items() if not name_problem(name)}


def guarded_open(file: Any, mode: str = "r", *rest: Any, **keywords: Any) -> Any:
    """Open a file in memory, or what a program for judges opens: its own stdin and stdout."""
    if file in {0, "/dev/stdin"} and type(file) in {int, str}:
        return sys.stdin.buffer if "b" in mode else sys.stdin
    if file in {1, "/dev/stdout"} and type(file) in {int, str}:
        return sys.stdout.buffer if "b" in mode else sys.stdout
    return open_file(file, mode, *rest, **keywords)


def guarded_exit(code: Any = None) -> NoReturn:
    """End the program."""
    raise SystemExit(code)


def builtins_for(importer: Callable[..., Any], evaluate: Callable[..., Any]) -> dict[str, Any]:
    """Make the built-in names of a submission.

    Args:
        importer: Serves ``import``.
        evaluate: Serves ``eval``: compiles under the policy.
    """
    given = {name: value for name, value in vars(builtins).items() if name not in _ABSENT}
    return {
        **given,
        "__import__": importer,
        "__build_class__": builtins.__build_class__,
        "__name__": "builtins",
        GUARD: guarded_getattr,
        "getattr": guarded_getattr,
        "setattr": _guarded_setattr,
        "delattr": _guarded_delattr,
        "hasattr": _guarded_hasattr,
        "type": TYPE,
        "dir": _guarded_dir,
        "vars": _guarded_vars,
        "locals": _guarded_locals,
        "globals": _guarded_globals,
        "open": guarded_open,
        "eval": evaluate,
        "exit": guarded_exit,
        "quit": guarded_exit,
    }
