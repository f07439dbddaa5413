"""The table of units: SI with its prefixes, everyday, imperial, data and money.

Sources: SI brochure, 9th edition (units, prefixes, non-SI units accepted); NIST Special Publication 811, appendix B
(the international foot, pound and gallon, exact by definition); IEC 80000-13 (binary prefixes).
A units library is not imported here: ``pint`` takes 0.2 s to import and calculates with floats. The tests compare this
table with pint's.
"""

# Powers of ten by the symbol of a prefix. "u" is how a keyboard without the micro sign writes it.
PREFIXES = {
    "Q": 30, "R": 27, "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1,
    "c": -2, "m": -3, "µ": -6, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24, "r": -27, "q": -30,
}  # fmt: skip
PREFIX_NAMES = {
    "quetta": 30, "ronna": 27, "yotta": 24, "zetta": 21, "exa": 18, "peta": 15, "tera": 12, "giga": 9, "mega": 6,
    "kilo": 3, "hecto": 2, "deca": 1, "deka": 1, "deci": -1, "centi": -2, "milli": -3, "micro": -6, "nano": -9,
    "pico": -12, "femto": -15, "atto": -18, "zepto": -21, "yocto": -24, "ronto": -27, "quecto": -30,
}  # fmt: skip
# Powers of 1,024, for units of data only.
BINARY_PREFIXES = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
BINARY_NAMES = {"kibi": 1, "mebi": 2, "gibi": 3, "tebi": 4, "pebi": 5, "exbi": 6}

