"""``otherwise``: a second scorer that is asked only where the first one does not decide."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from rlvr import (
    ConfigError,
    FailureKind,
    Part,
    Record,
    Remainder,
    Score,
    Suite,
    Verdict,
    close,
    parse_suite,
    score_records,
    scorer,
)
from rlvr.cli.app import app
from rlvr.config.schema import suite_schema
from rlvr.pipeline import dispatcher_of
from rlvr.testing import a_record, registry_of, suite_of

UNDECIDED = Score(value=0.0, reason="not read", is_undecided=True, metrics={"readable": 0.0})

# What the first scorer of these tests says of a completion.
FIRST: Mapping[str, Score] = {
    "right": Score.of(1.0, "equal", readable=1.0),
    "wrong": Score.of(0.0, "not equal", readable=1.0),
    "odd": UNDECIDED,
    "no opinion": Score.abstained("none"),
    "bad row": Score.invalid_task("the reference is prose"),
}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the second scorer."""

    pays: float = 0.5


class Asked:
    """A second scorer that keeps the completions that it was asked about."""

    def __init__(self, answer: Callable[[Record], Any] | None = None, **declared: Any) -> None:
        self.completions: list[str] = []
        self._answer = answer
        self.scorer = scorer(options=Options, metrics=("tokens",), bounded=True, **declared)(self.score)

    def score(self, record: Record, options: Options) -> Any:
        self.completions.append(record.completion)
        return Score.of(options.pays, "judged", tokens=7.0) if self._answer is None else self._answer(record)


def _first(record: Record, _options: object) -> Any:
    if record.completion == "broken":
        raise RuntimeError("bug")
    return FIRST[record.completion]


FIRST_SCORER = scorer(bounded=True, metrics=("readable",), needs=("reference",))(_first)


def _suite(asked: Asked, otherwise: str = "{scorer: t.judge}", more: str = "", first: Any = FIRST_SCORER) -> Suite:
    text = f"tasks: {{m: {{scorers: [{{scorer: t.rule, name: accuracy, otherwise: {otherwise}}}]}}}}\n{more}"
    return suite_of(text, t={"rule": first, "judge": asked.scorer})


def _parts(suite: Suite, *completions: str, deadline: float | None = None) -> list[Part]:
    records = [a_record(text, "gold") for text in completions]
    return [reward.parts[0] for reward in score_records(suite, records, deadline=deadline).rewards]


def test_the_second_scorer_is_asked_where_the_first_does_not_decide() -> None:
    """It never gets a completion that the rule calls right or wrong, nor one on which the rule broke."""
    asked = Asked()
    parts = _parts(_suite(asked), *FIRST, "broken")

    assert asked.completions == ["odd", "no opinion", "bad row"]
    assert [part.score.value for part in parts] == [1.0, 0.0, 0.5, 0.5, 0.5, None]
    assert [part.scorer for part in parts] == ["t.rule", "t.rule", "t.judge", "t.judge", "t.judge", "t.rule"]
    assert parts[-1].score.failure is FailureKind.EXCEPTION


@pytest.mark.parametrize(
    ("after", "expected"),
    [("abstained", ["no opinion"]), ("invalid_task", ["bad row"]), ("undecided", ["odd"])],
)
def test_a_suite_says_in_which_cases_it_is_asked(after: str, expected: list[str]) -> None:
    """Without `undecided`, nothing that a completion does makes the suite ask it."""
    asked = Asked()
    _parts(_suite(asked, f"{{scorer: t.judge, after: [{after}]}}"), *FIRST)

    assert asked.completions == expected


