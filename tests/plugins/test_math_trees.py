"""Math beyond numbers: what is read, what is equal, and that nothing hangs, raises or runs."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlvr import parse_suite, score_rows
from rlvr_math import Status, grade, parse, verify
from rlvr_math.comparing.comparison import Comparison
from rlvr_math.compat import accuracy_reward, compute_score
from rlvr_math.compat import parse as parse_as_math_verify
from rlvr_math.compat import verify as verify_as_math_verify
from rlvr_math.limits import EXACT_BITS_LIMIT, TREE_DEPTH_LIMIT, OverLimitError, Steps
from rlvr_math.options import PROFILES, GradeOptions
from rlvr_math.reading.parser import UnreadableError, read
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Collection,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    divided,
    inverted,
    minus,
    multiplied,
    negated,
)

T = TypeVar("T")
CASES = [json.loads(line) for line in (Path(__file__).parent / "cases" / "math_trees.jsonl").read_text().splitlines()]
DATA = Path(__file__).parents[3] / "shared" / "data" / "math_pairs_dev.jsonl"


@pytest.mark.each("case", CASES, ids=lambda case: f"{case['source']}: {case['reference'][:30]}")
def test_golden_cases(case: dict[str, Any]) -> None:
    """Each case was decided by hand; every reference is understood."""
    got = grade(case["reference"], case["completion"])

    assert got.correct == case["correct"], got
    assert got.status is not Status.UNREADABLE_REFERENCE


def _stands_alone(case: dict[str, Any]) -> bool:
    """Say whether a completion is a bare answer, without a setting of its own."""
    in_setting = any(mark in case["completion"] for mark in ("box", "$", ":", "**"))
    return case["source"] != "by hand: statement" and not in_setting


@pytest.mark.each("case", [case for case in CASES if _stands_alone(case)], ids=str)
def test_settings_never_matter(case: dict[str, Any]) -> None:
    """A box, dollar signs and space around an answer leave it what it is."""
    for form in ("  {}\n", "$ {} $", r"\({}\)", r"So it is \boxed{{{}}}."):
        text = form.format(case["completion"])

        assert grade(case["reference"], text).correct == case["correct"], text


def test_development_pairs_agree() -> None:
    """No pair that is labelled wrong is paid, and all but a few that are labelled right are."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    rows = [row for row in rows if row["kind"] in {"hack", "variant", "cas", "relation"}]
    paid = [row["id"] for row in rows if not row["expected"] and grade(row["gold"], row["prediction"]).correct]
    refused = [row["id"] for row in rows if row["expected"] and not grade(row["gold"], row["prediction"]).correct]

    assert paid == []
    assert len(refused) <= 0.005 * len(rows), refused


LETTERS = st.sampled_from("abkmnpqrstuvwxyz")
NUMBERS = st.integers(1, 99).map(str)
EXPRESSIONS = st.recursive(
    st.one_of(LETTERS, NUMBERS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}+{pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}-{pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: rf"({pair[0]} \cdot {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}+101}}"),
        inner.map(lambda each: rf"\sqrt{{{each}}}"),
        inner.map(lambda each: rf"\sin({each})"),
        inner.map(lambda each: f"({each})^2"),
    ),
    max_leaves=6,
)


@given(one=EXPRESSIONS, other=EXPRESSIONS)
def test_rewritings_are_equal_and_near_misses_are_not(one: str, other: str) -> None:
    """Reordered and expanded stays right; one more, or one part changed, is wrong; both ways round."""
    for right, answer in (
        (f"{one}+{other}", f"{other}+{one}"),
        (rf"({one})\cdot ({other}+1)", rf"{one}\cdot {other}+{one}"),
        (one, rf"\left({one}\right)+0"),
        (one, f"$ {one} $"),
    ):
        assert verify(right, answer).correct, (right, answer)
        assert verify(answer, right).correct, (right, answer)
    for wrong in (f"{one}+1", f"{one}, {one}+1", f"({one}, {one})", f"{one}+1 = {one}"):
        assert not verify(one, wrong).correct, (one, wrong)


