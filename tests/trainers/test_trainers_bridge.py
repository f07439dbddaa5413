"""The bridge: what a trainer hands over becomes the record that it means, in this process and in others."""

import asyncio
import math
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlvr import ConfigError, ScorerFaultError, Verdict, parse_suite, score_rows
from rlvr.testing import suite_of
from rlvr_trainers.batching import MOST_BATCHES, Batcher, batcher_of
from rlvr_trainers.bridge import Bridge, NotScoredError, masked_number, mean_metrics, metrics_of, scored_or_raise

EXACT = {"tasks": {"t": {"scorers": [{"scorer": "text.exact", "name": "exact"}]}}}
TOOL_LOOP = [
    {"role": "assistant", "content": "Let me look."},
    {"role": "tool", "content": "Paris"},
    {"role": "assistant", "content": ""},
]


def _value(completion: Any, /, **columns: Any) -> float | None:
    return masked_number(Bridge(given=EXACT, reference="answer").score([columns], [completion])[0])


@pytest.mark.parametrize(
    "columns",
    [
        {"model_response": "Paris"},
        {"response": "Paris", "output": "Paris", "generations": ["Paris"]},
        {"completion": "Paris"},
        {"completions": ["Paris", "Paris"]},
        {"messages": [{"role": "user", "content": "Capital?"}, {"role": "assistant", "content": "Paris"}]},
        {"query": "Capital?Paris", "prompts": ["Capital?"]},
        {"custom_id": "1", "response": {"status_code": 500, "body": {}}},
        {"doc": {"q": 1}, "model_response": {"text": ["Paris"]}},
        {"error": "ran out of disk", "status": "failed"},
    ],
)
def test_no_column_of_the_data_set_is_the_completion(columns: dict[str, Any]) -> None:
    """Whatever it is called, the trainer's own completion counts: a wrong one earns nothing, a right one all."""
    given = {"prompt": "Capital?", **columns, "answer": "Paris"}

    assert _value("Rome", **given) == 0.0
    assert _value("Paris", **given) == 1.0


def test_a_tools_text_is_never_the_answer() -> None:
    """The last turn of the model is, also if it is blank; on demand all of its turns."""
    said = [*TOOL_LOOP[:2], {"role": "assistant", "content": "Paris"}]
    every = Bridge(given=EXACT, reference="answer", turns="all")

    assert _value(TOOL_LOOP, answer="Paris") == 0.0
    assert _value(said, answer="Paris") == 1.0
    assert every.record({}, TOOL_LOOP).completion == "Let me look.\n"
    assert every.record({}, said).completion == "Let me look.\nParis"
    assert every.record({}, "Paris").completion == "Paris"


@pytest.mark.parametrize(
    "reference",
    [np.array(["7"]), np.array(["7"], dtype=object), np.int64(7), np.str_("7"), {"target": np.array(["7"])}, ["7"]],
)
def test_numpy_references_are_read(reference: Any) -> None:
    """Tables and verl hand them over, also inside of other values."""
    assert _value("7", answer=reference) == 1.0
    assert _value("8", answer=reference) == 0.0


def test_numpy_values_deep_inside_of_a_row_cost_no_neighbour() -> None:
    """An empty array as the target once raised out of the whole batch."""
    rows = [
        {"prompt": "q", "completion": "7", "answer": {"target": np.array([])}},
        {"prompt": "q", "completion": "7", "answer": "7", "extra_info": {"deep": [{"x": np.arange(2)}]}},
    ]
    suite = parse_suite(EXACT)

    broken, fine = score_rows(suite, rows).rewards

    assert broken.verdict is Verdict.INVALID_TASK
    assert fine.value == 1.0
    assert suite.routed(Bridge(given=suite).record(rows[1], "7")).metadata["deep"] == [{"x": [0, 1]}]


@pytest.mark.parametrize(
    "completion", [None, float("nan"), np.float64("nan"), [], [{"role": "tool", "content": "Paris"}]]
)
def test_no_completion_is_a_bad_row(completion: Any) -> None:
    """A model that wrote nothing has a blank one; only a trainer can hand over none."""
    blank = [{"role": "assistant", "content": None}]

    assert _value(completion, answer="Paris") is None
    assert _value("", answer="Paris") == _value(blank, answer="Paris") == 0.0


@pytest.mark.parametrize("end", ["<|im_end|>", "</s>", "<end_of_turn>\n", "<|eot_id|><|endoftext|>"])
def test_tokens_that_end_a_turn_are_no_part_of_the_answer(end: str) -> None:
    """OpenRLHF decodes with them."""
    assert _value(f"Paris{end}", answer="Paris") == 1.0


def test_rows_of_all_tasks_and_of_none_have_the_same_keys() -> None:
    """Trainers take their columns from the first record, so the names are those of the suite."""
    scorers = [{"scorer": "text.length", "options": {"max": 3}}]
    bridge = Bridge(given={"tasks": {"a": EXACT["tasks"]["t"], "b": {"scorers": scorers}}})
    columns = [{"data_source": name, "answer": "x"} for name in ("unknown", "a", "b")]

    unrouted, a, b = bridge.score(columns, ["x", "x", "x"])

    assert tuple(metrics_of(unrouted)) == tuple(metrics_of(a)) == tuple(metrics_of(b)) == bridge.metric_names
    assert masked_number(unrouted) is None
    with pytest.raises(NotScoredError, match="invalid_task"):
        scored_or_raise(unrouted)
    assert pickle.loads(pickle.dumps(NotScoredError(unrouted))).reward.verdict is Verdict.INVALID_TASK  # noqa: S301
    means = mean_metrics([unrouted, a, b])
    assert means["exact"] == 1.0
    assert means["rlvr/invalid_task"] == pytest.approx(1 / 3)


