"""Finds which format a reference is written in, and reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, assert_never, cast, get_args

import msgspec

from rlvr_code.problems import calls, programs, scripts
from rlvr_code.problems.datasets import as_format_fields
from rlvr_code.problems.fields import Fields, ProblemError, parsed_json, text
from rlvr_code.problems.given import given_to_tests, joined
from rlvr_code.problems.problem import Problem, root_name

Format: TypeAlias = Literal["asserts", "humaneval", "calls", "stdio", "unittest"]
"""The format in which a reference writes its tests; a reference may name it in ``style``."""

_FORMATS = get_args(Format)
# The names of a format that other data sets write in `style`.
_ALIASES: dict[str, Format] = {
    "call": "calls",
    "functional": "calls",
    "stdin": "stdio",
    "check": "humaneval",
    "pytest": "unittest",
}
# Fields of tests whose data sets run submissions behind imports: APPS, TACO, `prime_code`, LiveCodeBench.
_OF_JUDGES = ("fn_name", "inputs", "test_cases")
_EXPECTED = (
    "expected 'asserts', 'check' and 'entry_point', 'cases', 'inputs' and 'outputs', 'test_cases', or 'code' of tests"
)


def problem_of(reference: Any) -> Problem:
    """Read a reference: an object in one of the formats, its JSON text, a list of assert statements, or test code.

    Rows of public data sets that name their tests otherwise are read too; see ``datasets``.

    Raises:
        ProblemError: It is in no format, or a field of it cannot be read.
    """
    fields = as_format_fields(_fields(reference))
    tests = format_of(fields)
    return _with_shared_fields(_read_tests(tests, fields), fields, code_is_tests=_code_is_tests(tests))


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
        if "def test" in reference:
            return {"tests": reference}
        raise ProblemError("the reference is text without tests; " + _EXPECTED)
    if isinstance(reference, list):
        return {"asserts": reference}
    if not isinstance(reference, Mapping):
        raise ProblemError(f"the reference is {type(reference).__name__}; {_EXPECTED}")
    return reference


def format_of(fields: Fields) -> Format:
    """Return the format that ``style`` names, or else the one whose fields are there.

    Raises:
        ProblemError: ``style`` names no format, or there are no tests.
    """
    if "style" in fields:
        return _named_format(text(fields, "style"))
    if any(name in fields for name in scripts.ASSERT_FIELDS):
        return "asserts"
    if "check" in fields or "def check(" in str(fields.get("test", "")):
        return "humaneval"
    if "inputs" in fields:
        return "calls" if fields.get("fn_name") else "stdio"
    if "cases" in fields:
        return "calls" if fields.get("entry_point") else "stdio"
    if "test_cases" in fields:
        return "calls" if fields.get("fn_name") or fields.get("entry_point") else "stdio"
    if "code" in fields:
        return "unittest"
    raise ProblemError("the reference contains no tests; " + _EXPECTED)


def _named_format(style: str) -> Format:
    named = _ALIASES.get(style, style)
    if named not in _FORMATS:
        raise ProblemError(f"'style' is {style!r}; expected one of {', '.join(_FORMATS)}")
    return cast("Format", named)


def _read_tests(tests: Format, fields: Fields) -> Problem:
    match tests:
        case "asserts":
            return scripts.asserts_problem(fields)
        case "humaneval":
            return scripts.check_problem(fields)
        case "calls":
            return calls.calls_problem(fields)
        case "stdio":
            return programs.stdio_problem(fields)
        case "unittest":
            return scripts.unittest_problem(fields)
        case _:
            assert_never(tests)


def _code_is_tests(tests: Format) -> bool:
    """Return True if the field ``code`` contains the tests; False if it contains a reference solution."""
    match tests:
        case "unittest":
            return True
        case "asserts" | "humaneval" | "calls" | "stdio":
            return False
        case _:
            assert_never(tests)


def _with_shared_fields(problem: Problem, fields: Fields, *, code_is_tests: bool) -> Problem:
    """Take what every format may say: a prelude, weights, groups, a reference solution."""
    prelude = text(fields, "prelude", "")
    solution = text(fields, "solution", text(fields, "canonical_solution", ""))
    if not solution and not code_is_tests:
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
    script = problem.script
    if script is not None and prelude:
        script = msgspec.structs.replace(script, given=joined(given_to_tests(prelude), script.given))
    prelude = joined(prelude, problem.prelude)
    return msgspec.structs.replace(
        problem,
        script=script,
        prelude=prelude,
        weights=weights,
        groups=groups,
        solution=solution,
        judge_imports=root_name(problem.entry) == "Solution" or any(name in fields for name in _OF_JUDGES),
    )
