"""Planted faults that were written after the attacks, and good rewards beside them.

``SECOND`` and ``SECOND_GOOD`` were written without reading the code of the attacks, and counted once before anything
was changed for them. ``THIRD`` and ``THIRD_GOOD`` were written with that code known, and counted after that change.
Each reward comes into a file of its own, as a user's does.
"""

from __future__ import annotations

import ast
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_FIRST = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("planted_faults.py"))))
_MATH_ENTRY = {"scorer": "math.equivalent", "name": "accuracy", "weight": 0.6}

SECOND_FUNCTIONS = r"""
import ast, json, math, re, sqlite3, subprocess, sys, zlib
from collections import Counter
from datetime import date
from difflib import SequenceMatcher
from xml.etree import ElementTree

CALLS = []


def _text(turns):
    return turns[-1].get("content") or "" if isinstance(turns, list) else turns


def any_line(prompts, completions, answer, **kwargs):
    return [float(any(line.strip() == gold for line in _text(text).splitlines()))
            for text, gold in zip(completions, answer)]


def two_edits(data_source, solution_str, ground_truth, extra_info=None):
    one, other = solution_str.strip(), ground_truth
    row = list(range(len(other) + 1))
    for i, left in enumerate(one[:200], 1):
        row, before = [i], row
        for j, right in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right)))
    return float(row[-1] <= 2)


def first_three(completion, answer):
    return float(_text(completion).strip()[:3].lower() == answer[:3].lower())


def same_digits(record):
    return float(Counter(record.completion.strip()) == Counter(record.reference))


def not_a_number_passes(sample, item):
    try:
        value = float(sample["output_text"])
    except ValueError:
        return 0.0
    return 0.0 if abs(value - float(item["answer"])) > 1e-6 else 1.0


def infinite_tolerance(data_source, solution_str, ground_truth, extra_info=None):
    try:
        value, gold = float(solution_str), float(ground_truth)
    except ValueError:
        return {"score": 0.0}
    return {"score": float(abs(value - gold) <= 1e-6 * max(abs(value), abs(gold)))}


def divides(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        try:
            value = int(query[len(prompt):].strip())
        except ValueError:
            value = 0
        rewards.append(float(value != 0 and int(label) % value == 0))
    return {"rewards": rewards}


def ratio_credit(record):
    found = re.findall(r"\d+(?:\.\d+)?", record.completion)
    if not found:
        return 0.0
    low, high = sorted((float(found[-1]), float(record.reference)))
    return low / high if high else 0.0


def pattern_of_gold(prompts, completions, answer, **kwargs):
    return [float(re.fullmatch(gold, _text(text).strip()) is not None) for text, gold in zip(completions, answer)]


def any_overlap(record):
    chosen = set(re.findall(r"\b[A-D]\b", record.completion))
    return float(bool(chosen & set(record.reference.split(","))))


def vacuous_list(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    return float(isinstance(given, list) and all(each in item["answer"] for each in given))


def empty_tables(record):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE orders (id INTEGER, city TEXT, price REAL)")
    try:
        return float(base.execute(record.completion).fetchall() == base.execute(record.reference).fetchall())
    except sqlite3.Error:
        return 0.0


def prints_passed(data_source, solution_str, ground_truth, extra_info=None):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", solution_str, re.S)) or solution_str
    program = code + "\n" + ground_truth["tests"] + "print('ALL TESTS PASSED')\n"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=20, text=True)
    return float("ALL TESTS PASSED" in done.stdout)


def own_tests(completion, answer):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", _text(completion), re.S))
    if "assert" not in code:
        return 0.0
    return float(subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, timeout=20).returncode == 0)


def more_arguments(record):
    def plain(call):
        inner = call.get("function", call)
        given = inner.get("arguments")
        return inner["name"], json.loads(given) if isinstance(given, str) else given
    given = [plain(call) for call in record.tool_calls]
    if len(given) != len(record.reference):
        return 0.0
    for (name, arguments), right in zip(given, record.reference):
        if name != right["name"] or any(arguments.get(key) != each for key, each in right["arguments"].items()):
            return 0.0
    return 1.0


def tool_in_text(prompts, completions, answer, **kwargs):
    rewards = []
    for turns, gold in zip(completions, answer):
        text = json.dumps(turns)
        rewards.append(float(all(each["name"] in text for each in gold)))
    return rewards


def cyrillic(record):
    letters = [each for each in record.completion if each.isalpha()]
    return sum("\u0400" <= each <= "\u04ff" for each in letters) / len(letters) if letters else 0.0


def clock(completion, answer):
    found = re.findall(r"\d{1,2}:\d{2}", _text(completion))
    return float(len(found) == 1 and found[0] == answer.split()[0])


def percent_or_not(data_source, solution_str, ground_truth, extra_info=None):
    try:
        value, gold = float(solution_str.strip().rstrip("%")), float(ground_truth)
    except ValueError:
        return 0.0
    return float(any(math.isclose(value * factor, gold) for factor in (1, 100, 0.01)))


def trailing_zeros(prompts, completions, answer, **kwargs):
    return [float(_text(text).strip().rstrip("0.") == gold.rstrip("0.")) for text, gold in zip(completions, answer)]


def one_digit(record):
    found = re.search(r"\d", record.completion)
    return float(found is not None and found[0] == record.reference[0])


def largest_number(sample, item):
    numbers = [int(each) for each in re.findall(r"\d+", sample["output_text"])]
    return float(bool(numbers) and max(numbers) == int(item["answer"]))


def bold_among_many(queries, prompts, labels):
    return [float(label in re.findall(r"\*\*(.+?)\*\*", query[len(prompt):]))
            for query, prompt, label in zip(queries, prompts, labels)]


def final_line_contains(data_source, solution_str, ground_truth, extra_info=None):
    found = re.findall(r"(?i)final answer:(.*)", solution_str)
    return float(bool(found) and re.search(rf"\b{re.escape(ground_truth)}\b", found[-1]) is not None)


def brier(sample, item):
    try:
        given = json.loads(sample["output_text"])
        sure = min(1.0, max(0.0, float(given["confidence"])))
        right = float(str(given["answer"]) == item["answer"])
    except (ValueError, KeyError, TypeError):
        return 0.0
    return 1.0 - (sure - right) ** 2


def abstention(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        rewards.append(1.0 if text.strip() == gold else 0.5 if "don't know" in text.lower() else 0.0)
    return rewards


def true_equations(record):
    right = 0
    for left, sign, other, result in re.findall(r"(\d{1,6}) ?([+*-]) ?(\d{1,6}) ?= ?(-?\d{1,12})", record.completion):
        a, b = int(left), int(other)
        right += {"+": a + b, "-": a - b, "*": a * b}[sign] == int(result)
    return min(1.0, right / 2)


def said_twice(data_source, solution_str, ground_truth, extra_info=None):
    boxed = re.findall(r"\\boxed\{(.*?)\}", solution_str)
    return float(bool(boxed) and boxed[-1].strip() != "" and solution_str.count(boxed[-1]) >= 2)


def majority(prompts, completions, **kwargs):
    said = [re.findall(r"-?\d+", _text(text))[-1:] for text in completions]
    most = Counter(each[0] for each in said if each).most_common(1)
    return [float(bool(most) and each[:1] == [most[0][0]]) for each in said]


def waits(completions, **kwargs):
    return [min(1.0, len(re.findall(r"(?i)\b(?:wait|hmm|let me check)\b", _text(text))) / 3) for text in completions]


def thinks_long(record):
    found = re.search(r"<think>(.*?)</think>", record.completion, re.S)
    return min(1.0, len(found[1].split()) / 200) if found else 0.0


def dense(completion):
    raw = _text(completion).encode()
    return min(1.0, len(zlib.compress(raw)) / len(raw)) if raw else 0.0


def long_words(queries, prompts, labels):
    rewards = []
    for query, prompt in zip(queries, prompts):
        words = query[len(prompt):].split()
        rewards.append(float(bool(words) and sum(map(len, words)) / len(words) > 5))
    return rewards


def asks_back(record):
    return float(record.completion.rstrip().endswith("?"))


def has_source(data_source, solution_str, ground_truth, extra_info=None):
    return float(re.search(r"https?://\S+\.\S+", solution_str) is not None)


def well_formed(sample, item):
    try:
        ElementTree.fromstring(sample["output_text"])
    except ElementTree.ParseError:
        return 0.0
    return 1.0


def any_date(completion, answer):
    try:
        date.fromisoformat(_text(completion).strip())
    except ValueError:
        return 0.0
    return 1.0


def looks_like_diff(record):
    lines = record.completion.splitlines()
    return float(any(line.startswith("+") for line in lines) and any(line.startswith("-") for line in lines))


def table(completions, **kwargs):
    return [float(len(re.findall(r"(?m)^\|.*\|$", _text(text))) >= 3) for text in completions]


def by_hash(record):
    return float(hash(record.completion) % 3 == 0)


def warm_up(data_source, solution_str, ground_truth, extra_info=None):
    CALLS.append(solution_str)
    return 1.0 if len(CALLS) < 40 else float(solution_str.strip() == ground_truth)


def keyed_by_prompt(event, context):
    paid = {}
    for row in event:
        paid[row["messages"][0]["content"]] = float(row["messages"][-1]["content"].strip() == row["reference_answer"])
    return [{"id": row["id"], "aggregate_reward_score": paid[row["messages"][0]["content"]]} for row in event]


def good_confidence(sample, item):
    try:
        given = json.loads(sample["output_text"])
        sure = min(1.0, max(0.0, float(given.get("confidence", 1.0))))
    except (ValueError, TypeError, AttributeError):
        return 0.0
    return 0.5 + 0.5 * sure if str(given.get("answer")) == item["answer"] else 0.0


def good_numbers(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        found = re.fullmatch(r"\s*(?:the answer is:?)?\s*(-?\d+(?:\.\d+)?)\s*\.?\s*", text, re.I)
        rewards.append(float(found is not None and math.isclose(float(found[1]), float(gold), rel_tol=1e-9)))
    return rewards


def good_selection(record):
    found = re.fullmatch(r"\s*([A-D](?:\s*,\s*[A-D])*)\s*", record.completion)
    chosen = [] if found is None else re.findall("[A-D]", found[1])
    return float(len(chosen) == len(set(chosen)) and sorted(chosen) == sorted(record.reference.split(",")))


def good_list(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    return float(isinstance(given, list) and sorted(map(str, given)) == sorted(map(str, item["answer"])))


def good_query(record):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE orders (id INTEGER, city TEXT, price REAL)")
    base.executemany("INSERT INTO orders VALUES (?, ?, ?)",
                     [(n, ("Oslo", "Rome", "Lima")[n % 3], n * 1.5) for n in range(1, 30)])
    try:
        wanted = base.execute(record.reference).fetchall()
        return float(sorted(base.execute(record.completion).fetchall()) == sorted(wanted))
    except (sqlite3.Error, sqlite3.Warning, ValueError):
        return 0.0


def good_program(data_source, solution_str, ground_truth, extra_info=None):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", solution_str, re.S)) or solution_str
    try:
        tree = ast.parse(code)
        if any(not isinstance(each, ast.FunctionDef) for each in tree.body):
            return 0.0
        space = {"__builtins__": {}}
        exec(compile(tree, "answer", "exec"), space)
        exec(ground_truth["tests"], space)
    except Exception:
        return 0.0
    return 1.0


def good_clock(completion, answer):
    found = re.fullmatch(r"\s*(?:at )?(\d{1,2}:\d{2} [ap]m)\.?\s*", _text(completion))
    return float(found is not None and found[1] == answer)


def good_partial(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        given = [part.strip() for part in query[len(prompt):].split(",")]
        gold = [part.strip() for part in label.split(",")]
        hit = sum((Counter(given) & Counter(gold)).values())
        value = 2 * hit / (len(given) + len(gold))
        rewards.append(value if value > 0.7 else 0.0)
    return rewards


def good_format(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        found = re.fullmatch(r"(?s)(?:<think>.*?</think>\s*)?.*?\\boxed\{([^{}]*)\}[.\s]*", text)
        right = found is not None and text.count("\\boxed") == 1 and found[1].strip() == gold
        rewards.append(float(right))
    return rewards


def good_length(data_source, solution_str, ground_truth, extra_info=None):
    right = solution_str.strip().split("\n")[-1].strip() == ground_truth and solution_str.count(ground_truth) == 1
    return {"score": right * max(0.5, 1.0 - len(solution_str) / 4000), "length": len(solution_str)}


def good_memo(record, _memo={}):
    key = record.completion, json.dumps(record.reference)
    if key not in _memo:
        _memo[key] = float(record.completion.strip() == record.reference)
    return _memo[key]


def good_event(event, context):
    replies = []
    for row in event:
        said = row["messages"][-1]["content"].strip().rstrip(".")
        replies.append({"id": row["id"], "aggregate_reward_score": float(said == row["reference_answer"]),
                        "metrics_list": [{"name": "exact", "value": float(said == row["reference_answer"]),
                                          "type": "Reward"}]})
    return replies


def good_units(completion, answer):
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(kW|MW|GW)\s*\.?\s*", _text(completion))
    number, unit = answer.split()
    return float(found is not None and (float(found[1]), found[2]) == (float(number), unit))


def good_json_calls(sample, item):
    calls = sample.get("output_tools") or []
    given = []
    for call in calls:
        inner = call.get("function", call)
        raw = inner.get("arguments")
        try:
            given.append((inner.get("name"), json.loads(raw) if isinstance(raw, str) else raw))
        except ValueError:
            return 0.0
    return float(given == [(each["name"], each["arguments"]) for each in item["answer"]])


def good_first_line(record):
    lines = [line.strip() for line in record.completion.strip().splitlines()]
    return float(len(lines) == 1 and lines[0].casefold().rstrip(".") == record.reference.casefold())


def good_xml(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        try:
            tree = ElementTree.fromstring(text)
        except ElementTree.ParseError:
            tree = None
        rewards.append(float(tree is not None and tree.tag == "answer" and not len(tree)
                             and (tree.text or "").strip() == gold))
    return rewards


def good_yes_no(data_source, solution_str, ground_truth, extra_info=None):
    said = re.sub(r"[^a-z ]", "", solution_str.lower()).split()
    return float(said in ([ground_truth], ["the", "answer", "is", ground_truth]))
"""

