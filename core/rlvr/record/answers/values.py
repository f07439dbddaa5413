"""Values: what a statement may state, as far as it shows without the question."""

from __future__ import annotations

import re

from rlvr.patterns import lazy_pattern

NUMBER = r"[-−+]?(?:[$€£¥₹]\s?)?[-−]?(?:\d{1,3}(?:,\d{3})+|\d+(?: \d{1,2}(?=/\d))?)(?:\.\d+)?(?:\s?/\s?\d+)?"
_FIGURE = lazy_pattern(r"\d|\\[a-zA-Z]|[$^√π∞½¼¾]")
_LETTER = lazy_pattern(r"(?<![^\W_])\(?[A-Z]\)?(?![^\W_])(?!['’])")
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen half quarter "
    "eins zwei drei vier fünf sechs sieben acht neun zehn dos tres cuatro cinco seis siete ocho nueve diez deux trois quatre "
    "cinq sept huit neuf dix dois três quatro sete oito nove dez два три четыре пять шесть семь восемь девять десять due tre "
    "quattro cinque sei sette otto nove dieci twee drie vijf zeven negen tien".split()
)
# A longer text is no value that words could stand around.
VALUE_LIMIT_CHARACTERS = 500
# A copula behind a value is no longer.
TAIL_CHARACTERS = 24
# Quotes, emphasis, brackets' leftovers and punctuation around a value are how it is set.
SETTING = " \t\r\n*_`\"'“”‘’«»「」『』,;:。，、：；"
# Pictures of joy behind a value, which say nothing of it.
CHEERS = "🎉🎊🥳😊😀😃😄😁😎🙂🤗😉👍👏🙌💪🎯🚀✨⭐🌟💯🔥🏆💡🤓"
# Signs behind a value that reject it.
CROSSES = frozenset("✗❌✘🚫⛔")
_WORD = lazy_pattern(r"[^\W\d_]+")
_BARE = lazy_pattern(
    rf"[\s*_`$(\[\"'“>-]*(?:{NUMBER}\s?(?:%|°|\\%)?(?:\s[^\W\d_]{{1,15}})?|\(?[A-Za-z]\)?|\\boxed\{{[^{{}}\n]{{1,80}}\}})[\s*_`$)\]\"'”.!]*",
)
_POSTPOSED = lazy_pattern(
    r"\s*(?:です|になります|となります|である|であります|だ|だった|となる|になる|でございます|입니다|이다|이에요|예요|이며|임|이죠|이었다|번입니다|번이다"
    r"|だと思います|と思います|と考えられます|でした|이라고 생각합니다|라고 생각합니다|(?<=[\dA-Za-z])(?:번이|번|가|이|은|는|을|를|인)|(?<=\s)है|(?<=\s)हैं|(?<=\s)होगा|(?<=\s)होगी|(?<=\s)ist|(?<=\s)is|(?<=\s)sind"
    r"|(?<=\s)is (?:the )?(?:correct|right)(?: (?:answer|choice|option|one))?)\s*$"
)
_LETTER_NOUN = lazy_pattern(
    r"^(?:(?:the|la|le|el|a|die|der|das|het|de|l['’])\s*)?(?:letter|letra|lettre|lettera|buchstabe|option|opción|opção|opzione|optie|choice|antwort|вариант|буква|選択肢|选项|보기|विकल्प|الخيار|الحرف)\s*(?=[(\[*\"]{0,3}[A-Z](?![^\W_]))|^(?:la|le|el|die|the|het|a|o|il|l['’])\s+(?=\(?[A-Z]\)?\Z|\d)",
    re.IGNORECASE,
)


_HALF_OPEN = lazy_pattern(r"[^\[\]]{0,40}\[[^\[\]]{1,100},[^\[\]]{1,100}\)\Z")


def is_crossed(value: str) -> bool:
    """Return True if a sign at the end of a value rejects it: "B ❌"."""
    return not value.isascii() and value.rstrip(" .*_\ufe0f")[-1:] in CROSSES


def bare(text: str) -> str:
    """Return a value without emphasis, quotes, the end of its sentence, and a copula behind it."""
    text = text.strip(SETTING)
    if not text.isascii():
        text = text.rstrip(CHEERS + "\ufe0f" + SETTING)
    if len(text) > VALUE_LIMIT_CHARACTERS:
        return text
    for _ in range(4):
        tail = text[-TAIL_CHARACTERS:]
        tail = _without_end(tail)
        if "is" in tail or "sind" in tail or not tail.isascii():
            tail = _POSTPOSED.sub("", tail)
        shorter = (text[:-TAIL_CHARACTERS] + tail).strip(SETTING)
        if shorter[:1].isalpha():
            shorter = _LETTER_NOUN.sub("", shorter)
        for opening, closing in ("()", "{}"):
            # The interval [1,3) has no bracket of that kind before its end.
            if shorter.endswith(closing) and opening not in shorter and not _HALF_OPEN.match(shorter):
                shorter = shorter[:-1]
        if shorter == text:
            break
        text = shorter
    return text


def _without_end(text: str) -> str:
    """Strip the end of a sentence; three dots, and a factorial's mark, belong to the value."""
    if text.endswith("...") or (text.endswith("!") and text[-2:-1].isdigit()):
        return text
    end = len(text)
    while end and text[end - 1] in ".。।！…" + SETTING:
        end -= 1
    if text[end : end + 1] == "!":
        return text[:end]
    return text[:end].removesuffix("!") if text[end - 2 : end - 1].isalpha() else text[:end]


def is_bare_value(text: str) -> bool:
    """Say whether a line is a number or a letter and nothing else."""
    return len(text) <= 100 and _BARE.fullmatch(text) is not None  # longer lines are prose


def is_like_value(text: str) -> bool:
    """Say whether a text may be a value: it has a figure, a letter of its own, or few words."""
    return has_figure(text) or len(_WORD.findall(text[:200])) <= 4  # names and short phrases


def has_figure(text: str) -> bool:
    """Say whether a text has a digit, a formula, a letter of a choice, or a number word."""
    if _FIGURE.search(text) or _LETTER.search(text):
        return True
    return not _NUMBER_WORDS.isdisjoint(_WORD.findall(text[:200].lower()))


def key_of_value(text: str) -> str:
    """Return what makes two values the same where the scorer has no equality of its own."""
    text = bare(text).strip("$()[]{}\\ .").casefold()
    squeezed = "".join(text.split())
    return squeezed.replace(",", "") if squeezed[:1].isdigit() or squeezed[:1] in "-$" else squeezed


def same_value(one: str, other: str) -> bool:
    """Say whether two values are the same text, or the same number in figures."""
    return key_of_value(one) == key_of_value(other)
