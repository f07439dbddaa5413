"""Shapes: how each trainer, the handler and the service hand over the parts of a record.

Each shape uses objects with the trainer's fields; no trainer needs to be installed.
A text shape cannot carry tool calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

from rlvr import Record, Suite
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings
from rlvr_trainers import (
    art,
    eval_protocol,
    lighteval,
    llama_factory,
    lm_eval,
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
from rlvr_trainers import inspect_ai as inspect_adapter
from rlvr_trainers.bridge import Bridge, NotScoredError
from rlvr_trainers.serving.asking import ask_all
from rlvr_trainers.serving.service import Service

Value: TypeAlias = float | None
"""A reward; None where the trainer gets none."""


class Sample(NamedTuple):
    """The parts of a record, as a trainer has them.

    Attributes:
        completion: The text.
        turns: The completion as messages.
        prompt: The conversation before it.
        question: The text of the last turn of the prompt; "" without a prompt.
        reference: The reference.
        columns: All other columns.
        is_text: Whether the text is the whole completion.
    """

    completion: str
    turns: list[dict[str, Any]]
    prompt: list[dict[str, Any]]
    question: str
    reference: Any
    columns: dict[str, Any]
    is_text: bool


class Shape(NamedTuple):
    """One way to hand over samples.

    Attributes:
        name: Its name.
        module: The module of the trainer.
        score: Scores samples; a reward each.
        takes_turns: Whether it can hand over messages with tool calls.
        by_one: Whether it hands over one sample a call, so that groups cannot be compared.
        masks: Whether the trainer gets None for what could not be scored.
        takes_reference: Whether it hands over a reference.
    """

    name: str
    module: str
    score: Callable[[Suite, Sequence[Sample]], Sequence[Value]]
    takes_turns: bool = False
    by_one: bool = True
    masks: bool = False
    takes_reference: bool = True


def sample_of(record: Record) -> Sample:
    """Return the parts of a record."""
    prompt = [_turn(turn.role, turn.content, turn.tool_calls) for turn in record.prompt]
    answer = _turn("assistant", record.completion, record.tool_calls)
    if record.typed_reasoning:
        answer["reasoning_content"] = record.typed_reasoning
    return Sample(
        completion=record.completion,
        turns=[answer],
        prompt=prompt,
        question=record.prompt[-1].content if record.prompt else "",
        reference=record.reference,
        columns=dict(record.metadata),
        is_text=not record.tool_calls and not record.typed_reasoning,
    )


def _turn(role: str, content: str, calls: Sequence[Any]) -> dict[str, Any]:
    return {"role": role, "content": content, **({"tool_calls": list(calls)} if calls else {})}


def _columns(sample: Sample, **more: Any) -> dict[str, Any]:
    return {**sample.columns, **more}


def _as_lists(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}


def _by_trl(suite: Suite, samples: Sequence[Sample], *, is_chat: bool) -> list[Value]:
    columns = _as_lists([_columns(sample, answer=sample.reference) for sample in samples])
    columns.pop("prompt", None)
    columns.pop("completion", None)
    prompts = [sample.prompt for sample in samples]
    completions = [sample.turns if is_chat else sample.completion for sample in samples]
    return list(trl.reward(suite)(prompts=prompts, completions=completions, completion_ids=[], **columns))


def _by_trl_tools(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    """Hand over loops in which a tool's text is the reference."""
    before = [[_turn("assistant", "Let me look.", ()), _turn("tool", str(sample.reference), ())] for sample in samples]
    loops = [sample._replace(turns=[*turns, *sample.turns]) for sample, turns in zip(samples, before, strict=True)]
    return _by_trl(suite, loops, is_chat=True)


