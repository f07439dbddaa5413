r"""Signs and words around a value that make another value of it: a minus, a power, "twice", "at most"."""

from __future__ import annotations

import re

from rlvr.patterns import lazy_pattern

# What stands this near to a value may make another one of it.
NEAR_CHARACTERS = 80
# The longest sign before a box, such as \\times, with what opens a formula.
SIGN_CHARACTERS = 16

_NUMBER = lazy_pattern(r"[-−]?\d[\d.,/]{0,40}")
_FIGURE_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|half|quarter)\b"
)
# A list's dash, or one between words, is no minus; an arrow or a tag is no comparison.
_HARMLESS_BEFORE = lazy_pattern(
    r"(?:(?:\n[ \t]*[-−–*+>]|[A-Za-z:\u0080-\uffff]{2}[*_]{0,3}\s{1,3}[-−–])\s+|(?:[-=]>|<(?!(?:del|s|strike)>)[^<>\n]{1,40}>)\s*)"
    r"(?:\$|\\[(\[]){0,2}\s*$"
)
_ALTERING_BEFORE = lazy_pattern(
    r"(?:[-−–+/^<>≠≤≥±√×÷≈~]|~~|\d(?:\\left)?\(|(?:[\d)}]|\b[A-Za-z])\s*\*|[A-Za-z\d})]_|\d(?=$)"
    r"|\\(?:pm|mp|times|cdot|div|sqrt|neq?|leq?|geq?|lt|gt|not|log|ln|lg|exp|(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|det|dim|deg|gcd|lcm|max|min|sup|inf|lim|arg|approx(?:eq)?|sim(?:eq)?|cong|asymp|propto|doteq|ll|gg|prec|succ|(?:gtr|less)(?:sim|approx)|notin|n?mid|perp|parallel|vdash|models|lnot|neg)|[\^_]\s*\{|(?<![A-Za-z\\])[A-Zfgh]\()\s*(?:\$|\\[(\[]){0,2}\s*$"
)
_EQUATED_BEHIND = lazy_pattern(r"=\s*\$?\s*([-−]?\d[\d.,/]{0,40})[ \t]*(?:[$)\]};!?\n]|\\[)\]]|$)")
_COMMAND_AROUND = lazy_pattern(r"\\([A-Za-z]+)\*?(?:\[[^\[\]]{0,20}\])?(?:\s*\{[^{}]{0,40}\})?\s*\{\s*\$?\s*$")
_PLAIN_COMMANDS = frozenset(
    "text textbf textit textrm mathrm mathbf mathit mbox boldsymbol color textcolor underline displaystyle large Large huge".split()
)
CLOSING_BEHIND = lazy_pattern(r"(?:[ \t}$)]|\\right\)|\\[)\],;! ]|\*\*)*")
_ALTERING_BEHIND = lazy_pattern(
    r"\^(?!\s*\{?\s*\\circ)|\d|[+/×÷±]\s*[\w\\($]|\*\s*[\d\\(]|[-−–]\s*[\d\\]|_\{?\d"
    r"|\\(?:times|cdot|div|pi|sqrt|frac|pm|mp|log|ln|sin|cos|tan|theta|infty|l?dots|cdots)(?![A-Za-z])"
    r"|,\s+(?:plus|minus|times)\s+(?:the\s+)?[\d$\\]"
    rf"|(?:times|plus|minus|over|divided by|mod|to the)\s+(?:(?:one|an?)\b|(?:the\s+)?[\d$\\]|{_FIGURE_WORD}|power\b)"
    r"|(?:more|less)\s+than\s+(?:[\d$\\]|[a-z]\b)"
    r"|(?:[,;]|and\b|or\b|&)\s*(?:\$|\\[(\[])?\s*[-−]?\d[\d,.]*\s*(?:\$|\\[)\]])?\s*(?:[.;!?\n]|$)"
    rf"|,?\s*(?:\\text\{{\s*)?or\s+(?:more|less|fewer|higher|lower|greater|{_FIGURE_WORD})"
    r"|(?:below|above)\s+zero\b|(?:per ?cent|percent|%)\s+of\b|and\s+a\s+half\b|doubled\b|squared\b|cubed\b|halved\b|tripled\b"
    r"|degrees? below|with\s+\d|at (?:most|least|best)\b|fails?\b"
    r"|factorial\b|choose\s+\d|[-–]?ish\b|\+(?=[\s.,$]|$)|(?:°|\^\{?\\circ\}?)\s?[CF]?\s+below\b|and\s+(?:above|up|below|under|counting|rising|beyond)\b",
    re.IGNORECASE,
)
_CLASS_BEHIND = lazy_pattern(r"\(?\s*(?:\\[pb]?mod|mod(?:ulo)?)\b\s*[{$(]{0,2}\s*(?:\d|[a-z](?![a-z]))", re.IGNORECASE)
_CONGRUENT_BEFORE = lazy_pattern(r"(?:\\equiv|≡)[\s$({\\]*$")
_SCALES = frozenset(
    "hundred hundreds thousand thousands million millions billion billions trillion trillions dozen dozens score crore lakh "
    "tenth tenths half halves third thirds quarter quarters hundredth hundredths thousandth thousandths point".split()
)
# A letter beside the box is a factor, unless it is a unit's.
_FACTOR_BEHIND = lazy_pattern(r"[a-fh-kn-rt-z](?![A-Za-z])")
_WORD_BEHIND = lazy_pattern(r"\s*(?:\\text\{)?\s*([A-Za-z]{2,20})")

