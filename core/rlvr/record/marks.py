"""The marks that models write around their reasoning, around their answer, and at the end of their turn.

An optimiser writes completions, so each mark may be missing, doubled, quoted or in the wrong order.
Each case has a rule, and none of them rewards it:

- The text from an opening mark to the next closing mark is reasoning.
- A closing mark without an opening one ends reasoning that a chat template opened in the prompt: all text before it is
  reasoning, also what follows an earlier closing mark.
- An opening mark that is never closed starts reasoning that never ends, if it comes first.
  After text of the answer it is text, and so is all that follows: it must not hide a second answer.
- A block after text of the answer is reasoning if it is apart from that text.
  Inside a word, a number or a box it is text: `4<think>x</think>2` is not 42.
- A mark between quotes or backticks is a mention, and text.
- Marks of a solution separate, and hide nothing.

All functions take time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import TypeAlias, assert_never

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.text import has_visible_text

Tags: TypeAlias = tuple[tuple[str, str], ...]
"""Opening and closing marks; a mark may be part of several pairs. The case of ASCII letters does not matter."""

REASONING_TAGS: Tags = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),  # EXAONE
    ("<reasoning>", "</reasoning>"),
    ("<mm:think>", "</mm:think>"),  # MiniMax
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("<longcat_think>", "</longcat_think>"),  # LongCat
    ("[THINK]", "[/THINK]"),  # Magistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A Reasoning
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # Sky-T1, OpenThoughts
    ("<|begin_of_internal_thought|>", "<|end_of_internal_thought|>"),  # Amazon Nova
    # Harmony (gpt-oss): the header of the channel `final` ends all that comes before it.
    ("<|channel|>analysis<|message|>", "<|end|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|start|>assistant<|channel|>analysis<|message|>", "<|end|>"),
    ("<|start|>assistant<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>"),
)

SOLUTION_MARKS = ("<|begin_of_solution|>", "<|end_of_solution|>")  # Amazon Nova, Sky-T1, OpenThoughts

# Tokens that end a turn, and those that fill a batch after it: text if the decoder keeps special tokens.
END_TOKENS = (
    *("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|eot|>", "<|eom|>"),
    *("<end_of_turn>", "<turn|>", "<eos>", "<|end|>", "<|return|>", "<|call|>", "<｜end▁of▁sentence｜>"),  # noqa: RUF001
    *(
        "<|end_of_turn|>",
        "<|END_OF_TURN_TOKEN|>",
        "<|END_RESPONSE|>",
        "<|eos|>",
        "<|role_end|>",
        "[|endofturn|]",
        "[e~[",
    ),
    *("<pad>", "<|pad|>", "[PAD]", "<|finetune_right_pad_id|>"),
    "</s>",
)
_LAST_CHARACTERS = frozenset(token[-1] for token in END_TOKENS)

_CLOSING_QUOTES = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "「": "」"}

_BEFORE_QUOTES = frozenset("([{=:,/>")


class MarkKind(Enum):
    """The effect of a mark; ``END_OF_OWN_BLOCK`` ends a turn too, so it closes only blocks of its own pair."""

    OPENING = auto()
    CLOSING = auto()
    END_OF_OWN_BLOCK = auto()
    SOLUTION = auto()


class Mark(msgspec.Struct, frozen=True, gc=False):
    """One mark of a text: its kind, the mark in lower case, and the positions of its start and end."""

    kind: MarkKind
    name: str
    start: int
    end: int


class Cut(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a text that is not part of the answer: reasoning with its marks, or a mark of a solution.

    ``leads`` is True if no visible text comes before it, except other cuts.
    """

    start: int
    end: int
    is_reasoning: bool
    leads: bool


