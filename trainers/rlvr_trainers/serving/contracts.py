"""The contracts of trainers and platforms: how each asks for rewards, and what it reads of the reply.

A contract is a pair of functions: one makes records of a body, the other makes the reply of the body and the rewards,
one per record. A record that cannot be scored has the number of its task's ``on_error``, and the reply says why where
the contract has a place for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rlvr import Record, Reward, Suite, Verdict, record_from
from rlvr.report import columns_of
from rlvr_trainers import llama_factory, nemo_gym, openrlhf
from rlvr_trainers.bridge import Bridge, metrics_of
from rlvr_trainers.serving.bodies import RefusedError

# More rows are a mistake, or an attempt to fill the memory: a row can be two bytes.
ROWS_LIMIT = 10_000


class Contract(NamedTuple):
    """How one caller asks for rewards.

    Attributes:
        read: Makes records of a suite and a body.
        reply: Makes the reply of the body and the rewards.
    """

    read: Callable[[Suite, Any], list[Record]]
    reply: Callable[[Any, Sequence[Reward]], Any]


def rows_of(body: Any) -> list[Any]:
    """Return the rows of a body of ``/score``: those of ``rows``, or the body itself if it is a list.

    Raises:
        RefusedError: There are none, or too many.
    """
    rows = body.get("rows") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise RefusedError(422, "the body has no list `rows`", 'send {"rows": [{"completion": "…", "answer": "…"}]}')
    return checked_count(rows)


def checked_count(rows: list[Any]) -> list[Any]:
    """Return the rows.

    Raises:
        RefusedError: There are too many.
    """
    if len(rows) > ROWS_LIMIT:
        raise RefusedError(413, f"the body has {len(rows):,} rows", f"send at most {ROWS_LIMIT:,} rows in each request")
    return rows


def group_records_of(body: Any) -> int | None:
    """Return the number of completions of each prompt that a body of ``/score`` tells; None if it tells none.

    Raises:
        RefusedError: It is no number.
    """
    count = body.get("group_records") if isinstance(body, dict) else None
    if count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 0):
        return count
    raise RefusedError(422, "`group_records` is no whole number", "send the number of completions of each prompt")


def _score_records(suite: Suite, body: Any) -> list[Record]:
    return [record_from(row, suite.rules, position=position) for position, row in enumerate(rows_of(body))]


def _score_reply(_: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    return {"rewards": [columns_of(reward) for reward in rewards]}


def _openrlhf_records(suite: Suite, body: Any) -> list[Record]:
    given = _object(body, "query")
    queries = _texts(given, "query")
    prompts = _texts(given, "prompts") if given.get("prompts") is not None else [""] * len(queries)
    labels = given["labels"] if given.get("labels") is not None else [None] * len(queries)
    if not isinstance(labels, list) or not len(queries) == len(prompts) == len(labels):
        raise RefusedError(422, "`query`, `prompts` and `labels` are no lists of one length", "send as many of each")
    return openrlhf.records_of(Bridge(given=suite), queries, prompts, labels)


def _openrlhf_reply(_: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    return openrlhf.result_of(rewards)


def _gym_records(suite: Suite, body: Any) -> list[Record]:
    given = _object(body, "responses_create_params", "response")
    return [nemo_gym.bridge_of(suite).record(*nemo_gym.parts_of(given))]


def _gym_reply(body: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    return nemo_gym.reply_of(body, rewards[0])


def _openai_records(suite: Suite, body: Any) -> list[Record]:
    """Read OpenAI's and Azure's grader: ``{"item", "sample"}``, or ``model_sample`` for a text instead of a sample."""
    given = _object(body, "item")
    item, sample = given["item"], given.get("sample", given.get("model_sample"))
    if not isinstance(item, Mapping) or not isinstance(sample, (str, Mapping)):
        raise RefusedError(422, "`item` or `sample` is missing", "send the body of a grader: item, sample")
    return [Bridge(given=suite).record(item, _answer_of_sample(sample))]


def _answer_of_sample(sample: str | Mapping[str, Any]) -> Any:
    if isinstance(sample, str):
        return sample
    choices = sample.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(first, Mapping) and isinstance(first.get("message"), Mapping):
        return [{"role": "assistant", **first["message"]}]
    text = sample.get("output_text")
    calls = sample.get("output_tools")
    if isinstance(calls, list) and calls:
        return [{"role": "assistant", "content": text, "tool_calls": calls}]
    return text or "" if "output_text" in sample else None  # null is a model that wrote nothing


def _openai_reply(_: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    """Write the fields of OpenAI's run of a grader, and the ``score`` of Azure's endpoint grader."""
    reward = rewards[0]
    return {
        "score": reward.value,
        "reward": reward.value,
        "sub_rewards": metrics_of(reward),
        "metadata": {"name": "rlvr", "type": "endpoint", "verdict": reward.verdict.value, "reason": reward.reason},
    }


def _google_records(suite: Suite, body: Any) -> list[Record]:
    """Read Google's Cloud Run reward: ``example`` with contents and references, ``response`` as text or content."""
    given = _object(body, "example", "response")
    example = given["example"]
    if not isinstance(example, Mapping):
        raise RefusedError(422, "`example` is no object", "send the body of a Cloud Run reward: example, response")
    references = example.get("references")
    columns = dict(references) if isinstance(references, Mapping) else {}
    if len(columns) == 1:  # the data set may call it as it likes
        columns.setdefault("reference_answer", next(iter(columns.values())))
    if "contents" in example:
        columns["prompt"] = example["contents"]
    return [Bridge(given=suite).record(columns, given["response"])]


def _google_reply(_: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    reward = rewards[0]
    said = reward.reason if reward.verdict is Verdict.SCORED else f"{reward.verdict.value}: {reward.reason}"
    return {"reward": reward.value, "user_requested_aux_info": said}


def _llama_factory_records(suite: Suite, body: Any) -> list[Record]:
    texts = _texts(_object(body, "messages"), "messages")
    return llama_factory.records_of(Bridge(given=suite), texts)


def _llama_factory_reply(_: Any, rewards: Sequence[Reward]) -> dict[str, Any]:
    return {"scores": [reward.value for reward in rewards]}


def _object(body: Any, *needed: str) -> dict[str, Any]:
    missing = [name for name in needed if not isinstance(body, dict) or name not in body]
    if missing:
        raise RefusedError(422, f"the body has no `{missing[0]}`", f"send an object with {', '.join(needed)}")
    return dict(body)


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    texts = body[name]
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise RefusedError(422, f"`{name}` is no list of texts", f'send {{"{name}": ["…"]}}')
    return checked_count(texts)


CONTRACTS: Mapping[str, Contract] = {
    "/score": Contract(_score_records, _score_reply),
    "/openrlhf": Contract(_openrlhf_records, _openrlhf_reply),
    "/verify": Contract(_gym_records, _gym_reply),
    "/openai": Contract(_openai_records, _openai_reply),
    "/google": Contract(_google_records, _google_reply),
    "/llama_factory": Contract(_llama_factory_records, _llama_factory_reply),
}
