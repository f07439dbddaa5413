"""Scorers that call functions of other calling conventions."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from inspect import iscoroutinefunction
from pathlib import PurePath
from traceback import extract_tb, format_list
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, assert_never

import msgspec
from msgspec import Meta

from rlvr.foreign.conventions import (
    CONVENTIONS,
    Convention,
    Parameters,
    convention_of,
    method_of_object,
    reads_messages,
)
from rlvr.hooks import Scorer
from rlvr.record import JsonValue, Record
from rlvr.record.json_value import plain_value
from rlvr.scores import FailureKind, Score, Verdict, number_from

TRACEBACK = "traceback"
"""The name of the evidence that has the traceback of a function that raised."""

_TRACEBACK_CHARACTERS = 8_000

# Names that functions use for the reference, where the row has no column of that name.
_REFERENCE_NAMES = frozenset(
    (
        *(
            "answer",
            "answers",
            "solution",
            "solutions",
            "ground_truth",
            "ground_truths",
            "gt",
            "gold",
            "golden_answers",
        ),
        *("target", "targets", "label", "labels", "reference", "references", "reference_answer", "expected"),
        "expected_output",
    )
)


class ForeignOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a function that is no scorer of rlvr."""

    convention: Annotated[
        Convention | None, Meta(description="How the function is called; by default its signature decides.")
    ] = None
    range: Annotated[
        tuple[float, float], Meta(description="The lowest and the highest number that it returns; they become 0 and 1.")
    ] = (0.0, 1.0)
    arguments: Annotated[
        dict[str, Any], Meta(description="Further arguments, by name; for `record` the second argument.")
    ] = {}
    conversational: Annotated[
        bool | None,
        Meta(
            description="Whether `trl` and `verifiers` hand over messages instead of texts; by default the code of the "
            "function decides."
        ),
    ] = None


class _Call(NamedTuple):
    """A function with everything that its calls need."""

    function: Callable[..., Any]
    convention: Convention
    options: ForeignOptions
    parameters: Parameters
    conversational: bool


def scorer_of_function(function: Callable[..., Any], name: str) -> Scorer:
    """Return a scorer that calls a function as its convention says.

    Functions that take a batch get all records of a prompt at once, as their trainers hand them over.

    Args:
        function: The function.
        name: Its name.
    """
    shown = convention_of(function, name)
    prepare = partial(_prepare, function, name)
    if shown in {"trl", "openrlhf", "lambda"}:
        return Scorer(score_group=_score_group, is_separable=True, options=ForeignOptions, prepare=prepare)
    if iscoroutinefunction(function) or iscoroutinefunction(method_of_object(function)):
        return Scorer(score=_score_async, options=ForeignOptions, prepare=prepare)
    return Scorer(score=_score, options=ForeignOptions, prepare=prepare)


def _prepare(function: Callable[..., Any], name: str, options: ForeignOptions) -> _Call:
    low, high = options.range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"range [{low:g}, {high:g}] is not finite with low below high")
    convention = options.convention or convention_of(function, name)
    if convention is None:
        raise ValueError(
            f"the signature of `{name}` fits no calling convention; name one: `options: {{convention: NAME}}`, "
            f"of {', '.join(CONVENTIONS)}"
        )
    messages = reads_messages(function) if options.conversational is None else options.conversational
    return _Call(function, convention, options, Parameters(function), messages)


def _score(record: Record, call: _Call) -> Score:
    return _run(record, call)


async def _score_async(record: Record, call: _Call) -> Score:
    try:
        arguments = _arguments(call, [record])
        if isinstance(arguments, Score):
            return arguments
        answer = call.function(*arguments.args, **arguments.keywords)
        if isinstance(answer, Awaitable):
            answer = await answer
        return _scores_of(call, answer, arguments, 1)[0]
    except Exception as error:  # noqa: BLE001  # the function of the user may raise anything
        return _failed(error)


def _score_group(records: Sequence[Record], call: _Call) -> list[Score]:
    """Call a function with a batch; if it raises, with each record alone, so that no record costs its neighbours."""
    match call.convention:
        case "trl" | "openrlhf" | "lambda":
            if len(records) > 1:
                arguments = _arguments(call, records)
                if not isinstance(arguments, Score):
                    try:
                        answer = call.function(*arguments.args, **arguments.keywords)
                        return _scores_of(call, answer, arguments, len(records))
                    except Exception:  # noqa: BLE001, S110  # the record that raises is found below
                        pass
            return [_run(record, call) for record in records]
        case "verl" | "verifiers" | "grade" | "record":
            return [_run(record, call) for record in records]
        case _:
            assert_never(call.convention)


