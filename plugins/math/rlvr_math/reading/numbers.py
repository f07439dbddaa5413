r"""Read one number from the text of an answer, exactly, in time linear in the text.

Read are integers, decimals, fractions (``3/4``, ``\frac{3}{4}``, ``¾``), mixed numbers, percentages, thousands
separators in well-formed groups of three, scientific notation, a currency sign before and a unit behind, with LaTeX,
Markdown and Unicode settings around any of it.
What is left over makes the whole unreadable: a reader that takes "the first number inside" pays for hedges.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

import msgspec

from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, DIGITS_LIMIT, EXPONENT_LIMIT, OverLimitError
from rlvr_math.reading.units import ATTACHED_TO_NUMBERS

# References and answers to them come again and again; long ones would only fill the memory.
REMEMBERED_LIMIT_CHARACTERS = 256
# Settings nested deeper, such as \text{\mathbf{…}}, are no honest answer's.
NESTING_LIMIT = 4


class Number(msgspec.Struct, frozen=True):
    """An exact number as it was written: its value (a percentage divided by 100), and its unit, "" if none."""

    value: Fraction
    percent: bool = False
    unit: str = ""


_UNSIGNED = (
    r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d{1,3}(?:[ \u2009\u202f]\d{3})+(?!\d)|\d+)"
    # A final full stop, but not the point of 0.(3) or 0.\overline{3}, and no ellipsis.
    r"(?:\.\d+|\.(?!\s*[A-Za-z\d]|[.(\\]))?|\.\d+"
)
_SIGN = r"(?P<sign>[-+]?)\s*"
# Commands of which no number holds any: most expressions are known by them at once.
_NO_NUMBER = re.compile(
    r"\\(?:sqrt|pi|infty|begin|cup|[lg]eq?|sin|cos|tan|log|ln|pm|in|binom|overline|lfloor|lceil)(?![A-Za-z])"
)
_PLAIN_INTEGER = re.compile(r"[-+]?\d{1,18}")
# The shapes of most answers: read at once, and to the same number as by the long way.
_PLAIN = re.compile(r"(-?)(?:\\[dt]?frac\{(-?\d{1,18})\}\{(\d{1,18})\}|(\d{1,18})/(\d{1,18})|(\d{1,18})\.(\d{1,18}))")
# TeX takes one digit without braces: \frac12, \frac 9{20}, \frac{360}7.
_WHOLE_PART = r"(?:\{\s*(\d+)\s*\}|(\d))"
_MIXED = re.compile(
    rf"{_SIGN}(?P<whole>\d+)\s*(?:\\frac\s*{_WHOLE_PART}\s*{_WHOLE_PART}"
    r"|(?:(?<=\s)|\s+(?:and\s+)?)(\d+)\s*/\s*(\d+))"
)
_PART = rf"(?:\{{\s*([-+]?)\s*({_UNSIGNED})\s*\}}|(\d))"
_FRACTION = re.compile(rf"{_SIGN}(?:\\frac\s*{_PART}\s*{_PART}|({_UNSIGNED})\s*/\s*([-+]?)\s*({_UNSIGNED}))")
_POWER = r"10\s*(?:\^|\*\*)\s*(?:\{\s*([-+]?\s*\d+)\s*\}|\(\s*([-+]?\s*\d+)\s*\)|([-+]?\d+))"
_SCIENTIFIC = re.compile(
    rf"{_SIGN}(?:({_UNSIGNED})(?:[eE]([-+]?\d+)|\s*(?:\\times|\\cdot|\*|x|X)\s*{_POWER})|{_POWER})"
)
_DECIMAL = re.compile(rf"{_SIGN}({_UNSIGNED})")

_PERCENT = re.compile(r"\s*(?:%|percent\b|per cent\b|pct\b\.?)\s*", re.IGNORECASE)
_CURRENCY = re.compile(
    r"([-+]?)\s*(?:(?:US\s*)?[\u20ac\u00a3\u00a5\u20b9]\s*|US(?=\d))|([-+]?)\s*(?:USD|EUR|GBP|Rs\.?)\s+"
)
_CURRENCY_BEHIND = re.compile(r"\s*[\u20ac\u00a3\u00a5\u20b9]")
_VARIABLE = re.compile(r"(?:[A-Za-z](?:_(?:\w|\{\w{1,10}\}))?\s*)?=\s*")
_UNIT = re.compile(
    r"(?P<near>\s*)(?P<words>[A-Za-z]+\.?(?:[ /-][A-Za-z]+\.?){0,4})\s*(?P<power>(?:\^\s*\{?\s*[23]\s*\}?|[²³])?)"
)
_DEGREE = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°|\\degree\b)\s*")

# Words that make another number of the one before them: its size, a part of it, its last figures.
_SCALES = frozenset(
    (
        "hundred thousand million billion trillion quadrillion lakh crore dozen grand mil mio mn bn tn "
        "hundreds tens thousands millions billions trillions lakhs crores dozens "
        "half third quarter fourth fifth sixth seventh eighth ninth tenth hundredth thousandth millionth billionth "
        "halves thirds fourths fifths sixths sevenths eighths ninths tenths hundredths thousandths millionths "
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
        "percentage mille permille basis point squared cubed factorial doubled tripled halved twice thrice bil gross"
    ).split()
)
# Words that calculate with it.
_OPERATIONS = frozenset(
    (
        "plus minus times over divided versus vs sqrt sin cos tan cot sec csc log ln exp mod choose "
        "pi infinity infty theta alpha beta"
    ).split()
)
# Words that join it to something else.
_JOINING = frozenset(
    (
        "or and not maybe perhaps possibly either if but nor about approximately roughly by than equals e i x y z n k "
        "is are to because since as which so for we he she it they this that there therefore thus hence"
    ).split()
)
_SINGLE = frozenset("mgsLlhtNJWVAKCF")

_TRANSLATED = str.maketrans(
    {
        "−": "-", "\u2010": "-", "\u2011": "-", "–": "-", "\uff0d": "-", "\uff0b": "+", "，": ",", "．": ".",
        "\u00a0": " ", "\u2007": " ", "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∗": "*", "⁄": "/",
        "\uff0f": "/", "\uff05": "%", "\uff04": None, "$": None, "`": None,
        "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4", "⅕": " 1/5", "⅖": " 2/5", "⅗": " 3/5",
        "⅘": " 4/5", "⅙": " 1/6", "⅚": " 5/6", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)  # fmt: skip
_RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
# One tilde is TeX's space; two strike out what stands between them.
_SPACING = re.compile(r"\\(?:[,;: ]|quad\b|qquad\b|thinspace\b)|(?<!~)~(?!~)")
# The sentence's full stop inside a formula, $18.$ - two of them outside are an ellipsis.
_FORMULA_STOP = re.compile(r"(?<!\.)\.(?=\$(?!\.?\d)|\\[)\]])")
_GROUPED = re.compile(r",\s*\\!\s*")
_DROPPED = re.compile(
    r"\\(?:!|left\b|right\b|displaystyle\b|mathstrut\b|limits\b|bf\b|rm\b|\$|\(|\)|\[|\])|\*\*(?=\S*$)"
)
_SETTING = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|operatorname|boldsymbol|boxed|fbox)\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
)


def number_in(text: str) -> Number | None:
    """Read the number that a text is, all of it.

    Returns:
        The number; None if the text is anything else, or more.

    Raises:
        OverLimitError: The text or a number in it is too long, or an exponent too large.
    """
    number = plain_number_in(text)
    if number is not None:
        return number
    if "\\" in text and _NO_NUMBER.search(text):
        return None
    number, rest = leading_number_in(text)
    return number if not rest.strip() else None


def plain_number_in(text: str) -> Number | None:
    """Read an integer, a decimal or a fraction in plain digits; None if the text is anything else."""
    if _PLAIN_INTEGER.fullmatch(text):
        return Number(Fraction(int(text)))
    plain = _PLAIN.fullmatch(text)
    return _plain_number(plain) if plain else None


def _plain_number(match: re.Match[str]) -> Number | None:
    sign, top, bottom, above, below, whole, part = match.groups()
    if whole:
        value = Fraction(int(whole + part), 10 ** len(part))
    else:
        divisor = int(bottom or below)
        if not divisor:
            return None
        value = Fraction(int(top or above), divisor)
    return Number(_signed(sign, value))


def leading_number_in(text: str) -> tuple[Number | None, str]:
    """Read the number that a text starts with, its unit included.

    Returns:
        The number, or None, and what follows it, cleaned of settings.

    Raises:
        OverLimitError: As ``number_in``.
    """
    return _remembered(text) if len(text) <= REMEMBERED_LIMIT_CHARACTERS else _leading(_cleaned(text))


@lru_cache(maxsize=8_192)
def _remembered(text: str) -> tuple[Number | None, str]:
    return _leading(_cleaned(text))


def _leading(clean: str) -> tuple[Number | None, str]:
    variable = _VARIABLE.match(clean)
    start = variable.end() if variable else 0
    currency = _CURRENCY.match(clean, start)
    sign = ""
    if currency:
        sign, start = currency[1] or currency[2] or "", currency.end()
    found = _value_at(clean, start)
    if found is None:
        return None, clean
    value, end = found
    return _with_suffix(-value if sign == "-" else value, clean, end)


def _with_suffix(value: Fraction, clean: str, end: int) -> tuple[Number, str]:
    """Read what belongs to a number behind it: a percent sign, degrees, or a unit."""
    percent = _PERCENT.match(clean, end)
    if percent:
        return Number(value / 100, percent=True), clean[percent.end() :]
    degree = _DEGREE.match(clean, end)
    if degree:
        return Number(value, unit="degree"), clean[degree.end() :]
    currency = _CURRENCY_BEHIND.match(clean, end)
    if currency:
        return Number(value), clean[currency.end() :]
    unit = _UNIT.match(clean, end)
    if unit and _is_unit(unit["words"], attached=not unit["near"]):
        return Number(value, unit=_unit_name(unit["words"], unit["power"])), clean[unit.end() :]
    return Number(value), clean[end:]


def scales(word: str) -> bool:
    """Say whether a word makes another number of the one before it, as "million" and "tenths" do."""
    return word.lower() in _SCALES


def alters(word: str) -> bool:
    """Say whether a word scales the number before it or calculates with it, as "times" does."""
    return scales(word) or word.lower() in _OPERATIONS


def joins(word: str) -> bool:
    """Say whether a word joins what stands before it to something else, as "or" and "because" do."""
    return word.lower() in _JOINING


def _is_unit(words: str, *, attached: bool) -> bool:
    parts = re.split(r"[ /.-]+", words.strip("."))
    if parts != ["times"] and any(alters(part) or part.lower() in _JOINING for part in parts):
        return False
    if attached:
        return parts[0] in ATTACHED_TO_NUMBERS
    return all(len(part) > 1 or part in _SINGLE or index for index, part in enumerate(parts))


def _unit_name(words: str, power: str) -> str:
    """Return a unit's name for comparison: lower case, no full stops, no plural."""
    parts = [part.lower().strip(".") for part in words.split()]
    singular = [part.removesuffix("s") if len(part) > len("gas") else part for part in parts]
    exponent = "".join("2" if mark in "2²" else "3" for mark in power if mark in "23²³")
    return " ".join(singular) + exponent


