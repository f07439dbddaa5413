"""Adapters: what each trainer calls, by the contract of the version that its module names, and what it gets back."""

import asyncio
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rlvr import ConfigError, Verdict, close, parse_suite, score_rows
from rlvr.record.marks import without_end_tokens
from rlvr_trainers import (
    art,
    eval_protocol,
    inspect_ai,
    lighteval,
    llama_factory,
    lm_eval,
    loggers,
    nemo_gym,
    nemo_rl,
    openrlhf,
    rllm,
    skyrl,
    swift,
    tinker,
    trl,
    verifiers,
    verl,
)
from rlvr_trainers.bridge import Bridge, NotScoredError
from rlvr_trainers.turns import ANSWER_MARKS, completion_start

TASK = {
    "scorers": [
        {"scorer": "text.exact", "name": "exact"},
        {"scorer": "text.length", "name": "short", "options": {"max": 2}, "weight": 0.25},
    ]
}
SUITE = {"tasks": {"capital": TASK}}
ROUTED = {"route": {"tasks": {"known": "capital"}}, "tasks": {"capital": TASK, "other": TASK}}
ASKED = [{"role": "user", "content": "Capital?"}]


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_trl_gets_numbers_and_none() -> None:
    """None where a row has no reference, which costs no neighbour; all metrics and the arithmetic are logged."""
    metrics: dict[str, float] = {}
    extra: dict[str, list[Any]] = {}
    rewarded = trl.reward(SUITE, reference="gold")

    found = rewarded(
        prompts=["Capital?"] * 3,
        completions=["Paris", "Rome", "Paris"],
        completion_ids=[[1], [2], [3]],
        trainer_state=SimpleNamespace(global_step=1),
        log_metric=metrics.__setitem__,
        log_extra=extra.__setitem__,
        environments=[object()] * 3,
        gold=["Paris", "Paris", None],
        answer=["x", "Rome", "Paris"],
    )

    assert found == [1.0, 0.2, None]
    assert metrics["exact"] == pytest.approx(1 / 3)
    assert metrics["rlvr/invalid_task"] == pytest.approx(1 / 3)
    assert len(extra["rlvr"]) == 3


@pytest.mark.parametrize("rewarded", [trl.reward(SUITE, reference="gold"), swift.orm(SUITE, reference="gold")()])
def test_a_data_set_without_the_column_of_the_reference_is_refused(rewarded: Any) -> None:
    """None for each row would leave all of them out of the training, and nobody would see it."""
    with pytest.raises(ConfigError, match="the data set has no column `gold`"):
        rewarded(completions=["4"], answer=["4"])


def test_a_suite_that_needs_no_reference_needs_no_column() -> None:
    suite = {"tasks": {"t": {"scorers": [{"scorer": "text.length", "options": {"max": 5}}]}}}

    assert trl.reward(suite)(completions=["four"]) == [1.0]


def test_trl_has_the_form_that_unsloth_and_axolotl_ask_for() -> None:
    """A name, at least two parameters, no coroutine; and it can be pickled after a batch, by its path or dict."""
    rewarded = trl.reward(SUITE)
    before = rewarded(prompts=["q"], completions=["Paris"], answer=["Paris"])
    copy = pickle.loads(pickle.dumps(rewarded))  # noqa: S301  # our own

    assert rewarded.__name__ == copy.__name__ == "rlvr"
    assert len(inspect.signature(rewarded).parameters) >= 2
    assert not inspect.iscoroutinefunction(rewarded.__call__)
    assert copy(prompts=["q"], completions=["Paris"], answer=["Paris"]) == before == [1.0]


