"""Lists, sets, tuples and intervals."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.grids import compare_vector
from rlvr_math.comparing.names import value_of_relation
from rlvr_math.comparing.regions import compare_regions, is_region
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.tree import Collection, Grid, Relation, Tree

# Lists without order are matched item by item.
ITEMS_LIMIT = 200
_UNORDERED = frozenset({"", "{"})


def compare_collections(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare by the brackets: in order, without order, or as stretches of the real line."""
    if not isinstance(reference, Collection) or not isinstance(answer, Collection):
        return _compare_with_another(comparing, reference, answer)
    if is_region(reference) or is_region(answer):
        return compare_regions(comparing, reference, answer)
    openings = (reference.opening, answer.opening)
    if _UNORDERED.issuperset(openings):
        return _compare_unordered(comparing, reference, answer)
    same_brackets = openings[0] == openings[1] and reference.closing == answer.closing
    bare = "" in openings and {reference.closing, answer.closing} <= {"", ")"}
    return comparing.same_in_order(reference.items, answer.items) if same_brackets or bare else DIFFERENT


def _compare_with_another(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare a collection with another structure."""
    if isinstance(reference, Grid) or isinstance(answer, Grid):
        return compare_vector(comparing, reference, answer)
    decision = compare_regions(comparing, reference, answer)
    return decision or any_of((decision, _compare_only_item(comparing, reference, answer)))


def _compare_only_item(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare a list or set of one item with a value, by that item."""
    item = _only_item(reference)
    if item is not None and not isinstance(answer, Collection):
        return comparing.same(item, answer)
    item = _only_item(answer)
    if item is not None and not isinstance(reference, Collection):
        return comparing.same(reference, item)
    return DIFFERENT


def _only_item(tree: Tree) -> Tree | None:
    is_one = isinstance(tree, Collection) and tree.opening in _UNORDERED and len(tree.items) == 1
    return tree.items[0] if isinstance(tree, Collection) and is_one else None


def _compare_unordered(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Match items one to one; a set counts equal items once."""
    items, answer_items = list(reference.items), list(answer.items)
    if max(len(items), len(answer_items)) > ITEMS_LIMIT:
        raise OverLimitError(f"a list of more than {ITEMS_LIMIT} items")
    if reference.opening == "{" and answer.opening == "{":
        items, answer_items = _distinct(comparing, items), _distinct(comparing, answer_items)
    if len(items) != len(answer_items):
        return _compare_flattened(comparing, reference, answer)
    matched = all_of(_take(comparing, item, answer_items) for item in items)
    return matched or any_of((matched, compare_regions(comparing, reference, answer)))


def _take(comparing: Comparing, item: Tree, answer_items: list[Tree]) -> Decision:
    """Remove the first of the answer's items that is an item of the reference, if there is one."""
    return any_of(_takings(comparing, item, answer_items))


def _takings(comparing: Comparing, item: Tree, answer_items: list[Tree]) -> Iterator[Decision]:
    for index, answer_item in enumerate(answer_items):
        decision = comparing.same(item, answer_item)
        if decision:
            del answer_items[index]
        yield decision


def _compare_flattened(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Compare again with lists within lists flattened, if there are any."""
    flat, answer_flat = _flattened(reference), _flattened(answer)
    if (flat, answer_flat) == (reference, answer) or len(flat.items) != len(answer_flat.items):
        return DIFFERENT
    return _compare_unordered(comparing, flat, answer_flat)


def _flattened(tree: Collection) -> Collection:
    items: list[Tree] = []
    for item in tree.items:
        value = value_of_relation(item, asked=False) if isinstance(item, Relation) else item
        inner = value if isinstance(value, Collection) and value.opening in _UNORDERED else None
        items.extend(inner.items if inner is not None else (item,))
    return Collection(tree.opening, tree.closing, tuple(items))


def _distinct(comparing: Comparing, items: list[Tree]) -> list[Tree]:
    found: list[Tree] = []
    for item in items:
        if not any(comparing.same(item, other) for other in found):
            found.append(item)
    return found
