"""Units and their worth in the base units of their dimension, exactly."""

from rlvr_math.reading.units.table import ATTACHED_IN_TREES, ATTACHED_TO_NUMBERS, SINGLE_LETTERS
from rlvr_math.reading.units.unit import Unit, common_meanings, is_counted, is_ignorable, is_money, meanings_of

__all__ = [
    "ATTACHED_IN_TREES",
    "ATTACHED_TO_NUMBERS",
    "SINGLE_LETTERS",
    "Unit",
    "common_meanings",
    "is_counted",
    "is_ignorable",
    "is_money",
    "meanings_of",
]
