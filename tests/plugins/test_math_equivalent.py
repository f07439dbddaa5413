"""The first slice of math: numbers, read and compared exactly."""

import gc
import json
import os
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import ConfigError, Verdict, parse_suite, score_rows
from rlvr.testing import a_record, check_scorer, scored
from rlvr_math import Status, grade, verify
from rlvr_math.equivalent import equivalent, remark_on
from rlvr_math.options import PROFILES, EquivalentOptions, GradeOptions, Profile, chosen_options
from rlvr_math.reading.numbers import number_in

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases" / "math.jsonl").read_text().splitlines()]
LONG = os.environ.get("RLVR_LONG") == "1"
DATA = Path(__file__).parents[3] / "shared" / "data" / "math_pairs_dev.jsonl"
TEXT = st.text(st.characters())


@pytest.mark.each("case", CASES, ids=lambda case: f"{case['source']}: {case['completion'][:40]}")
def test_golden_cases(case: dict[str, Any]) -> None:
    """Each case was decided by hand."""
    got = grade(case["reference"], case["completion"], **case.get("options", {}))

    assert (got.correct, got.status) == (case["status"] == "correct", case["status"]), got


def test_model_outputs_agree_with_their_labels() -> None:
    """Every GSM8K output of the development data."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    rows = [row for row in rows if row["source"] == "gsm8k-outputs"]
    wrong = [row["id"] for row in rows if grade(row["gold"], row["prediction"]).correct != row["expected"]]

    assert (len(rows), wrong) == (300, [])


INTEGERS = st.integers(-(10**30), 10**30)
FRACTIONS = st.fractions(max_denominator=999)


def _written(value: Fraction, style: int) -> str:
    """Write a fraction in one of several notations."""
    top, bottom = abs(value.numerator), value.denominator
    sign = "-" if value < 0 else ""
    return [
        f"{sign}{top}/{bottom}",
        rf"{sign}\frac{{{top}}}{{{bottom}}}",
        rf"${sign}\dfrac{{{top}}}{{{bottom}}}$",
        rf"\(\left({sign}\tfrac{{{top}}}{{{bottom}}}\right)\)",
        rf"\boxed{{\frac{{{sign}{top}}}{{{bottom}}}}}",
        f"The answer is {sign}{top}/{bottom}.",
    ][style]


@given(value=FRACTIONS, first=st.integers(0, 3), style=st.integers(0, 5))
def test_notation_never_matters(value: Fraction, first: int, style: int) -> None:
    """Every notation of a number equals every other, and no other number."""
    reference = _written(value, first)

    assert grade(reference, _written(value, style)).correct
    assert not grade(reference, _written(value + 1, style)).correct
    assert not value or not grade(reference, _written(-value, style)).correct


@given(
    value=INTEGERS,
    style=st.sampled_from(["{}", "${}$", r"\text{{{}}}", " {}\n", "**{}**", "{}.", r"\boxed{{{}}}", "#### {}"]),
)
def test_settings_around_an_integer_never_matter(value: int, style: str) -> None:
    """With thousands separators or without."""
    for text in (str(value), f"{value:,}", f"{value:,}".replace(",", r"\,"), f"{value:,}".replace(",", "{,}")):
        assert grade(str(value), style.format(text)).correct, text
        assert not grade(str(value + 1), style.format(text)).correct


@given(mantissa=st.integers(1, 10**6), exponent=st.integers(-300, 300))
def test_scientific_notation_is_exact(mantissa: int, exponent: int) -> None:
    """1e-20 is not 2e-20."""
    forms = [f"{mantissa}e{exponent}", rf"{mantissa}\times 10^{{{exponent}}}", f"{mantissa} * 10^{exponent}"]
    for form in forms:
        assert verify(forms[0], form).correct, form
        assert not verify(f"{mantissa + 1}e{exponent}", form).correct


NUMBERS = st.one_of(INTEGERS.map(str), st.tuples(FRACTIONS, st.integers(0, 3)).map(lambda pair: _written(*pair)))


@given(one=NUMBERS, other=NUMBERS)
def test_equality_is_symmetric_and_reflexive(one: str, other: str) -> None:
    """In every notation, with and without what is read at once."""
    assert verify(one, one).correct
    assert verify(one, other).correct == verify(other, one).correct
    assert verify(one, f" {one} ").correct


@given(value=FRACTIONS, digits=st.integers(0, 10**6), style=st.integers(0, 1))
def test_what_is_read_at_once_is_read_alike_the_long_way(value: Fraction, digits: int, style: int) -> None:
    """A setting around it takes the long way."""
    for text in (_written(value, style), f"{value.numerator}.{digits}"):
        assert number_in(text) == number_in(rf"\text{{{text}}}") == number_in(f"${text}$")


@given(
    value=st.integers(1, 10**6), wrapper=st.sampled_from([r"-{}", r"{}\%", r"{}^2", r"2{}", r"{}+1", r"\sqrt{{{}}}"])
)
def test_what_stands_around_a_box_belongs_to_it(value: int, wrapper: str) -> None:
    """A box is no way to hide a sign, a factor or a percent sign."""
    box = rf"\boxed{{{value}}}"

    assert grade(str(value), f"The answer is ${box}$.").correct
    assert not grade(str(value), f"The answer is ${wrapper.format(box)}$.").correct


@given(one=TEXT, other=TEXT)
def test_any_two_texts_are_graded(one: str, other: str) -> None:
    """Nothing raises, and what is right one way round is right the other."""
    assert verify(one, other).correct == verify(other, one).correct
    assert isinstance(grade(one, other), object)


@given(st.sampled_from(["5", "3/4", "1,234", "12%", "0.5"]), st.sampled_from(["6", "7/8", "2,000", "13%", "0.85"]))
def test_hedges_never_pay(right: str, wrong: str) -> None:
    """Naming the answer beside another is no answer."""
    for text in (
        f"The answer is {right} or {wrong}",
        f"The answer is {wrong}. Or maybe {right}.",
        f"The answer is {right}. Or maybe {wrong}.",
        f"\\boxed{{{wrong}}}, \\boxed{{{right}}}",
        f"\\boxed{{{right}}}\\boxed{{{wrong}}}",
        f"\\boxed{{{right}, {wrong}}}",
        f"The answer is not {right}",
        f"The answer is not \\boxed{{{right}}}",
        f"<think>\\boxed{{{right}}}</think>",
        f"\\boxed{{{right}",
        f"\\boxed{{{right}}} No, the answer is {wrong}",
        f"#### {right} ... no, it is {wrong}",
    ):
        assert not grade(right, text).correct, text


def test_contract() -> None:
    """What every scorer keeps."""
    right = [a_record("The answer is 42", "42"), a_record(r"\boxed{0.5}", "1/2"), a_record("7", 7)]
    check_scorer(equivalent, right=right, wrong=[a_record("The answer is 41", "42"), a_record("no idea", "42")])


@pytest.mark.parametrize(("answer", "value"), [("12", 1.0), ("\\boxed{24/2}", 1.0), ("0.5", 1.0), ("13", 0.0)])
def test_one_of_a_list_of_references_is_enough(answer: str, value: float) -> None:
    """Data sets hold a list of one, or all forms that are right."""
    assert scored(equivalent, a_record(answer, ["\\frac{1}{2}", "12"])).value == value


@pytest.mark.parametrize(
    "reference",
    ["x^^2", True, {"a": 1}, [["1"]], ["1", "x^^2"], ["1"] * 21, "", "9" * 5_000, "\\frac{1}{0}", [None], [True], []],
)
def test_an_unreadable_reference_is_an_invalid_task(reference: object) -> None:
    """It never scores 0 silently."""
    assert scored(equivalent, a_record("42", reference)).verdict is Verdict.INVALID_TASK


EXPECTED = "expected a number or its text, or a short list of these"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("x^^2", "the reference 'x^^2' is not understood"),
        ("^" + "x" * 100, f"the reference '^{'x' * 79}' is not understood"),
        (["1"] * 21, f"the reference is a list of 21; {EXPECTED}"),
        ([None, "1"], f"the reference is NoneType; {EXPECTED}"),
        (["1", ["1"]], f"the reference is list; {EXPECTED}"),
        (
            {"value": "9", "unit": "m"},
            f"the reference is dict; {EXPECTED}; `reference_key` of the task names the key of an object that is meant",
        ),
    ],
)
def test_an_unreadable_reference_is_told(reference: object, reason: str) -> None:
    """With its type, and for an object with the option that helps."""
    assert scored(equivalent, a_record("9", reference)).reason == reason


@pytest.mark.parametrize(
    ("reference", "completion", "reason_class", "metrics"),
    [
        ("42", "42", "correct", (1, 1, 0)),
        ("42", r"\boxed{42}", "correct", (1, 1, 1)),
        ("42", r"\boxed{41}", "incorrect", (1, 1, 1)),
        ("42", "no idea", "no_answer", (0, 0, 0)),
        ("42", r"\boxed{42+}", "unreadable_answer", (1, 0, 1)),
        ("42", "1e99999", "over_limit", (1, 0, 0)),
        ("42", "The answer is not 42", "no_commitment", (1, 1, 0)),
        ("42", r"\boxed{42", "truncated", (1, 1, 1)),
        (1, "1", "correct", (1, 1, 0)),
        (2.5, "5/2", "correct", (1, 1, 0)),
        ([1, 2.5], "2.5", "correct", (1, 1, 0)),
        (["1"] * 19 + ["42"], "42", "correct", (1, 1, 0)),
        (["41", "42"], "40", "incorrect", (1, 1, 0)),
        (["41", "42"], "no idea", "no_answer", (0, 0, 0)),
    ],
)
def test_each_score_tells_its_class_and_metrics(
    reference: object, completion: str, reason_class: str, metrics: tuple[int, ...]
) -> None:
    """Whether an answer was found, could be read, and stood in a box; only an unreadable one is undecided."""
    score = scored(equivalent, a_record(completion, reference))

    assert (score.value, score.reason_class) == (float(reason_class == "correct"), reason_class)
    assert score.metrics == dict(zip(("answer_found", "answer_readable", "format_boxed"), metrics, strict=True))
    assert score.is_undecided is (reason_class == "unreadable_answer")


def test_the_evidence_shows_the_start_of_a_long_answer() -> None:
    """Of what was found, and of how it is read."""
    evidence = scored(equivalent, a_record(rf"\boxed{{{'x' * 300}}}", "42")).evidence

    assert [*evidence] == ["status", "extracted", "source", "reference_read", "answer_read", "stage"]
    assert [*evidence.values()] == ["incorrect", "x" * 200, "box", "42", '"' + "x" * 199, "words"]
    assert len(evidence) == len([*evidence])


EGGS = "So of 60 eggs we have 18 white ones and 42 brown ones."


@pytest.mark.parametrize(
    ("reference", "completion", "remark"),
    [
        ("42", EGGS, "states no answer, but has a last number, which `profile: lenient` pays"),
        (42, EGGS, "states no answer, but has a last number, which `profile: lenient` pays"),
        (42.0, EGGS, "states no answer, but has a last number, which `profile: lenient` pays"),
        ("18", EGGS, "states no answer, but has a last number, which `profile: lenient` reads and does not pay"),
        (
            "x^2",
            "We find that the square $x^2$ works",
            "states no answer, but has a last formula, which `profile: lenient` pays",
        ),
        ("42", "no idea what to say here", "states no answer"),
        ("42", "42", None),
        ("42", "41", None),
        (["42"], EGGS, None),
        (True, EGGS, None),
    ],
)
def test_a_remark_says_what_a_lenient_profile_finds(reference: object, completion: str, remark: str | None) -> None:
    """Where no answer is stated."""
    assert remark_on(a_record(completion, reference), GradeOptions()) == remark


def test_the_options_are_those_of_the_functions() -> None:
    """A leniency is one option in both."""
    assert scored(equivalent, a_record("50", "50%"), GradeOptions(percent_as_number=True)).value == 1.0
    assert verify("50%", "50", percent_as_number=True).correct
    assert not verify("50%", "50").correct


HOSTILE = {
    "boxes": r"\boxed{1} ", "open boxes": r"\boxed{", "braces": "{", "closing": "}", "answers": "the answer is ",
    "numbers": "1 ", "digits": "9", "groups": "1,", "dollars": "$", "tags": "<answer>", "hashes": "####",
    "slashes": "\\", "fractions": r"\frac{1}", "text": r"\text{", "stars": "*", "spaces": " ", "hedges": "or 1 ",
    "parens": "(", "combining": "e\u0301", "box tokens": r"\boxed ", "answer boxes": r"answer: \boxed{2} or ",
    "surrogates": "\ud800", "minus": "-", "e": "1e",
}  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_text_not_with_its_square(piece: str) -> None:
    """In the time of the processor, without the collector, which walks the objects of other tests."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        gc.disable()
        try:
            start = time.process_time()
            grade("42", text)
            return time.process_time() - start
        finally:
            gc.enable()

    # A machine with other work makes one of several measurements wrong, and never all of a scan that is linear.
    assert any(seconds(1_000_000) < 10 * seconds(250_000) + 0.02 for _ in range(5))


