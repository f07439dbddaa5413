r"""Sets, conditions and shares in words, written as formulas.

``all real numbers except 3`` is ``\mathbb{R}\setminus\{3\}``, ``x is at least 2`` is ``x\ge2``, and
``7 out of 36`` is ``7/36``.
"""

from __future__ import annotations

import re

from rlvr import lazy_pattern
from rlvr_math.reading.numbers import number_in

# A longer text is a sentence.
PHRASE_LIMIT_CHARACTERS = 200
# What sets words in a formula, and what parts them from it.
_SETTING = lazy_pattern(
    r"\\(?:text|textbf|textrm|textit|mathrm|mbox)\s?\{([^{}]*)\}|\$|\\(?:[,;: ]|q?quad(?![A-Za-z]))|~"
)
_FIRST_WORD = lazy_pattern(
    r"[\s({$]{0,4}(?:\\(?:text|textbf|textrm|mathrm|mbox)\s?\{\s?)?(?:[Tt]he|[Aa]ll|[Aa]ny|[Ee]very|[Ss]et|[A-Za-z]{3})"
)
_IS = lazy_pattern(
    r"\b(?:is|are|must be)\b|\d\s*(?:\\text\s?\{\s?)?(?:out of|in)\b|(?:out of|in) every\b|\b[Oo]ne in\b"
)