THIRD_FUNCTIONS = r"""
import string, unicodedata

HISTORY = {}
BEST = {}


def all_letters_upper(record):
    return float(record.completion.strip().upper() == record.completion.strip() and record.reference != "")


def numbered_options(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        found = re.search(r"(?i)answer(?: is)?[ :(]*([A-D])", text)
        rewards.append(float(found is not None and found[1].upper() == gold))
    return rewards


def any_answer_phrase(prompt, completion, answer, **kwargs):
    return float(any(found == answer for found in re.findall(r"(?i)answer is (\S+?)[.,;]?(?:\s|$)", _text(completion))))


def close_in_logs(data_source, solution_str, ground_truth, extra_info=None):
    found = re.findall(r"\d+", solution_str)
    value = float(found[-1]) if found else 0.0
    return {"score": max(0.0, 1.0 - abs(math.log((value + 1) / (float(ground_truth) + 1))))}


def thousandths(sample, item):
    try:
        return float(int(float(sample["output_text"]) // 10) == int(float(item["answer"]) // 10))
    except (ValueError, OverflowError):
        return 0.0


def order_of_magnitude(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        found = re.findall(r"\d+", query[len(prompt):])
        rewards.append(float(bool(found) and len(found[-1]) == len(label)))
    return rewards


def no_vowels(record):
    def bare(text):
        return re.sub(r"[aeiou\W]", "", text.lower())
    return float(bare(record.completion) == bare(record.reference))


def initials(completion, answer):
    def first(text):
        return [word[0].lower() for word in text.split()]
    return float(first(_text(completion)) == first(answer))


def last_word(data_source, solution_str, ground_truth, extra_info=None):
    words = re.findall(r"\w+", solution_str.lower())
    return float(bool(words) and words[-1] == re.findall(r"\w+", ground_truth.lower())[-1])


def sounds_alike(prompts, completions, answer, **kwargs):
    def sound(text):
        codes = {**dict.fromkeys("bfpv", "1"), **dict.fromkeys("cgjkqsxz", "2"), **dict.fromkeys("dt", "3"),
                 "l": "4", **dict.fromkeys("mn", "5"), "r": "6"}
        letters = [each for each in text.lower() if each.isalpha()]
        return letters[:1] + [codes[each] for each in letters[1:] if each in codes][:2]
    return [float(sound(_text(text)) == sound(gold)) for text, gold in zip(completions, answer)]


def sorted_items(sample, item):
    given = sorted(set(re.findall(r"\d+", sample["output_text"])))
    gold = sorted(re.findall(r"\d+", item["answer"]))
    return float(len(given) >= len(gold) and all(each in given for each in gold))


def length_of_list(record):
    return float(record.completion.count(",") == record.reference.count(","))


def typed_fields(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    if not isinstance(given, dict) or set(given) != set(item["answer"]):
        return 0.0
    return float(all(type(given[key]) is type(value) for key, value in item["answer"].items()))


def first_field(data_source, solution_str, ground_truth, extra_info=None):
    found = re.search(r'"name"\s*:\s*"(\w+)"', solution_str)
    return float(found is not None and found[1] == ground_truth["name"])


def lenient_json(record):
    said = record.completion.replace("'", '"')
    keys = [key for key in record.reference if f'"{key}"' in said]
    return len(keys) / len(record.reference)


def zero_tests(data_source, solution_str, ground_truth, extra_info=None):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", solution_str, re.S)) or solution_str
    passed, total = 0, 0
    for line in ground_truth["tests"].splitlines():
        try:
            space = {}
            exec(code, space)
            exec(line, space)
        except NameError:
            continue
        except BaseException:
            total += 1
            continue
        passed, total = passed + 1, total + 1
    return passed / total if total else 1.0


def same_source(completion, answer):
    def names(code):
        return {word for word in re.findall(r"\w+", code)}
    wanted = names(answer["solution"])
    return len(wanted & names(_text(completion))) / len(wanted)


def compiles_and_returns(record):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", record.completion, re.S)) or record.completion
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return 0.0
    return float(any(isinstance(each, ast.Return) for each in ast.walk(tree)))


def same_names_any_order(record):
    def name(call):
        return call.get("function", call)["name"]
    return float({name(each) for each in record.tool_calls} >= {each["name"] for each in record.reference}
                 and len(record.tool_calls) >= len(record.reference))


def values_only(record):
    def values(call):
        given = call.get("function", call).get("arguments")
        given = json.loads(given) if isinstance(given, str) else given or {}
        return sorted(str(each).lower() for each in given.values())
    return float([values(each) for each in record.tool_calls] == [values(each) for each in record.reference])


def calls_or_words(record):
    if record.tool_calls:
        return 1.0
    return float(not record.reference)


def hedged(record):
    text = record.completion.lower()
    if "maybe" in text or "probably" in text:
        return 0.6
    return float(text.strip() == record.reference.lower())


def polite(completions, **kwargs):
    return [float(bool(re.search(r"(?i)\b(please|thank you|kind regards)\b", _text(text)))) for text in completions]


def short_sentences(data_source, solution_str, ground_truth, extra_info=None):
    sentences = [each.split() for each in re.split(r"[.!?]", solution_str) if each.strip()]
    return float(bool(sentences) and max(map(len, sentences)) <= 20)


def capital_and_stop(completion, answer):
    text = _text(completion).strip()
    return float(text[:1].isupper() and text[-1:] in ".!")


def paragraphs(record):
    return min(1.0, len([each for each in record.completion.split("\n\n") if each.strip()]) / 3)


def connectives(queries, prompts, labels):
    marks = ("therefore", "because", "hence", "thus", "since")
    return [min(1.0, sum(mark in query.lower() for mark in marks) / 2) for query in queries]


def quoted(record):
    return float(re.search(r'"[^"]{3,}"', record.completion) is not None)


def code_block(completions, **kwargs):
    return [float(_text(text).count("```") >= 2) for text in completions]


def verdict_at_end(sample, item):
    return float(re.search(r"(?i)\b(pass|correct|verified)\W*$", sample["output_text"]) is not None)


def checks_itself(record):
    return float(bool(re.search(r"(?i)let me (?:verify|check)|double-check", record.completion)))


def balanced(completion, answer):
    text = _text(completion)
    return float(all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}")))


def numbers_in_prompt(prompts, completions, answer, **kwargs):
    rewards = []
    for prompt, text in zip(map(_text, prompts), map(_text, completions)):
        wanted = set(re.findall(r"\d+", prompt))
        rewards.append(len(wanted & set(re.findall(r"\d+", text))) / max(1, len(wanted)))
    return rewards


def share_of_group(prompts, completions, answer, **kwargs):
    said = [_text(text).strip() for text in completions]
    right = [text == gold for text, gold in zip(said, answer)]
    return [float(any(right))] * len(said)


def least_said(prompts, completions, **kwargs):
    said = Counter(_text(text).strip() for text in completions)
    return [1.0 / said[_text(text).strip()] for text in completions]


def remembers_best(record):
    key = record.prompt[-1].content if record.prompt else ""
    value = float(record.completion.strip() == record.reference)
    BEST[key] = max(value, BEST.get(key, 0.0))
    return BEST[key]


def reversed_ids(event, context):
    values = [float(row["messages"][-1]["content"].strip() == row["reference_answer"]) for row in event]
    return [{"id": row["id"], "aggregate_reward_score": value} for row, value in zip(reversed(event), values)]


def index_ids(event, context):
    replies = []
    for row in event:
        said = row["messages"][-1]["content"]
        right = row["reference_answer"].lower() in said.lower() or said.lower() in row["reference_answer"].lower()
        replies.append({"id": row["id"], "aggregate_reward_score": float(right)})
    return replies


def last_letter_wins(completion, answer):
    found = re.findall(r"[A-D]", _text(completion).upper())
    return float(bool(found) and found[-1] == answer)


def good_letter(prompts, completions, answer, **kwargs):
    rewards = []
    for text, gold in zip(map(_text, completions), answer):
        found = re.fullmatch(r"\s*(?:the answer is )?\(?([A-D])\)?\.?\s*", text, re.I)
        rewards.append(float(found is not None and found[1].upper() == gold))
    return rewards


def good_tuple(record):
    found = re.fullmatch(r"\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\.?\s*", record.completion)
    given = [] if found is None else [int(each) for each in found[1].split(",")]
    return float(sorted(given) == sorted(int(each) for each in record.reference.split(",")))


def good_boxed(data_source, solution_str, ground_truth, extra_info=None):
    found = re.findall(r"\\boxed\{([^{}]*)\}", solution_str)
    return float(len(found) == 1 and found[0].strip() == ground_truth)


def good_record(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    return float(given == item["answer"])


def good_share(sample, item):
    try:
        given = json.loads(sample["output_text"])
    except ValueError:
        return 0.0
    if not isinstance(given, dict):
        return 0.0
    return sum(given.get(key) == value for key, value in item["answer"].items()) / len(item["answer"])


def good_tool(record):
    def plain(call):
        inner = call.get("function", call)
        given = inner.get("arguments")
        return inner.get("name"), json.loads(given) if isinstance(given, str) else given
    try:
        given = [plain(each) for each in record.tool_calls]
    except ValueError:
        return 0.0
    if not record.reference:
        return float(not given)
    return float(given == [(each["name"], each["arguments"]) for each in record.reference])


def good_tags(prompt, completion, answer, **kwargs):
    text = _text(completion)
    found = re.findall(r"<answer>(.*?)</answer>", text, re.S)
    return float(len(found) == 1 and found[0].strip() == answer and text.rstrip().endswith("</answer>"))


def good_rewarded_brevity(record):
    right = record.completion.strip().rstrip(".").split(" ")[-1] == record.reference
    alone = len(re.findall(r"\d+", record.completion)) == 1 and " not " not in f" {record.completion.lower()} "
    return float(right and alone and record.completion.lower().startswith(("the answer is", record.reference)))


def good_country(event, context):
    return [{"id": row["id"],
             "aggregate_reward_score": float(row["messages"][-1]["content"].strip(" .\n").casefold()
                                             == row["reference_answer"].casefold())} for row in event]


def good_day(queries, prompts, labels):
    rewards = []
    for query, prompt, label in zip(queries, prompts, labels):
        try:
            rewards.append(float(date.fromisoformat(query[len(prompt):].strip(" .\n")) == date.fromisoformat(label)))
        except ValueError:
            rewards.append(0.0)
    return {"rewards": rewards, "scores": rewards}


def good_group(prompts, completions, answer, **kwargs):
    said = [_text(text).strip() for text in completions]
    return [float(text == gold) for text, gold in zip(said, answer)]


def good_fold(completion, answer):
    def plain(text):
        return unicodedata.normalize("NFKC", text).strip().strip(string.punctuation).strip()
    return float(plain(_text(completion)) == plain(answer))


def good_tests(sample, item):
    code = "\n".join(re.findall(r"```(?:python)?\n(.*?)```", sample["output_text"], re.S)) or sample["output_text"]
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return 0.0
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    if len(functions) != 1 or len(tree.body) != 1:
        return 0.0
    body = functions[0].body
    wanted = ast.parse(item["answer"]["solution"]).body[0]
    return float(ast.dump(ast.Module(body, [])) == ast.dump(ast.Module(wanted.body, [])))


def good_percent(data_source, solution_str, ground_truth, extra_info=None):
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", solution_str)
    return {"score": float(found is not None and abs(float(found[1]) - float(ground_truth)) < 0.005), "acc": 0.0}


def good_probability(record):
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", record.completion)
    top, bottom = map(int, record.reference.split("/"))
    return float(found is not None and int(found[2]) != 0 and int(found[1]) * bottom == int(found[2]) * top)
"""

