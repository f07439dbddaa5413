r"""Congruences in a list: ``x \equiv 1, 4 \pmod 5`` has one modulus, and one letter, for all its values."""

from __future__ import annotations

from rlvr_math.reading.tree import CONGRUENT, Collection, Quantity, Relation, Tree, is_class


def with_modulus(items: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Give the values of a list the modulus of the last one, and the letter of the first one, if they have none."""
    last = _value(items[-1])
    if not isinstance(last, Quantity) or not is_class(last):
        return items
    first = items[0]
    letter = first.sides[0] if isinstance(first, Relation) and first.signs == (CONGRUENT,) else None
    return tuple(_congruence(item, letter, last.unit) for item in items)


def _value(item: Tree) -> Tree:
    return item.sides[1] if isinstance(item, Relation) and item.signs == (CONGRUENT,) else item


def _congruence(item: Tree, letter: Tree | None, unit: str) -> Tree:
    value = _value(item)
    if isinstance(value, (Relation, Collection)):
        return item
    classed = value if isinstance(value, Quantity) else Quantity(value, unit)
    own = item.sides[0] if isinstance(item, Relation) else letter
    return classed if own is None else Relation((CONGRUENT,), (own, classed))
