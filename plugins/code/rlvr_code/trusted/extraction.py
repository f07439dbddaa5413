"""Which part of an answer is the submission: a code block, the content of a mark, or code that stands in the text.

Nothing here parses Python: that is for the sandbox.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, assert_never

from rlvr import Record, code_blocks_in
from rlvr_code.trusted.lexical import (
    methods_defined_in,
    names_bound_in,
    names_defined_in,
    names_used_in,
    only_defines,
)
from rlvr_code.trusted.pieces import (
    bare_code_in,
    cleaned,
    ends_in_string,
    is_code,
    sections_of,
    without_quotation,
)

_PYTHON_TAGS = frozenset({"", "python", "py", "ipython", "pycon"})


class BlockChoice(StrEnum):
    """Which of several code blocks counts.

    ``AUTO`` takes the last that defines what the tests call, else the last, with the blocks before it that define what
    it uses; ``JOINED`` puts all of them together.
    """

    AUTO = "auto"
    FIRST = "first"
    LAST = "last"
    JOINED = "joined"


class _Block(NamedTuple):
    text: str
    is_python: bool  # by its tag; True if it has none
    is_code: bool  # by its lines, or by its tag
    is_whole: bool


def submission_in(record: Record, called: Collection[str] = (), choice: BlockChoice = BlockChoice.AUTO) -> str | None:
    """Return the submission of a record's answer.

    Args:
        record: The record; its reasoning is left out.
        called: The names that the tests take from the submission, such as ``add``; empty for a program.
        choice: Which block counts.

    Returns:
        Python source; None if the answer contains no code.
    """
    text = record.final.replace("\ufeff", "").replace("\r\n", "\n")
    candidates = [each for section in sections_of(text) for each in _candidates(section, called)]
    if not candidates or (called and not _any_defines(candidates, called)):
        others = _candidates(text, called)
        candidates = others if _any_defines(others, called) else candidates or others
    if not candidates:
        candidates = _candidates(without_quotation(text), called)
    return _chosen(candidates, called, choice) if candidates else None


def _candidates(text: str, called: Collection[str]) -> list[str]:
    """Return the pieces of a text that may be the submission, or a part of it, in order."""
    blocks = list(_blocks_in(text, called))
    code = [each for each in blocks if each.is_code and each.is_python]
    fenced = [each.text for each in code]
    is_whole = all(each.is_whole for each in code)
    if fenced and is_whole and (not called or _any_defines(fenced, called)):
        return fenced
    bare = [cleaned(each, called) for each in bare_code_in(text)]
    if _any_defines(bare, called) or (bare and not is_whole) or not blocks:
        return bare
    return fenced or bare or [each.text for each in blocks]


def _blocks_in(text: str, called: Collection[str]) -> Iterator[_Block]:
    for block in code_blocks_in(text):
        tag = _tag_of(block.language)
        for piece in [block.text] if block.closed else _without_prose(block.text):
            source = cleaned(piece, called)
            if source.strip():
                yield _Block(source, tag in _PYTHON_TAGS, bool(tag) or is_code(source), not ends_in_string(source))


def _without_prose(text: str) -> Sequence[str]:
    """Return the pieces of a block whose fence never closes, or closes at the end of a line."""
    return list(bare_code_in(text)) or [text]


def _tag_of(language: str) -> str:
    """Return the plain name in a tag such as ``{python}``, ``python3.11`` or ``python:main.py``."""
    return language.lower().strip("{}.").split(":")[0].split(",")[0].rstrip("0123456789.")


def _defines_any(source: str, called: Collection[str]) -> bool:
    """Return True if a source defines what the tests call, also as a method of LeetCode's ``Solution``."""
    defined = names_defined_in(source)
    if not defined.isdisjoint(called):
        return True
    return "Solution" in defined and not methods_defined_in(source).isdisjoint(called)


def _any_defines(sources: Sequence[str], called: Collection[str]) -> bool:
    return any(_defines_any(each, called) for each in sources)


def _chosen(blocks: Sequence[str], called: Collection[str], choice: BlockChoice) -> str:
    match choice:
        case BlockChoice.JOINED:
            return "\n".join(blocks)
        case BlockChoice.FIRST:
            return blocks[0]
        case BlockChoice.LAST:
            return blocks[-1]
        case BlockChoice.AUTO:
            defining = (at for at in range(len(blocks) - 1, -1, -1) if _defines_any(blocks[at], called))
            return _with_helpers(blocks, next(defining, len(blocks) - 1), called)
        case _:
            assert_never(choice)


def _with_helpers(blocks: Sequence[str], at: int, called: Collection[str]) -> str:
    """Return a block behind the blocks before it that define what it uses and does not define."""
    parts = [blocks[at]]
    bound = names_bound_in(blocks[at]) | names_defined_in(blocks[at])
    needed = (names_used_in(blocks[at]) | set(called)) - bound
    for block in reversed(blocks[:at]):
        offered = names_bound_in(block)
        shows_use = not (names_used_in(block) & set(called)).issubset(offered)
        runs_as_program = not called and "__name__" in block
        if offered.isdisjoint(needed) or not only_defines(block) or shows_use or runs_as_program:
            continue
        parts.insert(0, block)
        bound |= offered
        needed = (needed | names_used_in(block)) - bound
    return "\n".join(parts)
