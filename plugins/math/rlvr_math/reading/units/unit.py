"""Read a unit's text: ``km/h``, ``kg m^2 s^{-2}``, ``square feet``, ``degrees Celsius``.

Symbols are read by their case, so that ``MPa`` is not ``mPa``; names in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from typing import TypeAlias

import msgspec

from rlvr import lazy_pattern
from rlvr_math.reading.units.table import (
    BINARY_NAMES,
    BINARY_PREFIXES,
    EMPTY,
    IGNORED_LETTERS,
    MONEY,
    PHRASES,
    PREFIX_NAMES,
    PREFIXES,
    TABLE,
    TEMPERATURES,
)

Dimensions: TypeAlias = tuple[tuple[str, int], ...]


class Unit(msgspec.Struct, frozen=True):
    """A unit's worth in base units, its dimensions, such as (("m", 2),), and the base units of its zero.

    A name that is not known is a dimension of its own.
    """

    worth: Fraction
    dimensions: Dimensions
    offset: Fraction = Fraction(0)


class _Tables(msgspec.Struct, frozen=True):
    """Units by symbol and by name; ``prefixed`` names those that take prefixes, with the powers that they take."""

    symbols: dict[str, list[Unit]]
    names: dict[str, list[Unit]]
    prefixed: dict[str, str]


_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "squared": 2, "cubed": 3, "": 1}
_LETTERS = r"[^\W\d_°]|[°¢$€£¥₹₽₩]"
_FACTOR = lazy_pattern(
    rf"(?:(?P<before>square|cubic|sq|cu)\b\.?\s*)?(?P<name>(?:{_LETTERS})+)\.?\s*"
    r"(?:\^?\s*[({]?\s*(?P<power>[-+]?[1-9])(?![\d.])\s*[)}]?|(?P<behind>squared|cubed)\b)?",
    re.IGNORECASE,
)
_DIVIDED = lazy_pattern(r"\s*/\s*|\bper\b|\ban\s+(?=hour)", re.IGNORECASE)
# Letters of the Greek and of the symbols' block that look the same.
_SAME_SIGNS = str.maketrans({"μ": "µ", "\u2126": "Ω", "\u212b": "Å", "\u212a": "K", "·": " ", "⋅": " ", "*": " "})
_SPLIT_PREFIX = lazy_pattern(r"(?<![^\W\d_])(k|K|M|G|m|µ)\s+(?=Ω)|(?<![^\W\d_])µ\s+(?=[A-Za-zΩ])")
_UNKNOWN_UNIT = Fraction(1)
# A unit's text is short; a longer one is equal to itself only.
UNIT_LIMIT_CHARACTERS = 100
_LONGEST_PREFIX = 2
_MEANINGS_LIMIT = 3


@lru_cache(maxsize=2_048)
def meanings_of(text: str) -> tuple[Unit, ...]:
    """Read a unit; several meanings if its name has several, as "pound" and "cent" have.

    Returns:
        At least one; a unit that is not known is equal to itself only.
    """
    text = _normalized(text)
    if len(text) > UNIT_LIMIT_CHARACTERS:
        return (Unit(_UNKNOWN_UNIT, ((text, 1),)),)
    alone = tuple(_alone(text)) or (_product(text),)
    # Textbooks write metres per second as ms^-1, which is also a millisecond's inverse.
    return (*alone, _product(text.replace("ms", "m s"))) if text.startswith("ms^-") else alone


def common_meanings(one: str, other: str) -> Iterator[tuple[Unit, Unit]]:
    """Return the meanings of two units that have the same dimensions."""
    for unit in meanings_of(one):
        for another in meanings_of(other):
            if unit.dimensions == another.dimensions:
                yield unit, another


def is_money(text: str) -> bool:
    """Say whether a unit is an amount of money and nothing per hour or per piece."""
    return any(len(unit.dimensions) == 1 and unit.dimensions[0] in _AMOUNTS for unit in meanings_of(text))


_AMOUNTS = frozenset((name, 1) for name in MONEY)


@lru_cache(maxsize=512)
def is_ignorable(text: str) -> bool:
    """Say whether a unit may stand behind a value where the reference has none.

    Letters with powers or side by side may be factors, as in ``5 t^2``: they may not.
    """
    factors = [(match["name"], match["power"]) for match in _FACTOR.finditer(_normalized(text))]
    letters = [name for name, _ in factors if len(name) == 1 and name.isalpha() and name < _FIRST_WORD_OF_ONE_SIGN]
    if not letters or "/" in text or " per " in text:
        return True
    if text in _PRODUCTS:
        return True
    if len(factors) > 1:
        return len(letters) < len(factors)
    return letters[0] in IGNORED_LETTERS and (factors[0][1] is None or letters[0] == "m")


@lru_cache(maxsize=512)
def is_counted(text: str) -> bool:
    """Say whether a unit is a noun for what is counted, as "people", and no unit of measurement.

    Such a noun converts to nothing, so that the number alone says as much.
    """
    (unit, *others) = meanings_of(text)
    names = [name for name, power in unit.dimensions if power == 1]
    are_words = all(len(name) >= _LEAST_NOUN or name[0] >= _FIRST_WORD_OF_ONE_SIGN for name in names)
    is_known = any(next(_named(name), None) or name in MONEY for name in names)
    return not others and 0 < len(names) == len(unit.dimensions) and are_words and unit.worth == 1 and not is_known


# The letters of "rd" and "th" are marks of a number.
_LEAST_NOUN = 3
# From here on, one sign of a script may be a word, such as the Chinese word for a piece.
_FIRST_WORD_OF_ONE_SIGN = "\u3040"
_PRODUCTS = frozenset({"N m", "N s", "A h", "W h", "V A", "A s", "C m", "J s"})


def _normalized(text: str) -> str:
    text = " ".join(text.translate(_SAME_SIGNS).strip(" .").split())
    text = _SPLIT_PREFIX.sub(lambda match: (match[1] or "µ").replace("K", "k"), text)
    if " " not in text and "-" not in text:
        return text
    words = text.replace("-", " ") if "^" not in text and "{" not in text else text
    lower = words.lower()
    for phrase, name in PHRASES.items():
        place = lower.find(phrase)
        if place >= 0 and lower[place - 1 : place] in {"", " ", "/"}:
            end = place + len(phrase)
            end += lower.startswith("s", end)
            if not lower[end : end + 1].isalpha():
                return f"{words[:place]}{name}{words[end:]}".strip()
    return words


def _alone(text: str) -> Iterator[Unit]:
    """Find every meaning of a text that is one name."""
    for name in (text, text.lower()):
        if name in TEMPERATURES:
            worth, zero = TEMPERATURES[name]
            yield Unit(_fraction(worth), (("K", 1),), _fraction(zero))
            break
    yield from _named(text)


def _product(text: str) -> Unit:
    top, *below = _DIVIDED.split(text)
    dimensions: dict[str, int] = {}
    worth = _times(top, dimensions, 1)
    for part in below:
        worth *= _times(part, dimensions, -1)
    return Unit(worth, _ordered(dimensions))


def _times(text: str, dimensions: dict[str, int], sign: int) -> Fraction:
    """Multiply the factors of a text: their dimensions are added to ``dimensions``, their worth is returned."""
    worth = Fraction(1)
    for match in _FACTOR.finditer(text):
        name = match["name"]
        power = sign * _POWERS[(match["before"] or match["behind"] or "").lower()] * int(match["power"] or 1)
        if name.lower() in EMPTY:
            continue
        unit = (
            next(_named(name), None)
            or _side_by_side(name)
            or _temperature_step(name)
            or Unit(_UNKNOWN_UNIT, ((_singular(name), 1),))
        )
        worth *= unit.worth**power
        for dimension, times in unit.dimensions:
            dimensions[dimension] = dimensions.get(dimension, 0) + times * power
    return worth


_SIDE_BY_SIDE = lazy_pattern(r"(kg|[NJWVAC])(m|s|K|h)")


def _side_by_side(name: str) -> Unit | None:
    """Read two symbols without a space, such as ``kgm`` and ``Js``."""
    found = _SIDE_BY_SIDE.fullmatch(name)
    return _product(f"{found[1]} {found[2]}") if found else None


def _temperature_step(name: str) -> Unit | None:
    """Return a degree of temperature in a product, such as J/(kg °C), which has no zero."""
    known = TEMPERATURES.get(name) or TEMPERATURES.get(name.lower())
    return Unit(_fraction(known[0]), (("K", 1),)) if known else None


def _singular(name: str) -> str:
    if len(name) == 1:
        return name
    name = name.lower()
    return name.removesuffix("s") if len(name) > len("gas") else name


def _named(name: str) -> Iterator[Unit]:
    """Find the meanings of a name: a symbol as written, a name in any case, a symbol in the only other case."""
    tables = _tables()
    found = list(_by_symbol(name, tables))
    if not found or name in tables.symbols:
        found += _by_name(name.lower(), tables)
    if not found and len(name) > 1:
        found = _by_case(name)
    yield from found[:_MEANINGS_LIMIT]


def _by_symbol(name: str, tables: _Tables) -> Iterator[Unit]:
    yield from tables.symbols.get(name, ())
    for length in (1, _LONGEST_PREFIX):
        prefix, symbol = name[:length], name[length:]
        kind = tables.prefixed.get(symbol, "")
        if prefix in PREFIXES and kind and symbol in tables.symbols:
            yield from _scaled(tables.symbols[symbol], Fraction(10) ** PREFIXES[prefix])
        elif prefix in BINARY_PREFIXES and kind == "~~" and symbol in tables.symbols:
            yield from _scaled(tables.symbols[symbol], Fraction(1024) ** BINARY_PREFIXES[prefix])


def _by_name(name: str, tables: _Tables) -> list[Unit]:
    for form in dict.fromkeys((name, name.removesuffix("s"), name.removesuffix("es"))):
        if form in tables.names:
            return tables.names[form]
        for prefixes, base, kinds in ((PREFIX_NAMES, 10, ("~", "~~")), (BINARY_NAMES, 1024, ("~~",))):
            for prefix, power in prefixes.items():
                rest = form.removeprefix(prefix)
                if rest != form and rest in tables.names and tables.prefixed.get(f"name {rest}") in kinds:
                    return list(_scaled(tables.names[rest], Fraction(base) ** power))
    return []


def _by_case(name: str) -> list[Unit]:
    """Find a symbol in another case, as in ``KG``: the only one, or the only one that starts with the same letter."""
    spellings = _spellings().get(name.lower(), ())
    if len(spellings) > 1:
        spellings = tuple(each for each in spellings if each[0] == name[0])
    return list(_by_symbol(spellings[0], _tables())) if len(spellings) == 1 else []


def _scaled(units: list[Unit], factor: Fraction) -> Iterator[Unit]:
    for unit in units:
        yield Unit(unit.worth * factor, unit.dimensions)


@cache
def _tables() -> _Tables:
    tables = _Tables({}, {}, {})
    for line in TABLE.strip().splitlines():
        worth, base, symbols, names = (part.strip() for part in line.split("|"))
        unit = Unit(_fraction(worth), _dimensions(base))
        for written, table, kind in ((symbols, tables.symbols, ""), (names, tables.names, "name ")):
            for each in written.split():
                name = each.rstrip("~")
                table.setdefault(name, []).append(unit)
                if name != each:
                    tables.prefixed[kind + name] = each[len(name) :]
    return tables


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Return all symbols of two letters and more by their lower case."""
    tables = _tables()
    all_symbols = set(tables.symbols)
    all_symbols |= {
        prefix + symbol
        for symbol, kind in tables.prefixed.items()
        if " " not in symbol
        for prefix in (*PREFIXES, *(BINARY_PREFIXES if kind == "~~" else ()))
    }
    found: dict[str, tuple[str, ...]] = {}
    for symbol in sorted(all_symbols):
        if len(symbol) > 1:
            found[symbol.lower()] = (*found.get(symbol.lower(), ()), symbol)
    return found


def _dimensions(base: str) -> Dimensions:
    found: dict[str, int] = {}
    for each in base.split():
        name = each.rstrip("-0123456789")
        found[name] = int(each[len(name) :] or 1)
    return _ordered(found)


def _ordered(dimensions: dict[str, int]) -> Dimensions:
    return tuple(sorted((name, times) for name, times in dimensions.items() if times))


def _fraction(text: str) -> Fraction:
    """Read a worth, such as ``1852/3600`` and ``459.67*5/9``."""
    above, *below = text.split("/")
    value = Fraction(1)
    for factor in above.split("*"):
        value *= Fraction(factor)
    for divisor in below:
        value /= Fraction(divisor)
    return value
