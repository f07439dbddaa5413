"""Values: numbers, symbols, functions with their arguments, fractions and roots."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.lexer import Token
from rlvr_math.reading.parser.applications import ApplicationGrammar
from rlvr_math.reading.parser.calculus import DIFFERENTIAL, CalculusGrammar
from rlvr_math.reading.parser.grammar import UnreadableError
from rlvr_math.reading.parser.operators import ANGLES, COUNTS, constant_of, with_sign
from rlvr_math.reading.tree import (
    MINUS_ONE,
    Call,
    Constant,
    Power,
    Symbol,
    Tree,
    added,
    divided,
    inverted,
    minus,
    multiplied,
    negated,
)

# What stands directly behind a letter that is a function, and in front of combinations such as {}_8C_3.
_BEHIND_NAMES = frozenset({"(", "'"})
_BEFORE_COUNTS = frozenset({"{", "_", "^"})
# Marks of digits that repeat.
_REPEATING = frozenset({"overline", "bar", "dot"})
# Commands that name what goes from one point to another, and how many points name an angle.
_ARROWS = frozenset({"overrightarrow", "vec"})
_POINTS_OF_ANGLE = 3
# How often one digit stands at the end of a decimal that goes on with it.
_TIMES_OF_ONE = 3
_CYCLE_LIMIT = 50
# What D_x is a derivative of.
_GROUPS = frozenset({"(", "["})
# Enough for the arguments of a fraction that are numbers.
_FRACTION_TOKENS = 8


_HALF, _THIRD = Constant(Fraction(1, 2)), Constant(Fraction(1, 3))


class ValueGrammar(CalculusGrammar, ApplicationGrammar):
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
                return self.fraction()
            case "binom":
                return self.chosen(self.argument())
            case "sqrt" | "cbrt":
                return self.root(token.sort)
            case "accent":
                return self.directed(token.text) or Call(
                    "overline" if token.text == "bar" else token.text, (self.argument(),)
                )
            case _:
                return self.structure(token)

    def chosen(self, whole: Tree) -> Tree:
        r"""Read what is chosen below a binomial; several groups are chosen one after the other: ``\binom{5}{2,3}``."""
        if not self.accept("{"):
            return Call("binom", (whole, self.argument()))
        groups = self.items(frozenset({"}"}))
        self.expect("}")
        if not groups:
            raise UnreadableError("a binomial of nothing")
        factors: list[Tree] = []
        for group in groups:
            factors.append(Call("binom", (whole, group)))
            whole = minus(whole, group)
        return multiplied(factors)

    def directed(self, name: str) -> Tree | None:
        r"""Read a vector from point to point, as ``\overrightarrow{AB}``, which is the opposite of the one back."""
        if name not in _ARROWS or self.peek().text != "{" or self.peek(3).text != "}":
            return None
        start, end = self.peek(1), self.peek(2)
        if not all(each.sort == "symbol" and each.text.isupper() for each in (start, end)):
            return None
        self.position += 4
        arrow = Call(name, (Symbol("".join(sorted(start.text + end.text))),))
        return arrow if start.text <= end.text else negated(arrow)

    def angle(self, name: str) -> Tree:
        r"""Read an angle named by three points, as ``\angle ABC``: the middle one is its vertex."""
        points = [self.peek(ahead) for ahead in range(_POINTS_OF_ANGLE)]
        if not all(each.sort == "symbol" and len(each.text) == 1 and each.text.isupper() for each in points):
            before = self.tokens[self.position - 2]
            is_polar = before.sort == "number" and self.peek().sort in {"number", "frac"}
            return self.called("cis", (self.power(),), None) if is_polar else Symbol(name)
        self.position += _POINTS_OF_ANGLE
        written = "".join(each.text for each in points)
        return Symbol(f"{name} {min(written, written[::-1])}")

    def structure(self, token: Token) -> Tree:
        """Read what an operator, an environment or a bracket, already taken, starts."""
        match token.sort:
            case "big":
                return self.big(token.text)
            case "begin":
                return self.environment(token.text)
            case "unknown":
                return self.unknown(token.text)
            case _:
                counted = self.counted(token) if token.text in _BEFORE_COUNTS else None
                return self.bracketed(token) if counted is None else counted

    def unknown(self, name: str) -> Tree:
        r"""Read a command that is not known, such as ``\nabla``: it has no value and equals only itself."""
        if name == "\\partial" and self.peek().text == "_" and self.peek(1).sort == "symbol":
            self.position += 2
            return self.derivative_of_rest([(self.tokens[self.position - 1].text, 1)])
        if name == "\\Li" and self.accept("_"):
            return Call("polylog", (self.argument(), *self.arguments()))
        self.deeper()
        tree = self.nabla() if name == "\\nabla" else Call(name, (self.power(),) if self.starts_factor() else ())
        self.depth -= 1
        return tree

    def fraction(self) -> Tree:
        r"""Read a fraction, or the derivative that one writes, as in ``\frac{d}{dx}``."""
        if self.peek().text == "{" and self.peek(1).text in {"d", "\\partial"}:
            derivative = self.derivative(braced=True)
            if derivative is not None:
                return derivative
        return divided(self.argument(), self.argument())

    def number(self, text: str) -> Tree:
        """Read a number, with the fraction of a mixed number or the digits that repeat."""
        value, follows = constant_of(text), self.peek()
        if value.places >= 0:
            if follows.sort == "accent" and follows.text in _REPEATING:
                return self.repeating(text)
            if follows.text == "..." and (cycle := cycle_of(text)):
                self.position += 1
                return cycle
        if follows.text == "choose" and follows.sort == "word" and self.peek(1).sort == "number":
            self.position += 2
            return Call("binom", (value, constant_of(self.tokens[self.position - 1].text)))
        if follows.text in COUNTS and follows.sort == "symbol" and self.counts_between(text):
            self.position += 2
            return Call(COUNTS[follows.text], (value, constant_of(self.tokens[self.position - 1].text)))
        part = self.proper_fraction() if text.isdigit() else None
        return value if part is None else added([value, part])

    def counts_between(self, text: str) -> bool:
        """Return whether a letter between two whole numbers, all glued, counts choices: ``8C3``."""
        behind = self.peek(1)
        return text.isdigit() and behind.sort == "number" and behind.text.isdigit() and not behind.spaced

    def proper_fraction(self) -> Tree | None:
        r"""Read the fraction of a mixed number such as ``3 1/2`` or ``3\frac12``; None if none follows."""
        start, token = self.position, self.peek()
        if token.sort == "frac":
            behind = self.tokens[start : start + _FRACTION_TOKENS]  # an argument of one digit parts a number
            self.position += 1
            above = self.plain_argument()
            below = above and self.plain_argument()
            if above and below and _is_proper(above, below):
                return divided(above, below)
            self.position = start
            self.tokens[start : start + _FRACTION_TOKENS] = behind
        elif token.sort == "number" and token.spaced and self.peek(1).text == "/" and self.peek(2).sort == "number":
            above, below = constant_of(token.text), constant_of(self.peek(2).text)
            if _is_proper(above, below):
                self.position += 3
                return divided(above, below)
        return None

    def plain_argument(self) -> Tree | None:
        """Read an argument that is a number; None if it is another one, which is read once only, and by others."""
        braced = self.peek().text == "{"
        is_plain = self.peek(braced).sort == "number" and (not braced or self.peek(2).text == "}")
        return self.argument() if is_plain else None

    def repeating(self, text: str) -> Tree:
        r"""Read the digits that repeat in ``0.1\overline{6}``."""
        self.position += 1
        digits = self.repeated_digits(single=self.tokens[self.position - 1].text == "dot")
        part = text.partition(".")[2]
        cycle = Fraction(int(digits), 10 ** len(part) * (10 ** len(digits) - 1))
        return Constant(constant_of(text).value + cycle)

    def repeated_digits(self, *, single: bool) -> str:
        r"""Read the digits below a bar, or from a digit with a dot to the next one: ``\dot{1}2\dot{3}``."""
        braced = self.accept("{")
        digits = self.take().text
        if braced:
            self.expect("}")
        elif single and len(digits) > 1 and digits.isdigit():
            self.position -= 1
            self.tokens[self.position] = Token("number", digits[1:])
            digits = digits[0]
        if single:
            middle = self.peek().text if self.peek().sort == "number" and not self.peek().spaced else ""
            if self.peek(bool(middle)).text == "dot":
                self.position += bool(middle) + 1
                digits += middle + self.repeated_digits(single=False)
            elif middle:
                raise UnreadableError("one digit repeats, and others stand behind it")
        if not digits.isdigit():
            raise UnreadableError(f"repeating {digits!r}")
        return digits

    def symbol(self, name: str) -> Tree:
        """Read a letter, a derivative or differential that starts with one, or an unknown function of arguments."""
        if name == "d":
            self.position -= 1
            if self.open_integrals and self.is_differential():
                return Call(DIFFERENTIAL, (self.take_differential(),))
            derivative = self.derivative(braced=False)
            if derivative is not None:
                return derivative
            self.position += 1
        if name == "D" and self.peek().text == "_" and self.peek(1).sort == "symbol" and self.peek(2).text in _GROUPS:
            self.position += 2
            return self.derivative_of_rest([(self.tokens[self.position - 1].text, 1)])
        if name in ANGLES:
            return self.angle(name)
        if name == "L" and self.peek().text == "\\{":
            return self.laplace()
        if self.tokens[self.position].text in _BEHIND_NAMES and self.applies(name):
            return self.application(name)
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
        tree = self.called(name, arguments, base)
        return Power(tree, exponent) if exponent is not None else tree

    def arguments(self) -> tuple[Tree, ...]:
        """Read what a function is applied to: brackets, or the factors up to the next function."""
        self.deeper()
        outside, self.one_token = self.one_token, False
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
        self.one_token = outside
        self.depth -= 1
        return found

    def argument(self) -> Tree:
        """Read a command's argument: braces, or one token; a number without braces gives one digit."""
        token = self.peek()
        if token.text == "{":
            self.position += 1
            self.deeper()
            outside, self.one_token = self.one_token, False
            tree = self.relation()
            self.one_token = outside
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
        outside, self.one_token = self.one_token, True
        tree = self.primary()
        self.one_token = outside
        self.depth -= 1
        return tree

    def root(self, name: str) -> Tree:
        """Read a root, with or without its degree."""
        inverse: Tree = _THIRD if name == "cbrt" else _HALF
        if self.accept("[") and not self.accept("]"):
            inverse = inverted(self.sum())
            self.expect("]")
        if self.peek().text == "(":
            self.position += 1
            self.deeper()
            inner = self.items(frozenset({")"}))
            self.depth -= 1
            self.expect(")")
            if len(inner) != 1:
                raise UnreadableError("a root of several")
            return Power(inner[0], inverse)
        if self.peek().sort == "number":
            return Power(constant_of(self.take().text), inverse)
        return Power(self.argument(), inverse)


def cycle_of(text: str) -> Constant | None:
    """Read the decimal that goes on as it repeats: ``0.333...``, ``0.1666...``, ``0.1212...``; None if nothing repeats.

    One digit must stand there three times, more digits twice.
    """
    part = text.partition(".")[2]
    for size in range(1, min(len(part) // 2, _CYCLE_LIMIT) + 1):
        times = _TIMES_OF_ONE if size == 1 else 2
        cycle = part[-size:]
        if part.endswith(cycle * times):
            whole = Fraction(int(part), 10 ** len(part)) + int(text.partition(".")[0] or "0")
            return Constant(whole + Fraction(int(cycle), 10 ** len(part) * (10**size - 1)))
    return None


def _is_proper(above: Tree, below: Tree) -> bool:
    return (
        isinstance(above, Constant)
        and isinstance(below, Constant)
        and above.value.denominator == below.value.denominator == 1
        and 0 < above.value < below.value
    )
