"""What a source defines, uses and quotes, as its text shows.

Nothing here parses Python: that is for the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# A definition stands at the start of its line.
_DEFINED = re.compile(r"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w++)[ \t]*+(?::[^=\n]*)?=(?!=))", re.MULTILINE)
_INNER = re.compile(r"^[ \t]++(?:async[ \t]++)?def[ \t]++(\w++)", re.MULTILINE)
_IMPORTED = re.compile(r"^(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+([^\n#;]+)", re.MULTILINE)
_IMPORT_LIST = re.compile(r"^from[ \t]+[\w.]+[ \t]+import[ \t]*\(([^()]*)\)", re.MULTILINE)
# Names that a line binds for itself, wherever it stands: targets, parameters, names of a loop.
_LOCAL = re.compile(r"(?<![\w.])(\w++)[ \t]*+(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=(?!=)|\b(?:for|as)[ \t]+(\w+)")
_PARAMETERS = re.compile(r"\b(?:def[ \t]+\w+[ \t]*\(|lambda\b)([^)\n]*)")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_COMMENT = re.compile(r"#[^\n]*")
# How a line starts that binds names, or goes on with one that does.
_DEFINITION = re.compile(
    r"(?:async[ \t]+def|def|class|import|from)\b|[@)\]}#]|if[ \t]+__name__\b"
    r"|[A-Za-z_]\w*[ \t]*(?::[^=\n]*)?=(?!=)"
)


def names_defined_in(source: str) -> set[str]:
    """Return the names that a function, a class or an assignment at the start of a line defines."""
    return {found[1] or found[2] for found in _DEFINED.finditer(source)}


def methods_defined_in(source: str) -> set[str]:
    """Return the names of the functions that a source defines within something else, such as a class."""
    return {found[1] for found in _INNER.finditer(source)}


def names_bound_in(source: str) -> set[str]:
    """Return the names that a source offers to others: functions, classes, imports, and constants in capitals."""
    names = {found[1] or found[2] for found in _DEFINED.finditer(source) if found[1] or found[2].isupper()}
    for found in (*_IMPORTED.finditer(source), *_IMPORT_LIST.finditer(source)):
        names.update(_bound_by(each) for each in found[1].split(","))
    return names - {""}


def _bound_by(imported: str) -> str:
    words = imported.split()
    return words[-1].split(".")[0].strip("()") if words else ""


def names_used_in(source: str) -> set[str]:
    """Return the names that a source mentions and does not bind in a function of its own."""
    code = _COMMENT.sub("", _without_long_strings(source))
    local = {found[1] or found[2] for found in _LOCAL.finditer(code)}
    parameters = {word for found in _PARAMETERS.finditer(code) for word in _WORD.findall(found[1].split("=")[0])}
    annotations = {word for found in _PARAMETERS.finditer(code) for word in _words_after_colons(found[1])}
    return (set(_WORD.findall(code)) - local - parameters) | annotations


def _words_after_colons(parameters: str) -> set[str]:
    return {word for each in parameters.split(",") for word in _WORD.findall(each.partition(":")[2])}


def _without_long_strings(source: str) -> str:
    pieces: list[str] = []
    position = 0
    for start, end, _ in long_strings_in(source):
        pieces.append(source[position:start])
        position = end
    return "".join([*pieces, source[position:]])


def only_defines(source: str) -> bool:
    """Return True if the lines of a source that are not indented only define names."""
    lines = (line for line in _without_long_strings(source).split("\n") if line.strip() and not line[:1].isspace())
    return all(_DEFINITION.match(line) for line in lines)


class LongString(NamedTuple):
    """Where a triple-quoted string starts and ends; one that is not closed ends with its source."""

    start: int
    end: int
    is_closed: bool


_QUOTES = re.compile(r'"""|\'\'\'')


def long_strings_in(source: str) -> Iterator[LongString]:
    """Yield the triple-quoted strings of a source, in order."""
    start, quotes = -1, ""
    for found in _QUOTES.finditer(source):
        if start < 0:
            start, quotes = found.start(), found[0]
        elif found[0] == quotes:
            yield LongString(start, found.end(), is_closed=True)
            start = -1
    if start >= 0:
        yield LongString(start, len(source), is_closed=False)
