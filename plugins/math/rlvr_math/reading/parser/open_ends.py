r"""Open ends of intervals as turned brackets, as France writes them: ``]2,3[`` for ``(2,3)``."""

from __future__ import annotations

import msgspec

from rlvr_math.reading.lexer import Token

# What stands before an interval, and behind one.
_BEFORE = frozenset({"∪", "∩", "∖", "=", "∈", ",", ";", "and", "or"})
_BEHIND = frozenset({"∪", "∩", "∖", ",", ";", "and", "or"})
_TURNED = {"]": "(", "[": ")"}


def with_round_brackets(tokens: list[Token]) -> list[Token]:
    """Put round brackets in the place of square ones that open to the outside."""
    last = len(tokens) - 1
    turned = [
        (token.text == "]" and (not at or tokens[at - 1].text in _BEFORE))
        or (token.text == "[" and at > 0 and (at == last or tokens[at + 1].text in _BEHIND))
        for at, token in enumerate(tokens)
    ]
    return [
        msgspec.structs.replace(token, text=_TURNED[token.text]) if is_turned else token
        for token, is_turned in zip(tokens, turned, strict=True)
    ]