@pytest.mark.parametrize(
    "text",
    [
        "9" * 5_000,
        "1e99999",
        "1e-5000",
        "10^{99999999999}",
        "1" * 4_100,
        r"\frac{1}{" + "9" * 4_050 + "}",
    ],
)
def test_what_is_too_large_is_over_a_limit(text: str) -> None:
    """A status, not an exception and not a hang."""
    assert grade("42", rf"\boxed{{{text}}}").status is Status.OVER_LIMIT


REPEATED = r"""
a: a= a< a, a; a/ a^ a_ a! a| a' a+ a- a* a. 1: 1, 1e 1/ 1! ( [ { \left( \left| | || \| ( - + ! ' _ ^ x^ e^ a(
f( \sin \sin( \log_ \sqrt \sqrt[ \frac \frac1 \binom \text{ \mathrm{ \boxed{ \pm \in a\in \cup a\cup \mid \mod \bmod
\begin{matrix} \begin{cases} & \\ 1& \% 1\% ^\circ 1^\circ \infty -\infty \sum \int \lim \to a\to \le a\le \ne a\ne
""".split()


COUNTS = (30, 100, 400, 2_000)


@pytest.mark.each(
    ("token", "count"),
    # Without the long rounds each token has one count; neighbours have others.
    [(token, count) for place, token in enumerate(REPEATED) for count in (COUNTS if LONG else COUNTS[place % 4 :][:1])],
)
def test_a_repeated_token_never_breaks_the_scorer(token: str, count: int) -> None:
    """In an answer it is a verdict on the answer, in a reference one on the row; the evidence is made within limits."""
    for form in ("{}", r"\boxed{{{}}}", "The answer is {}1"):
        text = form.format(token * count)

        assert scored(equivalent, a_record(text, "5")).verdict is Verdict.SCORED
        assert scored(equivalent, a_record("5", text)).verdict in {Verdict.SCORED, Verdict.INVALID_TASK}