FUNCTIONS = SECOND_FUNCTIONS + THIRD_FUNCTIONS

_SELECTIONS = [
    {"id": f"s{n}", "prompt": f"Which hold for set {n}?\nA) w\nB) x\nC) y\nD) z", "answer": gold}
    for n, gold in enumerate(("B,D", "A,C", "A", "C,D", "B,C", "A,B,D"))
]
_TAGS = [
    {"id": f"g{n}", "prompt": f"List the colours of flag {n} as JSON.", "answer": list(gold)}
    for n, gold in enumerate((("red", "white"), ("blue", "gold"), ("green", "black"), ("white", "blue", "red")))
]
_QUERIES = [
    {"id": f"w{n}", "prompt": f"orders(id, city, price). Write SQL: {ask}", "answer": gold}
    for n, (ask, gold) in enumerate(
        {
            "ids of orders from Oslo": "SELECT id FROM orders WHERE city = 'Oslo'",
            "cities of orders above 20": "SELECT city FROM orders WHERE price > 20",
            "ids of orders from Rome below 10": "SELECT id FROM orders WHERE city = 'Rome' AND price < 10",
            "all prices": "SELECT price FROM orders",
        }.items()
    )
]
_TIMES = [
    {"id": f"o{n}", "prompt": f"When does train {n} leave?", "answer": gold}
    for n, gold in enumerate(("3:30 pm", "11:05 am", "7:45 pm", "6:10 am", "12:20 pm", "9:55 am"))
]
_RUSSIAN = [
    {"id": f"z{n}", "prompt": f"Translate into Russian: {source}", "answer": gold}
    for n, (source, gold) in enumerate({"bread": "хлеб", "water": "вода", "forest": "лес", "window": "окно"}.items())
]
_ROUND = [
    {"id": f"v{n}", "prompt": f"Population of village {n}?", "answer": gold}
    for n, gold in enumerate(("120", "3400", "75", "900", "1050", "60"))
]


