r"""From an answer's text to tokens, in one pass: LaTeX, plain text, Unicode and calculator syntax alike.

Settings leave no token: fonts, sizes, spaces, dollar signs, ``\left`` and ``\right``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from html import unescape
from string import ascii_letters, punctuation

import msgspec

from rlvr import lazy_pattern
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, DIGITS_LIMIT, REMEMBERED_TEXTS, TREE_DEPTH_LIMIT, OverLimitError
from rlvr_math.reading.characters import Characters
from rlvr_math.reading.cleaning import DECIMAL_COMMA, LEADING_TILDE
from rlvr_math.reading.evaluation_bars import with_brackets
from rlvr_math.reading.number_words import SINGLE_WORDS
from rlvr_math.reading.siunitx import has_siunitx, without_siunitx
from rlvr_math.reading.tree import APPROXIMATE
from rlvr_math.reading.units import ATTACHED_IN_TREES, SINGLE_LETTERS


class Token(msgspec.Struct, frozen=True):
    """A token: what sort it is, its text, and whether white space stands before it."""

    sort: str
    text: str
    spaced: bool = False


# An article before a plain word; its letters would be factors.
_ARTICLE = lazy_pattern(r"[\s$]*([Aa]n?)\s(?=[a-z]{4})(?!units?\b)")
_RAISED_FROM = "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ"
_LOWERED_FROM = "₋₊₀₁₂₃₄₅₆₇₈₉ₙ"
_RAISED_TO = "-+0123456789n"
_RAISED = lazy_pattern(f"[{_RAISED_FROM}]+")
_LOWERED = lazy_pattern(f"[{_LOWERED_FROM}]+")
_RAISED_DIGITS = str.maketrans(_RAISED_FROM, _RAISED_TO)
_LOWERED_DIGITS = str.maketrans(_LOWERED_FROM, _RAISED_TO)

_SETTING_UNICODE = Characters(
    {
        "−": "-", "\u2010": "-", "\u2011": "-", "–": "-", "—": "-", "\uff0d": "-", "\uff0b": "+", "，": ",",
        "．": ".", "；": ";", "：": ":", "、": ",", "（": "(", "）": ")", "【": "[", "】": "]", "。": ".",
        "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ", "\u200b": None, "\ufeff": None,
        "·": "*", "⋅": "*", "∗": "*", "•": "*", "⁄": "/", "\uff0f": "/", "÷": "/", "\uff05": "%",
        "\uff04": None, "√": "\\sqrt ", "∑": "\\sum ", "∏": "\\prod ", "∫": "\\int ", "∬": "\\iint ", "∮": "\\oint ",
        "∂": "\\partial ", "∇": "\\nabla ", "‖": "\\Vert ",
        "∛": "\\cbrt ", "∞": "\\infty ", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ",
        "⩾": "\\ge ", "≠": "\\ne ", "≈": "\\approx ", "∈": "\\in ", "∪": "\\cup ", "∩": "\\cap ", "±": "\\pm ",
        "≡": "\\equiv ", "≃": "\\simeq ", "≒": "\\doteq ",
        "∓": "\\mp ", "°": "^\\circ ", "º": "^\\circ ", "∅": "\\emptyset ", "∖": "\\setminus ", "π": "\\pi ",
        "Π": "\\Pi ", "∧": "\\land ", "∨": "\\lor ", "¬": "\\neg ", "∉": "\\notin ",
        "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "δ": "\\delta ", "θ": "\\theta ", "λ": "\\lambda ",
        "μ": "\\mu ", "φ": "\\phi ", "ϕ": "\\phi ", "ω": "\\omega ", "σ": "\\sigma ", "ρ": "\\rho ", "τ": "\\tau ",
        "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}",
        "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "∠": "\\angle ", "△": "\\triangle ",
        "⇒": "\\to ", "→": "\\to ", "′": "'", "’": "'", "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4",
        "¾": " 3/4", "∣": "|", "…": "...", "€": None, "£": None, "¥": None,
        "℃": "^\\circ C", "℉": "^\\circ F", "µ": "\\mu ", "Ω": "\\Omega ", "\u2126": "\\Omega ", "‰": "/1000 ",
        "或": "\\lor ", "且": "\\land ",
        "✓": "\\checkmark ", "✔": "\\checkmark ", "✅": "\\checkmark ",
        **{chr(0x2460 + number): f";{number + 1};" for number in range(20)},  # circled numbers are labels
    }
)  # fmt: skip

# Signs and letters that start no longer token come first and have no group: they are most tokens, and found fastest so.
_TOKEN = lazy_pattern(
    r"[{}()\[\]+^_/,;|&%'?@#]|-(?!>)|=(?!=)|[a-z](?![A-Za-z\d])"
    r"|(?P<space>(?:[\s$`]|(?<!~)~(?!~)|\\[,;:!>$ ]|\\(?:q?quad|thinspace|enspace|hfill)(?![A-Za-z])|\\[()\[\]])+)"
    r"|(?P<numeral>(?=[\dA-Z]{2,40}_(?:\{\s?)?(?:1[1-9]|[23]\d)(?!\d))(?=[A-Z]{0,40}\d)(?=\d{0,40}[A-Z])[\dA-Z]+)"
    r"|(?P<number>\d+(?:(?:\{,\}|,?\\!|,\s*\\!|\\,)\s?\d{3}(?!\d))+(?:\.\d+)?|\d*\.\d+(?:[eE][-+]?\d+(?![A-Za-z]))?"
    r"|\d+(?:[eE][-+]?\d+(?![A-Za-z]))?(?:\.(?![.\d(]))?)"
    r"|(?P<environment>\\(?:begin|end)\s?\{[A-Za-z]{1,20}\*?\})"
    r"|(?P<command>\\[A-Za-z]+\*?)"
    r"|(?P<row>\\\\(?:\[[^\[\]]{0,20}\])?)"
    r"|(?P<escaped>\\.)"
    r"|(?P<named>(?:atan2|arctan2|log10|log2|Union|Interval(?:\.(?:open|Lopen|Ropen))?|FiniteSet|Rational|Fraction"
    r"|Matrix|Eq|Piecewise)(?=\s?\())"
    r"|(?P<letters>[A-Za-z]+)"
    r"|(?P<script>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"|(?P<operator>\*\*|<=|>=|!=|==|<>|->|:=|\.{2,64}|.)",
    re.DOTALL,
)

# The sign of a conclusion before an answer says nothing.
_LEADING_CONCLUSION = lazy_pattern(
    r"^[\s$]{0,8}(?:=>|⇒|→|∴|\\therefore(?![a-z])|\\implies(?![a-z])|\\Rightarrow(?![a-z])|(?:So,?|It['’]s)(?=\s))\s?"
)
_DOUBLED = lazy_pattern(r"\\\\(?:left|[dt]?frac|sqrt|boxed|text|cdot|times|pi|infty|in|cup|leq?|geq?)(?![A-Za-z])")
_HALF_DAY = lazy_pattern(r"(?<![A-Za-z.])([AaPp])\.\s?[Mm]\b\.?")
_EATEN = (
    ("\\\x0crac", "\\frac"),
    ("\x0crac", "\\frac"),
    ("\x08oxed", "\\boxed"),
    ("\times", "\\times"),
    ("\text{", "\\text{"),
)

FUNCTIONS = frozenset(
    (
        "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch "
        "arcsinh arccosh arctanh arccoth arcsech arccsch log ln lg exp sqrt cbrt abs floor ceil gcd lcm max min det "
        "sgn sign re im arg deg gamma zeta beta erf erfc lambertw conj cis tr rank adj factorial binom nPr root round "
        "atan2 pow"
    ).split()
)
_SAME_FUNCTION = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "arsinh": "arcsinh", "asinh": "arcsinh", "arcosh": "arccosh",
    "acosh": "arccosh", "artanh": "arctanh", "atanh": "arctanh", "tg": "tan", "ctg": "cot", "cosec": "csc",
    "arctg": "arctan", "ceiling": "ceil", "sign": "sgn", "arcctg": "arccot", "cotg": "cot",
    "Re": "re", "Im": "im", "Tr": "tr", "trace": "tr", "Det": "det", "Arg": "arg", "conjugate": "conj", "Conj": "conj",
    "Beta": "beta", "LambertW": "lambertw", "nCr": "binom", "npr": "nPr", "ncr": "binom", "lcd": "lcm",
    "acot": "arccot", "asec": "arcsec", "acsc": "arccsc", "arccosec": "arccsc", "acosec": "arccsc", "acoth": "arccoth",
    "asech": "arcsech", "acsch": "arccsch", "arcoth": "arccoth", "arsech": "arcsech", "arcsch": "arccsch",
    "arccosech": "arccsch", "cosech": "csch", "ctgh": "coth", "actg": "arccot", "atg": "arctan", "nthroot": "root",
    "Abs": "abs", "ABS": "abs", "comb": "binom", "perm": "nPr", "binomial": "binom",
    "arctg2": "atan2", "arctan2": "atan2", "Floor": "floor", "Ceil": "ceil", "Round": "round",
}  # fmt: skip
# Plain names that are functions only directly before a bracket; otherwise they are words or letters.
_CALLED = frozenset(
    (
        "deg gamma Gamma zeta Beta re Re im Im arg Arg tr Tr trace rank adj conj conjugate root erf erfc cis LambertW"
    ).split()
)
# Plain names that are operators only before a subscript.
_SUBSCRIPTED = frozenset("sum prod int lim".split())
_NAMES = _CALLED | _SUBSCRIPTED
# Commands that stand for a letter or a name; every other unknown command is an operator that equals only itself.
_LETTERS = frozenset(
    (
        "angle measuredangle sphericalangle triangle bigtriangleup odot bigodot aleph beth imath jmath wp mho "
        "star bigstar heartsuit clubsuit spadesuit diamondsuit diamond Diamond dagger ddagger bullet checkmark "
        "emptyset varnothing"
    ).split()
)
_GREEK = frozenset(
    (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho "
        "sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell hbar"
    ).split()
)
_DROPPED = frozenset(
    (
        "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle limits "
        "mathstrut bf rm it sf tt nolimits middle strut scriptstyle boldmath normalsize large Large cdotp "
        "nonumber notag hline label mathrel mathop mathbin mathopen mathclose ensuremath centering hspace forall "
        "tiny scriptsize footnotesize small LARGE huge Huge"
    ).split()
)
# Commands that are read as words.
_WORDS_OF_COMMANDS = {"forall": ("for", "all")}
_TEXTUAL = frozenset(
    (
        "text textbf textit textrm textsf texttt textnormal mathrm mathbf mathit mathsf mathtt mathcal mathfrak mbox "
        "operatorname boldsymbol bm bold emph boxed fbox mathnormal underline hbox textup pmb beginboxed"
    ).split()
)
_RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">",
    "ne": "!=", "neq": "!=", "in": "∈", "equiv": "≡", "sim": "∼",
    "notin": "∉", "subset": "⊂", "subseteq": "⊆", "to": "→", "rightarrow": "→", "implies": "→", "Rightarrow": "→",
    **dict.fromkeys(("approx", "thickapprox", "simeq", "doteq"), APPROXIMATE),
    "longrightarrow": "→", "downarrow": "↓", "searrow": "↓", "uparrow": "↑", "nearrow": "↑",
    "mapsto": "→", "colon": ":", "leqq": "<=", "geqq": ">=",
}  # fmt: skip
_OPERATORS = {
    "cdot": "*", "times": "×", "ast": "*", "div": "/", "pm": "±", "mp": "∓", "cup": "∪", "cap": "∩",
    "setminus": "∖", "backslash": "∖", "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "circ": "°",
    "degree": "°", "prime": "'", "land": "and", "lor": "or", "wedge": "and", "vee": "or", "bigcup": "∪", "bigcap": "∩",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{", "rbrace": "}", "lbrack": "[",
    "rbrack": "]", "langle": "(", "rangle": ")", "ldots": "...", "dots": "...", "cdots": "...", "dotsc": "...",
    "dotsb": "...", "vdots": "...", "ddots": "...", "bmod": "mod", "mod": "pmod", "pmod": "pmod", "pod": "pmod",
    "lVert": "‖",
    "rVert": "‖", "Vert": "‖",
    "therefore": "", "because": "", "square": "", "blacksquare": "", "newline": ";", "par": ";", "percent": "%",
    "cr": "\\\\", "degrees": "°", "textdegree": "°",
}  # fmt: skip
_STRUCTURAL = {
    "frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac",
    "sfrac": "frac", "nicefrac": "frac", "xfrac": "frac", "binom": "binom", "dbinom": "binom",
    "tbinom": "binom", "sqrt": "sqrt", "cbrt": "cbrt", "overline": "accent", "bar": "accent", "vec": "accent",
    "surd": "sqrt",
    "hat": "accent", "widehat": "accent", "overrightarrow": "accent", "tilde": "accent", "dot": "accent",
    "ddot": "accent", "widetilde": "accent",
    "overarc": "accent", "sum": "big", "prod": "big", "int": "big", "iint": "big", "lim": "big", "oint": "big",
    "iiint": "big", "intop": "big", "limsup": "big",
    "liminf": "big", "varlimsup": "big", "varliminf": "big", "coprod": "big",
}  # fmt: skip
_PLAIN_CONSTANTS = frozenset("pi infty infinity inf oo theta alpha beta lambda".split())
_ESCAPED = {"{": "\\{", "}": "\\}", "|": "‖", **{sign: sign for sign in "%#&_"}}
# The differentials at the end of an integral, written together.
_DIFFERENTIALS = lazy_pattern(r"^[a-z]{0,3}(?:d[rstuvwxyz]){2,3}$|^d[xyzt]$")
# Chinese, Japanese and Korean words that start with these change the number before them: scales, bounds, denials.
_ALTERING = frozenset("十百千万萬亿億兆成倍折半多余几来的加减乘除负以左不非만억천백십배할")
# A word between two values, without space: 1orW(x).
_JOINED = lazy_pattern(r"(or|and)([A-Za-z])")
# A run of letters this long is a word and no product of letters.
WORD_LETTERS = 4
_SHORT_WORDS = frozenset("and or the not yes no is are for all any if one two six ten odd via per to of".split())


def tokens_in(text: str) -> list[Token]:
    """Split an answer into tokens.

    Raises:
        OverLimitError: The answer or a number in it is too long, or its braces are nested too deep.
    """
    if len(text) > ANSWER_LIMIT_CHARACTERS:
        raise OverLimitError(f"an answer of {len(text)} characters; at most {ANSWER_LIMIT_CHARACTERS} are read")
    text = _unescaped(text)
    conclusion = _LEADING_CONCLUSION.match(text)
    if conclusion:
        text = text[conclusion.end() :]
    if "~" in text:
        text = LEADING_TILDE.sub(r"\\approx ", text)
    if not text.isascii():
        text = _RAISED.sub(lambda run: f"^{{{run[0].translate(_RAISED_DIGITS)}}}", text)
        text = _LOWERED.sub(lambda run: f"_{{{run[0].translate(_LOWERED_DIGITS)}}}", text)
        text = text.translate(_SETTING_UNICODE)
    tokens: list[Token] = []
    _lex(text, tokens, 0, words=False)
    article = _ARTICLE.match(text)
    if article and len(tokens) > len(article[1]) and tokens[len(article[1])].sort == "word":
        del tokens[: len(article[1])]
    return _primes_lowered(tokens) if "prime" in text or "'" in text else tokens


def _primes_lowered(tokens: list[Token]) -> list[Token]:
    r"""Read raised primes, ``f^{\prime}``, as primes, ``f'``."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        inside = index + 1
        braces = tokens[index].text == "^" and inside < len(tokens) and tokens[inside].text == "{"
        end = inside = inside + braces
        while tokens[index].text == "^" and end < len(tokens) and tokens[end].text == "'":
            end += 1
        closes = not braces or (end < len(tokens) and tokens[end].text == "}")
        if end > inside and closes:
            out.extend(tokens[inside:end])
            index = end + braces
        else:
            out.append(tokens[index])
            index += 1
    return out