# Words right before a value that make another one of it.
_ALTERING_WORDS = lazy_pattern(
    r"(?:\b(?:minus|negative|plus|twice|thrice|double|triple|half(?: of)?|(?:square|cube)(?: root)? of|not quite|(?:short|shy|north|south|east|west|ahead|in excess|(?:on|of) the order) of|within (?:an?|one|two) [a-z]{2,10} of|closest to|nearest to|(?:opposite|reciprocal|inverse|negative|negation|complement|conjugate|logarithm|factorial|absolute value) of"
    r"|(?:less|more|greater|fewer|smaller|larger|higher|lower|bigger) than(?: or equal to)?|at (?:most|least)|up to|(?:under|over|above|below|beyond)(?!\s*[*_]*:)"
    r"|about|around|approximately|roughly|nearly|almost|circa|some|close to|near|between|not (?:less|more) than|no (?:less|more) than"
    r"|\w{2,10} times|a (?:third|quarter|fifth|tenth|half) of|\w{2,9} (?:less|more) than|percent of|multiple of|factor of|(?:divisible|bounded(?: above| below)?|divided|exceeded|multiplied|followed|preceded) by|(?:distinct|different|far) from|sum of|one of"
    r"|(?:subtract|subtracting|add|adding|deduct|deducting|take)\s+[\w$\\.,]{1,20}\s+(?:away\s+)?(?:from|to)"
    r"|ungefähr|etwa|rund|mindestens|höchstens|weniger als|mehr als|größer als|kleiner als|doppelt so viel wie|das doppelte von|zwischen|knapp"
    r"|aproximadamente|alrededor de|cerca de|casi|menos de|más de|mayor que|menor que|al menos|como máximo|como mínimo|el doble de|la mitad de|entre"
    r"|environ|à peu près|presque|moins de|plus de|au moins|au plus|le double de|la moitié de|supérieur à|inférieur à"
    r"|quase|mais de|menos que|mais que|pelo menos|no máximo|no mínimo|o dobro de|a metade de|maior que|maior do que"
    r"|примерно|около|приблизительно|почти|менее|более|не менее|не более|больше|меньше|меньше чем|больше чем|вдвое больше|половина от|между"
    r"|circa|quasi|meno di|più di|almeno|al massimo|al minimo|il doppio di|la metà di|maggiore di|minore di|tra"
    r"|ongeveer|bijna|minder dan|meer dan|minstens|hoogstens|ten minste|ten hoogste|groter dan|kleiner dan|tussen)"
    r"|(?:大约|大約|约|约为|近似|接近|至少|最多|不超过|少于|多于|大于|小于|不到|超过|左右|約|およそ|ほぼ|だいたい|少なくとも|最大で|약|대략|거의|최소|최대|적어도"
    r"|लगभग|करीब|कम से कम|अधिक से अधिक|حوالي|تقريبا|تقريبًا|أكثر من|أقل من|على الأقل|أكبر من|أصغر من|ما بين))"
    r"[\s:=*_]{0,3}(?:\$|\\[(\[])?\s*$",
    re.IGNORECASE,
)
_SIGNS_BETWEEN = " \t\n:=*_$\\(["
# The last words of the phrases above: a search for one word costs a tenth of a search for all phrases.
_LAST_ALTERING = frozenset(
    "quite minus negative plus twice thrice double triple half of than to from by most least under over above below beyond about around approximately roughly "
    "nearly almost circa some near between times wie von zwischen knapp ungefähr etwa rund mindestens aproximadamente casi de que al mínimo "
    "entre environ presque quasi più tra ongeveer bijna minstens dan mezzo".split()
)
_VALUE_START = lazy_pattern(r"[\s*_`\"'(]*(?:[$€£¥]?[-−+]?\.?\d|\\(?!text)[a-z(]|[$√π]|[a-zA-Z](?![^\W\d_]))")
_BEHIND_NUMBER = lazy_pattern(
    r"\s*(?:以上|以下|未満|前後|ぐらい|くらい|程度|左右|多|이상|이하|미만|정도|से अधिक|से कम|ungefähr|mindestens)",
    re.IGNORECASE,
)
_LEADING_NUMBER = lazy_pattern(r"[$€£¥]?[-−]?\d[\d,]*(?:\.\d+)?(?:\s?/\s?\d+)?")
_ALTERS_NUMBER = lazy_pattern(
    r"\s*(?:(?:less|more|fewer|greater|larger|smaller) than\s+(?!before\b|that\b|usual\b|expected\b)|times\s+(?!\.|$)|per ?cent\s+of\b|%\s+of\b|below zero\b|"
    r"(?:plus|minus|divided by|over(?! the\b)|to the(?! nearest\b)|mod|modulo|multiplied by|remainder)\s|and a (?:half|third|quarter)\b|(?:to|through)\s+\d|(?<!,)(?<!,\s)[-–—]\s?\d|\s[+*/×÷]\s?\S|or (?:more|less|fewer|higher|so)\b"
    r"|at (?:most|least|best|the (?:most|least))\b|fail(?:s|ed)?\b|exclud(?:ing|ed)\b|except\b|\(\s*\\?p?mod(?:ulo)?\b"
    r"|doubled\b|squared\b|cubed\b|halved\b|times the\b|below\b.{0,12}\bzero|veces\b|fois\b|mal so\b|vezes\b|раз\b|volte\b|keer\b|倍|배|गुना|percentage points\b"
    r"|prozent (?:von|der|des)\b|por ciento de\b|pour cent de\b|por cento d|процент\w* от|per cento d|procent van\b)",
    re.IGNORECASE,
)


