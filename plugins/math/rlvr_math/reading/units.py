"""Units and what they are worth in the base units of their dimension, exactly.

Sources: SI brochure, 9th edition (prefixes, non-SI units accepted); NIST Special Publication 811, appendix B (the
international foot, pound and gallon, exact by definition).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

import msgspec


class Unit(msgspec.Struct, frozen=True):
    """A unit's worth in base units and its dimensions, such as (("length", 2),); unknown ones are their own."""

    worth: Fraction
    dimensions: tuple[tuple[str, int], ...]


# By dimension, the names of each unit and its worth. A name with a star may follow a digit without a space; other
# letters beside a digit are factors, as in 5x. Names are compared in lower case and without the plural's s.
_TABLE = {
    "length": {
        "m meter metre": "1", "cm* centimeter centimetre": "1/100", "mm* millimeter millimetre": "1/1000",
        "dm decimeter decimetre": "1/10", "km* kilometer kilometre": "1000", "nm* nanometer nanometre": "1/1000000000",
        "in inch inche": "254/10000", "ft* foot feet": "3048/10000", "yd* yard": "9144/10000",
        "mi* mile": "1609344/1000",
    },
    "mass": {
        "g gram gramme": "1", "kg* kilogram": "1000", "mg* milligram": "1/1000", "t tonne ton": "1000000",
        "lb* lbs* pound": "45359237/100000", "oz* ounce": "45359237/1600000",
    },
    "time": {
        "s sec second seconds*": "1", "ms millisecond": "1/1000", "min* minute minutes*": "60",
        "h hr* hrs* hour hours*": "3600", "day days*": "86400", "week": "604800",
    },
    "volume": {
        "l liter litre": "1/1000", "ml* mL* milliliter millilitre": "1/1000000", "cl* centiliter": "1/100000",
        "dl* deciliter": "1/10000", "gal gallon": "3785411784/1000000000000", "quart": "946352946/1000000000000",
    },
    "money": {"dollar usd buck": "1", "cent ¢": "1/100"},
}  # fmt: skip
# Names that may follow a digit, of units that are equal to themselves only.
_OTHERS_ATTACHED = "kW kWh MW Hz kHz MHz GHz GB MB kB mph kph am pm years"
_ATTACHED = frozenset(
    [
        *(name[:-1] for units in _TABLE.values() for names in units for name in names.split() if name.endswith("*")),
        *_OTHERS_ATTACHED.split(),
    ]
)
# In expressions "in" is a word.
ATTACHED_TO_NUMBERS = _ATTACHED | {"in"}
# Numbers leave these to the rules of trees, which know that degrees and percent signs have a value.
ATTACHED_IN_TREES = _ATTACHED | frozenset("dm sec AM PM rad deg degrees percent pct Nm kN kJ kPa Pa".split())
_MANY = {"volume": ("length", 3)}
_UNITS = {
    name.removesuffix("*").lower(): Unit(Fraction(worth), (_MANY.get(dimension, (dimension, 1)),))
    for dimension, units in _TABLE.items()
    for names, worth in units.items()
    for name in names.split()
}
# Words that count what is asked for and say nothing of it.
_EMPTY = frozenset("unit units unit2 unit3".split())
_SHORT = {"mph": "mile/hour", "kph": "km/hour", "kmh": "km/hour", "fps": "ft/s", "mps": "m/s"}
_PART = re.compile(r"(square|cubic|sq|cu)?\.?\s*([A-Za-z¢]+)\.?\s*(?:\^?\s*\{?(-?[1-9])\}?)?\s*(squared|cubed)?")
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "squared": 2, "cubed": 3, "": 1}


@lru_cache(maxsize=1_024)
def unit_in(text: str) -> Unit:
    """Read a unit; one that is not known is equal to itself only."""
    text = text.lower().strip()
    top, *below = _SHORT.get(text, text).replace(" per ", "/").replace(" an hour", "/hour").split("/")
    unit = _multiplied(top, Unit(Fraction(1), ()), 1)
    for part in below:
        unit = _multiplied(part, unit, -1)
    return unit


def _multiplied(text: str, unit: Unit, sign: int) -> Unit:
    dimensions = dict(unit.dimensions)
    worth = unit.worth
    for match in _PART.finditer(text):
        before, name, exponent, behind = match.groups()
        power = sign * _POWERS[before or ""] * _POWERS[behind or ""] * int(exponent or 1)
        if name in _EMPTY:
            continue
        known = _UNITS.get(name) or _UNITS.get(name.removesuffix("s"))
        worth *= known.worth**power if known else 1
        for dimension, times in known.dimensions if known else ((name.removesuffix("s"), 1),):
            dimensions[dimension] = dimensions.get(dimension, 0) + times * power
    return Unit(worth, tuple(sorted((name, times) for name, times in dimensions.items() if times)))
