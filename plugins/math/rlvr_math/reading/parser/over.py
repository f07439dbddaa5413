r"""TeX's ``{a \over b}`` and ``{n \choose k}``: all that stands before them in the braces, and all behind them."""

from __future__ import annotations

from rlvr_math.limits import TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.lexer import Token

OVER = "\\over"
CHOOSE = "\\choose"
_OPEN, _CLOSE, _SLASH = (Token("operator", sign) for sign in "{}/")
_BINOMIAL = Token("binom", "binom")


def with_slashes(tokens: list[Token]) -> list[Token]:
    r"""Put braces and a slash in the place of each ``\over``."""
    return _rewritten(tokens, OVER, (), (_SLASH,))


def with_choices(tokens: list[Token]) -> list[Token]:
    r"""Put a binomial of two arguments in the place of each ``\choose``."""
    return _rewritten(tokens, CHOOSE, (_BINOMIAL,), ())


def _rewritten(tokens: list[Token], command: str, before: tuple[Token, ...], between: tuple[Token, ...]) -> list[Token]:
    for _ in range(TREE_DEPTH_LIMIT):
        place = next((index for index, token in enumerate(tokens) if token.text == command), None)
        if place is None:
            return tokens
        start, end = _edge(tokens, place, -1) + 1, _edge(tokens, place, 1)
        above, below = tokens[start:place], tokens[place + 1 : end]
        written = [*before, _OPEN, *above, _CLOSE, *between, _OPEN, *below, _CLOSE]
        tokens = [*tokens[:start], *written, *tokens[end:]]
    raise OverLimitError(f"more than {TREE_DEPTH_LIMIT} of {command}")


def _edge(tokens: list[Token], place: int, step: int) -> int:
    """Return where the braces around a place open or close; just outside of the text if none do."""
    depth = 0
    inward, outward = ("{", "}")[::step]
    place += step
    while 0 <= place < len(tokens):
        token = tokens[place]
        if token.sort == "operator" and token.text == outward:
            if not depth:
                return place
            depth -= 1
        elif token.sort == "operator" and token.text == inward:
            depth += 1
        place += step
    return place
