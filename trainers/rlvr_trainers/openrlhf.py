"""OpenRLHF 0.11.2 (`openrlhf/utils/agent.py`): ``reward_func(queries, prompts, labels)`` of a file, or a service.

It calls with lists of one, from threads. A query is the prompt and the completion with special tokens; a long prompt is
cut at its start. ``rewards`` of one record is a bare number, since OpenRLHF puts it into a tensor; ``scores`` and
``extra_logs`` are logged. None would mean no reward at all, so what could not be scored has the number of the task's
``on_error``, and ``rlvr/failed`` or ``rlvr/invalid_task`` is 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rlvr import Record, Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, metrics_of, same_length
from rlvr_trainers.turns import completion_start


def reward_func(
    queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], suite: SuiteLike | None = None, **_more: Any
) -> dict[str, Any]:
    """Return rewards, scores and metrics, each a number for one query and a list for several.

    Args:
        queries: Prompts with completions.
        prompts: The prompts.
        labels: The references; an object, or the JSON text of one, is a row of columns.
        suite: The suite; None for the path in ``RLVR_SUITE``.
    """
    same_length(queries=queries, prompts=prompts, labels=labels)
    bridge = Bridge(given=suite)
    records = records_of(bridge, queries, prompts, labels)
    return result_of([bridge.score_record(records[0])] if len(records) == 1 else bridge.score_records(records))


def records_of(bridge: Bridge, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> list[Record]:
    """Return the record of each query; one in which nothing says where the completion begins is a bad row."""
    calls = enumerate(zip(queries, prompts, labels, strict=True))
    return [_record_of(bridge, *parts, position) for position, parts in calls]


def _record_of(bridge: Bridge, query: str | None, prompt: str | None, label: Any, position: int) -> Record:
    columns = columns_of(prompt or "", label)
    start = completion_start(query, prompt or "") if query is not None else None
    if query is not None and (start is not None or not prompt):
        return bridge.record(columns, query[start or 0 :], position)
    problem = (
        f"the query does not begin with the prompt, and has no mark of a chat template: {(query or '')[:80]!r}; "
        "hand over the prompt as the model saw it"
    )
    return bridge.record_without_completion(columns, problem, position)


def columns_of(prompt: str, label: Any) -> dict[str, Any]:
    """Return the columns of a record: those of a label that is an object, else the label as the reference."""
    if isinstance(label, str) and label.lstrip().startswith("{"):
        try:
            decoded = json.loads(label)
        except (ValueError, RecursionError):
            decoded = label
        label = decoded
    if isinstance(label, Mapping):
        return {**label, "prompt": prompt}
    return {"prompt": prompt, "label": label}


def result_of(rewards: Sequence[Reward]) -> dict[str, Any]:
    """Return OpenRLHF's result: numbers for one record, lists for several."""
    columns = [{"rewards": reward.value, "scores": reward.value, **metrics_of(reward)} for reward in rewards]
    joined = {name: [row[name] for row in columns] for name in columns[0]} if columns else {"rewards": [], "scores": []}
    found: dict[str, Any] = columns[0] if len(columns) == 1 else joined
    logs = {name: value for name, value in found.items() if name not in {"rewards", "scores"}}
    return {"rewards": found["rewards"], "scores": found["scores"], "extra_logs": logs}
