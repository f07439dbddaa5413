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

from rlvr import lazy_pattern
from rlvr_math.limits import DIGITS_LIMIT, EXPONENT_LIMIT, REMEMBERED_TEXTS, OverLimitError
from rlvr_math.reading.cleaning import DOLLAR, cleaned
from rlvr_math.reading.number_words import cardinal_at, is_number_word, ordinal_in, scaled_at
from rlvr_math.reading.units import ATTACHED_TO_NUMBERS, SINGLE_LETTERS, common_meanings, is_money

# References and answers to them come again and again; long ones would only fill the memory.
REMEMBERED_LIMIT_CHARACTERS = 256


class Number(msgspec.Struct, frozen=True):
    """An exact number as it was written: its value (a percentage divided by 100), and its unit, "" if none."""

    value: Fraction
    percent: bool = False
    unit: str = ""


_UNSIGNED = (
    r"(?:(?!0,)\d{1,3}(?:,\d{3})+(?![\d,])|\d{1,3}(?:[ \u2009\u202f]\d{3})+(?!\d)|\d{1,3}(?:['’]\d{3})+(?![\d'’])|\d+)"
    # A final full stop, but not the point of 0.(3) or 0.\overline{3}, and no ellipsis.
    r"(?:\.\d+|\.(?!\s*[A-Za-z\d]|[.(\\]))?|\.\d+"
)
_SIGN = r"(?P<sign>[-+]?)\s*"
# Commands of which no number holds any: most expressions are known by them at once.
_NO_NUMBER = lazy_pattern(
    r"\\(?:sqrt|pi|infty|begin|cup|[lg]eq?|sin|cos|tan|log|ln|pm|in|binom|overline|lfloor|lceil)(?![A-Za-z])"
)
# Signs behind which no number goes on: a plus or a minus between two parts, a product but with a power of ten, a comma
# that is none of thousands, and a letter that starts the text, alone or before a bracket.
_CALCULATES = lazy_pattern(
    r"[\d)}]\s?(?:[-+]\s?(?:[\d(]|\\[dt]?frac)|\+\s?[A-Za-z]|\\(?:cdot|times)\s?(?:[2-9]|1[1-9]))"
    r"|(?<!\\),(?=\d{1,2}(?!\d)|\d{4}|\s+[-\d(])"
    r"|^\$?[A-Za-z]\("
    r"|^\$?[b-zB-Z](?:[-+*/^_\d)]|\s[-+])(?!.*=)"
)
# The shapes of most answers: read at once, and to the same number as by the long way.
_PLAIN = lazy_pattern(
    r"([-+]?\d{1,18})|(-?)(?:\\[dt]?frac\{(-?\d{1,18})\}\{(\d{1,18})\}"
    r"|(\d{1,18})/(\d{1,18})|(\d{1,18})\.(\d{1,18})|\\[dt]?frac(\d)(\d))"
)
_PLAIN_DIGITS = 18
_PLAIN_THOUSANDS = lazy_pattern(r"-?(?!0[,{])\d{1,3}(?:(?:,(?:\\!)?|\{,\})\d{3}){1,5}")
_SEPARATORS_OF_THOUSANDS = str.maketrans(dict.fromkeys(",\\!{}"))
_PLAIN_MIXED = lazy_pattern(
    r"(-?)(?:(\d{1,18} ?)?\\[dt]?frac(?:\{(-?\d{1,18})\}|(\d))(?:\{(-?\d{1,18})\}|(\d))|\.(\d{1,18}))"
)
_ENDS_OF_SHAPES = (*"0123456789", ")", "}")
# What may enclose a plain number without a meaning.
_ENCLOSING = (
    ("(", ")"), ("\\left(", "\\right)"), ("\\text{", "}"), ("\\mathrm{", "}"), ("\\textbf{", "}"), ("\\mathbf{", "}")
)  # fmt: skip
_PLAIN_MEASURE = lazy_pattern(
    r"(-?\d{1,18})\s?(?:\^(?:\\circ|\{\\circ\})|\\text\{\s?(?P<unit>[A-Za-z]{2,20})\s?\})", re.ASCII
)
_THOUSANDS = lazy_pattern(r"-?(?!0,)\d{1,3}(?:,\d{3}){1,5}", re.ASCII)
# Digits before the end or a word that is no part of a number, as "and", an exponent's e and a times sign's x start one.
_INTEGER_ALONE = lazy_pattern(r"\d{1,18}(?=\s{0,4}(?:[b-df-wyzB-DF-WYZ%°]|\^\s?\{?\s?\\circ|\Z))", re.ASCII)
# TeX takes one digit without braces: \frac12, \frac 9{20}, \frac{360}7.
_WHOLE_PART = r"(?:\{\s*(\d+)\s*\}|(\d))"
_MIXED = lazy_pattern(
    rf"{_SIGN}(?P<whole>\d+)\s*(?:\\frac\s*{_WHOLE_PART}\s*{_WHOLE_PART}"
    r"|(?:(?<=\s)|\s+(?:and\s+)?)(\d+)\s*/\s*(\d+))"
)
_PART = rf"(?:\{{\s*([-+]?)\s*({_UNSIGNED})\s*\}}|(\d))"
_FRACTION = lazy_pattern(rf"{_SIGN}(?:\\frac\s*{_PART}\s*{_PART}|({_UNSIGNED})\s*/\s*([-+]?)\s*({_UNSIGNED}))")
_POWER = r"10\s*(?:\^|\*\*)\s*(?:\{\s*([-+]?\s*\d+)\s*\}|\(\s*([-+]?\s*\d+)\s*\)|([-+]?\d+))"
_SCIENTIFIC = lazy_pattern(
    rf"{_SIGN}(?:({_UNSIGNED})(?:[eE]([-+]?\d+)|\s*(?:\\times|\\cdot|\*|x|X)\s*{_POWER})|{_POWER})"
)
_DECIMAL = lazy_pattern(rf"{_SIGN}({_UNSIGNED})")

