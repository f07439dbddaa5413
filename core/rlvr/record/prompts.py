"""Prompts: the conversation before the completion, from the columns that have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlvr.record.formats import PROMPT_PLACES
from rlvr.record.json_value import MAPPINGS, JsonValue, parse_json
from rlvr.record.messages import ANSWER_ROLES, Message, messages_in, question_end, text_of
from rlvr.record.places import Place


def prompt_in(row: Mapping[str, JsonValue], places: Sequence[Place]) -> tuple[tuple[Message, ...], str]:
    """Return the prompt of a row and its place: that of the first column that has one; then that of ``messages``."""
    for place in places:
        turns = _turns_of(place.find(row))
        if not turns:
            continue
        if place.path == "instruction":
            turns = _with_input(turns, row.get("input"))
        return _with_system(turns, row), place.path
    turns = messages_in(row.get("messages"))
    return _with_system(turns[: question_end(turns)], row), "messages" if turns else ""


def _turns_of(value: JsonValue) -> tuple[Message, ...]:
    """Return the turns of a prompt: text, a conversation, a list of texts, or an object with one of these."""
    if isinstance(value, str):
        turns = messages_in(parse_json(value)) if value.startswith("[{") else ()  # a cell that holds a conversation
        return turns or ((Message(role="user", content=value),) if value else ())
    if isinstance(value, (list, tuple)):
        turns = messages_in(value)
        if any(turn.role for turn in turns):
            return _without_answer(turns)
        if all(isinstance(each, str) for each in value):
            return tuple(Message(role="user", content=each) for each in value)
        text = text_of(value)
        return (Message(role="user", content=text),) if text else ()
    if isinstance(value, MAPPINGS):
        inner = next((value[key] for key in ("messages", *PROMPT_PLACES) if value.get(key) is not None), None)
        if inner is None:
            texts = [each for each in value.values() if isinstance(each, str)]
            inner = texts[0] if len(texts) == 1 else None
        return _turns_of(inner) if not isinstance(inner, MAPPINGS) else ()
    return ()


def _without_answer(turns: tuple[Message, ...]) -> tuple[Message, ...]:
    """Leave out the answer that some platforms put at the end of the prompt."""
    end = len(turns)
    while end and turns[end - 1].role in ANSWER_ROLES and not turns[end - 1].tool_calls:
        end -= 1
    return turns[:end]


def _with_input(turns: tuple[Message, ...], given: JsonValue) -> tuple[Message, ...]:
    """Add Alpaca's second half: rows of one instruction and different inputs are different prompts."""
    if isinstance(given, str) and given.strip():
        return (*turns, Message(role="user", content=given))
    return turns


def _with_system(turns: tuple[Message, ...], row: Mapping[str, JsonValue]) -> tuple[Message, ...]:
    system = text_of(row["system"]) if row.get("system") else ""
    if system and turns and turns[0].role != "system":
        return (Message(role="system", content=system), *turns)
    return turns