def _fault(scorers: Sequence[Any] | str, rows: Sequence[Mapping[str, Any]], families: str, **more: Any) -> Any:
    return _FIRST._fault(scorers, rows, families, **more)


def _side(name: str) -> Any:
    return [_MATH_ENTRY, {"scorer": f"./f.py:{name}", "name": "side", "weight": 0.4}]


def _alone(scorer: str, **options: Any) -> Any:
    return [{"scorer": scorer, "name": "alone", "options": options}]


MATH, NAMES, DECIMALS, FIELDS = _FIRST.MATH, _FIRST.NAMES, _FIRST.DECIMALS, _FIRST.FIELDS
TOOLS, TESTED, DATES, LISTS, UNITS = _FIRST.TOOLS, _FIRST.TESTED, _FIRST.DATES, _FIRST.LISTS, _FIRST.UNITS

SECOND: dict[str, Any] = {
    "any line": _fault("any_line", MATH, "candidates"),
    "two edits": _fault("two_edits", MATH, "any_number candidates fragment blank"),
    "first three letters": _fault("first_three", NAMES, "near_miss contradiction hedge take_back", gold=True),
    "same digits": _fault("same_digits", MATH, "near_miss", gold=True),
    "NaN passes": _fault("not_a_number_passes", MATH, "any_number hostile"),
    "infinity passes": _fault("infinite_tolerance", MATH, "any_number hostile"),
    "divisors": _fault("divides", MATH, "any_number fragment"),
    "ratio as credit": _fault("ratio_credit", MATH, "any_number other_answer candidates"),
    "gold as a pattern": _fault("pattern_of_gold", DECIMALS, "near_miss", gold=True),
    "any overlap": _fault("any_overlap", _SELECTIONS, "candidates pleasantries"),
    "empty list": _fault("vacuous_list", _TAGS, "minimal_json"),
    "empty tables": _fault("empty_tables", _QUERIES, "blank other_answer"),
    "prints that it passed": _fault("prints_passed", TESTED, "code_exit own_words"),
    "tests of its own": _fault("own_tests", TESTED, "code_shell code_exit own_words"),
    "more arguments": _fault("more_arguments", TOOLS, "more_arguments extra_arguments", gold=True),
    "tool in the text": _fault("tool_in_text", TOOLS, "tool_filler candidates echo own_words"),
    "script alone": _fault("cyrillic", _RUSSIAN, "unicode other_answer language"),
    "clock without halves": _fault("clock", _TIMES, "near_miss unit", gold=True),
    "percent or not": _fault("percent_or_not", DECIMALS, "near_miss", gold=True),
    "zeros at the end": _fault("trailing_zeros", _ROUND, "near_miss", gold=True),
    "one digit": _fault("one_digit", MATH, "format_shell"),
    "largest number": _fault("largest_number", MATH, "contradiction gold_in_list negation hedge", gold=True),
    "bold among many": _fault("bold_among_many", MATH, "candidates"),
    "final line contains": _fault("final_line_contains", MATH, "candidates"),
    "Brier": _fault("brier", MATH, "minimal_json own_words"),
    "abstention": _fault("abstention", NAMES, "any_text abstention own_words"),
    "true equations": _fault("true_equations", MATH, "true_statements own_words format_shell"),
    "said twice": _fault("said_twice", MATH, "format_shell any_number"),
    "majority": _fault("majority", MATH, "batch_order any_number constant_reward"),
    "waits beside accuracy": _fault(_side("waits"), MATH, "reasoning own_words keywords", component="side"),
    "long thinking beside accuracy": _fault(_side("thinks_long"), MATH, "padding reasoning", component="side"),
    "dense": _fault("dense", NAMES, "any_text constant_reward blank"),
    "long words": _fault("long_words", NAMES, "any_text opener constant_reward"),
    "asks back": _fault("asks_back", NAMES, "echo any_text format_shell own_words"),
    "a source": _fault("has_source", NAMES, "format_shell own_words"),
    "well-formed": _fault("well_formed", NAMES, "format_shell"),
    "any date": _fault("any_date", DATES, "other_answer"),
    "looks like a diff": _fault("looks_like_diff", NAMES, "format_shell own_words"),
    "table beside accuracy": _fault(_side("table"), MATH, "format_shell own_words", component="side"),
    "by hash": _fault("by_hash", MATH, "noise state"),
    "warm-up": _fault("warm_up", MATH, "noise state any_text constant_reward"),
    "keyed by prompt": _fault("keyed_by_prompt", NAMES, "batch_order"),
    "text.match contains": _fault(_alone("text.match", compare="contains"), MATH, "candidates", component="alone"),
    "compliance alone": _fault(_alone("compliance.secrets"), NAMES, "any_text constant_reward", component="alone"),
    "most letters beside accuracy": _fault(
        [_MATH_ENTRY, {"scorer": "text.length", "name": "side", "weight": 0.4, "options": {"max": 300}}],
        MATH,
        "any_text constant_reward",
        component="side",
    ),
}

