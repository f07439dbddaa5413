"""Evaluate rational expressions modulo numbers drawn from the pair itself.

Different residues are a proof of difference.
Equal ones at two draws are equality but for a chance below 2**-80, and since the modulus and the points hang on the
text of both sides, no answer can be written for them.
"""

from __future__ import annotations

from hashlib import blake2b

from rlvr_math.limits import Steps
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.tree import Constant, Power, Product, Sum, Symbol, Tree, children

# Two draws; each alone errs with a chance of a polynomial's degree over the modulus.
DRAWS = 2
_IRRATIONAL = frozenset({"i", "∞", "...", "∅", "e", "pi"})


def is_rational_expression(tree: Tree) -> bool:
    """Say whether a tree is made of constants and symbols by sums, products and whole powers only."""
    match tree:
        case Constant():
            return True
        case Symbol(name=name):
            return name not in _IRRATIONAL
        case Sum() | Product():
            return all(is_rational_expression(part) for part in children(tree))
        case Power(base=base, exponent=Constant(value=value)):
            return value.denominator == 1 and is_rational_expression(base)
        case Power(base=base, exponent=exponent):
            power = rational_of(exponent)
            return power is not None and power.denominator == 1 and is_rational_expression(base)
        case _:
            return False


def same_residues(reference: Tree, answer: Tree, seed: str, steps: Steps) -> bool | None:
    """Compare two rational expressions; None if a division has no result at the draws."""
    agreed = 0
    for draw in range(2 * DRAWS):
        digest = blake2b(f"{draw} {seed}".encode("utf-8", "replace"), digest_size=12).digest()
        modulus = int.from_bytes(digest, "big") | (1 << 95) | 1
        residue, answer_residue = (_residue(tree, modulus, seed, steps) for tree in (reference, answer))
        if residue is None or answer_residue is None:
            continue
        if residue != answer_residue:
            return False
        agreed += 1
        if agreed == DRAWS:
            return True
    return None


def _residue(tree: Tree, modulus: int, seed: str, steps: Steps) -> int | None:
    """Return a tree modulo a number; None where it divides by what has no inverse."""
    steps.spend()
    match tree:
        case Constant(value=value):
            return _divided(value.numerator, value.denominator, modulus)
        case Symbol(name=name):
            digest = blake2b(f"{name} {modulus} {seed}".encode("utf-8", "replace"), digest_size=16).digest()
            return int.from_bytes(digest, "big") % modulus
        case Sum() | Product():
            total = int(isinstance(tree, Product))
            for part in children(tree):
                each = _residue(part, modulus, seed, steps)
                if each is None:
                    return None
                total = (total * each if isinstance(tree, Product) else total + each) % modulus
            return total
        case Power(base=base, exponent=exponent):
            residue, power = _residue(base, modulus, seed, steps), rational_of(exponent)
            if residue is None or power is None:
                return None
            try:
                return pow(residue, power.numerator, modulus)
            except ValueError:
                return None
        case _:
            return None


def _divided(top: int, bottom: int, modulus: int) -> int | None:
    if bottom == 1:
        return top % modulus
    try:
        return top * pow(bottom, -1, modulus) % modulus
    except ValueError:
        return None
