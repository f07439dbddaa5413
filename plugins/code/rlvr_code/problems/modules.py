"""The tests of a test module: their names, the ones that are left out, and the ones that a referee cannot run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from rlvr_code.problems.fields import ProblemError, parsed_python
from rlvr_code.problems.names import bound_in, called_in

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# A test with one of these decorators never runs. Conditional skips are decided when the tests run, and are failures.
_SKIPS = frozenset({"skip", "unittest.skip", "pytest.mark.skip", "mark.skip"})
# Test modules end with these calls when they are run as programs.
_RUNNERS = frozenset({"unittest.main", "pytest.main"})
_OTHER_MODULES = sys.stdlib_module_names | {"pytest", "numpy", "pandas", "hypothesis"}


class TestModule(NamedTuple):
    """The code of a test module, the names of its tests, and the names that it takes from the submission."""

    code: str
    tests: tuple[str, ...]
    taken: tuple[str, ...]


def test_module_of(code: str, module: str) -> TestModule:
    """Read a test module; tests that are skipped without a condition are removed from its code.

    Raises:
        ProblemError: The code is not Python, contains no test, or contains a test that cannot run.
    """
    tree = parsed_python(code, "code")
    refuse_foreign_coroutines([tree])
    body = [each for each in tree.body if not _is_runner(each)]
    kept = [each for each in body if not (isinstance(each, _FUNCTIONS) and _is_test(each) and _is_skipped(each))]
    removed = len(tree.body) - len(kept)
    tests: dict[str, _Function] = {}
    for each in kept:
        if isinstance(each, _FUNCTIONS) and _is_test(each):
            tests[each.name] = each
        elif isinstance(each, ast.ClassDef) and (each.bases or each.name.startswith("Test")):
            removed += _remove_skipped(each)
            methods = (method for method in each.body if isinstance(method, _FUNCTIONS) and _is_test(method))
            tests.update((f"{each.name}.{method.name}", method) for method in methods)
    if not tests:
        raise ProblemError(
            "'code' contains no test that runs; expected methods 'test...' of test cases, or functions 'test_...'"
        )
    for name, test in tests.items():
        refuse_yielded_values(test, name)
    tree.body = kept
    return TestModule(ast.unparse(tree) if removed else code, tuple(tests), tuple(sorted(_taken_from(tree, module))))


def _taken_from(tree: ast.Module, module: str) -> set[str]:
    """Return the names that test code imports from the submission, or else calls without defining them."""
    imported = set(_imported_from(tree, module))
    return imported if imported and "*" not in imported else (imported | called_in([tree])) - bound_in([tree])


def _imported_from(tree: ast.Module, module: str) -> Iterator[str]:
    """Yield the names that test code takes from a module; from every module of others if it has no name."""

    def is_submission(name: str | None) -> bool:
        return name == module if module else name is not None and name.split(".")[0] not in _OTHER_MODULES

    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and is_submission(node.module):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Import):
            modules.update(each.asname or each.name for each in node.names if is_submission(each.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node.value) in modules:
            yield node.attr


def _is_test(function: _Function) -> bool:
    return function.name.startswith("test")


def _is_skipped(item: _Function | ast.ClassDef) -> bool:
    names = (_dotted(each.func if isinstance(each, ast.Call) else each) for each in item.decorator_list)
    return any(name in _SKIPS for name in names)


def _remove_skipped(owner: ast.ClassDef) -> int:
    """Remove the skipped tests of a class, and return how many; others may derive from the class, so it stays."""
    everything = _is_skipped(owner)
    removed = [
        each
        for each in owner.body
        if isinstance(each, _FUNCTIONS) and _is_test(each) and (everything or _is_skipped(each))
    ]
    owner.body = [each for each in owner.body if each not in removed] or [ast.Pass()]
    return len(removed)


def _is_runner(statement: ast.stmt) -> bool:
    """Return True for ``unittest.main()``, also as the argument of ``sys.exit``."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    call = statement.value
    if _dotted(call.func) in {"sys.exit", "exit"} and call.args and isinstance(call.args[0], ast.Call):
        call = call.args[0]
    return _dotted(call.func) in _RUNNERS


def refuse_yielded_values(test: _Function, name: str) -> None:
    """Refuse a generator that yields values: each may be a test, which nothing runs.

    Raises:
        ProblemError: The function's own body contains a ``yield`` with a value, or a ``yield from``.
    """
    for each in _own_nodes(test):
        if isinstance(each, ast.YieldFrom) or (isinstance(each, ast.Yield) and each.value is not None):
            raise ProblemError(f"{name!r} yields a value, which is not tested; write it as several tests")


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without the bodies of the functions and classes in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def refuse_foreign_coroutines(trees: Sequence[ast.AST]) -> None:
    """Refuse test code that awaits what a submission returns: it runs in another process, without an event loop.

    Raises:
        ProblemError: A coroutine is awaited that is neither ``asyncio.sleep`` nor a function of the test code.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    own = {node.name for node in nodes if isinstance(node, ast.AsyncFunctionDef)}
    for node in nodes:
        awaited: ast.expr | None = None
        match node:
            case ast.Await(value=value):
                awaited = value
            case ast.Call(func=function, args=[first, *_]) if _dotted(function) == "asyncio.run":
                awaited = first
            case ast.AsyncFor(iter=value) | ast.comprehension(iter=value, is_async=1):
                awaited = value
            case ast.AsyncWith(items=[ast.withitem(context_expr=value), *_]):
                awaited = value
            case _:
                continue
        if not _is_own_coroutine(awaited, own):
            raise ProblemError(
                f"the tests await {ast.unparse(awaited)[:80]!r}; they can only await coroutines that they define"
            )


def _is_own_coroutine(awaited: ast.expr, own: set[str]) -> bool:
    name = _dotted(awaited.func) if isinstance(awaited, ast.Call) else ""
    return name == "asyncio.sleep" or name.removeprefix("self.") in own


def _dotted(expression: ast.expr) -> str:
    """Return ``a.b.c`` for such an expression, and "" for others."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(names)]) if isinstance(expression, ast.Name) else ""