def _run(record: Record, call: _Call) -> Score:
    """Call a function with one record, or a batch of one."""
    try:
        arguments = _arguments(call, [record])
        if isinstance(arguments, Score):
            return arguments
        return _scores_of(call, call.function(*arguments.args, **arguments.keywords), arguments, 1)[0]
    except (MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # SystemExit too: the function of the user may raise anything
        return _failed(error)


def _failed(error: BaseException) -> Score:
    """Return the score of an exception: the reason has the line that raised, the evidence the traceback."""
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename != __file__]
    where = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    lines = ["Traceback (most recent call last):\n", *format_list(frames), f"{type(error).__name__}: {_text(error)}"]
    return Score(
        value=None,
        verdict=Verdict.FAILED,
        failure=FailureKind.EXCEPTION,
        reason=f"{type(error).__name__}: {_text(error)[:300]}{where}",
        evidence={TRACEBACK: "".join(lines)[-_TRACEBACK_CHARACTERS:]},
    )


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # `str` of an exception may raise too
        return ""


class _Arguments(NamedTuple):
    """The arguments of a call; ``ids`` of the records in an event."""

    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = MappingProxyType({})
    ids: tuple[Any, ...] = ()


def _arguments(call: _Call, records: Sequence[Record]) -> _Arguments | Score:
    """Return the arguments of a call; a score if a row lacks something that the function cannot do without."""
    record = records[0]
    match call.convention:
        case "trl":
            return _by_name(call, _trl_offers(call, records))
        case "verl":
            offers = {
                "data_source": record.metadata.get("data_source", ""),
                "solution_str": record.completion,
                "ground_truth": plain_value(record.reference),
                "extra_info": _columns(record),
            }
            return _by_name(call, offers)
        case "verifiers":
            return _by_name(call, _verifiers_offers(call, record))
        case "openrlhf":
            prompts = [_prompt_text(each) for each in records]
            offers = {
                "queries": [prompt + each.completion for prompt, each in zip(prompts, records, strict=True)],
                "prompts": prompts,
                "labels": [plain_value(each.reference) for each in records],
            }
            return _by_name(call, offers)
        case "grade":
            return _Arguments((_sample_of(record), _columns(record)), call.options.arguments)
        case "lambda":
            ids = tuple(each.id for each in records)
            if len({json.dumps(each, default=str) for each in ids}) < len(ids):
                ids = tuple(str(number) for number in range(len(records)))  # samples of one prompt may share an id
            return _Arguments(([_event_row(each, id_) for each, id_ in zip(records, ids, strict=True)], None), ids=ids)
        case "record":
            takes_two = len(call.parameters.positional) > 1
            return _Arguments((record, call.options.arguments) if takes_two else (record,))
        case _:
            assert_never(call.convention)


def _by_name(call: _Call, offers: Mapping[str, Any]) -> _Arguments | Score:
    """Choose from what a record offers the arguments that a function takes."""
    offered = {**offers, **call.options.arguments}
    for name in call.parameters.required:
        if name not in offered:
            return Score.invalid_task(f"the row has no `{name}`, which the function takes", "missing_field")
    if call.parameters.takes_others:
        return _Arguments(keywords=offered)
    return _Arguments(keywords={name: offered[name] for name in call.parameters.names if name in offered})


def _trl_offers(call: _Call, records: Sequence[Record]) -> dict[str, Any]:
    names = dict.fromkeys(name for record in records for name in _named_columns(call, record))
    columns = {name: [_named_columns(call, record).get(name) for record in records] for name in names}
    is_chat = call.conversational
    return {
        **columns,
        "prompts": [_prompt_messages(each) if is_chat else _prompt_text(each) for each in records],
        "completions": [_answer_messages(each) if is_chat else each.completion for each in records],
        "completion_ids": [[] for _ in records],
        "trainer_state": None,
    }


def _verifiers_offers(call: _Call, record: Record) -> dict[str, Any]:
    prompt = _prompt_messages(record) if call.conversational else _prompt_text(record)
    completion = _answer_messages(record) if call.conversational else record.completion
    columns = _named_columns(call, record)
    info = columns.get("info", _columns(record))
    core = {
        "prompt": prompt,
        "completion": completion,
        "answer": columns.get("answer", plain_value(record.reference)),
        "task": record.metadata.get("task", record.task or "default"),
        "info": info,
    }
    return {**columns, **core, "state": {**core, "responses": []}}


def _named_columns(call: _Call, record: Record) -> dict[str, Any]:
    """Return the columns of a row; the reference under its own name, and under those that the function takes."""
    columns = _columns(record)
    if record.reference is not None:
        for name in call.parameters.names:
            if name in _REFERENCE_NAMES:
                columns.setdefault(name, plain_value(record.reference))
    return columns


