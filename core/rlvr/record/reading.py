"""Conversion of rows of every published shape into records.

No row raises: a row that cannot be read becomes a record whose ``problem`` says why, so that a batch keeps a result per
row. A completion that is not found is such a problem, never an empty answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import msgspec

from rlvr.record.completions import NULL, Answer, Kind, answer_of, answers_in
from rlvr.record.failures import failure_in
from rlvr.record.formats import HANDED_OVER, SPARE_PLACES
from rlvr.record.json_value import MAPPINGS, JsonValue, describe_type, is_plain, plain_value
from rlvr.record.messages import ANSWER_ROLES, Message, answer_place, messages_in, question_end
from rlvr.record.missing import describe_missing
from rlvr.record.places import ABSENT
from rlvr.record.plans import Plan, Plans
from rlvr.record.prompts import prompt_in
from rlvr.record.record import NO_METADATA, Record
from rlvr.record.references import unwrap_reference
from rlvr.record.rules import DEFAULT_RULES, ReadingRules


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was read from a row, and from where; a place is "" if nothing was found.

    Attributes:
        format: Name of the row's format; "" for a row that is no object.
        id: The id; the position, as text, for a row without one.
        id_at: Its place.
        prompt: The conversation before the completion.
        prompt_at: Its place.
        answers: The completions: one, or k of them; none if there is a problem.
        completion_at: Their place.
        reference: The reference.
        reference_at: Its place.
        metadata: All other columns.
        problem: Why the row cannot be scored; "" if it can.
        is_unanswered: Whether the conversation ends with the question, and no other place holds an answer.
        is_paired: Whether the prompts and references are lists with one element for each completion.
    """

    format: str = ""
    id: JsonValue = None
    id_at: str = ""
    prompt: tuple[Message, ...] = ()
    prompt_at: str = ""
    answers: Sequence[Answer] = ()
    completion_at: str = ""
    reference: JsonValue = None
    reference_at: str = ""
    metadata: Mapping[str, JsonValue] = NO_METADATA
    problem: str = ""
    is_unanswered: bool = False
    is_paired: bool = False