# The colour of what stands behind it; white ink is not seen.
_COLOUR = lazy_pattern(r"\\(?:text)?color\s{0,3}(?:\[[A-Za-z]{1,10}\]\s{0,3})?\{(?!\s*white)[^{}\\]{1,30}\}")
# What a web page writes for signs: x&gt;3.
_ENTITY = lazy_pattern(r"&(?:[lg][te]|ne|amp|nbsp|times|minus|divide|plusmn|infin|pi|radic|deg|frac\d\d);")
# A command that has lost its backslash.
_BARE_COMMAND = lazy_pattern(r"(?<![\\A-Za-z])(?<!\\.)(?:[dt]?frac|sqrt)(?=\{)")
# Markdown's emphasis of the name at the start: *x* = 3.
_EMPHASIS = lazy_pattern(r"^(\s{0,8})\*([A-Za-z][A-Za-z_\d]{0,20})\*(?=\s{0,3}(?:[=<>≤≥]|\\[lg]e|$))")
# The number of an equation in an environment, and its label; behind a bare value a tag shows one more value.
_NUMBERING = lazy_pattern(r"\\(?:tag\*?|label)\s?\{[^{}]{0,60}\}")
# A small letter in the place of the sign of degrees.
_LETTER_DEGREE = lazy_pattern(
    r"(?<=\d)\s?\^\s?(?:o(?![A-Za-z])|\{\s?o\s?\}|\{?\s?\\(?:text|textrm|mathrm)\s?\{\s?o\s?\}\s?\}?)"
)
# A transpose before the next matrix, and no unit: A^TB.
_TRANSPOSED = lazy_pattern(r"\^T(?=[A-Z])")
# An operator that is set with what stands under it: \underset{x\to0}{\lim}, \mathop{\lim}\limits_{x\to0}.
_UNDERSET = lazy_pattern(r"\\underset\s?\{([^{}]{1,60})\}\s?\{\s?(\\[a-z]{2,6})\s?\}")
_MATHOP = lazy_pattern(r"\\mathop\s?\{\s?(\\[a-z]{2,6})\s?\}")
# The base of a numeral in words, and a vector between signs of inequality.
_BASE_IN_WORDS = lazy_pattern(
    r"^(?P<numeral>[\s(]{0,3}-?[\dA-F]{1,40}\s?\)?)\s?(?:_\s?\{?\s?)?(?:\\text\s?\{\s?)?\(?(?:in\s)?(?:base[- ~]?)?\s?"
    r"(?:\}\s?(?=\d))?(?P<base>\d{1,2}|[a-z]{3,8})(?P<end>[\s)}.]{0,4})$"
)
_ANGLED = lazy_pattern(r"(^[\s$]{0,4}|=\s?)<([^<>=]{1,200},[^<>=]{1,200})>(?=[\s$.]{0,4}$)")
_REPEATING = lazy_pattern(r"(?<![\d.])(\d+\.\d{0,100})\((\d{1,100})\)")
# The letter x between two numbers and spaces is a sign of multiplication.
_TIMES_AS_LETTER = lazy_pattern(r"(?<=\d) x (?=\d)")
# A decimal of digits that repeat, without its zero: .\overline{3}, .1\dot{6}.
_WITHOUT_ZERO = lazy_pattern(r"(?<![\d.])\.(?=\d{0,100}\s?\\(?:overline|bar|dot)(?![a-z]))")


