"""How solutions state their answers, with answers of each kind: each way to say it works for each answer."""

import json
from pathlib import Path

from rlvr_math import grade

TEMPLATES: list[str] = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "math_templates.jsonl").read_text("utf-8").splitlines()
]
# A reference, and how an answer writes it.
ANSWERS = [
    (r"\frac{3}{4}", r"\frac{3}{4}"),
    ("x=5", "x=5"),
    ("(4,5)", "(4,5)"),
    ("5,-2", "5, -2"),
    ("[1,3)", "[1,3)"),
    ("(5,-2)", "(5, -2)"),
    (r"2\sqrt{3}", r"2\sqrt{3}"),
    (r"12\%", r"12\%"),
    (r"\$20", r"\$20"),
    ("x^2+1", "x^2+1"),
    ("-7", "-7"),
    ("0.25", "0.25"),
    ("1,2,3", "1, 2, 3"),
    (r"\frac{\pi}{6}", r"\frac{\pi}{6}"),
    (r"5 km", r"5\text{ km}"),
    ("1000", "1{,}000"),
    ("2^{10}", "2^{10}"),
    (r"\{1,2\}", r"\{1,2\}"),
    (r"(-\infty,2]", r"(-\infty,2]"),
    ("3+2i", "3+2i"),
    (r"n(n+1)/2", r"\frac{n(n+1)}{2}"),
    ("y=2x+1", "y=2x+1"),
    (r"30^\circ", r"30^\circ"),
    (r"\ln 2", r"\ln 2"),
    ("e^{-x}", "e^{-x}"),
]


def test_each_way_to_state_an_answer_works_for_each_answer() -> None:
    """In prose, Markdown, LaTeX, tags and lists, in several languages, with remarks around it."""
    lost = [
        (template, answer)
        for template in TEMPLATES
        for reference, answer in ANSWERS
        if not grade(reference, template.replace("@", answer)).correct
    ]

    assert lost == []


def test_no_way_to_state_an_answer_makes_a_wrong_one_right() -> None:
    """Each answer is wrong for the reference of the next kind."""
    paid = [
        (template, answer)
        for template in TEMPLATES
        for (reference, _), (_, answer) in zip(ANSWERS, [*ANSWERS[1:], ANSWERS[0]], strict=True)
        if grade(reference, template.replace("@", answer)).correct
    ]

    assert paid == []


APPROXIMATIONS = [
    r"So $m \approx$ \boxed{@}",
    r"\[ m \approx \boxed{@} \]",
    r"The mass is approximately \boxed{@}.",
    r"The mass is about $\boxed{@}$.",
    "The answer is approximately @.",
    r"The answer is $\approx @$.",
    "**Answer:** ≈ @",
    r"\boxed{\approx @}",
]


def test_an_approximation_counts_within_the_tolerance() -> None:
    """Science says "approximately"; what else its words say of the value still counts."""
    for template in APPROXIMATIONS:
        text = template.replace("@", r"6.01\text{ kg}")
        assert grade("6 kg", text, tolerance=0.01).correct, text
        assert not grade("6.1 kg", text, tolerance=0.01).correct, text
        assert not grade("6 kg", text.replace("6.01", "6")).correct, text
        for sign in (r"\approx", "≈", "approximately", "about"):
            hedged = text.replace(sign, f"not {sign}")
            assert hedged == text or not grade("6 kg", hedged, tolerance=0.01).correct, hedged
