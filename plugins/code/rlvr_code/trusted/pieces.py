"""What stands around code in an answer: marks, prose, prompts of a shell; and code without what stands around it.

All of it works line by line, in linear time.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator

from rlvr import fence_of
from rlvr_code.trusted.lexical import long_strings_in, names_defined_in

_TAGS = "answer|solution|code|python"
# Marks around an answer: of a trainer's template, of Code Llama, of MBPP's prompt.
_OPENING = re.compile(rf"[ \t]*(?:(?:<(?i:{_TAGS})>|\[(?:PYTHON|ANSWER|BEGIN)\])[ \t]*){{1,3}}")
_CLOSING = re.compile(rf"(?:</(?i:{_TAGS})>|\[(?:/PYTHON|/ANSWER|DONE)\])\s*\Z")
_CLOSING_MARKS_LIMIT = 3

# A line that prose does not start with.
_CODE_LINE = re.compile(
    r"^[ \t]*+(?:(?:async[ ]+)?def[ ]|class[ ]\w+[(:]|import[ ]\w|from[ ][\w.]+[ ]import[ ]|@\w"
    r"|(?:return|yield|raise|pass|del|global|nonlocal|assert|try|else)\b"
    r"|(?:if|for|while|with|elif|match)\b[^\n]*:"
    r"|(?:\w++,[ ]*+)++\w++[ ]*+="
    r"|[A-Za-z_][\w.]*+[ ]?(?:[-+*/%&|^]?=|\(|\[|:[ ]?[\w\[\], .]+=))",
    re.MULTILINE,
)
# A line that starts with a capital word and another word, or with a word and a sign that ends it, is never Python.
_PROSE = re.compile(
    r"\*\*[^*]+\*\*:?[ \t]*\Z|"
    r"(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?\**[A-Z][\w'’-]*+"
    r"(?:[ \t]+[A-Za-z`]|[!?.](?:[ \t]|\Z)|:\**[ \t]*\Z|:\**[ \t]+\w+[ \t]+\w|,[ \t]+[^=]*\Z)"
)
_SHELL = re.compile(r"[ \t]*![ \t]*[A-Za-z]|%{1,2}[A-Za-z]")
_QUOTED = re.compile(r"\A[ ]{0,3}>[ ]?")
_CONSOLE = re.compile(r">>>(?:[ ]|\Z)|\.\.\.(?:[ ]|\Z)")


def is_code(text: str) -> bool:
    """Return True if a line looks like code."""
    return _CODE_LINE.search(text) is not None


def sections_of(text: str) -> list[str]:
    """Return what stands between the marks of an answer, such as ``<answer>`` and ``</answer>``, in order.

    A mark opens at the start of a line and closes at the end of one; within a fenced block, a mark is code.
    What comes before a closing mark without an opening one is a section too: its opening mark stands in the prompt.
    """
    sections: list[str] = []
    lines: list[str] = []
    is_open, fence = False, ""
    for line in text.split("\n"):
        if not fence and (found := _OPENING.match(line)):
            if is_open:
                sections.append("\n".join(lines))
            lines, is_open, line = [], True, line[found.end() :]  # noqa: PLW2901  # the rest of the line
        rest, closes = _without_closing_mark(line, fence, is_open=is_open)
        lines.append(rest)
        fence = _fence_after(rest, fence)
        if closes:
            sections.append("\n".join(lines))
            lines, is_open, fence = [], False, ""
    if is_open:
        sections.append("\n".join(lines))
    return sections


def _without_closing_mark(line: str, fence: str, *, is_open: bool) -> tuple[str, bool]:
    rest = line
    for _ in range(_CLOSING_MARKS_LIMIT):
        found = _CLOSING.search(rest)
        rest = rest[: found.start()] if found else rest
    if rest == line:
        return line, False
    counts = not fence or not _fence_after(rest, fence) or (is_open and not rest.strip())
    return (rest, True) if counts else (line, False)


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after a line."""
    stripped = line.strip()
    mark = fence_of(stripped)
    if not fence:
        return mark
    return "" if stripped == mark and mark.startswith(fence) else fence


def bare_code_in(text: str) -> Iterator[str]:
    """Yield the pieces of a text between fences and lines of prose, if they look like code.

    A fence that a model wrote at the end of the last line is removed.
    """
    piece: list[str] = []
    for line, is_string in _lines_of(text.rstrip().removesuffix("```")):
        if not is_string and (fence_of(line.strip()) or _PROSE.match(line)):
            if is_code("\n".join(piece)):
                yield "\n".join(piece)
            piece = []
        else:
            piece.append(line)
    if is_code("\n".join(piece)):
        yield "\n".join(piece)


def _lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a text, and whether each starts within a triple-quoted string that closes."""
    strings = ((each.start, each.end) for each in long_strings_in(text) if each.is_closed)
    start, end = next(strings, (-1, -1))
    position = 0
    for line in text.split("\n"):
        while 0 <= end <= position:
            start, end = next(strings, (-1, -1))
        yield line, 0 <= start < position < end
        position += len(line) + 1


def without_quotation(text: str) -> str:
    """Return a text without the marks of a quotation (``> ``), or the input of a console session without its output."""
    lines = text.split("\n")
    if any(line.startswith(">>> ") for line in lines):
        return "\n".join(line[4:] for line in lines if _CONSOLE.match(line))
    return "\n".join(_QUOTED.sub("", line, count=1) for line in lines)


def ends_in_string(source: str) -> bool:
    """Return True if a triple-quoted string of the source never closes: a fence in the string has ended the block."""
    return any(not each.is_closed for each in long_strings_in(source))


def cleaned(source: str, called: Collection[str] = ()) -> str:
    """Return code without prompts of a console, commands of a notebook, and an indentation that all lines share.

    The indentation stays if the code without it defines nothing that the tests call: it may be a function's body.
    """
    lines = source.split("\n")
    if fence_of(lines[0].strip()):  # a prompt opens the fence, and the model opens it again
        lines = lines[1:]
        source = "\n".join(lines)
    if source.lstrip().startswith(">>> "):
        source = "\n".join(line[4:] for line in lines if _CONSOLE.match(line))
    if "!" in source or "%" in source:
        source = "\n".join(line if is_string else _without_command(line) for line, is_string in _lines_of(source))
    if source.lstrip("\n")[:1] in {" ", "\t"}:
        dedented = textwrap.dedent(source)
        if not called or not names_defined_in(dedented).isdisjoint(called):
            return dedented
    return source


def _without_command(line: str) -> str:
    """Return ``pass`` in place of a line such as ``!pip install x`` or ``%timeit f()``."""
    if _SHELL.match(line) is None:
        return line
    return line[: len(line) - len(line.lstrip())] + "pass"
