"""Scorers offered by rlvr-schema."""

from collections.abc import Mapping

from rlvr import Scorer, ScorerFactory, hookimpl


@hookimpl
def scorers() -> Mapping[str, ScorerFactory]:
    """Name each scorer, and how to make it; nothing is imported until a task asks for it."""
    return {"json": _json, "fields": _fields, "tool_calls": _tool_calls, "openapi": _openapi}


def _json() -> Scorer:
    from rlvr_schema.json import json

    return json


def _fields() -> Scorer:
    from rlvr_schema.fields import fields

    return fields


def _tool_calls() -> Scorer:
    from rlvr_schema.tool_calls import tool_calls

    return tool_calls


def _openapi() -> Scorer:
    from rlvr_schema.openapi import openapi

    return openapi
