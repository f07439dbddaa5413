r"""What goes on by its pattern: within itself, up to a last term with a letter; and numbers that are named.

The oracle of nested roots and fractions is their value after many levels in floating point.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from rlvr_math import grade


def _is_paid(reference: str, answer: str) -> bool:
    return grade(reference, answer, unevaluated="allow").correct


def _root_of(inner: int, factor: int, levels: int = 60) -> float:
    value = math.sqrt(inner)
    for _ in range(levels):
        value = math.sqrt(inner + factor * value)
    return value


@pytest.mark.parametrize("factor", [1, 2, 3, -1, -2])
def test_nested_roots_have_the_value_that_their_levels_come_to(factor: int) -> None:
    """With a factor before each; negative ones only where the levels come to a value."""
    sign = {1: "+", -1: "-"}.get(factor, f"{factor:+d}")
    for inner in range(factor * factor + 1, factor * factor + 12):
        answer = rf"\sqrt{{{inner}{sign}\sqrt{{{inner}{sign}\sqrt{{{inner}{sign}\cdots}}}}}}"
        closed = rf"\frac{{{factor}+\sqrt{{{factor * factor + 4 * inner}}}}}{{2}}"
        value = (factor + math.sqrt(factor * factor + 4 * inner)) / 2

        assert abs(_root_of(inner, factor) - value) < 1e-9
        assert _is_paid(closed, answer)
        assert _is_paid(answer, closed)
        assert not _is_paid(closed + "+1", answer)
        assert not _is_paid(closed, answer.replace(str(inner), str(inner + 1), 1))


@pytest.mark.parametrize("factor", [1, 2, -1])
def test_continued_fractions_have_the_value_that_their_levels_come_to(factor: int) -> None:
    """Those that go on at once, and those whose first number is another one."""
    for whole in range(3, 9):
        sign = "+" if factor > 0 else "-"
        tail = rf"\cfrac{{{abs(factor)}}}{{{whole}{sign}\cfrac{{{abs(factor)}}}{{{whole}{sign}\ddots}}}}"
        root = rf"\frac{{{whole}+\sqrt{{{whole * whole + 4 * factor}}}}}{{2}}"
        value = float(whole)
        for _ in range(200):
            value = whole + factor / value

        assert abs(value - (whole + math.sqrt(whole * whole + 4 * factor)) / 2) < 1e-9
        assert _is_paid(root, f"{whole}{sign}{tail}")
        assert _is_paid(f"{root}-{whole - 1}", f"1{sign}{tail}")
        assert not _is_paid(root, f"{whole + 1}{sign}{tail}")


@pytest.mark.each(
    "answer",
    [
        r"\sqrt{2+\cdots}",
        r"\sqrt{2+\sqrt{3+\cdots}}",
        r"\sqrt{2+\sqrt[3]{2+\cdots}}",
        r"\sqrt{2+\sqrt{2+2\sqrt{2+\cdots}}}",
        r"\sqrt{2\sqrt{3\sqrt{2\cdots}}}",
        r"\sqrt{1-\sqrt{1-\sqrt{1-\cdots}}}",
        r"\sqrt{2-2\sqrt{2-2\sqrt{2-\cdots}}}",
        r"\sqrt{1+2\sqrt{1+3\sqrt{1+\cdots}}}",
        r"1+\cfrac{1}{1+\cdots}",
        r"1+\cfrac{1}{2+\cfrac{1}{3+\cdots}}",
        r"1-\cfrac{1}{1-\cfrac{1}{1-\cdots}}",
        r"\sqrt{x+\sqrt{x+\cdots}}",
    ],
)
def test_what_shows_no_pattern_or_comes_to_nothing_has_no_value(answer: str) -> None:
    """It equals only itself."""
    for reference in ("0", "1", "2", "3", r"\frac{1+\sqrt5}{2}", r"\sqrt2", r"\sqrt3-1"):
        assert not _is_paid(reference, answer)


def test_roots_of_products_and_of_higher_degree() -> None:
    """A product comes to its number; a cube root to a whole number or to nothing that is known."""
    for number in (2, 3, 7):
        assert _is_paid(str(number), rf"\sqrt{{{number}\sqrt{{{number}\sqrt{{{number}\cdots}}}}}}")
        assert _is_paid(rf"\sqrt{{{number}}}", rf"\sqrt[3]{{{number}\sqrt[3]{{{number}\cdots}}}}")
        assert _is_paid(str(number), rf"\sqrt[3]{{{number**3 - number}+\sqrt[3]{{{number**3 - number}+\cdots}}}}")
        assert not _is_paid(str(number), rf"\sqrt[3]{{{number**3}+\sqrt[3]{{{number**3}+\cdots}}}}")


def test_a_value_that_goes_on_within_itself_restates_the_question() -> None:
    """So strict grading refuses it for a closed reference, and takes the closed value for it."""
    assert not grade("2", r"\sqrt{2+\sqrt{2+\sqrt{2+\cdots}}}").correct
    assert grade(r"\sqrt{2+\sqrt{2+\sqrt{2+\cdots}}}", "2").correct


@pytest.mark.parametrize("start", [0, 1, 2, 5])
@pytest.mark.parametrize("step", [1, 2])
def test_sums_that_start_at_a_letter(start: int, step: int) -> None:
    """``(n+1)+(n+2)+...+(n+n)`` has the sum of its terms, one term more or less has not."""
    first = f"(n+{start})+(n+{start + step})" if start else f"n+(n+{step})"
    for factor in (2, 3):
        last = f"{factor}n+{start}" if start else f"{factor}n"
        # As many terms as (factor - 1) n / step + 1.
        count = rf"(\frac{{{factor - 1}n}}{{{step}}}+1)"
        closed = rf"\frac{{{count}({factor + 1}n+{2 * start})}}{{2}}"
        is_whole = (factor - 1) % step == 0

        assert _is_paid(closed, rf"{first}+\cdots+({last})") == is_whole
        assert not _is_paid(closed, rf"{first}+\cdots+({last}+{step})")
        assert not _is_paid(f"{closed}+1", rf"{first}+\cdots+({last})")


@pytest.mark.each(
    ("reference", "answer"),
    [
        (r"\frac{(2n)!}{n!}", r"(n+1)(n+2)\cdots(2n)"),
        (r"\ln 2", r"\lim_{n\to\infty}\left(\frac{1}{n+1}+\frac{1}{n+2}+\cdots+\frac{1}{2n}\right)"),
        (r"\ln 3", r"\lim_{n\to\infty}\left(\frac{1}{n+1}+\frac{1}{n+2}+\cdots+\frac{1}{3n}\right)"),
        (
            r"\frac{\pi}{4}",
            r"\lim_{n\to\infty}\left(\frac{n}{n^2+1^2}+\frac{n}{n^2+2^2}+\cdots+\frac{n}{n^2+n^2}\right)",
        ),
        (r"n^2-9n+20+10(n-4)", r"10+12+\cdots+2n"),
        ("H_n", r"\sum_{k=1}^n\frac1k"),
        ("H_{2n}", r"\sum_{k=1}^{2n}\frac1k"),
        ("H_{n+1}", r"H_n+\frac{1}{n+1}"),
        *((str(sum(Fraction(1, k) for k in range(1, n + 1))), f"H_{{{n}}}") for n in (1, 2, 5, 10)),
        (r"\frac{(a+b+c)!}{a!b!c!}", r"\binom{a+b+c}{a,b,c}"),
        *(
            (str(math.comb(7, a) * math.comb(7 - a, b)), rf"\binom{{7}}{{{a},{b},{7 - a - b}}}")
            for a in (1, 2, 3)
            for b in (1, 2, 3)
        ),
    ],
)
def test_named_patterns(reference: str, answer: str) -> None:
    """Also with the sides exchanged; and neither one more nor twice as much."""
    assert _is_paid(reference, answer)
    assert _is_paid(answer, reference)
    assert not _is_paid(f"{reference}+1", answer)
    assert not _is_paid(f"2({reference})", answer)


def test_names_keep_their_meaning_where_both_sides_use_them() -> None:
    """A harmonic number is none of another index, and a name with an index is no number of another name."""
    assert grade("H_n", "H_n").correct
    assert not grade("H_n", "H_{n-1}").correct
    assert not grade("H_n", r"\sum_{k=1}^{n+1}\frac1k").correct
    assert not grade("h_n", r"\sum_{k=1}^{n}\frac1k").correct
