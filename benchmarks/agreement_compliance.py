"""Puts the rows of ``agreement.py`` to the compliance plugin, by what a row holds."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from agreement import Outcome

from rlvr import Record
from rlvr_compliance.instructions import InstructionsOptions, instructions
from rlvr_compliance.leaks.personal_kinds import SUPPORTED
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.pii import PiiOptions, pii
from rlvr_compliance.secrets import secrets

# What a search may cost on the text that was made to hang it, in CPU time: a busy machine does not change it.
ATTACK_LIMIT_MICROS_PER_CHARACTER = 1.0
# What a score costs whatever the text.
ATTACK_FREE_MICROS = 5_000
ATTACK_ROUNDS = 3


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
    limit = ATTACK_FREE_MICROS + ATTACK_LIMIT_MICROS_PER_CHARACTER * len(row["attack"])
    try:
        options = msgspec.convert(
            {"rules": [{"id": "rule", "tier": "must-not", "pattern": row["pattern"]}]}, PatternsOptions
        )
    except msgspec.ValidationError:
        return Outcome(agrees=True, got="refused")
    prepared = patterns.prepare(options) if patterns.prepare else options
    micros = min(_micros(row["attack"], prepared) for _ in range(ATTACK_ROUNDS))
    return Outcome(agrees=micros < limit, got=micros, expected=limit)


def _micros(text: str, prepared: Any) -> float:
    start = time.thread_time()
    patterns.call((Record(completion=text),), prepared)
    return (time.thread_time() - start) * 1e6


def _personal(row: dict[str, Any]) -> Outcome | None:
    entities = tuple(row["entities"])
    if not SUPPORTED.issuperset(entities):
        return None
    score = pii(Record(completion=row["text"]), PiiOptions(entities=entities, confidence="any"))
    got = int(score.metrics["violations"])
    return Outcome(agrees=got == row["expected"], overpaid=got < row["expected"], got=got, expected=row["expected"])


def _secret(row: dict[str, Any]) -> Outcome:
    got = secrets(Record(completion=row["text"])).metrics["violations"] > 0
    return Outcome(agrees=got == row["expected"], overpaid=not got, got=got, expected=row["expected"])
