"""Golden cases of math by family: how a text is read, which pairs are equal, where an answer stands, what is too large.

They take a few seconds together, and a changed line of reading, comparing or grading shows in one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from fractions import Fraction
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from typing import Any

import flint
import pytest

from rlvr import Stated, stated_in
from rlvr_math import Status, grade, verify
from rlvr_math.comparing.balls import UndecidedError, ball, precision
from rlvr_math.comparing.equality.domains import OutsideError, check_natural
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.sets.pieces import (
    ABOVE,
    BELOW,
    EMPTY,
    LINE,
    End,
    Piece,
    Region,
    complement,
    difference,
    intersection,
    nearest_whole,
    order,
    placed,
    union,
    whole_numbers,
)
from rlvr_math.finding.extraction import Extraction
from rlvr_math.finding.lines import TAIL_LIMIT_CHARACTERS, find_last_value
from rlvr_math.grade import Grade, grade_final
from rlvr_math.limits import OverLimitError
from rlvr_math.options import GradeOptions
from rlvr_math.reading.lexer import tokens_in
from rlvr_math.reading.meanings import Reading
from rlvr_math.reading.numbers import number_in
from rlvr_math.reading.parser import read
from rlvr_math.reading.trace import read_as
from rlvr_math.reading.tree import Call, Constant, Power, Symbol
from rlvr_math.reading.units import meanings_of
from rlvr_math.reading.units.table import PREFIXES
from rlvr_math.reference import PROSE_CHARACTERS, read_reference

_CASES = Path(__file__).parent / "cases"
READINGS = [json.loads(line) for line in (_CASES / "math_readings.jsonl").read_text().splitlines()]
PAIRS = [json.loads(line) for line in (_CASES / "math_golden.jsonl").read_text().splitlines()]
KINDS = {
    kind: [case for case in PAIRS if case["kind"] == kind] for kind in dict.fromkeys(map(itemgetter("kind"), PAIRS))
}


@pytest.fixture(autouse=True)
def without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """All here is decided by our own stages."""
    monkeypatch.setattr("rlvr_math.formulas.is_open", lambda *_: False)


def test_each_text_is_read_so() -> None:
    """In calculator syntax; nothing for what is no mathematics."""
    options = GradeOptions()
    wrong = [(each, got) for each in READINGS if (got := read_as(each["text"], options)) != each["read"]]

    assert wrong == []
    assert [read_as(text, options) for text in ("", "9" * 300, "9" * 4_001)] == ["", "9" * 200, ""]


@pytest.mark.parametrize("kind", KINDS)
def test_each_pair_is_decided_so(kind: str) -> None:
    """Each was decided by hand; every reference is understood."""
    wrong = [
        (case["reference"], answer, got.reason)
        for case in KINDS[kind]
        for key, right in (("equal", True), ("different", False))
        for answer in case[key]
        if (got := verify(case["reference"], answer, **case.get("options", {}))).correct != right
        or got.status is Status.UNREADABLE_REFERENCE
    ]

    assert wrong == []


EXTRACTED = [
    (r"So \boxed{42}.", "box", "42"),
    (r"\boxed{42}\%", "box", "42%"),
    (r"\boxed{1}, \boxed{2}", "box", "1; 2"),
    (r"\boxed{1} and \boxed{2}", "box", "1; 2"),
    (r"\boxed{41}. No, it is \boxed{42}.", "box", "42"),
    (r"\boxed{1/2}. So it is \boxed{0.5}.", "box", "0.5"),
    (r"\boxed{x+1}. So it is \boxed{1+x}.", "box", "1+x"),
    (r"\boxed{x+1}. So it is \boxed{2+x}.", "box", ""),
    (r"\boxed{x+}. So it is \boxed{x +}.", "box", "x +"),
    (r"\boxed{x+}. So it is \boxed{y +}.", "box", ""),
    (f"<answer>x+1</answer> <answer>{'(' * 50}</answer>", "tag", ""),
    ("x\n#### 42", "hashes", "42"),
    ("<answer>42</answer>", "tag", "42"),
    ("<answer>42</answer>%", "tag", "42"),
    ("The answer is 42.", "announced", "42"),
    ("The answer is $x=42$ cm", "announced", "$x=42$ cm"),
    ("So it is\n**42**", "bold last line", "42"),
    ("42", "whole text", "42"),
    ("x^2+1", "whole text", "x^2+1"),
    ("We get\nthere are 42 eggs.", "closing sentence", "42"),
    ("", "", None),
    ("Let us see\nwhat comes", "", None),
]


@pytest.mark.parametrize(("completion", "source", "extracted"), EXTRACTED)
def test_each_answer_is_found_where_it_stands(completion: str, source: str, extracted: str | None) -> None:
    """With the kind of its place."""
    got = grade("999", completion)

    assert (got.source, got.extracted) == (source, extracted)


FOUND = [json.loads(line) for line in (_CASES / "math_found.jsonl").read_text().splitlines()]


def test_each_completion_has_this_answer() -> None:
    """By kind of place, with the reason where what stands there is no answer; none is the reference."""
    wrong = []
    for case in FOUND:
        got = grade("999", case["completion"], **case.get("options", {}))
        reason = case.get("reason", "differs from the reference")
        if (got.source, got.extracted, got.reason) != (case["source"], case["extracted"], reason):
            wrong.append((case, got.source, got.extracted, got.reason))

    assert wrong == []


TAIL = " x" * TAIL_LIMIT_CHARACTERS


@pytest.mark.parametrize(
    ("completion", "options", "extracted"),
    [
        (f"5{TAIL[: TAIL_LIMIT_CHARACTERS - 1]}", {"last_number": True}, "5 "),
        (f"5{TAIL[:TAIL_LIMIT_CHARACTERS]}", {"last_number": True}, None),
        (f"$x${TAIL[: TAIL_LIMIT_CHARACTERS - 3]}", {"last_formula": True}, "x"),
        (f"$x${TAIL[: TAIL_LIMIT_CHARACTERS - 2]}", {"last_formula": True}, None),
    ],
)
def test_the_last_value_is_looked_for_in_the_end(completion: str, options: Any, extracted: str | None) -> None:
    """Of so many characters."""
    found = find_last_value(completion, **{"last_number": False, "last_formula": False} | options)

    assert (found and found.text) == extracted


SOLUTION = (
    "First we count the eggs in the basket. Then we count the eggs on the table and in the kitchen. "
    "We add all of these numbers together, and then we take away the ones that were broken on the way home. "
)


def _words(length: int) -> str:
    return f"{('blue green ' * length)[: length - len(' Answer: 24')]} Answer: 24"


REFERENCES = [
    ("  24  ", "24"),
    ("x^2 + 1", "x^2 + 1"),
    (r"so \boxed{24}", "24"),
    (r"\boxed{24} cats", "24"),
    ("x\n#### 24", "24"),
    ("The answer is 24", "24"),
    ("<|begin_of_box|>24<|end_of_box|>", "24"),
    (r"\boxed{}", None),
    ("", None),
    (f"{SOLUTION}So there are 18 white and 24 brown ones.", None),
    (f"{SOLUTION}So 24 are left.", None),
    (f"{SOLUTION}It is $x^2$, and so on.", None),
    (f"{SOLUTION}\n**24**", "24"),
    (f"{SOLUTION}\n#### 24", "24"),
    (f"{SOLUTION}The answer is 24.", "24"),
    (rf"{SOLUTION}\boxed{{1/2}} and so \boxed{{0.5}}.", "0.5"),
    (rf"{SOLUTION}\boxed{{1}} or \boxed{{2}}", "1; 2"),
    (rf"{SOLUTION}It is not \boxed{{3}}, but \boxed{{24}}.", "24"),
    (rf"{SOLUTION}Maybe \boxed{{24}}.", "24"),
    (rf"{SOLUTION}\boxed{{24", None),
    (_words(PROSE_CHARACTERS), _words(PROSE_CHARACTERS)),
    (_words(PROSE_CHARACTERS + 1), "24"),
    ("+".join(["x"] * 150), "+".join(["x"] * 150)),
    ("+".join(["x"] * 2_048), "+".join(["x"] * 2_048)),
    (f"{'x' * 10} {' ' * 4_090}", "xxxxxxxxxx"),
]


@pytest.mark.parametrize(
    ("completion", "asks"),
    [
        *(
            (text, False)
            for text in ("42", "-3/4", "x^2+1", r"$\frac12$", r"5 \text{ cm}", r"$-5 \text{ cm}$", "x = 5")
        ),
        *((text, False) for text in ("(1, 2)", r"x\le 2", "  x+1  ", "5%", r"\sin x", f"{'1+' * 99}11")),
        *((text, True) for text in (r"5 \text{ parsecs}", "the value is x", r"\boxed{5}", "box", "x > 4", "x < 4")),
        *((text, True) for text in ("x: 4", "x*4", "x~4", "é", "x;y", "x\ny", "wait 5", "x`", "5 # 6", "", "   ")),
        *((text, True) for text in ("So 5", "ab", '"x"', f"{'1+' * 99}111")),
    ],
)
def test_what_a_short_formula_states_is_not_asked(completion: str, asks: bool) -> None:  # noqa: FBT001  # a column
    """Nor what a plain number states: reading it takes less than looking for statements, marks and words."""
    asked = []

    def stated() -> Stated:
        asked.append(completion)
        return stated_in(completion)

    grade_final("999", completion, GradeOptions(), stated)
    assert bool(asked) is asks
    asked.clear()
    grade_final("999", completion, GradeOptions(answer=("box",)), stated)
    assert asked


@pytest.mark.each(("reference", "text"), REFERENCES)
def test_each_reference_is_found_so(reference: str, text: str | None) -> None:
    """Alone, or where a solution states it: nobody hedges a reference; None is not understood."""
    reading = read_reference(reference, GradeOptions())

    assert (reading.text if reading else None) == text


def test_points_are_the_same_in_every_version() -> None:
    """A verdict must not depend on when it was given: changed points are a new version of the scorer."""
    drawn = [
        [*sorted((name, str(value)) for name, value in place.values.items()), ("narrow", str(place.is_narrow))]
        for names in (["x"], ["a", "x"])
        for place in draw_places(names, "x\nx+1", 2)
    ]

    assert blake2b(json.dumps(drawn).encode(), digest_size=8).hexdigest() == "caf630c9eb53c896"
    assert len(drawn) == 2 * (22 + 16)


def _within(name: str, value: complex) -> bool:
    """Say whether a function has a real value at a number."""
    with precision(64):
        try:
            check_natural(Call(name, (Symbol("x"),)), [flint.acb(value)])
        except OutsideError:
            return False
    return True


@pytest.mark.parametrize(
    ("names", "inside", "outside"),
    [
        ("ln log lg", (0.1, 5), (0, -0.1, -5)),
        ("arcsin arccos arctanh", (-1, 0, 1), (-1.1, 1.1, 40)),
        ("arcsec arccsc arccoth", (-1, 1, 7, -7), (0, 0.9, -0.9)),
        ("arccosh", (1, 7), (0.9, 0, -2)),
        ("arcsech", (0.1, 1), (0, -0.5, 1.1)),
        ("sin arctan sinh arcsinh", (-40, 0, 40), ()),
    ],
)
def test_natural_domains(names: str, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    """Of every function that has real values on a part of the line only."""
    for name in names.split():
        assert [value for value in inside if not _within(name, value)] == [], name
        assert [value for value in outside if _within(name, value)] == [], name
        assert _within(name, inside[0] + 1j) is not bool(outside), name


@pytest.mark.parametrize(
    ("power", "inside", "outside"),
    [
        ("1/2", (0, 4), (-1, 1 + 1j)),
        ("1/3", (-8, 8), (8 + 1j,)),
        ("-3/4", (4,), (-1, 1j)),
        ("2", (-3, 3, 1j), ()),
        ("-1", (-3, 1j), ()),
    ],
)
def test_natural_domains_of_powers(power: str, inside: tuple[complex, ...], outside: tuple[complex, ...]) -> None:
    """Even roots are of numbers that are not negative."""
    tree = Power(Symbol("x"), Constant(Fraction(power)))
    with precision(64):
        for value in inside:
            check_natural(tree, [flint.acb(value)])
        for value in outside:
            with pytest.raises(OutsideError):
                check_natural(tree, [flint.acb(value)])


def _region(text: str) -> Region:
    """Read ``(0,1] [2,2]`` as a set of pieces; ``inf`` for an infinite end, ``Z`` before it for its whole numbers."""
    pieces = []
    for each in text.removeprefix("Z ").split():
        low, high = each[1:-1].split(",")
        ends = [BELOW if end == "-inf" else ABOVE if end == "inf" else placed(Fraction(end)) for end in (low, high)]
        if low == high:
            ends[1] = ends[0]
        pieces.append(Piece(ends[0], ends[1], with_low=each[0] == "[", with_high=each[-1] == "]"))
    return Region(tuple(pieces), whole=text.startswith("Z "))


def _written(region: Region) -> str:
    def end(each: End) -> str:
        return {-1: "-inf", 1: "inf"}.get(each.infinite) or f"{float(each.place):g}"

    return "Z " * region.whole + " ".join(
        f"{'[' if piece.with_low else '('}{end(piece.low)},{end(piece.high)}{']' if piece.with_high else ')'}"
        for piece in region.pieces
    )


_OPERATIONS: dict[str, Callable[[Region, Region], Region]] = {
    "or": lambda one, other: union([one, other]), "and": intersection, "without": difference,
    "not": lambda one, _: complement(one), "Z": lambda one, _: whole_numbers(one),
}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "sign", "other", "result"),
    [
        ("(1,2)", "or", "(2,3)", "(1,2) (2,3)"),
        ("(1,2]", "or", "(2,3)", "(1,3)"),
        ("(1,2)", "or", "[2,3]", "(1,3]"),
        ("(1,3)", "or", "[1,2]", "[1,3)"),
        ("(1,3)", "or", "(2,3]", "(1,3]"),
        ("(2,3)", "or", "(0,1)", "(0,1) (2,3)"),
        ("(0,5)", "or", "(1,2)", "(0,5)"),
        ("(1,2)", "or", "[4,4]", "(1,2) [4,4]"),
        ("(1,2)", "or", "[2,2]", "(1,2]"),
        ("(-inf,1)", "or", "(0,inf)", "(-inf,inf)"),
        ("(1,3)", "and", "(2,4)", "(2,3)"),
        ("[1,3]", "and", "[3,4]", "[3,3]"),
        ("[1,3)", "and", "[3,4]", ""),
        ("[1,3]", "and", "(1,3)", "(1,3)"),
        ("(1,3)", "and", "[1,3]", "(1,3)"),
        ("[1,3]", "and", "[1,3]", "[1,3]"),
        ("(0,9) [10,11]", "and", "[1,2] [5,10]", "[1,2] [5,9) [10,10]"),
        ("(-inf,2]", "and", "[2,inf)", "[2,2]"),
        ("(-inf,inf)", "and", "(-inf,3]", "(-inf,3]"),
        ("(0,3)", "without", "[1,2]", "(0,1) (2,3)"),
        ("[0,3]", "without", "(0,3)", "[0,0] [3,3]"),
        ("[0,3]", "without", "[0,0]", "(0,3]"),
        ("(0,1]", "not", "", "(-inf,0] (1,inf)"),
        ("", "not", "", "(-inf,inf)"),
        ("(-inf,inf)", "not", "", ""),
        ("[2,inf)", "not", "", "(-inf,2)"),
        ("(-inf,2)", "not", "", "[2,inf)"),
        ("[1/2,7/2]", "Z", "", "Z [1,3]"),
        ("(1,4)", "Z", "", "Z [2,3]"),
        ("[1,4]", "Z", "", "Z [1,4]"),
        ("(1,2)", "Z", "", "Z "),
        ("[0,1] [2,3]", "Z", "", "Z [0,3]"),
        ("[0,1] [3,4]", "Z", "", "Z [0,1] [3,4]"),
        ("(-inf,1/2)", "Z", "", "Z (-inf,0]"),
        ("(1/2,inf)", "Z", "", "Z [1,inf)"),
        ("(1/2,inf)", "and", "Z (-inf,inf)", "Z [1,inf)"),
        ("Z [0,3]", "and", "(0,5)", "Z [1,3]"),
        ("Z [0,3]", "and", "[1,1] [3/2,3/2]", "[1,1]"),
        ("Z [0,3]", "or", "Z [4,5]", "Z [0,5]"),
        ("Z [0,2]", "or", "[5,5]", "[0,0] [1,1] [2,2] [5,5]"),
        ("Z [0,inf)", "without", "Z [3,5]", "Z [0,2] [6,inf)"),
        ("Z [0,3]", "without", "[1,1]", "Z [0,0] [2,3]"),
    ],
)
def test_sets_of_pieces(one: str, sign: str, other: str, result: str) -> None:
    """Unions, intersections, differences, complements and whole numbers, with each end open or closed."""
    with precision(128):
        assert _written(_OPERATIONS[sign](_region(one), _region(other))) == result


def test_ends_are_in_order() -> None:
    """By value; an end that depends on letters has no place, and two wide balls cannot be told apart."""
    with precision(128):
        zero, one, wide = placed(Fraction(0)), placed(Fraction(1)), End(place=flint.arb(1, 0.5))
        pairs = [(zero, one, -1), (one, zero, 1), (one, one, 0), (BELOW, zero, -1), (ABOVE, zero, 1), (zero, ABOVE, -1)]
        assert [order(left, right) for left, right, _ in pairs] == [expected for *_, expected in pairs]
        assert (order(BELOW, BELOW), order(ABOVE, ABOVE), order(BELOW, ABOVE)) == (0, 0, -1)
        for left, right in ((wide, one), (one, wide), (End(tree=Symbol("a")), one), (one, End(tree=Symbol("a")))):
            with pytest.raises(UndecidedError):
                order(left, right)
        assert [nearest_whole(ball(Fraction(value)).real) for value in ("3", "-2", "7/2", "1/3")] == [3, -2, None, None]
        with pytest.raises(UndecidedError):
            nearest_whole(wide.place)
    assert (EMPTY.pieces, LINE.pieces[0].low, LINE.is_symbolic) == ((), BELOW, False)


def _counted(items: int) -> str:
    return ",".join(map(str, range(items)))


def _swapped(items: int) -> str:
    return ",".join(map(str, (1, 0, *range(2, items))))


def _signed(values: str) -> str:
    """Return a tuple of values that are plus or minus something."""
    return "(" + ",".join(rf"\pm {value}" for value in values.split()) + ")"


def _unit_matrix(rows: int) -> str:
    cells = [["10"[row != column] for column in range(rows)] for row in range(rows)]
    return r"\begin{pmatrix}" + r"\\".join("&".join(row) for row in cells) + r"\end{pmatrix}"


def _square(letters: str) -> str:
    return r"\det\begin{pmatrix}" + r"\\".join(["&".join(letters)] * len(letters)) + r"\end{pmatrix}"


_EVALUATED = {"unevaluated": "allow"}
_SUM = "+".join("abcfghjklmnopqrstuv")


def _nested(levels: int) -> str:
    return "(" * levels + "x" + ")" * levels


# What is just within a limit and equal to its reference, and what is just beyond it and therefore is not.
LIMITS: dict[str, tuple[str, str, str, str, dict[str, Any]]] = {
    "digits": ("9" * 4_000, "9" * 4_000, "9" * 4_001, "9" * 4_001, {}),
    "characters": ("x", "x" + " " * 4_000, "x", "x+0" * 1_400, {}),
    "exponent of ten": ("10^{4000}", "1e4000", "10^{4001}", "1e4001", {}),
    "items": (_counted(200), _swapped(200), _counted(201), _swapped(201), {}),
    "letters of a matrix": ("0", _square("abcxyz"), "0", _square("abcxyzt"), _EVALUATED),
    "terms": ("4501500", r"\sum_{k=1}^{3000}k", "4504501", r"\sum_{k=1}^{3001}k", _EVALUATED),
    "power of a matrix": (
        r"\begin{pmatrix}1&64\\0&1\end{pmatrix}", r"\begin{pmatrix}1&1\\0&1\end{pmatrix}^{64}",
        r"\begin{pmatrix}1&65\\0&1\end{pmatrix}", r"\begin{pmatrix}1&1\\0&1\end{pmatrix}^{65}", _EVALUATED,
    ),
    "bits of written numbers": (
        r"e^{x+y}+x^{975}+1", r"x^{975}+1+\frac{1}{e^{-x-y}}",
        r"e^{x+y+z}+x^{975}+1", r"x^{975}+1+\frac{1}{e^{-x-y-z}}", {},
    ),
    "exponent of a value": (
        r"2^{4284}\pi", r"2^{4284}\cdot3.14", r"2^{4285}\pi", r"2^{4285}\cdot3.14", {"tolerance": 0.01}
    ),
    "signs in a tuple": (
        _signed(r"\sqrt2 2 3 4 5"), _signed(r"\frac{2}{\sqrt2} 2 3 4 5"),
        _signed(r"\sqrt2 2 3 4 5 6"), _signed(r"\frac{2}{\sqrt2} 2 3 4 5 6"), {},
    ),
    "degree of a polynomial by its name": (
        "T_8(x)", "128x^8-256x^6+160x^4-32x^2+1", "T_9(x)", "256x^9-576x^7+432x^5-120x^3+9x", _EVALUATED
    ),
    "argument of a polynomial by its name": (
        f"P_2({_SUM})", rf"\frac{{3({_SUM})^2-1}}{{2}}", f"P_2({_SUM}+z)", rf"\frac{{3({_SUM}+z)^2-1}}{{2}}", _EVALUATED
    ),
    "rows of a unit matrix": (_unit_matrix(6), "I_6", _unit_matrix(7), "I_7", _EVALUATED),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_where_they_are_said_to_be(name: str) -> None:
    """At a limit all works; beyond it an equal answer is not paid."""
    reference, answer, larger_reference, larger, options = LIMITS[name]

    assert verify(reference, answer, **options).correct
    assert not verify(larger_reference, larger, **options).correct


@pytest.mark.parametrize(("levels", "status"), [(12, Status.CORRECT), (13, Status.OVER_LIMIT)])
def test_depth_has_a_limit(levels: int, status: Status) -> None:
    """In brackets."""
    assert verify("x", _nested(levels)).status is status


def test_text_within_text_has_the_same_limit() -> None:
    """What a letter stands in is not counted."""
    within, beyond = (r"\text{" * levels + "ab" + "}" * levels for levels in (40, 41))

    assert [token.text for token in tokens_in(within)] == ["ab"]
    with pytest.raises(OverLimitError, match="text nested deeper than 40"):
        tokens_in(beyond)


@pytest.mark.parametrize(
    "value",
    [
        *(read(text) for text in ("2", "x", "x+1", "2x", "x^2", "f(x)", "(1,2)", "x=2", "5 cm", "blue")),
        read(r"\begin{pmatrix}1\\2\end{pmatrix}"),
        *tokens_in("x"),
        number_in("5 cm"),
        Extraction("5"),
        Reading("5", None, decimal_comma=False),
        GradeOptions(),
        Grade(correct=False, status=Status.INCORRECT, reason=""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_do_not_change(value: Any) -> None:
    """They are remembered, and keys of what is remembered."""
    name = value.__struct_fields__[0]

    assert hash(value) == hash(copy(value))
    with pytest.raises(AttributeError):
        setattr(value, name, getattr(value, name))


# One of each production, with which forty levels are not to be reached side by side.
PRODUCTIONS = {
    "exponents": "x^{2}", "exponents of one sign": "x^2", "ordinals": "5^{th}", "fractions": r"\frac{x}{2}",
    "roots": r"\sqrt{x}", "roots in brackets": r"\sqrt(x)", "roots with degrees": r"\sqrt[3]{x}",
    "functions": r"\sin(x)", "functions without brackets": r"\sin x", "powers of functions": r"\sin^2 x",
    "brackets": "(x)", "square brackets": "[x]", "braces": "{x}", "tuples": "(x,y)", "sets": r"\{x,y\}",
    "absolute values": "|x|", "floors": r"\lfloor x\rfloor", "signs": "2*-x", "applications": "f(x)",
    "unknown commands": r"\foo{x}", "matrices": r"\begin{pmatrix}x\\y\end{pmatrix}", "sums": r"\sum_{k=1}^{2}k",
    "limits": r"\lim_{x\to0}x", "derivatives": r"\frac{d}{dx}x", "accents": r"\overline{x}", "marks": "x!",
    "subscripts": "x_{1}", "binomials": r"\binom{x}{2}", "text": r"\text{a}",
}  # fmt: skip


@pytest.mark.parametrize("part", PRODUCTIONS.values(), ids=PRODUCTIONS.keys())
def test_depth_counts_what_is_nested_and_not_what_stands_side_by_side(part: str) -> None:
    """Each level that a production counts is taken back once."""
    many = "+".join([part] * 45)

    assert verify(many, many).status is Status.CORRECT
    assert verify("x", f"{many}+{_nested(13)}").status is Status.OVER_LIMIT
    assert verify("x", f"{many}+{_nested(11)}").status is not Status.OVER_LIMIT


def test_prefixes_are_powers_of_ten() -> None:
    """By the table of the SI; two ways to write micro."""
    powers = dict(zip("QRYZEPTGMk", range(30, 0, -3), strict=True)) | {"h": 2, "da": 1, "d": -1, "c": -2}
    powers |= dict(zip("mµnpfazyrq", range(-3, -31, -3), strict=True)) | {"u": -6}

    assert {prefix: meanings_of(f"{prefix}W")[0].worth for prefix in PREFIXES} == {
        prefix: Fraction(10) ** power for prefix, power in powers.items()
    }


@pytest.mark.parametrize(
    ("reference", "answer", "is_open"),
    [
        (r"\lim_{x\to0}x^x", "1", True),
        (r"\lim_{x\to0}\frac{\sin x}{x}", "1", False),
        (r"\int_0^1 x\,dx", "1/3", False),
        (r"\int_0^1 x\,dx", "1/2", False),
        ("x+1", "x+2", False),
        (r"\lim_{x\to0}x^x", "blue", False),
        (r"\lim_{x\to0}x^x", "(1, 2)", False),
    ],
)
def test_only_what_is_undecided_is_left_open(
    reference: str,
    answer: str,
    is_open: bool,  # noqa: FBT001  # a column
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A computer algebra system is asked about nothing that our own stages have decided."""
    monkeypatch.undo()

    assert (grade_final(reference, answer, GradeOptions()).open_sides is not None) is is_open


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OverLimitError("a tree of too many nodes"), "a tree of too many nodes"),
        (RecursionError("maximum depth"), "RecursionError: maximum depth"),
        (ValueError("x" * 100), f"ValueError: {'x' * 80}"),
    ],
)
def test_what_no_limit_foresaw_is_a_verdict_on_the_answer(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while sympy is asked."""

    def settle(*_: object) -> None:
        raise error

    monkeypatch.undo()
    monkeypatch.setattr("rlvr_math.evaluating.settling.settle", settle)
    got = verify(r"\lim_{x\to0}x^x", "1")

    assert (got.correct, got.status, got.reason, got.open_sides) == (False, Status.OVER_LIMIT, reason, None)


def test_the_way_to_a_verdict_is_told() -> None:
    """Long texts by their start."""
    long, longer = "x" * 100, "9" * 300

    assert grade(long, rf"\boxed{{{longer}}}").trace == (
        f"found '{'9' * 80}' by: box",
        f"the reference '{'x' * 80}' is read as: \"{long}\"",
        f"the answer is read as: {'9' * 200}",
        "incorrect: differs from the reference (decided by: words)",
    )
    assert grade("42", "").trace == (
        "no answer was found",
        "the reference '42' is read as: 42",
        "the answer is read as: nothing",
        "no_answer: no answer found",
    )
    assert grade("}{", "42").trace[1] == "the reference '' is read as: nothing"


def test_the_last_sentence_states_only_what_is_short() -> None:
    """A number or a letter; a reference of another kind needs a statement."""
    text = "We get\nthere are 42 eggs."

    assert grade("42", text).status is Status.CORRECT
    assert grade("x^2+42", text).status is Status.NO_ANSWER


@pytest.mark.parametrize(
    ("reference", "answer", "stage"),
    [
        ("1/2", "0.5", "number"),
        ("1/2", r"\sqrt{\frac14}", "exact"),
        ("x^2-1", "(x-1)(x+1)", "residues"),
        (r"\sqrt2", r"\frac{2}{\sqrt2}", "balls"),
        (r"\sqrt2", "1.41421356", "rounding"),
        ("xy=6", r"y=\frac6x", "factors"),
        ("(-2,2)", "x^2<4", "regions"),
        ("no solution", "no real roots", "words"),
        ("x+1", "1+x", "form"),
    ],
)
def test_the_cheapest_stage_decides(reference: str, answer: str, stage: str) -> None:
    """A later one would give the same verdict, later or not at all for larger numbers."""
    assert verify(reference, answer).stage == stage


@pytest.mark.parametrize(
    ("reference", "answer", "reason"),
    [
        ("5 cm", "5", "unit missing, expected cm"),
        ("5 cm", "5 kg", "unit kg, expected cm"),
        ("5 cm", "6 cm", "differs from the reference"),
        ("5 cm", "5 m", "differs from the reference"),
        ("5", "5 million", "differs from the reference"),
        ("50%", "50", "differs from the reference"),
        ("50%", "50 cm", "unit cm"),
        ("50 cm", "50%", "unit missing, expected cm"),
        ("42", "", "no answer found"),
        ("42", "42+", "the answer '42+' is not understood"),
        ("}{", "42", "the reference '}{' is not understood"),
        ("42", "(" + "x" * 100, f"the answer '({'x' * 79}' is not understood"),
        ("^" + "x" * 100, "42", f"the reference '^{'x' * 79}' is not understood"),
        (r"\frac12", r"\int_0^1 x\,dx", "the answer leaves an operator unevaluated (integral); the reference has none"),
        (
            r"\{a\}",
            r"\{a,b\}\cap\{a\}",
            "the answer leaves an intersection of sets to be carried out; the reference has none",
        ),
    ],
)
def test_each_reason_says_what_is_wrong(reference: str, answer: str, reason: str) -> None:
    """In words that a person can act on."""
    assert verify(reference, answer).reason == reason
