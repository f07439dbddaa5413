r"""Find the answer that a completion commits to, in time linear in its length.

Finders in order: the last ``\boxed{}`` or ``\fbox{}``; ``<answer>``; ``####``; "answer is" and its like; a bold last
line; the whole text, if it is a line.
The first kind that is present decides.
An answer that is denied, hedged, or contradicted by a later one of another kind is none.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, OverLimitError
from rlvr_math.options import ALL_FINDERS, Finder
from rlvr_math.reading.numbers import Number, alters, leading_number_in, number_in, plain_number_in, scales

# Far more than an answer with its reasoning; nothing beyond is read.
COMPLETION_LIMIT_CHARACTERS = 2_000_000
# A statement of an answer is a line at most.
STATEMENT_LIMIT_CHARACTERS = 500
# How far behind an answer a hedge may take it back.
TAIL_LIMIT_CHARACTERS = 2_000
HEDGE_REACH_CHARACTERS = 60
# An integer, decimal or fraction in plain digits is read at once.
SHORT_CHARACTERS = 40
# More boxes or statements than an honest text has; only the last ones are read.
PLACES_LIMIT = 64
# Honest answers need a handful of nested braces.
NESTING_LIMIT = 256
# How far before a box "final answer" may stand that makes it final.
FINAL_REACH_CHARACTERS = 30
# A few of a model's marks for the end of its turn, such as <|im_end|>.
ENDING_LIMIT_CHARACTERS = 100
# The longest sign before a box, such as \\times, with what opens a formula.
SIGN_CHARACTERS = 16
# What stands this near to an answer may make another one of it.
NEAR_CHARACTERS = 80

# Why the last of several boxes does not count, unless the reference has as many values.
EARLIER_BOX = "an earlier box says something else"
# The finder of last resort: the text is the answer.
WHOLE_TEXT = "whole text"

_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*")
_TOKEN = re.compile(r"[^\s{}$\\]{1,40}")
_BRACE = re.compile(r"[{}]|\\[{}]")
_JOINED = re.compile(r"(?:[\s,;.$]|\\(?:quad|qquad|text|[,;:()\[\]\\ ])|\{|\}|and|or|&){0,40}", re.IGNORECASE)
_ANSWER_WORD = re.compile(r"answer", re.IGNORECASE)
_ANCHOR = re.compile(
    r"\banswers?\b(?:\s{1,3}to\s{1,3}(?:the|this|that|your|our)\s{1,3}[a-z]{1,12}\b)?[*_\s]{0,4}"
    r"(?:(?:(?:is|are|was|will be|would be|should be|must be)(?:\s{1,3}equal\s{1,3}to)?"
    r"|equals|(?:comes|works) (?:out )?to)\b"
    r"(?:,?\s{1,3}(?:therefore|thus|then|hence|simply|indeed|just)\b,?)?|[:=])"
    r"[*_:\s]{0,4}(?:\\\[\s{0,4}|\$\$\s{0,4})?",
    re.IGNORECASE,
)
# A heading of its own, tried where a line starts so near before the word.
_ANCHOR_LINE = re.compile(
    r"(?:#{1,6}[ \t]{0,4})?(?:\*\*)?(?:final[ \t]{1,4})?answers?[ \t*:]{0,4}\n\s{0,4}(?:\\\[\s{0,4}|\$\$\s{0,4})?",
    re.IGNORECASE,
)
ANCHOR_LINE_CHARACTERS = 24
_FINAL = re.compile(r"\bfinal\b|\banswer\b", re.IGNORECASE)
_TAG = re.compile(r"<answer>([^<]{0,500})</answer>", re.IGNORECASE)
_TAG_OPENING = re.compile(r"<answer>", re.IGNORECASE)
_HASHES = re.compile(r"#{4,}[ \t]*([^\n]{0,500})")
# "#### Step 2" and "#### 2. Add" are Markdown's headings.
_HEADING = re.compile(r"\**(?:[A-Za-z]|\d{1,2}[.)][ \t]+\**[A-Za-z])")
_DENIED = re.compile(
    r"(?:(?:\b(?:not|never|cannot)|n['’]t)\b(?:\s{1,3}(?:be|equal|to|actually|really|simply)\b){0,4}"
    r"|\b(?:wrong|incorrect|false|mistaken)\s{1,3}(?:final\s{1,3})?(?:answer|result|value)\b[\s:=]{0,4}"
    r"(?:is|was|(?:would|could|will) be)?"
    r"|\bno\s{1,3}(?:final\s{1,3})?answer\s{1,3}(?:is|was|equals)"
    r"|(?:\b(?:false|untrue|doubt|deny|not the case|not true)|(?:\bnot|n['’]t)\s{1,3}(?:think|believe|sure|certain))\b"
    r"(?:\s{1,3}(?:that|whether|the|my|final|correct|answer|is|it)\b){1,6})[\s:$\\(\[*]{0,6}$",
    re.IGNORECASE,
)
_DENYING = (
    "not",
    "n't",
    "n’t",
    "never",
    "wrong",
    "correct",
    "false",
    "mistaken",
    "no ",
    "no\n",
    "no\t",
    "untrue",
    "doubt",
    "deny",
)
_RETRACTED = re.compile(
    r"[\s$*`.,;?!)}\]\\]{0,8}(?:(?:this|that|which|it|they)\s{1,3})?(?:is|was|are|were|seems|looks)\s{1,3}"
    r"(?:[a-z]{1,12}\s{1,3}){0,3}?"
    r"(?:wrong|incorrect|false|mistaken|untrue|a lie|"
    r"not (?:correct|right|true|(?:the|my|an?)\s(?:[a-z]{1,12}\s)?(?:answer|solution|result)))\b"
    r"|[\s.,;]{0,3}\(?just kidding",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|alternatively|actually|wait|correction|no|not|instead|could be|might be"
    r"|oops|sorry|hmm+|i mean|make that|scratch that|on second thought|rather(?! than))\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"[\s,]*(?:because|since|as|which|that is|i\.e\.|where|\(|=)", re.IGNORECASE)
# What may follow a number without being part of an expression: the end, punctuation, or a word that is no symbol.
_LEAVES_ALONE = re.compile(
    r"\s*(?:$|[.,;:!?)\]\n](?![\d.(\\])|\()"
    # Behind a dash or a slash, two letters may be factors.
    r"|(?:\s+|(?:\s+[-–]\s+|\s*[—/]\s*)(?=[A-Za-z]{3}))(?!to the\b)"
    r"(?P<word>a(?=\s+[A-Za-z]{2})|(?-i:I)\b|[A-Za-z]{2,40})",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_LAST_NUMBER = re.compile(r"[-−]?(?:\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?|\.\d+)\s*(?:%|\\%)?")
# Each character is looked at once: a formula ends at the next sign of its kind.
_FORMULA = re.compile(
    r"\$\$([^$]{1,1000})\$\$|\$([^$]{1,1000})\$|\\\(([^\\]{1,20}(?:\\(?![)])[^\\]{0,200}){0,100})\\\)|\\\[([^\\]{1,20}(?:\\(?!\])[^\\]{0,200}){0,100})\\\]"
)
# Two or more numbers and nothing else up to the sentence's end.
_LISTED = re.compile(r"\s{0,4}([-−]?\d{1,18}(?:(?:, ?(?:and|or)?|\s(?:and|or)) [-−]?\d{1,18}){1,20})(?:\.?\s|\.?$)")
_IS = re.compile(r"[a-z$)\]}]\s(?:is|are|equals)\s")
_GOES_ON_IN_FORMULA = re.compile(r"\s*(?:,|;|and\b|or\b)\s*(?:and\s+|or\s+)?(?:\$|\\\()")
_PROSE = re.compile(
    r"(?<![\\A-Za-z])(?:[^\W\d_]{2,20}[\s,:]{1,3}[^\W\d_]{2,20}|[^\W\d_]{4,20}[\s:]{1,3}(?:\$|\\[(\[]))"
    r"|[\u0600-\u06ff\u3040-\uffdc]{3}"
)
_ENDING_MARKS = re.compile(r"(?:\s*(?:</s>|<\|\w{1,30}\|>))+$")
_DIGIT = re.compile(r"\d")
# "One" is left out: it mostly stands for no number.
_FIGURE_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|half|quarter)\b"
)
_FIGURE = re.compile(rf"\d|\b{_FIGURE_WORD}", re.IGNORECASE)
_SECOND_FIGURE = re.compile(
    rf"\d|(?:[,;&]|\b(?:and|or|to|otherwise|remainder))\s{{1,3}}(?:an?\s{{1,3}})?{_FIGURE_WORD}", re.IGNORECASE
)


# A list's dash, or one between words, is no minus; an arrow or a tag is no comparison.
_HARMLESS_BEFORE = re.compile(
    r"(?:(?:\n[ \t]*[-−–*+>]|[A-Za-z:]{2}[*_]{0,3}\s{1,3}[-−–])\s+|(?:[-=]>|<(?!(?:del|s|strike)>)[^<>\n]{1,40}>)\s*)"
    r"(?:\$|\\[(\[]){0,2}\s*$"
)
_ALTERING_BEFORE = re.compile(
    r"(?:[-−–+/^<>≠≤≥±√×÷]|~~|\d(?:\\left)?\(|(?:[\d)}]|\b[A-Za-z])\s*\*|[A-Za-z\d})]_|\d(?=$)"
    r"|\\(?:pm|mp|times|cdot|div|sqrt|neq?|leq?|geq?|lt|gt|not|log|ln|sin|cos|tan))\s*(?:\$|\\[(\[]){0,2}\s*$"
)
_EQUATED_BEHIND = re.compile(r"=\s*\$?\s*([-−]?\d[\d.,/]{0,40})[ \t]*(?:[$)\]};!?\n]|\\[)\]]|$)")
_COMMAND_AROUND = re.compile(r"\\([A-Za-z]+)\*?(?:\[[^\[\]]{0,20}\])?(?:\s*\{[^{}]{0,40}\})?\s*\{\s*\$?\s*$")
_PLAIN_COMMANDS = frozenset("text textbf textit textrm mathrm mathbf mathit mbox boldsymbol color textcolor".split())
_CLOSING_BEHIND = re.compile(r"(?:[ \t}$)]|\\right\)|\\[)\],;! ]|\*\*)*")
_PERCENT_BEHIND = re.compile(r"(?:[ \t$}]|\\[),;! ])*(?:\\?%|percent\b|per cent\b|pct\b)", re.IGNORECASE)
_ALTERING_BEHIND = re.compile(
    r"\^(?!\s*\{?\s*\\circ)|\d|[+/×÷±]\s*[\w\\($]|\*\s*[\d\\(]|[-−–]\s*[\d\\]|_\{?\d"
    r"|\\(?:times|cdot|div|pi|sqrt|frac|pm|mp|log|ln|sin|cos|tan|theta|infty|l?dots|cdots)(?![A-Za-z])"
    r"|(?:times|plus|minus|over|divided by|mod|to the)\s+[\d$\\]"
    r"|(?:[,;]|and\b|or\b|&)\s*(?:\$|\\[(\[])?\s*[-−]?\d[\d,.]*\s*(?:\$|\\[)\]])?\s*(?:[.;!?\n]|$)"
    rf"|,?\s*(?:\\text\{{\s*)?or\s+(?:more|less|fewer|higher|lower|greater|{_FIGURE_WORD})",
    re.IGNORECASE,
)
# A letter beside the box is a factor, unless it is a unit's.
_FACTOR_BEHIND = re.compile(r"[a-fh-kn-rt-z](?![A-Za-z])")
_WORD_BEHIND = re.compile(r"\s*(?:\\text\{)?\s*([A-Za-z]{2,20})")


class Extraction(msgspec.Struct, frozen=True):
    """What a completion commits to.

    Attributes:
        text: The text of the answer; None if there is none.
        source: The finder that found it, such as "box"; "" if none did.
        problem: Why the text does not count: denied, hedged, contradicted, cut off; "" if it does.
        parts: The texts of all boxes, where earlier ones say something else.
        number: The number that the finder read already; None if it did not.
    """

    text: str | None
    source: str = ""
    problem: str = ""
    number: Number | None = None
    parts: tuple[str, ...] = ()


class _Place(msgspec.Struct, frozen=True):
    """A stretch of the completion that states an answer."""

    source: str
    start: int
    end: int
    text: str
    problem: str = ""
    number: Number | None = None
    parts: tuple[str, ...] = ()
    formula: bool = False

    def told(self) -> bool:
        """Say whether it is an answer for sure: a number, or a formula of its own."""
        return self.number is not None or self.formula


def answer_in(
    completion: str,
    *,
    finders: Sequence[Finder] = ALL_FINDERS,
    last_number: bool = False,
    last_formula: bool = False,
) -> Extraction:
    """Find the answer of a completion whose reasoning is cut away.

    Args:
        completion: The text.
        finders: What may state an answer, in order; "bold" and "whole" come last wherever they stand.
        last_number: Whether the last number anywhere counts if nothing states an answer.
        last_formula: Whether the last formula between TeX's delimiters counts if nothing states an answer.
    """
    if len(completion) > COMPLETION_LIMIT_CHARACTERS:
        raise OverLimitError(f"a completion of {len(completion)} characters")
    if len(completion) <= SHORT_CHARACTERS and "whole" in finders:
        number = plain_number_in(completion)
        if number is not None:
            return Extraction(completion, WHOLE_TEXT, number=number)
    if completion.endswith(">"):
        ending = completion[-ENDING_LIMIT_CHARACTERS:]
        completion = completion[:-ENDING_LIMIT_CHARACTERS] + _ENDING_MARKS.sub("", ending)
    stated = list(_stated(completion, finders))
    if not stated:
        found = _unstated(completion, finders, last_number=last_number, last_formula=last_formula)
        return Extraction(None) if found.source == WHOLE_TEXT and "whole" not in finders else found
    chosen = stated[0]
    if completion.find("\n", chosen.end) >= 0:
        closing = _last_line_place(completion)
        stated.extend([closing] if closing is not None else [])
    problem = chosen.problem or _contradiction(chosen, stated[1:], completion)
    return Extraction(chosen.text, chosen.source, problem, chosen.number, chosen.parts)


def _stated(completion: str, finders: Sequence[Finder]) -> Iterator[_Place]:
    """Run the finders in order; behind the first that found a place, only what could contradict it, chosen or not.

    A plain search for a finder's mark costs a hundredth of the finder.
    """
    lower = completion.lower()  # never shorter than the text, so that a place in it is not behind the text's
    end = 0
    names = _FINDERS if finders is ALL_FINDERS else dict.fromkeys([*finders, *_FINDERS])
    for name in names:
        if name not in _FINDERS:
            continue  # "bold" and "whole" state nothing beside another statement
        if not end and name not in finders:
            return
        mark, find = _FINDERS[name]
        place = find(completion) if lower.find(mark, end) >= 0 else None
        if place is not None:
            end = end or place.end
            yield place


def _unstated(completion: str, finders: Sequence[Finder], *, last_number: bool, last_formula: bool) -> Extraction:
    """Read a text that states no answer: it may be one."""
    text = completion.strip()
    line = _last_line_place(completion) if "bold" in finders else None
    if line is not None and line.source == "bold last line":
        return Extraction(line.text, line.source, line.problem)
    alone = text and "\n" not in text and len(text) <= ANSWER_LIMIT_CHARACTERS
    prose = _PROSE.search(text[:ANSWER_LIMIT_CHARACTERS])
    if alone and (not (last_number or last_formula) or number_in_or_none(text) is not None or not prose):
        return Extraction(text, WHOLE_TEXT)
    tail = text[-TAIL_LIMIT_CHARACTERS:]
    if last_formula:
        formulas = _FORMULA.findall(tail)
        if formulas:
            return Extraction(next(each for each in formulas[-1] if each), "last formula")
    if last_number:
        numbers = _LAST_NUMBER.findall(tail)
        if numbers:
            return Extraction(numbers[-1], "last number")
    return Extraction(text, WHOLE_TEXT) if alone else Extraction(None)


def _last_line_place(completion: str) -> _Place | None:
    """Find the last line, if it is bold or a number."""
    end = len(completion.rstrip())
    start = completion.rfind("\n", 0, end) + 1
    line = completion[start:end].strip()
    if len(line) > STATEMENT_LIMIT_CHARACTERS:
        return None
    if not (len(line) > 4 and line.startswith("**") and line.endswith("**")):  # noqa: PLR2004  # two marks on each side
        return _Place("last line", start, end, line, number=number_in_or_none(line))
    text = line[2:-2]
    before = completion[max(0, start - STATEMENT_LIMIT_CHARACTERS) : start].rstrip().rsplit("\n", 1)[-1].strip()
    problem = _altered(completion, start, end)
    if before.startswith("**") and number_in_or_none(before) is not None and _key(before) != _key(text):
        problem = "the bold line before says something else"
    return _Place("bold last line", start, end, text, problem, number_in_or_none(text))


def _box_place(completion: str) -> _Place | None:
    """Find the last box, or the boxes joined to it."""
    boxes = _boxes(completion)
    if not boxes:
        return None
    last = boxes[-1]
    first = len(boxes) - 1
    while first and _JOINED.fullmatch(completion[boxes[first - 1].end : boxes[first].start]):
        first -= 1
    group = boxes[first:]
    parts: tuple[str, ...] = ()
    problem = last.problem
    if not problem and completion.startswith("{", last.end):
        problem = "the box goes on"
    elif not problem and first and _key(boxes[first - 1].text) != _key(last.text):
        between = completion[boxes[first - 1].end : last.start]
        earlier = completion[max(0, boxes[first - 1].start - FINAL_REACH_CHARACTERS) : boxes[first - 1].start]
        if not _FINAL.search(between[-200:]) or _FINAL.search(earlier):
            problem = EARLIER_BOX
            parts = tuple(dict.fromkeys(box.text for box in boxes))
    text = "; ".join(dict.fromkeys(box.text for box in group))
    percent = _PERCENT_BEHIND.match(completion, last.end, last.end + NEAR_CHARACTERS)
    if percent:
        text = f"{text}%"
    problem = problem or _altered(completion, group[0].start, percent.end() if percent else last.end)
    problem = problem or _equated(completion[last.end : last.end + NEAR_CHARACTERS], last.text)
    return _Place("box", group[0].start, last.end, text, problem, parts=parts)


def _altered(completion: str, start: int, end: int) -> str:
    """Say what stands around a box and makes another answer of it: a sign, a factor, a power, a denial."""
    before = completion[start - NEAR_CHARACTERS : start] if start > NEAR_CHARACTERS else "\n" + completion[:start]
    around = _COMMAND_AROUND.search(before)
    if around and around[1] not in _PLAIN_COMMANDS:
        return f"the box stands inside \\{around[1]}"
    if _denied(before):
        return "the box is denied"
    sign_reach = max(0, len(before.rstrip(" \t\n$")) - SIGN_CHARACTERS)
    if _ALTERING_BEFORE.search(before, sign_reach) and not _HARMLESS_BEFORE.search(before):
        return "what stands before the box belongs to it"
    behind = completion[end : end + NEAR_CHARACTERS]
    if _RETRACTED.match(behind):
        return "the box is taken back"
    return "what stands behind the box belongs to it" if _goes_on(behind) else ""


def _equated(behind: str, text: str) -> str:
    """Say whether a box of a number is called equal to another number behind it."""
    closing = _CLOSING_BEHIND.match(behind)
    match = _EQUATED_BEHIND.match(behind, closing.end() if closing else 0)
    if match is None:
        return ""
    boxed, other = number_in_or_none(text), number_in_or_none(match[1].rstrip(".,"))
    differs = boxed is not None and other is not None and boxed.value != other.value
    return "the box is called equal to another number" if differs else ""


def _denied(before: str) -> bool:
    """Say whether what stands before an answer denies it; most texts hold no word that could."""
    lower = before.lower()
    return any(word in lower for word in _DENYING) and _DENIED.search(before) is not None


def _goes_on(behind: str) -> bool:
    """Say whether what follows a box is part of its answer."""
    closing = _CLOSING_BEHIND.match(behind)
    rest = behind[closing.end() if closing else 0 :]
    word = _WORD_BEHIND.match(rest)
    scaled = word is not None and scales(word[1])
    return scaled or _FACTOR_BEHIND.match(behind) is not None or _ALTERING_BEHIND.match(rest) is not None


def _boxes(completion: str) -> list[_Place]:
    """Return the outermost boxes, in order; one that never closes ends the list."""
    boxes: deque[_Place] = deque(maxlen=PLACES_LIMIT)
    position = 0
    while match := _BOX.search(completion, position):
        start = match.end()
        if completion[start : start + 1] != "{":
            token = _TOKEN.match(completion, start)
            end = token.end() if token else start
            boxes.append(_Place("box", match.start(), end, token[0] if token else "", "" if token else "an empty box"))
        else:
            end = _closing(completion, start)
            if end < 0:
                boxes.append(_Place("box", match.start(), len(completion), "", "the last box is not closed"))
                break
            boxes.append(_Place("box", match.start(), end + 1, completion[start + 1 : end].strip()))
            end += 1
        position = max(end, match.end())
    return list(boxes)


def _closing(text: str, start: int) -> int:
    """Return where the brace at ``start`` closes; -1 if it never does."""
    depth = 0
    for match in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth > NESTING_LIMIT:
            raise OverLimitError(f"braces nested deeper than {NESTING_LIMIT}")
        if depth == 0:
            return match.start()
    return -1


def _tag_place(completion: str) -> _Place | None:
    tags = deque(_TAG.finditer(completion), PLACES_LIMIT)
    if not tags:
        return None
    last = tags[-1]
    problem = "<answer> tags contradict" if len({_key(tag[1]) for tag in tags}) > 1 else ""
    problem = problem or _altered(completion, last.start(), last.end())
    if not problem and _TAG_OPENING.search(completion, last.end()):
        problem = "the last <answer> tag is not read"
    if not problem and _PERCENT_BEHIND.match(completion, last.end(), last.end() + NEAR_CHARACTERS):
        problem = "what stands behind the tag belongs to it"
    return _inside("<answer>", last, problem)


def _inside(source: str, match: re.Match[str], problem: str) -> _Place:
    """Read what a mark holds: a number, or a statement of one."""
    text = match[1].strip()
    number = number_in_or_none(text)
    stated = _anchor_place(text) if number is None else None
    if stated is not None and stated.number is not None:
        text, number, problem = stated.text, stated.number, problem or stated.problem
    return _Place(source, match.start(), match.end(), text, problem, number)


def _hash_place(completion: str) -> _Place | None:
    """Find GSM8K's ``####``; a line of it that is a heading, or without a figure, is none."""
    lines = [line for line in deque(_HASHES.finditer(completion), PLACES_LIMIT) if _DIGIT.search(line[1])]
    places = [_inside("####", line, "") for line in lines]
    places = [place for place in places if place.number is not None or not _HEADING.match(place.text)]
    if not places:
        return None
    last = places[-1]
    problem = last.problem or ("#### lines contradict" if len({_key_of(place) for place in places}) > 1 else "")
    if completion[last.end : last.end + 1] not in {"", "\n"}:
        problem = "the #### line is too long"
    if not problem and _RETRACTED.match(completion, last.end, last.end + NEAR_CHARACTERS):
        problem = "taken back afterwards"
    return _Place(last.source, last.start, last.end, last.text, problem, last.number)


