"""Conditions joined by words: ``x < 1 or x > 3`` and ``x > 1 and x < 3`` say different things."""

from __future__ import annotations

from rlvr_math.reading.tree import Call, Collection, Relation, Symbol, Tree, key_of

# Signs that say where something lies. Between equations "and" and "or" list values, as a comma does.
_PLACING = frozenset({"<", ">", "<=", ">=", "!=", "∈", "∉"})
AND, OR = "∧", "∨"
_ENDS = 2
_NEGATIONS = frozenset({"\\neg", "\\lnot", "overline"})
_SETS = frozenset({"(", "[", "{", "∪", OR, AND})


def connected(items: list[Tree], separators: list[set[str]]) -> list[Tree]:
    """Join conditions by the words between them, "and" before "or"; other items stay as they are.

    Args:
        items: The items of a list, two at least.
        separators: The separators behind each item but the last: a comma before a word does not count.
    """
    if not any(map(_is_condition, items)):
        if any("or" in each for each in separators) and all(map(_is_proposition, items)):
            groups = _split(items, separators, "or")
            return [Collection(OR, "", tuple(_one(group) for group, _ in groups))]
        if all("or" in each for each in separators):
            if _are_alternative_intervals(items):
                return [Collection("∪", "", tuple(items))]
            if _are_alternatives(items):
                return [Collection(OR, "", tuple(items))]
        return items
    if any("or" in each for each in separators) and isinstance(items[0], Relation) and all(map(_is_part, items)):
        groups = _split(items, separators, "or")
        return [Collection(OR, "", tuple(_one(connected(*group)) for group in groups))]
    groups = _split(items, [each if "and" not in each else {"and"} for each in separators], ",")
    joined: list[Tree] = []
    for parts, _ in groups:
        if len(parts) > 1 and any(map(_is_condition, parts)) and all(map(_is_part, parts)):
            joined.append(Collection(AND, "", tuple(parts)))
        else:
            joined.extend(parts)
    return joined


def _are_alternatives(items: list[Tree]) -> bool:
    """Return whether items are equations of different letters: ``x = 1 or y = 2`` is no solution."""
    letters = {item.sides[0].name for item in items if isinstance(item, Relation) and isinstance(item.sides[0], Symbol)}
    return len(letters) > 1 and all(isinstance(item, Relation) for item in items)


def _are_alternative_intervals(items: list[Tree]) -> bool:
    """Return whether items are intervals, of which one can be no point: ``(-1,0) or [1,2)``."""
    pairs = [item for item in items if isinstance(item, Collection) and item.opening in {"(", "["}]
    are_pairs = len(pairs) == len(items) and all(len(pair.items) == _ENDS for pair in pairs)
    return are_pairs and any((pair.opening, pair.closing) != ("(", ")") or "∞" in key_of(pair) for pair in pairs)


def _is_proposition(tree: Tree) -> bool:
    """Return whether a tree is letters: ``p or q`` says another thing than ``p and q``, unlike ``1 or 2``."""
    match tree:
        case Call(name, (of,)):
            return name in _NEGATIONS and _is_proposition(of)
        case Collection(_, _, items):
            return all(map(_is_proposition, items))
        case _:
            return isinstance(tree, Symbol)


def _split(items: list[Tree], separators: list[set[str]], at: str) -> list[tuple[list[Tree], list[set[str]]]]:
    """Split items at a word, or at whatever is not "and"."""
    groups: list[tuple[list[Tree], list[set[str]]]] = [([items[0]], [])]
    for item, between in zip(items[1:], separators, strict=True):
        if ("or" in between) if at == "or" else ("and" not in between):
            groups.append(([item], []))
        else:
            groups[-1][0].append(item)
            groups[-1][1].append(between)
    return groups


def _one(items: list[Tree]) -> Tree:
    return items[0] if len(items) == 1 else Collection("", "", tuple(items))


def _is_condition(tree: Tree) -> bool:
    return isinstance(tree, Relation) and not _PLACING.isdisjoint(tree.signs)


def _is_part(tree: Tree) -> bool:
    """Return whether a tree may stand beside a condition: a relation, or the rest of ``x in (0, 1) or (2, 3)``."""
    return isinstance(tree, Relation) or (isinstance(tree, Collection) and tree.opening in _SETS)
