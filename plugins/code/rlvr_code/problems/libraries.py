"""Names in test code that are a library's: no submission serves them, also where the tests forgot their import."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence

from rlvr_code.problems.names import bound_in, called_in, uses_other_parts

LIBRARIES = frozenset(
    """
    attr attrs bs4 dateutil freezegun hypothesis joblib lxml matplotlib mock more_itertools networkx nose numba numpy
    pandas parameterized pydantic pytest requests scipy seaborn six sklearn sortedcontainers statsmodels sympy
    tensorflow torch tqdm yaml
    """.split()
)
"""Libraries that tests import; the name of no submission."""

OWN_FIXTURES = frozenset({"caplog", "capfd", "capsys", "monkeypatch", "request", "tmp_path"})
"""Fixtures of pytest itself that tests of submissions have."""

# Modules that tests name without an import, before a dot.
_MODULES = frozenset(
    """
    asyncio bisect cmath collections contextlib copy dataclasses datetime decimal enum fractions functools heapq inspect
    io itertools json math operator os random re statistics string struct sys textwrap threading time types typing
    unittest warnings numpy pandas pytest scipy sympy
    """.split()
)
_ALIASES = {"np": "numpy", "pd": "pandas", "mock": "unittest.mock"}
# Names that tests use without an import, and that are no task for a submission.
_NAMES = {
    name: module
    for module, names in {
        "collections": "Counter OrderedDict defaultdict deque namedtuple",
        "contextlib": "redirect_stdout suppress",
        "copy": "deepcopy",
        "datetime": "datetime timedelta",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "functools": "partial reduce",
        "io": "BytesIO StringIO",
        "math": "inf isclose isinf isnan nan",
        "numpy.testing": "assert_allclose assert_almost_equal assert_array_almost_equal assert_array_equal",
        "pytest": "approx raises",
        "unittest": "TestCase",
        "unittest.mock": "MagicMock Mock patch",
    }.items()
    for name in names.split()
}
# Those whose classes a task may ask for under the same name, such as a ``Counter`` with ``increment``.
_MODULES_OF_CLASSES = frozenset({"collections", "datetime", "decimal", "fractions", "io"})
# Names that may be a task for a submission; they are a function's of this module where they take what one returns.
_FUNCTIONS = {
    name: module
    for module, names in {
        "math": "ceil comb cos degrees dist exp fabs factorial floor fsum gcd hypot isqrt lcm log log10 log2 perm pow "
        "prod radians sin sqrt tan trunc",
        "itertools": "accumulate chain combinations count cycle groupby islice permutations product repeat starmap "
        "takewhile zip_longest",
        "operator": "itemgetter attrgetter methodcaller",
        "statistics": "fmean mean median mode stdev variance",
        "string": "ascii_letters ascii_lowercase ascii_uppercase digits",
    }.items()
    for name in names.split()
}  # fmt: skip


def forgotten_imports(trees: Sequence[ast.AST], taken: set[str]) -> str:
    """Return import statements for the libraries that test code uses without an import.

    Args:
        trees: The test code, with its setup and the code that the problem gives to it.
        taken: The names that the tests take from the submission; empty if the problem does not say.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    bound = bound_in(trees) | vars(builtins).keys() | taken
    loaded = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} - bound
    before_dots = {
        node.value.id for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    lines = [f"import {name}" for name in loaded & before_dots & _MODULES]
    lines += [f"import {_ALIASES[name]} as {name}" for name in loaded & before_dots & _ALIASES.keys()]
    known = {name for name in loaded & _NAMES.keys() if not _is_another_class(trees, name)}
    lines += [f"from {_NAMES[name]} import {name}" for name in known]
    functions = loaded & _FUNCTIONS.keys()
    targets = taken or called_in(trees) - bound - functions - _NAMES.keys()
    served = functions if taken else {name for name in functions if _only_takes_results(nodes, name, targets)}
    lines += [f"from {_FUNCTIONS[name]} import {name}" for name in served]
    return "\n".join(sorted(lines))


def _is_another_class(trees: Sequence[ast.AST], name: str) -> bool:
    """Return True if test code makes objects of a class of this name, and uses what the library's class lacks."""
    if _NAMES[name] not in _MODULES_OF_CLASSES:
        return False
    found = getattr(importlib.import_module(_NAMES[name]), name)
    return isinstance(found, type) and uses_other_parts(trees, name, dir(found), is_keyword_part=False)


def _only_takes_results(nodes: Sequence[ast.AST], name: str, targets: set[str]) -> bool:
    """Return True if each call of a name has a call of a target among its arguments."""
    calls = [node for node in nodes if isinstance(node, ast.Call) and _is_name(node.func, {name})]
    return bool(calls) and all(
        any(
            isinstance(each, ast.Call) and _is_name(each.func, targets)
            for part in _given(call)
            for each in ast.walk(part)
        )
        for call in calls
    )


def _given(call: ast.Call) -> Iterator[ast.AST]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _is_name(expression: ast.expr, names: set[str]) -> bool:
    return isinstance(expression, ast.Name) and expression.id in names


def absent_library(trees: Sequence[ast.Module]) -> str | None:
    """Return a library that test code imports, and that is not installed; None if there is none.

    An import in a ``try`` may fail; the tests then do without.
    """
    for statement in (each for tree in trees for each in tree.body):
        if isinstance(statement, ast.Import):
            names = [each.name for each in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names = [statement.module or ""]
        else:
            continue
        for name in names:
            root = name.split(".", maxsplit=1)[0]
            if root in LIBRARIES and not is_installed(root):
                return root
    return None


def is_installed(module: str) -> bool:
    """Return True if a module can be imported here."""
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