def _unescaped(text: str) -> str:
    r"""Undo what JSON or source code does to LaTeX: doubled backslashes, and ``\f`` and ``\t`` eaten."""
    if "\\\\begin" in text or ("\\\\" in text and _DOUBLED.search(text) and "\\begin" not in text):
        text = text.replace("\\\\", "\\")
    if "\\" in text and has_siunitx(text):
        text = without_siunitx(text)
    if "{," in text:
        text = text.replace("{, }", "{,}")
    for sign, pattern, written in _SPELLINGS:
        if sign in text:
            text = pattern.sub(written, text)
    if "\\left." in text or "\\left ." in text:
        text = with_brackets(text)
    return (text if text.isprintable() else _with_eaten(text)).rstrip("\\")


def _with_base(found: re.Match[str]) -> str:
    """Write a numeral whose base is in words with the base as its subscript."""
    base = SINGLE_WORDS.get(found["base"], found["base"])
    return f"{found['numeral'].strip(' ()')}_{{{base}}}" if str(base).isdigit() else found[0]


# What each spelling contains, the spelling, and what it is written as; in this order. Functions are asked only where a
# spelling is found, while a template is looked up for each text.
_SPELLINGS: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("\\underset", _UNDERSET, r"\2_{\1}"),
    ("\\mathop", _MATHOP, r"\1"),
    ("\\begin", _NUMBERING, ""),
    ("&", _ENTITY, lambda found: unescape(found[0])),
    ("rac{", _BARE_COMMAND, lambda found: f"\\{found[0]}"),
    ("qrt{", _BARE_COMMAND, lambda found: f"\\{found[0]}"),
    ("*", _EMPHASIS, lambda found: found[1] + found[2]),
    ("color", _COLOUR, ""),
    ("o", _LETTER_DEGREE, lambda _: "^\\circ "),
    ("^T", _TRANSPOSED, "^{T}"),
    (".", _WITHOUT_ZERO, "0."),
    (".(", _REPEATING, lambda found: f"{found[1]}\\overline{{{found[2]}}}"),
    ("{,", DECIMAL_COMMA, "."),
    (" x ", _TIMES_AS_LETTER, r" \\times "),
    ("base", _BASE_IN_WORDS, _with_base),
    ("_{\\t", _BASE_IN_WORDS, _with_base),
    ("<", _ANGLED, lambda found: f"{found[1]}({found[2]})"),
    (".", _HALF_DAY, lambda found: f"{found[1]}m"),
)


