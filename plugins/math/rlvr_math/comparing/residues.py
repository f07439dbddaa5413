"""Evaluate expressions modulo numbers drawn from the pair itself.

Different residues of rational expressions are a proof of difference.
Equal ones are equality but for a chance below 2**-80, and since the modulus and the points hang on the
text of both sides, no answer can be written for them.

Each modulus is a square and one, so that the drawn root of the square is a root of minus one: the imaginary unit.
"""

from __future__ import annotations

import math
from hashlib import blake2b

from rlvr_math.limits import Steps
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.tree import Constant, Power, Product, Sum, Symbol, Tree, children

# A division has no result at few draws.
DRAWS = 4
# One draw errs with a chance of a polynomial's degree over the modulus.
_ROOT_BYTES = 12
# A modulus has no prime up to 97 as a factor: a third of all divisions have no result modulo three.
_SMALL_PRIMES = math.factorial(97)
_IRRATIONAL = frozenset({"∞", "...", "∅", "e", "pi"})


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
    return agree_at_draw(Draw, reference, answer, seed, steps)


class NoResidueError(ValueError):
    """A tree divides by what has no inverse, or it contains what has no residue."""


class Draw:
    """A modulus, and a number for each letter.

    Args:
        number: Which draw of a pair it is.
        seed: The texts of both sides.
        steps: The budget.
    """

    def __init__(self, number: int, seed: str, steps: Steps) -> None:
        self._key = blake2b(f"{number} {seed}".encode("utf-8", "replace"), digest_size=2 * _ROOT_BYTES).digest()
        # The square of an even number and one is odd, so that two has an inverse.
        self._root = 2 * int.from_bytes(self._key[:_ROOT_BYTES], "big") | (1 << 8 * _ROOT_BYTES)
        while math.gcd(self._root**2 + 1, _SMALL_PRIMES) > 1:
            self._root += 2
        self.modulus = self._root**2 + 1
        self._steps = steps
        self._drawn: dict[str, int] = {}

    def residue(self, tree: Tree) -> int:
        """Return a tree modulo the number.

        Raises:
            NoResidueError: It has none.
        """
        self._steps.spend()
        match tree:
            case Symbol(name="i"):
                return self._root
            case Symbol(name=name):
                return self.letter(name)
            case Constant(value=value):
                return self.quotient(value.numerator, value.denominator)
            case Sum(terms=parts):
                return sum(map(self.residue, parts)) % self.modulus
            case Product(factors=parts):
                total = 1
                for part in parts:
                    total = total * self.residue(part) % self.modulus
                return total
            case Power(base=base, exponent=exponent):
                power = exponent.value if isinstance(exponent, Constant) else rational_of(exponent)
                if power is not None and power.denominator == 1:
                    return self.whole_power(base, power.numerator)
                return self.other(tree)
            case _:
                return self.other(tree)

    def letter(self, name: str) -> int:
        """Return the residue of a letter."""
        return self.drawn(name)

    def whole_power(self, base: Tree, exponent: int) -> int:
        """Return the residue of a whole power."""
        return self.power(self.residue(base), exponent)

    def other(self, tree: Tree) -> int:
        """Return the residue of what is no rational expression."""
        raise NoResidueError(type(tree).__name__)

    def drawn(self, name: str) -> int:
        """Return the number that is drawn for a name."""
        found = self._drawn.get(name)
        if found is None:
            digest = blake2b(name.encode("utf-8", "replace"), digest_size=32, key=self._key).digest()
            found = self._drawn[name] = int.from_bytes(digest, "big") % self.modulus
        return found

    def hold(self, name: str, residue: int) -> None:
        """Let a letter have a residue in place of the one that is drawn for it."""
        self._drawn[name] = residue

    def power(self, residue: int, exponent: int) -> int:
        """Return a whole power of a residue."""
        try:
            return pow(residue, exponent, self.modulus)
        except ValueError:
            raise NoResidueError("a division") from None

    def quotient(self, above: int, below: int) -> int:
        """Return one residue divided by another."""
        return above % self.modulus if below == 1 else above * self.power(below, -1) % self.modulus


def agree_at_draw(kind: type[Draw], reference: Tree, answer: Tree, seed: str, steps: Steps) -> bool | None:
    """Say whether two trees have the same residues at the first draw at which they have some; None if there is none."""
    for number in range(DRAWS):
        draw = kind(number, seed, steps)
        try:
            return draw.residue(reference) == draw.residue(answer)
        except NoResidueError:
            continue
    return None
