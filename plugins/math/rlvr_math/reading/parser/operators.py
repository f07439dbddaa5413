"""Relations, sums, products and powers, by precedence."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.limits import TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.tree import (
    Call,
    Collection,
    Constant,
    Power,
    Quantity,
    Relation,
    Symbol,
    Tree,
    added,
    inverted,
    multiplied,
    negated,
)

RELATION_SIGNS = frozenset({"=", "<", ">", "!=", "<=", ">=", "→"})
_POSTFIXES = frozenset({"!", "%", "°", "'", "_"})
_PRODUCT_SIGNS = frozenset({"*", "/", "mod"})
_STARTS = frozenset({"number", "symbol", "function", "frac", "binom", "sqrt", "cbrt", "accent", "big", "begin"})


class OperatorGrammar(Grammar):
    """Productions with a sign between operands, before an operand or behind it."""

    def relation(self) -> Tree:
        """Read sides and the signs between them, or one side alone."""
        sides = [self.combination()]
        signs: list[str] = []
        while True:
            token = self.peek()
            if token.sort == "relation" or (token.sort == "operator" and token.text in RELATION_SIGNS):
                sign = self.take().text
                if sign in "<>" and self.accept("="):
                    sign += "="
            else:
                break
            signs.append(sign)
            sides.append(self.combination())
        return Relation(tuple(signs), tuple(sides)) if signs else sides[0]

    def combination(self) -> Tree:
        """Read unions and their like, from left to right."""
        tree = self.sum()
        while sign := self.accept("∪", "∩", "∖", ":"):
            right = self.sum()
            if sign == "∪" and isinstance(tree, Collection) and tree.opening == "∪":
                tree = Collection("∪", "", (*tree.items, right))
            else:
                tree = Collection(sign, "", (tree, right))
        return tree

    def sum(self) -> Tree:
        """Read terms and the signs between them, the first with or without a sign."""
        self.deeper()
        terms: list[Tree] = []
        sign = self.accept("+", "-", "±", "∓")
        first = self.product()
        terms.append(with_sign(sign, first))
        while sign := self.accept("+", "-", "±", "∓"):
            if sign in "±∓":
                left = added(terms)
                terms = [Call("±", (left, self.product()))]
            else:
                terms.append(with_sign(sign, self.product()))
        self.depth -= 1
        return added(terms)

    def product(self) -> Tree:
        """Read factors, with signs of multiplication or side by side."""
        factors = [self.signed()]
        while True:
            if self.tokens[self.position].text not in _PRODUCT_SIGNS:
                if not self.starts_factor():
                    return multiplied(factors)
                factors.append(self.power())
            elif self.accept("*"):
                factors.append(self.signed())
            elif self.accept("/"):
                factors.append(inverted(self.signed()))
            elif self.accept("mod"):
                return Call("mod", (multiplied(factors), self.signed()))
            else:
                return multiplied(factors)

    def starts_factor(self) -> bool:
        """Return whether the next token starts a factor that no sign of multiplication announces."""
        token = self.peek()
        if token.sort in _STARTS:
            return token.sort != "number" or self.tokens[self.position - 1].sort != "number"
        if token.sort != "operator":
            return False
        return token.text in {"(", "[", "{", "⌊", "⌈"} or (token.text == "|" and not self.in_absolute)

    def signed(self) -> Tree:
        """Read a factor that may have signs of its own, as in ``2*-3``."""
        sign = self.accept("-", "+") if self.tokens[self.position].text in "+-" else ""
        if not sign:
            return self.power()
        self.deeper()
        tree = self.signed()
        self.depth -= 1
        return negated(tree) if sign == "-" else tree

    def power(self) -> Tree:
        """Read a value with the marks behind it and its exponent."""
        base = self.postfix(self.primary())
        if self.peek().text != "^":
            return base
        self.position += 1
        if self.peek().text == "°" or (self.peek().text == "{" and self.peek(1).text == "°"):
            braced = self.take().text == "{"
            if braced:
                self.position += 1
                self.expect("}")
            return self.postfix(Quantity(base, "degree"))
        if self.peek() is END:
            raise UnreadableError("a power without exponent")
        self.deeper()
        if self.peek().text == "{" and self.peek(1).sort == "word":
            self.ordinal()
            self.depth -= 1
            return base
        exponent = self.signed()
        self.depth -= 1
        if isinstance(base, Quantity) and base.unit == "degree":
            raise UnreadableError("a power of degrees")
        return self.postfix(Power(base, exponent))

    def ordinal(self) -> None:
        """Skip the raised letters of ``5^{th}``."""
        letters = self.peek(1).text.lower()
        self.position += 2
        self.expect("}")
        if letters not in {"th", "st", "nd", "rd"}:
            raise UnreadableError(f"a power of {letters!r}")

    def postfix(self, tree: Tree) -> Tree:
        """Read the marks behind a value: factorials, percent signs, degrees, primes, subscripts."""
        for _ in range(TREE_DEPTH_LIMIT):
            if self.tokens[self.position].text not in _POSTFIXES:
                return tree
            if self.accept("!"):
                tree = Call("factorial", (tree,))
            elif self.accept("%"):
                tree = Quantity(tree, "%")
            elif self.accept("°"):
                tree = Quantity(tree, "degree")
            elif self.peek().text == "'" and isinstance(tree, Symbol):
                self.position += 1
                tree = Symbol(tree.name + "'")
            elif self.peek().text == "_":
                self.position += 1
                tree = self.subscripted(tree)
            else:
                return tree
        raise OverLimitError(f"more than {TREE_DEPTH_LIMIT} marks behind a value")

    def subscripted(self, tree: Tree) -> Tree:
        """Read a subscript: part of a name, a number's base, or an operation."""
        inner = self.subscript()
        if isinstance(tree, Symbol):
            return Symbol(f"{tree.name}_{inner}")
        if isinstance(tree, Constant) and inner.isdigit():
            return Quantity(tree, f"base {int(inner)}")
        return Call(f"_{inner}", (tree,))

    def subscript(self) -> str:
        """Read a subscript as the text that it is."""
        if not self.accept("{"):
            return self.take().text
        found: list[str] = []
        depth = 1
        while self.peek() is not END:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.sort == "operator" else 0
            if not depth:
                return "".join(found)
            found.append(token.text)
        raise UnreadableError("a subscript that never closes")


def with_sign(sign: str, tree: Tree) -> Tree:
    """Apply a sign to a term."""
    if sign == "-":
        return negated(tree)
    return Call("±", (Constant(Fraction(0)), tree)) if sign and sign in "±∓" else tree
