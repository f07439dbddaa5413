"""Station 1: one record and its views; reading records from rows, events and files."""

from rlvr.record.reading import ReadingRules, record_from, rows_in
from rlvr.record.record import CodeBlock, JsonValue, Message, Record

__all__ = ["CodeBlock", "JsonValue", "Message", "ReadingRules", "Record", "record_from", "rows_in"]
