"""The value reader: what may stand at the place of a completion, as one answer or as k of them.

A format names places only; what stands there is understood here, whatever the format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr.record.json_value import MAPPINGS, JsonValue, is_null, parse_json
from rlvr.record.messages import (
    ANSWER_ROLES,
    CONTENT_DEPTH_LIMIT,
    Message,
    answer_place,
    is_message,
    is_part,
    kind_of,
    last_answer_place,
    messages_in,
    text_of,
    text_of_number,
)

Kind: TypeAlias = Literal["answer", "conversation", "steps", "json_text", "wrapped", "calls", "continuation"]
"""What stands at a place.

``answer``: an answer of any shape. ``conversation``: a whole conversation, which a question may end. ``steps``: one
trajectory, whose nested lists are its steps. ``json_text``: the JSON text of an answer. ``wrapped``: an object in which
an application puts the answer under a name of its own. ``calls``: calls as ``{name: arguments}``. ``continuation``: a
text that repeats its prompt.
"""


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One completion.

    Attributes:
        text: The text of the last assistant turn.
        tool_calls: The calls of that turn, as sent.
        reasoning: Its reasoning, where the row marks it as such.
        turns: The conversation up to that turn; () if the place holds no conversation.
        is_null: Whether null stands at the place, where others have the answer.
    """

    text: str = ""
    tool_calls: tuple[JsonValue, ...] = ()
    reasoning: str = ""
    turns: tuple[Message, ...] = ()
    is_null: bool = False


BLANK, NULL = Answer(), Answer(is_null=True)

_STREAM_PARTS = ("message_start", "content_block_start", "content_block_delta", "message_delta")
# The keys of a body under which its answers stand, in order.
_LISTS_OF_ANSWERS = ("choices", "candidates", "outputs", "results", "generations", "modelResponses")
_TEXTS_OF_CHOICE = ("generated_text", "outputText", "output_text", "response")
_TEXTS_OF_BODY = (
    "outputText",
    "output_text",
    "generated_text",
    "generation",
    "completion",
    "response",
    "output",
    "text",
)


def answers_in(value: JsonValue, kind: Kind = "answer") -> list[Answer] | None:
    """Return the completions that stand at a place; None if what stands there holds no text.

    Args:
        value: What stands there, of any JSON type.
        kind: What the format says of the place.
    """
    match kind:
        case "answer" | "continuation":
            return _answers(value)
        case "json_text":
            decoded = parse_json(value) if isinstance(value, str) and value.lstrip()[:1] in {"{", "["} else None
            return _answers(value if decoded is None else decoded)
        case "wrapped":
            return _answers_of_outputs(value)
        case "steps":
            return _answers_of_steps(value)
        case "conversation":
            return _answers_of_conversations(value)
        case "calls":
            calls = _calls_in(value)
            return _answers(value) if calls is None else [Answer(tool_calls=calls)]
        case _:
            assert_never(kind)


def answer_of(turns: Sequence[Message], place: int) -> Answer:
    """Return the answer that a turn of a conversation is."""
    turn = turns[place]
    return Answer(
        text=turn.content, tool_calls=turn.tool_calls, reasoning=turn.reasoning, turns=tuple(turns[: place + 1])
    )


def _answers(value: JsonValue, depth: int = 0) -> list[Answer] | None:
    if isinstance(value, str):
        return [Answer(text=value)]
    if is_null(value):
        return [NULL]
    if depth >= CONTENT_DEPTH_LIMIT:
        return None
    if isinstance(value, (list, tuple)):
        return _answers_of_list(value, depth + 1)
    if isinstance(value, MAPPINGS):
        return _answers_of_object(value, depth + 1)
    text = text_of_number(value)
    return [Answer(text=text)] if text else None


def _answers_of_steps(value: JsonValue, depth: int = 0) -> list[Answer] | None:
    """Read one trajectory, whose nested lists are its steps; one without steps is blank."""
    if not isinstance(value, (list, tuple)):
        return _answers(value, depth)
    steps = (each if isinstance(each, (list, tuple)) else (each,) for each in value)
    items = [item for step in steps for item in step]
    return _answers(items, depth) if items else [BLANK]


