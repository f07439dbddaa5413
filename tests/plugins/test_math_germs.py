"""Germs near the end of an interval: their balls contain the value of the expression at each place up to the radius."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rlvr_math.comparing.balls import UndecidedError, ball, precision, value_of
from rlvr_math.comparing.operators.germs import Germ, Germs
from rlvr_math.limits import Steps
from rlvr_math.reading.parser import read
from rlvr_math.reading.tree import Tree

_BITS = 256
# The radius of the germs, and places within it, as powers of two.
_RADIUS = 20
_PLACES = (20, 21, 33, 64)

CASES = {
    "powers": r"x;2;x^2;x^{-3};\sqrt{x};\frac{1}{\sqrt[3]{x}};x^{1/2}x^{-2};5\%x;(2x)^{-2};(x+x^2)^{3/2};\pi x^2",
    "sums": r"1+x;x+x^2;x^{-2}+x;3-x;x-x^3;2x^{-1}+\sqrt{x};x^{-1}-x^{-2};x^2+\frac{1}{7}x^5-x^9;1+x\ln x;x+x^2\ln x",
    "what cancels": (
        r"\sin x-x;1-\cos x;e^x-1;e^x-1-x;\ln(1+x);\tan x-x;\sqrt{1+x}-1;\frac{1-\cos x}{x^2};\frac{\sin x}{x};"
        r"\frac{e^x-1}{x};\arctan x-x;\arcsin x;\cos x-\cosh x;\sinh x-\sin x;\frac{\sin x-x}{x^3}"
    ),
    "logarithms": (
        r"\ln x;x\ln x;\ln(2x);\ln(3x^2);x^2\ln(x)^2;\frac{1}{\ln x};\frac{x}{\ln x};\sqrt{x}\ln x;\ln(x+x^2);"
        r"\ln x+\ln(3x);\frac{\ln(2x)}{\ln x};\ln(x)^3;1+\frac{1}{\ln x};x^{-1}\ln x;"
        r"\frac{\ln x}{x^2}+\frac{1}{x};\ln(x\ln(1/x))"
    ),
    "exponentials": (
        r"e^{-1/x};e^{1/x};xe^{-1/x};x^{-5}e^{-1/x};e^{-1/x^2};e^{-1/x}+x;1+e^{-1/x};e^{-3/x}e^{1/x};e^{-1/x+1/x^2};"
        r"\ln(1+e^{1/x});\ln(x)e^{-1/x};e^{x};e^{-2/\sqrt x};e^{\sin x};e^{2\ln x};x^x;(1+x)^{1/x};2^{-1/x};"
        r"\ln(e^{1/x}+x^{-3})"
    ),
    "functions": (
        r"\sin(1/x);\cos(1/x);x\sin(1/x);\arctan(1/x);\arctan(-2/x);\operatorname{arccot}(1/x);\arctan(\frac{1}{3x^2});"
        r"\operatorname{arccot}(-1/x);"
        r"\tanh(1/x);\coth(1/x);\sinh(1/x);\cosh(1/x);\operatorname{sech}(1/x);\operatorname{csch}(1/x);|x|;|x-1|;|-2x|;"
        r"\tan x;\cot x;\sec x;\csc x;\sin(x+1);\cos(2+x^2);\sqrt{2+\sin x};\exp(-x);\arctan(x+1);\tanh(1+x);\ln(2+x)"
    ),
}


def _value(tree: Tree) -> Any:
    return value_of(tree, {}, Steps())


def _of(germ: Germ, place: Any) -> Any:
    """Return the ball that a germ says an expression lies in at a place."""
    found = germ.rest * place ** ball(germ.power) * (-place.log()) ** ball(germ.logs)
    if germ.growth is not None:
        found = found * (germ.growth.coefficient * place ** -ball(germ.growth.rate)).exp()
    return found


@pytest.mark.parametrize("family", CASES)
def test_a_germ_contains_the_values(family: str) -> None:
    """At places from the radius on, by the definition of a germ; and the range contains them all."""
    outside = []
    with precision(_BITS):
        for text in CASES[family].split(";"):
            tree = read(text)
            germs = Germs("x", _RADIUS, _value, Steps(200_000))
            germ = germs.germ(tree)
            try:
                bounds = germs.range_of(germ)
            except UndecidedError:
                bounds = None  # it grows
            for place in _PLACES:
                at = ball(Fraction(1, 1 << place))
                value = value_of(tree, {"x": at}, Steps())
                if not _of(germ, at).overlaps(value) or (bounds is not None and not bounds.overlaps(value)):
                    outside.append((text, place))

    assert outside == []