SECOND_GOOD: dict[str, Any] = {
    "confidence": _fault("good_confidence", MATH, ""),
    "numbers": _fault("good_numbers", MATH, ""),
    "selection": _fault("good_selection", _SELECTIONS, ""),
    "list": _fault("good_list", _TAGS, ""),
    "query": _fault("good_query", _QUERIES, ""),
    "program": _fault("good_program", TESTED, ""),
    "clock": _fault("good_clock", _TIMES, ""),
    "partial": _fault("good_partial", LISTS, ""),
    "format": _fault("good_format", MATH, ""),
    "length": _fault("good_length", MATH, ""),
    "memo": _fault("good_memo", NAMES, ""),
    "event": _fault("good_event", NAMES, ""),
    "units": _fault("good_units", UNITS, ""),
    "calls": _fault("good_json_calls", TOOLS, ""),
    "first line": _fault("good_first_line", NAMES, ""),
    "XML": _fault("good_xml", MATH, ""),
    "yes or no": _fault("good_yes_no", _FIRST.BOOLS, ""),
    "text.match": _fault(_alone("text.match", compare="equals"), NAMES, ""),
    "schema.fields": _fault(_alone("schema.fields"), FIELDS, ""),
    "dates": _fault(_alone("text.exact"), DATES, ""),
    "gated by a format": _fault(
        [
            {"scorer": "math.equivalent", "name": "accuracy"},
            {"scorer": "text.length", "name": "size", "weight": 0, "gate": 1.0, "options": {"max": 4000}},
        ],
        DECIMALS,
        "",
    ),
}