def _with_eaten(text: str) -> str:
    """Restore the commands of which source code ate the start: each leaves a control character."""
    for eaten, command in _EATEN:
        text = text.replace(eaten, command)
    return text


def _lex(text: str, tokens: list[Token], depth: int, *, words: bool) -> None:
    """Append a text's tokens; in ``words``, a run of letters is a word."""
    if depth > TREE_DEPTH_LIMIT:
        raise OverLimitError(f"text nested deeper than {TREE_DEPTH_LIMIT}")
    position = 0
    while position < len(text):
        position = _lex_from(position, text, tokens, depth, words=words)


def _lex_from(start: int, text: str, tokens: list[Token], depth: int, *, words: bool) -> int:
    """Append the tokens from a place on, up to the end of the first command that holds text; return where they end."""
    signs, spaced = _signs(), False
    for match in _TOKEN.finditer(text, start):  # the pattern matches at every place
        found = match[0]
        sign = signs.get(found)
        if sign is not None:
            tokens.append(sign[spaced])
            spaced = False
            continue
        sort = match.lastgroup or "letters"
        if sort == "space":
            spaced = True
            continue
        if sort == "number":
            tokens.append(Token("number", _digits(found, text, match.end()), spaced))
        elif sort == "command":
            name = found[1:]
            if name in _TEXTUAL:
                inner, end = _textual(text, match.end())
                if inner is not None:
                    _lex_textual(inner, name, tokens, depth, spaced=spaced)
                return end
            tokens += _command(name, spaced)
        elif sort == "letters" and found in _NAMES and _is_name_before(found, text[match.end() : match.end() + 1]):
            tokens.append(_named(found, spaced=spaced))
        else:
            tokens += _tokens_of(sort, found, spaced=spaced, words=words, after=tokens[-1] if tokens else None)
            if found in ATTACHED_IN_TREES and not words and _starts_term(tokens):
                tokens[-1:] = _split(found, spaced=spaced)
        spaced = False
    return len(text)


