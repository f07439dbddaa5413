r"""Operators of calculus: sums, products, integrals, limits and derivatives.

Each one that is understood is a call with its bound letter as the second argument. Each other one is a call whose
name starts with a backslash: it has no value and equals only itself.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.binding import bound
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    Call,
    Collection,
    Constant,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    Words,
    added,
    children,
    key_of,
    multiplied,
    negated,
    renamed,
    symbols_in,
    with_children,
)

_INFINITY = Symbol("∞")
_OPENING = frozenset({"(", "[", "{", "\\{"})
_CLOSING = frozenset({")", "]", "}", "\\}"})
_RISING = frozenset({"<", "<="})
_SIGNS_OF_TERMS = frozenset({"+", "-"})
DIFFERENTIAL = "differential"
_BIG = frozenset({"sum", "prod", "int", "lim"})
# Letters of one sum, as in 1 <= i < j <= n; each is a sum around the others.
_ORDERED_LETTERS_LIMIT = 6
# Digits of the order of a derivative.
_ORDER_DIGITS = 4
# Tokens behind an operator that are looked at for its letter.
_LONGEST_REST = 60
_NOTHING = Words("")
# The letters of elements of area and volume, of space, and of the terms of a curl: component and letter.
_ELEMENTS: dict[Tree, tuple[str, ...]] = {Symbol("A"): ("x", "y"), Symbol("V"): ("x", "y", "z")}
_COORDINATES = ("x", "y", "z")
_TURNS = ((2, 1), (1, 2), (0, 2), (2, 0), (1, 0), (0, 1))
# From where a letter falls or rises to the place of a limit.
_SIDES_OF_ARROWS = {"↓": "+", "↑": "-"}


class CalculusGrammar(Grammar):
    """Productions of operators that bind a letter."""

    def big(self, name: str) -> Tree:
        r"""Read what follows ``\sum``, ``\int``, ``\lim`` and their like: bounds, then what they apply to."""
        self.deeper()
        match name:
            case "sum" | "prod":
                tree = self.series(name)
            case "int" | "intop":
                tree = self.integral()
            case "lim":
                tree = self.limit()
            case "oint" | "iint" | "iiint" if self.peek().text == "_":
                tree = self.integral_over(name)
            case _:
                tree = self.opaque(name, *self.bounds())
        self.depth -= 1
        return tree

    def opaque(self, name: str, *bounds: Tree) -> Tree:
        """Read the body of an operator that is not understood."""
        body = (self.product(),) if self.has_body() else ()
        return Call(f"\\{name}", (*bounds, *body))

    def has_body(self) -> bool:
        """Return whether something stands behind the bounds."""
        return self.starts_factor() or self.peek().text == "-"

    def bounds(self) -> tuple[Tree, Tree]:
        """Read what stands below and above an operator; empty words for what is not there."""
        low: Tree = _NOTHING
        high: Tree = _NOTHING
        outside, self.open_integrals = self.open_integrals, 0  # a bound d is no differential
        for _ in range(2):
            sign = self.accept("_", "^")
            if not sign:
                break
            found = self.bound()
            low, high = (found, high) if sign == "_" else (low, found)
        self.open_integrals = outside
        return low, high

    def bound(self) -> Tree:
        """Read one bound: a value, a relation, a list of these, or words."""
        if not self.accept("{"):
            return self.argument()
        if self.peek().sort == "symbol" and self.peek(1).text == "|":
            return self.divisor()
        items = self.items(frozenset({"}"}))
        self.expect("}")
        if not items:
            return _NOTHING
        return items[0] if len(items) == 1 else Collection("", "", tuple(items))

    def divisor(self) -> Tree:
        r"""Read the bound of a sum over divisors, ``d \mid n``; the brace before it is taken."""
        letter = Symbol(self.take().text)
        self.position += 1
        number = self.sum()
        self.expect("}")
        return Relation(("∈",), (letter, Call("divisors", (number,))))

    def series(self, name: str) -> Tree:
        r"""Read a sum or product, as in ``\sum_{k=1}^{n} k``."""
        low, high = self.bounds()
        if not self.has_body():
            return self.opaque(name, low, high)
        run = _run_of(low, high)
        members = _members_of(low, high) if run is None else None
        if members is not None:
            letter, places = members
            return bound(f"{name}∈", self.within(letter), letter, places)
        if run is None:
            chain = _chain_of(low, high)
            return self.opaque(name, low, high) if chain is None else self.nested(name, *chain)
        letter, first, last = run
        return bound(name, self.within(letter), letter, first, last)

    def nested(self, name: str, low: Relation, letters: list[Symbol]) -> Tree:
        r"""Read a sum over letters in order, as in ``\sum_{1\le i<j\le n}``: each runs up from the one before it."""
        tree = self.within(*letters)
        for index in reversed(range(1, len(letters) + 1)):
            first, last = _next(low.sides[index - 1], low.signs[index - 1]), low.sides[-1]
            for sign in low.signs[index:]:  # what the later letters need between this one and the last value
                last = _before(last, sign)
            tree = bound(name, tree, letters[index - 1], first, last)
        return tree

    def within(self, letter: Symbol, *others: Symbol) -> Tree:
        """Read the body in which letters are bound, so that subscripts may depend on them."""
        outside = self.bound_letters
        self.bound_letters = outside | {letter.name} | {other.name for other in others}
        terms = [self.product()]
        while self.peek().text in _SIGNS_OF_TERMS and self.runs_on(letter.name):
            sign = self.accept("+", "-")
            term = self.product()
            terms.append(negated(term) if sign == "-" else term)
        self.bound_letters = outside
        return added(terms)

    def runs_on(self, letter: str) -> bool:
        r"""Return whether a later term contains the bound letter, as in ``\lim_{x\to\infty} \sqrt{x^2+x}-x``."""
        runs_on = False
        level = self.levels()[self.position]
        rest = slice(self.position, self.position + _LONGEST_REST)
        for token, inside in zip(self.tokens[rest], self.levels()[rest], strict=True):
            is_end = token.sort in {"relation", "end of text"} or token.text in {",", ";", *_BIG}
            if runs_on or inside < level or (is_end and inside == level):
                break
            runs_on = token.text == letter and token.sort == "symbol"
        return runs_on

    def limit(self) -> Tree:
        r"""Read a limit, from one side if the place ends in a sign, as in ``\lim_{x\to 0^+}``."""
        side = self.take_side()
        low, high = self.bounds()
        match low, high:
            case Relation(signs=("→" | "↓" | "↑" as arrow,), sides=(Symbol() as letter, place)), Words() if (
                self.has_body()
            ):
                side = _SIDES_OF_ARROWS.get(arrow, side)
                return bound(f"limit{side}", self.within(letter), letter, place)
            case _:
                return self.opaque(f"lim{side}", low, high)

    def take_side(self) -> str:
        """Cut the sign off that tells the side of a limit's place, and return it."""
        end = self.position + 1
        depth = 0
        while self.tokens[end] is not END:
            text = self.tokens[end].text if self.tokens[end].sort == "operator" else ""
            depth += (text in _OPENING) - (text in _CLOSING)
            if not depth:
                break
            end += 1
        start = end - 1
        if self.tokens[start].text == "}" and self.tokens[start - 2].text == "{":
            start -= 1
        sign = self.tokens[start].text
        if sign not in _SIGNS_OF_TERMS:
            return ""
        start -= start < end - 1
        start -= self.tokens[start - 1].text == "^"
        del self.tokens[start:end]
        return sign

    def integral(self) -> Tree:
        r"""Read an integral: the body is a sum, and ends at its differential."""
        low, high = self.bounds()
        if not self.has_body() and not self.is_differential():
            return self.opaque("int", low, high)
        if self.is_differential():
            letter: Tree | None = self.take_differential()
            # Physicists write it first: \int_0^1 dx\, f(x).
            body = self.product() if self.starts_factor() else ONE
        else:
            outside = self.body_level
            self.body_level = self.levels()[self.position]
            self.open_integrals += 1
            body = self.sum()
            self.open_integrals -= 1
            self.body_level = outside
            if self.is_differential():
                letter = self.take_differential()
            else:
                body, letter = _without_differential(body)
        low, high = _without_name(low, letter), _without_name(high, letter)
        if not self.open_integrals:
            body = _spelled(body)
        match letter, low, high:
            case Symbol(), Words(text=""), Words(text=""):
                return Call("antiderivative", (body, letter))
            case Symbol(), Words(), _:
                return Call("\\int", (low, high, body, letter))
            case Symbol(), _, Words():
                return Call("\\int", (low, high, body, letter))
            case Symbol(), _, _:
                return bound("integral", body, letter, low, high)
            case _:
                return Call("\\int", (low, high, body))

    def integral_over(self, name: str) -> Tree:
        r"""Read an integral over a region, ``\iint_{[0,1]^2} xy\,dA``, or along a circle, ``\oint_{|z|=1}``."""
        place, high = self.bounds()
        outside = self.body_level
        self.body_level = self.levels()[self.position]
        self.open_integrals += 1
        body = ONE if self.is_differential() else self.sum()
        self.open_integrals -= 1
        self.body_level = outside
        letters: list[Symbol] = []
        while self.is_differential():
            letters.append(self.take_differential())
        found = _differentials_in(body)
        if len(found) == 1 and not letters:
            body, letters = (
                _replaced(body, found[0], ONE),
                [letter for letter in found[0].arguments if isinstance(letter, Symbol)],
            )
        names = tuple(Symbol(each) for each in _ELEMENTS.get(letters[0], ())) if len(letters) == 1 else ()
        if name == "oint":
            along = _along_circle(body, place, letters)
            if along is not None:
                return along
        elif (names or len(letters) > 1) and not found:
            return Call("region", (body, place, *(names or tuple(sorted(letters, key=key_of)))))
        differentials = [multiplied([Symbol("d"), letter]) for letter in letters]
        return Call(f"\\{name}", (place, high, multiplied([_spelled(body), *differentials])))

    def nabla(self) -> Tree:
        r"""Read a gradient, a divergence, a curl or a Laplacian; ``\nabla`` is taken. That of a name has no value."""
        times = 1
        if self.peek().text == "^" and self.tokens[self.position + 1].text == "2":
            self.position += 2
            times = 2
        sign = self.accept("*", "×") if times == 1 else ""
        bodies = (self.power(),) if self.starts_factor() else ()
        body = bodies[0] if bodies else _NOTHING
        letters = [Symbol(name) for name in _COORDINATES]
        parts = body.items if isinstance(body, Collection) and body.opening == "(" else ()
        if sign == "*" and parts and len(parts) <= len(letters):
            return added([_of_order(part, letter, 1) for part, letter in zip(parts, letters, strict=False)])
        if sign == "×" and len(parts) == len(letters):
            turns = [(parts[one], letters[other]) for one, other in _TURNS]
            found = [_of_order(part, letter, 1) for part, letter in turns]
            return Collection("(", ")", tuple(added([found[at], negated(found[at + 1])]) for at in (0, 2, 4)))
        used = [letter for letter in letters if letter.name in symbols_in(body)]
        if not sign and len(used) > 1 and not isinstance(body, Collection):
            terms = [_of_order(body, letter, times) for letter in used]
            return added(terms) if times > 1 else Collection("(", ")", tuple(terms))
        return Call(f"\\nabla{'^2' * (times - 1)}{sign}", bodies)

    def laplace(self) -> Tree:
        r"""Read a Laplace transform, ``\mathcal{L}\{e^{at}\}(s)``; the brace is next."""
        self.position += 1
        body = self.sum()
        self.expect("\\}")
        if self.peek().text == "(" and self.peek(2).text == ")":
            self.position += 3
        kernel = Power(Symbol("e"), multiplied([MINUS_ONE, Symbol("s"), Symbol("t")]))
        return bound("integral", multiplied([body, kernel]), Symbol("t"), Constant(Fraction(0)), _INFINITY)

    def take_differential(self) -> Symbol:
        """Take a differential, and return its letter."""
        self.position += 2
        return Symbol(self.tokens[self.position - 1].text)

    def is_differential(self) -> bool:
        """Return whether the next tokens are a differential such as ``dx``."""
        token, letter = self.tokens[self.position], self.tokens[self.position + 1]
        return token.text == "d" and token.sort == letter.sort == "symbol" and letter.text != "d"

    def ends_body(self) -> bool:
        """Return whether the next token starts the differential of the innermost open integral."""
        return (
            self.body_level is not None and self.is_differential() and self.levels()[self.position] == self.body_level
        )

    def levels(self) -> list[int]:
        """Return for each token how many brackets are open before it."""
        if len(self.levels_found) != len(self.tokens):
            level, found = 0, []
            for token in self.tokens:
                text = token.text if token.sort == "operator" else ""
                level -= text in _CLOSING or token.sort == "end"
                found.append(level)
                level += text in _OPENING or token.sort == "begin"
            self.levels_found = found
        return self.levels_found

    def derivative(self, *, braced: bool) -> Tree | None:
        r"""Read a derivative such as ``\frac{d}{dx}``, ``\frac{\partial^2 f}{\partial x^2}`` or ``d/dx``.

        Args:
            braced: Whether a fraction's command, already taken, stands before it.

        Returns:
            None if the tokens are no derivative; nothing is taken then.
        """
        head = self.position + braced
        sign = self.tokens[head].text
        order, top = self.exponent_at(head + 1)
        end = self.end_of_top(top, braced=braced)
        letters = self.letters_below(end, sign, braced=braced) if end else None
        if letters is None or sum(count for _, count in letters[0]) != order:
            return None
        self.position = top
        body = self.top_of_derivative(end - 2 if braced else end - 1, braced=braced)
        self.position = letters[1]
        return _derivative(body, letters[0]) if body is not None else self.derivative_of_rest(letters[0])

    def top_of_derivative(self, end: int, *, braced: bool) -> Tree | None:
        """Read what stands in the numerator behind its ``d``; None if nothing does."""
        if self.position == end:
            return None
        body = self.product() if braced else Symbol(self.take().text)
        if self.position != end:  # reading it again as letters would double the work at each level
            raise UnreadableError(f"unexpected {self.peek().text!r} in a derivative")
        return body

    def derivative_of_rest(self, letters: list[tuple[str, int]]) -> Tree:
        """Apply a derivative to the product that follows it."""
        if not self.has_body():
            return Call("\\derivative", tuple(Symbol(letter) for letter, count in letters for _ in range(count)))
        body = self.product()
        match body:
            case Call(name="at", arguments=(inner, letter_of_place, place)):  # the place is that of the derivative
                return Call("at", (_of_orders(inner, letters), letter_of_place, place))
            case _:
                return _of_orders(body, letters)

    def exponent_at(self, position: int) -> tuple[int, int]:
        """Return the whole exponent that stands at a place, 1 if there is none, and the place behind it."""
        if self.tokens[position].text != "^":
            return 1, position
        braces = self.tokens[position + 1].text == "{"
        order = self.tokens[position + 1 + braces].text
        is_order = order.isdigit() and len(order) <= (_ORDER_DIGITS if braces else 1)
        if not is_order or (braces and self.tokens[position + 3].text != "}"):
            return 0, position
        return int(order), position + (4 if braces else 2)

    def end_of_top(self, position: int, *, braced: bool) -> int:
        """Return the place behind the numerator and the sign of division; 0 if there is none."""
        if not braced:
            position += self.tokens[position].sort == "symbol" and self.tokens[position].text != "d"
            return position + 1 if self.tokens[position].text == "/" else 0
        levels = self.levels()
        while levels[position] > levels[self.position] and self.tokens[position] is not END:
            position += 1
        is_end = self.tokens[position].text == "}" and self.tokens[position + 1].text == "{"
        return position + 2 if is_end else 0

    def letters_below(self, position: int, sign: str, *, braced: bool) -> tuple[list[tuple[str, int]], int] | None:
        """Read the denominator of a derivative: its letters with their orders, and the place behind it."""
        found: list[tuple[str, int]] = []
        while self.tokens[position].text == sign and self.tokens[position + 1].sort == "symbol":
            order, after = self.exponent_at(position + 2)
            found.append((self.tokens[position + 1].text, order))
            position = after
        if not found or (braced and self.tokens[position].text != "}"):
            return None
        return found, position + braced


