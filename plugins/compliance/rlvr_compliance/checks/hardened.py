"""What hardened instructions ask besides the published ones: that each counted thing holds something.

Published checks pay for ``[]`` as a placeholder, for a heading without a section, for both options at once, for a text
that says nothing of what was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from rlvr_compliance.checks.ifeval import Arguments, Check
from rlvr_compliance.checks.languages import PROFILES
from rlvr_compliance.text.content import content_problem
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.keywords import bounded
from rlvr_compliance.text.readings import Reading, bare, canonical
from rlvr_compliance.text.tokens import INDENTED, words_of

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


def _words(text: str) -> int:
    return len(words_of(text))


def _placeholders(text: str, given: Arguments) -> bool:
    found = compiled(r"\[[^\]\n]*\]").findall(text)
    return sum(re.search(r"\w", each) is not None for each in found) >= int(given["num_placeholders"])


def _sections(text: str, given: Arguments) -> bool:
    parts = re.split(rf"\s?{re.escape(given['section_spliter'])}\s?\d+\s?", text)[1:]
    return sum(_words(part) >= _WORDS_LEAST for part in parts) >= int(given["num_sections"])


def _two_responses(text: str, _given: Arguments) -> bool:
    full = [part.strip() for part in text.split("******") if part.strip()]
    if len(full) != 2 or min(map(_words, full)) < _WORDS_LEAST:  # noqa: PLR2004  # two responses
        return False
    one, other = (part[:2_000].split() for part in full)
    return SequenceMatcher(None, one, other, autojunk=False).ratio() <= _ALIKE_MOST


def _title(text: str, _given: Arguments) -> bool:
    return any(re.search(r"[^\W\d_]{2}", each) for each in compiled(r"<<[^\n<>]*>>").findall(text))


def _bullets(text: str, given: Arguments) -> bool:
    return len(re.findall(INDENTED + r"(?:\*[^*\n]|-)[^\n]*\w", text)) >= int(given["num_bullets"])


def _highlights(text: str, given: Arguments) -> bool:
    return len(set(_starred(text))) >= int(given["num_highlights"])


def _starred(text: str) -> Iterator[str]:
    """Yield what stands between two stars of a line and has a letter or digit; no star closes one and opens another."""
    for line in text.split("\n"):
        parts = line.split("*")
        at = 1
        while at < len(parts) - 1:
            holds = re.search(r"[^\W_]", parts[at]) is not None
            if holds:
                yield parts[at]
            at += 1 + holds


def _postscript(text: str, given: Arguments) -> bool:
    at = text.lower().rfind(str(given["postscript_marker"]).lower()[:3])
    return at >= 0 and _words(text[at:]) >= _WORDS_LEAST


def _constrained(text: str, _given: Arguments) -> bool:
    return len(re.findall(r"My answer is (?:yes|no|maybe)\.", text)) == 1


def _json(text: str, _given: Arguments) -> bool:
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, (dict, list)) and bool(value)


def _no_comma(text: str, _given: Arguments) -> bool:
    return not set(text) & set(",\uff0c\u060c\u3001\ufe50\ufe10\u055d")


def _keywords(text: str, given: Arguments) -> bool:
    """Say whether each keyword stands as a word, or the beginning of one: "ant" is not in "want"."""
    return all(re.search(rf"(?i)(?<!\w){re.escape(str(word))}", text) for word in given["keywords"])


def _forbidden(text: str, given: Arguments) -> bool:
    plain = bare(canonical(Reading("raw", text))).text
    return not any(compiled(f"(?i){bounded(str(word))}").search(plain) for word in given["forbidden_words"])


def _quotation(text: str, _given: Arguments) -> bool:
    return _words(text) > 0


def _repeat(text: str, given: Arguments) -> bool:
    return _words(text[len(str(given["prompt_to_repeat"])) :]) > 0


def _paragraphs(text: str, _given: Arguments) -> bool:
    return all(_words(part) >= _WORDS_LEAST for part in text.split("***") if part.strip())


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
    "startend:quotation": _quotation,
    "length_constraints:number_paragraphs": _paragraphs,
}

# Instructions whose answer is no prose about the prompt: a copy, a fixed list, one of two words, another language.
_NO_PROSE = (
    "copy:", "repeat:", "custom:", "new:", "format:options", "format:no_whitespace", "format:list", "ratio:", "words:",
    "count:words_japanese", "detectable_format:constrained_response", "detectable_format:square_brackets",
    "detectable_format:bigram_wrapping", "detectable_format:sentence_hyphens", "letters:", "sentence:",
)  # fmt: skip


def says_nothing(text: str, prompt: str, ids: Iterable[str], arguments: Iterable[Mapping[str, Any] | None]) -> str:
    """Say why a response has no content, or none that the prompt asked for; "" if it has.

    Args:
        text: The response.
        prompt: What was asked; "" if it is not known.
        ids: The instructions, of which some ask for what is no prose.
        arguments: Their arguments, whose words a response holds whatever it says.
    """
    named, held = list(ids), list(arguments)
    if any(name.startswith(_NO_PROSE) for name in named):
        return ""
    if problem := content_problem(text):
        return problem
    for given in held:  # what repeats the prompt says nothing of it
        repeated = str((given or {}).get("prompt_to_repeat") or "")
        text = text[len(repeated) :] if repeated and text.strip().lower().startswith(repeated.strip().lower()) else text
    words = [word.lower() for word in words_of(text[:_TOPIC_READ_CHARACTERS])]
    latin = sum(word.isascii() for word in words) > len(words) / 2
    if latin and len(words) >= _FUNCTION_WORDS_FROM:
        share = sum(word in _FUNCTION_WORDS for word in words) / len(words)
        if share < _FUNCTION_WORDS_LEAST:
            return "hardly any function words: no prose of a known language"
    elsewhere = "language:response_language" in named
    return "" if elsewhere or not prompt else _off_topic(words, prompt, held)


_FUNCTION_WORDS = frozenset().union(*PROFILES.values())


def _off_topic(words: list[str], prompt: str, arguments: Iterable[Mapping[str, Any] | None]) -> str:
    """Say whether a response takes up nothing of what the prompt speaks of."""
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
