r"""Texts that end with their only answer in a usual form: "The answer is 42.", ``\boxed{42}``, ``#### 42``.

Most completions of a trained model are of that kind, and no rule for what stands around an answer applies to them.
So their statement is read at a fraction of the cost of all rules; a text that shows any sign of another kind is left
to these. A test compares both ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.announcements import LEADING_CHARACTERS, announcement_at, is_called_final, places_of
from rlvr.record.answers.before import has_no_cue, is_about_answer, is_unknown, polarity_before, says_final
from rlvr.record.answers.extents import parts_of, value_end
from rlvr.record.answers.lexicon import ENGLISH_STEMS, LATIN_STEMS, OTHER_STEMS
from rlvr.record.answers.marks import box_at, find_hashes, find_tags
from rlvr.record.answers.masking import unmasked
from rlvr.record.answers.sentences import REACH_CHARACTERS, is_question, sentence_before
from rlvr.record.answers.statements import ANNOUNCED, ASSERTED, Statement
from rlvr.record.answers.surroundings import (
    alteration,
    has_words_behind,
    is_altered_before,
    is_rounded,
    is_unseen,
    leading_altered,
)
from rlvr.record.answers.values import bare

# Words that announce an answer and do nothing else, from the start of their sentence on.
_LEAD = lazy_pattern(
    r"\s*(?P<link>(?:So|Thus|Therefore|Hence),? )?(?:[Tt]he |[Mm]y |[Oo]ur )?(?:final |correct )?(?P<noun>[Aa]nswer)"
    r"(?: is:? ?|: ?)"
)
_OPENS_FORMULA = lazy_pattern(r"\$?\$?|\\\(|\\\[")
# A number, or a formula without words, and nothing behind it.
_NUMBER = lazy_pattern(r"(-?\d{1,40}(?:,\d{1,9}){0,9}(?:\.\d{1,40})?)\.?\Z", re.ASCII)
_FORMULA_OF_NUMBER = r"\$-?(?:\d{1,40}(?:\.\d{0,40})?|\d{1,3}(?:,(?:\\!)?\d{3}){1,9}|\d{1,40}/\d{1,40}|\\[dt]?frac\{-?\d{1,40}\}\{\d{1,40}\})\$"
_NUMBER_IN_FORMULA = lazy_pattern(rf"({_FORMULA_OF_NUMBER})\.?\Z", re.ASCII)
_FORMULA = lazy_pattern(r"(\$[^$\n]{1,200}\$)\.?\Z")
# A number, plain or as a formula of figures, that ends a text. Such a formula has no letter, no space and no sign of a
# list, and no minus behind a figure that starts it.
_FIGURES = r"\$(?!-?[\d.,]+(?:/\d+)?-)(?:\\(?:[dt]?frac|sqrt|pi|left|right|circ)(?![A-Za-z])|\\[%!]|[\d.(){}\[\]^/+-]|,(?=[\\{}\d]))+\$"
_LAST_NUMBER = lazy_pattern(rf"({_FIGURES}|-?\d{{1,40}}(?:\.\d{{1,40}})?)\.?\Z", re.ASCII)
_ENDS_OF_NUMBER = frozenset("0123456789$.")
# Completions that do little but state an answer have the same few words around it.
SHORT_CHARACTERS = 120
# What is looked for anywhere in a text, and so in a box or a formula too; and what may hide a part of a text.
_READ_ANYWHERE = lazy_pattern(rf"{'|'.join(ENGLISH_STEMS)}|\\boxed|\\fbox|####|<|~~|`|/\*|\"|\n|comment\}}|\\iffalse")
# A text with more nouns is one for all rules.
NOUNS_LIMIT = 8
# Each stem of a Latin script has one of these.
SIGNS_OF_STEMS = ("p", "P", "tw", "TW")
# What may stand behind a box without a meaning.
_CLOSERS = frozenset(
    {"", ".", "$", "$.", ".$", "$$", "$$.", "\\]", "\n\\]", " \\]", "\\].", ".\\]", "\\)", "\\).", "\n$$"}
)


def remembered_statement(text: str) -> Statement | None:
    """Read a text by what is remembered of the words around its box or number; None if it has none of these.

    What a box holds, and which number ends a text, plays no part in whether the words state it.

    Args:
        text: The text, with what it may hide.
    """
    place = text.find("\\boxed{")
    if place >= 0:
        mark = box_at(text, place)
        if mark is None or mark.polarity not in ASSERTED or text[mark.end :] not in _CLOSERS:
            return None
        if _READ_ANYWHERE.search(text, place + len("\\boxed{"), mark.end):
            return None
        is_final = _is_final_box(text[:place], text[mark.end :])
        return None if is_final is None else msgspec.structs.replace(mark, parts=parts_of(mark.text), is_final=is_final)
    if text[-1:] not in _ENDS_OF_NUMBER:
        return None
    number = _LAST_NUMBER.search(text)
    value = number or _FORMULA.search(text)
    if value is None or (number is None and _READ_ANYWHERE.search(value[1])):
        return None
    found = _announcement_of(text[: value.start()])
    if found is None:
        return None
    said, parts = (value[1], ()) if number else _formula_at(text, value.start())
    return msgspec.structs.replace(found, end=len(text), text=said, parts=parts) if said else None


@lru_cache(maxsize=1_024)
def _is_final_box(before: str, behind: str) -> bool | None:
    """Return whether words before a box call it final; None if a text with these words and signs is no usual one."""
    text = f"{before}\\boxed{{0}}{behind}"
    found = usual_statement(text) if _may_be_remembered(before, text) else None
    return None if found is None else found.is_final


@lru_cache(maxsize=1_024)
def _announcement_of(lead: str) -> Statement | None:
    """Return the statement of a number that some words announce; None if a text with these words is no usual one."""
    text = f"{lead}0"
    found = usual_statement(text) if _may_be_remembered(lead, text) else None
    return found if found is not None and found.kind in ANNOUNCED and found.text == "0" else None


def _may_be_remembered(lead: str, text: str) -> bool:
    """Return whether a lead means the same before any value as before the one of a text.

    It hides nothing and opens no tag, code or JSON object. It has at most one noun: an earlier one may announce
    whatever stands behind it.
    """
    if "<" in lead or "`" in lead or lead.lstrip().startswith("{") or unmasked(text) != text:
        return False
    return not _last_noun(lead, places_of(lead, ENGLISH_STEMS))[1]


def usual_statement(text: str) -> Statement | None:
    """Return the one statement of a text of a usual form; None for a text that all rules are to be asked about.

    Args:
        text: The text, without what is not said.
    """
    if "<" in text and next(find_tags(text), None) is not None:
        return None
    nouns = places_of(text, ENGLISH_STEMS)
    if len(nouns) > NOUNS_LIMIT:
        return None
    if text.rfind("\\fbox") >= 0:  # in long texts a third of the time of a search from the start
        return None
    box = text.rfind("\\boxed")
    hashes = text.rfind("####")
    if box >= 0:
        return None if hashes >= 0 or text.find("\\boxed") != box else _boxed(text, box, nouns)
    if hashes >= 0:
        return _hashed(text, hashes, nouns)
    return _announced(text, nouns) if nouns else None


def _last_noun(text: str, nouns: Sequence[int]) -> tuple[int, Sequence[int]]:
    """Return the place of the last noun, -1 if there is none, and the places before it that are not of its word."""
    if not nouns or not text.startswith("nswer", nouns[-1]):
        return -1, nouns
    others = nouns[:-1]
    return nouns[-1], others[:-1] if others and others[-1] == nouns[-1] - 1 else others


def _is_announcing(text: str, nouns: Sequence[int]) -> bool:
    """Say whether one of some nouns announces something, as it does not in "to find the answer"."""
    return any(announcement_at(text, place) is not None for place in nouns)


def _boxed(text: str, place: int, nouns: Sequence[int]) -> Statement | None:
    """Read the only box of a text, which an announcement or a sentence leads to, and which nothing follows."""
    mark = box_at(text, place)
    if mark is None or mark.polarity not in ASSERTED or text[mark.end :] not in _CLOSERS:
        return None
    noun, others = _last_noun(text, nouns)
    is_led_to = noun >= 0 and _is_announced(text, noun, place)
    if _has_foreign_noun(text, place) or _is_announcing(text, others if is_led_to else nouns):
        return None
    if not (is_led_to or _is_asserted(text, place)):
        return None
    if noun >= 0 and not is_led_to and is_about_answer(text[sentence_before(text, place, 0) : place]):
        return None
    # Nothing but the usual words and the start of a formula stands before a mark that they lead to.
    if not is_led_to and (
        is_unseen(text, place) or alteration(text, place, mark.end) or is_altered_before(text, 0, place)
    ):
        return None
    is_final = is_led_to or says_final(text, 0, place)
    return msgspec.structs.replace(mark, parts=parts_of(mark.text), is_final=is_final)


def _hashed(text: str, place: int, nouns: Sequence[int]) -> Statement | None:
    """Read the last line of a text if it is its only line of hashes."""
    found = list(find_hashes(text))
    if len(found) != 1 or found[0].start != place or found[0].end != len(text) or found[0].polarity not in ASSERTED:
        return None
    value = found[0].text
    if (
        _has_foreign_noun(text, place)
        or _is_announcing(text, nouns)
        or not _is_asserted(text, place)
        or is_unseen(text, place)
        or is_altered_before(text, 0, place)
    ):
        return None
    if is_question(value) or is_rounded(value) or has_words_behind(value):
        return None
    return msgspec.structs.replace(found[0], parts=parts_of(value), is_final=says_final(text, 0, place))


def _has_foreign_noun(text: str, place: int) -> bool:
    """Say whether a noun of another language may announce a mark."""
    near = text[max(0, place - LEADING_CHARACTERS) : place]
    if not any(map(near.__contains__, SIGNS_OF_STEMS)) and near.isascii():
        return False
    return any(map(near.__contains__, LATIN_STEMS)) or (not near.isascii() and any(map(near.__contains__, OTHER_STEMS)))


def _is_asserted(text: str, place: int) -> bool:
    """Say whether no word before a mark changes what it states."""
    if place <= REACH_CHARACTERS and has_no_cue(text[:place]):  # no sentence starts within a word
        return True
    lead = sentence_before(text, place, 0)
    return polarity_before(text, lead, place, announces=False) in ASSERTED and not is_unknown(text, lead, place, 0)


def _is_announced(text: str, noun: int, place: int) -> bool:
    """Say whether the usual words lead to a mark, with nothing between but the start of a formula."""
    end = _lead_end(text, noun)
    return 0 <= end <= place and _OPENS_FORMULA.fullmatch(text, end, place) is not None


def _announced(text: str, nouns: Sequence[int]) -> Statement | None:
    """Read the number or formula that ends a text and that usual words announce."""
    noun, others = _last_noun(text, nouns)
    start = -1 if noun < 0 else _lead_end(text, noun)
    if start < 0:
        return None
    number = _NUMBER.match(text, start) or _NUMBER_IN_FORMULA.match(text, start)
    value, parts = (number[1], ()) if number else _formula_at(text, start)
    if not value or (others and _is_announcing(text, others)):
        return None
    return Statement(
        kind="announced",
        start=noun - 1,
        end=len(text),
        text=value,
        is_final=is_called_final(text, noun - 1),
        parts=parts,
    )


def _formula_at(text: str, start: int) -> tuple[str, tuple[str, ...]]:
    """Return the formula between dollar signs that ends a text, and its parts; "" if any rule is to be asked."""
    formula = _FORMULA.match(text, start)
    if formula is None or value_end(text, start, len(text)) != (len(text), "asserted"):
        return "", ()
    value = formula[1]
    if bare(value) != value or "is" in value or "are" in value or "equals" in value:
        return "", ()
    if leading_altered(value) or (formula[0] != value and leading_altered(formula[0])):
        return "", ()
    return value, parts_of(value)


def _lead_end(text: str, noun: int) -> int:
    """Return where the usual words of an announcement end, if they start their sentence; else -1."""
    first = text.rfind("\n", 0, noun) + 1
    lead = _LEAD.match(text, first)
    # Behind an article or a link at the start of a line, a sentence starts there.
    if lead is None or lead.start("noun") != noun - 1 or not text[first : noun - 1].strip():
        first = sentence_before(text, noun - 1, 0)
        lead = _LEAD.match(text, first)
    if lead is None or lead.start("noun") != noun - 1:
        return -1
    return -1 if lead["link"] is None and is_unknown(text, first, noun - 1, 0) else lead.end()