def is_altered_before(text: str, floor: int, start: int) -> bool:
    """Say whether words right before a place make another value of what stands there."""
    low = max(floor, start - 40)
    before = text[low:start].rstrip(_SIGNS_BETWEEN)
    word = before[max(before.rfind(" "), before.rfind("\n")) + 1 :]
    if word.isascii() and word.lower() not in _LAST_ALTERING:
        return False
    match = _ALTERING_WORDS.search(text, low, start)
    return match is not None and _VALUE_START.match(text, start, start + 12) is not None


_WORDS_BEFORE_NUMBER = lazy_pattern(r"\s*[^\W\d_][^\d$\\]{1,40}?(?=[\s*_`]*[$\\\d])")
_NEAR_WORDS = lazy_pattern(
    r"\s*(?:congruent\s+to|(?:just\s+)?(?:shy|short)\s+of|(?:just|a\s+(?:bit|hair|little|touch))\s+(?:shy|short|under|over|below|above|past|off))\b"
)
_LEADING_SIGN = lazy_pattern(
    r"\s*(?:[<>≤≥≈~∼±≠]|\\(?:approx|leq?|geq?|lt|gt|neq?|pm|sim)(?![a-zA-Z])"
    r"|\$\s*(?:[<>≤≥≈~±]|\\(?:approx|leq?|geq?|lt|gt|sim)(?![a-zA-Z])))"
)


_CALCULATION = lazy_pattern(
    r"[\d\s.,()$€£%]{1,40}[-+*/×÷·−–(][\d\s.,+*/×÷·()$€£%−–-]{1,80}=(?=[\s*_]{0,4}[$€£]?[-−]?\d)"
)


def leading_altered(value: str) -> bool:
    """Say whether a stated value starts with words that make another value of the number behind them."""
    first = value.lstrip()[:1]
    match = _WORDS_BEFORE_NUMBER.match(value) if first.isalpha() else None
    if match and (_ALTERING_WORDS.search(value, 0, match.end()) or _NEAR_WORDS.match(value)):
        return True
    if not first.isalnum() and _LEADING_SIGN.match(value):
        return True
    number = _LEADING_NUMBER.match(value)
    if number is None or number.end() == len(value):
        return False
    calculated = _CALCULATION.match(value) if "=" in value else None
    if calculated:  # 3 × 2 = 6 states 6
        return leading_altered(value[calculated.end() :].lstrip(" *_"))
    return (
        _ALTERS_NUMBER.match(value, number.end()) is not None or _BEHIND_NUMBER.match(value, number.end()) is not None
    )


_ROUNDED = lazy_pattern(
    r"\s*(?:[≈∼~]|\\(?:approx|sim)(?![A-Za-z])|(?:about|around|approximately|roughly|nearly|almost)\s)", re.IGNORECASE
)


_WORDS_BEHIND = lazy_pattern(r"[\s$(*]{0,4}[-−+]?[\d.][^\n]*?(?:[^\W\d_]{2}|\?)")


def has_words_behind(value: str) -> bool:
    """Say whether a text starts with a figure and has a word, a command or a question mark behind it."""
    return _WORDS_BEHIND.match(value) is not None


