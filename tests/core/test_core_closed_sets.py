"""Each member of each closed set that core branches on, with a result computed by hand.

Methods, error policies, breaker actions and gates without a value are in ``test_aggregate.py`` and ``test_groups.py``.
"""

import json
from typing import get_args

import pytest

from rlvr import FailureKind, Record, Score, Verdict, parse_suite, score_records, scorer
from rlvr.cli import check as check_module
from rlvr.cli import explain as explain_module
from rlvr.cli.remarks import Remarks
from rlvr.config import Gate
from rlvr.config.format import AbsentValue, PlainTransform, TransformKind, TransformSection
from rlvr.config.parsing import SuiteFormat, parse_text
from rlvr.scores import score_from
from rlvr.testing import a_record, registry_of, suite_of

# By key: a setting, and the result for the value 0.5.
TRANSFORMS: dict[TransformKind, tuple[object, float]] = {
    "threshold": (0.75, 0.0),
    "clip": ([0.0, 0.25], 0.25),
    "scale": ({"factor": 0.5, "offset": 0.5}, 0.75),
    "steps": ([[0.25, 0.125], [0.75, 1.0]], 0.125),
}
# By name: the result for the value 0.25.
PLAIN_TRANSFORMS: dict[PlainTransform, float] = {"invert": 0.75}
# By suffix: a text that is {"a": {"b": [1, "x"]}}.
TEXTS: dict[SuiteFormat, str] = {
    ".yaml": "a:\n  b: [1, x]",
    ".yml": "a: {b: [1, x]}",
    ".json": '{"a": {"b": [1, "x"]}}',
    ".toml": 'a.b = [1, "x"]',
}


def _value_after(transform: object, value: float) -> float:
    entry = {"scorer": "test.constant", "transform": [transform]}
    text = json.dumps({"tasks": {"t": {"scorers": [entry]}}})
    plugin = {"constant": lambda record, options: value}
    suite = parse_suite(text, suffix=".json", registry=registry_of(test=plugin))
    return score_records(suite, [a_record("x")]).rewards[0].value


@pytest.mark.parametrize("kind", get_args(TransformKind))
def test_each_key_of_a_transform_changes_the_value(kind: TransformKind) -> None:
    """The result is that of its description in the JSON Schema."""
    setting, value = TRANSFORMS[kind]

    assert _value_after({kind: setting}, 0.5) == value


@pytest.mark.parametrize("name", get_args(PlainTransform))
def test_each_plain_transform_changes_the_value(name: PlainTransform) -> None:
    """It has no settings."""
    assert _value_after(name, 0.25) == PLAIN_TRANSFORMS[name]


def test_the_keys_of_a_transform_are_the_fields_of_its_section() -> None:
    """A field without a kind would be accepted in a suite and have no function."""
    assert get_args(TransformKind) == TransformSection.__struct_fields__


@pytest.mark.parametrize("suffix", get_args(SuiteFormat))
def test_each_format_of_a_suite_is_parsed(suffix: SuiteFormat) -> None:
    """All formats give the same plain values."""
    assert parse_text(TEXTS[suffix], "test", suffix) == {"a": {"b": [1, "x"]}}


# By verdict: whether a score of it has a value, and whether the row or the scorer is at fault.
VERDICTS: dict[Verdict, tuple[bool, bool]] = {
    Verdict.SCORED: (True, False),
    Verdict.ABSTAINED: (False, False),
    Verdict.INVALID_TASK: (False, True),
    Verdict.FAILED: (False, True),
}


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_value_or_a_fault_or_neither(verdict: Verdict) -> None:
    """A score with a value that its verdict must not have, or without one that it needs, is refused."""
    failure = FailureKind.EXCEPTION if verdict is Verdict.FAILED else None
    answers = [Score(value=value, verdict=verdict, failure=failure) for value in (1.0, None)]
    accepted = [score_from(answer) == answer for answer in answers]

    assert (verdict.has_value, verdict.is_fault) == VERDICTS[verdict]
    assert accepted == [verdict.has_value, not verdict.has_value]


# By verdict: a score of it, and the finding of `rlvr check` for a row whose reference, as the answer, gets that score.
CHECKED: dict[Verdict, tuple[Score | Exception, str]] = {
    Verdict.SCORED: (Score.of(0.0, "wrong"), "the reference itself gets 0.0: wrong"),
    Verdict.ABSTAINED: (Score.abstained("unsure"), ""),
    Verdict.INVALID_TASK: (Score.invalid_task("unreadable"), "unreadable"),
    Verdict.FAILED: (ValueError("broken"), "exception: ValueError: broken"),
}


@pytest.mark.parametrize("verdict", Verdict)
def test_check_shows_each_verdict_of_a_reference(verdict: Verdict) -> None:
    """An abstention is not a fault of the row."""
    answer, problem = CHECKED[verdict]

    @scorer(needs=("reference",), bounded=True)
    def fixed(_record: Record, _options: object) -> Score:
        if isinstance(answer, Exception):
            raise answer
        return answer

    suite = suite_of("tasks: {t: {scorers: [test.fixed]}}", test={"fixed": fixed})
    record = suite.routed(a_record("x", "y"))
    found = list(check_module._task_problems(suite, record, Remarks()))

    assert found == ([("tasks.t: test.fixed", problem)] if problem else [])


# By the value of `absent`: how `rlvr explain` describes the gate.
GATES: dict[AbsentValue, str] = {
    "veto": "at least 0.5, else the reward is 0",
    "pass": "at least 0.5, or no value, else the reward is 0",
}


@pytest.mark.parametrize("absent", get_args(AbsentValue))
def test_explain_describes_each_gate(absent: AbsentValue) -> None:
    """The description says which entries pass."""
    assert explain_module._describe_gate(Gate(at_least=0.5, floor=0.0, absent=absent)) == GATES[absent]
