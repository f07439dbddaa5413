"""Verifying math answers: read both sides exactly, compare them exactly."""

from rlvr_math.answer import parse
from rlvr_math.grade import Grade, Status, grade, verify

__all__ = ["Grade", "Status", "grade", "parse", "verify"]
