r"""Logarithms of products of letters: ``\ln(x^9y)`` is ``9\ln x+\ln y`` to people, who take letters as positive."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.equality.domains import LOGARITHMS
from rlvr_math.comparing.equality.stepped import letters_in, rebuilt
from rlvr_math.reading.tree import Call, Constant, Power, Product, Symbol, Tree, added, multiplied

_TWO_LETTERS = 2


def with_logarithms_apart(tree: Tree) -> Tree:
    r"""Write the logarithm of a product of two or more letters, with odd powers, as the sum of their logarithms.

    The logarithm of a square, which negative letters have as well, stays: ``\ln(x^2)`` is no ``2\ln x``.
    """
    return rebuilt(tree, _apart)


def _apart(node: Tree) -> Tree:
    match node:
        case Call(name=name, arguments=(Product(factors=factors), *base)) if name in LOGARITHMS:
            powers = [_power_of_letter(factor) for factor in factors]
            if None in powers or len(letters_in(node.arguments[0])) < _TWO_LETTERS:
                return node
            return added(
                [multiplied([Constant(times), Call(name, (part, *base))]) for part, times in filter(None, powers)]
            )
        case _:
            return node


def _power_of_letter(factor: Tree) -> tuple[Tree, Fraction] | None:
    """Return a letter and its odd whole power, or a positive number; None for anything else."""
    match factor:
        case Symbol(name=name) if name not in {"i", "e", "pi"}:
            return factor, Fraction(1)
        case Constant(value=value) if value > 0:
            return factor, Fraction(1)
        case Power(base=Symbol() as letter, exponent=Constant(value=power)) if power.denominator == 1 and power % 2:
            return letter, power
        case _:
            return None