def _answers_of_list(items: Sequence[JsonValue], depth: int) -> list[Answer] | None:
    if not items:
        return None
    if all(each is None or isinstance(each, str) for each in items):
        return [BLANK if each is None else Answer(text=each) for each in items]
    if all(isinstance(each, MAPPINGS) for each in items):
        return _answers_of_objects(items, depth)
    if all(isinstance(each, (list, tuple)) for each in items) and not all(map(_is_log_probability, items)):
        # k conversations, or repeats of repeats
        return _all_of([_answers(each, depth) for each in items])
    return None  # token ids, log-probabilities


def _is_log_probability(value: JsonValue) -> bool:
    """Return True for lm-eval's pair of a log-probability and "is it the greedy one", also as text."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or str(value[1]) not in {"True", "False"}:  # noqa: PLR2004
        return False
    try:
        float(value[0])
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _answers_of_objects(items: Sequence[Mapping[str, JsonValue]], depth: int) -> list[Answer] | None:
    if any(map(_is_chunk, items)):
        return [_answer_of_stream(items)]
    if any(is_message(each) for each in items):
        turns = messages_in(_sampled(items))
        place = last_answer_place(turns)
        return None if place is None else [answer_of(turns, place)]
    if all(isinstance(each.get("function"), MAPPINGS) for each in items):
        return [Answer(tool_calls=tuple(items))]
    if all(_is_choice(each) for each in items):
        return _all_of([_answers_of_object(each, depth) for each in items])
    answer = _answer_of_content(items)
    return [answer if answer != BLANK or any(map(is_part, items)) else Answer(text=_json_text(items))]


def _is_chunk(item: Mapping[str, JsonValue]) -> bool:
    """Return True for a piece of a streamed call: Anthropic's, OpenAI's, Bedrock's."""
    is_openai = isinstance(item.get("object"), str) and item["object"].endswith(".chunk")
    return kind_of(item) in _STREAM_PARTS or is_openai or "contentBlockDelta" in item


def _sampled(items: Sequence[Mapping[str, JsonValue]]) -> Sequence[JsonValue]:
    """Return items without the nodes of a trace that are assistant turns which the model did not write."""
    return [each for each in items if each.get("sampled") is not False or not _is_answer_node(each)]


def _is_answer_node(item: Mapping[str, JsonValue]) -> bool:
    inner = item.get("message")
    return isinstance(inner, MAPPINGS) and str(inner.get("role")).lower() in ANSWER_ROLES


def _is_choice(item: Mapping[str, JsonValue]) -> bool:
    """Return True for one of k answers: a choice, a candidate, an output of an engine."""
    if isinstance(item.get("turns"), (list, tuple)) or isinstance(item.get("message"), MAPPINGS):
        return True
    has_text = any(isinstance(item.get(key), str) for key in _TEXTS_OF_CHOICE)
    # `{"text": ...}` alone is a part, and so is what has a type; a choice says more of itself.
    has_more = isinstance(item.get("text"), str) and len(item) > 1
    return not kind_of(item) and (has_text or has_more or isinstance(item.get("content"), MAPPINGS))


def _answers_of_object(value: Mapping[str, JsonValue], depth: int) -> list[Answer] | None:
    """Read a body, a message, or what is inside of one of them; any other object is its JSON text."""
    if depth >= CONTENT_DEPTH_LIMIT:
        return None
    for key in _LISTS_OF_ANSWERS:
        listed = value.get(key)
        if isinstance(listed, (list, tuple)) and all(isinstance(each, (list, *MAPPINGS)) for each in listed):
            return _all_of([_answers_of_choice(each, depth + 1) for each in listed])
    for key in ("message", "output", "content"):
        if isinstance(value.get(key), MAPPINGS):
            return _answers_of_object(value[key], depth + 1)
    turns = value.get("turns")
    if isinstance(turns, (list, tuple)) and turns:  # FastChat: the last turn of the choice
        return _answers(turns[-1], depth)
    for key in ("messages", "nodes"):
        if isinstance(value.get(key), (list, tuple)):
            return _answers(value[key], depth)
    if isinstance(value.get("output"), (list, tuple)):
        return _answers_of_steps(value["output"], depth)
    return _answers_of_plain_object(value)


def _answers_of_choice(value: JsonValue, depth: int) -> list[Answer] | None:
    """Read one of k answers; LangChain's generations are lists of them, one for each prompt."""
    return _answers_of_object(value, depth) if isinstance(value, MAPPINGS) else _answers(value, depth)