def test_weights_and_metric_names_are_the_same_for_every_record() -> None:
    """The metrics are those of both scorers, and one that says whether the second was asked."""
    rewards = score_records(_suite(Asked()), [a_record(text, "gold") for text in ("right", "odd")]).rewards
    names = ["accuracy", "accuracy/readable", "accuracy/tokens", "accuracy/otherwise"]

    assert [[metric.name for metric in reward.metrics][:4] for reward in rewards] == [names, names]
    assert [[metric.value for metric in reward.metrics][:4] for reward in rewards] == [
        [1.0, 1.0, 0.0, 0.0],
        [0.5, 0.0, 7.0, 1.0],
    ]
    assert {reward.parts[0].weight for reward in rewards} == {1.0}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (Score.of(1.0), {"odd": 1.0, "no opinion": 1.0, "bad row": 1.0}),
        (
            Score.abstained("none"),
            {"odd": 0.0, "no opinion": Verdict.ABSTAINED, "bad row": Verdict.INVALID_TASK},
        ),
        (
            Score.invalid_task("no rubric"),
            {"odd": 0.0, "no opinion": Verdict.INVALID_TASK, "bad row": Verdict.INVALID_TASK},
        ),
        (
            Score.failed(FailureKind.EXCEPTION, "throttled"),
            {"odd": Verdict.FAILED, "no opinion": Verdict.FAILED, "bad row": Verdict.FAILED},
        ),
    ],
)
def test_a_second_scorer_without_an_opinion_does_not_remove_a_value(
    second: Score, expected: dict[str, float | Verdict]
) -> None:
    """Else an unreadable answer would escape its 0.0; a judge that failed is failed, and no number is made up."""
    parts = _parts(_suite(Asked(lambda _: second)), *expected)

    assert [part.score.verdict if part.score.value is None else part.score.value for part in parts] == [
        *expected.values()
    ]


def test_a_blank_completion_is_not_handed_on() -> None:
    """It earns nothing, also where the reference is one that the rule cannot read."""
    asked = Asked()
    part = _parts(_suite(asked, first=scorer(bounded=True)(lambda _r, _o: UNDECIDED)), "   ")[0]

    assert (part.score.value, asked.completions) == (0.0, [])


def test_a_row_without_what_the_first_needs_goes_to_the_second() -> None:
    """Such as rows without a reference; a row that cannot be read goes to neither."""
    asked = Asked()
    suite = _suite(asked)
    rewards = score_records(suite, [a_record("x"), msgspec.structs.replace(a_record("y"), problem="torn")]).rewards

    assert asked.completions == ["x"]
    assert [reward.verdict for reward in rewards] == [Verdict.SCORED, Verdict.INVALID_TASK]


def test_a_remainder_that_is_undecided_is_handed_on() -> None:
    """The second scorer is asked after the worker has finished the first."""
    asked = Asked()
    first = scorer(bounded=True, remainder_seconds=20.0)(lambda _r, _o: Remainder(lambda: UNDECIDED))
    suite = _suite(asked, more="workers: {count: 1}", first=msgspec.structs.replace(first, metrics=("readable",)))
    part = _parts(suite, "x")[0]
    close(suite)

    assert (part.score.value, asked.completions) == (0.5, ["x"])


@pytest.mark.parametrize("is_async", [False, True])
def test_a_costly_second_scorer_in_a_worker_runs_after_the_others(*, is_async: bool) -> None:
    """The workers get it for the records that the first scorer left open, and no others."""

    async def judge_later(_record: Record, _options: object) -> float:
        return 0.25

    judge = scorer(costly=True)(judge_later if is_async else lambda _r, _o: 0.25)
    slow = scorer(lambda _r, _o: 1.0)
    text = """
    tasks: {m: {scorers: [{scorer: t.rule, otherwise: t.judge}, t.slow]}}
    workers: {count: 1}
    """
    suite = suite_of(text, t={"rule": FIRST_SCORER, "judge": judge, "slow": slow})
    dispatcher = dispatcher_of(suite)
    supervised, calls = dispatcher._supervised, list[list[str]]()

    class Watching:
        def run(self, jobs: Any, deadline: float | None) -> Any:
            calls.append([job.entry.installed.id for job in jobs])
            return supervised().run(jobs, deadline)

    dispatcher._supervised = Watching
    rewards = score_records(suite, [a_record("odd", "gold"), a_record("wrong", "gold")]).rewards
    close(suite)

    assert [[part.score.value for part in reward.parts] for reward in rewards] == [[0.25, 1.0], [0.0, 1.0]]
    assert calls == [["t.slow", "t.slow"], ["t.judge"]]


