"""From tokens to a tree, by precedence, every level of nesting counted.

A recursive descent: each file has the productions of one kind, as a class over :class:`Grammar`.
"""

from __future__ import annotations

from rlvr_math.reading.lexer import tokens_in
from rlvr_math.reading.parser.brackets import BracketGrammar
from rlvr_math.reading.parser.commas import join_numbers, with_memberships
from rlvr_math.reading.parser.grammar import UnreadableError
from rlvr_math.reading.parser.layouts import with_cases, without_layout
from rlvr_math.reading.parser.lists import ListGrammar
from rlvr_math.reading.parser.nested import with_nested
from rlvr_math.reading.parser.open_ends import with_round_brackets, with_unions
from rlvr_math.reading.parser.operators import OperatorGrammar
from rlvr_math.reading.parser.over import CHOOSE, OVER, with_choices, with_slashes
from rlvr_math.reading.parser.values import ValueGrammar
from rlvr_math.reading.tree import Tree

__all__ = ["UnreadableError", "read"]


def read(text: str, *, joined: bool = True, decimal_comma: bool = False) -> Tree:
    """Read an answer, all of it.

    Args:
        text: The answer, in LaTeX or plain text.
        joined: Whether ``1,234`` outside of brackets is one number.
        decimal_comma: Whether ``2,75`` outside of brackets is a decimal.

    Raises:
        UnreadableError: It is no answer that is understood.
        OverLimitError: It is too large.
    """
    tokens = tokens_in(text)
    if OVER in text:
        tokens = with_slashes(tokens)
    if CHOOSE in text:
        tokens = with_choices(tokens)
    while tokens and (tokens[-1].text in _ENDS or (tokens[-1].text == "\\checkmark" and len(tokens) > 1)):
        tokens.pop()
    tokens = without_layout(tokens)
    if "\\begin" in text and "\\{" in text:
        tokens = with_cases(tokens)
    signs = {token.text for token in tokens}
    if "∈" in signs:
        tokens = with_memberships(tokens)
    if "[" in text or "]" in text:
        tokens = with_round_brackets(tokens)
    if "U" in signs:
        tokens = with_unions(tokens)
    if "," in signs and (joined or decimal_comma):
        tokens = join_numbers(tokens, thousands=joined, decimal_comma=decimal_comma)
    tree = _Parser(tokens).answer()
    return with_nested(tree) if "..." in signs else tree


# What the sentence around an answer leaves at its end.
_ENDS = frozenset({".", ",", ";", ":", "\\\\"})


class _Parser(ListGrammar, OperatorGrammar, ValueGrammar, BracketGrammar):
    """The whole grammar."""
