"""Compare trees of which one can only be a set: as written, as families, letter by letter, and by their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr_math.comparing.balls import UndecidedError, precision
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS
from rlvr_math.comparing.equations import compare_multiples
from rlvr_math.comparing.names import is_name
from rlvr_math.comparing.sets.builders import BUILDER, compare_builders, letters_of
from rlvr_math.comparing.sets.families import compare_families, declared_in
from rlvr_math.comparing.sets.finite import compare_finite
from rlvr_math.comparing.sets.pieces import Region, listed, order
from rlvr_math.comparing.sets.regions import is_set, region_of
from rlvr_math.comparing.unordered import compare_unordered
from rlvr_math.comparing.values import bits_of
from rlvr_math.limits import PRECISION_LIMIT_BITS
from rlvr_math.reading.tree import Collection, Relation, Symbol, Tree, renamed

_ITEM_AND_CONDITION = 2
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# Parts of these have no order.
_UNORDERED = frozenset({"", "∪", "∩", "∨", "∧"})


def compare_sets(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two trees of which at least one can only be a set."""
    return any_of(_ways(comparing, reference, answer))


def _ways(comparing: Comparing, reference: Tree, answer: Tree) -> Iterator[Decision]:
    families = compare_families(comparing, reference, answer)
    if families is not None:
        yield families
        return
    reference, answer = _without_declarations(reference), _without_declarations(_redeclared(reference, answer))
    systems = [_groups(tree) for tree in (reference, answer)]
    if max(map(len, systems)) > 1:
        yield _compare_systems(comparing, *systems)
        return
    if _letters_agree(comparing, letters_of(reference), letters_of(answer)):
        decision = _compare_regions(comparing, reference, answer)
        if decision is not None:
            yield decision
            return
        yield from _ways_undecided(comparing, reference, answer)
    yield compare_finite(comparing, reference, answer)
    if isinstance(reference, Relation) and isinstance(answer, Relation):
        yield from _as_written(comparing, reference, answer)


def _ways_undecided(comparing: Comparing, reference: Tree, answer: Tree) -> Iterator[Decision]:
    """Compare sets that are no stretches of the real line whose ends have a value."""
    if _without_name(reference) is not reference or _without_name(answer) is not answer:
        yield comparing.same(_without_name(reference), _without_name(answer))
        return
    if isinstance(reference, Collection) and isinstance(answer, Collection):
        yield _compare_parts(comparing, reference, answer)


def _as_written(comparing: Comparing, reference: Relation, answer: Relation) -> Iterator[Decision]:
    """Compare as written and read from right to left; one sign also by what stands on its sides together."""
    candidates = [each for each in (answer, _turned(answer)) if each.signs == reference.signs]
    for candidate in candidates:
        yield comparing.same_in_order(reference.sides, candidate.sides)
    if len(reference.signs) == 1 and reference.signs[0] in {*_TURNED, "!="}:
        for candidate in candidates:
            yield compare_multiples(comparing, reference, candidate, positive=reference.signs[0] != "!=")


def _turned(relation: Relation) -> Relation:
    """Read a relation from right to left."""
    return Relation(tuple(_TURNED.get(sign, sign) for sign in reversed(relation.signs)), relation.sides[::-1])


def _redeclared(reference: Tree, answer: Tree) -> Tree:
    """Give the answer's only parameter the name of the reference's."""
    letters, answer_letters = (_parameters(tree) for tree in (reference, answer))
    if len(letters) != 1 or len(answer_letters) != 1 or letters == answer_letters:
        return answer
    return renamed(answer, {answer_letters.pop(): Symbol(letters.pop())})


def _parameters(tree: Tree) -> set[str]:
    """Return the letters that are declared to be whole, or that have a condition and another item depends on."""
    items = [*_conjuncts(tree)]
    declared = {declared_in(item) for item in items} - {""}
    if declared or len(items) != _ITEM_AND_CONDITION:
        return declared
    letters = [letters_of(item) for item in items]
    return {
        letter
        for one, other in (letters, letters[::-1])
        if len(one) == 1 and is_set(items[letters.index(one)])
        for letter in one
        if letter in other and len(other) > 1
    }