def without_end_tokens(completion: str) -> str:
    """Return a completion without the tokens that end its turn, and without white space around them."""
    end = len(completion.rstrip())
    if not end or completion[end - 1] not in _LAST_CHARACTERS or not completion.endswith(END_TOKENS, 0, end):
        return completion
    # After `<s>`, `</s>` is HTML for struck text; as a token, `<s>` starts the text.
    tokens = END_TOKENS[:-1] if "<s>" in completion[1:] else END_TOKENS
    if not completion.endswith(tokens, 0, end):
        return completion
    while completion.endswith(tokens, 0, end):
        end -= next(len(token) for token in tokens if completion.endswith(token, 0, end))
        while end and completion[end - 1].isspace():
            end -= 1
    return completion[:end]


def may_have_marks(text: str, tags: Tags) -> bool:
    """Return False for most texts without a mark and an end token, at a fraction of the time of a search."""
    table = _KNOWN_TABLE if tags is REASONING_TAGS else _table_of(tags)
    for first, starts in table.starts if text.isascii() else table.all_starts:  # a generator costs more
        if first in text and starts.search(text):
            return True
    return False


def marks_in(text: str, tags: Tags) -> list[Mark]:
    """Return the marks of a text, in order; a mark that overlaps an earlier one is text."""
    table = _KNOWN_TABLE if tags is REASONING_TAGS else _table_of(tags)
    matches = [match for first, pattern in table.patterns if first in text for match in pattern.finditer(text)]
    if not matches:
        return []
    matches.sort(key=re.Match.start)
    marks: list[Mark] = []
    position = 0
    for match in matches:
        start, end = match.span()
        if start >= position:
            name = match[0]
            name = name if name in table.kinds else name.translate(_LOWER)
            marks.append(Mark(table.kinds[name], name, start, end))
            position = end
    return marks


def cuts_in(text: str, marks: Sequence[Mark], tags: Tags) -> list[Cut]:
    """Return what is not part of the answer, in order and without overlaps; the module's docstring has the rules."""
    cuts: list[Cut] = []
    leads = True
    for start, closing, is_opened in _blocks(text, marks, tags):
        leads = leads and not has_visible_text(text[cuts[-1].end if cuts else 0 : start])
        if closing is None:
            if leads:
                cuts.append(Cut(start, len(text), is_reasoning=True, leads=True))
        elif is_opened:
            if leads or _is_apart(text, start, closing.end):
                cuts.append(Cut(start, closing.end, is_reasoning=True, leads=leads))
        elif closing.kind is MarkKind.SOLUTION:
            cuts.append(Cut(start, closing.end, is_reasoning=False, leads=leads))
        else:
            cuts, leads = [Cut(0, closing.end, is_reasoning=True, leads=True)], True
    return cuts


def _blocks(text: str, marks: Sequence[Mark], tags: Tags) -> Iterator[tuple[int, Mark | None, bool]]:
    """Yield the start of each block, its closing mark or None, and whether it has an opening mark."""
    opening: Mark | None = None
    for mark in marks:
        if _is_mention(text, mark):
            continue
        match mark.kind:
            case MarkKind.OPENING:
                opening = opening or mark
            case MarkKind.CLOSING | MarkKind.SOLUTION:
                yield mark.start if opening is None else opening.start, mark, opening is not None
                opening = None
            case MarkKind.END_OF_OWN_BLOCK:
                if opening is not None and (opening.name, mark.name) in _table_of(tags).pairs:
                    yield opening.start, mark, True
                    opening = None
            case _:
                assert_never(mark.kind)
    if opening is not None:
        yield opening.start, None, True


def end_of_leading_reasoning(text: str, marks: Sequence[Mark]) -> int:
    """Return the end of the reasoning that comes first and has both of its marks; 0 if there is none.

    Any closing mark ends it, also a quoted one. Marks that come first and hide nothing belong to it.
    """
    end = 0
    is_open = False
    for mark in marks:
        if not is_open and has_visible_text(text[end : mark.start]):
            break
        match mark.kind:
            case MarkKind.OPENING:
                is_open = True
            case MarkKind.CLOSING | MarkKind.SOLUTION:
                end, is_open = mark.end, False
            case MarkKind.END_OF_OWN_BLOCK:
                if is_open:
                    end, is_open = mark.end, False
            case _:
                assert_never(mark.kind)
    return end


