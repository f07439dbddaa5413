# ruff: noqa: E501  # tables of cases
"""One token repeated: the text on which a search that starts anew at each place takes the square of its length."""

import math
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from rlvr import parse_suite, score_rows

LONG = os.environ.get("RLVR_LONG") == "1"
SHORT_LENGTH, LONG_LENGTH = (5_000, 40_000) if LONG else (1_000, 8_000)
EXPONENT_MOST = 1.1
# Below this CPU time a text of the long length shows no growth that matters, and a clock no growth at all.
SECONDS_FREE = 0.03 if LONG else 0.01
ROUNDS = 10

TOKENS: tuple[str, ...] = (
    # Brackets, marks and operators.
    *"()[]{}<>*_`~|\\/#+-=^$&%@!?.,;:'\"",
    "((", "))", "[[", "]]", "{{", "}}", "<<", ">>", "()", "[]", "{}", "<>", "](", "![", "[a](", "![a](b)", "**", "__", "~~",
    "``", "```", "~~~", "***", "---", "===", "--", "->", "\u2192", "\u2014", "\u2026", "\u201c", "\u2019",
    # Digits, numbers and letters.
    "0", "1", "9", "12 ", "1,", "1.", "1 ", "1/", "1-", "0x", "1e", "a", "A", "a ", "ab ", "a,", "a.", "a:", "a=", "a@b.", "@a",
    "a-", "a_", "aA", "A1", "\u00e9", "\u4e2d", "\u0430", "\u0661", "\uff11", "\ufdfa", "e\u0301", "\u0301", "\u200b", "\U0001f600",
    # White space and line ends.
    " ", "\n", "\t", "\r", "\r\n", "\u00a0", "\u3000", " \n", "\n\n",
    # Tags, fences and marks of models.
    "<a>", "</a>", "<b ", "<!--", "-->", "<think>", "</think>", "<answer>", "<tool_call>", "<|im_end|>", "<s>", "\\boxed{",
    "\\frac{", "\\text{", "\\u0041", "\\x41", "&amp;", "&#65;", "%41", "=41", "```json\n", '{"a":', '{"a": 1}', "[1,", "null,",
    # Words and names.
    "the ", "not ", "answer ", "answer: ", "Answer is ", "guaranteed ", "password: ", "token=", "Bearer ", "curl -u ", "curl\n",
    "AKIA", "eyJ", "xoxb-", "-----BEGIN PRIVATE KEY-----", "at dot ", "seven ", "DE12", "http://a.b/", "xn--", "M52W", "Z3Vh",
    "Section 1 ", "* a\n", "- b\n", "1) a\n", "# a\n", "P.S. ",
)  # fmt: skip

RULES = [
    {"id": "promise", "tier": "must-not", "keywords": ["guaranteed", "insider tip"]},
    {"id": "risk", "tier": "must", "keywords": ["capital is at risk", "the"]},
    {"id": "id", "tier": "must-not", "pattern": r"\b[A-Z]{2}[0-9]{6}\b"},
]
API = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "operationId": "pets",
                "responses": {
                    "200": {"description": "all", "content": {"application/json": {"schema": {"type": "object"}}}}
                },
            }
        }
    },
}
SCORERS: dict[str, dict[str, Any]] = {
    "code.tests": {},
    "compliance.patterns": {"rules": RULES},
    "compliance.pii": {"regions": ["us", "eu"]},
    "compliance.secrets": {"known": ["heron-47-violet-quay"]},
    "compliance.instructions": {},
    "math.equivalent": {},
    "schema.json": {},
    "schema.fields": {},
    "schema.tool_calls": {},
    "schema.openapi": {"document": API, "operation": "pets"},
    "text.exact": {},
    "text.match": {},
    "text.choice": {},
    "text.contains": {},
    "text.length": {"min": 1, "max": 1_000},
    "text.similarity": {},
}
REFERENCES: dict[str, Any] = {
    "code.tests": {"inputs": ["1"], "outputs": ["1"]},
    "math.equivalent": "42",
    "schema.json": None,
    "schema.fields": {"a": 1},
    "schema.tool_calls": [{"name": "f", "arguments": {"a": 1}}],
    "text.choice": "B",
}
INSTRUCTIONS = {
    "instruction_id_list": ["punctuation:no_comma", "keywords:existence", "combination:two_responses"],
    "kwargs": [{}, {"keywords": ["the"]}, {}],
}


def scoring(scorer: str) -> Callable[[str], float]:
    """Return a function that scores a text and returns the CPU time of this thread that it took."""
    task = {"scorers": [{"scorer": scorer, "name": "s", "options": SCORERS[scorer]}]}
    suite = parse_suite({"tasks": {"t": task}, "cache": False})
    extra = {"schema": {"type": "object"}} if scorer == "schema.json" else {}
    row = {"id": "1", "reference_answer": REFERENCES.get(scorer, "Paris"), **INSTRUCTIONS, **extra}

    def seconds(text: str) -> float:
        start = time.thread_time()
        score_rows(suite, [{**row, "completion": text}])
        return time.thread_time() - start

    return seconds


@pytest.mark.each("scorer", SCORERS)
def test_the_time_grows_with_the_length_of_one_token_repeated(scorer: str) -> None:
    """Not with its square; the least of several timings counts, so that a busy machine changes nothing."""
    seconds = scoring(scorer)
    seconds("warm")
    slow: list[str] = []
    for token in TOKENS:
        short, long = (token * (length // len(token)) for length in (SHORT_LENGTH, LONG_LENGTH))
        took = seconds(long)
        for _ in range(ROUNDS):
            if took <= SECONDS_FREE or _exponent(seconds(short), took) <= EXPONENT_MOST:
                break
            took = min(took, seconds(long))
        else:
            slow.append(f"{token!r}: {took:.3f} s")

    assert not slow


def _exponent(short: float, long: float) -> float:
    return math.log(long / max(short, 1e-6)) / math.log(LONG_LENGTH / SHORT_LENGTH)


def test_the_tokens_differ() -> None:
    """A list with doubles would be shorter than it looks."""
    assert len(set(TOKENS)) == len(TOKENS) >= 130
