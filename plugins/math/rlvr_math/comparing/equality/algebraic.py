r"""The real zeros of an expression with roots in one letter, by the polynomial that is left without its roots.

``x-2\sqrt{x-1}`` is zero where ``x^2-4x+4`` is: the resultant with ``s^2-(x-1)``, s in the place of the root.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rlvr_math.comparing.equality.factors import Ring, TooLargeError, atoms_in, factors_of, powers_in, real_zeros
from rlvr_math.comparing.equality.stepped import letters_in
from rlvr_math.reading.tree import Constant, Power, Symbol, Tree, key_of

# Each root multiplies the degree of what is left.
ROOTS_LIMIT = 4
DEGREE_LIMIT = 24


@lru_cache(maxsize=256)
def algebraic_zeros(tree: Tree, letter: str) -> tuple[Any, ...] | None:
    """Return rationals near the real numbers among which all zeros and poles of an expression are.

    Returns:
        None if a factor is not made of one letter, rational numbers, sums, products and roots, or is too large.
    """
    try:
        found: list[Any] = []
        for factor in factors_of(tree)[1]:
            if letters_in(factor.tree):
                roots = _roots_in(factor.tree, letter)
                if roots is None:
                    return None
                found.extend(real_zeros(_without_roots(factor.tree, letter, roots)))
    except (TooLargeError, OverflowError):
        return None
    return tuple(found)


def has_nested_roots(tree: Tree) -> bool:
    """Say whether a radicand of a tree holds another root of letters."""
    return isinstance(tree, Power) and any(
        isinstance(part, Power) and isinstance(part.exponent, Constant) and part.exponent.value.denominator > 1
        for part in atoms_in(tree.base).values()
        if letters_in(part)
    )


def _roots_in(tree: Tree, letter: str) -> list[Power] | None:
    """Return the roots of an expression, each before those in its radicand; None if it holds anything else."""
    found: dict[str, Power] = {}
    waiting = [tree]
    while waiting:
        for key, atom in atoms_in(waiting.pop()).items():
            match atom:
                case Symbol(name=name) if name == letter:
                    continue
                case Power(base=base, exponent=Constant(value=value)) if value.numerator == 1:
                    found.pop(key, None)
                    found[key] = atom
                    waiting.append(base)
                case _:
                    return None
        if len(found) > ROOTS_LIMIT:
            return None
    return list(found.values())


def _without_roots(tree: Tree, letter: str, roots: list[Power]) -> Any:
    ring = Ring({letter: Symbol(letter)} | {key_of(root): root for root in roots})
    top, bottom = ring.fraction(tree)
    polynomial = top * bottom
    for root in roots:
        ((base, _),) = [(part.base, power) for part, power in powers_in(root) if isinstance(part, Power)]
        above, below = ring.fraction(base)
        degree = root.exponent.value.denominator if isinstance(root.exponent, Constant) else 1
        if polynomial.total_degree() * degree > DEGREE_LIMIT or (above * below).total_degree() > DEGREE_LIMIT:
            raise TooLargeError
        relation = below * ring.generators[key_of(root)] ** degree - above
        polynomial = ring.resultant(polynomial, relation, key_of(root))
    return ring.in_one(polynomial, letter)
