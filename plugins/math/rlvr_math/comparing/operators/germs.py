r"""Germs: how expressions behave near the end of an interval, with proven bounds.

For small positive ``u``, an expression is written as ``u^p \ln(1/u)^q e^{c u^{-r}} b``. The balls of ``b`` and ``c``
contain the right value for every ``u`` up to a radius. So a limit, and the last stretch of an improper integral, have a
value with a proven error: nothing can hide between points at which a function is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError, applied, ball
from rlvr_math.comparing.operators.derivatives import NoDerivativeError, derivative
from rlvr_math.comparing.operators.stirling import REMAINDER
from rlvr_math.limits import Steps
from rlvr_math.reading.binding import size_of
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Quantity,
    Sum,
    Symbol,
    Tree,
    added,
    inverted,
    minus,
    multiplied,
    negated,
    symbols_in,
)

# A zero of a higher order than this is not looked into.
_ORDER_LIMIT = 8
# Each derivative multiplies the nodes of an expression.
_NODES_LIMIT = 500
# The divisors of a sum that are put below one line.
_DIVISORS_LIMIT = 4
# Powers of u beyond this are no honest ones.
_POWER_LIMIT = 1_000
_E = Symbol("e")
_HALF = Constant(Fraction(1, 2))


class Growth(NamedTuple):
    """An exponential factor ``e^{c u^{-r}}``, the ball of ``c`` without a zero and ``r`` positive."""

    coefficient: Any
    rate: Fraction


class Germ(NamedTuple):
    r"""A factor ``u^power``, one ``\ln(1/u)^logs``, perhaps an exponential one, and the ball of the rest."""

    power: Fraction
    logs: Fraction
    rest: Any
    growth: Growth | None = None


class Germs:
    """Germs of expressions in one letter, for all its values from zero to a radius.

    Args:
        letter: The letter, which is positive.
        bits: The radius is two to the power of minus this.
        value: Evaluates trees without the letter.
        steps: The budget.
    """

    def __init__(self, letter: str, bits: int, value: Callable[[Tree], Any], steps: Steps) -> None:
        self.letter = letter
        self.bits = bits
        self._value = value
        self._steps = steps
        # A ball around zero that is as narrow counts as zero; its expression is then differentiated.
        self._nothing = _flint().arb(2) ** -(min(bits, _flint().ctx.prec) // 2)
        self._radius = _flint().arb(2) ** -bits
        self._log = _flint().arb.const_log2() * bits

    def germ(self, tree: Tree, order: int = 0) -> Germ:
        """Return the germ of a tree.

        Args:
            tree: The expression.
            order: How often it was differentiated so far.

        Raises:
            UndecidedError: No rule gives one.
            OverLimitError: The budget is used up.
        """
        self._steps.spend()
        found = self._germ(tree, order)
        if isinstance(tree, Sum) and found.power < 0 and found.growth is None and found.rest.contains(0):
            above, below = _fraction(tree)
            if below != ONE and size_of(above, _NODES_LIMIT) <= _NODES_LIMIT:  # poles that may cancel
                return self.germ(multiplied([above, inverted(below)]), order)
        is_flat = not found.power and not found.logs and found.growth is None
        is_small = self.goes_to_zero(found) or (is_flat and abs(found.rest).upper() < self._nothing)
        may_be_zero = found.growth is None and found.rest.contains(0) and is_small
        if may_be_zero and isinstance(tree, (Sum, Call)) and self.letter in symbols_in(tree):
            return self._by_derivative(tree, found, order)
        return found

    def goes_to_zero(self, germ: Germ) -> bool:
        """Return whether what a germ stands for goes to zero."""
        power, logs, _, growth = germ
        if growth is not None:
            return bool(growth.coefficient.real < 0)
        return power > 0 or (not power and logs < 0)

    def _germ(self, tree: Tree, order: int) -> Germ:
        if self.letter not in symbols_in(tree):
            return _constant(self._real(self._value(tree)))
        match tree:
            case Symbol():
                return Germ(Fraction(1), Fraction(0), _one())
            case Sum(terms=terms):
                return self._sum([self.germ(term, order) for term in terms])
            case Product(factors=factors):
                first, *others = [self.germ(factor, order) for factor in factors]
                for other in others:
                    first = self._product(first, other)
                return first
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent, order)
            case Quantity(value=value, unit="%"):
                return self._product(self.germ(value, order), _constant(ball(Fraction(1, 100))))
            case Call():
                return self._call(tree, order)
            case _:
                raise UndecidedError("no rule for its behaviour at an end")

    def _by_derivative(self, tree: Tree, found: Germ, order: int) -> Germ:
        """Return the germ of what tends to zero, from that of its derivative."""
        size = size_of(tree, _NODES_LIMIT)
        self._steps.spend(size)
        if order >= _ORDER_LIMIT or size > _NODES_LIMIT:
            return found
        try:
            slope = self.germ(derivative(tree, self.letter, self._steps), order + 1)
        except NoDerivativeError:
            return found
        if slope.growth is not None or slope.logs or slope.power <= -1:
            return found
        return Germ(slope.power + 1, Fraction(0), slope.rest / ball(slope.power + 1))

    def _real(self, value: Any) -> Any:
        if not value.is_finite() or not value.imag.contains(0) or not abs(value.imag).upper() < _flint().arb(2) ** -64:
            raise UndecidedError("no real value at an end")
        return _flint().acb(value.real)

    def size(self, germ: Germ) -> Any:
        """Return a bound of what stands beside the rest of a germ, for each value of the letter.

        Raises:
            UndecidedError: It does not fall towards zero from the radius on.
        """
        power, logs, _, growth = germ
        at_radius = self._radius ** _arb(power) * self._log ** _arb(logs)
        if growth is not None:
            edge = growth.coefficient.real * self._radius ** -_arb(growth.rate)
            if not -edge * _arb(growth.rate) > abs(_arb(power)) + abs(_arb(logs)):
                raise UndecidedError("it does not fall from the radius on")
            at_radius = at_radius * edge.exp()
        elif (power or logs > 0) and not _arb(power) * self._log > abs(_arb(logs)):
            raise UndecidedError("it does not fall from the radius on")
        return at_radius.upper()

    def range_of(self, germ: Germ) -> Any:
        """Return a ball around all values of a germ.

        Raises:
            UndecidedError: It has no bound.
        """
        if not germ.power and not germ.logs and germ.growth is None:
            return germ.rest
        return germ.rest * _flint().acb(_flint().arb(0).union(self.size(germ)))

    def _sum(self, germs: list[Germ]) -> Germ:
        first = germs[0]
        for other in germs[1:]:
            if self._outgrows(other, first):
                first = other
        rest = _flint().acb(0)
        for each in germs:
            is_first = each is first
            rest = rest + (each.rest if is_first else self.range_of(self._product(each, _inverse_of_head(first))))
        return first._replace(rest=rest)

    def _outgrows(self, one: Germ, other: Germ) -> bool:
        difference = self._product(one._replace(rest=_one()), _inverse_of_head(other))
        if difference.growth is not None:
            return bool(difference.growth.coefficient.real > 0)
        return difference.power < 0 or (not difference.power and difference.logs > 0)

    def _product(self, one: Germ, other: Germ) -> Germ:
        power, logs = one.power + other.power, one.logs + other.logs
        if max(abs(power.numerator), power.denominator, abs(logs.numerator), logs.denominator) > _POWER_LIMIT:
            raise UndecidedError("a power that is too high")
        return Germ(power, logs, one.rest * other.rest, self._joined(one.growth, other.growth))

    def _joined(self, one: Growth | None, other: Growth | None) -> Growth | None:
        """Multiply two exponential factors; of two rates, the higher one's coefficient takes the other one in."""
        if one is None or other is None:
            return one or other
        first, second = (one, other) if one.rate >= other.rate else (other, one)
        if first.rate == second.rate:
            coefficient = first.coefficient + second.coefficient
        else:
            share = _flint().arb(0).union(self._radius ** _arb(first.rate - second.rate))
            coefficient = first.coefficient + second.coefficient * share
        if coefficient.is_zero():
            return None
        if coefficient.real.contains(0):
            raise UndecidedError("exponentials that may cancel")
        return Growth(coefficient, first.rate)

    def _power(self, base: Tree, exponent: Tree, order: int) -> Germ:
        try:
            exact = rational_of(exponent)
        except UndefinedError:
            exact = None
        if exact is None:
            return self._varying_power(base, exponent, order)
        germ = self.germ(base, order)
        power, logs = germ.power * exact, germ.logs * exact
        if max(abs(power.numerator), power.denominator, abs(exact.numerator)) > _POWER_LIMIT:
            raise UndecidedError("a power that is too high")
        growth = germ.growth
        if growth is not None:
            growth = growth._replace(coefficient=growth.coefficient * ball(exact))
        if exact.denominator == 1:
            if exact < 0 and germ.rest.contains(0):
                raise UndecidedError("a division by what may be zero")
            return Germ(power, logs, germ.rest ** int(exact), growth)
        if not germ.rest.real > 0:
            raise UndecidedError("a root of what may be negative")
        return Germ(power, logs, _flint().acb(germ.rest.real ** _arb(exact)), growth)

    def _varying_power(self, base: Tree, exponent: Tree, order: int) -> Germ:
        """Return the germ of a power whose exponent depends on the letter."""
        if base == _E:
            return self._exponential(self.germ(exponent, order))
        if base == ONE:
            return _constant(_one())
        if isinstance(base, Constant) and base.value < 0:  # (-1)^n is one or minus one
            sign = _constant(_flint().acb(_flint().arb(0, 1)))
            return self._product(sign, self._varying_power(negated(base), exponent, order))
        return self._exponential(self.germ(multiplied([exponent, Call("ln", (base,))]), order))

    def _exponential(self, exponent: Germ) -> Germ:
        power, logs, rest, growth = exponent
        if growth is None and (power > 0 or (not power and logs <= 0)):
            return _constant(self.range_of(exponent).exp())
        if growth is None and power < 0 and not logs and (rest.real > 0 or rest.real < 0):
            return Germ(Fraction(0), Fraction(0), _one(), Growth(_flint().acb(rest.real), -power))
        if growth is None and not power and logs == 1 and rest.is_exact() and rest.imag == 0:
            mantissa, exponent_of_two = (int(part) for part in rest.real.mid().man_exp())
            if abs(exponent_of_two) < _POWER_LIMIT and abs(mantissa) < _POWER_LIMIT:
                return Germ(-Fraction(mantissa) * Fraction(2) ** exponent_of_two, Fraction(0), _one())
        raise UndecidedError("an exponential without a rule")

    def _logarithm(self, argument: Germ) -> Germ:
        power, logs, rest, growth = argument
        if not rest.real > 0:
            raise UndecidedError("a logarithm of what may be negative")
        flint = _flint()
        if not power and not logs and growth is None:
            return _constant(flint.acb(rest.real.log()))
        logs_of_log = abs(_arb(logs)) * self._log.log()
        if growth is not None:
            others = (abs(_arb(power)) * self._log + logs_of_log + abs(rest.real.log())) * self._radius ** _arb(
                growth.rate
            )
            return Germ(-growth.rate, Fraction(0), growth.coefficient + _around_zero(others))
        if not power:
            raise UndecidedError("a logarithm of a logarithm")
        others = (logs_of_log + abs(rest.real.log())) / self._log
        return Germ(Fraction(0), Fraction(1), ball(-power) + _around_zero(others))

    def _call(self, tree: Call, order: int) -> Germ:
        match tree:
            case Call(name="integral", arguments=(_, _, low, high)):
                if not self.goes_to_zero(self.germ(minus(high, low), order)):
                    raise UndecidedError("an integral whose ends stay apart")
                return _constant(_flint().acb(0))  # to be differentiated
            case Call(name=name, arguments=(argument,)):
                return self._function(tree, name, argument, order)
            case _:
                raise UndecidedError("no rule for its behaviour at an end")

    def _function(self, tree: Call, name: str, argument: Tree, order: int) -> Germ:
        if name == "exp":
            return self._power(_E, argument, order)
        if name in _BY_SINES:  # their poles are zeros of these
            return self.germ(_BY_SINES[name](argument), order)
        if name in _BY_EXPONENTIALS:
            germ = self.germ(argument, order)
            if germ.power < 0 or germ.growth is not None:
                return self.germ(_BY_EXPONENTIALS[name](argument), order)
        germ = self.germ(argument, order)
        if name == REMAINDER:
            return self._remainder(germ)
        if name in {"ln", "log"}:
            return self._logarithm(germ)
        if name == "abs" and (germ.rest.real > 0 or germ.rest.real < 0):
            return germ._replace(rest=_flint().acb(abs(germ.rest.real)))
        if germ.growth is None and (germ.power > 0 or (not germ.power and germ.logs <= 0)):
            return _constant(self._real(applied(tree, [self.range_of(germ)], self._steps)))
        return self._of_unbounded(name, germ)

    def _remainder(self, argument: Germ) -> Germ:
        """Return the germ of Stirling's remainder: between zero and a twelfth of one divided by its argument."""
        if argument.power >= 0 or not argument.rest.real > 0:
            raise UndecidedError("Stirling's remainder of what does not go to infinity")
        most = abs(self.range_of(_inverse_of_head(argument)) / argument.rest).upper() / 12
        return _constant(_flint().acb(_flint().arb(0).union(most)))

    def _of_unbounded(self, name: str, germ: Germ) -> Germ:
        flint = _flint()
        if name in {"sin", "cos"}:
            return _constant(flint.acb(flint.arb(0, 1)))
        if name in {"arctan", "arccot"} and (germ.rest.real > 0 or germ.rest.real < 0):
            least = 1 / self.size(_inverse_of_head(germ)) * abs(germ.rest.real).lower()
            sign = 1 if germ.rest.real > 0 else -1
            found = least.atan().union(flint.arb.pi() / 2)
            return _constant(flint.acb(sign * (found if name == "arctan" else flint.arb.pi() / 2 - found)))
        raise UndecidedError(f"no rule for {name} of what has no bound")