@cache
def _signs() -> dict[str, tuple[Token, Token]]:
    """Return the signs and letters of one character, which are most tokens: each glued, and behind a space."""
    signs = [sign for sign in punctuation if sign not in _AMBIGUOUS]
    letters = [letter for letter in ascii_letters if letter not in ATTACHED_IN_TREES]
    return {
        text: (Token(sort, text), Token(sort, text, spaced=True))
        for sort, texts in (("operator", signs), ("symbol", letters))
        for text in texts
    }


# Space in some places, and what starts a command.
_AMBIGUOUS = frozenset("$`~\\")
# Functions that the parser reads as powers.
_ROOTS = frozenset({"sqrt", "cbrt"})


def _is_name_before(run: str, sign: str) -> bool:
    """Return whether a run of letters is the name of a function or operator because of the sign behind it."""
    return (sign == "(" and run in _CALLED) or (sign == "_" and run in _SUBSCRIPTED)


def _named(run: str, *, spaced: bool) -> Token:
    """Return the token of a plain name that is a function or an operator."""
    if run in _SUBSCRIPTED:
        return Token("big", run, spaced)
    name = _SAME_FUNCTION.get(run, run)
    return Token(name if name in _ROOTS else "function", "gamma" if name == "Gamma" else name, spaced)


