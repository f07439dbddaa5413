"""Checks of one row against the rules of a platform, and the repairs that need no guess.

Repaired are: an integer in place of text, the role ``developer``, keys of messages that no platform accepts, and an
empty id or ``reference_answer``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias, assert_never

from rlvr_aws.data.rules import DataTarget, Finding

DataRow: TypeAlias = dict[str, Any]
Breach: TypeAlias = tuple[str, str]
"""The name of a rule, and how the row breaks it."""

MESSAGE_KEYS = frozenset({"role", "content", "tool_calls", "tool_call_id"})
ROLES = frozenset({"system", "user", "assistant", "nova_assistant", "tool", "bot"})
_ANSWER_ROLES = frozenset({"assistant", "nova_assistant", "bot"})
# Each column with the rules that an empty value and an integer break.
_REPAIRED_COLUMNS = (("id", "blank-id", "id-not-text"), ("reference_answer", "reference-empty", "reference-type"))
# A hostile row of a million messages must not become a million findings.
ROW_BREACHES = 50
_SHOWN = 60


def repair_row(row: DataRow) -> tuple[DataRow, list[Breach]]:
    """Return a repaired copy of a row, and the breaches that were repaired."""
    clean, breaches = dict(row), []
    for name, empty, wrong in _REPAIRED_COLUMNS:
        value = row.get(name)
        if _is_empty(value):
            del clean[name]
            breaches.append((empty, f"{name} is {_short(value)}"))
        elif isinstance(value, int) and not isinstance(value, bool):
            clean[name] = str(value)
            breaches.append((wrong, f"{name} is the number {_short(value)}"))
    if isinstance(row.get("messages"), list):
        clean["messages"] = [_repair_message(each, place, breaches) for place, each in enumerate(row["messages"])]
    return clean, breaches


def breaches_of(row: DataRow, target: DataTarget) -> Iterator[Breach]:
    """Yield the breaches of the target's rules in a repaired row."""
    yield from _column_breaches(row)
    match target.question:
        case "prompt":
            yield from _prompt_breaches(row)
        case "messages":
            yield from _chat_breaches(row)
        case _:
            assert_never(target.question)


def _chat_breaches(row: DataRow) -> Iterator[Breach]:
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "messages-missing", "there is no `messages`" if messages is None else f"messages is {_short(messages)}"
    else:
        yield from _conversation_breaches(messages)
    if row.get("tools") is not None:
        yield from (("tools-invalid", problem) for problem in _tool_problems(row["tools"]))


def findings_of(row: DataRow, target: DataTarget, line: int) -> tuple[DataRow, list[Finding]]:
    """Return the repaired row, and the findings: the first 50 that were repaired, and the first 50 others."""
    clean, repaired = repair_row(row)
    name = id_text(row)
    found = [Finding(line=line, id=name, rule=rule, problem=problem, repaired=True) for rule, problem in repaired]
    breaches = islice(breaches_of(clean, target), ROW_BREACHES)
    found += [Finding(line=line, id=name, rule=rule, problem=problem) for rule, problem in breaches]
    return clean, found


def id_text(row: DataRow) -> str:
    """Return the id of a row for a message, cut to 200 characters."""
    value = row.get("id")
    return "" if value is None else (value if isinstance(value, str) else _short(value))[:200]


