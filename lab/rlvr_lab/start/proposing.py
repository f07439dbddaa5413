"""A suite for rows that nobody has described: what their references are decides the scorers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr import JsonValue, Record
from rlvr_lab.editors import EDITOR_LINES

Kind: TypeAlias = Literal["number", "formula", "letter", "tests", "object", "words", "prose", "none"]

# A column that routes has few values.
_MOST_TASKS = 12
_SHORT_WORDS = 8
_NUMBER = re.compile(r"[-+$€£]?\s*[0-9][0-9,. ]*(?:[eE][-+]?[0-9]+)?\s*%?")
_FORMULA = re.compile(r"\\[A-Za-z]|[=^]|[0-9]\s*/\s*[0-9]")
_TESTS = {"asserts", "check", "entry_point", "inputs", "outputs", "test", "test_list", "tests", "unittest"}
_TESTS |= {"input_output", "public_test_cases", "public_tests"}


class TaskProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed for the rows of one task.

    Attributes:
        name: The name of the task.
        rows: Number of its rows in the sample.
        kind: What most of its references are.
        share: The share of its rows whose references are so.
    """

    name: str
    rows: int
    kind: Kind
    share: float


def propose_tasks(records: Sequence[Record]) -> list[TaskProposal]:
    """Return a task for each value of the column that routes, ``task`` or ``data_source``; else one for all rows."""
    names = [_named(record) for record in records]
    routes = all(names) and len(set(names)) <= _MOST_TASKS
    groups: dict[str, list[Record]] = {}
    for name, record in zip(names, records, strict=True):
        groups.setdefault(name if routes else "answers", []).append(record)
    found = []
    for name, members in groups.items():
        counts = Counter(kind_of(record.reference) for record in members)
        kind, count = counts.most_common(1)[0]
        found.append(TaskProposal(name=name, rows=len(members), kind=kind, share=count / len(members)))
    return found


def _named(record: Record) -> str:
    for column in ("task", "data_source"):
        value = record.field(column) if column != "task" else record.metadata.get("task")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def kind_of(reference: JsonValue) -> Kind:
    """Return what a reference is."""
    if reference is None or reference == "":
        return "none"
    if isinstance(reference, bool):
        return "words"
    if isinstance(reference, (int, float)):
        return "number"
    if isinstance(reference, Mapping):
        return "tests" if _TESTS & set(map(str, reference)) else "object"
    if isinstance(reference, list):
        kinds = {kind_of(each) for each in reference[:20]}
        return kinds.pop() if len(kinds) == 1 else "object"
    return _kind_of_text(str(reference).strip())


def _kind_of_text(text: str) -> Kind:
    if re.fullmatch(r"\(?[A-J]\)?\.?", text):
        return "letter"
    if _NUMBER.fullmatch(text):
        return "number"
    if re.search(r"^\s*assert |def check\(", text, re.MULTILINE):
        return "tests"
    if text[:1] in {"{", "["}:
        try:
            return kind_of(json.loads(text))
        except (ValueError, RecursionError):
            pass
    if _FORMULA.search(text) and len(text.split()) <= 4 * _SHORT_WORDS:
        return "formula"
    return "words" if len(text.split()) <= _SHORT_WORDS else "prose"


def suite_of_tasks(tasks: Sequence[TaskProposal], data: str) -> str:
    """Return a commented suite, as YAML."""
    lines = [
        f"# Proposed by rlvr init for {' '.join(data.split())}; change what you know better.",
        "version: 1",
        *EDITOR_LINES,
        "tasks:",
    ]
    for task in tasks:
        about = f"{task.rows} rows of the sample; references: {words_of(task.kind)} ({task.share:.0%})"
        lines += [f"  # {about}", f"  {json.dumps(task.name)}:", "    scorers:", *_scorers(task.kind)]
    return "\n".join(lines) + "\n"


def words_of(kind: Kind) -> str:
    """Return a kind in words."""
    match kind:
        case "number":
            return "numbers"
        case "formula":
            return "formulas"
        case "letter":
            return "letters of choices"
        case "tests":
            return "tests of programs"
        case "object":
            return "JSON objects"
        case "words":
            return "short texts"
        case "prose":
            return "long texts"
        case "none":
            return "none"
        case _:
            assert_never(kind)


def _scorers(kind: Kind) -> list[str]:
    match kind:
        case "number" | "formula":
            return _entry("math.equivalent", "accuracy", "equal in value, in any notation")
        case "letter":
            return _entry("text.choice", "accuracy", "the letter that the answer commits to")
        case "tests":
            return _entry("code.tests", "accuracy", "the share of tests is paid with options: {partial: true}")
        case "object":
            return _entry("schema.fields", "accuracy", "the answer's JSON has the fields of the reference")
        case "words":
            options = "        options: {answer: announced}   # stated in a box, in tags, or by 'the answer is'"
            return [*_entry("text.exact", "accuracy", "equal but for letter case and white space"), options]
        case "prose":
            return [
                *_entry("text.similarity", "similarity", "words in order; says little of whether a text is right"),
                "      # A judge reads what the text means; see `rlvr judge price` for what that costs:",
                "      # - {scorer: judge.equivalent, name: accuracy, options: {models: [MODEL]}}",
            ]
        case "none":
            return [
                *_entry("text.length", "length", "a band of words only: nothing here says what is right"),
                "        options: {min: 1, max: 500}",
                "      # Without references, a judge or `compliance.instructions` must say what is right.",
            ]
        case _:
            assert_never(kind)


def _entry(scorer: str, name: str, why: str) -> list[str]:
    return [f"      - scorer: {scorer}   # {why}", f"        name: {name}"]
