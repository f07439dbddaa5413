"""Formulas over the names of metrics."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.formula import DEPTH_LIMIT, FormulaError, parse_formula


@pytest.mark.each(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 - 1 - 1", 0.0),
        ("8 / 4 / 2", 1.0),
        ("-a + --b", 0.25),
        ("0.7*a + 0.3*b", 0.575),
        ("min(a, b, 0.1) + max(a, b)", 0.85),
        ("clip(a * 4, 0, 1)", 1.0),
        ("abs(a - b)", 0.25),
        ("`a/part` * 2", 1.0),
        ("math.equivalent", 0.125),
        ("clip(a, 0.6, 0.6)", 0.6),
        ("clip(a, b, 1)", 0.75),
        ("clip(b, 0, a)", 0.5),
        ("clip(b, a, a - 1 / 4)", 0.5),
        (".5 * a + 1e-3 + 2.5E+1", 25.251),
        ("+a - +b", -0.25),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("2^-1 * a^2", 0.125),
        ("(a + b)^2 / 2", 0.78125),
        ("floor(b * 3) + ceil(b * 3)", 5.0),
        ("sqrt(a * a) + exp(0) + log(1)", 1.5),
        ("floor(-a)", -1.0),
    ],
)
def test_arithmetic_has_the_usual_precedence(text: str, value: float) -> None:
    """Left to right, products before sums."""
    values = {"a": 0.5, "b": 0.75, "a/part": 0.5, "math.equivalent": 0.125}

    assert parse_formula(text)(values) == pytest.approx(value)


@pytest.mark.each(
    ("text", "problem"),
    [
        ("", "expected a number"),
        ("a +", "expected a number"),
        ("a b", "expected an operator"),
        ("(a", r"expected '\)'"),
        ("a ** 2", "expected a number"),
        ("a ^", "expected a number"),
        ("^ a", "expected a number"),
        ("1e999", "1e999 is no number"),
        ("floor(a, b)", "floor takes 1 to 1"),
        ("round(a)", "no function 'round'"),
        ("2 e3", "expected an operator"),
        ("2^" * 100 + "a", "nested deeper"),
        ("__import__('os')", "no function '__import__'"),
        ("a.__class__()", "no function"),
        ("min(a)", "takes 2 to 20"),
        ("clip(a, 0, 1, 2)", "clip takes 3 to 3 values, not 4"),
        ("clip(a, 0)", "clip takes 3 to 3 values, not 2"),
        ("abs(a, b)", "abs takes 1 to 1"),
        ("a + )", "at character 5 of"),
        ("a; b", "expected an operator"),
        ("(" * 100 + "a" + ")" * 100, "nested deeper"),
        ("-" * 100 + "a", "nested deeper"),
        ("a" * 3_000, "longer than"),
        ("clip(a, 1, 0)", "clip from 1 to 0 has its low end above its high end"),
        ("clip(a, 0.5 * 2, -1 + 1)", "clip from 1 to 0"),
        ("min(b, clip(a, max(2, 3), 2))", "clip from 3 to 2"),
    ],
)
def test_other_texts_are_refused_with_the_place(text: str, problem: str) -> None:
    """The evaluator of Python is never used."""
    with pytest.raises(FormulaError, match=problem):
        parse_formula(text)


@pytest.mark.parametrize(
    "text", ["sqrt(a - 1)", "log(a - a)", "(a - 1)^0.5", "0^(0 - 1)", "exp(1000)", "10^1000", "1 / (a - a)"]
)
def test_a_formula_without_a_value_raises(text: str) -> None:
    """As a division by 0 does, so that no completion gets a reward out of it."""
    with pytest.raises(ArithmeticError):
        parse_formula(text)({"a": 0.5})


def test_limits_are_inclusive() -> None:
    """2,000 characters and 50 levels are read, whatever makes a level; one more is refused."""
    assert len(parse_formula("a" * 2_000).names[0]) == 2_000
    with pytest.raises(FormulaError, match="longer than 2000 characters"):
        parse_formula("a" * 2_001)
    nested = [("(", ")", 50), ("-", "", 50), ("abs(", ")", 50), ("min(1, ", ")", 50), ("-(", ")", 25)]
    for opening, closing, depth in nested:
        parse_formula(opening * depth + "a" + closing * depth)
        with pytest.raises(FormulaError, match="nested deeper than 50"):
            parse_formula(opening * (depth + 1) + "a" + closing * (depth + 1))


@pytest.mark.parametrize(("name", "fewest", "most"), [("min", 2, 20), ("max", 2, 20), ("abs", 1, 1), ("clip", 3, 3)])
def test_functions_take_their_numbers_of_values(name: str, fewest: int, most: int) -> None:
    """And one less or more is refused."""
    for count in (fewest, most):
        assert parse_formula(f"{name}({', '.join(['0'] * count)})")({}) == 0.0
    for count in (fewest - 1, most + 1):
        with pytest.raises(FormulaError, match=f"{name} takes {fewest} to {most} values|expected a number"):
            parse_formula(f"{name}({', '.join(['0'] * count)})")


def test_names_are_those_that_it_reads() -> None:
    """Functions are not among them."""
    assert parse_formula("min(b, a) + b").names == ("b", "a")


@given(st.text(max_size=DEPTH_LIMIT * 3))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises another error."""
    with suppress(FormulaError):
        assert parse_formula(text).text == text
