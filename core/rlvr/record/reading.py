"""Conversion of rows and events of every published shape into records.

No row raises: a row that cannot be read becomes a record whose ``problem`` says why, so that a batch keeps a result per
row. ``handler/README.md`` lists the shapes, and the document that defines each.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from rlvr.record.record import NO_METADATA, JsonValue, Message, Record, answer_place
from rlvr.record.views import REASONING_TAGS

# dict comes first: for parsed JSON it saves the slow check of the abstract class, about 0.4 µs each time.
MAPPINGS = (dict, Mapping)

# Places of a reference in a row; the first that has a value wins. Those that platforms define come first, then those
# that trainers and datasets use.
REFERENCE_PLACES: tuple[str, ...] = (
    "reference_answer",
    "metadata.reference_answer",
    "extra_info.reference_answer",
    "ground_truth",
    "metadata.ground_truth",
    "extra_info.ground_truth",
    "reward_model.ground_truth",
    "reward_spec.ground_truth",
    "referenceAnswer",
    "reference",
    "answer",
    "solution",
    "label",
    "expected_answer",
    "target",
    "chosen",
)
# An object with one of these keys and no other is a wrapper that platforms put around a reference.
WRAPPING_KEYS = frozenset({"text", "answer", "final_answer", "ground_truth", "label", "target", "value"})
WRAPPING_DEPTH_LIMIT = 4

COMPLETION_PLACES = ("model_response", "completion", "response", "solution_str")

# Columns that have a field of the record; every other column is metadata.
_CORE_COLUMNS = frozenset(
    {"id", "messages", "prompt", "metadata", "extra_info", "reference_answer", *COMPLETION_PLACES}
)
# Places of the id of a row; the first that has a value wins.
_ID_PLACES = ("id", "task_id", "record_id", "metadata.id", "metadata.key")
ENVELOPE_KEYS = ("trajectories", "batch", "body")
EVENT_DEPTH_LIMIT = 4

# Content that is nested deeper than this is not text that a platform sent.
CONTENT_DEPTH_LIMIT = 8


class ReadingRules(msgspec.Struct, frozen=True, kw_only=True):
    """The places that a suite names for parts of a row; None means every known place, in order.

    Attributes:
        id: Field path of the id.
        completion: Field path of the text to score.
        reference: Field path of the reference.
        reasoning_tags: The opening and closing marks of reasoning blocks.
    """

    id: str | None = None
    completion: str | None = None
    reference: str | None = None
    reasoning_tags: tuple[tuple[str, str], ...] = REASONING_TAGS


DEFAULT_RULES = ReadingRules()


def rows_in(event: JsonValue) -> list[JsonValue] | None:
    """Return the rows of an event: a list, one row, or either of them inside the known envelopes.

    Args:
        event: Parsed JSON of any shape; a JSON text (the ``body`` of an HTTP event) is parsed.

    Returns:
        The rows, each of any JSON type, in order; None if the event contains no rows.
    """
    for _ in range(EVENT_DEPTH_LIMIT):
        if isinstance(event, str):
            event = _parse_json(event)
        if isinstance(event, list):
            return event
        if not isinstance(event, dict):
            return None
        key = next((key for key in ENVELOPE_KEYS if key in event), None)
        if key is None or _is_row(event):
            return [event] if _is_row(event) else None
        event = _decode_base64(event[key]) if event.get("isBase64Encoded") is True else event[key]
    return None


def record_from(row: JsonValue, rules: ReadingRules = DEFAULT_RULES, *, position: int = 0) -> Record:
    """Read one row into a record.

    Args:
        row: One element of the event, of any JSON type.
        rules: The places that the suite names.
        position: Position of the row in its batch; as text it is the id of a row without one.
    """
    if not isinstance(row, MAPPINGS):
        return Record(id=str(position), problem=f"the row is {_json_type(row)}, not an object")
    messages = _messages_in(row.get("messages"))
    if not messages:
        messages = _prompt_of(row)
    completion, tool_calls = _completion_in(row, messages, rules)
    reference, reference_at = _reference_in(row, rules)
    return Record(
        id=_id_of(row, rules, position),
        messages=messages,
        completion=completion,
        reference=reference,
        metadata=_metadata_of(row),
        tool_calls=tool_calls,
        reference_at=reference_at,
        reasoning_tags=rules.reasoning_tags,
    )


def text_of(content: JsonValue) -> str:
    """Return the text of content of any published shape: text, a list of parts, an object with ``text``, null."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    parts: list[str] = []
    # A stack instead of recursion: a hostile event may nest deeper than the recursion limit of the interpreter.
    stack: list[tuple[JsonValue, int]] = [(content, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str):
            parts.append(value)
        elif depth < CONTENT_DEPTH_LIMIT and isinstance(value, (list, tuple)):
            stack.extend((item, depth + 1) for item in reversed(value))
        elif depth < CONTENT_DEPTH_LIMIT and isinstance(value, MAPPINGS):
            stack.append((value.get("text", value.get("content")), depth + 1))
    return "".join(parts)


def unwrap_reference(reference: JsonValue) -> JsonValue:
    """Return a reference without the wrappers that platforms put around it.

    ``{"text": x}`` and other objects whose only key is well-known become ``x``, also if they are JSON text.
    Blank text and empty containers mean that there is no reference: they become None.
    """
    for _ in range(WRAPPING_DEPTH_LIMIT):
        if isinstance(reference, str):
            decoded = _parse_json(reference) if reference.lstrip().startswith("{") else None
            if not (isinstance(decoded, dict) and _wrapping_key(decoded)):
                break
            reference = decoded
        if not isinstance(reference, MAPPINGS):
            break
        key = _wrapping_key(reference)
        if key is None:
            break
        reference = reference[key]
    if isinstance(reference, str):
        return reference if reference.strip() else None
    empty = isinstance(reference, (list, *MAPPINGS)) and not reference
    return None if empty else reference


def reference_at_key(reference: JsonValue, key: str) -> JsonValue:
    """Return the value of one key of a reference that is an object or the JSON text of one; return others unchanged."""
    decoded = _parse_json(reference) if isinstance(reference, str) else reference
    return unwrap_reference(decoded.get(key)) if isinstance(decoded, MAPPINGS) else reference


def _wrapping_key(reference: Mapping[str, JsonValue]) -> str | None:
    if len(reference) != 1:
        return None
    key = next(iter(reference))
    return key if key in WRAPPING_KEYS else None


def _is_row(event: Mapping[str, JsonValue]) -> bool:
    """Return True if an object is one row, False if it is an envelope around rows."""
    return any(key in event for key in ("messages", "prompt", *COMPLETION_PLACES, *REFERENCE_PLACES)) or (
        "id" in event and not any(key in event for key in ENVELOPE_KEYS)
    )


def _decode_base64(body: JsonValue) -> JsonValue:
    """Decode the base64 text that a function URL may put into ``body``; None if ``body`` is not valid base64."""
    try:
        return base64.b64decode(body, validate=True).decode()
    except (TypeError, ValueError):
        return None


def _messages_in(value: JsonValue) -> tuple[Message, ...]:
    if not isinstance(value, (list, tuple)):
        return ()
    return tuple(_message_from(item) for item in value if isinstance(item, MAPPINGS))


def _message_from(item: Mapping[str, JsonValue]) -> Message:
    role = item.get("role")
    calls = item.get("tool_calls")
    return Message(
        role=role.strip().lower() if isinstance(role, str) else "",
        content=text_of(item.get("content")),
        tool_calls=tuple(calls) if isinstance(calls, list) else (),
    )


def _prompt_of(row: Mapping[str, JsonValue]) -> tuple[Message, ...]:
    """Return the conversation of a row that has it in other columns than ``messages``."""
    prompt = row.get("prompt")
    messages = _messages_in(prompt)
    if messages:
        return messages
    text = prompt if isinstance(prompt, str) else row.get("query")
    system = row.get("system")
    turns = (("system", system), ("user", text))
    return tuple(Message(role=role, content=content) for role, content in turns if isinstance(content, str) and content)


def _completion_in(
    row: Mapping[str, JsonValue], messages: Sequence[Message], rules: ReadingRules
) -> tuple[str, tuple[JsonValue, ...]]:
    if rules.completion is not None:
        return text_of(value_at(row, rules.completion)), ()
    if "messages" not in row:
        for place in COMPLETION_PLACES:
            if place == "response" and not _is_response_the_answer(row):
                continue
            if row.get(place) is not None:
                return text_of(row[place]), ()
    answer = answer_place(messages)
    if answer is None:
        # A conversation that ends with a question has no answer; another column may contain one.
        spare = row.get("model_response", row.get("completion"))
        return text_of(spare), ()
    return messages[answer].content, messages[answer].tool_calls


def _is_response_the_answer(row: Mapping[str, JsonValue]) -> bool:
    """Return True if ``response`` is the model's answer, as in verl; in SageMaker evaluation it is the reference."""
    if "prompt" in row or "data_source" in row:
        return True
    return "model_response" not in row and "query" not in row


def _reference_in(row: Mapping[str, JsonValue], rules: ReadingRules) -> tuple[JsonValue, str]:
    places: Iterable[str] = REFERENCE_PLACES if rules.reference is None else (rules.reference,)
    for place in places:
        reference = unwrap_reference(value_at(row, place))
        if place == "chosen" and isinstance(reference, list):
            turns = _messages_in(reference)
            answer = answer_place(turns)
            reference = None if answer is None else unwrap_reference(turns[answer].content)
        if reference is not None:
            return reference, place
    if rules.reference is None and "response" in row and not _is_response_the_answer(row):
        reference = unwrap_reference(row["response"])
        return reference, "response" if reference is not None else ""
    return None, ""


def _id_of(row: Mapping[str, JsonValue], rules: ReadingRules, position: int) -> JsonValue:
    places = _ID_PLACES if rules.id is None else (rules.id,)
    for place in places:
        value = value_at(row, place)
        if value is not None:
            return value
    return str(position)


def _metadata_of(row: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Merge all other columns; those in ``metadata`` win over those of the row, which win over ``extra_info``."""
    merged: dict[str, JsonValue] = {}
    extra = row.get("extra_info")
    if isinstance(extra, MAPPINGS):
        merged.update(extra)
    merged.update((name, value) for name, value in row.items() if name not in _CORE_COLUMNS)
    metadata = row.get("metadata")
    if isinstance(metadata, MAPPINGS):
        merged.update(metadata)
    merged.pop("reference_answer", None)
    return MappingProxyType(merged) if merged else NO_METADATA


def value_at(row: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at a dotted path of a row; None if there is none. A column whose name is the whole path wins."""
    if path in row:
        return row[path]
    value: JsonValue = row
    for part in path.split("."):
        if not isinstance(value, MAPPINGS):
            return None
        value = value.get(part)
    return value


def _parse_json(text: str) -> JsonValue:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_type(value: JsonValue) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), type(value).__name__)