def _textual(text: str, position: int) -> tuple[str | None, int]:
    r"""Return what the braces behind ``\text`` hold, None if there are none, and where they end."""
    opening = _OPENING.match(text, position)
    if opening is None:
        return None, position
    end = _closing(text, opening.end() - 1)
    return text[opening.end() : end], end + 1


_OPENING = lazy_pattern(r"[ *]*\{")


def _lex_textual(inner: str, name: str, tokens: list[Token], depth: int, *, spaced: bool) -> None:
    r"""Append the tokens of what ``\text`` and its like hold."""
    letters = inner.strip()
    if letters in FUNCTIONS or letters in _SAME_FUNCTION:
        tokens.append(_named(letters, spaced=spaced))
    elif name == "operatorname":
        tokens.extend(_operator_name(letters, spaced=spaced, after=tokens[-1] if tokens else None))
    elif len(letters) == 1 and letters.isalpha():
        is_unit = letters in SINGLE_LETTERS and (spaced or inner[0] == " ") and _may_have_unit(tokens)
        tokens.append(Token("word" if is_unit else "symbol", letters, spaced))
    else:
        before = len(tokens)
        plural = name.startswith(("text", "mbox", "hbox", "mathrm"))
        _lex(inner, tokens, depth + 1, words=plural)
        if len(tokens) > before and spaced:
            tokens[before] = msgspec.structs.replace(tokens[before], spaced=True)


