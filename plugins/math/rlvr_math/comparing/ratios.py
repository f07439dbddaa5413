"""Ratios: ``2:3`` is ``4:6``, and ``2/3``."""

from __future__ import annotations

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of
from rlvr_math.reading.tree import TIME, ZERO, Collection, Tree, inverted, multiplied

_TWO = 2


def is_ratio(tree: Tree) -> bool:
    """Say whether a tree is a ratio."""
    return isinstance(tree, Collection) and tree.opening == ":"


def compare_ratios(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two ratios up to a factor, or a ratio of two with the quotient that it is."""
    if _is_time(reference) or _is_time(answer):
        return Decision(reference == answer)
    parts, answer_parts = parts_of(reference), parts_of(answer)
    if len(parts) == 1 or len(answer_parts) == 1:
        quotients = [_quotient(each) for each in (parts, answer_parts)]
        if quotients[0] is None or quotients[1] is None:
            return DIFFERENT
        return comparing.same(quotients[0], quotients[1])
    if len(parts) != len(answer_parts):
        return DIFFERENT
    if any(part == ZERO for part in (*parts, *answer_parts)):
        return comparing.same_in_order(tuple(parts), tuple(answer_parts))
    first, answer_first = parts[0], answer_parts[0]
    # a : b : c is d : e : f where a e = b d and a f = c d, with no part zero.
    crossed = [
        (multiplied([answer_first, part]), multiplied([first, answer_part]))
        for part, answer_part in zip(parts[1:], answer_parts[1:], strict=True)
    ]
    return all_of(comparing.same(*pair) for pair in crossed)


def _is_time(tree: Tree) -> bool:
    """Say whether some part is written as minutes or seconds are: ``2:03``."""
    while isinstance(tree, Collection) and tree.opening == ":":
        if tree.closing == TIME:
            return True
        tree = tree.items[0]
    return False


def parts_of(tree: Tree) -> list[Tree]:
    """Return the parts of a ratio from left to right; a ratio of three is one within another."""
    parts: list[Tree] = []
    while isinstance(tree, Collection) and tree.opening == ":" and len(tree.items) == _TWO:
        parts.append(tree.items[1])
        tree = tree.items[0]
    items = tree.items if isinstance(tree, Collection) and tree.opening == ":" else (tree,)
    return [*items, *reversed(parts)]


def _quotient(parts: list[Tree]) -> Tree | None:
    if len(parts) == 1:
        return None if isinstance(parts[0], Collection) else parts[0]
    return multiplied([parts[0], inverted(parts[1])]) if len(parts) == _TWO else None
