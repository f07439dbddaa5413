"""Conditions of hardened instructions besides the published ones: each counted thing has content.

Published checks pay for ``[]`` as a placeholder, for a heading without a section, for both options at once, for a text
that says nothing of what was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Any

from rlvr_compliance.checks import ifbench
from rlvr_compliance.checks.ifeval import Arguments, Check, compare
from rlvr_compliance.checks.languages import PROFILES
from rlvr_compliance.rules.finder import Finder
from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.rules.scopes import code_spans
from rlvr_compliance.text.concealed import concealed_spans
from rlvr_compliance.text.content import content_problem, without_rows_of
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.readings import Reading, bare
from rlvr_compliance.text.tokens import INDENTED, bare_words, sentences_of, tokens_of, words_of

# What asks for a copy or a fixed list is held against it as it is written.
_LITERAL = ("copy:", "new:", "repeat:", "custom:", "combination:repeat_prompt")
# Rows of so many words of the prompt are quoted from it; no keyword that a row asks for is as long.
_QUOTED_WORDS = 12
_PLACEHOLDERS_MANY = 4
_PALINDROMES = 10
# A section, paragraph, postscript or answer of fewer words says nothing.
_WORDS_LEAST = 3
# Two responses that share more than this are one.
_ALIKE_MOST = 0.9
# Prose of any language holds a fifth of function words and more; lists and poems a tenth.
_FUNCTION_WORDS_LEAST = 0.06
_FUNCTION_WORDS_FROM = 20
# Words of the prompt that an answer takes up: content words, by their first letters, since they are inflected.
_STEM = 5
_TOPIC_WORDS_FROM = 4
_TOPIC_READ_CHARACTERS = 20_000


def as_read(text: str) -> str:
    """Return a text as its reader sees it: without what is hidden or struck out, in plain letters.

    Fenced code shows all that it holds.
    """
    raw = Reading("raw", text)
    shown = list(concealed_spans(text))
    if shown:
        code = list(code_spans(text))
        shown = [(start, end) for start, end in shown if not any(start < last and first < end for first, last in code)]
    return raw.edited("visible", ((start, end, " ") for start, end in shown)).canonical.text


def is_literal(name: str) -> bool:
    """Return whether an instruction asks for a text letter for letter."""
    return name.startswith(_LITERAL)


def is_followed(name: str, text: str, given: Arguments, prompt: str) -> bool:
    """Return whether an instruction that is followed as published is so with content.

    Args:
        name: The instruction.
        text: The response as its reader sees it.
        given: The arguments.
        prompt: What was asked, which is no answer where it is quoted; "" if it is not known.
    """
    if prompt and name in _OWN_WORDS:
        text = without_rows_of(text, prompt, _QUOTED_WORDS)
    return name not in EXTRA or bool(EXTRA[name](text, given))


# What is counted in the words of the response's own, not in those that it quotes from the prompt.
_OWN_WORDS = frozenset({"keywords:existence", "keywords:frequency"})


def _words(text: str) -> int:
    return len(words_of(text))


def _distinct(parts: Iterable[str]) -> int:
    """Count parts that differ in more than case and marks."""
    return len({tuple(words_of(part.lower())) for part in parts})


def _placeholders(text: str, given: Arguments) -> bool:
    found = compiled(r"\[[^\]\n]*\]").findall(text)
    named = [each for each in found if re.search(r"[^\W\d_]{2}", each)]
    wanted = int(given["num_placeholders"])
    # A form may name one thing a few times, but no form of many fields names that alone.
    return len(named) >= wanted and (wanted < _PLACEHOLDERS_MANY or _distinct(named) > 1)


def _sections(text: str, given: Arguments) -> bool:
    parts = re.split(rf"\s?{re.escape(given['section_spliter'])}\s?\d+\s?", text)[1:]
    return sum(_words(part) >= _WORDS_LEAST for part in parts) >= int(given["num_sections"])


def _two_responses(text: str, _given: Arguments) -> bool:
    full = [part.strip() for part in text.split("******") if part.strip()]
    if len(full) != 2 or min(map(_words, full)) < _WORDS_LEAST:  # noqa: PLR2004  # two responses
        return False
    if any(_SAME.fullmatch(part) for part in full):
        return False
    one, other = (words_of(part[:2_000].lower()) for part in full)
    # The words in any order: sentences that change places make no other response.
    return SequenceMatcher(None, one, other, autojunk=False).quick_ratio() <= _ALIKE_MOST


# A second response that points to the first.
_SAME = re.compile(
    r"(?i)\W*(?:(?:it is |this is )?(?:the |exactly the )?same|see|ditto|identical|as|repeat(?: of)?)\b"
    r"(?: (?:as|to|the|that|a|one|response|answer|text|of|number|no|above|before|first|previous|former|earlier"
    r"|1|same)){0,6}\W*"
)


def _title(text: str, _given: Arguments) -> bool:
    return any(re.search(r"[^\W\d_]{2}", each) for each in compiled(r"<<[^\n<>]*>>").findall(text))


def _bullets(text: str, given: Arguments) -> bool:
    bullets = re.findall(INDENTED + r"(?:\*[^*\n]|-)[^\n]*\w", text)
    return _distinct(bullets) >= int(given["num_bullets"])


def _highlights(text: str, given: Arguments) -> bool:
    return _distinct(_starred(text)) >= int(given["num_highlights"])


def _starred(text: str) -> Iterator[str]:
    """Yield each text between two stars of a line that has a letter or digit; each star belongs to one pair only."""
    for line in text.split("\n"):
        parts = line.split("*")
        at = 1
        while at < len(parts) - 1:
            holds = re.search(r"[^\W_]{2}|[^\x00-\x7f]", parts[at]) is not None
            if holds:
                yield parts[at]
            at += 1 + holds


def _postscript(text: str, given: Arguments) -> bool:
    at = text.lower().rfind(str(given["postscript_marker"]).lower()[:3])
    return at >= 0 and _words(text[at:]) >= _WORDS_LEAST


def _constrained(text: str, _given: Arguments) -> bool:
    return len(re.findall(r"(?i)\banswer\s{1,9}is\W{1,9}(?:yes|no|maybe)\b", text)) == 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object; a key that stands twice makes it no JSON that programs agree on."""
    if len(members := dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_members)