def test_a_second_scorer_that_the_deadline_cancels_is_a_failure() -> None:
    """The first score is not taken in its place."""
    deadline = monotonic() + 0.3

    def slow(_record: Record, _options: object) -> Score:
        while monotonic() < deadline:
            pass
        return Score(value=0.0, is_undecided=True)

    part = _parts(_suite(Asked(), first=scorer(bounded=True)(slow)), "odd", deadline=deadline)[0]

    assert (part.score.failure, part.scorer) == (FailureKind.CANCELLED_DEADLINE, "t.judge")


def test_a_costly_second_scorer_is_not_called_where_the_reward_cannot_change() -> None:
    """A gate vetoes, or the condition of the entry is not met; a cheap second scorer decides before costly ones run."""
    gate, judge, other = (
        Asked(lambda record: float("safe" in record.completion)),
        Asked(costly=True),
        Asked(costly=True),
    )
    text = """
    tasks:
      m:
        scorers:
          - {scorer: t.open, name: safety, gate: 1.0, otherwise: t.gate}
          - {scorer: t.open, name: accuracy, otherwise: t.judge}
          - {scorer: t.other, when: {scorer: accuracy, at_least: 0.9}}
    """
    first = scorer(bounded=True)(lambda _r, _o: Score(value=0.0, is_undecided=True))
    scorers = {"open": first, "gate": gate.scorer, "judge": judge.scorer, "other": other.scorer}
    suite = suite_of(text, t=scorers)
    rewards = score_records(suite, [a_record("safe"), a_record("bad")]).rewards

    assert (gate.completions, judge.completions, other.completions) == (["safe", "bad"], ["safe"], [])
    assert [reward.value for reward in rewards] == [pytest.approx(0.5), 0.0]


def test_scores_of_both_scorers_are_cached() -> None:
    """Of records of a later batch, and of equal records of one batch."""
    asked = Asked(reads=("reference",))
    first = msgspec.structs.replace(FIRST_SCORER, reads=())
    suite = _suite(asked, first=first)
    once, again = _parts(suite, "odd", "odd"), _parts(suite, "odd")

    assert asked.completions == ["odd"]
    assert [part.score.value for part in (*once, *again)] == [0.5, 0.5, 0.5]
    assert [each.score.is_undecided for each in again[0].opinions] == [True, False]


def test_a_penalty_may_have_a_second_scorer() -> None:
    """Its value is subtracted as that of the first would be."""
    text = """
    tasks:
      m:
        scorers: [{scorer: t.one}, {scorer: t.rule, weight: -1, otherwise: t.judge}]
        aggregate: sum
    """
    one = scorer(bounded=True)(lambda _r, _o: 1.0)
    suite = suite_of(text, t={"one": one, "rule": FIRST_SCORER, "judge": Asked().scorer})

    assert score_records(suite, [a_record("odd", "gold")]).rewards[0].value == 0.5


def test_a_suite_with_a_second_scorer_can_be_pickled_and_counts_it_in_the_fingerprint() -> None:
    """Its options, and the cases in which it is asked, decide rewards."""
    otherwise = ["", ", otherwise: text.exact", ", otherwise: {scorer: text.exact, after: [abstained]}"]
    suites = [_installed(f"{{scorer: math.equivalent{more}}}") for more in (*otherwise, ", otherwise: text.match")]

    assert len({each.fingerprint for each in suites}) == len(suites)
    assert pickle.loads(pickle.dumps(suites[1])).fingerprint == suites[1].fingerprint  # noqa: S301  # our own


def _installed(entry: str) -> Suite:
    return parse_suite(f"tasks: {{m: {{scorers: [{entry}]}}}}")