def _is_mention(text: str, mark: Mark) -> bool:
    """Return True if a mark is alone between quotes, as in: it ends with `</think>`.

    Quotes that belong to text beside the mark are not around it: "No."</think>"Yes", and fences of code are no quotes.
    """
    before, after = text[max(0, mark.start - 2) : mark.start], text[mark.end : mark.end + 2]
    opens = len(before) == 1 or before[:1].isspace() or before[:1] in _BEFORE_QUOTES
    is_quoted = _CLOSING_QUOTES.get(before[-1:]) == after[:1]
    return is_quoted and opens and not after[1:].isalnum() and after[1:] != after[:1]


def _is_apart(text: str, start: int, end: int) -> bool:
    """Return True if a cut joins no words: white space or a tag is on each side, or the text ends."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not after or ((before.isspace() or before in ">]▷") and (after.isspace() or after in "<[◁"))


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of all marks by their names, the pairs of reasoning marks, and a pattern for each first character.

    ``starts`` are patterns of the first two characters of marks and end tokens by the first one, if it is ASCII.
    """

    kinds: dict[str, MarkKind]
    pairs: frozenset[tuple[str, str]]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    starts: tuple[tuple[str, re.Pattern[str]], ...]
    all_starts: tuple[tuple[str, re.Pattern[str]], ...]


# The case of other letters matters: some of them become several letters in another case.
_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_UPPER = {ord(lower): chr(upper) for upper, lower in _LOWER.items()}


@lru_cache(maxsize=32)
def _table_of(tags: Tags) -> _Table:
    pairs = frozenset((opening.translate(_LOWER), closing.translate(_LOWER)) for opening, closing in tags)
    ends = frozenset(token.translate(_LOWER) for token in END_TOKENS)
    kinds = {
        **dict.fromkeys(SOLUTION_MARKS, MarkKind.SOLUTION),
        **{opening: MarkKind.OPENING for opening, _ in pairs},
        **{closing: MarkKind.END_OF_OWN_BLOCK if closing in ends else MarkKind.CLOSING for _, closing in pairs},
    }
    firsts = sorted({first for mark in kinds for first in (mark[0], mark[0].translate(_UPPER))})
    starts = {first: {mark[1:2] for mark in kinds if mark[0] == first.translate(_LOWER)} for first in firsts}
    for token in END_TOKENS:
        starts.setdefault(token[0], set()).add(token[1:2])
    all_starts = tuple((first, _pattern_of_start(first, starts[first])) for first in sorted(starts))
    return _Table(
        kinds=kinds,
        pairs=pairs,
        patterns=tuple((first, _pattern_of(first, kinds)) for first in firsts),
        starts=tuple(start for start in all_starts if start[0].isascii()),
        all_starts=all_starts,
    )


def _pattern_of_start(first: str, seconds: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of a character and one of some behind it, in either case; a second one may be missing."""
    behind = "|".join(map(re.escape, sorted(seconds)))
    return lazy_pattern(f"{re.escape(first)}(?i:{behind})", re.ASCII)


def _pattern_of(first: str, marks: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the marks that start with a character: literals, which are found in linear time.

    One literal first character makes the search fast, and a look at the second one halves its time in LaTeX and code.
    """
    rests = sorted(
        (mark[1:] for mark in marks if mark[0] == first.translate(_LOWER)), key=lambda rest: (-len(rest), rest)
    )
    seconds = "".join(sorted({re.escape(rest[:1]) for rest in rests}))
    look = f"(?=[{seconds}])" if all(rests) else ""
    return lazy_pattern(f"{re.escape(first)}(?i:{look}(?:{'|'.join(map(re.escape, rests))}))", re.ASCII)


_KNOWN_TABLE = _table_of(REASONING_TAGS)
