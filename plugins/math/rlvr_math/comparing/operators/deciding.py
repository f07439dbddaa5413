"""Decide whether two expressions with operators have the same value, without a computer algebra system."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from rlvr_math.comparing.balls import UndecidedError, precision
from rlvr_math.comparing.decision import Comparing, Decision, Undecided
from rlvr_math.comparing.operators.cases import changes_with_signs
from rlvr_math.comparing.operators.evaluation import LOST_BITS, Evaluation, HiddenTermError
from rlvr_math.comparing.operators.improper import infinite_place
from rlvr_math.comparing.operators.integrals import grows_alike, is_antiderivative
from rlvr_math.comparing.operators.riemann import integral_of_limit
from rlvr_math.comparing.operators.series import follows_by_induction
from rlvr_math.comparing.operators.solving import operators_in, replaced, solved
from rlvr_math.comparing.values import bits_of, same_value
from rlvr_math.limits import OPERATOR_BITS_LIMIT, OverLimitError, Steps
from rlvr_math.reading.binding import WHOLE_LETTERS, substituted
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    BINDERS,
    ONE,
    Call,
    Constant,
    Symbol,
    Tree,
    children,
    inverted,
    key_of,
    minus,
    multiplied,
    nodes_of,
    renamed,
    symbols_in,
)

_CONSTANTS = frozenset({"i", "e", "pi", "∞"})
# Bits beyond those of the numbers written.
GUARD_BITS = 192
# Points for the letters of a pair: both signs, small and large.
_SCALES = tuple(map(Fraction, ("1/7", "1", "3", "10", "-1", "-3", "40", "-7")))
# For operators that take long at each point; a series may converge for small letters only.
_DEAR_SCALES = tuple(map(Fraction, ("1/7", "1", "-1/7", "40", "1/4", "-1")))
# A limit may step far out, as that of arctan(n(x-1000)) does.
_FAR_SCALES = tuple(map(Fraction, (10**4, 10**6, -(10**6), 10**9)))
# So many points must agree, and none may differ.
POINTS = 3
# Functions that step or turn: agreement at some points says nothing about others.
_STEPPING = frozenset({"abs", "sgn", "floor", "ceil", "max", "min", "mod", "gcd", "lcm", "re", "im", "arg", "conj"})
# Whole numbers at which sums up to a letter are evaluated: small ones and, up to 77, some of both parities.
WHOLE_PLACES = tuple(place + 2 ** (place // 2) for place in range(14))
# Operators of a pair that are solved for.
_OPERATORS_LIMIT = 4
# Operators that balls evaluate.
_EVALUATED = frozenset({"integral", "sum", "prod", "limit", "limit+", "limit-"})


class _Spread(NamedTuple):
    """At how many points a pair agreed, and whether it differed: with a negative letter only, or with none."""

    agreed: int
    differed: bool
    differed_below_zero: bool


def decide(comparing: Comparing, reference: Tree, answer: Tree, steps: Steps) -> Decision | Undecided:
    """Decide by proof, or by values where these prove something; say so if neither does.

    Args:
        comparing: The comparison, which decides on parts without operators.
        reference: The reference's expression, rewritten by ``resolve``.
        answer: The answer's expression, rewritten by ``resolve``.
        steps: The budget of the operators of the whole pair.
    """
    try:
        reference, answer = (replaced(side, _riemann_sums(side, steps)) for side in (reference, answer))
        return _decide(comparing, reference, answer, steps)
    except (UndecidedError, OverLimitError) as error:
        return Undecided(reference, answer, str(error))


def _decide(comparing: Comparing, reference: Tree, answer: Tree, steps: Steps) -> Decision | Undecided:
    unified = replaced(answer, _equal_operators(comparing, reference, answer))
    if unified != answer:
        decision = same_value(reference, unified, comparing.steps)
        if decision:
            return decision
    letters = (symbols_in(reference) | symbols_in(answer)) - _CONSTANTS
    if letters:
        proof = _proof(comparing, reference, answer, steps)
        if proof is not None:
            return Decision(proof, stage="balls")
        return _by_points(comparing, reference, answer, sorted(letters), steps)
    bits = _evaluation(reference, answer, steps).bits
    try:
        same = _at(Evaluation(steps, bits, shows_terms=True), reference, answer, {})
    except HiddenTermError as error:
        if GUARD_BITS + error.bits > OPERATOR_BITS_LIMIT:
            raise
        same = _at(Evaluation(steps, max(bits, GUARD_BITS + error.bits), shows_terms=True), reference, answer, {})
    return Undecided(reference, answer, "the value is not known precisely") if same is None else Decision(same, "balls")


def with_integrals(tree: Tree, steps: Steps) -> Tree:
    """Return a tree with integrals in the place of limits of sums, which no other evaluator knows."""
    try:
        return replaced(tree, _riemann_sums(tree, steps))
    except UndecidedError:
        return tree


def _riemann_sums(tree: Tree, steps: Steps) -> dict[Tree, Tree]:
    """Return the integrals that limits of sums are."""
    limits = [each for each in islice(operators_in(tree), _OPERATORS_LIMIT) if each.name == "limit"]
    found = {each: integral_of_limit(each, steps) for each in limits}
    return {limit: integral for limit, integral in found.items() if integral is not None}


def _equal_operators(comparing: Comparing, reference: Tree, answer: Tree) -> dict[Tree, Tree]:
    """Pair the operators of an answer with those of the reference that have equal bodies and bounds."""
    found: dict[Tree, Tree] = {}
    for operator in dict.fromkeys(islice(operators_in(answer), _OPERATORS_LIMIT)):
        for other in dict.fromkeys(islice(operators_in(reference), _OPERATORS_LIMIT)):
            if operator != other and _is_same_operator(comparing, other, operator):
                found[operator] = other
    return found


def _is_same_operator(comparing: Comparing, reference: Call, answer: Call) -> bool:
    if reference.name != answer.name or len(reference.arguments) != len(answer.arguments):
        return False
    parts, answer_parts = reference.arguments, answer.arguments
    if reference.name in BINDERS:
        letter = Symbol("~")
        parts, answer_parts = (
            (substituted(body, index, letter), *places)
            for body, index, *places in (parts, answer_parts)
            if isinstance(index, Symbol)
        )
    return bool(comparing.same_in_order(parts, answer_parts))


def _proof(comparing: Comparing, reference: Tree, answer: Tree, steps: Steps) -> bool | None:
    """Return what induction or a derivative proves, the equation solved for one operator; None if nothing."""
    refuted = None
    for side, other in ((answer, reference), (reference, answer)):
        for operator in dict.fromkeys(islice(operators_in(side), _OPERATORS_LIMIT)):
            closed = solved(side, operator, other)
            found = None if closed is None else _is_closed_form(comparing, operator, closed, steps)
            if found:
                return True
            refuted = found if refuted is None else refuted
    return refuted


def _is_closed_form(comparing: Comparing, operator: Call, closed: Tree, steps: Steps) -> bool | None:
    """Return whether a closed form is the value of an operator; None if that is neither proved nor refuted."""
    match operator.name:
        case "sum" | "prod":
            return follows_by_induction(comparing, operator, closed, steps) or None
        case "antiderivative":
            return is_antiderivative(comparing, operator, closed, steps)
        case "integral":
            is_proved = grows_alike(comparing, operator, closed, steps) and _differs_nowhere(operator, closed, steps)
            return is_proved or None
        case _:
            return None


def _differs_nowhere(operator: Call, closed: Tree, steps: Steps) -> bool:
    """Return whether an integral and its closed form agree far from where the bounds meet.

    A closed form that jumps has the right derivative all the same, as the arc tangent of a tangent.
    """
    letters = sorted((symbols_in(operator) | symbols_in(closed)) - _CONSTANTS)
    found = _values(operator, closed, letters, steps)
    return not (found.differed or found.differed_below_zero) and found.agreed >= POINTS


def _by_points(
    comparing: Comparing, reference: Tree, answer: Tree, letters: list[str], steps: Steps
) -> Decision | Undecided:
    """Decide by values at drawn points: a difference is proved; agreement counts where nothing steps."""
    bounds = {letter for tree in (reference, answer) for letter in _letters_of_bounds(tree)}  # of sums and products
    operators = [*operators_in(reference), *operators_in(answer)]
    if bounds and all(operator.name in {"sum", "prod"} for operator in operators):
        return _by_whole_numbers(comparing, reference, answer, bounds, steps)
    if not all(operator.name in _EVALUATED for operator in operators):
        return Undecided(reference, answer, f"no rule for {operators[0].name if operators else 'it'}")
    found = _values(reference, answer, letters, steps)
    # Sides that differ between whole numbers only, as with \sin(\pi n), may be the same to those who read n.
    if found.differed and WHOLE_LETTERS.isdisjoint(letters):
        return Decision(same=False, stage="balls")
    if found.agreed < POINTS or found.differed or bounds or _steps_in(reference) or _steps_in(answer):
        return Undecided(reference, answer, "values at some points prove nothing here")
    # People write closed forms for positive letters; such a form counts if no part of it changes with a letter's sign.
    if found.differed_below_zero and (changes_with_signs(reference) or changes_with_signs(answer)):
        return Undecided(reference, answer, "the values differ for negative letters")
    return Decision(same=True, stage="balls")


def _by_whole_numbers(
    comparing: Comparing, reference: Tree, answer: Tree, bounds: set[str], steps: Steps
) -> Decision | Undecided:
    """Decide by values at whole numbers: a difference is proved; only lenient grading takes agreement as equality."""
    if any(_never_steps(node) for side in (reference, answer) for node in nodes_of(side)):
        return Undecided(reference, answer, "a part steps beyond all values that are compared")
    others = sorted(((symbols_in(reference) | symbols_in(answer)) - _CONSTANTS) - bounds)
    seed = "\n".join(sorted((key_of(reference), key_of(answer))))
    evaluation = _evaluation(reference, answer, steps)
    outcomes = []
    for place in WHOLE_PLACES:
        at: dict[str, Tree] = {letter: Constant(Fraction(place + index)) for index, letter in enumerate(sorted(bounds))}
        same = _at(evaluation, renamed(reference, at), renamed(answer, at), _point(others, seed, ONE.value, draw=place))
        if same is False:
            return Decision(same=False, stage="balls")
        outcomes.append(same)
    if outcomes.count(True) >= len(WHOLE_PLACES) - 2 and comparing.options.unevaluated == "allow":
        return Decision(same=True, stage="balls")
    return Undecided(reference, answer, "values at whole numbers agree and prove nothing")


def _never_steps(node: Tree) -> bool:
    """Return whether a floor, sign or remainder is one and the same at all whole numbers that are compared."""
    if not (isinstance(node, Call) and node.name in _STEPPING):
        return False
    match node.name, node.arguments:
        case "abs" | "sgn", (inner,):
            node = Call("sgn", (inner,))
        case "max" | "min", (one, other):
            node = Call("sgn", (minus(one, other),))
        case "mod", (number, modulus):
            node = Call("floor", (multiplied([number, inverted(modulus)]),))
        case _:
            pass
    letters = {each.name for each in nodes_of(node) if isinstance(each, Symbol)} - _CONSTANTS
    places = [renamed(node, {name: Constant(Fraction(place)) for name in letters}) for place in WHOLE_PLACES]
    try:
        return bool(letters) and len({rational_of(place) for place in places}) == 1
    except UndefinedError:
        return False


def _letters_of_bounds(tree: Tree) -> Iterator[str]:
    for operator in operators_in(tree):
        if operator.name in {"sum", "prod"}:
            yield from (symbols_in(operator.arguments[2]) | symbols_in(operator.arguments[3])) - _CONSTANTS


def _values(reference: Tree, answer: Tree, letters: list[str], steps: Steps) -> _Spread:
    """Evaluate both sides at points of all scales."""
    seed = "\n".join(sorted((key_of(reference), key_of(answer))))
    evaluation = _evaluation(reference, answer, steps)
    agreed, differed, below = 0, False, False
    operators = [*operators_in(reference), *operators_in(answer)]
    scales = _DEAR_SCALES if any(map(_is_dear, operators)) else _SCALES
    if any(operator.name.startswith("limit") for operator in operators):
        scales += _FAR_SCALES
    for draw, scale in enumerate(scales):
        try:
            same = _at(evaluation, reference, answer, _point(letters, seed, scale, draw=draw))
        except UndecidedError:
            continue
        except OverLimitError:
            if agreed < POINTS:
                raise
            break
        agreed += same is True
        if same is False and scale > 0:
            differed = True
        elif same is False:
            below = True
    return _Spread(agreed, differed, below)


def _point(letters: list[str], seed: str, scale: Fraction, *, draw: int) -> dict[str, Fraction]:
    """Draw a value of each letter, a scale times a number between 1/2 and 3/2."""
    point = {}
    for letter in letters:
        digest = blake2b(f"{draw} {letter} {seed}".encode("utf-8", "replace"), digest_size=3).digest()
        point[letter] = scale * (Fraction(1, 2) + Fraction(int.from_bytes(digest, "big"), 1 << 24))
    return point


def _evaluation(reference: Tree, answer: Tree, steps: Steps) -> Evaluation:
    bits = GUARD_BITS + bits_of(reference) + bits_of(answer)
    if bits > OPERATOR_BITS_LIMIT:
        raise UndecidedError("numbers too long for balls")
    return Evaluation(steps, bits)


def value_with_operators(tree: Tree, steps: Steps) -> Fraction | None:
    """Return a real constant's value to some forty digits; None if it is not known so precisely."""
    try:
        evaluation = _evaluation(tree, tree, steps)
        with precision(evaluation.bits):
            value = evaluation.value(tree, {})
            if not value.is_finite() or not value.imag.contains(0) or value.real.rad() > 2.0**-LOST_BITS:
                return None
            mantissa, exponent = (int(part) for part in value.real.mid().man_exp())
    except (UndecidedError, OverLimitError):
        return None
    return Fraction(mantissa) * Fraction(2) ** exponent if abs(exponent) <= OPERATOR_BITS_LIMIT else None


def _at(evaluation: Evaluation, reference: Tree, answer: Tree, point: dict[str, Fraction]) -> bool | None:
    """Compare at a point; None if a side is undefined there or not known precisely."""
    if point:
        # Operators that go to infinity are evaluated without letters.
        numbers: dict[str, Tree] = {name: Constant(value) for name, value in point.items()}
        reference, answer = renamed(reference, numbers), renamed(answer, numbers)
    with precision(evaluation.bits):
        value, other = evaluation.value(reference, {}), evaluation.value(answer, {})
        if not (value.is_finite() and other.is_finite()):
            return None
        if not value.overlaps(other):
            return False
        width, size = abs(value - other).upper(), abs(value).upper()
        goal = 2.0 ** -(evaluation.bits - evaluation.lost_bits)
        return True if width < goal or width < size * goal else None


def _is_dear(operator: Call) -> bool:
    """Return whether the value of an operator at one point takes long."""
    if operator.name in {"sum", "prod"}:
        return any(map(infinite_place, operator.arguments[2:]))
    return operator.name in _EVALUATED


def _steps_in(tree: Tree) -> bool:
    return (isinstance(tree, Call) and tree.name in _STEPPING) or any(map(_steps_in, children(tree)))