def _json(text: str, _given: Arguments) -> bool:
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    try:
        value, _ = _DECODER.raw_decode(text, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, (dict, list)) and bool(value)


# Commas of all scripts, and signs that print as one.
_COMMAS = frozenset(
    ",\u00b8\u02cf\u0326\u055d\u060c\u060d\u066b\u07f8\u1363\u1802\u1808\u201a\u2e32\u2e34\u2e41\u2e4c\u3001\ua4f9\ua60d\ua6f5"
    "\ufe10\ufe11\ufe45\ufe50\ufe51\uff0c\uff64"
)


def _no_comma(text: str, _given: Arguments) -> bool:
    return not set(text) & _COMMAS


def _keywords(text: str, given: Arguments) -> bool:
    """Return whether each keyword occurs as a word or as the beginning of one: "ant" is not in "want"."""
    return all(re.search(rf"(?i)(?<!\w){re.escape(str(word))}", text) for word in given["keywords"])


def _forbidden(text: str, given: Arguments) -> bool:
    return not _hides(text, tuple(map(str, given["forbidden_words"])))


def _excluded(text: str, given: Arguments) -> bool:
    return not _hides(text, (str(given["keyword"]),))


def _hides(text: str, words: tuple[str, ...]) -> bool:
    """Return whether a text holds one of some words, in any of the disguises that must-not-rules undo."""
    finder = _finder(tuple(word for word in words if word.strip()))
    raw = Reading("raw", text)
    return any(found.spans(0, 1) for found in finder.readings(raw) if 0 in found.places) or (
        next(finder.squashed(bare(raw.canonical)), None) is not None
    )


