"""How tests are written in a record's reference, one module per family, read into a problem."""

from __future__ import annotations

from rlvr_code.formats.fields import ProblemError
from rlvr_code.formats.reading import problem_of

__all__ = ["ProblemError", "problem_of"]
