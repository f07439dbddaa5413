"""The summary on a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from rlvr.cli.console import harmless
from rlvr.cli.summary.content import commands, headline, tables_of
from rlvr.cli.summary.context import SummaryContext
from rlvr.cli.summary.findings import findings_of
from rlvr.cli.summary.tables import lines_of, wrapped
from rlvr.summary import Summary

# A finding may name a row's value; more of it does not help.
FINDING_LIMIT_CHARACTERS = 400


def text_of(summary: Summary, context: SummaryContext, *, width: int, encoding: str = "utf-8") -> Iterator[Text]:
    """Yield the lines of the summary.

    Args:
        summary: The summary.
        context: What was scored.
        width: Columns of the terminal.
        encoding: The encoding of the terminal: marks are ASCII where it has no others.
    """
    if not summary.records:
        yield Text("no records")
        return
    lines = _lines(summary, context, width)
    yield from lines if _has_marks(encoding) else (Text(str(line).translate(_ASCII), line.style) for line in lines)


def _lines(summary: Summary, context: SummaryContext, width: int) -> Iterator[Text]:
    for line in headline(summary, context):
        yield from (Text(each) for each in wrapped(harmless(line, 500), width, ""))
    yield Text("")
    findings = findings_of(summary, context)
    for finding in findings:
        mark, style = finding.level.value
        text = f"{mark} {harmless(finding.text, FINDING_LIMIT_CHARACTERS)}"
        yield from (Text(line, style=style) for line in wrapped(text, width, "  "))
    if not findings:
        yield Text("nothing to report")
    for table in tables_of(summary):
        yield Text("")
        if table.title:
            yield Text(table.title, style="bold")
        yield from map(Text, lines_of(table, width))
    following = commands(summary, context)
    if following:
        yield Text("")
        wide = max(len(title) for title, _ in following)
        yield from (Text(f"{title.ljust(wide)}  {harmless(command, 500)}") for title, command in following)


# The marks of a summary for a terminal that has ASCII only; each takes as many columns.
_ASCII = str.maketrans("✗•×µ–─…▁▂▃▄▅▆▇█", "x*xu--~.:-=+*#@")


def _has_marks(encoding: str) -> bool:
    try:
        "✗•×µ–─…▁█".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
