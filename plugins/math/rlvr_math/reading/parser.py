"""From tokens to a tree, by precedence, every level of nesting counted."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.limits import EXPONENT_LIMIT, TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.lexer import Token, tokens_in
from rlvr_math.reading.numbers import alters, joins
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Quantity,
    Relation,
    Symbol,
    Tree,
    Words,
    added,
    inverted,
    multiplied,
    negated,
)

_END = Token("end of text", "")
_RELATION_SIGNS = frozenset({"=", "<", ">", "!=", "<=", ">=", "→"})
_OPENING = frozenset({"(", "[", "{", "\\{", "|", "⌊", "⌈"})
_POSTFIXES = frozenset({"!", "%", "°", "'", "_"})
_PRODUCT_SIGNS = frozenset({"*", "/", "mod"})
_SEPARATORS = frozenset({",", ";", "and", "or", "\\\\", "&"})
_OPAQUE_FUNCTIONS = frozenset("f g h F G P Q".split())
_STARTS = frozenset({"number", "symbol", "function", "frac", "binom", "sqrt", "cbrt", "accent", "big", "begin"})
_WORD_NUMBERS = {
    word: number
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_ARTICLES = frozenset("a an the is are it its".split())
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases aligned align".split())


class UnreadableError(ValueError):
    """The text is no answer that is understood; says at which token."""


def read(text: str, *, joined: bool = True, decimal_comma: bool = False) -> Tree:
    """Read an answer, all of it.

    Args:
        text: The answer, in LaTeX or plain text.
        joined: Whether ``1,234`` outside of brackets is one number.
        decimal_comma: Whether ``2,75`` outside of brackets is a decimal.

    Raises:
        UnreadableError: It is no answer that is understood.
        OverLimitError: It is too large.
    """
    tokens = tokens_in(text)
    while tokens and tokens[-1].text in {".", ",", ";", ":", "\\\\"}:
        tokens.pop()
    if joined or decimal_comma:
        tokens = _joined(tokens, thousands=joined, decimal_comma=decimal_comma)
    parser = _Parser(tokens)
    tree = parser.answer()
    if parser.position < len(tokens):
        raise UnreadableError(f"unexpected {parser.peek().text!r}")
    return tree


def _joined(tokens: list[Token], *, thousands: bool, decimal_comma: bool) -> list[Token]:
    """Join thousands groups outside of brackets, and decimals with a comma if asked."""
    out: list[Token] = []
    depth, index = 0, 0
    while index < len(tokens):
        token = tokens[index]
        depth += {"(": 1, "[": 1, "\\{": 1, ")": -1, "]": -1, "\\}": -1}.get(token.text, 0)
        if token.sort == "number" and depth == 0 and token.text.isdigit():
            text, index = _number_from(tokens, index, thousands=thousands, decimal_comma=decimal_comma)
            out.append(Token("number", text, token.spaced))
            continue
        out.append(token)
        index += 1
    return out


def _number_from(tokens: list[Token], index: int, *, thousands: bool, decimal_comma: bool) -> tuple[str, int]:
    text = tokens[index].text
    first, index = index, index + 1
    while thousands and len(text) <= 3 + 4 * (index - first) and _is_group(tokens, index, comma=True):
        text += tokens[index + 1].text
        index += 2
    if index == first + 1 and decimal_comma and _is_group(tokens, index, comma=False):
        text += "." + tokens[index + 1].text
        index += 2
    return text, index


def _is_group(tokens: list[Token], index: int, *, comma: bool) -> bool:
    if index + 1 >= len(tokens):
        return False
    sign, group = tokens[index], tokens[index + 1]
    if sign.text != "," or group.sort != "number" or group.spaced or sign.spaced:
        return False
    whole = group.text.split(".")[0]
    return len(whole) == 3 if comma else group.text.isdigit() and len(group.text) != 3  # noqa: PLR2004  # thousands


class _Parser:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        # Three ends, so that looking two ahead needs no question.
        self.tokens = [*tokens, _END, _END, _END]
        self.position = 0
        self.depth = 0
        self.in_absolute = 0

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[self.position + ahead]

    def take(self) -> Token:
        token = self.tokens[self.position]
        if token is not _END:
            self.position += 1
        return token

    def accept(self, *texts: str) -> str:
        """Take the next token if it is one of the signs; returns it, or nothing."""
        token = self.tokens[self.position]
        if token.text in texts and token.sort in {"operator", "relation"}:
            self.position += 1
            return token.text
        return ""

    def expect(self, *texts: str) -> str:
        found = self.accept(*texts)
        if not found:
            raise UnreadableError(f"expected {texts[0]!r}, found {self.peek().text!r}")
        return found

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > TREE_DEPTH_LIMIT:
            raise OverLimitError(f"an answer nested deeper than {TREE_DEPTH_LIMIT}")

    def answer(self) -> Tree:
        """Read a list of items, or the only one."""
        items = self.items(frozenset())
        if not items:
            raise UnreadableError("nothing to read")
        return items[0] if len(items) == 1 else Collection("", "", _grouped(tuple(items), self.tokens))

    def items(self, closing: frozenset[str]) -> list[Tree]:
        items: list[Tree] = []
        self.deeper()
        while self.peek() is not _END and self.peek().text not in closing:
            if self.accept(*_SEPARATORS):
                continue
            items.append(self.item(closing))
            if self.peek() is not _END and self.peek().text not in closing and self.peek().text not in _SEPARATORS:
                raise UnreadableError(f"unexpected {self.peek().text!r}")
        self.depth -= 1
        return items

    def item(self, closing: frozenset[str]) -> Tree:
        """Read one item of a list: words, or a relation and what stands behind it."""
        self.accept("≈")
        start = self.position
        labelled = self.label()
        if labelled:
            start = self.position
        if self.peek().sort == "word":
            number = _WORD_NUMBERS.get(self.peek().text.lower())
            if number is None or self.peek(1).text in _RELATION_SIGNS:
                return self.words(start, closing)
            self.position += 1
            tree: Tree = Constant(Fraction(number))
        else:
            tree = self.relation()
        unit = self.unit(closing)
        if unit is None:
            return self.words(start, closing)
        return Quantity(tree, unit) if unit else tree

    def label(self) -> bool:
        """Skip a label such as ``Paolo:`` before an item; a single letter's colon is a ratio's or a choice's."""
        if self.peek().sort != "word":
            return False
        ahead = 0
        while self.peek(ahead).sort == "word" or (ahead and self.peek(ahead).sort in {"number", "symbol"}):
            ahead += 1
        if ahead and self.peek(ahead).text == ":":
            self.position += ahead + 1
            return True
        return False

    def words(self, start: int, closing: frozenset[str]) -> Tree:
        """Read an item as words up to the next separator."""
        self.position = start
        found: list[str] = []
        while self.peek() is not _END and self.peek().text not in closing:
            token = self.peek()
            if token.sort == "operator" and token.text in _SEPARATORS:
                break
            text = token.text.lower()
            self.position += 1
            if text in {".", "(", ")", "'", '"', "?", ":", "*", "-"} or text in _ARTICLES:
                continue
            glued = found and not token.spaced and token.sort in {"symbol", "number"} and token.text.isalnum()
            if glued and self.tokens[self.position - 2].sort == token.sort:
                found[-1] += text
            else:
                found.append(str(_WORD_NUMBERS.get(text, text)))
        if not found:
            raise UnreadableError("nothing but punctuation")
        return Words(" ".join(found))

    def unit(self, closing: frozenset[str]) -> str | None:
        """Read a unit's words behind a value; None if what stands there is none."""
        parts: list[str] = []
        while self.peek().sort == "word" or (parts and self.is_unit_sign()):
            token = self.take()
            if token.text == "^" and self.accept("{"):
                parts.append("^" + self.take().text)
                self.expect("}")
            elif token.text == "^":
                parts.append("^" + self.take().text)
            else:
                parts.append(token.text)
                if alters(token.text) or joins(token.text):
                    raise UnreadableError(f"{token.text!r} changes what stands before it")
        if parts and not (self.peek() is _END or self.peek().text in closing or self.peek().text in _SEPARATORS):
            return None
        return " ".join(parts).replace(" / ", "/").replace(" ^", "^").strip(" .")

    def is_unit_sign(self) -> bool:
        token = self.peek()
        return token.text in {"/", "^", ".", "-"} or (token.sort == "symbol" and len(token.text) == 1)

    def relation(self) -> Tree:
        sides = [self.combination()]
        signs: list[str] = []
        while True:
            token = self.peek()
            if token.sort == "relation" or (token.sort == "operator" and token.text in _RELATION_SIGNS):
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
        self.deeper()
        terms: list[Tree] = []
        sign = self.accept("+", "-", "±", "∓")
        first = self.product()
        terms.append(_with_sign(sign, first))
        while sign := self.accept("+", "-", "±", "∓"):
            if sign in "±∓":
                left = added(terms)
                terms = [Call("±", (left, self.product()))]
            else:
                terms.append(_with_sign(sign, self.product()))
        self.depth -= 1
        return added(terms)

    def product(self) -> Tree:
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
        if self.peek() is _END:
            raise UnreadableError("a power without exponent")
        self.deeper()
        if self.peek().text == "{" and self.peek(1).sort == "word":
            ordinal = self.tokens[self.position + 1].text.lower()
            self.position += 2
            self.expect("}")
            if ordinal not in {"th", "st", "nd", "rd"}:
                raise UnreadableError(f"a power of {ordinal!r}")
            self.depth -= 1
            return base
        exponent = self.signed()
        self.depth -= 1
        tree: Tree = Power(base, exponent)
        if isinstance(base, Quantity) and base.unit == "degree":
            raise UnreadableError("a power of degrees")
        return self.postfix(tree)

    def postfix(self, tree: Tree) -> Tree:
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
        while self.peek() is not _END:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.sort == "operator" else 0
            if not depth:
                return "".join(found)
            found.append(token.text)
        raise UnreadableError("a subscript that never closes")

    def primary(self) -> Tree:
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
        value = constant_of(text)
        frac = self.peek()
        if frac.sort == "accent" and frac.text in {"overline", "bar"} and value.places >= 0:
            return self.repeating(text)
        if text.isdigit() and frac.sort == "frac":
            start = self.position
            self.position += 1
            above, below = self.argument(), self.argument()
            if _is_proper(above, below):
                return added([value, multiplied([above, inverted(below)])])
            self.position = start
        elif text.isdigit() and frac.sort == "number" and frac.spaced and self.peek(1).text == "/":
            divisor = self.peek(2)
            if divisor.sort == "number" and _is_proper(constant_of(frac.text), constant_of(divisor.text)):
                self.position += 3
                return added([value, multiplied([constant_of(frac.text), inverted(constant_of(divisor.text))])])
        return value

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
        opened = self.peek()
        if name in _OPAQUE_FUNCTIONS and opened.text == "(" and not opened.spaced:
            self.position += 1
            arguments = self.items(frozenset({")"}))
            self.expect(")")
            return Call(name, tuple(arguments))
        return Symbol(name)

    def function(self, name: str) -> Tree:
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
            found = (_with_sign(sign, multiplied(factors)),)
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

    def environment(self, name: str) -> Tree:
        if name not in _MATRICES:
            raise UnreadableError(f"the environment {name!r}")
        if name == "array" and self.accept("{"):
            while self.peek() is not _END and not self.accept("}"):
                self.position += 1
        rows: list[tuple[Tree, ...]] = []
        cells: list[Tree] = []
        self.deeper()
        while self.peek().sort != "end":
            if self.peek() is _END:
                raise UnreadableError("a matrix that never ends")
            if self.accept("\\\\"):
                rows.append(tuple(cells))
                cells = []
            elif not self.accept("&", ","):
                cells.append(self.relation())
        self.position += 1
        self.depth -= 1
        rows.extend([tuple(cells)] if cells else [])
        if name in {"cases", "aligned", "align"}:
            return Collection("", "", tuple(cell for row in rows for cell in row))
        grid = Grid(tuple(rows))
        return Call("det", (grid,)) if name == "vmatrix" else grid

    def bracketed(self, token: Token) -> Tree:
        self.deeper()
        tree = self.inside(token)
        self.depth -= 1
        return tree

    def inside(self, token: Token) -> Tree:
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


