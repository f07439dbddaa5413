"""The summary of a scoring job: as text for a terminal, as Markdown, JSON and JUnit."""

from rlvr.cli.summary.conditions import DEFAULT_FAIL_ON, Conditions, conditions_of
from rlvr.cli.summary.context import SummaryContext
from rlvr.cli.summary.document import summary_document
from rlvr.cli.summary.printing import SummaryFormat, print_summary

__all__ = [
    "DEFAULT_FAIL_ON",
    "Conditions",
    "SummaryContext",
    "SummaryFormat",
    "conditions_of",
    "print_summary",
    "summary_document",
]
