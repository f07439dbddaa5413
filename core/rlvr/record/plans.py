"""Plans: which places a row of some keys is read from, decided once for each tuple of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from rlvr.record.formats import (
    COMPLETION_PLACES,
    FORMATS,
    GENERIC,
    HANDED_OVER,
    ID_PLACES,
    PLATFORM_EVENT,
    PROMPT_PLACES,
    TEST_PLACES,
    Condition,
    Format,
    conditions_of,
    formats_named,
    head_of_term,
    reference_places,
)
from rlvr.record.json_value import JsonValue
from rlvr.record.places import Place, head_of, place_of
from rlvr.record.rules import ReadingRules

# Keys that a row's author chose at random could fill the memory: no more plans are kept, none for wide rows.
PLANS_LIMIT = 4_096
COLUMNS_LIMIT = 256

# Columns that have a field of the record; every other column is metadata.
_CORE_COLUMNS = frozenset(
    {"id", "messages", "prompt", "metadata", "extra_info", "reference_answer"}
    | {"model_response", "completion", "completions", "response", "solution_str"}
)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The places of one format in rows of some keys; only places whose column is there, in order.

    Attributes:
        format: The format.
        completion: The places of the completion that its format, the trainer or the suite names.
        is_named: Whether the suite names the completion's place.
        guesses: The columns that may be the completion if no place is named; if two of them differ, none is.
        has_messages: Whether there is a conversation that may end with the answer.
        has_prompt: Whether there is a column ``prompt``, whose conversation may end with the answer.
        reference: The places of the reference.
        prompt: The places of the prompt.
        id: The places of the id.
        metadata: The columns that become metadata.
        faults: What says that the call failed whatever stands at the completion's place.
    """

    format: Format
    completion: tuple[Place, ...]
    is_named: bool
    guesses: tuple[str, ...]
    has_messages: bool
    has_prompt: bool
    reference: tuple[Place, ...]
    prompt: tuple[Place, ...]
    id: tuple[Place, ...]
    metadata: tuple[str, ...]
    faults: tuple[Condition, ...]


class Plans:
    """The plans of one set of rules, by tuple of keys; bounded."""

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        self._formats = formats_named(rules.format) if rules.format else FORMATS
        self._known: dict[tuple[str, ...], list[tuple[list[Condition], Plan]]] = {}

    def plan_for(self, row: Mapping[str, JsonValue]) -> Plan:
        """Return the plan of a row: that of the first format that fits its keys and the types of its values."""
        keys = tuple(row)
        fitting = self._known.get(keys)
        if fitting is None:
            fitting = self._fitting(keys)
            if len(self._known) < PLANS_LIMIT and len(keys) <= COLUMNS_LIMIT:
                self._known[keys] = fitting
        for conditions, plan in fitting:
            for condition in conditions:
                if not condition(row):
                    break
            else:
                return plan
        return fitting[-1][1]

    def _fitting(self, keys: tuple[str, ...]) -> list[tuple[list[Condition], Plan]]:
        found: list[tuple[list[Condition], Plan]] = []
        for each in self._formats:
            conditions = conditions_of(each.needs, keys)
            if conditions is not None:
                found.append((conditions, _plan(each, keys, self._rules)))
                if not conditions:
                    break
        # A row that a named format does not fit has the places of that format all the same, and then lacks them.
        return found or [([], _plan(self._formats[0] if self._rules.format else GENERIC, keys, self._rules))]


def is_row(event: Mapping[str, JsonValue]) -> bool:
    """Return True for an object that has a known place of a prompt, a completion or a reference."""
    if not _ROW_COLUMNS.isdisjoint(event):
        return True
    return any(conditions_of(each.needs, event) is not None for each in FORMATS if len(each.needs.split()) > 1)


_ROW_COLUMNS = frozenset(
    place
    for place in ("messages", "prompt", "question", *HANDED_OVER, *COMPLETION_PLACES, *reference_places("*"))
    if "." not in place
)


def _plan(form: Format, keys: tuple[str, ...], rules: ReadingRules) -> Plan:
    present = frozenset(keys)

    def those_there(places: Iterable[str]) -> tuple[str, ...]:
        return tuple(place for place in dict.fromkeys(places) if place in present or head_of(place) in present)

    is_event = form.name == PLATFORM_EVENT
    handed = those_there(HANDED_OVER)
    named = those_there(form.completion.split())
    completion = those_there(rules.completion) if rules.completion else ((*handed, *named) if not is_event else ())
    guesses = those_there(COMPLETION_PLACES) or _weak_guesses(present)
    reads_generic = not form.completion and not form.refusal
    taken = {place for place in completion[:1] if "." not in place}
    taken |= set(guesses) if reads_generic and not completion and not is_event else set()
    prompts = rules.prompt or (*form.prompt.split(), *PROMPT_PLACES)
    references = rules.reference or (*reference_places(form.reference), *TEST_PLACES)
    return Plan(
        format=form,
        completion=tuple(map(place_of, completion)),
        is_named=bool(rules.completion),
        guesses=guesses if reads_generic and not rules.completion and not is_event else (),
        has_messages="messages" in present and reads_generic,
        has_prompt="prompt" in present and reads_generic,
        reference=tuple(place_of(each) for each in those_there(references) if rules.reference or each not in taken),
        prompt=tuple(place_of(each) for each in those_there(prompts) if rules.prompt or each not in taken),
        id=tuple(map(place_of, those_there(rules.id or (*form.id.split(), *ID_PLACES)))),
        metadata=tuple(key for key in keys if key not in _CORE_COLUMNS and key not in taken),
        faults=tuple(
            condition
            for term in form.fault.split()
            if head_of_term(term) in present
            for condition in conditions_of(term, keys) or ()
        ),
    )


def _weak_guesses(present: frozenset[str]) -> tuple[str, ...]:
    """Return the column `text` beside a prompt's name; alone it may be the question."""
    return ("text",) if "text" in present and not present.isdisjoint(PROMPT_PLACES) else ()
