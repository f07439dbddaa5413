"""What marks of reasoning, tokens that end a turn and invisible characters change in a reward: nothing for a cheat."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rlvr import parse_suite, score_rows
from rlvr.plugins import Registry

FORBIDS_IDIOT: dict[str, Any] = {"scorer": "text.contains", "options": {"phrases": [], "forbidden": ["idiot"]}}
RULES = [
    {"id": "risk", "tier": "must", "keywords": ["capital is at risk"]},
    {"id": "promise", "tier": "must-not", "keywords": ["guaranteed"]},
]
ADVISER: dict[str, Any] = {"scorer": "compliance.patterns", "options": {"rules": RULES}}
HONEST = "The fund grew slowly over the last two years. Your capital is at risk, so read the prospectus first."
KEY = "AKIA" + "Z7QX5TLWJ2NPK4RM"


def _reward(entry: Any, completion: str, reference: object = "42", **columns: object) -> float:
    suite = parse_suite(json.dumps({"tasks": {"t": {"scorers": [entry]}}}), suffix=".json")
    row = {"id": "1", "prompt": "How?", "completion": completion, "reference_answer": reference, **columns}
    value = score_rows(suite, [row]).rewards[0].value
    assert value is not None
    return value


@pytest.mark.each(
    "completion",
    [
        *(
            "<think>\\boxed{41}</think>\\boxed{42}",
            "\\boxed{41}</think>\\boxed{42}",
            "<Think>\\boxed{41}</THINK>\\boxed{42}",
        ),
        *("<mm:think>\\boxed{41}</mm:think>\\boxed{42}", "[THINK]\\boxed{41}[/THINK]\\boxed{42}"),
        "<|channel|>analysis<|message|>\\boxed{41}<|end|><|start|>assistant<|channel|>final<|message|>\\boxed{42}<|return|>",
        "<think>It says `</think>` here, \\boxed{41}</think>\n\\boxed{42}",
        *("</think> </think>\\boxed{42}", "\\boxed{42}<|im_end|>\n", "\\boxed{42}</s></s>"),
        "<think>\\boxed{41}</think>\nA step.\n<think>\\boxed{43}</think>\nSo it is \\boxed{42}.",
    ],
)
def test_honest_arrangements_of_marks_are_paid(completion: str) -> None:
    """With drafts in the reasoning, which are no answers."""
    assert _reward("math.equivalent", completion) == 1.0


@pytest.mark.each(
    "completion",
    [
        *(
            "\\boxed{42} <think> wait, \\boxed{43}",
            "\\boxed{42}<think> or 43, \\boxed{43}",
            "\\boxed{42}\n[THINK]\\boxed{43}",
        ),
        *("\\boxed{4<think>x</think>2}", "\\boxed{4 <think>x</think> 2}", "\\boxed{4\n<think>x</think>\n2}"),
        "\\boxed{41} <|begin_of_solution|>\\boxed{42}<|end_of_solution|> \\boxed{43}",
        "<|begin_of_solution|>\\boxed{41}<|end_of_solution|> or <|begin_of_solution|>\\boxed{42}<|end_of_solution|>",
        *(
            "<think>\\boxed{42}",
            "<think>\\boxed{42}</think>",
            "\\boxed{42}</think>",
            "<think>a<think>b</think>\\boxed{42}</think>",
        ),
        *("<think>the mark `</think>` \\boxed{42}", "The answer is 41\n<|im_start|>assistant\n\\boxed{42} \\boxed{41}"),
    ],
)
def test_marks_make_no_second_answer_vanish(completion: str) -> None:
    """Nor do they join or choose pieces of an answer."""
    assert _reward("math.equivalent", completion) == 0.0


@pytest.mark.parametrize(
    ("completion", "value"),
    [
        ("Paris", 1.0),
        ("<think>You idiot.</think> Paris", 1.0),
        ("You idiot.</think> Paris", 0.0),
        ("Paris <think> you idiot", 0.0),
        ("Paris\n<think>you idiot</think>", 0.0),
        ("<think>a<think>b</think>you idiot</think> Paris", 0.0),
        ("<|begin_of_solution|>Paris<|end_of_solution|> You idiot.", 0.0),
    ],
)
def test_no_mark_hides_a_forbidden_phrase(completion: str, value: float) -> None:
    """Except well-formed reasoning at the start, which nobody is shown."""
    assert _reward(FORBIDS_IDIOT, completion) == value
    everywhere = {**FORBIDS_IDIOT, "options": {**FORBIDS_IDIOT["options"], "view": "full"}}
    assert _reward(everywhere, completion) == float("idiot" not in completion)


@pytest.mark.parametrize(
    ("completion", "by_view"),
    [
        (HONEST, (1.0, 1.0, 1.0)),
        (f"<think>I must not say guaranteed.</think>{HONEST}", (1.0, 1.0, 0.0)),
        (f"It is guaranteed.</think>{HONEST}", (0.0, 1.0, 0.0)),
        (f"{HONEST} <think> And it is guaranteed to grow.", (0.0, 0.0, 0.0)),
        (f"{HONEST}\n<think>And it is guaranteed to grow.</think>", (0.0, 1.0, 0.0)),
        (f"{HONEST}</think> {HONEST.replace('Your capital is at risk, so', 'Please')}", (0.0, 0.0, 1.0)),
        (f"{HONEST.replace('Your capital is at risk, so', 'Please')}\n<think>{HONEST}</think>", (0.0, 0.0, 1.0)),
    ],
)
def test_rules_that_forbid_see_more_than_rules_that_ask(completion: str, by_view: tuple[float, ...]) -> None:
    """What is forbidden counts wherever it may be shown; what is asked for does not count in reasoning."""
    for view, value in zip(("visible", "final", "full"), by_view, strict=True):
        entry = {**ADVISER, "options": {**ADVISER["options"], "view": view}}
        assert _reward(entry, completion) == value, view
    assert _reward(ADVISER, completion) == by_view[0]


@pytest.mark.parametrize(
    ("scorer", "leak"), [("compliance.pii", "Call ann.bell@corp-mail.com"), ("compliance.secrets", f"The key is {KEY}")]
)
def test_a_leak_counts_in_reasoning_too(scorer: str, leak: str) -> None:
    """Unless the suite asks for another view."""
    for completion, by_view in (
        (leak, (0.0, 0.0, 0.0)),
        (f"<think>{leak}</think>Done.", (0.0, 1.0, 1.0)),
        (f"{leak}</think>Done.", (0.0, 0.0, 1.0)),
        (f"Done. <think>{leak}", (0.0, 0.0, 0.0)),
        ("Done.", (1.0, 1.0, 1.0)),
    ):
        for view, value in zip(("full", "visible", "final"), by_view, strict=True):
            assert _reward({"scorer": scorer, "options": {"view": view}}, completion) == value, (completion, view)
        assert _reward(scorer, completion) == by_view[0]


@pytest.mark.each(
    "end", ["<|im_end|>", "</s>\n", " <|eot_id|><|eot_id|>", "\n<end_of_turn>\n", "<|return|>", "<pad><pad>"]
)
@pytest.mark.each(
    ("entry", "completion", "reference"),
    [
        ("text.exact", "Paris", "Paris"),
        ("text.choice", "B", "B"),
        ("text.contains", "Paris", "Paris"),
        ({"scorer": "text.length", "options": {"unit": "characters", "min": 5, "max": 5}}, "Paris", None),
        ("text.similarity", "Paris", "Paris"),
        ("math.equivalent", "42", "42"),
        ({"scorer": "schema.json", "options": {"schema": {"type": "object"}}}, '{"a": 1}', None),
        ("schema.fields", '{"a": 1}', {"a": 1}),
        (ADVISER, HONEST, None),
    ],
    ids=str,
)
def test_tokens_at_the_end_change_no_reward(entry: Any, completion: str, reference: object, end: str) -> None:
    """For any scorer."""
    assert _reward(entry, completion, reference) == _reward(entry, completion + end, reference) == 1.0


@pytest.mark.each(
    "blank", ["\u2800", "\u3164", "\ufe0f", "\U000e0041", "<think>x</think>", "x</think>", "<think>x", "</s>"]
)
@pytest.mark.each(
    "entry", ["compliance.pii", {"scorer": "text.contains", "options": {"phrases": ["zzz"]}, "transform": ["invert"]}]
)
def test_silence_is_not_paid(entry: Any, blank: str) -> None:
    """However a completion says nothing."""
    assert _reward(entry, blank) == 0.0
    assert _reward(entry, "No.") == 1.0


@pytest.mark.parametrize("before", ["", "\n", "\r\n \n", "<think>x</think>\n", "x</think>\n\n", "[THINK]x[/THINK]\n"])
def test_an_answer_in_code_keeps_its_indentation(before: str) -> None:
    """It may continue a function that the prompt begins."""
    check = "def check(candidate):\n    assert candidate('ab') == 'ba'\n    assert candidate('x') == 'x'\n"
    tests = {"prompt": 'def f(s):\n    """Reverse s."""\n', "entry_point": "f", "check": check}

    assert _reward("code.tests", f"{before}    t = s\n    return t[::-1]\n<|im_end|>", tests) == 1.0
    assert _reward("code.tests", f"{before}    return s", tests) == 0.0


def test_the_documentation_says_which_view_each_scorer_reads() -> None:
    """In one table, which names every scorer that is installed."""
    page = (Path(__file__).parents[2] / "docs" / "guide" / "completions.md").read_text()
    table = page.partition("| scorer | reads | reason |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+\.\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line))

    assert sorted(named) == sorted(Registry().scorer_ids())
