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
    return (
        index > 1 and tokens[index - 1].text == "," and tokens[index - 2].sort == "number" and not tokens[index].spaced
    )


def _number_from(tokens: list[Token], index: int, *, thousands: bool, decimal_comma: bool) -> tuple[str, int]:
    text, index = tokens[index].text, index + 1
    is_grouped = thousands and text != "0" and len(text) <= _GROUP and _is_group(tokens, index, comma=True)
    if is_grouped:
        while _is_group(tokens, index, comma=True):
            text += tokens[index + 1].text
            index += 2
    elif decimal_comma and _is_group(tokens, index, comma=False, may_be_three=text == "0"):
        text += "." + tokens[index + 1].text
        index += 2
    return text, index


def _is_group(tokens: list[Token], index: int, *, comma: bool, may_be_three: bool = False) -> bool:
    match tokens[index : index + 2]:
        case [Token(text=",", spaced=False), Token(sort="number", text=group, spaced=False)]:
            whole, _, _ = group.partition(".")
            return len(whole) == _GROUP if comma else group.isdigit() and (may_be_three or len(group) != _GROUP)
        case _:
            return False
