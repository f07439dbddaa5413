"""The 29 instruction types that IFEvalG adds to IFEval, by what their published descriptions ask.

Source: Pyatkin et al., Generalizing Verifiable Instruction Following, arXiv 2507.02833, constraints for training.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from rlvr_compliance.checks.ifeval import Arguments, Check, compare
from rlvr_compliance.text.tokens import bare_words, sentences_of, word_at, words_of

# What separates paragraphs and copies in these instructions.
_DIVIDER = "* * *"
_ASTERISKS = "******"
_PARAGRAPHS = 2
_COMPOSED_PARAGRAPHS = 3
_PALINDROME_LEAST = 3


def _is_word(given: object, word: str) -> bool:
    return word == str(given).strip().lower().strip(string.punctuation)


def _repeat_phrase(text: str, given: Arguments) -> bool:
    """Return whether a phrase stands so many times, each time with one of its inner words replaced."""
    phrase = str(given["phrase"]).split()
    first, last = re.escape(phrase[0]), re.escape(phrase[-1])
    found = re.findall(rf"(?<!\w){first}(?:\s+\S+){{{max(0, len(phrase) - 2)}}}\s+{last}(?!\w)", text)
    changed = [sum(one != other for one, other in zip(each.split(), phrase, strict=True)) for each in found]
    return len(found) == given["small_n"] and all(count == 1 for count in changed)


def _copy(text: str, given: Arguments) -> bool:
    return text.strip().lower() == str(given["prompt_to_repeat"]).strip().lower()


def _copies(text: str, given: Arguments) -> bool:
    parts = text.split(_ASTERISKS)
    return len(parts) == given["N"] and all(_copy(part, given) for part in parts)


def _copy_span(text: str, given: Arguments) -> bool:
    span = str(given["prompt_to_repeat"])[int(given["n_start"]) : int(given["n_end"])]
    return text.strip().lower() == span.strip().lower()


def _sentence_hyphens(text: str, _given: Arguments) -> bool:
    """Return whether sentences are joined by hyphens without white space around them."""
    ends = len(re.findall(r"[.!?](?=\S|\s)", text.strip()))
    joined = re.findall(r"[.!?]?-(?=[A-Z\"'])", text)
    return not re.search(r"[.!?]\s|\s-|-\s", text.strip()) and len(joined) >= max(1, ends)


def _square_brackets(text: str, _given: Arguments) -> bool:
    words = text.split()
    return bool(words) and all(re.fullmatch(r"\[[^\[\]\s]+\][.,!?;:]?", word) for word in words)


def _bigrams(text: str, _given: Arguments) -> bool:
    words = text.split()
    return bool(words) and all(
        word.startswith("<<") if at % 2 == 0 else re.search(r">>[.,!?;:]?$", word) is not None
        for at, word in enumerate(words)
    )


def _no_adjacent_consecutive(text: str, _given: Arguments) -> bool:
    firsts = [word[0] for word in bare_words(text)]
    return all(ord(after) - ord(before) != 1 for before, after in pairwise(firsts))


def _times(text: str, keyword: object) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(str(keyword).strip().lower())}(?!\w)", text.lower()))


def _word_once(text: str, given: Arguments) -> bool:
    return _times(text, given["keyword"]) == 1


def _word_count(text: str, given: Arguments) -> bool:
    count = _times(text, given["keyword"])
    if "relation" in given:
        return compare(count, given["relation"], given["frequency"])
    return bool(count == given.get("N", given.get("frequency")))


def _exclude_word(text: str, given: Arguments) -> bool:
    return _times(text, given["keyword"]) == 0


def _palindrome(text: str, _given: Arguments) -> bool:
    return any(len(word) >= _PALINDROME_LEAST and word == word[::-1] for word in bare_words(text))


def _specific_position(text: str, given: Arguments) -> bool:
    word = word_at(text, int(given["n"]), int(given["m"]))
    return bool(word) and _is_word(given["keyword"], word)


def _start_end(text: str, _given: Arguments) -> bool:
    words = text.lower().split()
    return len(words) > 1 and words[0].strip(string.punctuation) == words[-1]


def _paragraphs(text: str, _given: Arguments) -> bool:
    parts = text.split(_DIVIDER)
    return len(parts) == _PARAGRAPHS and all(part.strip() for part in parts)


def _paragraphs_by_lines(text: str, _given: Arguments) -> bool:
    return len([part for part in text.strip().split("\n\n") if part.strip()]) == _PARAGRAPHS


def _first_word_of_sentences(text: str, given: Arguments) -> bool:
    cut = [words for words in map(bare_words, sentences_of(text)) if words]
    return bool(cut) and all(_is_word(given["first_word"], words[0]) for words in cut)


def _first_word(text: str, given: Arguments) -> bool:
    words = bare_words(text)
    return bool(words) and _is_word(given["first_word"], words[0])


def _last_word_of_sentences(text: str, given: Arguments) -> bool:
    cut = [words for words in map(bare_words, sentences_of(text)) if words]
    return bool(cut) and all(_is_word(given["last_word"], words[-1]) for words in cut)


def _last_word(text: str, given: Arguments) -> bool:
    words = bare_words(text)
    return bool(words) and _is_word(given["last_word"], words[-1])


def _no_dot(text: str, _given: Arguments) -> bool:
    return "." not in text


def _no_exclamation(text: str, _given: Arguments) -> bool:
    return "!" not in text


def _lowercase_words(text: str, given: Arguments) -> bool:
    """Return whether words in lower case are no more than so many."""
    return sum(word.islower() for word in words_of(text)) <= int(given["N"])


def _composition(text: str, given: Arguments) -> bool:
    """Return whether three divided paragraphs have so many sentences each, of so many words each."""
    parts = [part.strip() for part in text.split(_DIVIDER)]
    if len(parts) != _COMPOSED_PARAGRAPHS:
        return False
    cut = [sentences_of(part) for part in parts]
    return all(len(sentences) == given["n_sent"] for sentences in cut) and all(
        len(bare_words(sentence)) == given["n_words"] for sentences in cut for sentence in sentences
    )


def _unique(text: str, _given: Arguments) -> bool:
    counts = Counter(bare_words(text))
    return bool(counts) and max(counts.values()) == 1


def _increment_words(text: str, given: Arguments) -> bool:
    return _times(text, given["keyword1"]) == 1 and _times(text, given["keyword2"]) == 2  # noqa: PLR2004  # twice


def _letters(text: str, given: Arguments) -> bool:
    return compare(sum(map(str.isalpha, text)), given["relation"], given["N"])


def _letter(text: str, given: Arguments) -> bool:
    count = text.lower().count(str(given["letter"]).lower())
    if "let_relation" in given:
        return compare(count, given["let_relation"], given["let_frequency"])
    return bool(count == given.get("N", given.get("let_frequency")))


CHECKS: Mapping[str, Check] = {
    "copy:repeat_phrase": _repeat_phrase,
    "copy:copy": _copy,
    "copy:copying_simple": _copy,
    "copy:copying_multiple": _copies,
    "new:copy_span_idx": _copy_span,
    "detectable_format:sentence_hyphens": _sentence_hyphens,
    "detectable_format:square_brackets": _square_brackets,
    "detectable_format:bigram_wrapping": _bigrams,
    "keywords:no_adjacent_consecutive": _no_adjacent_consecutive,
    "keywords:word_once": _word_once,
    "keywords:word_count_different_numbers": _word_count,
    "keywords:exclude_word_harder": _exclude_word,
    "keywords:palindrome": _palindrome,
    "keywords:keyword_specific_position": _specific_position,
    "keywords:start_end": _start_end,
    "paragraphs:paragraphs": _paragraphs,
    "paragraphs:paragraphs2": _paragraphs_by_lines,
    "first_word:first_word_sent": _first_word_of_sentences,
    "first_word:first_word_answer": _first_word,
    "last_word:last_word_sent": _last_word_of_sentences,
    "last_word:last_word_answer": _last_word,
    "punctuation:punctuation_dot": _no_dot,
    "punctuation:punctuation_exclamation": _no_exclamation,
    "count:lowercase_counting": _lowercase_words,
    "count:counting_composition": _composition,
    "count:count_unique": _unique,
    "count:count_increment_word": _increment_words,
    "letters:letter_counting": _letters,
    "letters:letter_counting2": _letter,
}
