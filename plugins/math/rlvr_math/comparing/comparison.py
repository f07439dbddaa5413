"""Whether an answer's tree is the reference's: structure by structure, down to expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import msgspec

from rlvr_math.comparing.collections import compare_collections
from rlvr_math.comparing.decision import DIFFERENT, Decision, Undecided, all_of, any_of
from rlvr_math.comparing.declarations import without_declarations
from rlvr_math.comparing.expressions import compare_constants, compare_expressions
from rlvr_math.comparing.grids import compare_grids
from rlvr_math.comparing.harmonic import with_harmonic_numbers, with_named_values
from rlvr_math.comparing.names import is_name
from rlvr_math.comparing.operators.resolving import resolve
from rlvr_math.comparing.plus_minus import expanded, has_plus_minus
from rlvr_math.comparing.propositions import compare_propositions
from rlvr_math.comparing.quantities import compare_quantities
from rlvr_math.comparing.relations import compare_relations
from rlvr_math.comparing.renaming import renamings_of, with_usual_letters
from rlvr_math.comparing.sets.families import compare_families
from rlvr_math.comparing.unit_vectors import compare_unit_vectors
from rlvr_math.comparing.words import compare_words
from rlvr_math.limits import Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.binding import has_operator
from rlvr_math.reading.tree import (
    APPROXIMATE,
    Call,
    Collection,
    Constant,
    Grid,
    Product,
    Quantity,
    Relation,
    Sum,
    Tree,
    Words,
    children,
    renamed,
    symbols_in,
)

# 10/3 = 3.33 is no false statement; the value of the chain is compared by the options.
LINK_DIGITS = 3


class Comparison:
    """One comparison: its options and its budget of steps."""

    def __init__(
        self, options: GradeOptions, steps: Steps | None = None, matrices: frozenset[str] = frozenset()
    ) -> None:
        self.options = options
        self.steps = steps or Steps()
        # The letters that do not commute.
        self.matrices = matrices
        # The parts that no rule decided, for those who can ask a computer algebra system.
        self.undecided: list[Undecided] = []
        # The letters of the whole reference and of the whole answer: one that both sides have is no foreign one.
        self.letters: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def equivalent(self, reference: Tree, answer: Tree) -> Decision:
        """Decide whether an answer is the reference, a free letter of it renamed where that may be.

        Raises:
            OverLimitError: The budget is used up.
        """
        if reference == answer and not has_operator(reference):
            return Decision(same=True)
        sides = (reference, answer)
        self.letters = (
            (frozenset(symbols_in(reference)), frozenset(symbols_in(answer)))
            if self.options.rename_variables
            else self.letters
        )
        if any(map(has_operator, sides)) or any(map(_adds_vectors, sides)):
            reference, answer = (resolve(tree, self.steps.operators) for tree in (reference, answer))
        return any_of(self._ways(reference, answer))

    def _ways(self, reference: Tree, answer: Tree) -> Iterator[Decision]:
        yield self.same(reference, answer)
        if isinstance(reference, (Call, Collection, Relation)):
            yield compare_propositions(reference, answer) or DIFFERENT
        for renaming in renamings_of(reference, answer, self.options):
            yield self.same(reference, renamed(answer, renaming))
        plain = with_usual_letters(reference, answer)
        if plain is not None:
            yield self.same(*plain)
        if isinstance(reference, Sum):
            yield compare_families(self, reference, answer) or DIFFERENT
        bare = without_declarations(reference, answer), without_declarations(answer, reference)
        if any(bare):
            yield self.same(bare[0] or reference, bare[1] or answer)
        harmonic = with_harmonic_numbers(reference, answer), with_harmonic_numbers(answer, reference)
        if any(harmonic):
            yield self.same(harmonic[0] or reference, harmonic[1] or answer)
        if self.options.unevaluated == "allow":
            named = with_named_values(reference, answer), with_named_values(answer, reference)
            if any(named):
                yield self.same(named[0] or reference, named[1] or answer)

    def same(self, reference: Tree, answer: Tree) -> Decision:
        """Decide whether one tree is another, as they stand."""
        self.steps.spend()
        if reference == answer:
            return Decision(same=True)
        if isinstance(reference, Constant) and isinstance(answer, Constant):
            return compare_constants(self.options, reference, answer)
        near = self._compare_near(reference, answer)
        if near is not None:
            return near
        reference, answer = _peeled(reference), _peeled(answer)
        if has_plus_minus(reference) or has_plus_minus(answer):
            reference, answer = expanded(reference), expanded(answer)
        vectors = compare_unit_vectors(self, reference, answer)
        if vectors is not None:
            return vectors
        for structure, compare in _STRUCTURES:
            if isinstance(reference, structure) or isinstance(answer, structure):
                return compare(self, reference, answer)
        return compare_expressions(self, reference, answer)

    def _compare_near(self, reference: Tree, answer: Tree) -> Decision | None:
        """Compare where a side says to what it is near; None if none does, or only behind an exact value."""
        if _is_rounded(reference) and isinstance(answer, Relation) and answer.signs[-1] == APPROXIMATE:
            exact, near = answer.sides[-2:]
            if not is_name(exact):
                return all_of((self.same(reference, near), self.rounded_links().same(exact, near)))
        reference, answer = _peeled(reference), _peeled(answer)
        if _is_approximate(answer):
            return self._compare_approximation(reference, answer.arguments[0])
        return self.same(reference.arguments[0], answer) if _is_approximate(reference) else None

    def _compare_approximation(self, reference: Tree, value: Tree) -> Decision:
        """Compare what an answer says to be near a value: it is no exact value, but may be the rounding of one."""
        if _is_approximate(reference):
            return self.same(reference.arguments[0], value)
        decision = self.same(reference, value)
        may_be_near = self.options.tolerance or decision.is_rounded or _is_rounded(reference)
        return decision if may_be_near else DIFFERENT

    def same_in_order(self, references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> Decision:
        """Decide whether as many parts are the same, one by one."""
        if len(references) != len(answers):
            return DIFFERENT
        return all_of(self.same(*pair) for pair in zip(references, answers, strict=True))

    def rounded_links(self) -> Comparison:
        """Return the same comparison for the links of a chain, where people round: three digits are enough."""
        digits = min(LINK_DIGITS, self.options.rounding_digits)
        links = Comparison(msgspec.structs.replace(self.options, rounding_digits=digits), self.steps, self.matrices)
        links.undecided, links.letters = self.undecided, self.letters
        return links


# The first structure that one side has decides how both are compared.
_STRUCTURES = (
    (Relation, compare_relations),
    (Quantity, compare_quantities),
    (Words, compare_words),
    (Collection, compare_collections),
    (Grid, compare_grids),
)


def _is_rounded(tree: Tree) -> bool:
    """Say whether a tree is a decimal, which is an approximation itself."""
    return isinstance(tree, Constant) and tree.places > 0


def _is_approximate(tree: Tree) -> TypeGuard[Call]:
    """Say whether a tree is a value behind a sign of approximation that has no left side."""
    return isinstance(tree, Call) and tree.name == APPROXIMATE


def _adds_vectors(tree: Tree) -> bool:
    """Return whether a tree adds vectors or multiplies one by a number, as ``(1,2)+3(0,1)``."""
    return isinstance(tree, (Sum, Product)) and any(
        isinstance(part, Collection) or _adds_vectors(part) for part in children(tree)
    )


def _peeled(tree: Tree) -> Tree:
    """Take approximations, lists of one, and the signs of a chain away."""
    if isinstance(tree, Relation) and APPROXIMATE in tree.signs:
        cut = tree.signs.index(APPROXIMATE)
        if not cut:
            return tree.sides[0] if not is_name(tree.sides[0]) else tree.sides[1]
        return Relation(tree.signs[:cut], tree.sides[: cut + 1])
    if isinstance(tree, Collection) and tree.opening == "" and len(tree.items) == 1:
        return tree.items[0]
    return tree