_PERCENT = lazy_pattern(r"\s*(?:%|percent(?:age points?)?\b|per cent\b|pct\b\.?)\s*", re.IGNORECASE)
_PER_MILLE = lazy_pattern(r"\s*(?:‰|per ?mille?\b)\s*", re.IGNORECASE)
_SIGNS_OF_CURRENCY = "€£¥₹₽₩"
_CURRENCY = lazy_pattern(
    rf"([-+]?)\s*((?:US|AU?|CA?|HK|S|R)?\s?{DOLLAR}|[{_SIGNS_OF_CURRENCY}]|US(?=\d)"
    r"|(?:USD|EUR|GBP|JPY|CNY|RMB|INR|AUD|CAD|CHF|HKD|SGD|KRW|Rs\.?)(?=\s*[-+.\d]))\s*"
)
_CURRENCY_BEHIND = lazy_pattern(rf"\s*([{_SIGNS_OF_CURRENCY}{DOLLAR}¢])")
_VARIABLE = lazy_pattern(r"(?:[A-Za-z](?:_(?:\w|\{\w{1,10}\}))?\s*)?=\s*")
# A unit with the signs and exponents between its names: "kg m/s^2", "square feet", "J/(kg K)".
_NAME = r"(?!and\b)[A-Za-zµΩÅ]+\.?(?:\s*\^\s*(?:\{\s*[-+]?[1-9]\s*\}|[-+]?[1-9](?!\d))|[23](?![\w.,]))?"
_UNIT = lazy_pattern(
    rf"(?P<near>\s*)(?P<words>{_NAME}(?:(?:\s*(?:/|\\cdot(?![A-Za-z])|\*|-)\s*\(?\s*|\s+){_NAME}\)?){{0,5}})"
)
_BETWEEN_NAMES = lazy_pattern(r"[\s/.\-*()]+|\\cdot|\^\s*\{?\s*[-+]?\d\s*\}?|\d")
_DEGREE = lazy_pattern(
    r"\s*(?:\^\s*\{?\s*\\circ\s*|°|\\degree(?![A-Za-z]))\s*(?:\}\s*)?(?P<scale>(?:[CF]|Celsius|Fahrenheit)(?![A-Za-z]))?\s*\}?",
)
# The minutes and seconds of an angle, and what primes mean behind a number alone.
_MINUTES = lazy_pattern(r"\s*(\d{1,2}(?:\.\d+)?)\s*(?:['′’](?!['′’])|\^\s*\{?\s*\\prime\s*\}?)")
_SECONDS = lazy_pattern(r"\s*(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”]|['′’]{2}|\^\s*\{?\s*\\prime\s*\\prime\s*\}?)")
_PRIMES = lazy_pattern(r"\s?(?:(?P<double>[\"″”]|['′’]{2})|['′’])")
_HEXADECIMAL = lazy_pattern(r"0x[0-9A-F]{1,64}")
_ORDINAL = lazy_pattern(r"\s?(?:st|nd|rd|th|\^\s*\{\s*(?:st|nd|rd|th)\s*\})\s*\Z")
# A measure in two units goes on: 5 feet 10 inches.
_INCHES = lazy_pattern(r"\s*(?:\d|1[01])\s*")
_GOES_ON = lazy_pattern(r"\s*(?:and\s+)?(?=\d)")

