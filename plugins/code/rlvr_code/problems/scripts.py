"""Tests that are Python: assert statements, a ``check`` function, test cases.

What is plainly a call with literals compared with a literal becomes a call, judged without running test code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from rlvr_code.problems.fields import Fields, ProblemError, items, parsed_python, text
from rlvr_code.problems.given import given_to_tests, joined
from rlvr_code.problems.instrument import fails_otherwise, instrumented, is_true_constant
from rlvr_code.problems.libraries import absent_library, forgotten_imports
from rlvr_code.problems.modules import imported_from, refuse_unknown_modules, refuse_yielded_values, test_module_of
from rlvr_code.problems.names import bound_in, called_in
from rlvr_code.problems.problem import Call, Problem, Script, root_name
from rlvr_code.wire.choices import ScriptStyle

_NOTHING = object()

# What a prompt without a task consists of.
_CONTEXT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
# The fields in which data sets write assert statements.
ASSERT_FIELDS = ("asserts", "test_list", "assert_case")


def asserts_problem(fields: Fields) -> Problem:
    """Read ``{asserts: [statement, ...], entry_point?, setup?}``."""
    name = next((each for each in ASSERT_FIELDS if each in fields), ASSERT_FIELDS[0])
    setup, entry = text(fields, "setup", text(fields, "test_setup_code", "")), text(fields, "entry_point", "")
    calls: list[Call] = []
    scripted: list[tuple[str, str]] = []
    trees: list[ast.Module] = []
    for position, statement in enumerate(items(fields, name)):
        if not isinstance(statement, str):
            raise ProblemError(f"{name}[{position}] is a {type(statement).__name__}; expected an assert statement")
        test = f"assert {position + 1}"
        tree = parsed_python(statement, f"{name}[{position}]")
        trees.append(tree)
        call = _call_of(tree, test, "") if not setup else None
        if call is not None:
            calls.append(call)
        else:
            scripted.append((test, statement))
    imports = _test_imports(fields)
    code = [parsed_python(each, "'setup' or 'test_imports'") for each in (imports, setup)]
    forgotten = _forgotten([*code, *trees], {entry} if entry else set())
    script = Script(
        style=ScriptStyle.ASSERTS,
        given=joined(imports, forgotten),
        setup=setup,
        code=tuple(statement for _, statement in scripted),
        entry=entry,
        tests=tuple(test for test, _ in scripted),
    )
    code = [*code, ast.parse(forgotten), *(ast.parse(statement) for _, statement in scripted)]
    called = {call.entry for call in calls} | (called_in(code[3:]) - bound_in([code[0], code[2]]))
    entry = entry or (next(iter(called)) if len(called) == 1 else "")
    taken = tuple(sorted({root_name(each) for each in called | called_in(code)} - bound_in(code)))
    return Problem(
        calls=tuple(calls),
        script=msgspec.structs.replace(script, taken=() if script.entry else taken) if scripted else None,
        entry=entry,
        called=() if entry else taken,
        prelude=imports,
    )


def _test_imports(fields: Fields) -> str:
    """Read ``test_imports``: import statements, for the tests and for the submission."""
    given = fields.get("test_imports") or []
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ProblemError("'test_imports' must be a list of import statements")
    return "\n".join(given)


def _forgotten(trees: Sequence[ast.Module], taken: set[str]) -> str:
    """Return the imports that test code has forgotten.

    Raises:
        ProblemError: The tests need a library that is not installed.
    """
    forgotten = forgotten_imports(trees, taken)
    absent = absent_library([*trees, ast.parse(forgotten)])
    if absent is not None:
        raise ProblemError(f"the tests need {absent!r}, which is not installed here")
    return forgotten


def check_problem(fields: Fields) -> Problem:
    """Read ``{check: "def check(candidate): ...", entry_point, setup?, prompt?}``."""
    code = text(fields, "check") if "check" in fields else text(fields, "test")
    entry, setup = text(fields, "entry_point"), text(fields, "setup", "")
    tree = parsed_python(code, "check")
    prompt = text(fields, "prompt", "")
    context = context_of(prompt, entry)
    given = given_to_tests(context)
    forgotten = _forgotten([parsed_python(each, "setup") for each in (given, setup)] + [tree], {root_name(entry)})
    calls = None if setup else _check_calls(tree, entry)
    if calls is not None:
        return Problem(calls=calls, entry=entry, prompt=prompt, context=context)
    functions = (each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    checks = [each for each in functions if each.name == "check"]
    if not checks:
        raise ProblemError("'check' defines no function 'check'")
    refuse_yielded_values(checks[-1], "check")
    _, count = instrumented(code)
    if not count and not fails_otherwise(tree):
        raise ProblemError("'check' asserts nothing about the candidate")
    tests = tuple(f"assert {number + 1}" for number in range(count)) or ("check",)
    script = Script(
        style=ScriptStyle.CHECK,
        given=joined(given, forgotten),
        setup=setup,
        code=(code,),
        entry=entry,
        tests=tests,
    )
    return Problem(script=script, entry=entry, prompt=prompt, context=context)


def context_of(prompt: str, entry: str) -> str:
    """Return the code of a prompt before the definition of the entry; "" if that is not Python, but a task in words.

    A prompt that does not define the entry, such as LeetCode's imports and helpers, is all context.
    """
    name = re.escape(root_name(entry))
    found = re.search(rf"^(?:@.*\n)*(?:async[ \t]+)?(?:def|class)[ \t]+{name}\b", prompt, re.MULTILINE)
    try:
        context = (prompt[: found.start()] if found else prompt).strip()
        body = ast.parse(context).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return context if body and (found or all(isinstance(each, _CONTEXT) for each in body)) else ""


def unittest_problem(fields: Fields) -> Problem:
    """Read ``{code: test cases or test functions, module?, setup?, entry_point?, prompt?}``."""
    code, setup = text(fields, "code"), text(fields, "setup", "")
    module = text(fields, "module", "")
    found = test_module_of(code, module)
    entry, prompt = text(fields, "entry_point", ""), text(fields, "prompt", "")
    context = context_of(prompt, entry) if entry else ""
    tree = ast.parse(code)
    if "sys.modules" not in code:  # tests may put modules there
        refuse_unknown_modules(tree, module)
    explicit = set() if "*" in imported_from(tree, module) else set(found.taken)
    given = given_to_tests(context)
    known = [parsed_python(each, "setup") for each in (given, setup, found.code)]
    script = Script(
        style=ScriptStyle.UNITTEST,
        given=joined(given, _forgotten(known, {root_name(entry)} if entry else explicit)),
        setup=setup,
        code=(found.code,),
        module=module,
        taken=(root_name(entry),) if entry else found.taken,
        tests=found.tests,
    )
    if entry and prompt:
        return Problem(script=script, entry=entry, prompt=prompt, context=context)
    return Problem(script=script, called=found.taken)


def _check_calls(tree: ast.Module, entry: str) -> tuple[Call, ...] | None:
    """Return the calls of a ``check`` function that does nothing else; None if it does."""
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    others = [each for each in tree.body if not isinstance(each, ast.FunctionDef) and not _is_inert(each)]
    if len(functions) != 1 or functions[0].name != "check" or others or len(functions[0].args.args) != 1:
        return None
    candidate = functions[0].args.args[0].arg
    calls: list[Call] = []
    for statement in functions[0].body:
        if _is_inert(statement):
            continue
        call = _call_in(statement, f"assert {len(calls) + 1}", {candidate: entry, entry: entry})
        if call is None:
            return None
        calls.append(call)
    return tuple(calls) or None


def _is_inert(statement: ast.stmt) -> bool:
    """Return True for a statement that tests nothing: a docstring, a literal in a name, ``pass``, ``assert True``."""
    if isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    ):
        return True
    if isinstance(statement, ast.Assign):
        return _literal(statement.value) is not _NOTHING and all(
            isinstance(each, ast.Name) for each in statement.targets
        )
    return isinstance(statement, ast.Assert) and is_true_constant(statement.test)


def _call_of(tree: ast.Module, test: str, entry: str) -> Call | None:
    if len(tree.body) != 1:
        return None
    return _call_in(tree.body[0], test, {entry: entry} if entry else None)


def _call_in(statement: ast.stmt, test: str, candidates: dict[str, str] | None) -> Call | None:
    """Return the call that an assert statement makes with literals; None if it makes none."""
    if not isinstance(statement, ast.Assert):
        return None
    tested, expected, truth = _expectation(statement.test)
    if not isinstance(tested, ast.Call) or expected is _NOTHING:
        return None
    entry = _path(tested.func)
    if candidates is not None:
        entry = candidates.get(entry, "")
    elif "." in entry or entry in _BUILTIN_CALLS:
        entry = ""
    arguments = [_literal(each) for each in tested.args]
    keywords = {each.arg: _literal(each.value) for each in tested.keywords}
    if not entry or any(each is _NOTHING for each in (*arguments, *keywords.values())) or None in keywords:
        return None
    named: dict[str, Any] = {str(name): value for name, value in keywords.items()}
    return Call(test=test, entry=entry, arguments=tuple(arguments), keywords=named, expected=expected, truth=truth)


# Calls of these are something about the candidate's answer, for the referee.
_BUILTIN_CALLS = frozenset(
    "abs all any bool dict float frozenset int isinstance len list max min round set sorted str sum tuple type".split()
)


def _expectation(tested: ast.expr) -> tuple[ast.expr, Any, bool]:
    """Return what is tested, the literal that it must equal, and whether only its truth counts."""
    if isinstance(tested, ast.UnaryOp) and isinstance(tested.op, ast.Not):
        return tested.operand, False, True
    if isinstance(tested, ast.Call):
        return tested, True, True
    if isinstance(tested, ast.Compare) and len(tested.ops) == 1:
        one, other = tested.left, tested.comparators[0]
        if isinstance(tested.ops[0], ast.Eq):
            if isinstance(one, ast.Call):
                return one, _literal(other), False
            return other, _literal(one), False
    return tested, _NOTHING, False


def _path(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        inner = function.value
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and not (inner.args or inner.keywords):
            return f"{inner.func.id}().{function.attr}"
    return ""


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return _built(node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return _NOTHING


def _built(node: ast.Call) -> Any:
    """Return the value of ``set([1, 2])``, ``tuple()``, ``float('inf')`` and the like."""
    makers: dict[str, Any] = {"set": set, "frozenset": frozenset, "tuple": tuple, "list": list, "float": float}
    if not isinstance(node.func, ast.Name) or node.func.id not in makers or node.keywords or len(node.args) > 1:
        return _NOTHING
    inner: Sequence[Any] = [_literal(each) for each in node.args]
    if any(each is _NOTHING for each in inner):
        return _NOTHING
    try:
        return makers[node.func.id](*inner)
    except (TypeError, ValueError):
        return _NOTHING
