"""Units: the table, conversions, and what must never be converted."""

import os
import re
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr_math import grade, verify
from rlvr_math.reading.numbers import number_in
from rlvr_math.reading.units import common_meanings, is_ignorable, is_money, meanings_of
from rlvr_math.reading.units.table import BINARY_PREFIXES, PREFIX_NAMES, PREFIXES, TABLE

LONG = os.environ.get("RLVR_LONG") == "1"
PREFIXED = [
    symbol.rstrip("~")
    for line in TABLE.strip().splitlines()
    for symbol in line.split("|")[2].split()
    if symbol.endswith("~")
]
NAMED = [
    name.rstrip("~") for line in TABLE.strip().splitlines() for name in line.split("|")[3].split() if name.endswith("~")
]
# What pint calls our units where its name of ours is another unit.
PINT_NAMES = {
    "Cal": "kilocalorie", "mmHg": "torr", "C": "coulomb", "F": "farad", "h": "hour", "ton": "metric_ton", "t": "tonne",
    "pt": "pint", "b": "bit", "B": "byte", "hp": "mechanical_horsepower",
}  # fmt: skip
# Lengths by the survey foot, a barrel of beer, and names that are another unit's in pint.
NOT_COMPARED = frozenset("furlong fathom acre bbl barrel kilos kt Nm ftlb gauss".split())
SI = frozenset("m kg s A K mol cd bit".split())
SYMBOLS = st.sampled_from([*PREFIXED, *(prefix + unit for prefix in PREFIXES for unit in ("m", "g", "s", "W", "Pa"))])


def test_units_are_worth_what_a_units_library_says() -> None:
    """Every symbol and name of the table that pint knows; it calculates with floats."""
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry()
    compared = 0
    for line in TABLE.strip().splitlines():
        _, base, symbols, names = (part.strip() for part in line.split("|"))
        if not SI.issuperset(re.sub(r"[-\d]", "", base).split()):
            continue
        target = "*".join(re.sub(r"^([A-Za-z]+)(-?\d+)$", r"\1**\2", part) for part in base.split())
        for written in (*symbols.split(), *names.split()):
            name = written.rstrip("~")
            if not name.isalpha() or name in NOT_COMPARED:
                continue
            for prefix in ("", "k", "µ") if name != written and written in symbols.split() else ("",):
                try:
                    theirs = registry(prefix + PINT_NAMES.get(name, name)).to(target).magnitude
                except pint.UndefinedUnitError:
                    continue
                ours = [float(unit.worth) for unit in meanings_of(prefix + name)]
                compared += 1
                assert any(each == pytest.approx(theirs, rel=1e-9) for each in ours), (prefix + name, ours, theirs)

    assert compared > 200, compared


UNITS = ("m", "g", "s", "W", "Pa", "Hz", "V", "J", "Ω")


@pytest.mark.each(
    ("place", "one", "other"), [(place, *pair) for place, pair in enumerate(combinations(sorted(PREFIXES), 2))]
)
def test_another_prefix_is_never_equal(place: int, one: str, other: str) -> None:
    """With the units of SI; without the long rounds each pair of prefixes has one unit."""
    for unit in UNITS if LONG else UNITS[place % len(UNITS) :][:1]:
        is_same = {one, other} == {"u", "µ"}

        assert verify(f"5 {one}{unit}", f"5 {other}{unit}").correct == is_same, (one, other, unit)
        assert not verify(f"5 {one}{unit}", f"5 {unit}").correct
        assert not verify(f"5 {unit}", f"5 {one}{unit}").correct


# Letters and words alone are no units ("1 as"); a symbol of several meanings has several dimensions.
WORDS = {"b", "B", "as"}
PLAIN_SYMBOLS = SYMBOLS.filter(lambda symbol: symbol not in WORDS and len(meanings_of(symbol)) == 1)


@given(
    value=st.fractions(min_value=-1000, max_value=1000),
    one=PLAIN_SYMBOLS,
    other=PLAIN_SYMBOLS,
)
def test_conversion_there_and_back_is_exact(value: Fraction, one: str, other: str) -> None:
    """Units of one dimension convert; units of two never do."""
    dimensions = meanings_of(one)[0].dimensions, meanings_of(other)[0].dimensions
    pairs = list(common_meanings(one, other))
    if dimensions[0] != dimensions[1]:
        same = [pair for pair in pairs if pair[0].dimensions == dimensions[0] == pair[1].dimensions]
        assert not same
        return
    unit, another = pairs[0]
    converted = (value * unit.worth + unit.offset - another.offset) / another.worth

    assert (converted * another.worth + another.offset - unit.offset) / unit.worth == value
    assert verify(f"{value} {one}", f"{converted} {other}").correct
    assert not verify(f"{value} {one}", f"{converted + 1} {other}").correct


@given(value=st.integers(1, 999), name=st.sampled_from(NAMED), prefix=st.sampled_from(sorted(PREFIX_NAMES)))
def test_names_are_read_in_any_case_and_number(value: int, name: str, prefix: str) -> None:
    """``Kilometres`` and ``kilometre``; a word before a unit that is no prefix makes another unit."""
    full = prefix + name
    for form in (full, full.capitalize(), f"{full}s", full.upper()):
        assert verify(f"{value} {full}", f"{value} {form}").correct, form
    assert not verify(f"{value} {full}", f"{value} {name}").correct
    assert not verify(f"{value} {full}", f"{value} super{name}").correct


