"""Scopes: the part of an answer that a rule reads, as a reading that keeps the positions in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from rlvr import code_blocks_in, fence_of, json_in
from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.text.readings import Reading
from rlvr_compliance.text.tokens import sentence_spans

Span = tuple[int, int]

# Replaces a part that is out of scope, so that the words on its two sides are not adjacent.
_GAP = "\n\n"


def scoped(reading: Reading, rule: Rule) -> Reading | None:
    """Return the part of a text that a rule reads; None if the text has no such part."""
    match rule.scope:
        case "all":
            return reading
        case "pointer":
            return _pointed_at(reading.text, rule.pointer)
        case "prose":
            return _cut(reading, _prose(reading.text))
        case "code":
            return _cut(reading, code_spans(reading.text))
        case "first_sentences":
            return _cut(reading, sentence_spans(reading.text)[: rule.sentences])
        case "last_sentences":
            return _cut(reading, sentence_spans(reading.text)[-rule.sentences :])
        case "section":
            return _cut(reading, _section(reading.text, rule.section))
    assert_never(rule.scope)


def _cut(reading: Reading, spans: Iterable[Span]) -> Reading | None:
    """Return the reading of some spans of a text; None if there are none."""
    kept = list(spans)
    if not kept:
        return None

    def edits() -> Iterator[tuple[int, int, str]]:
        position = 0
        for start, end in kept:
            if start > position:
                yield position, start, _GAP if position else ""
            position = end
        if position < len(reading.text):
            yield position, len(reading.text), ""

    return reading.edited("scope", edits())


def code_spans(text: str) -> Iterator[Span]:
    """Yield the inside of fenced blocks; one that never closes runs to the end."""
    fence = ""
    start = position = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        mark = fence_of(stripped)
        position += len(line)
        if fence:
            if mark.startswith(fence) and stripped == mark:
                yield start, position - len(line)
                fence = ""
        elif mark:
            fence, start = mark, position
    if fence:
        yield start, position


def _prose(text: str) -> Iterator[Span]:
    position = 0
    for start, end in code_spans(text):
        yield position, start
        position = end
    yield position, len(text)


_TITLE_LIMIT = 300
_COLON_TITLE_LIMIT = 100
_MARKED_TITLE = re.compile(r"(#{1,6})[ \t](.+)")
# Headings that are no Markdown stand below all that are.
_LOWEST = 7


def _section(text: str, title: str) -> Iterator[Span]:
    """Yield what stands under a heading: of Markdown, in bold, or a line that ends with a colon."""
    wanted = title.strip().casefold()
    depth: int | None = None
    start = position = 0
    for line in text.split("\n"):
        end = position + len(line)
        if heading := _heading(line):
            level, found = heading
            if depth is not None and level <= depth:
                yield start, position
                depth = None
            if depth is None and found.strip().rstrip(":").casefold() == wanted:
                depth, start = level, end
        position = end + 1
    if depth is not None:
        yield start, len(text)


def _heading(line: str) -> tuple[int, str] | None:
    """Read a line as a heading: its level, and its title."""
    if marked := _MARKED_TITLE.fullmatch(line):
        said = marked[2].strip(" \t")
        title = said.rstrip(" \t#") or said[:1]
        return (len(marked[1]), title) if len(title) <= _TITLE_LIMIT else None
    line = line.rstrip(" \t")
    title = line.removesuffix(":")
    if line.startswith("**") and title.endswith("**") and 0 < len(title) - 4 <= _TITLE_LIMIT:
        return _LOWEST, title[2:-2]
    return (_LOWEST, title) if title != line and ":" not in title and 0 < len(title) <= _COLON_TITLE_LIMIT else None


def _pointed_at(text: str, pointer: str) -> Reading | None:
    """Return the value at a JSON pointer of an answer in JSON; the positions are not those of the answer."""
    import json

    try:
        value = json.loads(json_in(text, code_blocks_in(text)))
    except (ValueError, RecursionError):
        return None
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name in map(str, range(len(value))):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return None
    return Reading("pointer", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
