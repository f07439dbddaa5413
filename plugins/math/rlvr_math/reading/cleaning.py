r"""Take the settings of a number's text away: LaTeX's and Markdown's, and Unicode's variants of digits and signs."""

from __future__ import annotations

import re

from rlvr import lazy_pattern
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, OverLimitError
from rlvr_math.reading.characters import Characters
from rlvr_math.reading.siunitx import has_siunitx, without_siunitx

# Settings nested deeper, such as \text{\mathbf{…}}, are no honest answer's.
NESTING_LIMIT = 4
# A dollar sign that is a currency and no sign of TeX, while the text is cleaned.
DOLLAR = "＄"
_TRANSLATED = Characters(
    {
        "−": "-", "\u2010": "-", "\u2011": "-", "–": "-", "\uff0d": "-", "\uff0b": "+", "，": ",", "．": ".",
        "\u00a0": " ", "\u2007": " ", "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∗": "*", "⁄": "/",
        "\uff0f": "/", "\uff05": "%", "$": None, "`": None,
        "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4", "⅕": " 1/5", "⅖": " 2/5", "⅗": " 3/5",
        "⅘": " 4/5", "⅙": " 1/6", "⅚": " 5/6", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
        "\u2126": "Ω", "μ": "µ", "℃": "°C", "℉": "°F",
    }
)  # fmt: skip
_RAISED = lazy_pattern("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
# One tilde is TeX's space; two strike out what stands between them.
# At the start of an answer, one says that the value is near; no space is needed there.
LEADING_TILDE = lazy_pattern(r"^[\s$({]{0,8}(?:\\[(\[])?\s{0,8}~(?!~)")
_SPACING = lazy_pattern(r"\\(?:[,;: ]|quad\b|qquad\b|thinspace\b)|(?<!~)~(?!~)")
# The sentence's full stop inside a formula, $18.$ - two of them outside are an ellipsis.
_FORMULA_STOP = lazy_pattern(r"(?<!\.)\.(?=\$(?!\.?\d)|\\[)\]])")
# A fraction of the names of units behind a number: 8.314 \frac{J}{mol \cdot K}. Single letters may be factors.
_UNIT_NAMES = r"((?:[A-Za-z\s]|\\cdot(?![A-Za-z])|\^\s?(?:\d|\{\s?\d\s?\})){1,40})"
_FRACTION_OF_UNITS = lazy_pattern(rf"(?<=[\d\s])\\frac\s?\{{{_UNIT_NAMES}\}}\s?\{{{_UNIT_NAMES}\}}")
_LONG_NAME = lazy_pattern(r"(?<![\\A-Za-z])[A-Za-z]{2}")
_GROUPED = lazy_pattern(r",\s*\\!\s*")
_DROPPED = lazy_pattern(
    r"\\(?:!|left\b|right\b|displaystyle\b|mathstrut\b|limits\b|bf\b|rm\b|\$|\(|\)|\[|\])|\*\*(?=\S*$)"
)
_FRACTION = lazy_pattern(r"\\(?:[dtcs]|nice|x|flat)frac(?![A-Za-z])")
_OVER = lazy_pattern(r"\\over(?![A-Za-z])")
# Greek letters that may be signs of units; behind a number alone, the rules of trees have them as letters.
_UNIT_LETTER = lazy_pattern(r"\\(?:(Omega|ohm)|(AA|angstrom)|(?:mu|micro|textmu))(?![A-Za-z])\s?")
# The patterns of numbers try each part of a run of space; two spaces are no thousands separator.
_LONG_SPACE = lazy_pattern(r"\s{3,}")
# TeX's comma without a space, before another number of digits than three, or behind a zero.
DECIMAL_COMMA = lazy_pattern(r"(?<=\d)\{,\}(?=\d{1,2}(?!\d)|\d{4})|(?<=(?<!\d)0)\{,\}(?=\d{3})")
_SPLIT_PREFIX = lazy_pattern(r"(?<![A-Za-z])(?:([kKMGm])\s+(?=Ω)|µ\s+(?=[A-Za-zΩ]))")
_SETTING = lazy_pattern(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|operatorname|boldsymbol|boxed|fbox)\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
)


# The name or the sign behind each backslash; a rule of settings is left out where none is one of its own.
_NAMES = lazy_pattern(r"\\(?=([A-Za-z]+|.))", re.DOTALL)
_SIUNITX = frozenset("num SI qty si unit ang".split())
_FRACTIONS = frozenset("dfrac tfrac cfrac sfrac nicefrac xfrac flatfrac".split())
_UNIT_LETTERS = frozenset("Omega ohm mu micro textmu AA angstrom".split())
_SPACES = frozenset((*",;: ", "quad", "qquad", "thinspace"))
_DROPS = frozenset((*"!$()[]", *"left right displaystyle mathstrut limits bf rm".split()))


