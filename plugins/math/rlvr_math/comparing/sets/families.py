r"""Families of numbers such as ``\pi/6 + 2k\pi`` for whole k, compared as the sets that they run through.

``(n-2)\pi`` may as well be an expression in a given n, so a reference is a family only where it says so.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError, precision
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision
from rlvr_math.comparing.equality.agreement import GUARD_BITS
from rlvr_math.comparing.names import free_symbols
from rlvr_math.comparing.polynomials import Polynomials
from rlvr_math.comparing.sets.builders import BUILDER, builder_of
from rlvr_math.comparing.sets.pieces import LISTED_LIMIT, is_narrow, nearest_whole
from rlvr_math.comparing.sets.places import real_value
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Collection,
    Product,
    Quantity,
    Relation,
    Sum,
    Symbol,
    Tree,
    children,
    minus,
    renamed,
)

# Letters that stand for whole numbers where a period of pi or of degrees is multiplied by them.
_WHOLE_LETTERS = frozenset({"k", "n", "m", "l"})
# Without a declaration, a reference is a family only if it is the value of an unknown, in this letter.
_UNDECLARED = frozenset({"k"})
_UNKNOWNS = frozenset({"x", "t", "theta", "alpha", "beta", "phi"})
# Periods in one comparison are commonly 1, 2, 3, 4, 6 or 12 of a unit.
_RATIO_LIMIT = 60


class Family(NamedTuple):
    """All numbers ``start + period * k`` for whole k, the name that the value was given, and how k was."""

    start: Tree
    period: Tree
    name: str
    is_declared: bool


def compare_families(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Compare as families; None if a side is none."""
    families = _families_in(reference, comparing.steps, _WHOLE_LETTERS if _is_solution(reference) else _UNDECLARED)
    if not families or not any(
        family.is_declared or family.name in _UNKNOWNS or _is_shifted(reference) for family in families
    ):
        return None
    answer_families = _families_in(answer, comparing.steps, _WHOLE_LETTERS)
    if not answer_families:
        return None
    try:
        with precision(GUARD_BITS):
            return Decision(_same_families(families, answer_families, comparing.steps), "regions")
    except UndecidedError:
        return DIFFERENT


def _is_shifted(tree: Tree) -> bool:
    r"""Return whether a bare sum adds multiples of an angle to an angle: ``\frac{\pi}{4}+k\pi``."""
    return isinstance(tree, Sum) and all(map(_has_angle, tree.terms))


def _is_solution(tree: Tree) -> bool:
    r"""Return whether an unknown is an angle and multiples of another: ``x=\frac{\pi}{4}+n\pi``."""
    match tree:
        case Relation(signs=("=",), sides=(Symbol(name=name), value)):
            return name in _UNKNOWNS and _is_shifted(value)
        case Collection(opening="" | "∨", items=items):
            return all(map(_is_solution, items))
        case _:
            return False


def _families_in(tree: Tree, steps: Steps, undeclared: frozenset[str]) -> list[Family]:
    """Return the families that a tree lists; none if it is anything else.

    The letter is declared to be whole, or it is one of ``undeclared`` and the period is a multiple of pi or of degrees.
    """
    match tree:
        case Collection(opening="∪" | "∨", items=items):
            parts = [_families_in(item, steps, undeclared) for item in items]
            return [family for part in parts for family in part] if all(parts) else []
        case Collection(opening=opening) if opening == BUILDER:
            builder = builder_of(tree)
            return _families((builder.element,), builder.conditions, steps, undeclared)
        case Collection(opening="" | "{" | "∧", items=items):
            declared = tuple(item for item in items if declared_in(item))
            members = tuple(item for item in items if not declared_in(item))
            return _families(members, declared, steps, undeclared)
        case _:
            return _families((tree,), (), steps, undeclared)


def declared_in(tree: Tree) -> str:
    """Return the letter that a membership declares to be whole, or nothing."""
    if isinstance(tree, Relation) and tree.signs == ("∈",) and tree.sides[1] == Symbol("Z"):
        return tree.sides[0].name if isinstance(tree.sides[0], Symbol) else ""
    return ""


def _families(
    items: tuple[Tree, ...], conditions: tuple[Tree, ...], steps: Steps, undeclared: frozenset[str]
) -> list[Family]:
    declared = {declared_in(condition) for condition in conditions}
    if not items or len(items) > LISTED_LIMIT or "" in declared:
        return []
    found: list[Family] = []
    for item in items:
        family = _family(item, declared, steps, undeclared)
        if family is None:
            return []
        found.append(family)
    return found


