"""Forms of answers: equal values that are written as a task asks for, and equal values that are not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rlvr_math import verify

# By form: a reference, answers in the form, and answers of the same value that are not.
FORMS: list[tuple[str, str, list[str], list[str]]] = [
    (
        "integer",
        "5",
        ["5", "+5", "$5$", "x=5"],
        ["2+3", "10/2", "5.0", r"\frac{5}{1}", r"\sqrt{25}", "2^2+1", r"5\cdot1"],
    ),
    ("integer", "-12", ["-12"], ["-24/2", "-12.0", "-(10+2)", r"-3\cdot4"]),
    ("integer", "1234", ["1234", "1,234"], ["1234.0", "1000+234"]),
    ("integer", "{1,2}", [r"\{1,2\}"], [r"\{1,4/2\}", r"\{1.0,2\}"]),
    ("decimal", "3/4", ["0.75", ".75", "0.750"], ["3/4", r"\frac34", "75/100", "0.5+0.25", r"0.25\cdot3"]),
    ("decimal", "-5/2", ["-2.5"], ["-5/2", "-2-0.5"]),
    ("fraction", "0.75", ["3/4", r"\frac{3}{4}", r"\dfrac34"], ["0.75", "48/64", r"\frac{6}{8}", "1/2+1/4", "1-1/4"]),
    ("fraction", "-1/2", ["-1/2", r"-\frac12"], ["-0.5", "-2/4"]),
    ("fraction", "3", ["3"], ["6/2", "3.0"]),
    (
        "simplified",
        "3/4",
        ["3/4", "0.75", r"\frac34"],
        ["48/64", r"\frac{6}{8}", "1/2+1/4", r"\frac{3/2}{2}", "(3/4)^1"],
    ),
    (
        "simplified",
        r"2\sqrt2",
        [r"2\sqrt{2}"],
        [r"\sqrt{8}", r"\sqrt2+\sqrt2", r"\sqrt{4\cdot2}", r"\frac{4\sqrt2}{2}"],
    ),
    ("simplified", "2x", ["2x"], ["x+x", r"\frac{4x}{2}", r"2\cdot1x", r"\frac{2x^2}{x}", "3x-x"]),
    ("simplified", "x^3", ["x^3"], [r"x\cdot x^2", "x^{1+2}"]),
    ("simplified", "x+1", ["x+1", "1+x"], [r"\frac{x^2-1}{x-1}", r"\frac{2x+2}{2}", "x+2-1"]),
    ("simplified", r"\frac{x}{2}", [r"\frac{x}{2}", "x/2", r"\frac12x"], [r"\frac{2x}{4}"]),
    ("simplified", "8", ["8"], ["2^3", r"\sqrt{64}", r"2\cdot4"]),
    ("factored", "x^2-1", ["(x-1)(x+1)", "(x+1)(x-1)"], ["x^2-1"]),
    ("factored", "2x+4", ["2(x+2)"], ["2x+4"]),
    ("factored", "x^2+2x+1", ["(x+1)^2"], ["x^2+2x+1", "x(x+2)+1"]),
    ("factored", "x^2+1", ["x^2+1"], []),
    ("factored", "ab+ac", ["a(b+c)"], ["ab+ac"]),
    ("factored", "x^3-x", ["x(x-1)(x+1)"], ["x(x^2-1)", "x^3-x"]),
    ("expanded", "(x-1)(x+1)", ["x^2-1"], ["(x-1)(x+1)", "x(x)-1+0", "(x+1)^2-2x-2"]),
    ("expanded", "(x+1)^2", ["x^2+2x+1"], ["(x+1)^2", "x^2+x+x+1", "x(x+2)+1"]),
    ("expanded", "a(b+c)", ["ab+ac"], ["a(b+c)"]),
    ("integer", "2, 5", ["2,5", "2, 5"], ["2,10/2", "2.0, 5"]),
    ("integer", "x=5", ["x=5"], ["x=2+3", "x=5.0"]),
    ("integer", "x>5", ["x>5"], ["x>10/2"]),
    ("integer", "5 cm", ["5 cm"], ["10/2 cm", "5.0 cm"]),
    ("integer", "15", ["15"], ["1.5e1", "15.0"]),
    ("decimal", "15", ["15.0", "1.5e1"], ["15"]),
    ("fraction", "15", ["15"], ["1.5e1"]),
    ("integer", "0", ["0"], ["5-5", "0.0"]),
    ("integer", "1", ["1"], ["2/2", "1.0", "1+0"]),
    ("integer", "1011_2", ["1011_2"], []),
    ("decimal", "0.5", ["0.5"], ["1/2", "1-0.5"]),
    ("decimal", "5", ["5.0"], ["5", "10.0/2"]),
    ("fraction", "1/2", ["1/2", r"\frac12", r"\frac{1}{2}", r"\frac1{2}", r"\frac{1}2"], ["2/4", "0.5", "1/2+0"]),
    ("fraction", "15/4", ["15/4"], [r"\frac345", r"\frac34\cdot5", "3.75"]),
    ("simplified", r"\frac{\sqrt2}{2}", [r"\frac{\sqrt2}{2}"], [r"\sqrt{\frac12}", r"\frac{\sqrt8}{4}"]),
    ("simplified", r"2\sqrt[3]{2}", [r"2\sqrt[3]{2}"], [r"\sqrt[3]{16}", "2^{4/3}", r"\sqrt[3]{2}+\sqrt[3]{2}"]),
    ("simplified", r"\sqrt[3]{4}", [r"\sqrt[3]{4}", "4^{1/3}"], [r"\frac{\sqrt[3]{32}}{2}", r"\frac{2\sqrt[3]{4}}{2}"]),
    ("simplified", r"\sqrt6", [r"\sqrt6"], [r"\sqrt{24}/2"]),
    ("simplified", r"1008\sqrt2", [], [r"\sqrt{2032128}"]),
    ("simplified", r"1009\sqrt2", [r"1009\sqrt2", r"\sqrt{2036162}"], []),
    ("simplified", "120", ["120"], ["5!", r"\binom{16}{2}", "|{-120}|", r"\lfloor 120.5\rfloor"]),
    (
        "simplified",
        r"\frac{3x+6}{2}",
        [r"\frac{3x+6}{2}", r"\frac{3(x+2)}{2}"],
        [r"\frac{6x+12}{4}"],
    ),
    ("simplified", r"\frac{2x+1}{4}", [r"\frac{2x+1}{4}"], [r"\frac{4x+2}{8}"]),
    (
        "simplified",
        r"\frac{1}{x+1}",
        [r"\frac{1}{x+1}"],
        [r"\frac{x}{x^2+x}", r"\frac{x-1}{x^2-1}"],
    ),
    ("simplified", r"\frac{x+1}{x^2}", [r"\frac{x+1}{x^2}"], [r"\frac{x^2+x}{x^3}"]),
    ("simplified", r"\sqrt x(x+1)", [r"\sqrt x(x+1)"], [r"\frac{\sqrt x(x^2-1)}{x-1}"]),
    ("simplified", r"\sin(2x)", [r"\sin(2x)"], [r"\sin(x+x)", r"\sin(\frac{4x}{2})"]),
    ("simplified", r"1+2\sqrt2", [r"1+2\sqrt2"], [r"1+\sqrt8", r"\sqrt8+1"]),
    ("simplified", r"\{2\sqrt2\}", [r"\{2\sqrt2\}"], [r"\{\sqrt8\}"]),
    ("simplified", "x+2y", ["x+2y"], ["x+y+y", "2x+2y-x"]),
    ("simplified", r"\frac{3}{2x}", [r"\frac{3}{2x}"], [r"\frac{6}{4x}", r"\frac{9x}{6x^2}", r"\frac{12}{8x}"]),
    ("simplified", r"\frac2y", [r"\frac2y"], [r"\frac{2x}{xy}", r"\frac{2xy}{xy^2}"]),
    ("simplified", r"\frac{x}{\sqrt2}", [r"\frac{x}{\sqrt2}", r"\frac{\sqrt2x}{2}"], []),
    ("simplified", r"\frac1x", [r"\frac1x", r"\frac{1}{x}", "1/x", r"\frac1{x}", r"\frac{1}x"], [r"\frac{2}{2x}"]),
    ("simplified", r"x+\frac1y", [r"x+\frac{1}{y}", r"\frac1y+x", "x+1/y"], []),
    ("simplified", r"\frac{1}{x}+\frac{1}{y}", [r"\frac{1}{x}+\frac{1}{y}", "1/x+1/y"], []),
    ("simplified", r"\frac xy", [r"\frac xy"], [r"\frac{2x}{2y}", r"\frac{3x}{3y}"]),
    ("simplified", r"\frac{1}{x+2}", [r"\frac{1}{x+2}"], [r"\frac{3}{3x+6}", r"\frac{2}{2(x+2)}"]),
    ("simplified", r"\frac{2}{3x+6}", [r"\frac{2}{3x+6}", r"\frac{2}{3(x+2)}"], [r"\frac{4}{6x+12}"]),
    ("simplified", r"\frac{6}{(2x+1)^2}", [r"\frac{6}{(2x+1)^2}"], [r"\frac{12}{2(2x+1)^2}"]),
    ("simplified", r"\frac{3}{(5x)^2}", [r"\frac{3}{(5x)^2}"], [r"\frac{15}{5(5x)^2}"]),
    ("factored", r"\frac{x+1}{2}", [r"\frac{x+1}{2}", r"\frac12(x+1)"], [r"\frac x2+\frac12"]),
    ("factored", r"\frac x2+\frac13", [r"\frac16(3x+2)"], [r"\frac x2+\frac13"]),
    ("factored", "(2x+1)(x-3)", ["(2x+1)(x-3)", "(x-3)(2x+1)"], ["2x^2-5x-3", "2(x+1/2)(x-3)"]),
    ("factored", "x^2-2", ["x^2-2"], []),
    ("factored", "6x+4y+2", ["2(3x+2y+1)"], ["6x+4y+2"]),
    ("factored", "(x+1)^2(x-1)", ["(x+1)^2(x-1)"], ["(x+1)(x^2-1)", "(x^2+2x+1)(x-1)"]),
    ("expanded", r"\sqrt{x+1}", [r"\sqrt{x+1}"], []),
    ("expanded", r"\frac{1}{x+1}", [r"\frac{1}{x+1}"], []),
    ("expanded", r"\sin(x^2+2x+1)", [r"\sin(x^2+2x+1)"], [r"\sin((x+1)^2)"]),
    ("expanded", "(x+1)^3", ["x^3+3x^2+3x+1"], ["(x+1)^3", "(x+1)(x^2+2x+1)"]),
    ("expanded", "2x+2", ["2x+2"], ["2(x+1)", "x+x+2"]),
]
IN_FORM = [(form, reference, answer) for form, reference, right, _ in FORMS for answer in right]
NOT_IN_FORM = [(form, reference, answer) for form, reference, _, wrong in FORMS for answer in wrong]


@pytest.mark.each(("form", "reference", "answer"), IN_FORM)
def test_an_answer_in_the_form_is_paid(form: str, reference: str, answer: str) -> None:
    """With the form and without one."""
    assert verify(reference, answer).correct
    assert verify(reference, answer, form=form).correct


@pytest.mark.each(("form", "reference", "answer"), NOT_IN_FORM)
def test_an_equal_answer_in_another_form_is_not_paid(form: str, reference: str, answer: str) -> None:
    """The reason says which form was missed; the answer is equal, as it is without the option."""
    grade = verify(reference, answer, form=form)

    assert verify(reference, answer).correct
    assert not grade.correct
    assert grade.reason == f"the answer equals the reference, but is not in the form that is asked for: {form}"


def test_a_wrong_answer_in_the_form_stays_wrong() -> None:
    """A form adds a condition."""
    assert not verify("5", "6", form="integer").correct
    assert "form" not in verify("5", "6", form="integer").reason


@pytest.mark.each("below", range(2, 40))
def test_fractions_count_only_in_lowest_terms(below: int) -> None:
    """All fractions with small numbers."""
    for above in range(1, below):
        value = Fraction(above, below)
        is_lowest = value.denominator == below
        for answer in (f"{above}/{below}", rf"\frac{{{above}}}{{{below}}}"):
            for form in ("fraction", "simplified"):
                assert verify(str(value), answer, form=form).correct is is_lowest, (answer, form)
