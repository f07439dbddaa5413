"""Equality that cannot be reached by accident: families of answers that agree almost everywhere, and honest ones."""

import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import sympy

from rlvr_math import Status, verify
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.values import same_value
from rlvr_math.limits import OverLimitError, Steps
from rlvr_math.reading.parser import read

LONG = os.environ.get("RLVR_LONG") == "1"
# Members of a family, a few of each in a short round.
MEMBERS = 60 if LONG else 6

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/math_equality.jsonl").read_text().splitlines()]
HIDDEN = list(dict.fromkeys(case["family"] for case in CASES if "hidden" in case))
HONEST = list(dict.fromkeys(case["family"] for case in CASES if "answer" in case))

REFERENCES = ("x", "x^2", "x^3-2x", "2x+1", r"\sin x", "e^x", r"\frac{x}{x^2+1}", r"x^2+\cos x", r"\sqrt{x^2+4}", "7")
# Where something is hidden: added, in a factor, in an exponent; {0} is the reference, {1} is zero nearly everywhere.
FORMS = ("{0}+{1}", "({0})(1+{1})", "{0}-3({1})", "{1}+{0}", r"({0})\cdot e^{{{1}}}")

Pair: TypeAlias = tuple[str, str]


def _filled(template: str, places: dict[str, str]) -> str:
    """Put numbers for the capitals of a template: C a place from 1 to 4*10^8, D and N small ones."""
    return re.sub("[CDN]", lambda found: places[found[0]], template)


def _members(family: str) -> Iterator[Pair]:
    draw = random.Random(family)  # noqa: S311  # the same members each time
    cases = [case for case in CASES if case["family"] == family]
    for index in range(max(MEMBERS, len(cases))):
        case: dict[str, Any] = cases[index % len(cases)]
        places = {
            "C": str(int(10 ** draw.uniform(0, 8.6))),
            "D": str(draw.randint(2, 40)),
            "N": str(draw.randint(3, 90)),
        }
        if "hidden" in case:
            reference = draw.choice(REFERENCES)
            yield reference, draw.choice(FORMS).format(reference, f"({_filled(case['hidden'], places)})")
        else:
            yield _filled(case["reference"], places), _filled(case["answer"], places)


@pytest.mark.each("family", HIDDEN)
def test_no_answer_that_hides_a_difference_is_paid(family: str) -> None:
    """It is far out, narrow, tiny or on another branch, or it only restricts where the answer is defined."""
    graded = [(pair, verify(*pair).status) for pair in _members(family)]

    assert [(pair, status) for pair, status in graded if status is not Status.INCORRECT] == []


@pytest.mark.parametrize("family", HONEST)
def test_no_honest_answer_is_lost(family: str) -> None:
    """Both steps and identities are proven, at whatever place they are."""
    lost = [pair for pair in _members(family) if not verify(*pair).correct]

    assert lost == []


def _made_by_sympy(kind: str, draw: random.Random) -> tuple[str, str]:
    """Return an expression in TeX and what sympy writes for it."""
    x, y = sympy.symbols("x y", positive=kind in {"log", "radicals"})
    one, two, three = (draw.randint(1, 9) for _ in range(3))
    atoms = {
        "expand": [x, y, sympy.sqrt(x + one), sympy.sin(y), sympy.exp(x)],
        "factor": [x, y, x + one, x - y],
        "trig": [sympy.sin(x), sympy.cos(x), sympy.tan(y), sympy.cos(two * x), sympy.sin(x + y)],
        "log": [sympy.log(x), sympy.log(x**two * y), sympy.log(three * x), sympy.exp(x)],
        "radicals": [sympy.sqrt(x), sympy.sqrt(one * x), sympy.cbrt(two * x), sympy.sqrt(x * y**2), x * sympy.sqrt(x)],
    }[kind]
    first, second, third = (draw.choice(atoms) for _ in range(3))
    made = (first + one) * (second - two) ** draw.randint(1, 2) + three * third
    change = {
        "expand": sympy.expand,
        "factor": lambda each: sympy.factor(sympy.expand(each)),
        "trig": lambda each: sympy.expand_trig(sympy.expand(each)),
        "log": sympy.expand_log,
        "radicals": lambda each: sympy.powsimp(sympy.expand(each), force=False),
    }[kind]
    return sympy.latex(made), sympy.latex(change(made))


@pytest.mark.parametrize("kind", ["expand", "factor", "trig", "log", "radicals"])
def test_what_sympy_rewrites_is_equal_and_near_misses_are_not(kind: str) -> None:
    """The same value in another form is paid, both ways round; a little more, less or another sign is not."""
    draw = random.Random(kind)  # noqa: S311  # the same members each time
    for _ in range(30 if LONG else 3):
        other, one = _made_by_sympy(kind, draw)
        # Logarithms written apart have the smaller domain, so they are the reference.
        pairs = [(one, other)] if kind == "log" else [(one, other), (other, one)]
        for reference, answer in pairs:
            assert verify(reference, answer).correct, (reference, answer)
            for near in (rf"{answer}+10^{{-9}}x", rf"1.000001({answer})", f"-({answer})", rf"({answer})(1+e^{{-99}}x)"):
                assert not verify(reference, near).correct, (reference, near)


def test_points_come_from_both_texts() -> None:
    """The same pair has the same points; another answer has others, of all scales and both signs."""
    one, other = ([place.values["x"] for place in draw_places(["x"], seed)] for seed in ("x\nx+1", "x\nx+2"))

    assert one == [place.values["x"] for place in draw_places(["x"], "x\nx+1")]
    assert not set(one) & set(other)
    assert {value > 0 for value in one} == {True, False}
    assert max(map(abs, one)) > 10**8
    assert 100 * min(map(abs, one)) < 1


def test_no_pair_takes_more_than_the_budget_of_the_stage() -> None:
    """Counted: pairs with many cases and letters end over the limit or refused, whichever is sooner."""
    letters = "abcdpqrs"
    distances = "+".join(rf"\sqrt{{|{one}-{other}|+\sin {one}}}" for one in letters for other in letters)
    steps = Steps()
    with suppress(OverLimitError):
        same_value(read(f"{distances}+1"), read(f"1+{distances}+\\ln(e^a)-a"), steps)

    assert steps.equality.left >= -1_000
    assert not verify(distances, f"{distances}+10^{{-50}}a").correct


@pytest.mark.each(
    ("reference", "answer", "correct"),
    [
        (r"\frac{x^2-1}{x-1}", "x+1", True),
        ("x+1", r"\frac{x^2-1}{x-1}", True),
        (r"2\ln x", r"\ln(x^2)", True),
        (r"\ln(x^2)", r"2\ln x", False),
        ("x", r"\sqrt{x}^2", True),
        (r"\frac{1}{x}", r"\frac{1}{x-10^{-40}}", False),
        (r"\frac{1}{x-5}", r"\frac{1}{|x-5|}", False),
        (r"\sqrt{x-7}", r"\frac{x-7}{\sqrt{x-7}}", True),
        (r"\tan x", r"\frac{1}{\cot x}", True),
        (r"\sqrt{-1-x^2}", r"i\sqrt{1+x^2}", True),
        (r"\arcsin(x-10^6)", r"\arcsin(x-10^6)+e^{-x^2}", False),
        ("0", r"e^{-10^9}", False),
        ("3", r"\sqrt{9+e^{-10^6}}", False),
    ],
)
def test_domains_and_singularities(reference: str, answer: str, correct: bool) -> None:  # noqa: FBT001  # a column
    """Removable ones do not matter, real ones do; the answer's domain must hold the reference's."""
    assert verify(reference, answer).correct is correct
