"""Limits of reading and deciding, each with a line on why it is that large."""

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
# A factorial or binomial beyond this is left as it stands.
FACTORIAL_LIMIT = 1_000


class OverLimitError(ValueError):
    """Something too large to be read or decided; says which limit it exceeds."""


UNFORESEEN = (ArithmeticError, RecursionError, ValueError)
"""What reading or deciding may raise on text that no limit foresaw: a verdict on that text, never a broken scorer."""


class Steps:
    """A budget of steps, so that the same pair gets the same verdict on any machine."""

    def __init__(self, limit: int = STEPS_LIMIT) -> None:
        self.left = limit

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget.

        Raises:
            OverLimitError: It is used up.
        """
        self.left -= steps
        if self.left < 0:
            raise OverLimitError("more steps than the budget of one comparison")