@pytest.mark.parametrize(
    ("entry", "path", "problem"),
    [
        ("otherwise: nothing", "tasks.m.scorers[0].otherwise.scorer", "is not a scorer id"),
        ("otherwise: {scorer: t.judge, options: {pay: 1}}", "tasks.m.scorers[0].otherwise.options", "unknown field"),
        ("otherwise: {scorer: t.judge, after: []}", "tasks.m.scorers[0].otherwise.after", "length >= 1"),
        ("otherwise: {scorer: t.judge, after: [wrong]}", "tasks.m.scorers[0].otherwise.after[0]", "enum value"),
        ("otherwise: {scorer: t.judge, weight: 2}", "tasks.m.scorers[0].otherwise", "unknown field"),
        ("otherwise: t.ranks", "tasks.m.scorers[0].otherwise.scorer", "compares the completions of a prompt"),
    ],
)
def test_errors_name_the_place_in_the_second_scorer(entry: str, path: str, problem: str) -> None:
    """Weights, gates and transforms belong to the entry, whoever decides."""

    class Ranks:
        def score_group(self, records: Any, _options: object) -> list[float]:
            return [1.0] * len(records)

    with pytest.raises(ConfigError, match="inline suite") as caught:
        suite_of(
            f"tasks: {{m: {{scorers: [{{scorer: t.rule, {entry}}}]}}}}",
            t={"rule": FIRST_SCORER, "judge": Asked().scorer, "ranks": Ranks()},
        )
    assert caught.value.path.startswith(path)
    assert problem in str(caught.value)


def test_the_schema_of_suites_has_the_options_of_second_scorers() -> None:
    """An editor completes them as it does those of an entry."""
    jsonschema = pytest.importorskip("jsonschema")
    registry = registry_of(t={"rule": FIRST_SCORER, "judge": Asked().scorer})
    validator = jsonschema.Draft202012Validator(suite_schema(registry))

    def is_valid(otherwise: object) -> bool:
        return bool(validator.is_valid({"tasks": {"m": {"scorers": [{"scorer": "t.rule", "otherwise": otherwise}]}}}))

    assert is_valid("t.judge")
    assert is_valid({"scorer": "t.judge", "options": {"pays": 1.0}, "after": ["undecided"]})
    assert not is_valid({"scorer": "t.judge", "options": {"pay": 1.0}})
    assert not is_valid({"scorer": "t.other"})


SUITE = """
tasks:
  m:
    scorers:
      - {scorer: math.equivalent, name: accuracy, otherwise: {scorer: text.contains, options: {phrases: [blue]}}}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Return a suite and two records: the rule decides the first, and not the second, whose reference is prose."""
    suite, records = tmp_path / "suite.yaml", tmp_path / "records.jsonl"
    suite.write_text(SUITE)
    rows = [
        {"id": "number", "completion": "The answer is 4.", "answer": "4"},
        {"id": "prose", "completion": "It is blue.", "answer": "because the air scatters blue light, and red less"},
    ]
    records.write_text("\n".join(map(json.dumps, rows)))
    return str(suite), str(records)


def test_explain_shows_which_scorer_decided_and_why(files: tuple[str, str]) -> None:
    """Also as JSON."""
    run = CliRunner().invoke(app, ["explain", *files, "--id", "prose"])
    document = json.loads(CliRunner().invoke(app, ["explain", *files, "--id", "prose", "--json"]).stdout)
    (part,) = document["parts"]

    assert "accuracy  (text.contains)" in run.stdout
    assert "does not count  (invalid_task)" in run.stdout
    assert [(each["scorer"], each["counts"], each["verdict"]) for each in part["opinions"]] == [
        ("math.equivalent", False, "invalid_task"),
        ("text.contains", True, "scored"),
    ]


def test_check_counts_what_is_left_to_the_second_scorer(files: tuple[str, str]) -> None:
    """It is no finding: the suite says who scores such rows."""
    run = CliRunner().invoke(app, ["check", *files, "--json"])
    document = json.loads(run.stdout)

    assert (run.exit_code, document["findings"]) == (0, [])
    assert document["remarks"] == ["1 of 2 records: accuracy: math.equivalent leaves the reference to text.contains"]