def _value_at(clean: str, start: int) -> tuple[Fraction, int] | None:
    """Read a number without its suffix, the longest form first."""
    mixed = _MIXED.match(clean, start)
    if mixed:
        top, bottom = mixed[3] or mixed[4] or mixed[7], mixed[5] or mixed[6] or mixed[8]
        # What is no proper fraction is an expression.
        if _integer(top) < _integer(bottom):
            whole = _integer(mixed["whole"]) + Fraction(_integer(top), _integer(bottom))
            return _signed(mixed["sign"], whole), mixed.end()
    fraction = _FRACTION.match(clean, start)
    if fraction:
        value = _quotient(fraction)
        return None if value is None else (value, fraction.end())
    scientific = _SCIENTIFIC.match(clean, start)
    if scientific:
        exponent = next(each for each in scientific.groups()[2:] if each is not None)
        mantissa = Fraction(1) if scientific[2] is None else _decimal(scientific[2])
        return _signed(scientific["sign"], mantissa * _power_of_ten(exponent)), scientific.end()
    decimal = _DECIMAL.match(clean, start)
    return (_signed(decimal["sign"], _decimal(decimal[2])), decimal.end()) if decimal else None


def _quotient(match: re.Match[str]) -> Fraction | None:
    if match[8] is not None:
        top, bottom = _decimal(match[8]), _signed(match[9], _decimal(match[10]))
    else:
        top = _signed(match[2], _decimal(match[3] or match[4]))
        bottom = _signed(match[5], _decimal(match[6] or match[7]))
    return _signed(match["sign"], top / bottom) if bottom else None


