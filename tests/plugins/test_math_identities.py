"""Identities that are seen without comparing at many points: laws of functions, and what is no law."""

import random
from collections.abc import Iterator

import pytest

from rlvr_math import verify
from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.equality.agreement import Question, agree
from rlvr_math.comparing.equality.expressions import are_equal
from rlvr_math.comparing.equality.identities import are_identical
from rlvr_math.comparing.equations import differ_at_point
from rlvr_math.limits import EQUALITY_STEPS_LIMIT, Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.parser import read
from rlvr_math.reading.tree import Relation, Tree

# U, V and W are put in the place of any expression.
LAWS = (
    (r"\sqrt{(U)^2-2UV+V^2+1}", r"\sqrt{(V-U)^2+1}"),
    (r"\sin^2 U+\cos^2 U", "1"),
    (r"\sec^2 U", r"1+\tan^2 U"),
    (r"\cot U", r"\frac{\csc U}{\sec U}"),
    (r"\sin 2U", r"2\sin U\cos U"),
    (r"\cos(U+V)", r"\cos U\cos V-\sin U\sin V"),
    (r"\sin(U-3\pi)", r"-\sin U"),
    (r"\cos(U+\frac{\pi}{2})", r"-\sin U"),
    (r"\sin(U+30^\circ)", r"\sin(\frac{\pi}{6}+U)"),
    (r"\cosh 2U", r"2\cosh^2 U-1"),
    (r"\tanh U", r"\frac{e^{2U}-1}{e^{2U}+1}"),
    (r"e^{-U-V}", r"\frac{1}{e^{V}e^{U}}"),
    (r"9^{U}", r"3^{2U}"),
    (r"6^{U}\cdot 2^{V}", r"2^{U+V}3^{U}"),
    (r"(\frac13)^{-U}", "3^{U}"),
    (r"2^{U+3}", r"8\cdot 2^{U}"),
    (r"\sqrt{12}\,U", r"2\sqrt3\,U"),
    (r"\sqrt[3]{-16}\,U", r"-2\sqrt[3]{2}\,U"),
    (r"U\sqrt6", r"\sqrt2\,U\sqrt3"),
    (r"x\sqrt{x}+U", r"x^{3/2}+U"),
    (r"U\ln 12", r"2U\ln2+U\ln3"),
    (r"\log_8 U", r"\frac{\ln U}{3\ln 2}"),
    (r"|U-V|", "|V-U|"),
    (r"f(U+V)-g(2U)", "f(V+U)-g(U+U)"),
    (r"\arctan(U^2-V^2)", r"\arctan((U-V)(U+V))"),
    (r"50\%\,U", r"\frac{U}{2}"),
)
PLACES = ("x", "y", "(x+2)", "(xy)", "(3x-y)", r"(\sqrt{x+5})", "(2x^2)", r"(\ln(y+4))", "(e^x)", r"(\frac{1}{x+y})")
# Each makes another value of an expression.
CHANGES = ("{0}+1", "2({0})", "-({0})", "({0})+10^{{-60}}x", "({0})^3+1", "({0})(1+10^{{-90}})", "({0})+e^{{-10^9x^2}}")


def _question(*sides: str) -> Question:
    return Question("\n".join(sides), is_complex=False, bits=400, steps=Steps(EQUALITY_STEPS_LIMIT, weighs_calls=True))


def _tree(text: str) -> Tree:
    tree = read(text)
    assert tree is not None, text
    return tree


def _seen(reference: str, answer: str) -> bool:
    return are_identical(_tree(reference), _tree(answer), _question(reference, answer))


def _pairs(law: tuple[str, str]) -> Iterator[tuple[str, str]]:
    draw = random.Random(law[0])  # noqa: S311  # the same pairs each time
    for _ in range(8):
        places = dict(zip("UV", draw.sample(PLACES, 2), strict=True))
        one, other = ("".join(places.get(sign, sign) for sign in side) for side in law)
        yield (one, other) if draw.random() < 0.5 else (other, one)


@pytest.mark.parametrize("law", LAWS)
def test_laws_are_seen_whatever_they_are_about(law: tuple[str, str]) -> None:
    """An expression stands for each of their letters."""
    assert [pair for pair in _pairs(law) if not _seen(*pair)] == []


@pytest.mark.parametrize("law", LAWS)
def test_another_value_is_never_identical(law: tuple[str, str]) -> None:
    """However small the difference is, and wherever it stands."""
    wrong = [(one, change.format(other)) for one, other in _pairs(law) for change in CHANGES]

    assert [pair for pair in wrong if _seen(*pair)] == []


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (r"\sqrt{x^2}", "x"),
        (r"\ln(x^2)", r"2\ln x"),
        (r"\ln(xy)", r"\ln x+\ln y"),
        (r"\sqrt{xy}", r"\sqrt x\sqrt y"),
        (r"(x^2)^{1/2}", "x"),
        (r"(x^2)^{y}", "x^{2y}"),
        (r"\arcsin(\sin x)", "x"),
        (r"|x|", "x"),
        (r"|xy|", "xy"),
        (r"\lfloor x+y\rfloor", r"\lfloor x\rfloor+\lfloor y\rfloor"),
        ("f(x+y)", "f(x)+f(y)"),
        (r"\sin 2x", r"2\sin x"),
        (r"2^{xy}", r"2^x2^y"),
        (r"\sqrt[4]{-4}", r"\sqrt2\,\sqrt[4]{-1}\sqrt[4]{-1}"),
        (r"(-8)^{1/3}", r"2(-1)^{2/3}"),
        (r"\log_2 x", r"\log_3 x"),
        (r"\sec x", r"\csc x"),
        ("x_1", "x_2"),
    ],
)
def test_what_holds_at_some_points_only_is_no_law(reference: str, answer: str) -> None:
    """Signs, branches and steps are decided by the stages that look at them."""
    assert not _seen(reference, answer)