def _answers_of_plain_object(value: Mapping[str, JsonValue]) -> list[Answer] | None:
    """Read an object that holds no other object with the answer: a message, a text of an engine, a part."""
    if is_message(value) or isinstance(value.get("parts"), (list, tuple)) or _has_calls(value):
        return [_answer_of_turn(turn) for turn in messages_in([value])] or None
    for key in _TEXTS_OF_BODY:
        if isinstance(value.get(key), str):
            return [Answer(text=value[key])]
    content = value.get("content", [value] if is_part(value) else None)
    if isinstance(content, (str, list, tuple)):
        return [_answer_of_content(content)]
    return [Answer(text=_json_text(value))]


def _answer_of_turn(turn: Message) -> Answer:
    return Answer(text=turn.content, tool_calls=turn.tool_calls, reasoning=turn.reasoning)


def _answer_of_content(content: JsonValue) -> Answer:
    (turn,) = messages_in([{"role": "assistant", "content": content}])
    return _answer_of_turn(turn)


def _all_of(found: Sequence[list[Answer] | None]) -> list[Answer] | None:
    """Join lists of answers; None if one of them holds no text, or if there is none."""
    answers = [answer for each in found if each is not None for answer in each]
    return answers if found and None not in found else None


def _has_calls(value: Mapping[str, JsonValue]) -> bool:
    return isinstance(value.get("tool_calls"), (list, tuple)) and bool(value["tool_calls"])


def _answer_of_stream(chunks: Sequence[Mapping[str, JsonValue]]) -> Answer:
    """Join the pieces of a streamed call: Anthropic's events, or OpenAI's chunks."""
    texts: list[str] = []
    reasoning: list[str] = []
    for chunk in chunks:
        choices = chunk.get("choices")
        first = choices[0] if isinstance(choices, (list, tuple)) and choices else chunk
        delta = first.get("delta") if isinstance(first, MAPPINGS) else None
        if not isinstance(delta, MAPPINGS):
            delta = chunk.get("content_block")
        for key in ("contentBlockDelta", "chunk"):  # Bedrock's streams
            inner = chunk.get(key)
            if isinstance(inner, MAPPINGS) and isinstance(inner.get("delta"), MAPPINGS):
                delta = inner["delta"]
        if isinstance(delta, MAPPINGS):
            thought = delta.get("thinking") or delta.get("reasoning_content")
            if isinstance(thought, str):
                reasoning.append(thought)
            else:
                texts.append(text_of([delta]))
    return Answer(text="".join(texts), reasoning="".join(reasoning))


def _answers_of_conversations(value: JsonValue, depth: int = 0) -> list[Answer] | None:
    """Read a whole conversation, or a list of them; None if a question ends one of them, or if there is none."""
    if not isinstance(value, (list, tuple)) or depth >= CONTENT_DEPTH_LIMIT:
        return None
    nested = [each for each in value if isinstance(each, (list, tuple))]
    if nested and len(nested) == len(value):
        return _all_of([_answers_of_conversations(each, depth + 1) for each in nested])
    turns = messages_in(value)
    place = answer_place(turns)
    return None if place is None else [answer_of(turns, place)]


def _answers_of_outputs(value: JsonValue) -> list[Answer] | None:
    """Read the outputs of an application's run, or a list of them: a body, or an object of one text."""
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, MAPPINGS) for each in value):
        return _all_of([_answers_of_outputs(each) for each in value])
    if isinstance(value, MAPPINGS) and len(value) == 1:
        (only,) = value.values()
        if isinstance(only, str):
            return [Answer(text=only)]
    return _answers(value)


def _calls_in(value: JsonValue) -> tuple[JsonValue, ...] | None:
    """Return BFCL's calls, ``[{name: arguments}]``, in OpenAI's shape; None if the value is something else."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if not all(isinstance(each, MAPPINGS) and len(each) == 1 for each in value):
        return None
    pairs = [next(iter(each.items())) for each in value]
    if not all(isinstance(arguments, (str, *MAPPINGS)) for _, arguments in pairs):
        return None
    return tuple({"function": {"name": name, "arguments": arguments}} for name, arguments in pairs)


def _json_text(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return ""