# A line a unit: its worth | in base units | symbols, by their case | names, in any case and with the plural's s.
# A symbol or a name with ~ takes SI prefixes, with ~~ binary ones too.
# A symbol or name in several lines has several meanings; the first line is the one in products.
TABLE = """
1 | m | m~ | meter~ metre~
0.0254 | m | ″ | in inch inche
0.3048 | m | ′ | ft foot feet
0.9144 | m | | yd yard
1609.344 | m | | mi mile
1852 | m | | nmi nauticalmile
201.168 | m | | furlong
1.8288 | m | | fathom
0.000001 | m | | micron
0.0000000001 | m | Å | angstrom ångström
149597870700 | m | | au astronomicalunit
9460730472580800 | m | | ly lightyear
1 | parsec | pc~ | parsec~
10000 | m2 | | ha hectare
4046.8564224 | m2 | | acre
0.001 | m3 | L~ l~ | liter~ litre~
0.000001 | m3 | | cc ccm
0.003785411784 | m3 | | gal gallon
0.000946352946 | m3 | | qt quart
0.000473176473 | m3 | | pt pint
0.0002365882365 | m3 | | cup
0.0000295735295625 | m3 | | floz fluidounce
0.00001478676478125 | m3 | | tbsp tablespoon
0.00000492892159375 | m3 | | tsp teaspoon
0.158987294928 | m3 | | bbl barrel
0.001 | kg | g~ | gram~ gramme~ gm
1 | kg | | kilos
1000 | kg | t | tonne~ ton metricton
907.18474 | kg | | ton shortton
1000000 | kg | kt |
1000000000 | kg | Mt |
1000000000000 | kg | Gt |
0.45359237 | kg | | lb pound
0.028349523125 | kg | | oz ounce
6.35029318 | kg | | stone
0.00006479891 | kg | | grain
0.0002 | kg | | ct carat
1 | dalton | Da~ u | dalton~ amu
1 | s | s~ | sec second~
60 | s | | min minute
3600 | s | h | hr hour
86400 | s | d | day
604800 | s | | wk week
1209600 | s | | fortnight
1 | year | | month
12 | year | | yr year
12000 | year | kyr |
12000000 | year | Myr |
12000000000 | year | Gyr |
120 | year | | decade
1200 | year | | century centurie
1 | s-1 | Hz~ | hertz~
1 | decay s-1 | Bq~ | becquerel~
37000000000 | decay s-1 | Ci~ | curie~
1 | m2 s-2 | Gy~ Sv~ | gray~ sievert~
1 | turn | | rev revolution turn
1/60 | turn s-1 | | rpm
1 | rad | | rad radian~
0.001 | rad | mrad |
1 | sr | sr~ | steradian~
1 | degree | ° | deg degree
1/60 | degree | ′ | arcmin arcminute
1/3600 | degree | ″ | arcsec arcsecond
1 | m s-1 | | mps
1609.344/0.003785411784 | m-2 | | mpg
1/3.6 | m s-1 | | kph kmh
0.44704 | m s-1 | | mph
0.3048 | m s-1 | | fps
1852/3600 | m s-1 | kn | knot kts
1 | kg m s-2 | N~ | newton~
0.00001 | kg m s-2 | dyn | dyne
4.4482216152605 | kg m s-2 | | lbf poundforce
9.80665 | kg m s-2 | | kgf kilogramforce
1 | kg m-1 s-2 | Pa~ | pascal~
100000 | kg m-1 s-2 | bar~ | bar~
101325 | kg m-1 s-2 | atm | atmosphere
101325/760 | kg m-1 s-2 | mmHg Torr | torr mmhg
4.4482216152605/0.00064516 | kg m-1 s-2 | | psi
1 | kg m2 s-2 | J~ Nm~ | joule~
0.000000000000000000160217663400 | kg m2 s-2 | eV~ | electronvolt~
4.184 | kg m2 s-2 | cal~ | calorie~
4184 | kg m2 s-2 | Cal |
3600 | kg m2 s-2 | Wh~ | watthour~
0.0000001 | kg m2 s-2 | | erg
1055.05585262 | kg m2 s-2 | | btu
1.3558179483314004 | kg m2 s-2 | | footpound ftlb
1 | kg m2 s-3 | W~ VA~ | watt~
745.69987158227022 | kg m2 s-3 | hp | horsepower
1 | A | A~ | ampere~ amp~
1 | A s | C~ | coulomb~
3600 | A s | Ah~ | amperehour~ amphour~
1 | kg m2 s-3 A-1 | V~ | volt~
1 | kg m2 s-3 A-2 | Ω~ | ohm~
1 | kg-1 m-2 s3 A2 | S~ | siemens~
1 | kg-1 m-2 s4 A2 | F~ | farad~
1 | kg m2 s-2 A-2 | H~ | henry~ henrie~
1 | kg m2 s-2 A-1 | Wb~ | weber~
1 | kg s-2 A-1 | T~ | tesla~
0.0001 | kg s-2 A-1 | | gauss~
1 | K | K~ | kelvin~
1 | mol | mol~ | mole~
1000 | mol m-3 | M | molar~
1 | mol m-3 | mM |
0.001 | mol m-3 | µM uM |
0.000001 | mol m-3 | nM |
1 | mol s-1 | kat~ | katal~
1 | cd | cd~ | candela~
1 | cd sr | lm~ | lumen~
1 | cd sr m-2 | lx~ | lux
1 | bit | b~~ bit~~ | bit~~
8 | bit | B~~ | byte~~
8000 | bit | KB |
1 | bit s-1 | bps~ |
1 | decibel | dB | decibel
1 | dioptre | | dioptre diopter
1 | ppm | ppm |
1 | ppb | ppb |
1 | am | am AM |
1 | pm | pm PM |
1 | dollar | $ US$ | usd dollar buck
0.01 | dollar | ¢ | cent
1 | euro | € | eur euro
0.01 | euro | | cent eurocent
1 | sterling | £ | gbp pound quid
0.01 | sterling | | pence penny pennie
1 | yen | ¥ | jpy yen
1 | yuan | ¥ | cny rmb yuan renminbi
1 | rupee | ₹ Rs | inr rupee rs
0.01 | rupee | | paisa paise
1 | franc | | chf franc
1 | rouble | ₽ | rub rouble ruble
1 | won | ₩ | krw won
1 | real | R$ | brl
1 | australian | A$ AU$ | aud
1 | canadian | C$ CA$ | cad
1 | hongkong | HK$ | hkd
1 | singapore | S$ | sgd
"""
MONEY = frozenset(
    ("dollar euro sterling yen yuan rupee franc rouble won real australian canadian hongkong singapore").split()
)
# Temperatures with an offset, alone: a kelvin's worth and the kelvins of their zero.
TEMPERATURES = {
    "°C": ("1", "273.15"), "C": ("1", "273.15"), "celsius": ("1", "273.15"), "centigrade": ("1", "273.15"),
    "°F": ("5/9", "459.67*5/9"), "F": ("5/9", "459.67*5/9"), "fahrenheit": ("5/9", "459.67*5/9"),
}  # fmt: skip
# Names of several words, in lower case; the plural's s and hyphens are taken away first.
PHRASES = {
    "years old": "year", "year old": "year", "years of age": "year",
    "light year": "ly", "nautical mile": "nmi", "fluid ounce": "floz", "fl oz": "floz", "fl. oz": "floz",
    "metric ton": "metricton", "short ton": "shortton", "electron volt": "eV", "foot pound": "footpound",
    "ft lb": "footpound", "horse power": "hp", "watt hour": "Wh", "kilowatt hour": "kWh", "ampere hour": "Ah",
    "amp hour": "Ah", "astronomical unit": "au", "us dollar": "dollar", "u.s. dollar": "dollar",
    "american dollar": "dollar", "euro cent": "eurocent", "indian rupee": "rupee", "pound sterling": "gbp",
    "british pound": "gbp", "swiss franc": "franc", "japanese yen": "jpy", "chinese yuan": "cny",
    "australian dollar": "aud", "canadian dollar": "cad", "hong kong dollar": "hkd", "singapore dollar": "sgd",
    "degree celsius": "celsius", "degree centigrade": "celsius", "degree fahrenheit": "fahrenheit",
    "degree kelvin": "kelvin", "degrees celsius": "celsius", "degrees centigrade": "celsius",
    "degrees fahrenheit": "fahrenheit", "degree c": "celsius", "degrees c": "celsius", "degree f": "fahrenheit",
    "degrees f": "fahrenheit", "degree": "degree",
}  # fmt: skip
# Words that count what is asked for and are no unit.
EMPTY = frozenset("unit units".split())

