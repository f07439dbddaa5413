"""The 25 instruction types of IFEval, by their published semantics.

Each check reads a response and the instruction's arguments.
Source: Zhou et al., Instruction-Following Evaluation for Large Language Models, arXiv 2311.07911.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rlvr_compliance.checks.languages import is_language
from rlvr_compliance.text.engine import PatternError, compiled
from rlvr_compliance.text.tokens import sentences_of, tokens_of, words_of

Arguments: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[str, Arguments], bool]

_FENCES = ("```json", "```Json", "```JSON", "```")
_MARKS = frozenset(".,?!'\"")


def compare(count: int, relation: str, threshold: float) -> bool:
    """Compare as "less than" or "at least" ask."""
    if relation not in {"less than", "at least"}:
        raise ValueError(f"relation {relation!r} is neither 'less than' nor 'at least'")
    return count < threshold if relation == "less than" else count >= threshold


def found(pattern: str, text: str) -> list[str]:
    """Find all matches of a keyword, read as a pattern where it is one and as letters where it is none."""
    try:
        expression = compiled(f"(?i){pattern}")
    except PatternError:
        expression = compiled(f"(?i){re.escape(pattern)}")
    return [match[0] for match in expression.finditer(text)]


def _existence(text: str, given: Arguments) -> bool:
    return all(found(keyword, text) for keyword in given["keywords"])


def _frequency(text: str, given: Arguments) -> bool:
    return compare(len(found(given["keyword"], text)), given["relation"], given["frequency"])


def _forbidden(text: str, given: Arguments) -> bool:
    return not any(found(rf"\b{word}\b", text) for word in given["forbidden_words"])


def _letter_frequency(text: str, given: Arguments) -> bool:
    return compare(text.lower().count(given["letter"].lower()), given["let_relation"], given["let_frequency"])


def _language(text: str, given: Arguments) -> bool:
    return is_language(text, given["language"])


def _sentences(text: str, given: Arguments) -> bool:
    return compare(len(sentences_of(text)), given["relation"], given["num_sentences"])


def _paragraphs(text: str, given: Arguments) -> bool:
    parts = text.split("***")
    inner = parts[1:-1]
    ends = [part for part in {0: parts[0], len(parts) - 1: parts[-1]}.values() if part.strip()]
    return all(part.strip() for part in inner) and len(inner) + len(ends) == given["num_paragraphs"]


def _words(text: str, given: Arguments) -> bool:
    return compare(len(words_of(text)), given["relation"], given["num_words"])


def _paragraph_word(text: str, given: Arguments) -> bool:
    paragraphs = text.split("\n\n")
    full = sum(bool(paragraph.strip()) for paragraph in paragraphs)
    nth = int(given["nth_paragraph"])
    if not 1 <= nth <= full or not paragraphs[nth - 1].strip():
        return False
    word = paragraphs[nth - 1].split()[0].lstrip("'").lstrip('"').lower()
    end = next((at for at, letter in enumerate(word) if letter in _MARKS), len(word))
    return full == given["num_paragraphs"] and word[:end] == str(given["first_word"]).lower()


def _placeholders(text: str, given: Arguments) -> bool:
    return bool(len(compiled(r"\[[^\]\n]*\]").findall(text)) >= given["num_placeholders"])


def _postscript(text: str, given: Arguments) -> bool:
    marker = given["postscript_marker"].lower()
    known = {"p.p.s": r"p\.\s?p\.\s?s", "p.s.": r"p\.\s?s\."}
    return compiled(known.get(marker, re.escape(marker))).search(text.lower()) is not None


def _bullets(text: str, given: Arguments) -> bool:
    count = sum(len(compiled(bullet).findall(text)) for bullet in (r"(?m)^\s*\*[^\*].*$", r"(?m)^\s*-.*$"))
    return bool(count == given["num_bullets"])


def _constrained(text: str, _given: Arguments) -> bool:
    return any(f"My answer is {answer}." in text for answer in ("yes", "no", "maybe"))


def _highlights(text: str, given: Arguments) -> bool:
    marked = [*compiled(r"\*[^\n\*]*\*").findall(text), *compiled(r"\*\*[^\n\*]*\*\*").findall(text)]
    return bool(sum(bool(part.strip("*").strip()) for part in marked) >= given["num_highlights"])


def _sections(text: str, given: Arguments) -> bool:
    heading = compiled(rf"\s?{re.escape(given['section_spliter'])}\s?\d+\s?")
    return bool(len(heading.findall(text)) >= given["num_sections"])


def _json(text: str, _given: Arguments) -> bool:
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _title(text: str, _given: Arguments) -> bool:
    return any(title.lstrip("<").rstrip(">").strip() for title in compiled(r"<<[^\n]+>>").findall(text))


def _two_responses(text: str, _given: Arguments) -> bool:
    parts = text.split("******")
    full = [part.strip() for part in parts if part.strip()]
    return all(part.strip() for part in parts[1:-1]) and len(full) == 2 and full[0] != full[1]  # noqa: PLR2004  # two


def _repeat(text: str, given: Arguments) -> bool:
    return text.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())


def _end(text: str, given: Arguments) -> bool:
    return text.strip().strip('"').lower().endswith(given["end_phrase"].strip().lower())


def _quotation(text: str, _given: Arguments) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def _capital_words(text: str, given: Arguments) -> bool:
    capitals = sum(word.isupper() for word in tokens_of(text))
    return compare(capitals, given["capital_relation"], given["capital_frequency"])


def _capital(text: str, _given: Arguments) -> bool:
    return text.isupper() and is_language(text, "en")


def _lower(text: str, _given: Arguments) -> bool:
    return text.islower() and is_language(text, "en")


def _no_comma(text: str, _given: Arguments) -> bool:
    return "," not in text


CHECKS: Mapping[str, Check] = {
    "keywords:existence": _existence,
    "keywords:frequency": _frequency,
    "keywords:forbidden_words": _forbidden,
    "keywords:letter_frequency": _letter_frequency,
    "language:response_language": _language,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": _words,
    "length_constraints:nth_paragraph_first_word": _paragraph_word,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": _constrained,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json,
    "detectable_format:title": _title,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeat,
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _capital,
    "change_case:english_lowercase": _lower,
    "punctuation:no_comma": _no_comma,
}