def _by_swift(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    columns = [
        _columns(sample, solution=sample.reference, messages=[*sample.prompt, *sample.turns]) for sample in samples
    ]
    scorer = swift.orm(suite)(args=None)
    return list(scorer([sample.completion for sample in samples], **_as_lists(columns)))


def _verl_parts(sample: Sample) -> tuple[Any, str, Any, dict[str, Any]]:
    extra = {name: value for name, value in sample.columns.items() if name != "data_source"}
    if sample.question:
        extra["question"] = sample.question
    return sample.columns.get("data_source"), sample.completion, sample.reference, extra


def _by_verl(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return [verl.compute_score(*_verl_parts(sample), suite=suite)["score"] for sample in samples]


def _by_verl_loop(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    async def score_all() -> list[dict[str, float]]:
        return await asyncio.gather(
            *(verl.compute_score_async(*_verl_parts(sample), suite=suite) for sample in samples)
        )

    return [result["score"] for result in asyncio.run(score_all())]


def _by_verl_batch(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    sources, texts, references, extras = zip(*map(_verl_parts, samples), strict=True)
    results = verl.compute_scores(sources, texts, references, extras, suite=suite)
    return [result["score"] for result in results]


def _by_openrlhf(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    parts = map(_openrlhf_parts, samples)
    return [openrlhf.reward_func([query], [prompt], [label], suite=suite)["rewards"] for query, prompt, label in parts]


def _openrlhf_parts(sample: Sample) -> tuple[str, str, str]:
    prompt = f"<|im_start|>user\n{sample.question}<|im_end|>\n<|im_start|>assistant\n"
    label = json.dumps(_columns(sample, label=sample.reference), default=str)
    return f"{prompt}{sample.completion}<|im_end|>\n", prompt, label


def _by_verifiers(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    rewarded = verifiers.reward_function(suite)

    async def score_one(sample: Sample) -> Value:
        task = SimpleNamespace(**_columns(sample, answer=sample.reference, prompt=sample.prompt))
        nodes = [SimpleNamespace(message=SimpleNamespace(**turn), sampled=True) for turn in sample.turns]
        trace = SimpleNamespace(root_reply=None, nodes=nodes, record_metrics=lambda _metrics: None)
        return await _or_none(rewarded(task, trace))

    return _gather(score_one, samples)


async def _or_none(rewarded: Any) -> Value:
    try:
        return float(await rewarded)
    except NotScoredError:
        return None


def _gather(score_one: Callable[[Sample], Any], samples: Sequence[Sample]) -> list[Value]:
    async def score_all() -> list[Value]:
        return list(await asyncio.gather(*map(score_one, samples)))

    return asyncio.run(score_all())


def _calls_in(sample: Sample) -> list[tuple[str, Any]]:
    """Return the name and the arguments of each call of the completion."""
    given = [call.get("function", call) for turn in sample.turns[-1:] for call in turn.get("tool_calls", ())]
    arguments = [call.get("arguments", {}) for call in given]
    return [
        (call["name"], json.loads(each) if isinstance(each, str) else each)
        for call, each in zip(given, arguments, strict=True)
    ]


def _by_nemo_gym(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return [_unmasked(nemo_gym.verify(_gym_body(sample), suite)) for sample in samples]


def _gym_body(sample: Sample) -> dict[str, Any]:
    reasoning = [turn["reasoning_content"] for turn in sample.turns[-1:] if "reasoning_content" in turn]
    items: list[dict[str, Any]] = [
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": text}]} for text in reasoning
    ]
    if sample.completion or not _calls_in(sample):
        content = [{"type": "output_text", "text": sample.completion}]
        items.append({"type": "message", "role": "assistant", "content": content})
    items += [
        {"type": "function_call", "call_id": str(place), "name": name, "arguments": json.dumps(arguments)}
        for place, (name, arguments) in enumerate(_calls_in(sample))
    ]
    return _columns(
        sample,
        responses_create_params={"input": sample.prompt},
        response={"output": items},
        expected_answer=sample.reference,
    )


def _unmasked(reply: Mapping[str, Any]) -> Value:
    return None if reply["mask_sample"] else reply["reward"]


def _by_nemo_rl(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    logs = [[*sample.prompt, *sample.turns] for sample in samples]
    rows = [_columns(sample, ground_truth=sample.reference) for sample in samples]
    return [reward.value for reward in nemo_rl.score_logs(logs, rows, suite)]


def _by_skyrl(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return [
        skyrl.score_action(
            sample.completion,
            _columns(sample, reward_spec={"ground_truth": sample.reference}, prompt=sample.prompt),
            suite,
        ).value
        for sample in samples
    ]


def _by_rllm(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return [
        rllm.score_episode(
            _columns(sample, ground_truth=sample.reference, question=sample.question),
            SimpleNamespace(artifacts={"answer": sample.completion}, trajectories=[]),
            suite,
        ).value
        for sample in samples
    ]


def _by_art(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    async def score_one(sample: Sample) -> Value:
        trajectory = SimpleNamespace(messages_and_choices=[*sample.prompt, *sample.turns], reward=0.0, metrics={})
        try:
            await art.score(trajectory, _columns(sample, ground_truth=sample.reference), suite)
        except NotScoredError:
            return None
        return float(trajectory.reward)

    return _gather(score_one, samples)


def _by_tinker(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    async def score_one(sample: Sample) -> Value:
        scored = tinker.reward_fn(_columns(sample, ground_truth=sample.reference), suite)
        return (await scored([*sample.prompt, *sample.turns]))[0]

    return _gather(score_one, samples)


def _by_inspect(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    bridge = Bridge(given=suite, prompt="input", reference="target")

    async def score_one(sample: Sample) -> Value:
        calls = [SimpleNamespace(function=name, arguments=arguments) for name, arguments in _calls_in(sample)]
        output = SimpleNamespace(completion=sample.completion, message=SimpleNamespace(tool_calls=calls))
        state = SimpleNamespace(metadata=sample.columns, input_text=sample.question, output=output)
        target = sample.reference if isinstance(sample.reference, list) else [sample.reference]
        return (await inspect_adapter.score_state(bridge, state, target)).value

    return _gather(score_one, samples)


def _by_lm_eval(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    scored = lm_eval.results_processor(suite, "answer")
    return [
        scored(_columns(sample, answer=sample.reference, question=sample.question), [sample.completion])["rlvr"]
        for sample in samples
    ]


def _by_lighteval(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    scorer = lighteval.SampleScorer(suite)
    return [
        scorer.compute(
            SimpleNamespace(
                query=sample.question, choices=[sample.reference], gold_index=0, specific=dict(sample.columns)
            ),
            SimpleNamespace(text=[sample.completion]),
        )["rlvr"]
        for sample in samples
    ]


def _by_eval_protocol(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    async def score_one(sample: Sample) -> Value:
        row = SimpleNamespace(
            messages=[*sample.prompt, *sample.turns],
            ground_truth=sample.reference,
            input_metadata=SimpleNamespace(dataset_info=sample.columns),
        )
        return (await eval_protocol.score_row(row, suite)).value

    return _gather(score_one, samples)


def _by_llama_factory(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    body = {"model": "model", "messages": [sample.completion for sample in samples]}
    return list(llama_factory.scores(body, suite)["scores"])


def _by_handler(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    handle = make_handler(suite, Settings(log="batch"))
    with contextlib.redirect_stdout(io.StringIO()):  # its log
        return [each["aggregate_reward_score"] for each in handle(_event(samples), None)] if samples else []


def _event(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(number),
            "messages": [*sample.prompt, *sample.turns],
            "metadata": _columns(sample, reference_answer=sample.reference),
        }
        for number, sample in enumerate(samples)
    ]


def _ask(suite: Suite, route: str, bodies: Sequence[Any]) -> list[Any]:
    return ask_all(Service(suite, settings=Settings(log="none")), route, bodies)


def _by_service(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return [each["reward"] for each in _ask(suite, "/score", [{"rows": _event(samples)}])[0]["rewards"]]


def _by_service_lambda(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    with contextlib.redirect_stdout(io.StringIO()):  # the log of the handler
        return [each["aggregate_reward_score"] for each in _ask(suite, "/lambda", [_event(samples)])[0]]


def _by_service_openrlhf(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    parts = map(_openrlhf_parts, samples)
    bodies = [{"query": [query], "prompts": [prompt], "labels": [label]} for query, prompt, label in parts]
    return [reply["rewards"] for reply in _ask(suite, "/openrlhf", bodies)]


def _by_service_gym(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    return list(map(_unmasked, _ask(suite, "/verify", list(map(_gym_body, samples)))))


def _by_service_openai(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    bodies = [
        {
            "item": _columns(sample, prompt=sample.prompt, reference_answer=sample.reference),
            "sample": {"output_text": sample.completion, "choices": [{"message": sample.turns[-1]}]},
        }
        for sample in samples
    ]
    return [reply["reward"] for reply in _ask(suite, "/openai", bodies)]


def _by_service_google(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    bodies = [
        {
            "example": {
                "contents": [{"role": "user", "parts": [{"text": sample.question}]}],
                "references": _columns(sample, reference_answer=sample.reference),
            },
            "response": sample.completion,
        }
        for sample in samples
    ]
    return [reply["reward"] for reply in _ask(suite, "/google", bodies)]


def _by_service_llama_factory(suite: Suite, samples: Sequence[Sample]) -> list[Value]:
    bodies = [{"model": "model", "messages": [sample.completion]} for sample in samples]
    return [reply["scores"][0] for reply in _ask(suite, "/llama_factory", bodies)]


SHAPES = (
    Shape("trl", "trl", lambda suite, samples: _by_trl(suite, samples, is_chat=False), by_one=False, masks=True),
    Shape(
        "trl (chat)",
        "trl",
        lambda suite, samples: _by_trl(suite, samples, is_chat=True),
        takes_turns=True,
        by_one=False,
        masks=True,
    ),
    Shape("trl (tools)", "trl", _by_trl_tools, takes_turns=True, by_one=False, masks=True),
    Shape("ms-swift", "swift", _by_swift, by_one=False, masks=True),
    Shape("verl", "verl", _by_verl),
    Shape("verl (reward loop)", "verl", _by_verl_loop),
    Shape("verl (batch)", "verl", _by_verl_batch, by_one=False),
    Shape("openrlhf", "openrlhf", _by_openrlhf),
    Shape("verifiers", "verifiers", _by_verifiers, takes_turns=True, masks=True),
    Shape("nemo_gym", "nemo_gym", _by_nemo_gym, takes_turns=True, masks=True),
    Shape("nemo_rl", "nemo_rl", _by_nemo_rl, takes_turns=True, by_one=False),
    Shape("skyrl", "skyrl_gym", _by_skyrl),
    Shape("rllm", "rllm", _by_rllm),
    Shape("art", "art", _by_art, takes_turns=True, masks=True),
    Shape("tinker", "tinker_cookbook", _by_tinker, takes_turns=True),
    Shape("inspect_ai", "inspect_ai", _by_inspect, takes_turns=True),
    Shape("lm_eval", "lm_eval", _by_lm_eval),
    Shape("lighteval", "lighteval", _by_lighteval),
    Shape("eval_protocol", "eval_protocol", _by_eval_protocol, takes_turns=True),
    Shape("llama_factory", "llamafactory", _by_llama_factory, by_one=False, takes_reference=False),
    Shape("handler", "rlvr_handler", _by_handler, takes_turns=True, by_one=False),
    Shape("service /score", "rlvr_trainers", _by_service, takes_turns=True, by_one=False),
    Shape("service /openrlhf", "rlvr_trainers", _by_service_openrlhf),
    Shape("service /verify", "rlvr_trainers", _by_service_gym, takes_turns=True, masks=True),
    Shape("service /openai", "rlvr_trainers", _by_service_openai, takes_turns=True),
    Shape("service /google", "rlvr_trainers", _by_service_google),
    Shape("service /lambda", "rlvr_trainers", _by_service_lambda, takes_turns=True, by_one=False),
    Shape("service /llama_factory", "rlvr_trainers", _by_service_llama_factory, takes_reference=False),
)