@given(one=EXPRESSIONS, other=EXPRESSIONS)
def test_equality_is_symmetric(one: str, other: str) -> None:
    """Whichever side is the reference."""
    assert verify(one, one).correct
    assert verify(one, other).correct == verify(other, one).correct


@example(items=["\\sqrt{a}", "\\sqrt{\\sqrt{a^2}}"], seed=Random(0))  # noqa: S311  # an order to try
@example(items=["\\sqrt{a}", "\\sqrt{\\sqrt{a^2}}"], seed=Random(1))  # noqa: S311  # another one
@given(items=st.lists(EXPRESSIONS, min_size=2, max_size=4), seed=st.randoms(use_true_random=False))
def test_lists_have_no_order_and_tuples_have(items: list[str], seed: Any) -> None:
    """And one item less is another list."""
    mixed = list(items)
    seed.shuffle(mixed)

    assert verify(", ".join(items), ", ".join(mixed)).correct
    assert verify(f"({', '.join(items)})", f"({', '.join(items)})").correct
    assert not verify(", ".join(items), ", ".join(items[1:])).correct
    assert not verify(", ".join(items), ", ".join([*items, "977"])).correct


COMMANDS = (
    r"\frac \sqrt \{ \} \left \pm \text{ \sin \cup \infty \in \\ \begin{pmatrix} \end{pmatrix} \log_ ^{\circ} \boxed{"
)
ALPHABET = st.sampled_from([*"0123456789xyzabcei+-*/^_=<>(){}[]|!%,;.'& \ud800", *COMMANDS.split(), "and", "or", "cm"])


@given(st.lists(ALPHABET, max_size=25).map("".join), st.lists(ALPHABET, max_size=25).map("".join))
def test_any_mixture_of_signs_is_graded(one: str, other: str) -> None:
    """Nothing raises, no limit but the foreseen ones is met, and the verdict does not hang on the order of calls."""
    first = verify(one, other)

    assert first == verify(one, other)
    assert "Error" not in first.reason, first


HOSTILE = {
    "tower": "9^{9^{9^9}}", "stars": "9**9**9", "ten towers": "10^{10^{10}}", "factorial": "(10^7)!",
    "nested factorial": "((9!)!)!", "binomial": r"\binom{10^8}{5*10^7}", "big power": "2024^{4046000}",
    "power of a sum": "(x+1)^3000-(x+1)^{2999}", "sum": r"\sum_{k=1}^{10^9} k",
    "parentheses": "(" * 2000 + "1" + ")" * 2000,
    "set": r"\{" + ",".join(map(str, range(800))) + r"\}",
    "roots": r"\{" + ",".join(rf"\sqrt{{{n}}}" for n in range(350)) + r"\}",
    "geometric sum": "+".join(f"x^{{{n}}}" for n in range(500)), "integral": r"\int \frac{\sin(x^x)}{x^{1/3}+1} dx",
    "digits": "9" * 4_000, "signs": r"\pm 1" * 300, "signs in a tuple": "(" + ",".join([r"\pm 1"] * 12) + ")",
    "minus": "-" * 3_000 + "1", "bars": "|" * 3_000, "functions": "sin " * 1_000 + "x", "powers": "2^" * 1_000 + "2",
    "exponentials": "e^{e^{e^{e^{100}}}}", "sine of much": r"\sin(10^{10^{10}})", "terms": "x+" * 1_500 + "x",
    "factors": "*".join(f"(x+{n})" for n in range(500)), "marks": "3" + "!" * 3_000, "percents": "5" + "%" * 3_000,
    "exponents": "1e4000*" * 300 + "1", "surrogates": "\ud800" * 4_000, "accents": "\u0301" * 4_000,
    "unions": r"\cup".join(["(1,2)"] * 500), "matrix": r"\begin{pmatrix}" + "1&" * 1_000 + r"\end{pmatrix}",
    "texts": r"\text{" * 600, "tangents": "+".join(rf"\tan(x^{{{n}}})" for n in range(200)),
}  # fmt: skip