def _without_declarations(tree: Tree) -> Tree:
    r"""Drop ``k \\in \\mathbb{Z}`` from a list in which another item depends on k."""
    if not isinstance(tree, Collection) or tree.opening not in {"", "∧"}:
        return tree
    declared = {item: declared_in(item) for item in tree.items}
    others = [item for item, letter in declared.items() if not letter]
    # In n > 0, n is the number itself; in (n, n + 1) or x > n it is a parameter.
    dependent = [letters_of(item) for item in others if not isinstance(item, Relation) or len(letters_of(item)) > 1]
    parameters = frozenset().union(*dependent)
    items = tuple(item for item in tree.items if declared[item] not in parameters)
    return items[0] if len(items) == 1 else Collection(tree.opening, tree.closing, items)


def _groups(tree: Tree) -> dict[frozenset[str], list[Tree]]:
    """Return the relations of a system by their letters; anything else is one group."""
    items = _conjuncts(tree)
    if not all(isinstance(item, Relation) or _has_alternatives(item) for item in items):
        return {letters_of(tree): [tree]}
    groups: dict[frozenset[str], list[Tree]] = {}
    for item in items:
        groups.setdefault(letters_of(item), []).append(item)
    return groups


def _conjuncts(tree: Tree) -> tuple[Tree, ...]:
    if isinstance(tree, Collection) and tree.opening in {"", "∧"}:
        return tuple(part for item in tree.items for part in _conjuncts(item))
    return (tree,)


def _has_alternatives(tree: Tree) -> bool:
    return isinstance(tree, Collection) and tree.opening == "∨"


def _compare_systems(
    comparing: Comparing, reference: dict[frozenset[str], list[Tree]], answer: dict[frozenset[str], list[Tree]]
) -> Decision:
    """Compare two systems letter by letter."""
    if reference.keys() != answer.keys():
        return DIFFERENT
    return all_of(
        comparing.same(*(items[0] if len(items) == 1 else Collection("", "", tuple(items)) for items in parts))
        for parts in ((reference[letters], answer[letters]) for letters in reference)
    )


def _letters_agree(comparing: Comparing, reference: frozenset[str], answer: frozenset[str]) -> bool:
    """Return whether two sets are about the same letters: a set without one takes any one letter."""
    if len(reference ^ answer) <= 1:
        return True
    if not comparing.options.rename_variables or not len(reference) == len(answer) == 1:
        return False
    letters, answer_letters = comparing.letters
    return letters.isdisjoint(answer) and answer_letters.isdisjoint(reference)


def _without_name(tree: Tree) -> Tree:
    """Return the set that a name is said to lie in."""
    is_named = isinstance(tree, Relation) and tree.signs == ("∈",) and is_name(tree.sides[0])
    return tree.sides[1] if isinstance(tree, Relation) and is_named else tree


def _compare_regions(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Compare as sets of real numbers; None if a side is none, or cannot be solved."""
    bits = GUARD_BITS + bits_of(reference) + bits_of(answer)
    if bits > PRECISION_LIMIT_BITS:
        return None
    try:
        with precision(bits):
            region, answer_region = (region_of(tree, comparing.steps) for tree in (reference, answer))
            if region.whole != answer_region.whole:
                region, answer_region = listed(region), listed(answer_region)
            ends = _written_ends(region, answer_region)
    except UndecidedError:
        return None
    if ends is None:
        return Decision(same=False, stage="regions")
    decision = all_of(comparing.same(*pair) for pair in ends)
    return Decision(decision.same, "regions")


def _written_ends(reference: Region, answer: Region) -> list[tuple[Tree, Tree]] | None:
    """Return the ends that are still to be compared as they are written; None if the sets differ already."""
    if len(reference.pieces) != len(answer.pieces):
        return None
    ends: list[tuple[Tree, Tree]] = []
    for piece, other in zip(reference.pieces, answer.pieces, strict=True):
        if (piece.with_low, piece.with_high) != (other.with_low, other.with_high):
            return None
        for one, another in ((piece.low, other.low), (piece.high, other.high)):
            if one.tree is not None and another.tree is not None:
                ends.append((one.tree, another.tree))
            elif order(one, another):
                return None
    return ends


def _compare_parts(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Compare what cannot be carried out part by part."""
    if reference.opening != answer.opening:
        return DIFFERENT
    if reference.opening == BUILDER:
        return compare_builders(comparing, reference, answer)
    if reference.opening in _UNORDERED:
        return compare_unordered(comparing, reference.items, answer.items)
    return comparing.same_in_order(reference.items, answer.items) if reference.opening == "∖" else DIFFERENT
