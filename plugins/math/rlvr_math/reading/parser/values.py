"""Values: numbers, symbols, functions with their arguments, fractions and roots."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.limits import EXPONENT_LIMIT, OverLimitError
from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.grammar import Grammar, UnreadableError
from rlvr_math.reading.parser.operators import with_sign
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    OPAQUE_FUNCTIONS,
    Call,
    Constant,
    Power,
    Symbol,
    Tree,
    Words,
    added,
    inverted,
    multiplied,
    negated,
)


class ValueGrammar(Grammar):
    """Productions that start with the token of a value."""

    def primary(self) -> Tree:
        """Read a value without the marks behind it."""
        token = self.take()
        match token.sort:
            case "number":
                return self.number(token.text)
            case "symbol":
                return self.symbol(token.text)
            case "function":
                return self.function(token.text)
            case "frac":
                return multiplied([self.argument(), inverted(self.argument())])
            case "binom":
                return Call("binom", (self.argument(), self.argument()))
            case "sqrt" | "cbrt":
                return self.root(token.sort)
            case "accent":
                return Call("overline" if token.text == "bar" else token.text, (self.argument(),))
            case "big":
                return self.big(token.text)
            case "begin":
                return self.environment(token.text)
            case _:
                return self.bracketed(token)

    def number(self, text: str) -> Tree:
        """Read a number, with the fraction of a mixed number or the digits that repeat."""
        value, follows = constant_of(text), self.peek()
        if follows.sort == "accent" and follows.text in {"overline", "bar"} and value.places >= 0:
            return self.repeating(text)
        part = self.proper_fraction() if text.isdigit() else None
        return value if part is None else added([value, part])

    def proper_fraction(self) -> Tree | None:
        r"""Read the fraction of a mixed number such as ``3 1/2`` or ``3\frac12``; None if none follows."""
        start, token = self.position, self.peek()
        if token.sort == "frac":
            self.position += 1
            above, below = self.argument(), self.argument()
            if _is_proper(above, below):
                return multiplied([above, inverted(below)])
            self.position = start
        elif token.sort == "number" and token.spaced and self.peek(1).text == "/" and self.peek(2).sort == "number":
            above, below = constant_of(token.text), constant_of(self.peek(2).text)
            if _is_proper(above, below):
                self.position += 3
                return multiplied([above, inverted(below)])
        return None

    def repeating(self, text: str) -> Tree:
        r"""Read the digits that repeat in ``0.1\overline{6}``."""
        self.position += 1
        braced = self.accept("{")
        digits = self.take().text
        if braced:
            self.expect("}")
        if not digits.isdigit():
            raise UnreadableError(f"repeating {digits!r}")
        part = text.partition(".")[2]
        cycle = Fraction(int(digits), 10 ** len(part) * (10 ** len(digits) - 1))
        return Constant(constant_of(text).value + cycle)

    def symbol(self, name: str) -> Tree:
        """Read a letter, or an unknown function and its arguments."""
        opened = self.peek()
        if name in OPAQUE_FUNCTIONS and opened.text == "(" and not opened.spaced:
            self.position += 1
            arguments = self.items(frozenset({")"}))
            self.expect(")")
            return Call(name, tuple(arguments))
        return Symbol(name)

    def function(self, name: str) -> Tree:
        r"""Read a known function, with an exponent or a base before its arguments, as in ``\sin^2 x``."""
        exponent: Tree | None = None
        base: Tree | None = None
        for _ in range(2):
            if self.peek().text == "^":
                self.position += 1
                exponent = self.argument()
            elif self.peek().text == "_":
                self.position += 1
                base = self.argument()
        arguments = self.arguments()
        if exponent == MINUS_ONE:
            name, exponent = f"arc{name}", None
        if base is not None:
            arguments = (*arguments, base)
        tree: Tree = Call(name, arguments)
        return Power(tree, exponent) if exponent is not None else tree

    def arguments(self) -> tuple[Tree, ...]:
        """Read what a function is applied to: brackets, or the factors up to the next function."""
        self.deeper()
        if self.accept("("):
            found = tuple(self.items(frozenset({")"})))
            self.expect(")")
            if not found:
                raise UnreadableError("a function of nothing")
        elif self.peek().text == "{":
            found = (self.argument(),)
        else:
            sign = self.accept("-")
            factors = [self.power()]
            while self.starts_factor() and self.peek().sort not in {"function", "begin"}:
                if self.peek().text in {"(", "["} and not isinstance(factors[-1], Constant):
                    break
                factors.append(self.power())
            if self.peek().text == "/" and self.peek(1).sort == "number" and not self.peek().spaced:
                self.position += 1
                factors.append(inverted(self.power()))
            found = (with_sign(sign, multiplied(factors)),)
        self.depth -= 1
        return found

    def argument(self) -> Tree:
        """Read a command's argument: braces, or one token; a number without braces gives one digit."""
        token = self.peek()
        if token.text == "{":
            self.position += 1
            self.deeper()
            tree = self.relation()
            self.depth -= 1
            self.expect("}")
            return tree
        if token.sort == "number":
            digit, rest = token.text[0], token.text[1:]
            if rest:
                self.tokens[self.position] = Token("number", rest)
            else:
                self.position += 1
            return constant_of(digit)
        if token.text == "-":
            self.position += 1
            return negated(self.argument())
        self.deeper()
        tree = self.primary()
        self.depth -= 1
        return tree

    def root(self, name: str) -> Tree:
        """Read a root, with or without its degree."""
        degree: Tree = Constant(Fraction(3 if name == "cbrt" else 2))
        if self.accept("["):
            degree = self.sum()
            self.expect("]")
        if self.peek().text == "(":
            self.position += 1
            self.deeper()
            inner = self.items(frozenset({")"}))
            self.depth -= 1
            self.expect(")")
            if len(inner) != 1:
                raise UnreadableError("a root of several")
            return Power(inner[0], inverted(degree))
        if self.peek().sort == "number":
            return Power(constant_of(self.take().text), inverted(degree))
        return Power(self.argument(), inverted(degree))

    def big(self, name: str) -> Tree:
        """Read a sum, an integral or a limit; they are compared as they stand."""
        low: Tree = Words("")
        high: Tree = Words("")
        for _ in range(2):
            sign = self.peek().text
            if sign not in {"_", "^"}:
                break
            self.position += 1
            if self.peek().text == "{" and self.peek(1).text == "}":
                self.position += 2
                continue
            found = self.argument()
            low, high = (found, high) if sign == "_" else (low, found)
        self.deeper()
        body = self.product() if self.starts_factor() or self.peek().text == "-" else ONE
        self.depth -= 1
        return Call(name, (low, high, body))


def constant_of(text: str) -> Constant:
    """Read a number's digits, with decimals or an exponent of ten."""
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent[:8])) > EXPONENT_LIMIT:
        raise OverLimitError(f"an exponent of ten beyond {EXPONENT_LIMIT}")
    whole, point, part = mantissa.partition(".")
    value = Fraction(int(whole + part or "0"), 10 ** len(part))
    if exponent:
        value *= Fraction(10) ** int(exponent)
    return Constant(value, len(part) if point else -1)


def _is_proper(above: Tree, below: Tree) -> bool:
    if not (isinstance(above, Constant) and isinstance(below, Constant)):
        return False
    whole = above.value.denominator == below.value.denominator == 1
    return whole and 0 < above.value < below.value
