r"""Environments that only set their content: ``\begin{aligned}x&=1\end{aligned}`` says ``x=1``."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.grammar import END
from rlvr_math.reading.parser.operators import RELATION_SIGNS

_LAYOUTS = frozenset(
    "align aligned alignat alignedat flalign gather gathered equation eqnarray multline split displaymath math".split()
)
# What stands before the columns of these environments: their number, or where they stand.
_PLACEMENTS = frozenset({"t", "b", "c"})


def without_layout(tokens: list[Token]) -> list[Token]:
    """Take the environments around all tokens away, with the signs that align their lines."""
    while len(tokens) > 1 and tokens[0].sort == "begin" and tokens[0].text in _LAYOUTS and _ends(tokens):
        tokens = list(_content(_without_argument(tokens[1:-1])))
    return tokens


def _ends(tokens: list[Token]) -> bool:
    """Return whether the environment that starts the tokens ends them too."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"begin": 1, "end": -1}.get(token.sort, 0)
        if not depth:
            return at == len(tokens) - 1 and token.text == tokens[0].text
    return False


def _without_argument(tokens: list[Token]) -> list[Token]:
    """Drop the number of columns, ``{2}``, or the placement, ``[t]``, which leave the content as it is."""
    first = [token.text for token in tokens[:3]]
    is_count = first[:1] + first[2:] == ["{", "}"] and first[1].isdigit() and len(tokens) > len(first)
    is_placement = first[:1] + first[2:] == ["[", "]"] and first[1] in _PLACEMENTS
    return tokens[3:] if is_count or is_placement else tokens


def _content(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens of lines: a line that starts with a relation or a plus goes on with the line before."""
    depth, behind = 0, _behind_alignment(tokens)
    for at, token in enumerate(tokens):
        depth += {"begin": 1, "end": -1}.get(token.sort, 0)
        if depth or token.text not in {"&", "\\\\"}:
            yield token
        elif token.text == "\\\\":
            if not _is_relation(behind[at]) and behind[at].text != "+":
                yield token
        elif not _is_relation(behind[at]) and at and not _is_aligned(tokens[at - 1]):
            yield msgspec.structs.replace(token, text=";")


def _behind_alignment(tokens: list[Token]) -> list[Token]:
    """Return for each place the token behind it and behind the signs of alignment there."""
    found, last = [END] * len(tokens), END
    for at in range(len(tokens) - 1, -1, -1):
        found[at] = last
        last = last if tokens[at].text == "&" else tokens[at]
    return found


def _is_relation(token: Token) -> bool:
    return token.sort == "relation" or token.text in RELATION_SIGNS


def _is_aligned(token: Token) -> bool:
    """Return whether a sign of alignment behind a token parts nothing: a relation, a line's start."""
    return _is_relation(token) or token.text in {"&", "\\\\"}
