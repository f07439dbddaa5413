"""Golden cases of the options of math: pairs that an option alone decides, and pairs that it leaves as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rlvr import ConfigError, parse_suite
from rlvr_math import Status
from rlvr_math.grade import Grade, grade_final, settled, verify
from rlvr_math.options import EquivalentOptions, GradeOptions, chosen_options

# Each line has options, a reference, and answers by what becomes of them; whole completions are marked so.
_FILE = Path(__file__).parent / "cases" / "math_options.jsonl"
CASES = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
NAMES = sorted({name for case in CASES for name in case["options"]})
# Whether an answer is paid without the options, and with them.
PAID = {"only_with": (False, True), "only_without": (True, False), "never": (False, False), "always": (True, True)}


def graded(case: dict[str, Any], answer: str, options: GradeOptions) -> Grade:
    """Grade an answer, or a completion that states one."""
    if case.get("completions"):
        return settled(grade_final(case["reference"], answer, options))
    others = {name: getattr(options, name) for name in options.__struct_fields__ if name != "answer"}
    return verify(case["reference"], answer, **others)


@pytest.mark.parametrize("name", NAMES)
def test_each_option_decides_its_pairs(name: str) -> None:
    """Off and on; every reference is understood."""
    wrong = []
    for case in (each for each in CASES if name in each["options"]):
        with_options = chosen_options(msgspec.convert(case["options"], EquivalentOptions))
        for key, paid in PAID.items():
            for answer in case.get(key, ()):
                grades = [graded(case, answer, each) for each in (GradeOptions(), with_options)]
                if tuple(each.correct for each in grades) != paid:
                    wrong.append((case["options"], case["reference"], answer, key))
                assert all(each.status is not Status.UNREADABLE_REFERENCE for each in grades)

    assert wrong == []


def test_each_option_has_pairs_that_it_alone_decides() -> None:
    """An option without any makes no difference that a test sees."""
    decided = {name for case in CASES if case.keys() & {"only_with", "only_without"} for name in case["options"]}

    assert decided == {*GradeOptions.__struct_fields__, "profile"}


@pytest.mark.parametrize("options", [{"tolerances": 0.1}, {"profil": "lenient"}])
def test_an_unknown_option_is_refused(options: dict[str, Any]) -> None:
    """Also by the functions."""
    for kind in (EquivalentOptions, GradeOptions):
        with pytest.raises(msgspec.ValidationError, match="unknown field"):
            msgspec.convert(options, kind)
    with pytest.raises(TypeError):
        verify("5", "5", **options)


def test_options_and_grades_have_names() -> None:
    """So that a new one in the middle changes no call."""
    for kind in (EquivalentOptions, GradeOptions, Grade):
        with pytest.raises(TypeError, match="positional"):
            kind("x", "x", "x")


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("tolerance", ("0", "0.5"), ("-0.001", "0.501")),
        ("rounding_digits", ("1", "100"), ("0", "101")),
        ("answer", ("[box]",), ("[]", "[boxes]")),
        ("form", ("any", "integer"), ("integers",)),
        ("unevaluated", ("allow", "refuse"), ("never",)),
        ("profile", ("strict", "lenient", "competition"), ("exact",)),
    ],
)
def test_each_option_has_its_values(name: str, allowed: tuple[str, ...], refused: tuple[str, ...]) -> None:
    """A suite with another one is refused."""
    suite = "tasks: {{t: {{scorers: [{{scorer: math.equivalent, options: {{{}: {}}}}}]}}}}"
    for value in allowed:
        parse_suite(suite.format(name, value))
    for value in refused:
        with pytest.raises(ConfigError, match=name):
            parse_suite(suite.format(name, value))