def counted(work: Callable[[], T]) -> tuple[T, int]:
    """Return what a function returns, and the calls and returns that it takes."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work(), calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("reference", ["42", "x^2+1", r"\{1,2\}", "x<3", None])
def test_hostile_answers_take_bounded_work(text: str, reference: str | None) -> None:
    """Counted in calls, not in seconds: no more than an answer of the longest length may cost."""
    got, calls = counted(lambda: verify(reference if reference is not None else text, text))

    assert calls < 3_000_000
    assert reference is None or not got.correct
    assert "Error" not in got.reason, got


def _is_read(text: str) -> bool:
    try:
        read(text)
    except OverLimitError:
        return False
    return True


@pytest.mark.each(
    ("opening", "closing"),
    [
        (r"\nabla ", ""), (r"\iint_D ", ""), (r"\oint_C ", ""), (r"\binom{5}{", "}"), (r"3\frac{", "}{2}"),
        (r"3\frac1{", "}"), (r"\frac{d ", "}{dy}"), ("(5 cm ", ")"), (r"\{x|", r"\}"), ("_{", "}"), ("[1;", "]"),
    ],
)  # fmt: skip
def test_what_is_nested_is_read_once(opening: str, closing: str) -> None:
    """Twice the levels, about twice the calls; reading each level twice would take 64 times as many."""

    def calls_at(levels: int) -> int:
        return counted(lambda: _is_understood(opening * levels + "x" + closing * levels))[1]

    calls_at(1)  # compiles patterns
    few, many = calls_at(6), calls_at(12)

    assert many <= 8 * few


def _is_understood(text: str) -> bool:
    try:
        read(text)
    except UnreadableError:
        return False
    return True


@pytest.mark.each(("start", "mark"), [("x", "'"), ("(x+1)", "'"), ("x", "%"), ("5", "!")])
def test_marks_have_the_same_limit(start: str, mark: str) -> None:
    """Each mark counts once, whatever it is."""
    assert _is_read(start + mark * (TREE_DEPTH_LIMIT - 1))
    assert not _is_read(start + mark * TREE_DEPTH_LIMIT)


def test_work_grows_with_the_answer_not_with_its_square() -> None:
    """Twice the terms, twice the steps."""

    def steps(terms: int) -> int:
        comparison = Comparison(GradeOptions())
        budget = comparison.steps.left
        comparison.equivalent(read("+".join(f"x^{{{n}}}" for n in range(terms))), read("x+1"))
        return budget - comparison.steps.left

    assert steps(200) <= 2.2 * steps(100)
    assert steps(400) <= 2.2 * steps(200)


def test_the_verdict_is_the_same_in_any_thread() -> None:
    """Working precision is shared by the process; a thread leaves it as it was."""
    pairs = [(case["reference"], case["completion"], case["correct"]) for case in CASES] * 3
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda pair: grade(pair[0], pair[1]).correct, pairs))

    assert got == [correct for *_, correct in pairs]


def test_a_budget_that_is_used_up_is_a_status() -> None:
    """Not an exception."""
    many = ", ".join(rf"\sqrt{{{n}}}+x" for n in range(2, 190))
    got = verify(many, ", ".join(rf"\sqrt{{{n}}}+x" for n in range(189, 1, -1)))

    assert got.status is Status.OVER_LIMIT
    with pytest.raises(ValueError, match="budget"):
        Steps(1).spend(2)


@pytest.mark.parametrize(
    ("options", "reference", "answer"),
    [
        ({"tolerance": 0.01}, "3.14", r"\pi"),
        ({"rounding_digits": 4}, r"\sqrt{2}", "1.414"),
        ({"percent_as_number": True}, r"\frac{50}{3}\%", r"\frac{50}{3}"),
        ({"unit_optional": True}, r"\sqrt{2}\text{ cm}", r"\sqrt{2}"),
        ({"decimal_comma": True}, "1000.99", "1000,99"),
        ({"letter_case": False}, "x+1", "X+1"),
        ({"rename_variables": True}, "2s+1", "2t+1"),
        ({"vector_as_tuple": True}, r"\begin{pmatrix}1\\2\end{pmatrix}", "(1,2)"),
        ({"last_formula": True}, "x^2", "We find that the square $x^2$ works"),
    ],
)
def test_each_leniency_is_one_option(options: dict[str, Any], reference: str, answer: str) -> None:
    """Refused without it, paid with it."""
    assert not grade(reference, answer).correct
    assert grade(reference, answer, **options).correct


def test_a_vector_in_place_of_a_tuple_may_not_leave_out_a_unit() -> None:
    """Cells are compared as the answer's where the matrix is the answer."""
    reference, answer = r"(1\text{ cm}, 2)", r"\begin{pmatrix}1\\2\end{pmatrix}"

    assert not verify(reference, answer, vector_as_tuple=True).correct
    assert verify(reference, answer, vector_as_tuple=True, unit_optional=True).correct


