"""Which language a text is in, by its letters and its commonest words; the same answer every time."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

# Languages told by their script, as the first word of a letter's Unicode name.
_SCRIPTS = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "he": "HEBREW", "hi": "DEVANAGARI", "mr": "DEVANAGARI",
    "ne": "DEVANAGARI", "bn": "BENGALI", "pa": "GURMUKHI", "gu": "GUJARATI", "ta": "TAMIL", "te": "TELUGU",
    "kn": "KANNADA", "ml": "MALAYALAM", "th": "THAI", "ko": "HANGUL", "el": "GREEK", "ru": "CYRILLIC",
    "uk": "CYRILLIC", "bg": "CYRILLIC", "zh": "CJK", "ja": "HIRAGANA",
}  # fmt: skip
# Where languages share a script: letters that the one has and its neighbours lack, or words that it cannot do without.
_OWN = {
    "fa": r"[پچژگ]|\b(?:است|این|که|از|را|می|های|برای)\b",
    "ur": r"[ٹڈڑےں]|\b(?:ہے|کے|اور|میں)\b",
    "ar": r"[ةىأإ]|\b(?:في|من|على|هذا|التي)\b",
    "mr": r"ळ|\b(?:आहे|आणि|मी|हे|होते|एक|तो)\b",
    "ne": r"\b(?:छ|र|हुन्छ|छन्|गर्न|पनि|यो|हो|मा|को)\b",
    "hi": r"\b(?:है|हैं|और|के|में|की|का|से|को)\b",
    "uk": r"[іїєґ]",
    "bg": r"\b(?:на|от|за|се|да|са|че|е)\b",  # noqa: RUF001  # Bulgarian words
    "ru": r"[ыэё]|\b(?:не|что|это|для|как|и|в)\b",
}
_WORDS = {
    "en": "the of and to a in is that it was for on are with as i his they be at this have from or had by not but "
    "what all were we when your can there an which their if will each about how up out them then she he you my",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach wird bei einer um am sind noch wie einem über ich wir war",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec ou nous "
    "vous elle je mais cette ses comme",
    "es": "de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí porque "
    "esta entre cuando muy sin sobre es son",
    "it": "di che e la il un a per in una è non sono mi si ho lo ma ha con le i da come della al dei del gli nel alla "
    "questo anche più",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu "
    "sua ou são você",
    "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit naar heeft hij",
    "fi": "ja on ei se että oli hän mutta niin kun kuin ovat myös tai joka olla sen mitä tämä ole ovat minä jos vain",
    "sv": "och i att det som en på är av för med den till inte har de om ett han men var jag sig från vi så kan",
    "pl": "i w na z do się nie to że jest o jak a po co tak za od ale czy jego dla przez są był jej może by",
    "tr": "ve bir bu için de da ile çok ne daha gibi o en kadar sonra olarak ben var olan ama değil mi",
    "vi": "và của là có cho không được một trong với các người này để những khi đã đến từ ở nhưng",
    "sw": "ya na wa kwa ni katika la za hii kuwa cha kama lakini au yake hiyo watu pia sana mimi huo",
    "id": "yang dan di dari untuk dengan ini itu tidak pada dalam adalah akan ke saya bisa ada juga",
    "ro": "și de a în la cu o pe nu că este un pentru mai din sau care ce să fi sunt",
    "cs": "a se v na je že s z do o k i to jako pro ale po by který jsem jsou",
    "hu": "a az és hogy nem is egy van meg ez de csak volt el mint már ha vagy",
    "da": "og i at det er en til på som med de af den for ikke der har jeg et han",
    "no": "og i det er på en som å for av at til med ikke har de den et jeg",
}
PROFILES = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_LETTERS = re.compile(r"[^\W\d_]+")
# A language shows within its first thousand words, in whatever script.
WORDS_READ = 1_000


def is_language(text: str, language: str) -> bool:
    """Say whether a text is in a language by its ISO 639-1 code; a text without letters is in none."""
    words = [match[0].lower() for match, _ in zip(_LETTERS.finditer(text), range(WORDS_READ), strict=False)]
    if not words:
        return False
    wanted = language.lower().split("-", maxsplit=1)[0]
    shares = _script_shares("".join(words))
    if wanted in _SCRIPTS:
        return _in_script(wanted, " ".join(words), shares)
    if shares.get("LATIN", 0.0) < 0.5:  # noqa: PLR2004  # most of it
        return False
    return _by_words(words, wanted)


def _in_script(wanted: str, text: str, shares: dict[str, float]) -> bool:
    """Say whether the letters, and what tells neighbours of one script apart, are those of a language."""
    kana = shares.get("HIRAGANA", 0.0) + shares.get("KATAKANA", 0.0)
    if wanted == "ja":
        return kana > 0.1 and kana + shares.get("CJK", 0.0) > 0.5  # noqa: PLR2004  # kana hold any Japanese sentence up
    if wanted == "zh":
        return shares.get("CJK", 0.0) > 0.5 and kana < 0.1  # noqa: PLR2004  # most of it, and no Japanese
    if shares.get(_SCRIPTS[wanted], 0.0) < 0.4:  # noqa: PLR2004  # names may be in other letters
        return False
    rivals = [language for language in _OWN if _SCRIPTS[language] == _SCRIPTS[wanted]]
    if wanted not in rivals:
        return True
    counts = {language: len(re.findall(_OWN[language], text)) for language in rivals}
    return counts[wanted] > 0 and counts[wanted] == max(counts.values())


def _by_words(words: list[str], wanted: str) -> bool:
    """Say whether no other language has more of its commonest words in a text."""
    counts = {language: sum(word in common for word in words) for language, common in PROFILES.items()}
    return counts.get(wanted, 0) > 0 and counts[wanted] == max(counts.values())


def _script_shares(letters: str) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for letter, times in Counter(letters).items():
        counts[_script(letter)] += times
    return {script: count / len(letters) for script, count in counts.items()}


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(maxsplit=1)[0]
