"""Which part of an answer is the submission: its code block, or the whole answer if that is code.

Nothing here parses Python: that is for the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from rlvr import Record

PYTHON_TAGS = frozenset({"", "python", "python3", "py", "py3", "python2", "ipython", "pycon"})

# A line that prose does not start with.
_CODE_LINE = re.compile(
    r"^[ \t]*(?:(?:async[ ]+)?def[ ]|class[ ]\w+[(:]|import[ ]\w|from[ ][\w.]+[ ]import[ ]|@\w|return\b"
    r"|[A-Za-z_][\w.]*[ ]?(?:=|\+=|\(|\[))",
    re.MULTILINE,
)


class BlockChoice(StrEnum):
    """Which of several code blocks counts.

    ``AUTO`` takes the last that defines what the tests call, else the last; ``JOINED`` puts all of them together.
    """

    AUTO = "auto"
    FIRST = "first"
    LAST = "last"
    JOINED = "joined"


def submission_in(record: Record, entry: str = "", choice: BlockChoice = BlockChoice.AUTO) -> str | None:
    """Take the submission out of a record's answer.

    Args:
        record: The record; its reasoning is left out.
        entry: What the tests call, such as ``add`` or ``Solution().twoSum``; empty for a program.
        choice: Which block counts.

    Returns:
        Python source; None if the answer holds no code.
    """
    blocks = [each.text for each in record.code_blocks if each.language.lower() in PYTHON_TAGS]
    blocks = blocks or [each.text for each in record.code_blocks]
    filled = [block for block in blocks if block.strip()]
    text = record.final
    fenced_in_code = entry and defines(text, entry) and not any(defines(block, entry) for block in blocks)
    if filled and not fenced_in_code:
        return _chosen(filled, entry, choice)
    if record.code_blocks and not fenced_in_code:
        return None
    return text if _CODE_LINE.search(text) else None


def _chosen(blocks: Sequence[str], entry: str, choice: BlockChoice) -> str:
    match choice:
        case BlockChoice.JOINED:
            return "\n".join(blocks)
        case BlockChoice.FIRST:
            return blocks[0]
        case BlockChoice.LAST:
            return blocks[-1]
        case BlockChoice.AUTO:
            defining = (block for block in reversed(blocks) if entry and defines(block, entry))
            return next(defining, blocks[-1])
        case _:
            assert_never(choice)


def defines(source: str, entry: str) -> bool:
    """Tell whether source seems to define what the tests call, by a line that says so."""
    name = entry.split(".", maxsplit=1)[0].removesuffix("()")
    return (
        re.search(rf"^(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*[:=]", source, re.MULTILINE)
        is not None
    )
