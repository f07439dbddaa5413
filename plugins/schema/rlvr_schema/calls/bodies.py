"""The text between the marks of a call: JSON, Python notation, tags of parameters, or Gemma's notation.

The reader looks at the text, not at the family of the marks: models mix them.
Each function takes time linear in the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from rlvr import JsonValue
from rlvr_schema.calls.objects import CALLS_LIMIT, WRAPPERS, Call, CallSyntaxError, arguments_from, call_from
from rlvr_schema.calls.pythonic import calls_written_in
from rlvr_schema.calls.syntaxes import NAME
from rlvr_schema.calls.tools import Tool
from rlvr_schema.reading.extraction import fenced_in
from rlvr_schema.reading.strict import JsonError, value_at, value_in

# A name, and what separates it from its arguments: DeepSeek, Kimi, Mistral, GLM, functionary.
_NAMED = re.compile(
    r"(?:function\s{0,9}<｜tool▁sep｜>\s{0,9})?"  # noqa: RUF001  # DeepSeek's bars
    rf"(?P<name>{NAME})(?::\d{{1,6}})?\s*+"
    r"(?:<｜tool▁sep｜>|<\|tool_call_argument_begin\|>|(?:\[CALL_ID\][\w\-]{1,64})?\[ARGS\]|(?=[{`]|<arg_key>)|\Z)\s*+"  # noqa: RUF001
)
_SEPARATOR = re.compile(r"[\s;,]*+")


def calls_in_body(body: str, name: str | None, tools: Mapping[str, Tool]) -> list[Call]:
    """Return the calls that stand between two marks.

    Args:
        body: The text.
        name: The function, if the opening mark names it.
        tools: The tools of the row; their schemas decide the types of arguments that are written as tags.

    Raises:
        CallSyntaxError: The text is not calls.
        JsonError: It is broken JSON.
    """
    body = _without_fence(body.strip())
    if name is not None:
        return [Call(name=name, arguments=_arguments_in(body, name, tools))]
    if body.startswith("call:"):
        return [_gemma_call(body)]
    if body.startswith(("{", "[")):
        try:
            return [call_from(_with_name(each)) for each in json_sequence_in(body)]
        except JsonError as error:
            if body.startswith("{"):
                raise
            return _python_calls(body, error)
    named = _NAMED.match(body)
    if named:
        return [Call(name=named["name"], arguments=_arguments_in(body[named.end() :], named["name"], tools))]
    return _python_calls(body, None)


def json_sequence_in(text: str) -> list[JsonValue]:
    """Return the values of JSON texts one behind the other, with white space, ``;`` or ``,`` between; lists flattened.

    Raises:
        JsonError: The text is anything else.
        CallSyntaxError: It has too many values.
    """
    values: list[JsonValue] = []
    position = 0
    while position < len(text):
        value, end = value_at(text, position)
        values.extend(value if isinstance(value, list) else [value])
        if len(values) > CALLS_LIMIT:
            raise CallSyntaxError(f"more than {CALLS_LIMIT} calls")
        separator = _SEPARATOR.match(text, end)
        position = separator.end() if separator else end
    return values


def python_calls_in(text: str) -> list[Call]:
    """Return the calls of a text in Python notation that is nothing else.

    Raises:
        CallSyntaxError: The text is anything else.
    """
    return [Call(name=name, arguments=arguments) for name, arguments in calls_written_in(text)]


def _with_name(value: JsonValue) -> JsonValue:
    """Return ``{name: arguments}``, as Apertus writes calls between its marks, in the common shape."""
    if isinstance(value, dict) and len(value) == 1:
        (name, arguments), *_ = value.items()
        if name not in WRAPPERS and isinstance(arguments, dict):
            return {"name": name, "arguments": arguments}
    return value


# Gemma prints what a function returns.
_PRINTED = re.compile(r"(?m)^[ \t]*+print\(([^\n]*)\)[ \t]*+$")


def _python_calls(body: str, json_problem: JsonError | None) -> list[Call]:
    try:
        return python_calls_in(_PRINTED.sub(r"\1", body))
    except CallSyntaxError:
        if json_problem is not None:
            raise json_problem from None
        raise


def _without_fence(body: str) -> str:
    fenced = fenced_in(body)
    return body if fenced is None else fenced.strip()


def _arguments_in(body: str, name: str, tools: Mapping[str, Tool]) -> dict[str, JsonValue]:
    body = _without_fence(body.strip())
    if not body:
        return {}
    return _tagged_arguments(body, tools.get(name)) if body.startswith("<") else arguments_from(value_in(body), name)


_PARAMETER = re.compile(
    r'\s*+(?:<(?P<prefix>｜DSML｜|antml:|steptml:)?parameter(?:=(?P<equals>[^<>"\s]{1,200}+)|'  # noqa: RUF001
    r'\s{1,9}name="(?P<quoted>[^<>"]{1,200}+)"(?:\s{1,9}string="(?P<string>true|false)")?)>'
    r"|<arg_key>\s*+(?P<key>[^<>]{1,200}+)</arg_key>\s*+<arg_value>)"
)


def _tagged_arguments(body: str, tool: Tool | None) -> dict[str, JsonValue]:
    """Read tags of parameters, one behind the other."""
    arguments: dict[str, JsonValue] = {}
    position = 0
    while position < len(body):
        opening = _PARAMETER.match(body, position)
        if not opening:
            raise CallSyntaxError("expected the tag of a parameter")
        key = (opening["equals"] or opening["quoted"] or opening["key"]).strip()
        closing = "</arg_value>" if opening["key"] else f"</{opening['prefix'] or ''}parameter>"
        end = body.find(closing, opening.end())
        if end < 0:
            raise CallSyntaxError(f"the parameter {key[:80]} is not closed")
        if key in arguments:
            raise CallSyntaxError(f"the parameter {key[:80]} is given twice")
        arguments[key] = _typed(body[opening.end() : end], key, opening["string"], tool)
        position = end + len(closing)
    return arguments


_CONSTANTS: Mapping[str, JsonValue] = {"True": True, "False": False, "None": None}


def _typed(text: str, key: str, is_string: str | None, tool: Tool | None) -> JsonValue:
    """Return the value of a parameter that is written as plain text; its schema says whether it is a string."""
    text = text.removeprefix("\n").removesuffix("\n")
    types = tool.types_of(key) if tool else frozenset()
    if is_string == "true" or (is_string is None and types == {"string"}):
        return text
    if text.strip() in _CONSTANTS and "string" not in types:
        return _CONSTANTS[text.strip()]
    try:
        return value_in(text)
    except JsonError:
        return text


_GEMMA_CALL = re.compile(rf"call:\s{{0,9}}({NAME})\s*+(?=\{{)")
_GEMMA_TOKEN = re.compile(
    r'<\|"\|>(?P<piped>(?:[^<]|<(?!\|"\|>))*+)<\|"\|>|<escape>(?P<escaped>(?:[^<]|<(?!escape>))*+)<escape>'
    r'|(?P<key>[A-Za-z_][\w\-]*+)(?=\s{0,9}:)|(?P<plain>"(?:[^"\\\n]|\\.)*+"|[^<"A-Za-z_]++|[A-Za-z_]++)'
)


def _gemma_call(body: str) -> Call:
    """Read ``call:name{key:value}``: JSON with bare keys and strings between tokens of their own."""
    head = _GEMMA_CALL.match(body)
    if not head:
        raise CallSyntaxError("expected call:name{...}")
    pieces: list[str] = []
    position = head.end()
    while position < len(body):
        token = _GEMMA_TOKEN.match(body, position)
        if not token:
            raise CallSyntaxError(f"expected a value at character {position}")
        quoted = token["piped"] if token["piped"] is not None else token["escaped"]
        quoted = token["key"] if quoted is None else quoted
        pieces.append(token["plain"] if quoted is None else json.dumps(quoted))
        position = token.end()
    return Call(name=head[1], arguments=arguments_from(value_in("".join(pieces)), head[1]))
