"""Entries of a suite as graders of OpenAI and Azure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import yaml

from rlvr import Suite, TaskError
from rlvr.formula import parse_formula
from rlvr_lab.graders.conversion import Refused, RefusedError, entry_name

OUTPUT, REFERENCE = "{{ sample.output_text }}", "{{ item.reference_answer }}"
_METRICS = {"rouge_l": "rouge_l", "bleu": "bleu", "f1": "rouge_1", "ratio": "fuzzy_match"}
_JOINED = {"product": " * ", "min": ", ", "max": ", "}


class ExportError(TaskError):
    """A suite has no task that could be exported, or several."""


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A grader, or the reasons why there is none."""

    grader: Mapping[str, Any] | None
    refused: Sequence[Refused] = ()


def export_openai(suite: Suite, task: str) -> Export:
    """Return the grader of a task; none if an entry of it cannot be one, since its number would differ.

    Args:
        suite: The suite.
        task: The name of the task; "" for the only one.

    Raises:
        ExportError: There is no such task, or several and none is named.
    """
    if suite.suffix == ".toml":
        raise ExportError("a suite in TOML; write it as YAML or JSON")
    tasks = yaml.safe_load(suite.text)["tasks"]
    name = task or next(iter(tasks))
    if name not in tasks or (not task and len(tasks) > 1):
        raise ExportError(f"name one task by --task: {', '.join(map(str, tasks))}")
    entries = [each if isinstance(each, dict) else {"scorer": each} for each in tasks[name]["scorers"]]
    graders: dict[str, dict[str, Any]] = {}
    refused = []
    weights: list[float] = []
    for entry in entries:
        shown = str(entry.get("name", entry["scorer"]))
        try:
            key = entry_name(shown, list(graders))
            graders[key] = _grader_of(entry) | {"name": key}
            weights.append(float(entry.get("weight", 1)))
        except RefusedError as error:
            refused.append(Refused(name=shown, type=str(entry["scorer"]), reason=str(error)))
    if refused:
        return Export(grader=None, refused=refused)
    aggregate = tasks[name].get("aggregate", "mean")
    values = {key: _value_of(key, grader) for key, grader in graders.items()}
    if len(graders) == 1 and list(values.values()) == list(graders) and aggregate in {"mean", "product", "min", "max"}:
        return Export(grader=next(iter(graders.values())))
    try:
        output = _output_of(aggregate, values, weights)
    except RefusedError as error:
        return Export(grader=None, refused=[Refused(name=name, type="aggregate", reason=str(error))])
    return Export(
        grader={"type": "multi", "name": entry_name(name, ()), "graders": graders, "calculate_output": output}
    )


def _value_of(key: str, grader: Mapping[str, Any]) -> str:
    """Return the expression of what a grader earns here, from 0 to 1: a score_model gives a number of its range."""
    low, high = grader.get("range", (0, 1))
    above = key if low == 0 else f"({key} {'-' if low > 0 else '+'} {abs(low)})"
    return above if high - low == 1 else f"{above} / {high - low}"


def _output_of(aggregate: object, values: Mapping[str, str], weights: Sequence[float]) -> str:
    if isinstance(aggregate, Mapping):
        formula = parse_formula(str(aggregate["formula"]))
        if "clip" in formula.text or not set(formula.names) <= set(values):
            raise RefusedError("its formula has `clip`, or a name that is no grader's")
        if any(name != value for name, value in values.items()):
            raise RefusedError("its formula has a judge.score, whose range is another one in a grader")
        return formula.text
    names = list(values.values())
    if aggregate in {"mean", "sum"}:
        terms = " + ".join(f"{weight:g} * {name}" for name, weight in zip(names, weights, strict=True))
        return f"({terms}) / {sum(weights):g}" if aggregate == "mean" else terms
    if aggregate in _JOINED:
        joined = _JOINED[str(aggregate)].join(f"({name})" if " " in name else name for name in names)
        return joined if aggregate == "product" else f"{aggregate}({joined})"
    raise RefusedError(f"no formula of OpenAI is {aggregate!r}")


def _grader_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    for key in ("gate", "when", "otherwise"):
        if key in entry:
            raise RefusedError(f"it has `{key}`, and graders have none")
    options = dict(entry.get("options", {}))
    transform = entry.get("transform", [])
    if transform and not (transform == ["invert"] and options.get("compare") == "equals"):
        raise RefusedError("it has `transform`")
    match entry["scorer"]:
        case "text.match":
            return _string_check(options, "ne" if transform else "eq")
        case "text.similarity":
            return _text_similarity(options)
        case "code.grader":
            if {"low", "high", "function"} & options.keys():
                raise RefusedError("its function has another name or range than `grade`, 0 to 1")
            return {"type": "python", "source": options["source"]}
        case "judge.score":
            return _score_model(options)
        case "judge.label":
            kept = {key: list(options[key]) for key in ("labels", "passing_labels")}
            return {"type": "label_model", **_model(options), **kept}
        case other:
            raise RefusedError(f"no grader does what {other} does")


def _string_check(options: Mapping[str, Any], equal: str) -> dict[str, Any]:
    compare, letter_case = options.get("compare", "contains"), options.get("letter_case", True)
    if compare == "equals" and letter_case:
        operation = equal
    elif compare == "contains":
        operation = "like" if letter_case else "ilike"
    else:
        raise RefusedError(f"no string_check compares by {compare!r}" + ("" if letter_case else " without letter case"))
    return {"type": "string_check", "operation": operation, **_sides(options)}


def _text_similarity(options: Mapping[str, Any]) -> dict[str, Any]:
    if options.get("threshold"):
        raise RefusedError("it has `threshold`")
    metric = _METRICS[options.get("method", "rouge_l")]
    return {"type": "text_similarity", "evaluation_metric": metric, **_sides(options)}


def _score_model(options: Mapping[str, Any]) -> dict[str, Any]:
    if options.get("anchors"):
        raise RefusedError("it has `anchors`, and a score_model has none")
    low, high = options.get("low", 1), options.get("high", 5)
    asked = f"{options['question']}\n\nGive a whole number from {low} to {high}."
    return {"type": "score_model", **_model({**options, "question": asked}), "range": [low, high]}


def _sides(options: Mapping[str, Any]) -> dict[str, str]:
    texts = options.get("texts")
    if texts is not None and len(texts) != 1:
        raise RefusedError("it has several texts")
    reference = texts[0] if texts else options.get("reference_template", REFERENCE)
    return {"input": options.get("answer_template", OUTPUT), "reference": reference}


def _model(options: Mapping[str, Any]) -> dict[str, Any]:
    models = options["models"]
    if len(models) != 1 or not isinstance(models[0], str) or options.get("samples", 1) != 1:
        raise RefusedError("it asks several models, or one several times")
    question = str(options["question"]).replace("[the answer]", OUTPUT).replace("[the reference]", REFERENCE)
    question += "" if OUTPUT in question else f"\n\nAnswer: {OUTPUT}"
    messages = [{"role": "user", "content": question}]
    if options.get("guidelines"):
        messages.insert(0, {"role": "system", "content": options["guidelines"]})
    return {"model": models[0], "input": messages}
