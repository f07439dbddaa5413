r"""Pairs of texts that mean what a reference and an answer mean, where only both together tell.

Labels of choices, Roman numerals, and words around the value of a box: ``\text{The area is } 5``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlvr import lazy_pattern, polarity_at, stated_in
from rlvr_math.finding.labels import TEXT
from rlvr_math.finding.values import SAYS_NEAR, number_in_or_none
from rlvr_math.reading.meanings import Reading
from rlvr_math.reading.notations import choice_in, is_small_numeral, roman_in
from rlvr_math.reading.phrases import formula_of, plain_text

# Words before a value that lead to it, and a remark in brackets behind it.
_LEAD = lazy_pattern(
    rf"(?:{TEXT}(?P<set>[^{{}}]{{2,200}})\}}|(?P<plain>[A-Za-z][A-Za-z ,'-]{{3,200}}\s(?:is|are|equals)(?=[\s:$\\])))"
    r"[\s:~]{0,3}"
)
_LETTER = lazy_pattern("[A-Za-z]")
# Letters of several choices, joined or in a list: ABD, "A, B and D".
_SEVERAL = lazy_pattern(r"\s*(?:[A-F]{2,6}|[A-F](?:\s?(?:[,，、;]|and\b|,\s?and\b)\s?[A-F]){1,5})[\s.]*")
_WHOLE_TEXT = lazy_pattern(rf"\s*{TEXT}(?P<inner>[^{{}}]{{1,200}})\}}[\s.]*")
_LEADS_TO = lazy_pattern(r"(?:\b(?:is|are|equals|be|was)|[=:])\s*$")
_OF_ANOTHER = (
    r"(?:the|an?|one)\s(?:other|second|negative|remaining|extraneous)\s(?:root|solution|value|one|case)s?"
    r"\s(?:is|are|was|were)\s(?:extraneous|rejected|discarded|excluded|ruled out|invalid|impossible|negative"
    r"|spurious|too)\b"
)
_REMARK = lazy_pattern(
    rf"\s*(?:{TEXT}\s*\((?P<set>[^(){{}}]{{1,200}})\)\s*\}}|\(\s*{TEXT}(?P<inner>[^{{}}()]{{1,200}})\}}\s*\)"
    rf"|\((?P<reason>(?:(?:since|because|as|where|by|using|from|given|rejecting|discarding|ignoring)\s|{_OF_ANOTHER})[^()]{{0,200}})\)"
    rf"|{TEXT}\s*\((?P<mixed>(?:since|because|as|given|where)\s[^{{}}]{{0,60}}\}}[^{{}}]{{1,60}}{TEXT}\s*)\)\s*\}}"
    r"|,?\s(?P<clause>(?:since|because|rejecting|discarding|ignoring)\s[^(),;\n]{1,200})"
    r"|,?\s(?P<precision>(?:(?:when\s)?(?:correct|rounded|accurate|rounding)\s)?to\s(?:the\snearest\s\w{2,20}"
    r"|(?:\w{3,5}|\d{1,2})\s(?:significant\s(?:figure|digit)s?|sig\.?\sfigs?|decimal\s(?:place|digit)s?))))[\s.$]*$"
)
# Behind a value, core reads a denial only in a clause of its own.
_DENIES = lazy_pattern(r"\b(?:not|no|never|cannot)\b|n['’]t\b", re.IGNORECASE)
# What names a point, and a tuple of more than one item.
_TUPLE = lazy_pattern(r"[\s$]*(?:\\left\s?)?\([^()]{1,200},")
_POINT = (
    r"(?:[Tt]he\s)?(?:[Pp]oint|[Vv]ertex|[Cc]ent(?:er|re)|[Ff]ocus|[Vv]ector|[Oo]rdered (?:pair|triple)|[Oo]rigin)s?"
    r"(?:\s(?:is|at))?[\s:]{0,3}"
)
_NAMED_POINT = lazy_pattern(
    rf"[\s$]*(?:{TEXT}\s?{_POINT}\}}[\s$~]*)?(?:[A-Z]'?(?:_\{{?\d\}}?)?)?\s?"
    r"(?P<tuple>(?:\\left\s?)?\(.{3,200}\))[\s$.]*"
)
_VERDICT_ALONE = lazy_pattern(r"(?:yes|no|true|false)", re.IGNORECASE)
_VERDICT = lazy_pattern(r"(?P<verdict>yes|no|true|false)[,.;:!]\s(?P<reason>.{1,200})", re.IGNORECASE | re.DOTALL)
# What takes a verdict back, or makes it one of several cases.
_TURNS = lazy_pattern(
    r"\b(?:yes|no|true|false|but|however|unless|except|if|or|maybe|perhaps|wait|actually|depends|sometimes|only"
    r"|not sure|wrong|incorrect|otherwise|though|although|when|cannot say)\b",
    re.IGNORECASE,
)
_NEARLY = r"(?:approximately|approx\.?|about|roughly)"
_NEAR = lazy_pattern(
    r"(?P<value>[^\n]{1,200}?)\s?(?:\\[,;: ])?(?:\(\s?|\bor\s|\\text\s?\{\s?or\s?\}\s?|,\s)?\$?\s?"
    rf"(?:\\approx|≈|\\simeq|\\text\s?\{{\s?(?:or\s)?{_NEARLY}\s?\}}|{_NEARLY}\s)\s?\$?"
    r"(?P<near>\d[\d.,]{0,20}\d)\s?\)?[\s$.]*"
)
# Two ways to write one number.
_TWICE = lazy_pattern(r"(?P<one>[^\s,]{1,60}) or (?P<other>[^\s,]{1,60})")
_IN_WORDS = lazy_pattern(
    r"(?P<value>[\d,.]{1,30})\s?(?:\\text\s?\{\s?)?\((?P<words>[A-Za-z][A-Za-z -]{1,100})\)(?:\s?\})?[\s$.]*"
)
_ABBREVIATED = lazy_pattern(r"[\s$\\]*(?P<sign>-?)(?P<digits>\d{1,15}(?:\.\d{1,6})?)(?P<scale>[kKMB])[\s$.]*")
_SCALES = {"k": "thousand", "m": "million", "b": "billion"}
# A longer text is no value that words stand around.
TEXT_LIMIT_CHARACTERS = 600


def other_notations(reference: Reading, answer: Reading) -> Iterator[tuple[str, str]]:
    """Return texts to compare in the place of a reference and an answer that differ as they stand."""
    if max(len(reference.text), len(answer.text)) > TEXT_LIMIT_CHARACTERS:
        return
    if not (_LETTER.search(reference.text) or _LETTER.search(answer.text)):
        return  # each of them is written with a letter; to look for all takes a fifth of the time of a wrong tuple
    yield from _of_choices(reference.text, answer.text)
    yield from _of_numerals(reference, answer)
    yield from _of_phrases(reference, answer)
    yield from _of_points(reference.text, answer.text)
    yield from _of_verdicts(reference.text, answer.text)
    yield from _of_repeated_values(reference.text, answer.text)
    yield from _of_abbreviations(reference.text, answer.text)
    value = value_in_words(answer.text)
    if value is not None:
        yield reference.text, value
        yield from _of_choices(reference.text, value)
    else:
        asked = value_in_words(reference.text)
        if asked is not None:
            yield asked, answer.text


def _of_choices(reference: str, answer: str) -> Iterator[tuple[str, str]]:
    """Compare letters where a letter is asked for, and contents where both have one."""
    several = _several(reference), _several(answer)
    if all(several):
        yield several
        return
    asked, chosen = choice_in(reference), choice_in(answer)
    if asked is None:
        if chosen is not None and chosen.content:
            yield reference, chosen.content
    elif chosen is None:
        if asked.content:
            yield asked.content, answer
    elif asked.content and chosen.content:
        if asked.letter == chosen.letter:
            yield asked.content, chosen.content
    elif asked.letter == chosen.letter and _asserts(chosen.letter, _behind_letter(chosen.content)):
        yield asked.letter, chosen.letter


def _several(text: str) -> str:
    """Return two or more different letters of choices, joined or listed, as a list in their order; else nothing."""
    found = _SEVERAL.fullmatch(text)
    letters = sorted(each for each in found[0] if each.isupper()) if found else []
    return ", ".join(letters) if len(letters) == len(set(letters)) > 1 else ""


def _behind_letter(content: str) -> str:
    """Write the content of a choice behind its letter; a figure there would be a factor."""
    return content if content[:1].isalpha() else f": {content}"


def _of_numerals(reference: Reading, answer: Reading) -> Iterator[tuple[str, str]]:
    """Read a Roman numeral as a number where the other side is one."""
    if reference.number is not None and answer.number is None:
        value = roman_in(answer.text)
        if value is not None:
            yield reference.text, str(value)
    elif answer.number is not None and reference.number is None and is_small_numeral(reference.text):
        value = roman_in(reference.text)
        if value is not None:
            yield str(value), answer.text


def _of_phrases(reference: Reading, answer: Reading) -> Iterator[tuple[str, str]]:
    """Write what a side says in words as a formula."""
    asked, said = formula_of(reference.text, answer.text), formula_of(answer.text, reference.text)
    if asked is not None or said is not None:
        yield asked or reference.text, said or answer.text


def _of_points(reference: str, answer: str) -> Iterator[tuple[str, str]]:
    """Drop the name of a point, ``P(3,4)``, or the words for it, where the other side is a bare tuple."""
    asked, said = _NAMED_POINT.fullmatch(reference), _NAMED_POINT.fullmatch(answer)
    if said is not None and _TUPLE.match(reference) and not _TUPLE.match(answer):
        yield reference, said["tuple"]
    elif asked is not None and _TUPLE.match(answer) and not _TUPLE.match(reference):
        yield asked["tuple"], answer


def _of_verdicts(reference: str, answer: str) -> Iterator[tuple[str, str]]:
    """Compare a verdict alone where the answer goes on with a reason: ``Yes, it is possible``."""
    said = _VERDICT.match(plain_text(answer)) if _VERDICT_ALONE.fullmatch(plain_text(reference)) else None
    if said is not None and not _TURNS.search(said["reason"]):
        yield reference, said["verdict"]


def _of_repeated_values(reference: str, answer: str) -> Iterator[tuple[str, str]]:
    r"""Read a value and its rounding, ``2\sqrt3 \text{ or approximately } 3.46``, or its words, as a chain."""
    near = _NEAR.fullmatch(answer)
    if near is not None:
        yield reference, f"{near['value']} \\approx {near['near']}"
    twice = _TWICE.fullmatch(plain_text(answer))
    if twice is not None:
        one, other = number_in_or_none(twice["one"]), number_in_or_none(twice["other"])
        if one is not None and one == other:
            yield reference, twice["one"]
    words = _IN_WORDS.fullmatch(answer)
    number = number_in_or_none(words["words"]) if words else None
    if words is not None and number is not None and not number.unit and not number.percent:
        yield reference, f"{words['value']} = {number.value}"


def _of_abbreviations(reference: str, answer: str) -> Iterator[tuple[str, str]]:
    """Read ``70k`` as 70000 where a number is asked for."""
    short = _ABBREVIATED.fullmatch(answer)
    if short is not None:
        yield reference, f"{short['sign']}{short['digits']} {_SCALES[short['scale'].lower()]}"


def value_in_words(text: str) -> str | None:
    """Return the value that words lead to or a remark follows; None if there are none, or they deny or hedge it."""
    whole = _WHOLE_TEXT.fullmatch(text)
    if whole is not None:
        text = whole["inner"]
    lead, remark = _LEAD.match(text), _REMARK.search(text)
    if lead is not None and lead["set"] is not None and not _LEADS_TO.search(lead["set"]):
        lead = None
    if lead is None and remark is None:
        return None
    start, end = lead.end() if lead else 0, remark.start() if remark else len(text)
    value = text[start:end].strip()
    before = (lead["set"] or lead["plain"]) if lead else ""
    if remark and number_in_or_none(remark["set"] or remark["inner"] or "") is not None:
        return None  # a second value
    behind = f"({next(filter(None, remark.groups()))})" if remark else ""
    return value if value and _asserts(value, behind, before) else None


def _asserts(value: str, behind: str, before: str = "") -> bool:
    """Say whether a text that says a value between some words states it; core's rules decide."""
    # The words before it announce it, so that what governs their clause governs it.
    announced = f"{before} {value}"
    is_announced = not before or polarity_at(announced, len(announced) - len(value), len(announced)) == "asserted"
    commitment = stated_in(f"{before} \\boxed{{{value}}} {behind}").commit()
    is_taken_back = _DENIES.search(behind) or SAYS_NEAR.match(behind) or commitment.problem
    return is_announced and not is_taken_back and commitment.texts == (value,)
