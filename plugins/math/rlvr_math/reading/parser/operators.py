"""Relations, sums, products and powers, by precedence."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from rlvr import lazy_pattern
from rlvr_math.limits import EXPONENT_LIMIT, TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.binding import is_arrow, is_matrix, is_vector
from rlvr_math.reading.parser.continued import ELLIPSIS, continued_product, continued_sum
from rlvr_math.reading.parser.grammar import END, Grammar, UnreadableError
from rlvr_math.reading.tree import (
    COMPOSED,
    CONGRUENT,
    MINUS_ONE,
    MODULO,
    PAIRS,
    TIME,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Quantity,
    Relation,
    Symbol,
    Tree,
    Words,
    added,
    inverted,
    is_class,
    key_of,
    multiplied,
    negated,
    symbols_in,
)

# The second part of a time of day or a duration, which no ratio has: 2:03.
_MINUTES = lazy_pattern(r"0\d")
RELATION_SIGNS = frozenset({"=", "<", ">", "!=", "<=", ">=", "→"})
# What stands between the operands of a combination, and what starts a factor by opening a bracket.
_COMBINING = frozenset({"∪", "∩", "∖", ":", "to"})
_OPENING = frozenset({"(", "[", "{", "⌊", "⌈"})
_BARS = frozenset({"|", "‖"})
# Names of sets of numbers.
_NUMBER_SETS = frozenset({"R", "Z", "N", "Q", "C"})
_POSTFIXES = frozenset({"!", "%", "°", "'", "_"})
_PRODUCT_SIGNS = frozenset({"*", "×", "/", "mod"})
_TERM_SIGNS = frozenset({"+", "-", "±", "∓"})
_FACTOR_SIGNS = frozenset({"+", "-"})
_MODULUS_NAMES = frozenset({"mod", "pmod"})
_STARTS = frozenset(
    {"number", "symbol", "function", "frac", "binom", "sqrt", "cbrt", "accent", "big", "begin", "unknown"}
)
# What an exponent of a matrix says: take the transpose.
_TRANSPOSING = frozenset({"T", "t", "\\top", "\\intercal"})


# Commands that name an angle by the points behind them; d may start a differential.
ANGLES = frozenset({"\\angle", "\\measuredangle", "\\sphericalangle"})
_NO_LEAVES = ANGLES | {"d"}
# What may stand behind a number or letter without belonging to it, and what of that ends a sum.
_ENDS_OF_SUM = frozenset({"", ")", "]", "}", "\\}", ",", ";", "&", "\\\\", *RELATION_SIGNS})
_ENDS_OF_PRODUCT = _ENDS_OF_SUM | {"+", "-"}
_BEHIND_LEAF = _ENDS_OF_PRODUCT | {"*", "×", "/"}
_SIGNS = frozenset({"operator", "relation", END.sort})
# Letters between two numbers that count choices, as in 8C3.
COUNTS = {"C": "binom", "P": "nPr"}


class OperatorGrammar(Grammar):
    """Productions with a sign between operands, before an operand or behind it."""

    def relation(self) -> Tree:
        """Read sides and the signs between them, or one side alone."""
        sides = [self.combination()]
        signs: list[str] = []
        while (token := self.tokens[self.position]).sort == "relation" or token.text in RELATION_SIGNS:
            sign = self.take().text
            signs.append(sign)
            outside, self.in_class = self.in_class, self.in_class or sign == CONGRUENT
            sides.append(self.combination())
            self.in_class = outside
        if signs == ["="] and is_class(sides[1]):
            signs = [CONGRUENT]
        return Relation(tuple(signs), tuple(sides)) if signs else sides[0]

    def combination(self) -> Tree:
        """Read unions and their like, from left to right."""
        tree = self.sum()
        depth = self.depth
        while self.tokens[self.position].text in _COMBINING:
            sign = self.accept("∪", "∩", "∖", *(() if self.in_set else (":",))) or self.ratio_word()
            if not sign:
                break
            is_time = sign == ":" and _MINUTES.fullmatch(self.peek().text) is not None
            right = self.sum()
            if is_time:
                tree = Collection(sign, TIME, (tree, right))
            elif sign == "∪" and isinstance(tree, Collection) and tree.opening == "∪":
                tree = Collection("∪", "", (*tree.items, right))
            else:
                self.deeper()
                tree = Collection(sign, "", (tree, right))
        self.depth = depth
        return tree

    def ratio_word(self) -> str:
        """Take the word of a ratio between two numbers, as in ``3 to 4``, as its sign."""
        is_ratio = self.peek().text == "to" and self.peek(1).sort == self.tokens[self.position - 1].sort == "number"
        self.position += is_ratio
        return ":" if is_ratio else ""

    def sum(self) -> Tree:
        """Read terms and the signs between them, the first with or without a sign."""
        # Half of all sums are one number or letter, which the productions below would hand through unchanged.
        if self.tokens[self.position + 1].text in _ENDS_OF_SUM and self.depth < TREE_DEPTH_LIMIT:
            leaf = self.leaf()
            if leaf is not None:
                return leaf
        depth = self.depth
        self.deeper()
        terms: list[Tree] = []
        sign = self.sign_of_term()
        first = self.product()
        if sign == "-" and isinstance(first, Call) and first.name == "mod":
            # The remainder of a negative number, not the opposite of a remainder.
            first, sign = Call("mod", (negated(first.arguments[0]), *first.arguments[1:])), ""
        terms.append(with_sign(sign, first))
        while sign := self.sign_of_term():
            if sign in "±∓":
                self.deeper()
                left = added(terms)
                terms = [Call("±", (left, self.product()))]
            else:
                term = self.product()
                terms.append(term if term == ELLIPSIS else with_sign(sign, term))
        self.depth = depth
        if len(terms) > 1 and _names_set(terms[0]):
            return _set_without(terms)
        tree = terms[0]
        if len(terms) > 1:
            tree = (ELLIPSIS in terms and continued_sum(terms)) or added(terms)
        return self.behind_sum(tree)

    def behind_sum(self, tree: Tree) -> Tree:
        """Read what all terms before it belong to: a modulus, or a place behind a bar."""
        match self.tokens[self.position].text:
            case "|":
                return self.at_bar(tree)
            case "mod" | "pmod":
                return self.class_of(tree)
            case "(" if self.has_modulus_in_brackets():
                return self.class_of(tree)
            case _:
                return tree

    def sign_of_term(self) -> str:
        """Take the sign before a term; returns nothing if none is there."""
        sign = self.tokens[self.position].text
        is_sign = sign in _TERM_SIGNS
        self.position += is_sign
        return sign if is_sign else ""

    def product(self) -> Tree:
        """Read factors, with signs of multiplication or side by side."""
        factors = [self.signed()]
        while True:
            token = self.tokens[self.position]
            if token.text in _ENDS_OF_PRODUCT:
                return product_of(factors)
            if token.text not in _PRODUCT_SIGNS:
                if token.text == "..." and self.continues(factors):
                    factors.append(self.primary())
                    continue
                if not self.starts_factor():
                    return product_of(factors)
                factors.append(self.power())
                _compose(factors)
            elif sign := self.accept("*", "×"):
                right = self.signed()
                factors.append(_product_of_vectors(sign, factors, right) or right)
            elif self.accept("/"):
                factors.append(inverted(self.signed()))
            elif not self.in_class and self.accept("mod"):
                return Call("mod", (multiplied(factors), self.signed()))
            else:
                return product_of(factors)

    def has_modulus_in_brackets(self) -> bool:
        """Return whether a modulus in brackets follows: ``(mod 5)``."""
        return self.peek().text == "(" and self.peek(1).text in _MODULUS_NAMES

    def continues(self, factors: list[Tree]) -> bool:
        r"""Return whether an ellipsis stands between factors, as in ``1\cdot2\cdots n``."""
        behind = self.tokens[self.position + 1]
        if behind.text == "}":  # \sqrt{2\sqrt{2\cdots}}
            return True
        return len(factors) > 1 and (behind.sort in _STARTS or behind.text in {"(", "*", "×"})

    def class_of(self, value: Tree) -> Tree:
        """Read the modulus of a class of whole numbers; all terms before it belong to the class."""
        in_brackets = self.has_modulus_in_brackets()
        self.position += 1 + in_brackets
        modulus = self.signed()
        if in_brackets:
            self.expect(")")
        if isinstance(modulus, Constant) and modulus.value.denominator == 1 and modulus.value > 0:
            return Quantity(value, f"{MODULO}{modulus.value}")
        return Call("mod", (value, modulus))

    def declares(self) -> bool:
        r"""Return whether brackets with a membership follow, such as ``(k \in \mathbb{Z})`` behind a value."""
        return self.peek().text == "(" and self.peek(2).text == "∈"

    def starts_factor(self) -> bool:
        """Return whether the next token starts a factor that no sign of multiplication announces."""
        token = self.tokens[self.position]
        if token.sort in _STARTS:
            follows_number = token.sort == self.tokens[self.position - 1].sort == "number"
            # 2^6 3^5: behind an exponent of one number, another one is a factor.
            is_apart = not follows_number or (token.spaced and self.tokens[self.position - 2].text == "^")
            return is_apart and not (token.text == "d" and self.ends_body())
        if token.text in _BARS:
            return not self.in_absolute and self.peek(1).text != "_"
        return token.text in _OPENING and not self.declares() and not self.has_modulus_in_brackets()

    def signed(self) -> Tree:
        """Read a factor that may have signs of its own, as in ``2*-3``."""
        sign = self.accept("-", "+") if self.tokens[self.position].text in _FACTOR_SIGNS else ""
        if not sign:
            return self.power()
        self.deeper()
        tree = self.signed()
        self.depth -= 1
        return negated(tree) if sign == "-" else tree

    def power(self) -> Tree:
        """Read a value with the marks behind it and its exponent."""
        leaf = self.leaf()
        return self.raised() if leaf is None else leaf

    def raised(self) -> Tree:
        """Read a value that something may belong to: marks behind it, an exponent."""
        base = self.postfix(self.primary())
        if self.tokens[self.position].text != "^":
            return base
        self.position += 1
        if isinstance(base, Symbol) and base.name in _NUMBER_SETS and (mark := self.mark_of_set()):
            return Symbol(f"{base.name}_{mark}")
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
        outside, self.one_token = self.one_token, self.peek().text != "{"
        exponent = self.signed()
        self.one_token = outside
        self.depth -= 1
        counted = _counted(base, exponent)
        if counted is not None:
            return self.postfix(counted)
        operator = _operator_of_exponent(base, exponent)
        if operator:
            return self.postfix(Call(operator, (base,)))
        if isinstance(base, Quantity) and base.unit == "degree":
            raise UnreadableError("a power of degrees")
        return self.postfix(Power(base, exponent))

    def leaf(self) -> Tree | None:
        """Read a number or letter to which nothing behind it belongs; None if the next token is not one."""
        token, behind = self.tokens[self.position], self.tokens[self.position + 1]
        if token.sort == "number":
            parts = behind.sort == "symbol" and behind.text not in COUNTS
        elif token.sort == "symbol" and token.text not in _NO_LEAVES:
            parts = behind.sort in {"symbol", "number"}
        else:
            return None
        if not parts and (behind.text not in _BEHIND_LEAF or behind.sort not in _SIGNS):
            return None
        self.position += 1
        return constant_of(token.text) if token.sort == "number" else Symbol(token.text)

    def mark_of_set(self) -> str:
        r"""Read the raised sign of ``\mathbb{Z}^+``; returns nothing if another exponent stands there."""
        braced = self.peek().text == "{"
        sign, behind = self.peek(braced).text, self.peek(braced + 1)
        is_mark = sign in {"+", "-", "*"} and (behind.text == "}" if braced else behind.sort not in _STARTS)
        self.position += is_mark + 2 * (is_mark and braced)
        return sign if is_mark else ""

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
            mark = self.tokens[self.position].text
            self.position += mark in _POSTFIXES
            match mark:
                case "!":
                    tree = self.factorial(tree)
                case "%":
                    tree = Quantity(tree, "%")
                case "°":
                    tree = Quantity(tree, "degree")
                case "'" if isinstance(tree, Symbol):
                    tree = Symbol(tree.name + "'")
                case "'" if isinstance(tree, (Constant, Quantity)):
                    raise UnreadableError(f"unexpected {mark!r}")
                case "'":
                    tree = Call("prime", (tree,))
                case "_":
                    tree = self.subscripted(tree)
                case _:
                    return tree
        raise OverLimitError(f"more than {TREE_DEPTH_LIMIT} marks behind a value")

    def factorial(self, tree: Tree) -> Tree:
        """Read the factorial, double factorial and so on of a value; the first sign is already taken."""
        step = 1
        while not self.peek().spaced and self.accept("!"):
            step += 1
            if step >= TREE_DEPTH_LIMIT:
                raise OverLimitError(f"more than {TREE_DEPTH_LIMIT} marks behind a value")
        return Call("factorial" if step == 1 else f"factorial{step}", (tree,))

    def subscripted(self, tree: Tree) -> Tree:
        """Read a subscript: part of a name, an index that runs, a number's base, or an operation."""
        start = self.position
        inner = self.subscript()
        if isinstance(tree, Symbol):
            found = {token.text for token in self.tokens[start : self.position]}
            if not found.isdisjoint(self.bound_letters):
                self.position = start
                return Call(f"{tree.name}_", (self.argument(),))
        if isinstance(tree, Symbol) and any(map(str.isdigit, tree.name.partition("_")[0])) and inner.isdigit():
            return Quantity(Words(tree.name), f"base {inner}")
        if isinstance(tree, Symbol):
            name = f"{tree.name}_{inner}"
            return self.application(name) if self.applies(tree.name) else Symbol(name)
        if isinstance(tree, Constant) and inner.isdigit():
            return Quantity(tree, f"base {int(inner)}")
        return _norm_of_order(tree, inner) or Call(f"_{inner}", (tree,))

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