def _anchor_place(completion: str) -> _Place | None:
    """Find the last "answer is", and what it says."""
    anchors = deque(_anchors(completion), PLACES_LIMIT)
    if not anchors:
        return None
    places = [_anchored(completion, anchor) for anchor in anchors]
    last = places[-1]
    others = {_key_of(place) for place in places[:-1] if place.told()} - {_key_of(last)}
    finals = {_key_of(place) for place in places if place.told() and _is_final(completion, place)}
    settled = finals == {_key_of(last)} and _is_final(completion, last)
    if not last.problem and others and not settled:
        return _Place(last.source, last.start, last.end, last.text, "an earlier statement says something else")
    return last


def _anchors(completion: str) -> Iterator[re.Match[str]]:
    """Find what states an answer: each time the word stands there, as a heading or in a sentence."""
    position = 0
    for word in _ANSWER_WORD.finditer(completion):
        if word.start() < position:
            continue
        line_start = completion.rfind("\n", max(0, word.start() - ANCHOR_LINE_CHARACTERS), word.start()) + 1
        near = line_start > 0 or word.start() <= ANCHOR_LINE_CHARACTERS
        anchor = _ANCHOR_LINE.match(completion, line_start) if near and line_start >= position else None
        anchor = anchor or _ANCHOR.match(completion, word.start())
        if anchor is not None:
            position = anchor.end()
            yield anchor


