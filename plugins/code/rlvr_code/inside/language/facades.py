"""Modules as submissions have them: their public names, without the modules behind them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.machinery
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rlvr_code.inside.language import idle, loop, threads
from rlvr_code.inside.language.guards import guarded_getattr
from rlvr_code.inside.language.silence import doctest_names, logging_names, warnings_names
from rlvr_code.wire.libraries import LIBRARY_FILES
from rlvr_code.wire.paths import os_names, os_path_names, path_names

# Names that run source, read attributes by text, or reach other modules.
_LEFT_OUT: dict[str, frozenset[str]] = {
    "string": frozenset({"Formatter"}),
    "typing": frozenset({"get_type_hints", "ForwardRef", "evaluate_forward_ref"}),
    "dataclasses": frozenset({"make_dataclass"}),
    "uuid": frozenset({"getnode", "uuid1", "main"}),
    "abc": frozenset({"update_abstractmethods"}),
    "argparse": frozenset({"FileType"}),
}

_ONLY: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "ast": "literal_eval",
        "io": """
            StringIO BytesIO IOBase TextIOWrapper TextIOBase BufferedReader RawIOBase SEEK_SET
            SEEK_CUR SEEK_END UnsupportedOperation
        """,
        "types": """
            SimpleNamespace MappingProxyType MethodType NoneType EllipsisType NotImplementedType
            GenericAlias UnionType LambdaType GeneratorType
        """,
        "codecs": """
            encode decode BOM BOM_BE BOM_LE BOM_UTF8 BOM_UTF16 BOM_UTF16_BE BOM_UTF16_LE BOM_UTF32 BOM_UTF32_BE
            BOM_UTF32_LE
        """,
        "traceback": "format_exc print_exc",
        "xml.etree.ElementTree": """
            Element SubElement Comment QName ParseError XML fromstring fromstringlist tostring tostringlist iselement
            indent
        """,
        "sys": """
            exit maxsize setrecursionlimit getrecursionlimit version version_info float_info int_info
            hash_info byteorder platform getsizeof intern maxunicode set_int_max_str_digits
            get_int_max_str_digits stdin stdout stderr hexversion getrefcount float_repr_style
        """,
    }.items()
}


def _attribute_getter(*names: Any) -> Any:
    def read(value: Any, name: str) -> Any:
        for step in name.split("."):
            value = guarded_getattr(value, step)
        return value

    if len(names) == 1:
        return lambda value: read(value, names[0])
    return lambda value: tuple(read(value, name) for name in names)


def _method_caller(name: Any, /, *arguments: Any, **keywords: Any) -> Any:
    return lambda value: guarded_getattr(value, name)(*arguments, **keywords)


def _update_wrapper(wrapper: Any, wrapped: Any, *_: Any, **__: Any) -> Any:
    """Copy what a wrapper takes over, and never an attribute that the caller names."""
    return functools.update_wrapper(wrapper, wrapped)


def _wraps(wrapped: Any, *_: Any, **__: Any) -> Any:
    return lambda wrapper: _update_wrapper(wrapper, wrapped)


_READ_BYTES = 1 << 16
# Templates for judges read as much at once as ``os.fstat(0)`` says; it is more than any input has.
_STDIN_BYTES = 1 << 30


def _read(descriptor: int, count: int) -> bytes:
    if descriptor != 0:
        raise PermissionError("only stdin is read")
    stdin: Any = sys.__stdin__  # a program may put a reader of its own in the place of ``sys.stdin``
    pieces: list[bytes] = []
    while count > 0 and (piece := stdin.buffer.raw.read(min(count, _READ_BYTES))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _write(descriptor: int, data: bytes) -> int:
    if descriptor not in {1, 2}:
        raise PermissionError("only stdout is written to")
    stream: Any = sys.__stdout__ if descriptor == 1 else sys.__stderr__
    stream.flush()  # what the program has printed comes first
    written = stream.buffer.write(data)
    stream.flush()
    return int(written)


def _stat(descriptor: int) -> Any:
    if descriptor not in {0, 1, 2}:
        raise PermissionError("there are no files")
    return types.SimpleNamespace(st_size=_STDIN_BYTES)


ENVIRON: dict[str, str] = {}
"""The environment of a submission: variables that the tests or itself have set."""


def _os() -> dict[str, Any]:
    return {"linesep": "\n", "sep": "/", "name": "posix", "environ": ENVIRON, "read": _read, "write": _write,
            "fstat": _stat, "getenv": ENVIRON.get, "urandom": os.urandom, **os_names()}  # fmt: skip


def _redirecting(stream: str) -> Callable[[Any], Any]:
    """``redirect_stdout`` and its like, for a stream that no subclass can choose."""

    @contextlib.contextmanager
    def redirected(target: Any) -> Iterator[Any]:
        before = getattr(sys, stream)
        setattr(sys, stream, target)
        try:
            yield target
        finally:
            setattr(sys, stream, before)

    return redirected


_REPLACED: dict[str, Callable[[], Mapping[str, Any]]] = {
    "operator": lambda: {"attrgetter": _attribute_getter, "methodcaller": _method_caller},
    "functools": lambda: {"wraps": _wraps, "update_wrapper": _update_wrapper},
    "contextlib": lambda: {f"redirect_{name}": _redirecting(name) for name in ("stdout", "stderr")},
    "sys": lambda: {"argv": [""], "path": [], "modules": {}, "executable": "", "flags": types.SimpleNamespace()},
}
_WHOLLY_REPLACED: dict[str, Callable[[], Mapping[str, Any]]] = {
    "asyncio": loop.asyncio_names,
    "atexit": idle.atexit_names,
    "doctest": doctest_names,
    "gc": idle.gc_names,
    "pytest": idle.pytest_names,
    "resource": idle.resource_names,
    "timeit": idle.timeit_names,
    "unittest": idle.unittest_names,
    "unittest.mock": idle.mock_names,
    "fileinput": lambda: {"input": lambda *_, **__: iter(sys.stdin)},
    "logging": logging_names,
    "os": _os,
    "os.path": os_path_names,
    "pathlib": path_names,
    "warnings": warnings_names,
    "threading": threads.threading_names,
    "concurrent.futures": threads.futures_names,
}

# ``argparse`` imports a module for the width of a terminal, and with it compressors that each fork would pay for.
_STOOD_IN_FOR = {"argparse": ("shutil", {"get_terminal_size": lambda *_: os.terminal_size((80, 24))})}


def _names_of(module: types.ModuleType) -> Iterator[str]:
    """Return the public names of a module."""
    yield from (name for name in getattr(module, "__all__", None) or vars(module) if not name.startswith("_"))


class Facade(types.ModuleType):
    """A module that keeps its names, and whose own name leads to no other module.

    ``from json import decoder`` would find what ``sys.modules`` has under the module's name and ``decoder``.
    """

    def __init__(self, name: str, names: Mapping[str, Any]) -> None:
        super().__init__(f"<{name}>")
        for attribute in ("__builtins__", "__loader__", "__spec__", "__package__"):
            self.__dict__.pop(attribute, None)
        self.__dict__.update(names)
        self.__dict__["__all__"] = sorted(names)

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__name__ != "<sys>" or name not in _STREAMS:
            raise AttributeError(f"modules are not changed: {name!r}")
        self.__dict__[name] = value
        setattr(sys, name, value)  # where print and input look

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"modules are not changed: {name!r}")


_STREAMS = ("stdin", "stdout", "stderr")


# No part of the standard library: a suite's own list may name it where it is not installed.
_OPTIONAL = frozenset({"sortedcontainers"})

_WITH_FILES = frozenset({"asyncio", "doctest", "fileinput", "logging", "pathlib"})
# Found when they are imported: a submission looks for real ones of them in ``sys.modules``, as signs of a scorer.
_WHEN_IMPORTED = frozenset({"atexit", "pytest", "timeit", "unittest", "unittest.mock"})
# Others of the standard library use locks of the real module.
_WITH_THREADS = frozenset({"threading", "concurrent.futures"})


class _FacadeFinder:
    """Gives import statements some modules."""

    def __init__(self, modules: Mapping[str, types.ModuleType]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:  # noqa: ARG002  # importlib's
        """Find a module."""
        loader: Any = self
        return importlib.machinery.ModuleSpec(name, loader, is_package=True) if name in self._modules else None

    def create_module(self, spec: Any) -> types.ModuleType:
        """Return the names of a module."""
        module = types.ModuleType(spec.name)
        vars(module).update(vars(self._modules[spec.name]), __name__=spec.name)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Run nothing."""


