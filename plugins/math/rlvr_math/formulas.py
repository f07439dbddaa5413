"""Compare a reference and an answer as trees, in each way that their texts can be meant."""

from __future__ import annotations

from typing import assert_never

from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.decision import Decision, any_of
from rlvr_math.comparing.orders import compare_names, matrices_of
from rlvr_math.comparing.words import is_empty_set
from rlvr_math.evaluating.operators import is_open
from rlvr_math.options import GradeOptions
from rlvr_math.reading.binding import has_intersection, has_operator, operator_in
from rlvr_math.reading.meanings import Reading
from rlvr_math.reading.tree import Collection, Relation, Tree, Words, children


def compare_texts(
    reference: Reading, answer: Reading, options: GradeOptions
) -> tuple[Decision, tuple[Tree, Tree] | None]:
    """Compare two texts that are understood, also by what only their letters as written say."""
    named = compare_names(reference.text, answer.text)
    if named is not None:
        return named, None
    references = reference.trees()
    return compare_meanings(references, answer.trees(), options, matrices_of(reference.text, references[0]))


def compare_meanings(
    references: tuple[Tree, ...],
    answers: tuple[Tree, ...],
    options: GradeOptions,
    matrices: frozenset[str] = frozenset(),
) -> tuple[Decision, tuple[Tree, Tree] | None]:
    """Compare the likelier meaning of both texts, then the other one of each that has two.

    Args:
        references: The meanings of the reference.
        answers: The meanings of the answer.
        options: How to compare.
        matrices: The letters that are matrices, so that the order of factors counts.

    Returns:
        The decision; and the sides, if values of their operators may still make them equal, else None.
    """
    comparison = Comparison(options, matrices=matrices)
    likelier = references[0], answers[0]
    ways = [likelier]
    if max(len(references), len(answers)) > 1:
        ways.append((references[-1], answers[-1]))
    decision = any_of(comparison.equivalent(*way) for way in ways)
    is_undecided = not decision and comparison.undecided and is_open(*likelier)
    return decision, likelier if is_undecided else None


def unevaluated(references: tuple[Tree, ...], answers: tuple[Tree, ...], options: GradeOptions) -> str:
    """Say which operator an answer leaves unevaluated though the reference has none; nothing if none or allowed."""
    match options.unevaluated:
        case "allow":
            return ""
        case "refuse":
            if references == answers:
                return ""
            if any(map(has_intersection, answers)) and not any(map(has_intersection, references)):
                return "the answer leaves an intersection of sets to be carried out; the reference has none"
            operator = next((found for tree in answers if (found := operator_in(tree))), "")
            if not operator or any(map(has_operator, references)):
                return ""
            return f"the answer leaves an operator unevaluated ({operator}); the reference has none"
        case _:
            assert_never(options.unevaluated)


def can_stand_alone(references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> bool:
    """Say whether a text without any statement is an answer: words are one only where words are asked for."""
    return bool(answers) and (
        not _is_wordy(answers[0]) or any(_is_wordy(tree) or is_empty_set(tree) for tree in references)
    )


def is_list(references: tuple[Tree, ...], count: int) -> bool:
    """Say whether a reference lists so many values."""
    first = next(iter(references), None)
    return isinstance(first, Collection) and first.opening in {"", "{"} and len(first.items) == count


def _is_wordy(tree: Tree) -> bool:
    if isinstance(tree, Relation) and isinstance(tree.sides[0], Words):
        return any(map(_is_wordy, tree.sides[1:]))  # a named value: "Total = 42"
    return isinstance(tree, Words) or any(isinstance(child, Words) for child in children(tree))
