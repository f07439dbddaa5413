"""Calls as JSON objects, in every published shape: OpenAI, Bedrock, Anthropic, Gemini, Cohere, LangChain, bare ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in

# No task asks for as many calls in one turn; the matching is cubic in their number.
CALLS_LIMIT = 64
TOO_MANY = f"more than {CALLS_LIMIT} calls"


class CallSyntaxError(ValueError):
    """A text or an object is not a readable call."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call: the function's name and its arguments by name."""

    name: str
    arguments: dict[str, JsonValue]


# Members that contain a call, in the shapes of APIs.
WRAPPERS = ("function", "toolUse", "tool_use", "function_call", "functionCall", "tool_call")
_LISTS = ("tool_calls", "tool_uses")
_NAMES = ("name", "function", "tool_name", "recipient_name", "action", "tool", "function_name")
_ARGUMENTS = ("arguments", "parameters", "input", "args", "action_input", "tool_input", "params")
# Agents that must always name an action name one of these to answer without a call.
NO_CALL_NAMES = frozenset({"final answer", "directly_answer", "directly-answer", "none", "final_answer"})


def call_from(value: JsonValue) -> Call:
    """Return the call of a JSON object.

    Raises:
        CallSyntaxError: It has no name, or its arguments are not one object.
        JsonError: Its arguments are a text that is not JSON.
    """
    inner = _unwrapped(value)
    name = _name_of(inner)
    if not isinstance(inner, dict) or name is None:
        raise CallSyntaxError("a call without a name")
    given = [key for key in _ARGUMENTS if key in inner]
    if len(given) > 1:
        raise CallSyntaxError(f"{name[:80]}: arguments given twice")
    arguments = inner[given[0]] if given else {}
    # Servers write a call without arguments as null or as an empty text too.
    is_empty = arguments is None or (isinstance(arguments, str) and not arguments.strip())
    return Call(name=name, arguments={} if is_empty else arguments_from(arguments, name))


def arguments_from(value: JsonValue, name: str) -> dict[str, JsonValue]:
    """Return the arguments of a call of ``name``; OpenAI sends them as JSON text.

    Raises:
        CallSyntaxError: They are not an object.
        JsonError: They are a text that is not JSON.
    """
    if isinstance(value, str):
        value = value_in(value)
    if not isinstance(value, dict):
        raise CallSyntaxError(f"{name[:80]}: arguments are not an object")
    return value


def call_objects_in(value: JsonValue, names: Collection[str]) -> list[JsonValue] | None:
    """Return the calls of a JSON value that an answer writes; None if it is data.

    Args:
        value: One call, a list of calls, or an object that contains such a list.
        names: The functions that may be called: ``{name: arguments}`` is a call only of these.

    Raises:
        CallSyntaxError: Calls and other values are mixed, or a call is hidden inside data.
    """
    listed = [inner for each in (value if isinstance(value, list) else [value]) for inner in _listed_in(each)]
    listed = [each for each in listed if len(listed) == 1 or not _is_prose(each)]
    calls = [_call_object(each, names) for each in listed[: CALLS_LIMIT + 1]]
    if calls and all(call is not None for call in calls):
        return [] if all(_is_no_call(call, names) for call in calls) else calls
    if any(call is not None for call in calls):
        raise CallSyntaxError("calls mixed with other values")
    if any(_is_surely_call(each, names) for each in _values_in(value)):
        raise CallSyntaxError("a call inside another value")
    return None


def _listed_in(value: JsonValue) -> list[JsonValue]:
    """Return the calls of an object that lists them, as a message of OpenAI does; else the value."""
    found = (value.get(key) for key in _LISTS) if isinstance(value, dict) else ()
    return next((each for each in found if isinstance(each, list)), [value])


def _unwrapped(value: JsonValue) -> JsonValue:
    for wrapper in WRAPPERS:
        if isinstance(value, dict) and isinstance(value.get(wrapper), dict):
            value = value[wrapper]
    return value


def _name_of(value: JsonValue) -> str | None:
    found = (value.get(key) for key in _NAMES) if isinstance(value, dict) else ()
    return next((name for name in found if isinstance(name, str) and name), None)


def _call_object(value: JsonValue, names: Collection[str]) -> JsonValue:
    """Return a call, ``{name: arguments}`` converted to the common shape; None for anything else.

    Raises:
        CallSyntaxError: ``{name: arguments}`` has further members.
    """
    if not isinstance(value, dict):
        return None
    if any(isinstance(value.get(wrapper), dict) for wrapper in WRAPPERS):
        return value
    name = _name_of(value)
    if name is not None and any(key in value for key in _ARGUMENTS):
        return value
    by_name: list[JsonValue] = [
        {"name": key, "arguments": inner} for key, inner in value.items() if key in names and isinstance(inner, dict)
    ]
    if by_name and len(value) > 1:
        raise CallSyntaxError("a known function with arguments, and other members")
    return by_name[0] if by_name else {"name": name} if name in names else None


def _is_no_call(value: JsonValue, names: Collection[str]) -> bool:
    name = _name_of(_unwrapped(value))
    return name is not None and name not in names and name.strip().lower() in NO_CALL_NAMES


def _is_prose(value: JsonValue) -> bool:
    """Return True for a content part that holds text or reasoning beside calls."""
    return isinstance(value, dict) and value.get("type") in {"text", "thinking", "reasoning", "output_text"}


def _is_surely_call(value: JsonValue, names: Collection[str]) -> bool:
    """Return True for an object that names a known function and has arguments."""
    inner = _unwrapped(value)
    name = _name_of(inner)
    is_known = name is not None and (name in names or name.removeprefix("functions.") in names)
    return is_known and isinstance(inner, dict) and any(key in inner for key in _ARGUMENTS)


def _values_in(value: JsonValue) -> Iterator[JsonValue]:
    under = [value]
    for node in under:  # grows while it is read
        yield node
        if isinstance(node, dict):
            under.extend(node.values())
        elif isinstance(node, list):
            under.extend(node)


class GivenCalls(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of an answer, or of a part of it.

    Attributes:
        calls: The calls that can be read, in order.
        malformed: For each call that cannot be read, the reason.
    """

    calls: tuple[Call, ...] = ()
    malformed: tuple[str, ...] = ()

    def __add__(self, other: GivenCalls) -> GivenCalls:
        return GivenCalls(calls=self.calls + other.calls, malformed=self.malformed + other.malformed)


def read_calls(values: Sequence[JsonValue]) -> GivenCalls:
    """Read JSON objects as calls."""
    if len(values) > CALLS_LIMIT:
        return GivenCalls(malformed=(TOO_MANY,))
    read: list[Call] = []
    malformed: list[str] = []
    for each in values:
        try:
            read.append(call_from(each))
        except (JsonError, CallSyntaxError) as error:
            malformed.append(str(error))
    return GivenCalls(calls=tuple(read), malformed=tuple(malformed))
