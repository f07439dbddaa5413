"""Reward configurations of Google's reinforcement tuning as entries of a suite.

Source:
    The types ``ReinforcementTuningSpec`` and below of the client ``google-genai``, version 3.6.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rlvr_lab.graders.conversion import (
    Conversion,
    ConvertedGrader,
    Refused,
    RefusedError,
    compared,
    entry_name,
    text_of,
)
from rlvr_lab.graders.openai import python_part

# ``evaluate`` gets the row, and the response as a ``Content`` in JSON.
_CALL = """def grade(sample, item):
    return evaluate(item, {"role": "model", "parts": [{"text": sample["output_text"]}]})
"""
_MATCHES = {"EXACT_MATCH": "equals", "PARTIAL_MATCH": "contains", "REGEX_CONTAINS": "regex"}


def convert_google(document: object) -> Conversion:
    """Convert a ``ReinforcementTuningSpec``, or one reward configuration; keys in either spelling."""
    spec = _snake(document)
    if not isinstance(spec, Mapping):
        return Conversion(tasks={}, refused=[Refused(name="file", type="", reason="it is no object")])
    spec = spec.get("reinforcement_tuning_spec", spec)
    composite = spec.get("composite_reward_config")
    if isinstance(composite, Mapping):
        listed = composite.get("weighted_reward_configs") or []
        given = [(each.get("reward_config", each), float(each.get("weight", 1.0))) for each in listed]
    else:
        given = [(spec.get("single_reward_config", spec), 1.0)]
    parts: list[tuple[ConvertedGrader, float]] = []
    refused = []
    for config, weight in given:
        name = str(config.get("reward_name") or "reward")
        try:
            parts.append((_part(config, entry_name(name, [part.name for part, _ in parts])), weight))
        except RefusedError as error:
            refused.append(Refused(name=name, type=_kind_of(config), reason=str(error)))
    if not parts:
        return Conversion(tasks={}, refused=refused)
    terms = [part.raw if weight == 1.0 else f"{weight:g} * {part.raw}" for part, weight in parts]
    ends = [sorted((weight * part.low, weight * part.high)) for part, weight in parts]
    low, high = sum(end[0] for end in ends), sum(end[1] for end in ends)
    formula = " + ".join(terms).replace("+ -", "- ")
    task = {"scorers": [part.entry for part, _ in parts], "aggregate": {"formula": formula}, "range": [low, high]}
    notes = [f"{part.name}: {note}" for part, _ in parts for note in part.notes]
    if refused:
        notes.append("the sum lacks the rewards that were not converted")
    return Conversion(tasks={"google": task}, refused=refused, notes=notes)


def _kind_of(config: Mapping[str, Any]) -> str:
    return next((key for key in config if key.endswith("_scorer")), "")


def _part(config: Mapping[str, Any], name: str) -> ConvertedGrader:
    parse = config.get("parse_response_config") or {}
    pattern = _pattern_of(parse)
    match _kind_of(config):
        case "string_match_reward_scorer":
            return _string_match(config["string_match_reward_scorer"], name, pattern)
        case "code_execution_reward_scorer":
            if pattern is not None:
                raise RefusedError("its response is cut by a pattern before the code sees it; cut it in the code")
            scorer = config["code_execution_reward_scorer"]
            source = text_of(scorer.get("python_code_snippet", scorer.get("code")), "python_code_snippet")
            return python_part(f"{source.rstrip()}\n\n\n{_CALL}", name, low=-1.0, high=1.0)
        case "autorater_scorer":
            raise RefusedError("its prompt fixes how the model replies; write the question into `judge.score`")
        case "cloud_run_reward_scorer":
            raise RefusedError("a service decides, whose code is not in the file")
        case other:
            raise RefusedError(f"no scorer {other or 'in it'!r} is known")


def _pattern_of(parse: Mapping[str, Any]) -> str | None:
    kind = str(parse.get("parse_type", parse.get("type", "IDENTITY")))
    if kind == "IDENTITY":
        return None
    if kind == "REGEX_EXTRACT":
        return text_of(parse.get("regex_extract_expression", parse.get("regex")), "regex_extract_expression")
    raise RefusedError(f"no way {kind!r} to parse a response is known")


def _string_match(scorer: Mapping[str, Any], name: str, pattern: str | None) -> ConvertedGrader:
    right, wrong = (
        float(scorer.get(key, default))
        for key, default in (("correct_answer_reward", 1.0), ("wrong_answer_reward", 0.0))
    )
    if right <= wrong:
        raise RefusedError(f"it pays {right:g} for a right answer and {wrong:g} for a wrong one")
    answer = "{{ sample.output_text }}"
    expression = scorer.get("string_match_expression")
    json_match = scorer.get("json_match_expression")
    if isinstance(json_match, Mapping):
        answer = f"{{{{ sample.output_json.{text_of(json_match.get('key_name'), 'key_name')} }}}}"
        expression = json_match.get("value_string_match_expression", json_match)
    if not isinstance(expression, Mapping):
        raise RefusedError("it has no expression")
    operation = str(expression.get("match_operation"))
    if operation not in _MATCHES:
        raise RefusedError(f"no operation {operation!r} is known")
    reference = re.sub(
        r"\{\{\s*references\.", "{{ item.references.", text_of(expression.get("expression"), "expression")
    )
    if pattern is not None:
        code = {"source": _source(pattern, operation, reference)}
        return ConvertedGrader(entry={"scorer": "code.grader", "name": name, "options": code}, low=wrong, high=right)
    options = {"compare": _MATCHES[operation], "spaces": True} | compared(answer, reference)
    return ConvertedGrader(entry={"scorer": "text.match", "name": name, "options": options}, low=wrong, high=right)


def _source(pattern: str, operation: str, reference: str) -> str:
    """Return Python that compares the last text that a pattern finds; the sandbox bounds its time."""
    match = re.fullmatch(r"\{\{\s*item\.references\.([\w-]+)\s*\}\}", reference)
    if "{{" in reference and not match:
        raise RefusedError("its expression has a template inside of a text, and a pattern cuts the response")
    wanted = f"str(item['references'][{match[1]!r}])" if match else repr(reference)
    tests = {
        "EXACT_MATCH": f"found == {wanted}",
        "PARTIAL_MATCH": f"{wanted} in found",
        "REGEX_CONTAINS": f"re.search({wanted}, found) is not None",
    }
    return (
        "import re\n\n\ndef grade(sample, item):\n"
        f"    matches = list(re.finditer({pattern!r}, sample['output_text']))\n"
        "    if not matches:\n        return 0.0\n"
        "    found = matches[-1].group(matches[-1].re.groups and 1)\n"
        f"    return float({tests[operation]})\n"
    )


def _snake(value: Any) -> Any:
    """Return JSON with the keys of its objects as ``snake_case``."""
    if isinstance(value, Mapping):
        return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(key)).lower(): _snake(each) for key, each in value.items()}
    return [_snake(each) for each in value] if isinstance(value, list) else value
