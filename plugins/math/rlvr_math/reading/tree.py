"""What an answer is once it is read: constants, symbols, expressions, and the structures around them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, attrgetter, mul
from typing import Any, TypeAlias

import msgspec

from rlvr_math.limits import EXACT_BITS_LIMIT


class Node(msgspec.Struct, frozen=True, tag=True):
    """What every node of a tree is: a value without an identity, which never holds itself."""


class Constant(Node, frozen=True):
    """An exact rational; ``places`` is how many decimals it was written with, -1 if it is no decimal."""

    value: Fraction
    places: int = -1


class Symbol(Node, frozen=True):
    """A letter, Greek letter, named constant or single word; a subscript is part of its name."""

    name: str


class Sum(Node, frozen=True):
    """Terms added."""

    terms: tuple[Tree, ...]


class Product(Node, frozen=True):
    """Factors multiplied; a quotient's divisor is a power of -1."""

    factors: tuple[Tree, ...]


class Power(Node, frozen=True):
    """A base and its exponent."""

    base: Tree
    exponent: Tree


class Call(Node, frozen=True):
    """A function of its arguments: known ("sin"), unknown ("f"), or an operation without a sign of its own ("±")."""

    name: str
    arguments: tuple[Tree, ...]


class Collection(Node, frozen=True):
    """Items between brackets: a list (""), a set ("{"), a tuple or an interval by its brackets, a union ("∪")."""

    opening: str
    closing: str
    items: tuple[Tree, ...]


class Relation(Node, frozen=True):
    """Sides and the signs between them, such as ``1 < x <= 2``."""

    signs: tuple[str, ...]
    sides: tuple[Tree, ...]


class Grid(Node, frozen=True):
    """A matrix by rows."""

    rows: tuple[tuple[Tree, ...], ...]


class Words(Node, frozen=True):
    """Words, in lower case, without articles and punctuation."""

    text: str


class Quantity(Node, frozen=True):
    """A value and its unit: "%", "degree", "base 5", or the unit's words."""

    value: Tree
    unit: str


Tree: TypeAlias = Constant | Symbol | Sum | Product | Power | Call | Collection | Relation | Grid | Words | Quantity

# Calls whose second argument is a letter that has no meaning outside of the first one.
BINDERS = frozenset({"sum", "prod", "sum∈", "prod∈", "integral", "limit", "limit+", "limit-", "at"})
# The first character of a bound letter's name. The parser numbers bound letters from inside out, so that
# trees that differ in bound letters only are the same tree.
BOUND = "#"

# The sign of a congruence, and the start of the unit of a class of whole numbers: "modulo 5".
CONGRUENT = "≡"
MODULO = "modulo "

# The sign of an approximation, and the name of the call that has what stands behind a sign without a left side.
# The pieces of a function as brackets of a collection, and those of one piece: its value and its condition.
CASES, CASE = "cases", "&"
# The pairs of members of two sets.
PAIRS = "×"
APPROXIMATE = "≈"

# Functions one after another, the outer ones first.
COMPOSED = "∘"

# The closing sign of ``2:03``, which is a time and no ratio.
TIME = "time"

# Letters that are read as functions before a bracket; they have no value.
OPAQUE_FUNCTIONS = frozenset("f g h F G P Q".split())


def is_class(tree: Tree) -> bool:
    """Return whether a tree is a class of whole numbers, such as 2 modulo 5."""
    return isinstance(tree, Quantity) and tree.unit.startswith(MODULO)


_GREEK_FUNCTIONS = frozenset("phi psi chi sigma tau mu nu rho theta omega lambda Phi Psi Omega Theta".split())


def is_unknown_function(name: str) -> bool:
    """Return whether a call's name is a letter, with or without primes and a subscript: a function without a value."""
    letter = name.rstrip("'").partition("_")[0]
    return len(letter) == 1 or letter in _GREEK_FUNCTIONS