def test_trl_components_score_a_batch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function for each entry, over one score."""
    calls: list[int] = []
    plain = Bridge.score

    def counted(self: Bridge, columns: Any, completions: Any) -> Any:
        calls.append(len(completions))
        return plain(self, columns, completions)

    monkeypatch.setattr(Bridge, "score", counted)
    exact, short = trl.components(SUITE)
    batch: dict[str, Any] = {
        "prompts": ["q", "q"],
        "completions": ["Paris", "It is Paris"],
        "answer": ["Paris", "Paris"],
    }

    assert (exact.__name__, short.__name__) == ("exact", "short")
    assert exact(**batch) == [1.0, 0.0]
    assert short(**batch) == [1.0, 0.0]
    assert calls == [2]
    assert exact(prompts=["q"], completions=["Rome"], answer=["Paris"]) == [0.0]
    assert calls == [2, 1]
    batch["completions"][0] = "Rome"  # a list that is used again
    assert exact(**batch) == [0.0, 0.0]
    assert short(**{**batch, "answer": ["Rome", "Rome"]}) == [1.0, 0.0]
    assert calls == [2, 1, 2, 2]


class _Series(list[str]):
    """A column whose elements are found by labels, as those of pandas."""

    def __getitem__(self, label: Any) -> Any:
        raise KeyError(label)


@pytest.mark.parametrize("make", [list, tuple, np.array, pa.array, _Series])
def test_columns_are_of_any_kind(make: Callable[[list[str]], Any]) -> None:
    """A series is read in order, whatever its index; without a row, there is no reward."""
    rewarded = trl.reward(SUITE)

    assert rewarded(prompts=make(["q", "q"]), completions=["Paris", "Rome"], answer=make(["Paris"] * 2)) == [1.0, 0.2]
    assert rewarded(prompts=[], completions=[], answer=[]) == []


def test_trl_takes_prompts_and_completions_by_position() -> None:
    """As its examples write reward functions: both, or the completions alone."""
    rewarded = trl.reward(SUITE)

    assert rewarded(["Paris"], ["Rome"], answer=["Paris"]) == [0.2]
    assert rewarded(["Paris"], answer=["Paris"]) == [1.0]
    with pytest.raises(TypeError, match="completions"):
        rewarded(answer=["Paris"])


def test_a_column_of_another_length_is_refused() -> None:
    """Whatever it is: rewards would belong to other rows."""
    batch: dict[str, Any] = {"completions": ["Paris", "Rome"], "answer": ["Paris"] * 2}

    for name in ("prompts", "answer", "level"):
        with pytest.raises(ValueError, match="2 completions and 1 in"):
            trl.reward(SUITE)(**{**batch, name: ["x"]})
    with pytest.raises(ValueError, match="2 completions and 3 in `solution`"):
        swift.orm(SUITE)()(batch["completions"], solution=["Paris"] * 3)


class _Ranks:
    bounded = True

    def score_group(self, records: Any, _options: object) -> list[float]:
        longest = max(len(record.completion) for record in records)
        return [float(len(record.completion) == longest) for record in records]


def test_parts_of_groups_are_never_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device with half of a group says so, and several processes must say how large groups are."""
    from rlvr.testing import suite_of

    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": _Ranks()})
    batch: dict[str, Any] = {"prompts": ["p", "p"], "completions": ["aa", "a"]}

    assert trl.reward(suite, num_generations=2)(**batch) == [1.0, 0.0]
    assert trl.reward(suite, num_generations=4)(**batch) == [None, None]
    assert verl.compute_score("s", "aa", "x", suite=suite)["g.s"] == 0.0
    assert asyncio.run(verl.compute_score_async("s", "aa", "x", suite=suite))["g.s"] == 0.0
    assert Bridge(given=suite).score_one({"prompt": "p"}, "aa").reason_class == "partial_group"
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="num_generations"):
        trl.reward(suite)


def test_ms_swift_makes_a_class_for_each_name() -> None:
    """Its log has the name of the class; a class gives numbers where None would spoil a batch."""
    batch: dict[str, Any] = {
        "solution": ["Paris", None],
        "messages": [[*ASKED, *_said("Paris")]] * 2,
        "trainer_state": SimpleNamespace(),
    }

    assert swift.orm(SUITE, name="Capital").__name__ == "Capital"
    assert swift.orm(SUITE)(args=None)(["Paris", "Paris"], **batch) == [1.0, None]
    copy = pickle.loads(pickle.dumps(swift.orm(SUITE, name="Capital", masks=False)()))  # noqa: S301  # our own
    assert (type(copy).__name__, copy(["Rome", "Paris"], **batch)) == ("Capital", [0.2, 0.2])
    assert swift.orm(SUITE, masks=False)()(["Rome", "Paris"], **batch) == [0.2, 0.2]