def _columns(record: Record) -> dict[str, Any]:
    """Return the columns of a row as JSON values, with its reference under the name that the row gives it."""
    columns: dict[str, Any] = {name: plain_value(value) for name, value in record.metadata.items()}
    if record.reference is not None:
        for name in (record.reference_at.rpartition(".")[2], "reference_answer"):
            if name:
                columns.setdefault(name, plain_value(record.reference))
    return columns


def _prompt_messages(record: Record) -> list[dict[str, Any]]:
    return [{"role": turn.role, "content": turn.content} for turn in record.prompt]


def _prompt_text(record: Record) -> str:
    return "\n".join(turn.content for turn in record.prompt)


def _answer_messages(record: Record) -> list[dict[str, Any]]:
    calls = [plain_value(each) for each in record.tool_calls]
    return [{"role": "assistant", "content": record.completion, **({"tool_calls": calls} if calls else {})}]


def _sample_of(record: Record) -> dict[str, Any]:
    """Return the ``sample`` of OpenAI's graders."""
    try:
        output_json = json.loads(record.final)
    except (ValueError, RecursionError):
        output_json = None
    calls = [plain_value(each) for each in record.tool_calls]
    return {
        "output_text": record.completion,
        "output_json": output_json,
        "output_tools": calls,
        "choices": [{"message": _answer_messages(record)[0]}],
    }


def _event_row(record: Record, id_: JsonValue) -> dict[str, Any]:
    """Return a row of the event that AWS sends to reward functions."""
    return {
        "id": id_,
        "messages": [*_prompt_messages(record), *_answer_messages(record)],
        "reference_answer": plain_value(record.reference),
        "metadata": _columns(record),
    }


def _scores_of(call: _Call, answer: Any, arguments: _Arguments, count: int) -> list[Score]:
    """Convert what a function returned into a score for each record."""
    match call.convention:
        case "verl" | "verifiers" | "grade" | "record":
            return [_score_of(call, answer)]
        case "trl":
            values = _listed(answer)
        case "openrlhf":
            values = _listed(answer.get("rewards", answer.get("scores")) if isinstance(answer, Mapping) else answer)
        case "lambda":
            values = _rewards_in(answer, arguments.ids)
        case _:
            assert_never(call.convention)
    if values is None or len(values) != count:
        what = type(answer).__name__ if values is None else f"{len(values)} rewards"
        raise TypeError(f"the function returned {what} for {count} records; expected a list with one each")
    return [_score_of(call, value) for value in values]


def _listed(answer: Any) -> list[Any] | None:
    """Return a list, also of a tensor or an array; None for anything else."""
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if number_from(answer) is not None:
        return [answer]
    return list(answer) if isinstance(answer, Iterable) and not isinstance(answer, (str, bytes, Mapping)) else None


def _rewards_in(answer: Any, ids: Sequence[Any]) -> list[Any] | None:
    """Return the rewards in the answer of a Lambda handler, by the ids of the records."""
    if isinstance(answer, Mapping) and "body" in answer:
        answer = answer["body"]
    if isinstance(answer, (str, bytes)):
        answer = json.loads(answer)
    if isinstance(answer, Mapping):
        answer = [answer]
    if not isinstance(answer, list) or not all(isinstance(each, Mapping) for each in answer):
        return None
    rewards = {json.dumps(each.get("id")): each.get("aggregate_reward_score") for each in answer}
    missing = [id_ for id_ in ids if json.dumps(id_) not in rewards]
    if missing:
        raise KeyError(f"the answer has no row with id {missing[0]!r}")
    return [rewards[json.dumps(id_)] for id_ in ids]


def _score_of(call: _Call, value: Any) -> Score:
    """Convert one reward into a score; None is no opinion, as in TRL."""
    if value is None:
        return Score.abstained("the function returned None")
    if isinstance(value, Score):
        return value
    if isinstance(value, Mapping):
        value = value.get("score", value.get("reward", value.get("value")))
    elif hasattr(value, "item") and number_from(value) is None:
        value = value.item()  # a tensor with one number
    number = number_from(value)
    if number is None:
        return Score.failed(FailureKind.INVALID_RESULT, f"returned {type(value).__name__}, which is not a number")
    low, high = call.options.range
    if low <= number <= high:
        return Score.of((number - low) / (high - low), f"the function returned {number:g}")
    hint = f"the range is [{low:g}, {high:g}]; write `options: {{range: [LOW, HIGH]}}` if it returns others on purpose"
    return Score.failed(FailureKind.INVALID_RESULT, f"returned {number:g}, and {hint}")
