"""Tests that are exchanges: what a program reads on stdin, and what it must print."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from rlvr_code.problems.fields import Fields, ProblemError, comparison, items, pairs, parsed_python, text
from rlvr_code.problems.problem import Exchange, Problem

_STDIN, _STDOUT = ("stdin", "input"), ("stdout", "output", "expected_output")


def stdio_problem(fields: Fields) -> Problem:
    """Read ``{inputs, outputs}``, ``{cases: [{stdin, stdout}]}``, or ``test_cases`` of ``input`` and ``output``."""
    return _inputs_problem(fields) if fields.get("inputs") is not None else _cases_problem(fields)


def _cases_problem(fields: Fields) -> Problem:
    name = "cases" if "cases" in fields else "test_cases"
    texts = []
    for position, case in enumerate(items(fields, name)):
        where = f"{name}[{position}]"
        if not isinstance(case, Mapping):
            raise ProblemError(f"{where} is a {type(case).__name__}; expected an object with stdin and stdout")
        texts.append((_one_of(case, _STDIN, where), _one_of(case, _STDOUT, where)))
    return _problem(fields, texts)


def _inputs_problem(fields: Fields) -> Problem:
    texts = [
        (_text(given, f"inputs[{position}]"), _text(wanted, f"outputs[{position}]"))
        for position, (given, wanted) in enumerate(pairs(fields))
    ]
    return _problem(fields, texts)


def _problem(fields: Fields, texts: Sequence[tuple[str, str]]) -> Problem:
    how = comparison(fields)
    exchanges = tuple(
        Exchange(test=f"case {position + 1}", stdin=given, stdout=wanted, comparison=how)
        for position, (given, wanted) in enumerate(texts)
    )
    checker = text(fields, "checker", "")
    tree = parsed_python(checker, "checker")
    if checker and not any(isinstance(each, ast.FunctionDef) and each.name == "check" for each in tree.body):
        raise ProblemError("'checker' defines no function 'check'")
    return Problem(exchanges=exchanges, checker=checker)


def _one_of(case: Mapping[str, Any], names: Sequence[str], where: str) -> str:
    for name in names:
        if name in case:
            return _text(case[name], f"{where}.{name}")
    raise ProblemError(f"{where} has no {names[0]!r}")


def _text(value: Any, where: str) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise ProblemError(f"{where} is a {type(value).__name__}; expected text")
    return value
