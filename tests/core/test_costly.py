"""Costly scorers run last, and only on records whose reward they can still change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from rlvr import Record, Score, Scorer, close, score_records, scorer
from rlvr.errors import PluginError
from rlvr.plugins import scorer_from
from rlvr.testing import a_record, suite_of


def _value_of(name: str) -> Any:
    """Return a scorer that reads its value from the record."""
    return lambda record, _options: float(record.metadata[name])


class Calls:
    """Plugins whose scorers pay what the record says, and the calls of the costly ones."""

    def __init__(self, names: str, *, costly: bool = True) -> None:
        self.made: list[str] = []
        self.scorers = {name: self._scorer(name, costly=costly and name.startswith("judge")) for name in names.split()}

    def _scorer(self, name: str, *, costly: bool) -> Scorer:
        def score(record: Record, _options: object) -> float:
            if costly:
                self.made.append(name)
            return float(record.metadata[name])

        return scorer(bounded=True, costly=costly, reads=("metadata",))(score)


def _reward(text: str, calls: Calls, **values: Any) -> Any:
    return score_records(suite_of(text, p=calls.scorers), [a_record("x", **values)]).rewards[0]


WHEN = "tasks: {t: {scorers: [{scorer: p.rule, name: rule}, {scorer: p.judge, name: judge, when: rule}]}}"
GATE = "tasks: {t: {scorers: [{scorer: p.rule, name: rule, gate: 1.0}, {scorer: p.judge, name: judge}]}}"
GATE_BELOW = "tasks: {t: {scorers: [{scorer: p.judge, name: judge}, {scorer: p.rule, name: rule, gate: 1.0}]}}"


@pytest.mark.parametrize(("suite", "why"), [(WHEN, "rule is below 1"), (GATE, "`rule` vetoes"), (GATE_BELOW, "`rule`")])
def test_a_costly_scorer_is_not_called_where_it_cannot_change_the_reward(suite: str, why: str) -> None:
    """Its score is 0.0 and says why; where the rule is satisfied, it is called."""
    calls = Calls("rule judge")
    reward = _reward(suite, calls, rule=0.5, judge=1.0)
    part = next(part for part in reward.parts if part.name == "judge")

    assert calls.made == []
    assert (part.value, part.score.reason[:9], part.score.reason_class) == (0.0, "not run: ", "not_run")
    assert why in part.score.reason
    _reward(suite, calls, rule=1.0, judge=1.0)
    assert calls.made == ["judge"]


def test_a_gate_is_called_if_the_veto_below_it_has_another_floor() -> None:
    """The first veto gives the floor."""
    suite = (
        "tasks: {t: {scorers: [{scorer: p.judge, name: judge, gate: {at_least: 1.0, floor: 0.3}}, "
        "{scorer: p.rule, name: rule, gate: 1.0}]}}"
    )
    calls = Calls("rule judge")

    assert _reward(suite, calls, rule=0.0, judge=0.0).value == 0.3
    assert _reward(suite, calls, rule=0.0, judge=1.0).value == 0.0
    assert calls.made == ["judge", "judge"]


def test_costly_scorers_wait_for_the_costly_ones_that_their_conditions_name() -> None:
    """A small model is asked first, and the large one only where the small one is satisfied."""
    suite = (
        "tasks: {t: {scorers: [{scorer: p.rule, name: rule}, {scorer: p.judge_small, name: small, when: rule}, "
        "{scorer: p.judge_large, name: large, when: {scorer: small, at_least: 0.5}}]}}"
    )
    for rule, small, made in ((0.0, 1.0, []), (1.0, 0.0, ["judge_small"]), (1.0, 0.5, ["judge_small", "judge_large"])):
        calls = Calls("rule judge_small judge_large")
        _reward(suite, calls, rule=rule, judge_small=small, judge_large=1.0)
        assert calls.made == made


def _random_suite(random_: random.Random) -> str:
    entries = []
    names: list[str] = []
    for name in random_.sample(["a", "b", "judge_c", "judge_d", "judge_e"], 5):
        more = ""
        if random_.random() < 0.4:
            more += f", gate: {{at_least: 0.5, floor: {random_.choice([0.0, 0.1, 0.2])}}}"
        if names and random_.random() < 0.5:
            more += f", when: {{scorer: {random_.choice(names)}, at_least: 0.5}}"
        if random_.random() < 0.2:
            more += ", transform: [invert]"
        entries.append(f"{{scorer: p.{name}, name: {name}{more}}}")
        names.append(name)
    method = random_.choice(["mean", "sum", "min", "max", "product", "{formula: a + judge_c - b * judge_d}"])
    return f"tasks: {{t: {{scorers: [{', '.join(entries)}], aggregate: {method}}}}}"


@pytest.mark.each("seed", range(12))
def test_rewards_are_those_of_running_every_scorer(seed: int) -> None:
    """Over suites of gates, conditions and transforms in every order."""
    suite = _random_suite(random.Random(seed))  # noqa: S311  # draws a suite
    names = "a b judge_c judge_d judge_e"
    costly, plain = Calls(names), Calls(names, costly=False)
    records = [
        a_record(f"x{number}", **dict[str, Any](zip(names.split(), values, strict=True)))
        for number, values in enumerate(product((0.0, 1.0), repeat=5))
    ]
    found = [reward.value for reward in score_records(suite_of(suite, p=costly.scorers), records).rewards]

    assert found == [reward.value for reward in score_records(suite_of(suite, p=plain.scorers), records).rewards]
    assert len(costly.made) < len(records) * 3


@pytest.fixture
def supervised() -> Iterator[Any]:
    async def score(_record: Record, _options: object) -> float:
        return 1.0

    suite = suite_of(WHEN, p={"rule": scorer(bounded=True, reads=("metadata",))(_value_of("rule")), "judge": scorer(
        costly=True, reads=()
    )(score)})  # fmt: skip
    yield suite
    close(suite)


def test_no_worker_starts_for_costly_scorers_that_are_not_called(supervised: Any) -> None:
    """An async one runs in a worker, with the cache and the repeated records of the batch."""
    score_records(supervised, [a_record("x", rule=0.0), a_record("y", rule=0.0)])
    assert not supervised.has_resource("workers")
    report = score_records(supervised, [a_record("x", rule=0.0), *[a_record("y", rule=1.0)] * 3])

    assert [reward.parts[1].value for reward in report.rewards] == [0.0, 1.0, 1.0, 1.0]
    assert report.cache_known > 0


@pytest.mark.parametrize(
    "given",
    [
        Scorer(score=lambda _r, _o: 1.0, costly="yes"),  # type: ignore[arg-type]
        Scorer(score_group=lambda _r, _o: [1.0], costly=True),
    ],
)
def test_wrong_declarations_are_refused(given: Scorer) -> None:
    """A scorer of groups needs all records of the group."""
    with pytest.raises(TypeError, match="`costly` is"):
        scorer_from(given)


def test_costly_may_depend_on_the_options() -> None:
    """A function that raises is a broken suite."""

    def broken(_options: object) -> bool:
        raise ValueError("no")

    def score(_record: Record, _options: object) -> Score:
        return Score.of(1.0)

    suite = suite_of(
        GATE, p={"rule": scorer(score), "judge": scorer(costly=lambda options: options is not None)(score)}
    )
    assert [entry.is_costly for entry in suite.entries] == [False, True]
    with pytest.raises(Exception, match="`costly` raised ValueError") as caught:
        suite_of(GATE, p={"rule": scorer(score), "judge": scorer(costly=broken)(score)})
    assert not isinstance(caught.value, PluginError)
