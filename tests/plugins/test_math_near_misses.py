"""Answers that nearly are the reference are never paid, and names mean what they name.

The near misses agree with their reference on a region, at whole numbers, near zero, in many digits, in all but one
term, end, link, name, order, prefix or sign.
"""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from rlvr_math import grade, verify

NEAR_MISSES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "math_near_misses.jsonl").read_text("utf-8").splitlines()
]
# What renaming letters, as an option allows, makes equal.
_RENAMED = {r"x=2", r"\overline{AB}", r"\triangle ABC", r"P(A)=0.3", r"\frac{\partial f}{\partial x}"}


def test_no_near_miss_is_paid() -> None:
    """Neither as it stands nor in a box, nor where the answer may leave an operator unevaluated."""
    paid = [
        case
        for case in NEAR_MISSES
        for answer in (case["answer"], f"so \\boxed{{{case['answer']}}}")
        if grade(case["reference"], answer, unevaluated="allow").correct
    ]

    assert paid == []


def test_renaming_letters_pays_none_whose_letters_are_the_references_own() -> None:
    """One letter that is foreign may stand for one that is missing; the others keep their meaning."""
    paid = [
        case
        for case in NEAR_MISSES
        if case["reference"] not in _RENAMED
        and grade(case["reference"], case["answer"], rename_variables=True, vector_as_tuple=True).correct
    ]

    assert paid == []


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("y=2x+1", "y=2t+1"),
        ("x=2", "y=2"),
        ("x^2+1", "t^2+1"),
        (r"x=1 \text{ or } x=2", r"t=1 \text{ or } t=2"),
        ("(0,1)", "0<t<1"),
        ("0<x<1", "0<t<1"),
        (r"\theta+1", "t+1"),
        ("x_1+3", "y+3"),
    ],
)
def test_a_foreign_letter_may_stand_for_a_missing_one(reference: str, answer: str) -> None:
    """As before, where the option is set."""
    assert grade(reference, answer, rename_variables=True).correct


@pytest.mark.parametrize("points", sorted({"".join(each) for each in permutations("PQR")}))
def test_an_angle_is_named_by_its_vertex(points: str) -> None:
    """Its name may be read from either end."""
    is_same = points in {"PQR", "RQP"}

    assert grade(r"\angle PQR", rf"\angle {points}").correct == is_same
    assert grade(r"\angle PQR=40^\circ", rf"\angle {points}=40^\circ").correct == is_same
    assert grade(r"\angle PQR+\angle A", rf"\angle A+∠{points}").correct == is_same
    assert grade("40", rf"m\angle {points}=40^\circ").correct


@pytest.mark.parametrize("arrow", [r"\vec", r"\overrightarrow"])
def test_a_vector_between_points_has_a_direction(arrow: str) -> None:
    """The way back is its opposite, and its length is the same."""
    forth, back = arrow + "{AB}", arrow + "{BA}"

    assert grade(forth, f"-{back}").correct
    assert not grade(forth, back).correct
    assert grade(f"2{forth}+\\vec c", f"\\vec c-2{back}").correct
    assert grade("(1,2)", f"{back}=(1,2)").correct
    assert grade("5", f"|{forth}|=5").correct


def test_a_cross_product_of_named_vectors_is_no_product_of_numbers() -> None:
    """It changes its sign with its order."""
    assert grade(r"\vec a\times\vec b", r"-\vec b\times\vec a").correct
    assert grade(r"\vec a\cdot\vec b", r"\vec b\cdot\vec a").correct
    assert not grade(r"\vec a\times\vec b", r"\vec b\times\vec a").correct
    assert grade(r"3\times 4", "12").correct
    assert grade(r"a\times b", "ba").correct


@pytest.mark.parametrize(
    ("answer", "is_same"),
    [
        (r"\{x-y\mid x>0,y<1\}", True),
        (r"\{y-x\mid y>0,x<1\}", True),
        (r"\{-b+a\mid b<1,a>0\}", True),
        (r"\{x-y\mid y>0,x<1\}", False),
        (r"\{b-a\mid a>0,b<1\}", False),
        (r"\{a-b\mid a<1,b>0\}", False),
        (r"\{a+b\mid a>0,b<1\}", False),
    ],
)
def test_letters_of_a_set_builder_are_renamed_in_any_order(answer: str, is_same: bool) -> None:  # noqa: FBT001
    """Their order in the expression says nothing."""
    assert grade(r"\{a-b\mid a>0,b<1\}", answer).correct == is_same


