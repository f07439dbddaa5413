"""Where a text has parts that its reader does not see, or sees struck out: required words there are not said."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Signs in a tag that hide its element.
_HIDING = re.compile(
    r"(?i)[\s\"';]hidden\b(?!\s*=\s*[\"']?(?:false|until))|display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|font-size\s*:\s*(?:0|1px)|clip-path\s*:\s*inset\(\s*(?:50|100)%|scale\(\s*0(?:\s*,\s*0)?\s*\)|opacity\s*:\s*0(?:\.0+)?\s*[;\"']|(?:width|height)\s*:\s*0(?:px)?\s*[;\"']"
    r"|(?<!-)color\s*[:=]\s*[\"']?\s*(?:white\b|#fff(?:fff)?\b|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
    r"|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{3}|line-through|\bsr-only\b|size\s*=\s*[\"']?0\b"
)
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9-]{0,30})((?:\s[^<>]{0,500})?)>")
# Elements that are struck out, or that no page shows.
_STRUCK = frozenset({"s", "del", "strike"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "title", "head", "datalist"})
_TEX = re.compile(
    r"\\(?:textcolor\{white\}|color\{white\}|[hv]?phantom|sout|st|cancel|xcancel|iffalse)\b\{?|\\textcolor\{white\}\{"
)
_STRIKE = re.compile(r"~~(?=[^\s~])")
# What Markdown has for comments: definitions of links that nothing refers to; and a block that TeX skips.
_COMMENT = re.compile(
    r"(?m)^\[(?://|comment|#)\]:[ \t]{1,9}(?:#|<>)[^\n]{0,2000}|\\iffalse\b(?:[^\\]|\\(?!fi\b)){0,500}+\\fi\b"
)
# Struck text is a phrase or a paragraph; longer parts hold two marks that have nothing to do with each other.
_STRUCK_MOST = 2_000


def concealed_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that are hidden or struck out, in order and apart from each other."""
    found = sorted((*_elements(text), *_struck(text), *_tex(text), *_comments(text)))
    done = 0
    for start, end in found:
        if end > done:
            yield max(start, done), end
            done = end


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield comments of HTML and Markdown, and blocks that TeX skips."""
    if ("]:" in text and ("]: " in text or "]:\t" in text)) or "\\iffalse" in text:
        yield from (found.span() for found in _COMMENT.finditer(text))
    start = text.find("<!--") if "<" in text else -1
    while start >= 0 and (end := text.find("-->", start + 4)) >= 0:
        yield start, end + 3
        start = text.find("<!--", end + 3)


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Yield hidden elements, up to their closing tag; one of style that never closes hides the rest."""
    if "<" not in text:
        return
    lowered = ""
    closings: dict[str, int] = {}
    done = 0
    for found in _TAG.finditer(text):
        name = found[1].lower()
        is_struck = name in _STRUCK
        if found.start() < done or not (is_struck or name in _UNSEEN or _HIDING.search(found[2])):
            continue
        mark = f"</{name}"
        if closings.get(mark, -1) < found.end():
            lowered = lowered or text.lower()
            at = lowered.find(mark, found.end())
            closings[mark] = len(text) if at < 0 else at
        end = closings[mark]
        if end == len(text) and is_struck:
            continue  # "<s>" also begins a sentence to some tokenizers
        done = end
        yield found.start(), end


def _struck(text: str) -> Iterator[tuple[int, int]]:
    """Yield what Markdown strikes out."""
    if "~~" not in text:
        return
    done = 0
    for found in _STRIKE.finditer(text):
        if found.start() < done:
            continue
        end = text.find("~~", found.end(), found.end() + _STRUCK_MOST)
        if end > 0 and "\n\n" not in text[found.end() : end]:
            done = end + 2
            yield found.start(), done


def _tex(text: str) -> Iterator[tuple[int, int]]:
    """Yield what a macro of TeX hides or strikes out, up to the brace that closes it."""
    if "\\" not in text:
        return
    for found in _TEX.finditer(text):
        end = text.find("}", found.end(), found.end() + _STRUCK_MOST)
        if end > 0:
            yield found.start(), end + 1
