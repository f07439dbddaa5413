"""Puts the rows of ``agreement.py`` to the compliance plugin, by what a row holds."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from agreement import Outcome

from rlvr import Record
from rlvr_compliance.instructions import InstructionsOptions, instructions
from rlvr_compliance.leaks.personal_data import SUPPORTED
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.pii import PiiOptions, pii
from rlvr_compliance.secrets import secrets

# What a pattern may cost on the text that was made to hang it.
ATTACK_LIMIT_SECONDS = 0.020


def judge(row: dict[str, Any]) -> Outcome | None:
    """Judge a row of instructions, of personal data, of secrets or of an attack on a pattern."""
    if "instruction_ids" in row:
        return _instructions(row)
    if "attack" in row:
        return _attack(row)
    return _personal(row) if "entities" in row else _secret(row)


def _instructions(row: dict[str, Any]) -> Outcome | None:
    if row.get("labels") is None or "response" not in row:
        return None
    fields = {"instruction_id_list": row["instruction_ids"], "kwargs": row["kwargs"]}
    record = Record(completion=row["response"], metadata=fields)
    score = instructions(record, InstructionsOptions(semantics="published", view="full"))
    got = score.evidence.get("followed") or score.reason
    paid = isinstance(got, list) and any(mine and not theirs for mine, theirs in zip(got, row["labels"], strict=True))
    return Outcome(agrees=got == row["labels"], overpaid=paid, got=got, expected=row["labels"])


def _attack(row: dict[str, Any]) -> Outcome:
    """A pattern that is refused at load costs nothing later."""
    start = time.perf_counter()
    try:
        options = msgspec.convert(
            {"rules": [{"id": "rule", "tier": "must-not", "pattern": row["pattern"]}]}, PatternsOptions
        )
    except msgspec.ValidationError:
        return Outcome(agrees=time.perf_counter() - start < ATTACK_LIMIT_SECONDS, got="refused")
    patterns(Record(completion=row["attack"]), options)
    seconds = time.perf_counter() - start
    return Outcome(agrees=seconds < ATTACK_LIMIT_SECONDS, got=seconds, expected=ATTACK_LIMIT_SECONDS)


def _personal(row: dict[str, Any]) -> Outcome | None:
    entities = tuple(row["entities"])
    if not SUPPORTED.issuperset(entities):
        return None
    score = pii(Record(completion=row["text"]), PiiOptions(entities=entities))
    got = int(score.metrics["violations"])
    return Outcome(agrees=got == row["expected"], overpaid=got < row["expected"], got=got, expected=row["expected"])


def _secret(row: dict[str, Any]) -> Outcome:
    got = secrets(Record(completion=row["text"])).metrics["violations"] > 0
    return Outcome(agrees=got == row["expected"], overpaid=not got, got=got, expected=row["expected"])
