"""Tests that are calls: a function's name, inputs, and what it must return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rlvr_code.problems.fields import Fields, ProblemError, comparison, items, literal, pairs, parsed_json, text
from rlvr_code.problems.problem import Call, Comparison, Problem

_ENCODINGS = ("json", "repr")


def calls_problem(fields: Fields) -> Problem:
    """Read ``{entry_point, encoding, cases: [{args, kwargs, expected | raises, changed}]}``."""
    entry = text(fields, "entry_point")
    encoding = text(fields, "encoding", "json")
    if encoding not in _ENCODINGS:
        raise ProblemError(f"'encoding' is {encoding!r}; expected one of {', '.join(_ENCODINGS)}")
    how = comparison(fields, as_json=encoding == "json")
    cases = items(fields, "cases")
    calls = tuple(_call(case, position, entry, encoding, how) for position, case in enumerate(cases))
    return Problem(style="calls", calls=calls, entry=entry, nodes=encoding == "json")


def _call(case: Any, position: int, entry: str, encoding: str, how: Comparison) -> Call:
    where = f"cases[{position}]"
    if not isinstance(case, Mapping):
        raise ProblemError(f"{where} is a {type(case).__name__}; expected an object with args and expected")
    unknown = case.keys() - {"args", "kwargs", "expected", "raises", "changed", "name"}
    if unknown:
        raise ProblemError(f"{where} has an unknown field {min(unknown)!r}")
    if "expected" not in case and "raises" not in case:
        raise ProblemError(f"{where} has neither 'expected' nor 'raises'")
    read = literal if encoding == "repr" else lambda value, _: value
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


def inputs_problem(fields: Fields) -> Problem:
    """Read ``{inputs, outputs, fn_name}``: inputs are lists of arguments, or their JSON, one line each."""
    entry = text(fields, "fn_name")
    how = comparison(fields, as_json=True)
    return Problem(
        style="calls",
        calls=tuple(
            Call(
                test=f"case {position + 1}",
                entry=entry,
                arguments=tuple(_arguments(given, position)),
                expected=_output(wanted, position),
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


def _output(wanted: Any, position: int) -> Any:
    return parsed_json(wanted, f"outputs[{position}]") if isinstance(wanted, str) else wanted