@pytest.mark.parametrize("form", ["{}", r"\boxed{{{}}}", "The answer is {}", "$[{}]$"])
def test_nothing_is_executed(tmp_path: Path, form: str) -> None:
    """The marker file of the payload never appears."""
    marker = tmp_path / "marker"
    payload = f"__import__('pathlib').Path('{marker}').touch()"
    for reference in ("42", form.format(payload)):
        grade(reference, form.format(payload))
        verify(reference, form.format(payload))

    assert not marker.exists()


PROFILED = GradeOptions.__struct_fields__


@pytest.mark.parametrize("profile", get_args(Profile))
def test_an_option_that_is_given_goes_before_the_profile(profile: Profile) -> None:
    """Also where it has the value of the default, which a profile changes."""
    strict = msgspec.to_builtins(GradeOptions())
    for name in PROFILED:
        given = chosen_options(msgspec.convert({"profile": profile, name: strict[name]}, EquivalentOptions))

        assert getattr(given, name) == getattr(GradeOptions(), name)
        assert msgspec.structs.replace(given, **{name: getattr(PROFILES[profile], name)}) == PROFILES[profile]
    everything = chosen_options(msgspec.convert({"profile": profile, **strict}, EquivalentOptions))
    assert everything == GradeOptions()


def test_a_lenient_profile_with_strict_options_refuses_a_near_miss() -> None:
    """Through a suite."""
    options = "{profile: lenient, tolerance: 0.0, letter_case: true, rounding_digits: 9}"
    suite = parse_suite(f"tasks: {{t: {{scorers: [{{scorer: math.equivalent, options: {options}}}]}}}}")
    lenient = parse_suite("tasks: {t: {scorers: [{scorer: math.equivalent, options: {profile: lenient}}]}}")
    rows = [{"completion": r"\boxed{3.14159}", "answer": "3.14160"}]

    assert score_rows(suite, rows).rewards[0].value == 0.0
    assert score_rows(lenient, rows).rewards[0].value == 1.0


def test_the_former_name_of_answer_is_refused() -> None:
    """With the present one."""
    with pytest.raises(ConfigError, match="it is `answer` now"):
        parse_suite("tasks: {t: {scorers: [{scorer: math.equivalent, options: {finders: [box]}}]}}")