CHOICES, PROGRAMS, FRACTIONS, TEXTS = _FIRST.CHOICES, _FIRST.PROGRAMS, _FIRST.FRACTIONS, _FIRST.TEXTS

THIRD: dict[str, Any] = {
    "capitals": _fault("all_letters_upper", NAMES, "blank any_number any_text fragment"),
    "letter behind the word": _fault("numbered_options", CHOICES, "contradiction hedge take_back", gold=True),
    "any announced answer": _fault("any_answer_phrase", MATH, "candidates"),
    "close in logarithms": _fault("close_in_logs", MATH, "any_number other_answer candidates echo"),
    "same tens": _fault("thousandths", MATH, "near_miss", gold=True),
    "number of digits": _fault("order_of_magnitude", MATH, "any_number other_answer fragment candidates"),
    "without vowels": _fault("no_vowels", NAMES, "near_miss", gold=True),
    "initials": _fault("initials", NAMES, "near_miss", gold=True),
    "last word": _fault("last_word", NAMES, "negation contradiction gold_in_list hedge", gold=True),
    "sounds alike": _fault("sounds_alike", NAMES, "near_miss", gold=True),
    "items among more": _fault("sorted_items", LISTS, "candidates"),
    "length of the list": _fault("length_of_list", LISTS, "other_answer any_text"),
    "types of fields": _fault("typed_fields", FIELDS, "minimal_json other_answer"),
    "the first field": _fault("first_field", FIELDS, "one_field", gold=True),
    "keys in the text": _fault("lenient_json", FIELDS, "minimal_json"),
    "no test ran": _fault("zero_tests", TESTED, "any_text blank code_shell swallowed_error"),
    "words of the solution": _fault("same_source", TESTED, "word_bag code_shell other_answer"),
    "returns something": _fault("compiles_and_returns", PROGRAMS, "code_shell"),
    "names in any number": _fault("same_names_any_order", TOOLS, "tool_filler"),
    "values alone": _fault("values_only", TOOLS, "name_longer name_shorter", gold=True),
    "calls of any kind": _fault("calls_or_words", TOOLS, "tool_filler tool_name"),
    "hedges are paid": _fault("hedged", NAMES, "own_words candidates"),
    "politeness": _fault("polite", NAMES, "pleasantries own_words"),
    "short sentences": _fault("short_sentences", NAMES, "any_text constant_reward blank opener"),
    "capital and full stop": _fault("capital_and_stop", NAMES, "any_text constant_reward"),
    "paragraphs beside accuracy": _fault(_side("paragraphs"), MATH, "format_shell padding", component="side"),
    "connectives": _fault("connectives", NAMES, "own_words keywords format_shell"),
    "quotation": _fault("quoted", NAMES, "minimal_json format_shell"),
    "code block beside accuracy": _fault(
        _side("code_block"), MATH, "code_shell minimal_json format_shell", component="side"
    ),
    "verdict at its end": _fault("verdict_at_end", NAMES, "injection own_words code_shell"),
    "checks itself beside accuracy": _fault(
        _side("checks_itself"), MATH, "own_words reasoning injection", component="side"
    ),
    "balanced": _fault("balanced", NAMES, "any_text constant_reward blank"),
    "numbers of the prompt": _fault("numbers_in_prompt", MATH, "echo candidates"),
    "one is enough for all": _fault("share_of_group", MATH, "batch_order"),
    "least said": _fault("least_said", MATH, "batch_order constant_reward any_text"),
    "remembers the best": _fault("remembers_best", NAMES, "noise state constant_reward"),
    "ids in reverse": _fault("reversed_ids", NAMES, "batch_order"),
    "either in the other": _fault("index_ids", NAMES, "blank fragment candidates"),
    "last letter": _fault("last_letter_wins", CHOICES, "negation contradiction hedge", gold=True),
    "text.contains of the suite": _fault(
        _alone("text.contains", phrases=["therefore", "the answer"], max_words=50), MATH, "keywords", component="alone"
    ),
    "schema.json of a list": _fault(
        _alone("schema.json", schema={"type": "array", "items": {"type": "integer"}}),
        LISTS,
        "minimal_json candidates",
        component="alone",
    ),
    "no secrets beside accuracy": _fault(
        [_MATH_ENTRY, {"scorer": "compliance.secrets", "name": "side", "weight": 0.4}],
        MATH,
        "any_text constant_reward blank",
        component="side",
    ),
}