# Units that may follow a digit without a space; other letters beside a digit are factors, as in 5x.
_ATTACHED = frozenset(
    (
        "cm mm km nm µm um dm ft yd mi kg mg µg ug lb lbs oz ms µs us min hr hrs hours minutes seconds days day ml mL "
        "cl cL dl dL L kW MW GW mW kWh MWh GWh Wh Hz kHz MHz GHz THz kJ MJ GJ mJ kN MN mN kPa MPa GPa hPa mPa mA µA kV "
        "MV mV µV keV MeV GeV TeV eV µF nF pF mF mH mT kΩ MΩ Ω mΩ mol mmol kmol dB GB MB TB kB KB KiB MiB GiB TiB Mbps "
        "Gbps kbps mph kph kmh am pm years rpm psi atm °C °F kcal cal"
    ).split()
)
# In expressions "in" is a word.
ATTACHED_TO_NUMBERS = _ATTACHED | {"in"}
# Numbers leave these to the rules of trees, which know that degrees and percent signs have a value.
ATTACHED_IN_TREES = (_ATTACHED - {"L", "us", "Ω"}) | frozenset("sec AM PM rad deg degrees percent pct Nm Pa".split())
# Letters that are units behind a number and a space. A reference without a unit ignores the first ones only: the
# others are more often a variable.
IGNORED_LETTERS = frozenset("mgsLlhtNJWVAKCF")
SINGLE_LETTERS = IGNORED_LETTERS | frozenset("THSMΩÅ")
