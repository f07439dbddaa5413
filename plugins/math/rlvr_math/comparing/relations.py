"""Equations, inequalities and memberships."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.names import free_symbols, named_value, value_of_relation
from rlvr_math.comparing.regions import compare_real_sets, shifted
from rlvr_math.comparing.values import numeric_value, same_value
from rlvr_math.reading.tree import (
    OPAQUE_FUNCTIONS,
    Call,
    Constant,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    children,
    inverted,
    key_of,
    multiplied,
    renamed,
)

_TWO_SIDES = 2
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# The first letters of what stands for a function's value, whatever it is called.
_VALUE_NAMES = frozenset("yfghFG")


def compare_relations(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two relations, or one with the value that it gives."""
    if isinstance(reference, Relation) and isinstance(answer, Relation):
        return any_of(_ways(comparing, reference, answer))
    decision = compare_real_sets(comparing, reference, answer)
    if decision is not None:
        return decision
    if isinstance(reference, Relation):
        value = value_of_relation(reference, asked=False)
        return DIFFERENT if value is None else comparing.same(value, answer)
    value = value_of_relation(answer, asked=True) if isinstance(answer, Relation) else None
    return DIFFERENT if value is None else all_of(_statements(comparing, reference, answer, value))


def _statements(comparing: Comparing, reference: Tree, answer: Tree, value: Tree) -> Iterator[Decision]:
    """Decide on each side of a chain of constants ("17+2 = 18" says two things), then on its value."""
    if not free_symbols(answer):
        yield from (comparing.same(value, side) for side in children(answer))
    yield comparing.same(reference, value)


def _ways(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    if set(reference.signs) == set(answer.signs) == {"="}:
        yield from _ways_of_equations(comparing, reference, answer)
    elif len(reference.signs) == len(answer.signs):
        yield from _ways_of_inequalities(comparing, reference, answer)
    decision = compare_real_sets(comparing, reference, answer)
    if decision is not None:
        yield decision


def _ways_of_equations(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    named, answer_named = named_value(reference), named_value(answer)
    if named is not None and answer_named is not None:
        yield _compare_named(comparing, named, answer_named)
    elif len(reference.sides) == len(answer.sides):
        yield comparing.same_in_order(reference.sides, answer.sides)
    if len(reference.sides) == len(answer.sides) == _TWO_SIDES:
        yield _compare_multiples(comparing, reference, answer, positive=False)


def _ways_of_inequalities(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    """Compare as written and read from right to left; one sign also by what stands on its sides together."""
    candidates = [each for each in (answer, _turned(answer)) if each.signs == reference.signs]
    for candidate in candidates:
        yield comparing.same_in_order(reference.sides, candidate.sides)
    if len(reference.signs) == 1:
        for candidate in candidates:
            yield _compare_multiples(comparing, reference, candidate, positive=True)


def _compare_named(comparing: Comparing, named: tuple[Tree, Tree], answer_named: tuple[Tree, Tree]) -> Decision:
    """Compare two equations that each give a name its value."""
    (name, value), (answer_name, answer_value) = named, answer_named
    with_arguments_renamed = _rename_arguments(name, answer_name, answer_value)
    if with_arguments_renamed is not None:
        return comparing.same(value, with_arguments_renamed)
    if key_of(name) == key_of(answer_name):
        return comparing.same(value, answer_value)
    if isinstance(name, Call) and isinstance(answer_name, Call):
        return DIFFERENT
    is_of_function = bool(free_symbols(value)) and not _VALUE_NAMES.isdisjoint({_head(name), _head(answer_name)})
    may_differ = is_of_function or comparing.options.rename_variables
    return comparing.same(value, answer_value) if may_differ else DIFFERENT


def _head(tree: Tree) -> str:
    match tree:
        case Symbol(name=name) | Call(name=name):
            return name[:1]
        case _:
            return "?"


def _rename_arguments(name: Tree, answer_name: Tree, answer_value: Tree) -> Tree | None:
    """Give an answer's function the reference's variables; None if these are not two functions of as many."""
    arguments, answer_arguments = _arguments(name), _arguments(answer_name)
    if not arguments or len(arguments) != len(answer_arguments):
        return None
    if isinstance(name, Call) and isinstance(answer_name, Call) and name.name != answer_name.name:
        return None
    # What is free in the value stays apart from the name that a bound letter takes on.
    renaming: dict[str, Tree] = {each.name: Symbol(f"{each.name} free") for each in arguments}
    renaming |= {old.name: new for old, new in zip(answer_arguments, arguments, strict=True)}
    return renamed(answer_value, renaming)


def _arguments(tree: Tree) -> tuple[Symbol, ...]:
    """Return a function's arguments if all are symbols."""
    if not isinstance(tree, Call):
        return ()
    symbols = tuple(each for each in tree.arguments if isinstance(each, Symbol))
    return symbols if len(symbols) == len(tree.arguments) else ()


def _turned(relation: Relation) -> Relation:
    """Read a relation from right to left."""
    return Relation(tuple(_TURNED.get(sign, sign) for sign in reversed(relation.signs)), relation.sides[::-1])


def _compare_multiples(comparing: Comparing, reference: Relation, answer: Relation, *, positive: bool) -> Decision:
    """Decide whether left minus right of one is left minus right of the other times a constant other than zero."""
    one, other = _opaque_as_symbols(shifted(reference)), _opaque_as_symbols(shifted(answer))
    names = sorted(free_symbols(one))
    if not names or set(names) != free_symbols(other):
        return DIFFERENT
    for offset in (0, 7):
        spot: dict[str, Tree] = {
            name: Constant(Fraction(3 + offset + 2 * index, 7)) for index, name in enumerate(names)
        }
        top, bottom = renamed(one, spot), renamed(other, spot)
        ratio = numeric_value(multiplied([top, inverted(bottom)]), comparing.steps)
        if ratio:
            decision = same_value(multiplied([one, bottom]), multiplied([other, top]), comparing.steps)
            return decision if ratio > 0 or not positive else decision._replace(same=False)
    return DIFFERENT


def _opaque_as_symbols(tree: Tree) -> Tree:
    """Put a symbol in the place of each unknown function's value."""
    match tree:
        case Call(name=name) if name in OPAQUE_FUNCTIONS:
            return Symbol(key_of(tree))
        case Sum(terms=parts):
            return Sum(tuple(_opaque_as_symbols(part) for part in parts))
        case Product(factors=parts):
            return Product(tuple(_opaque_as_symbols(part) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(_opaque_as_symbols(base), _opaque_as_symbols(exponent))
        case _:
            return tree
