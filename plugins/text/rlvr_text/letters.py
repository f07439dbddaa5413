"""Which letters of a multiple choice one statement commits to.

A statement is read from its start, so that a letter somewhere in it is never taken for the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import msgspec

from rlvr import lazy_pattern
from rlvr_text.words import CHEERS, normalised, seen

# A statement of an answer is a line at most; what a model adds behind it is not read.
STATEMENT_LIMIT_CHARACTERS = 400
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# All patterns below see at most STATEMENT_LIMIT_CHARACTERS.
_SETTING = lazy_pattern(r"\\(?:text|textbf|mathrm|mathbf|textit)\b|[*_`${}\\]")
_LEAD = lazy_pattern(
    r"(?:(?:the|it['’]s|that['’]s|it|is|are|correct|right|best|final|my|both|so|therefore|thus|hence|clearly|definitely|probably|likely|most"
    r"|simply|options?|choices?|letters?|answers?)\b[\s,]*|[:=]\s*|-\s+)*",
    re.IGNORECASE,
)
_LONE = lazy_pattern(r"[\s(\[\"'“‘]*([A-Za-z])[\s)\].:\"'”’]*")
_LETTER = lazy_pattern(r"[(\[\"'“‘]([A-Za-z])[)\]\"'”’]|([A-Za-z])(?![A-Za-z0-9'’])")
_JOIN = lazy_pattern(r"\s*(?:,\s*(?:and|or|er|uh|um)\b,?|,|/|\||&|\+|\band\b|\bor\b|[-=]>|[→⇒]|\s)\s*", re.IGNORECASE)
_OR = lazy_pattern(r"\bor\b|[/|]", re.IGNORECASE)
_JOINED = lazy_pattern(r"\s*(?:,|/|\||&|[-=]>|[→⇒]|(?:and|or)\b)\s*\(?[A-Z](?!\w)")
_ENDS = lazy_pattern(r"\s*$|[.):,;?!\]]|\s?[-–—](?!\w)|/")
# What may follow a bare "A" or "I" behind "the answer is"; before anything else they are an article and a pronoun.
_EXPLAINS = lazy_pattern(r"\s+(?:because|since|as|rather|not|but|due|based|given|which)\b")
_TAKEN_BACK = lazy_pattern(
    r"\W*(?:(?:is|was|seems|looks)\s+(?:\w+\s+)?(?:not|wrong|incorrect|false)\b|(?:is|was|can)n['’]?t\b|cannot\b)",
    re.IGNORECASE,
)
_HEDGE = lazy_pattern(
    r"\W*(?i:or|wait|actually|maybe|perhaps|possibly|alternatively|either|also|no)\b\W{1,5}"
    r"(?:\w+\W{1,5}){0,3}?\(?([A-HJ-Z])(?![\w'’])"
)
# A second letter that shares a verb with the first: "B and D are correct", but not "B, and D is wrong".
_TOGETHER = lazy_pattern(
    r"\s*(?:,\s*)?(?:and|or|&|\+|as well as)\s*\(?([A-HJ-Z])\)?\s+"
    r"(?!\w+ (?:not (?!wrong\b|incorrect\b|false\b|impossible\b|out\b)|wrong\b|incorrect\b|false\b|impossible\b|out\b))"
    r"(?:is|are|both|would|could|can|may|might|also|too|as well|works?|fits?|appl(?:y|ies)|seems?)\b"
)
_OTHER = lazy_pattern(r"(?:[\s,]*\((?=.\))|[\s.):,;-]*\(?(?=.(?:$|[.)]))|.*?\bor\s+\(?(?=.\)))([A-HJ-Z])")
# The number of a numbered choice, where a letter would stand.
_NUMBER = lazy_pattern(r"(?<![\w.$^])(\d{1,2})(?=[)\]:,;!\"'”’]|\.(?!\d)|\s*(?:(?:or|and)\b|[/&]|[-=]>|[→⇒])|\s*$)")
_DENIED = lazy_pattern(r"\b(?i:not|neither|nor)\s+\(?([A-Z])(?![\w'’])")


# A clause that only says which other letters are wrong: ", and C is wrong", "because A, C and D are wrong".
_WRONG = (
    r"(?:wrong|incorrect|false|invalid|untrue|impossible|ruled out|eliminated|excluded|distractors?"
    r"|not (?:(?:the )?(?:right|correct|best)(?: (?:answer|choice|option)s?)?|the answers?|true|valid|possible))"
)
# Two letters have no comma before "and": "B, and C are wrong" rejects C.
_NAMED_LETTERS = (
    r"\(?[A-Z]\)?(?:(?: ?/ ?| ?& ?| and | or | nor )\(?[A-Z]\)?"
    r"|(?:(?:, | ?/ ?)\(?[A-Z]\)?){1,24}(?:(?: ?& ?|,? and |,? or |,? nor )\(?[A-Z]\)?)?)?"
)
_REJECTS = lazy_pattern(
    r"(?:(?:^|[,;]|(?<=[.:!?(\n]))[ ]{0,2}(?:(?:and|but|so|while|because|since|as|whereas|for)\s+)?"
    r"|\s(?:and|but|while|because|since|as|whereas|for)\s+)"
    rf"(?:(?:both |all )?(?:(?:the )?(?:options?|choices?|answers?|letters?) )?(\(?[A-Z]\)?(?= is\b| isn['’]t\b)|{_NAMED_LETTERS}(?! is\b| isn['’]t\b)) "
    r"(?:(?:is|are|were|can be|must be)(?: (?:all|both|each|clearly|therefore|definitely|obviously|also|thus|simply|just|plainly)){0,2} "
    rf"{_WRONG}|(?:cannot|can['’]t|can not) be (?:right|correct|true|the answer)|(?:isn['’]t|aren['’]t) (?:right|correct|true|the answer))"
    rf"|(?:neither |none of )({_NAMED_LETTERS}) (?:is|are|can be) (?:right|correct|true|the answer))"
    r"(?=[.;!,)\n]|\s*$|\s+(?:because|since|as|and|but|for|so)\b)"
)


class Claim(msgspec.Struct, frozen=True):
    """The letters that an answer commits to, or the reason why to none."""

    letters: frozenset[str]
    problem: str = ""


class Choices(msgspec.Struct, frozen=True):
    """The choices of a question.

    Attributes:
        letters: How many letters there may be, from A.
        several: Whether more than one may be named.
        texts: The choices' own texts by letter, in the form of :func:`plain`; empty if unknown.
        numbered: Whether the question numbers its choices from 1; the letter A stands for the first here.
    """

    letters: int = 10
    several: bool = False
    texts: Mapping[str, str] = {}
    numbered: bool = False

    @property
    def allowed(self) -> str:
        """The letters that there may be."""
        return LETTERS[: self.letters]


def plain(text: str) -> str:
    """Return a text without emphasis, LaTeX setting and cheers, with compatibility characters (as fullwidth) resolved."""
    return " ".join(_SETTING.sub(" ", unicodedata.normalize("NFKC", seen(text))).split()).rstrip(f"{CHEERS} ")


def claim_in(statement: str, choices: Choices, *, anchored: bool) -> Claim | None:
    """Read what one statement commits to; None if it names no choice at its start.

    Args:
        statement: One line; only its first 400 characters are read.
        choices: What there is to choose from.
        anchored: Whether it stands where an answer must stand, as in a box; else a bare letter needs a mark behind.
    """
    text = plain(statement[:STATEMENT_LIMIT_CHARACTERS])
    if choices.numbered:
        text = _NUMBER.sub(lambda found: _letter_of(int(found[1]), choices) or found[0], text)
    rest = text[_LEAD.match(text).end() :]  # type: ignore[union-attr]  # matches the empty text too
    if lone := _LONE.fullmatch(rest):
        return Claim(frozenset(lone[1].upper())) if lone[1].upper() in choices.allowed else None
    letters, end = _said(rest, choices)
    if not letters and len(rest) < len(text):  # a choice's own text may start with "the"
        letters, end = _said(text, choices)
        rest = text if letters else rest
    if not letters:
        letters, end = _listed(rest, choices, anchored=anchored)
    if not letters:
        return None
    if len(letters) > 1 and (not choices.several or _OR.search(rest, 0, end)):
        return Claim(frozenset(), f"hedges between {', '.join(sorted(letters))}")
    problem = _problem(letters, rest[end:], choices)
    return Claim(frozenset(), problem) if problem else Claim(letters)


def without_rejections(text: str, choices: Choices) -> tuple[str, frozenset[str]]:
    """Blank out the clauses that only reject letters; return the text, as long as before, and the letters.

    A clause that rejects one letter of two or fewer choices, or all of them, leaves nothing to read and stays.
    """
    rejected: set[str] = set()

    def blank(found: re.Match[str]) -> str:
        letters = set(re.findall(r"\b[A-Z]\b", found[1] or found[2]))
        if not letters < set(choices.allowed):
            return found[0]
        rejected.update(letters)
        return "".join(each if each == "\n" else " " for each in found[0])

    return _REJECTS.sub(blank, text), frozenset(rejected)


def _letter_of(number: int, choices: Choices) -> str:
    """Return the letter that stands for a numbered choice; "" if there is none."""
    return choices.allowed[number - 1 : number] if number else ""


def _listed(text: str, choices: Choices, *, anchored: bool) -> tuple[frozenset[str], int]:
    """Read the letters that a statement starts with, and where they end."""
    if choices.several and (run := re.match(rf"[{choices.allowed}]{{2,26}}(?![A-Za-z0-9])", text)):
        return frozenset(run[0]), run.end()
    letters: set[str] = set()
    position = end = 0
    while match := _LETTER.match(text, position):
        letter = match[1] or match[2]
        bare = match[2] is not None
        if letter.upper() not in choices.allowed:
            break
        if bare and not _commits(letter, text[match.end() :], first=not letters, anchored=anchored):
            break
        letters.add(letter.upper())
        end = match.end()
        join = _JOIN.match(text, end)
        if join is None or (join[0].isspace() and not choices.several):
            break
        position = join.end()
    return frozenset(letters), end


def _commits(letter: str, behind: str, *, first: bool, anchored: bool) -> bool:
    """Return whether a bare letter stands for a choice: not the article "a", the pronoun "I" or the start of a clause."""
    ends = _ENDS.match(behind) is not None
    if letter.islower():
        return ends and behind[:1] in {"", ")", ".", ":"}
    if not first:
        return ends or _JOINED.match(behind) is not None or _EXPLAINS.match(behind) is not None
    if letter == "I" and behind[:1] not in {"", ")", ".", ":"}:
        return anchored and _EXPLAINS.match(behind) is not None
    if ends or _JOINED.match(behind):
        return True
    return anchored and (letter not in {"A", "I"} or _EXPLAINS.match(behind) is not None)


def _said(text: str, choices: Choices) -> tuple[frozenset[str], int]:
    """Find the choice whose own text a statement starts with, the longest if several; and where that ends.

    A choice that two letters have, and one that is a single letter, cannot be said by its text; nor can a digit where
    choices are numbered.
    """
    normal = normalised(text)
    found = {
        letter: each
        for letter, each in choices.texts.items()
        if (len(each) > 1 or (each.isdigit() and not choices.numbered)) and _starts(normal, each)
    }
    longest = max(map(len, found.values()), default=0)
    letters = [letter for letter, each in found.items() if len(each) == longest]
    if len(letters) != 1:
        return frozenset(), 0
    start = text.casefold().find(found[letters[0]])
    return frozenset(letters), start + longest if start >= 0 else len(text)


def _starts(text: str, choice: str) -> bool:
    """Return whether a text is a choice, or goes on behind it with a mark that ends it."""
    if not choice or not text.startswith(choice):
        return False
    behind = text[len(choice) : len(choice) + 2]
    return (behind[:1] in {"", ",", ";", "."} and not behind[1:].isdigit()) or behind in {" (", " -", " –", " —"}


def _problem(letters: frozenset[str], behind: str, choices: Choices) -> str:
    """Return how what follows the letters takes them back, or nothing."""
    text = behind.lstrip(" .):,;-–—]")
    said, end = _said(text, choices)
    if said and not said & letters:
        return "gives the text of another choice"
    behind = text[end:] if said else behind
    join = _JOIN.match(behind)
    other_text, _ = _said(behind[join.end() :], choices) if join and not join[0].isspace() else (frozenset[str](), 0)
    if other_text - letters:
        return "names another choice beside its own"
    if _TAKEN_BACK.match(behind):
        return "takes its choice back"
    if behind.startswith("?"):
        return "asks about its choice"
    if any(denied[1] in letters for denied in _DENIED.finditer(behind)):
        return "denies its own choice"
    other = _HEDGE.match(behind) or _OTHER.match(behind) or _TOGETHER.match(behind)
    return f"names {other[1]} beside its choice" if other and other[1] not in letters else ""
