r"""Intervals as people write them: ``]2,3[`` for ``(2,3)`` as in France, ``(1,2) U (3,4)`` for a union."""

from __future__ import annotations

import msgspec

from rlvr_math.reading.lexer import Token

# What stands before an interval, and behind one.
_BEFORE = frozenset({"∪", "∩", "∖", "=", "∈", ",", ";", "and", "or"})
_BEHIND = frozenset({"∪", "∩", "∖", ",", ";", "and", "or"})
_TURNED = {"]": "(", "[": ")"}


def with_round_brackets(tokens: list[Token]) -> list[Token]:
    """Put round brackets in the place of square ones that open to the outside."""
    found: list[Token] = []
    for token, before, behind in zip(tokens, [None, *tokens], [*tokens[1:], None], strict=False):
        is_left = token.text == "]" and (before is None or before.text in _BEFORE)
        is_right = token.text == "[" and (behind is None or behind.text in _BEHIND)
        found.append(msgspec.structs.replace(token, text=_TURNED[token.text]) if is_left or is_right else token)
    return found


def with_unions(tokens: list[Token]) -> list[Token]:
    """Read a capital U between two pairs of items in brackets as the sign of a union."""
    pairs = _pairs(tokens)
    ends = {end for _, end in pairs}
    starts = {start for start, _ in pairs}
    return [
        Token("operator", "∪", token.spaced) if token.text == "U" and at - 1 in ends and at + 1 in starts else token
        for at, token in enumerate(tokens)
    ]


def _pairs(tokens: list[Token]) -> list[tuple[int, int]]:
    """Return where brackets open and close between which one comma stands."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    commas: list[int] = []
    for at, token in enumerate(tokens):
        if token.text in "([":
            opened.append(at)
            commas.append(0)
        elif token.text in ")]" and opened:
            start = opened.pop()
            if commas.pop() == 1:
                found.append((start, at))
        elif token.text == "," and commas:
            commas[-1] += 1
    return found