@lru_cache(maxsize=256)
def _finder(words: tuple[str, ...]) -> Finder:
    return Finder((Rule(id="forbidden", tier="must-not", keywords=words),) if words else ())


def _quotation(text: str, _given: Arguments) -> bool:
    return _words(text) > 0


def _repeat(text: str, given: Arguments) -> bool:
    return _words(text[len(str(given["prompt_to_repeat"])) :]) > 0


def _paragraphs(text: str, _given: Arguments) -> bool:
    return all(_words(part) >= _WORDS_LEAST for part in text.split("***") if part.strip())


def _frequency(text: str, given: Arguments) -> bool:
    """Count a keyword where a word begins with it: "art" is in "arts", not in "start"."""
    return compare(_begins(text, given["keyword"]), given["relation"], given["frequency"])


def _begins(text: str, word: object) -> int:
    """Count where a word begins with another; in a row of them, only the first."""
    keyword = re.escape(str(word))
    return len(re.findall(rf"(?i)(?<!\w){keyword}(?!\w*[\W_]{{1,9}}{keyword}(?!\w))", text))


def _letter_frequency(text: str, given: Arguments) -> bool:
    """Count a letter in words: no more than two in a row, and none in a row of words that are nothing else."""
    letter = re.escape(str(given["letter"]).lower())
    plain = re.sub(rf"(?<!\w){letter}+(?!\w)(?:\W+{letter}+(?!\w))+|({letter}{letter}){letter}+", r"\1", text.lower())
    return compare(plain.count(str(given["letter"]).lower()), given["let_relation"], given["let_frequency"])


def _sentence_count(text: str, given: Arguments) -> bool:
    """Count sentences that have a letter or digit."""
    count = sum(re.search(r"\w", sentence) is not None for sentence in sentences_of(text))
    return compare(count, given["relation"], given["num_sentences"])


def _capital_words(text: str, given: Arguments) -> bool:
    """Count words in capitals; in a row of one word, only the first."""
    words = [word for word in tokens_of(text) if word[0].isalnum()]
    count = sum(word.isupper() and word != before for before, word in pairwise(("", *words)))
    return compare(count, given["capital_relation"], given["capital_frequency"])


def _palindrome(text: str, _given: Arguments) -> bool:
    return any(len(word) > 2 and word == word[::-1] and len(set(word)) > 1 for word in bare_words(text))  # noqa: PLR2004  # a letter is none


def _no_dot(text: str, _given: Arguments) -> bool:
    return not set(text) & _DOTS


def _no_exclamation(text: str, _given: Arguments) -> bool:
    return not set(text) & _EXCLAMATIONS


# Full stops and exclamation marks of other scripts, and signs that print as one.
_DOTS = frozenset(".\u3002\uff61\u06d4\u0701\u0702\u2024\ua4f8\ufe52\uff0e")
_EXCLAMATIONS = frozenset("!\u01c3\u203c\u2048\u2049\u2755\u2757\ufe57\uff01")


def _keywords_multiple(text: str, given: Arguments) -> bool:
    counts = {"keyword1": 1, "keyword2": 2, "keyword3": 3, "keyword4": 5, "keyword5": 7}
    return all(_begins(text, given[name]) == count for name, count in counts.items())


def _sentence_keyword(text: str, given: Arguments) -> bool:
    nth = int(given["N"])
    return any(_begins(sentence, given["word"]) for sentence in sentences_of(text)[nth - 1 : nth])


def _sentence_type(text: str, _given: Arguments) -> bool:
    return "?" in ifbench.closing_marks(text)


def _sentence_balance(text: str, _given: Arguments) -> bool:
    return set(".?!") <= set(ifbench.closing_marks(text))