def _with_sign(sign: str, tree: Tree) -> Tree:
    if sign == "-":
        return negated(tree)
    return Call("±", (Constant(Fraction(0)), tree)) if sign and sign in "±∓" else tree


def _grouped(items: tuple[Tree, ...], tokens: list[Token]) -> tuple[Tree, ...]:
    """Read ``x=1, y=2; x=3, y=4`` as two solutions of two parts each."""
    signs = {token.text for token in tokens if token.sort == "operator"}
    if not (signs & {";", "or"} and "," in signs) or not all(isinstance(item, Relation) for item in items):
        return items
    names = [item.sides[0] for item in items if isinstance(item, Relation) and item.signs == ("=",)]
    size = next((index for index, name in enumerate(names) if index and name == names[0]), 0)
    if size <= 1 or len(names) != len(items) or len(items) % size or names != names[:size] * (len(items) // size):
        return items
    values = [item.sides[1] for item in items if isinstance(item, Relation)]
    return tuple(Collection("(", ")", tuple(values[at : at + size])) for at in range(0, len(values), size))


def _is_proper(above: Tree, below: Tree) -> bool:
    if not (isinstance(above, Constant) and isinstance(below, Constant)):
        return False
    whole = above.value.denominator == below.value.denominator == 1
    return whole and 0 < above.value < below.value
