"""Whether two expressions have the same value wherever both have one; cheapest stage first."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, precision, value_of
from rlvr_math.comparing.decision import Decision
from rlvr_math.comparing.equality.agreement import GUARD_BITS, Question
from rlvr_math.comparing.equality.complex_letters import with_complex_letters
from rlvr_math.comparing.equality.expressions import are_equal
from rlvr_math.comparing.residues import is_rational_expression, same_residues
from rlvr_math.limits import PRECISION_LIMIT_BITS, Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Constant, Power, Tree, children, key_of, symbols_in


def same_value(reference: Tree, answer: Tree, steps: Steps) -> Decision:
    """Decide whether two expressions have the same value; what cannot be decided is not the same."""
    try:
        value, answer_value = rational_of(reference), rational_of(answer)
    except UndefinedError:
        return Decision(same=False, stage="exact")
    if value is not None and answer_value is not None:
        return Decision(value == answer_value, "exact")
    keys = sorted((key_of(reference), key_of(answer)))
    if keys[0] == keys[1]:
        return Decision(same=True)
    seed = "\n".join(keys)
    if is_rational_expression(reference) and is_rational_expression(answer):
        same = same_residues(reference, answer, seed, steps)
        if same is not None:
            return Decision(same, "residues")
    reference, answer = with_complex_letters(reference, answer)
    bits = bits_of(reference) + bits_of(answer)
    if GUARD_BITS + bits > PRECISION_LIMIT_BITS:
        return Decision(same=False)
    is_complex = "i" in symbols_in(reference)
    try:
        return Decision(are_equal(reference, answer, Question(seed, is_complex, bits, steps.equality)), "balls")
    except UndecidedError:
        return Decision(same=False)


def bits_of(tree: Tree) -> int:
    """Bound the bits that the written numbers of a tree take, powers written out."""
    match tree:
        case Constant(value=value):
            return value.numerator.bit_length() + value.denominator.bit_length() - 1
        case Power(base=base, exponent=exponent):
            try:
                power = rational_of(exponent)
            except UndefinedError:
                power = None
            if power is not None and power.denominator == 1:
                return min(int(abs(power)), PRECISION_LIMIT_BITS) * max(bits_of(base), 2)
            return bits_of(base) + bits_of(exponent)
        case _:
            return sum(bits_of(child) for child in children(tree))


def numeric_value(tree: Tree, steps: Steps) -> Fraction | None:
    """Return a real constant's value to some forty digits; None if it is none, or its sign is not known."""
    try:
        exact = rational_of(tree)
        if exact is not None:
            return exact
        with precision(GUARD_BITS):
            value = value_of(tree, {}, steps)
            is_real = value.is_finite() and value.imag.contains(0)
            has_sign = value.real == 0 or not value.real.contains(0)
            return _fraction(value.real) if is_real and has_sign else None
    except (UndefinedError, UndecidedError):
        return None


def _fraction(real: Any) -> Fraction | None:
    mantissa, exponent = map(int, real.mid().man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent if abs(exponent) <= PRECISION_LIMIT_BITS else None
