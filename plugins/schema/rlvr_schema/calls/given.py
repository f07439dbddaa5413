"""The calls that an answer makes: those of the event, or, if it has none, those of the answer's text.

A text that looks like a call and cannot be read is a malformed call, never "no call".
A call in prose that the text denies, takes back or only mentions is not made.
The same between marks of a chat template is malformed: platforms run such a call whatever the words around it say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

import msgspec

from rlvr import JsonValue, Record
from rlvr_schema.calls.bodies import json_sequence_in, python_calls_in
from rlvr_schema.calls.marked import has_mark, marked_calls
from rlvr_schema.calls.objects import (
    CALLS_LIMIT,
    TOO_MANY,
    Call,
    CallSyntaxError,
    GivenCalls,
    call_objects_in,
    read_calls,
)
from rlvr_schema.calls.pythonic import calls_written_at
from rlvr_schema.calls.standing import is_made
from rlvr_schema.calls.syntaxes import NAME
from rlvr_schema.calls.tools import Tool
from rlvr_schema.reading.extraction import fenced_in, values_among
from rlvr_schema.reading.ladder import Rung
from rlvr_schema.reading.strict import TEXT_LIMIT_CHARACTERS, JsonError, check_value


class AnswerCalls(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of an answer.

    Attributes:
        calls: The calls that can be read, in order.
        malformed: For each call that cannot be read, the reason.
        rung: How the text contains them, for the factors of the ladder.
    """

    calls: tuple[Call, ...] = ()
    malformed: tuple[str, ...] = ()
    rung: Rung = Rung.EXACT


def given_calls_of(record: Record, names: Collection[str] = (), tools: Mapping[str, Tool] | None = None) -> AnswerCalls:
    """Return the calls of a record.

    Args:
        record: The record.
        names: The functions that may be called; a text that looks like a call of one is never "no call".
        tools: The tools of the row.
    """
    known = tools or {}
    if not record.tool_calls:
        found, rung = _written(record, names, known)
    else:
        found, rung = _of_event(record.tool_calls), Rung.EXACT
    calls = tuple(
        Call(name=known_name(call.name, names), arguments=call.arguments) for call in found.calls[: CALLS_LIMIT + 1]
    )
    if len(calls) > CALLS_LIMIT:
        return AnswerCalls(malformed=(TOO_MANY,))
    return AnswerCalls(calls=calls, malformed=found.malformed, rung=rung)


def known_name(name: str, names: Collection[str]) -> str:
    """Return the name without the namespace of OpenAI or Gemini if that is a known function and the whole is not."""
    bare = name.removeprefix("functions.").removeprefix("default_api.")
    return bare if bare in names and name not in names else name


def _of_event(calls: tuple[JsonValue, ...]) -> GivenCalls:
    try:
        check_value(list(calls))  # another library parsed it; a text is parsed strictly
    except JsonError as error:
        return GivenCalls(malformed=(error.problem,))
    return read_calls(calls)


def _written(record: Record, names: Collection[str], tools: Mapping[str, Tool]) -> tuple[GivenCalls, Rung]:
    """Read the calls of a text; the first reader that finds any decides."""
    if len(record.full) > TEXT_LIMIT_CHARACTERS and len(record.final) > TEXT_LIMIT_CHARACTERS:
        return GivenCalls(malformed=(f"a text of more than {TEXT_LIMIT_CHARACTERS} characters",)), Rung.EXACT
    text = record.final.strip()
    whole = record.full.strip()  # marks of reasoning inside the strings of a JSON value are not marks
    for candidate in dict.fromkeys((whole, text)):
        if (found := _json_calls(candidate, names)) is not None:
            return found, Rung.EXACT
    if text.partition("\n")[0].strip() in names:
        text = f">>>{text}"  # functionary, whose prompt ends with this mark
    if has_mark(text):
        return marked_calls(text, tools, lambda outside: _attempt_in(outside, names)), Rung.EXACT
    body = fenced_in(text)
    if body is not None and (found := _json_calls(body.strip(), names)) is not None:
        return found, Rung.FENCED
    if "(" in text and (found := _python_calls(text if body is None else body)):
        return found, Rung.EXACT if body is None else Rung.FENCED
    found = _among_prose(text, names)
    return found, Rung.EMBEDDED if found.calls else Rung.EXACT