def test_profiles_are_options() -> None:
    """Strict is the default; evaluation is lenient; competitions take no rounding."""
    assert PROFILES["strict"] == GradeOptions()
    assert PROFILES["lenient"].percent_as_number
    assert PROFILES["competition"].rounding_digits == 100


def test_other_graders_call_shapes() -> None:
    """Math-Verify's, verl's and TRL's."""
    assert verify_as_math_verify(parse_as_math_verify("$x^2-1$"), parse_as_math_verify(r"\boxed{(x-1)(x+1)}"))
    assert not verify_as_math_verify(parse_as_math_verify("4"), parse_as_math_verify(r"\boxed{3}, \boxed{4}"))
    assert parse_as_math_verify("I do not know\nanything") == []
    assert compute_score(r"\boxed{3}", "3") == 1.0
    assert compute_score("gsm8k", "#### 4", "3", extra_info={}) == 0.0
    assert compute_score(data_source="x", solution_str="#### 3", ground_truth="3") == 1.0
    texts: list[str | list[dict[str, str]]] = [[{"role": "assistant", "content": r"\boxed{\frac12}"}], "0.4"]
    assert accuracy_reward(texts, solution=["0.5", "0.5"]) == [1.0, 0.0]
    assert accuracy_reward(["1"], solution=["^^"]) == [None]


@pytest.mark.parametrize("form", ["{}", r"\boxed{{{}}}", r"\begin{{pmatrix}}{}\end{{pmatrix}}", r"\pi+{}"])
def test_nothing_is_executed(tmp_path: Path, form: str) -> None:
    """The marker file of the payload never appears, whichever function reads it."""
    marker = tmp_path / "marker"
    text = form.format(f"[open('{marker}', 'w').write('x') for i in (1,)]")
    for reference in ("x^2", text):
        grade(reference, text)
        verify_as_math_verify(parse_as_math_verify(reference), parse_as_math_verify(text))
        compute_score(text, reference)
        accuracy_reward([text], [reference])

    assert not marker.exists()


@pytest.mark.parametrize(
    ("options", "completion", "value"),
    [
        ({}, "0.33333", 0.0),
        ({"profile": "lenient"}, "0.33333", 1.0),
        ({"profile": "lenient", "tolerance": 0.1}, "0.35", 1.0),
        ({"profile": "competition"}, "0.333333333333", 0.0),
        ({"tolerance": 0.1}, "0.35", 1.0),
    ],
)
def test_a_suite_chooses_a_profile_and_lays_options_over_it(
    options: dict[str, Any], completion: str, value: float
) -> None:
    """Strict without any."""
    suite = parse_suite(json.dumps({"tasks": {"t": {"scorers": [{"scorer": "math.equivalent", "options": options}]}}}))
    (reward,) = score_rows(suite, [{"response": completion, "answer": "1/3"}]).rewards

    assert reward.value == value