def _at_least(sentences: int = 0, words: int = 0, lines: int = 0) -> Check:
    """Return a check that a text has so many sentences, words and lines: rules on rows hold of none and of one."""

    def check(text: str, _given: Arguments) -> bool:
        filled = sum(bool(line.strip()) for line in text.split("\n"))
        return filled >= lines and _words(text) >= words and len(sentences_of(text)) >= sentences

    return check


def _palindromes(text: str, _given: Arguments) -> bool:
    return len(set(ifbench.palindromes_in(text))) >= _PALINDROMES


EXTRA: Mapping[str, Check] = {
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:title": _title,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:constrained_response": _constrained,
    "detectable_format:json_format": _json,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeat,
    "punctuation:no_comma": _no_comma,
    "keywords:existence": _keywords,
    "keywords:forbidden_words": _forbidden,
    "keywords:exclude_word_harder": _excluded,
    "keywords:letter_frequency": _letter_frequency,
    "keywords:palindrome": _palindrome,
    "punctuation:punctuation_dot": _no_dot,
    "punctuation:punctuation_exclamation": _no_exclamation,
    "length_constraints:number_sentences": _sentence_count,
    "change_case:capital_word_frequency": _capital_words,
    "startend:quotation": _quotation,
    "length_constraints:number_paragraphs": _paragraphs,
    "keywords:frequency": _frequency,
    "count:keywords_multiple": _keywords_multiple,
    "sentence:keyword": _sentence_keyword,
    "ratio:sentence_type": _sentence_type,
    "ratio:sentence_balance": _sentence_balance,
    "ratio:stop_words": _at_least(words=5),
    "sentence:increment": _at_least(sentences=2),
    "sentence:alliteration_increment": _at_least(sentences=2),
    "words:last_first": _at_least(sentences=2),
    "words:paragraph_last_first": _at_least(words=4),
    "words:no_consecutive": _at_least(words=5),
    "words:consonants": _at_least(words=3),
    "words:alphabet": _at_least(words=5),
    "words:vowel": _at_least(words=3),
    "words:repeats": _at_least(words=5),
    "words:prime_lengths": _at_least(words=3),
    "words:odd_even_syllables": _at_least(words=3),
    "words:palindrome": _palindromes,
    "format:line_indent": _at_least(lines=2),
    "format:newline": _at_least(lines=3),
    "format:title_case": _at_least(words=3),
    "format:quotes": lambda text, _given: ifbench.closed_quotes(text),
    "format:sub-bullets": lambda text, _given: ifbench.nested_bullets(text),
    "format:no_bullets_bullets": lambda text, _given: ifbench.bullets_behind_sentences(text),
    "format:list": lambda text, given: not re.search(INDENTED + r"[-*\u2022] ", text.replace(str(given["sep"]), "")),
}

# Instructions whose answer is no prose about the prompt: a copy, a fixed list, one of two words, another language.
_NO_PROSE = (
    "copy:", "repeat:", "custom:", "new:", "format:options", "format:no_whitespace", "format:list", "ratio:", "words:",
    "count:words_japanese", "detectable_format:constrained_response", "detectable_format:square_brackets",
    "detectable_format:bigram_wrapping", "detectable_format:sentence_hyphens", "letters:", "sentence:",
)  # fmt: skip


