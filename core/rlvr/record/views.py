"""The views of a completion that scorers read: one implementation for all of them, in linear time.

An optimiser writes completions, so each mark may be missing, doubled or in the wrong order. The rules cover each case,
and none of them rewards it:

- text between an opening mark and the next closing mark is reasoning;
- a closing mark without an opening one ends reasoning that a chat template opened in the prompt: all text before it is
  reasoning;
- an opening mark that is never closed starts reasoning that never ends: all text after it is reasoning;
- if the remaining text contains solution marks, only the text inside them is final.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

REASONING_TAGS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|begin_of_internal_thought|>", "<|end_of_internal_thought|>"),  # Amazon Nova
)
SOLUTION_OPENS, SOLUTION_CLOSES = "<|begin_of_solution|>", "<|end_of_solution|>"  # Amazon Nova

# No honest answer has more fenced blocks; those after the limit are not read.
CODE_BLOCKS_LIMIT = 1_000


class CodeBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One fenced code block: its language tag in lower case ("" if none), its text, and whether its fence closes."""

    language: str
    text: str
    closed: bool = True


def final_in(completion: str, tags: Sequence[tuple[str, str]] = REASONING_TAGS) -> str:
    """Return the completion without its reasoning blocks; the docstring of this module has the rules."""
    spans = _reasoning_spans(completion, tuple(tags))
    if spans:
        kept: list[str] = []
        position = 0
        for start, end in spans:
            kept.append(completion[position:start])
            position = end
        kept.append(completion[position:])
        completion = "".join(kept)
    if SOLUTION_OPENS in completion:
        parts = completion.split(SOLUTION_OPENS)[1:]
        completion = "\n".join(part.split(SOLUTION_CLOSES, 1)[0] for part in parts)
    return completion.strip()


def reasoning_in(completion: str, tags: Sequence[tuple[str, str]] = REASONING_TAGS) -> str:
    """Return the text inside the reasoning blocks, without their marks, joined by newlines."""
    marks, _ = _marks(tuple(tags))
    spans = _reasoning_spans(completion, tuple(tags))
    return "\n".join(marks.sub("", completion[start:end]).strip() for start, end in spans)


def code_blocks_in(text: str) -> tuple[CodeBlock, ...]:
    """Return the fenced code blocks of Markdown, in order.

    A fence starts with a line of three or more backticks or tildes and closes with a line of at least as many of them.
    A block whose fence never closes reaches to the end of the text, and its ``closed`` is False.
    """
    blocks: list[CodeBlock] = []
    if "```" not in text and "~~~" not in text:
        return ()
    fence = language = ""
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
                lines.append(line)
        elif mark:
            info = stripped[len(mark) :].split()
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


def fence_of(line: str) -> str:
    """Return the run of three or more backticks or tildes that a line starts with, or ""."""
    found = _FENCE.match(line)
    if found is None or ("`" in found[0] and "`" in line[found.end() :]):
        return ""  # an inline span such as ```x``` is no fence
    return found[0]


# Possessive: a run is read once, at its full length.
_FENCE = re.compile(r"`{3,}+|~{3,}+")


@lru_cache(maxsize=32)
def _marks(tags: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], frozenset[str]]:
    """Return a pattern of all marks, an alternation of literals that scans in linear time, and the opening marks."""
    literals = sorted({mark for pair in tags for mark in pair}, key=len, reverse=True)
    pattern = "|".join(re.escape(mark) for mark in literals) or r"(?!)"
    return re.compile(pattern), frozenset(opening for opening, _ in tags)


def _reasoning_spans(text: str, tags: tuple[tuple[str, str], ...]) -> list[tuple[int, int]]:
    """Return the spans of reasoning, marks included, in order and without overlaps."""
    marks, openings = _marks(tags)
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for match in marks.finditer(text):
        if match.group() in openings:
            start = match.start() if start is None else start
        elif start is None:
            spans = [(0, match.end())]
        else:
            spans.append((start, match.end()))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return spans
