"""Relations and sets of math answers mean what they say."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rlvr_math import Status, verify

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases" / "math_sets.jsonl").read_text().splitlines()]


@pytest.mark.each("case", CASES, ids=lambda case: f"{case['source']}: {case['reference']} {case['completion']}")
def test_golden_cases(case: dict[str, Any]) -> None:
    """Each case was decided by hand; every reference is understood."""
    got = verify(case["reference"], case["completion"], **case.get("options", {}))

    assert got.correct == case["correct"], (got, got.trace)
    assert got.status in {Status.CORRECT, Status.INCORRECT}


HOSTILE = {
    "many zeros": "".join(f"(x-{n})" for n in range(40)) + "<0",
    "high degree": "x^{40}-3x^{39}+7x^{20}-11x^3+2<0",
    "absolute values": "+".join(f"|x-{n}|" for n in range(9)) + "<9",
    "nested roots": r"\sqrt{x+\sqrt{x+\sqrt{x+\sqrt{x+\sqrt{x}}}}}<9",
    "roots of high degrees": r"\sqrt[12]{x}+\sqrt[11]{x+1}<4",
    "long coefficients": f"{'9' * 500}x^2-{'7' * 400}x<{'3' * 300}",
    "zeros that are near": "(x^2-2)(x^2-2-10^{-250})>0",
    "chain of letters": "<".join(["x"] * 300),
    "conditions": r" \text{ and } ".join(f"x\\ne {n}" for n in range(150)),
    "alternatives": " or ".join(f"x^2-{n}x+1<0" for n in range(3, 60)),
    "whole numbers": r"\{k\in\mathbb{Z} \mid 0<k<10^9\}",
    "images of whole numbers": r"\{\frac{k}{k^2+1} \mid k\in\mathbb{Z}, 0<k<199\}",
    "powers of sums": "(a+b+c+d+e+f+g+h+i+j)^{10}=0",
    "factors that only FLINT sees": "".join(f"(x^2+{n}y^2)" for n in range(2, 20)) + "=1",
    "fractions": "+".join(f"\\frac{{1}}{{x+{n}y}}" for n in range(1, 20)) + "=1",
    "roots of two letters": r"(\sqrt{x+y}+\sqrt{x-y}+\sqrt{y+2}+\sqrt{x+1})^8=1",
    "families": ",".join(f"x=\\frac{{\\pi}}{{{n + 1}}}+2k\\pi" for n in range(1, 150)),
    "unions": r"\cup".join(f"({n},{n + 1})" for n in range(150)),
    "intersections": r"\cap".join(f"(-{n},{n + 1})" for n in range(1, 150)),
    "finite sets": r"\cap".join([r"\{" + ",".join(f"a_{{{n}}}" for n in range(150)) + r"\}"] * 3),
    "letters": ",".join(f"x_{{{n}}}>{n}" for n in range(150)),
    "images": r"\{\frac{x^{15}+1}{x^{14}-3x+1} \mid x\in\mathbb{R}\}",
    "exponentials": "e^{10^9x}>1",
    "powers": "x^{9^{9^9}}<1",
    "links": "=".join(["x"] + [r"\sqrt{2}+1"] * 200),
    "builders": "{x|" * 35 + "x>1" + "}" * 35,
    "bars": "{" + "|" * 2000 + "}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_sets_take_bounded_work(text: str) -> None:
    """Counted in calls of Python and of FLINT; each ends as a verdict on the answer."""
    for reference in ("(2,3)", "x^2<4", "x+y=1", r"\{2k\pi \mid k\in\mathbb{Z}\}", text):
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            got = verify(reference, text)
        finally:
            sys.setprofile(before)

        assert calls < 3_000_000
        assert reference == text or not got.correct
        assert "Error" not in got.reason, got


def test_work_of_flint_is_capped_by_size() -> None:
    """Its loops count no steps: a product of nineteen factors plus one took minutes to factor."""
    got = verify("x+y=1", "".join(f"(x^2+{n}y^2)" for n in range(2, 20)) + "=1")

    assert got.status is Status.INCORRECT
