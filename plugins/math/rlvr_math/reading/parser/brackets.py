"""Brackets of every kind, and environments."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.limits import TREE_DEPTH_LIMIT
from rlvr_math.reading.binding import is_matrix
from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.evaluated import EvaluatedGrammar
from rlvr_math.reading.parser.grammar import END, UnreadableError
from rlvr_math.reading.tree import (
    CASE,
    CASES,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Relation,
    Symbol,
    Tree,
    Words,
    added,
    inverted,
    key_of,
)

# Words before a condition, and the one that stands for what is left.
_CONDITIONAL = frozenset({"if", "for", "when", "where"})
_OTHERWISE = frozenset({"otherwise", "else"})
_CELLS_OF_CASE = 2
# [1;2] may be an interval.
_ENDS_OF_INTERVAL = 2
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases".split())
_BUILDER_RELATIONS = frozenset({"<", ">", "<=", ">=", "!=", "=", "∈", "∉"})


class BracketGrammar(EvaluatedGrammar):
    """Productions that a sign opens and another closes."""

    def bracketed(self, token: Token) -> Tree:
        """Read what an opening bracket, already taken, starts."""
        self.deeper()
        outside, self.one_token = self.one_token, False
        tree = self.inside(token)
        self.one_token = outside
        self.depth -= 1
        return tree

    def inside(self, token: Token) -> Tree:
        """Read what stands behind an opening bracket, and the closing one."""
        match token.text if token.sort == "operator" else "":
            case "(" | "[":
                return self.sequence(token.text)
            case "{":
                return self.group()
            case "\\{":
                return self.set_of()
            case "|":
                return self.absolute("|")
            case "‖":
                return self.absolute("‖")
            case "⌊":
                inner = self.sum()
                self.expect("⌋")
                return Call("floor", (inner,))
            case "⌈":
                inner = self.sum()
                self.expect("⌉")
                return Call("ceil", (inner,))
            case "...":
                return Symbol("...")
            case _:
                raise UnreadableError(f"unexpected {token.text!r}" if token.text else "the text ends too early")

    def absolute(self, sign: str) -> Tree:
        """Read what stands between bars: an absolute value, a determinant, or the length of a vector."""
        self.in_absolute += 1
        inner = self.sum()
        self.in_absolute -= 1
        self.expect(sign)
        if isinstance(inner, Collection) and inner.opening == "{" and Symbol("...") not in inner.items:
            return Constant(Fraction(len(set(map(key_of, inner.items)))))  # how many members a set has
        if not is_matrix(inner):
            return Call("abs", (inner,))
        square = isinstance(inner, Grid) and all(len(row) == len(inner.rows) for row in inner.rows)
        return Call("det" if square and sign == "|" else "norm", (inner,))

    def sequence(self, opening: str) -> Tree:
        """Read a tuple or an interval; brackets around one item only group it."""
        if opening == "[" and self.peek(1).text == ";" and (fraction := self.continued_fraction()):
            return fraction
        outside, self.in_absolute = self.in_absolute, 0
        outside_set, self.in_set = self.in_set, False
        items = self.items(frozenset({")", "]"}))
        dangling = self.tokens[self.position - 1].text == ","
        closing = self.expect(")", "]")
        self.in_absolute, self.in_set = outside, outside_set
        if dangling:
            raise UnreadableError("a tuple that ends in a comma")
        if not items:
            raise UnreadableError("empty brackets")
        if len(items) == 1:
            if opening == "(" and closing == ")":
                return self.at_bar(items[0]) if self.peek().text == "|" else items[0]
            if opening == "[" and closing == "]" and self.has_places():
                return self.at_places(items[0])
            if opening == "[" and closing == "]" and not isinstance(items[0], Collection):
                return items[0]
        return Collection(opening, closing, tuple(items))

    def continued_fraction(self) -> Tree | None:
        r"""Read the numbers of a continued fraction, ``[1;2,3]`` or ``[1;\overline{1,2}]``; None if it is none."""
        start = self.position
        numbers = [self.take().text]
        self.position += 1
        period = 0
        while self.peek().sort == "number" or self.peek().text == "overline":
            if self.accept_bar():
                period = len(numbers)
            numbers.append(self.take().text)
            if period:
                self.accept("}")
            if not self.accept(","):
                break
        if self.peek().text == "..." and numbers[-1] == numbers[-2]:
            period = len(numbers) - 1
            self.position += 1
        is_long = _ENDS_OF_INTERVAL - (period > 0) < len(numbers) <= TREE_DEPTH_LIMIT
        is_read = is_long and all(map(str.isdigit, numbers)) and self.accept("]")
        if not is_read:
            self.position = start
            return None
        return continued_fraction([int(each) for each in numbers], period)

    def accept_bar(self) -> bool:
        """Take a bar and its brace, below which the numbers repeat."""
        found = self.peek().text == "overline"
        self.position += 2 * found
        return found

    def group(self) -> Tree:
        """Read TeX's braces, which are not seen; a set builder between them is one."""
        if self.bar_in_braces():
            return self.set_of("}")
        items = self.items(frozenset({"}"}))
        self.expect("}")
        if not items:
            raise UnreadableError("empty braces")
        return items[0] if len(items) == 1 else Collection("", "", tuple(items))

    def bar_in_braces(self) -> bool:
        """Return whether one bar or colon stands between these braces, and behind it a relation: ``{x | x > 1}``."""
        depth, bars, relations = 0, 0, 0
        for at in range(self.position, len(self.tokens)):
            token = self.tokens[at]
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(token.text, 0)
            if depth < 0:
                break
            if not depth:
                bars += token.text in {"|", ":"}
                relations += bool(bars) and token.text in _BUILDER_RELATIONS
        return bars == 1 and relations > 0

    def set_of(self, closing: str = "\\}") -> Tree:
        """Read a set by its items, or by an expression and the conditions on its letters."""
        if self.accept(closing):
            return Symbol("∅")
        outside = self.in_absolute, self.in_set
        self.in_absolute = self.in_set = True
        items = self.items(frozenset({closing, "|", ":"}))
        self.in_absolute, self.in_set = outside
        if len(items) == 1 and self.accept("|", ":"):
            outside_bars, self.in_absolute = self.in_absolute, 0
            conditions = self.items(frozenset({closing}))
            self.in_absolute = outside_bars
            self.expect(closing)
            if not conditions:
                raise UnreadableError("a set builder without a condition")
            condition = conditions[0] if len(conditions) == 1 else Collection("∧", "", tuple(conditions))
            return Collection("{|", "}", (items[0], condition))
        self.expect(closing)
        return Collection("{", "}", tuple(items))

    def environment(self, name: str) -> Tree:
        """Read a matrix row by row, or the lines of cases."""
        if name not in _MATRICES:
            raise UnreadableError(f"the environment {name!r}")
        if name == "array" and self.accept("{"):
            while self.peek() is not END and not self.accept("}"):
                self.position += 1
        rows = self.rows()
        if name == "cases" and rows and all(map(_is_case, rows)):
            return Collection(CASES, "", tuple(Collection(CASE, "", row) for row in rows))
        if name == "cases":
            return Collection("", "", tuple(cell for row in rows for cell in row))
        grid = Grid(tuple(rows))
        return Call("det", (grid,)) if name == "vmatrix" else Call("norm", (grid,)) if name == "Vmatrix" else grid

    def rows(self) -> list[tuple[Tree, ...]]:
        r"""Read rows of cells up to ``\end``, which is taken."""
        rows: list[tuple[Tree, ...]] = []
        cells: list[Tree] = []
        self.deeper()
        while self.peek().sort != "end":
            if self.peek() is END:
                raise UnreadableError("a matrix that never ends")
            if self.accept("\\\\"):
                rows.append(tuple(cells))
                cells = []
            elif self.peek().sort == "word" and self.peek().text in _CONDITIONAL:
                self.position += 1
            elif self.peek().sort == "word" and self.peek().text in _OTHERWISE:
                self.position += 1
                cells.append(Words("otherwise"))
            elif not self.accept("&", ","):
                cells.append(self.relation())
        self.position += 1
        self.depth -= 1
        return [*rows, tuple(cells)] if cells else rows


