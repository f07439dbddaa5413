"""Scorers offered by rlvr-schema."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "json": "rlvr_schema.json:json",
        "fields": "rlvr_schema.fields:fields",
        "tool_calls": "rlvr_schema.tool_calls:tool_calls",
        "openapi": "rlvr_schema.openapi:openapi",
    }