def test_verl_gets_the_same_keys_for_every_record() -> None:
    """Also for a source that no task is for; a score is always a number."""
    routed = verl.compute_score("known", "Paris", np.array(["Paris"], dtype=object), {"index": 1}, suite=ROUTED)
    unrouted = verl.compute_score("unknown", "Paris", "Paris", None, suite=ROUTED, reward_router_address="x")

    assert list(routed) == list(unrouted) == ["score", *parse_suite(ROUTED).metric_names]
    assert routed["score"] == 1.0
    assert (unrouted["score"], unrouted["rlvr/invalid_task"]) == (0.0, 1.0)


def test_verls_other_forms_give_the_same() -> None:
    """The batch, and the loop, which goes on while records are scored."""
    sources, texts, truths = ["known"] * 3, ["Paris", "Rome", "Paris"], ["Paris"] * 3
    batch = verl.compute_scores(sources, texts, truths, [None] * 3, suite=ROUTED)

    async def loop() -> list[dict[str, float]]:
        calls = (verl.compute_score_async("known", text, "Paris", {}, suite=ROUTED) for text in texts)
        return await asyncio.gather(*calls)

    assert asyncio.run(loop()) == batch
    assert [each["score"] for each in batch] == [1.0, 0.2, 1.0]
    with pytest.raises(ValueError, match="3 sources, 2 solutions"):
        verl.compute_scores(sources, texts[:2], truths, suite=ROUTED)


PROMPT = (
    "<|im_start|>system\nBe short, please.<|im_end|>\n<|im_start|>user\nCapital?<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.mark.parametrize(
    ("query", "prompt"),
    [
        (f"{PROMPT}Paris<|im_end|>", PROMPT),
        (f"{PROMPT[30:]}Paris<|im_end|>\n", PROMPT),  # a prompt that was too long
        (f"{PROMPT}Paris", "Capital?"),  # the template was added later
        ("Capital? Paris</s>", "Capital? "),
    ],
)
def test_openrlhfs_query_is_cut_where_the_model_begins(query: str, prompt: str) -> None:
    """Its special tokens are no part of the answer."""
    found = openrlhf.reward_func([query], [prompt], ["Paris"], suite=SUITE)

    assert found["rewards"] == found["scores"] == 1.0
    assert found["extra_logs"]["exact"] == 1.0


def test_openrlhfs_labels_may_be_rows() -> None:
    """An object, or its JSON text, has columns by which the suite may route; without a start there is no completion."""
    label = {"data_source": "known", "answer": "Paris"}
    queries, prompts = ["q Paris", "q Rome", "q Paris"], ["q "] * 3

    found = openrlhf.reward_func(queries, prompts, [label, json.dumps(label), "Paris"], suite=ROUTED)

    assert found["rewards"] == [1.0, 0.2, 0.0]
    assert found["extra_logs"]["rlvr/invalid_task"] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("query", ["Paris", None])
def test_a_query_without_a_start_costs_no_neighbour(query: Any) -> None:
    """It is a bad row, alone and among others; a raise would end the training."""
    prompts = ["a prompt of many words"] * 2

    alone = openrlhf.reward_func([query], prompts[:1], ["Paris"], suite=SUITE)
    both = openrlhf.reward_func([query, f"{prompts[0]}Paris"], prompts, ["Paris"] * 2, suite=SUITE)

    assert (alone["rewards"], alone["extra_logs"]["rlvr/invalid_task"]) == (0.0, 1.0)
    assert (both["rewards"], both["extra_logs"]["rlvr/invalid_task"]) == ([0.0, 1.0], [1.0, 0.0])


TURNS = [
    "<|im_start|>user\nCapital?<|im_end|>\n<|im_start|>assistant\n{}<|im_end|>\n",
    "<|start_header_id|>user<|end_header_id|>\n\nCapital?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
    "<bos><start_of_turn>user\nCapital?<end_of_turn>\n<start_of_turn>model\n{}<end_of_turn>\n",
    "<s>[INST] Capital? [/INST] {}</s>",
    "<｜begin▁of▁sentence｜><｜User｜>Capital?<｜Assistant｜>{}<｜end▁of▁sentence｜>",  # noqa: RUF001  # DeepSeek's own
    "[gMASK]<sop><|user|>\nCapital?<|assistant|>\n{}",
]


