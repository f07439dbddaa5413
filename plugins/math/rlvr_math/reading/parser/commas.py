"""Commas outside of brackets that are part of a number: ``1,234`` and ``2,75``."""

from __future__ import annotations

from rlvr_math.reading.lexer import Token

_INTRODUCING = frozenset({"where", "with", "for"})
# Digits of a group of thousands.
_GROUP = 3
_LEVELS = {"(": 1, "[": 1, "\\{": 1, ")": -1, "]": -1, "\\}": -1}


def with_memberships(tokens: list[Token]) -> list[Token]:
    r"""Put a comma in the place of the word before a letter and its set: ``where k \in \mathbb{Z}``."""
    return [
        Token("operator", ",")
        if token.sort == "word"
        and token.text.lower() in _INTRODUCING
        and [each.sort for each in tokens[at + 1 : at + 3]] == ["symbol", "relation"]
        and tokens[at + 2].text == "∈"
        else token
        for at, token in enumerate(tokens)
    ]


def join_numbers(tokens: list[Token], *, thousands: bool, decimal_comma: bool) -> list[Token]:
    """Join thousands groups outside of brackets, and decimals with a comma if asked."""
    out: list[Token] = []
    depth, index = 0, 0
    while index < len(tokens):
        token = tokens[index]
        depth += _LEVELS.get(token.text, 0)
        if token.sort == "number" and depth == 0 and token.text.isdigit():
            # In 1000,200,300 no group of three may start anew behind a comma: it is a list.
            joins = thousands and not _goes_on(tokens, index)
            text, index = _number_from(tokens, index, thousands=joins, decimal_comma=decimal_comma)
            out.append(token if text == token.text else Token("number", text, token.spaced))
            continue
        out.append(token)
        index += 1
    return out


def _goes_on(tokens: list[Token], index: int) -> bool:
    """Return whether a number stands directly behind a comma and another number."""
    before = tokens[index - 2 : index]
    return (
        [each.sort for each in before] == ["number", "operator"] and before[-1].text == "," and not tokens[index].spaced
    )


def _number_from(tokens: list[Token], index: int, *, thousands: bool, decimal_comma: bool) -> tuple[str, int]:
    text, index = tokens[index].text, index + 1
    group = _group(tokens, index)
    if thousands and text != "0" and len(text) <= _GROUP and _is_of_thousands(group):
        while _is_of_thousands(group):
            text += group
            index += 2
            group = _group(tokens, index)
    elif decimal_comma and group.isdigit() and (text == "0" or len(group) != _GROUP):
        text += "." + group
        index += 2
    return text, index


def _group(tokens: list[Token], index: int) -> str:
    """Return the number directly behind a comma; nothing if none stands there."""
    match tokens[index : index + 2]:
        case [Token(text=",", spaced=False), Token(sort="number", text=group, spaced=False)]:
            return group
        case _:
            return ""


def _is_of_thousands(group: str) -> bool:
    return len(group.partition(".")[0]) == _GROUP
