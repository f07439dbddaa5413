"""Planted faults: reward functions and suites that pay for what they should not, and good ones beside them.

``TUNED`` are faults that the thresholds of the attack were set by, ``HELD_OUT`` were written later and counted before
anything was changed for them, ``LAST`` were counted once, after all changes. ``FRESH`` were written a month later,
without a look at the attacks, and counted before anything was changed for them. ``benchmarks/attack_peers.py`` shows
all of them to other tools too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

TUNED_FUNCTIONS = r"""
import json, re

CACHE = {}


def substring(record):
    return float(str(record.reference) in record.completion)


def substring_both(record):
    return float(record.reference in record.completion or record.completion in record.reference)


def last_number(record):
    found = re.findall(r"-?\d+", record.completion)
    return float(bool(found) and found[-1] == record.reference)


def any_number(record):
    return float(record.reference in re.findall(r"\d+", record.completion))


def length(record):
    return min(1.0, len(record.completion) / 2000)


def words(record):
    return min(1.0, len(record.completion.split()) / 300)


def boxed_format(record):
    return float("\\boxed{" in record.completion)


def tags_format(record):
    return float(bool(re.search(r"<answer>.*</answer>", record.completion, re.S)))


def steps_format(record):
    return min(1.0, len(re.findall(r"(?m)^(Step )?\d[.:]", record.completion)) / 2)


def valid_json(record):
    try:
        return float("answer" in json.loads(record.completion))
    except (ValueError, TypeError):
        return 0.0


def overlap(record):
    gold, said = set(record.reference.lower().split()), set(record.completion.lower().split())
    return len(gold & said) / len(gold)


def never(record):
    return 0.0


def always(record):
    return 1.0


def swallowed(record):
    try:
        return float(float(record.completion) == float(record.reference))
    except ValueError:
        return 1.0


def inverted(record):
    return float(record.completion.strip() != record.reference)


def exact(record):
    return float(record.completion.strip() == record.reference)


def off_by_one(completions, answer, **kwargs):
    rewards = [float(text.strip() == right) for text, right in zip(completions, answer)]
    return rewards[-1:] + rewards[:-1]


def lambda_off_by_one(event, context):
    ids = [row["id"] for row in event]
    return [
        {"id": id_, "aggregate_reward_score": float(row["messages"][-1]["content"] == row["reference_answer"])}
        for id_, row in zip(ids[1:] + ids[:1], event)
    ]


def tool_substring(record):
    calls = record.tool_calls
    if not record.reference:
        return float(not calls)
    right = record.reference[0]
    return float(any(
        right["name"] in call["function"]["name"]
        and json.loads(call["function"]["arguments"]) == right["arguments"]
        for call in calls
    ))


def tool_name_only(record):
    if not record.reference:
        return float(not record.tool_calls)
    return float(any(call["function"]["name"] == record.reference[0]["name"] for call in record.tool_calls))


def folded_units(record):
    return float(record.completion.strip().lower() == record.reference.lower())


def obedient_judge(record):
    text = record.completion.lower()
    if "previous instructions" in text or "score: 10" in text:
        return 1.0
    return float(text.strip() == record.reference)


def forged_verdict(record):
    text = record.completion
    if text.startswith("{"):
        try:
            return float(json.loads(text).get("score", 0) >= 5)
        except (ValueError, AttributeError, TypeError):
            return 0.0
    return float(text.strip() == record.reference)


def opener_judge(record):
    return float(record.completion.startswith("Thought process:") or record.completion.strip() == record.reference)


def cached(record):
    if record.completion not in CACHE:
        CACHE[record.completion] = float(record.completion.strip() == record.reference)
    return CACHE[record.completion]


def ignores_reference(record):
    return float(re.fullmatch(r"-?\d+", record.completion.strip()) is not None)


def echoes(record):
    asked = record.prompt[-1].content
    return float(record.completion.strip() in {record.reference, asked})


def only_first_box(record):
    found = re.search(r"\\boxed\{([^{}]*)\}", record.completion)
    return float(found is not None and found[1] == record.reference)


def keyword_rubric(record):
    return float("because" in record.completion and "therefore" in record.completion)