def _norm_of_order(tree: Tree, order: str) -> Tree | None:
    r"""Return the norm that a number below its sign names, ``\|(3,4)\|_1``; None if there is none."""
    match tree:
        case Call(name="norm", arguments=(Collection(items=parts),)):
            sizes: list[Tree] = [Call("abs", (part,)) for part in parts]
        case Call(name="norm", arguments=(Grid(rows=rows),)) if all(len(row) == 1 for row in rows):
            sizes = [Call("abs", row) for row in rows]
        case _:
            return None
    match order:
        case "1":
            return added(sizes)
        case "2":
            return tree
        case "∞":
            return Call("max", tuple(sizes))
        case _:
            return None


def _counted(base: Tree, exponent: Tree) -> Call | None:
    """Return the number of choices ``C_8^3`` or arrangements ``A_8^3``, as China, Russia and France write them."""
    match base, exponent:
        case Symbol(name=name), Constant(value=chosen) if name[:2] in _COUNTING and name[2:].isdigit():
            number = int(name[2:])
            is_counted = chosen.denominator == 1 and 0 < chosen <= number and number > _INDICES_OF_CONSTANTS
            return Call(_COUNTING[name[:2]], (Constant(Fraction(number)), exponent)) if is_counted else None
        case Symbol(name=name), _ if (found := _COUNTED_LETTERS.fullmatch(name)) and symbols_in(exponent):
            above = multiplied([Constant(Fraction(found["factor"] or 1)), Symbol(found["letter"])])
            return Call(_COUNTING[name[:2]], (added([above, Constant(Fraction(found["offset"] or 0))]), exponent))
        case _:
            return None