# Words that make another number of the one before them: its size, a part of it, its last figures.
_SCALES = frozenset(
    (
        "hundred thousand million billion trillion quadrillion lakh crore dozen grand "
        "hundreds tens thousands millions billions trillions lakhs crores dozens "
        "half third quarter fourth fifth sixth seventh eighth ninth tenth hundredth thousandth millionth billionth "
        "halves thirds fourths fifths sixths sevenths eighths ninths tenths hundredths thousandths millionths "
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
        "percentage mille permille basis point squared cubed factorial doubled tripled halved twice thrice gross "
        "kilo mega giga tera milli micro nano pico"
    ).split()
)
# Abbreviations of them; mN and MN are units.
_SHORT_SCALES = frozenset("mil mio mn bn tn bil Mil Mio Mn Bn Tn Bil BN".split())
# Words that calculate with it.
_OPERATIONS = frozenset(
    (
        "plus minus times less fewer below over divided versus vs sqrt sin cos tan cot sec csc log ln exp mod choose "
        "pi infinity infty theta alpha beta"
    ).split()
)
# Words that join it to something else.
_JOINING = frozenset(
    (
        "or and not maybe perhaps possibly either if but nor about approximately roughly by than equals e i x y z n k "
        "is are to because since as which so for we he she it they this that there therefore thus hence "
        "at except excluding excluded excludes fails fail failed without unless rejected extraneous wrong incorrect "
        "false invalid impossible never cannot was were"
    ).split()
)


def number_in(text: str) -> Number | None:
    """Read the number that a text is, all of it.

    Returns:
        The number; None if the text is anything else, or more.

    Raises:
        OverLimitError: The text or a number in it is too long, or an exponent too large.
    """
    number = plain_number_in(text) or _enclosed_number_in(text)
    if number is not None:
        return number
    if "\\" in text:
        if _NO_NUMBER.search(text):
            return None
        is_formula = text.startswith("$") and text.endswith("$", 1)
        measure = _plain_measure_in(text[1:-1] if is_formula else text)
        if measure is not None:
            return measure
    if _CALCULATES.search(text):
        return None
    number, rest = leading_number_in(text)
    return number if not rest.strip() else None


def plain_number_in(text: str) -> Number | None:
    """Read an integer, a decimal or a fraction in plain digits; None if the text is anything else."""
    if text.isdecimal() and len(text) <= _PLAIN_DIGITS:
        return Number(Fraction(int(text)))
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return None
    integer, sign, top, bottom, above, below, whole, part, digit, divisor_digit = plain.groups()
    if integer:
        return Number(Fraction(int(integer)))
    if whole:
        value = Fraction(int(whole + part), 10 ** len(part))
    else:
        divisor = int(bottom or below or divisor_digit)
        if not divisor:
            return None
        value = Fraction(int(top or above or digit), divisor)
    return Number(-value if sign else value)


def simple_number_in(text: str) -> Number | None:
    r"""Read a number in digits, such as ``102.``, ``$5$.``, ``1,\!234``, ``2\frac{1}{3}`` or ``\left(5\right)``.

    Returns:
        The number; None for any other text, which may be a number too.
    """
    return plain_number_in(text) or _enclosed_number_in(text)


