"""Golden tables of what the parts of a comparison find: values of operators, sets of numbers, and what is refused.

A verdict needs many parts, and two wrong ones may cancel. Here each part answers alone. What a part finds may change
for a good reason: ``python tests/plugins/test_math_parts.py`` writes what all parts find now; read the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rlvr_math.comparing.balls import precision
from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.equality.agreement import GUARD_BITS
from rlvr_math.comparing.equality.factors import factors_of
from rlvr_math.comparing.equality.stepped import parts_of
from rlvr_math.comparing.operators.evaluation import Evaluation
from rlvr_math.comparing.operators.resolving import resolve
from rlvr_math.comparing.polynomials import Polynomials
from rlvr_math.comparing.sets.pieces import End, Region
from rlvr_math.comparing.sets.regions import region_of
from rlvr_math.limits import EQUALITY_STEPS_LIMIT, OPERATOR_STEPS_LIMIT, STEPS_LIMIT, UNFORESEEN, Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.cleaning import cleaned
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.lexer import tokens_in
from rlvr_math.reading.number_words import cardinal_at, ordinal_in, scaled_at
from rlvr_math.reading.numbers import leading_number_in
from rlvr_math.reading.parser import read
from rlvr_math.reading.parser.operators import constant_of
from rlvr_math.reading.units import meanings_of
from rlvr_math.reading.writing import written as in_text

# Each line names a part, a family, and for each text what the part finds.
_FILE = Path(__file__).parent / "cases" / "math_parts.jsonl"
CASES = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
_BITS = 256
# What is nearer to zero than this is the rounding of a ball.
_NOTHING = 1e-30
# Of a polynomial with more terms, only their number is shown.
_FEW_TERMS = 5


def value_of(text: str) -> str:
    """Return the value of an expression with operators to fifteen digits."""
    steps = Steps(OPERATOR_STEPS_LIMIT)
    with precision(_BITS):
        value = Evaluation(steps, _BITS).value(resolve(read(text), steps), {})
        if not value.is_finite():
            return "undefined"
        if max(value.real.rad(), value.imag.rad()) > _NOTHING:
            return f"within {float(value.real.rad()):.1g} of {float(value.real.mid()):.2g}"
        parts = ["0" if abs(part) < _NOTHING else f"{float(part.mid()):.15g}" for part in (value.real, value.imag)]
    return parts[0] if parts[1] == "0" else " + ".join(parts) + " i"


def region(text: str) -> str:
    """Return the pieces of a set of real numbers; ``Z`` before those of its whole numbers."""
    with precision(GUARD_BITS):
        return written(region_of(read(text), Steps()))


def written(region: Region) -> str:
    """Return the pieces of a region, as in ``(0,1] [2,2]``."""

    def end(each: End) -> str:
        infinite = {-1: "-inf", 1: "inf"}.get(each.infinite)
        return infinite or (in_text(each.tree) if each.place is None and each.tree else f"{float(each.place):.6g}")

    return ("Z " if region.whole else "") + " ".join(
        f"{'[' if piece.with_low else '('}{end(piece.low)},{end(piece.high)}{']' if piece.with_high else ')'}"
        for piece in region.pieces
    )


def resolved(text: str) -> str:
    """Return a tree with each operator carried out that a rule carries out."""
    return in_text(resolve(read(text), Steps(OPERATOR_STEPS_LIMIT)))


def complex_parts(text: str) -> str:
    """Return the real and the imaginary part of an expression."""
    parts = parts_of(read(text))
    return "not seen" if parts is None else " + ".join(map(in_text, parts)) + " i"


def factored(text: str) -> str:
    """Return the rational constant of an expression and its irreducible factors."""
    constant, factors = factors_of(read(text))
    return " * ".join([str(constant), *(f"({in_text(each.tree)})^{each.times}" for each in factors)])


def quotient(text: str) -> str:
    """Return an expression as a quotient of two polynomials in v0, v1 and so on; of long ones, their size."""
    expression = read(text)
    return " over ".join(
        str(side) if len(side) <= _FEW_TERMS else f"{len(side)} terms of degree {side.total_degree()}"
        for side in Polynomials((expression,), Steps()).quotient(expression)
    )


def why_undecided(text: str) -> str:
    """Return why two sides with ``==`` between them are neither equal nor different; else which."""
    comparison = Comparison(GradeOptions(unevaluated="allow"))
    decision = comparison.equivalent(*map(read, text.split("==")))
    if comparison.undecided:
        return f"undecided: {comparison.undecided[0].reason}"
    return f"{'equal' if decision else 'different'}, by {decision.stage}"


def tree(text: str) -> str:
    """Return how the parser reads a text, in calculator syntax."""
    return in_text(read(text))


def tokens(text: str) -> str:
    """Return the tokens of a text with their sorts, ``~`` before those that have space before them."""
    return " ".join(f"{'~' * token.spaced}{token.sort}:{token.text}" for token in tokens_in(text))


def places(text: str) -> str:
    """Return a number in digits, and how many decimals it is written with."""
    found = constant_of(text)
    return f"{found.value}, {found.places} places"


def exact(text: str) -> str:
    """Return the rational that an expression is."""
    return str(rational_of(read(text)))


def cardinal(text: str) -> str:
    """Return the number in words that a text starts with, and the rest."""
    found = cardinal_at(text, 0)
    return "none" if found is None else f"{found[0]}, rest {text[found[1] :]!r}"


def scaled(text: str) -> str:
    """Return a number in figures with the words behind it applied, and the rest."""
    figures = text.split(maxsplit=1)[0]
    value, end = scaled_at(text, len(figures), Fraction(figures))
    return f"{value}, rest {text[end:]!r}"


def meanings(text: str) -> str:
    """Return the meanings of a unit: its worth in base units, these, and its zero."""
    return " or ".join(
        f"{unit.worth} {' '.join(f'{name}^{power}' for name, power in unit.dimensions)}"
        + (f" from {unit.offset}" if unit.offset else "")
        for unit in meanings_of(text)
    )


def number(text: str) -> str:
    """Return the number that a text starts with, and the rest."""
    found, rest = leading_number_in(text)
    shown = "none" if found is None else f"{found.value}{'%' * found.percent} {found.unit}".strip()
    return f"{shown}, rest {rest!r}" if rest else shown


def steps_of(text: str) -> str:
    """Return the steps that a pair takes: of comparing, of values at points, and of operators."""
    comparison = Comparison(GradeOptions(unevaluated="allow"))
    comparison.equivalent(*map(read, text.split("==")))
    steps = comparison.steps
    spent = (STEPS_LIMIT - steps.left, EQUALITY_STEPS_LIMIT - steps.equality.left)
    return " + ".join(map(str, (*spent, OPERATOR_STEPS_LIMIT - steps.operators.left)))


PARTS: dict[str, Callable[[str], str]] = {
    "tree": tree, "tokens": tokens, "exact": exact, "places": places, "cardinal": cardinal, "scaled": scaled,
    "ordinal": lambda text: str(ordinal_in(text)), "unit": meanings, "cleaned": cleaned, "number": number,
    "value": value_of, "region": region, "resolved": resolved, "parts": complex_parts, "decision": why_undecided,
    "steps": steps_of, "factored": factored, "quotient": quotient
}  # fmt: skip


def found(part: str, text: str) -> str:
    """Return what a part finds, or why it refuses."""
    try:
        return PARTS[part](text)
    except UNFORESEEN as error:
        return f"refused: {error}"


@pytest.mark.parametrize("case", CASES, ids=[f"{case['part']} of {case['family']}" for case in CASES])
def test_each_part_finds_this(case: dict[str, Any]) -> None:
    """Values are known from tables of series and integrals, sets by hand."""
    wrong = [(text, got) for text, right in case["found"].items() if (got := found(case["part"], text)) != right]

    assert wrong == []


if __name__ == "__main__":
    now = [case | {"found": {text: found(case["part"], text) for text in case["found"]}} for case in CASES]
    _FILE.write_text("".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in now), "utf-8")
