"""Puts the rows of ``agreement.py`` to the schema plugin."""

from __future__ import annotations

import base64
import json
from typing import Any

from agreement import Outcome

from rlvr_schema import conforms, grade_calls, grade_fields, parse

# Documents that the official suite's schemas refer to; its file gives them before the rows that need them.
DOCUMENTS: dict[str, Any] = {}

# The official suite's own settings: formats are asserted in its tests of formats, else the draft decides.
FORMATS: dict[str, bool | None] = {"required": None, "optional": None, "format": True}


def judge(row: dict[str, Any]) -> Outcome | None:
    """Judge a row by its kind."""
    return JUDGES[row["kind"]](row)


def _remote(row: dict[str, Any]) -> None:
    DOCUMENTS[row["uri"]] = row["schema"]


def _valid(row: dict[str, Any]) -> Outcome:
    formats = FORMATS.get(row["group"], True)
    text = json.dumps(row["instance"])
    checked = conforms(text, row["schema"], draft=row["draft"], formats=formats, documents=DOCUMENTS)
    return _outcome(got=checked.valid, expected=row["valid"])


def _parsed(row: dict[str, Any]) -> Outcome | None:
    if row["expect"] == "either":
        parse(base64.b64decode(row["b64"]))
        return None
    return _outcome(got=parse(base64.b64decode(row["b64"])).in_grammar, expected=row["expect"] == "accept")


def _outcome(*, got: bool, expected: bool) -> Outcome:
    return Outcome(agrees=got == expected, overpaid=got, got=got, expected=expected)


def _called(row: dict[str, Any]) -> Outcome:
    """Right means full marks; rows without golds expect no call."""
    graded = grade_calls(
        row.get("possible_answer", []), row["functions"], calls=row["calls"] or (), text=row.get("text") or ""
    )
    return _outcome(got=graded.value == 1.0, expected=row["label"])


def _extracted(row: dict[str, Any]) -> Outcome:
    """Compare a prediction with its gold: equal ones earn 1.0, all others less, unless a label says otherwise."""
    gold, prediction = _json(row["gold"]), _json(row["prediction"])
    expected = row.get("label", row.get("expected", prediction == gold))
    graded = grade_fields(prediction, gold)
    if isinstance(expected, float):  # the value itself
        return Outcome(abs(graded.value - expected) < 1e-9, graded.value > expected, graded.value, expected)
    return _outcome(got=graded.value == 1.0, expected=bool(expected))


def _json(value: Any) -> Any:
    """Read a text of JSON; all else stands as it is."""
    return json.loads(value) if isinstance(value, str) else value


JUDGES = {
    "extraction": _extracted,
    "schema_remote": _remote,
    "schema_valid": _valid,
    "json_parse": _parsed,
    "tool_call": _called,
    "no_call": _called,
}
