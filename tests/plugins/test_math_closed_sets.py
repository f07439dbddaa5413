"""Each closed set that rlvr-math branches on: every member, with a result computed by hand."""

from typing import Any, get_args, get_type_hints

import pytest

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_math import Status, grade, verify
from rlvr_math.comparing.decision import Decision, Stage, all_of, any_of
from rlvr_math.equivalent import equivalent
from rlvr_math.options import ALL_FINDERS, PROFILES, EquivalentOptions, Finder

STATED = {
    "box": "So\n\\boxed{42}\nand that is all",
    "tag": "So\n<answer>42</answer>\nand that is all",
    "hashes": "So\n#### 42",
    "statement": "So\nthe answer is 42.",
    "bold": "So\n**42**",
    "whole": "42",
    "closing": "So\nthere are 42 eggs.",
}


@pytest.mark.parametrize("finder", get_args(Finder))
def test_each_finder_finds_what_states_an_answer_in_its_way(finder: Finder) -> None:
    """And nothing else."""
    found = [name for name, text in STATED.items() if grade("42", text, answer=(finder,)).correct]

    assert found == [finder]
    assert set(ALL_FINDERS) == set(get_args(Finder)) == set(STATED)


@pytest.mark.parametrize("status", Status)
def test_each_status_is_a_value_and_metrics(status: Status) -> None:
    """An unreadable reference is the row's fault; all else is the completion's."""
    pairs = {
        Status.CORRECT: ("42", "42", 1.0, 1.0),
        Status.INCORRECT: ("42", "43", 0.0, 1.0),
        Status.NO_ANSWER: ("42", "Let us see\nwhat it is", 0.0, 0.0),
        Status.UNREADABLE_ANSWER: ("42", r"\boxed{4+}", 0.0, 0.0),
        Status.OVER_LIMIT: ("42", rf"\boxed{{{'9' * 4_001}}}", 0.0, 0.0),
        Status.UNREADABLE_REFERENCE: ("4+", "42", None, None),
    }
    reference, completion, value, readable = pairs[status]
    score = scored(equivalent, a_record(completion, reference))

    assert grade(reference, completion).status is status
    assert score.value == value
    assert score.metrics.get("answer_readable") == readable
    assert (score.verdict is Verdict.INVALID_TASK) == (status is Status.UNREADABLE_REFERENCE)


@pytest.mark.parametrize("stage", get_args(Stage))
def test_each_stage_decides_some_pair(stage: Stage) -> None:
    """Both ways, but for those that only ever find two answers the same."""
    pairs: dict[str, tuple[str, str, str | None, dict[str, Any]]] = {
        "form": ("(1, 2)", "(1, 2)", "(1, 2, 3)", {}),
        "exact": ("2^{10}", "32^2", "33^2", {}),
        "residues": ("(x+1)^2", "x^2+2x+1", "x^2+x+1", {}),
        "balls": (r"\sqrt{8}", r"2\sqrt{2}", r"3\sqrt{2}", {}),
        "rounding": (r"\pi", "3.14159265358979", None, {}),
        "tolerance": (r"\pi", "3.1416", "3.2", {"tolerance": 0.001}),
        "factors": ("uv=6", r"v=\frac{6}{u}", r"v=\frac{5}{u}", {}),
        "regions": ("x > 3", r"(3, \infty)", r"[3, \infty)", {}),
        "words": ("hot", r"\text{hot}", r"\text{cold}", {}),
    }
    reference, right, wrong, options = pairs[stage]

    assert (verify(reference, right, **options).correct, verify(reference, right, **options).stage) == (True, stage)
    if wrong is not None:
        assert (verify(reference, wrong, **options).correct, verify(reference, wrong, **options).stage) == (
            False,
            stage,
        )


def test_decisions_keep_the_stage_that_calculated() -> None:
    """The last that was asked for, and none is asked for after the one that decides."""
    same, differs, exact = Decision(same=True), Decision(same=False), Decision(same=True, stage="exact")

    assert all_of([]) == same
    assert any_of([]) == differs
    assert all_of([exact, same]) == exact
    assert all_of([exact, differs, Decision(same=True, stage="balls")]) == (False, "exact")
    assert any_of([Decision(same=False, stage="balls"), same, exact]) == (True, "balls")
    assert any_of([Decision(same=False, stage="balls"), differs]) == (False, "balls")
    assert not differs
    assert same


@pytest.mark.parametrize("profile", get_args(get_type_hints(EquivalentOptions)["profile"]))
def test_each_profile_rounds_in_its_way(profile: str) -> None:
    """A decimal of five digits, and one of fifteen, for pi."""
    expected = {"strict": (0.0, 1.0), "competition": (0.0, 0.0), "lenient": (1.0, 1.0)}
    options = EquivalentOptions(profile=profile)
    values = tuple(scored(equivalent, a_record(text, r"\pi"), options).value for text in ("3.1416", "3.14159265358979"))

    assert values == expected[profile]
    assert set(PROFILES) == set(expected)