def _inverse_of_head(germ: Germ) -> Germ:
    growth = None if germ.growth is None else germ.growth._replace(coefficient=-germ.growth.coefficient)
    return Germ(-germ.power, -germ.logs, _one(), growth)


def _constant(value: Any) -> Germ:
    return Germ(Fraction(0), Fraction(0), value)


def _exponential_of(tree: Tree) -> Tree:
    return Power(_E, tree)


def _half(one: Tree, other: Tree) -> Tree:
    return multiplied([_HALF, added([one, other])])


def _cosh(x: Tree) -> Tree:
    return _half(_exponential_of(x), _exponential_of(negated(x)))


def _sinh(x: Tree) -> Tree:
    return _half(_exponential_of(x), negated(_exponential_of(negated(x))))


_BY_EXPONENTIALS: dict[str, Callable[[Tree], Tree]] = {
    "cosh": _cosh,
    "sinh": _sinh,
    "tanh": lambda x: multiplied([_sinh(x), inverted(_cosh(x))]),
    "coth": lambda x: multiplied([_cosh(x), inverted(_sinh(x))]),
    "sech": lambda x: inverted(_cosh(x)),
    "csch": lambda x: inverted(_sinh(x)),
}


_BY_SINES: dict[str, Callable[[Tree], Tree]] = {
    "tan": lambda x: multiplied([Call("sin", (x,)), inverted(Call("cos", (x,)))]),
    "cot": lambda x: multiplied([Call("cos", (x,)), inverted(Call("sin", (x,)))]),
    "sec": lambda x: inverted(Call("cos", (x,))),
    "csc": lambda x: inverted(Call("sin", (x,))),
}


