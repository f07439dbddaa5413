"""Announcements: "the answer is ...", "Answer:", "I choose ..." and their like, in the languages of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.copulas import Middle, skip_middle
from rlvr.record.answers.lexicon import (
    ATTACHED_SCRIPT,
    CHOOSING,
    ENGLISH_STEMS,
    LATIN_STEMS,
    OTHER_STEMS,
    STRONG_HEADS,
    WEAK_HEADS,
    WEAK_OTHER_STEMS,
    WEAK_STEMS,
)
from rlvr.record.answers.sentences import REACH_CHARACTERS, sentence_end
from rlvr.record.answers.statements import Statement
from rlvr.record.answers.values import NUMBER


class Announcement(msgspec.Struct, frozen=True, gc=False):
    """Where an announcement stands: its noun, and what it announces.

    Attributes:
        start: Where the noun starts.
        value_start: Where the value starts.
        end: Where the sentence of the value ends.
        middle: What stands between the noun and the value.
        is_weak: Whether the noun is a weak one.
        is_final: Whether it is called final.
    """

    start: int
    value_start: int
    end: int
    middle: Middle
    is_weak: bool = False
    is_final: bool = False


_LETTERS = lazy_pattern(r"[^\W\d_]+")
_FINAL = lazy_pattern(
    r"(?:final|endgültig|definitiv|окончательн|итогов|eind|uiteindelijk|最终|最終|최종|अंतिम|نهائي)\w*\W{0,3}(?:\w{1,12}\W{1,3})?$",
    re.IGNORECASE,
)
_FINAL_BEHIND = lazy_pattern(
    r"\s(?:final|finale|définitive|definitiva|finais|النهائية|النهائي)(?![^\W\d_])", re.IGNORECASE
)
_HEADING = lazy_pattern(
    r"[ \t#*_>-]*(?:(?:the|my|our|final|correct|short|so|la|le|il|el|a|die|das|het|respuesta|réponse|correcta|finale?|richtige|endgültige|juiste|definitieve|\d{1,2}[.)])[ \t]+){0,4}[*_]*$",
    re.IGNORECASE,
)
_BLANK_REST = lazy_pattern(r"[ \t*_:：#.]*(?=\n|\Z)")
_NEXT_LINE = lazy_pattern(
    r"(?:[ \t]*\n){1,4}[ \t]*(?:(?:\\\[|\$\$|\\begin\{(?:align|equation)\*?\})\s{0,4}|```[a-z]{0,12}\n)?(?:[>*_#-]{1,4}[ \t]+)?"
)
_DIRECT = lazy_pattern(
    rf"[ \t]*[*_`]{{0,3}}(?:\(?[A-Z]\)?(?![^\W_])|{NUMBER}|\$[^$\n]{{1,200}}\$|\\\(|[\"“«「]|\*\*)", re.ASCII
)
_ADJECTIVE_BEHIND = lazy_pattern(
    r"(?:\s(?:correcta|final|finale|correcte|definitiva|correta|corretta|exacta|exacte|giusta|esatta|certa|definitive|verdadera|juste|الصحيحة|النهائية|الصحيح|النهائي|choice|option|sheet|letter|key)(?![^\W\d_])|s(?![^\W\d_])){1,3}",
    re.IGNORECASE,
)
_CHOSEN = lazy_pattern(
    r"(?<![^\W\d_])(?:i|i'd|i'll|we|ich|yo|je|eu|я|io|ik|would|will|d|ll|to|me|must|should|'d|'ll|therefore|so|and|por|la|que|hence|let us|let's|моя|de|al|ci)\W{0,3}$",
    re.IGNORECASE,
)
_GOING = frozenset("go going went settle settling stick sticking".split())
_GOES_WITH = lazy_pattern(
    r"(?:go|going|went|settle|settling|stick|sticking) (?:with|for|on)(?![^\W\d_])", re.IGNORECASE
)
_CHOICE = lazy_pattern(rf"[\s:*_\"“(]*(?:[A-Z](?![^\W_])|{NUMBER}|\$)")
_VERB_TAIL = lazy_pattern(
    r"\s(?:with|for|on|option|answer|choice|la|die|het|l|the|opción|opção|вариант|voor|per|pour|por|lettre|letra|lettera|buchstabe|as|my)(?![^\W\d_])",
    re.IGNORECASE,
)
# A text with more announcements or marks lists guesses, or repeats itself.
STATEMENTS_LIMIT = 200
PLACES_LIMIT = 1_000
# An announcement that leads to a mark stands this near before it.
LEADING_CHARACTERS = 120
# Weak nouns announce an answer at the end of a text; in its middle they are steps.
WEAK_CHARACTERS = 2_000
# Characters beyond this one are not in most texts.
LAST_ASCII = "\x7f"
# From this length on, a search costs more than its call.
LONG_CHARACTERS = 1_000


def find_announcements(text: str, marks: Sequence[Statement]) -> list[Announcement]:
    """Find announcements, in order.

    "answer" is looked for everywhere.
    The nouns of other languages are looked for where nothing else is found, and right before each mark, which they may
    lead to; weak nouns only at the end of a text that says nothing stronger.
    """
    found = _at(text, places_of(text, ENGLISH_STEMS))
    if marks:
        near = {
            place
            for mark in marks
            for place in places_of(text, _foreign_stems(text), max(0, mark.start - LEADING_CHARACTERS), mark.start)
        }
        return _at(text, sorted(near.union(each.start for each in found))) if near else found
    return found or _at(text, places_of(text, _foreign_stems(text))) or _at(text, _weak_places(text))


def _foreign_stems(text: str) -> tuple[str, ...]:
    return LATIN_STEMS if text.isascii() else (*LATIN_STEMS, *OTHER_STEMS)


def _weak_places(text: str) -> list[int]:
    stems = WEAK_STEMS if text.isascii() else (*WEAK_STEMS, *WEAK_OTHER_STEMS)
    return places_of(text, stems, max(0, len(text) - WEAK_CHARACTERS), len(text))


def places_of(text: str, stems: Sequence[str], start: int = 0, end: int | None = None) -> list[int]:
    """Return where one of the stems stands, in order."""
    stop = len(text) if end is None else end
    present = _present(text if end is None else text[start:stop], stems) if stop - start >= LONG_CHARACTERS else stems
    found = set[int]()
    for stem in present:
        place = text.rfind(stem, start, stop)
        while place >= 0:
            found.add(place)
            place = text.rfind(stem, start, place)
    return sorted(found) if found else []


def _present(text: str, stems: Sequence[str]) -> list[str]:
    """Return the stems that a long text has; most texts have none."""
    # In long texts a search from the end takes half the time of one from the start, and a character that the text has
    # not is found out at once, where a search for several takes long.
    return [stem for stem in stems if (stem[0] <= LAST_ASCII or stem[0] in text) and text.rfind(stem) >= 0]


def _at(text: str, places: Iterable[int]) -> list[Announcement]:
    """Read the announcements at places where their nouns may stand; one inside another is the other's."""
    found: list[Announcement] = []
    done = -1
    for count, place in enumerate(places):
        if count > PLACES_LIMIT:
            return [Announcement(place, place, place, Middle(place))] * (STATEMENTS_LIMIT + 1)
        if place < done:
            continue
        each = announcement_at(text, place)
        if each is not None and each.value_start > done:
            done = each.value_start
            found.append(each)
            if len(found) > STATEMENTS_LIMIT:
                break
    return found