def _operator_name(letters: str, *, spaced: bool, after: Token | None) -> list[Token]:
    r"""Read what ``\operatorname`` holds: a function, a unit, a word, or an operator that is not known."""
    if not letters.isalpha():
        return []
    if letters in _STRUCTURAL:
        return _read_command(letters, spaced=spaced)
    found = _letters(letters, spaced=spaced, words=False, after=after)
    return found if len(found) == 1 else [Token("unknown", f"\\{letters}", spaced)]


def _may_have_unit(tokens: list[Token]) -> bool:
    """Say whether a unit may stand behind what was read: a number, or what a bracket closed."""
    return bool(tokens) and (tokens[-1].sort == "number" or tokens[-1].text in {"}", ")"})


def _starts_term(tokens: list[Token]) -> bool:
    r"""Say whether the last token starts a term, where letters are no unit, as in ``F = mg`` and ``\frac{mg}{k}``."""
    match [token.text for token in tokens[-3:]]:
        case [*_, "=" | "+" | "<" | ">" | "≤" | "≥" | "≠", _]:
            return True
        case [*before, "-", _]:
            return not before or tokens[-3].sort != "number"  # a 5-kg bag
        case [*_, "(" | "{", _]:
            return not any(token.sort == "number" for token in tokens)
        case _:
            return False


def _closing(text: str, start: int) -> int:
    depth = 0
    for position in range(start, len(text)):
        if text[position] == "{":
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if not depth:
                return position
    return len(text)


def _tokens_of(sort: str | None, found: str, *, spaced: bool, words: bool, after: Token | None) -> list[Token]:
    match sort:
        case "letters":
            return _letters(found, spaced=spaced, words=words, after=after)
        case "script" if found[0] not in _ALTERING and not found.startswith(("分之", "次方")):
            return [Token("word", found, spaced)]
        case "named":
            if not found.startswith("log"):
                return [Token("function", "atan2" if found.startswith("a") else found, spaced)]
            base = Token("number", found[len("log") :])
            return [Token("function", "log", spaced), *map(_operator, "_{"), base, _operator("}")]
        case "environment":
            name = found[found.index("{") + 1 : -1].rstrip("*")
            name = "cases" if name == "dcases" else name
            return [Token("begin" if found.startswith("\\begin") else "end", name, spaced)]
        case "numeral":
            return [Token("symbol", found, spaced)]
        case "row":
            return [Token("operator", "\\\\", spaced)]
        case "escaped":
            sign = _ESCAPED.get(found[1])
            return [Token("operator", sign, spaced)] if sign else []
        case _:
            return [_sign(found, spaced=spaced)]


_SAME_SIGN = {"**": "^", "==": "=", "<>": "!=", "->": "→", ":=": "=", "⟩": ")", "⟨": "("}


def _sign(found: str, *, spaced: bool) -> Token:
    return Token("operator", "..." if found.startswith("..") else _SAME_SIGN.get(found, found), spaced)


def _operator(text: str) -> Token:
    return Token("operator", text)


def _digits(found: str, text: str, end: int) -> str:
    if found.endswith(".") and text.startswith(("\\overline", "\\bar", "\\dot"), end):
        return found  # the dot of 0.\overline{3} is no full stop
    found = found.translate(_SEPARATORS)
    if len(found) > DIGITS_LIMIT:
        raise OverLimitError(f"a number of {len(found)} digits; at most {DIGITS_LIMIT} are read")
    return found.rstrip(".")