_SIGNS = {
    "": "", "positive": ">0", "negative": "<0", "nonnegative": ">=0", "nonpositive": "<=0", "nonzero": "!=0",
}  # fmt: skip
_NUMBERS = {
    "real number": "R", "real": "R", "real value": "R", "integer": "Z", "whole number": "Z", "rational number": "Q",
    "rational": "Q", "complex number": "C",
}  # fmt: skip
_EXCEPT = r"(?:except|excluding|other than|but|besides|apart from|not equal to|different from)"
_SET = lazy_pattern(
    r"(?:the\s)?(?:set\sof\s)?(?:(?:all|any|every|each)\s)?(?:the\s)?"
    r"(?:(?P<sign>positive|negative|non[- ]?(?:negative|positive|zero))\s)?"
    r"(?P<kind>(?:real|whole|rational|complex)\s(?:number|value)|real|rational|integer)s?"
    r"(?:\s(?:(?:for|of)\s)?(?P<letter>[a-z])(?![a-z]))?"
    rf"(?:,?\s{_EXCEPT}\s(?:for\s)?(?:[a-z]\s?=\s?)?(?P<points>.{{1,60}}))?",
    re.IGNORECASE,
)
_INTERVALS = {">0": r"(0,\infty)", "<0": r"(-\infty,0)", ">=0": r"[0,\infty)", "<=0": r"(-\infty,0]"}
_MARKS = {">0": "^+", "<0": "^-", "!=0": "^*"}
# Behind "all", a letter and its condition.
_QUANTIFIED = lazy_pattern(
    r"(?:for\s)?(?:all|any|every)\s(?:(?:real\s(?:numbers?|values?)|reals?|(?P<whole>integers?))\s)?(?:of\s)?"
    r"(?P<condition>(?P<letter>[a-z])\s?(?:[<>=≤≥≠]|\\(?:geq?|leq?|ne|neq|geqslant|leqslant|gt|lt|in)(?![a-z])).{1,60})",
    re.IGNORECASE,
)
_COMPARISONS = {
    "strictly greater than": ">", "greater than or equal to": r"\ge", "more than or equal to": r"\ge",
    "at least": r"\ge", "no less than": r"\ge", "not less than": r"\ge", "greater than": ">", "more than": ">",
    "larger than": ">", "strictly less than": "<", "less than or equal to": r"\le", "at most": r"\le",
    "no more than": r"\le", "not more than": r"\le", "no greater than": r"\le", "not greater than": r"\le",
    "less than": "<", "smaller than": "<", "not equal to": r"\ne", "equal to": "=",
}  # fmt: skip
_COMPARISON = lazy_pattern(
    r"(?P<left>[A-Za-z](?:_\d)?)\s(?:is|must be)\s"
    rf"(?P<sign>{'|'.join(sorted(_COMPARISONS, key=len, reverse=True))})\s(?P<right>.{{1,60}})",
    re.IGNORECASE,
)
_SIGN_OF = lazy_pattern(
    r"(?P<left>[A-Za-z](?:_\d)?)\s(?:is|must be)\s(?P<sign>positive|negative|non[- ]?(?:negative|positive|zero))",
    re.IGNORECASE,
)
_MULTIPLES = lazy_pattern(
    r"(?:(?P<left>[a-z])\s(?:is|must be)\s(?:(?:a|an)\s)?|(?:all\s|the\s)?)"
    r"(?P<parity>even|odd|multiples?\sof\s(?P<factor>\d{1,6})|divisible\sby\s(?P<divisor>\d{1,6}))"
    r"(?:\s(?:integers?|numbers?|(?P<letter>[a-z])))?",
    re.IGNORECASE,
)
_SHARE = lazy_pattern(
    r"(?P<part>[A-Za-z]{3,20}|[\d,]{1,15})\s(?:chances?\s)?(?:out\sof|in)\s(?:every\s)?"
    r"(?P<whole>[A-Za-z]{3,20}(?:[- ][a-z]{3,10})?|[\d,]{1,15})",
    re.IGNORECASE,
)
_LETTERS = lazy_pattern(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
# A word among what is to be a formula.
_WORD = lazy_pattern(r"(?<![\\A-Za-z])(?!and\b|or\b|sqrt\b)[A-Za-z]{2}")


def formula_of(text: str, other: str = "") -> str | None:
    """Write a set, a condition or a share in words as a formula; None if the text says anything else.

    Args:
        text: The phrase.
        other: What it is compared with: where that has the letter, both are about the same whole numbers.
    """
    if len(text) > PHRASE_LIMIT_CHARACTERS or not (_FIRST_WORD.match(text) or _IS.search(text)):
        return None
    plain = plain_text(text)
    whole = _QUANTIFIED.fullmatch(plain)
    if whole is not None and whole["whole"] and whole["letter"] not in _LETTERS.findall(other):
        return f"\\{{{whole['letter']}\\in\\mathbb{{Z}}\\mid {whole['condition']}\\}}"
    for pattern, written in _PHRASES:
        found = pattern.fullmatch(plain)
        formula = written(found) if found else None
        if formula is not None:
            return formula
    return None


def plain_text(text: str) -> str:
    """Return a text without what sets words in a formula, and without its full stop."""
    return " ".join(_SETTING.sub(lambda found: f" {found[1] or ''} ", text).split()).rstrip(" .")


def _set(found: re.Match[str]) -> str | None:
    sign = _SIGNS[_joined(found["sign"])]
    name = _NUMBERS[found["kind"].lower()]
    kind = f"\\mathbb{{{name}}}"
    points = found["points"]
    if name == "R" and sign in _INTERVALS:
        kind = _INTERVALS[sign]
    elif sign:
        kind += _MARKS.get(sign, f"_{{{sign}}}")
    if points is None:
        return kind
    return None if _WORD.search(points) else f"{kind}\\setminus\\{{{_listed(points)}\\}}"


def _joined(sign: str | None) -> str:
    return (sign or "").lower().replace("-", "").replace(" ", "")


def _listed(points: str) -> str:
    return points.replace(", and ", ", ").replace(" and ", ", ").replace(" or ", ", ")


def _quantified(found: re.Match[str]) -> str | None:
    return None if _WORD.search(found["condition"]) else found["condition"]


def _comparison(found: re.Match[str]) -> str | None:
    sign = _COMPARISONS[found["sign"].lower()]
    return None if _WORD.search(found["right"]) else f"{found['left']}{sign} {found['right']}"


def _sign_of(found: re.Match[str]) -> str:
    sign = _SIGNS[_joined(found["sign"])]
    return f"{found['left']}{sign}"


def _multiples(found: re.Match[str]) -> str | None:
    letter = found["left"] or found["letter"] or "n"
    factor, rest = found["factor"] or found["divisor"] or "2", "+1" if found["parity"].lower() == "odd" else ""
    return None if letter == "k" else f"{letter}={factor}k{rest}, k\\in\\mathbb{{Z}}"


def _share(found: re.Match[str]) -> str | None:
    part, whole = number_in(found["part"]), number_in(found["whole"])
    if part is None or whole is None or not 0 < part.value <= whole.value:
        return None
    if part.unit or whole.unit or part.value.denominator * whole.value.denominator != 1:
        return None
    return f"{part.value}/{whole.value}"


_PHRASES = (
    (_SET, _set), (_QUANTIFIED, _quantified), (_COMPARISON, _comparison), (_SIGN_OF, _sign_of),
    (_MULTIPLES, _multiples), (_SHARE, _share),
)  # fmt: skip
