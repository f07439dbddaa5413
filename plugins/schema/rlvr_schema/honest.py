"""Right answers to a row, as `rlvr attack` needs them: calls as tool calls, documents as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import msgspec

from rlvr import JsonValue, Record
from rlvr_schema.calls.expected import ExpectedCall, calls_expected_in
from rlvr_schema.schemas.validation import SchemaError


def honest_answers(scorer: str, record: Record) -> Iterator[str | Record]:
    """Yield the answers that a reference describes: its calls as tool calls, all others as JSON."""
    if record.reference is None:
        return
    if scorer != "tool_calls":
        text = record.reference if isinstance(record.reference, str) else json.dumps(record.reference)
        yield text
        yield f"```json\n{text}\n```"
        return
    expected = _expected(record)
    if expected is None:
        return
    if not expected:
        yield "No tool helps with this, so I answer without one."
    else:
        yield _calling(record, [(call.name, _first_options(call)) for call in expected])


def _expected(record: Record) -> tuple[ExpectedCall, ...] | None:
    try:
        return calls_expected_in(record.reference)
    except SchemaError:
        return None


def _first_options(call: ExpectedCall) -> dict[str, JsonValue]:
    """Return the arguments of a call, each with the first value that is allowed; without those that may be left out."""
    return {
        name: _plain(options[0], nested=call.nested)
        for name, options in call.arguments.items()
        if options and not call.may_omit(name)
    }


def _plain(value: JsonValue, *, nested: bool) -> JsonValue:
    """Return a value of which objects list the allowed values themselves with the first of each."""
    if nested and isinstance(value, dict):
        return {name: each[0] if isinstance(each, list) and each else each for name, each in value.items()}
    return value


def _calling(record: Record, calls: Sequence[tuple[str, JsonValue]]) -> Record:
    return msgspec.structs.replace(
        record.with_completion(""),
        tool_calls=tuple(
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for number, (name, arguments) in enumerate(calls)
        ),
    )