def announcement_at(text: str, place: int) -> Announcement | None:
    """Read the announcement whose noun has a stem at a place, if there is one."""
    start, stop = _word_around(text, place)
    word = text[start:stop]
    lower = word.lower()
    if lower in CHOOSING or (lower in _GOING and _GOES_WITH.match(text, start)) or lower in {"选", "選"}:
        return _choice_at(text, start, stop)
    weak = lower in WEAK_HEADS
    if not weak and lower not in STRONG_HEADS:
        return None
    is_set = "{" in text[max(0, start - _FINAL_CHARACTERS) : start] and _is_set(text, start)
    label = _SET_LABEL.match(text, stop) if is_set else None
    if (start and label is None and text[start - 1] in "</\\_{") or (
        text.startswith(("_", ">"), stop) and text[start - 1 : start] in {"<", "/"}
    ):
        return None
    final = is_called_final(text, start) or _FINAL_BEHIND.match(text, stop) is not None
    adjectives = _ADJECTIVE_BEHIND.match(text, stop)
    stop = adjectives.end() if adjectives else stop
    has_stop = label is not None or _has_own_stop(text, start, stop)
    stop = label.end() if label is not None else stop + has_stop
    line_end = text.find("\n", stop, stop + REACH_CHARACTERS)
    line_end = line_end if line_end >= 0 else min(len(text), stop + REACH_CHARACTERS)
    middle = skip_middle(text, stop, line_end)
    value_start = middle.end
    display_end = -1
    rest = _BLANK_REST.match(text, value_start)
    if rest:
        if not middle.has_copula and not _is_heading(text, start):
            return None
        behind = _NEXT_LINE.match(text, rest.end())
        if behind is None or behind.end() >= len(text):
            return None
        value_start = behind.end()
        display_end = _display_end(text, behind[0].rstrip(), value_start)
        if weak and _opens_working(text, value_start):
            return None
    elif not (
        middle.has_copula
        or has_stop
        or _is_direct(text, start, value_start, line_end)
        or _is_inverted(text, start, value_start, line_end, middle)
    ):
        return None
    end = display_end if display_end >= 0 else _value_end(text, value_start)
    return Announcement(start, value_start, end, middle, weak, final)


