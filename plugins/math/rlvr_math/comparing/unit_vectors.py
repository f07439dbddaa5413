r"""Vectors as sums of unit vectors, ``2\mathbf{i}+3\mathbf{j}``, beside vectors by their components, ``(2,3)``."""

from __future__ import annotations

from rlvr_math.comparing.decision import Comparing, Decision
from rlvr_math.comparing.values import same_value
from rlvr_math.reading.binding import is_vector
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Call,
    Collection,
    Grid,
    Symbol,
    Tree,
    added,
    children,
    multiplied,
    renamed,
    symbols_in,
    with_children,
)

_NAMES = ("i", "j", "k")
_DOTLESS = {"\\imath": "i", "\\jmath": "j"}
# Marks of vectors over a letter.
_MARKS = frozenset({"hat", "vec", "widehat", "overrightarrow", "overline"})
_UNITS = tuple(Symbol(f"~{name}") for name in _NAMES)


def compare_unit_vectors(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Compare a vector by its components with a sum of unit vectors; None if the sides are something else."""
    if isinstance(reference, (Collection, Grid)) == isinstance(answer, (Collection, Grid)):
        return None
    sides = (reference, answer)
    written = [side for side in sides if is_vector(side) and isinstance(side, (Collection, Grid))]
    others = [side for side in sides if not isinstance(side, (Collection, Grid))]
    if len(written) != 1 or len(others) != 1:
        return None
    components = children(written[0])
    found = components_of(others[0], len(components), comparing)
    if found is None:
        return None
    return comparing.same_in_order(*((components, found) if written[0] is reference else (found, components)))


def components_of(tree: Tree, count: int, comparing: Comparing) -> tuple[Tree, ...] | None:
    """Return the components of a sum of two or three unit vectors; None if a tree is none.

    A lone i may be the imaginary unit: j, k or a mark of vectors must stand beside it.
    """
    if count not in {2, 3}:
        return None
    marked = _marked(tree)
    names = symbols_in(marked)
    is_sure = not names.isdisjoint({"j", "k"} | {unit.name for unit in _UNITS})
    if not is_sure or (count == 2 and not names.isdisjoint({"k", "~k"})):  # noqa: PLR2004  # a plane has no third axis
        return None
    general = renamed(marked, dict(zip(_NAMES, _UNITS, strict=True)))
    found = tuple(renamed(general, {unit.name: ONE if unit is axis else ZERO for unit in _UNITS}) for axis in _UNITS)
    combined = added([multiplied([component, unit]) for component, unit in zip(found, _UNITS, strict=True)])
    return found[:count] if same_value(general, combined, comparing.steps) else None


def _marked(tree: Tree) -> Tree:
    r"""Put a letter of its own in the place of each marked one, ``\hat{i}``."""
    match tree:
        case Symbol(name=name) if name in _DOTLESS:
            return Symbol(_DOTLESS[name])
        case Call(name=mark, arguments=(Symbol(name=name),)) if mark in _MARKS:
            letter = _DOTLESS.get(name, name)
            return Symbol(f"~{letter}") if letter in _NAMES else tree
        case _:
            parts = children(tree)
            return with_children(tree, tuple(map(_marked, parts))) if parts else tree
