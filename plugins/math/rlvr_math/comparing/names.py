"""Names: which trees name a value, as x does in x = 3, and which symbols have a value of their own."""

from __future__ import annotations

from rlvr_math.reading.tree import (
    Call,
    Collection,
    Constant,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    Words,
    is_unknown_function,
    key_of,
    symbols_in,
)

INFINITY = "∞"
CONSTANTS = frozenset({"i", "e", "pi", INFINITY})
# Names of sets of numbers, alone or with a mark such as that of Z_+.
NUMBER_SETS = frozenset({"R", "Z", "N", "Q", "C"})
_TWO_SIDES = 2
# P(X <= 2) names a number, whatever the event is.
_PROBABILITIES = frozenset({"P", "Pr"})
_NAMING_FUNCTIONS = frozenset({"overline", "vec", "overrightarrow", "abs", "norm"})


def free_symbols(tree: Tree) -> set[str]:
    """Collect the names of symbols that have no value of their own."""
    return symbols_in(tree) - CONSTANTS


def infinity_sign(tree: Tree) -> str:
    """Return the sign of an infinite value, or nothing."""
    key = key_of(tree)
    return {INFINITY: "+", "(* -1 ∞)": "-"}.get(key, key) if INFINITY in key else ""


def is_name(tree: Tree) -> bool:
    """Say whether a side of an equation is a name for the other: x, f(x), (x, y), AB, an angle."""
    match tree:
        case Symbol(name=name):
            return name not in CONSTANTS
        case Call(name=name, arguments=arguments):
            if name in _PROBABILITIES:
                return True
            names = name in _NAMING_FUNCTIONS or name.startswith("_") or is_unknown_function(name)
            return names and all(isinstance(each, Constant) or is_name(each) for each in arguments)
        case Collection(opening="(" | "" | ":", items=items):
            return all(is_name(item) for item in items)
        case Product(factors=(Constant(value=-1), Call(name="vec" | "overrightarrow"))):
            return True  # a vector named from its end to its start
        case Product(factors=factors):
            return _is_name_of_letters(factors)
        case Words():
            return True
        case _:
            return False


def _is_name_of_letters(factors: tuple[Tree, ...]) -> bool:
    """Say whether letters side by side are one name: a command's, such as an angle; a segment; px and qx."""
    first, second, *_ = letters = [key_of(each) for each in factors]
    if first == "m":  # the measure of an angle
        first = second
    is_name = first.startswith("\\") or all(map(str.isupper, letters)) or letters in (["p", "x"], ["q", "x"])
    return is_name and all(isinstance(each, Symbol) for each in factors)


def named_value(relation: Relation) -> tuple[Tree, Tree] | None:
    """Return the name and the value of an equation that gives one."""
    if set(relation.signs) != {"="}:
        return None
    first, last = relation.sides[0], relation.sides[-1]
    if is_name(first):
        return first, last
    return (last, first) if is_name(last) and len(relation.sides) == _TWO_SIDES else None


def is_solved(relation: Relation) -> bool:
    """Return whether an equation gives the value of a name."""
    match named_value(relation):
        case Symbol(name=name), value:
            return name not in free_symbols(value)
        case named:
            return named is not None


def value_of_relation(relation: Relation, *, asked: bool) -> Tree | None:
    """Return the value that an equation gives; an unsolved one gives none.

    Args:
        relation: An equation.
        asked: Whether the first side may repeat what was asked for, as an answer's may.
    """
    named = named_value(relation)
    if named is not None:
        return named[1] if is_solved(relation) else None
    is_repeated = asked and set(relation.signs) == {"="} and _repeats_question(relation)
    return relation.sides[-1] if is_repeated else None


def _repeats_question(relation: Relation) -> bool:
    """Say whether an equation writes what was asked before its value: "m+n = 25", "f(-2)+f(0) = 2+5/3 = 11/3"."""
    first, last = relation.sides[0], relation.sides[-1]
    is_sum_of_names = isinstance(first, Sum) and all(is_name(term) for term in first.terms)
    return not free_symbols(last) and (is_sum_of_names or not free_symbols(first))
