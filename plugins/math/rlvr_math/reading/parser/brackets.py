"""Brackets of every kind, and environments."""

from __future__ import annotations

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.tree import Call, Collection, Grid, Symbol, Tree

_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases aligned align".split())


class BracketGrammar(Grammar):
    """Productions that a sign opens and another closes."""

    def bracketed(self, token: Token) -> Tree:
        """Read what an opening bracket, already taken, starts."""
        self.deeper()
        tree = self.inside(token)
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
                self.in_absolute += 1
                inner = self.sum()
                self.in_absolute -= 1
                self.expect("|")
                return Call("abs", (inner,))
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

    def sequence(self, opening: str) -> Tree:
        """Read a tuple or an interval; brackets around one item only group it."""
        outside, self.in_absolute = self.in_absolute, 0
        items = self.items(frozenset({")", "]"}))
        dangling = self.tokens[self.position - 1].text == ","
        closing = self.expect(")", "]")
        self.in_absolute = outside
        if dangling:
            raise UnreadableError("a tuple that ends in a comma")
        if not items:
            raise UnreadableError("empty brackets")
        if len(items) == 1:
            if opening == "(" and closing == ")":
                return items[0]
            if opening == "[" and closing == "]" and not isinstance(items[0], Collection):
                return items[0]
        return Collection(opening, closing, tuple(items))

    def group(self) -> Tree:
        """Read TeX's braces, which are not seen."""
        items = self.items(frozenset({"}"}))
        self.expect("}")
        if not items:
            raise UnreadableError("empty braces")
        return items[0] if len(items) == 1 else Collection("", "", tuple(items))

    def set_of(self) -> Tree:
        """Read a set by its items, or by the condition on them."""
        if self.accept("\\}"):
            return Symbol("∅")
        self.in_absolute += 1
        items = self.items(frozenset({"\\}", "|", ":"}))
        self.in_absolute -= 1
        if len(items) == 1 and self.accept("|", ":"):
            condition = self.items(frozenset({"\\}"}))
            self.expect("\\}")
            return condition[0] if len(condition) == 1 else Collection("", "", tuple(condition))
        self.expect("\\}")
        return Collection("{", "}", tuple(items))

    def environment(self, name: str) -> Tree:
        """Read a matrix row by row, or the lines of cases."""
        if name not in _MATRICES:
            raise UnreadableError(f"the environment {name!r}")
        if name == "array" and self.accept("{"):
            while self.peek() is not END and not self.accept("}"):
                self.position += 1
        rows = self.rows()
        if name in {"cases", "aligned", "align"}:
            return Collection("", "", tuple(cell for row in rows for cell in row))
        grid = Grid(tuple(rows))
        return Call("det", (grid,)) if name == "vmatrix" else grid

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
            elif not self.accept("&", ","):
                cells.append(self.relation())
        self.position += 1
        self.depth -= 1
        return [*rows, tuple(cells)] if cells else rows
