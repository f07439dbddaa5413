"""The views of a completion that scorers read: one implementation for all of them, in linear time.

``marks.py`` has the rules of reasoning. All views leave out the tokens that end a turn.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.marks import (
    REASONING_TAGS,
    Mark,
    cuts_in,
    end_of_leading_reasoning,
    marks_in,
    may_have_marks,
    without_end_tokens,
)

# No honest answer has more fenced blocks; those after the limit are not read.
CODE_BLOCKS_LIMIT = 1_000


class CodeBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One fenced code block: its language tag in lower case ("" if none), its text, and whether its fence closes."""

    language: str
    text: str
    closed: bool = True


def final_in(completion: str, tags: Sequence[tuple[str, str]] = REASONING_TAGS) -> str:
    """Return the completion without its reasoning and the marks of its solution: the view ``final``.

    A line break replaces each part that is left out, so that the words around it stay apart.
    """
    tags = tuple(tags)
    if not may_have_marks(completion, tags):
        text = completion.rstrip()
        return _without_gap(text) if text[:1].isspace() else text
    text = without_end_tokens(completion).rstrip()
    marks = marks_in(text, tags)
    if not marks:
        return _without_gap(text)
    pieces, follows_mark = _pieces_of_final(text, marks, tags)
    return _without_gap("\n".join(text[start:end] for start, end in pieces).rstrip(), follows_mark=follows_mark)


def span_in_completion(
    completion: str, start: int, end: int, tags: Sequence[tuple[str, str]] = REASONING_TAGS
) -> tuple[int, int]:
    """Return where a part of the ``final`` view, from ``start`` to ``end``, stands in the completion."""
    tags = tuple(tags)
    text = without_end_tokens(completion).rstrip()
    marks = marks_in(text, tags)
    pieces = _pieces_of_final(text, marks, tags)[0] if marks else [(0, len(text))]
    joined = "\n".join(text[first:last] for first, last in pieces).rstrip()
    gap = len(joined) - len(final_in(completion, tags))
    return _place_in(pieces, start + gap), _place_in(pieces, end - 1 + gap) + 1


def _place_in(pieces: Sequence[tuple[int, int]], position: int) -> int:
    """Return where a character of pieces that are joined by line breaks stands in their text."""
    for first, last in pieces:
        if position <= last - first:
            return first + position
        position -= last - first + 1
    return pieces[-1][1]


def _pieces_of_final(
    text: str, marks: Sequence[Mark], tags: tuple[tuple[str, str], ...]
) -> tuple[list[tuple[int, int]], bool]:
    """Return start and end of what is not cut, and whether a mark comes before it."""
    pieces: list[tuple[int, int]] = []
    start = position = 0
    for cut in cuts_in(text, marks, tags):
        if cut.leads:
            start = cut.end
        else:
            pieces.append((position, cut.start))
        position = cut.end
    pieces.append((position, len(text)))
    return pieces, start > 0


def visible_in(completion: str, tags: Sequence[tuple[str, str]] = REASONING_TAGS) -> str:
    """Return the completion without reasoning that comes first and has both marks: for checks that forbid something.

    All other marks hide nothing, since a model may write them anywhere.
    """
    text = without_end_tokens(completion).rstrip()
    end = end_of_leading_reasoning(text, marks_in(text, tuple(tags)))
    return _without_gap(text[end:], follows_mark=end > 0)


def reasoning_in(completion: str, tags: Sequence[tuple[str, str]] = REASONING_TAGS) -> str:
    """Return the reasoning that ``final`` leaves out, without marks; its blocks are joined by line breaks."""
    tags = tuple(tags)
    text = without_end_tokens(completion).rstrip()
    marks = marks_in(text, tags)
    blocks = (text[cut.start : cut.end] for cut in cuts_in(text, marks, tags) if cut.is_reasoning)
    return "\n".join(_without_marks(block, tags).strip() for block in blocks)


def _without_marks(block: str, tags: tuple[tuple[str, str], ...]) -> str:
    pieces: list[str] = []
    position = 0
    for mark in marks_in(block, tags):
        pieces.append(block[position : mark.start])
        position = mark.end
    return "".join((*pieces, block[position:]))


def code_blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """Return the fenced code blocks of Markdown, in order.

    A fence starts with a line of three or more backticks or tildes and closes with a line of at least as many of them.
    The indentation of the opening fence, such as that of a list item, is removed from the lines of its block.
    A block whose fence never closes reaches to the end of the text, and its ``closed`` is False.
    """
    blocks: list[CodeBlock] = []
    if "```" not in text and "~~~" not in text:
        return ()
    fence = language = ""
    indentation = 0
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        mark = fence_of(stripped)
        if fence:
            if stripped == mark and mark.startswith(fence):
                blocks.append(CodeBlock(language=language, text="\n".join(lines)))
                fence = ""
                if len(blocks) >= CODE_BLOCKS_LIMIT:
                    break
            else:
                lines.append(_without_indentation(line, indentation))
        elif mark:
            indentation = line.index(mark)
            info = line[indentation + len(mark) :].split()
            fence, language, lines = mark, info[0].lower() if info else "", []
    if fence:
        blocks.append(CodeBlock(language=language, text="\n".join(lines), closed=False))
    return tuple(blocks)


def json_in(text: str, blocks: Sequence[CodeBlock]) -> str:
    """Return the JSON document of an answer, as text.

    It is the content of the only block that is tagged ``json``; without such a block, of the only block without a tag;
    without any block, the whole text.
    Returns "" if several blocks may be the document, or none of them.
    """
    if not blocks:
        return text.strip()
    tagged = [block for block in blocks if block.language == "json"] or [
        block for block in blocks if not block.language
    ]
    return tagged[0].text.strip() if len(tagged) == 1 else ""


def _without_indentation(line: str, width: int) -> str:
    """Return a line without at most as many blanks before it."""
    start = line[:width]
    return start.lstrip(" \t") + line[width:]


def fence_of(line: str) -> str:
    """Return the run of three or more backticks or tildes that a line, or the list item on it, starts with, or ""."""
    found = _FENCE.match(line)
    if found is None or ("`" in found[1] and "`" in line[found.end() :]):
        return ""  # an inline span such as ```x``` is no fence
    return found[1]


# Possessive: a run is read once, at its full length.
_FENCE = lazy_pattern(r"(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)?(`{3,}+|~{3,}+)")


def _without_gap(text: str, *, follows_mark: bool = False) -> str:
    """Return a text without the blank lines before it; the indentation of its first line stays.

    White space between a mark and text on the same line is no indentation.
    """
    start = text.lstrip()
    if start == text:
        return text
    gap = text[: len(text) - len(start)]
    line = max(gap.rfind("\n"), gap.rfind("\r")) + 1
    return start if follows_mark and not line else gap[line:] + start
