"""Decide whether two expressions are equal: rewrite what steps and jumps, compare case by case, refuse idle parts."""

from __future__ import annotations

from rlvr_math.comparing.equality.agreement import Question, differ_at_once
from rlvr_math.comparing.equality.cases import compare_cases
from rlvr_math.comparing.equality.folding import folded
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
    if differ_at_once(reference, answer, question) or not _compare(reference, answer, question):
        return False
    return not has_idle_part(
        reference,
        answer,
        lambda one, other: not differ_at_once(one, other, question) and _compare(one, other, question),
    )


def _compare(reference: Tree, answer: Tree, question: Question) -> bool:
    reference, answer = (
        folded(tree, question, lambda part, end: _compare_rewritten(part, end, question))
        for tree in (reference, answer)
    )
    return _compare_rewritten(reference, answer, question) and not differ_at_zeros(
        reference, answer, question, lambda one, other: _compare(one, other, question)
    )


def _compare_rewritten(reference: Tree, answer: Tree, question: Question) -> bool:
    letters = Letters(question)
    sides = [rebuilt(tree, lambda node: letters.replaced(with_absolute_values(node))) for tree in (reference, answer)]
    return key_of(sides[0]) == key_of(sides[1]) or compare_cases(sides[0], sides[1], question)
