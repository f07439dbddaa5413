r"""Marks that state an answer: ``\boxed{}``, ``<answer>``, ``####`` and JSON objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.statements import Statement

# Honest answers need a handful of nested braces.
NESTING_LIMIT = 256
# A tag or a line of hashes holds a short answer.
MARK_LIMIT_CHARACTERS = 2_000

_BOX = lazy_pattern(r"\\(?:boxed|fbox)(?![A-Za-z])\s{0,8}")
_CONCLUSION = lazy_pattern(r"(?:\b(?:therefore|thus|hence|so|answer(?: is)?)|=)[\s$,:(]*$", re.IGNORECASE)
_CONCLUSION_CHARACTERS = 40
_TOKEN = lazy_pattern(r"[^\s{}$\\]{1,40}")
_BRACE = lazy_pattern(r"[{}]|\\[{}]")
_TAG_OPENS = lazy_pattern(r"<answer(?:\s[^<>]{0,100})?>|<\|begin_of_box\|>", re.IGNORECASE)
# The ways to write the name; "<aNswer>" is nobody's tag.
_TAG_NAMES = ("answer", "ANSWER", "Answer", "<|begin_of_box|>")
_TAG_CLOSES = lazy_pattern(r"</answer\s{0,3}>|<\|end_of_box\|>", re.IGNORECASE)
_HASHES = lazy_pattern(r"#{4,}[ \t]*([^\n]{0,2000})")
# "#### Step 2" and "#### 2. Add" are Markdown's headings.
_HEADING = lazy_pattern(r"\**(?:[A-Za-z][A-Za-z]|\d{1,2}[.)][ \t]+\**[A-Za-z])")
_VALUE_LINE = lazy_pattern(r"\(?[A-Z]\)?[.\s]*$|[^\n]*\d|\$[^$\n]{1,200}\$[.\s]*$")
# A few words that are no heading of a part that was cut off.
_WORDS = lazy_pattern(
    r"(?!(?:steps?|part|conclusion|summary|verification|check|solution|explanation|final|result|note|case|example)\b)"
    r"[^\W\d][^\n:#*|]{0,60}",
    re.IGNORECASE,
)
_LABEL = lazy_pattern(r"(?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*[:=]?\s*", re.IGNORECASE)
_PLACEHOLDER = lazy_pattern(
    r"[\s\\]*(?:\.{2,}|…|\\l?dots|\\cdots|\?+|_+|x+|#+|\*+|-+|<(?!\s?-?\d)[^<>]{0,40}>|\[[A-Za-z][A-Za-z ]{0,40}\]|\[\]|(?:insert |write |put |type )?(?:your|the|my|final|correct|numerical|numeric|short|an)?[ _-]*(?:final[ _-]*)?"
    r"(?:answer|result|value|solution|choice|letter|number|response|option)(?:[ _-]*(?:here|goes here|value|letter|text))?|here|n|ans|respuesta|réponse|antwort|resposta|ответ|risposta|antwoord|答案|答え|정답|답|उत्तर|الجواب|الإجابة"
    r"|(?:tu|su|la|votre|ta|ihre|deine|sua|a|ваш|la tua|uw|jouw) (?:respuesta|réponse|antwort|resposta|ответ|risposta|antwoord)(?: aquí| ici| hier| aqui| здесь| qui)?)[\s.]*\Z",
    re.IGNORECASE,
)
# No placeholder but one between angle brackets has a figure or a brace.
_NO_PLACEHOLDER = lazy_pattern(r"[\d{]")
_JSON_KEYS = frozenset({"answer", "final_answer", "result", "choice", "finalanswer", "final answer"})
_JSON_LIMIT_CHARACTERS = 10_000
_INNER = lazy_pattern(r"\\(?:boxed|fbox)\s{0,3}\{")


def find_boxes(text: str) -> Iterator[Statement]:
    r"""Find the outermost ``\boxed{}`` and ``\fbox{}``, in order; one that never closes is the last."""
    position = 0
    for place in sorted([*_each(text, "\\boxed"), *_each(text, "\\fbox")]):
        match = _BOX.match(text, place) if place >= position else None
        if match is None:
            continue
        start = match.end()
        if text[start : start + 1] == "{":
            end = _closing(text, start)
            if end < 0:
                yield Statement(kind="box", start=place, end=len(text), text="", polarity="cut")
                return
            yield _box(place, end + 1, text[start + 1 : end].strip(), text)
            position = end + 1
        else:
            token = _TOKEN.match(text, start)
            position = max(token.end() if token else start, place + 1)
            if token:
                yield _box(place, position, token[0], text)


def box_at(text: str, place: int) -> Statement | None:
    r"""Read the ``\boxed{}`` at a place; None if its brace is not right behind the command, or never closes."""
    start = place + len("\\boxed")
    end = _closing(text, start) if text.startswith("{", start) else -1
    return None if end < 0 else _box(place, end + 1, text[start + 1 : end].strip(), text)


def _each(text: str, literal: str) -> Iterator[int]:
    if text.rfind(literal) < 0:  # in long texts a third of the time of a search from the start
        return
    place = text.find(literal, text.find(literal[0]))
    while place >= 0:
        yield place
        place = text.find(literal, place + len(literal))


def _box(start: int, end: int, inner: str, text: str) -> Statement:
    nested = _INNER.match(inner) if inner.startswith("\\") else None
    if nested and inner.endswith("}") and _closing(inner, nested.end() - 1) == len(inner) - 1:
        inner = inner[nested.end() : -1].strip()
    # The command's name in a sentence, as in "with \boxed.", has no braces and a sign behind it.
    is_name = not text.startswith("}", end - 1) and not any(map(str.isalnum, inner))
    is_number = inner[:1].isdecimal()
    is_mention = not is_number and (not inner or is_name or (is_placeholder(inner) and inner.lower() not in {"x", "n"}))
    polarity = "mention" if is_mention else "asserted"
    if not inner and _concludes(text, start, end):
        polarity = "cut"
    if text.startswith("{", end):
        polarity = "altered"
    return Statement(kind="box", start=start, end=end, text=inner, polarity=polarity)  # type: ignore[arg-type]


def _concludes(text: str, start: int, end: int) -> bool:
    r"""Say whether an empty box is where a text concludes, so that its answer is missing: "Therefore \boxed{}"."""
    if _CONCLUSION.search(text, max(0, start - _CONCLUSION_CHARACTERS), start) is None:
        return False
    return not any(map(str.isalnum, text[end : end + MARK_LIMIT_CHARACTERS]))


def _closing(text: str, start: int) -> int:
    """Return where the brace at ``start`` closes; -1 if it never does, or is nested too deep."""
    end = text.find("}", start + 1)
    if end < 0 or (text.find("{", start + 1, end) < 0 and text[end - 1] != "\\"):  # no other brace inside
        return end
    if "\\{" not in text and "\\}" not in text:
        return _closing_of_plain_braces(text, start)
    depth = 0
    for match in _BRACE.finditer(text, start):
        brace = match[0]
        depth += 1 if brace == "{" else -1 if brace == "}" else 0
        if depth > NESTING_LIMIT:
            return -1
        if depth == 0:
            return match.start()
    return -1


def _closing_of_plain_braces(text: str, start: int) -> int:
    """Return the same for a text in which no brace has a backslash before it."""
    depth, position = 0, start
    while (end := text.find("}", position)) >= 0:
        depth += text.count("{", position, end)
        if depth > NESTING_LIMIT:
            return -1
        depth -= 1
        if depth == 0:
            return end
        position = end + 1
    return -1


def find_tags(text: str) -> Iterator[Statement]:
    """Find what stands in each ``<answer>`` or pair of box tokens, from the innermost opening tag on."""
    openings = list(_TAG_OPENS.finditer(text, text.find("<")))
    if not openings or not any(name in text for name in _TAG_NAMES):
        return
    for index, opening in enumerate(openings):
        limit = openings[index + 1].start() if index + 1 < len(openings) else len(text)
        closing = _TAG_CLOSES.search(text, opening.end(), limit)
        if closing is None:
            if index + 1 == len(openings) or text[opening.end() : limit].strip():
                yield Statement(
                    kind="tag",
                    start=opening.start(),
                    end=limit,
                    text=text[opening.end() : limit].strip(),
                    polarity="cut",
                )
            continue
        inner = text[opening.end() : closing.start()].strip()
        mention = not inner or (is_placeholder(inner) and inner.lower() not in {"x", "n"})
        yield Statement(
            kind="tag",
            start=opening.start(),
            end=closing.end(),
            text=inner,
            polarity="mention" if mention else "asserted",
        )


def find_hashes(text: str) -> Iterator[Statement]:
    """Find GSM8K's ``####``; a line of it that is a heading, or without a figure or a letter, is none.

    A line of a few words is an answer where it ends the text and the text has no other mark: nothing stands below it.
    """
    position = 0
    # A search for one sign costs a tenth of one for four.
    while (position := text.find("#", position)) >= 0 and (place := text.find("####", position)) >= 0:
        match = _HASHES.match(text, place)
        if match is None:  # pragma: no cover  # the pattern starts with what was found
            return
        position = match.end()
        line = match[1].strip()
        label = _LABEL.match(line)
        value = line[label.end() :] if label else line
        is_value = _VALUE_LINE.match(value) and not _HEADING.match(value)
        if value and (is_value or (_WORDS.fullmatch(value) and _is_only_mark(text, place, position))):
            cut = position < len(text) and text[position] != "\n"
            yield Statement(
                kind="hashes", start=place, end=position, text=value.strip(), polarity="cut" if cut else "asserted"
            )


def _is_only_mark(text: str, start: int, end: int) -> bool:
    """Return True if a line of hashes ends a text that has no other mark of an answer."""
    before = text[:start]
    return not text[end:].strip() and not any(mark in before for mark in ("####", "boxed", "nswer", "NSWER"))


def find_json(text: str) -> Statement | None:
    """Read a text that is a JSON object with one key for the answer, such as beside one for the reasoning."""
    stripped = text.strip()
    if not stripped.startswith("{") or not stripped.endswith("}") or len(stripped) > _JSON_LIMIT_CHARACTERS:
        return None
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    answers = [value[key] for key in value if key.lower() in _JSON_KEYS] if isinstance(value, dict) else []
    if len(answers) != 1 or isinstance(answers[0], (dict, list, type(None))):
        return None
    held = answers[0]
    said = held if isinstance(held, str) else json.dumps(held)
    return Statement(kind="json", start=text.find("{"), end=len(text.rstrip()), text=said.strip())


def is_placeholder(text: str) -> bool:
    """Say whether a text stands for an answer instead of being one: "...", "your answer"."""
    if len(text) > 60 or text[:1].isdecimal():  # longer texts and numbers say something
        return False
    if "<" not in text and _NO_PLACEHOLDER.search(text):
        return False
    return _PLACEHOLDER.match(text) is not None
