"""``schema.json``: the answer is exactly one JSON value, and it satisfies the schema.

A gate, not a reward: most schemas have valid values without any content, so let it guard a scorer of the content, such
as ``schema.fields``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rlvr import JsonValue, Record, Score, Scorer, scorer
from rlvr_schema.reading.extraction import Extraction, extraction_from
from rlvr_schema.reading.ladder import Rung
from rlvr_schema.schemas.conformance import BREAKS_SCHEMA, faults_of, told, value_shown
from rlvr_schema.schemas.content_free import audited_once, loose_in
from rlvr_schema.schemas.source import SchemaOptions, Source, source_of
from rlvr_schema.schemas.validation import ENGINE, SchemaError, SchemaFault, Validator, ends_in_time, fingerprint


class JsonOptions(SchemaOptions, frozen=True, kw_only=True):
    """Options of ``schema.json``."""


# The metrics of an answer without a value.
_UNREAD: Mapping[str, float] = {"json_valid": 0.0, "schema_valid": 0.0, "extraction_exact": 0.0, "errors": 1.0}


def _score(record: Record, source: Source) -> Score:
    """Pay for JSON that a schema allows. Use it as a gate; alone it pays for any value of the right form."""
    try:
        validator, schema = source.of(record)
    except SchemaError as error:
        return Score.invalid_task(str(error), "unreadable_schema")
    found = extraction_from(record, repair=source.options.repaired > 0.0)
    if found.rung is None:
        return Score(value=0.0, reason=found.refusal, reason_class=found.refusal_class, metrics=_UNREAD)
    faults = faults_of(validator, found.value)
    if not record.completion.isascii() or "\\" in record.completion:
        faults += tuple(_invisible_keys(found.value, schema))
    echo = not faults and isinstance(schema, dict) and found.value == schema
    value = 0.0 if faults or echo else source.options.factor(found.rung)
    return Score(
        value=value,
        reason="repeats the schema" if echo else told(faults) or _praised(found),
        reason_class="repeats_schema" if echo else BREAKS_SCHEMA if faults else "",
        evidence=evidence_of(found, validator, faults),
        metrics={
            "json_valid": float(found.rung.is_json),
            "schema_valid": float(not faults),
            "extraction_exact": float(found.rung is Rung.EXACT),
            "errors": float(len(faults)),
        },
    )


def _invisible_keys(value: JsonValue, schema: JsonValue) -> Iterable[SchemaFault]:
    """Refuse names that print as others do: two readers of such an object may see two answers in it."""
    known = set(_keys(schema))
    for key in _keys(value):
        if not key.isprintable() and key not in known:
            yield SchemaFault(at="", keyword="key", problem=f"a name with invisible characters, {key[:80]!a}")
            return


def _keys(value: JsonValue) -> Iterator[str]:
    under = [value]
    for node in under:  # grows while it is read, by what the value holds
        if isinstance(node, dict):
            yield from node
            under.extend(node.values())
        elif isinstance(node, list):
            under.extend(node)


def _praised(found: Extraction) -> str:
    if found.rung is Rung.EXACT:
        return "valid, exact"
    return f"valid, {found.rung}" + (f", {found.edits} slips undone" if found.edits else "")


def evidence_of(found: Extraction, validator: Validator, faults: tuple[SchemaFault, ...]) -> Mapping[str, JsonValue]:
    """Gather what `rlvr explain` shows of a value and how it was judged."""
    return {
        "extraction": found.rung.value if found.rung else "",
        "value": value_shown(found.value),
        "faults": [msgspec.to_builtins(fault) for fault in faults] if faults else [],
        "draft": validator.draft,
        "validator": validator.engine,
        "formats": validator.formats,
    }


def _audited(record: Record, source: Source) -> Iterator[str]:
    """Say, once for each schema, what is wrong with it or pays for nothing."""
    _, schema = source.of(record)
    if audited_once(source.audited, fingerprint(schema)):
        yield from loose_in(schema)


json: Scorer = scorer(
    options=JsonOptions,
    metrics=("json_valid", "schema_valid", "extraction_exact", "errors"),
    bounded=ends_in_time(ENGINE),
    prepare=source_of,
    audit=_audited,
)(_score)