def _run_of(low: Tree, high: Tree) -> tuple[Symbol, Tree, Tree] | None:
    """Return the letter, the first and the last value of a sum; None if its bounds say something else."""
    match low, high:
        case Relation(signs=("=",), sides=(Symbol() as letter, first)), last if last != _NOTHING:
            return letter, first, last
        case Relation(signs=((">" | ">=") as sign,), sides=(Symbol() as letter, first)), Words():
            return letter, _next(first, sign.replace(">", "<")), _INFINITY
        case _:
            return None


def _members_of(low: Tree, high: Tree) -> tuple[Symbol, Tree] | None:
    """Return the letter of a sum over the members of a finite set or over divisors, and these; None if it has none."""
    match low, high:
        case (
            Relation(
                signs=("∈",),
                sides=(Symbol() as letter, (Collection(opening="{") | Call(name="divisors")) as members),
            ),
            Words(text=""),
        ):
            return letter, members
        case _:
            return None


def _chain_of(low: Tree, high: Tree) -> tuple[Relation, list[Symbol]] | None:
    """Return a chain that orders letters between two values, and the letters; None if there is none."""
    match low, high:
        case Relation(signs=signs, sides=(_, *letters, _)), Words(text="") if _RISING.issuperset(signs):
            names = [letter for letter in letters if isinstance(letter, Symbol)]
            is_chain = len(letters) == len(names) == len(set(names)) <= _ORDERED_LETTERS_LIMIT
            return (low, names) if names and is_chain else None
        case _:
            return None


