"""Equations, named values and chains; inequalities and memberships are sets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.equations import compare_curves, compare_multiples, differ_at_point, false_links
from rlvr_math.comparing.names import free_symbols, is_name, is_solved, named_value, value_of_relation
from rlvr_math.comparing.renaming import may_stand_for
from rlvr_math.comparing.sets.comparison import compare_sets
from rlvr_math.comparing.sets.families import compare_families
from rlvr_math.comparing.sets.regions import is_set
from rlvr_math.comparing.unordered import compare_unordered
from rlvr_math.reading.tree import (
    MINUS_ONE,
    MODULO,
    Call,
    Collection,
    Constant,
    Power,
    Product,
    Quantity,
    Relation,
    Symbol,
    Tree,
    added,
    is_class,
    is_unknown_function,
    key_of,
    multiplied,
    nodes_of,
    renamed,
    symbols_in,
)

_TWO_SIDES = 2
# Letters that are functions, so that their power of -1 is the inverse function.
_FUNCTIONS = (Symbol("f"), Symbol("g"), Symbol("h"))
# Functions without a name of their own.
_FUNCTION_NAMES = frozenset("fghFG")


def compare_relations(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two relations, or one with the value that it gives."""
    reference, answer = _as_equation(reference), _as_equation(answer)
    chains = _parts_of_chain(reference, answer), _parts_of_chain(answer, reference)
    if any(chains):
        return comparing.same(chains[0] or reference, chains[1] or answer)
    tuples = _parts_of_tuple(reference, answer), _parts_of_tuple(answer, reference)
    if any(tuples):
        return comparing.same(tuples[0] or reference, tuples[1] or answer)
    classes = _members_of_class(reference, answer), _members_of_class(answer, reference)
    if any(classes):
        return comparing.same(classes[0] or reference, classes[1] or answer)
    if _are_different_operations(reference, answer):
        return DIFFERENT
    reference, answer = _named_set(reference), _named_set(answer)
    if isinstance(reference, Relation) != isinstance(answer, Relation):
        reference, answer = _named_class(reference), _named_class(answer)
    return _compare_named_sides(comparing, reference, answer)


