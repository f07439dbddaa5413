"""Graders of OpenAI and Azure as entries of a suite.

Source:
    The types of the module ``openai.types.graders`` of the client of OpenAI, version 3.57, and the guide of Azure on
    reinforcement fine-tuning, which adds ``endpoint`` and ``invalid_grade``.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, assert_never

from rlvr.formula import Formula, FormulaError, parse_formula
from rlvr_lab.graders.conversion import (
    Conversion,
    ConvertedGrader,
    Models,
    Refused,
    RefusedError,
    compared,
    entry_name,
    paths_in,
    text_of,
)

Operation: TypeAlias = Literal["eq", "ne", "like", "ilike"]

OPENAI_URL, OPENAI_KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"

# Columns that data sets of fine-tuning call so; a judge is shown them by other names.
_PROMPTS = {"prompt", "question", "messages", "input", "query", "instruction", "problem"}
_REFERENCES = {"reference", "reference_answer", "answer", "ground_truth", "solution", "expected", "expected_output"}
_REFERENCES |= {"ideal", "label", "target", "correct_answer", "gold"}
# A judge gives whole numbers; a range such as 0 to 1 gets so many steps.
_STEPS = 10
_LIBRARIES = ("numpy", "pandas")
# Corners of a formula over more graders than this are too many to visit.
_MOST_CORNERS = 12


def convert_openai(document: object, models: Models) -> Conversion:
    """Convert a grader, a fine-tuning job with one, or an eval with ``testing_criteria``."""
    criteria = document.get("testing_criteria") if isinstance(document, Mapping) else None
    if isinstance(criteria, list):
        return _criteria(criteria, models)
    grader = _grader_in(document)
    if grader is None:
        return Conversion(tasks={}, refused=[Refused(name="file", type="", reason="it has no grader with a `type`")])
    name = str(grader.get("name") or "grader")
    if grader.get("type") == "multi":
        return _multi(grader, name, models)
    try:
        part = part_of(grader, entry_name(name, ()), models)
    except RefusedError as error:
        return Conversion(tasks={}, refused=[_refused(name, grader, error)])
    task: dict[str, Any] = {"scorers": [part.entry]}
    if part.raw != part.name:
        task |= {"aggregate": {"formula": part.raw}, "range": [part.low, part.high]}
    return Conversion(tasks={"grader": task}, notes=_notes([part]))


def _grader_in(document: object) -> Mapping[str, Any] | None:
    """Return the grader of a file: the file itself, or what stands in it as ``grader``."""
    found = document
    for _ in range(6):
        if not isinstance(found, Mapping):
            return None
        if isinstance(found.get("type"), str) and found["type"] != "reinforcement":
            return found
        found = next((found[key] for key in ("grader", "method", "reinforcement") if key in found), None)
    return None


def _criteria(criteria: Sequence[Any], models: Models) -> Conversion:
    """Convert the graders of an eval, which judge apart: the reward is their mean."""
    parts, refused = _parts([(str(each.get("name") or each.get("type")), each) for each in criteria], models)
    tasks = {"eval": {"scorers": [part.entry for part in parts]}} if parts else {}
    notes = [*_notes(parts), "an eval has a result for each criterion; the reward is the mean of these"]
    return Conversion(tasks=tasks, refused=refused, notes=notes)


def _multi(grader: Mapping[str, Any], name: str, models: Models) -> Conversion:
    given = grader.get("graders")
    named = dict(given) if isinstance(given, Mapping) and "type" not in given else {}
    if not named:
        listed = given if isinstance(given, list) else [given]
        named = {str(each.get("name")): each for each in listed if isinstance(each, Mapping)}
    parts, refused = _parts(list(named.items()), models)
    if refused:
        reason = f"its formula needs {', '.join(each.name for each in refused)}"
        return Conversion(tasks={}, refused=[*refused, Refused(name=name, type="multi", reason=reason)])
    try:
        text = _renamed(
            text_of(grader.get("calculate_output"), "calculate_output"), dict(zip(named, parts, strict=True))
        )
        formula = parse_formula(text)
        _check_names(formula, parts)
    except (FormulaError, RefusedError) as error:
        return Conversion(tasks={}, refused=[_refused(name, grader, error)])
    notes = _notes(parts)
    if grader.get("invalid_grade") not in {None, 0}:
        notes.append("`invalid_grade` is not kept: a grader that fails is `failed`, and `on_error` says what follows")
    low, high = _range_of(text, parts)
    unused = [part for part in parts if part.name not in formula.names]
    task = {
        "scorers": [{**part.entry, **({"weight": 0} if part in unused else {})} for part in parts],
        "aggregate": {"formula": text},
        "range": [low, high],
    }
    return Conversion(tasks={entry_name(name, ()): task}, notes=notes)


def _check_names(formula: Formula, parts: Sequence[ConvertedGrader]) -> None:
    unknown = sorted(set(formula.names) - {part.name for part in parts})
    if unknown:
        raise RefusedError(f"its formula names {', '.join(unknown)}, and no grader is called so")


def _parts(graders: Iterable[tuple[str, Any]], models: Models) -> tuple[list[ConvertedGrader], list[Refused]]:
    parts: list[ConvertedGrader] = []
    refused: list[Refused] = []
    for name, grader in graders:
        try:
            if not isinstance(grader, Mapping):
                raise RefusedError("it is no object")  # noqa: TRY301  # as all reasons
            parts.append(part_of(grader, entry_name(name, [part.name for part in parts]), models))
        except RefusedError as error:
            refused.append(_refused(name, grader if isinstance(grader, Mapping) else {}, error))
    return parts, refused


def _refused(name: str, grader: Mapping[str, Any], error: Exception) -> Refused:
    return Refused(name=name, type=str(grader.get("type", "")), reason=str(error))


def _notes(parts: Sequence[ConvertedGrader]) -> list[str]:
    return [f"{part.name}: {note}" for part in parts for note in part.notes]


def _renamed(formula: str, parts: Mapping[str, ConvertedGrader]) -> str:
    """Return a formula with the entries in place of the graders."""
    names = sorted(parts, key=len, reverse=True)
    pattern = "|".join(rf"(?<![\w.`]){re.escape(name)}(?![\w`]|\s*\()" for name in names)
    return re.sub(pattern, lambda match: parts[match[0]].raw, formula) if names else formula


def _range_of(text: str, parts: Sequence[ConvertedGrader]) -> tuple[float, float]:
    """Return the lowest and the highest number that a formula gives where each entry is 0.0 or 1.0."""
    formula = parse_formula(text)
    names = [part.name for part in parts][:_MOST_CORNERS]
    rest = dict.fromkeys((part.name for part in parts), 0.0)
    found = []
    for corner in itertools.product((0.0, 1.0), repeat=len(names)):
        try:
            found.append(formula(rest | dict(zip(names, corner, strict=True))))
        except ArithmeticError:
            continue
    low, high = min(found, default=0.0), max(found, default=1.0)
    return (round(low, 9), round(high, 9)) if low < high else (0.0, 1.0)


def part_of(grader: Mapping[str, Any], name: str, models: Models) -> ConvertedGrader:
    """Return a grader as an entry.

    Raises:
        RefusedError: It cannot be converted.
    """
    match grader.get("type"):
        case "string_check":
            return _string_check(grader, name)
        case "text_similarity":
            return _text_similarity(grader, name)
        case "score_model":
            return _score_model(grader, name, models)
        case "label_model":
            return _label_model(grader, name, models)
        case "python":
            return python_part(text_of(grader.get("source"), "source"), name)
        case "multi":
            raise RefusedError("a `multi` inside of a `multi`; write its formula into the outer one")
        case "endpoint":
            raise RefusedError("a service decides, whose code is not in the file; serve it and call it by a scorer")
        case other:
            raise RefusedError(f"no type {other!r} is known")


def _string_check(grader: Mapping[str, Any], name: str) -> ConvertedGrader:
    operation = grader.get("operation")
    sides = text_of(grader.get("input"), "input"), text_of(grader.get("reference"), "reference")
    known: dict[str, Operation] = {"eq": "eq", "ne": "ne", "like": "like", "ilike": "ilike"}
    if operation not in known:
        raise RefusedError(f"no operation {operation!r} is known")
    exact = {"spaces": True}
    match known[operation]:
        case "eq":
            return _match(name, {"compare": "equals"} | compared(*sides, is_symmetric=True) | exact)
        case "ne":
            note = "a blank answer earns 0.0, and not 1.0"
            entry = _match(name, {"compare": "equals"} | compared(*sides, is_symmetric=True) | exact).entry
            return ConvertedGrader(entry={**entry, "transform": ["invert"]}, notes=[note])
        case "like":
            return _match(name, {"compare": "contains"} | compared(*sides) | exact)
        case "ilike":
            return _match(name, {"compare": "contains"} | compared(*sides) | exact | {"letter_case": False})
        case unreachable:
            assert_never(unreachable)


def _match(name: str, options: Mapping[str, Any]) -> ConvertedGrader:
    return ConvertedGrader(entry={"scorer": "text.match", "name": name, "options": dict(options)})


def _text_similarity(grader: Mapping[str, Any], name: str) -> ConvertedGrader:
    metric = grader.get("evaluation_metric")
    options = compared(text_of(grader.get("input"), "input"), text_of(grader.get("reference"), "reference"))
    notes = []
    if grader.get("pass_threshold") is not None:
        notes.append("`pass_threshold` is not kept: it marks an item of an eval, and is no part of the reward")
    match metric:
        case "fuzzy_match":
            method: dict[str, Any] = {"method": "ratio", "normalise": False}
        case "bleu":
            method = {"method": "bleu"}
            notes.append("BLEU of short texts is smoothed, so that it may differ in the second digit")
        case "rouge_l":
            method = {"method": "rouge_l"}
            notes.append("ROUGE-L has words without stemming")
        case "rouge_1":
            method = {"method": "f1"}
            notes.append("ROUGE-1 is the F1 of words without stemming")
        case "cosine":
            raise RefusedError("`cosine` needs a model of embeddings, which is no verifiable reward")
        case _:
            raise RefusedError(
                f"no scorer has the metric {metric!r}; those there are: rouge_l, rouge_1, bleu, fuzzy_match"
            )
    return ConvertedGrader(entry={"scorer": "text.similarity", "name": name, "options": method | options}, notes=notes)


def _score_model(grader: Mapping[str, Any], name: str, models: Models) -> ConvertedGrader:
    low, high = _numbers(grader.get("range"))
    is_whole = low == int(low) and high == int(high) and high - low > 1 and max(abs(low), abs(high)) <= 1_000  # noqa: PLR2004
    options = _judge(grader, models)
    notes = ["the model is asked in the layout of judge.score, which fences the answer off"]
    if is_whole:
        options |= {"low": int(low), "high": int(high)}
    else:
        options |= {"low": 0, "high": _STEPS}
        options["question"] += f"\n\nGive a whole number from 0 to {_STEPS}: 0 for {low:g}, {_STEPS} for {high:g}."
        notes.append(f"the model gives whole numbers, so the range {low:g} to {high:g} has {_STEPS} steps")
    return ConvertedGrader(
        entry={"scorer": "judge.score", "name": name, "options": options}, low=low, high=high, notes=notes
    )


def _numbers(given: object) -> tuple[float, float]:
    if given is None:
        return 0.0, 1.0
    if isinstance(given, list) and len(given) == 2 and all(isinstance(each, (int, float)) for each in given):  # noqa: PLR2004
        low, high = map(float, given)
        if low < high:
            return low, high
    raise RefusedError(f"its range {given!r} is no pair of numbers, the lower first")


def _label_model(grader: Mapping[str, Any], name: str, models: Models) -> ConvertedGrader:
    labels, passing = grader.get("labels"), grader.get("passing_labels")
    if not isinstance(labels, list) or not isinstance(passing, list) or not set(passing) < set(labels) or not passing:
        raise RefusedError("`passing_labels` are not some of `labels`, and not all")
    options = _judge(grader, models) | {"labels": labels, "passing_labels": passing}
    note = "the model is asked in the layout of judge.label, which fences the answer off"
    return ConvertedGrader(entry={"scorer": "judge.label", "name": name, "options": options}, notes=[note])


def _judge(grader: Mapping[str, Any], models: Models) -> dict[str, Any]:
    """Return the options of a judge: its model, its question and how it is sampled."""
    options = models.options_of(text_of(grader.get("model"), "model"), OPENAI_URL, OPENAI_KEY)
    messages = grader.get("input")
    if not isinstance(messages, list) or not messages:
        raise RefusedError("`input` is no list of messages")
    texts = [(each.get("role"), _content(each.get("content"))) for each in messages if isinstance(each, Mapping)]
    system = "\n\n".join(question_of(text) for role, text in texts if role in {"system", "developer"})
    asked = "\n\n".join(question_of(text) for role, text in texts if role not in {"system", "developer"})
    options |= {"question": asked or system} | ({"guidelines": system} if system and asked else {})
    sampling = grader.get("sampling_params")
    given = dict(sampling) if isinstance(sampling, Mapping) else {}
    tokens = given.get("max_completions_tokens", given.get("max_completion_tokens", given.get("max_tokens")))
    options |= {"temperature": given["temperature"]} if given.get("temperature") is not None else {}
    options |= {"max_tokens": max(16, int(tokens))} if isinstance(tokens, int) else {}
    options |= {"effort": given["reasoning_effort"]} if given.get("reasoning_effort") else {}
    further = {key: given[key] for key in ("top_p", "seed") if given.get(key) is not None}
    return options | ({"request_fields": further} if further else {})


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = []
    for part in parts:
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else None
        if not isinstance(text, str):
            kind = part.get("type") if isinstance(part, Mapping) else type(part).__name__
            raise RefusedError(f"a message has {kind}, and judges read texts")
        texts.append(text)
    return "\n".join(texts)


def question_of(text: str) -> str:
    """Return a message of a grader as a question: its places name what a judge is shown beside the question.

    Raises:
        RefusedError: A place is a column that a judge is not shown.
    """
    paths_in(text)

    def shown(match: re.Match[str]) -> str:
        path = [step for step in re.split(r"[.\[\]\s]+", match[1].strip()) if step]
        column = path[-1]
        if path[0] == "sample":
            return "[the answer]" if path[1] == "output_text" else f"[{'.'.join(path[2:]) or path[1]} of the answer]"
        if column in _REFERENCES:
            return "[the reference]"
        if column in _PROMPTS:
            return "[the prompt]"
        raise RefusedError(
            f"its message shows the column {'.'.join(path[1:])!r}; a judge is shown prompt and reference"
        )

    return re.sub(r"\{\{([^{}]*)\}\}", shown, text)


def python_part(source: str, name: str, *, low: float = 0.0, high: float = 1.0) -> ConvertedGrader:
    """Return a Python grader as an entry that runs it in the sandbox.

    Raises:
        RefusedError: It does not parse, or imports what the sandbox lacks.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RefusedError(f"its source does not parse: {error}") from error
    modules = {
        module.split(".")[0]
        for node in ast.walk(tree)
        for module in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    unknown = sorted(modules - sys.stdlib_module_names - {*_LIBRARIES})
    if unknown:
        raise RefusedError(f"its source imports {', '.join(unknown)}, and the sandbox has the standard library only")
    if not any(isinstance(node, ast.FunctionDef) and node.name == "grade" for node in tree.body):
        raise RefusedError("its source has no function `grade`")
    options: dict[str, Any] = {"source": source}
    libraries = [library for library in _LIBRARIES if library in modules]
    options |= {"libraries": libraries} if libraries else {}
    options |= {"low": low, "high": high} if (low, high) != (0.0, 1.0) else {}
    note = f"numbers outside of {low:g} to {high:g} are clipped; files and the network are closed"
    return ConvertedGrader(
        entry={"scorer": "code.grader", "name": name, "options": options}, low=low, high=high, notes=[note]
    )
