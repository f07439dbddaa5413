"""Decide whether two expressions are equal: rewrite what steps and jumps, compare case by case, refuse idle parts."""

from __future__ import annotations

from rlvr_math.comparing.equality.agreement import Question, look_at
from rlvr_math.comparing.equality.cases import compare_cases
from rlvr_math.comparing.equality.folding import folded
from rlvr_math.comparing.equality.gaps import has_gaps
from rlvr_math.comparing.equality.identities import are_identical
from rlvr_math.comparing.equality.idle import has_idle_part
from rlvr_math.comparing.equality.letters import Letters
from rlvr_math.comparing.equality.logarithms import with_logarithms_apart
from rlvr_math.comparing.equality.signs import differ_at_zeros
from rlvr_math.comparing.equality.stepped import rebuilt, stepping_in, with_absolute_values
from rlvr_math.reading.tree import Tree, key_of


def are_equal(reference: Tree, answer: Tree, question: Question) -> bool:
    """Decide whether an answer has the value of the reference wherever that is naturally defined.

    Raises:
        UndecidedError: A side holds something without a value.
    """
    if _is_equal(reference, answer, question):
        return True
    apart = with_logarithms_apart(reference)
    # Signs of letters that must be positive would hide a difference.
    if apart is reference or any(stepping_in(rebuilt(tree, with_absolute_values)) for tree in (apart, answer)):
        return False
    return _is_equal(apart, answer, question)


def _is_equal(reference: Tree, answer: Tree, question: Question) -> bool:
    if not _is_same(reference, answer, question):
        return False
    if has_idle_part(reference, answer, lambda one, other: _is_same(one, other, question)):
        return False
    return not has_gaps(reference, answer, question)


def _is_same(reference: Tree, answer: Tree, question: Question) -> bool:
    found = _is_same_at_sight(reference, answer, question)
    return _compare(reference, answer, question) if found is None else found


def _is_same_at_sight(reference: Tree, answer: Tree, question: Question) -> bool | None:
    """Decide whether two expressions differ at the first points, or agree there and are identical; None if neither."""
    agree = look_at(reference, answer, question)
    return agree if agree is False or (agree and are_identical(reference, answer, question)) else None


def _compare(reference: Tree, answer: Tree, question: Question) -> bool:
    one, other = (
        folded(tree, question, lambda part, end: _compare_rewritten(part, end, question))
        for tree in (reference, answer)
    )
    return _compare_rewritten(one, other, question) and not differ_at_zeros(
        reference, answer, question, lambda one, other: _compare(one, other, question)
    )


def _compare_rewritten(reference: Tree, answer: Tree, question: Question) -> bool:
    letters = Letters(question)
    one, other = (
        rebuilt(tree, lambda node: letters.replaced(with_absolute_values(node))) for tree in (reference, answer)
    )
    if key_of(one) == key_of(other):
        return True
    is_rewritten = one is not reference or other is not answer
    found = _is_same_at_sight(one, other, question) if is_rewritten else None
    return compare_cases(one, other, question) if found is None else found
