"""Read the JSON object of a model's reply by strict rules: exactly one object, or none."""

from __future__ import annotations

import json
import re
from typing import Any

from rlvr_judge.troubles import Cause, NoVerdictError

# A verdict of a few hundred criteria with reasons is far below; more is no verdict.
REPLY_LIMIT_CHARACTERS = 200_000
# How models begin that refuse in prose, on wires that have no field for it.
_REFUSAL = re.compile(
    r"(?:i.?m |i am |we are |we.re )?(?:very |really |so )?(?:sorry|afraid)\b"
    r"|(?:unfortunately,? )?(?:i|we) (?:can.?t|cannot|can not|won.?t|will not|must decline|have to decline|decline)\b"
    r"|(?:i.?m|i am) (?:not able|unable)\b|as an ai\b",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^```(?:json)?[ \t]*\n(.*?)\n?^```[ \t]*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object of a reply: all of the text, or its only fenced block if no brace stands outside it.

    Raises:
        NoVerdictError: The reply is not exactly one JSON object, or an object in it has a key twice.
    """
    if not text.strip():
        raise NoVerdictError(Cause.UNPARSEABLE, "the reply is empty")
    if len(text) > REPLY_LIMIT_CHARACTERS:
        raise NoVerdictError(Cause.UNPARSEABLE, f"the reply has {len(text)} characters")
    inner = text.strip()
    if not inner.startswith("{"):
        blocks = _FENCE.findall(inner)
        outside = _FENCE.sub("", inner)
        if len(blocks) != 1 or "{" in outside or "}" in outside:
            if _REFUSAL.match(inner):
                raise NoVerdictError(Cause.REFUSED, f"the model refused: {inner[:80]!r}")
            raise NoVerdictError(Cause.UNPARSEABLE, f"the reply is not one JSON object: {inner[:80]!r}")
        inner = blocks[0]
    try:
        value = json.loads(inner, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NoVerdictError(Cause.UNPARSEABLE, f"the reply is not one JSON object: {error}") from None
    if not isinstance(value, dict):
        raise NoVerdictError(Cause.UNPARSEABLE, "the reply is JSON, but no object")
    return value


def fields_of(value: object, names: frozenset[str], where: str) -> dict[str, Any]:
    """Return an object of a reply if it has exactly the fields that were asked for.

    Raises:
        NoVerdictError: It is no object, or lacks a field, or has another one.
    """
    if not isinstance(value, dict):
        raise NoVerdictError(Cause.UNPARSEABLE, f"{where} is no object")
    if value.keys() != names:
        missing, extra = sorted(names - value.keys())[:5], sorted(value.keys() - names)[:5]
        raise NoVerdictError(Cause.UNPARSEABLE, f"{where} lacks {missing} and has {extra} which were not asked for")
    return value


def reason_of(value: object, where: str) -> str:
    """Return the reason in a reply, cut to a line.

    Raises:
        NoVerdictError: It is no text.
    """
    if not isinstance(value, str):
        raise NoVerdictError(Cause.UNPARSEABLE, f"the reason of {where} is no text")
    return " ".join(value[:400].split())


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a key twice")
    return made


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")