def _compare_named_sides(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare what is no name of a set: equations, sets and values."""
    if not isinstance(reference, Relation) and not isinstance(answer, Relation):
        return comparing.same(reference, answer)
    if is_set(reference) or is_set(answer):
        return compare_sets(comparing, reference, answer)
    if isinstance(answer, Relation) and is_chain(answer):
        links = all_of(false_links(comparing, answer))
        if not links:
            return links
    if isinstance(reference, Relation) and isinstance(answer, Relation):
        return any_of(_ways(comparing, reference, answer))
    if isinstance(reference, Relation):
        value = value_of_relation(reference, asked=False)
        if value is None:
            solved = _solved_by(reference, answer)
            return DIFFERENT if solved is None else compare_curves(comparing, reference, solved)
        return any_of(_ways_of_value(comparing, reference, value, answer))
    value = value_of_relation(answer, asked=True) if isinstance(answer, Relation) else None
    if value is None and isinstance(answer, Relation) and set(answer.signs) == {"="}:
        return all_of(comparing.same(reference, side) for side in answer.sides)  # an identity, such as an expansion
    return DIFFERENT if value is None else comparing.same(reference, value)


def _named_set(tree: Tree) -> Tree:
    r"""Return the set that an equation gives a name, as ``D=(-\infty,3)``; other trees as they are."""
    match tree:
        case Relation(signs=("=",), sides=(Symbol(), value)) if is_set(value):
            return value
        case Relation(sides=(_, value)) if _is_operation(tree):
            return value
        case Relation(signs=("∈",), sides=(Collection(opening="(", items=names), value)) if all(map(is_name, names)):
            return value
        case _:
            return tree


def _are_different_operations(reference: Tree, answer: Tree) -> bool:
    """Return whether two sets are given to different names, of which one is an operation."""
    sides = [tree for tree in (reference, answer) if isinstance(tree, Relation) and tree.signs == ("=",)]
    return any(map(_is_operation, sides)) and len({key_of(side.sides[0]) for side in sides}) > 1


def _is_operation(relation: Relation) -> bool:
    r"""Return whether a relation gives the value of an operation on named sets: ``A \cap B = \{1,2\}``."""
    operation = relation.sides[0]
    is_given = relation.signs == ("=",) and isinstance(operation, Collection) and operation.opening in {"∩", "∪", "∖"}
    leaves = [each for each in nodes_of(operation) if not isinstance(each, Collection)]
    return is_given and all(isinstance(name, Symbol) and name.name.isupper() for name in leaves)


def _as_equation(tree: Tree) -> Tree:
    r"""Return a function that another sign gives its value as an equation: ``f \equiv 0``, ``f: x \mapsto x^2``."""
    match tree:
        case Relation(signs=("≡",), sides=(Call() | Symbol() as name, value)) if is_name(name) and not is_class(value):
            return Relation(("=",), (name, value))
        case Relation(
            signs=("→",), sides=(Collection(opening=":", items=(Symbol(name=function), Symbol() as letter)), value)
        ):
            return Relation(("=",), (Call(function, (letter,)), value))
        case Relation(signs=("=",), sides=(Product(factors=(Power() as inverse, Symbol() as letter)), value)) if (
            inverse.exponent == MINUS_ONE and inverse.base in _FUNCTIONS
        ):
            return Relation(("=",), (Call(f"{key_of(inverse.base)}_-1", (letter,)), value))
        case _:
            return tree


def _members_of_class(tree: Tree, other: Tree) -> Collection | None:
    r"""Return a congruence beside another relation as its members: ``n \equiv 1 \pmod 4`` as ``n = 4k+1``, k whole."""
    match tree:
        case Relation(signs=("≡",), sides=(Symbol(name=name) as letter, Quantity(value=rest, unit=unit))) if (
            unit.startswith(MODULO) and isinstance(other, Collection)
        ):
            index = Symbol("k" if name != "k" else "m")
            period = Constant(Fraction(unit.removeprefix(MODULO)))
            member = Relation(("=",), (letter, added([multiplied([period, index]), rest])))
            return Collection("", "", (member, Relation(("∈",), (index, Symbol("Z")))))
        case _:
            return None


def _parts_of_chain(tree: Tree, other: Tree) -> Collection | None:
    """Return a chain that gives names one value, ``x=y=z=1``, as a list of named values beside another list."""
    match tree:
        case Relation() if not isinstance(other, Collection):
            return None
        case Relation(signs=signs, sides=(*names, value)) if set(signs) == {"="} and len(names) > 1:
            are_names = all(isinstance(name, Symbol) for name in names) and not is_name(value)
            return Collection("", "", tuple(Relation(("=",), (name, value)) for name in names)) if are_names else None
        case _:
            return None


def _parts_of_tuple(tree: Tree, other: Tree) -> Collection | None:
    """Return an equation of two tuples, ``(x,y)=(1,2)``, as a list of named values beside other named values."""
    match tree, other:
        case (
            Relation(signs=("=",), sides=(Collection(opening="(", items=names), Collection(opening="(", items=values))),
            Collection(items=items),
        ) if len(names) == len(values) == len(items) and all(isinstance(each, Relation) for each in items):
            named = zip(names, values, strict=True)
            return Collection("", "", tuple(Relation(("=",), pair) for pair in named))
        case _:
            return None


def _named_class(tree: Tree) -> Tree:
    r"""Return the class of whole numbers that a congruence gives a letter, as ``x \equiv 2 \pmod 5``."""
    match tree:
        case Relation(signs=("≡",), sides=(Symbol(), Quantity() as value)):
            return value
        case _:
            return tree


def _solved_by(reference: Relation, answer: Tree) -> Relation | None:
    """Return the equation that an expression solves for the one letter of the reference that it does not have."""
    letters, others = free_symbols(reference), free_symbols(answer)
    missing = letters - others
    is_solved_for_one = len(letters) == _TWO_SIDES and len(missing) == len(others) == 1
    if reference.signs != ("=",) or not is_solved_for_one:
        return None
    return Relation(("=",), (Symbol(missing.pop()), answer))


def _ways_of_value(comparing: Comparing, reference: Relation, value: Tree, answer: Tree) -> Iterator[Decision]:
    yield comparing.same(value, answer)
    yield compare_families(comparing, reference, answer) or DIFFERENT


def is_chain(relation: Relation) -> bool:
    """Return whether a relation says that several things are equal, or that two constants are."""
    return set(relation.signs) == {"="} and (len(relation.sides) > _TWO_SIDES or not free_symbols(relation))


def _ways(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    if set(reference.signs) == set(answer.signs) == {"="}:
        yield from _ways_of_equations(comparing, reference, answer)
    elif reference.signs == answer.signs:
        yield comparing.same_in_order(reference.sides, answer.sides)


def _ways_of_equations(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    names = [sum(map(is_name, relation.sides)) for relation in (reference, answer)]
    if max(names) > 1 and max(len(reference.sides), len(answer.sides)) > _TWO_SIDES:
        # Each name of a chain is said to have the value: x = y = 3 says more than x = 3.
        yield compare_unordered(comparing, reference.sides, answer.sides)
        return
    named, answer_named = named_value(reference), named_value(answer)
    if named is not None and answer_named is not None:
        yield _compare_named(comparing, named, answer_named)
    elif len(reference.sides) == len(answer.sides):
        yield comparing.same_in_order(reference.sides, answer.sides)
    if len(reference.sides) == len(answer.sides) == _TWO_SIDES and differ_at_point(comparing, reference, answer):
        yield Decision(same=False, stage="factors")
    elif len(reference.sides) == len(answer.sides) == _TWO_SIDES:
        # An equation that is to be solved is not its solution, and its solution is not the equation.
        if is_solved(reference) == is_solved(answer) or len(free_symbols(reference)) > 1:
            yield compare_multiples(comparing, reference, answer, positive=False)
        yield compare_curves(comparing, reference, answer)
    yield compare_families(comparing, reference, answer) or DIFFERENT


def _compare_named(comparing: Comparing, named: tuple[Tree, Tree], answer_named: tuple[Tree, Tree]) -> Decision:
    """Compare two equations that each give a name its value."""
    (name, value), (answer_name, answer_value) = named, answer_named
    with_arguments_renamed = _rename_arguments(name, answer_name, answer_value)
    if with_arguments_renamed is not None:
        return comparing.same(value, with_arguments_renamed)
    if key_of(name) == key_of(answer_name) or _is_function_alone(name, answer_name):
        return comparing.same(value, answer_value)
    if isinstance(name, Call) and isinstance(answer_name, Call):
        return DIFFERENT
    if key_of(name).count("'") != key_of(answer_name).count("'"):
        return DIFFERENT  # a derivative is another function
    if any(isinstance(each, Call) and not is_unknown_function(each.name) for each in (name, answer_name)):
        return DIFFERENT  # |y| = x is not y = x
    heads = {_head(name), _head(answer_name)}
    # y and f(x) are the value of a function of any name, but no other coordinate.
    calls = {_head(each) for each in (name, answer_name) if isinstance(each, Call)}
    is_value = "y" in heads or not calls.isdisjoint(_FUNCTION_NAMES)
    is_of_function = bool(free_symbols(value)) and is_value and heads.isdisjoint({"x", "z"})
    may_differ = is_of_function or comparing.options.rename_variables
    if comparing.options.rename_variables and not are_foreign(comparing, name, answer_name):
        return DIFFERENT
    return comparing.same(value, answer_value) if may_differ else DIFFERENT


def _head(name: Tree) -> str:
    """Return a name without its subscript and primes."""
    return name.name.partition("_")[0].rstrip("'") if isinstance(name, (Symbol, Call)) else ""


def _is_function_alone(name: Tree, other: Tree) -> bool:
    """Return whether one side names a function with its letters and the other one without: f(x) and f."""
    return any(
        isinstance(another, Symbol) and another.name == one.name and is_unknown_function(one.name) and _arguments(one)
        for one, another in ((name, other), (other, name))
        if isinstance(one, Call)
    )


def are_foreign(comparing: Comparing, name: Tree, answer_name: Tree) -> bool:
    """Return whether neither side has the other side's name, so that one may stand for the other."""
    letters, answer_letters = comparing.letters
    may_stand = not (isinstance(name, Symbol) and isinstance(answer_name, Symbol)) or may_stand_for(
        answer_name.name, name.name
    )
    return may_stand and answer_letters.isdisjoint(symbols_in(name)) and letters.isdisjoint(symbols_in(answer_name))


def _rename_arguments(name: Tree, answer_name: Tree, answer_value: Tree) -> Tree | None:
    """Give an answer's function the reference's variables; None if these are not two functions of as many."""
    arguments, answer_arguments = _arguments(name), _arguments(answer_name)
    if not arguments or len(arguments) != len(answer_arguments):
        return None
    if isinstance(name, Call) and isinstance(answer_name, Call) and name.name != answer_name.name:
        return None
    renamed_ones = [old.name for old, new in zip(answer_arguments, arguments, strict=True) if old != new]
    if any(old.isupper() and old not in free_symbols(answer_value) for old in renamed_ones):
        return None  # P(A) is no function of a variable A, and P(B) is another number
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
