"""Refuse answers with a root or logarithm that plays no part and only restricts where they are defined."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from rlvr_math.comparing.equality.domains import LOGARITHMS, exponent_of, restricting_in
from rlvr_math.comparing.equality.stepped import letters_in, rebuilt
from rlvr_math.reading.tree import (
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    key_of,
    multiplied,
    nodes_of,
    renamed,
)

_IDLE = Symbol("@idle")
# More roots and logarithms than an honest answer has.
PARTS_LIMIT = 24


def has_idle_part(reference: Tree, answer: Tree, is_same: Callable[[Tree, Tree], bool]) -> bool:
    r"""Say whether a root, logarithm or inverse function of the answer may be any number without changing its value.

    So ``x+0\sqrt{x-9}`` and ``x\ln(x)/\ln(x)`` are not ``x``, while ``e^{\ln x}`` is.

    Args:
        reference: The reference; its own roots and logarithms may stand in the answer.
        answer: An answer with the value of the reference.
        is_same: Decides whether two trees are equal.
    """
    known = restricting_in(reference)
    parts = {key: part for key, part in restricting_in(answer).items() if key not in known and letters_in(part)}
    return len(parts) > PARTS_LIMIT or any(
        is_same(reference, without) for without in _answers_without(answer, parts, is_same)
    )


def _answers_without(answer: Tree, parts: dict[str, Tree], is_same: Callable[[Tree, Tree], bool]) -> Iterator[Tree]:
    """Yield the answer with a letter in the place of each part that restricts it and not the reference."""
    done: set[tuple[str, str]] = set()
    for key, part in parts.items():
        _, inner = _scaled(_argument(part))
        kind = part.name if isinstance(part, Call) else key_of(part.exponent) if isinstance(part, Power) else ""
        if (kind, key_of(inner)) not in done:
            done.add((kind, key_of(inner)))
            yield rebuilt(answer, partial(_without, part=part, key=key, inner=key_of(inner)))
    # What does not depend on its letters, as the logarithm of x to the base x, is idle too; a constant radicand is not.
    varying = {key for key, part in parts.items() if not is_same(_argument(part), _with_others(_argument(part)))}
    around = {key_of(node): node for node in nodes_of(answer)[1:] if not varying.isdisjoint(restricting_in(node))}
    for key, node in list(around.items())[:PARTS_LIMIT]:
        yield rebuilt(answer, partial(_replaced, key=key, new=_with_others(node)))


def _with_others(tree: Tree) -> Tree:
    """Return a tree with other letters, which occur nowhere else."""
    return renamed(tree, {name: Symbol(f"{name} {_IDLE.name}") for name in letters_in(tree)})


def _replaced(node: Tree, key: str, new: Tree) -> Tree:
    return new if key_of(node) == key else node


def _argument(part: Tree) -> Tree:
    return part.base if isinstance(part, Power) else part.arguments[0] if isinstance(part, Call) else part


def _without(node: Tree, part: Tree, key: str, inner: str) -> Tree:
    r"""Return the letter for a part, its factor apart: ``\sqrt{4u}`` is twice ``\sqrt u``."""
    if type(node) is not type(part):
        return node
    match node, part:
        case Power(exponent=exponent), Power(exponent=other) if key_of(exponent) == key_of(other):
            factor, rest = _scaled(node.base)
            if key_of(rest) == inner and exponent_of(node) is not None:
                return multiplied([Power(Constant(factor), exponent), _IDLE])
        case Call(name=name), Call(name=other_name) if name == other_name in LOGARITHMS:
            factor, rest = _scaled(node.arguments[0])
            if key_of(rest) == inner and len(node.arguments) == 1:
                return added([_IDLE, Call(name, (Constant(factor),))]) if factor != 1 else _IDLE
        case _:
            pass
    return _IDLE if key_of(node) == key else node


def _scaled(tree: Tree) -> tuple[Fraction, Tree]:
    """Part a tree into a positive rational and the rest, the same rest for all its multiples."""
    terms = tree.terms if isinstance(tree, Sum) else (tree,)
    numbers = [abs(_coefficient(term)) for term in terms]
    top = math.gcd(*(number.numerator for number in numbers))
    bottom = math.lcm(*(number.denominator for number in numbers))
    content = Fraction(top, bottom) or Fraction(1)
    return content, added([multiplied([Constant(1 / content), term]) for term in terms])


def _coefficient(term: Tree) -> Fraction:
    if isinstance(term, Constant):
        return term.value
    first = term.factors[0] if isinstance(term, Product) else term
    return first.value if isinstance(first, Constant) else Fraction(1)