def _is_final(completion: str, place: _Place) -> bool:
    return "final" in completion[max(0, place.start - 8) : place.start].lower()


def _anchored(completion: str, anchor: re.Match[str]) -> _Place:
    """Read a statement: the number that it starts with, and whether the rest of it leaves that alone."""
    line_end = completion.find("\n", anchor.end(), anchor.end() + STATEMENT_LIMIT_CHARACTERS)
    line = completion[anchor.end() : line_end if line_end >= 0 else anchor.end() + STATEMENT_LIMIT_CHARACTERS]
    end = anchor.end() + len(line)
    whole = _whole_place(completion, anchor, line)
    if whole is not None:
        return whole
    number, rest = _leading(line)
    if number is None:
        return _Place("answer is", anchor.start(), end, _said(line), _taken_back(completion, anchor, ""))
    said = (
        line.strip() if number_in_or_none(line.strip()) is not None else line[: max(0, len(line) - len(rest))].strip()
    )
    sentence_end = _SENTENCE_END.search(rest)
    clause = rest[: sentence_end.start()] if sentence_end else rest
    problem = ""
    if line_end < 0 and len(completion) > end and not rest.strip():
        return _Place("answer is", anchor.start(), end, line.strip(), "the statement is too long")
    if not _left_alone(rest):
        return _Place("answer is", anchor.start(), end, line.strip())
    if _denied(completion[max(0, anchor.start() - NEAR_CHARACTERS) : anchor.end()]):
        problem = "the answer is denied"
    elif _RETRACTED.match(rest):
        problem = "taken back afterwards"
    elif _hedged(rest[len(clause) :]) or _another(rest[len(clause) + 1 :], number):
        problem = "hedged afterwards"
    elif _HEDGE.search(clause) or (_SECOND_FIGURE.search(clause) and not _REASON.match(clause)):
        problem = "the statement goes on to something else"
    return _Place("answer is", anchor.start(), end, said or line.strip(), problem, number)