def _signed(sign: str | None, value: Fraction) -> Fraction:
    return -value if sign == "-" else value


def _decimal(text: str) -> Fraction:
    """Read a decimal with separators; never through a float."""
    plain = text.replace(",", "").replace(" ", "").replace("\u2009", "").replace("\u202f", "")
    whole, _, part = plain.partition(".")
    return Fraction(_integer(whole + part), 10 ** len(part))


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        raise OverLimitError(f"a number of {len(digits)} digits; at most {DIGITS_LIMIT} are read")
    return int(digits) if digits else 0


def _power_of_ten(text: str) -> Fraction:
    digits = text.replace(" ", "")
    if len(digits) > 6 or abs(int(digits)) > EXPONENT_LIMIT:  # noqa: PLR2004  # a sign and five digits
        raise OverLimitError(f"an exponent of ten beyond {EXPONENT_LIMIT}")
    return Fraction(10) ** int(digits)


def _cleaned(text: str) -> str:
    """Take the settings away: LaTeX's and Markdown's, and Unicode's variants of digits and signs."""
    if len(text) > ANSWER_LIMIT_CHARACTERS:
        raise OverLimitError(f"an answer of {len(text)} characters; at most {ANSWER_LIMIT_CHARACTERS} are read")
    if not text.isascii():
        text = _RAISED.sub(lambda run: f"^{{{run[0].translate(_LOWERED)}}}", text)
    text = _FORMULA_STOP.sub("", text.replace("\\$", "").replace("{,}", ",")).translate(_TRANSLATED)
    if "\\" in text or "~" in text:
        text = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\cfrac", "\\frac")
        text = _GROUPED.sub(",", text.replace("\\%", "%")).replace("\\,", "\u2009")
        text = _DROPPED.sub("", _SPACING.sub(" ", text))
        for _ in range(NESTING_LIMIT):
            if "\\" not in text:
                break
            text = _SETTING.sub(r" \1 ", text)
    text = text.strip()
    if text.startswith("**"):
        text = text[2:].replace("**", "", 1)
    text = text.strip("*_").strip()
    # A sentence's end, but no ellipsis and no list's comma.
    text = text[:-1].rstrip() if text.endswith((".", ";", ":")) and not text.endswith("..") else text
    return _unwrapped(text)


def _unwrapped(text: str) -> str:
    """Take away brackets around the whole."""
    for _ in range(NESTING_LIMIT):
        inner = text[1:-1]
        around = (text[:1], text[-1:]) in {("(", ")"), ("{", "}"), ('"', '"'), ("'", "'"), ("“", "”")}
        if not around or any(mark in inner for mark in "(){}[]" if "\\frac" not in inner or mark in "()[]"):
            break
        if "," in inner and re.fullmatch(r"\s*[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*", inner):
            break  # (1,234) may be a point
        text = inner.strip()
    return text
