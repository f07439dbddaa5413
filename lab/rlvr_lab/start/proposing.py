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

Kind: TypeAlias = Literal[
    "number", "formula", "letter", "tests", "calls", "object", "words", "prose", "rubric", "instructions", "none"
]

# A small model of Amazon Bedrock that needs no inference profile; whoever asks models chooses one.
_MODEL = "openai.gpt-oss-20b-1:0"

# A column that routes has few values.
_MOST_TASKS = 12
_SHORT_WORDS = 8
_NUMBER = re.compile(r"[-+$€£]?\s*[0-9][0-9,. ]*(?:[eE][-+]?[0-9]+)?\s*%?")
_FORMULA = re.compile(r"\\[A-Za-z]|[=^]|[0-9]\s*/\s*[0-9]")
_TESTS = {"asserts", "check", "entry_point", "inputs", "outputs", "test", "test_list", "tests", "unittest"}
_TESTS |= {"input_output", "public_test_cases", "public_tests"}
# Where rows of IFEval and its kin hold the ids of their instructions.
_INSTRUCTIONS = "instruction_id_list"


class TaskProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed for the rows of one task.

    Attributes:
        name: The name of the task.
        rows: Number of its rows in the sample.
        kind: What most of its references are.
        share: The share of its rows whose references are so.
        place: Where its rows have criteria, or tests that no format of rows reads as the reference; "" for others.
    """

    name: str
    rows: int
    kind: Kind
    share: float
    place: str = ""

    @property
    def asks_models(self) -> bool:
        """Whether nothing but a model can score its rows."""
        match self.kind:
            case "rubric":
                return True
            case "number" | "formula" | "letter" | "tests" | "calls" | "object" | "words" | "prose":
                return False
            case "instructions" | "none":
                return False
            case _:
                assert_never(self.kind)


def propose_tasks(records: Sequence[Record]) -> list[TaskProposal]:
    """Return a task for each value of the column that routes, ``task`` or ``data_source``; else one for all rows."""
    names = [_named(record) for record in records]
    routes = all(names) and len(set(names)) <= _MOST_TASKS
    groups: dict[str, list[Record]] = {}
    for name, record in zip(names, records, strict=True):
        groups.setdefault(name if routes else "answers", []).append(record)
    found = []
    for name, members in groups.items():
        counts = Counter(_kind_and_place(record) for record in members)
        (kind, place), count = counts.most_common(1)[0]
        found.append(TaskProposal(name=name, rows=len(members), kind=kind, share=count / len(members), place=place))
    return found


def _named(record: Record) -> str:
    for column in ("task", "data_source"):
        value = record.field(column) if column != "task" else record.metadata.get("task")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _kind_and_place(record: Record) -> tuple[Kind, str]:
    """Return what the reference of a row is; a rubric, or instructions, say more than a reference."""
    place = next((name for name, value in record.metadata.items() if _is_rubric(value, name)), "")
    if not place and _is_rubric(record.reference, record.reference_at):
        place = "reference"
    if place:
        return "rubric", place
    if isinstance(record.metadata.get(_INSTRUCTIONS), list):
        return "instructions", ""
    if record.reference == [] and record.metadata.get("tools"):
        return "calls", ""
    if record.reference is None or record.reference == "":
        place = next((name for name, value in record.metadata.items() if name in _TESTS and _has_tests(value)), "")
    return ("tests", place) if place else (kind_of(record.reference), "")


def _has_tests(value: JsonValue) -> bool:
    """Return whether a column has tests of a program."""
    return _are_tests(kind_of(value))


def _are_tests(kind: Kind) -> bool:
    match kind:
        case "tests":
            return True
        case "number" | "formula" | "letter" | "calls" | "object" | "words" | "prose":
            return False
        case "rubric" | "instructions" | "none":
            return False
        case _:
            assert_never(kind)


def _is_rubric(value: JsonValue, name: str) -> bool:
    """Return True for a list of criteria: objects that say so, or texts in a column of such a name."""
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(each, str) for each in value):
        return name.rpartition(".")[2] in {"criteria", "rubric", "rubrics"}
    return all(
        isinstance(each, Mapping) and ("criterion" in each or {"text", "points"} <= each.keys()) for each in value
    )


def kind_of(reference: JsonValue) -> Kind:
    """Return what a reference is."""
    if reference is None or reference == "":
        return "none"
    if isinstance(reference, bool):
        return "words"
    if isinstance(reference, (int, float)):
        return "number"
    if isinstance(reference, Mapping):
        if isinstance(reference.get("name"), str) and isinstance(reference.get("arguments"), (Mapping, str)):
            return "calls"
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
    places = {task.place for task in tasks if task.place and _are_tests(task.kind)}
    lines = [
        f"# Proposed by rlvr init for {' '.join(data.split())}; change what you know better.",
        "version: 1",
        *EDITOR_LINES,
        *(f"read: {{reference: {json.dumps(place)}}}" for place in sorted(places)[:1]),
        "tasks:",
    ]
    for task in tasks:
        about = f"{task.rows} rows of the sample; references: {words_of(task.kind)} ({task.share:.0%})"
        lines += [f"  # {about}", f"  {json.dumps(task.name)}:", "    scorers:", *_scorers(task.kind, task.place)]
    return "\n".join(lines) + "\n"


def words_of(kind: Kind) -> str:  # noqa: C901  # a case for each kind
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
        case "calls":
            return "calls of tools"
        case "object":
            return "JSON objects"
        case "words":
            return "short texts"
        case "prose":
            return "long texts"
        case "rubric":
            return "rubrics"
        case "instructions":
            return "verifiable instructions"
        case "none":
            return "none"
        case _:
            assert_never(kind)


def _scorers(kind: Kind, place: str) -> list[str]:  # noqa: C901  # a case for each kind
    match kind:
        case "number" | "formula":
            return _entry("math.equivalent", "accuracy", "equal in value, in any notation")
        case "letter":
            return _entry("text.choice", "accuracy", "the letter that the answer commits to")
        case "tests":
            return _entry("code.tests", "accuracy", "the share of tests is paid with options: {partial: true}")
        case "calls":
            return _entry("schema.tool_calls", "accuracy", "the calls of the answer are those of the reference")
        case "instructions":
            return _entry("compliance.instructions", "instructions", "all instructions of the row are followed")
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
        case "rubric":
            return [
                *_entry("judge.rubric", "rubric", "a model is asked about each criterion; no rule can read them"),
                "        options:",
                f"          criteria_field: {json.dumps(place)}",
                f"          models: [{json.dumps(_MODEL)}]   # of Amazon Bedrock; see `rlvr judge price` for the costs",
            ]
        case "none":
            return [
                *_entry("text.length", "length", "a band of words only: nothing here says what is right"),
                "        options: {min: 1, max: 500}",
                "      # Without references, a judge must say what is right.",
            ]
        case _:
            assert_never(kind)


def _entry(scorer: str, name: str, why: str) -> list[str]:
    return [f"      - scorer: {scorer}   # {why}", f"        name: {name}"]