class Facades:
    """The modules of a list, as submissions have them.

    Raises:
        ImportError: One is not installed; ``sortedcontainers`` may be absent.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._facades: dict[str, types.ModuleType] = {}
        for name in modules:
            try:
                self._facades[name] = self._facade(name)
            except ImportError:
                if name not in _OPTIONAL:
                    raise
        for name in list(self._facades):
            self._attach(name)

    def install(self) -> None:
        """Give every import statement the modules without files, and the threads that run at their start."""
        sys.modules.update({name: self._facades[name] for name in _WITH_FILES & self._facades.keys()})
        finder: Any = _FacadeFinder({name: self._facades[name] for name in _WHEN_IMPORTED & self._facades.keys()})
        sys.meta_path.insert(0, finder)
        for name in _WITH_THREADS & self._facades.keys():
            vars(importlib.import_module(name)).update(_WHOLLY_REPLACED[name]())
        # The sandbox refuses the call, and ``os.read`` takes memory for all that it is asked for.
        vars(os).update(fstat=lambda _: types.SimpleNamespace(st_size=_READ_BYTES))

    def __contains__(self, name: str) -> bool:
        return name in self._facades

    def __getitem__(self, name: str) -> types.ModuleType:
        return self._facades[name]

    def add(self, name: str, names: Mapping[str, Any]) -> None:
        """Add a module made of given names."""
        self._facades[name] = Facade(name, names)

    def _facade(self, name: str) -> types.ModuleType:
        if name in _WHOLLY_REPLACED:
            names = dict(_WHOLLY_REPLACED[name]())
        else:
            if name in _STOOD_IN_FOR:
                stand_in, names = _STOOD_IN_FOR[name]
                sys.modules.setdefault(stand_in, Facade(stand_in, names))
            module = importlib.import_module(name)
            only, left_out = _ONLY.get(name), {**_LEFT_OUT, **LIBRARY_FILES}.get(name, frozenset())
            names = {
                each: getattr(module, each)
                for each in _names_of(module)
                if (only is None or each in only) and each not in left_out and hasattr(module, each)
            }
            names = {each: value for each, value in names.items() if not isinstance(value, types.ModuleType)}
            names.update(_REPLACED.get(name, dict)())
        return Facade(name, names)

    def _attach(self, name: str) -> None:
        """Make a module inside a package its attribute."""
        package, _, last = name.rpartition(".")
        if not package:
            return
        if package not in self._facades:
            self._facades[package] = Facade(package, {})
            self._attach(package)
        self._facades[package].__dict__[last] = self._facades[name]

    def imported(self, name: str, names: Any = None, scope: Any = None, wanted: Any = (), level: int = 0) -> Any:  # noqa: ARG002  # what ``import`` gives
        """Serve an ``import`` statement.

        Raises:
            ImportError: The module is not on the list.
        """
        if name.startswith("_") and name != "__future__" and name in sys.modules:
            return sys.modules[name]  # no source says so: C code of the standard library imports it
        if level or name not in self._facades:
            raise ImportError(f"the module {name!r} is not available; a suite may allow it under 'modules'", name=name)
        return self._facades[name] if wanted else self._facades[name.partition(".")[0]]
