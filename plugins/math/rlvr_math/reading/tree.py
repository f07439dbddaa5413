"""What an answer is once it is read: constants, symbols, expressions, and the structures around them."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import msgspec

from rlvr_math.limits import EXACT_BITS_LIMIT


class Constant(msgspec.Struct, frozen=True, tag=True):
    """An exact rational; ``places`` is how many decimals it was written with, -1 if it is no decimal."""

    value: Fraction
    places: int = -1


class Symbol(msgspec.Struct, frozen=True, tag=True):
    """A letter, Greek letter, named constant or single word; a subscript is part of its name."""

    name: str


class Sum(msgspec.Struct, frozen=True, tag=True):
    """Terms added."""

    terms: tuple[Tree, ...]


class Product(msgspec.Struct, frozen=True, tag=True):
    """Factors multiplied; a quotient's divisor is a power of -1."""

    factors: tuple[Tree, ...]


class Power(msgspec.Struct, frozen=True, tag=True):
    """A base and its exponent."""

    base: Tree
    exponent: Tree


class Call(msgspec.Struct, frozen=True, tag=True):
    """A function of its arguments: known ("sin"), unknown ("f"), or an operation without a sign of its own ("±")."""

    name: str
    arguments: tuple[Tree, ...]


class Collection(msgspec.Struct, frozen=True, tag=True):
    """Items between brackets: a list (""), a set ("{"), a tuple or an interval by its brackets, a union ("∪")."""

    opening: str
    closing: str
    items: tuple[Tree, ...]


class Relation(msgspec.Struct, frozen=True, tag=True):
    """Sides and the signs between them, such as ``1 < x <= 2``."""

    signs: tuple[str, ...]
    sides: tuple[Tree, ...]


class Grid(msgspec.Struct, frozen=True, tag=True):
    """A matrix by rows."""

    rows: tuple[tuple[Tree, ...], ...]


class Words(msgspec.Struct, frozen=True, tag=True):
    """Words, in lower case, without articles and punctuation."""

    text: str


class Quantity(msgspec.Struct, frozen=True, tag=True):
    """A value and its unit: "%", "degree", "base 5", or the unit's words."""

    value: Tree
    unit: str


Tree: TypeAlias = Constant | Symbol | Sum | Product | Power | Call | Collection | Relation | Grid | Words | Quantity

# Letters that are read as functions before a bracket; they have no value.
OPAQUE_FUNCTIONS = frozenset("f g h F G P Q".split())

ZERO = Constant(Fraction(0))
ONE = Constant(Fraction(1))
MINUS_ONE = Constant(Fraction(-1))


def added(terms: list[Tree]) -> Tree:
    """Add terms: sums within them flattened, constants folded."""
    flat, constants = _apart([part for term in terms for part in (term.terms if isinstance(term, Sum) else (term,))])
    if len(constants) == 1 and not flat:
        return constants[0]
    value = Fraction(0)
    for each in constants:
        if _bits(value) + _bits(each.value) > EXACT_BITS_LIMIT:
            flat.append(each)
        else:
            value += each.value
    if constants and (value or not flat):
        flat.append(Constant(value))
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def multiplied(factors: list[Tree]) -> Tree:
    """Multiply factors: products within them flattened, constants folded."""
    parts = [part for each in factors for part in (each.factors if isinstance(each, Product) else (each,))]
    flat, constants = _apart(parts)
    if len(constants) == 1 and not flat:
        return constants[0]
    value = Fraction(1)
    for each in constants:
        if _bits(value) + _bits(each.value) > EXACT_BITS_LIMIT:
            flat.append(each)
        else:
            value *= each.value
    if value != 1 or not flat:
        flat.insert(0, Constant(value))
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _apart(parts: list[Tree]) -> tuple[list[Tree], list[Constant]]:
    """Part what is not a constant from the constants."""
    flat: list[Tree] = []
    constants: list[Constant] = []
    for part in parts:
        if isinstance(part, Constant):
            constants.append(part)
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
        return Constant(1 / tree.value)
    return Power(tree, MINUS_ONE)


def minus(left: Tree, right: Tree) -> Tree:
    """Subtract."""
    return added([left, negated(right)])


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return what a tree is made of, one level down."""
    field = _CHILDREN.get(type(tree))
    if field is not None:
        found: tuple[Tree, ...] = getattr(tree, field)
        return found
    if isinstance(tree, Power):
        return tree.base, tree.exponent
    if isinstance(tree, Grid):
        return tuple(cell for row in tree.rows for cell in row)
    return (tree.value,) if isinstance(tree, Quantity) else ()


_CHILDREN: dict[type, str] = {
    Sum: "terms", Product: "factors", Call: "arguments", Collection: "items", Relation: "sides"
}  # fmt: skip


def symbols_in(tree: Tree) -> set[str]:
    """Collect the names of a tree's symbols."""
    names: set[str] = set()
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Symbol):
            names.add(each.name)
        else:
            waiting.extend(children(each))
    return names


def renamed(tree: Tree, names: dict[str, Tree]) -> Tree:
    """Put trees in the place of symbols."""
    match tree:
        case Symbol(name=name):
            return names.get(name, tree)
        case Sum(terms=parts):
            return Sum(tuple(renamed(part, names) for part in parts))
        case Product(factors=parts):
            return Product(tuple(renamed(part, names) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(renamed(base, names), renamed(exponent, names))
        case Call(name=name, arguments=parts):
            return Call(name, tuple(renamed(part, names) for part in parts))
        case Collection(opening=opening, closing=closing, items=parts):
            return Collection(opening, closing, tuple(renamed(part, names) for part in parts))
        case Relation(signs=signs, sides=parts):
            return Relation(signs, tuple(renamed(part, names) for part in parts))
        case Quantity(value=value, unit=unit):
            return Quantity(renamed(value, names), unit)
        case _:
            return tree


def key_of(tree: Tree) -> str:
    """Write a tree so that the order of terms and factors does not matter."""
    match tree:
        case Constant(value=value):
            return f"{value.numerator:x}/{value.denominator:x}"  # decimal digits would take quadratic time
        case Symbol(name=name):
            return name
        case Words(text=text):
            return f"'{text}'"
        case Sum() | Product():
            sign = "+" if isinstance(tree, Sum) else "*"
            return f"({sign} " + " ".join(sorted(key_of(part) for part in children(tree))) + ")"
        case _:
            return f"({_head(tree)} " + " ".join(key_of(part) for part in children(tree)) + ")"


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