def cleaned(text: str) -> str:
    """Take the settings away: LaTeX's and Markdown's, and Unicode's variants of digits and signs."""
    if len(text) > ANSWER_LIMIT_CHARACTERS:
        raise OverLimitError(f"an answer of {len(text)} characters; at most {ANSWER_LIMIT_CHARACTERS} are read")
    if not text.isascii():
        text = _RAISED.sub(lambda run: f"^{{{run[0].translate(_LOWERED)}}}", text)
    if "$" in text:
        text = _with_dollar(text)
    if "   " in text or not text.isprintable():
        text = _LONG_SPACE.sub("  ", text)
    if "{," in text:
        text = DECIMAL_COMMA.sub(".", text.replace("{, }", "{,}")).replace("{,}", ",")
    if "." in text:
        text = _FORMULA_STOP.sub("", text)
    if "$" in text or "`" in text or not text.isascii():
        text = text.translate(_TRANSLATED)
    if "\\" in text or "~" in text:
        text = _without_commands(text)
    text = text.strip()
    if text.startswith("**"):
        text = text[2:].replace("**", "", 1)
    text = text.strip("*_").strip()
    # A sentence's end, but no ellipsis and no list's comma.
    text = text[:-1].rstrip() if text.endswith((".", ";", ":")) and not text.endswith("..") else text
    return _unwrapped(text)


def _without_commands(text: str) -> str:
    """Take LaTeX's settings away."""
    names = set(_NAMES.findall(text))
    if not _SIUNITX.isdisjoint(names) and has_siunitx(text):
        text = without_siunitx(text)
        names = set(_NAMES.findall(text))
    if not _FRACTIONS.isdisjoint(names):
        text = _FRACTION.sub(lambda _: "\\frac", text)
    if "over" in names:
        text = _OVER.sub("/", text)
    if not _UNIT_LETTERS.isdisjoint(names):
        text = _UNIT_LETTER.sub(lambda found: "Ω " if found[1] else "Å " if found[2] else "µ", text)
    if "~" in text:
        text = LEADING_TILDE.sub(r"\\approx ", text)
    if "!" in names:
        text = _GROUPED.sub(",", text)
    if not _SPACES.isdisjoint(names) or "~" in text:
        text = _SPACING.sub(" ", text.replace("\\,", "\u2009"))
    text = text.replace("\\%", "%")
    if not _DROPS.isdisjoint(names) or "**" in text:
        text = _DROPPED.sub("", text)
    text = _without_settings(text)
    if "\\frac" in text:
        text = _FRACTION_OF_UNITS.sub(_unit_of_fraction, text)
    return _SPLIT_PREFIX.sub(lambda found: found[1] or "µ", text) if "Ω" in text or "µ" in text else text


def _without_settings(text: str) -> str:
    for _ in range(NESTING_LIMIT):
        before, text = text, _SETTING.sub(_inside, text) if "{" in text and "\\" in text else text
        if text == before:
            break
    return text


def _inside(setting: re.Match[str]) -> str:
    return f" {setting[1]} "


def _unit_of_fraction(found: re.Match[str]) -> str:
    return f" {found[1].strip()}/({found[2].strip()})" if _LONG_NAME.search(found[0]) else found[0]


def _with_dollar(text: str) -> str:
    r"""Mark the dollar sign that is a currency: an escaped one, or the only one. A pair is TeX's."""
    if "\\$" in text:
        return text.replace("\\$", DOLLAR, 1).replace("\\$", "")
    return text.replace("$", DOLLAR) if text.count("$") == 1 else text


_THOUSANDS = lazy_pattern(r"\s*[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*")
_OPENING = frozenset("({\"'“")
_BRACKETS = frozenset("()[]")
_BRACKETS_AND_BRACES = frozenset("()[]{}")


def _unwrapped(text: str) -> str:
    """Take away brackets around the whole."""
    for _ in range(NESTING_LIMIT):
        if text[:1] not in _OPENING:
            break
        inner = text[1:-1]
        around = (text[:1], text[-1:]) in {("(", ")"), ("{", "}"), ('"', '"'), ("'", "'"), ("“", "”")}
        if not around or not (_BRACKETS if "\\frac" in inner else _BRACKETS_AND_BRACES).isdisjoint(inner):
            break
        if "," in inner and _THOUSANDS.fullmatch(inner):
            break  # (1,234) may be a point
        text = inner.strip()
    return text
