"""Tests that are calls: a function's name, inputs, and what it must return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, assert_never, cast, get_args

from rlvr_code.problems.fields import Fields, ProblemError, comparison, items, literal, pairs, parsed_json, text
from rlvr_code.problems.problem import Call, Comparison, Problem

_ValueReader: TypeAlias = Callable[[Any, str], Any]

Encoding: TypeAlias = Literal["json", "repr"]
"""How the arguments and expected values of ``cases`` are written: as JSON values, or as texts of Python literals."""

_ENCODINGS = get_args(Encoding)


def calls_problem(fields: Fields) -> Problem:
    """Read ``{fn_name, inputs, outputs}``, ``{entry_point, encoding, cases}``, or ``test_cases`` of either name."""
    if fields.get("inputs") is not None:
        return _inputs_problem(fields)
    if "test_cases" in fields and "cases" not in fields:
        return _test_cases_problem(fields)
    return _cases_problem(fields)


def _cases_problem(fields: Fields) -> Problem:
    """Read ``{entry_point, encoding, cases: [{args, kwargs, expected | raises, changed}]}``."""
    entry = text(fields, "entry_point")
    read, is_json = _value_reader(_encoding_of(fields))
    how = comparison(fields, as_json=is_json)
    cases = items(fields, "cases")
    calls = tuple(_call(case, position, entry, read, how) for position, case in enumerate(cases))
    return Problem(calls=calls, entry=entry, nodes=is_json)


def _encoding_of(fields: Fields) -> Encoding:
    encoding = text(fields, "encoding", "json")
    if encoding not in _ENCODINGS:
        raise ProblemError(f"'encoding' is {encoding!r}; expected one of {', '.join(_ENCODINGS)}")
    return cast("Encoding", encoding)


def _value_reader(encoding: Encoding) -> tuple[_ValueReader, bool]:
    """Return the reader of a value with the name of its field, and whether values are JSON."""
    match encoding:
        case "json":
            return lambda value, _: value, True
        case "repr":
            return literal, False
        case _:
            assert_never(encoding)


def _call(case: Any, position: int, entry: str, read: _ValueReader, how: Comparison) -> Call:
    where = f"cases[{position}]"
    if not isinstance(case, Mapping):
        raise ProblemError(f"{where} is a {type(case).__name__}; expected an object with args and expected")
    unknown = case.keys() - {"args", "kwargs", "expected", "raises", "changed", "name"}
    if unknown:
        raise ProblemError(f"{where} has an unknown field {min(unknown)!r}")
    if "expected" not in case and "raises" not in case:
        raise ProblemError(f"{where} has neither 'expected' nor 'raises'")
    arguments = read(case["args"], f"{where}.args") if "args" in case else []
    keywords = read(case["kwargs"], f"{where}.kwargs") if "kwargs" in case else {}
    if not isinstance(arguments, (list, tuple)) or not isinstance(keywords, Mapping):
        raise ProblemError(f"{where}: expected args as a list and kwargs as an object")
    return Call(
        test=str(case.get("name", f"case {position + 1}")),
        entry=entry,
        arguments=tuple(arguments),
        keywords=dict(keywords),
        expected=read(case["expected"], f"{where}.expected") if "expected" in case else None,
        raises=str(case.get("raises", "")),
        changed=_position(case.get("changed"), len(arguments), where),
        comparison=how,
    )


def _position(changed: Any, count: int, where: str) -> int | None:
    if changed is None:
        return None
    if isinstance(changed, bool) or not isinstance(changed, int) or not 0 <= changed < count:
        raise ProblemError(f"{where}.changed is {changed!r}; expected the position of an argument, 0 to {count - 1}")
    return changed


def _test_cases_problem(fields: Fields) -> Problem:
    """Read ``{fn_name | entry_point, test_cases: [{input, output | expected_output}]}``."""
    cases = fields.get("test_cases")
    if not isinstance(cases, list) or not all(isinstance(case, Mapping) for case in cases):
        raise ProblemError("'test_cases' must be a list of objects with 'input' and 'output'")
    outputs = [case.get("output", case.get("expected_output")) for case in cases]
    inputs = [case.get("input") for case in cases]
    name = fields.get("fn_name") or fields.get("entry_point")
    return _inputs_problem({**fields, "fn_name": name, "inputs": inputs, "outputs": outputs})


def _inputs_problem(fields: Fields) -> Problem:
    """Read ``{inputs, outputs, fn_name}``: inputs are lists of arguments, or their JSON, one line each."""
    entry = text(fields, "fn_name")
    how = comparison(fields, as_json=True)
    return Problem(
        calls=tuple(
            Call(
                test=f"case {position + 1}",
                entry=entry,
                arguments=tuple(_arguments(given, position)),
                expected=_output(wanted, position, is_text=isinstance(given, str)),
                comparison=how,
            )
            for position, (given, wanted) in enumerate(pairs(fields))
        ),
        entry=entry,
        nodes=True,
    )


def _arguments(given: Any, position: int) -> Iterator[Any]:
    if isinstance(given, str):
        lines = (line for line in given.split("\n") if line.strip())
        yield from (parsed_json(line, f"inputs[{position}]") for line in lines)
    elif isinstance(given, list):
        yield from given
    else:
        raise ProblemError(
            f"inputs[{position}] is a {type(given).__name__}; expected a list of arguments or their JSON"
        )


def _output(wanted: Any, position: int, *, is_text: bool) -> Any:
    """Return the value to return; beside arguments that are values, a text that is no JSON is a text."""
    if not isinstance(wanted, str):
        return wanted
    try:
        return parsed_json(wanted, f"outputs[{position}]")
    except ProblemError:
        if is_text:
            raise
        return wanted
