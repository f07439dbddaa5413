"""Assertions of promptfoo as entries of a suite; ``vars`` are the columns of a row.

Source:
    https://www.promptfoo.dev/docs/configuration/expected-outputs/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rlvr_lab.graders.conversion import (
    Conversion,
    ConvertedGrader,
    Models,
    Refused,
    RefusedError,
    entry_name,
    paths_in,
    text_of,
)
from rlvr_lab.graders.openai import OPENAI_KEY, OPENAI_URL

DEFAULT_MODEL = "gpt-5"

_NOT_CONVERTED = {
    "similar": "it needs a model of embeddings",
    "classifier": "it needs a model that classifies",
    "moderation": "it needs a service",
    "javascript": "it is JavaScript",
    "python": "it is an expression or a file of Python that promptfoo runs; give `code.grader` a `grade(sample, item)`",
    "ruby": "it is Ruby",
    "webhook": "a service decides",
    "latency": "rewards do not depend on the time of an answer",
    "cost": "rewards do not depend on the price of an answer",
    "perplexity": "it needs log probabilities",
    "perplexity-score": "it needs log probabilities",
    "levenshtein": "it is a distance; `text.similarity` with the method `ratio` is a share",
    "select-best": "it compares the outputs of several models",
    "max-score": "it compares the outputs of several models",
    "is-sql": "no scorer reads SQL",
    "contains-sql": "no scorer reads SQL",
    "is-xml": "no scorer reads XML",
    "contains-xml": "no scorer reads XML",
    "is-html": "no scorer reads HTML",
    "contains-html": "no scorer reads HTML",
    "guardrails": "a service decides",
    "is-refusal": "refusals are read by phrases of English; ask `judge.label`",
    "meteor": "METEOR needs WordNet",
    "gleu": "no scorer has this metric",
    "pi": "a service decides",
}
_MATCHES = {
    "equals": ("equals", True),
    "contains": ("contains", True),
    "icontains": ("contains", False),
    "starts-with": ("starts", True),
    "regex": ("regex", True),
}
_LISTS = {
    "contains-any": ("any", True),
    "icontains-any": ("any", False),
    "contains-all": ("all", True),
    "icontains-all": ("all", False),
}
_CRITERIA = {
    "llm-rubric",
    "g-eval",
    "model-graded-closedqa",
    "factuality",
    "model-graded-factuality",
    "answer-relevance",
}
_NOTHING = Refused(name="file", type="", reason="it has no assertions")
_FACTS = "States the same facts as the reference, and none that contradicts it. The reference: {}"


def convert_promptfoo(document: object, models: Models) -> Conversion:
    """Convert a list of assertions, an object with ``assert``, or a configuration with ``defaultTest`` and ``tests``.

    Tests with assertions of their own become tasks of their own: a row names its task in the column ``task``.
    """
    if isinstance(document, list):
        document = {"assert": document}
    if not isinstance(document, Mapping):
        return Conversion(tasks={}, refused=[_NOTHING])
    shared = [*_asserts(document.get("assert")), *_asserts(_mapping(document.get("defaultTest")).get("assert"))]
    tests = [each for each in document.get("tests") or [] if isinstance(each, Mapping) and each.get("assert")]
    common = _provider_of(document.get("defaultTest"))
    groups: dict[str, Sequence[Mapping[str, Any]]] = {
        f"test_{number}": [
            {"provider": _provider_of(test) or common, **each} for each in (*shared, *_asserts(test["assert"]))
        ]
        for number, test in enumerate(tests, start=1)
    }
    alone = [{"provider": common, **each} for each in shared]
    tasks: dict[str, Any] = {}
    refused: list[Refused] = []
    notes: list[str] = []
    for task, asserts in (groups or {"promptfoo": alone}).items():
        groups_of_parts, left_out = _parts(asserts, models)
        refused += left_out
        notes += [f"{task}: {part.name}: {note}" for parts in groups_of_parts for part in parts for note in part.notes]
        if groups_of_parts:
            tasks[task] = _task_of(groups_of_parts)
    if not tasks and not refused:
        refused.append(_NOTHING)
    if len(tasks) > 1:
        notes.append("each test is a task; a row names its own in the column `task`")
    if any(isinstance(test.get("threshold"), (int, float)) for test in tests):
        notes.append("the `threshold` of a test is not kept: the reward is the weighted mean of its assertions")
    return Conversion(tasks=tasks, refused=refused, notes=notes)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _provider_of(test: object) -> object:
    """Return the model that grades a test, where its assertions name none."""
    return _mapping(_mapping(test).get("options")).get("provider")


def _asserts(value: object) -> Iterable[Mapping[str, Any]]:
    """Yield assertions; those of a set come out of it."""
    for each in value if isinstance(value, list) else []:
        if isinstance(each, Mapping) and each.get("type") == "assert-set":
            yield from _asserts(each.get("assert"))
        elif isinstance(each, Mapping):
            yield each


def _task_of(groups: Sequence[Sequence[ConvertedGrader]]) -> dict[str, Any]:
    """Return a task that pays the weighted mean of assertions, of which each asks for all of its entries."""
    entries = [part.entry for parts in groups for part in parts]
    if all(len(parts) == 1 for parts in groups):
        return {"scorers": entries}
    weights = [float(parts[0].entry.get("weight", 1)) for parts in groups]
    terms = [parts[0].name if len(parts) == 1 else f"min({', '.join(part.name for part in parts)})" for parts in groups]
    weighted = [term if weight == 1 else f"{weight:g} * {term}" for weight, term in zip(weights, terms, strict=True)]
    bare = [{key: value for key, value in entry.items() if key != "weight"} for entry in entries]
    return {"scorers": bare, "aggregate": {"formula": f"({' + '.join(weighted)}) / {sum(weights):g}"}}


def _parts(
    asserts: Iterable[Mapping[str, Any]], models: Models
) -> tuple[list[Sequence[ConvertedGrader]], list[Refused]]:
    """Return the entries of each assertion, and those that were not converted."""
    parts: list[Sequence[ConvertedGrader]] = []
    refused = []
    for each in asserts:
        kind = str(each.get("type", ""))
        name = str(each.get("metric") or kind)
        try:
            taken = [part.name for several in parts for part in several]
            parts.append(_converted(each, kind, name, taken, models))
        except RefusedError as error:
            refused.append(Refused(name=name, type=kind, reason=str(error)))
    return parts, refused


def _converted(
    given: Mapping[str, Any], kind: str, name: str, taken: Sequence[str], models: Models
) -> Sequence[ConvertedGrader]:
    is_negated, base = kind.startswith("not-"), kind.removeprefix("not-")
    if base in _NOT_CONVERTED:
        raise RefusedError(_NOT_CONVERTED[base])
    scorers, notes = _scorers(given, base, models)
    if is_negated and len(scorers) > 1:
        raise RefusedError("its negation asks that one of several texts is missing, which a blank answer does")
    weight = given.get("weight", 1)
    found: list[ConvertedGrader] = []
    for scorer, options in scorers:
        entry: dict[str, Any] = {"scorer": scorer, "name": entry_name(name, [*taken, *(part.name for part in found)])}
        entry |= {"options": options} if options else {}
        entry |= {"weight": weight} if weight != 1 else {}
        transform: list[Any] = ["invert"] if is_negated else []
        if isinstance(given.get("threshold"), (int, float)) and scorer.startswith("judge."):
            transform.append({"threshold": float(given["threshold"])})
        if base == "contains-json":
            transform.insert(0, {"threshold": 0.5})  # a value inside of other text is worth 0.8 by itself
        entry |= {"transform": transform} if transform else {}
        more = ["a blank answer earns 0.0 here"] if is_negated else []
        found.append(ConvertedGrader(entry=entry, notes=[*notes, *more]))
    return found


def _scorers(given: Mapping[str, Any], base: str, models: Models) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Return scorers with their options, and notes."""
    value = given.get("value")
    if base in _MATCHES:
        compare, letter_case = _MATCHES[base]
        options = {"compare": compare, "reference_template": _template(_plain(value)), "spaces": True}
        return [("text.match", options | ({} if letter_case else {"letter_case": False}))], []
    if base in _LISTS:
        which, letter_case = _LISTS[base]
        return _listed(value, which, letter_case=letter_case)
    if base in {"is-json", "contains-json"}:
        return [("schema.json", _schema(value, base))], []
    if base.startswith("rouge-") or base == "bleu":
        note = "words are compared without stemming; BLEU is smoothed"
        return [("text.similarity", _similarity(given, base))], [note]
    if base in _CRITERIA:
        return [("judge.rubric", _rubric(given, base, models))], ["the model is asked in the layout of judge.rubric"]
    if base == "word-count" and isinstance(value, Mapping):
        limits = {key: value[key] for key in ("min", "max") if key in value}
        return [("text.length", limits | {"unit": "words"})], []
    raise RefusedError(f"no assertion {base!r} is known")