def _family(item: Tree, declared: set[str], steps: Steps, undeclared: frozenset[str]) -> Family | None:
    """Read one member; None if it is not linear in one whole letter."""
    name, value = "", item
    if isinstance(item, Relation):
        if item.signs != ("=",) or not isinstance(item.sides[0], Symbol):
            return None
        name, value = item.sides[0].name, item.sides[1]
    letters = free_symbols(value)
    if len(letters) != 1 or name in letters:
        return None
    (letter,) = letters
    if letter not in (declared or undeclared) or not (declared or _has_angle(value)):
        return None
    if not _is_linear(value, letter, steps):
        return None
    start = renamed(value, {letter: ZERO})
    period = minus(renamed(value, {letter: ONE}), start)
    return Family(start, period, name, is_declared=bool(declared))


def _is_linear(value: Tree, letter: str, steps: Steps) -> bool:
    try:
        polynomials = Polynomials((_without_degrees(value), Symbol(letter)), steps)
        above, below = polynomials.quotient(_without_degrees(value))
    except UndecidedError:
        return False
    varying = [name for name, tree in polynomials.letters.items() if letter in free_symbols(tree)]
    return varying == [letter] and below.is_constant() and above.degrees()[polynomials.places[letter]] == 1


def _without_degrees(tree: Tree) -> Tree:
    """Take degree signs away: they scale what they stand behind by a constant."""
    match tree:
        case Quantity(value=value, unit="degree"):
            return value
        case Sum(terms=parts):
            return Sum(tuple(map(_without_degrees, parts)))
        case Product(factors=parts):
            return Product(tuple(map(_without_degrees, parts)))
        case _:
            return tree


def _has_angle(tree: Tree) -> bool:
    """Return whether pi or a degree sign occurs."""
    if tree == Symbol("pi") or (isinstance(tree, Quantity) and tree.unit == "degree"):
        return True
    return any(_has_angle(child) for child in children(tree))


def _same_families(reference: list[Family], answer: list[Family], steps: Steps) -> bool:
    """Return whether two lists of families run through the same numbers; within :func:`precision`.

    Raises:
        UndecidedError: The periods have no common multiple within the limit.
    """
    names = [{family.name for family in families if family.name} for families in (reference, answer)]
    if all(names) and names[0] != names[1]:
        return False
    unit = abs(_value(reference[0].period, steps))
    scaled = [
        [(_value(family.start, steps) / unit, _ratio(_value(family.period, steps) / unit)) for family in families]
        for families in (reference, answer)
    ]
    common = _common_multiple([period for families in scaled for _, period in families])
    one, other = (_residues(families, common) for families in scaled)
    steps.spend(len(one) * len(other))
    return all(_is_among(each, other, common) for each in one) and all(_is_among(each, one, common) for each in other)


def _value(tree: Tree, steps: Steps) -> Any:
    value = real_value(tree, {}, steps)
    if value is None or not is_narrow(value):
        raise UndecidedError("a family without real values")
    return value


def _ratio(value: Any) -> Fraction:
    """Return the rational with a small denominator that a ball contains."""
    for denominator in range(1, _RATIO_LIMIT + 1):
        whole = nearest_whole(value * denominator)
        if whole is not None:
            if not whole:
                raise UndecidedError("a period of zero")
            return abs(Fraction(whole, denominator))
    raise UndecidedError("periods without a common multiple")


def _common_multiple(periods: list[Fraction]) -> Fraction:
    above = math.lcm(*(period.numerator for period in periods))
    return Fraction(above, math.gcd(*(period.denominator for period in periods)))


def _residues(families: list[tuple[Any, Fraction]], common: Fraction) -> list[Any]:
    """Return the starts of families with the common period that run through the same numbers."""
    count = sum(common / period for _, period in families)
    if count > LISTED_LIMIT:
        raise UndecidedError("periods without a small common multiple")
    return [start + _ball(period * turn) for start, period in families for turn in range(int(common / period))]


def _ball(value: Fraction) -> Any:
    import flint

    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def _is_among(residue: Any, residues: list[Any], common: Fraction) -> bool:
    return any(nearest_whole((residue - each) / _ball(common)) is not None for each in residues)
