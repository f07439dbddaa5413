"""``schema.json``: the answer is exactly one JSON value, and it satisfies the schema.

A gate, not a reward: most schemas have valid values without any content, so let it guard a scorer of the content, such
as ``schema.fields``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rlvr import Record, Score, Scorer, scorer
from rlvr.record import JsonValue
from rlvr_schema.content_free import audited_once, loose_in
from rlvr_schema.extraction import Extraction, Rung, extraction_from
from rlvr_schema.source import SchemaOptions, Source, source_of
from rlvr_schema.strict import Fault, parse
from rlvr_schema.validation import ENGINE, SchemaError, SchemaFault, Validator, compiled, fingerprint

# What `rlvr explain` shows of a value.
SHOWN_CHARACTERS = 500


class JsonOptions(SchemaOptions, frozen=True, kw_only=True):
    """Options of ``schema.json``."""


class Conformance(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a text is one JSON value that a schema allows.

    Attributes:
        valid: It is.
        fault: Why the text is no JSON value that can be read; None if it is one.
        faults: Where the value breaks the schema.
        draft: The dialect that it was judged by.
        engine: The library that judged.
        formats: Whether ``format`` was asserted; None if the draft decided.
    """

    valid: bool
    fault: Fault | None = None
    faults: tuple[SchemaFault, ...] = ()
    draft: str
    engine: str
    formats: bool | None = True


def conforms(
    text: str | bytes,
    schema: JsonValue,
    *,
    draft: str | None = None,
    formats: bool | None = True,
    documents: Mapping[str, JsonValue] | None = None,
) -> Conformance:
    """Say whether a text is exactly one JSON value that satisfies a schema.

    Args:
        text: What to judge; bytes are UTF-8.
        schema: A mapping or a truth value.
        draft: The dialect of a schema that names none, such as ``draft7``; the newest if None.
        formats: Assert ``format``; None does what the draft says.
        documents: Further schemas by their URI, which ``$ref`` may name; nothing else is ever fetched.

    Raises:
        SchemaError: The schema is none.
    """
    validator = compiled(schema, draft=draft, formats=formats, documents=documents)
    parsed = parse(text)
    faults = () if parsed.fault else faults_of(validator, parsed.value)
    return Conformance(
        valid=not parsed.fault and not faults,
        fault=parsed.fault,
        faults=faults,
        draft=validator.draft,
        engine=validator.engine,
        formats=validator.formats,
    )


def faults_of(validator: Validator, value: JsonValue) -> tuple[SchemaFault, ...]:
    """Say where a value breaks a schema; nothing if it satisfies it. What cannot be judged is broken."""
    try:
        if validator.is_valid(value):
            return ()
        return validator.faults(value) or (SchemaFault(at="", keyword="", problem="not valid"),)
    except ValueError as error:
        return (SchemaFault(at="", keyword="", problem=f"cannot be judged: {error}"),)


def _score(record: Record, source: Source) -> Score:
    try:
        validator, schema = source.of(record)
    except SchemaError as error:
        return Score.invalid_task(str(error))
    found = extraction_from(record, repair=source.options.repaired > 0.0)
    if found.rung is None:
        return unextracted(found)
    faults = (*faults_of(validator, found.value), *_invisible_keys(record, found.value, schema))
    echo = not faults and isinstance(schema, dict) and found.value == schema
    value = 0.0 if faults or echo else source.options.factor(found.rung)
    return Score(
        value=value,
        reason="repeats the schema" if echo else told(faults) or _praised(found),
        evidence=evidence_of(found, validator, faults),
        metrics={
            "json_valid": float(found.rung is not Rung.REPAIRED),
            "schema_valid": float(not faults),
            "extraction_exact": float(found.rung is Rung.EXACT),
            "errors": float(len(faults)),
        },
    )


def _invisible_keys(record: Record, value: JsonValue, schema: JsonValue) -> Iterable[SchemaFault]:
    """Refuse names that print as others do: two readers of such an object may see two answers in it."""
    if record.completion.isascii() and "\\" not in record.completion:
        return
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


def unextracted(found: Extraction) -> Score:
    """Score an answer without a JSON value that counts."""
    fault = f"{found.fault}: " if found.fault else ""
    metrics = {"json_valid": 0.0, "schema_valid": 0.0, "extraction_exact": 0.0, "errors": 1.0}
    return Score(value=0.0, reason=fault + found.problem, metrics=metrics)


def told(faults: tuple[SchemaFault, ...]) -> str:
    """Say the first fault in words; "" if there is none."""
    if not faults:
        return ""
    at = faults[0].at or "the whole"
    return f"{len(faults)} schema errors; {at}: {faults[0].problem}"


def _praised(found: Extraction) -> str:
    return f"valid, {found.rung}" + (f", {found.edits} slips undone" if found.edits else "")


def evidence_of(found: Extraction, validator: Validator, faults: tuple[SchemaFault, ...]) -> Mapping[str, JsonValue]:
    """Gather what `rlvr explain` shows of a value and how it was judged."""
    judged = {"draft": validator.draft, "validator": validator.engine, "formats": validator.formats}
    return {
        "extraction": str(found.rung),
        "value": value_shown(found.value),
        "faults": [msgspec.to_builtins(fault) for fault in faults],
        **judged,
    }


def value_shown(value: JsonValue) -> str:
    """Write the beginning of a value, for people."""
    return msgspec.json.encode(value)[:SHOWN_CHARACTERS].decode(errors="ignore")


def _audited(record: Record, source: Source) -> Iterator[str]:
    """Say, once for each schema, what is wrong with it or pays for nothing."""
    _, schema = source.of(record)
    if audited_once(source.audited, fingerprint(schema)):
        yield from loose_in(schema)


json_scorer: Scorer = scorer(
    options=JsonOptions,
    metrics=("json_valid", "schema_valid", "extraction_exact", "errors"),
    bounded=ENGINE == "jsonschema-rs",
    prepare=source_of,
    audit=_audited,
)(_score)