def _listed(value: object, which: str, *, letter_case: bool) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    texts = [text_of(each, "value") for each in (value if isinstance(value, list) else str(value).split(","))]
    if any("{{" in text for text in texts):
        raise RefusedError("its texts have variables, and a list of texts is the same for all rows")
    texts = [text.strip() for text in texts if text.strip()]
    common = {"compare": "contains", "spaces": True} | ({} if letter_case else {"letter_case": False})
    if which == "any":
        return [("text.match", common | {"texts": texts})], []
    return [("text.match", common | {"texts": [text]}) for text in texts], []


def _schema(value: object, base: str) -> dict[str, Any]:
    if isinstance(value, str):
        raise RefusedError("its schema is a file or a text; write it into the assertion")
    schema = dict(value) if isinstance(value, Mapping) else {}
    return {"schema": schema} | ({} if base == "contains-json" else {"fenced": 0.0, "embedded": 0.0, "repaired": 0.0})


def _similarity(given: Mapping[str, Any], base: str) -> dict[str, Any]:
    method = {"rouge-l": "rouge_l", "rouge-1": "f1", "rouge-n": "f1", "bleu": "bleu"}.get(base)
    if method is None:
        raise RefusedError("no scorer has this metric; there are rouge-l, rouge-1 and bleu")
    threshold = given.get("threshold", 0.5 if base == "bleu" else 0.75)
    return {"method": method, "reference_template": _template(_plain(given.get("value"))), "threshold": threshold}


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise RefusedError("its value is no text")
    text = str(value)
    if text.startswith("file://"):
        raise RefusedError("its value is in another file")
    return text


def _template(text: str) -> str:
    """Return a text with the variables of promptfoo as columns of the row."""
    found = re.sub(r"\{\{\s*([\w.-]+)\s*\}\}", r"{{ item.\1 }}", text)
    paths_in(found)
    if not found.strip():
        raise RefusedError("its value is blank")
    return found


def _rubric(given: Mapping[str, Any], base: str, models: Models) -> dict[str, Any]:
    value = given.get("value")
    texts = [_plain(each) for each in (value if isinstance(value, list) else [value])]
    if any("{{" in text for text in texts):
        raise RefusedError("its criterion has variables; put criteria into a column, and name it in `criteria_field`")
    texts = [_FACTS.format(text) if "fact" in base else text for text in texts]
    provider = given.get("provider")
    name = provider.get("id", "") if isinstance(provider, Mapping) else provider or ""
    model = str(name).removeprefix("openai:").removeprefix("chat:") or DEFAULT_MODEL
    if ":" in model and not models.model:
        raise RefusedError(f"its provider is {name}; name a model by --model and --base-url")
    criteria = [{"id": f"c{number}", "text": text} for number, text in enumerate(texts, start=1)]
    return models.options_of(model, OPENAI_URL, OPENAI_KEY) | {"criteria": criteria}