def is_rounded(value: str) -> bool:
    """Say whether a line of plain text states its value only roughly: "~42", "about 42"."""
    return _ROUNDED.match(value) is not None


_UNSEEN_AROUND = lazy_pattern(r"\\verb\*?\S\s{0,4}$|\\(?:text)?color\s*\{\s*white\s*\}[\s{$]{0,6}$")


def is_unseen(text: str, start: int) -> bool:
    """Say whether what stands right before a mark makes source text or white ink of it."""
    before = text[max(0, start - 40) : start]
    return ("verb" in before or "color" in before) and _UNSEEN_AROUND.search(before) is not None


def alteration(text: str, start: int, end: int) -> bool:
    """Say whether a sign, a factor, a power or a command around a mark makes another value of what it holds."""
    before = text[start - NEAR_CHARACTERS : start] if start > NEAR_CHARACTERS else "\n" + text[:start]
    if before.endswith("|") and text[end : end + 1] == "|":
        return True
    if text[end : end + 1] == "!" and _FACTORIAL_BEHIND.match(text, end):
        return True
    around = _COMMAND_AROUND.search(before) if "{" in before and "\\" in before else None
    if around and around[1] not in _PLAIN_COMMANDS:
        return True
    if _may_alter(before):
        sign_reach = max(0, len(before.rstrip(" \t\n$")) - SIGN_CHARACTERS)
        if _ALTERING_BEFORE.search(before, sign_reach) and not _HARMLESS_BEFORE.search(before):
            return True
    behind = text[end : end + NEAR_CHARACTERS]
    if before.rstrip(_OPENING).split(" ")[-1].rpartition("\n")[2].lower() in _OPERATIONS and _OPERAND_BEHIND.match(
        behind
    ):
        return True
    return _goes_on(behind) or (_is_class(behind) and _CONGRUENT_BEFORE.search(before) is None)


# Within a formula it is a factorial; behind one, or in a sentence, the author is glad: "The answer is \\boxed{42}!"
_FACTORIAL_BEHIND = lazy_pattern(r"!{1,3}\s{0,3}(?:\$|\\[)\]]|[-+*/^=]|\\)")
# "Divide \\boxed{42} by 2", "round \\boxed{42} up": what is still to be done with a value.
_OPERATIONS = frozenset(
    "divide dividing multiply multiplying round rounding reduce increase decrease raise shift scale".split()
)
_OPERAND_BEHIND = lazy_pattern(r"[\s$)}\]*_]*(?:by|up|down|off|to the)\b", re.IGNORECASE)
_OPENING = " \t\n$\\(["
_ASCII_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALTERING_SIGNS = frozenset("-+/^<>~*_{0123456789")


def _may_alter(before: str) -> bool:
    """Return False for most stretches that :data:`_ALTERING_BEFORE` does not match, by their last sign or word."""
    core = before.rstrip(_OPENING)
    last = core[-1:]
    if before.endswith("(") and last.isalpha():
        return True
    if "a" <= last.lower() <= "z":
        return core.rstrip(_ASCII_LETTERS).endswith("\\")
    return last in _ALTERING_SIGNS or last.isspace() or not last.isascii()


def equated_behind(text: str, end: int, value: str) -> bool:
    """Say whether a boxed number is called equal to another number behind it."""
    behind = text[end : end + NEAR_CHARACTERS]
    if "=" not in behind:
        return False
    closing = CLOSING_BEHIND.match(behind)
    match = _EQUATED_BEHIND.match(behind, closing.end() if closing else 0)
    if match is None or not _NUMBER.fullmatch(value):
        return False
    return _as_number(value) != _as_number(match[1].rstrip(".,"))


def _as_number(text: str) -> str:
    plain = text.replace(",", "").replace("−", "-")
    return plain.rstrip("0").rstrip(".") if "." in plain and "/" not in plain else plain


def _is_class(behind: str) -> bool:
    """Say whether what follows a mark makes its value a class of whole numbers: "(mod 50)"."""
    if "mod" not in behind:
        return False
    closing = CLOSING_BEHIND.match(behind)
    return _CLASS_BEHIND.match(behind, closing.end() if closing else 0) is not None


def _goes_on(behind: str) -> bool:
    """Say whether what follows a mark is part of its value."""
    closing = CLOSING_BEHIND.match(behind)
    rest = behind[closing.end() if closing else 0 :]
    if not rest or rest[0] == ".":  # nothing below starts with a full stop
        return False
    word = _WORD_BEHIND.match(rest)
    if word is not None and word[1].lower() in _SCALES:
        return True
    if _FACTOR_BEHIND.match(behind) is not None:
        return True
    return _ALTERING_BEHIND.match(rest) is not None
