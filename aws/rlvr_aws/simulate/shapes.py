"""Conversion of records to the events that platforms send, one function per published shape.

The letters are those of the table of events in ``handler/README.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from rlvr import Record
from rlvr.record import ANSWER_ROLES, COMPLETION_COLUMNS

JsonObject: TypeAlias = dict[str, Any]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One published shape of an event.

    Attributes:
        name: Its letter in the table, and its name.
        row: Converts a record to a row.
        event: Makes the event of the rows of one call.
        at_most: The most rows of a call; None if the platform's batch size decides.
    """

    name: str
    row: Callable[[Record], JsonObject]
    event: Callable[[list[JsonObject]], Any] = lambda rows: rows
    at_most: int | None = None


def raw_row(row: Any) -> Any:
    """Return a training row in the form of the pre-submit check: without an id and without an answer."""
    if not isinstance(row, Mapping):
        return row
    raw = {name: value for name, value in row.items() if name != "id" and name not in COMPLETION_COLUMNS}
    for name in ("messages", "prompt"):
        turns = raw.get(name)
        if isinstance(turns, list) and turns and _is_answer(turns[-1]):
            raw[name] = turns[:-1]
    return raw


def _is_answer(turn: Any) -> bool:
    return isinstance(turn, Mapping) and turn.get("role") in ANSWER_ROLES


def _prompt(record: Record) -> list[JsonObject]:
    """Return the turns before the answer."""
    turns = [{"role": turn.role, "content": turn.content} for turn in record.messages]
    return turns[:-1] if turns and _is_answer(turns[-1]) else turns


def _question(record: Record) -> str:
    return next((str(turn["content"]) for turn in reversed(_prompt(record)) if turn["role"] == "user"), "")


def _conversation(record: Record, role: str = "assistant") -> list[JsonObject]:
    answer: JsonObject = {"role": role, "content": record.completion}
    if record.tool_calls:
        answer["tool_calls"] = list(record.tool_calls)
    return [*_prompt(record), answer]


def _in_parts(turns: Sequence[JsonObject]) -> list[JsonObject]:
    return [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]


def _wrap_reference(record: Record) -> Any:
    return {"text": record.reference} if isinstance(record.reference, str) else record.reference


def _columns(record: Record) -> JsonObject:
    """Return the columns that a platform passes through at the top of a row."""
    return dict(record.metadata)


def _with_metadata(record: Record) -> JsonObject:
    metadata = {"reference_answer": record.reference, **record.metadata}
    return {"id": record.id, "messages": _conversation(record), "metadata": metadata}


def _with_wrapped_metadata(record: Record) -> JsonObject:
    metadata = {"reference_answer": _wrap_reference(record), **record.metadata}
    return {"id": record.id, "messages": _conversation(record), "metadata": metadata}


def _with_parts(record: Record) -> JsonObject:
    reference = {"reference_answer": _wrap_reference(record)}
    return {**_columns(record), "id": record.id, "messages": _in_parts(_conversation(record)), **reference}


def _at_the_top(record: Record) -> JsonObject:
    reference = {"reference_answer": record.reference}
    return {**_columns(record), "id": record.id, "messages": _conversation(record), **reference}


def _nova_assistant(record: Record) -> JsonObject:
    turns = _in_parts(_conversation(record, "nova_assistant"))
    return {**_columns(record), "id": record.id, "messages": turns, "reference_answer": record.reference}


def _chat(record: Record) -> JsonObject:
    reference = {"reference_answer": _wrap_reference(record)}
    return {**_columns(record), "id": record.id, "messages": _conversation(record), **reference}


def _verl(record: Record) -> JsonObject:
    return {
        "data_source": "customized",
        **_columns(record),
        "prompt": _conversation(record),
        "response": record.completion,
        "reward_model": {"style": "rule", "ground_truth": record.reference},
        "extra_info": {"reference_answer": _wrap_reference(record), "processor_config": {"aggregation": "mean"}},
    }


def _prompt_completion(record: Record) -> JsonObject:
    row = {"id": record.id, "prompt": _question(record), "completion": record.completion}
    return {**_columns(record), **row, "reference_answer": _wrap_reference(record)}


def _preference(record: Record) -> JsonObject:
    row = {"id": record.id, "prompt": _question(record), "completion": record.completion}
    return {**_columns(record), **row, "chosen": record.reference, "rejected": "", "reference_answer": {"text": ""}}


def _sagemaker_evaluation(record: Record) -> JsonObject:
    row = {"id": record.id, "model_response": record.completion, "query": _question(record), "system": ""}
    references = {"response": record.reference, "reference_answer": _wrap_reference(record)}
    return {**row, **references, "metadata": dict(record.metadata)}


def _ground_truth(record: Record) -> JsonObject:
    return {
        **_columns(record),
        "id": record.id,
        "messages": _conversation(record),
        "ground_truth": record.reference,
    }


def _camel_case(record: Record) -> JsonObject:
    row = {"id": record.id, "prompt": _question(record), "response": record.completion}
    return {**_columns(record), **row, "referenceAnswer": record.reference}


def _raw(record: Record) -> JsonObject:
    return {**_columns(record), "messages": _prompt(record), "reference_answer": _wrap_reference(record)}


CHAT = Shape(name="G chat", row=_chat, at_most=1)

SHAPES: tuple[Shape, ...] = (
    Shape(name="A Bedrock Nova", row=_with_wrapped_metadata),
    Shape(name="B Bedrock open-weight", row=_with_parts),
    Shape(name="B trajectories", row=_with_parts, event=lambda rows: {"trajectories": rows}),
    Shape(name="C training job", row=_with_metadata),
    Shape(name="D developer guide", row=_at_the_top, event=lambda rows: rows[0], at_most=1),
    Shape(name="E HyperPod", row=_with_metadata, at_most=1),
    Shape(name="F Forge evaluation", row=_nova_assistant),
    CHAT,
    Shape(name="G verl", row=_verl, at_most=1),
    Shape(name="G prompt-completion", row=_prompt_completion, at_most=1),
    Shape(name="G preference", row=_preference, at_most=1),
    Shape(name="G SageMaker evaluation", row=_sagemaker_evaluation, at_most=1),
    Shape(name="H body text", row=_ground_truth, event=lambda rows: {"body": json.dumps(rows)}),
    Shape(name="H body batch", row=_camel_case, event=lambda rows: {"body": {"batch": rows}}),
    Shape(name="I raw rows", row=_raw),
)