def test_check_calls_no_costly_scorer() -> None:
    """A scorer that costs money is asked when records are scored."""
    asked = Asked(costly=True)
    suite = _suite(asked)
    scores = dispatcher_of(suite).dispatch([suite.routed(a_record("odd", "gold"))], calls_costly=False).scores[0]

    assert (asked.completions, scores[0].value) == ([], 0.0)


@pytest.mark.parametrize(
    ("completion", "value", "decides"),
    [
        ("The answer is \\boxed{4}.", 1.0, "math.equivalent"),
        ("The answer is \\boxed{5}.", 0.0, "math.equivalent"),
        ("I do not know.", 0.0, "math.equivalent"),
        ("blue " * 50_000, 0.0, "math.equivalent"),
        ("The answer is \\boxed{5} or blue, in a manner of speaking.", 0.0, "math.equivalent"),
        ("\\boxed{\\text{four, the blue one}}", 0.0, "math.equivalent"),
        ("\\boxed{5 @ blue}", 1.0, "text.contains"),
    ],
)
def test_garbage_does_not_bring_a_math_answer_before_the_second_scorer(
    completion: str, value: float, decides: str
) -> None:
    """Only an answer that was found and cannot be read does; words that are no mathematics are a wrong answer."""
    suite = _installed("{scorer: math.equivalent, otherwise: {scorer: text.contains, options: {phrases: [blue]}}}")
    part = _parts_of(suite, completion, "4")

    assert (part.score.value, part.scorer) == (value, decides)


@pytest.mark.parametrize(
    ("answer", "is_asked"),
    [
        ({"name": "Ann", "note": "called, and asked for a refund"}, True),
        ({"name": "Bob", "note": "called, and asked for a refund"}, False),
        ({"name": "Ann", "note": "did not want her money back"}, False),
        ({"name": "Ann", "note": "wants her money back"}, False),
        ({"name": "Ann", "note": ""}, False),
        ({"name": "Ann"}, False),
    ],
)
def test_fields_leave_free_text_to_the_second_scorer(answer: dict[str, str], *, is_asked: bool) -> None:
    """Only where everything else is right, and no number or negation tells the texts apart."""
    suite = _installed(
        "{scorer: schema.fields, options: {fields: {/note: {compare: text}}}, "
        "otherwise: {scorer: text.contains, options: {phrases: [refund]}}}"
    )
    part = _parts_of(suite, json.dumps(answer), json.dumps({"name": "Ann", "note": "wants her money back"}))

    assert (len(part.opinions) == 2) is is_asked


@pytest.mark.parametrize(
    ("calls", "is_asked"),
    [
        ([("send", {"to": "Ann", "text": "I shall come a little later"})], True),
        ([("send", {"to": "Ann", "text": "I am late"})], False),
        ([("send", {"to": "Bob", "text": "I shall come a little later"})], False),
        ([("send", {"to": "Ann", "text": "I am not late"})], False),
        ([("send", {"to": "Ann"})], False),
        ([("call", {"to": "Ann", "text": "I shall come a little later"})], False),
        ([("send", {"to": "Ann", "text": "I shall come later"})] * 2, False),
        ([], False),
    ],
)
def test_calls_leave_free_text_to_the_second_scorer(calls: list[tuple[str, Any]], *, is_asked: bool) -> None:
    """Only where the function and all other arguments are right."""
    suite = _installed(
        "{scorer: schema.tool_calls, options: {arguments: {text: {compare: text}}}, "
        "otherwise: {scorer: text.length, options: {max: 100}}}"
    )
    expected: Any = [{"name": "send", "arguments": {"to": "Ann", "text": "I am late"}}]
    given: Any = [{"name": name, "arguments": arguments} for name, arguments in calls]
    record = a_record("Done.", expected, tool_calls=given)

    assert (len(score_records(suite, [record]).rewards[0].parts[0].opinions) == 2) is is_asked


def _parts_of(suite: Suite, completion: str, reference: str) -> Part:
    return score_records(suite, [a_record(completion, reference)]).rewards[0].parts[0]
