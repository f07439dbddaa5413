"""The summary as Markdown, for a comment on a pull request or a file of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlvr.cli.console import harmless
from rlvr.cli.summary.conditions import Conditions
from rlvr.cli.summary.content import cells_of, commands, headline, tables_of
from rlvr.cli.summary.context import SummaryContext
from rlvr.cli.summary.findings import findings_of
from rlvr.cli.summary.tables import TextTable
from rlvr.cli.summary.text import FINDING_LIMIT_CHARACTERS
from rlvr.summary import Summary

# A reason may quote a completion, which must not become a link, an image, a mention or HTML. Marks that Markdown reads
# at the start of a line, or at the edge of a word only, stay as they are elsewhere: "zero-variance", "no_answer".
_MARKUP = re.compile(r"([\\`*\[\]<>#|~@&$]|(?<![^\W_])_|_(?![^\W_])|:(?=\S)|^[-+=]|(?<=^\d)[.)](?=\s))")


def markdown_of(summary: Summary, context: SummaryContext, conditions: Conditions) -> str:
    """Return the summary as Markdown of GitHub's dialect."""
    return "\n".join(_lines(summary, context, conditions)) + "\n"


def _lines(summary: Summary, context: SummaryContext, conditions: Conditions) -> Iterator[str]:
    if not summary.records:
        yield "no records"
        return
    first, *others = headline(summary, context)
    yield f"### {escaped(first)}"
    yield ""
    yield "  \n".join(map(escaped, others))
    yield ""
    lines = [f"- **fails:** {escaped(problem)}" for problem in conditions.problems(summary)]
    for finding in findings_of(summary, context):
        mark, _ = finding.level.value
        lines.append(
            f"- {'' if mark == '•' else mark + ' '}{escaped(harmless(finding.text, FINDING_LIMIT_CHARACTERS))}"
        )
    yield from lines or ["nothing to report"]
    for table in tables_of(summary):
        yield ""
        if table.title:
            yield f"**{table.title}**"
            yield ""
        yield from _table(table)
    for title, command in commands(summary, context):
        yield ""
        yield f"{title} `{command.replace('`', '')}`"


def _table(table: TextTable) -> Iterator[str]:
    heads, *rows = cells_of(table)
    columns = [column for column in table.columns if any(column.cells)]
    yield _row(heads)
    yield "| " + " | ".join("---:" if column.is_number else "---" for column in columns) + " |"
    yield from map(_row, rows)


def _row(cells: object) -> str:
    assert isinstance(cells, (list, tuple))  # noqa: S101  # for the type checker
    return "| " + " | ".join(escaped(str(cell)) for cell in cells) + " |"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
