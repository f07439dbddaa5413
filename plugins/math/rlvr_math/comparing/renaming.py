"""Letters of an answer that stand for letters of the reference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from rlvr import lazy_pattern
from rlvr_math.comparing.names import NUMBER_SETS, free_symbols, named_value
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import (
    Call,
    Collection,
    Power,
    Relation,
    Sum,
    Symbol,
    Tree,
    children,
    nodes_of,
    renamed,
    symbols_in,
    with_children,
)

# A letter, Greek ones by their names, with an index.
_VARIABLE = lazy_pattern(r"(?P<letter>[^\W\d_]|\\?[a-z]{2,10})(?P<index>_.{1,12})?")
_INTEGRATION_CONSTANTS = frozenset({"C", "c", "K", "k", "D"})
# Letters of arbitrary constants in the solution of an equation, of which one is a C, and what is solved for.
_ARBITRARY = lazy_pattern(r"[ABCDKck](?:_\d)?")
_CONSTANT = lazy_pattern(r"[Cc](?:_\d)?")
_SOLVED_FOR = frozenset({"y", "f", "g", "h", "u", "x"})
_CONSTANTS_LIMIT = 3
# Letters by which programs and engineers write numbers that have another name.
_OTHER_NAMES = {"I": "i", "j": "i", "E": "e"}
_ARROWS = frozenset({"vec", "hat"})


def renamings_of(reference: Tree, answer: Tree, options: GradeOptions) -> Iterator[dict[str, Tree]]:
    """Yield what to put in the place of the answer's symbols, for each way to name them that may be meant."""
    yield from _renamings_of_letters(reference, answer, options)
    declared, others = _declared_in(reference), _declared_in(answer)
    if len(declared) == len(others) == 1 and [*declared.values()] == [*others.values()] and declared != others:
        yield {old: Symbol(new) for old, new in zip(others, declared, strict=True)}
    if isinstance(reference, Relation) and isinstance(answer, Relation):
        yield from _renamings_of_constants(reference, answer)


def _declared_in(tree: Tree) -> dict[str, str]:
    """Return the letters that a list declares, and the sets of numbers that they are declared to be from."""
    if not isinstance(tree, Collection) or tree.opening not in {"", "∧"}:
        return {}
    found: dict[str, str] = {}
    for item in tree.items:
        match item:
            case Relation(signs=("∈",), sides=(Symbol(name=letter), Symbol(name=numbers))):
                found[letter] = numbers
    return found


def _renamings_of_constants(reference: Relation, answer: Relation) -> Iterator[dict[str, Tree]]:
    """Pair the arbitrary constants of two solutions in every way: ``y=C_1e^x+C_2`` and ``y=Ae^x+B``."""
    values = named_value(reference), named_value(answer)
    if values[0] is None or values[1] is None or not all(_is_solution(pair) for pair in values if pair):
        return
    constants, others = (
        sorted(name for name in free_symbols(pair[1]) if _ARBITRARY.fullmatch(name)) for pair in values if pair
    )
    has_constant = any(map(_CONSTANT.fullmatch, (*constants, *others)))
    if not has_constant or not len(constants) == len(others) <= _CONSTANTS_LIMIT:
        return
    for order in permutations(constants):
        if list(order) != others:
            yield {old: Symbol(new) for old, new in zip(others, order, strict=True)}


def _is_solution(named: tuple[Tree, Tree]) -> bool:
    name = named[0]
    return isinstance(name, (Symbol, Call)) and name.name in _SOLVED_FOR


def with_usual_letters(reference: Tree, answer: Tree) -> tuple[Tree, Tree] | None:
    r"""Write both sides with the usual letters: i for sympy's I, and ``\vec{a}`` as a; None if they have them.

    A letter that the other side uses too, or beside the usual one, has a meaning of its own.
    """
    sides = [reference, answer]
    if not _OTHER_NAMES.keys().isdisjoint(symbols_in(reference) ^ symbols_in(answer)):
        for at in (0, 1):
            renaming = _renaming_of_numbers(sides[at], sides[1 - at])
            sides[at] = renamed(sides[at], renaming) if renaming else sides[at]
    arrows = [_arrows_in(side) for side in sides]
    for at in (0, 1):
        if arrows[at] and not arrows[1 - at] and arrows[at].isdisjoint(_plain_in(sides[at])):
            sides[at] = _without_arrows(sides[at])
    return None if sides == [reference, answer] else (sides[0], sides[1])


