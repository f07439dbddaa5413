"""The names that test code sees: its own, helpers for problems of LeetCode, and those of the submission."""

from __future__ import annotations

import ast
import builtins
import functools
import itertools
import marshal
import sys
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rlvr_code.problems.changes import Lines, changed_arguments
from rlvr_code.problems.instrument import CHANGING, EQUAL, IS, SUBTRACT, with_own_operations
from rlvr_code.problems.names import bound_in, data_in, uses_other_parts
from rlvr_code.referee.arrays import equal, subtract
from rlvr_code.referee.changes import changing
from rlvr_code.referee.evaluating import Evaluators
from rlvr_code.referee.extending import super_of_tests
from rlvr_code.referee.references import is_same, is_stand_in, reference_of
from rlvr_code.referee.world import Trust, World
from rlvr_code.trusted.comparing import json_value
from rlvr_code.trusted.compiled import places_of
from rlvr_code.trusted.submission import FailedTestError, Submission
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.nodes import helpers
from rlvr_code.wire.paths import TEMPORARY, Path, open_file
from rlvr_code.wire.values import NODE_PARTS

_OPEN = builtins.open


@functools.lru_cache(maxsize=8)
def parsed(code: str) -> ast.Module:
    """Return the tree of test code, which nobody may change; several parts of a referee look at it."""
    return ast.parse(code)


class Names(dict[str, Any]):
    """Globals of test code: what it does not define itself, the submission does.

    Data that the tests have forgotten to define is an error of theirs, whatever the submission calls so.
    """

    def __init__(self, world: World, name: str, texts: Sequence[str] = ()) -> None:
        super().__init__({name: _verified(world, name, each) for name, each in helpers().items()})
        self._world = world
        self._texts = texts
        self._absent: set[str] = set()
        # Where a context manager may swallow an exception; whether the block asks nothing of the submission.
        self.blocks: dict[tuple[str, int], bool] = {}
        self.texts: dict[str, str] = {}  # of test code, by the file name in its traces
        self["__name__"] = name
        self["__builtins__"] = _BUILTINS
        _BUILTINS.update({**_USUAL, **Evaluators(world, texts).builtins()})
        sys.modules[name] = types.ModuleType(name)  # dataclasses look for the module of a class

    def give(self, code: str, taken: Collection[str]) -> None:
        """Run the code that the problem gives to the tests.

        A name that an ``import *`` of this code binds is the submission's, if it is one that the tests take.
        A library that is not installed gives no names; the submission does not give them either.
        """
        by_star: set[str] = set()
        for statement in ast.parse(code).body:
            before = set(self)
            try:
                run(ast.Module([statement], []), "<given>", self, code)
            except ImportError:
                self._absent |= bound_in([statement])
                continue
            by_star -= bound_in([statement])
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                by_star |= self.keys() - before
        for name in by_star.intersection(taken):
            del self[name]

    @functools.cached_property
    def functions(self) -> dict[str, ast.AST]:
        """The functions that test code defines, by name."""
        found: dict[str, ast.AST] = {}
        for node in (each for text in self._texts for each in ast.walk(parsed(text))):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found[name] = node
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                    found[name] = node
        return found

    def __missing__(self, name: str) -> Any:
        if name in vars(builtins) or name.startswith("__") or name in self._absent:
            raise KeyError(name)
        if len(name) > 1 and name.isupper() and self._is_forgotten(name):
            raise KeyError(name)
        try:
            value = self._world.name(name)
        except LookupError:
            raise KeyError(name) from None
        if not _is_function_or_class(value) and self._is_forgotten(name):
            raise KeyError(name)
        self[name] = value
        return value

    def _is_forgotten(self, name: str) -> bool:
        texts = [each for each in self._texts if name in each]
        # Most tests only call what they take from the submission, and need not be parsed once more.
        return any(_may_read(each, name) for each in texts) and name in data_in([parsed(each) for each in texts])

    def compared_names(self, where: str, line: int) -> frozenset[str]:
        """Return the arguments in a line of test code whose changes the tests only compare with independent values."""
        return _compared(self.texts.get(where, "")).get(line, frozenset())


def _is_function_or_class(value: Any) -> bool:
    is_class = is_stand_in(value) and reference_of(value).kind == "c"
    return is_class or isinstance(value, type | types.FunctionType | types.MethodType | types.BuiltinFunctionType)


def _may_read(text: str, name: str) -> bool:
    """Return True if a text contains a name in another place than before a parenthesis or a dot."""
    for before, after in itertools.pairwise(text.split(name)):
        is_part = any(each and f"_{each}".isidentifier() for each in (before[-1:], after[:1]))
        if not is_part and after[:1] not in {"(", "."}:
            return True
    return False


@functools.lru_cache(maxsize=8)
def _compared(code: str) -> Lines:
    return changed_arguments(parsed(code))


