"""Formulas: arithmetic over the names of metrics, parsed once and never given to the evaluator of Python.

Grammar: numbers (``2``, ``.5``, ``1e-3``), names, ``+ - * / ^``, parentheses, unary minus and plus, and the functions
``min``, ``max``, ``abs``, ``clip`` (value, low, high), ``floor``, ``ceil``, ``exp``, ``sqrt`` and ``log`` (natural).
``^`` is a power: it binds closer than a sign before it, and to the right: ``-2^2`` is -4, ``2^3^2`` is 2^9.
A name is the name of a scorer entry (``accuracy``, ``math.equivalent``) or, in backticks, of a detail
(`` `accuracy/answer_found` ``).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from rlvr.patterns import lazy_pattern

# No person writes a longer formula; deeper nesting would risk the stack of the interpreter.
LENGTH_LIMIT_CHARACTERS = 2_000
DEPTH_LIMIT = 50

_TOKEN = lazy_pattern(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)|`(?P<quoted>[^`]+)`|(?P<name>[A-Za-z_][\w.]*)|(?P<mark>[-+*/^(),]))"
)
_Values: TypeAlias = Mapping[str, float]
_Step: TypeAlias = Callable[[_Values], float]


def _clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _defined(function: Callable[..., float]) -> Callable[..., float]:
    """Return a function that raises ArithmeticError where the given one has no value, as a division by 0 does."""

    def call(*values: float) -> float:
        try:
            return float(function(*values))
        except ValueError as error:
            raise ArithmeticError(str(error)) from error

    return call


_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": _defined(math.pow),
}
_FUNCTIONS: Mapping[str, tuple[Callable[..., float], int, int]] = {
    "min": (min, 2, 20),
    "max": (max, 2, 20),
    "abs": (abs, 1, 1),
    "clip": (_clip, 3, 3),
    "floor": (_defined(math.floor), 1, 1),
    "ceil": (_defined(math.ceil), 1, 1),
    "exp": (math.exp, 1, 1),
    "sqrt": (_defined(math.sqrt), 1, 1),
    "log": (_defined(math.log), 1, 1),
}


class FormulaError(ValueError):
    """The text is not a formula; the message has the problem and its character."""


class Formula(msgspec.Struct, frozen=True):
    """A parsed formula.

    Attributes:
        text: The text of the formula.
        names: The names that it reads, in order of appearance.
    """

    text: str
    names: tuple[str, ...]
    _evaluate: _Step

    def __call__(self, values: Mapping[str, float]) -> float:
        """Return the value of the formula.

        Args:
            values: A number for each of ``names``.

        Raises:
            ZeroDivisionError: A divisor is 0.
            ArithmeticError: It has no value, such as the root of a negative number, or one that is too large.
        """
        return self._evaluate(values)


def parse_formula(text: str) -> Formula:
    """Parse a formula.

    Raises:
        FormulaError: The text is not a formula.
    """
    if len(text) > LENGTH_LIMIT_CHARACTERS:
        raise FormulaError(f"longer than {LENGTH_LIMIT_CHARACTERS} characters")
    parser = _Parser(text)
    evaluate = parser.sum(0)
    parser.expect_end()
    return Formula(text, tuple(dict.fromkeys(parser.names)), evaluate)


class _Parser:
    """A recursive-descent parser; each method parses one level of precedence and returns a function of the values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = []
        self._position = 0
        self._match: re.Match[str] | None = None
        self._advance()

    def sum(self, depth: int) -> _Step:
        left = self._product(depth)
        while self._mark in {"+", "-"}:
            left = _binary(self._take(), left, self._product(depth))
        return left

    def expect_end(self) -> None:
        if self._match is not None or self.text[self._position :].strip():
            raise self._error("expected an operator or the end")

    def _product(self, depth: int) -> _Step:
        left = self._unary(depth)
        while self._mark in {"*", "/"}:
            left = _binary(self._take(), left, self._unary(depth))
        return left

    def _unary(self, depth: int) -> _Step:
        if depth > DEPTH_LIMIT:
            raise self._error(f"nested deeper than {DEPTH_LIMIT}")
        if self._mark in {"-", "+"}:
            is_minus = self._take() == "-"
            inner = self._unary(depth + 1)
            return (lambda values: -inner(values)) if is_minus else inner
        base = self._atom(depth)
        return _binary(self._take(), base, self._unary(depth + 1)) if self._mark == "^" else base

    def _atom(self, depth: int) -> _Step:
        match = self._match
        if match is None or match["mark"] not in {None, "("}:
            raise self._error("expected a number, a name or '('")
        self._advance()
        if match["number"]:
            number = float(match["number"])
            if math.isinf(number):
                raise self._error(f"{match['number']} is no number")
            return lambda _values: number
        if match["mark"]:
            inner = self.sum(depth + 1)
            self._expect_closing()
            return inner
        name = match["quoted"] or match["name"]
        if self._mark == "(" and not match["quoted"]:
            return self._call(name, depth)
        self.names.append(name)
        return lambda values: values[name]

    def _call(self, name: str, depth: int) -> _Step:
        if name not in _FUNCTIONS:
            raise self._error(f"no function '{name}'; the functions are {', '.join(_FUNCTIONS)}")
        function, fewest, most = _FUNCTIONS[name]
        self._take()
        arguments = [self.sum(depth + 1)]
        while self._mark == ",":
            self._take()
            arguments.append(self.sum(depth + 1))
        self._expect_closing()
        if not fewest <= len(arguments) <= most:
            raise self._error(f"{name} takes {fewest} to {most} values, not {len(arguments)}")
        if name == "clip":
            low, high = map(_constant_of, arguments[1:])
            if low is not None and high is not None and low > high:
                raise self._error(f"clip from {low:g} to {high:g} has its low end above its high end")
        return lambda values: function(*(argument(values) for argument in arguments))

    def _expect_closing(self) -> None:
        if self._mark != ")":
            raise self._error("expected ')'")
        self._take()

    @property
    def _mark(self) -> str | None:
        return self._match["mark"] if self._match else None

    def _take(self) -> str:
        mark = self._mark or ""
        self._advance()
        return mark

    def _advance(self) -> None:
        if self._match is not None:
            self._position = self._match.end()
        self._match = _TOKEN.match(self.text, self._position)

    def _error(self, problem: str) -> FormulaError:
        place = len(self.text) - len(self.text[self._position :].lstrip()) + 1
        return FormulaError(f"{problem} at character {place} of {self.text!r}")


def _constant_of(step: _Step) -> float | None:
    """Return the value of an expression that reads no name; None for any other, and for one without a value."""
    try:
        return step({})
    except (KeyError, ArithmeticError):
        return None


def _binary(mark: str, left: _Step, right: _Step) -> _Step:
    operation = _OPERATIONS[mark]
    return lambda values: operation(left(values), right(values))
