"""Verifying math answers: read both sides exactly, compare them exactly."""

from rlvr_math.grade import Grade, Status, grade, verify
from rlvr_math.reading.meanings import parse

__all__ = ["Grade", "Status", "grade", "parse", "verify"]