def _has_own_stop(text: str, start: int, stop: int) -> bool:
    """Say whether a full stop behind the noun belongs to it: "Ans. 42", and "Answer. 42" at the start of a line."""
    if not text.startswith(".", stop):
        return False
    if text[start:stop].lower() == "ans":
        return True
    lead = _lead_on_line(text, start)
    starts_line = text[start].isupper() and lead is not None and lead.strip(" *_#>") in {"", "Final", "The Final"}
    return starts_line and _DIRECT.match(text, stop + 1) is not None


# The end of a label in LaTeX's bold letters: "\\textbf{Answer.} $42$".
_SET_LABEL = lazy_pattern(r"[.:]?\s?\}[ \t]?[.:]?[ \t~]{0,3}(?=\S)")
_SETS_LABEL = lazy_pattern(
    r"\\(?:text(?:bf|it|sc|sf|rm)?|mathbf|emph|underline|bf)\{(?:(?:The )?(?:Final|final|Correct|correct) )?$"
)
# Words of a label before its noun.
_FINAL_CHARACTERS = 14


def _is_set(text: str, start: int) -> bool:
    """Say whether a command that sets text opens right before a place, at the start of its line."""
    lead = _lead_on_line(text, start)
    command = None if lead is None else _SETS_LABEL.search(lead)
    return command is not None and not command.string[: command.start()].strip(" \t*$")


def _lead_on_line(text: str, start: int) -> str | None:
    """Return what stands before a place on its line; None if that is too long for the head of a label."""
    line = text.rfind("\n", max(0, start - SET_CHARACTERS), start) + 1
    return text[line:start] if start - line < SET_CHARACTERS else None


# A command before a label and the white space before it are no longer.
SET_CHARACTERS = 40


def is_called_final(text: str, start: int) -> bool:
    """Say whether a noun at a place is called final by a word right before it."""
    before = text[max(0, start - 30) : start]
    if before.isascii():
        lower = before.lower()
        if not ("final" in lower or "definitiv" in lower or "eind" in lower):
            return False
    return _FINAL.search(before) is not None


def _word_around(text: str, place: int) -> tuple[int, int]:
    """Return the word around a place; a script that writes words together has the known noun there."""
    if text[place] > LAST_ASCII and ATTACHED_SCRIPT.match(text[place]):
        for size in range(9, 0, -1):
            for back in range(4):
                word = text[place - back : place - back + size] if place >= back else ""
                if word in STRONG_HEADS or word in WEAK_HEADS:
                    return place - back, place - back + size
        return place, place + 1
    start = place
    while start > max(0, place - 12) and text[start - 1].isalpha() and text[start - 1] < "\u0590":
        start -= 1
    letters = _LETTERS.match(text, place)
    stop = min(letters.end(), place + 14) if letters else place
    while stop > place and text[stop - 1] >= "\u0590":
        stop -= 1
    return start, stop


def _display_end(text: str, opening: str, start: int) -> int:
    """Return where the display ends that opens right before a place; -1 if none does."""
    if not opening.endswith(("$$", "\\[")):
        return -1
    return text.find("$$" if opening.endswith("$") else "\\]", start, start + REACH_CHARACTERS)


def _opens_working(text: str, start: int) -> bool:
    """Say whether the line below a heading such as "Solution" is prose or the item of a list, with more lines behind."""
    line_end = text.find("\n", start)
    if line_end < 0 or text[line_end:].isspace():
        return False
    return _OF_WORKING.match(text, text.rfind("\n", 0, start) + 1, line_end) is not None


