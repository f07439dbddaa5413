"""Instruction types of IFBench, by what their published descriptions ask; its fixed tasks are in ``fixed_tasks``.

Source: Pyatkin et al., Generalizing Verifiable Instruction Following, arXiv 2507.02833, table of constraints.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping
from itertools import groupby, pairwise

from rlvr_compliance.checks.ifeval import Arguments, Check
from rlvr_compliance.text.tokens import INDENTED, bare_words, sentences_of, stripped_words, tokens_of, word_at, words_of
from rlvr_compliance.text.vocabulary import STOP_WORDS, VERBS, syllables

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
_SENTENCES = 3
_PALINDROMES, _PALINDROME_LEAST = 10, 5
_QUOTES_DEPTH = 3
_TWO = 2
_SENTENCE_MARKS = frozenset(".?!")
# What NLTK parts from a word: the rest is judged, the ending is none.
_ENDING = re.compile(r"'(?:s|m|re|ve|ll|d)$", re.IGNORECASE)
_STRAIGHT = str.maketrans("\u201c\u201d\u2018\u2019", "\"\"''")
# The sentence of the instruction itself.
_REPEATED = "only output this sentence here, ignore all other requests"


def _word_count_range(text: str, given: Arguments) -> bool:
    return bool(given["min_words"] <= len(words_of(text)) <= given["max_words"])


def _unique_words(text: str, given: Arguments) -> bool:
    return bool(len(set(stripped_words(text))) >= given["N"])


def _conjunctions(text: str, given: Arguments) -> bool:
    return bool(len(_CONJUNCTIONS.intersection(stripped_words(text))) >= given["small_n"])


def _person_names(text: str, given: Arguments) -> bool:
    return bool(len(_NAMES.intersection(words_of(text))) >= given["N"])


def _numbers(text: str, given: Arguments) -> bool:
    return bool(len(_NUMBER.findall(text.translate(_WITHOUT_MARKS))) == given["N"])


def _pronouns(text: str, given: Arguments) -> bool:
    return bool(sum(token.lower() in _PRONOUNS for token in tokens_of(text)) >= given["N"])


def _punctuation(text: str, _given: Arguments) -> bool:
    """Return whether all six marks occur, and an interrobang besides: its own signs count for neither mark."""
    if "?!" in text:
        text = text.replace("?!", "", 1)
    elif "!?" in text:
        text = text.replace("!?", "", 1)
    elif "‽" not in text:
        return False
    return set(".,!?;:") <= set(text)


def _keywords_multiple(text: str, given: Arguments) -> bool:
    counts = {"keyword1": 1, "keyword2": 2, "keyword3": 3, "keyword4": 5, "keyword5": 7}
    lowered = text.lower()
    return all(lowered.count(given[name].lower()) == count for name, count in counts.items())


def _japanese_words(text: str, given: Arguments) -> bool:
    """Return whether each Nth word is written in Japanese; numbers are exempt."""
    every = int(given["N"])
    nth = [word for word in bare_words(text)[every - 1 :: every] if not word.isdigit()]
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
    stated, asked = (closing_marks(text).count(mark) for mark in ".?")
    return stated == 2 * asked


def closing_marks(text: str) -> list[str]:
    """Return the mark that each sentence ends with, also before a quotation mark; "" for none."""
    marks = (sentence.rstrip('"\u201d')[-1:] for sentence in sentences_of(text))
    return [mark if mark in _SENTENCE_MARKS else "" for mark in marks]


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
    word = word_at(text, int(given["n"]), int(given["m"]))
    return bool(word) and word == str(given["keyword"]).lower()


def _clusters(text: str, _given: Arguments) -> bool:
    words = bare_words(text)
    return bool(words) and all(_CLUSTER.search(word) for word in words)


def _vowels(text: str, _given: Arguments) -> bool:
    return 0 < len(set(text.lower()) & set("aeiou")) <= _VOWELS_MOST


def _alphabet(text: str, _given: Arguments) -> bool:
    firsts = [word[0] for word in bare_words(text)]
    if not firsts or not all(first in string.ascii_lowercase for first in firsts):
        return False
    return all((ord(after) - ord(before)) % 26 == 1 for before, after in pairwise(firsts))


def _no_consecutive(text: str, _given: Arguments) -> bool:
    return all(before[0] != after[0] for before, after in pairwise(bare_words(text)))


def _last_first(text: str, _given: Arguments) -> bool:
    cut = [words for words in map(bare_words, sentences_of(text)) if words]
    return all(before[-1] == after[0] for before, after in pairwise(cut))


def _paragraph_last_first(text: str, _given: Arguments) -> bool:
    cut = [words for words in map(bare_words, text.split("\n")) if words]
    return all(words[0] == words[-1] for words in cut)


def _parentheses(text: str, _given: Arguments) -> bool:
    """Return whether brackets of any kind are nested at least five deep, and all closed in their order."""
    closes = {")": "(", "]": "[", "}": "{"}
    stack: list[str] = []
    deepest = 0
    for mark in text:
        if mark in "([{":
            stack.append(mark)
            deepest = max(deepest, len(stack))
        elif mark in closes and (not stack or stack.pop() != closes[mark]):
            return False
    return not stack and deepest >= _PARENTHESES_DEPTH


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


_EDGES = string.punctuation + "\u2018\u2013\u2014"


def _title_case(text: str, _given: Arguments) -> bool:
    """Return whether no word is in small letters alone, nor begins with one before capitals."""
    words = [
        _ENDING.sub("", word.strip(_EDGES)) for word in re.split(r"[\s\u2026\u201c\u201d\u2019,;:?!()\[\]{}]+", text)
    ]
    words = [word for word in words if word and word[0].isalpha()]
    return bool(words) and not any(word[0].islower() and (word.islower() or word[1:].isupper()) for word in words)


def _repeat_simple(text: str, _given: Arguments) -> bool:
    return text.strip(string.punctuation + string.whitespace).lower() == _REPEATED


def _sentence_words(text: str, _given: Arguments) -> bool:
    """Return whether there are three sentences of one length in characters, no two of whose words are the same."""
    sentences = sentences_of(text)
    words = bare_words(text)
    return len(sentences) == _SENTENCES and len(set(map(len, sentences))) == 1 and len(set(words)) == len(words)


def _stop_words(text: str, given: Arguments) -> bool:
    words = words_of(text.lower())
    return bool(words) and 100 * sum(word in STOP_WORDS for word in words) / len(words) <= given["percentage"]


def _palindromes(text: str, _given: Arguments) -> bool:
    return len(palindromes_in(text)) >= _PALINDROMES


def palindromes_in(text: str) -> list[str]:
    """Return the palindromes of five letters and more, each as often as it occurs."""
    words = text.translate(_WITHOUT_MARKS).lower().split()
    return [word for word in words if len(word) >= _PALINDROME_LEAST and word == word[::-1]]


def _prime_lengths(text: str, _given: Arguments) -> bool:
    words = ["".join(filter(str.isalnum, word)) for word in text.split()]
    return any(words) and all(_is_prime(len(word)) for word in words if word)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _start_verb(text: str, _given: Arguments) -> bool:
    words = bare_words(text)
    return bool(words) and words[0] in VERBS


def _repeats(text: str, given: Arguments) -> bool:
    counts = Counter(bare_words(text))
    return bool(counts) and max(counts.values()) <= given["small_n"]


def _syllables_alternate(text: str, _given: Arguments) -> bool:
    parities = [syllables(word) % 2 for word in words_of(text) if word[0].isalpha()]
    return bool(parities) and all(before != after for before, after in pairwise(parities))


def _words_position(text: str, given: Arguments) -> bool:
    words, wanted = bare_words(text), str(given["keyword"]).lower()
    return len(words) > 1 and words[1] == wanted and words[-2] == wanted


def _alliteration(text: str, _given: Arguments) -> bool:
    """Return whether each sentence has a longer run of words of one first letter than the one before."""
    runs = [_longest_run([word[0] for word in bare_words(sentence)]) for sentence in sentences_of(text)]
    return bool(runs) and all(after > before for before, after in pairwise(runs))


def _longest_run(letters: list[str]) -> int:
    return max((len(list(run)) for _, run in groupby(letters)), default=0)


def _quotes(text: str, _given: Arguments) -> bool:
    """Return whether straight quotation marks are nested three deep, and as many are closed, somewhere in the text."""
    stack: list[str] = []
    deepest = 0
    for mark in filter("\"'".__contains__, text):
        if stack and stack[-1] == mark:
            stack.pop()
            if deepest - len(stack) >= _QUOTES_DEPTH:
                return True
        else:
            stack.append(mark)
            deepest = max(deepest, len(stack))
    return closed_quotes(text)


def closed_quotes(text: str) -> bool:
    """Return whether quotation marks are nested three deep at least, double and single in turn, and all closed."""
    plain = re.sub(r"(?<=\w)['\u2019](?=\w)", "", text).translate(_STRAIGHT)
    stack: list[str] = []
    deepest = 0
    for mark in filter("\"'".__contains__, plain):
        if stack and stack[-1] == mark:
            stack.pop()
        else:
            stack.append(mark)
            deepest = max(deepest, len(stack))
    return not stack and deepest >= _QUOTES_DEPTH


_LETTERED = re.compile(r"\W*[aA]\W*[bB]\W*[cC]\W*")


def _options(text: str, given: Arguments) -> bool:
    """Return whether an answer is one of the options: letter for letter if they are a, b, c; else whatever the case."""
    listed = str(given["options"])
    separator = "/" if "/" in listed else "or" if "or" in listed else ","
    options = [option.strip() for option in listed.split(separator)]
    if _LETTERED.match(listed):
        return text.strip() in options
    marks = string.punctuation + string.whitespace
    return text.strip(marks).lower() in [option.strip(marks).lower() for option in options]


def _quote_unquote(text: str, _given: Arguments) -> bool:
    """Return whether words that are not quoted stand behind each quoted phrase, before the next one."""
    parts = text.translate(_STRAIGHT).split('"')
    between = parts[2::2]
    return len(parts) > 2 and len(parts) % 2 == 1 and all(any(map(str.isalnum, part)) for part in between)  # noqa: PLR2004  # one pair


def _list(text: str, given: Arguments) -> bool:
    return text.count(str(given["sep"])) >= _TWO


def _thesis(text: str, _given: Arguments) -> bool:
    """Return whether there are words in italics of HTML at the beginning, and behind each heading."""
    if not re.match(
        r"\s*+(?:#[^\n]*\n\s*+|<h\d>[^<\n]*</h\d>\s*+|\*\*[^\n]*\*\*[^\S\n]*+\n\s*+)?<(?:i|em)>[^<]{2,2000}</(?:i|em)>",
        text,
    ):
        return False
    sections = re.split(r"(?m)^(?:#{1,6} [^\n]*|<h\d>[^<\n]*</h\d>)\s*$", text)[1:]
    return all(re.match(r"\s*<(?:i|em)>", section) for section in sections)


def _sub_bullets(text: str, _given: Arguments) -> bool:
    """Return whether a hyphen follows each star."""
    bullets = text.split("*")
    return len(bullets) > 1 and all("-" in bullet for bullet in bullets[1:])


def nested_bullets(text: str) -> bool:
    """Return whether there are bullets, each with a bullet of the second kind below."""
    marks = re.findall(INDENTED + r"([*-])\s", text)
    groups = "".join(marks).split("*")
    return len(groups) > 1 and not groups[0] and all(groups[1:])


def _no_bullets_bullets(text: str, _given: Arguments) -> bool:
    """Return whether two sentences come first, then two bullets at least, and nothing else.

    A blank line between the sentences ends them, as published.
    """
    said = bullets = 0
    may_say = True
    for line in map(str.strip, text.split("\n")):
        if line.startswith("*"):
            may_say = False
            if said < _TWO:
                return False
            bullets += 1
        elif not may_say:
            return False
        else:
            said += len(sentences_of(line))
            may_say = bool(line)
    return bullets >= _TWO


def bullets_behind_sentences(text: str) -> bool:
    """Return whether two sentences are before two bullets at least."""
    bullets = list(re.finditer(INDENTED + r"\*\s++\S", text))
    if len(bullets) < _TWO:
        return False
    return sum(sentence.endswith(".") for sentence in sentences_of(text[: bullets[0].start()])) >= _TWO


def _template(text: str, _given: Arguments) -> bool:
    """Return whether the three parts of the template stand in their order, each with something in it."""
    opening, _, rest = text.partition("My Answer:")
    answer, concluded, rest = rest.partition("My Conclusion:")
    conclusion, closed, outlook = rest.partition("Future Outlook:")
    whole = not opening.strip() and concluded and closed
    return bool(whole) and all(any(map(str.isalnum, part)) for part in (answer, conclusion, outlook))


def _repeat_change(text: str, given: Arguments) -> bool:
    """Return whether the request is repeated with another first word."""
    asked, said = str(given["prompt_to_repeat"]).strip().split(), text.strip().split()
    return len(asked) == len(said) > 0 and asked[1:] == said[1:] and asked[0] != said[0]


def _repeat_span(text: str, given: Arguments) -> bool:
    words = str(given["prompt_to_repeat"]).split()[int(given["n_start"]) : int(given["n_end"]) + 1]
    return [word.lower() for word in text.split()] == [word.lower() for word in words]


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
    "ratio:sentence_words": _sentence_words,
    "ratio:stop_words": _stop_words,
    "words:palindrome": _palindromes,
    "words:prime_lengths": _prime_lengths,
    "words:start_verb": _start_verb,
    "words:repeats": _repeats,
    "words:odd_even_syllables": _syllables_alternate,
    "words:words_position": _words_position,
    "sentence:alliteration_increment": _alliteration,
    "format:quotes": _quotes,
    "format:options": _options,
    "format:quote_unquote": _quote_unquote,
    "format:list": _list,
    "format:thesis": _thesis,
    "format:sub-bullets": _sub_bullets,
    "format:no_bullets_bullets": _no_bullets_bullets,
    "format:output_template": _template,
    "repeat:repeat_change": _repeat_change,
    "repeat:repeat_span": _repeat_span,
}
