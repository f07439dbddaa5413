r"""Values of endless sums of angles, as ``\arctan\frac{1}{n^2}``, and of waves, as ``\frac{\sin n}{n}``, in balls."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.operators.derivatives import NoDerivativeError, derivative
from rlvr_math.limits import TERMS_LIMIT, Steps
from rlvr_math.reading.tree import ZERO, Tree, renamed, symbols_in

Value = Callable[[Tree], Any]
"""Returns the ball around the value of a tree without the index."""


class Angles(NamedTuple):
    """Arc tangents of a quotient of polynomials of the index.

    Attributes:
        above: The numerator (``fmpq_poly``).
        below: The denominator.
        roots: Returns the complex roots of a polynomial and how often each is one.
        at: Returns the value of a polynomial.
        share: Returns a ball around the quotient times the whole power that it falls by, from a number on.
    """

    above: Any
    below: Any
    roots: Callable[[Any], list[tuple[Any, int]]]
    at: Callable[[Any, Any], Any]
    share: Callable[[int], Any]

    def sum_from(self, first: int, steps: Steps) -> Any:
        r"""Return a ball around the sum from a number on.

        The arc tangents are the angles of ``1 + i r(n)``, and the product of these is one of gamma functions. Its angle
        is the sum where the sum is less than half a turn; the terms before are added one by one. The gamma functions of
        the denominator's roots are left out: their product is positive.

        Raises:
            UndecidedError: The sum diverges, or a term is undefined.
        """
        flint = _flint()
        if self.below.degree() - self.above.degree() < 2:  # noqa: PLR2004  # as 1/n^2
            raise UndecidedError("a sum of angles that diverges")
        start = max(first, 2)
        while not abs(self.share(start)) / (start - 1) < flint.arb.pi():
            start *= 2
            if start > TERMS_LIMIT:
                raise UndecidedError("a sum of angles that falls too slowly")
        total = flint.acb(0)
        for number in range(first, start):
            steps.spend()
            place = flint.acb(number)
            below = self.at(self.below, place)
            if below.contains(0):
                raise UndecidedError("an angle of an undefined term")
            total = total + (self.at(self.above, place) / below).atan()
        product = math.prod((start - root).rgamma() ** times for root, times in self._turned_roots())
        return total + product.arg()

    def _turned_roots(self) -> list[tuple[Any, int]]:
        """Return the roots of the denominator plus i times the numerator: half of those of the sum of both squares."""
        unit = _flint().acb(0, 1)
        found = []
        for root, times in self.roots(self.below**2 + self.above**2):
            real, turned = self.at(self.below, root), unit * self.at(self.above, root)
            if (real + turned).contains(0) == (real - turned).contains(0):
                raise UndecidedError("roots that are not told apart")
            if (real + turned).contains(0):
                found.append((root, times))
        return found


class Wave(NamedTuple):
    """Terms ``sin(a n + b)`` or ``cos(a n + b)`` over a power of the index.

    Attributes:
        function: Which of both.
        argument: What it is taken of.
        power: The power of the index that it is divided by, at least one.
        alternates: Whether the sign changes from term to term, positive for even ones.
    """

    function: str
    argument: Tree
    power: int
    alternates: bool

    def sum_from(self, first: int, letter: str, value: Value, steps: Steps) -> Any:
        """Return a ball around the sum from a number on, by polylogarithms on the unit circle.

        Raises:
            UndecidedError: The sum diverges, or the argument is no line.
        """
        flint = _flint()
        if first < 1:
            raise UndecidedError("a term that divides by zero")
        slope = _slope(self.argument, letter, steps)
        angle, shift = value(slope), value(renamed(self.argument, {letter: ZERO}))
        if not (angle.imag == 0 and shift.imag == 0):
            raise UndecidedError("a wave of a complex number")
        unit = flint.acb(0, 1)
        turn = -(unit * angle).exp() if self.alternates else (unit * angle).exp()
        total = -(1 - turn).log() if self.power == 1 else turn.polylog(self.power)
        steps.spend(200)
        for number in range(1, first):
            steps.spend()
            total = total - turn**number / flint.acb(number) ** self.power
        total = total * (unit * shift).exp()
        if not total.is_finite():
            raise UndecidedError("a sum of waves that diverges")
        return flint.acb(total.real if self.function == "cos" else total.imag)


def _slope(argument: Tree, letter: str, steps: Steps) -> Tree:
    try:
        slope = derivative(argument, letter, steps)
    except NoDerivativeError as error:
        raise UndecidedError(str(error)) from error
    if letter in symbols_in(slope):
        raise UndecidedError("a wave that does not turn steadily")
    return slope


def power_of_index(rational: Any) -> tuple[int, Any] | None:
    """Return the power of the index that a quotient of polynomials divides a number by, and that number."""
    above, below = rational
    power = below.degree()
    if above.degree() or any(below[place] for place in range(power)):
        return None
    return power, above[0] / below[power]


def _flint() -> Any:
    import flint

    return flint