def _enclosed_number_in(text: str) -> Number | None:
    """Read a plain number with signs around it, thousands, a mixed number, or a decimal that starts with its point."""
    inner = text.removesuffix(".")
    if inner.startswith("$") and inner.endswith("$", 1):
        inner = inner[1:-1].strip(" ")
    if inner.endswith("%"):
        share = plain_number_in(inner[:-1].removesuffix("\\").rstrip(" "))
        return None if share is None else Number(share.value / 100, percent=True)
    if inner != text:
        number = plain_number_in(inner)
        if number is not None:
            return number
        text = inner
    if not text.endswith(_ENDS_OF_SHAPES):
        return None
    if "," in text:
        thousands = _PLAIN_THOUSANDS.fullmatch(text)
        return Number(Fraction(int(text.translate(_SEPARATORS_OF_THOUSANDS)))) if thousands else None
    if text.startswith(("(", "\\")):
        for opening, closing in _ENCLOSING:
            if text.startswith(opening) and text.endswith(closing):
                return plain_number_in(text[len(opening) : -len(closing)])
    mixed = _PLAIN_MIXED.fullmatch(text)
    return _mixed_number(mixed) if mixed else None


def _mixed_number(match: re.Match[str]) -> Number | None:
    """Return a fraction, a mixed number or a decimal without its zero; None for a number beside another fraction."""
    sign, whole, top, top_digit, bottom, bottom_digit, part = match.groups()
    if part:
        return Number(_signed(sign, Fraction(int(part), 10 ** len(part))))
    above, below = int(top or top_digit), int(bottom or bottom_digit)
    if not below or (whole and not 0 <= above < below):
        return None
    value = Fraction(above, below)
    return Number(_signed(sign, int(whole) + value if whole else value))


def is_plain_number(text: str) -> bool:
    """Return True for a number that is an integer, a decimal or a fraction in plain digits: no option changes it."""
    return text.isdecimal() or _PLAIN.fullmatch(text) is not None


def _plain_measure_in(text: str) -> Number | None:
    r"""Read an integer in degrees or with one word as its unit, as in ``5\text{ cm}``; None for any other text."""
    found = _PLAIN_MEASURE.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"]
    if unit is None:
        return Number(Fraction(int(found[1])), unit="degree")
    if unit[0] in _SHARES or "sec" in unit or is_number_word(unit) or not _is_unit(unit, attached=False):
        return None
    return Number(Fraction(int(found[1])), unit=unit)


def leading_number_in(text: str) -> tuple[Number | None, str]:
    """Read the number that a text starts with, its unit included.

    Returns:
        The number, or None, and what follows it, cleaned of settings.

    Raises:
        OverLimitError: As ``number_in``.
    """
    return _remembered(text) if len(text) <= REMEMBERED_LIMIT_CHARACTERS else _leading(cleaned(text))


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _remembered(text: str) -> tuple[Number | None, str]:
    return _leading(cleaned(text))


def _leading(clean: str) -> tuple[Number | None, str]:
    plain = plain_number_in(clean)
    if plain is not None:
        return plain, ""
    if "," in clean and _THOUSANDS.fullmatch(clean):
        return Number(Fraction(int(clean.replace(",", "")))), ""
    number, rest = _measure(clean)
    if number is not None and number.unit and rest and not number.percent:
        for _ in range(_PARTS_LIMIT):
            larger = _with_smaller_unit(number, rest)
            if larger is None:
                break
            number, rest = larger
    return number, rest


# An hour has minutes and seconds.
_PARTS_LIMIT = 3


def _with_smaller_unit(number: Number, rest: str) -> tuple[Number, str] | None:
    """Add what a measure has in a smaller unit, such as the inches of ``5 feet 10 inches``; None if it has nothing."""
    if number.unit == "′" and _INCHES.fullmatch(rest):
        rest = f"{rest.strip()}″"
    goes_on = _GOES_ON.match(rest)
    part, behind = _measure(rest[goes_on.end() :]) if goes_on else (None, "")
    if part is None or not part.unit or part.value < 0:
        return None
    for unit, smaller in common_meanings(number.unit, part.unit):
        share = part.value * smaller.worth / unit.worth
        is_time = any(name == "s" for name, _ in unit.dimensions)
        is_joined = "and" not in goes_on[0] or is_time or is_money(number.unit)  # type: ignore[index]
        if smaller.worth < unit.worth and share < 1 and is_joined:
            value = number.value + (share if number.value >= 0 else -share)
            return Number(value, unit=number.unit), behind
    return None