def _is_empty(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else value == {}


def _repair_message(message: Any, place: int, breaches: list[Breach]) -> Any:
    if not isinstance(message, dict):
        return message
    forbidden = [key for key in message if key not in MESSAGE_KEYS]
    if forbidden and len(breaches) < ROW_BREACHES:
        breaches.append(("forbidden-message-key", f"messages[{place}] has {_list_names(forbidden)}"))
    clean = {key: value for key, value in message.items() if key in MESSAGE_KEYS}
    if clean.get("role") == "developer":
        clean["role"] = "system"
        if len(breaches) < ROW_BREACHES:
            breaches.append(("developer-role", f"messages[{place}] has role developer"))
    return clean


def _column_breaches(row: DataRow) -> Iterator[Breach]:
    if not isinstance(row.get("id"), (str, type(None))):
        yield "id-not-text", f"id is {_short(row['id'])}"
    if not isinstance(row.get("reference_answer"), (str, dict, type(None))):
        yield "reference-type", f"reference_answer is {_short(row['reference_answer'])}"


def _conversation_breaches(messages: list[Any]) -> Iterator[Breach]:
    roles = [each.get("role") if isinstance(each, dict) else None for each in messages]
    for place, message in enumerate(messages):
        yield from _message_breaches(message, f"messages[{place}]")
    if "user" not in roles:
        yield "no-user-turn", "no message has role user"
    late = next((place for place, role in enumerate(roles) if role == "system" and place), None)
    if late is not None:
        yield "system-not-first", f"messages[{late}] has role system"
    if isinstance(roles[-1], str) and roles[-1] in _ANSWER_ROLES:
        yield "ends-with-answer", f"the last message has role {roles[-1]}"


def _message_breaches(message: Any, where: str) -> Iterator[Breach]:
    if not isinstance(message, dict):
        yield "message-invalid", f"{where} is {_short(message)}"
        return
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        yield "unknown-role", f"{where} has role {_short(role)}"
    calls = message.get("tool_calls")
    if message.get("content") is None and isinstance(calls, list) and calls:
        return
    yield from _content_breaches(message.get("content"), f"{where}.content")


def _content_breaches(content: Any, where: str) -> Iterator[Breach]:
    if content is None or _is_blank(content):
        yield "blank-content", f"{where} is {'missing' if content is None else 'blank'}"
    elif isinstance(content, list):
        for place, part in enumerate(content):
            if not _is_text_part(part):
                yield "content-not-text", f"{where}[{place}] is {_short(part)}"
                return
    elif not isinstance(content, str):
        yield "content-not-text", f"{where} is {_short(content)}"


def _is_blank(content: Any) -> bool:
    return not content.strip() if isinstance(content, str) else content == []


def _is_text_part(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str)


def _prompt_breaches(row: DataRow) -> Iterator[Breach]:
    prompt = row.get("prompt")
    if prompt is None or _is_blank(prompt) or not isinstance(prompt, (str, list)):
        yield "prompt-missing", "there is no `prompt`" if prompt is None else f"prompt is {_short(prompt)}"
        return
    for place, message in enumerate(prompt if isinstance(prompt, list) else ()):
        where = f"prompt[{place}]"
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            yield "message-invalid", f"{where} is {_short(message)}"
        else:
            yield from _content_breaches(message.get("content"), f"{where}.content")


def _tool_problems(tools: Any) -> Iterator[str]:
    if not isinstance(tools, list) or not tools:
        yield f"tools is {_short(tools)}"
        return
    names: set[str] = set()
    for place, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or tool.get("type") != "function":
            yield f"tools[{place}] is {_short(tool)}"
            continue
        yield from (f"tools[{place}].function: {problem}" for problem in _function_problems(function))
        name = function.get("name")
        if isinstance(name, str) and name in names:
            yield f"tools[{place}].function: {_short(name)} is used twice"
        elif isinstance(name, str):
            names.add(name)


def _function_problems(function: DataRow) -> Iterator[str]:
    for key in ("name", "description"):
        value = function.get(key)
        if not isinstance(value, str) or not value.strip():
            yield f"has no {key}"
    parameters = function.get("parameters")
    if not isinstance(parameters, dict) or parameters.get("type") != "object":
        yield "its parameters are not a schema of type object"
    elif "properties" in parameters and not isinstance(parameters["properties"], dict):
        yield "the properties of its parameters are not an object"


def _list_names(names: list[str]) -> str:
    shown = ", ".join(_short(name) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004  # the width of a table's cell


def _short(value: object) -> str:
    """Return a short description of a value; a large one is not traversed."""
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = repr(value[: _SHOWN + 1]) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
