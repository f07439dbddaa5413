r"""Limits of sums that are integrals: ``\lim_{n\to\infty}\sum_{k=1}^n \frac{n}{n^2+k^2}`` is that of ``1/(1+t^2)``."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.operators.series import series_of
from rlvr_math.comparing.values import numeric_value, same_value
from rlvr_math.limits import Steps
from rlvr_math.reading.binding import bound
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Symbol,
    Tree,
    children,
    multiplied,
    renamed,
    symbols_in,
    with_children,
)

_PLACE = Symbol("~t")
# Takes the place of the letter that a limit binds, which is not counted among those of a tree.
_COUNT = Symbol("~n")


def integral_of_limit(limit: Call, steps: Steps) -> Call | None:
    """Return the integral or series that a sum goes to as its bound goes to infinity; None if there is no rule.

    Args:
        limit: The limit of a sum, with or without factors, or of anything else.
        steps: The budget.
    """
    body, letter, place = limit.arguments
    if place != Symbol("∞") or not isinstance(letter, Symbol):
        return None
    body = renamed(body, {letter.name: _COUNT})
    factors = body.factors if isinstance(body, Product) else (body,)
    operators = [each for each in factors if isinstance(each, Call) and each.name == "sum"]
    if isinstance(body, Call) and body.name in {"sum", "prod"}:
        series = _series_of_limit(body)
        if series is not None:
            return series
    if len(operators) != 1:
        return None
    (operator,) = operators
    term, index, low, high = operator.arguments
    run = series_of(Call("sum", (ONE, index, low, high)))
    if run is None or run.letter != _COUNT.name:
        return None
    others = [each for each in factors if each is not operator]
    scaled = renamed(multiplied([_COUNT, *others, term]), {run.running.name: multiplied([_COUNT, _PLACE])})
    integrand = _without_powers_of_one(renamed(scaled, {_COUNT.name: ONE}))
    # Both letters are positive, as squares are, so that the root of a square is no absolute value.
    squares: dict[str, Tree] = {each.name: Power(each, Constant(Fraction(2))) for each in (_COUNT, _PLACE)}
    if not same_value(renamed(integrand, squares), renamed(scaled, squares), steps):
        return None
    ends = [Constant(Fraction(slope)) for slope in (run.low_slope, run.high_slope)]
    if symbols_in(integrand) == {_PLACE.name} and any(
        numeric_value(renamed(integrand, {_PLACE.name: end}), steps) is None for end in ends
    ):
        return None  # the sums of an integrand without a bound may go elsewhere
    return bound("integral", integrand, _PLACE, *ends)


def _series_of_limit(operator: Call) -> Call | None:
    """Return the series whose partial sums, or products, go to a limit; None if their terms change too."""
    term, _, low, high = operator.arguments
    if high != _COUNT or _COUNT.name in symbols_in(term) | symbols_in(low):
        return None
    return Call(operator.name, (*operator.arguments[:3], Symbol("∞")))


def _without_powers_of_one(tree: Tree) -> Tree:
    """Return a tree without powers of one, whose exponents may be letters that then play no part."""
    parts = tuple(map(_without_powers_of_one, children(tree)))
    if isinstance(tree, Power) and parts[0] == ONE:
        return ONE
    return multiplied(list(parts)) if isinstance(tree, Product) else with_children(tree, parts) if parts else tree
