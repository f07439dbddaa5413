"""Series, products, improper integrals and limits without sympy: families of closed forms and of near misses."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

from rlvr_math import verify
from rlvr_math.comparing.operators.deciding import value_with_operators
from rlvr_math.comparing.operators.resolving import resolve
from rlvr_math.limits import OPERATOR_STEPS_LIMIT, Steps
from rlvr_math.reading.parser import read

SEEDS = range(12 if os.environ.get("RLVR_LONG") == "1" else 2)
# What must not be paid for a value, as text around it.
NEAR_MISSES = (
    "({})+1",
    r"2\cdot({})",
    "-({})",
    r"1.001\cdot({})",
    "({})^3",
    "({})+10^{{-6}}",
    "({})-10^{{-20}}",
    r"\frac{{{}}}{{2}}",
)
# Of the near misses of each value, so many are drawn for each seed; an integral takes long.
DRAWN = {"series": 2, "integrals": 1, "limits": 2}


@pytest.fixture(autouse=True)
def without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """All here is decided by our own stages; what these leave undecided is not the same."""
    monkeypatch.setattr("rlvr_math.formulas.is_open", lambda *_: False)


def _series(seed: int) -> Iterator[tuple[str, str]]:
    """Yield sums and products without end beside their values."""
    draw = random.Random(seed)  # noqa: S311  # drawn anew for each seed
    a, b, c = (draw.randint(1, 6) for _ in range(3))
    low = draw.randint(1, 5)
    share = Fraction(draw.randint(1, 5), draw.randint(6, 9))
    telescoped = sum(Fraction(1, low + a + step) for step in range(b)) * Fraction(c, b)
    yield rf"\sum_{{n={low}}}^\infty \frac{{{c}}}{{(n+{a})(n+{a + b})}}", str(telescoped)
    falling = (a * share * (1 + share) / (1 - share) ** 3) + b * share / (1 - share) ** 2 + c / (1 - share)
    yield rf"\sum_{{k=0}}^\infty ({a}k^2+{b}k+{c})\left({share}\right)^k", str(falling)
    yield rf"\sum_{{n=0}}^{{\infty}} \frac{{{a}^n}}{{n!}}", f"e^{{{a}}}"
    yield rf"\sum_{{n\ge1}} \frac{{n{a}^n}}{{n!}}", f"{a}e^{{{a}}}"
    yield rf"\sum_{{n=1}}^\infty \frac{{(-1)^{{n+1}}}}{{{a}n}}", rf"\frac{{\ln2}}{{{a}}}"
    yield rf"\sum_{{n=1}}^{{+\infty}} \frac{{{b}}}{{(2n-1)^2}}", rf"\frac{{{b}\pi^2}}{{8}}"
    yield rf"\sum_{{n=0}}^\infty \frac{{(-1)^n}}{{({a}(2n+1))^3}}", rf"\frac{{\pi^3}}{{32\cdot{a**3}}}"
    yield (
        rf"\sum_{{n=1}}^\infty \frac{{1}}{{n^2+{a * a}}}",
        rf"\frac{{\pi\coth({a}\pi)}}{{{2 * a}}}-\frac{{1}}{{{2 * a * a}}}",
    )
    yield rf"\sum_{{n=-\infty}}^\infty \frac{{1}}{{n^2+{a * a}}}", rf"\frac{{\pi\coth({a}\pi)}}{{{a}}}"
    yield rf"\sum_{{n=1}}^\infty \frac{{1}}{{n\,{a + 1}^n}}", rf"\ln\frac{{{a + 1}}}{{{a}}}"
    yield rf"\sum_{{n=0}}^\infty \frac{{(-1)^n {a}^{{2n}}}}{{(2n)!}}", rf"\cos {a}"
    yield (
        rf"\sum_{{n=0}}^\infty \binom{{n+{a}}}{{n}}\left(\frac1{{{b + 1}}}\right)^n",
        rf"\left(\frac{{{b + 1}}}{{{b}}}\right)^{{{a + 1}}}",
    )
    yield (
        rf"\prod_{{n={a + 1}}}^\infty\left(1-\frac{{{a * a}}}{{n^2}}\right)",
        rf"\frac{{1}}{{\binom{{{2 * a}}}{{{a}}}}}",
    )
    yield rf"\prod_{{n=1}}^\infty\left(1+\frac{{1}}{{{a * a}n^2}}\right)", rf"\frac{{{a}\sinh(\pi/{a})}}{{\pi}}"
    yield r"\sum_{n=0}^\infty (-1)^n \frac{x^{2n+1}}{2n+1}", r"\arctan x"
    yield rf"\sum_{{n=1}}^\infty n({a}x)^{{n-1}}", rf"\frac{{1}}{{(1-{a}x)^2}}"
    yield rf"\sum_{{n=0}}^\infty \frac{{({a}x)^n}}{{n!}}", f"e^{{{a}x}}"


def _integrals(seed: int) -> Iterator[tuple[str, str]]:
    """Yield improper integrals beside their values."""
    draw = random.Random(seed)  # noqa: S311  # drawn anew for each seed
    a, b, c = (draw.randint(1, 4) for _ in range(3))
    yield rf"\int_0^\infty x^{{{b}}}e^{{-{a}x}}\,dx", str(Fraction(math.factorial(b), a ** (b + 1)))
    yield rf"\int_{{-\infty}}^\infty e^{{-{a}x^2+{b}x}}\,dx", rf"\sqrt{{\frac{{\pi}}{{{a}}}}}e^{{{b * b}/{4 * a}}}"
    yield rf"\int_0^\infty\frac{{dx}}{{x^2+{a * a}}}", rf"\frac{{\pi}}{{{2 * a}}}"
    yield rf"\int_{{{a}}}^\infty\frac{{dx}}{{x(x+{b})}}", rf"\frac1{{{b}}}\ln\frac{{{a + b}}}{{{a}}}"
    yield rf"\int_{{-\infty}}^{{{a}}} e^{{{b}x}}\,dx", rf"\frac{{e^{{{a * b}}}}}{{{b}}}"
    yield rf"\int_0^1 x^{{{a}}}\ln x\,dx", str(Fraction(-1, (a + 1) ** 2))
    yield rf"\int_0^{{{a}}} \frac{{dx}}{{\sqrt{{{a}-x}}}}", rf"2\sqrt{{{a}}}"
    yield rf"\int_0^\infty \frac{{{c}x}}{{e^x-1}}\,dx", rf"\frac{{{c}\pi^2}}{{6}}"


def _limits(seed: int) -> Iterator[tuple[str, str]]:
    """Yield limits beside their values."""
    draw = random.Random(seed)  # noqa: S311  # drawn anew for each seed
    a, b, c = (draw.randint(1, 7) for _ in range(3))
    yield rf"\lim_{{x\to0}}\frac{{e^{{{a}x}}-1-{a}x}}{{x^2}}", str(Fraction(a * a, 2))
    yield rf"\lim_{{x\to\infty}}\left(1+\frac{{{a}}}{{x}}\right)^{{{b}x}}", f"e^{{{a * b}}}"
    yield rf"\lim_{{x \rightarrow 0}}\frac{{\sin {a}x}}{{\tan {b}x}}", str(Fraction(a, b))
    yield rf"\lim_{{x\to1}}\frac{{x^{{{a}}}-1}}{{x^{{{b}}}-1}}", str(Fraction(a, b))
    yield rf"\lim_{{x\to-\infty}}\frac{{{a}x^3+x}}{{{b}x^3-{c}}}", str(Fraction(a, b))
    yield rf"\lim_{{t\to0}}\frac{{\cos {a}t-\cos {b}t}}{{t^2}}", str(Fraction(b * b - a * a, 2))
    yield rf"\lim_{{x\to0^+}}x^{{{a}}}\ln x+{c}", f"{c}"
    yield rf"\lim_{{x\to\infty}}\frac{{{a}e^x+x^{{{b}}}}}{{{c}e^x-x}}", str(Fraction(a, c))
    yield rf"\lim_{{x\to0}}\frac{{\ln(1+{a}x)-{a}x}}{{x^2}}", str(Fraction(-a * a, 2))
    yield rf"\lim_{{x\to\infty}}x\left(\frac\pi2-\arctan({a}x)\right)", str(Fraction(1, a))
    yield rf"\lim_{{h\to0}}\frac{{(x+h)^{{{a}}}-x^{{{a}}}}}{{h}}", f"{a}x^{{{a - 1}}}"
    yield rf"\lim_{{x\to0^-}}\frac{{{a}|x|}}{{x}}", f"{-a}"
    yield rf"\lim_{{x\to{a}}}\frac{{\sqrt{{x+{b}}}-\sqrt{{{a + b}}}}}{{x-{a}}}", rf"\frac{{1}}{{2\sqrt{{{a + b}}}}}"


FAMILIES = {"series": _series, "integrals": _integrals, "limits": _limits}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_closed_forms_are_right_and_near_misses_are_not(family: str, seed: int) -> None:
    """Whichever side is the reference."""
    for operator, value in FAMILIES[family](seed):
        assert verify(operator, value).correct, (operator, value)
        assert verify(value, operator, unevaluated="allow").correct, (value, operator)
        for form in random.Random(operator).sample(NEAR_MISSES, DRAWN[family]):  # noqa: S311  # drawn anew for each case
            wrong = form.format(value)
            if verify(value, wrong).correct:
                continue  # as the double of zero

            assert not verify(operator, wrong).correct, (operator, wrong)
            assert not verify(wrong, operator, unevaluated="allow").correct, (wrong, operator)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_index_counts(seed: int) -> None:
    """A sum that starts one term later is another one."""
    for operator, value in _series(seed):
        for low in range(-1, 8):
            if f"={low}}}" in operator and "=0}" not in operator:
                later = operator.replace(f"={low}}}", f"={low + 1}}}")
                assert not verify(later, value).correct, (later, value)


def _value(text: str) -> float | None:
    steps = Steps(OPERATOR_STEPS_LIMIT)
    found = value_with_operators(resolve(read(text), steps), steps)
    return None if found is None else float(found)


DIVERGENT = [
    r"\sum_{n=1}^\infty \frac1n",
    r"\sum_{n=1}^\infty (-1)^n",
    r"\sum_{n=0}^\infty 2^n",
    r"\sum_{n=0}^\infty n!",
    r"\sum_{n=1}^\infty \frac{(-1)^n n}{n+1}",
    r"\sum_{n=-3}^\infty \frac{1}{n^2}",
    r"\prod_{n=1}^\infty \frac{n+1}{n}",
    r"\prod_{n=1}^\infty 2",
    r"\int_0^1\frac1x\,dx",
    r"\int_1^\infty\frac1x\,dx",
    r"\int_{-\infty}^\infty x\,dx",
    r"\int_0^\infty\frac{1}{x^2-1}\,dx",
    r"\int_0^2\frac{1}{(x-1)^2}\,dx",
    r"\int_2^\infty\frac{1}{x\ln x}\,dx",
    r"\int_0^\infty \sin x\,dx",
    r"\int_0^\infty e^{x}\,dx",
    r"\lim_{x\to\infty}\sin x",
    r"\lim_{x\to0}\frac{|x|}{x}",
    r"\lim_{x\to0}\frac1x",
    r"\lim_{x\to\infty}x",
]


@pytest.mark.parametrize("text", DIVERGENT)
def test_what_diverges_has_no_value(text: str) -> None:
    """Neither by a regularisation nor from one side."""
    assert _value(text) is None


HIDDEN = [
    (r"\int_0^\infty \left(e^{-x}+e^{-10^6(x-10^5)^2}\right)dx", "1"),
    (r"\int_0^\infty \left(e^{-x}+\frac{e^{-(\ln x-90)^2}}{x}\right)dx", "1"),
    (r"\int_0^1 \left(\frac{1}{\sqrt x}+\frac{e^{-(\ln x+80)^2}}{x}\right)dx", "2"),
    (r"\int_1^\infty \left(\frac{1}{x^2}+\frac{10^{-25}}{x^2}\right)dx", "1"),
    (r"\sum_{n=1}^\infty \left(\frac{1}{n^2}+\frac{10^{-30}}{n^2+1}\right)", r"\frac{\pi^2}{6}"),
    (r"\sum_{n=0}^\infty \frac{1+10^{-24}n}{2^n}", "2"),
    (r"\lim_{x\to0}\frac{\sin x+10^{-30}x}{x}", "1"),
    (r"\lim_{x\to0}\left(\frac{\sin x}{x}+e^{-10^{9}x^2}\right)", "1"),
    (r"\lim_{x\to\infty}\left(1+\frac{x}{x+10^{40}}\right)", "1"),
    (r"\lim_{x\to\infty}\arctan(x-10^{50})", r"-\frac\pi2"),
]


@pytest.mark.parametrize(("operator", "value"), HIDDEN)
def test_nothing_hides_far_out_or_near_an_end(operator: str, value: str) -> None:
    """A bump between the points of a quadrature, or a term that is small at first, is part of the value."""
    assert not verify(operator, value).correct
    assert not verify(value, operator, unevaluated="allow").correct
