"""Which calls an answer makes: those that the event holds as calls, else those that its text writes.

A text that tries to call and fails is no abstention: it counts as a malformed call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

import msgspec

from rlvr import JsonValue, Record
from rlvr_schema.calls.pythonic import CallSyntaxError, calls_written_in
from rlvr_schema.reading.extraction import Extraction, extraction_from, fenced_in
from rlvr_schema.reading.ladder import Rung
from rlvr_schema.reading.strict import JsonError, check_value, value_in

# No task asks for as many calls in one turn; the matching is cubic in their number.
CALLS_LIMIT = 64


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call: the function's name and its arguments by name."""

    name: str
    arguments: dict[str, JsonValue]


class GivenCalls(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer calls.

    Attributes:
        calls: The calls that can be read, in order.
        malformed: What each call that cannot be read is wrong about.
        rung: How calls were found that a text writes as plain JSON, which the ladder charges for.
    """

    calls: tuple[Call, ...] = ()
    malformed: tuple[str, ...] = ()
    rung: Rung = Rung.EXACT


def given_calls_of(record: Record, names: Collection[str] = ()) -> GivenCalls:
    """Read the calls of a record: the event's own if there are any, else those of the text.

    Args:
        record: The record.
        names: The functions that may be called; a text that sets out to call one and does not is malformed.
    """
    if not record.tool_calls:
        return _written(record, names)
    try:
        check_value(list(record.tool_calls))  # parsed by somebody else; what a text holds is read strictly
    except JsonError as error:
        return GivenCalls(malformed=(error.problem,))
    return read_calls(record.tool_calls)


def read_calls(calls: Sequence[JsonValue], rung: Rung = Rung.EXACT) -> GivenCalls:
    """Read calls of every published shape, from OpenAI's to bare names and arguments."""
    if len(calls) > CALLS_LIMIT:
        return GivenCalls(malformed=(f"more than {CALLS_LIMIT} calls",))
    read: list[Call] = []
    malformed: list[str] = []
    for each in calls:
        try:
            read.append(_call(each))
        except (JsonError, CallSyntaxError) as error:
            malformed.append(str(error))
    return GivenCalls(calls=tuple(read), malformed=tuple(malformed), rung=rung)


_WRAPPERS = ("function", "toolUse", "tool_use", "function_call", "functionCall")
_ARGUMENTS = ("arguments", "parameters", "input", "args")


def _call(call: JsonValue) -> Call:
    inner = call
    for wrapper in _WRAPPERS:
        if isinstance(inner, dict) and isinstance(inner.get(wrapper), dict):
            inner = inner[wrapper]
    name = inner.get("name") or inner.get("function") if isinstance(inner, dict) else None  # the latter in inspect's
    if not isinstance(inner, dict) or not isinstance(name, str) or not name:
        raise CallSyntaxError("a call without a name")
    given = [key for key in _ARGUMENTS if key in inner]
    if len(given) > 1:
        raise CallSyntaxError(f"{name}: arguments given twice")
    arguments = inner[given[0]] if given else {}
    if isinstance(arguments, str):  # OpenAI sends them as text
        arguments = value_in(arguments)
    if not isinstance(arguments, dict):
        raise CallSyntaxError(f"{name}: arguments are no object")
    return Call(name=name, arguments=arguments)


# What opens a call in the texts of published chat templates.
_MARKS = re.compile(
    r"<tool_calls?>|</tool_calls?>|<function_calls?>|</function_calls?>|<\|python_tag\|>|\[TOOL_CALLS\]|<\|tool_calls?\|>"
    r"|<function=([^<>\s]{1,200})>|</function>|<\|eom_id\|>|<\|eot_id\|>|<tool_use>|</tool_use>|<invoke|functools\["
)
_OPENS = frozenset(
    {"<tool_call>", "<tool_calls>", "<function_call>", "<function_calls>", "<|python_tag|>", "[TOOL_CALLS]"}
    | {"<|tool_call|>", "<|tool_calls|>", "<tool_use>"}
)
_UNTIL_THE_END = frozenset({"<|python_tag|>", "[TOOL_CALLS]", "<|tool_call|>", "<|tool_calls|>"})


def _written(record: Record, names: Collection[str]) -> GivenCalls:
    text = record.final.strip()
    if _MARKS.search(text):
        return _tagged(text)
    found = extraction_from(record, repair=False)
    if found.rung and (listed := _calls_in(found.value, names)):
        return read_calls(listed, found.rung)
    if "(" in text and (given := _pythonic(text)):
        return given
    return GivenCalls(malformed=("a call that cannot be read",)) if _attempts(text, names, found) else GivenCalls()


def _pythonic(text: str) -> GivenCalls | None:
    body = fenced_in(text)
    try:
        written = calls_written_in(text if body is None else body)
    except CallSyntaxError:
        return None
    if len(written) > CALLS_LIMIT:
        return GivenCalls(malformed=(f"more than {CALLS_LIMIT} calls",))
    calls = tuple(Call(name=name, arguments=arguments) for name, arguments in written)
    return GivenCalls(calls=calls, rung=Rung.EXACT if body is None else Rung.FENCED)


def _tagged(text: str) -> GivenCalls:
    """Read what stands behind each opening mark, up to its closing one; every mark must be part of a pair."""
    calls: list[Call] = []
    malformed: list[str] = []
    marks = list(_MARKS.finditer(text))
    if len(marks) > 4 * CALLS_LIMIT:
        return GivenCalls(malformed=(f"more than {CALLS_LIMIT} calls",))
    for index, mark in enumerate(marks):
        opening = mark.group()
        if opening not in _OPENS and not mark[1]:
            if opening in {"<invoke", "functools["}:
                malformed.append(f"{opening} is not read")
            continue
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        body = text[mark.end() : end].strip()
        closed = index + 1 < len(marks) and marks[index + 1].group().startswith("</")
        if not body and index + 1 < len(marks) and not closed:
            continue  # a wrapper around others, such as <tool_calls><tool_call>
        if not closed and opening not in _UNTIL_THE_END:
            malformed.append(f"{opening} is never closed")
            continue
        given = _inside(body, mark[1])
        calls.extend(given.calls)
        malformed.extend(given.malformed)
    if len(calls) > CALLS_LIMIT:
        return GivenCalls(malformed=(f"more than {CALLS_LIMIT} calls",))
    if not calls and not malformed:
        malformed.append("marks of a call without one")
    return GivenCalls(calls=tuple(calls), malformed=tuple(malformed))


def _inside(body: str, name: str | None) -> GivenCalls:
    """Read what stands between two marks; ``name`` if the opening one holds it."""
    try:
        value = value_in(body)
    except JsonError as error:
        return (_pythonic(body) if name is None else None) or GivenCalls(malformed=(error.problem,))
    if name is not None:
        return read_calls([{"name": name, "arguments": value}])
    listed = value if isinstance(value, list) else [value]
    return read_calls(listed)


def _calls_in(value: JsonValue, names: Collection[str]) -> list[JsonValue]:
    """Return the calls of a JSON value that is nothing else; none if it is data."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    listed = value if isinstance(value, list) else [value]
    calls = [_keyed(each, names) for each in listed[: CALLS_LIMIT + 1]]  # one more than fits is enough to refuse them
    return calls if calls and all(call is not None for call in calls) else []


def _keyed(value: JsonValue, names: Collection[str]) -> JsonValue:
    """Return a call, a one-key object ``{name: arguments}`` made one too; None if it is neither."""
    if not isinstance(value, dict):
        return None
    if any(isinstance(value.get(wrapper), dict) for wrapper in _WRAPPERS):
        return value
    if isinstance(value.get("name"), str) and any(key in value for key in _ARGUMENTS):
        return value
    if len(value) == 1 and next(iter(value)) in names:
        name, arguments = next(iter(value.items()))
        return {"name": name, "arguments": arguments}
    return {"name": value["name"]} if value.get("name") in names and isinstance(value.get("name"), str) else None


def _attempts(text: str, names: Collection[str], found: Extraction) -> bool:
    """Say whether a text without calls sets out to make one: a known name with a bracket, or as a JSON call's name."""
    if not names or not text:
        return False
    pattern = _attempt(tuple(sorted(names)))
    return bool(pattern.search(text)) and (found.rung is None or "{" in text or "(" in text)


@lru_cache(maxsize=256)
def _attempt(names: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(re.escape(name) for name in names)
    return re.compile(
        rf"""["']name["']\s{{0,9}}:\s{{0,9}}["'](?:{either})["']|(?:^|\n)[\s\[`]{{0,9}}(?:{either})\s?\("""
    )
