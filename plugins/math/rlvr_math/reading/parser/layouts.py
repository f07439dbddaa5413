r"""Environments that only set their content: ``\begin{aligned}x&=1\end{aligned}`` says ``x=1``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import msgspec

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.grammar import END
from rlvr_math.reading.parser.operators import RELATION_SIGNS

_LAYOUTS = frozenset(
    "align aligned alignat alignedat flalign gather gathered equation eqnarray multline split displaymath math".split()
)
# What sets cases behind a brace.
_CASES = frozenset({"array", "matrix", "aligned", "align", "gathered", "split", "cases"})
CASES_ENVIRONMENT = "cases"
# What stands before the columns of these environments: their number, or where they stand.
_PLACEMENTS = frozenset({"t", "b", "c"})


def without_layout(tokens: list[Token]) -> list[Token]:
    """Take the environments around all tokens away, with the signs that align their lines."""
    while tokens and tokens[0].sort == "begin" and tokens[0].text in _LAYOUTS and _ends(tokens):
        tokens = list(_content(_without_argument(tokens[1:-1])))
    return tokens


def with_cases(tokens: list[Token]) -> list[Token]:
    """Read an environment behind a brace that nothing closes as cases."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        end = _end_of_cases(tokens, at)
        if end is None:
            found.append(tokens[at])
            at += 1
            continue
        content = tokens[at + 2 : end]
        if tokens[at + 1].text == "array" and content and content[0].text == "{":
            content = content[next((place + 1 for place, each in enumerate(content) if each.text == "}"), 0) :]
        found += [Token("begin", CASES_ENVIRONMENT), *with_cases(list(_without_alignment(content)))]
        found.append(Token("end", CASES_ENVIRONMENT))
        at = end + 1 + _stands_at(tokens, end + 1, ".")
    return found


def _end_of_cases(tokens: list[Token], at: int) -> int | None:
    """Return where the environment of cases ends whose brace stands at a place; None if none starts there."""
    starts = tokens[at].text == "\\{" and [each.sort for each in tokens[at + 1 : at + 2]] == ["begin"]
    if not starts or tokens[at + 1].text not in _CASES:
        return None
    depth = 0
    for place in range(at + 1, len(tokens)):
        depth += {"begin": 1, "end": -1}.get(tokens[place].sort, 0)
        if not depth:
            return None if _stands_at(tokens, place + 1, "\\}") else place
    return None


def _stands_at(tokens: list[Token], place: int, text: str) -> bool:
    return [token.text for token in tokens[place : place + 1]] == [text]


def _without_alignment(tokens: list[Token]) -> Iterator[Token]:
    """Yield tokens without the signs that align relations, ``x &= 1``, and that start a line."""
    behind = _behind_alignment(tokens)
    for at, token in enumerate(tokens):
        if token.text != "&" or not (at == 0 or behind[at].text == "=" or _is_aligned(tokens[at - 1])):
            yield token


def _ends(tokens: list[Token]) -> bool:
    """Return whether the environment that starts the tokens ends them too."""
    depths = list(accumulate({"begin": 1, "end": -1}.get(token.sort, 0) for token in tokens))
    return not depths[-1] and 0 not in depths[:-1] and tokens[-1].text == tokens[0].text


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
    found: list[Token] = []
    last = END
    for token in reversed(tokens):
        found.append(last)
        last = last if token.text == "&" else token
    return found[::-1]


def _is_relation(token: Token) -> bool:
    return token.sort == "relation" or token.text in RELATION_SIGNS


def _is_aligned(token: Token) -> bool:
    """Return whether a sign of alignment behind a token parts nothing: a relation, a line's start."""
    return _is_relation(token) or token.text in {"&", "\\\\"}
