"""Station 1: one record and its views; reading records from rows, events and files."""

from rlvr.record.reading import COMPLETION_PLACES, ReadingRules, record_from, rows_in
from rlvr.record.record import ANSWER_ROLES, CodeBlock, Fields, JsonValue, Message, Record, fields_of

__all__ = [
    "ANSWER_ROLES",
    "COMPLETION_PLACES",
    "CodeBlock",
    "Fields",
    "JsonValue",
    "Message",
    "ReadingRules",
    "Record",
    "fields_of",
    "record_from",
    "rows_in",
]
