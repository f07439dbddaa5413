r"""Fold what is constant below a root, logarithm or inverse function, where a ball around an end of the domain fails.

The ball of ``a-a`` straddles zero, so its root has no sharp value at any point, and no point would count.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from rlvr_math.comparing.balls import UndecidedError, precision, value_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS, Question, balls_of
from rlvr_math.comparing.equality.domains import RESTRICTED_FUNCTIONS, exponent_of
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.equality.stepped import letters_in, rebuilt
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import MINUS_ONE, ONE, ZERO, Call, Constant, Power, Symbol, Tree, with_children

# The ends of the domains of roots, logarithms and inverse functions, and where absolute values, signs and floors step.
_ENDS = (ZERO, ONE, MINUS_ONE)
_FUNCTIONS = RESTRICTED_FUNCTIONS | {"abs", "sgn", "arctan", "arccot", "floor", "ceil"}
# Points that are looked at before equality is asked for.
_POINTS = 2


def folded(tree: Tree, question: Question, is_same: Callable[[Tree, Tree], bool]) -> Tree:
    """Return a tree with the constant in the place of what equals an end of the domain of the node above it.

    Args:
        tree: An expression.
        question: The pair that it comes from.
        is_same: Decides whether two trees are equal.
    """
    return rebuilt(tree, lambda node: _folded(node, question, is_same))


def _folded(node: Tree, question: Question, is_same: Callable[[Tree, Tree], bool]) -> Tree:
    match node:
        case Power(base=base, exponent=exponent) if not _is_whole(node):
            parts: tuple[Tree, ...] = (_end_for(base, question, is_same), exponent)
        case Call(name=name, arguments=arguments) if name in _FUNCTIONS:
            parts = tuple(_end_for(argument, question, is_same) for argument in arguments)
        case _:
            return node
    node = with_children(node, parts)
    try:
        value = rational_of(node)
    except UndefinedError:
        return node
    return node if value is None else Constant(value)


def _is_whole(tree: Power) -> bool:
    power = exponent_of(tree)
    return power is not None and power.denominator == 1


def _end_for(part: Tree, question: Question, is_same: Callable[[Tree, Tree], bool]) -> Tree:
    """Return the end of a domain that a part equals; the part itself if it equals none."""
    names = sorted(letters_in(part))
    if not names or isinstance(part, Symbol):
        return part
    ends = list(_ENDS)
    try:
        with precision(GUARD_BITS + question.bits):
            for place in islice(draw_places(names, question.seed), _POINTS):
                value = value_of(part, balls_of(place), question.steps)
                ends = [end for end in ends if value.is_finite() and (value - int(end.value)).contains(0)]
                if not ends:
                    return part  # nearly all parts, at the first point
        return next((end for end in ends if is_same(part, end)), part)
    except UndecidedError:
        return part
