"""Instruction types of IFBench, by what their published descriptions ask; those not listed are unsupported.

Source: Pyatkin et al., Generalizing Verifiable Instruction Following, arXiv 2507.02833, table of constraints.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from itertools import pairwise

from rlvr_compliance.ifeval import Arguments, Check
from rlvr_compliance.tokens import sentences_of, tokens_of, words_of

_NAMES = frozenset(
    "Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander Amelia Benjamin "
    "Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella Jacob Scarlett Nathan Victoria "
    "Elijah Layla Nicholas Audrey David Hannah Christopher Penelope Thomas Nora Andrew Aria Joseph Claire Ryan Stella "
    "Jonathan".split()
)
_CONJUNCTIONS = frozenset(("and", "but", "for", "nor", "or", "so", "yet"))
_PRONOUNS = frozenset(
    "i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself we us "  # noqa: E501  # one pattern
    "our ours ourselves they them their theirs themselves".split()
)
_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2}", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d+\b")
_WITHOUT_MARKS = str.maketrans("", "", string.punctuation)
_NGRAM = 3
_PERCENT_TOLERANCE = 2.0
_VOWELS_MOST = 3
_PARENTHESES_DEPTH = 5
# The sentence of the instruction itself.
_REPEATED = "only output this sentence here, ignore all other requests"


def _bare(text: str) -> list[str]:
    """Cut a text at white space, lower its words and strip the marks around them."""
    return [word.strip(string.punctuation) for word in text.lower().split()]


def _filled(text: str) -> list[str]:
    return [word for word in _bare(text) if word]


def _word_count_range(text: str, given: Arguments) -> bool:
    return bool(given["min_words"] <= len(words_of(text)) <= given["max_words"])


def _unique_words(text: str, given: Arguments) -> bool:
    return bool(len(set(_bare(text))) >= given["N"])


def _conjunctions(text: str, given: Arguments) -> bool:
    return bool(len(_CONJUNCTIONS.intersection(_bare(text))) >= given["small_n"])


def _person_names(text: str, given: Arguments) -> bool:
    return bool(len(_NAMES.intersection(words_of(text))) >= given["N"])


def _numbers(text: str, given: Arguments) -> bool:
    return bool(len(_NUMBER.findall(text.translate(_WITHOUT_MARKS))) == given["N"])


def _pronouns(text: str, given: Arguments) -> bool:
    return bool(sum(token.lower() in _PRONOUNS for token in tokens_of(text)) >= given["N"])


def _punctuation(text: str, _given: Arguments) -> bool:
    return set(".,!?;:") <= set(text) and ("?!" in text or "!?" in text or "‽" in text)


def _keywords_multiple(text: str, given: Arguments) -> bool:
    counts = {"keyword1": 1, "keyword2": 2, "keyword3": 3, "keyword4": 5, "keyword5": 7}
    lowered = text.lower()
    return all(lowered.count(given[name].lower()) == count for name, count in counts.items())


def _japanese_words(text: str, given: Arguments) -> bool:
    """Say whether each Nth word is written in Japanese; numbers are exempt."""
    every = int(given["N"])
    nth = [word for word in _filled(text)[every - 1 :: every] if not word.isdigit()]
    return bool(nth) and all(any(_japanese(letter) for letter in word) for word in nth)


def _japanese(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("CJK UNIFIED", "HIRAGANA", "KATAKANA"))


def _overlap(text: str, given: Arguments) -> bool:
    own, reference = (_ngrams(tokens_of(part)) for part in (text, given["reference_text"]))
    if not own:
        return False
    share = 100 * len(own & reference) / len(own)
    return bool(abs(share - given["percentage"]) <= _PERCENT_TOLERANCE)


def _ngrams(tokens: list[str]) -> set[tuple[str, ...]]:
    return set(zip(*(tokens[start:] for start in range(_NGRAM)), strict=False))


def _sentence_type(text: str, _given: Arguments) -> bool:
    sentences = sentences_of(text)
    asked = sum(sentence.endswith("?") for sentence in sentences)
    return sum(sentence.endswith(".") for sentence in sentences) == 2 * asked


def _sentence_balance(text: str, _given: Arguments) -> bool:
    sentences = sentences_of(text)
    return len({sum(sentence.endswith(mark) for sentence in sentences) for mark in ".?!"}) == 1


def _sentence_keyword(text: str, given: Arguments) -> bool:
    sentences = sentences_of(text)
    nth = int(given["N"])
    return 1 <= nth <= len(sentences) and str(given["word"]).lower() in sentences[nth - 1].lower()


def _sentence_increment(text: str, given: Arguments) -> bool:
    lengths = [len(sentence.split()) for sentence in sentences_of(text)]
    return bool(lengths) and all(after - before == given["small_n"] for before, after in pairwise(lengths))


def _specific_position(text: str, given: Arguments) -> bool:
    sentences = sentences_of(text)
    nth, mth = int(given["n"]), int(given["m"])
    if not 1 <= nth <= len(sentences):
        return False
    words = _filled(sentences[nth - 1])
    return 1 <= mth <= len(words) and words[mth - 1] == str(given["keyword"]).lower()


def _clusters(text: str, _given: Arguments) -> bool:
    words = _filled(text)
    return bool(words) and all(_CLUSTER.search(word) for word in words)


def _vowels(text: str, _given: Arguments) -> bool:
    return 0 < len(set(text.lower()) & set("aeiou")) <= _VOWELS_MOST


def _alphabet(text: str, _given: Arguments) -> bool:
    firsts = [word[0] for word in _filled(text)]
    if not firsts or not all(first in string.ascii_lowercase for first in firsts):
        return False
    return all((ord(after) - ord(before)) % 26 == 1 for before, after in pairwise(firsts))


def _no_consecutive(text: str, _given: Arguments) -> bool:
    return all(before[0] != after[0] for before, after in pairwise(_filled(text)))


def _last_first(text: str, _given: Arguments) -> bool:
    cut = [words for words in map(_filled, sentences_of(text)) if words]
    return all(before[-1] == after[0] for before, after in pairwise(cut))


def _paragraph_last_first(text: str, _given: Arguments) -> bool:
    cut = [words for words in map(_filled, text.split("\n")) if words]
    return all(words[0] == words[-1] for words in cut)


def _parentheses(text: str, _given: Arguments) -> bool:
    """Say whether brackets of any kind are nested at least five deep, and all closed in their order."""
    closes = {")": "(", "]": "[", "}": "{"}
    stack: list[str] = []
    deepest = 0
    for mark in text:
        if mark in "([{":
            stack.append(mark)
            deepest = max(deepest, len(stack))
        elif mark in closes and (not stack or stack.pop() != closes[mark]):
            return False
    return deepest >= _PARENTHESES_DEPTH


def _newline(text: str, _given: Arguments) -> bool:
    lines = [line for line in text.translate(_WITHOUT_MARKS).split("\n") if line.strip()]
    return bool(lines) and all(len(line.split()) == 1 for line in lines)


def _no_whitespace(text: str, _given: Arguments) -> bool:
    return not any(character.isspace() for character in text)


def _emoji(text: str, _given: Arguments) -> bool:
    sentences = re.findall(r"[^.!?\n]+[.!?]{0,5}[^\w.!?\n]{0,8}", text)
    said = [sentence.rstrip(" *_\"')") for sentence in sentences if any(map(str.isalnum, sentence))]
    return bool(said) and all(_ends_in_emoji(sentence) for sentence in said)


def _ends_in_emoji(sentence: str) -> bool:
    tail = sentence.rstrip(string.punctuation + " \ufe0f\u200d")
    return bool(tail) and unicodedata.category(tail[-1]) in {"So", "Sk"}


def _line_indent(text: str, _given: Arguments) -> bool:
    indents = [len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip()]
    return bool(indents) and all(after > before for before, after in pairwise(indents))


def _title_case(text: str, _given: Arguments) -> bool:
    words = [word for word in words_of(text) if word[0].isalpha()]
    return bool(words) and all(word[0].isupper() for word in words)


def _repeat_simple(text: str, _given: Arguments) -> bool:
    return text.strip(string.punctuation + string.whitespace).lower() == _REPEATED


CHECKS: Mapping[str, Check] = {
    "repeat:repeat_simple": _repeat_simple,
    "count:word_count_range": _word_count_range,
    "count:unique_word_count": _unique_words,
    "count:conjunctions": _conjunctions,
    "count:person_names": _person_names,
    "count:numbers": _numbers,
    "count:pronouns": _pronouns,
    "count:punctuation": _punctuation,
    "count:keywords_multiple": _keywords_multiple,
    "count:words_japanese": _japanese_words,
    "ratio:overlap": _overlap,
    "ratio:sentence_type": _sentence_type,
    "ratio:sentence_balance": _sentence_balance,
    "sentence:keyword": _sentence_keyword,
    "sentence:increment": _sentence_increment,
    "words:keywords_specific_position": _specific_position,
    "words:consonants": _clusters,
    "words:vowel": _vowels,
    "words:alphabet": _alphabet,
    "words:no_consecutive": _no_consecutive,
    "words:last_first": _last_first,
    "words:paragraph_last_first": _paragraph_last_first,
    "format:parentheses": _parentheses,
    "format:newline": _newline,
    "format:no_whitespace": _no_whitespace,
    "format:emoji": _emoji,
    "format:line_indent": _line_indent,
    "format:title_case": _title_case,
}
