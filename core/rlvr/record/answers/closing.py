"""Texts that no mark states an answer in: a last sentence that states exactly one value, or sets one apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, starmap

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.after import is_crossed_out
from rlvr.record.answers.before import is_about_answer, polarity_before
from rlvr.record.answers.dismissals import dismisses, is_tentative
from rlvr.record.answers.framing import framed_before, framed_behind
from rlvr.record.answers.lexicon import Cue, CueKind, cues_in
from rlvr.record.answers.sentences import sentence_start
from rlvr.record.answers.statements import Statement
from rlvr.record.answers.surroundings import leading_altered
from rlvr.record.answers.values import CHEERS, NUMBER, bare

SENTENCE_LIMIT_CHARACTERS = 400

_POLITE = lazy_pattern(
    r"\W{0,6}(?:let me know|i hope|hope (?:this|that|it)|feel free|confidence|please (?:let|feel)|if you (?:have|need|want|would)|is there anything|would you like|good luck"
    r"|happy to|thanks?|thank you|great question|espero que|si tienes|n hésitez|j'espère|ich hoffe|wenn du|falls du|spero che|надеюсь|ik hoop|希望|如果你|お役に|도움이|आशा|أتمنى|note:)",
    re.IGNORECASE,
)
_NUMBER = lazy_pattern(rf"(?<![\w.^_\\/])(?:{NUMBER})(?:\s?(?:%|\\%|°))?(?![\w^]|[.,/:]\d)")
_NUMBER_WORD = lazy_pattern(
    r"(?<![\w-])(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-(?:one|two|three|four|five|six|seven|eight|nine))?)(?![\w-])",
    re.IGNORECASE,
)
_ANY_FIGURE = lazy_pattern(r"\d")
_BOLD = lazy_pattern(r"\*\*([^*\n]{1,120})\*\*|__([^_\n]{1,120})__")
_FORMULA = lazy_pattern(
    r"\$\$([^$]{1,300})\$\$|(?<![\w)\]])\$(?=[^\s$])([^$\n]{1,300})\$(?!\d)|\\\(([^\n]{1,300}?)\\\)|\\\[([^\n]{1,300}?)\\\]"
)
_BOUND = lazy_pattern(
    r"[<>≤≥≈±]|~\s?$|\\(?:leq?|geq?|approx|pm|lt|gt)(?![a-z])|\b(?:more than|less than|fewer than|at least|at most|between|up to|about|around|approximately|roughly|nearly|almost|over|under|not"
    r"|mindestens|höchstens|etwa|más de|menos de|al menos|plus de|moins de|environ|mais de|cerca de|più di|meno di|circa|более|менее|около|meer dan|minder dan|ongeveer)\b",
    re.IGNORECASE,
)
_EQUALS = lazy_pattern(rf"=\s*(\$?\s?(?:{NUMBER})(?:\s?(?:%|\\%|°))?)([^=\d\\]*)$")
# The letter that an equation gives a value: y = 1 is not x = 1.
_NAMED = lazy_pattern(r"(?:^|[\s$(*])([A-Za-z]\s?)$")
_WORDS_ONLY = lazy_pattern(r"[\s.!*_$)\]]*(?:[^\W\d_]++[\s.!,*_'’$)\]/-]*+){0,12}$")
_CONCLUSION = lazy_pattern(
    r"(?:,\s*(?:so|which means|which is|giving|making|leaving|meaning|hence|thus|therefore|that is|resulting in|for a total of|totall?ing|bringing|also|donc|así que|por lo que|portanto|quindi|значит|dus|soit)"
    r"|;|:|—|\bfor a total of\b|\bfor a grand total of\b)\s",
    re.IGNORECASE,
)
_COPULA = lazy_pattern(
    rf"(?<![^\W\d_])(?:is|are|was|were|equals|be|es|son|est|sont|ist|sind|beträgt|é|são|è|sono|равна|равно|равен|составляет|это|bedraagt|zijn|是|为|は|就是|总共是)\s*:?\s*(?:exactly\s|therefore\s|then\s)?((?:\*\*)?\$?\s?(?:{NUMBER})(?:\s?(?:%|\\%|°))?(?:\*\*)?)(?=((?:[\s*]+[^\W\d_]+){{0,4}})[\s.!*]*$)",
    re.IGNORECASE,
)
_OPERATOR_BEHIND = lazy_pattern(
    r"\s*(?:[+*/×÷^=]|[-−–]\s?\d|times\b|plus\b|minus\b|more\b|less\b|fewer\b|percent of\b|out of\b|of \d)",
    re.IGNORECASE,
)
_LETTER = lazy_pattern(
    r"(?:(?:it(?:['’]s| is| has to be| must be| should be| can only be)|that(?:['’]s| is)|must be|leaves|leaving|option|choice|choose|pick|therefore|so|hence|thus|answer|es ist|c['’]est|es la|è la|é a|это|選|选|だから|따라서)[\s,:]+)(?:(?:option|choice|letter|answer|the|only|just|with|us)\s+)*[*_(\"]{0,3}([A-Z])[)*_\"]{0,3}[.!。]?$",
    re.IGNORECASE,
)
_LETTER_FIRST = lazy_pattern(
    r"(?<![^\s,:(*_\"])(?<!and )(?<!or )(?<!why )(?<!whether )[*_(\"]{0,3}([A-Z])[)*_\"]{0,3}\s+is\s+(?:(?:the|therefore|thus|clearly|indeed|only)\s)*"
    r"(?:(?:correct|right|true|best)(?:\s+(?:answer|option|choice|statement|one))?|answer|one)"
    r"(?:,?\s+(?:because|since)\s[^.!?\n]{1,200})?[\s*_.!]*$"
)
# What leads to a value that is reached, and to a formula: a verb, a noun that is its kind, a sign or a conclusion.
_REACHED = r"gives?|giving|yields?|yielding|(?:we|i)\sfind|found|gets?|got|obtain(?:s|ed)?|conclude|(?:simplifies|reduces|evaluates|leads|comes|converges|tends)\sto"
_RESULTS = lazy_pattern(rf"\b(?:{_REACHED})[\s,:*_]*$", re.IGNORECASE)
_LEADS = lazy_pattern(
    rf"(?:\b(?:{_REACHED}|is|are|be|being|equals?|equal\sto|becomes?|have|has|equation|form|formula|namely|as|therefore|thus|hence|so|an?|at|on|ratio)|(?<!\d)[:：]|=)[\s,*_]*$",
    re.IGNORECASE,
)
# What is to be done with a value, or is only looked at.
_TASK = lazy_pattern(
    r"[\s*_>#-]*(?:(?:so|now|next|then|first|finally|thus|therefore|here|and|but)\b[\s,]*)*(?:consider|find|let|given|suppose|assume|recall|remember|prove|show|rewrite|write|simplify|solve|evaluate|compute|determine|calculate|try|check|verify|use|take|hint|example|question|problem|exercise|goal|claim|task"
    r"|(?:we|i|you|one|it|to|our\s\w+|(?:the|this)\s(?:problem|task|goal|question|exercise|idea|aim))\s(?:[a-z]+\s){0,2}?(?:need|want|have\sto|must|should|will|can|could|may|might|try|tries|tried|remains|asks?|asked|says?|is\sto|are\sto|aim|start|begin|consider|look|were\stold|are\stold))\b",
    re.IGNORECASE,
)
# A case beside which there may be others.
_CASE = lazy_pattern(
    r"[\s*_>#-]*(?:(?:so|now|then|and|but)\b[\s,]*)*(?:if|when|whenever|unless|were|in\s(?:the|this|that|one)\s(?:\w+\s)?case)\b"
    r"|[^\n]*\b(?:whether|why)\b",
    re.IGNORECASE,
)
_JOINS = lazy_pattern(r"[\s,;]*(?:and\b|(?P<or>or\b))?\s*(?:[a-zA-Z]\s?=\s*)?")
# Where a value is attained, which is another value.
_PLACE = lazy_pattern(
    r"(?:,?\s(?:(?:which|and)\s)?(?:(?:is|are|occurs?|occurring|attained|achieved|reached|obtained|taken|reali[sz]ed)\s){0,2}(?:at|when|where|for)\s(?:the point\s)?"
    r"(?:\$[^$\n=]{1,40}=[^$\n]{1,80}\$|\\\([^\n=]{1,40}=[^\n]{1,80}?\\\)|[a-zA-Z]\s?=\s?[-−]?[\w./]{1,20})"
    r"|,?\sfor\s(?:all|any|every|each)\s(?:\w{1,12}\s){0,3}(?:\$[^$\n]{1,60}\$|\\\([^\n]{1,60}?\\\)|[a-zA-Z]))[\s.)!*]*$"
)
_LONE_LETTER = lazy_pattern(r"[*_]*\(?[A-Za-z]\)?[*_]*")
_SETTING = " \t\n*_>#-"
_CONCLUDING = lazy_pattern(r"\b(?:therefore|thus|hence|so)\b(?! that\b)", re.IGNORECASE)
_OWN_ERROR = lazy_pattern(r"\b(?:an|my|in|this|that is|it is)\s+$", re.IGNORECASE)
# A sentence has words; what has none is read as a whole.
_WORDS = lazy_pattern(r"(?<![\\\w])(?:[^\W\d_]{2,}|I(?=\s))")
# A label and its value, as in "Total: 42" and in the "A: 42" that answers a "Q:".
_LABELLED = lazy_pattern(r"[\s*_]*(?:A|[^\W\d_]{2,20}(?:\s[^\W\d_]{1,20}){0,3})[*_]{0,2}\s?[:：]\s*\S")
_SKIPPED = frozenset({"", "-", "*"})
_SKIP_LAST = lazy_pattern(r"(?:\s|-{3,}+|\*{3,}+)++$")


# What ends a proof or a calculation behind its last sentence.
_DONE = lazy_pattern(
    rf"[\s$]*(?:\\checkmark|\\(?:[bB]lack)?square|\\qed|[✓✔☑✅∎■□{CHEERS}]|(?<![A-Za-z.])Q\.?E\.?D)(?![A-Za-z])\ufe0f?[\s$.*]*$"
)
_TAIL_CHARACTERS = 40
# A display that ends a text, over several lines, and what starts and ends each line within.
_DISPLAY_END = lazy_pattern(r"(?:\\\]|\$\$|\\end\{([a-z]{4,10})\*?\})\Z")
_LAYOUTS = frozenset("align aligned alignat gather gathered equation eqnarray multline split displaymath".split())
_DISPLAY_LIMIT_CHARACTERS = 4_000


def find_closings(text: str) -> list[Statement]:
    """Find the one value that the last sentence states, and what it sets apart; polite closes behind it do not count."""
    tail = max(0, len(text) - _TAIL_CHARACTERS)
    done = _DONE.search(text[tail:])
    end = tail + done.start() if done else len(text)
    for _ in range(6):
        skip = _SKIP_LAST.search(text, max(0, end - 200), end) if text[end - 1 : end].strip() in _SKIPPED else None
        end = skip.start() if skip else end
        if end <= 0:
            return []
        displays = list(_displays_in(text, end))
        if displays:
            return displays
        start = sentence_start(text, max(0, end - 1))
        if end - start > SENTENCE_LIMIT_CHARACTERS - 1:
            return []
        sentence = text[start:end]
        if not _POLITE.match(sentence):
            return [*_closings_in(text, start, end), *_emphases_in(text, start, end)]
        end = start
    return []


def _displays_in(text: str, end: int) -> Iterator[Statement]:
    r"""Yield the value of the last line of a display of several lines that ends there, such as ``align``, and the line."""
    stop = len(text[max(0, end - _TAIL_CHARACTERS) : end].rstrip(" .\n")) + max(0, end - _TAIL_CHARACTERS)
    start = first = max(0, stop - _DISPLAY_LIMIT_CHARACTERS)
    place = inner = stop
    while closing := _DISPLAY_END.search(text, max(start, inner - _TAIL_CHARACTERS), inner):
        name = closing[1]
        if name is not None and name not in _LAYOUTS:
            break
        opening = f"\\begin{{{name}" if name else "\\[" if closing[0] == "\\]" else "$$"
        found = text.rfind(opening, start, closing.start())
        if found < 0:
            return
        start = text.find("}", found) + 1 if name else found + 2
        place, inner = min(place, found), len(text[start : closing.start()].rstrip(" .\n")) + start
    if place == stop or "\n" not in text[place:stop].strip():
        return
    lead = text[sentence_start(text, max(first, place - 1)) : place] if place else ""
    if "?" in lead or _is_unsure(lead, lead):
        return
    if "\\begin" in text[start:inner]:
        if text.startswith("\\end", text.rfind("\\", start, inner)):
            yield Statement(kind="emphasis", start=start, end=inner, text=bare(text[start:inner]))
        return
    line = text[start:inner].replace("&", "").rstrip("\\ .\n").rsplit("\\\\", 1)[-1].strip()
    value = _formula_value(line.rstrip(" .,;"))
    at = text.rfind(value, start, stop) if value else -1
    if value and at >= 0:
        yield Statement(kind="closing", start=at, end=at + len(value), text=bare(value))
    said = _end_of_chain(line.rstrip(" .,;"))
    at = text.rfind(said, start, stop)
    if at >= 0 and not _TASK.match(lead):
        yield Statement(kind="emphasis", start=at, end=at + len(said), text=bare(said))


def _end_of_chain(formula: str) -> str:
    """Return the last side of a chain or of a line that goes on a chain; another formula as it is."""
    sides = formula.split("=")
    return sides[-1].strip() if len(sides) > _SIDES or not sides[0].strip(" &") else formula.strip()


# The sides of an equation, which may be the answer itself.
_SIDES = 2


def _closings_in(text: str, start: int, end: int) -> Iterator[Statement]:
    """Yield the one value of a sentence, if its words state it."""
    sentence = _without_place(text[start:end].rstrip())
    has_words = len(_WORDS.findall(sentence)) >= 2 or "=" in sentence or "**" in sentence
    if not has_words and not _LABELLED.match(sentence):
        return
    value = _value_in(sentence)
    if value is None or not value.strip():
        return
    place = start + sentence.rfind(value)
    if _is_stated(text, start, place, place + len(value), end) and not leading_altered(text[place:end]):
        yield Statement(kind="closing", start=place, end=place + len(value), text=bare(value))


def _emphases_in(text: str, start: int, end: int) -> Iterator[Statement]:
    """Yield what a sentence leads to and sets apart from its words: its only bold text, or its only formula."""
    sentence = _without_place(text[start:end].rstrip())
    found = [each for each in _BOLD.finditer(sentence) if not _is_clause(each)]
    labels = sum(map(_is_label, found))
    is_bold = labels < len(found)
    found = found if is_bold else list(_FORMULA.finditer(sentence))
    if not found or (is_bold and labels) or not all(starmap(_are_joined, pairwise(found))):
        return
    place, stop = start + found[0].start(), start + found[-1].end()
    if is_bold and (_LONE_LETTER.fullmatch(text, place, stop) or _FORMULA.search(text, start, place)):
        return  # a letter is a choice among others, and a formula before it may be the value
    lead = start if text[start:place].strip(_SETTING) or is_bold else _lead_of_line(text, start)
    if not _LEADS.search(text, lead, place):
        return
    if _CASE.match(text, lead, place) or (_TASK.match(text, lead, place) and not _RESULTS.search(text, lead, place)):
        return
    if not _WORDS_ONLY.match(text, stop, start + len(sentence)):
        return
    if polarity_before(text, lead, place, announces=False) != "asserted":
        return
    said = text[place:stop].replace("**", "")
    is_formula = _FORMULA.match(said) is not None  # $6-5i$ is no price
    if len(found) == 1 and is_formula and said.count("=") >= _SIDES:
        said = _end_of_chain(said.strip("$"))
    if _is_stated(text, lead, place, stop, end) and (is_formula or not leading_altered(said + text[stop:end])):
        yield Statement(kind="emphasis", start=place, end=stop, text=bare(said))


def _without_place(sentence: str) -> str:
    """Return a sentence without the place where its value is attained: "The minimum is $-3$, attained at $x = 2$"."""
    place = _PLACE.search(sentence) if "=" in sentence else None
    return sentence[: place.start()] if place and _ANY_FIGURE.search(sentence, 0, place.start()) else sentence


def _are_joined(one: re.Match[str], other: re.Match[str]) -> bool:
    """Say whether nothing but a comma, "and" or a name stands between two values."""
    between = _JOINS.fullmatch(one.string, one.end(), other.start())
    return between is not None and (between["or"] is None or "=" in one[0])  # x = 2 or x = 3


def _lead_of_line(text: str, start: int) -> int:
    """Return where the sentence starts that goes on in the line at a place; the place if none does."""
    end = len(text[max(0, start - _TAIL_CHARACTERS) : start].rstrip()) + max(0, start - _TAIL_CHARACTERS)
    return start if text[end - 1 : end] in {"", *".!?"} else sentence_start(text, end)


def _is_clause(bold: re.Match[str]) -> bool:
    """Say whether bold words lead to a formula among them."""
    formula = _FORMULA.search(bold[0])
    return formula is not None and len(_WORDS.findall(bold[0], 0, formula.start())) > 1


def _is_label(bold: re.Match[str]) -> bool:
    """Say whether bold words lead to what follows them, as in "**Step 3:** we add"."""
    return (bold[1] or bold[2]).rstrip().endswith(":") or bold.string.startswith(":", bold.end())


def _is_stated(text: str, start: int, place: int, stop: int, end: int) -> bool:
    """Say whether the words of a sentence state what stands at a place in it."""
    sentence, value = text[start:end].rstrip(), text[place:stop]
    if sentence.rstrip(" *_\"'”)").endswith(("?", "？", "؟", ":", "...", "…")):
        return False
    # What led to a conclusion says nothing of it.
    led = max((match.start() for match in _CONCLUDING.finditer(sentence, 0, place - start)), default=0)
    sentence, before = sentence[led:], sentence[led : place - start]
    bound = _BOUND.search(before[-60:])
    if bound and not _COPULA.search(sentence):
        return False
    if is_crossed_out(text, stop) or dismisses(text, stop, end) or is_tentative(text, stop, end):
        return False
    if framed_before(text, start, place, announces=False) != "asserted":
        return False
    if value.isalpha() and polarity_before(text, start, place, announces=True) != "asserted":
        return False  # "Some say C is correct"
    if framed_behind(text, stop, end, value, stands_first=False) != "asserted":
        return False
    return not (_is_unsure(sentence, before, value) or is_about_answer(before))


def _is_unsure(sentence: str, before: str, value: str = "") -> bool:
    stated = range(len(before), len(before) + len(value))  # "undefined" and "all numbers except 2" are values
    kinds = {
        kind
        for cue in cues_in(sentence)
        if "harmless" not in cue.kinds and not _is_quantity(sentence, cue)
        for kind in (cue.kinds - _OF_VALUES if cue.start in stated else cue.kinds)
    }
    if kinds & {"hedge", "doubting", "wrong", "retracting", "excluding", "mention", "or", "past"}:
        return True
    if "negation" in kinds and "right" in kinds:
        return True
    near = {kind for cue in cues_in(before[-60:]) for kind in cue.kinds}
    return bool(near & {"negation", "modal"})


# What words within a value may say of its parts.
_OF_VALUES: frozenset[CueKind] = frozenset({"wrong", "excluding", "negation", "retracting", "or"})


def _is_quantity(sentence: str, cue: Cue) -> bool:
    """Say whether a word of judgement is a quantity, as in "the error of the measurement"."""
    return cue.word in {"error", "errors"} and _OWN_ERROR.search(sentence, 0, cue.start) is None


def _value_in(sentence: str) -> str | None:
    """Return the one value of a sentence; the rules in order, the first that applies decides."""
    bolds = [each[0] or each[1] for each in _BOLD.findall(sentence)]
    numeric = [bold for bold in bolds if len(_NUMBER.findall(bold)) == 1 or _FORMULA.search(bold)]
    if len(bolds) == 1 and numeric:
        return _without_clause(str(numeric[0]))
    formulas = list(_FORMULA.finditer(sentence))
    if len(formulas) == 1 and not _ANY_FIGURE.search(sentence[: formulas[0].start()] + sentence[formulas[0].end() :]):
        return _formula_value(next(each for each in formulas[0].groups() if each))
    equated = _EQUALS.search(sentence)
    if equated and _WORDS_ONLY.match(equated[2]) and not _ANY_FIGURE.search(equated[2]):
        named = _NAMED.search(sentence, 0, equated.start())
        is_whole = named is not None and sentence[: named.start(1)].rstrip(" $(*")[-1:] not in {*"+-−/^="}
        return sentence[named.start(1) : equated.end(1)] if named and is_whole else str(equated[1])
    return _counted_value(sentence)


def _without_clause(bold: str) -> str:
    """Return the value at the end of a bold clause: "Ann earned $10"; another text as it is."""
    number = _NUMBER.search(bold)
    is_clause = number is not None and len(_WORDS.findall(bold, 0, number.start())) > 1 and "=" not in bold
    return bold[number.start() :] if is_clause and number is not None else bold


def _formula_value(formula: str) -> str | None:
    value = formula.rsplit("=", 1)[-1].strip()
    return None if not value or _NO_VALUE.search(value) else value


_NO_VALUE = lazy_pattern(r"[<>,≤≥≈±]|\\(?:leq?|geq?|approx|pm|text|neq?|in|to|equiv)(?![a-zA-Z])")
_FIGURE = lazy_pattern(r"\d[\d.,/]*")


def _counted_value(sentence: str) -> str | None:
    """Return the one number of the conclusion, or the number right behind the last copula, or a letter."""
    clause = sentence
    for match in _CONCLUSION.finditer(sentence):
        if _NUMBER.search(sentence, match.end()):
            clause = sentence[match.end() :]
    numbers = list(_NUMBER.finditer(clause))
    figures = len(_FIGURE.findall(clause))
    if len(numbers) == 1 and figures == 1 and not _OPERATOR_BEHIND.match(clause, numbers[0].end()):
        return numbers[0][0]
    copula = None
    for match in _COPULA.finditer(sentence):
        copula = match
    if copula is not None and not _ANY_FIGURE.search(copula[2]):
        return copula[1].strip("* ")
    if figures == 0:
        words = _NUMBER_WORD.findall(clause)
        if len(words) == 1:
            return str(words[0])
        letter = _LETTER.search(sentence.rstrip()) or _LETTER_FIRST.search(sentence.rstrip())
        return letter[1] if letter and letter[1].isupper() else None
    return None
