"""The last number or formula of a text that states no answer, for evaluation."""

from __future__ import annotations

from rlvr import lazy_pattern, polarity_at
from rlvr_math.finding.extraction import Extraction
from rlvr_math.finding.values import FORMULA, number_in_or_none
from rlvr_math.reading.number_words import STARTS

# The last number or formula is looked for in this much of the end.
TAIL_LIMIT_CHARACTERS = 2_000
_LAST_NUMBER = lazy_pattern(r"[-−]?(?:\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?|\.\d+)\s*(?:%|\\%)?")
# A number that its sentence denies, hedges or takes back is no answer, however lenient the reader is.
_PROBLEMS = {
    "denied": "the last number is denied",
    "hedged": "the last number is hedged",
    "retracted": "the last number is taken back",
}
_ALTERNATIVE = lazy_pattern(r"[\s,;$]*(?:or|oder|ou|o)[\s$]+")
_WORD = lazy_pattern(r"[^\W\d_]+")
_FIGURE = lazy_pattern(r"\d[\d.,/]*")
_PROSE = lazy_pattern(
    r"(?<![\\A-Za-z])(?:[^\W\d_]{2,20}[\s,:]{1,3}[^\W\d_]{2,20}|[^\W\d_]{4,20}[\s:]{1,3}(?:\$|\\[(\[]))"
    r"|^[A-Z][a-z]{1,19},?\s{1,3}(?:[A-Za-z]\s?=|\$|\\[(\[])"
    r"|^(?:[A-Z][a-z]{1,19},?\s)?I\s[a-z]{3,20}\s"
    r"|[\u0600-\u06ff\u3040-\uffdc]{3}"
)


def find_last_value(text: str, *, last_number: bool, last_formula: bool) -> Extraction | None:
    """Find the last formula, else the last number, as far as each is asked for."""
    tail = text[-TAIL_LIMIT_CHARACTERS:]
    formulas = FORMULA.findall(tail) if last_formula else ()
    if formulas:
        return Extraction(next(each for each in formulas[-1] if each), "last formula")
    numbers = list(_LAST_NUMBER.finditer(tail)) if last_number else []
    if not numbers:
        return None
    last, floor = numbers[-1], numbers[-2].end() if len(numbers) > 1 else 0
    if _ALTERNATIVE.fullmatch(tail, floor, last.start()):
        return Extraction("", "last number", _PROBLEMS["hedged"])
    # What is said of the number before does not reach this one.
    polarity = polarity_at(tail[floor:], last.start() - floor, last.end() - floor)
    return Extraction(last[0], "last number", _PROBLEMS.get(polarity, ""))


def is_prose_of_one_figure(text: str) -> bool:
    """Say whether words lead to the only number of a text, as in "she started 3 hours ago"."""
    words = _WORD.findall(text)
    starts_with_word = text[:1].isalpha() and len(words) > 1
    return starts_with_word and len(_FIGURE.findall(text)) == 1 and not any(word.lower() in STARTS for word in words)


def is_answer(line: str) -> bool:
    """Say whether a line is a number, or at least no prose."""
    return number_in_or_none(line) is not None or not is_prose(line)


def is_prose(line: str) -> bool:
    """Say whether words stand side by side in a line, or before a formula."""
    return _PROSE.search(line) is not None
