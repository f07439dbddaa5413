"""Applications: letters that stand for functions, and functions that gather their arguments."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.calls import written_with_others
from rlvr_math.reading.parser.grammar import END, Grammar
from rlvr_math.reading.tree import (
    OPAQUE_FUNCTIONS,
    Call,
    Collection,
    Constant,
    Symbol,
    Tree,
    Words,
    added,
    multiplied,
)

# Letters that stand for numbers even directly before a number or letter in brackets.
_NUMBERS = frozenset("a b c d e i x y z pi ∞ ∅".split())
# Letters of these that may be the unknown of a differential equation.
_SOLUTIONS = frozenset("x y z".split())
# Letters of a function of two plain numbers.
_COUNTING = {"C": "binom", "P": "nPr", "B": "beta"}
# Greek letters that are functions before any bracket.
_NAMED = {"Gamma": "gamma", "zeta": "zeta"}
# Letters with a number below that are functions: Bessel's.
_BESSEL = {"J": "besselj", "Y": "bessely"}
_GATHERING = frozenset({"max", "min", "gcd", "lcm"})
_LOGARITHMS = frozenset({"log", "ln", "lg"})
_TWO = 2
# Tokens that are an argument by themselves.
_PLAIN = frozenset({"number", "symbol"})


class ApplicationGrammar(Grammar):
    """Productions of a name and its arguments."""

    def applies(self, name: str) -> bool:
        """Return whether a letter is the name of a function: what stands in the brackets behind it decides.

        A letter directly before one plain number or letter in brackets is a function, as in ``N(5)``; a few letters
        are one before any brackets.
        """
        primes = 0
        while self.peek(primes).text == "'":
            primes += 1
        opened = self.tokens[self.position + primes]
        is_opened = opened.text == "(" and not opened.spaced and not self.one_token
        if name in OPAQUE_FUNCTIONS or name in _NAMED or primes:
            return is_opened
        if name in _NUMBERS:
            return is_opened and name in _SOLUTIONS and self.names_solution(name)
        return is_opened and (self.plain_arguments() == 1 or self.counts(name))

    def names_solution(self, name: str) -> bool:
        """Return whether an unknown of another letter starts an equation, as in ``y(x) = x^2``."""
        before, argument = self.tokens[self.position - 2], self.peek(1)
        is_alone = argument.sort == "symbol" and argument.text != name and self.peek(2).text == ")"
        return is_alone and self.peek(3).text == "=" and (before is END or before.text in {",", ";"})

    def counts(self, name: str) -> bool:
        """Return whether a letter is a function of two plain numbers, as in ``C(8,3)``."""
        return name in _COUNTING and self.plain_arguments() == _TWO and self.peek(1).sort == "number"

    def plain_arguments(self) -> int:
        """Return how many items the brackets behind hold, the last one a plain number or letter; 0 if it is none."""
        count = 1
        while self.peek(2 * count).text == ",":
            count += 1
        is_plain = self.peek(2 * count).text == ")" and self.peek(2 * count - 1).sort in _PLAIN
        return count if is_plain else 0

    def application(self, name: str) -> Tree:
        """Read the arguments of a letter that is a function."""
        function = _COUNTING[name] if self.counts(name) else _NAMED.get(name, name)
        while self.accept("'"):
            function += "'"
        self.position += 1
        arguments = self.conditional() if name == "P" else self.items(frozenset({")"}))
        self.expect(")")
        letter, _, order = function.partition("_")
        if letter in _BESSEL and order.isdigit():
            return Call(_BESSEL[letter], (Constant(Fraction(int(order))), *arguments))
        return written_with_others(function, tuple(arguments))

    def conditional(self) -> list[Tree]:
        r"""Read an event, or one under a condition: ``A \mid B``."""
        outside, self.in_absolute = self.in_absolute, int(self.peek().text != "|")
        arguments = self.items(frozenset({")", "|"} if self.in_absolute else {")"}))
        self.in_absolute = outside
        return [*arguments, Words("given"), *self.items(frozenset({")"}))] if self.accept("|") else arguments

    def counted(self, token: Token) -> Tree | None:
        """Read a number of combinations or permutations written as ``{}_8C_3``; None if the tokens say another thing.

        Args:
            token: The token in front, already taken.
        """
        start = self.position
        if token.text == "{" and self.accept("}"):
            token = self.take()
        if token.text in {"_", "^"} and token.sort == "operator":
            above = self.argument()
            name = self.take().text
            if name in {"C", "P"} and self.accept("_"):
                return Call(_COUNTING[name], (above, self.argument()))
        self.position = start
        return None

    def called(self, name: str, arguments: tuple[Tree, ...], base: Tree | None) -> Tree:
        """Return a known function of its arguments; a base belongs to logarithms only."""
        if base is not None:
            return Call(name, (*arguments, base)) if name in _LOGARITHMS else Call(f"\\{name}", (*arguments, base))
        if name == "cis":
            imaginary = multiplied([Symbol("i"), Call("sin", arguments)])
            return added([Call("cos", arguments), imaginary])
        if name in _GATHERING and len(arguments) == 1 and isinstance(arguments[0], Collection):
            arguments = arguments[0].items
        return written_with_others(name, arguments)
