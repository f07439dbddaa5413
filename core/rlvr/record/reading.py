"""Rows and events of every published shape, read into records.

No row raises: what cannot be read becomes a record whose ``problem`` says why, so that a batch keeps a result per row.
Which shapes there are, and which document defines each, is told in ``handler/README.md``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from rlvr.record.record import NO_METADATA, JsonValue, Message, Record, answer_place
from rlvr.record.views import REASONING_TAGS

# Asking for dict first spares parsed JSON the slow question to the abstract class, about 0.4 µs each time.
MAPPINGS = (dict, Mapping)

# Where a reference may stand, the first that holds something wins. Platforms' own places come first, then the habits of
# trainers and datasets.
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
# A reference wrapped in an object of one key is that key's value, if the key is one that platforms wrap with.
WRAPPING_KEYS = frozenset({"text", "answer", "final_answer", "ground_truth", "label", "target", "value"})
WRAPPING_DEPTH_LIMIT = 4

COMPLETION_PLACES = ("model_response", "completion", "response", "solution_str")

# Columns with a meaning of their own; every other one is metadata.
_CORE_COLUMNS = frozenset(
    {"id", "messages", "prompt", "metadata", "extra_info", "reference_answer", *COMPLETION_PLACES}
)
# Names under which rows carry an identity when they have no `id`.
_ID_PLACES = ("id", "task_id", "record_id", "metadata.id", "metadata.key")
ENVELOPE_KEYS = ("trajectories", "batch", "body")
EVENT_DEPTH_LIMIT = 4

# A content part or a wrapper nested deeper than this is not text that a platform sent.
CONTENT_DEPTH_LIMIT = 8


class ReadingRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite says about where rows hold things; None means every known place in order.

    Attributes:
        id: Field path of the id.
        completion: Field path of the text to score.
        reference: Field path of the reference.
        reasoning_tags: The marks of reasoning blocks.
    """

    id: str | None = None
    completion: str | None = None
    reference: str | None = None
    reasoning_tags: tuple[tuple[str, str], ...] = REASONING_TAGS


DEFAULT_RULES = ReadingRules()


def rows_in(event: JsonValue) -> list[JsonValue] | None:
    """Find the rows of an event: a list, one row, or either inside the known envelopes.

    Args:
        event: Parsed JSON of any shape; a JSON text (the ``body`` of an HTTP event) is parsed.

    Returns:
        The rows, each of any JSON type, in order; None if nothing in the event can be rows.
    """
    for _ in range(EVENT_DEPTH_LIMIT):
        if isinstance(event, str):
            event = _parsed(event)
        if isinstance(event, list):
            return event
        if not isinstance(event, dict):
            return None
        key = next((key for key in ENVELOPE_KEYS if key in event), None)
        if key is None or _is_row(event):
            return [event] if _is_row(event) else None
        event = _decoded(event[key]) if event.get("isBase64Encoded") is True else event[key]
    return None


def record_from(row: JsonValue, rules: ReadingRules = DEFAULT_RULES, *, position: int = 0) -> Record:
    """Read one row.

    Args:
        row: One element of the event, of any JSON type.
        rules: Where to look first.
        position: The row's place in its batch; its text is the id of a row that has none.
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
    """Read text from every published shape of content: text, a list of parts, an object with ``text``, null."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    parts: list[str] = []
    # A stack instead of recursion: a hostile event may nest deeper than the interpreter's own limit.
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


def unwrapped(reference: JsonValue) -> JsonValue:
    """Take a reference out of the wrappings that platforms put around it.

    ``{"text": x}`` and other objects with one well-known key become ``x``, also when they come as JSON text.
    None, blank text and empty containers are absent: None.
    """
    for _ in range(WRAPPING_DEPTH_LIMIT):
        if isinstance(reference, str):
            decoded = _parsed(reference) if reference.lstrip().startswith("{") else None
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


def keyed(reference: JsonValue, key: str) -> JsonValue:
    """Take one key out of a reference that is an object, also when it comes as JSON text; others stay as they are."""
    decoded = _parsed(reference) if isinstance(reference, str) else reference
    return unwrapped(decoded.get(key)) if isinstance(decoded, MAPPINGS) else reference


def _wrapping_key(reference: Mapping[str, JsonValue]) -> str | None:
    if len(reference) != 1:
        return None
    key = next(iter(reference))
    return key if key in WRAPPING_KEYS else None


def _is_row(event: Mapping[str, JsonValue]) -> bool:
    """Say whether an object is one row rather than an envelope around rows."""
    return any(key in event for key in ("messages", "prompt", *COMPLETION_PLACES, *REFERENCE_PLACES)) or (
        "id" in event and not any(key in event for key in ENVELOPE_KEYS)
    )


def _decoded(body: JsonValue) -> JsonValue:
    """Decode the base64 text that a function URL may put into ``body``; None if it is none."""
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
    """Read the conversation of rows that keep it outside ``messages``."""
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
        return text_of(at(row, rules.completion)), ()
    if "messages" not in row:
        for place in COMPLETION_PLACES:
            if place == "response" and not _response_is_the_answer(row):
                continue
            if row.get(place) is not None:
                return text_of(row[place]), ()
    answer = answer_place(messages)
    if answer is None:
        # A conversation that ends with a question has no answer; columns beside it may hold one.
        spare = row.get("model_response", row.get("completion"))
        return text_of(spare), ()
    return messages[answer].content, messages[answer].tool_calls


def _response_is_the_answer(row: Mapping[str, JsonValue]) -> bool:
    """Tell verl's ``response`` (the model's answer) from that of SageMaker evaluation (the reference)."""
    if "prompt" in row or "data_source" in row:
        return True
    return "model_response" not in row and "query" not in row


def _reference_in(row: Mapping[str, JsonValue], rules: ReadingRules) -> tuple[JsonValue, str]:
    places: Iterable[str] = REFERENCE_PLACES if rules.reference is None else (rules.reference,)
    for place in places:
        reference = unwrapped(at(row, place))
        if place == "chosen" and isinstance(reference, list):
            turns = _messages_in(reference)
            answer = answer_place(turns)
            reference = None if answer is None else unwrapped(turns[answer].content)
        if reference is not None:
            return reference, place
    if rules.reference is None and "response" in row and not _response_is_the_answer(row):
        reference = unwrapped(row["response"])
        return reference, "response" if reference is not None else ""
    return None, ""


def _id_of(row: Mapping[str, JsonValue], rules: ReadingRules, position: int) -> JsonValue:
    places = _ID_PLACES if rules.id is None else (rules.id,)
    for place in places:
        value = at(row, place)
        if value is not None:
            return value
    return str(position)


def _metadata_of(row: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Merge every other column: those of ``metadata`` win over the row's own, these over ``extra_info``."""
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


def at(row: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Follow a dotted path into a row; a column named with the dots wins; None if it ends early."""
    if path in row:
        return row[path]
    value: JsonValue = row
    for part in path.split("."):
        if not isinstance(value, MAPPINGS):
            return None
        value = value.get(part)
    return value


def _parsed(text: str) -> JsonValue:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_type(value: JsonValue) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), type(value).__name__)
