"""Conversations of every published shape as turns: one reader for OpenAI, Anthropic, Bedrock, Gemini, ShareGPT, TRL.

A tool's text is never the model's, reasoning parts are never the answer, and a run of Responses items is one turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rlvr.record.json_value import MAPPINGS, JsonValue, plain_value

ANSWER_ROLES = frozenset({"assistant", "nova_assistant", "bot", "model", "gpt", "ai"})
QUESTION_ROLES = frozenset({"user", "human"})

_USUAL_ROLES = frozenset({"user", "assistant", "system", "tool"})

# Content that is nested deeper than this is not text that a platform sent.
CONTENT_DEPTH_LIMIT = 8

_REASONING_PARTS = frozenset(
    {"reasoning", "thinking", "redacted_thinking", "reasoning_content", "reasoning_text", "summary_text"}
)
_REASONING_KEYS = ("reasoning_content", "reasoning", "thinking", "reasoningContent")
_REASONING_TEXTS = ("reasoning", "thinking", "summary", "text", "content", "reasoningText", "reasoningContent")
_CALL_PARTS = frozenset(
    {"tool_use", "server_tool_use", "mcp_tool_use", "function_call", "custom_tool_call", "mcp_call", "tool_call"}
)
_CALL_KEYS = ("toolUse", "functionCall")
_RESULT_ITEMS = frozenset({"function_call_output", "custom_tool_call_output"})
_RESULT_PARTS = _RESULT_ITEMS | {"tool_result"}
_RESULT_KEYS = ("toolResult", "functionResponse")
# Where the text of a part stands. Assistants nest it (`text.value`), Arena-Hard writes `answer`.
_TEXT_KEYS = ("text", "content", "output_text", "value", "answer")
_PARTS = _REASONING_PARTS | _CALL_PARTS | _RESULT_PARTS | {"text", "output_text", "refusal"}
_PART_KEYS = frozenset({"text", "refusal", "reasoningContent", *_CALL_KEYS, *_RESULT_KEYS})
_ROLE_KEYS = ("role", "from", "speaker")
_CONTENT_KEYS = ("content", "value", "parts", "text", "prompt")


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One turn of the conversation; ``content`` is text, whatever its shape in the event.

    Attributes:
        role: In lower case; that of a user's turn with tool results only is ``tool``.
        content: The text, without reasoning that the event marks as such.
        tool_calls: The calls, as sent.
        reasoning: The text of the parts that the event marks as reasoning.
    """

    role: str
    content: str = ""
    tool_calls: tuple[JsonValue, ...] = ()
    reasoning: str = ""


class _Content:
    """What the content of a turn holds: texts, reasoning, calls, and whether a tool's result stands in it."""

    __slots__ = ("calls", "has_result", "reasoning", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[JsonValue] = []
        self.has_result = False

    def add(self, content: JsonValue, depth: int = 0) -> None:
        """Add content of any shape: text, a list of parts, a part."""
        if isinstance(content, str):
            self.texts.append(content)
        elif depth >= CONTENT_DEPTH_LIMIT or content is None:
            return
        elif isinstance(content, (list, tuple)):
            for part in content:
                self.add(part, depth + 1)
        elif isinstance(content, MAPPINGS):
            self._add_part(content, depth + 1)
        elif depth == 0:  # in a list, numbers are token ids
            self.texts.append(text_of_number(content))

    def _add_part(self, part: Mapping[str, JsonValue], depth: int) -> None:
        kind = kind_of(part)
        if kind in _REASONING_PARTS or part.get("thought") is True or "reasoningContent" in part:
            self.reasoning.extend(_texts_at(part, _REASONING_TEXTS))
        elif kind in _CALL_PARTS or any(key in part for key in _CALL_KEYS):
            self.calls.append(part)
        elif kind in _RESULT_PARTS or any(key in part for key in _RESULT_KEYS):
            self.has_result = True
        elif isinstance(part.get("refusal"), str):  # a refusal is what the model said
            self.texts.append(part["refusal"])
        else:
            key = next((key for key in _TEXT_KEYS if part.get(key) is not None), None)
            if key is not None:
                self.add(part[key], depth + 1)


def messages_in(value: JsonValue) -> tuple[Message, ...]:
    """Return the turns of a conversation: a list of messages, of Responses items, or of both; () for anything else."""
    if not isinstance(value, (list, tuple)):
        return ()
    turns: list[Message] = []
    run: list[Mapping[str, JsonValue]] = []
    for item in value:
        if not isinstance(item, MAPPINGS):
            continue
        role, content = item.get("role"), item.get("content")
        is_usual = len(item) == 2 and not run  # noqa: PLR2004  # a role and a text, as most turns
        if is_usual and type(role) is str and type(content) is str:
            turns.append(Message(role=_role_named(role), content=content))
            continue
        if _is_of_run(item):
            run.append(item)
            continue
        if run:
            turns.append(_turn_of_run(run))
            run = []
        turn = message_from(item)
        if turn is not None:
            turns.append(turn)
    if run:
        turns.append(_turn_of_run(run))
    return tuple(turns)


def message_from(item: Mapping[str, JsonValue]) -> Message | None:
    """Return one turn of any published shape; None if the object has no role and no content."""
    inner = item.get("message")
    if isinstance(inner, MAPPINGS) and "content" not in item:  # a choice among messages, or a node of a trace
        item = inner
    if kind_of(item) in _RESULT_PARTS:
        held = _Content()
        held.add(item.get("output", item.get("content")))
        return Message(role="tool", content="".join(held.texts))
    if not any(key in item for key in (*_ROLE_KEYS, *_CONTENT_KEYS, "tool_calls")):
        return None
    held = _content_of(item)
    role = next((item[key] for key in _ROLE_KEYS if isinstance(item.get(key), str)), "")
    role = _role_named(role)
    if held.has_result and role in QUESTION_ROLES and not "".join(held.texts).strip():
        role = "tool"
    return Message(
        role=role, content="".join(held.texts), tool_calls=tuple(held.calls), reasoning="\n".join(held.reasoning)
    )


def kind_of(item: Mapping[str, JsonValue]) -> str:
    """Return the ``type`` of a part, an item or an event; "" if it has none."""
    kind = item.get("type")
    return kind if isinstance(kind, str) else ""


def is_message(item: JsonValue) -> bool:
    """Return True for an object that is a turn of a conversation or an item of a response."""
    if not isinstance(item, MAPPINGS):
        return False
    has_role = any(isinstance(item.get(key), str) for key in _ROLE_KEYS)
    is_node = isinstance(item.get("message"), MAPPINGS) and "sampled" in item
    return has_role or is_node or _is_of_run(item) or kind_of(item) in _RESULT_ITEMS


def is_part(item: Mapping[str, JsonValue]) -> bool:
    """Return True for a part of a turn's content: a text, reasoning, a call, a tool's result, a refusal."""
    return kind_of(item) in _PARTS or not _PART_KEYS.isdisjoint(item)


def answer_place(messages: Sequence[Message]) -> int | None:
    """Return the index of the turn that answers: the last assistant turn without a question after it; None if none.

    Few-shot turns before a question are not answers.
    """
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].role in ANSWER_ROLES:
            return place
        if messages[place].role in QUESTION_ROLES:
            return None
    return None


