"""Whether a text is exactly one JSON value that a schema allows, and where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import Fault, parse
from rlvr_schema.schemas.shapes import plain_schema
from rlvr_schema.schemas.validation import SchemaFault, Validator, compiled

# What `rlvr explain` shows of a value.
SHOWN_CHARACTERS = 500


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
    schema: Any,
    *,
    draft: str | None = None,
    formats: bool | None = True,
    documents: Mapping[str, JsonValue] | None = None,
) -> Conformance:
    """Return whether a text is exactly one JSON value that satisfies a schema.

    Args:
        text: What to judge; bytes are UTF-8.
        schema: A JSON Schema, a pydantic model, or an object that asks an API for such an output.
        draft: The dialect of a schema that names none, such as ``draft7``; the newest if None.
        formats: Assert ``format``; None does what the draft says.
        documents: Further schemas by their URI, which ``$ref`` may name; nothing else is ever fetched.

    Raises:
        SchemaError: The schema is none.
    """
    validator = compiled(plain_schema(schema), draft=draft, formats=formats, documents=documents)
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
    """Return where a value breaks a schema; nothing if it satisfies it. What cannot be judged is broken."""
    try:
        if validator.is_valid(value):
            return ()
        return validator.faults(value) or (SchemaFault(at="", keyword="", problem="not valid"),)
    except ValueError as error:
        return (SchemaFault(at="", keyword="", problem=f"cannot be judged: {error}"),)


# The class of the reason of a value that its schema refuses.
BREAKS_SCHEMA = "breaks_schema"


def told(faults: tuple[SchemaFault, ...]) -> str:
    """Describe the first fault; return "" if there is none."""
    if not faults:
        return ""
    at = faults[0].at or "the whole"
    errors = "1 schema error" if len(faults) == 1 else f"{len(faults)} schema errors"
    return f"{errors}; {at}: {faults[0].problem}"


def value_shown(value: JsonValue) -> str:
    """Write the beginning of a value, for people."""
    return msgspec.json.encode(value)[:SHOWN_CHARACTERS].decode(errors="ignore")
