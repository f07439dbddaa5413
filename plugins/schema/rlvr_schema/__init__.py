"""Judging JSON: strict reading, schemas, structured extraction, tool calls, OpenAPI responses.

The public functions are imported when they are asked for, so that finding the plugin stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr_schema.fields import FieldsGrade, FieldsOptions, grade_fields
    from rlvr_schema.openapi import grade_response
    from rlvr_schema.reading.extraction import Extraction, extract
    from rlvr_schema.reading.ladder import Rung
    from rlvr_schema.reading.strict import Fault, Parsed, parse
    from rlvr_schema.responses.response import ResponseGrade
    from rlvr_schema.schemas.conformance import Conformance, conforms
    from rlvr_schema.schemas.content_free import Looseness, looseness
    from rlvr_schema.tool_calls import CallsGrade, grade_calls

__all__ = [
    "CallsGrade",
    "Conformance",
    "Extraction",
    "Fault",
    "FieldsGrade",
    "FieldsOptions",
    "Looseness",
    "Parsed",
    "ResponseGrade",
    "Rung",
    "conforms",
    "extract",
    "grade_calls",
    "grade_fields",
    "grade_response",
    "looseness",
    "parse",
]

_HOMES = {
    "schemas.conformance": ("Conformance", "conforms"),
    "reading.extraction": ("Extraction", "extract"),
    "reading.ladder": ("Rung",),
    "fields": ("FieldsGrade", "FieldsOptions", "grade_fields"),
    "schemas.content_free": ("Looseness", "looseness"),
    "responses.response": ("ResponseGrade",),
    "openapi": ("grade_response",),
    "reading.strict": ("Fault", "Parsed", "parse"),
    "tool_calls": ("CallsGrade", "grade_calls"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"rlvr_schema.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