def _whole_place(completion: str, anchor: re.Match[str], line: str) -> _Place | None:
    """Read a statement that is one thing: a formula, a plain number that ends the text, or a list of numbers."""
    end = anchor.end() + len(line)
    formula = _formula_place(completion, anchor, line)
    if formula is not None:
        return formula
    said = line.strip().removesuffix(".")
    plain = plain_number_in(said) if end >= len(completion) else None
    if plain is not None:
        return _Place("answer is", anchor.start(), end, said, _taken_back(completion, anchor, ""), plain)
    listed = _LISTED.match(line)
    if listed is not None:
        problem = _taken_back(completion, anchor, line[listed.end() :])
        return _Place("answer is", anchor.start(), end, listed[1], problem, formula=True)
    return None


def _said(line: str) -> str:
    """Return what a statement without a leading number says: its sentence, or what follows the last "is" in it."""
    sentence_end = _SENTENCE_END.search(line)
    clause = (line[: sentence_end.start()] if sentence_end else line).strip().removesuffix("**").strip()
    after = deque(_IS.finditer(clause), maxlen=1)
    return clause[after[0].end() :] if after else clause


def _formula_place(completion: str, anchor: re.Match[str], line: str) -> _Place | None:
    """Read a statement that is a formula between TeX's delimiters, more than a number."""
    formula = _FORMULA.match(line)
    if formula is None:
        return None
    text = next(each for each in formula.groups() if each)
    number, rest = number_in_or_none(text), line[formula.end() :]
    if _GOES_ON_IN_FORMULA.match(rest):
        return _Place("answer is", anchor.start(), anchor.end() + len(line), _said(line))
    if number is not None:
        # The usual end of a text needs no look at what goes on behind it.
        last = rest in {"", "."} and anchor.end() + len(line) >= len(completion)
        if not last:
            return None
        rest = ""
    problem = _taken_back(completion, anchor, rest)
    return _Place("answer is", anchor.start(), anchor.end() + formula.end(), text, problem, number, formula=True)


