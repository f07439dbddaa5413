"""The tests of a test module: their names, the ones that are left out, and the ones that a referee cannot run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from rlvr_code.problems.fields import ProblemError, parsed_python
from rlvr_code.problems.libraries import LIBRARIES, OWN_FIXTURES, is_installed
from rlvr_code.problems.names import bound_in, called_in

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# A test with one of these decorators never runs. Conditional skips are decided when the tests run, and are failures.
_SKIPS = frozenset({"skip", "unittest.skip", "pytest.mark.skip", "mark.skip"})
# Test modules end with these calls when they are run as programs.
_RUNNERS = frozenset({"unittest.main", "pytest.main"})
OTHER_MODULES = sys.stdlib_module_names | LIBRARIES


class TestModule(NamedTuple):
    """The code of a test module, the names of its tests, and the names that it takes from the submission."""

    code: str
    tests: tuple[str, ...]
    taken: tuple[str, ...]


def test_module_of(code: str, module: str) -> TestModule:
    """Read a test module; tests that are skipped without a condition are removed from its code.

    Raises:
        ProblemError: The code is not Python, contains no test, or contains a test that cannot run, such as one with a
            fixture that does not exist.
    """
    tree = parsed_python(code, "code")
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
    _refuse_unknown_fixtures(tree, tests)
    tree.body = kept
    return TestModule(ast.unparse(tree) if removed else code, tuple(tests), tuple(sorted(_taken_from(tree, module))))


def _taken_from(tree: ast.Module, module: str) -> set[str]:
    """Return the names that test code imports from the submission, or else calls without defining them."""
    imported = imported_from(tree, module)
    return imported if imported and "*" not in imported else (imported | called_in([tree])) - bound_in([tree])


def imported_from(tree: ast.Module, module: str) -> set[str]:
    """Return the names that test code takes from a module; from every module that is no library if it has no name."""

    def is_submission(name: str | None) -> bool:
        return name == module if module else name is not None and name.split(".")[0] not in OTHER_MODULES

    modules: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and is_submission(node.module):
            names.update(each.name for each in node.names)
        elif isinstance(node, ast.Import):
            modules.update(each.asname or each.name for each in node.names if is_submission(each.name))
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return names | {node.attr for node in attributes if _dotted(node.value) in modules}


def refuse_unknown_modules(tree: ast.Module, module: str) -> None:
    """Refuse test code that imports a module which is neither installed nor the submission.

    A submission must not serve the names of another module, such as the expected values in ``cases.py``.

    Raises:
        ProblemError: There is such a module, or several that may be the submission.
    """
    unknown: set[str] = set()
    for each in tree.body:
        if isinstance(each, ast.Import):
            unknown.update(alias.name.split(".")[0] for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
            unknown.add(each.module.split(".")[0])
    unknown = {name for name in unknown - OTHER_MODULES - {module.split(".", maxsplit=1)[0]} if not is_installed(name)}
    if module and unknown:
        raise ProblemError(f"the tests import {min(unknown)!r}, which is not installed; the submission is {module!r}")
    if len(unknown) > 1:
        names = ", ".join(sorted(unknown))
        raise ProblemError(f"the tests import {names}, which are not installed; name the submission's in 'module'")


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


def _refuse_unknown_fixtures(tree: ast.Module, tests: dict[str, _Function]) -> None:
    """Refuse a test function that needs a fixture which does not exist here.

    Raises:
        ProblemError: The function has a parameter that no fixture and no mark of the module provides.
    """
    known = OWN_FIXTURES | _provided_names(tree)
    cases = {each.name for each in tree.body if isinstance(each, ast.ClassDef) and each.bases}
    for name, test in tests.items():
        owner = name.rpartition(".")[0]
        is_static = any(_dotted(each) == "staticmethod" for each in test.decorator_list)
        others = [each for each in test.decorator_list if "mark." not in ast.unparse(each)]
        if owner in cases or (others and not is_static):
            continue  # decorators, such as ``patch``, pass arguments
        given = [*test.args.posonlyargs, *test.args.args][1 if owner and not is_static else 0 :]
        needed = given[: len(given) - len(test.args.defaults)]
        missing = [each.arg for each in needed if each.arg not in known]
        if missing:
            raise ProblemError(
                f"{name!r} needs the fixture {missing[0]!r}, which the tests do not define; "
                f"of pytest's own, tests have {', '.join(sorted(OWN_FIXTURES))}"
            )


def _provided_names(tree: ast.Module) -> set[str]:
    """Return the names of a module's fixtures, and all texts in its marks and decorators, which may name arguments."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and any("fixture" in ast.unparse(each) for each in node.decorator_list):
            names.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.update(each.strip() for each in node.value.split(","))
        elif isinstance(node, ast.Assign):  # ``one = pytest.fixture(make_one)``
            names.update(each.id for each in node.targets if isinstance(each, ast.Name))
    return names


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without the bodies of the functions and classes in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _dotted(expression: ast.expr) -> str:
    """Return ``a.b.c`` for such an expression, and "" for others."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(names)]) if isinstance(expression, ast.Name) else ""
