"""References of short text answers: one text, a number, a truth value, or a list of alternatives."""

from __future__ import annotations

import json

from rlvr import JsonValue

# A short answer has fewer right wordings; a longer list is another kind of reference.
ALTERNATIVES_LIMIT = 100


def alternatives_in(reference: JsonValue) -> tuple[str, ...]:
    """Read the texts that a reference calls right.

    Args:
        reference: A text, a number, a truth value (as JSON writes them), or a list of these.

    Returns:
        One text per alternative, none blank; empty if the reference is anything else.
    """
    listed = reference if isinstance(reference, list) else [reference]
    texts = [_text_of(each) for each in listed[: ALTERNATIVES_LIMIT + 1]]
    readable = 0 < len(texts) <= ALTERNATIVES_LIMIT and all(map(_prints, texts))
    return tuple(texts) if readable else ()


def unreadable(reference: JsonValue) -> str:
    """Return why a reference is none of these."""
    problem = f"the reference is {type(reference).__name__}; expected a text, a number or a list of them, none blank"
    if isinstance(reference, dict):
        problem += "; `reference_key` of the task names the key of an object that is meant"
    return problem


def _prints(text: str) -> bool:
    return any(character.isprintable() and character != " " for character in text)


def _text_of(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else ""