@pytest.mark.parametrize("unit", ["m", "s", "kg", "N", "Pa", "J", "W", "mol", "K"])
@given(power=st.integers(-3, 3).filter(bool), other=st.integers(-3, 3).filter(bool))
def test_powers_are_dimensions(unit: str, power: int, other: int) -> None:
    """In every way of writing them."""
    forms = [f"5 {unit}^{power}", f"5 {unit}^{{{power}}}", rf"5\ \mathrm{{{unit}}}^{{{power}}}"]
    if power > 0:
        forms.append(f"5 /{unit}^{power}".replace("5 /", "5 1/") if power < 0 else f"5 {unit}{'⁰¹²³'[power]}")
    for form in forms:
        assert verify(forms[0], form).correct, form
        assert verify(f"5 {unit}^{other}", form).correct == (power == other), form


@pytest.mark.each(
    ("one", "equal", "different"),
    [
        ("Mpa", "MPa", "mPa"),
        ("KG", "kg", "g"),
        ("Km", "km", "Mm"),
        ("KHZ", "kHz", "MHz"),
        ("MM", "Mm", "mm"),
        ("MIN", "min", "s"),
        ("kwh", "kWh", "Wh"),
        ("Gb", "Gbit", "GB"),
        ("KB", "kB", "kb"),
        ("L", "l", "mL"),
        ("tons", "t", "kg"),
        ("tons", "short tons", "lb"),
        ("oz", "ounces", "lb"),
        ("fl oz", "fluid ounces", "oz"),
        ("light-years", "ly", "light years per hour"),
        ("°C", "degrees celsius", "K"),
        ("N·m", "J", "N"),
        ("W/(m^2 K)", "W m^-2 K^-1", "W/m^2"),
        ("J/(kg °C)", "J/(kg K)", "J/kg"),
        ("rpm", "revolutions per minute", "Hz"),
        ("pm", "picometers", "am"),
        ("¥", "yen", "$"),
        ("¥", "yuan", "€"),
        ("cents", "¢", "dollars"),
        ("square units", "units", "m"),
    ],
)
def test_units_are_read_as_people_write_them(one: str, equal: str, different: str) -> None:
    """A symbol in the wrong case is the only one of its letters, or the only one that starts alike."""
    assert any(unit == other for unit, other in common_meanings(one, equal)), meanings_of(one)
    assert not any(unit == other for unit, other in common_meanings(one, different)), meanings_of(different)


@pytest.mark.each(
    ("unit", "ignorable"),
    [
        *((unit, True) for unit in ("km", "m", "m^2", "apples", "m/s", "N m", "kg m^2")),
        *((unit, False) for unit in ("t^2", "T", "g h", "M", "m s", "x^2")),
    ],
)
def test_letters_that_may_be_factors_are_not_ignored(unit: str, ignorable: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """A reference without a unit takes one that can be nothing else."""
    assert is_ignorable(unit) == ignorable
    assert verify("5", f"5 {unit}").correct == ignorable


def test_money_may_be_left_out_and_a_rate_may_not() -> None:
    """A price per hour is another thing than a price."""
    assert [unit for unit in ("$", "euros", "pounds", "cents", "dollars per hour", "kg") if is_money(unit)] == [
        "$", "euros", "pounds", "cents",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (r"\$5", "$"),
        ("$5", "$"),
        ("$5$", ""),
        (r"$\$5$", "$"),
        ("5$", "$"),
        ("5 €", "€"),
        ("US$5", "US$"),
        ("Rs. 5", "Rs"),
    ],
)
def test_one_dollar_sign_is_money_and_a_pair_is_tex(text: str, unit: str) -> None:
    """An escaped one is always money."""
    number = number_in(text)

    assert number is not None
    assert (number.value, number.unit) == (Fraction(5), unit)


def test_binary_prefixes_belong_to_data() -> None:
    """A kibimetre is no unit."""
    for prefix, power in BINARY_PREFIXES.items():
        assert meanings_of(f"{prefix}B")[0].worth == 8 * 1024**power
        assert meanings_of(f"{prefix}m")[0].dimensions != meanings_of("m")[0].dimensions


@pytest.mark.parametrize("word", ["kilo", "mega", "dozen", "million", "percent of", "squared", "times x", "k"])
def test_a_word_that_alters_a_value_is_no_unit(word: str) -> None:
    """It is never ignored."""
    assert not grade("5", rf"\boxed{{5 {word}}}").correct
    assert not grade("5", rf"\boxed{{5 \text{{ {word}}}}}").correct


def test_a_unit_that_is_too_long_is_equal_to_itself_only() -> None:
    """A completion cannot make the reader of units work."""
    long = "m " * 2_000

    assert meanings_of(long)[0].dimensions[0][0].startswith("m m")
    assert not re.search("m m m", str(meanings_of("m m")))


@pytest.mark.each("listed", ["(30,60)", "1, 2", "(0,9)", "[46, \\infty)", "30^\\circ, 60^\\circ", "f(x)=x, f(x)=-x"])
@pytest.mark.each("value", ["60^\\circ", "96\\%", "5\\text{ cm}", "101_2", "2 \\pmod 5"])
def test_one_value_with_a_unit_is_no_list(listed: str, value: str) -> None:
    """Either way the answer differs, and nothing is asked for ever."""
    assert [verify(*sides).status for sides in ((listed, value), (value, listed))] == ["incorrect", "incorrect"]