def test_a_box_is_a_metric() -> None:
    """Beside whether an answer was found and understood."""
    suite = parse_suite("tasks: {t: {scorers: [math.equivalent]}}")
    rows = [
        {"response": text, "answer": "1"} for text in (r"It is \boxed{2}.", "The answer is 1.", r"\boxed{4+}", "none")
    ]
    metrics = [[metric.value for metric in reward.metrics[1:4]] for reward in score_rows(suite, rows).rewards]

    assert metrics == [[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 0, 0]]


def test_parse_reads_a_tree() -> None:
    """Equal trees for equal notations; None for what is no mathematics."""
    assert parse(r"\frac{1}{2}") == parse("1/2") is not None
    assert parse("}{") is None
    assert parse("9" * 100_000) is None


@pytest.mark.each(
    ("finders", "completion", "correct"),
    [
        (("box",), r"It is \boxed{18}", True),
        (("box",), "The answer is 18.", False),
        (("box",), "18", False),
        (("box",), r"\boxed{18}. No, the answer is 19.", False),
        (("statement", "box"), "The answer is 18.", True),
        (("bold",), "So it is\n**18**", True),
        (("whole",), "18", True),
        (("whole",), "So it is\n**18**", False),
        (("hashes", "whole"), "#### 18", True),
        (("tag",), "<answer>18</answer>", True),
        (("tag",), "#### 18", False),
    ],
)
def test_a_suite_chooses_what_may_state_an_answer(
    finders: tuple[str, ...],
    completion: str,
    correct: bool,  # noqa: FBT001  # the expectation
) -> None:
    """What it leaves out states nothing, and contradicts all the same."""
    assert grade("18", completion, answer=finders).correct == correct


def test_what_is_stated_in_two_ways_has_the_last_as_its_source() -> None:
    """Of what may state an answer at all."""
    text = r"The answer is 18. So \boxed{18}."

    assert grade("18", text).source == "box"
    assert grade("18", "The answer is 18.").source == "announced"
    assert grade("18", text, answer=("statement",)).correct


def test_a_trace_tells_the_way_to_the_verdict() -> None:
    """What was found where, how both sides were read, and what decided."""
    got = grade(r"\frac{1}{2}x^2-3", r"Thus \boxed{\frac{x^2}{2} - 3\,\text{cm}}")

    assert "by: box" in got.trace[0]
    assert got.reference_read == "((1/2) * (x^2)) + (-3)"
    assert got.trace[1].endswith("is read as: ((1/2) * (x^2)) + (-3)")
    assert got.trace[2] == f"the answer is read as: {got.answer_read}"
    assert got.trace[-1].startswith(got.status)
    assert grade("50%", "1/2").reference_read == "50%"
    assert grade("18", "nothing to see").trace[0] == "found 'nothing to see' by: whole text"
    assert grade("x^^2", r"\boxed{x^^2}").trace[1:3] == (
        "the reference '' is read as: nothing",
        "the answer is read as: nothing",
    )


@given(text=st.text(st.characters(), max_size=60) | st.sampled_from([case["completion"] for case in CASES]))
def test_any_text_has_a_trace(text: str) -> None:
    """Explaining raises as little as grading does."""
    assert len(grade(text, text).trace) == 4


def test_a_comma_is_no_decimal_point_where_no_option_says_so() -> None:
    """A tree has the likelier meaning."""
    assert parse("2,75") == Collection("", "", (Constant(Fraction(2)), Constant(Fraction(75))))
    assert parse("2,750") == Constant(Fraction(2_750))
    assert parse("1/0") is None