@pytest.mark.parametrize(
    "zero",
    [
        r"0\ln 0",
        r"0\cdot\frac{1}{\sqrt2^2-2}",
        r"\frac{\sin 2-2\sin1\cos1}{\sin 2-2\sin1\cos1}-1",
        r"(\ln 0)^0-1",
        r"\frac{0}{\sin x-\sin x}",
        r"0^{-1}-0^{-1}",
        r"0\sqrt{x-9}",
        r"\frac{\ln x}{\ln x}-1",
        r"\arcsin(x+7)-\arcsin(7+x)",
    ],
)
@pytest.mark.parametrize("reference", ["x", "x^2+1", "3", r"\sqrt2"])
def test_a_part_without_a_value_is_no_zero(reference: str, zero: str) -> None:
    """The laws hold for what has a value; an answer that has none somewhere is not paid."""
    assert not verify(reference, f"{reference}+{zero}").correct


def _expression(draw: random.Random, depth: int) -> str:
    if depth == 0:
        return draw.choice(("x", "y", "2", "3", r"\pi", r"\frac12"))
    one, other = (_expression(draw, depth - 1) for _ in range(2))
    form = draw.choice(
        ("{0}+{1}", "({0})({1})", r"\sin({0})", r"\cos({0})", "2^{{{0}}}", "e^{{{0}}}", r"\sqrt{{{0}}}", "|{0}|",
         "({0})^2", r"\ln({0})", "-({0})", r"\tan({0})", r"\cosh({0})", r"\frac{{1}}{{{0}}}", "({0})^{{3/2}}")
    )  # fmt: skip
    return form.format(one, other)


def test_identical_expressions_agree_at_points() -> None:
    """Among short random expressions, and what a law makes of them, those that are seen to be identical are equal."""
    draw = random.Random(17)  # noqa: S311  # the same expressions each time
    seen = 0
    for _ in range(600):
        one = _expression(draw, 2)
        other = draw.choice((one.replace("x", "(y+x-y)"), one.replace("2", "(3-1)"), _expression(draw, 1)))
        question = _question(one, other)
        if one == other or not are_identical(_tree(one), _tree(other), question):
            continue
        seen += 1
        try:
            assert agree(_tree(one), _tree(other), question._replace(is_complex=True)), (one, other)
        except UndecidedError:
            continue
    assert seen > 100


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (r"\sec^2 x", r"1+\tan^2 x"),
        (r"3^x", r"(1/3)^{-x}"),
        (r"\frac{\sqrt{(x-y)^2+z}}{y}", r"\frac{\sqrt{(y-x)^2+z}}{y}"),
        (r"f(x)-\ln|x|-c", r"f(x)-c-\ln|x|"),
    ],
)
def test_an_identity_takes_few_steps(reference: str, answer: str) -> None:
    """Two points show that both sides have a value; the points of all scales take more than ten times as many."""
    question = _question(reference, answer)

    assert are_equal(_tree(reference), _tree(answer), question)
    assert EQUALITY_STEPS_LIMIT - question.steps.left < 160


EQUATIONS = (
    ("y=2x+1", ("2x-y+1=0", "2x+1=y", "4x+2=2y", "(y-2x-1)^2=0"), ("y=2x-1", "y=2x+1.001", "2x+y+1=0", "x=2y+1")),
    ("f(x)=x^2", ("f(x)-x^2=0", "x^2=f(x)", "2f(x)=2x^2"), ("f(x)=x^2+1", "f(x)=-x^2", "f(x)=x", "2f(x)=x^2")),
    ("z=\\frac{x+1}{y}", ("zy=x+1", "yz-x=1", "x=yz-1"), ("z=\\frac{x-1}{y}", "zy=x", "zx=y+1")),
    ("xy=6", ("y=\\frac{6}{x}", "x=\\frac6y", "2xy-12=0"), ("y=\\frac{5}{x}", "y=6x", "x=6y")),
)


@pytest.mark.parametrize(("reference", "same", "different"), EQUATIONS)
def test_a_point_of_an_equation_shows_others(reference: str, same: tuple[str, ...], different: tuple[str, ...]) -> None:
    """A point of the equation that is solved for a letter lies on each way to write it, and on no other equation."""

    def differs(answer: str) -> bool:
        sides = _tree(reference), _tree(answer)
        assert all(isinstance(side, Relation) for side in sides)
        return differ_at_point(Comparison(GradeOptions()), *sides)  # type: ignore[arg-type]  # asserted above

    assert [answer for answer in same if differs(answer)] == []
    assert [answer for answer in different if not differs(answer)] == []
    assert [answer for answer in (*same, *different) if verify(reference, answer).correct != (answer in same)] == []