def _fraction(tree: Tree) -> tuple[Tree, Tree]:
    """Write a tree as a fraction without divisors within its two parts; sums and products only are looked into."""
    match tree:
        case Product(factors=factors):
            parts = [_fraction(factor) for factor in factors]
            return multiplied([above for above, _ in parts]), multiplied([below for _, below in parts])
        case Power(base=base, exponent=Constant(value=power)) if power.denominator == 1:
            above, below = _fraction(base)
            if power < 0:
                above, below = below, above
            return _whole_power(above, abs(power)), _whole_power(below, abs(power))
        case Call(name=name, arguments=(argument,)) if name in _BY_SINES:
            return _fraction(_BY_SINES[name](argument))
        case Sum(terms=terms):
            parts = [_fraction(term) for term in terms]
            divisors = list(dict.fromkeys(below for _, below in parts if below != ONE))
            if len(divisors) > _DIVISORS_LIMIT:
                return tree, ONE
            tops = [multiplied([above, *(each for each in divisors if each != below)]) for above, below in parts]
            return added(tops), multiplied(divisors) if divisors else ONE
        case _:
            return tree, ONE


def _whole_power(tree: Tree, power: Fraction) -> Tree:
    return tree if power == 1 or tree == ONE else Power(tree, Constant(power))


def _around_zero(size: Any) -> Any:
    return _flint().acb(_flint().arb(0, size.upper()))


def _arb(value: Fraction) -> Any:
    return ball(value).real


def _one() -> Any:
    return _flint().acb(1)


def _flint() -> Any:
    import flint

    return flint
