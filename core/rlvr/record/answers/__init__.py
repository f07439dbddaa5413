"""The view of stated answers: what a completion says that its answer is, and whether it stands by it."""

from rlvr.record.answers.committing import Commitment, commit, commitment_class
from rlvr.record.answers.masking import said_in
from rlvr.record.answers.stated import Stated, polarity_at, stated_in
from rlvr.record.answers.statements import MARKED_KINDS, Polarity, Statement, StatementKind

__all__ = [
    "MARKED_KINDS",
    "Commitment",
    "Polarity",
    "Stated",
    "Statement",
    "StatementKind",
    "commit",
    "commitment_class",
    "polarity_at",
    "said_in",
    "stated_in",
]
