"""Calls between the marks of chat templates, of all families at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from rlvr_schema.calls.bodies import calls_in_body
from rlvr_schema.calls.objects import CALLS_LIMIT, NO_CALL_NAMES, TOO_MANY, CallSyntaxError, GivenCalls
from rlvr_schema.calls.standing import is_made
from rlvr_schema.calls.syntaxes import MARKS, NAME, SIGNS, Mark
from rlvr_schema.calls.tools import Tool
from rlvr_schema.reading.strict import JsonError, value_at

_OPENING = re.compile("|".join(f"(?P<m{place}>{mark.opening})" for place, mark in enumerate(MARKS)))
# Closing marks that occur in calls only; others also end turns and fences.
_OF_CALLS = re.compile("tool|function|call|invoke|python|action", re.IGNORECASE)
_CLOSINGS = tuple(dict.fromkeys(each for mark in MARKS for each in mark.closings if _OF_CALLS.search(each)))
# The last alternative is a mark of a family that the table does not have, or a misspelt one.
_SIGN = re.compile(
    "|".join(map(re.escape, SIGNS))
    + r"|[<\[](?i:[/|｜]{0,2}[\w:]{0,20}?(?:tool|function)[_▁\-]?(?:call|use)s?(?![a-z]))"  # noqa: RUF001
)
_STRAY = re.compile("|".join(map(re.escape, _CLOSINGS)))
# Marks around marks, and some room.
MARKS_LIMIT = 4 * CALLS_LIMIT


# Each mark and sign contains one of these, which are found much faster than the marks.
HINTS = (
    "<",
    "[TOOL",
    "[tool",
    "[FUNCTION",
    "[function",
    "[ARGS]",
    "[CALL_ID]",
    "functools[",
    "```tool_",
    "Action",
    ">>>",
    "to=",
)


def has_mark(text: str) -> bool:
    """Return True if a text contains a mark of any family."""
    if not any(hint in text for hint in HINTS):
        return False
    return bool(_OPENING.search(text) or _SIGN.search(text) or _STRAY.search(text))


def marked_calls(text: str, tools: Mapping[str, Tool], attempt_in: Callable[[str], str]) -> GivenCalls:
    """Read the calls of a text that has marks.

    Args:
        text: The text.
        tools: The tools of the row.
        attempt_in: Return what looks like a call in the text outside of the marks; "" for nothing.
    """
    reader = _MarkReader(text, tools)
    if not reader.read_all():
        return GivenCalls(malformed=(TOO_MANY,))
    outside = [_STRAY.sub("", piece) for piece in reader.outside]
    found = GivenCalls()
    for block, before, behind in _blocks(reader.elements, outside):
        found += block if is_made(f"{before}\0{behind}", len(before), len(before) + 1) else _denied(block)
    around = "\n".join(outside)
    if stray := _SIGN.search(around):
        found += GivenCalls(malformed=(f"{stray.group()} outside of a call",))
    elif attempt := attempt_in(around):
        found += GivenCalls(malformed=(attempt,))
    if not (found.calls or found.malformed or reader.declined):
        return GivenCalls(malformed=("marks of a call without one",))
    return found


def _blocks(elements: Sequence[GivenCalls], outside: Sequence[str]) -> Iterator[tuple[GivenCalls, str, str]]:
    """Yield calls that follow each other without text between, and the text before and behind them."""
    block, before = GivenCalls(), ""
    for place, element in enumerate(elements):
        before = before if block.calls or block.malformed else outside[place]
        block += element
        if outside[place + 1].strip() or place + 1 == len(elements):
            yield block, before, outside[place + 1]
            block = GivenCalls()


def _denied(block: GivenCalls) -> GivenCalls:
    problem = "a call that the text denies, takes back or only mentions"
    return GivenCalls(malformed=(*block.malformed, *(problem for _ in block.calls)))


class _MarkReader:
    """Reads a text from mark to mark.

    Attributes:
        elements: What stands between the marks, in order.
        outside: The text before each element, and behind the last.
        declined: Whether a mark contains the statement that no function is called.
    """

    def __init__(self, text: str, tools: Mapping[str, Tool]) -> None:
        self.text = text
        self.tools = tools
        self.elements: list[GivenCalls] = []
        self.outside: list[str] = []
        self.declined = False
        self._absent = set[str]()

    def read_all(self) -> bool:
        """Read the text; return False if it has too many marks."""
        position = floor = 0
        for _ in range(MARKS_LIMIT):
            opening = _OPENING.search(self.text, position)
            if not opening:
                self.outside.append(self.text[floor:])
                return True
            mark, name = _mark_of(opening)
            start = _skip_space(self.text, opening.end())
            if name is None and _OPENING.match(self.text, start):  # marks around others: <tool_calls><tool_call>
                self.outside.append(self.text[floor : opening.start()])
                self.elements.append(GivenCalls())
                position = floor = start
                continue
            self.outside.append(self.text[floor : opening.start()])
            end, position = self._end_of(mark, opening.end())
            floor = position
            if end is None:
                self.elements.append(GivenCalls(malformed=(f"{opening.group()[:80]} is never closed",)))
            else:
                self.elements.append(self._read_body(self.text[opening.end() : end], mark, name))
        return False

    def _end_of(self, mark: Mark, start: int) -> tuple[int | None, int]:
        """Return where the body of a mark ends, and where reading goes on; None if the mark is never closed."""
        searched = self._end_of_json(start)
        found = [(place, closing) for closing in mark.closings if (place := self._find(closing, searched)) >= 0]
        place, closing = min(found, default=(-1, ""))
        if mark.may_stay_open:
            following = _OPENING.search(self.text, searched, len(self.text) if place < 0 else place)
            if following or place < 0:
                at = following.start() if following else len(self.text)
                at = self._end_before_prose(start, at)
                return at, at
        if place < 0 and mark.list_may_stay_open and self._is_list_at_end(start, searched):
            return searched, len(self.text)
        return (place, place + len(closing)) if place >= 0 else (None, searched)

    def _is_list_at_end(self, start: int, end: int) -> bool:
        """Return True if the text between the two places is a whole JSON array with no more than prose behind it."""
        behind = self.text[end:]
        is_last = not behind.strip() or ("<" not in behind and _PROSE.fullmatch(behind) is not None)
        return is_last and self.text[start:end].lstrip().startswith("[")

    def _end_of_json(self, start: int) -> int:
        """Return the end of the JSON value that starts here, for marks inside its strings are text; else the start."""
        first = _skip_space(self.text, start)
        if self.text[first : first + 1] not in {"{", "["}:
            return start
        try:
            return value_at(self.text, first)[1]
        except JsonError:
            return start

    def _end_before_prose(self, start: int, end: int) -> int:
        """Return the end of the JSON values of a call that has no closing mark, if only prose or a fence is behind."""
        head = _HEAD.match(self.text, start, end)
        position = head.end() if head else start
        while position < end and self.text[position] in "{[":
            try:
                position = value_at(self.text, position)[1]
            except JsonError:
                return end
            separator = _BETWEEN_VALUES.match(self.text, position, end)
            position = separator.end() if separator else position
        return position if _PROSE.fullmatch(self.text, position, end) else end

    def _find(self, closing: str, start: int) -> int:
        if closing in self._absent:
            return -1
        place = self.text.find(closing, start)
        if place < 0:
            self._absent.add(closing)
        return place

    def _read_body(self, body: str, mark: Mark, name: str | None) -> GivenCalls:
        if mark.may_stay_open and not _HAS_BRACKET.search(body):
            return GivenCalls(malformed=("a call without arguments, which may be cut off",))
        try:
            calls = calls_in_body(body, name, self.tools)
        except (CallSyntaxError, JsonError) as error:
            return GivenCalls(malformed=(str(error),))
        if calls and all(call.name.lower() in NO_CALL_NAMES and call.name not in self.tools for call in calls):
            self.declined = True
            return GivenCalls()
        return GivenCalls(calls=tuple(calls)) if calls else GivenCalls(malformed=("marks of a call without one",))


_HAS_BRACKET = re.compile(r"[({]")
# What comes before the arguments of a call whose mark may stay open: white space, and Mistral's name and marks.
_HEAD = re.compile(rf"\s*+(?:{NAME}\s*+(?:\[CALL_ID\][\w\-]{{1,64}})?\[ARGS\]\s*+)?")
_BETWEEN_VALUES = re.compile(r"[\s;,]*+(?=[\[{])")
# Lines behind a call that contain no JSON.
_PROSE = re.compile(r"[ \t]*+\n[^{}]*+")


def _mark_of(opening: re.Match[str]) -> tuple[Mark, str | None]:
    """Return the mark of a match, and the function that it names."""
    group = opening.lastgroup or ""
    mark = MARKS[int(group[1:])]
    inner = opening.re.groupindex[group] + 1
    named = inner <= opening.re.groups and inner not in opening.re.groupindex.values()
    return mark, opening[inner] if named else None


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