@pytest.mark.parametrize("turn", TURNS)
def test_the_last_turn_begins_behind_the_first_mark_in_it(turn: str) -> None:
    """Of one exchange or of several; a model that repeats the mark does not hide what it wrote before."""
    mark = next(each for each in ANSWER_MARKS if each in turn)
    once, later = turn.format("Paris"), turn.format("Rome") + turn.format("Paris")
    hides = turn.format(f"Rome {mark}Paris")

    starts = [text[completion_start(text) or 0 :] for text in (once, later)]

    assert [without_end_tokens(each).strip() for each in starts] == ["Paris", "Paris"]
    assert hides[completion_start(hides) or 0 :].strip().startswith("Rome")
    assert hides[completion_start(hides, "Capital?") or 0 :].strip().startswith("Rome")
    assert completion_start("Paris") is None


def test_openrlhf_finds_the_suite_in_the_environment(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hands over nothing else than queries, prompts and labels."""
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(SUITE))
    monkeypatch.setenv("RLVR_SUITE", str(path))

    assert openrlhf.reward_func(["q Paris"], ["q "], ["Paris"])["rewards"] == 1.0


def _trace(*turns: dict[str, str]) -> SimpleNamespace:
    metrics: dict[str, float] = {}
    nodes = [SimpleNamespace(message=SimpleNamespace(**turn), sampled=turn["role"] == "assistant") for turn in turns]
    return SimpleNamespace(root_reply=None, nodes=nodes, metrics=metrics, record_metrics=metrics.update)


def test_verifiers_raises_for_what_is_not_scored() -> None:
    """A tool's text is no answer; metrics are recorded before the raise."""
    rewarded = verifiers.reward_function(SUITE)
    task = SimpleNamespace(prompt="Capital?", answer="Paris")
    tool = {"role": "tool", "content": "Paris"}
    right, wrong = _trace(tool, *_said("Paris")), _trace(*_said("Look."), tool, *_said("Rome"))
    broken = _trace(*_said("Paris"))

    assert asyncio.run(rewarded(task, right)) == 1.0
    assert asyncio.run(rewarded(task, wrong)) == 0.2
    assert asyncio.run(rewarded(task, _trace(tool, *_said("")))) == 0.0
    with pytest.raises(NotScoredError, match="no completion"):
        asyncio.run(rewarded(task, _trace(tool)))
    assert right.metrics["exact"] == 1.0
    with pytest.raises(NotScoredError, match="no `reference`"):
        asyncio.run(rewarded(SimpleNamespace(prompt="Capital?"), broken))
    assert broken.metrics["rlvr/invalid_task"] == 1.0


def test_nemo_gym_masks_what_is_not_scored() -> None:
    """The reply is the body, with the kind of failure."""
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Paris"}]}
    body = {"responses_create_params": {"input": ASKED}, "response": {"output": [item]}}
    fine = {**body, "verifier_metadata": {"expected_answer": "Paris"}}
    silent = {**fine, "response": {"output": []}}
    lost = [{**fine, "response": each} for each in (None, {}, {"output": None}, {"output": 7})]

    assert nemo_gym.verify(fine, SUITE).items() >= {**fine, "reward": 1.0, "mask_sample": False}.items()
    assert nemo_gym.verify(silent, SUITE)["reward"] == 0.0
    assert nemo_gym.verify(silent, SUITE)["mask_sample"] is False
    assert [nemo_gym.verify(each, SUITE)["mask_sample"] for each in lost] == [True] * 4
    masked = asyncio.run(nemo_gym.verify_async(body, SUITE))
    assert (masked["mask_sample"], masked["failure_kind"]) == (True, "rlvr:invalid_task")


def test_nemo_rl_scores_the_last_turn_of_each_log() -> None:
    """Of as many logs as rows."""
    logs = [[*ASKED, *_said("Paris")], [*ASKED, *_said("Paris"), {"role": "tool", "content": "?"}, *_said("Rome")]]
    rows = [{"ground_truth": "Paris"}] * 2

    assert [reward.value for reward in nemo_rl.score_logs(logs, rows, SUITE)] == [1.0, 0.2]
    with pytest.raises(ValueError, match="2 logs, 1 metadata"):
        nemo_rl.score_logs(logs, rows[:1], SUITE)


def test_nemo_rls_environment_ends_each_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a reward for each log, its reason as the observation, and the means of the metrics."""
    _module(monkeypatch, "torch", tensor=list, ones=lambda count: [1.0] * count)
    _module(
        monkeypatch, "nemo_rl.environments.interfaces", EnvironmentInterface=object, EnvironmentReturn=SimpleNamespace
    )
    environment = nemo_rl.environment(SUITE)({"num_workers": 1})

    step = environment.step([[*ASKED, *_said("Paris")], [*ASKED, *_said("Rome")]], [{"ground_truth": "Paris"}] * 2)
    batch, metrics = environment.global_post_process_and_metrics({"a": 1})

    assert (step.rewards, step.terminateds, len(step.observations)) == ([1.0, 0.2], [1.0, 1.0], 2)
    assert (batch, metrics["exact"], tuple(metrics)) == ({"a": 1}, 0.5, parse_suite(SUITE).metric_names)


def _module(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> None:
    """Put a stub of a module of a trainer, and of its packages, where it would be imported from."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        path = ".".join(parts[:count])
        if path not in sys.modules:
            monkeypatch.setitem(sys.modules, path, ModuleType(path))
    vars(sys.modules[name]).update(content)


def test_skyrls_environment_is_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second time does nothing, and another suite under the name is refused."""
    registry: dict[str, Any] = {}

    def register(id: str, entry_point: type) -> None:  # noqa: A002  # skyrl-gym's name
        assert id not in registry
        registry[id] = entry_point

    _module(monkeypatch, "skyrl_gym.envs.registration", register=register, registry=registry)
    _module(monkeypatch, "skyrl_gym.envs.base_text_env", BaseTextEnv=object, BaseTextEnvStepOutput=dict)
    monkeypatch.setattr(skyrl, "_classes", {})
    skyrl.register("capital", SUITE)
    skyrl.register("capital", SUITE)
    with pytest.raises(ValueError, match="another environment 'capital'"):
        skyrl.register("capital", ROUTED)
    environment = registry["capital"](None, {"reward_spec": {"ground_truth": "Paris"}})
    step = environment.step("Paris")

    assert (step["reward"], step["done"]) == (1.0, True)
    assert tuple(environment.get_metrics()) == parse_suite(SUITE).metric_names


def test_rllm_gets_a_signal_for_each_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the artifact, else what the last trajectory put out."""
    _module(monkeypatch, "rllm.eval.types", EvalOutput=SimpleNamespace, Signal=SimpleNamespace)
    trajectory = SimpleNamespace(output=None, steps=[SimpleNamespace(output="Paris")])
    task = {"ground_truth": "Paris"}

    found = rllm.evaluate(task, SimpleNamespace(artifacts={"answer": "Paris"}, trajectories=[]), SUITE)

    assert (found.reward, found.is_correct) == (1.0, True)
    assert [signal.name for signal in found.signals] == list(parse_suite(SUITE).metric_names)
    assert rllm.score_episode(task, SimpleNamespace(artifacts={}, trajectories=[trajectory]), SUITE).value == 1.0
    for artifacts in ({}, {"answer": None}):
        lost = rllm.score_episode(task, SimpleNamespace(artifacts=artifacts, trajectories=[]), SUITE)
        assert lost.verdict is Verdict.INVALID_TASK
    blank = SimpleNamespace(
        artifacts={}, trajectories=[SimpleNamespace(output=None, steps=[SimpleNamespace(output="")])]
    )
    assert rllm.score_episode(task, blank, SUITE).verdict is Verdict.SCORED


def test_arts_trajectory_has_the_reward_or_the_rollout_raises() -> None:
    """A choice of the client is the model's turn."""
    message = SimpleNamespace(role="assistant", content="Paris", tool_calls=None)
    trajectory = SimpleNamespace(
        messages_and_choices=[*ASKED, SimpleNamespace(message=message)], reward=0.0, metrics={}
    )

    asyncio.run(art.score(trajectory, {"answer": "Paris"}, SUITE))

    assert trajectory.reward == trajectory.metrics["exact"] == 1.0
    with pytest.raises(NotScoredError):
        asyncio.run(art.score(trajectory, {}, SUITE))


def test_tinkers_reward_function_reads_a_history() -> None:
    """And a problem asks for the answer alone."""
    scored = tinker.reward_fn({"answer": "Paris"}, SUITE)
    reward, metrics = asyncio.run(scored([*ASKED, *_said("Rome")]))

    assert (reward, metrics["exact"]) == (0.2, 0.0)
    assert tinker.check_answer("Paris", {"answer": "Paris"}, SUITE)
    assert not tinker.check_answer("Rome", {"answer": "Paris"}, SUITE)


class _Call(SimpleNamespace):
    """A call of Tinker's history: an object of pydantic."""

    def model_dump(self) -> dict[str, Any]:
        return {"type": "function", "function": {"name": self.name, "arguments": "{}"}}


def test_calls_that_are_objects_are_read() -> None:
    """Beside turns of a user that the environment adds in an episode."""
    suite = parse_suite({"tasks": {"t": {"scorers": ["schema.tool_calls"]}}})
    scored = tinker.reward_fn({"answer": [{"name": "add", "arguments": {}}]}, suite)
    nudge = {"role": "user", "content": "You must call a tool."}
    last: Any = {"role": "assistant", "content": "", "tool_calls": [_Call(name="add")]}

    assert asyncio.run(scored([*ASKED, *_said("Hm."), nudge, last]))[0] == 1.0


class _Score(SimpleNamespace):
    """Inspect's `Score`, with what marks a sample as unscored."""

    @classmethod
    def unscored(cls, **given: Any) -> "_Score":
        return cls(value=float("nan"), **given)


def test_inspect_knows_the_metrics_before_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """And counts what is not scored."""
    declared: dict[str, Any] = {}

    def scorer(metrics: dict[str, Any], name: str) -> Callable[[Any], Any]:
        declared.update(metrics, name=name)
        return lambda build: build

    _module(monkeypatch, "inspect_ai.scorer", Score=_Score, mean=lambda: "mean", stderr=lambda: "stderr", scorer=scorer)
    scored = inspect_ai.rlvr(SUITE)

    def state(text: str) -> SimpleNamespace:
        return SimpleNamespace(metadata={}, input_text="Capital?", output=SimpleNamespace(completion=text))

    right = asyncio.run(scored(state("Paris"), ["Paris"]))
    unscored = asyncio.run(scored(state("Paris"), [""]))

    assert tuple(declared)[:-1] == tuple(right.value) == ("reward", *parse_suite(SUITE).metric_names)
    assert right.value["reward"] == 1.0
    assert unscored.value != unscored.value  # NaN
    assert unscored.metadata["verdict"] == "invalid_task"


def test_lm_eval_gets_the_names_that_the_task_declares() -> None:
    """A number for each."""
    scored = lm_eval.results_processor(SUITE, reference="answer")
    found = scored({"question": "Capital?", "answer": "Paris"}, ["Paris"])

    assert [each["metric"] for each in lm_eval.metric_list(SUITE)] == list(found)
    assert found["rlvr"] == 1.0
    assert scored({"question": "Capital?", "answer": None}, ["Paris"])["rlvr/invalid_task"] == 1.0


def test_lighteval_reads_the_gold_of_a_doc() -> None:
    """One index or several."""
    scorer = lighteval.SampleScorer(SUITE)
    doc = SimpleNamespace(query="Capital?", choices=["Rome", "Paris"], gold_index=1, specific=None)
    both = SimpleNamespace(query="Capital?", choices=["Rome", "Paris"], gold_index=np.array([0, 1]), specific={})
    wrong = SimpleNamespace(query="Capital?", choices=["Rome", "Paris"], gold_index=2, specific={})

    assert scorer.compute(doc, SimpleNamespace(text=["Paris"]))["rlvr"] == 1.0
    assert scorer(doc=doc, model_response=SimpleNamespace(text=["Paris"]))["rlvr"] == 1.0
    assert scorer.compute(doc, SimpleNamespace(text=["Rome"]))["rlvr"] == 0.2
    assert scorer.compute(both, SimpleNamespace(text=["Rome"]))["rlvr"] == 1.0
    assert scorer.compute(wrong, SimpleNamespace(text=["Rome"]))["rlvr/invalid_task"] == 1.0
    assert scorer.names == tuple(scorer.compute(doc, SimpleNamespace(text=["Paris"])))
    assert pickle.loads(pickle.dumps(scorer)).names == scorer.names  # noqa: S301  # our own


def test_lightevals_metric_has_a_number_for_each_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its mean over the corpus."""
    _module(monkeypatch, "lighteval.metrics.utils.metric_utils", SampleLevelMetricGrouping=SimpleNamespace)
    _module(monkeypatch, "lighteval.tasks.requests", SamplingMethod=SimpleNamespace(GENERATIVE="generative"))
    made = lighteval.metric(SUITE)
    doc = SimpleNamespace(query="Capital?", choices=["Paris"], gold_index=0, specific=None)

    found = made.sample_level_fn.compute(doc, SimpleNamespace(text=["Paris"]))

    assert tuple(found) == tuple(made.metric_name) == tuple(made.higher_is_better) == tuple(made.corpus_level_fn)
    assert made.corpus_level_fn["rlvr"]([found["rlvr"], 0.0]) == 0.5


def test_eval_protocol_says_which_scores_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason."""
    _module(monkeypatch, "eval_protocol.models", EvaluateResult=SimpleNamespace, MetricResult=SimpleNamespace)
    row = SimpleNamespace(messages=[*ASKED, *_said("Paris")], ground_truth="Paris")
    broken = SimpleNamespace(messages=row.messages, ground_truth=None)

    result = asyncio.run(eval_protocol.evaluate(row, SUITE)).evaluation_result
    invalid = asyncio.run(eval_protocol.evaluate(broken, SUITE)).evaluation_result

    assert (result.score, result.is_score_valid, result.metrics["exact"].score) == (1.0, True, 1.0)
    assert invalid.is_score_valid is False
    assert "no `reference`" in invalid.reason


def test_llama_factory_sends_no_reference() -> None:
    """Only scorers that need none can work."""
    short = {"tasks": {"t": {"scorers": [{"scorer": "text.length", "options": {"max": 1}}]}}}

    assert llama_factory.scores({"model": "model", "messages": ["Paris", "Paris or Rome"]}, short) == {
        "scores": [1.0, 0.0]
    }
    asked = "<|im_start|>user\nIs it Rome or Paris?<|im_end|>\n<|im_start|>assistant\nParis<|im_end|>"
    assert llama_factory.scores({"messages": [asked]}, short) == {"scores": [1.0]}
    for body in ({"messages": [{"role": "user"}]}, {}, None):
        with pytest.raises(ValueError, match="no list of texts"):
            llama_factory.scores(body, short)


def test_a_name_that_others_continue_is_no_folder_of_mlflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its store in files has a file for each name."""
    suite = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "math.equivalent", "name": "right"}]}}})
    report = score_rows(suite, [{"prompt": "q", "completion": "7", "answer": "7"}])
    close(suite)

    def store(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{step} {value}")

    _module(monkeypatch, "mlflow", log_metrics=store)
    loggers.log_to_mlflow(report, step=1)

    assert (tmp_path / "right" / "value").read_text() == (tmp_path / "right" / "answer_found").read_text() == "1 1.0"


def test_loggers_get_one_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names of the suite."""
    rows = [{"prompt": "q", "completion": text, "answer": "Paris"} for text in ("Paris", "Rome")]
    suite = parse_suite(SUITE)
    report = score_rows(suite, rows)
    close(suite)
    logged: list[tuple[str, Any]] = []
    _module(monkeypatch, "wandb", log=lambda values, step: logged.append(("wandb", values)))
    _module(monkeypatch, "mlflow", log_metrics=lambda values, step: logged.append(("mlflow", values)))
    writer: dict[str, float] = {}

    loggers.log_to_wandb(report, step=1)
    loggers.log_to_mlflow(report, step=1)
    loggers.log_to_tensorboard(
        SimpleNamespace(add_scalar=lambda name, value, step: writer.update({name: value})), report, step=1
    )

    as_files = {f"{name}/value" if name in {"exact", "short"} else name: value for name, value in writer.items()}
    assert logged == [("wandb", writer), ("mlflow", as_files)]
    assert (writer["rlvr/reward"], writer["exact"], writer["rlvr/zero_variance_share"]) == (0.6, 0.5, 0.0)


def test_no_adapter_imports_its_trainer() -> None:
    """A module of its name costs what the bridge costs."""
    folder = Path(trl.__file__).parent
    names = [path.stem for path in folder.glob("*.py") if not path.stem.startswith(("_", "conformance", "shapes"))]
    code = f"import sys; from rlvr_trainers import {', '.join(names)}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert len(names) >= 19
    assert "rlvr_trainers.verl" in done.stdout.split()
    assert not {"torch", "trl", "numpy", "sympy", "inspect_ai", "rlvr_handler", "typer"} & set(done.stdout.split())
