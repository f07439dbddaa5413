"""Brackets of every kind, and environments."""

from __future__ import annotations

from rlvr_math.reading.binding import is_matrix
from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.evaluated import EvaluatedGrammar
from rlvr_math.reading.parser.grammar import END, UnreadableError
from rlvr_math.reading.tree import CASE, CASES, Call, Collection, Grid, Relation, Symbol, Tree, Words

# Words before a condition, and the one that stands for what is left.
_CONDITIONAL = frozenset({"if", "for", "when", "where"})
_OTHERWISE = frozenset({"otherwise", "else"})
_CELLS_OF_CASE = 2
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
        if not is_matrix(inner):
            return Call("abs", (inner,))
        square = isinstance(inner, Grid) and all(len(row) == len(inner.rows) for row in inner.rows)
        return Call("det" if square and sign == "|" else "norm", (inner,))

    def sequence(self, opening: str) -> Tree:
        """Read a tuple or an interval; brackets around one item only group it."""
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
            if depth < 0 or token is END:
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
        self.in_absolute, self.in_set = 1, True
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


def _is_case(row: tuple[Tree, ...]) -> bool:
    """Return whether a line of cases is a value and its condition; others are the equations of a system."""
    return (
        len(row) == _CELLS_OF_CASE
        and not isinstance(row[0], Relation)
        and isinstance(row[1], (Relation, Words, Collection))
    )