def last_answer_place(messages: Sequence[Message]) -> int | None:
    """Return the index of the last assistant turn, whoever has the last word; None if there is none."""
    return next((place for place in range(len(messages) - 1, -1, -1) if messages[place].role in ANSWER_ROLES), None)


def question_end(messages: Sequence[Message]) -> int:
    """Return the number of turns up to the last question; without a question, up to the first turn of the model."""
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].role in QUESTION_ROLES:
            return place + 1
    return next((place for place, turn in enumerate(messages) if turn.role in ANSWER_ROLES), len(messages))


def text_of(content: JsonValue) -> str:
    """Return the text of content of any published shape: text, a number, a list of parts, a part, null."""
    held = _Content()
    held.add(content)
    return "".join(held.texts)


def text_of_number(value: JsonValue) -> str:
    """Return the JSON text of a number or a boolean; "" for what is none of them."""
    value = plain_value(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else ""


def _content_of(item: Mapping[str, JsonValue]) -> _Content:
    held = _Content()
    content = next((item[key] for key in _CONTENT_KEYS if item.get(key) is not None), None)
    held.add(content)
    held.reasoning.extend(dict.fromkeys(_texts_at(item, _REASONING_KEYS)))  # some servers write it under two keys
    calls = item.get("tool_calls")
    if isinstance(calls, (list, tuple)):
        held.calls.extend(calls)
    if isinstance(item.get("function_call"), MAPPINGS):
        held.calls.append({"function": item["function_call"]})
    if isinstance(item.get("refusal"), str) and not "".join(held.texts).strip():
        held.texts.append(item["refusal"])
    return held


def _texts_at(value: Mapping[str, JsonValue], keys: Sequence[str], depth: int = 0) -> Iterable[str]:
    """Yield the texts under some keys of an object, and of the objects and lists that stand there."""
    if depth >= CONTENT_DEPTH_LIMIT:
        return
    for key in keys:
        held = value.get(key)
        for each in held if isinstance(held, (list, tuple)) else (held,):
            if isinstance(each, str):
                yield each
            elif isinstance(each, MAPPINGS):
                yield from _texts_at(each, _REASONING_TEXTS, depth + 1)


def _role_named(role: str) -> str:
    return role if role in _USUAL_ROLES else role.strip().lower()


def _is_of_run(item: Mapping[str, JsonValue]) -> bool:
    """Return True for a Responses item that the model wrote: a message, reasoning, a call."""
    kind = kind_of(item)
    if kind == "message":
        role = item.get("role")
        return isinstance(role, str) and _role_named(role) in ANSWER_ROLES
    return (kind == "reasoning" or kind.endswith("_call")) and "role" not in item


def _turn_of_run(items: Sequence[Mapping[str, JsonValue]]) -> Message:
    """Return the turn that a run of Responses items is: the text of its last message, all its calls."""
    held, text = _Content(), ""
    for item in items:
        if item["type"] == "message":
            one = _content_of(item)
            text = "".join(one.texts)
            held.reasoning.extend(one.reasoning)
            held.calls.extend(one.calls)
        else:
            held.add(item)
    calls = tuple(call for call in held.calls if "name" in call or "function" in call)
    return Message(role="assistant", content=text, tool_calls=calls, reasoning="\n".join(held.reasoning))