def _measure(clean: str) -> tuple[Number | None, str]:
    """Read a number and what belongs to it."""
    variable = _VARIABLE.match(clean) if "=" in clean else None
    start = variable.end() if variable else 0
    currency = _CURRENCY.match(clean, start)
    sign = unit = ""
    if currency:
        sign, unit, start = currency[1], _currency(currency[2]), currency.end()
    found = _value_at(clean, start)
    if found is None:
        found = _value_in_words(clean, start)
    if found is None:
        return None, clean
    value, end = found
    number, rest = _with_suffix(-value if sign == "-" else value, clean, end)
    if unit and rest.startswith("/"):
        per = _UNIT.match(rest, 1)
        if per and _is_unit(per["words"], attached=False):
            return Number(number.value, unit=f"{unit}/{_unit_name(per['words'])}"), rest[per.end() :]
    if unit and not number.percent:
        number = Number(number.value, unit=_with_currency(unit, number.unit))
    return number, rest


def _currency(sign: str) -> str:
    return sign.replace(DOLLAR, "$").replace(" ", "").rstrip(".") if sign != "US" else "US$"


def _with_currency(currency: str, unit: str) -> str:
    """Join a currency's sign before a number and the unit behind it: ``$18 per hour``, ``$18 dollars``."""
    if not unit or any(common_meanings(currency, unit)):
        return currency
    per = unit.lower().startswith("per ")
    return f"{currency}/{unit[len('per ') :]}" if per else f"{currency} {unit}"


def _value_in_words(clean: str, start: int) -> tuple[Fraction, int] | None:
    """Read a number in words, an ordinal or a hexadecimal one."""
    minus = _MINUS.match(clean, start)
    if minus:
        found = _value_at(clean, minus.end()) or cardinal_at(clean, minus.end())
        return (-found[0], found[1]) if found and found[0] > 0 else None
    ordinal = ordinal_in(clean[start:])
    return cardinal_at(clean, start) if ordinal is None else (Fraction(ordinal), len(clean))


_MINUS = lazy_pattern(r"(?:minus|negative)\s+(?![-+])|-\s*(?=[A-Za-z]{3})", re.IGNORECASE)


def _with_suffix(value: Fraction, clean: str, end: int) -> tuple[Number, str]:
    """Read what belongs to a number behind it: a scale, a percent sign, degrees, or a unit."""
    # The first sign that is no space decides what may follow; most numbers end their text.
    sign = clean[end:].lstrip()[:1]
    if sign.isalpha() or sign == "-":
        value, end = scaled_at(clean, end, value)
        sign = clean[end:].lstrip()[:1]
    if sign.isalpha():
        return _with_words(value, clean, end)
    if sign in _SIGNS_BEHIND:
        return _with_sign(value, clean, end)
    return Number(value), clean[end:]


_SIGNS_BEHIND = frozenset("%‰^°\\\"″”'′’¢") | frozenset(_SIGNS_OF_CURRENCY) | {DOLLAR}


def _with_sign(value: Fraction, clean: str, end: int) -> tuple[Number, str]:
    """Read a sign behind a number: of percent, per mille, degrees, a currency, or primes of length."""
    share = _with_share(value, clean, end)
    if share is not None:
        return share
    degree = _DEGREE.match(clean, end)
    if degree:
        return _degrees(value, degree, clean)
    currency = _CURRENCY_BEHIND.match(clean, end)
    if currency:
        return Number(value, unit=_currency(currency[1])), clean[currency.end() :]
    if value.denominator == 1 and _ORDINAL.match(clean, end):
        return Number(value), ""
    primes = _PRIMES.match(clean, end)
    if primes:
        return Number(value, unit="″" if primes["double"] else "′"), clean[primes.end() :]
    return Number(value), clean[end:]


def _with_share(value: Fraction, clean: str, end: int) -> tuple[Number, str] | None:
    """Read a percent or per mille sign behind a number, or the words for them; None if neither stands there."""
    percent = _PERCENT.match(clean, end)
    if percent:
        return Number(value / 100, percent=True), clean[percent.end() :]
    mille = _PER_MILLE.match(clean, end)
    return (Number(value / 1000), clean[mille.end() :]) if mille else None


# The first letters of "percent" and "per mille".
_SHARES = frozenset("pP")


