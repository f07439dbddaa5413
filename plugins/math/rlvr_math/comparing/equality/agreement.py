"""Compare two expressions at points: their values must agree, and no part of them may be too weak to be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError, ball, ball_of, precision, value_of
from rlvr_math.comparing.equality.domains import OutsideError, check_natural
from rlvr_math.comparing.equality.influence import influence_at
from rlvr_math.comparing.equality.points import Place, draw_places
from rlvr_math.comparing.equality.stepped import letters_in
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import ZERO, Sum, Tree, added, key_of

# So many points must agree: each alone shows the difference of what people write.
POINTS = 3
# Points that are looked at before anything is rewritten.
FIRST_POINTS = 2
# Of these, so many without a part that is too weak to be seen.
CLEAR_POINTS = 2
# Points that are looked at more closely, among those that agree.
CLOSE_POINTS = 10
# Rounds of narrow ranges, where few points of the scales lie in the domain.
NARROW_ROUNDS = 4
# What is not told apart by this many bits beyond those of the numbers written is the same.
GUARD_BITS = 192
# How near two balls that meet must lie together.
_AGREEMENT = 2.0**-100
# The closer look: the weakest influence that counts, and the precision that shows it, beyond the numbers written. The
# precision is several times the influence, so that no short series cancels what it leaves.
_LEVELS = ((96, 512), (1_400, 3_584))


class Question(NamedTuple):
    """What all comparisons of one pair share.

    Attributes:
        seed: The texts of both sides, from which points are drawn.
        is_complex: Whether complex values count at every point.
        bits: The bits of the numbers written.
        steps: The budget of the stage.
    """

    seed: str
    is_complex: bool
    bits: int
    steps: Steps


def agree(reference: Tree, answer: Tree, question: Question, places: Iterable[Place] | None = None) -> bool:
    """Decide whether two expressions that nowhere step agree at points in the natural domain of the reference.

    Points outside of it do not count. At the others the answer must have the same value, real or not. Zeros of
    denominators that cancel are never drawn, so they do not matter: ``(x^2-1)/(x-1)`` is ``x+1``.

    Args:
        reference: The reference.
        answer: The answer.
        question: The pair that they come from.
        places: Where to compare; all scales by default.
    """
    names = sorted(letters_in(reference) | letters_in(answer))
    needed = POINTS if names else 1
    for natural in (False,) if question.is_complex else (True, False):
        drawn = draw_places(names, question.seed, NARROW_ROUNDS) if names else [Place({})]
        agreed = _agreed_places(reference, answer, question, drawn if places is None else places, natural=natural)
        if agreed is None:
            return False
        if len(agreed) >= needed:
            return _agree_closely(reference, answer, question, agreed[:CLOSE_POINTS], min(needed, CLEAR_POINTS))
    return False


def look_at(reference: Tree, answer: Tree, question: Question) -> bool | None:
    """Compare two expressions at the first points that count, which shows nearly all wrong answers.

    Returns:
        False if they differ at one of them, True if they agree, None if no point counts.
    """
    names = sorted(letters_in(reference) | letters_in(answer))
    places = draw_places(names, question.seed) if names else [Place({})]
    agreed = 0
    with precision(GUARD_BITS + question.bits):
        try:
            for place in places:
                same = compare_at(reference, answer, balls_of(place), question.steps, natural=not question.is_complex)
                if same is False:
                    return False
                agreed += same is True
                if agreed == FIRST_POINTS:
                    break
        except UndecidedError:
            return None  # what has no value yet may get a letter
    return True if agreed else None


def _agreed_places(
    reference: Tree, answer: Tree, question: Question, places: Iterable[Place], *, natural: bool
) -> list[Place] | None:
    """Return the points at which both have the same value; None if they differ at one."""
    agreed: list[Place] = []
    bits = GUARD_BITS + question.bits
    with precision(bits):
        for place in places:
            if place.is_narrow and len(agreed) >= POINTS:
                break
            same = compare_at(reference, answer, balls_of(place), question.steps, natural=natural)
            if same is False:
                return None
            if same:
                agreed.append(place)
    return agreed


def balls_of(place: Place) -> dict[str, Any]:
    """Return the balls of a point's numbers at the working precision."""
    return {name: ball_of(value) for name, value in place.values.items()}


def compare_at(reference: Tree, answer: Tree, values: Mapping[str, Any], steps: Steps, *, natural: bool) -> bool | None:
    """Compare at a point; None if it does not count: the reference is not defined there, or a value is not sharp."""
    try:
        value = value_of(reference, values, steps, check_natural if natural else None)
    except OutsideError:
        return None
    answer_value = value_of(answer, values, steps)
    if not value.overlaps(answer_value):
        return False
    return True if _is_sharp(value, answer_value, _AGREEMENT) else None


def _is_sharp(value: Any, other: Any, agreement: Any) -> bool:
    """Say whether two balls that meet are small: absolutely near zero, else as a share of the value."""
    width, size = abs(value - other).upper(), abs(value).upper()
    return bool(width < (1 + size) * agreement)


def _agree_closely(reference: Tree, answer: Tree, question: Question, places: list[Place], needed: int) -> bool:
    """Compare what is left without common terms, at points where each part has an influence that can be seen."""
    left, right = without_common_terms(reference, answer)
    for influence, bits in _LEVELS:
        weakest = influence + question.bits
        with precision(bits + 2 * question.bits):
            share = ball(Fraction(1, 1 << weakest))
            clear = 0
            for place in places:
                values = balls_of(place)
                first = influence_at(left, values, question.steps, 1 + share, weakest)
                second = influence_at(right, values, question.steps, 1 + share, weakest)
                if not first.value.overlaps(second.value):
                    return False
                is_clear = min(first.bits, second.bits) > -weakest
                clear += is_clear and _is_sharp(first.value, second.value, share.real)
                if clear == needed:
                    return True
    return False


def without_common_terms(reference: Tree, answer: Tree) -> tuple[Tree, Tree]:
    """Return both sides without the terms that stand in both: a term that is left then shows, however small it is."""
    terms = [list(tree.terms) if isinstance(tree, Sum) else [tree] for tree in (reference, answer)]
    keys: dict[str, list[Tree]] = {}
    for term in terms[1]:
        keys.setdefault(key_of(term), []).append(term)
    left: list[Tree] = []
    for term in terms[0]:
        same = keys.get(key_of(term))
        if same:
            same.pop()
        else:
            left.append(term)
    right = [term for same in keys.values() for term in same]
    return added(left) if left else ZERO, added(right) if right else ZERO