_COUNTING = {"C_": "binom", "A_": "nPr"}
# C_{2n}^n, C_{n+1}^k: a letter below, and one in the exponent.
_COUNTED_LETTERS = lazy_pattern(r"[CA]_(?P<factor>\d{0,3})(?P<letter>[a-z])(?P<offset>[+-]\d{1,3})?")
# C_1 and C_2 are constants of integration.
_INDICES_OF_CONSTANTS = 2


def _operator_of_exponent(base: Tree, exponent: Tree) -> str:
    """Return what a raised T or -1 means behind a matrix: "transpose" or "inverse", else nothing."""
    if isinstance(exponent, (Symbol, Call)) and exponent.name in _TRANSPOSING:
        return "transpose" if is_matrix(base) else ""
    return "inverse" if exponent == MINUS_ONE and is_matrix(base) and not isinstance(base, Collection) else ""


def _compose(factors: list[Tree]) -> None:
    r"""Join functions that have the sign of degrees between them, as ``f \circ g``; their order counts."""
    functions = factors[-1:]
    if not isinstance(functions[0], (Symbol, Call)):
        return
    for each in factors[-2::-1]:
        match each:
            case Quantity(value=Symbol() as outer, unit="degree"):
                functions.insert(0, outer)
            case _:
                break
    if len(functions) > 1:
        factors[-len(functions) :] = [Call(COMPOSED, tuple(functions))]