class _Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The completions of a row and their place, or the reason why there are none."""

    answers: Sequence[Answer] | None = None
    place: str = ""
    problem: str = ""
    is_unanswered: bool = False


def records_from(row: JsonValue, rules: ReadingRules = DEFAULT_RULES, *, position: int = 0) -> list[Record]:
    """Read one row into records: one, or k records for a row with k completions.

    Args:
        row: One element of the event, of any JSON type; numpy and Arrow values are read as JSON values.
        rules: The places that the suite names.
        position: Position of the row in its batch; as text it is the id of a row without one.
    """
    return records_of(_read(row, rules, position), rules)


def records_of(reading: Reading, rules: ReadingRules) -> list[Record]:
    """Return the records of a row that was read: one for each completion, or one with a problem."""
    answers = reading.answers or (Answer(),)
    if len(answers) == 1:
        return [_record(reading, answers[0], rules, 0)]
    return [_record(reading, answer, rules, number) for number, answer in enumerate(answers)]


def record_from(row: JsonValue, rules: ReadingRules = DEFAULT_RULES, *, position: int = 0) -> Record:
    """Return the record of one row with one completion; see :func:`records_from`.

    A row with several completions becomes a record with a problem, because the caller expects one reward.
    """
    reading = _read(row, rules, position)
    if len(reading.answers) > 1:
        problem = (
            f"the row has {len(reading.answers)} completions at `{reading.completion_at}`, "
            "and one result is expected for each row; send a row for each completion"
        )
        reading = msgspec.structs.replace(reading, answers=(), problem=problem)
    return _record(reading, reading.answers[0] if reading.answers else Answer(), rules, 0)


def read_row(row: JsonValue, rules: ReadingRules = DEFAULT_RULES, *, position: int = 0) -> Reading:
    """Find the parts of a row; see :func:`records_from`."""
    if not isinstance(row, MAPPINGS):
        return Reading(id=str(position), problem=f"the row is {describe_type(row)}, not an object")
    if type(row) is not dict or not is_plain(row):
        row = plain_value(dict(row))
    plan = _plans_of(rules).plan_for(row)
    found = _find_completions(row, plan)
    reference, reference_at = _find_reference(row, plan)
    problem = found.problem
    is_null = found.answers is not None and all(answer.is_null for answer in found.answers)
    if is_null and _has_calls(row):  # the text of a turn that only calls is null
        found, is_null = _Found(answers=[Answer(tool_calls=tuple(row["tool_calls"]))], place=found.place), False
    if plan.faults or found.answers is None or is_null:
        problem = failure_in(row, plan, found.answers) or problem
        if not problem and found.answers is None:
            problem = describe_missing(row, rules, has_reference=bool(reference_at))
    record_id, id_at = _find_id(row, plan, position)
    prompt, prompt_at = _find_prompt(row, plan, found)
    return Reading(
        format=plan.format.name,
        id=record_id,
        id_at=id_at,
        prompt=prompt,
        prompt_at=prompt_at,
        answers=() if problem or found.answers is None else found.answers,
        completion_at=found.place,
        reference=reference,
        reference_at=reference_at,
        metadata=_metadata_of(row, plan),
        problem=problem,
        is_unanswered=found.is_unanswered,
        is_paired=plan.format.is_paired,
    )


def _has_calls(row: Mapping[str, JsonValue]) -> bool:
    calls = row.get("tool_calls")
    return isinstance(calls, (list, tuple)) and any(isinstance(each, MAPPINGS) for each in calls)


def _read(row: JsonValue, rules: ReadingRules, position: int) -> Reading:
    try:
        return read_row(row, rules, position=position)
    except Exception as error:  # noqa: BLE001  # a bug here must cost one row, not the batch
        return Reading(id=str(position), problem=f"the row cannot be read: {type(error).__name__}: {str(error)[:200]}")


@lru_cache(maxsize=64)
def _plans_of(rules: ReadingRules) -> Plans:
    return Plans(rules)


def _record(reading: Reading, answer: Answer, rules: ReadingRules, number: int) -> Record:
    prompt, reference = reading.prompt, reading.reference
    if reading.is_paired:
        prompt = prompt[number : number + 1] if len(prompt) == len(reading.answers) else prompt
        is_list = isinstance(reference, list) and len(reference) == len(reading.answers)
        reference = reference[number] if is_list else reference
    text, turns, calls = answer.text, answer.turns, answer.tool_calls
    prompt_turns: int | None = None
    if not prompt or turns[: len(prompt)] == prompt:
        messages = turns or prompt
    else:
        messages, prompt_turns = prompt + turns, len(prompt)
    if rules.reads_all_turns and turns:
        start = question_end(turns) if prompt_turns is None else 0
        calls = tuple(call for turn in turns[start:] for call in turn.tool_calls) or calls
    return Record(
        id=reading.id,
        messages=messages,
        completion=text,
        reference=reference,
        metadata=reading.metadata,
        tool_calls=calls,
        reference_at=reading.reference_at,
        problem=reading.problem,
        reasoning_tags=rules.reasoning_tags,
        prompt_turns=prompt_turns,
        typed_reasoning=answer.reasoning,
        is_unanswered=reading.is_unanswered,
    )


def _find_completions(row: Mapping[str, JsonValue], plan: Plan) -> _Found:
    if plan.completion:
        return _at_named_places(row, plan)
    if plan.is_named:
        return _Found()
    if plan.guesses:
        return _at_guessed_places(row, plan)
    if plan.has_messages:
        return _in_conversation(row)
    if plan.has_prompt:
        return _at_the_end_of_the_prompt(row)
    return _Found(problem=plan.format.refusal)


def _at_named_places(row: Mapping[str, JsonValue], plan: Plan) -> _Found:
    """Read the first place that is there and has a value; a place with null is blank if no other has a value."""
    null_at, textless = "", None
    for place in plan.completion:
        value = place.find(row)
        if value is ABSENT:
            continue
        kind: Kind = "answer" if plan.is_named or place.path in HANDED_OVER else plan.format.kind
        answers = answers_in(value, kind)
        if answers is None:
            textless = textless or _Found(place=place.path, problem=_describe_textless(place.path, value))
        elif len(answers) == 1 and answers[0].is_null:
            null_at = null_at or place.path
        else:
            if kind == "continuation":
                answers = _without_prompts(answers, prompt_in(row, plan.prompt)[0])
            return _Found(answers=answers, place=place.path)
    if null_at:
        return _Found(answers=[NULL], place=null_at)
    return textless or _Found()


def _describe_textless(place: str, value: JsonValue) -> str:
    if isinstance(value, (list, tuple)) and not value:
        return f"`{place}` is an empty list: the row has no completion"
    turns = messages_in(value)
    if turns:
        return f"`{place}` has no turn of the model after the last question"
    return f"`{place}` holds no text of a completion but {describe_type(value)}"


def _at_guessed_places(row: Mapping[str, JsonValue], plan: Plan) -> _Found:
    held = [(place, answers_in(row[place])) for place in plan.guesses]
    held = [each for each in held if each[1] is None or not all(answer.is_null for answer in each[1])]
    if not held:
        return _in_conversation(row) if plan.has_messages else _Found(answers=[NULL], place=plan.guesses[0])
    place, answers = held[0]
    differing = next((other for other, others in held[1:] if _texts_of(others) != _texts_of(answers)), None)
    if differing is not None:
        problem = (
            f"`{place}` and `{differing}` differ, and either may be the completion; "
            f"name one: `read: {{completion: {place}}}`"
        )
        return _Found(problem=problem)
    if answers is None:
        return _Found(place=place, problem=_describe_textless(place, row[place]))
    return _Found(answers=answers, place=place)


def _texts_of(answers: Sequence[Answer] | None) -> list[str]:
    return [] if answers is None else [answer.text for answer in answers]


def _in_conversation(row: Mapping[str, JsonValue]) -> _Found:
    """Read the turn that answers; without one, the columns where a platform's event may have the answer."""
    turns = messages_in(row["messages"])
    place = answer_place(turns)
    if place is not None:
        return _Found(answers=[answer_of(turns, place)], place="messages")
    for column in SPARE_PLACES:
        answers = answers_in(row[column]) if row.get(column) is not None else None
        if answers is not None:
            return _Found(answers=answers, place=column)
    if not isinstance(row["messages"], (list, tuple)):
        return _Found()
    return _Found(answers=[Answer(turns=turns)], place="messages", is_unanswered=True)


