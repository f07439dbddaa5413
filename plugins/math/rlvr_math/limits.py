"""Limits of reading and deciding, each with a line on why it is that large."""

from __future__ import annotations

from functools import cached_property

# Texts that a reader remembers: references and answers come again and again.
REMEMBERED_TEXTS = 8_192
# Longer answers are not answers; CPython itself refuses integers of more than 4,300 digits.
ANSWER_LIMIT_CHARACTERS = 4_096
DIGITS_LIMIT = 4_000
# 10 to this power is as long as the longest integer that is read.
EXPONENT_LIMIT = 4_000
# The deepest honest answers nest about ten brackets; each level costs the parser eight of Python's frames.
TREE_DEPTH_LIMIT = 40
# Bits of an exact rational while constants are folded; beyond, balls and residues decide.
EXACT_BITS_LIMIT = 16_384
# Working precision of balls: a difference further down is not told, and nothing is then equal.
PRECISION_LIMIT_BITS = 4_096
# Steps of comparing and evaluating for one pair; honest pairs need a few hundred.
STEPS_LIMIT = 20_000
# Steps of evaluating expressions in letters for one pair, at many points and in each case of signs.
EQUALITY_STEPS_LIMIT = 60_000
# A factorial or binomial beyond this is left as it stands.
FACTORIAL_LIMIT = 1_000

# Python calls that sympy may make for one question, some 0.3 s: of 90 questions that end at all, 83 end within these.
EVALUATION_CALLS = 300_000
# Guards behind the counted limit, for loops in C that make no Python call: CPU time, wall time and memory. Both times
# are many times those of the counted limit: at a load of 8 for each core, that takes 10 s of wall time.
EVALUATION_CPU_SECONDS = 8
EVALUATION_SECONDS = 40.0
EVALUATION_MEMORY_BYTES = 2_000_000_000
# sympy calculates with numbers at once, in C, as they are put together; longer ones are refused before that.
EVALUATION_NUMBER_BITS = 4_096
# The power of anything but a letter or a number may be multiplied out.
EVALUATION_EXPONENT = 64
# Numbers that an exponent or factorial with letters contains, and that are put in the place of its letters.
EVALUATION_PLACE = 1_000
# Nodes of a tree that is sent to sympy, or comes back from it; honest ones have some fifty.
EVALUATION_NODES = 2_000
# Steps of evaluating the operators of one pair, both sides together: some 0.2 s of an integrand that never converges.
OPERATOR_STEPS_LIMIT = 200_000
# Working precision of the balls of operators; an integral takes time in proportion.
OPERATOR_BITS_LIMIT = 1_000
# Evaluations of the integrand of one integral; honest ones need some hundred, those with corners some thousand.
INTEGRAND_LIMIT = 20_000
# The same for an inner integral while the letter of the outer one is only known within a wide ball.
WIDE_INTEGRAND_LIMIT = 60
# Terms of a sum or product that are evaluated one by one; competitions like the year's number.
TERMS_LIMIT = 3_000
# Terms of a sum or product with letters that are written out.
WRITTEN_TERMS_LIMIT = 100
# Nodes of the tree that an operator is rewritten to, and is rewritten from: each derivative multiplies them.
REWRITTEN_NODES_LIMIT = 2_000
# Rows of a determinant with letters, which takes 1,957 products of cofactors, and of an inverse, which takes as many.
MATRIX_LETTERS_LIMIT = 6
INVERSE_LETTERS_LIMIT = 4
MATRIX_POWER_LIMIT = 64


class OverLimitError(ValueError):
    """Something too large to be read or decided; says which limit it exceeds."""


UNFORESEEN = (ArithmeticError, RecursionError, ValueError)
"""What reading or deciding may raise on text that no limit foresaw: a verdict on that text, never a broken scorer."""


class Steps:
    """A budget of steps, so that the same pair gets the same verdict on any machine."""

    def __init__(self, limit: int = STEPS_LIMIT, *, weighs_calls: bool = False) -> None:
        self.left = limit
        self.weighs_calls = weighs_calls

    @cached_property
    def equality(self) -> Steps:
        """The budget of the stage that evaluates at points: more than all else together."""
        return Steps(EQUALITY_STEPS_LIMIT, weighs_calls=True)

    @cached_property
    def operators(self) -> Steps:
        """The budget of evaluating operators."""
        return Steps(OPERATOR_STEPS_LIMIT)

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget.

        Raises:
            OverLimitError: It is used up.
        """
        self.left -= steps
        if self.left < 0:
            raise OverLimitError("more steps than the budget of one comparison")