def _constant(bits: int) -> Constant:
    """Return a constant of so many bits, its divisor's included."""
    return Constant(Fraction(1 << (bits - 2)))


def test_constants_are_folded_up_to_a_limit() -> None:
    """Beyond, they stand beside each other."""
    letter, half = Symbol("x"), EXACT_BITS_LIMIT // 2

    assert isinstance(added([_constant(half), _constant(half)]), Constant)
    assert isinstance(multiplied([_constant(half), _constant(half)]), Constant)
    assert added([_constant(half + 1), _constant(half)]) == Sum((_constant(half), _constant(half + 1)))
    assert multiplied([_constant(half + 1), _constant(half)]) == Product((_constant(half + 1), _constant(half)))
    assert multiplied([letter, _constant(EXACT_BITS_LIMIT - 2)]) == Product((_constant(EXACT_BITS_LIMIT - 2), letter))
    assert multiplied([letter, _constant(EXACT_BITS_LIMIT - 1)]) == Product((letter, _constant(EXACT_BITS_LIMIT - 1)))
    assert divided(_constant(half), _constant(half)) == ONE
    assert isinstance(divided(_constant(half + 1), _constant(half)), Product)
    assert divided(ONE, ZERO) == Power(ZERO, MINUS_ONE)


@pytest.mark.parametrize(
    ("folded", "value"),
    [
        (added([ONE]), ONE),
        (added([ONE, MINUS_ONE]), ZERO),
        (added([Symbol("x")]), Symbol("x")),
        (added([Symbol("x"), ZERO]), Symbol("x")),
        (added([Symbol("x"), ONE, MINUS_ONE]), Symbol("x")),
        (added([ONE, Symbol("x"), ONE]), Sum((Symbol("x"), Constant(Fraction(2))))),
        (added([Sum((Symbol("x"), ONE)), ONE]), Sum((Symbol("x"), Constant(Fraction(2))))),
        (added([Constant(Fraction(1, 2), 1)]), Constant(Fraction(1, 2), 1)),
        (added([Constant(Fraction(1, 2), 1), Symbol("x")]), Sum((Symbol("x"), Constant(Fraction(1, 2))))),
        (multiplied([]), ONE),
        (multiplied([ZERO, Symbol("x")]), Product((ZERO, Symbol("x")))),
        (multiplied([ONE, Symbol("x")]), Symbol("x")),
        (multiplied([MINUS_ONE, MINUS_ONE]), ONE),
        (multiplied([Symbol("x"), MINUS_ONE, Symbol("y")]), Product((MINUS_ONE, Symbol("x"), Symbol("y")))),
        (multiplied([Product((Constant(Fraction(2)), Symbol("x"))), Constant(Fraction(1, 2))]), Symbol("x")),
        (negated(Constant(Fraction(1, 2), 1)), Constant(Fraction(-1, 2), 1)),
        (negated(Symbol("x")), Product((MINUS_ONE, Symbol("x")))),
        (inverted(Constant(Fraction(-2, 3))), Constant(Fraction(-3, 2))),
        (inverted(ZERO), Power(ZERO, MINUS_ONE)),
        (inverted(Symbol("x")), Power(Symbol("x"), MINUS_ONE)),
        (divided(Constant(Fraction(1, 2)), Constant(Fraction(3, 4))), Constant(Fraction(2, 3))),
        (divided(Constant(Fraction(6)), Constant(Fraction(4))), Constant(Fraction(3, 2))),
        (divided(Symbol("x"), Constant(Fraction(2))), Product((Constant(Fraction(1, 2)), Symbol("x")))),
        (minus(Symbol("x"), ONE), Sum((Symbol("x"), MINUS_ONE))),
    ],
)  # fmt: skip
def test_constants_are_folded_so(folded: Tree, value: Tree) -> None:
    """A decimal keeps its places while it stands alone."""
    assert folded == value