def _next(tree: Tree, sign: str) -> Tree:
    return added([tree, ONE]) if sign == "<" else tree


def _before(tree: Tree, sign: str) -> Tree:
    return added([tree, MINUS_ONE]) if sign == "<" else tree


def _derivative(body: Tree, letters: list[tuple[str, int]]) -> Tree:
    r"""Return the derivative of a numerator: of a letter, as in ``\frac{dy}{dx}``, it is a name of its own."""
    if isinstance(body, Symbol) and body.name not in {letter for letter, _ in letters}:
        order = sum(count for _, count in letters)
        below = "".join(f"d{letter}{count if count > 1 else ''}" for letter, count in letters)
        return Symbol(f"d{order if order > 1 else ''}{body.name}/{below}")
    return _of_orders(body, letters)


def _of_order(body: Tree, letter: Symbol, order: int) -> Tree:
    return Call("derivative", (body, letter, Constant(Fraction(order))))


def _along_circle(body: Tree, circle: Tree, letters: list[Symbol]) -> Tree | None:
    r"""Return an integral along ``|z-c|=r`` as one over the angle; None if the place is no circle."""
    match circle, letters:
        case Relation(signs=("=",), sides=(Call(name="abs", arguments=(inner,)), radius)), [
            Symbol(name=name) as letter
        ]:
            terms = inner.terms if isinstance(inner, Sum) else (inner,)
            others = [negated(term) for term in terms if term != letter]
            if len(terms) - len(others) != 1 or name in {each for term in others for each in symbols_in(term)}:
                return None
            angle, unit = Symbol("~t"), Symbol("i")
            arrow = multiplied([radius, Power(Symbol("e"), multiplied([unit, angle]))])
            point = added([*others, arrow])
            return bound(
                "integral",
                multiplied([renamed(body, {name: point}), unit, arrow]),
                angle,
                Constant(Fraction(0)),
                multiplied([Constant(Fraction(2)), Symbol("pi")]),
            )
        case _:
            return None