class ModuleView(types.ModuleType):
    """The module of the tests, as ``setup_module(module)`` has it: its attributes are the names of the tests."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__("tests")
        self.__dict__["_names"] = names

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_names"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["_names"][name] = value


def _open(file: Any, *arguments: Any, **keywords: Any) -> Any:
    """Open a file; in memory, if it is in a folder that ``tmp_path`` gave."""
    in_memory = isinstance(file, Path) or (isinstance(file, str) and file.startswith(TEMPORARY))
    return open_file(file, *arguments, **keywords) if in_memory else _OPEN(file, *arguments, **keywords)


_USUAL = {
    "__import__": builtins.__import__,
    "open": _open,
    "super": super_of_tests,
    IS: is_same,
    EQUAL: equal,
    SUBTRACT: subtract,
    CHANGING: changing,
}
# Made once, in the zygote: each referee would copy a hundred pages of objects that it only refers to.
_BUILTINS = {**vars(builtins), **_USUAL}


def _verified(world: World, name: str, helper: Any) -> Any:
    """Return a helper of ours; a submission that brings its own must agree with it."""
    if isinstance(helper, type):
        return helper

    def verified(*arguments: Any) -> Any:
        ours = helper(*arguments)
        try:
            theirs = world.name(name)(*arguments)
        except LookupError:
            return ours
        if json_value(ours) != json_value(theirs):
            raise AssertionError(f"the submission's own {name} answers otherwise")
        return ours

    return verified


def world_of_job(submission: Submission, job: dict[str, Any], trust: Trust) -> tuple[World, Names]:
    """Make the names of test code afresh, with the code that the problem gives to it."""
    world = World(submission, trust)
    texts = (job["setup"], *job["code"])
    names = Names(world, "tests", (job["given"], *texts))
    for name, parts in NODE_PARTS.items():
        if any(name in each for each in texts) and uses_other_parts([parsed(each) for each in texts], name, parts):
            del names[name]  # the submission's class has the name of a helper
    if job["given"]:
        names.give(job["given"], job["taken"])
    return world, names


def prepare(submission: Submission, job: dict[str, Any], trust: Trust) -> tuple[World, Names]:
    """Make the names of test code afresh, and run its setup."""
    world, names = world_of_job(submission, job, trust)
    entry = job["entry"]

    def candidate(*arguments: Any, **keywords: Any) -> Any:
        return world.call(entry, arguments, keywords)

    if entry:
        candidate.__name__ = candidate.__qualname__ = entry
        given = _class_of(world, entry) or candidate
        names["candidate"] = given
        if entry.isidentifier():
            names[entry] = given
    if job["setup"]:
        run(job["setup"], "<setup>", names)
    return world, names


def _class_of(world: World, entry: str) -> Any:
    """Return the class of the submission that tests call ``entry``; None if it is a function, or absent."""
    if not (entry.isidentifier() and entry[0].isupper()):
        return None
    try:
        found = world.name(entry)
    except (LookupError, FailedTestError):
        return None  # the first call tells why
    return found if is_stand_in(found) and reference_of(found).kind == "c" else None


_COMPILED: dict[tuple[str, str], types.CodeType] = {}
"""The code objects that came with the job, by the file name and the text."""


def take_compiled(job: dict[str, Any]) -> None:
    """Take the code objects of a job's test code."""
    if job["compiled"]:
        places = places_of(ScriptStyle(job["style"]), job["code"], job["tests"])
        _COMPILED.update(zip(places, marshal.loads(job["compiled"]), strict=True))  # noqa: S302  # the scorer's own


def is_compiled(where: str, text: str) -> bool:
    """Return True if the code object of a text came with the job."""
    return (where, text) in _COMPILED


def run(code: str | ast.Module, where: str, names: dict[str, Any], text: str = "with") -> None:
    """Run test code with its names.

    Args:
        code: The code.
        where: The file name in its traces.
        names: Its global names.
        text: The text that a tree was read from.

    Raises:
        SyntaxError: It is not Python.
    """
    text = code if isinstance(code, str) else text
    if isinstance(names, Names):
        names.texts[where] = text
    if isinstance(names, Names) and "with" in text:
        code = parsed(code) if isinstance(code, str) else code
        for line, is_independent in _blocks_that_may_end_early(code, names.functions):
            names.blocks[where, line] = is_independent
    # A text is compiled without a tree of Python objects, which each referee would make anew.
    known = _COMPILED.get((where, text))
    if known is None and isinstance(names, Names):
        code = with_own_operations(code, text)
    exec(known or compile(code, where, "exec", dont_inherit=True), names)  # noqa: S102  # tests are as trusted as the suite


def _blocks_that_may_end_early(tree: ast.Module, functions: Mapping[str, ast.AST]) -> Iterator[tuple[int, bool]]:
    """Yield the lines of ``with`` statements in which a swallowed exception skips no assertion.

    Their body is one statement, which asserts nothing: tests of a context manager that swallows exceptions have such.
    ``functions`` are those of the tests.
    The second part says whether the statement, such as ``1 / 0``, has no names but builtins.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.AsyncWith) and len(node.body) == 1:
            statement = node.body[0]
            if isinstance(statement, ast.Expr | ast.Raise | ast.Assign) and not _may_assert(statement, functions):
                yield node.lineno, _has_builtin_names(statement)


def _may_assert(statement: ast.stmt, functions: Mapping[str, ast.AST]) -> bool:
    """Return True if a statement asserts something, or a function of the tests may do so with what it is given."""
    if "assert" in ast.unparse(statement):
        return True
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)):
                given = [*node.args, *node.keywords]
            case _:
                continue
        function = functions.get(name)
        if function and ("assert" in ast.unparse(function) or not all(map(_has_builtin_names, given))):
            return True
    return False


def _has_builtin_names(tree: ast.AST) -> bool:
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} <= vars(builtins).keys()