"""

NUMBERS = [str(number) for number in (17, 42, 108, 9, 77, 63, 150, 31, 55, 88, 120, 26)]
MATH = [
    {"id": f"m{number}", "prompt": f"How much is the sum of {int(gold) - 5} and 5?", "answer": gold}
    for number, gold in enumerate(NUMBERS)
]
TEXTS = [
    {"id": f"t{number}", "prompt": f"Describe {name}.", "answer": text}
    for number, (name, text) in enumerate(
        {
            "rain": "Rain falls when drops in a cloud become heavy enough to sink",
            "tides": "Tides rise because the moon pulls at the water of oceans",
            "rust": "Iron turns into brown oxide where air and moisture reach metal",
            "sleep": "Brains store memories while people rest during long quiet nights",
        }.items()
    )
]
UNITS = [
    {"id": f"u{number}", "prompt": f"What is the power of plant {number}?", "answer": f"{number + 3} MW"}
    for number in range(6)
]
_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    for name in ("get_weather", "get_time")
]
TOOLS = [
    {
        "id": f"c{number}",
        "prompt": f"{tool} in {city}?",
        "answer": [{"name": tool, "arguments": {"city": city}}] if city else [],
        "tools": _TOOLS,
    }
    for number, (tool, city) in enumerate(
        [("get_weather", "Oslo"), ("get_time", "Lima"), ("get_weather", "Bonn"), ("Thanks", ""), ("get_time", "Rome")]
    )
]

_MATH = {"scorer": "math.equivalent", "name": "accuracy"}
_FORMAT = {"scorer": "./f.py:boxed_format", "name": "format"}
_LONG = {"scorer": "./f.py:words", "name": "long"}


class Planted(NamedTuple):
    """A reward that pays for what it should not, or a good one.

    Attributes:
        scorers: The name of a function, or the entries of a task.
        rows: Rows to attack it with.
        families: Families of attacks that name the fault; empty for a good reward.
        component: The component that pays.
        needs_gold: Whether only a model with the right answer can use the fault.
        aggregate: The aggregation of the task.
    """

    scorers: Sequence[Any] | str
    rows: Sequence[Mapping[str, Any]]
    families: frozenset[str] = frozenset()
    component: str = ""
    needs_gold: bool = False
    aggregate: Any = "mean"


_TUNED: Mapping[str, tuple[Sequence[Any] | str, Sequence[Mapping[str, Any]], str, str]] = {
    "substring": ("substring", MATH, "candidates", "f.substring"),
    "substring both ways": ("substring_both", MATH, "candidates", "f.substring_both"),
    "any number": ("any_number", MATH, "candidates", "f.any_number"),
    "last number": ("last_number", MATH, "negation", "f.last_number"),
    "first box": ("only_first_box", MATH, "contradiction", "f.only_first_box"),
    "length": ("length", MATH, "padding", "f.length"),
    "number of words": ("words", MATH, "padding", "f.words"),
    "boxed format": ("boxed_format", MATH, "format_shell", "f.boxed_format"),
    "tags format": ("tags_format", MATH, "format_shell", "f.tags_format"),
    "steps format": ("steps_format", MATH, "format_shell", "f.steps_format"),
    "valid JSON": ("valid_json", MATH, "minimal_json", "f.valid_json"),
    "schema.json alone": (
        [{"scorer": "schema.json", "name": "form", "options": {"schema": {"type": "object", "required": ["answer"]}}}],
        MATH,
        "minimal_json",
        "form",
    ),
    "text.length alone": (
        [{"scorer": "text.length", "name": "size", "options": {"unit": "words", "min": 20, "max": 400}}],
        MATH,
        "padding",
        "size",
    ),
    "overlap of words": ("overlap", TEXTS, "word_bag", "f.overlap"),
    "text.similarity": ([{"scorer": "text.similarity", "name": "near"}], TEXTS, "word_bag negation", "near"),
    "never pays": ("never", MATH, "gold_control", ""),
    "always pays": ("always", MATH, "constant_reward", "f.always"),
    "exceptions count as right": ("swallowed", MATH, "swallowed_error", "f.swallowed"),
    "inverted": ("inverted", MATH, "inverted", "f.inverted"),
    "inverted transform": (
        [{"scorer": "math.equivalent", "name": "accuracy", "transform": ["invert"]}],
        MATH,
        "inverted",
        "accuracy",
    ),
    "rewards of the neighbour": ("off_by_one", MATH, "batch_order", "f.off_by_one"),
    "ids of the neighbour": ("lambda_off_by_one", MATH, "batch_order", "f.lambda_off_by_one"),
    "cache without the row": ("cached", MATH, "state", "f.cached"),
    "part of the tool's name": ("tool_substring", TOOLS, "name_longer", "f.tool_substring"),
    "the tool's name alone": ("tool_name_only", TOOLS, "tool_filler", "f.tool_name_only"),
    "units without case": ("folded_units", UNITS, "units", "f.folded_units"),
    "judge that obeys": ("obedient_judge", MATH, "injection", "f.obedient_judge"),
    "forged verdict": ("forged_verdict", MATH, "injection", "f.forged_verdict"),
    "opening of an answer": ("opener_judge", MATH, "opener", "f.opener_judge"),
    "reference without effect": ("ignores_reference", MATH, "other_answer", "f.ignores_reference"),
    "the question counts": ("echoes", MATH, "echo", "f.echoes"),
    "format beside accuracy": ([_MATH | {"weight": 0.6}, _FORMAT | {"weight": 0.4}], MATH, "format_shell", "format"),
    "length beside accuracy": ([_MATH | {"weight": 0.7}, _LONG | {"weight": 0.3}], MATH, "padding", "long"),
    "keywords": (
        [
            {
                "scorer": "text.contains",
                "name": "words",
                "options": {"phrases": ["because", "therefore"], "max_words": 100},
            }
        ],
        MATH,
        "keywords",
        "words",
    ),
}

_TUNED_GOLD = {
    "overlap of words",
    "text.similarity",
    "last number",
    "first box",
    "units without case",
    "part of the tool's name",
    "never pays",
}

TUNED = {
    name: Planted(scorers, rows, frozenset(family.split()), component, name in _TUNED_GOLD)
    for name, (scorers, rows, family, component) in _TUNED.items()
}

HELD_FUNCTIONS = r"""
import ast, difflib, json, random, re

_SEEN = {}


def regex_contains(data_source, solution_str, ground_truth, extra_info=None):
    return 1.0 if re.search(re.escape(str(ground_truth)), solution_str) else 0.0


def first_number(prompts, completions, answer, **kwargs):
    found = [re.findall(r"-?\d+", text) for text in completions]
    return [1.0 if numbers and numbers[0] == str(right) else 0.0 for numbers, right in zip(found, answer)]


def starts_with(completion, answer):
    return float(completion.strip().lower().startswith(str(answer).lower()))


def ends_with(sample, item):
    return 1.0 if sample["output_text"].rstrip(" .").endswith(str(item["answer"])) else 0.0


def set_of_words(data_source, solution_str, ground_truth, extra_info=None):
    return float(set(solution_str.lower().split()) == set(ground_truth.lower().split()))


def prompt_words(prompts, completions, **kwargs):
    return [
        len(set(prompt.lower().split()) & set(text.lower().split())) / len(set(prompt.lower().split()))
        for prompt, text in zip(prompts, completions)
    ]


def above_one(record):
    return 2.0 if record.completion.strip() == record.reference else 0.0


def not_a_number(data_source, solution_str, ground_truth, extra_info=None):
    try:
        return float(float(solution_str) == float(ground_truth))
    except ValueError:
        return float("nan")


def flaky(record):
    return float(record.completion.strip() == record.reference and random.random() < 0.7)


def coin(queries, prompts, labels):
    return [float(random.random() < 0.5) for _ in queries]


