"""Station 1: one record and its views; reading records from rows and events of every published shape.

::

    row ──plans (formats)──▶ places ──completions, prompts, references──▶ Reading ──▶ records
"""

from rlvr.record.events import rows_in
from rlvr.record.formats import COMPLETION_COLUMNS
from rlvr.record.json_value import JsonValue, is_null
from rlvr.record.marks import END_TOKENS
from rlvr.record.messages import ANSWER_ROLES, Message
from rlvr.record.reading import Reading, read_row, record_from, records_from, records_of
from rlvr.record.record import CodeBlock, Fields, Record, fields_of
from rlvr.record.rules import ReadingRules

__all__ = [
    "ANSWER_ROLES",
    "COMPLETION_COLUMNS",
    "END_TOKENS",
    "CodeBlock",
    "Fields",
    "JsonValue",
    "Message",
    "Reading",
    "ReadingRules",
    "Record",
    "fields_of",
    "is_null",
    "read_row",
    "record_from",
    "records_from",
    "records_of",
    "rows_in",
]