def test_names_that_trainers_use_are_refused() -> None:
    """In core, or for all trainers in the bridge."""
    for name in ("reward", "score", "acc", "uid", "rewards"):
        with pytest.raises(ConfigError, match=name):
            Bridge(given={"tasks": {"t": {"scorers": [{"scorer": "text.exact", "name": name}]}}})


def test_the_suite_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a trainer loads a function by its name and hands over nothing."""
    monkeypatch.delenv("RLVR_SUITE", raising=False)
    with pytest.raises(ConfigError, match="RLVR_SUITE"):
        Bridge()
    path = tmp_path / "suite.json"
    path.write_text('{"tasks": {"t": {"scorers": [{"scorer": "text.exact"}]}}}')
    monkeypatch.setenv("RLVR_SUITE", str(path))

    assert Bridge().metric_names[0] == "text.exact"
    assert Bridge().suite is Bridge(given=path).suite  # loaded once


_CHILD = """
import pickle, sys
reward = pickle.load(sys.stdin.buffer)([{"answer": "Paris"}], ["Paris"])[0]
print(reward.value, reward.fingerprint)
"""


def test_a_bridge_goes_to_a_spawned_process_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first batch too, and from a relative path."""
    (tmp_path / "suite.json").write_text('{"tasks": {"t": {"scorers": [{"scorer": "text.exact"}]}}}')
    monkeypatch.chdir(tmp_path)
    bridge = Bridge(given="suite.json")
    reward = bridge.score([{"answer": "Paris"}], ["Paris"])[0]
    sent = pickle.dumps(bridge.score)

    there = subprocess.run([sys.executable, "-c", _CHILD], input=sent, capture_output=True, check=True, cwd="/")

    assert len(sent) < 1_000
    assert there.stdout.decode().split() == ["1.0", reward.fingerprint]


def test_lengths_that_differ_are_refused() -> None:
    """Else trainers spread the rewards over the wrong completions."""
    with pytest.raises(ValueError, match="1 columns, 2 completions"):
        Bridge(given=EXACT).score([{}], ["a", "b"])


def test_callers_of_one_record_share_batches() -> None:
    """Each gets its own rewards, and what waits while a batch runs is the next one."""
    suite = parse_suite(EXACT)
    bridge = Bridge(given=suite, reference="answer")
    rows = [({"answer": str(number % 3)}, str(number % 2)) for number in range(64)]

    async def gather() -> list[float]:
        rewards = await asyncio.gather(*(bridge.score_one_async(*row) for row in rows))
        return [reward.value for reward in rewards]

    expected = [reward.value for reward in bridge.score(*map(list, zip(*rows, strict=True)))]

    assert asyncio.run(gather()) == expected
    assert batcher_of(suite).batches == 1
    assert [bridge.score_one(*row).value for row in rows[:5]] == expected[:5]


def test_a_raise_of_one_caller_is_only_his() -> None:
    """``on_error: raise`` stops the caller whose record has the fault."""
    task = {"scorers": [{"scorer": "text.exact"}], "on_error": "raise"}
    suite = parse_suite({"tasks": {"t": task}})
    bridge, batcher = Bridge(given=suite), Batcher()
    batcher._running, batcher._since = 1, math.inf  # so that all three wait
    futures = [batcher.submit(suite, [bridge.record(row, "x")]) for row in ({"answer": "x"}, {}, {"answer": "x"})]
    assert batcher.batches == 0
    batcher._running, batcher._since = MOST_BATCHES, -math.inf  # each of them slow
    batcher._start_if_free()
    assert batcher.batches == 0
    batcher._drain()

    assert [future.exception() is None for future in futures] == [True, False, True]
    assert isinstance(futures[1].exception(), ScorerFaultError)


def test_batches_share_a_thread() -> None:
    """Which ends if nothing comes; calls that come one after the other start no new one."""
    suite = parse_suite(EXACT)
    bridge, batcher = Bridge(given=suite), Batcher()
    names = set()
    for _ in range(20):
        found = batcher.submit(suite, [bridge.record({"answer": "x"}, "x")])
        found.result(10)
        names |= {thread.ident for thread in threading.enumerate() if thread.name == "rlvr-batcher"}

    assert batcher.batches == 20
    assert len(names) <= 3  # one that has not yet begun to wait is joined by another


class _Waits:
    """A scorer that waits for a word on one of its completions."""

    bounded = True

    def __init__(self) -> None:
        self.word = threading.Event()

    def score(self, record: Any, _options: object) -> float:
        return float(record.completion != "slow" or self.word.wait(60))


def test_a_slow_record_of_one_caller_holds_up_nobody_else() -> None:
    """Who hands over a record meanwhile has its reward before the slow one, by each way to call."""
    waits = _Waits()
    suite = suite_of("{cache: false, tasks: {t: {scorers: [g.s]}}}", g={"s": waits})
    bridge, batcher = Bridge(given=suite), Batcher()
    try:
        slow = batcher.submit(suite, [bridge.record({}, "slow")])
        fast = batcher.submit(suite, [bridge.record({}, "fast")])
        found = fast.result(30)[0].value, batcher.score(suite, [bridge.record({}, "x")])[0].value, slow.done()
    finally:
        waits.word.set()

    assert found == (1.0, 1.0, False)
    assert slow.result(30)[0].value == 1.0


def test_a_fork_begins_with_nothing_waiting() -> None:
    """It has no thread that would score what the parent's callers wait for."""
    batcher = batcher_of(parse_suite(EXACT))
    batcher._running = 1

    if (child := os.fork()) == 0:
        os._exit(batcher._running)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
