"""Rows of two tasks and of none, which all shapes and real trainers must pay the same."""

import random
from typing import Any

SUITE = {
    "route": {"by": "data_source", "tasks": {"sums": "sums", "words": "words"}},
    "tasks": {
        "sums": {
            "scorers": [
                {"scorer": "math.equivalent", "name": "accuracy"},
                {"scorer": "text.length", "name": "short", "options": {"max": 60}, "weight": 0.1, "when": "accuracy"},
            ]
        },
        "words": {"scorers": [{"scorer": "text.exact", "name": "exact"}], "on_error": "floor"},
    },
}


def make_rows(count: int) -> list[dict[str, Any]]:
    """Return rows of two tasks and of none, with answers that are right, wrong, blank, or end in special tokens."""
    chance = random.Random(7)  # noqa: S311  # no secret
    rows = []
    for number in range(count):
        a, b = chance.randrange(50), chance.randrange(50)
        source = chance.choice(["sums", "sums", "words", "words", "unknown"])
        reference: Any = a + b if source == "sums" else f"Word{a}"
        said = str(reference if chance.random() < 0.5 else a)
        text = chance.choice(
            [
                said,
                f"<think>{a}</think>\n{said}",
                f"{said}<|im_end|>",
                f"The answer is {said}.",
                f"{said}</s>",
                " ",
                f"Ответ: \\boxed{{{said}}} ✓",
            ]
        )
        if chance.random() < 0.3:
            reference = [str(reference)] if source == "words" else str(reference)
        if chance.random() < 0.05:
            reference = None
        rows.append(
            {
                "id": number,
                "prompt": [{"role": "user", "content": f"{a} + {b}? ({number})"}],
                "completion": text,
                "answer": reference,
                "data_source": source,
                "level": a,
            }
        )
    return rows