def _json_calls(text: str, names: Collection[str]) -> GivenCalls | None:
    """Return the calls of a text that is JSON and nothing else, none if it is data; None if it is not JSON."""
    if not text.startswith(("{", "[")):
        return None
    try:
        values = json_sequence_in(text)
    except JsonError:
        return None
    except CallSyntaxError as error:
        return GivenCalls(malformed=(str(error),)) if _attempt_in(text, names) else GivenCalls()
    return _calls_of_values(values, names) or GivenCalls()


def _calls_of_values(values: list[JsonValue], names: Collection[str]) -> GivenCalls | None:
    try:
        objects = call_objects_in(values[0] if len(values) == 1 else values, names)
    except CallSyntaxError as error:
        return GivenCalls(malformed=(str(error),))
    return None if objects is None else read_calls(objects)


def _python_calls(text: str) -> GivenCalls | None:
    try:
        return GivenCalls(calls=tuple(python_calls_in(text)))
    except CallSyntaxError:
        return None


def _among_prose(text: str, names: Collection[str]) -> GivenCalls:
    """Read JSON calls that stand in other text, or name the attempt at a call."""
    embedded = values_among(text)
    spans = embedded.spans
    found = _calls_of_values([span.value for span in spans], names) if spans else None
    if found is None and "(" in text and (written := _python_among_prose(text, names)):
        return written
    if found is None:
        attempt = _attempt_in(text, names)
        return GivenCalls(malformed=(attempt,)) if attempt else GivenCalls()
    if embedded.cut:
        return found + GivenCalls(malformed=(embedded.cut.problem,))
    start, end = spans[0].start, spans[-1].end
    if not is_made(text, start, end):
        return GivenCalls()
    attempt = _attempt_in(f"{text[:start]}\n{text[end:]}", names)
    return found + GivenCalls(malformed=(attempt,)) if attempt else found


_LINE_OF_CALLS = re.compile(rf"(?:\A|\n)[ \t]{{0,9}}(?=(?P<listed>\[\s{{0,9}})?(?:functions\.)?(?P<name>{NAME})\()")
_LINE_END = re.compile(r"[ \t]*+;?[ \t]*+(?:\n|\Z)")


def _python_among_prose(text: str, names: Collection[str]) -> GivenCalls | None:
    """Read calls in Python notation on lines of their own, of known functions or in a list; None if there are none."""
    calls: list[Call] = []
    kept: list[str] = []
    first = 0
    for count, found in enumerate(_LINE_OF_CALLS.finditer(text)):
        start = found.end()
        if count >= MENTIONS_LIMIT:
            break
        if start < first or not (found["listed"] or known_name(found["name"], names) in names):
            continue
        try:
            written, end = calls_written_at(text, start)
        except CallSyntaxError:
            continue
        if len(calls) + len(written) > CALLS_LIMIT or not _LINE_END.match(text, end):
            continue
        kept.append(text[first:start])
        calls += [Call(name=name, arguments=arguments) for name, arguments in written]
        first = end
    if not calls:
        return None
    before, rest = kept[0], text[first:]
    if not is_made(before + rest, len(before), len(before)):
        return GivenCalls()
    attempt = _attempt_in("\n".join((*kept, rest)), names)
    return GivenCalls(calls=tuple(calls), malformed=(attempt,) if attempt else ())


# More mentions of tools than any honest answer has; the rest of the text is then not looked at.
MENTIONS_LIMIT = 50


def _attempt_in(text: str, names: Collection[str]) -> str:
    """Return a description of what looks like a call and cannot be read; "" if there is nothing.

    That is a known function in any notation, or the shape of a call of any function.
    """
    present = tuple(sorted(name for name in names if name in text))
    patterns = [_attempt(present)] if present else []
    patterns += [_SHAPE] if any(hint in text for hint in _HINTS_OF_SHAPES) else []
    for pattern in patterns:
        for count, match in enumerate(pattern.finditer(text)):
            if count >= MENTIONS_LIMIT or is_made(text, match.start(), _end_of_attempt(text, match)):
                return f"a call that cannot be read: {match.group().strip()[:80]!r}"
    return ""


_ARGUMENTS_END = re.compile(r"[^()\n]{0,300}\)")


def _end_of_attempt(text: str, attempt: re.Match[str]) -> int:
    """Return where the arguments of an attempt end on its line; without such an end, where its first part ends."""
    closing = _ARGUMENTS_END.match(text, attempt.end()) if attempt.group().endswith("(") else None
    return closing.end() if closing else attempt.end()