def _renaming_of_numbers(tree: Tree, other: Tree) -> dict[str, Tree]:
    """Return the usual letters of numbers, which another tree has, for other names of them in a tree."""
    names, others = symbols_in(tree), symbols_in(other)
    return {
        name: Symbol(usual)
        for name, usual in _OTHER_NAMES.items()
        if name in names
        and name not in others
        and usual in others
        and usual not in names
        and (name != "E" or _is_base(tree, name))
    }


def _is_base(tree: Tree, name: str) -> bool:
    """Return whether a letter is raised somewhere."""
    return (isinstance(tree, Power) and tree.base == Symbol(name)) or any(
        _is_base(part, name) for part in children(tree)
    )


def _arrows_in(tree: Tree) -> set[str]:
    """Return the letters that stand below an arrow."""
    below = [each.arguments for each in nodes_of(tree) if type(each) is Call and each.name in _ARROWS]
    return {letter.name for letter, *others in below if isinstance(letter, Symbol) and not others}


def _plain_in(tree: Tree) -> set[str]:
    """Return the letters that stand below no arrow."""
    match tree:
        case Call(name="vec" | "hat", arguments=(Symbol(),)):
            return set()
        case Symbol(name=name):
            return {name}
        case _:
            return {name for part in children(tree) for name in _plain_in(part)}


def _without_arrows(tree: Tree) -> Tree:
    match tree:
        case Call(name="vec" | "hat", arguments=(Symbol() as letter,)):
            return letter
        case _:
            parts = children(tree)
            return with_children(tree, tuple(map(_without_arrows, parts))) if parts else tree


def _renamings_of_letters(reference: Tree, answer: Tree, options: GradeOptions) -> Iterator[dict[str, Tree]]:
    """Give the answer's constant of integration the reference's name, and letters where the options allow it."""
    names, answer_names = (free_symbols(_without_names(tree)) for tree in (reference, answer))
    extra, missing = sorted(answer_names - names), sorted(names - answer_names)
    in_other_case = {} if options.letter_case else _renaming_of_case(extra, missing)
    if in_other_case:
        yield in_other_case
    elif len(extra) == len(missing) == 1 and not isinstance(reference, Symbol):
        # Any letter would do for one that is the answer itself.
        old, new = extra[0], missing[0]
        is_constant = _adds_constant(reference, new) and _adds_constant(answer, old)
        if is_constant or (options.rename_variables and may_stand_for(old, new)):
            yield {old: Symbol(new)}


def may_stand_for(name: str, other: str) -> bool:
    """Say whether a letter may stand for another: no derivative, segment, other index or set of numbers does."""
    one, another = _VARIABLE.fullmatch(name), _VARIABLE.fullmatch(other)
    # Two names of one letter differ by an index.
    are_letters = one is not None and another is not None and one["letter"] != another["letter"]
    return are_letters and not NUMBER_SETS.issuperset({name, other})


def _renaming_of_case(extra: list[str], missing: list[str]) -> dict[str, Tree]:
    """Pair letters that differ in case only; nothing if that leaves some over."""
    by_lower = {name.lower(): name for name in missing}
    is_pairing = len(by_lower) == len(extra) and all(name.lower() in by_lower for name in extra)
    return {name: Symbol(by_lower[name.lower()]) for name in extra} if is_pairing else {}


def _adds_constant(tree: Tree, name: str) -> bool:
    """Say whether a tree is a sum with a constant of integration of this name."""
    return name in _INTEGRATION_CONSTANTS and isinstance(tree, Sum) and Symbol(name) in tree.terms


def _without_names(tree: Tree) -> Tree:
    """Take the names of values away."""
    if isinstance(tree, Collection):
        return Collection(tree.opening, tree.closing, tuple(_without_names(item) for item in tree.items))
    match named_value(tree) if isinstance(tree, Relation) else None:
        case Symbol(), value:
            return value
        case _:
            return tree
