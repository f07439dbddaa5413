"""Answers without a mark: a closing sentence, a text of one line, a line of its own, a bold last line."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rlvr.record.answers.before import polarity_before
from rlvr.record.answers.closing import find_closings
from rlvr.record.answers.extents import parts_of, value_end
from rlvr.record.answers.following import followed
from rlvr.record.answers.framing import framed_number
from rlvr.record.answers.lexicon import cues_in
from rlvr.record.answers.sentences import sentence_before
from rlvr.record.answers.statements import (
    Statement,
)
from rlvr.record.answers.surroundings import alteration
from rlvr.record.answers.values import bare, has_figure, is_bare_value, is_crossed

# A line that is an answer is no longer.
# A line that is an answer is no longer.
LINE_LIMIT_CHARACTERS = 4_096


def unmarked_in(text: str) -> list[Statement]:
    """Find what a text without marks states: a lone value in its first or last line, its bold line, all of it."""
    stripped = text.strip()
    if not stripped:
        return []
    start = text.index(stripped)
    end = start + len(stripped)
    if "\n" not in stripped:
        return [*find_closings(text), *_bold_line(text, start, end), *whole_line(text, start, end)]
    lines = list(_lone_lines(text, start, end))
    if lines:
        return lines
    return [*find_closings(text), *_bold_line(text, text.rfind("\n", 0, end) + 1, end)]


def whole_line(text: str, start: int, end: int) -> list[Statement]:
    """Read a text of one line as a whole, with what its words make of the value that it starts with."""
    if end - start > LINE_LIMIT_CHARACTERS:
        return []
    said_end, behind = value_end(text, start, end)
    said = text[start:end]
    statement = Statement(kind="whole", start=start, end=end, text=said, parts=parts_of(bare(said)))
    polarity = behind
    cues = [cue for cue in cues_in(text, start, min(end, start + 80)) if "harmless" not in cue.kinds]
    if cues and cues[0].start - start <= 2 and has_figure(text[cues[0].end : end]):  # behind a quote or a star
        if cues[0].kinds & {"negation", "wrong", "excluding"}:
            polarity = "denied"
        elif cues[0].kinds & {"hedge", "doubting"}:
            polarity = "hedged"
    if polarity == "asserted" and said.rstrip(" *_\"')").endswith(("?", "？", "؟")):
        polarity = "questioned"
    if polarity == "asserted" and is_crossed(said):
        polarity = "denied"
    if polarity == "asserted":
        polarity = framed_number(text, start, end)
    found, _ = followed(text, msgspec.structs.replace(statement, polarity=polarity, end=said_end), end, end)
    if len(found) > 1:
        return (
            [*[msgspec.structs.replace(each, kind="announced") for each in found[:1]], *found[1:]]
            if is_bare_value(text[start:said_end])
            else found[:1]
        )
    return [msgspec.structs.replace(found[0], end=end)]


def _lone_lines(text: str, start: int, end: int) -> Iterator[Statement]:
    """Yield the first and the last line where each is a value and nothing else, and what follows the first."""
    first_end = text.find("\n", start, end)
    last_start = text.rfind("\n", start, end) + 1
    first, last = text[start:first_end], text[last_start:end]
    if is_bare_value(first.strip()):
        statement = Statement(kind="line", start=start, end=first_end, text=bare(first))
        found, _ = followed(text, statement, first_end, last_start if is_bare_value(last.strip()) else end)
        yield from found
    if is_bare_value(last.strip()):
        place = last_start + len(last) - len(last.lstrip())
        lead = sentence_before(text, place, start)
        polarity = polarity_before(text, lead, place, announces=False)
        bold = last.strip().startswith("**")
        yield Statement(
            kind="line",
            start=place,
            end=end,
            text=bare(last),
            polarity="altered" if alteration(text, place, end) and not bold else polarity,
        )


def _bold_line(text: str, start: int, end: int) -> list[Statement]:
    line = text[start:end].strip()
    if (
        len(line) < 5 or not (line.startswith("**") and line.endswith("**")) or "**" in line[2:-2]
    ):  # two marks on each side
        return []
    lead = sentence_before(text, start, 0)
    polarity = polarity_before(text, lead, start, announces=False)
    return [Statement(kind="bold", start=start, end=end, text=line[2:-2].strip(), polarity=polarity)]