@pytest.mark.parametrize("references", list(permutations([r"\sqrt{a}", r"|a|", r"\sqrt{|a|}"])))
def test_each_item_of_a_list_finds_its_own_where_one_fits_two(references: tuple[str, ...]) -> None:
    r"""``\sqrt{|a|}`` is right for ``\sqrt{a}`` too, and must be left for the item that needs it."""
    for answers in permutations([r"\sqrt{|a|}", r"\sqrt{a^2}", r"\sqrt{a}"]):
        assert grade(",".join(references), ",".join(answers)).correct
    assert not grade(",".join(references), r"\sqrt{a},|a|,\sqrt{a}").correct


def _cases(*pieces: tuple[str, str]) -> str:
    return r"\begin{cases}" + r"\\".join(f"{value} & {condition}" for value, condition in pieces) + r"\end{cases}"


@pytest.mark.each("values", list(permutations(["x", "-x", "x^2"])))
@pytest.mark.each("order", list(permutations(range(3))))
def test_a_function_in_pieces_is_equal_piece_by_piece(values: tuple[str, ...], order: tuple[int, ...]) -> None:
    """In any order; each value with its own condition."""
    conditions = ("x<0", r"0\le x<1", r"x\ge 1")
    reference = _cases(*zip(("x", "-x", "x^2"), conditions, strict=True))
    written = (r"\text{if } x<0", r"0\leq x<1", r"\text{for } 1\le x")
    answer = _cases(*((values[at], written[at]) for at in order))

    assert grade(reference, answer).correct == (values == ("x", "-x", "x^2"))
    assert grade(f"f(x)={reference}", answer).correct == (values == ("x", "-x", "x^2"))
    assert not grade(reference, answer.replace("0", "2")).correct
    assert not grade(reference, answer.replace(r"1\le x", "1<x")).correct


def test_lines_of_cases_that_are_equations_are_a_system() -> None:
    """And what is left over has a word."""
    assert grade("x=1, y=2", _cases(("x=1", "y=2"))).correct
    assert grade(r"\begin{cases}x=1\\y=2\end{cases}", "y=2, x=1").correct
    left = _cases(("1", "x>0"), ("0", r"\text{otherwise}"))
    assert grade(left, _cases(("0", r"\text{else}"), ("1", r"\text{if }x>0"))).correct
    assert not grade(left, _cases(("1", r"\text{otherwise}"), ("0", "x>0"))).correct


@pytest.mark.parametrize(
    ("reference", "right", "wrong"),
    [
        (r"\{\{1\},2\}", r"\{2,\{1\}\}", r"\{1,\{2\}\}"),
        (r"\{1,\{1,2\}\}", r"\{\{2,1\},1\}", r"\{2,\{1,2\}\}"),
        (r"[1,2]\times[3,4]", r"[1,2]\times[3,4]", r"[3,4]\times[1,2]"),
        (r"\{1,2\}\times\{3\}", r"\{2,1\}\times\{3\}", r"\{3\}\times\{1,2\}"),
    ],
)
def test_sets_within_sets_and_pairs_of_members(reference: str, right: str, wrong: str) -> None:
    """A member that is a set is not its member, and pairs have an order."""
    assert grade(reference, right).correct
    assert not grade(reference, wrong).correct


# A value, and what makes another one of it: before it, and behind it.
_WHOLE = (
    *("13", "-5", "3/4", "0.75", "x=5", "y = 3", "(4,5)", "[1,3)", r"\{3,4\}", r"\frac{\pi}{6}", r"2\sqrt{3}", "x^2+3"),
    *("2+3i", r"\frac{x}{y+3}", r"15\%", r"30^\circ", r"5\text{ km}", "n(n+3)", "x<3"),
)
_BEFORE = (
    *("twice ", "half of ", "minus ", "the negative of ", "the square of ", "not ", "at most ", "more than ", "-", "2"),
    *("the opposite of ", "the reciprocal of ", "the digits of ", "any number but ", "the logarithm of ", "one of "),
    *("it exceeds ", "sine of ", "the price doubles after ", r"\sqrt", "1/", "10^", "3-", r"x \ne ", "x>", r"\log "),
)
_BEHIND = (
    *("x", "y", " k", "!", "^2", "/2", " mod 2", r" \pmod 2", " or 8", r" \text{ or } 7", ", 9", r" \cup \{9\}", "_2"),
    *(r" \text{ if } x>0", " + C", " squared", " times x", " thousand", " percent", "i", r"\pi", "+1", "-1", "^{-1}"),
    *("...", " and 8", r" \pm 1", r"\times 2", "=9", "<9"),
)


def test_what_is_written_around_a_value_makes_another_answer() -> None:
    """Words, letters, operators and second values are no decoration."""
    changed = [(value, f"{before}{value}") for value in _WHOLE for before in _BEFORE]
    changed += [(value, f"{value}{behind}") for value in _WHOLE for behind in _BEHIND]

    assert [each for each in changed if verify(*each).correct] == []
    assert all(verify(value, value).correct for value in _WHOLE)
