"""Read an answer's text as a formula: a tree for each way that it can be meant."""

from __future__ import annotations

from functools import lru_cache

from rlvr import lazy_pattern
from rlvr_math.limits import REMEMBERED_TEXTS
from rlvr_math.reading.dates import date_in
from rlvr_math.reading.exact import is_defined
from rlvr_math.reading.numbers import REMEMBERED_LIMIT_CHARACTERS, Number, number_in
from rlvr_math.reading.parser import UnreadableError, read
from rlvr_math.reading.phrases import formula_of
from rlvr_math.reading.tree import Call, Constant, Quantity, Tree, Words, children, with_children

_GROUPED = lazy_pattern(r"(?:[1-9]|\d\d),\d{3}(?!\d)")
_LINES = lazy_pattern(r"[ \t,;]*\n\s*")
_COMMA = lazy_pattern(r"\d,\d")


def trees_in(text: str, *, decimal_comma: bool) -> tuple[Tree, ...]:
    """Return one tree, two if the text can be meant in two ways, none if it is not understood.

    Raises:
        OverLimitError: The text is too large.
    """
    if len(text) <= REMEMBERED_LIMIT_CHARACTERS:
        return _remembered(text, decimal_comma)
    return _trees(text, decimal_comma=decimal_comma)


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _remembered(text: str, decimal_comma: bool) -> tuple[Tree, ...]:  # noqa: FBT001  # positional keys are the fast ones
    return _trees(text, decimal_comma=decimal_comma)


def _trees(text: str, *, decimal_comma: bool) -> tuple[Tree, ...]:
    text = _without_bold(text)
    if not text.strip():
        return ()
    if day := date_in(text):
        return (Words(day),)
    if "\n" in text and _has_equation_in_each_line(text):
        text = _LINES.sub(";", text.strip())
    joined = _tree(text, joined=True, decimal_comma=False)
    if joined is None:
        joined = _tree_of_other(text)
    if joined is None:
        number = number_in(text)
        return () if number is None else (_tree_of(number),)
    if not is_defined(joined):
        return ()
    other = None
    if "," in text and _GROUPED.search(text):
        other = _tree(text, joined=False, decimal_comma=False)
    elif decimal_comma and _COMMA.search(text):
        other = _tree(text, joined=True, decimal_comma=True)
    elif "log" in text:
        other = _with_decimal_logarithms(joined)
    return (joined,) if other is None or other == joined else (joined, other)


def _without_bold(text: str) -> str:
    """Return a text without Markdown's stars around all of it; others are powers."""
    inner = text.strip(" \n.") if "**" in text else ""
    return inner[2:-2] if inner.startswith("**") and inner.endswith("**") and inner.count("**") == 2 else text  # noqa: PLR2004  # at both ends


def _tree_of_other(text: str) -> Tree | None:
    """Read a text as a value in each line, or as a phrase such as "x is at least 2"."""
    other = _LINES.sub(";", text.strip()) if "\n" in text.strip() else formula_of(text)
    return _tree(other, joined=True, decimal_comma=False) if other else None


def _with_decimal_logarithms(tree: Tree) -> Tree:
    """Read logarithms without a base as schools do, to the base ten; the likelier base is e."""
    if isinstance(tree, Call) and tree.name == "log" and len(tree.arguments) == 1:
        return Call("lg", (_with_decimal_logarithms(tree.arguments[0]),))
    parts = children(tree)
    return with_children(tree, tuple(map(_with_decimal_logarithms, parts))) if parts else tree


def _has_equation_in_each_line(text: str) -> bool:
    """Say whether each line is an equation of its own; a line that starts or ends with the sign goes on."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return all("=" in line[1:-1] and "=" not in {line[0], line[-1]} for line in lines)


def _tree(text: str, *, joined: bool, decimal_comma: bool) -> Tree | None:
    try:
        return read(text, joined=joined, decimal_comma=decimal_comma)
    except UnreadableError:
        return None


def _tree_of(number: Number) -> Tree:
    value = Constant(number.value * 100 if number.percent else number.value)
    unit = "%" if number.percent else number.unit
    return Quantity(value, unit) if unit else value
