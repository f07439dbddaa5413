"""Where a scorer's schema comes from: the suite, a file, or a field of the record."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rlvr import JsonValue, Record, SuiteFile
from rlvr_schema.reading.ladder import LadderOptions
from rlvr_schema.schemas.shapes import plain_schema
from rlvr_schema.schemas.validation import DEFAULT_DRAFT, Draft, SchemaError, Validator, compiled


class SchemaOptions(LadderOptions, frozen=True, kw_only=True):
    """Where the schema is: the first of ``schema``, ``schema_file`` and ``schema_field`` that there is."""

    schema: Annotated[dict[str, Any] | bool | None, Meta(description="The JSON Schema itself.")] = None
    schema_file: Annotated[SuiteFile | None, Meta(description="A JSON file that holds the schema.")] = None
    schema_field: Annotated[str, Meta(description="The record's field that holds it, as JSON or its text.")] = "schema"
    draft: Annotated[Draft, Meta(description="The dialect of schemas that name none with $schema.")] = DEFAULT_DRAFT
    formats: Annotated[bool, Meta(description="`format` is asserted, in every draft.")] = True


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The schema of a suite, compiled, or the promise of one in each record.

    ``audited`` are the fingerprints of schemas that ``rlvr check`` has spoken of.
    """

    options: SchemaOptions
    validator: Validator | None = None
    schema: JsonValue = None
    audited: set[bytes] = msgspec.field(default_factory=set)

    def of(self, record: Record) -> tuple[Validator, JsonValue]:
        """Return the compiled schema of a record, and the schema.

        Raises:
            SchemaError: There is none, or it is wrong.
        """
        if self.validator is not None:
            return self.validator, self.schema
        schema = record.field(self.options.schema_field)
        if schema is None:
            raise SchemaError(f"no schema: the suite gives none, and the row has no {self.options.schema_field!r}")
        return self._compiled(plain_schema(schema))

    def maybe(self, record: Record) -> Validator | None:
        """Return the compiled schema of a record; None if neither the suite nor the record gives one.

        Raises:
            SchemaError: It is wrong.
        """
        given = self.validator is not None or record.field(self.options.schema_field) is not None
        return self.of(record)[0] if given else None

    def _compiled(self, schema: JsonValue) -> tuple[Validator, JsonValue]:
        return compiled(schema, draft=self.options.draft, formats=self.options.formats), schema


def source_of(options: SchemaOptions) -> Source:
    """Read and compile the suite's schema, if it gives one.

    Raises:
        ValueError: It is wrong, or the ladder is.
    """
    options.check()
    schema: JsonValue = None if options.schema is None else plain_schema(options.schema)
    if schema is None and options.schema_file is not None:
        schema = plain_schema(options.schema_file.text)
    source = Source(options=options)
    if schema is None:
        return source
    validator, schema = source._compiled(schema)  # noqa: SLF001  # its own module
    return Source(options=options, validator=validator, schema=schema)