# What stands between groups of thousands, TeX's commas and spaces.
_SEPARATORS = str.maketrans(dict.fromkeys("{},\\! "))


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _command(name: str, spaced: bool) -> tuple[Token, ...]:  # noqa: FBT001  # positional keys are the fast ones
    return tuple(_read_command(name.rstrip("*"), spaced=spaced))


def _read_command(name: str, *, spaced: bool) -> list[Token]:
    if name in _DROPPED:
        return [Token("word", word, spaced=True) for word in _WORDS_OF_COMMANDS.get(name, ())]
    if name in _STRUCTURAL:
        sort = _STRUCTURAL[name]
        return [Token(sort, name if sort in {"accent", "big"} else sort, spaced)]
    if name in _RELATIONS:
        return [Token("relation", _RELATIONS[name], spaced)]
    if name in _OPERATORS:
        return [Token("operator", _OPERATORS[name], spaced)] if _OPERATORS[name] else []
    name = _SAME_FUNCTION.get(name, name)
    if name in {"infty", "infinity"}:
        return [Token("symbol", "∞", spaced)]
    if name in FUNCTIONS and name not in _GREEK:
        return [Token("function", name, spaced)]
    if name in {"emptyset", "varnothing"}:
        return [Token("symbol", "∅", spaced)]
    if name in {"mathbb", "mathds"}:
        return []
    if name in _GREEK:
        return [Token("symbol", name.removeprefix("var"), spaced)]
    return [Token("symbol" if name in _LETTERS else "unknown", f"\\{name}", spaced)]


# What is no product of letters behind it, as ft and hr are.
_UNITS_BEHIND_PI = frozenset({"mm", "cm", "km", "rad"})


def _letters(run: str, *, spaced: bool, words: bool, after: Token | None) -> list[Token]:
    """Read a run of letters: a function, a constant, a word, a unit, or letters side by side."""
    known = _known(run, spaced=spaced, words=words)
    if known is not None:
        return [known]
    joined = _JOINED.fullmatch(run)
    if joined is not None and after is not None and (after.sort == "number" or after.text in {")", "}"}):
        return [Token("operator", joined[1]), *_letters(joined[2], spaced=False, words=words, after=None)]
    is_attached = after is not None and after.sort in {"number", "operator"}
    is_behind_pi = after is not None and after.text == "pi" and spaced and run in _UNITS_BEHIND_PI
    if is_behind_pi or (is_attached and run in ATTACHED_IN_TREES) or _is_word(run, words=words):
        return [Token("word", run, spaced)]
    return _split(run, spaced=spaced)


def _known(run: str, *, spaced: bool, words: bool) -> Token | None:
    """Return the token of a function, a constant or an operator; None for another run of letters."""
    name, lower = _SAME_FUNCTION.get(run, run), run.lower()
    if name in FUNCTIONS and (name not in _CALLED or run == "nthroot"):
        return Token(name if name in _ROOTS else "function", name, spaced)
    if run in _PLAIN_CONSTANTS:
        return Token("symbol", "∞" if run in {"infty", "infinity", "inf", "oo"} else run, spaced)
    if lower in {"and", "or"} or (words and lower == "mod"):
        return Token("operator", lower, spaced)
    if run == "mod":
        return Token("operator", "pmod", spaced)
    return None


def _is_word(run: str, *, words: bool) -> bool:
    is_long = len(run) > 1 and (words or len(run) >= WORD_LETTERS or run.lower() in _SHORT_WORDS)
    return is_long and not _mathematical(run) and not _DIFFERENTIALS.search(run)


def _mathematical(run: str) -> bool:
    """Say whether a run is functions and constants written together, such as ``sinx`` or ``pix``."""
    return any(run.startswith(each) and len(run) - len(each) <= 1 for each in ("sin", "cos", "tan", "ln", "log", "pi"))


def _split(run: str, *, spaced: bool) -> list[Token]:
    for each in ("sin", "cos", "tan", "ln", "log"):
        if run.startswith(each) and len(run) > len(each):
            return [Token("function", each, spaced), *_split(run[len(each) :], spaced=False)]
    if run.startswith("pi"):
        rest = run[2:]
        return [Token("symbol", "pi", spaced), *(_split(rest, spaced=False) if rest else ())]
    return [Token("symbol", letter, spaced and not index) for index, letter in enumerate(run)]