def _with_words(value: Fraction, clean: str, end: int) -> tuple[Number, str]:
    """Read words behind a number: percent, per mille, a unit, or the letters of an ordinal."""
    share = _with_share(value, clean, end)
    if share is not None:
        return share
    unit = _UNIT.match(clean, end)
    if unit and "sec" in unit["words"] and _ends_in_seconds(unit["words"], clean[unit.end() :]):
        return Number(value, unit=_unit_name(unit["words"])), clean[unit.end() :]
    if unit and _is_unit(unit["words"], attached=not unit["near"]):
        return Number(value, unit=_unit_name(unit["words"])), clean[unit.end() :]
    if value.denominator == 1 and _ORDINAL.match(clean, end):
        return Number(value), ""
    return Number(value), clean[end:]


_PARTS_OF_DEGREE = ((_MINUTES, Fraction(1, 60)), (_SECONDS, Fraction(1, 3_600)))


def _degrees(value: Fraction, degree: re.Match[str], clean: str) -> tuple[Number, str]:
    """Read degrees of temperature, or of an angle with its minutes and seconds."""
    if degree["scale"]:
        return Number(value, unit=f"°{degree['scale'][0]}"), clean[degree.end() :]
    end = degree.end()
    for pattern, part in _PARTS_OF_DEGREE:
        if end == len(clean):
            break
        found = pattern.match(clean, end)
        if found and Fraction(found[1]) < 60:  # noqa: PLR2004  # minutes of a degree
            value += Fraction(found[1]) * (part if value >= 0 else -part)
            end = found.end()
    return Number(value, unit="degree"), clean[end:]


def scales(word: str) -> bool:
    """Say whether a word makes another number of the one before it, as "million" and "tenths" do."""
    return word.lower() in _SCALES or word in _SHORT_SCALES


def alters(word: str) -> bool:
    """Say whether a word scales the number before it or calculates with it, as "times" does."""
    return scales(word) or word.lower() in _OPERATIONS


def joins(word: str) -> bool:
    """Say whether a word joins what stands before it to something else, as "or" and "because" do."""
    return word.lower() in _JOINING


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _is_unit(words: str, *, attached: bool) -> bool:
    parts = [part for part in _BETWEEN_NAMES.split(words.strip(".")) if part]
    raised = [part for part in parts[1:] if part not in {"squared", "cubed"}]
    names_units = not any(alters(part) or _joins_unit(part) for part in (parts[0], *raised)) or parts == ["times"]
    if attached:
        return names_units and parts[0] in ATTACHED_TO_NUMBERS
    return names_units and (len(parts[0]) > 1 or parts[0] in SINGLE_LETTERS)


def _ends_in_seconds(words: str, behind: str) -> bool:
    """Say whether "sec" is a unit and no secant: it is the last word, and nothing follows that it could be of."""
    head, slash, last = words.rpartition("/") if "/" in words else words.rpartition(" ")
    is_last = last.strip(" .") == "sec" and not behind.strip(" .,;!)")
    return is_last and (not head.strip() or (slash == "/" and _is_unit(head, attached=False)))


def _joins_unit(part: str) -> bool:
    """Say whether a word is none of a unit; capital letters such as N and K are units."""
    return part in _JOINING or (len(part) > 1 and part.lower() in _JOINING)


def _unit_name(words: str) -> str:
    """Return a unit's text without the spaces and braces that do not matter."""
    return (
        " ".join(words.replace("\\cdot", " ").replace("{", "").replace("}", "").split())
        .replace(" ^", "^")
        .replace("^ ", "^")
    )


def _value_at(clean: str, start: int) -> tuple[Fraction, int] | None:
    """Read a number without its suffix, the longest form first."""
    integer = _INTEGER_ALONE.match(clean, start)
    if integer:
        return Fraction(int(integer[0])), integer.end()
    if clean.startswith("0x", start):
        found = _HEXADECIMAL.match(clean, start)
        return (Fraction(int(found[0], 16)), found.end()) if found and not clean[found.end() :].strip() else None
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


_SEPARATORS = str.maketrans(dict.fromkeys(",'’ \u2009\u202f"))


def _decimal(text: str) -> Fraction:
    """Read a decimal with separators; never through a float."""
    plain = text.translate(_SEPARATORS)
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