def says_nothing(text: str, prompt: str, ids: Iterable[str], arguments: Iterable[Mapping[str, Any] | None]) -> str:
    """Return why a response has no content, or none that the prompt asked for; "" if it has.

    Args:
        text: The response.
        prompt: What was asked; "" if it is not known.
        ids: The instructions, of which some ask for what is no prose.
        arguments: Their arguments, whose words a response holds whatever it says.
    """
    named, held = list(ids), list(arguments)
    if any(name.startswith(_NO_PROSE) for name in named):
        return ""
    for given in held:  # what repeats the prompt says nothing of it
        repeated = str((given or {}).get("prompt_to_repeat") or "")
        text = text[len(repeated) :] if repeated and text.strip().lower().startswith(repeated.strip().lower()) else text
        ending = str((given or {}).get("end_phrase") or "").strip().lower()
        bare_text = text.strip().strip('"')
        text = bare_text[: len(bare_text) - len(ending)] if ending and bare_text.lower().endswith(ending) else text
    if problem := content_problem(text) or _stutters(text):
        return problem
    words = [word.lower() for word in words_of(text[:_TOPIC_READ_CHARACTERS])]
    if prompt and _repeats_prompt(words, prompt):
        return "hardly more than the words of the prompt"
    latin = sum(word.isascii() for word in words) > len(words) / 2
    if latin and len(words) >= _FUNCTION_WORDS_FROM:
        share = sum(word in _FUNCTION_WORDS for word in words) / len(words)
        if share < _FUNCTION_WORDS_LEAST:
            return "hardly any function words: no prose of a known language"
    elsewhere = "language:response_language" in named
    return "" if elsewhere or not prompt else _off_topic(words, prompt, held)


def _stutters(text: str) -> str:
    """Return whether most sentences repeat earlier ones; the refrain of a poem or a lawyer's phrase are fewer."""
    sentences = [tuple(words_of(sentence.lower())) for sentence in sentences_of(text)]
    is_short = len(sentences) < _SENTENCES_COMPARED
    return "" if is_short or 2 * len(set(sentences)) > len(sentences) else "the same sentences over and over"


_SENTENCES_COMPARED = 2
# Of the words of an answer so many are its own; a prompt in another order has none.
_OWN_SHARE_LEAST = 0.1
_OWN_WORDS_LEAST = 2
_PROMPT_SHARE_LEAST = 0.8
# One of them is an answer, however much of the question stands beside it.
_ANSWERS = frozenset({"yes", "no", "maybe", "correct", "incorrect"})


def _repeats_prompt(words: list[str], prompt: str) -> bool:
    """Return whether a response is the prompt, in whatever order."""
    asked = [word.lower() for word in words_of(prompt[:_TOPIC_READ_CHARACTERS])]
    if not words or len(words) < _PROMPT_SHARE_LEAST * len(asked):
        return False  # an answer in some words of the prompt, such as a name or a summary
    known = set(asked)
    if not _ANSWERS.isdisjoint(set(words) - known):
        return False
    return sum(word not in known for word in words) < max(_OWN_WORDS_LEAST, _OWN_SHARE_LEAST * len(words))


_FUNCTION_WORDS = frozenset().union(*PROFILES.values())


def _off_topic(words: list[str], prompt: str, arguments: Iterable[Mapping[str, Any] | None]) -> str:
    """Return whether a response shares no content word with the prompt."""
    given = {
        stem
        for held in arguments
        for name, value in (held or {}).items()
        if name != "prompt_to_repeat"
        for stem in _stems(str(value))
    }
    topic = _stems(prompt[:_TOPIC_READ_CHARACTERS]) - given - _INSTRUCTING
    if len(topic) < _TOPIC_WORDS_FROM or topic & {word[:_STEM] for word in words}:
        return ""
    return "takes up nothing of what was asked"


def _stems(text: str) -> set[str]:
    return {word.lower()[:_STEM] for word in words_of(text) if len(word) >= _STEM - 1 and not word.isdigit()} - {
        word[:_STEM] for word in _FUNCTION_WORDS
    }


# What prompts say of the answer's form, not of its matter.
_INSTRUCTING = frozenset(
    word[:_STEM]
    for word in (
        "answer response respond reply word words sentence sentences paragraph paragraphs section sections "
        "letter letters write writing include including mention appear times least less than more exactly "
        "entire response make sure should contain keyword keywords bullet points point markdown highlight "
        "title double angular brackets wrap wrapped quotation marks people thing things time times way "
        "english lowercase capital capitalized uppercase comma commas json format output finish ending phrase "
        "exact postscript placeholder placeholders square represented separated divider first second last "
        "repeat request change before without your you the with that this please text following provide give "
        "asterisk symbols allowed avoid use"
    ).split()
)