def product_of(factors: list[Tree]) -> Tree:
    """Return factors multiplied; a decimal times a power of ten keeps its places."""
    if len(factors) == 1:
        return factors[0]
    if ELLIPSIS in factors:
        return continued_product(factors) or multiplied(factors)
    return scientific(factors) or multiplied(factors)


def scientific(factors: list[Tree]) -> Tree | None:
    """Return a decimal times a power of ten as the decimal that it is, with the places that it was written to."""
    match factors:
        case [Constant(value=value, places=places), Power(base=Constant(value=ten), exponent=Constant(value=power))]:
            if places < 0 or ten != _TEN or power.denominator != 1 or not 0 < places - power <= EXPONENT_LIMIT:
                return None
            return Constant(value * _TEN ** int(power), int(places - power))
        case _:
            return None


_TEN = Fraction(10)


@lru_cache(maxsize=1_024)
def constant_of(text: str) -> Constant:
    """Read a number's digits, with decimals or an exponent of ten."""
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > EXPONENT_LIMIT:
        raise OverLimitError(f"an exponent of ten beyond {EXPONENT_LIMIT}")
    whole, point, part = mantissa.partition(".")
    value = Fraction(int(whole + part or "0"), 10 ** len(part))
    places = len(part) if point else -1
    if exponent:
        value *= Fraction(10) ** int(exponent)
        places = max(places - int(exponent), -1) if point else -1
    return Constant(value, places)


