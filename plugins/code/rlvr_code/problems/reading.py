"""Finds which format a reference is written in, and reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rlvr_code.problems import calls, programs, scripts
from rlvr_code.problems.fields import Fields, ProblemError, parsed_json, text
from rlvr_code.problems.problem import Problem

STYLES: dict[str, Callable[[Fields], Problem]] = {
    "asserts": scripts.asserts_problem,
    "humaneval": scripts.check_problem,
    "calls": calls.calls_problem,
    "stdio": programs.stdio_problem,
    "unittest": scripts.unittest_problem,
}
_ALIASES = {"call": "calls", "functional": "calls", "stdin": "stdio", "check": "humaneval", "pytest": "unittest"}
_EXPECTED = (
    "expected 'asserts', 'check' and 'entry_point', 'cases', 'inputs' and 'outputs', 'test_cases', or 'code' of tests"
)


def problem_of(reference: Any) -> Problem:
    """Read a reference: an object in one of the formats, its JSON text, a list of assert statements or their text.

    Raises:
        ProblemError: It is in no format, or a field of it cannot be read.
    """
    fields = _fields(reference)
    problem = _reader(fields)(fields)
    return _with_shared_fields(problem, fields)


def _fields(reference: Any) -> Fields:
    if isinstance(reference, str):
        start = reference.lstrip()[:1]
        if start in {"{", "["}:
            return _fields(parsed_json(reference, "reference"))
        if "def check(" in reference:
            return {"check": reference}
        lines = [line for line in reference.splitlines() if line.strip()]
        if lines and all(line.startswith("assert") for line in lines):
            return {"asserts": lines}
        raise ProblemError("the reference is text without tests; " + _EXPECTED)
    if isinstance(reference, list):
        return {"asserts": reference}
    if not isinstance(reference, Mapping):
        raise ProblemError(f"the reference is {type(reference).__name__}; {_EXPECTED}")
    return reference


def _reader(fields: Fields) -> Callable[[Fields], Problem]:
    if "style" in fields:
        style = text(fields, "style")
        style = _ALIASES.get(style, style)
        if style not in STYLES:
            raise ProblemError(f"'style' is {style!r}; expected one of {', '.join(STYLES)}")
        return STYLES[style]
    if any(name in fields for name in ("asserts", "test_list", "assert_case")):
        return scripts.asserts_problem
    if "check" in fields or "def check(" in str(fields.get("test", "")):
        return scripts.check_problem
    if "inputs" in fields:
        return calls.inputs_problem if fields.get("fn_name") else programs.inputs_problem
    if "cases" in fields:
        return calls.calls_problem if fields.get("entry_point") else programs.stdio_problem
    if "test_cases" in fields:
        return _test_cases_reader(fields)
    if "code" in fields:
        return scripts.unittest_problem
    raise ProblemError("the reference holds no tests; " + _EXPECTED)


def _test_cases_reader(fields: Fields) -> Callable[[Fields], Problem]:
    """``test_cases`` hold a program's input and output, or a function's if one is named."""
    name = fields.get("fn_name") or fields.get("entry_point")
    if not name:
        return programs.stdio_problem

    def read(given: Fields) -> Problem:
        cases = given["test_cases"]
        if not isinstance(cases, list) or not all(isinstance(case, Mapping) for case in cases):
            raise ProblemError("'test_cases' must be a list of objects with 'input' and 'output'")
        outputs = [case.get("output", case.get("expected_output")) for case in cases]
        inputs = [case.get("input") for case in cases]
        return calls.inputs_problem({**given, "fn_name": name, "inputs": inputs, "outputs": outputs})

    return read


def _with_shared_fields(problem: Problem, fields: Fields) -> Problem:
    """Take what every format may say: a prelude, weights, groups, a reference solution."""
    prelude = text(fields, "prelude", "")
    is_test_code = problem.style == "unittest"
    solution = text(fields, "solution", text(fields, "canonical_solution", ""))
    if not solution and not is_test_code:
        solution = text(fields, "code", "")
    weights, groups = fields.get("weights") or {}, fields.get("groups") or ()
    known = set(problem.tests)
    try:
        weights = msgspec.convert(weights, dict[str, float])
        groups = msgspec.convert(groups, tuple[tuple[str, ...], ...])
    except msgspec.ValidationError as error:
        raise ProblemError(f"'weights' or 'groups': {error}") from None
    strange = sorted((set(weights) | {name for group in groups for name in group}) - known)
    if strange:
        raise ProblemError(
            f"'weights' or 'groups' name {strange[0]!r}, which is no test; tests are {sorted(known)[:5]}"
        )
    if any(not 0 <= weight < float("inf") for weight in weights.values()):
        raise ProblemError("'weights' must be finite and not negative")
    return msgspec.structs.replace(problem, prelude=prelude, weights=weights, groups=groups, solution=solution)