def _taken_back(completion: str, anchor: re.Match[str], rest: str) -> str:
    """Say how a statement that is no number is denied, or hedged by what follows it."""
    if _denied(completion[max(0, anchor.start() - NEAR_CHARACTERS) : anchor.end()]):
        return "the answer is denied"
    if _RETRACTED.match(rest):
        return "taken back afterwards"
    if _HEDGE.search(rest[:HEDGE_REACH_CHARACTERS]) or "$" in rest[:HEDGE_REACH_CHARACTERS]:
        return "the statement goes on to something else"
    return ""


def _left_alone(rest: str) -> bool:
    """Say whether what follows a number leaves it the number that it is."""
    following = _LEAVES_ALONE.match(rest)
    return following is not None and not alters(following["word"] or "")


def _contradiction(chosen: _Place, others: Sequence[_Place], completion: str) -> str:
    """Say what takes a stated answer back: a later one of another kind, or a hedge behind it."""
    for other in others:
        if other.start >= chosen.end and other.told() and _key_of(other) != _key_of(chosen):
            return f"a later {other.source!r} says something else"
    hedged = _hedged(completion[chosen.end : chosen.end + TAIL_LIMIT_CHARACTERS])
    return "hedged afterwards" if hedged else ""


def _hedged(tail: str) -> bool:
    """Say whether what follows an answer takes it back: a hedge with a number soon after it."""
    ends = (hedge.end() for hedge in _HEDGE.finditer(tail))
    return any(_FIGURE.search(tail[end : end + HEDGE_REACH_CHARACTERS].split("\n", 1)[0]) for end in ends)


def _another(tail: str, number: Number) -> bool:
    """Say whether what follows a sentence is nothing but another number."""
    other = number_in_or_none(tail.strip())
    return other is not None and other.value != number.value


def _leading(line: str) -> tuple[Number | None, str]:
    try:
        return leading_number_in(line)
    except OverLimitError:
        return None, line


def number_in_or_none(text: str) -> Number | None:
    """Read a number as ``number_in`` does, and None where that is over a limit."""
    try:
        return number_in(text)
    except OverLimitError:
        return None


def _key_of(place: _Place) -> object:
    return place.number.value if place.number is not None else _key(place.text)


def _key(text: str) -> object:
    """Return what makes two answers the same: their number, else their text without space."""
    number = number_in_or_none(text)
    return number.value if number is not None else "".join(text.split())


# By name, the mark without which there is nothing to find, and the finder.
_FINDERS: Mapping[str, tuple[str, Callable[[str], _Place | None]]] = MappingProxyType(
    {
        "box": ("box", _box_place),
        "tag": ("<answer>", _tag_place),
        "hashes": ("####", _hash_place),
        "statement": ("answer", _anchor_place),
    }
)
