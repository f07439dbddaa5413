"""Jobs over files: reading rows and writing results; no file is lost or replaced by surprise.

Commands of other distributions may use the names in ``__all__``.
"""

from rlvr.runs.output import open_output
from rlvr.runs.rows import LINE_LIMIT_BYTES, Row, rows_of, values_of

__all__ = ["LINE_LIMIT_BYTES", "Row", "open_output", "rows_of", "values_of"]
