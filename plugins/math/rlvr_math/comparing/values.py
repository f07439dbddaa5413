"""Whether two expressions have the same value wherever both have one; cheapest stage first."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from hashlib import blake2b
from itertools import islice
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, ball, opaque_in, precision, value_of
from rlvr_math.comparing.decision import Decision
from rlvr_math.comparing.residues import is_rational_expression, same_residues
from rlvr_math.limits import PRECISION_LIMIT_BITS, Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Constant, Power, Tree, children, key_of, symbols_in

_CONSTANTS = frozenset({"i", "e", "pi"})
# Agreeing at three independent points, each to hundreds of bits, is equality for what people write.
POINTS = 3
TRIES = 14
# What is not told apart by this many bits beyond those of the numbers written is the same.
GUARD_BITS = 192
# How near two balls that meet must lie together.
_AGREEMENT = 2.0**-100
# Where points are drawn, one after another: the lower end and the width.
_RANGES = ((0, 4), (-4, 4), (-4, 8), (0, 1), (-1, 2), (1, 9), (4, 30))


def same_value(reference: Tree, answer: Tree, steps: Steps) -> Decision:
    """Decide whether two expressions have the same value; what cannot be decided is not the same."""
    try:
        value, answer_value = rational_of(reference), rational_of(answer)
    except UndefinedError:
        return Decision(same=False, stage="exact")
    if value is not None and answer_value is not None:
        return Decision(value == answer_value, "exact")
    keys = sorted((key_of(reference), key_of(answer)))
    seed = "\n".join(keys)
    if is_rational_expression(reference) and is_rational_expression(answer):
        same = same_residues(reference, answer, seed, steps)
        if same is not None:
            return Decision(same, "residues")
    try:
        return Decision(_same_balls(reference, answer, seed, steps), "balls")
    except UndecidedError:
        return Decision(keys[0] == keys[1], "form")


def _same_balls(reference: Tree, answer: Tree, seed: str, steps: Steps) -> bool:
    """Compare by values at points drawn from the pair."""
    names = {name for name in symbols_in(reference) | symbols_in(answer) if name not in _CONSTANTS}
    opaque_in(reference, names)
    opaque_in(answer, names)
    complex_wanted = "i" in symbols_in(reference) | symbols_in(answer)
    bits = GUARD_BITS + _bits_of(reference) + _bits_of(answer)
    if bits > PRECISION_LIMIT_BITS:
        raise UndecidedError("numbers too long for balls")
    agreed = skipped = 0
    with precision(bits):
        for places in _places(names, seed):
            verdict = _same_at(reference, answer, places, steps, complex_wanted=complex_wanted)
            if verdict is False:
                return False
            agreed += verdict is True
            skipped += verdict is None
            if agreed >= (POINTS if names else 1):
                return True
    if complex_wanted or not names:
        return False
    if skipped:
        with precision(bits):
            points = islice(_places(names, seed), POINTS)
            return all(_same_at(reference, answer, places, steps, complex_wanted=True) for places in points)
    return False


def _places(names: set[str], seed: str) -> Iterator[dict[str, Any]]:
    """Draw points: first all positive, then all negative, then where roots and logarithms are real."""
    if not names:
        yield {}
        return
    ordered = sorted(names)
    for draw in range(TRIES):
        low, width = _RANGES[draw % len(_RANGES)]
        places = {}
        for name in ordered:
            digest = blake2b(f"{draw} {name} {seed}".encode("utf-8", "replace"), digest_size=4).digest()
            places[name] = ball(Fraction(int.from_bytes(digest, "big") * width + (low << 32), 1 << 32))
        yield places


def _same_at(
    reference: Tree, answer: Tree, places: dict[str, Any], steps: Steps, *, complex_wanted: bool
) -> bool | None:
    """Compare at a point; None if it does not count, because a side has no real value there."""
    value, answer_value = value_of(reference, places, steps), value_of(answer, places, steps)
    if not (value.is_finite() and answer_value.is_finite()):
        # Both undefined at a point says nothing; for constants it is a difference.
        return None if places else False
    if not complex_wanted and places and not any(each.imag.contains(0) for each in (value, answer_value)):
        return None
    if not value.overlaps(answer_value):
        return False
    # Agreement counts only as far as it is proven: absolutely near zero, else as a share of the value.
    width, size = abs(value - answer_value).upper(), abs(value).upper()
    return bool(width < _AGREEMENT or width < size * _AGREEMENT)


def _bits_of(tree: Tree) -> int:
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
                return min(int(abs(power)), PRECISION_LIMIT_BITS) * max(_bits_of(base), 2)
            return _bits_of(base) + _bits_of(exponent)
        case _:
            return sum(_bits_of(child) for child in children(tree))


def numeric_value(tree: Tree, steps: Steps) -> Fraction | None:
    """Return a real constant's value to some forty digits; None if it is none."""
    try:
        exact = rational_of(tree)
        if exact is not None:
            return exact
        with precision(GUARD_BITS):
            value = value_of(tree, {}, steps)
            if not value.is_finite() or not value.imag.contains(0) or value.real.rad() > 1:
                return None
            return _fraction(value.real)
    except (UndefinedError, UndecidedError):
        return None


def _fraction(real: Any) -> Fraction | None:
    mantissa, exponent = (int(part) for part in real.mid().man_exp())
    if abs(exponent) > PRECISION_LIMIT_BITS:
        return None
    return Fraction(mantissa) * Fraction(2) ** exponent
