r"""Vectors as sums of unit vectors, ``2\mathbf{i}+3\mathbf{j}``, beside vectors by their components, ``(2,3)``."""

from __future__ import annotations

from rlvr_math.comparing.decision import Comparing, Decision
from rlvr_math.reading.binding import is_vector
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Call,
    Collection,
    Grid,
    Product,
    Sum,
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
_UNITS = tuple(f"~{name}" for name in _NAMES)


def compare_unit_vectors(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Compare a vector by its components with a sum of unit vectors; None if the sides are something else."""
    if _is_written(reference) and not isinstance(answer, (Collection, Grid)):
        components = children(reference)
        found = components_of(answer, len(components))
        return comparing.same_in_order(components, found) if found else None
    if _is_written(answer) and not isinstance(reference, (Collection, Grid)):
        components = children(answer)
        found = components_of(reference, len(components))
        return comparing.same_in_order(found, components) if found else None
    return None


def _is_written(tree: Tree) -> bool:
    return isinstance(tree, (Collection, Grid)) and is_vector(tree)


def components_of(tree: Tree, count: int) -> tuple[Tree, ...]:
    """Return the components of a sum of two or three unit vectors; none if a tree is something else.

    A lone i may be the imaginary unit: j, k or a mark of vectors must stand beside it.
    """
    marked = _marked(tree)
    names = symbols_in(marked)
    is_sure = not names.isdisjoint({"j", "k", *_UNITS})
    if not is_sure or (count == 2 and not names.isdisjoint({"k", "~k"})):  # noqa: PLR2004  # a plane has no third axis
        return ()
    general = renamed(marked, {name: Symbol(f"~{name}") for name in _NAMES})
    found = [_component(general, axis) for axis in _UNITS[:count]]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == count else ()


def _component(tree: Tree, axis: str) -> Tree | None:
    """Return the component of a sum of unit vectors along one of them; None if a tree is something else."""
    match tree:
        case Symbol(name=name) if name in _UNITS:
            return ONE if name == axis else ZERO
        case Sum(terms=terms):
            parts = [_component(term, axis) for term in terms]
            known = [part for part in parts if part is not None]
            return added(known) if len(known) == len(parts) else None
        case Product(factors=factors):
            vectors = [each for each in factors if not symbols_in(each).isdisjoint(_UNITS)]
            part = _component(vectors[0], axis) if len(vectors) == 1 else None
            if part is None or part == ZERO:  # nothing times a root would be a root that plays no part
                return part
            return multiplied([part, *(each for each in factors if each not in vectors)])
        case _:
            return None


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
