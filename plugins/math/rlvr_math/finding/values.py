"""The value in what a text states: a formula, a number with what may follow it, or the whole of it."""

from __future__ import annotations

import re

from rlvr import lazy_pattern
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.numbers import Number, alters, leading_number_in, number_in

# What may follow a number without being part of an expression: the end, punctuation, or a word that is no symbol.
_LEAVES_ALONE = lazy_pattern(
    r"\s*(?:$|[.,;:!?)\]\n](?![\d.(\\])|\()"
    # Behind a dash or a slash, two letters may be factors.
    r"|(?:\s+|(?:\s+[-–]\s+|\s*[—/]\s*)(?=[A-Za-z]{3}))(?!to the\b)"
    r"(?P<word>a(?=\s+[A-Za-z]{2})|(?-i:I)\b|[^\W\d_]{2,40})",
    re.IGNORECASE,
)
# Each character is looked at once: a formula ends at the next sign of its kind.
FORMULA = lazy_pattern(
    r"\$\$([^$]{1,1000})\$\$|\$([^$]{1,1000})\$|\\\(([^\\]{1,20}(?:\\(?![)])[^\\]{0,200}){0,100})\\\)|\\\[([^\\]{1,20}(?:\\(?!\])[^\\]{0,200}){0,100})\\\]"
)
_GOES_ON_IN_FORMULA = lazy_pattern(r"\s*(?:,|;|and\b|or\b)\s*(?:and\s+|or\s+)?(?:\$|\\\()")
_SECOND_FIGURE = lazy_pattern(
    r"(?:[,;&]|\b(?:and|to|otherwise|remainder|or|through|till|plus)\b)\s{0,3}(?:an?\s{1,3})?"
    r"(?:[$+−-]{0,2}(?:\.?\d|[π√∞½⅓⅔¼¾])|[-−]?(?:pi|infinity|\\(?:[dt]?frac|sqrt|pi|infty))\b|(?:half|quarter|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{2,8}teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)\b)",
    re.IGNORECASE,
)
# A second value that has a name, right behind the first: x = 2 and y = 3.
_SECOND_NAME = lazy_pattern(r"[\s,;&]{1,4}(?:(?:and|or)\s{1,3})?\$?[A-Za-z](?:_\{?\w\}?)?\s{0,2}=")
# A remark that makes the value before it no exact one; another number in it would be one more value.
SAYS_NEAR = lazy_pattern(
    r"\W{0,9}(?:approx(?:imate(?:ly)?|\.)?|roughly|rounded|estimated?)[.\s]{0,2}[)}]", re.IGNORECASE
)
_REASON = lazy_pattern(r"[\s,]*(?:because|since|as|which|that is|i\.e\.|where|\(|=)", re.IGNORECASE)


def value_in(said: str) -> tuple[str, Number | None]:
    """Return the value that a statement in words states, and the number that it is; None if it was not read as one.

    A calculation is part of it, since it must be right: ``12 + 8 = 20`` of "12 + 8 = 20 apples in total".
    """
    calculation, sign, result = said.rpartition("=")
    if sign and _is_calculation(calculation):
        result, number = value_in(result.strip(" *_"))
        if number is not None:
            figures = result.partition(number.unit)[0] if " " in number.unit else result  # nouns of several words
            return f"{calculation.replace('$', '')}= {figures}", None
    formula = FORMULA.match(said) if said.startswith(("$", "\\")) else None
    if formula is not None:
        text = formula[formula.lastindex or 0]
        rest = said[formula.end() :]
        if "$" not in rest and not (rest and _GOES_ON_IN_FORMULA.match(rest)):
            number = number_in_or_none(text)
            if number is None or not rest.strip(" ."):
                return text, number
    number = number_in_or_none(said)
    if number is not None:
        return said, number
    number, rest = _leading(said)
    if (
        number is None
        or not _left_alone(rest)
        or _opens_bracket(said[: len(said) - len(rest)])
        or SAYS_NEAR.match(rest)
        or _SECOND_NAME.match(rest)
        or (_SECOND_FIGURE.search(rest) and not _REASON.match(rest))
    ):
        return said, None
    return said[: max(0, len(said) - len(rest))].strip() or said, number


def _is_calculation(text: str) -> bool:
    """Say whether a text has figures and signs only, and is no number."""
    if not any(map(str.isdigit, text)) or any(each.isalpha() or each in _SAYS for each in text):
        return False
    return text.count("(") == text.count(")") and number_in_or_none(text) is None


# What a calculation in figures has none of.
_SAYS = frozenset("\\{}<>≤≥≈~,;:")


def number_in_or_none(text: str) -> Number | None:
    """Read a number as ``number_in`` does, and None where that is over a limit."""
    try:
        return number_in(text)
    except OverLimitError:
        return None


def key_of_text(text: str) -> object:
    """Return what makes two answers the same: their number, else their text without space."""
    number = number_in_or_none(text)
    return number.value if number is not None else "".join(text.split())


def _left_alone(rest: str) -> bool:
    """Say whether what follows a number leaves it the number that it is."""
    following = _LEAVES_ALONE.match(rest)
    return following is not None and not alters(following["word"] or "")


def _opens_bracket(lead: str) -> bool:
    """Say whether a bracket before a number closes behind it: the number is the first item of a tuple or a set."""
    return sum(map(lead.count, "([{")) > sum(map(lead.count, ")]}"))


def _leading(line: str) -> tuple[Number | None, str]:
    try:
        return leading_number_in(line)
    except OverLimitError:
        return None, line
