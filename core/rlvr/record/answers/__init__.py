"""The view of stated answers: what a completion says that its answer is, and whether it stands by it."""

from rlvr.record.answers.committing import Commitment, commit
from rlvr.record.answers.stated import Stated, stated_in
from rlvr.record.answers.statements import MARKED_KINDS, Kind, Polarity, Statement

__all__ = ["MARKED_KINDS", "Commitment", "Kind", "Polarity", "Stated", "Statement", "commit", "stated_in"]
