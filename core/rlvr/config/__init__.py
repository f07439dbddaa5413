"""Station 2: suite, task and routing; loading and validation, and the JSON Schema for editors."""

from rlvr.config.loading import declared_fields, load_suite, parse_suite
from rlvr.config.suite import Entry, Gate, Route, Suite, Task, When

__all__ = ["Entry", "Gate", "Route", "Suite", "Task", "When", "declared_fields", "load_suite", "parse_suite"]