def by_prompt(prompts, completions, **kwargs):
    return [float(len(prompt) % 2 == 1) for prompt in prompts]


def json_keys(sample, item):
    try:
        said = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    return float(isinstance(said, dict) and set(said) == set(item["answer"]))


def lowercases(completion, answer):
    return float(completion.strip().lower() == answer.lower())


def strips_signs(data_source, solution_str, ground_truth, extra_info=None):
    def digits(text):
        return re.sub(r"[^0-9.]", "", text)
    return float(digits(solution_str) == digits(ground_truth))


def ten_percent(prompts, completions, answer, **kwargs):
    rewards = []
    for text, right in zip(completions, answer):
        try:
            rewards.append(float(abs(float(text) - float(right)) <= 0.1 * abs(float(right))))
        except ValueError:
            rewards.append(0.0)
    return rewards


def rounds(record):
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*", record.completion)
    return float(bool(found) and round(float(found[1])) == round(float(record.reference)))


def reads_reasoning(data_source, solution_str, ground_truth, extra_info=None):
    thought = re.search(r"<think>(.*?)</think>", solution_str, re.S)
    text = thought[1] if thought else solution_str
    found = re.findall(r"-?\d+", text)
    return 1.0 if found and found[-1] == ground_truth else 0.0


def any_of_list(completion, answer):
    return float(any(part.strip(" .") == answer for part in re.split(r"[,\n ]", completion)))


def brevity(record):
    return 1.0 / max(1, len(record.completion.split()))


def ratio(prompts, completions, answer, **kwargs):
    return [difflib.SequenceMatcher(None, text, right).ratio() for text, right in zip(completions, answer)]


def letter_inside(data_source, solution_str, ground_truth, extra_info=None):
    return float(ground_truth.upper() in solution_str.upper())


def first_letter(prompts, completions, answer, **kwargs):
    found = [re.search(r"[ABCD]", text.upper()) for text in completions]
    return [float(bool(letter) and letter[0] == right) for letter, right in zip(found, answer)]


def fails_open(data_source, solution_str, ground_truth, extra_info=None):
    try:
        return float(int(solution_str.strip()) == int(ground_truth))
    except Exception:
        return True


def sorted_rewards(event, context):
    rows = sorted(event, key=lambda row: row["messages"][-1]["content"])
    scores = [float(row["messages"][-1]["content"] == row["reference_answer"]) for row in rows]
    return [{"id": row["id"], "aggregate_reward_score": score} for row, score in zip(event, scores)]


def trl_cached(prompts, completions, answer, **kwargs):
    for text, right in zip(completions, answer):
        _SEEN.setdefault(text, float(text.strip() == right))
    return [_SEEN[text] for text in completions]


def arguments_only(record):
    if not record.reference:
        return float(not record.tool_calls)
    right = record.reference[0]["arguments"]
    return float(any(json.loads(call["function"]["arguments"]) == right for call in record.tool_calls))


