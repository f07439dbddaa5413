"""Station 2: suite, task and routing: loading, validation, and the JSON Schema for editors."""

from rlvr.config.loading import load_suite, parse_suite, reload_suite
from rlvr.config.routing import Route
from rlvr.config.suite import Entry, Gate, Suite, SuiteText, Task, When

__all__ = [
    "Entry",
    "Gate",
    "Route",
    "Suite",
    "SuiteText",
    "Task",
    "When",
    "load_suite",
    "parse_suite",
    "reload_suite",
]