def _of_orders(body: Tree, letters: list[tuple[str, int]]) -> Tree:
    """Return the derivative by each letter, as often as is said."""
    for letter, count in reversed(letters):
        body = Call("derivative", (body, Symbol(letter), Constant(Fraction(count))))
    return body


def _without_name(end: Tree, letter: Tree | None) -> Tree:
    r"""Return the value of a bound that names the letter, as in ``\int_{x=0}^1``."""
    match end:
        case Relation(signs=("=",), sides=(named, first)) if named == letter:
            return first
        case _:
            return end


# Letters that an integral without any differential is taken over, if it contains just one of them.
_VARIABLES = frozenset({"x", "t", "u", "s", "theta"})


def _without_differential(body: Tree) -> tuple[Tree, Tree | None]:
    r"""Take the only differential out of a body, as in ``dx/x``; None if there is none, or several.

    Where there is none, as in ``\int_0^1 x^2``, the only letter that is usually a variable takes its place.
    """
    found = _differentials_in(body)
    if not found:
        letters = symbols_in(body) & _VARIABLES
        return body, Symbol(letters.pop()) if len(letters) == 1 else None
    if len(found) != 1:
        return body, None
    return _replaced(body, found[0], ONE), found[0].arguments[0]


def _differentials_in(tree: Tree) -> list[Call]:
    found: list[Call] = []
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Call) and each.name == DIFFERENTIAL:
            found.append(each)
        else:
            waiting.extend(children(each))
    return found


def _replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    if tree == old:
        return new
    parts = tuple(_replaced(part, old, new) for part in children(tree))
    return multiplied(list(parts)) if isinstance(tree, Product) else with_children(tree, parts)


def _spelled(body: Tree) -> Tree:
    """Read differentials that belong to no integral as products of letters."""
    for each in _differentials_in(body):
        body = _replaced(body, each, multiplied([Symbol("d"), each.arguments[0]]))
    return body