# Each shape contains one of these, which are found much faster.
_HINTS_OF_SHAPES = ("tool_", "function", "toolUse", "recipient_name", "action_input", 'name"', "name'", "(")

# What calls in JSON and in Python notation start with, whatever the function.
_SHAPE = re.compile(
    r"""["'](?:tool_calls|tool_uses|function_call|functionCall|toolUse|recipient_name|action_input)["']\s{0,9}:"""
    r"""|["']type["']\s{0,9}:\s{0,9}["'](?:tool_use|function_call)["']"""
    r"""|["']name["']\s{0,9}:\s{0,9}["'][^"'\n]{1,200}+["']\s{0,9},\s{0,9}["'](?:arguments|parameters|input|args)["']"""
    rf"|(?:\A(?:```\w{{0,20}}\n)?\s{{0,9}}|(?:\A|\n)\s{{0,9}}\[\s{{0,9}}){NAME}\(\s{{0,9}}{NAME}\s{{0,3}}=(?!=)"
)


@lru_cache(maxsize=256)
def _attempt(names: tuple[str, ...]) -> re.Pattern[str]:
    """Compile what a call of one of some functions looks like, in any notation."""
    either = "|".join(re.escape(name) for name in names)
    key = "name|function|tool_name|recipient_name|action|tool|function_name"
    start = r"(?<![\w.\-])(?:functions\.)?"
    return re.compile(
        rf"""["'](?:{key})["']\s{{0,9}}:\s{{0,9}}["'](?:functions\.)?(?:{either})["']"""
        rf"|(?:^|\n)[\s\[`]{{0,9}}(?:functions\.)?(?:{either})\("
        rf"""|(?:^|\n)[\s\[`]{{0,9}}(?:functions\.)?(?:{either})\s\((?=\s{{0,9}}(?:[A-Za-z_]\w{{0,60}}\s{{0,3}}=[^=]|["'{{\[)]))"""
        rf"""|{start}(?:{either})\((?=\s{{0,9}}(?:[A-Za-z_]\w{{0,60}}\s{{0,3}}=(?!=)|["'{{\[]))"""
        rf"""|{start}(?:{either})["'`*]{{0,3}}\s{{0,3}}(?:=>|:)?\s{{0,3}}\{{"""
        rf"""|{start}(?:{either})["'`*]{{0,3}}:?\s{{1,3}}(?:with\s{{1,3}})?[A-Za-z_]\w{{0,60}}=[^=\s]"""
        rf"|{start}(?:{either})[\"'`*]{{0,3}}\s{{1,3}}with\s{{1,3}}(?:(?:the\s)?(?:arguments|parameters|input|args):?\s{{1,3}})?`{{0,3}}\{{"
        rf"""|(?:^|[\n\[])[\s\[]{{0,9}}\{{\s{{0,9}}["'](?:functions\.)?(?:{either})["']\s{{0,9}}:\s{{0,9}}\{{"""
        rf"|<(?:{either})(?=[\s/>])"
        rf"|{start}(?:{either})\[\s{{0,9}}[A-Za-z_]\w{{0,60}}\s{{0,3}}=[^=]"
        rf"|{start}(?:{either}):\d{{1,4}}\s{{0,3}}\{{"
        rf"|<(?:tool|tool_name|function|name|action)>\s{{0,9}}(?:{either})\s{{0,9}}</"
        rf"""|\(\s{{0,9}}["'](?:functions\.)?(?:{either})["']\s{{0,9}},\s{{0,9}}(?:[A-Za-z_]\w{{0,60}}\s{{0,3}}=[^=]|\{{)"""
        rf"|(?:^|\n)\W{{0,5}}(?:{key})\s{{0,3}}:\s{{0,3}}(?:{either})\s{{0,3}},\s{{0,3}}(?:arguments|parameters|input|args)\s{{0,3}}:"
        rf"|[{{,]\s{{0,9}}(?:{key})\s{{0,3}}:\s{{0,3}}(?:{either})\s{{0,3}}[,}}]"
        rf"|(?:^|\n)\W{{0,5}}(?:{key})\s{{0,3}}:\s{{0,3}}(?:{either})\s{{0,3}}\n\s{{0,9}}(?:arguments|parameters|input|args)\s{{0,3}}:"
        rf"|(?:^|\n)\W{{0,5}}(?i:action|tool|function|tool_name)\W{{1,5}}(?:{either})\W{{0,3}}(?=\n|\Z)"
    )