def _names_set(tree: Tree) -> bool:
    return isinstance(tree, Collection) or (isinstance(tree, Symbol) and tree.name in _NUMBER_SETS)


def _set_without(terms: list[Tree]) -> Tree:
    r"""Read ``\mathbb{R} - \{1\}`` as a set without some members; anything else is a sum."""
    removed: list[Tree] = []
    for term in terms[1:]:
        match term:
            case Product(factors=(sign, Collection(opening="{") as members)) if sign == MINUS_ONE:
                removed.append(members)
            case _:
                return added(terms)
    return Collection("∖", "", (terms[0], *removed))


def with_sign(sign: str, tree: Tree) -> Tree:
    """Apply a sign to a term."""
    if sign == "-":
        if isinstance(tree, Quantity) and tree.unit.startswith("base"):  # -12_5 is a numeral too
            return Quantity(negated(tree.value), tree.unit)
        return negated(tree)
    return Call("±", (Constant(Fraction(0)), tree)) if sign and sign in "±∓" else tree


def _is_set(tree: Tree) -> bool:
    """Return whether a tree is an interval or a set by its brackets; in round ones it may be a point."""
    return (
        isinstance(tree, Collection) and tree.opening in {"[", "{", "("} and (tree.opening, tree.closing) != ("(", ")")
    )


def _product_of_vectors(sign: str, factors: list[Tree], right: Tree) -> Tree | None:
    """Multiply the last factor, which is taken away, by another vector; None if one of them is none."""
    left = factors[-1]
    if is_vector(left) and is_vector(right):
        return Call("cross" if sign == "×" else "dot", (factors.pop(), right))
    if sign == "×" and _is_set(left) and _is_set(right):
        # Pairs of their members, which have an order.
        factors.pop()
        return Power(left, Constant(Fraction(2))) if left == right else Collection(PAIRS, "", (left, right))
    if sign != "×" or not is_arrow(left) or not is_arrow(right):
        return None
    # The cross product of two named vectors has no value, and changes its sign with their order.
    first, second = sorted((factors.pop(), right), key=key_of)
    product = Call("\\times", (first, second))
    return product if first is left else negated(product)
