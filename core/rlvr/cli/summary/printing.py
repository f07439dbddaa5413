"""Print the summary in one of its formats."""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias, assert_never

from rich.console import Console
from rich.text import Text

from rlvr.cli.console import err, harmless, print_json
from rlvr.cli.summary.conditions import Conditions
from rlvr.cli.summary.context import SummaryContext
from rlvr.cli.summary.document import summary_document
from rlvr.cli.summary.junit import junit_of
from rlvr.cli.summary.markdown import markdown_of
from rlvr.cli.summary.text import text_of
from rlvr.summary import Summary

SummaryFormat: TypeAlias = Literal["text", "md", "json", "junit"]


def print_summary(
    summary: Summary, context: SummaryContext, conditions: Conditions, summary_format: SummaryFormat, screen: Console
) -> None:
    """Print the summary, and the conditions that it does not meet.

    Args:
        summary: The summary.
        context: What was scored.
        conditions: The conditions.
        summary_format: The format.
        screen: Standard output, or standard error where standard output has the rewards.
    """
    match summary_format:
        case "text":
            for line in text_of(summary, context, width=screen.width, encoding=screen.encoding):
                screen.print(line)
            for problem in conditions.problems(summary):
                screen.print(Text(f"exit code 1: {harmless(problem)}", style="bold red"))
        case "md":
            _write(markdown_of(summary, context, conditions), screen)
        case "json":
            print_json(summary_document(summary, context, conditions), to_err=screen is err)
        case "junit":
            _write(junit_of(summary, context, conditions), screen)
        case _:
            assert_never(summary_format)


def _write(text: str, screen: Console) -> None:
    (sys.stderr if screen is err else sys.stdout).write(text)
