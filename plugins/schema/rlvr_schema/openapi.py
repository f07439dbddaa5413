"""``schema.openapi``: the answer describes a response that an operation of an OpenAPI document may give.

A gate, as ``schema.json`` is: what the response should say is for ``schema.fields`` to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, assert_never

import msgspec
from msgspec import Meta

from rlvr import JsonValue, Record, Score, Scorer, SuiteFile, scorer
from rlvr_schema.reading.extraction import extraction_from
from rlvr_schema.reading.ladder import LadderOptions
from rlvr_schema.responses.bundle import bundled
from rlvr_schema.responses.document import document_of, operation_named
from rlvr_schema.responses.response import Operation, ResponseGrade, judged, operation_of
from rlvr_schema.schemas.conformance import BREAKS_SCHEMA, told, value_shown
from rlvr_schema.schemas.content_free import audited_once, loose_in
from rlvr_schema.schemas.shapes import read_schema
from rlvr_schema.schemas.validation import ENGINE, Kept, SchemaError, ends_in_time, fingerprint

StatusPattern = Annotated[str, Meta(pattern="^[1-5]([0-9][0-9]|XX)$")]

# Operations compiled and kept; the rows of a data set under way ask for few documents.
OPERATIONS_LIMIT = 1_024


class OpenapiOptions(LadderOptions, frozen=True, kw_only=True):
    """Where the document is: the first of ``document``, ``document_file`` and ``document_field`` that there is."""

    document: Annotated[dict[str, Any] | None, Meta(description="The OpenAPI document itself, 3.0 or 3.1.")] = None
    document_file: Annotated[SuiteFile | None, Meta(description="A JSON or YAML file that holds it.")] = None
    document_files: Annotated[
        tuple[SuiteFile, ...], Meta(description="Further files that references of `document_file` lead to.")
    ] = ()
    document_field: Annotated[str, Meta(description="The record's field that holds it, as JSON or its text.")] = (
        "openapi"
    )
    operation: Annotated[
        str | None, Meta(description="The operation, by operationId or as `GET /pets/{id}`; else each row names one.")
    ] = None
    operation_field: Annotated[str, Meta(description="The record's field that names it.")] = "operation"
    statuses: Annotated[
        tuple[StatusPattern, ...], Meta(description="Statuses that are right, such as 201 or 2XX; any if empty.")
    ] = ()
    status_field: Annotated[
        str, Meta(description="The record's field with the one status that is right, before `statuses`.")
    ] = "status"


class PreparedOpenapi(msgspec.Struct, frozen=True, kw_only=True):
    """The options, and the suite's own document, if it gives one."""

    options: OpenapiOptions
    document: JsonValue = None
    audited: set[bytes] = msgspec.field(default_factory=set)


def grade_response(
    described: JsonValue, document: JsonValue, operation: str, *, statuses: tuple[str, ...] = ()
) -> ResponseGrade:
    """Return whether a described response is one that an operation may give.

    Args:
        described: ``status``, and ``media_type``, ``headers`` and ``body`` if there are any.
        document: The OpenAPI document, 3.0 or 3.1.
        operation: Its operationId, or method and path: ``GET /pets/{id}`` or ``GET /pets/7``.
        statuses: The statuses that are right, such as ``201`` or ``2XX``; any if empty.

    Raises:
        SchemaError: The document, or the operation in it, cannot be read.
    """
    return judged(described, _operation(document, operation), statuses)


def _operation(document: JsonValue, name: str) -> Operation:
    """Compile an operation, or find it among those compiled before."""

    def compile_it() -> Operation:
        read = document_of(document)
        return operation_of(read, operation_named(read, name))

    return _operations.of((fingerprint(document), name), compile_it)


_operations: Kept[Operation] = Kept(OPERATIONS_LIMIT)


def _asked(record: Record, prepared: PreparedOpenapi) -> tuple[Operation, tuple[str, ...]]:
    """Find the operation and the statuses that a record asks for."""
    options = prepared.options
    name = options.operation or record.field(options.operation_field)
    if not isinstance(name, str):
        raise SchemaError(f"no operation: the suite names none, and the row has no {options.operation_field!r}")
    status = record.field(options.status_field)
    return _operation(_document(record, prepared), name), options.statuses if status is None else (str(status).upper(),)