ZERO = Constant(Fraction(0))
ONE = Constant(Fraction(1))
MINUS_ONE = Constant(Fraction(-1))


def added(terms: list[Tree]) -> Tree:
    """Add terms: sums within them flattened, constants folded."""
    flat, constants = _apart(terms, Sum)
    if len(constants) == 1 and not flat:
        return constants[0]
    if not constants and flat:
        return flat[0] if len(flat) == 1 else Sum(tuple(flat))
    value = _folded(constants, flat, add)
    if value or (constants and not flat):
        flat.append(_without_places(value or ZERO.value, constants))
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def multiplied(factors: list[Tree]) -> Tree:
    """Multiply factors: products within them flattened, constants folded."""
    flat, constants = _apart(factors, Product)
    if len(constants) == 1 and not flat:
        return constants[0]
    if not constants and flat:
        return flat[0] if len(flat) == 1 else Product(tuple(flat))
    value = _folded(constants, flat, mul)
    if value is None:
        value = ONE.value
    if value != 1 or not flat:
        flat.insert(0, _without_places(value, constants))
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def _folded(
    constants: list[Constant], flat: list[Tree], fold: Callable[[Fraction, Fraction], Fraction]
) -> Fraction | None:
    """Add or multiply constants; those with which the value would be too long go to the other parts.

    Returns:
        The value; None if no constant was folded.
    """
    value: Fraction | None = None
    for each in constants:
        if (_LEAST_BITS if value is None else _bits(value)) + _bits(each.value) > EXACT_BITS_LIMIT:
            flat.append(each)
        else:
            value = each.value if value is None else fold(value, each.value)
    return value


# The bits of one, which is what constants are multiplied with at first.
_LEAST_BITS = 2


def _bits(value: Fraction) -> int:
    above, below = value.as_integer_ratio()
    return above.bit_length() + below.bit_length()


def _without_places(value: Fraction, constants: list[Constant]) -> Constant:
    """Return a value as a constant: the only one of some constants, unless it is a decimal."""
    is_only = len(constants) == 1 and constants[0].places < 0 and constants[0].value is value
    return constants[0] if is_only else Constant(value)


def _apart(parts: list[Tree], kind: type[Sum | Product]) -> tuple[list[Tree], list[Constant]]:
    """Part what is not a constant from the constants; of one kind of node, its parts take its place."""
    flat: list[Tree] = []
    constants: list[Constant] = []
    for part in parts:
        if isinstance(part, Constant):
            constants.append(part)
        elif isinstance(part, kind):
            for inner in children(part):
                if isinstance(inner, Constant):
                    constants.append(inner)
                else:
                    flat.append(inner)
        else:
            flat.append(part)
    return flat, constants


def negated(tree: Tree) -> Tree:
    """Change the sign."""
    if isinstance(tree, Constant):
        return Constant(-tree.value, tree.places)
    return multiplied([MINUS_ONE, tree])


def inverted(tree: Tree) -> Tree:
    """Divide one by it; a constant zero stays a power, and is undefined."""
    if isinstance(tree, Constant) and tree.value:
        return Constant(Fraction(tree.value.denominator, tree.value.numerator))
    return Power(tree, MINUS_ONE)


def divided(above: Tree, below: Tree) -> Tree:
    """Divide."""
    if isinstance(above, Constant) and isinstance(below, Constant) and below.value:
        top, bottom = above.value, below.value
        is_short = _bits(top) + _bits(bottom) <= EXACT_BITS_LIMIT
        if is_short and top.denominator == bottom.denominator == 1:
            return Constant(Fraction(top.numerator, bottom.numerator))
    return multiplied([above, inverted(below)])