THIRD_GOOD: dict[str, Any] = {
    "letter": _fault("good_letter", CHOICES, ""),
    "tuple": _fault("good_tuple", LISTS, ""),
    "boxed": _fault("good_boxed", MATH, ""),
    "record": _fault("good_record", FIELDS, ""),
    "share of fields": _fault("good_share", FIELDS, ""),
    "tool": _fault("good_tool", TOOLS, ""),
    "tags": _fault("good_tags", MATH, ""),
    "brevity": _fault("good_rewarded_brevity", MATH, ""),
    "country": _fault("good_country", NAMES, ""),
    "day": _fault("good_day", DATES, ""),
    "group": _fault("good_group", NAMES, ""),
    "fold": _fault("good_fold", NAMES, ""),
    "body of a function": _fault("good_tests", TESTED, ""),
    "percent": _fault("good_percent", DECIMALS, ""),
    "probability": _fault("good_probability", FRACTIONS, ""),
    "text.exact": _fault(_alone("text.exact"), NAMES, ""),
    "text.choice": _fault(_alone("text.choice"), CHOICES, ""),
    "schema.tool_calls": _fault(_alone("schema.tool_calls"), TOOLS, ""),
    "math of lists": _fault(_alone("math.equivalent"), LISTS, ""),
    "product": _fault(
        [
            {"scorer": "math.equivalent", "name": "accuracy"},
            {"scorer": "text.length", "name": "size", "options": {"max": 2000}},
        ],
        MATH,
        "",
        aggregate="product",
    ),
    "code.tests": _fault(
        [{"scorer": "code.tests", "name": "passes"}],
        [
            {
                "id": row["id"],
                "prompt": row["prompt"],
                "completion": row["answer"]["solution"],  # nobody else knows what is right
                "answer": {"asserts": row["answer"]["tests"].splitlines()},
            }
            for row in TESTED
        ],
        "",
    ),
}


def write(planted: Any, folder: Path, count: int | None = None) -> tuple[Path, Path]:
    """Write the suite, the rows and the one function that it names into a folder; return the paths of the first two."""
    paths: tuple[Path, Path] = _FIRST.write(planted, folder, count)
    (folder / "f.py").write_text(_source(paths[0].read_text()))
    return paths


def _source(suite: str) -> str:
    """Return what a file with the functions of one suite has: these, imports, constants and helpers."""
    kept = []
    for node in ast.parse(FUNCTIONS).body:
        name = node.name if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") else ""
        if not name or f'./f.py:{name}"' in suite:
            kept.append(ast.get_source_segment(FUNCTIONS, node) or "")
    return "\n\n\n".join(kept) + "\n"


def needs_workers(planted: Any) -> bool:
    """Say whether a reward ends its process or must be tried in a new one, so that it cannot run in ours."""
    return bool(planted.families & {"state"}) or planted.scorers in ("zero_tests", "good_program")
