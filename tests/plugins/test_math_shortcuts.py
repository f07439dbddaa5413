"""Shortcuts of reading and grading give what the rules that they stand for give."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from itertools import product
from unittest.mock import patch

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from rlvr.testing import a_record
from rlvr_math import grade
from rlvr_math.comparing.equality import factors, letters
from rlvr_math.comparing.numbers import may_be_rounded
from rlvr_math.equivalent import equivalent
from rlvr_math.finding.notations import other_notations
from rlvr_math.limits import OverLimitError
from rlvr_math.options import PROFILES, GradeOptions, Profile
from rlvr_math.reading import cleaning, dates, lexer, numbers
from rlvr_math.reading.lexer import _EATEN, _HALF_DAY, tokens_in
from rlvr_math.reading.meanings import Reading
from rlvr_math.reading.numbers import Number, leading_number_in, number_in
from rlvr_math.reading.parser import UnreadableError, operators, read
from rlvr_math.reading.parser.commas import join_numbers
from rlvr_math.reading.tree import Tree

_PIECES = (
    *"0 7 12 3.5 .5 x y d e i C P f A , ; : ( ) [ ] { } + - * / ^ _ = < > | ! % ' & . # ~".split(),
    *("\\frac", "\\sqrt", "\\pi", "\\{", "\\}", "\\cdot ", "\\le ", "\\in ", "\\pm ", "\\text{ cm}", "\\overline{3}"),
    *("\\\\", "choose", " 1/2", " and ", " or ", " for all ", "...", "\\int_0^1 ", "dx", "^\\circ", "\\mathbb{R}", " "),
)
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=9).map("".join)


def _read(text: str) -> Tree | str:
    try:
        return read(text)
    except (UnreadableError, OverLimitError) as error:
        return type(error).__name__


@given(_TEXTS)
def test_a_leaf_is_read_as_by_all_productions(text: str) -> None:
    """A number or letter alone is the same tree without its shortcut."""
    with patch.object(operators.OperatorGrammar, "leaf", lambda _: None):
        plain = _read(text)

    assert _read(text) == plain


_ALL_TOKENS = re.compile("(?P<space>" + lexer._TOKEN.pattern.partition("|(?P<space>")[2], re.DOTALL)


@given(_TEXTS | st.text(st.sampled_from("".join(_PIECES) + 'abBmg0123"#?@$\n~'), max_size=12))
@example("x_{16}*y**2-->z==A2_{16}")
def test_signs_and_letters_are_the_same_tokens_without_their_shortcut(text: str) -> None:
    """Signs and letters that are found first are those that the groups of all tokens find."""
    with patch.object(lexer, "_TOKEN", _ALL_TOKENS):
        tokens = lexer.tokens_in(text)

    assert lexer.tokens_in(text) == tokens


@given(
    st.lists(
        st.sampled_from("March mar 5 5th 12 2020 2020-03-05 - , . of the Monday $ \\text{ } May sept x".split())
    ).map(" ".join)
)
@example("$2020-03-05$")
@example("Sept. 5, 2020")
def test_every_day_has_a_sign_of_one(text: str) -> None:
    """A text in which the letters and dashes of a day are not found is none."""
    with patch.object(dates, "_SIGN", re.compile("")):
        day = dates.date_in(text)

    assert dates.date_in(text) == day


@given(
    st.lists(
        st.tuples(st.sampled_from(("", "2", "-1", "\\frac{1}{3}")), st.sampled_from(("x", "y", "e", "", "\\pi"))),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(("arcsin", "arccos", "arctan", "arccot", "arctanh")),
    st.sampled_from(("{}", "\\sqrt{{{}}}")),
)
def test_an_inverse_function_of_a_linear_argument_jumps_nowhere(
    terms: list[tuple[str, str]], name: str, around: str
) -> None:
    """Factors say of linear arguments and of their roots what is seen at once."""
    inner = read(around.format(" + ".join(f"{factor} {letter}".strip() or "1" for factor, letter in terms)))
    with patch.object(letters, "_is_linear", lambda _: False):
        jumps = letters._jumps(name, inner)

    assert letters._jumps(name, inner) == jumps


@given(
    st.lists(
        st.tuples(st.sampled_from(("", "2", "-1", "\\frac{1}{3}", "12")), st.sampled_from(("x", "x", "y", "e", ""))),
        min_size=1,
        max_size=3,
    )
)
@example([("-1", ""), ("2", "x")])
@example([("", "x"), ("-1", "x")])
@example([("18446744073709551616", ""), ("2", "x")])
def test_a_linear_expression_has_the_factor_that_its_polynomial_has(terms: list[tuple[str, str]]) -> None:
    """The number and the factor that are seen at once are those that FLINT finds."""
    tree = read(" + ".join(f"{factor} {letter}".strip() or "1" for factor, letter in terms))
    found = factors._factor_of_linear(tree)
    if found is not None:
        assert found == factors._factors_of_sum(tree)


@given(st.integers(0, 45), st.sampled_from(("x", "12", "-x", "x+1")))
def test_a_leaf_counts_its_level_of_nesting(depth: int, leaf: str) -> None:
    """The limit of nesting is the same with the shortcut and without it."""
    text = "(" * depth + leaf + ")" * depth
    with patch.object(operators.OperatorGrammar, "leaf", lambda _: None):
        plain = _read(text)

    assert _read(text) == plain


@given(_TEXTS)
def test_only_commas_join_numbers(text: str) -> None:
    """Tokens without a comma stay as they are."""
    tokens = tokens_in(text)
    if not any(token.text == "," for token in tokens):
        assert join_numbers(tokens, thousands=True, decimal_comma=True) == tokens


@given(st.text(st.sampled_from(" \t\n\x0c\x08.$`a1pmM\\)]frac"), max_size=16))
def test_settings_are_looked_for_where_they_can_be(text: str) -> None:
    """The rules that are left out for a text change nothing in it."""
    if "   " not in text and text.isprintable():
        assert cleaning._LONG_SPACE.sub("  ", text) == text
    if "." not in text:
        assert cleaning._FORMULA_STOP.sub("", text) == text == _HALF_DAY.sub(r"\1m", text)
    if not ("$" in text or "`" in text) and text.isascii():
        assert text.translate(cleaning._TRANSLATED) == text
    if text.isprintable():
        assert not any(eaten in text for eaten, _ in _EATEN)


@given(st.text(st.sampled_from("0123456789.,/%$() \n-×½é"), max_size=12), st.text(st.sampled_from("17./"), max_size=6))
def test_other_notations_are_written_with_letters(text: str, other: str) -> None:
    """Texts without a letter have no other notation, whatever numbers they are."""
    with patch("rlvr_math.finding.notations._LETTER") as letter:
        letter.search.return_value = True
        found = list(other_notations(Reading(text, None, False), Reading(other, None, False)))  # by position

    assert not found


@given(_TEXTS, _TEXTS)
def test_evidence_is_that_of_the_grade(reference: str, answer: str) -> None:
    """Evidence that is worked out later says what the grade says."""
    score = equivalent(a_record(completion=f"The answer is {answer}", reference=reference), GradeOptions())
    found = grade(reference, f"The answer is {answer}")

    evidence = dict(getattr(score, "evidence", {}))
    if evidence and found.stage != "sympy":
        read_as = (evidence["reference_read"], evidence["answer_read"], evidence["extracted"], evidence["status"])
        assert read_as == (found.reference_read, found.answer_read, (found.extracted or "")[:200], found.status)


_PLAIN = (
    *"0 -0 00 7 +7 -7 007 42 100 1000 1000000 999999999999999999 3.5 3.50 -3.5 0.333 0.3333 0.33333 0.667 0.0".split(),
    *"1/3 2/6 -1/3 1/-3 7/1 14/2 2/3 0/5 1/0 22/7 3.14 3.142 3.1416 2.75 275 11/4 1.0 0.1 0.10 1/10".split(),
    *(r"\frac{1}{3}", r"-\frac{1}{3}", r"\frac{-1}{3}", r"\dfrac{11}{4}", r"\frac{7}{1}", r"\frac{1}{0}", r"\frac13"),
)


def test_plain_numbers_differ_as_they_do_by_their_trees() -> None:
    """No option makes two plain numbers equal that the comparison of numbers calls different."""
    profiles: list[Profile] = ["lenient", "competition"]
    pairs = list(product(profiles, _PLAIN, _PLAIN))
    with patch("rlvr_math.grade.is_plain_number", return_value=False):
        by_trees = [_outcome(*pair) for pair in pairs]

    assert [_outcome(*pair) for pair in pairs] == by_trees


def _outcome(profile: Profile, reference: str, answer: str) -> tuple[object, ...]:
    options = msgspec.structs.asdict(PROFILES[profile]) | {"decimal_comma": True}
    found = grade(reference, answer, **options)
    return profile, reference, answer, found.correct, found.status, found.reason


@given(
    st.lists(
        st.sampled_from(
            (
                *"5 0 007 -3 +4 3.50 1/2 3/0 1,000 ٣ $ . $. .$ % .5 - \\ , {,} 000 1,\\!000 2{,}000".split(),
                *"( ) } \\left( \\right)".split(),
                *("\\frac3{3}", "\\frac{9}{-11}", "\\frac0", "{0}", ".5", "\\%", "%"),
                *(" ", "\\frac{1}{2}", "-\\dfrac{2}{4}", "\\text{", "\\mathbf{"),
            )
        ),
        max_size=5,
    ).map("".join)
)
@example("$5$.")
@example("$5.$")
@example("\\left(\\text{5}\\right).")
@example("(1,000)")
@example("$-1,\\!000{,}000$.")
def test_a_simple_number_is_the_one_that_the_long_way_reads(text: str) -> None:
    """Dollar signs around it and a full stop behind it change nothing."""
    number = numbers.simple_number_in(text)
    if number is not None:
        assert _number_the_long_way(text) == number


_NO_PATTERN = re.compile(r"(?!)")


def _number_the_long_way(text: str) -> Number | str | None:
    """Read a number without the patterns for the commonest forms."""
    patterns = ("_INTEGER_ALONE", "_THOUSANDS", "_PLAIN_MEASURE")
    with ExitStack() as stack:
        stack.enter_context(patch.object(numbers, "plain_number_in", lambda _: None))
        for name in patterns:
            stack.enter_context(patch.object(numbers, name, _NO_PATTERN))
        return _number(text, _leading_of)


def _leading_of(text: str) -> Number | None:
    number, rest = numbers._leading(cleaning.cleaned(text))
    return number if not rest.strip() else None


def _number(text: str, read_number: Callable[[str], Number | None]) -> Number | str | None:
    try:
        return read_number(text)
    except OverLimitError as error:
        return str(error)


_SUMS = (
    *"0 7 12 3.5 1,234 234 x d e E i C M R m cm a an one million half".split(),
    *"and , ; ( ) [ ] { } + - * / ^ _ = % ' & $ € US$".split(),
    *(
        "\\frac",
        "\\frac12",
        "\\frac{1}{2}",
        "\\text{ cm}",
        "\\text{",
        "\\,",
        "\\!",
        "{,}",
        "^{2}",
        "\\cdot ",
        "\\left(",
    ),
    *("\\SI{5}{\\cm}", "\\num{", "\\circ", "10^", "°", " ", "\n"),
)


@given(st.lists(st.sampled_from(_SUMS), max_size=8).map("".join))
@example("\\SI{5}{\\cm}-\\text{ cm}")
@example("(1,234 cm)")
def test_signs_of_a_calculation_stand_in_no_number(text: str) -> None:
    """A text in which a sign shows that it is no number has something behind its number, if it starts with one."""
    if numbers._CALCULATES.search(text):
        assert not isinstance(_number(text, _leading_of), Number)


_BEHIND = (
    *(
        "units",
        "cm",
        "m",
        "sec",
        "percent",
        "Pct",
        "second",
        "billionths",
        "dozen",
        "half",
        "and",
        "or",
        "x",
        "e",
        "th",
    ),
    *(
        "plus",
        "km^2",
        "m/s",
        "ft 3",
        "%",
        "°",
        "^\\circ",
        "^{\\circ}",
        "^\\circ C",
        "!",
        "x + 1",
        "a half",
        "E5",
        " 1/2",
    ),
)


@given(
    st.sampled_from(
        "5 -3 0 007 12 1,234 -1,234,567 1,2345 12,34 0x1F \\frac35 -\\dfrac95 \\frac00 \\frac{3}{4} 3.50 .5 10".split()
    ),
    st.sampled_from(("", " ", "  ", "\\,")),
    st.sampled_from(("{}", "\\text{{{}}}", "\\text{{ {}}}", "\\mathrm{{{}}}", "${}$")),
    st.sampled_from(_BEHIND) | st.just(""),
)
@example("5", "", "\\text{{ {}}}", "billionths")
@example("133", "", "{}", "^\\circ")
def test_the_commonest_forms_of_numbers_are_read_as_the_long_way_reads_them(
    number: str, space: str, setting: str, behind: str
) -> None:
    """Thousands, one word as a unit, degrees, fractions of two digits: a pattern of their own changes nothing."""
    text = f"{number}{space}{setting.format(behind) if behind else ''}"

    assert _number(text, numbers.number_in) == _number_the_long_way(text)


def test_a_number_with_a_unit_is_an_answer_as_by_all_rules() -> None:
    """A text that is a number and the word of a unit, in TeX, says nothing else."""
    numbers_said = ("5", "-3", "1,234", "2.50", "1/2", "5,", "1.2.3", "0")
    units = "unit units degrees cm mm km kg feet inches miles dollars cents minutes hours metres wrong or".split()
    answers = [f"{number}\\text{{ {unit}}}" for number, unit in product(numbers_said, units)]
    texts = [*answers, *map("${}$".format, answers), *map("{} ".format, answers)]
    found = [_graded(reference, text) for reference, text in product(("5", "5\\text{ cm}", "-3^\\circ", "x"), texts)]
    with patch("rlvr_math.finding.answers._MEASURE", _NO_PATTERN):
        by_all_rules = [
            _graded(reference, text) for reference, text in product(("5", "5\\text{ cm}", "-3^\\circ", "x"), texts)
        ]

    assert found == by_all_rules


def _graded(reference: str, text: str) -> tuple[object, ...]:
    found = grade(reference, text)
    return reference, text, found.correct, found.status, found.reason, found.extracted, found.source, found.stage


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6), st.integers(1, 12))
@example(Fraction(1, 3), Fraction(33333, 100000), 5)
def test_rounding_in_whole_numbers_is_that_of_fractions(reference: Fraction, answer: Fraction, digits: int) -> None:
    """Two numbers are as near as their difference says."""
    options = GradeOptions(rounding_digits=digits)
    near = abs(reference - answer) * 10 ** (digits - 1) <= abs(reference)
    whole = reference.denominator == answer.denominator == 1

    assert may_be_rounded(Number(reference), Number(answer), options) == (near and not whole)


READ_AT_ONCE = [
    "5", "-5", "+5", "999999999999999999", "1/2", "-1/2", "9/3", r"\frac{1}{2}", r"\frac{-1}{2}", r"\frac12",
    r"-\dfrac{1}{2}", r"\tfrac12", "1.5", "-1.5", ".5", "-.5", "102.", "$5$", "$5$.", "$ 5 $", "$-5$", "5%", r"5\%",
    "5 %", r"5 \%", r"$5\%$", "-5%", "1/2%", "1,234", r"1,\!234", "1{,}234", "-1,234,567", r"2\frac{1}{3}",
    r"2 \frac{1}{3}", r"-2\frac13", r"2\tfrac{1}{3}", r"2\frac{1}3", r"2\frac1{3}", r"2\frac{0}{3}", r"\frac{1}3",
    r"\left(5\right)", "(5)", r"\text{5}", r"\mathrm{5}", r"\textbf{5}", r"\mathbf{5}", "(1/2)", "(-5)", r"5^\circ",
    r"5^{\circ}", r"5 ^\circ", r"5\text{ cm}", r"$5\text{ cm}$", r"$5^\circ$", r"-5\text{cm}", r"5\text{ miles }",
]  # fmt: skip
NO_NUMBERS = [
    r"\sqrt2", r"\pi", r"2\pi", r"\infty", r"\frac{\sqrt2}{2}", "1+2", "1-2", "1 - 2", "2+x", "(5)+1", "}-1",
    r"2-\frac12", "1,2", "1,23", "1,2345", "x-1", "y^2", "b+1", "$x+1$", "x)", "x/2", "0,5", "1,23%", "1,234,56",
    "x - 1",
]  # fmt: skip


def test_the_commonest_texts_do_not_go_the_long_way() -> None:
    """Neither numbers nor expressions, and both are what the long way finds."""
    with patch.object(numbers, "leading_number_in", side_effect=AssertionError("the long way")):
        found = {text: number_in(text) for text in (*READ_AT_ONCE, *NO_NUMBERS)}
    for text, number in found.items():
        other, rest = leading_number_in(text)

        assert number == (None if rest.strip() else other)
        assert (number is None) is (text in NO_NUMBERS)
