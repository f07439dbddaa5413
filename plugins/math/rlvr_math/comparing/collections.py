"""Lists, sets and tuples."""

from __future__ import annotations

from itertools import product

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.grids import compare_grids
from rlvr_math.comparing.named_lists import in_order_of_names, without_numbers
from rlvr_math.comparing.names import value_of_relation
from rlvr_math.comparing.pieces import compare_pieces
from rlvr_math.comparing.ratios import compare_ratios, is_ratio
from rlvr_math.comparing.sets.comparison import compare_sets
from rlvr_math.comparing.sets.families import compare_families
from rlvr_math.comparing.sets.regions import is_set
from rlvr_math.comparing.unordered import compare_unordered
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.tree import CASE, CASES, PAIRS, Collection, Grid, Relation, Symbol, Tree

_UNORDERED = frozenset({"", "{"})
# What has parts of its own kinds, so that another collection of as many items is something else.
_OF_PARTS = frozenset({CASES, CASE, PAIRS})
_EMPTY = Symbol("∅")
# Lists without order are matched item by item.
_ITEMS_LIMIT = 200


def compare_collections(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare by the brackets: in order, without order, or as sets of numbers."""
    reference, answer = _listed_pairs(reference), _listed_pairs(answer)
    reference, answer = without_numbers(reference, answer), without_numbers(answer, reference)
    if is_ratio(reference) or is_ratio(answer):
        return compare_ratios(comparing, reference, answer)
    if any(isinstance(each, Collection) and each.opening in _OF_PARTS for each in (reference, answer)):
        return _compare_cases(comparing, reference, answer)
    if is_set(reference) or is_set(answer):
        return compare_sets(comparing, reference, answer)
    families = compare_families(comparing, reference, answer)
    if families:
        return families
    if not isinstance(reference, Collection) or not isinstance(answer, Collection):
        return _compare_with_another(comparing, reference, answer)
    ordered = in_order_of_names(reference, answer)
    if ordered is not None:
        return comparing.same_in_order(*ordered)
    openings = (reference.opening, answer.opening)
    if _UNORDERED.issuperset(openings):
        return _compare_unordered(comparing, reference, answer)
    same_brackets = openings[0] == openings[1] and reference.closing == answer.closing
    bare = "" in openings and {reference.closing, answer.closing} <= {"", ")"}
    return comparing.same_in_order(reference.items, answer.items) if same_brackets or bare else DIFFERENT


def _listed_pairs(tree: Tree) -> Tree:
    """Return a product of two finite sets as the set of its pairs; other trees as they are."""
    match tree:
        case Collection(
            opening=opening, items=(Collection(opening="{", items=ones), Collection(opening="{", items=others))
        ) if opening == PAIRS and len(ones) * len(others) <= _ITEMS_LIMIT:
            return Collection("{", "}", tuple(Collection("(", ")", pair) for pair in product(ones, others)))
        case _:
            return tree


def _compare_cases(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare functions by their pieces, in any order; pieces and products of sets part by part."""
    match reference, answer:
        case Collection(opening=opening, items=items), Collection(opening=other, items=others) if opening == other:
            is_in_order = opening in {CASE, PAIRS}
            return (
                comparing.same_in_order(items, others) if is_in_order else compare_unordered(comparing, items, others)
            )
        case Collection(), Collection():
            return DIFFERENT
        case Collection(opening=opening), _ if opening == CASES:
            return compare_pieces(comparing, reference, answer, is_reference=True)
        case _, Collection(opening=opening) if opening == CASES:
            return compare_pieces(comparing, answer, reference, is_reference=False)
        case _:
            return DIFFERENT


def _compare_with_another(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare a collection with another structure: a list or set of one item with a value."""
    if isinstance(reference, Grid) or isinstance(answer, Grid):
        return compare_grids(comparing, reference, answer)
    item = _only_item(reference)
    if item is not None and not isinstance(answer, Collection):
        return comparing.same(item, answer)
    item = _only_item(answer)
    if item is not None and not isinstance(reference, Collection):
        return comparing.same(reference, item)
    return DIFFERENT


def _only_item(tree: Tree) -> Tree | None:
    if not isinstance(tree, Collection) or tree.opening not in _UNORDERED or len(tree.items) != 1:
        return None
    return None if _sets_in(tree) else tree.items[0]


def _sets_in(tree: Collection) -> int:
    """Return how many members of a set are sets: ``{1, {2}}`` is not ``{1, 2}``, nor is the set of a set that set."""
    if tree.opening != "{":
        return 0
    return sum(map(_is_set_of_items, tree.items))


def _is_set_of_items(tree: Tree) -> bool:
    return tree == _EMPTY or (isinstance(tree, Collection) and tree.opening == "{")


def _parted(tree: Collection) -> tuple[Collection, Collection]:
    """Return the members of a set that are sets, and the others."""
    nested = tuple(item for item in tree.items if _is_set_of_items(item))
    others = tuple(item for item in tree.items if not _is_set_of_items(item))
    return Collection(tree.opening, tree.closing, nested), Collection(tree.opening, tree.closing, others)


def _compare_unordered(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Match items one to one; a set counts equal items once."""
    items, answer_items = reference.items, answer.items
    if _sets_in(reference) != _sets_in(answer):
        return DIFFERENT
    if 0 < _sets_in(reference) < len(reference.items):
        # A set of one member is equal to that member elsewhere, and not as a member beside it.
        parts = (_parted(each) for each in (reference, answer))
        return all_of(_compare_unordered(comparing, *pair) for pair in zip(*parts, strict=True))
    if max(len(items), len(answer_items)) > _ITEMS_LIMIT:
        raise OverLimitError(f"a list of more than {_ITEMS_LIMIT} items")
    if reference.opening == "{" and answer.opening == "{":
        items, answer_items = _distinct(comparing, items), _distinct(comparing, answer_items)
    if len(items) != len(answer_items):
        return _compare_flattened(comparing, reference, answer)
    return compare_unordered(comparing, items, answer_items)


def _compare_flattened(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Compare again with lists within lists flattened, if there are any; a set beside other items is one of them."""
    flat, answer_flat = _flattened(reference), _flattened(answer)
    if (flat, answer_flat) == (reference, answer) or len(flat.items) != len(answer_flat.items):
        return DIFFERENT
    return _compare_unordered(comparing, flat, answer_flat)


def _flattened(tree: Collection) -> Collection:
    items: list[Tree] = []
    for item in tree.items:
        is_named = isinstance(item, Relation)  # x = {1, 2} lists its values
        value = value_of_relation(item, asked=False) if isinstance(item, Relation) else item
        inner = value if isinstance(value, Collection) and value.opening in (_UNORDERED if is_named else {""}) else None
        items.extend(inner.items if inner is not None else (item,))
    return Collection(tree.opening, tree.closing, tuple(items))


def _distinct(comparing: Comparing, items: tuple[Tree, ...]) -> tuple[Tree, ...]:
    found: list[Tree] = []
    for item in items:
        if not any_of(comparing.same(item, other) for other in found):
            found.append(item)
    return tuple(found)
