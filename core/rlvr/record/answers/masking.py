r"""Text that is not said: comments, struck-out and hidden text, code."""

from __future__ import annotations

import re

from rlvr.patterns import lazy_pattern
from rlvr.record.views import fence_of

_COMMENT = lazy_pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_C_COMMENT = lazy_pattern(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRUCK = lazy_pattern(r"(?<!~)~~(?!~)[^~]{1,2000}~~(?!~)")  # three are a fence
_OPENING = lazy_pattern(r"<([A-Za-z]{1,12})((?:\s[^<>]{0,400})?)>")
_STRIKING = frozenset({"del", "s", "strike", "template", "script", "style"})
_HIDING = lazy_pattern(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0|opacity\s{0,3}:\s{0,3}0(?![.\d])"
    r"|(?<![-\w])color\s{0,3}[:=]\s{0,3}[\"']?white|\shidden(?=[\s=]|\Z)",
    re.IGNORECASE,
)
# Hidden elements are read up to this length; a longer one hides nothing.
ELEMENT_LIMIT_CHARACTERS = 2_000
_TEX_COMMENT = lazy_pattern(r"^[ \t]{0,20}%(?![ \t]{0,4}[-\d])[^\n]*", re.MULTILINE)
_TEX_HIDDEN = lazy_pattern(
    r"\\begin\s?\{comment\}.*?(?:\\end\s?\{comment\}|\Z)|\\iffalse(?![A-Za-z]).*?(?:\\fi(?![A-Za-z])|\Z)", re.DOTALL
)
# A block of one line without a programming language may be the answer in a setting of its own.
_PLAIN_TAGS = frozenset({"", "text", "txt", "latex", "tex", "math", "plaintext", "answer", "markdown", "md"})


def unmasked(text: str) -> str:
    """Return the text with everything that is not said replaced by as many blanks; places stay where they are."""
    text = said_in(text)
    # A search for one character costs a hundredth of one for three.
    if ("`" in text or "~" in text) and ("```" in text or "~~~" in text):
        text = _without_code(text)
    return text


def said_in(text: str) -> str:
    """Return the text with comments, struck-out and hidden text replaced by as many blanks; code stays."""
    first = text.find("<")  # what starts with it is looked for from there on
    if first >= 0:
        if text.find("<!--", first) >= 0:
            text = _COMMENT.sub(_blank, text)
        if text.find("</", first) >= 0:
            text = _without_elements(text)
    if "~" in text and "~~" in text:
        text = _STRUCK.sub(_blank, text)
    if "/" in text and "*" in text and "/*" in text:
        text = _C_COMMENT.sub(_blank, text)
    if "\\" in text and ("{comment}" in text or "\\iffalse" in text):
        text = _TEX_HIDDEN.sub(_blank, text)
    if "%" in text and ("\n%" in text or text.lstrip().startswith("%") or "\n " in text or "\n\t" in text):
        text = _TEX_COMMENT.sub(_blank, text)
    return text


def _without_elements(text: str) -> str:
    """Blank the elements that strike out or hide what they hold."""
    pieces: list[str] = []
    position = 0
    for opening in _OPENING.finditer(text):
        if opening.start() < position:
            continue
        if opening[1].lower() in _STRIKING or (opening[2] and _HIDING.search(opening[2])):
            closing = text.find(f"</{opening[1]}", opening.end(), opening.end() + ELEMENT_LIMIT_CHARACTERS)
            if closing >= 0:
                pieces += (text[position : opening.start()], _blanks(text[opening.start() : closing]))
                position = closing
    return "".join((*pieces, text[position:]))


def _without_code(text: str) -> str:
    """Blank the fenced blocks, but for the line of a block that holds one line and no program."""
    lines = text.split("\n")
    fence, opened = "", 0
    for at, line in enumerate(lines):
        mark = fence_of(line.strip())
        if fence and line.strip() == mark and mark.startswith(fence):
            _blank_block(lines, opened, at)
            fence = ""
        elif not fence and mark:
            fence, opened = mark, at
    if fence:  # never closed: the block ends with the last line that is not blank
        filled = [at for at, line in enumerate(lines) if line.strip()]
        _blank_block(lines, opened, filled[-1] + 1)
    return "\n".join(lines)


def _blank_block(lines: list[str], first: int, last: int) -> None:
    tag = lines[first].strip().strip("`~").strip().lower()
    keeps = tag in _PLAIN_TAGS and last == first + 2 and lines[first + 1].strip()
    for at in range(first, min(last + 1, len(lines))):
        if not (keeps and at == first + 1):
            lines[at] = " " * len(lines[at])


def _blank(match: re.Match[str]) -> str:
    return _blanks(match[0])


def _blanks(hidden: str) -> str:
    """Return blanks, and the line ends where they were."""
    return " " * len(hidden) if "\n" not in hidden else "\n".join(" " * len(line) for line in hidden.split("\n"))