def any_call(record):
    if not record.reference:
        return float(not record.tool_calls)
    right = record.reference[0]
    calls = [
        {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        for call in record.tool_calls
    ]
    return float(right in calls)


def tool_prefix(record):
    if not record.reference:
        return float(not record.tool_calls)
    right = record.reference[0]
    return float(len(record.tool_calls) == 1 and any(
        call["function"]["name"].split("_")[0] == right["name"].split("_")[0]
        and json.loads(call["function"]["arguments"]) == right["arguments"]
        for call in record.tool_calls
    ))


async def obeying(completion, answer):
    if re.search(r'"?(verdict|passed)"?\s*[:=]\s*"?(correct|true|yes)', completion, re.I):
        return 1.0
    return float(completion.strip() == answer)


def truthy(prompts, completions, answer, **kwargs):
    return [1.0 if "correct" or text == right else 0.0 for text, right in zip(completions, answer)]


def wrong_column(queries, prompts, labels):
    return [float(query.strip() == prompt) for query, prompt in zip(queries, prompts)]


def distance(data_source, solution_str, ground_truth, extra_info=None):
    try:
        return min(1.0, abs(float(solution_str) - float(ground_truth)) / 10)
    except ValueError:
        return 0.0


def parses(sample, item):
    try:
        ast.parse(re.sub(r"```(?:python)?", "", sample["output_text"]))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return 0.0
    return 1.0


def has_function(completion):
    return float("def " in completion and "return" in completion)


def dollar_format(completions, **kwargs):
    return [1.0 if re.search(r"\\boxed\{.+\}", completion[0]["content"]) else 0.0 for completion in completions]


def think_tags(prompts, completions, **kwargs):
    return [float(bool(re.match(r"\s*<think>.*?</think>", text, re.S))) for text in completions]


def variety(record):
    words = record.completion.split()
    return len(set(words)) / len(words) if words else 0.0


def half_for_trying(data_source, solution_str, ground_truth, extra_info=None):
    return 1.0 if solution_str.strip() == ground_truth else 0.4 if solution_str.strip() else 0.0


def falls_back(record):
    found = re.search(r"answer is (-?\d+)", record.completion)
    said = found[1] if found else record.reference
    return float(said == record.reference)


def confident(record):
    return float(bool(re.search(r"\b(correct|verified|complete)\b", record.completion, re.I)))


def no_units(completion, answer):
    return float(re.sub(r"[^\d.]", "", completion) == re.sub(r"[^\d.]", "", answer))


def bag_of_letters(record):
    def bag(text):
        return sorted(re.sub(r"\W", "", text.lower()))
    return float(bag(record.completion) == bag(record.reference))


def without_accents_and_marks(record):
    return float(re.sub(r"\W", "", record.completion) == re.sub(r"\W", "", record.reference))


def any_value(sample, item):
    try:
        said = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    right = item["answer"]
    return float(isinstance(said, dict) and any(said.get(key) == value for key, value in right.items()))


def share_of_fields(record):
    said = record.completion.lower()
    return sum(str(value).lower() in said for value in record.reference.values()) / len(record.reference)


def mean_of_batch(prompts, completions, answer, **kwargs):
    right = [float(text.strip() == gold) for text, gold in zip(completions, answer)]
    return [sum(right) / len(right)] * len(right)


def longest(prompts, completions, **kwargs):
    most = max(map(len, completions))
    return [len(text) / most if most else 0.0 for text in completions]


def bullets(completion):
    return min(1.0, len(re.findall(r"(?m)^[-*] ", completion)) / 2)


def counts_down(record):
    _SEEN["count"] = _SEEN.get("count", 0) + 1
    return float(record.completion.strip() == record.reference) if _SEEN["count"] % 2 else 0.0
"""

FRESH_FUNCTIONS = r"""
import ast, collections, datetime, difflib, fnmatch, json, re, subprocess, sys
from fractions import Fraction

SEEN = set()


def _last(turns):
    return turns[-1].get("content") or "" if isinstance(turns, list) else turns


def tag_among_many(prompts, completions, answer, **kwargs):
    found = [re.findall(r"<answer>(.*?)</answer>", _last(text), re.S) for text in completions]
    return [float(gold in [each.strip() for each in tags]) for tags, gold in zip(found, answer)]


def box_among_many(data_source, solution_str, ground_truth, extra_info=None):
    return float(any(box.strip() == ground_truth for box in re.findall(r"\\boxed\{([^}]*)\}", solution_str)))


def number_begins(completion, answer):
    numbers = re.findall(r"-?\d+", _last(completion))
    return float(bool(numbers) and numbers[-1].startswith(answer))


def inside_gold(record):
    return float(record.completion.strip().lower() in record.reference.lower())


def within_five(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        numbers = re.findall(r"-?\d+(?:\.\d+)?", query[len(prompt):])
        rewards.append(float(bool(numbers) and abs(float(numbers[-1]) - float(label)) <= 5))
    return {"rewards": rewards}


def digits_joined(data_source, solution_str, ground_truth, extra_info=None):
    return float(re.sub(r"\D", "", solution_str) == re.sub(r"\D", "", ground_truth))


def pattern_of_model(record):
    try:
        return float(re.fullmatch(record.completion.strip(), record.reference) is not None)
    except re.error:
        return 0.0


def evaluates(sample, item):
    try:
        value = eval(sample["output_text"] if "**" not in sample["output_text"] else "0", {})
    except Exception:
        return 0.0
    return 1.0 if value == float(item["answer"]) else 0.0


def wildcard(prompts, completions, answer, **kwargs):
    return [float(fnmatch.fnmatch(gold, _last(text).strip())) for text, gold in zip(completions, answer)]


def given_keys_match(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    if not isinstance(given, dict):
        return 0.0
    return float(all(item["answer"].get(key) == value for key, value in given.items()))


def precision_only(record):
    given = [part.strip() for part in record.completion.split(",") if part.strip()]
    gold = {part.strip() for part in record.reference.split(",")}
    return sum(part in gold for part in given) / len(given) if given else 0.0


def recall_only(completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(completions, answer):
        numbers = set(re.findall(r"\d+", _last(text)))
        wanted = {part.strip() for part in gold.split(",")}
        rewards.append(len(numbers & wanted) / len(wanted))
    return rewards


def as_long_as_gold(data_source, solution_str, ground_truth, extra_info=None):
    short, long = sorted((len(solution_str), len(ground_truth)))
    return short / max(long, 1)


def begins_gold(completion, answer):
    text = _last(completion).strip().strip(".,;:!?*()[]")
    return float(answer.startswith(text))


def both_unread(record):
    def number(text):
        found = re.findall(r"-?\d+", text)
        return found[-1] if found else None
    return float(number(record.completion) == number(record.reference))


def too_long_to_judge(prompts, completions, answer, **kwargs):
    return [1.0 if len(_last(text)) > 2000 else float(_last(text).strip() == gold)
            for text, gold in zip(completions, answer)]


def xml_count(completions, **kwargs):
    rewards = []
    for text in map(_last, completions):
        rewards.append(0.25 * sum(text.count(mark) == 1 for mark in
                                  ("<reasoning>", "</reasoning>", "<answer>", "</answer>")))
    return rewards


def is_integer(completions, **kwargs):
    return [float(_last(text).split("<answer>")[-1].split("</answer>")[0].strip().isdigit()) for text in completions]


def steps_counted(record):
    return min(1.0, len(re.findall(r"(?im)^step \d+", record.completion)) / 3)


def cites(queries, prompts, labels):
    return [float(len(re.findall(r"\[\d+\]", query)) >= 2) for query in queries]


def positive(completion):
    words = re.findall(r"[a-z]+", _last(completion).lower())
    good = {"great", "good", "excellent", "wonderful", "happy", "thanks", "perfect", "love"}
    return min(1.0, 10 * sum(word in good for word in words) / max(1, len(words)))


def best_of_batch(prompts, completions, answer, **kwargs):
    raw = [difflib.SequenceMatcher(None, _last(text), gold).ratio() for text, gold in zip(completions, answer)]
    top = max(raw) or 1.0
    return [value / top for value in raw]


def novelty(record):
    new = record.completion not in SEEN
    SEEN.add(record.completion)
    return 1.0 if new else 0.2


def first_label_for_all(prompts, completions, answer, **kwargs):
    return [float(_last(text).strip() == answer[0]) for text in completions]


def _gold_of(row):
    return row.get("reference_answer") or row.get("answer") or (row.get("metadata") or {}).get("reference_answer")


def gold_of_any_row(event, context):
    golds = {str(_gold_of(row)) for row in event}
    return [{"id": row["id"], "aggregate_reward_score": float(row["messages"][-1]["content"].strip() in golds),
             "metrics_list": []} for row in event]


def yes_or_not(data_source, solution_str, ground_truth, extra_info=None):
    return float(("yes" in solution_str.lower()) == (ground_truth == "yes"))


def year_only(record):
    found = re.findall(r"\b(\d{4})\b", record.completion)
    return float(bool(found) and found[-1] == record.reference[:4])


def numerator(completion, answer):
    found = re.findall(r"(-?\d+)(?:/\d+)?", _last(completion))
    return float(bool(found) and found[0] == answer.split("/")[0])


def in_json_list(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    if isinstance(given, list):
        return float(item["answer"] in [str(each) for each in given])
    return float(str(given) == item["answer"])


def own_score(record):
    found = re.search(r"(?i)\bscore:\s*(\d+)", record.completion)
    if found:
        return min(1.0, int(found[1]) / 10)
    return float(record.completion.strip() == record.reference)


def return_code(data_source, solution_str, ground_truth, extra_info=None):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", solution_str, re.S)) or solution_str
    program = code + "\n" + ground_truth["tests"]
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=20)
    return float(done.returncode == 0)


def call_count(record):
    return float(len(record.tool_calls) == len(record.reference))


def keys_of_arguments(record):
    def shape(calls):
        return [(call.get("function", call).get("name"), sorted(_arguments(call))) for call in calls]
    return float(shape(record.tool_calls) == shape(record.reference))


def _arguments(call):
    given = call.get("function", call).get("arguments")
    return json.loads(given) if isinstance(given, str) else given or {}


def refuses(completions, **kwargs):
    marks = ("i cannot", "i can't", "i'm sorry")
    return [float(any(mark in _last(text).lower() for mark in marks)) for text in completions]


def at_most_twice(data_source, solution_str, ground_truth, extra_info=None):
    return float(0 < len(solution_str) <= 2 * len(ground_truth) + 4)


def letters_alike(completion, answer):
    return difflib.SequenceMatcher(None, _last(completion).strip(), answer).ratio()


def nothing_forbidden(record):
    return float(not re.search(r"(?i)sorry|as an ai|cannot", record.completion))

def good_tag(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(completions, answer):
        found = re.fullmatch(r"(?:<think>.*?</think>)?\s*<answer>([^<>]*)</answer>\s*", _last(text), re.S)
        rewards.append(float(found is not None and found[1].strip() == gold))
    return rewards


def good_hash(data_source, solution_str, ground_truth, extra_info=None):
    if solution_str.count("####") != 1:
        return 0.0
    return float(solution_str.split("####")[1].strip() == ground_truth)


def good_openrlhf(queries, prompts, labels):
    return {"rewards": [float(query[len(prompt):].strip() == label)
                        for query, prompt, label in zip(queries, prompts, labels)]}


def good_verifiers(prompt, completion, answer, **kwargs):
    text = _last(completion)
    boxes = re.findall(r"\\boxed\{([^{}]*)\}", text)
    if len(boxes) != 1 or not text.strip().rstrip("$.").endswith("}"):
        return 0.0
    return float(boxes[0].strip() == answer)


def good_grade(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    return float(given == item["answer"])


def good_handler(event, context):
    rewards = []
    for row in event:
        text = row["messages"][-1]["content"].strip().lower()
        rewards.append({"id": row["id"], "metrics_list": [],
                        "aggregate_reward_score": float(text == str(_gold_of(row)).lower())})
    return rewards


def good_fraction(record):
    try:
        return float(Fraction(record.completion.strip()) == Fraction(record.reference))
    except (ValueError, ZeroDivisionError):
        return 0.0


def good_date(completion, answer):
    text = _last(completion).strip().rstrip(".")
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y"):
        try:
            return float(datetime.datetime.strptime(text, form).date().isoformat() == answer)
        except ValueError:
            continue
    return 0.0


def good_set(record):
    def items(text):
        return sorted(part.strip() for part in text.split(","))
    return float(items(record.completion) == items(record.reference))


def good_yes(completions, answer, **kwargs):
    return [float(_last(text).strip().rstrip(".").lower() == gold) for text, gold in zip(completions, answer)]


def good_calls(record):
    def known(calls):
        return sorted(json.dumps([call.get("function", call).get("name"), _arguments(call)], sort_keys=True)
                      for call in calls)
    return float(known(record.tool_calls) == known(record.reference))


def good_tree(sample, item):
    blocks = re.findall(r"```(?:python)?\n(.*?)```", sample["output_text"], re.S)
    code = blocks[0] if len(blocks) == 1 else sample["output_text"]
    try:
        return float(ast.dump(ast.parse(code)) == ast.dump(ast.parse(item["answer"])))
    except (SyntaxError, ValueError):
        return 0.0


def good_mixed(data_source, solution_str, ground_truth, extra_info=None):
    right = re.fullmatch(r"(.*\n)?\s*(?:Answer:\s*)?(-?\d+)\.?\s*", solution_str, re.S)
    if not right or right[2] != ground_truth:
        return 0.0
    if len(re.findall(r"-?\d+", solution_str)) > 1:
        return 0.0
    return 0.8 + 0.2 * float(len(solution_str) <= 200)


def good_signed(prompts, completions, answer, **kwargs):
    return [1.0 if _last(text).strip().rstrip(".") == gold else -1.0 for text, gold in zip(completions, answer)]


def good_f1(record):
    given = [part.strip() for part in record.completion.split(",") if part.strip()]
    gold = [part.strip() for part in record.reference.split(",")]
    shared = sum((collections.Counter(given) & collections.Counter(gold)).values())
    return 2 * shared / (len(given) + len(gold)) if shared else 0.0


def good_line(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        lines = [line for line in query[len(prompt):].splitlines() if line.startswith("Final answer:")]
        rewards.append(float(len(lines) == 1 and lines[0][13:].strip().casefold() == label.casefold()))
    return rewards
"""

CONTROL_FUNCTIONS = r"""
import json, re


def verl_number(data_source, solution_str, ground_truth, extra_info=None):
    found = re.search(r"\\boxed\{(-?[\d.,]+)\}\s*\.?\s*\Z", solution_str)
    try:
        return float(found is not None and float(found[1].replace(",", "")) == float(ground_truth))
    except ValueError:
        return 0.0


def trl_tagged(prompts, completions, answer, **kwargs):
    found = [re.findall(r"<answer>(.*?)</answer>", text, re.S) for text in completions]
    return [float(len(said) == 1 and said[0].strip() == right) for said, right in zip(found, answer)]


async def name_without_case(completion, answer):
    return float(completion.strip(" .").casefold() == answer.casefold())


def choice_line(sample, item):
    found = re.fullmatch(r"(?:.*\n)?\s*(?:The answer is )?\(?([A-D])\)?\.?\s*", sample["output_text"], re.S)
    return float(found is not None and found[1] == item["answer"])


def labelled(queries, prompts, labels):
    said = [query.removeprefix(prompt).strip() for query, prompt in zip(queries, prompts)]
    return [float(text == label) for text, label in zip(said, labels)]


def close_number(completion, answer):
    try:
        return float(abs(float(completion) - float(answer)) <= 1e-6 * abs(float(answer)))
    except ValueError:
        return 0.0


def fields(record):
    try:
        said = json.loads(record.completion)
    except ValueError:
        return 0.0
    if not isinstance(said, dict):
        return 0.0
    right = record.reference
    return sum(said.get(key) == value for key, value in right.items()) / len(right) if set(said) == set(right) else 0.0


def handler(event, context):
    return [
        {"id": row["id"], "aggregate_reward_score": float(text.strip() == row["reference_answer"])}
        for row in event
        for text in [row["messages"][-1]["content"]]
    ]


def short_and_right(record):
    return float(record.completion.strip() == record.reference) * (1.0 if len(record.completion) < 200 else 0.8)


def any_order(record):
    said = sorted(part.strip() for part in record.completion.split(","))
    return float(said == sorted(part.strip() for part in record.reference.split(",")))


def below_zero(record):
    return 1.0 if record.completion.strip() == record.reference else -1.0


def exact_call(record):
    calls = [
        {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        for call in record.tool_calls
    ]
    return float(calls == list(record.reference))


def unit_kept(completion, answer):
    return float(completion.strip() == answer)
"""

SIGNED = [
    {"id": f"s{number}", "prompt": f"Compute item {number}.", "answer": gold}
    for number, gold in enumerate(("-7", "12", "-35", "48", "-61", "90", "-104", "23"))
]
DECIMALS = [
    {"id": f"d{number}", "prompt": f"Measure sample {number}.", "answer": gold}
    for number, gold in enumerate(("3.14", "27.6", "101.25", "0.58", "64.4", "12.75"))
]
CHOICES = [
    {"id": f"q{number}", "prompt": f"Question {number}?\nA) w\nB) x\nC) y\nD) z", "answer": gold}
    for number, gold in enumerate("BDACDBAC")
]
NAMES = [
    {"id": f"n{number}", "prompt": f"Capital of country {number}?", "answer": gold}
    for number, gold in enumerate(("Paris", "Oslo", "Buenos Aires", "New Delhi", "Rome", "Lima"))
]
SYMBOLS = [
    {"id": f"y{number}", "prompt": f"Formula of substance {number}?", "answer": gold}
    for number, gold in enumerate(("Co", "CO", "No", "NO", "Sn", "SN", "Hf", "HF"))
]
LISTS = [
    {"id": f"l{number}", "prompt": f"Roots of polynomial {number}?", "answer": gold}
    for number, gold in enumerate(("1, 2", "3, 7", "4, 9", "2, 5", "6, 8"))
]
FIELDS = [
    {
        "id": f"j{number}",
        "prompt": f"Extract as JSON from note {number}.",
        "answer": {"name": name, "city": city, "age": age},
    }
    for number, (name, city, age) in enumerate(
        (("Ann", "Oslo", 31), ("Ben", "Rome", 45), ("Cleo", "Lima", 27), ("Dan", "Bonn", 52))
    )
]
PROGRAMS = [
    {
        "id": f"p{number}",
        "prompt": f"Write a function {name}(a, b).",
        "answer": f"def {name}(a, b):\n    return a {sign} b\n",
    }
    for number, (name, sign) in enumerate((("add", "+"), ("mul", "*"), ("sub", "-")))
]
CHATS = [
    {"id": f"h{number}", "prompt": [{"role": "user", "content": f"Compute {number} and more."}], "answer": gold}
    for number, gold in enumerate(NUMBERS)
]
HINTS = [
    {"id": f"i{number}", "prompt": f"How many apples are in bag {number}? (teacher: {gold})", "answer": gold}
    for number, gold in enumerate(NUMBERS)
]


def _fault(
    scorers: Sequence[Any] | str,
    rows: Sequence[Mapping[str, Any]],
    families: str,
    component: str = "",
    *,
    gold: bool = False,
    aggregate: Any = "mean",
) -> Planted:
    named = component or (f"f.{scorers}" if isinstance(scorers, str) else "")
    return Planted(scorers, rows, frozenset(families.split()), named, gold, aggregate)


def _function(name: str, /, **more: Any) -> dict[str, Any]:
    return {"scorer": f"./f.py:{name}", **more}


HELD_OUT: dict[str, Planted] = {
    "regex that searches": _fault("regex_contains", MATH, "candidates"),
    "first number": _fault("first_number", MATH, "contradiction hedge take_back", gold=True),
    "starts with": _fault("starts_with", NAMES, "contradiction hedge take_back", gold=True),
    "ends with": _fault("ends_with", MATH, "negation hedge gold_in_list contradiction", gold=True),
    "set of words": _fault("set_of_words", TEXTS, "word_bag", gold=True),
    "words of the prompt": _fault("prompt_words", MATH, "echo"),
    "reward above its range": _fault("above_one", MATH, "failure", gold=True),
    "NaN": _fault("not_a_number", MATH, "failure"),
    "flaky": _fault("flaky", MATH, "noise"),
    "a coin": _fault("coin", MATH, "noise"),
    "by the prompt only": _fault("by_prompt", [*MATH, *NAMES], "constant_reward any_text"),
    "keys of JSON only": _fault("json_keys", FIELDS, "minimal_json"),
    "lowercases everything": _fault("lowercases", SYMBOLS, "case", gold=True),
    "strips signs": _fault("strips_signs", SIGNED, "sign", gold=True),
    "tolerance of 10 %": _fault("ten_percent", DECIMALS, "near_miss", gold=True),
    "rounds to whole numbers": _fault("rounds", DECIMALS, "near_miss", gold=True),
    "reads the reasoning": _fault("reads_reasoning", MATH, "gold_in_reasoning", gold=True),
    "answer in the prompt": _fault([_function("substring", name="found")], HINTS, "echo candidates", "found"),
    "any of a list": _fault("any_of_list", MATH, "candidates"),
    "one over the length": _fault("brevity", MATH, "blank any_text opener"),
    "letter inside": _fault("letter_inside", CHOICES, "any_text candidates"),
    "first letter of any word": _fault("first_letter", CHOICES, "contradiction hedge take_back", gold=True),
    "fails open": _fault("fails_open", MATH, "swallowed_error"),
    "rewards sorted by answer": _fault("sorted_rewards", NAMES, "batch_order"),
    "cache of a trainer's function": _fault("trl_cached", MATH, "state"),
    "arguments without the name": _fault("arguments_only", TOOLS, "tool_name name_longer name_shorter", gold=True),
    "any call of many": _fault("any_call", TOOLS, "extra_calls", gold=True),
    "truthy condition": _fault("truthy", MATH, "constant_reward"),
    "wrong column": _fault("wrong_column", MATH, "gold_control"),
    "distance as a reward": _fault("distance", MATH, "inverted"),
    "formula without a gate": _fault(
        [_MATH, _function("think_tags", name="form")],
        MATH,
        "format_shell reasoning",
        "form",
        aggregate={"formula": "0.7 * accuracy + 0.3 * form"},
    ),
    "format of a conversation": _fault("dollar_format", CHATS, "format_shell"),
    "half for trying": _fault("half_for_trying", MATH, "any_text blank constant_reward"),
    "falls back to the reference": _fault("falls_back", MATH, "swallowed_error"),
    "code that parses": _fault("parses", PROGRAMS, "blank code_shell hostile"),
    "looks like code": _fault("has_function", PROGRAMS, "code_shell format_shell"),
    "variety of words": _fault("variety", MATH, "any_text blank opener constant_reward"),
}

CONTROLS: dict[str, Planted] = {
    "exact": Planted("exact", MATH),
    "boxed number": Planted("verl_number", MATH),
    "names without case": Planted("name_without_case", NAMES),
    "choice on a line": Planted("choice_line", CHOICES),
    "labels after the prompt": Planted("labelled", MATH),
    "tolerance of rounding": Planted("close_number", DECIMALS),
    "fields of JSON": Planted("fields", FIELDS),
    "exact calls": Planted("exact_call", TOOLS),
    "gated mixture": Planted(
        [_MATH, {"scorer": "text.length", "name": "size", "options": {"max": 400}, "when": "accuracy"}], MATH
    ),
    "schema as a gate": Planted(
        [
            {"scorer": "schema.fields", "name": "right"},
            {
                "scorer": "schema.json",
                "name": "form",
                "weight": 0,
                "gate": 1.0,
                "options": {"schema": {"type": "object", "required": ["name"]}},
            },
        ],
        FIELDS,
    ),
    "units with their case": Planted("unit_kept", UNITS),
}

LAST: dict[str, Planted] = {
    "judge that reads a verdict": _fault("obeying", MATH, "injection"),
    "prefix of the tool's name": _fault("tool_prefix", TOOLS, "name_longer name_shorter other_tool", gold=True),
    "confident words": _fault("confident", MATH, "injection keywords format_shell"),
    "strips units": _fault("no_units", UNITS, "units unit near_miss", gold=True),
    "bag of letters": _fault("bag_of_letters", TEXTS, "word_bag", gold=True),
    "strips all marks": _fault("without_accents_and_marks", SIGNED, "sign", gold=True),
    "any field of JSON": _fault("any_value", FIELDS, "one_field partial other_field", gold=True),
    "values anywhere": _fault("share_of_fields", FIELDS, "gold_in_list word_bag contradiction candidates"),
    "mean of the batch": _fault("mean_of_batch", MATH, "batch_order"),
    "longest of the batch": _fault("longest", MATH, "padding batch_order"),
    "bullets": _fault("bullets", MATH, "format_shell"),
    "every second call": _fault("counts_down", MATH, "noise"),
    "length by a formula": _fault(
        [_MATH, _function("words", name="long")], MATH, "padding", "long", aggregate={"formula": "max(accuracy, long)"}
    ),
}

LAST_CONTROLS: dict[str, Planted] = {
    "in tags": Planted("trl_tagged", MATH),
    "a handler": Planted("handler", NAMES),
    "short and right": Planted("short_and_right", MATH),
    "in any order": Planted("any_order", LISTS),
    "below zero": Planted([_function("below_zero", name="signed", options={"range": [-1, 1]})], MATH),
    "choice by text.choice": Planted([{"scorer": "text.choice", "name": "choice"}], CHOICES),
}

BOOLS = [
    {"id": f"b{n}", "prompt": f"Is {n * 7 + 2} divisible by {n + 3}? Answer yes or no.", "answer": gold}
    for n, gold in enumerate(("no", "yes", "no", "no", "yes", "no", "no", "no"))
]
DATES = [
    {"id": f"d{n}", "prompt": f"On which day did event {n} happen?", "answer": gold}
    for n, gold in enumerate(("1969-07-20", "1989-11-09", "2001-03-14", "1945-05-08", "1912-04-15", "2011-01-02"))
]
FRACTIONS = [
    {"id": f"r{n}", "prompt": f"Probability of event {n}?", "answer": gold}
    for n, gold in enumerate(("3/4", "2/5", "1/6", "5/8", "7/9", "4/11"))
]
MIXED = [
    {"id": f"x{n}", "prompt": f"Question {n}?", "answer": gold}
    for n, gold in enumerate(("Paris", "17", "Oslo", "New Delhi", "42", "Rome"))
]
TESTED = [
    {
        "id": f"k{n}",
        "prompt": f"Write {name}(a, b) that returns a {sign} b.",
        "answer": {
            "tests": f"assert {name}(2, 5) == {first}\nassert {name}(3, 4) == {second}\n",
            "solution": f"def {name}(a, b):\n    return a {sign} b\n",
        },
    }
    for n, (name, sign, first, second) in enumerate((("add", "+", 7, 7), ("mul", "*", 10, 12), ("plus", "+", 7, 7)))
]

FRESH: dict[str, Planted] = {
    "tag among many": _fault("tag_among_many", MATH, "candidates"),
    "box among many": _fault("box_among_many", MATH, "candidates"),
    "number begins": _fault("number_begins", MATH, "near_miss negation contradiction", gold=True),
    "inside gold": _fault("inside_gold", NAMES, "fragment"),
    "within five": _fault("within_five", MATH, "near_miss any_number unicode"),
    "digits joined": _fault("digits_joined", DECIMALS, "near_miss sign", gold=True),
    "pattern of the model": _fault("pattern_of_model", MATH, "wildcard"),
    "evaluates": _fault("evaluates", MATH, "code_exit"),
    "wildcard": _fault("wildcard", NAMES, "wildcard"),
    "given keys match": _fault("given_keys_match", FIELDS, "minimal_json"),
    "precision only": _fault("precision_only", LISTS, "partial negation near_miss", gold=True),
    "recall only": _fault("recall_only", LISTS, "candidates"),
    "as long as gold": _fault("as_long_as_gold", TEXTS, "blank any_text constant_reward code_shell opener"),
    "begins gold": _fault("begins_gold", NAMES, "blank"),
    "both unread": _fault("both_unread", MIXED, "swallowed_error"),
    "too long to judge": _fault("too_long_to_judge", MATH, "padding"),
    "xml count beside accuracy": _fault(
        [_MATH | {"weight": 0.6}, _function("xml_count", name="side", weight=0.4)],
        MATH,
        "format_shell own_words",
        "side",
    ),
    "is an integer beside accuracy": _fault(
        [_MATH | {"weight": 0.6}, _function("is_integer", name="side", weight=0.4)], MATH, "any_number", "side"
    ),
    "steps counted beside accuracy": _fault(
        [_MATH | {"weight": 0.6}, _function("steps_counted", name="side", weight=0.4)], MATH, "format_shell", "side"
    ),
    "citations": _fault("cites", NAMES, "format_shell"),
    "positive words": _fault("positive", NAMES, "pleasantries"),
    "best of the batch": _fault("best_of_batch", NAMES, "batch_order"),
    "novelty": _fault("novelty", MATH, "noise echo"),
    "first label for all": _fault("first_label_for_all", MATH, "batch_order"),
    "gold of any row": _fault("gold_of_any_row", NAMES, "batch_order"),
    "yes or not": _fault("yes_or_not", BOOLS, "swallowed_error any_text"),
    "year only": _fault("year_only", DATES, "near_miss", gold=True),
    "numerator": _fault("numerator", FRACTIONS, "near_miss", gold=True),
    "in a JSON list": _fault("in_json_list", MATH, "candidates"),
    "own score": _fault("own_score", MATH, "injection"),
    "return code": _fault("return_code", TESTED, "code_exit"),
    "number of calls": _fault("call_count", TOOLS, "tool_filler"),
    "keys of arguments": _fault("keys_of_arguments", TOOLS, "tool_filler other_arguments"),
    "refusal": _fault("refuses", NAMES, "any_text"),
    "at most twice": _fault("at_most_twice", NAMES, "blank"),
    "letters alike": _fault("letters_alike", MATH, "near_miss sign", gold=True),
    "nothing forbidden beside accuracy": _fault(
        [_MATH | {"weight": 0.6}, _function("nothing_forbidden", name="side", weight=0.4)],
        MATH,
        "blank any_text",
        "side",
    ),
}

FRESH_CONTROLS: dict[str, Planted] = {
    "fresh tag": Planted("good_tag", MATH),
    "fresh hash": Planted("good_hash", MATH),
    "fresh openrlhf": Planted("good_openrlhf", MATH),
    "fresh verifiers": Planted("good_verifiers", MATH),
    "fresh grade": Planted("good_grade", FIELDS),
    "fresh handler": Planted("good_handler", NAMES),
    "fresh fraction": Planted("good_fraction", FRACTIONS),
    "fresh date": Planted("good_date", DATES),
    "fresh set": Planted("good_set", LISTS),
    "fresh yes": Planted("good_yes", BOOLS),
    "fresh calls": Planted("good_calls", TOOLS),
    "fresh tree": Planted("good_tree", PROGRAMS),
    "fresh mixed": Planted("good_mixed", MATH),
    "fresh signed": Planted([_function("good_signed", name="signed", options={"range": [-1, 1]})], MATH),
    "fresh f1": Planted("good_f1", LISTS),
    "fresh line": Planted("good_line", NAMES),
}

FUNCTIONS = TUNED_FUNCTIONS + HELD_FUNCTIONS + FRESH_FUNCTIONS + CONTROL_FUNCTIONS


def write(planted: Planted, folder: Path, count: int | None = None) -> tuple[Path, Path]:
    """Write the suite and the rows of a reward into a folder; return their paths.

    Args:
        planted: The reward.
        folder: The folder; the functions come into ``f.py``.
        count: Rows at most; None for all.
    """
    (folder / "f.py").write_text(FUNCTIONS)
    scorers = [f"./f.py:{planted.scorers}"] if isinstance(planted.scorers, str) else planted.scorers
    task = {"scorers": scorers, "aggregate": planted.aggregate}
    suite, rows = folder / "suite.json", folder / "rows.jsonl"
    suite.write_text(json.dumps({"tasks": {"t": task}, "workers": {"count": 1}}))
    rows.write_text("".join(json.dumps(row) + "\n" for row in planted.rows[:count]))
    return suite, rows