def minus(left: Tree, right: Tree) -> Tree:
    """Subtract."""
    return added([left, negated(right)])


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return what a tree is made of, one level down."""
    return _CHILDREN[type(tree)](tree)


def _no_children(_: Tree) -> tuple[Tree, ...]:
    return ()


# Every walk of a tree asks this of each node, so that a branch for each type would be most of its time.
_CHILDREN: dict[type, Callable[[Any], tuple[Tree, ...]]] = {
    Constant: _no_children,
    Symbol: _no_children,
    Words: _no_children,
    Sum: attrgetter("terms"),
    Product: attrgetter("factors"),
    Call: attrgetter("arguments"),
    Collection: attrgetter("items"),
    Relation: attrgetter("sides"),
    Power: attrgetter("base", "exponent"),
    Quantity: lambda tree: (tree.value,),
    Grid: lambda tree: tuple(cell for row in tree.rows for cell in row),
}


def with_children(tree: Tree, parts: tuple[Tree, ...]) -> Tree:
    """Return the same node with other children, as many as :func:`children` returns."""
    match tree:
        case Sum():
            return Sum(parts)
        case Product():
            return Product(parts)
        case Power():
            return Power(parts[0], parts[1])
        case Call(name=name):
            return Call(name, parts)
        case Collection(opening=opening, closing=closing):
            return Collection(opening, closing, parts)
        case Relation(signs=signs):
            return Relation(signs, parts)
        case Grid(rows=rows):
            cells = iter(parts)
            return Grid(tuple(tuple(next(cells) for _ in row) for row in rows))
        case Quantity(unit=unit):
            return Quantity(parts[0], unit)
        case _:
            return tree


def nodes_of(tree: Tree) -> list[Tree]:
    """Return all nodes of a tree, each before its children."""
    found = [tree]
    for each in found:  # which grows
        kind = type(each)
        if kind is not Constant and kind is not Symbol:
            found += _CHILDREN[kind](each)
    return found


def symbols_in(tree: Tree) -> set[str]:
    """Collect the names of a tree's symbols, without the letters that an operator in it binds."""
    return {each.name for each in nodes_of(tree) if type(each) is Symbol and not each.name.startswith(BOUND)}


def renamed(tree: Tree, names: dict[str, Tree]) -> Tree:
    """Put trees in the place of symbols; a letter that an operator binds is another one in its body."""
    match tree:
        case Symbol(name=name):
            return names.get(name, tree)
        case Call(name=name, arguments=(body, Symbol(name=letter), *places)) if name in BINDERS and letter in names:
            inner = {old: new for old, new in names.items() if old != letter}
            return Call(name, (renamed(body, inner), Symbol(letter), *(renamed(place, names) for place in places)))
        case Constant() | Words():
            return tree
        case _:
            return with_children(tree, tuple(renamed(part, names) for part in children(tree)))


def key_of(tree: Tree) -> str:
    """Write a tree so that the order of terms and factors does not matter."""
    return _KEYS[type(tree)](tree)


def _key_of_others(tree: Tree) -> str:
    return f"({_head(tree)} " + " ".join(map(key_of, children(tree))) + ")"


# As for children, each node is asked for its key many times.
_KEYS: dict[type, Callable[[Any], str]] = {
    Constant: lambda tree: f"{tree.value.numerator:x}/{tree.value.denominator:x}",  # decimal digits take quadratic time
    Symbol: attrgetter("name"),
    Words: lambda tree: f"'{tree.text}'",
    Sum: lambda tree: "(+ " + " ".join(sorted(map(key_of, tree.terms))) + ")",
    Product: lambda tree: "(* " + " ".join(sorted(map(key_of, tree.factors))) + ")",
    Power: lambda tree: f"(^ {key_of(tree.base)} {key_of(tree.exponent)})",
    **dict.fromkeys((Call, Collection, Relation, Grid, Quantity), _key_of_others),
}


def _head(tree: Tree) -> str:
    match tree:
        case Call(name=name):
            return name
        case Collection(opening=opening, closing=closing):
            return f"[{opening}{closing}"
        case Relation(signs=signs):
            return "rel" + ",".join(signs)
        case Grid(rows=rows):
            return f"grid{len(rows)}"
        case Quantity(unit=unit):
            return f"unit {unit}"
        case _:
            return "^"
