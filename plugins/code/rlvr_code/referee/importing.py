"""The submission as a module that test code imports."""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import sys
import types
from collections.abc import Callable, Collection
from typing import Any

from rlvr_code.problems.libraries import LIBRARIES
from rlvr_code.problems.names import bound_at_the_top
from rlvr_code.referee.names import Names, parsed
from rlvr_code.referee.world import World

# A test runner acts on these names of a module of tests: no ``import *`` takes them from the submission.
_RUNNER_NAMES = frozenset(
    """
    load_tests pytestmark pytest_plugins setUpModule tearDownModule setup_function setup_module teardown_function
    teardown_module
    """.split()
)


def importer_for(world: World, names: Names, module: str, code: str) -> Callable[..., Any]:
    """Return an ``import`` for test code that finds the submission under its module's name.

    ``importlib.import_module``, ``mock.patch`` and ``monkeypatch`` find it too, where no library has this name.
    """
    tree = parsed(code)
    own = bound_at_the_top(tree) | vars(builtins).keys() | names.keys() | _RUNNER_NAMES
    _Finder(world, own, {module} if module else _imported_in(tree)).install()

    def importer(name: str, *rest: Any, **keywords: Any) -> Any:
        if name == module:  # also where a library has this name
            return _SubmissionModule(world, name, own)
        return builtins.__import__(name, *rest, **keywords)

    return importer


def _imported_in(tree: ast.Module) -> set[str]:
    """Return the modules that test code imports, by a statement or by ``import_module``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(each.name for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                found.add(module)
    return found


class _Finder:
    """Finds the submission for code that imports by name, behind all libraries.

    It is no subclass of ``importlib.abc``, whose import brings modules for archives: each referee would pay for them.
    """

    def __init__(self, world: World, taken: Collection[str], modules: Collection[str]) -> None:
        self._world = world
        self._taken = taken
        self._modules = {name for name in modules if name.split(".", maxsplit=1)[0] not in LIBRARIES}

    def install(self) -> None:
        """Take the place of the finder before, and of what it found."""
        sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _Finder)] + [self]
        for name in [name for name, each in sys.modules.items() if isinstance(each, _SubmissionModule)]:
            del sys.modules[name]

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:  # noqa: ARG002  # importlib's
        """Find the submission, and the packages that its module is in."""
        if not any(name == fullname or name.startswith(f"{fullname}.") for name in self._modules):
            return None
        loader: Any = self
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=fullname not in self._modules)

    def create_module(self, spec: Any) -> types.ModuleType:
        """Return the submission as a module."""
        return _SubmissionModule(self._world, spec.name, self._taken)

    def exec_module(self, module: types.ModuleType) -> None:
        """Run nothing: the submission runs in its own process."""


class _SubmissionModule(types.ModuleType):
    """The submission as a module.

    ``import *`` takes what the submission defines itself, except for names that the tests have: builtins, imports,
    helpers and constants.
    """

    def __init__(self, world: World, name: str, taken: Collection[str]) -> None:
        super().__init__(name)
        self.__dict__["_world"] = world
        self.__dict__["_taken"] = taken

    def __getattr__(self, name: str) -> Any:
        world: World = self.__dict__["_world"]
        if name == "__all__":
            names = (each for each in world.public_names() if not each.startswith("_"))
            return [each for each in names if each not in self.__dict__["_taken"]]
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return world.name(name)
        except LookupError:
            raise AttributeError(f"the submission defines no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") or isinstance(value, _SubmissionModule):  # importlib's
            self.__dict__[name] = value
        else:
            self.__dict__["_world"].bind(name, value)

    def __delattr__(self, name: str) -> None:
        try:
            self.__dict__["_world"].unbind(name)
        except LookupError:
            raise AttributeError(f"the submission defines no {name!r}") from None
