"""References: the ground truth of a row without the wrappers that platforms and data sets put around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlvr.record.json_value import JSON_TYPES, MAPPINGS, JsonValue, is_null, parse_json, plain_value
from rlvr.record.messages import ANSWER_ROLES, QUESTION_ROLES, answer_place, message_from, messages_in

# An object with one of these keys and no other is a wrapper that platforms put around a reference.
WRAPPING_KEYS = frozenset({"text", "answer", "final_answer", "ground_truth", "label", "target", "value"})
WRAPPING_DEPTH_LIMIT = 4

_ROLES = ANSWER_ROLES | QUESTION_ROLES | {"system", "developer", "tool", "function", "observation"}


def unwrap_reference(reference: JsonValue) -> JsonValue:
    """Return a reference without the wrappers around it.

    ``{"text": x}`` and other objects whose only key is well-known become ``x``, also if they are JSON text.
    Blank text and empty objects mean that there is no reference: they become None. An empty list stays: some scorers
    take it as a reference, such as "no call is expected".
    """
    if type(reference) is str and reference and reference[0] != "{" and not reference[0].isspace():
        return reference  # neither blank nor the JSON text of an object
    if type(reference) is dict and len(reference) == 1:  # most wrappers: one of a text
        ((key, inner),) = reference.items()
        if key in WRAPPING_KEYS and type(inner) is str and inner and inner[0] != "{" and not inner[0].isspace():
            return inner
    if type(reference) not in JSON_TYPES:
        reference = plain_value(reference)
    if is_null(reference):
        return None
    reference = _without_wrappers(reference)
    if isinstance(reference, str):
        return reference if reference.strip() else None
    if isinstance(reference, MAPPINGS):
        return _of_object(reference) if reference else None
    return _of_list(reference) if isinstance(reference, (list, tuple)) and reference else reference


def _without_wrappers(reference: JsonValue) -> JsonValue:
    for _ in range(WRAPPING_DEPTH_LIMIT):
        if isinstance(reference, str):
            decoded = parse_json(reference) if reference.lstrip().startswith("{") else None
            if not (isinstance(decoded, dict) and _wrapping_key(decoded)):
                return reference
            reference = decoded
        if not isinstance(reference, MAPPINGS):
            return reference
        key = _wrapping_key(reference)
        if key is None:
            return reference
        reference = reference[key]
    return reference


def reference_at_key(reference: JsonValue, key: str) -> JsonValue:
    """Return the value of one key of a reference that is an object or the JSON text of one; return others unchanged."""
    decoded = parse_json(reference) if isinstance(reference, str) else reference
    return unwrap_reference(decoded.get(key)) if isinstance(decoded, MAPPINGS) else reference


def _wrapping_key(reference: Mapping[str, JsonValue]) -> str | None:
    if len(reference) != 1:
        return None
    key = next(iter(reference))
    return key if key in WRAPPING_KEYS else None


def _of_object(reference: Mapping[str, JsonValue]) -> JsonValue:
    """Read the objects of data sets: SQuAD's texts, TriviaQA's aliases, a message."""
    keys = reference.keys()
    if {"text", "answer_start"} <= keys and isinstance(reference["text"], (list, tuple)):
        return list(reference["text"]) or None
    if {"value", "aliases"} <= keys and isinstance(reference["aliases"], (list, tuple)):
        return list(dict.fromkeys(str(each) for each in (reference["value"], *reference["aliases"]) if each))
    if _is_turn(reference):
        turn = message_from(reference)
        return None if turn is None else unwrap_reference(turn.content)
    return reference


def _of_list(reference: Sequence[JsonValue]) -> JsonValue:
    """Read the lists of data sets: a conversation, references in parts."""
    if not all(isinstance(each, MAPPINGS) for each in reference):
        return [_text_of_parts(each) for each in reference]
    if all(_is_turn(each) for each in reference):
        turns = messages_in(reference)
        place = answer_place(turns)
        return None if place is None else unwrap_reference(turns[place].content)
    return list(reference)


def _is_turn(value: Mapping[str, JsonValue]) -> bool:
    """Return True for a turn of a conversation; an object of data may have a role too, but no known one."""
    role = value.get("role", value.get("from"))
    return isinstance(role, str) and role.strip().lower() in _ROLES and ("content" in value or "value" in value)


def _text_of_parts(value: JsonValue) -> JsonValue:
    """Return the text of a list of text parts; anything else unchanged."""
    if not isinstance(value, (list, tuple)) or not value:
        return value
    if not all(isinstance(each, MAPPINGS) and isinstance(each.get("text"), str) for each in value):
        return value
    return "".join(each["text"] for each in value)