def _document(record: Record, prepared: PreparedOpenapi) -> JsonValue:
    if prepared.document is not None:
        return prepared.document
    document = record.field(prepared.options.document_field)
    if document is None:
        raise SchemaError(f"no document: the suite gives none, the row has no {prepared.options.document_field!r}")
    return read_schema(document)


def _score(record: Record, prepared: PreparedOpenapi) -> Score:
    """Pay for an HTTP response that an operation of an OpenAPI document allows."""
    options = prepared.options
    try:
        operation, statuses = _asked(record, prepared)
    except SchemaError as error:
        return Score.invalid_task(str(error), "unreadable_schema")
    found = extraction_from(record, repair=options.repaired > 0.0)
    if found.rung is None:
        return Score(
            value=0.0, reason=found.refusal, reason_class=found.refusal_class, metrics=_metrics(ResponseGrade())
        )
    grade = judged(found.value, operation, statuses)
    return Score(
        value=options.factor(found.rung) if grade.conforms else 0.0,
        reason=told(grade.faults) or f"conforms to {operation.name}, response {grade.described_as}",
        reason_class="" if grade.conforms else BREAKS_SCHEMA,
        evidence={
            "extraction": str(found.rung),
            "operation": operation.name,
            "described_as": grade.described_as,
            "value": value_shown(found.value),
            "faults": [msgspec.to_builtins(fault) for fault in grade.faults],
        },
        metrics=_metrics(grade),
    )


def _metrics(grade: ResponseGrade) -> dict[str, float]:
    return {
        "status_ok": float(grade.status_ok),
        "media_type_ok": float(grade.media_type_ok),
        "headers_ok": float(grade.headers_ok),
        "body_ok": float(grade.body_ok),
    }


def _prepared(options: OpenapiOptions) -> PreparedOpenapi:
    """Read the suite's document and compile its operation, if it gives them."""
    options.check()
    document: JsonValue = options.document
    if document is None and options.document_file is not None:
        others = {file.name: _read_document(file) for file in options.document_files}
        document = bundled(options.document_file.name, _read_document(options.document_file), others)
    prepared = PreparedOpenapi(options=options, document=document)
    if document is not None:
        document_of(document)
        if options.operation is not None:
            _operation(document, options.operation)
    return prepared


def _read_document(file: SuiteFile) -> JsonValue:
    """Read a document's file: YAML by the end of its name, else JSON."""
    if not file.name.lower().endswith((".yaml", ".yml")):
        return read_schema(file.text)
    import yaml

    try:
        read = yaml.load(file.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # the safe ones
    except yaml.YAMLError as error:
        raise SchemaError(f"{file.name} is no YAML: {error}") from None
    return _named_by_text(read)


def _named_by_text(value: Any) -> JsonValue:
    """Write keys as JSON has them: YAML reads an unquoted ``200`` as a number."""
    if isinstance(value, dict):
        return {str(key): _named_by_text(inner) for key, inner in value.items()}
    return [_named_by_text(inner) for inner in value] if isinstance(value, list) else value


def _audited(record: Record, prepared: PreparedOpenapi) -> Iterator[str]:
    """Say, once for each document and operation, what is wrong with it or pays for nothing."""
    document = _document(record, prepared)
    operation, _ = _asked(record, prepared)
    if audited_once(prepared.audited, fingerprint(document)):
        yield from _document_problems(document)
    if audited_once(prepared.audited, fingerprint([operation.name, document])):
        for expected in operation.responses.values():
            for media in expected.media:
                yield from loose_in(media.schema, f"{operation.name}, {expected.key}, {media.range}: ")


# More faults of one document than anybody mends at a time.
_PROBLEMS_SHOWN = 20


def _document_problems(document: JsonValue) -> Iterator[str]:
    """Name what the library says against a document; nothing where it is not installed."""
    try:
        from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
    except ImportError:
        return
    match version := document_of(document).version:
        case "3.0":
            problems = OpenAPIV30SpecValidator(document).iter_errors()
        case "3.1":
            problems = OpenAPIV31SpecValidator(document).iter_errors()
        case _:
            assert_never(version)
    for _, error in zip(range(_PROBLEMS_SHOWN), problems, strict=False):
        yield f"the OpenAPI document: {getattr(error, 'json_path', '$')}: {error.message.splitlines()[0][:300]}"


openapi: Scorer = scorer(
    options=OpenapiOptions,
    metrics=("status_ok", "media_type_ok", "headers_ok", "body_ok"),
    bounded=ends_in_time(ENGINE),
    prepare=_prepared,
    audit=_audited,
)(_score)
