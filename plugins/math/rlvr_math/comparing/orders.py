r"""Compare texts whose letters stand in an order that counts: matrices, elements of a group, figures that correspond.

A tree of letters cannot tell ``(AB)^{-1}`` from ``A^{-1}B^{-1}``: as numbers they are equal. So letters are matrices
where the reference shows that their order counts:

- It raises an upper-case letter, or a product of these, to -1 or T, and has another upper-case letter.
- It sets upper-case letters side by side in bold.
- It has a letter and its inverse in one product, or two products of the same letters in one sum, such as ``AB-BA``;
  with numbers nobody would leave these as they are.

Both sides are then calculated with matrices drawn from the pair, modulo a prime.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from rlvr import lazy_pattern
from rlvr_math.comparing.decision import DIFFERENT, Decision
from rlvr_math.comparing.names import CONSTANTS
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import (
    MINUS_ONE,
    Constant,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    children,
    key_of,
    symbols_in,
)

# Different matrices are the same modulo this prime with a chance of the degree over it.
_PRIME = (1 << 61) - 1
# The smallest matrices that fulfil no identity which products of a few letters can state.
_SIZE = 3
# Symbols of dimensions and units are numbers: M L T^{-1}, J K^{-1}.
_DIMENSIONS = frozenset("MLTIJKNQSVWCFH")
# What is raised to -1 or T: a letter, a subscript, a bracket.
_RAISED = lazy_pattern(
    r"[A-Z)}\]]\s?(?:_\s?(?:\w|\{\s?\w{1,4}\s?\}))?\s?\^\s?\{?\s?(?:-\s?1|(?:\\(?:mathrm|mathsf|text)\s?\{\s?)?T|\\top|\\intercal)(?![a-z0-9])"
)
_BOLD = lazy_pattern(
    r"\\(?:mathbf|boldsymbol|bm)\s?\{\s?[A-Z]\s?(?:[A-Z]|\}\s?\\(?:mathbf|boldsymbol|bm)\s?\{\s?[A-Z])"
)
_FRACTION = lazy_pattern(r"\\[dtc]?frac|/|\\over|÷|\\div")


def compare_names(reference: str, answer: str) -> Decision | None:
    """Compare two texts that name figures which correspond, or two sets or vectors multiplied; None for others."""
    asked = _correspondence_in(reference)
    said = None if asked is None else _correspondence_in(answer)
    if said is not None:
        return Decision(asked == said)
    pair = _pair_in(reference)
    return DIFFERENT if pair and pair != (other := _pair_in(answer)) and pair == other[::-1] else None


_POINT = r"[A-Z]['′]{0,2}"
_POINTS = lazy_pattern(_POINT)
_FIGURE = rf"(?:\\triangle|\\Delta|△|triangle|quadrilateral)?\s?((?:{_POINT}\s?){{3,8}}?)"
_CORRESPONDENCE = lazy_pattern(rf"[\s$]*{_FIGURE}\s?(\\cong|≅|\\sim(?!eq)|∼|~)\s?{_FIGURE}[\s$.]*")


def _correspondence_in(text: str) -> tuple[bool, frozenset[frozenset[str]]] | None:
    r"""Return which points of two figures correspond, and whether the figures are congruent: ``ABC \cong DEF``."""
    match = _CORRESPONDENCE.fullmatch(text)
    if match is None:
        return None
    figure, sign, other_figure = match.groups()
    points, others = _POINTS.findall(figure), _POINTS.findall(other_figure)
    pairs = frozenset(map(frozenset, zip(points, others, strict=False)))
    return (sign in {"\\cong", "≅"}, pairs) if len(points) == len(others) else None


_NAME = r"(?:[A-Z]|\\(?:mathbf|boldsymbol|bm|mathbb)\s?(?:\{\s?[A-Za-z]\s?\}|[A-Za-z]))"
_PAIR = lazy_pattern(rf"[\s$]*({_NAME})\s?(?:\\times|×)\s?({_NAME})[\s$.]*")
# Length, width and height are numbers.
_LENGTHS = frozenset("LWHB")


def _pair_in(text: str) -> tuple[str, ...]:
    r"""Return the names of two sets or vectors that are multiplied, as in ``A \times B``; else nothing."""
    match = _PAIR.fullmatch(text)
    return match.groups() if match and not _LENGTHS.issuperset(match.groups()) else ()


def matrices_of(text: str, tree: Tree) -> frozenset[str]:
    """Return the letters of a reference that are matrices, or elements of a group."""
    letters = symbols_in(tree)
    if len(letters) > LETTERS_LIMIT:
        return frozenset()
    upper = frozenset(name for name in letters if name[:1].isupper() and name != "T")
    are_several = len(upper) > 1
    in_line = "^" in text and _FRACTION.search(text) is None
    is_raised = in_line and (are_several or "T" in letters) and _RAISED.search(text)
    if (is_raised and not _DIMENSIONS.issuperset(upper)) or (are_several and _BOLD.search(text)):
        return upper
    sides = tree.sides if isinstance(tree, Relation) else (tree,)
    return frozenset(letters) if any(_shows_order(side, in_line=in_line) for side in sides) else frozenset()


# More letters are words.
LETTERS_LIMIT = 12


def _shows_order(tree: Tree, *, in_line: bool) -> bool:
    """Return whether a sum or product would be written otherwise if its letters were numbers."""
    match tree:
        case Sum(terms=terms):
            products = {tuple(key_of(part) for part in _letters_of(term)) for term in terms}
            return len({tuple(sorted(product)) for product in products}) < len(products)
        case Product(factors=factors) if in_line:
            letters = {each.name for each in factors if isinstance(each, Symbol)}
            inverses = {
                each.base.name
                for each in factors
                if isinstance(each, Power) and isinstance(each.base, Symbol) and each.exponent == MINUS_ONE
            }
            return not letters.isdisjoint(inverses) and len(symbols_in(tree)) > 1
        case _:
            return False


def _letters_of(term: Tree) -> list[Tree]:
    factors = term.factors if isinstance(term, Product) else (term,)
    return [each for each in factors if isinstance(each, Symbol)]


def compare_matrices(reference: Tree, answer: Tree, letters: frozenset[str], steps: Steps) -> Decision | None:
    """Compare two expressions some of whose letters are matrices; None if the reference cannot be calculated so.

    Raises:
        OverLimitError: The budget is used up.
    """
    matrices = _Matrices("\n".join((key_of(reference), key_of(answer))), letters, steps)
    try:
        value = matrices.value_of(reference)
    except (_UnknownError, ArithmeticError):
        return None
    try:
        same = value == matrices.value_of(answer)
    except (_UnknownError, ArithmeticError):
        same = False
    return Decision(same, "residues")


class _UnknownError(ValueError):
    """A tree is not made of letters by sums, products, whole powers and transposes."""


class _Matrices:
    """The values of trees whose letters are drawn: some are matrices, the others numbers."""

    def __init__(self, seed: str, letters: frozenset[str], steps: Steps) -> None:
        self.seed, self.letters, self.steps = seed, letters, steps

    def value_of(self, tree: Tree) -> Any:
        """Return the matrix that a tree is."""
        self.steps.spend()
        match tree:
            case Constant(value=value):
                return self._number(value.numerator) * self._number(value.denominator).inv()
            case Symbol(name=name) if name not in CONSTANTS:
                return self._drawn(name)
            case Sum() | Product():
                first, *others = map(self.value_of, children(tree))
                for each in others:
                    first = first + each if isinstance(tree, Sum) else first * each
                return first
            case Power(base=base, exponent=Symbol(name="T")):
                return self.value_of(base).transpose()
            case Power(base=base, exponent=Constant(value=value)) if value.denominator == 1:
                return self.value_of(base) ** int(value)
            case _:
                raise _UnknownError

    def _number(self, value: int) -> Any:
        return self._matrix([value % _PRIME if row == column else 0 for row in range(_SIZE) for column in range(_SIZE)])

    def _drawn(self, name: str) -> Any:
        cells = [
            int.from_bytes(
                blake2b(f"{name} {at} {self.seed}".encode("utf-8", "replace"), digest_size=8).digest(), "big"
            )
            for at in range(_SIZE * _SIZE)
        ]
        if name == "I":
            return self._number(1)
        return self._matrix([cell % _PRIME for cell in cells]) if name in self.letters else self._number(cells[0])

    @staticmethod
    def _matrix(cells: Sequence[int]) -> Any:
        import flint

        return flint.nmod_mat(_SIZE, _SIZE, list(cells), _PRIME)
