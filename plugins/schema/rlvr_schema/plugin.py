"""Scorers offered by rlvr-schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rlvr import hookimpl, how_to_install

if TYPE_CHECKING:
    from rlvr import Record


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "json": "rlvr_schema.json:json",
        "fields": "rlvr_schema.fields:fields",
        "tool_calls": "rlvr_schema.tool_calls:tool_calls",
        "openapi": "rlvr_schema.openapi:openapi",
    }


@hookimpl
def doctor() -> Mapping[str, str]:
    """Return whether schemas are applied by a library whose time the length of the value bounds."""
    from rlvr_schema.schemas.validation import ENGINE, ends_in_time

    slower = f"not installed; {ENGINE} takes its place, in supervised workers; run {how_to_install('jsonschema-rs')}"
    return {"jsonschema-rs": "on" if ends_in_time(ENGINE) else slower}


@hookimpl
def honest(scorer: str, record: Record) -> Iterable[str | Record]:
    """Return the answer that a row's reference describes: its calls as tool calls, its fields as JSON."""
    from rlvr_schema.honest import honest_answers

    return honest_answers(scorer, record)