def _at_the_end_of_the_prompt(row: Mapping[str, JsonValue]) -> _Found:
    """Read the assistant turn that ends the conversation of ``prompt``, as some platforms send it."""
    turns = messages_in(row["prompt"])
    is_answered = bool(turns) and turns[-1].role in ANSWER_ROLES
    return _Found(answers=[answer_of(turns, len(turns) - 1)], place="prompt") if is_answered else _Found()


def _without_prompts(answers: Sequence[Answer], prompt: Sequence[Message]) -> list[Answer]:
    """Return answers without the prompt that each repeats at its start; the prompts are one, or one for each answer."""
    prompts = [turn.content for turn in prompt]
    if len(prompts) != len(answers):
        prompts = (prompts[-1:] or [""]) * len(answers)
    return [
        msgspec.structs.replace(answer, text=answer.text[len(repeated) :].lstrip(" "))
        if repeated and not answer.turns and answer.text.startswith(repeated)
        else answer
        for answer, repeated in zip(answers, prompts, strict=True)
    ]


def _find_prompt(row: Mapping[str, JsonValue], plan: Plan, found: _Found) -> tuple[tuple[Message, ...], str]:
    if found.place == "messages":
        return (), "messages"  # the conversation, which was read, has the prompt
    prompt, place = prompt_in(row, plan.prompt)
    if found.answers and not prompt and question_end(found.answers[0].turns):
        return (), found.place  # the conversation, which was read, has the prompt
    if not prompt and not found.answers:
        for each in plan.completion:  # a conversation in which the model did not answer
            turns = messages_in(each.find(row))
            if turns:
                return turns[: question_end(turns)], each.path
    return prompt, place


def _find_reference(row: Mapping[str, JsonValue], plan: Plan) -> tuple[JsonValue, str]:
    """Return the first reference and its place; one that is empty only if there is no other."""
    empty: tuple[JsonValue, str] = None, ""
    for place in plan.reference:
        value = place.find(row)
        if value is ABSENT or value is None:
            continue
        reference = unwrap_reference(value)
        if reference is None:
            continue
        if reference or not isinstance(reference, (list, tuple)):
            return reference, place.path
        if not empty[1]:
            empty = reference, place.path
    return empty


def _find_id(row: Mapping[str, JsonValue], plan: Plan, position: int) -> tuple[JsonValue, str]:
    for place in plan.id:
        value = place.find(row)
        if value is not None and value is not ABSENT:
            return value, place.path
    return str(position), ""


def _metadata_of(row: Mapping[str, JsonValue], plan: Plan) -> Mapping[str, JsonValue]:
    """Merge all other columns; those in ``metadata`` win over those of the row, which win over ``extra_info``."""
    merged: dict[str, JsonValue] = {}
    extra = row.get("extra_info")
    if extra is not None and isinstance(extra, MAPPINGS):  # to ask the abstract class about None is slow
        merged.update(extra)
    for name in plan.metadata:
        merged[name] = row[name]
    metadata = row.get("metadata")
    if isinstance(metadata, MAPPINGS):
        merged.update(metadata)
    merged.pop("reference_answer", None)
    return MappingProxyType(merged) if merged else NO_METADATA
