r"""Complex letters: a letter whose real part, imaginary part or conjugate is written stands for a complex number.

Each is written as p + iq with two real letters, and its parts and conjugates by these. So ``\Re z`` is no z, and
``z\bar z`` is ``|z|^2``.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.equality.domains import exponent_of
from rlvr_math.comparing.equality.factors import TooLargeError, factors_of
from rlvr_math.comparing.equality.stepped import letters_in, parts_of, rebuilt
from rlvr_math.reading.binding import has_operator
from rlvr_math.reading.tree import (
    Call,
    Constant,
    Power,
    Symbol,
    Tree,
    added,
    is_unknown_function,
    minus,
    multiplied,
    negated,
    nodes_of,
    renamed,
    symbols_in,
)

_HALF = Constant(Fraction(1, 2))
_I = Symbol("i")
_BARS = frozenset({"overline", "bar"})
_CONJUGATES = _BARS | {"conj"}
_PARTS = frozenset({"re", "im", "arg", "conj"})
# Letters that are complex numbers to people, with or without a subscript.
_USUAL = frozenset({"z", "w", "zeta", "omega"})


def with_complex_letters(reference: Tree, answer: Tree) -> tuple[Tree, Tree]:
    """Write the complex letters of a pair by real ones; returns the same trees if it has none."""
    calls = [
        node
        for side in (reference, answer)
        for node in nodes_of(side)
        if isinstance(node, Call) and (node.name in _PARTS or node.name in _BARS)
    ]
    if not calls or has_operator(reference) or has_operator(answer):
        return reference, answer
    names = set().union(*map(_complex_letters_of, calls))
    places: dict[str, Tree] = {
        name: added([Symbol(f"{name} re"), multiplied([_I, Symbol(f"{name} im")])]) for name in names
    }
    return _in_parts(renamed(reference, places)), _in_parts(renamed(answer, places))


def _complex_letters_of(call: Call) -> set[str]:
    """Return the letters of a part or conjugate that are complex; those beside the imaginary unit are real."""
    (inner, *_) = call.arguments
    names = letters_in(inner)
    usual = {name for name in names if name.partition("_")[0] in _USUAL}
    if "i" in symbols_in(inner):
        return usual
    if call.name in _BARS and not usual:
        return set()  # a mean, a segment, or digits
    return names


def _in_parts(tree: Tree) -> Tree:
    return rebuilt(tree, _written)


def _written(node: Tree) -> Tree:
    """Write a part, a conjugate, an absolute value or a root of what is real by the parts of its letters."""
    if isinstance(node, Power) and exponent_of(node) is not None:
        return Power(_real(node.base), node.exponent)
    if not isinstance(node, Call) or len(node.arguments) != 1 or node.name not in _CONJUGATES | {"re", "im", "abs"}:
        return node
    (inner,) = node.arguments
    if "i" not in symbols_in(inner) or any(_is_opaque(each) for each in nodes_of(inner)):
        return node
    parts = parts_of(inner)
    conjugate = renamed(inner, {"i": negated(_I)})
    match node.name, parts:
        case "re", (real, _):
            return real
        case "im", (_, imaginary):
            return imaginary
        case "re", None:
            return multiplied([_HALF, added([inner, conjugate])])
        case "im", None:
            return multiplied([negated(_HALF), _I, minus(inner, conjugate)])
        case "abs", None:
            return Power(multiplied([inner, conjugate]), _HALF)
        case "abs", _:
            return node
        case _:
            return conjugate


def _real(tree: Tree) -> Tree:
    """Return the real part of an expression whose imaginary part is zero; others as they are."""
    parts = parts_of(tree) if "i" in symbols_in(tree) and letters_in(tree) else None
    try:
        return parts[0] if parts is not None and not factors_of(parts[1])[0] else tree
    except TooLargeError:
        return tree


def _is_opaque(tree: Tree) -> bool:
    return isinstance(tree, Call) and (is_unknown_function(tree.name) or tree.name in _PARTS | _CONJUGATES)