def continued_fraction(numbers: list[int], period: int) -> Tree:
    """Return the value of a continued fraction whose numbers repeat from a place on, if that is no zero."""
    tail: Tree = Constant(Fraction(numbers[-1]))
    repeated, numbers = numbers[period:], numbers[: period or -1]
    if period:
        # With p/q and p'/q' as the last convergents, the part that repeats is x = (p x + p') / (q x + q').
        (above, below), (above_before, below_before) = _convergents(repeated)
        half = Fraction(above - below_before, 2 * below)
        root = Power(Constant(half**2 + Fraction(above_before, below)), Constant(Fraction(1, 2)))
        tail = added([Constant(half), root])
    for number in reversed(numbers):
        tail = added([Constant(Fraction(number)), inverted(tail)])
    return tail


def _convergents(numbers: list[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the last two convergents of a finite continued fraction."""
    last, before = (1, 0), (0, 1)
    for number in numbers:
        last, before = (number * last[0] + before[0], number * last[1] + before[1]), last
    return last, before


def _is_case(row: tuple[Tree, ...]) -> bool:
    """Return whether a line of cases is a value and its condition; others are the equations of a system."""
    return (
        len(row) == _CELLS_OF_CASE
        and not isinstance(row[0], Relation)
        and isinstance(row[1], (Relation, Words, Collection))
    )