_OF_WORKING = lazy_pattern(r"[ \t]{0,8}(?:[-*+•]\s|\d{1,2}[.)]\s|[*_]{0,3}[^\W\d_]{2,}\S{0,9}[ \t]+\S)")


def _is_heading(text: str, start: int) -> bool:
    line = text.rfind("\n", max(0, start - 40), start) + 1
    if line == 0 and start > 40:  # no heading is that long
        return False
    return _HEADING.match(text, line, start) is not None and _HEADING.match(text[line:start]) is not None


_COPULA_BEHIND = lazy_pattern(
    r"(?:ist|is|sei|है|नहीं|です|ですか|ではあ|입니|이다|일|ですよ|または|또는|ではな|か|이|가|은)"
)


def _is_direct(text: str, start: int, value_start: int, line_end: int) -> bool:
    """Say whether a value stands right behind the noun: "Answer 42", "Ответ 25", "dass die Antwort 42 ist"."""
    value = _DIRECT.match(text, value_start, line_end)
    if value is None:
        return False
    behind = text[value.end() : min(line_end, value.end() + 12)].strip(' *_`)"”»」$')
    ends = not behind or behind[0] in ".,;!?。，？！؟।" or _COPULA_BEHIND.match(behind)
    return bool(ends) and (
        not text[start:value_start].isascii()
        or _is_heading(text, start)
        or text[start : start + 6].lower() != "answer"
        or "?" in behind
    )


_COPULA_BEFORE = lazy_pattern(
    r"(?:ist|lautet|wäre|is|sei)\s+(?:(?:die|das|het|unsere|meine|de|mijn|ons|der)\s+)?(?:[^\W\d_]{1,14}\s+)?$",
    re.IGNORECASE,
)
_COPULA_LAST = lazy_pattern(
    r"(?:(?<=\s)(?:ist|is|sei|war|wäre|was|है|हैं|था|होगा|होगी|सकता|सकती|नहीं)|[^\s](?:है))[\s.।!?*]*$"
)
_COMPLEMENT_BEFORE = lazy_pattern(r"(?:dass|dat|что)\s+(?:[^\W\d_]{1,14}\s+){0,3}$", re.IGNORECASE)


def _is_inverted(text: str, start: int, value_start: int, line_end: int, middle: Middle) -> bool:
    """Say whether the copula stands before the noun, or behind the value, or is left out behind a negation."""
    if text[start : start + 6].lower() == "answer":
        return False
    sentence = text[value_start : min(_value_end(text, value_start), line_end)]
    before = text[max(0, start - 60) : start]
    if (middle.negated or middle.hedged) and value_start > start:
        return True
    if _COPULA_LAST.search(sentence) and (_COMPLEMENT_BEFORE.search(before) or text[start] >= "\u0900"):
        return True
    return (_COPULA_BEFORE.search(before) or _COMPLEMENT_BEFORE.search(before)) is not None and len(
        sentence.split()
    ) <= 6


def _choice_at(text: str, start: int, stop: int) -> Announcement | None:
    """Read "I choose B"; the verb needs the author as its subject, and a value behind."""
    if ord(text[start]) < 0x2E80 and not (_CHOSEN.search(text, max(0, start - 12), start) or text[start].isupper()):
        return None
    while tail := _VERB_TAIL.match(text, stop):
        stop = tail.end()
    middle = skip_middle(text, stop, min(len(text), stop + 80))
    value = _CHOICE.match(text, middle.end)
    if value is None:
        return None
    return Announcement(start, middle.end, _value_end(text, middle.end), middle, True)


def _value_end(text: str, start: int) -> int:
    """Return where the sentence of a value ends; a formula's own marks end none."""
    position = start
    behind = text[start : start + 4].lstrip(" *_")
    if behind.startswith(("$", "\\(", "\\[")):
        opening = text.find(behind[0], start)
        closer = {"$": "$", "\\": "\\)" if behind[1:2] == "(" else "\\]"}[behind[0]]
        closer = "$$" if behind.startswith("$$") else closer
        close = text.find(closer, opening + len(closer), opening + REACH_CHARACTERS)
        if close > 0 and ("\n" not in text[opening:close].strip() or close - opening < 100):
            position = close
    return sentence_end(text, position)
