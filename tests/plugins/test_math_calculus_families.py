"""Derivatives, integrals, limits, sums and determinants that sympy makes and writes: each is right, no near miss is."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
import sympy

from rlvr_math import verify

LONG = os.environ.get("RLVR_LONG") == "1"
# Cases of each family.
CASES = 120 if LONG else 12
X, Y, N, K = sympy.symbols("x y n k")
NEAR_MISSES = ("({})+1", r"2\cdot({})", "-({})", "({})^2", r"1.001\cdot({})", "({})-10^{{-6}}")


@pytest.fixture(autouse=True)
def without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases are made by sympy, and decided by our own stages."""
    monkeypatch.setattr("rlvr_math.formulas.is_open", lambda *_: False)


def _term(draw: random.Random, x: Any = X) -> Any:
    """Return a function that is smooth for positive numbers."""
    a, b = draw.choice([-3, -2, 2, 3, 5]), draw.randint(1, 4)
    return draw.choice(
        [
            a * x**b,
            sympy.sin(a * x),
            sympy.cos(x + b),
            sympy.exp(sympy.Rational(a, b) * x),
            sympy.log(x + b),
            1 / (x + b),
            sympy.sqrt(x + b),
            sympy.atan(b * x),
            x * sympy.exp(-x),
            1 / (x**2 + b),
            sympy.sinh(x) * b,
            sympy.Integer(2) ** x,
        ]
    )


def _function(draw: random.Random) -> Any:
    one, other = _term(draw), _term(draw)
    return draw.choice([one, one + other, one * other, one - 2 * other, sympy.sqrt(one**2 + 1), sympy.atan(one)])


def _latex(value: Any) -> str:
    return str(sympy.latex(value))


def _derivatives(draw: random.Random) -> tuple[str, str]:
    function, order = _function(draw), draw.choice([1, 1, 2])
    operator = r"\frac{d}{dx}" if order == 1 else r"\frac{d^{2}}{dx^{2}}"
    return rf"{operator}\left({_latex(function)}\right)", _latex(sympy.diff(function, X, order))


def _partial(draw: random.Random) -> tuple[str, str]:
    function = _term(draw) * _term(draw, Y) + _term(draw, X * Y)
    return rf"\frac{{\partial}}{{\partial y}}\left({_latex(function)}\right)", _latex(sympy.diff(function, Y))


def _mixed(draw: random.Random) -> tuple[str, str]:
    function = _term(draw) * _term(draw, Y) + Y**2
    operator = r"\frac{\partial^2}{\partial x\,\partial y}"
    return rf"{operator}\left({_latex(function)}\right)", _latex(sympy.diff(function, X, Y))


def _definite(draw: random.Random) -> tuple[str, str]:
    low = draw.randint(0, 3)
    high = low + draw.randint(1, 3)
    function = _function(draw)
    value = function.subs(X, high) - function.subs(X, low)
    return rf"\int_{{{low}}}^{{{high}}} \left({_latex(sympy.diff(function, X))}\right)\,dx", _latex(value)


def _up_to_a_letter(draw: random.Random) -> tuple[str, str]:
    function = _term(draw)
    inside = _latex(sympy.diff(function, X).subs(X, Y))
    return rf"\int_{{0}}^{{x}} \left({inside}\right)\,dy", _latex(function - function.subs(X, 0))


def _limits(draw: random.Random) -> tuple[str, str]:
    function, place = _function(draw), draw.randint(0, 3)
    quotient = f"\\frac{{{_latex(function)}-\\left({_latex(function.subs(X, place))}\\right)}}{{x-{place}}}"
    return rf"\lim_{{x\to {place}}}{quotient}", _latex(sympy.diff(function, X).subs(X, place))


def _sums(draw: random.Random) -> tuple[str, str]:
    body = sum(draw.randint(-4, 4) * K**power for power in range(4)) + draw.randint(1, 3) * K**2
    closed = sympy.factor(sympy.summation(body, (K, 1, N)))
    return rf"\sum_{{k=1}}^{{n}}\left({_latex(body)}\right)", _latex(closed)


def _determinants(draw: random.Random) -> tuple[str, str]:
    size = draw.choice([2, 3])
    matrix = sympy.Matrix(size, size, lambda *_: draw.choice([X, Y, 1, 2, -3, X + 1]))
    return rf"\det {_latex(matrix)}", _latex(sympy.factor(matrix.det()))


FAMILIES = {
    "derivatives": _derivatives,
    "partial derivatives": _partial,
    "mixed derivatives": _mixed,
    "definite integrals": _definite,
    "integrals up to a letter": _up_to_a_letter,
    "limits of quotients": _limits,
    "sums": _sums,
    "determinants": _determinants,
}


def _cases(family: str) -> Iterator[tuple[str, str, str]]:
    """Yield operators, their values, and a near miss of each."""
    draw = random.Random(family)  # noqa: S311  # the same cases each time
    for _ in range(CASES):
        operator, value = FAMILIES[family](draw)
        yield operator, value, draw.choice(NEAR_MISSES).format(value)


@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_right_and_near_misses_are_not(family: str) -> None:
    """Whichever side is the reference."""
    for operator, value, wrong in _cases(family):
        assert verify(operator, value).correct, (operator, value)
        assert verify(value, operator, unevaluated="allow").correct, (value, operator)
        if not verify(value, wrong).correct:  # as the double of zero
            assert not verify(operator, wrong).correct, (operator, wrong)
            assert not verify(wrong, operator, unevaluated="allow").correct, (wrong, operator)


def test_antiderivatives_are_right_and_near_misses_are_not() -> None:
    """Up to a constant, which may be left out."""
    draw = random.Random(1)  # noqa: S311  # the same cases each time
    for _ in range(CASES):
        function = _function(draw)
        operator = rf"\int \left({_latex(sympy.diff(function, X))}\right)\,dx"
        for value in (f"{_latex(function)}+C", f"{_latex(function)}+7"):
            assert verify(operator, value).correct, (operator, value)
        for wrong in (f"{_latex(function)}+x+C", f"2({_latex(function)})+C", f"-({_latex(function)})+C"):
            assert not verify(operator, wrong).correct, (operator, wrong)
