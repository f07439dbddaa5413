"""Words before a statement, in its sentence: what denies, hedges or attributes it.

A cue counts only where it reaches the statement.
Before "the answer is" that is every cue of the same clause, since the clause governs what is announced.
Before a box it is what stands right before it, with nothing but function words between.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.dismissals import OTHER_QUESTION
from rlvr.record.answers.fragments import is_foreign_clause, is_foreign_fragment, may_be_fragment
from rlvr.record.answers.framing import confesses, framed_before, has_frame
from rlvr.record.answers.lexicon import SOURCES, Cue, CueKind, cues_in, has_word_of, may_have
from rlvr.record.answers.sentences import REACH_CHARACTERS, sentence_start
from rlvr.record.answers.statements import Polarity

# What ends a clause: the comma of an apposition, a colon, a dash.
_BREAK = lazy_pattern(r"[,;:，；：、؛،—–]|\s-\s|\.\s|[?!]\s")
_COMPLEMENT = lazy_pattern(r"\s*(?:that|dass|daß|que|qu|что|чтобы|che|dat|أن|بأن|कि)(?![^\W\d_])", re.IGNORECASE)
_FIRST_PERSON = lazy_pattern(
    r"(?<![^\W\d_])(?:I|we|you can|ich|wir|yo|nosotros|je|nous|eu|nós|я|мы|io|noi|ik|wij|digo|decimos|dico|diciamo|digo|dizemos|one can|can be|我|我们|私|मैं|हम)(?![^\W\d_])",
    re.IGNORECASE,
)
_HONEST_SOURCE = lazy_pattern(
    r"formula|theorem|rule|law|table|problem|definition|equation|order of|pythagor|data|graph|given|information|question|calculat|condition"
    r"|chart|statement|passage|text(?!book)|above|fórmula|teorema|regla|ley|tabla|problema|enunciado|ecuación|formule|théorème|règle|énoncé|loi|tableau"
    r"|formel|satz|regel|gesetz|aufgabe|gleichung|tabelle|angaben|lei|tabela|equação|dados|формул|теорем|правил|закон|услови|задач|уравнен|legge|tabella"
    r"|equazione|formule|stelling|wet|opgave|公式|定理|题|題|法则|条件|式|問題|공식|정리|문제|법칙|조건|सूत्र|प्रमेय|नियम|प्रश्न|صيغة|نظرية|قانون|المسألة|المعطيات|السؤال",
    re.IGNORECASE,
)
# Words that a plain negation or modal reaches over.
_FUNCTION_WORDS = lazy_pattern(
    r"(?:[\s*_`$({\[\\\"'“:=]|(?:be|equal|equals|to|actually|really|simply|the|a|an|is|are|was|just|in|fact|as|of|exactly|necessarily|text|mathbf|correct|right|final|answer|value"
    r"|è|que|ce|c|soit|sea|seja|sia|it|that|sein|gleich|die|der|das|ist|ser|igual|la|el|le|es|est|être|égal|o|é|à|al|essere|uguale|zijn|gelijk|het|de|равно|это|является|就|等于|是|为)(?![^\W\d_]))*"
)
_QUOTED = lazy_pattern(r"[\"“„«「『]\s{0,2}(?:[^\W\d_]{1,12}\s){0,4}$")
# German leaves out "that" and keeps the comma.
_GERMAN_CLAUSE = lazy_pattern(
    r"\s*(?:die|meine|unsere|das|dies)\s+(?:[^\W\d_]{1,14}\s+)?(?=\Z|$)|\s*(?:die|meine|unsere)\s"
)
_LAST_MENTIONING = frozenset(
    "in as inside within using into with form use format like called symbol command macro".split()
)
_FACE = lazy_pattern(r"[❌✗✘🚫⛔]\s*[\s$\\(\[*]*$")
# "The form" is what a box looks like; "simplest form" is that of a value.
_WRITE = lazy_pattern(
    r"(?:\b(?:put|write|writing|(?<!can be )(?<!could be )(?<!may be )(?<!is )written|place|box|give|provide|express|state|enclose|wrap|format|submit|use|return|present|report|type|enter)\b[^.!?\n]{0,80}\b(?:in|as|inside|within|using|into|with|(?:the|this|that|following)\s+form)"
    r"|\b(?:use|using|(?:the|this|that|following)\s+form|format|like|called|symbol|command|macro))\s*[\s$`\"“(:*]*$",
    re.IGNORECASE,
)

# What may stand around a label of what is no answer: "Here is an example:".
_LABEL_LEAD = lazy_pattern(r"\W*(?:(?:here|this|that|it|is|s|as|just|only|an?|the|following)\W+)*", re.IGNORECASE)
# A negation this near before a judgement undoes it: "it is not wrong to say that".
UNDOING_REACH_CHARACTERS = 14

# The kinds that change a polarity: a stretch without any of them leaves what follows as it is.
_CHANGING: frozenset[CueKind] = frozenset(
    {
        "negation", "wrong", "excluding", "hedge", "modal", "doubting", "reporting", "past", "mention", "condition",
        "question", "retracting", "label", "unable",
    }
)  # fmt: skip

ORDER: tuple[Polarity, ...] = ("mention", "questioned", "denied", "attributed", "conditional", "hedged")


def polarity_before(text: str, floor: int, start: int, *, announces: bool, is_value: bool = True) -> Polarity:
    """Return how the words of a stretch of text change what is stated right behind it.

    Args:
        text: The text.
        floor: Where the sentence starts, or the statement before it ends.
        start: Where the statement starts.
        announces: Whether the statement is an announcement, whose clause governs it.
        is_value: Whether it states a value; a phrase stands in any sentence.
    """
    if start - floor < 2 or not text[floor:start].strip():  # no room for a word
        return "asserted"
    if _is_mentioned(text, floor, start, announces=announces):
        return "mention"
    if start - floor <= _ORDER_CHARACTERS and _THROWN_OUT.fullmatch(text, floor, start):
        return "denied"
    if not text.isascii() and _FACE.search(text, max(floor, start - 12), start):
        return "denied"
    worded = _worded(text, floor, start, announces=announces)
    if worded != "asserted" or not is_value:
        return worded
    return _framed(text, floor, start, announces=announces)


def _worded(text: str, floor: int, start: int, *, announces: bool) -> Polarity:
    """Return what the cues of a stretch make of the value behind it."""
    if not may_have(text, floor, start, _CHANGING):
        return "asserted"
    cues = [cue for cue in cues_in(text, floor, start) if "harmless" not in cue.kinds]
    if not cues:
        return "asserted"
    clauses = _clauses(text, floor, start, cues)
    first, last = clauses[-1]
    inside = [cue for cue in cues if first <= cue.start < last]
    found = _governing(text, first, start, inside) if announces else _reaching(text, first, start, inside)
    if found != "asserted" or len(clauses) == 1:
        return found
    return _carried(text, clauses, cues, start)


def _framed(text: str, floor: int, start: int, *, announces: bool) -> Polarity:
    """Return what the form of a lead makes of the value behind it, whatever its other words are."""
    framed = framed_before(text, floor, start, announces=announces)
    if framed != "asserted":
        return framed
    if floor and _HAS_WORKING.search(_BOX.sub("", text[:floor])) is not None:
        return "asserted"  # a text with working leads to its value in any words
    is_foreign = is_foreign_clause(text[floor:start]) if announces else is_foreign_fragment(text[floor:start])
    return "altered" if is_foreign else "asserted"


def has_no_cue(before: str) -> bool:
    """Return True only if no word of a stretch changes what is stated without an announcement behind it.

    Both :func:`polarity_before` and :func:`is_unknown` then find nothing in any part of the stretch that starts with a
    whole word.
    """
    if not before:
        return True
    return (
        before.isascii()
        and not has_word_of(before, _CHANGING, _OTHER_HEADS)
        and not has_frame(before)
        and not may_be_fragment(before)
    )


# "Throw out \\boxed{42}": an order, and no sentence of a story about what somebody throws out.
_ORDER_CHARACTERS = 60
_ORDERS = frozenset(
    "pick select box submit trust believe throw toss drop cross strike scratch weed forget beware".split()
)
_OTHER_HEADS = _LAST_MENTIONING | _ORDERS
_THROWN_OUT = lazy_pattern(
    r"\W*(?:(?:so|then|hence|thus|therefore|now|please|also|we|you|must|should|can|may|have to|need to|let us|let['’]s),?\s+){0,4}"
    r"(?:(?:we can )?(?:safely )?throw (?:out|away)|toss(?: out)?|drop|cross (?:out|off)|strike (?:out|off)|scratch|weed out|forget(?: about)?|(?:do not|don['’]t|never) (?:accept|take|choose|answer|pick|select|box|submit|write|put|say|trust|believe)"
    r"|(?:i |we |i['’]d |we['’]d |i['’]ll )?(?:don['’]t|do not|never|will not|won['’]t|would not|wouldn['’]t|would never|will never) (?:accept|take|choose|pick|select|box|submit|answer|fall for|write|say|put)|beware(?: of)?)\s+(?:the (?:answer|value|root|solution|number)\s+)?(?:of\s+)?[\s$\\(\[*_]*",
    re.IGNORECASE,
)
# Right before the noun: one answer among others, or that of somebody else.
_AMONG_OTHERS = lazy_pattern(
    r"(?<!only )(?<!\w)(?:possible|potential|plausible|conceivable|candidate|default|random|arbitrary|dummy|sample|example|filler|throwaway|placeholder|backup|alternative|second|third|trap|decoy|distractor|naive|naïve|common|typical|popular|tempting"
    r"|mögliche|denkbare|posible|possibile|possível|mogelijk|возможный)\s+$",
    re.IGNORECASE,
)
_OF_SOURCE = lazy_pattern(
    r"\b(?:book|textbook|manual|website|internet|forum|(?:previous|last|next|other|preceding|wrong)\s+(?:question|problem|part|exercise|puzzle))['’]s\s+$",
    re.IGNORECASE,
)
# What the answer is a part of, or what is made of it: "half of the answer is".
_MADE_OF_IT = lazy_pattern(
    r"\b(?:(?:more|less|fewer) than|(?:upper|lower) bound (?:for|on|of)|half|twice|double|triple|thrice|sum|product|digits?|remainder|thirds?|quarters?|reciprocal|inverse|opposite|negative|negation|minus|log|ln|absolute value|modulus|magnitude|size|floor|ceiling|integer part|whole part"
    r"|square|cube|root|logarithm|factorial|part|percent|multiple|divisor|(?:two|three|four|five|six|seven|eight|nine|ten|\d)\s+times)"
    r"\s+(?:of\s+)?(?:the|my|our)\s+(?:final\s+)?$",
    re.IGNORECASE,
)
_CHANGED_BEHIND = lazy_pattern(
    r"[^\W\d_]+(?:,\s+(?:pending|subject to|barring|modulo|assuming|supposing|if)\b[^,.\n]{0,40},|,?\s+(?:times|plus|minus|divided by|multiplied by|squared|cubed|doubled|halved|tripled"
    r"|raised to|to the power|used to be|differs from|is (?:different|distinct) from|is (?:bounded|divisible) by|divides|is (?:above|below|under|over|beyond)|ends (?:in|with)|starts with|begins with|contains|exceeds|increased by|decreased by|reduced by)\b"
    r"|['’]s\s+(?:square|cube|half|double|triple|reciprocal|inverse|negative|opposite|(?:first |last )?digits?|factorial|logarithm)\b)",
    re.IGNORECASE,
)
_LET = lazy_pattern(r"\blet\s+(?:the|my|our)\s+(?:[a-z]{1,12}\s+)?$", re.IGNORECASE)
_BE = lazy_pattern(r"[^\W\d_]+\s+be\b", re.IGNORECASE)
# Right behind the noun: "the answer in the back of the book".
_IN_SOURCE = lazy_pattern(
    r"[^\W\d_]+\s+(?:in|on|from|of|by|at)\s+(?:(?:the|a|my|your|his|her|their|our)\s+)?(?:(?:back|end)\s+of\s+(?:the|my)\s+)?"
    r"(?:(?:answer|old|other|solution|study)\s+)?(?:book|textbook|key|manual|friends?|classmates?|teacher|student|internet|website"
    r"|forum|neighbou?r|cheat sheet)\b(?!['’])",
    re.IGNORECASE,
)
# An answer to something else.
# An indefinite question is not the one that was asked either.
_TO_OTHER_QUESTION = lazy_pattern(
    rf"[^\W\d_]+\s+(?:(?:to|of|for)\s+{OTHER_QUESTION}|to\s+(?:an?\s+(?:\w+\s+)?(?:question|problem|exercise|puzzle|riddle|task)\b"
    r"|another\b|some\b|yesterday|tomorrow|last\s+(?:week|year|month|time)|life\b|everything\b))",
    re.IGNORECASE,
)
_NOUN_REACH_CHARACTERS = 40


def polarity_of_noun(text: str, floor: int, start: int, value_start: int) -> Polarity:
    """Return what the words at the noun of an announcement make of it: "a possible answer", "the answer in the book".

    Args:
        text: The text.
        floor: Where the sentence starts.
        start: Where the noun starts.
        value_start: Where the value starts.
    """
    near = max(floor, start - _NOUN_REACH_CHARACTERS)
    if _AMONG_OTHERS.search(text, near, start):
        return "hedged"
    if _OF_SOURCE.search(text, near, start) or _IN_SOURCE.match(text, start, value_start):
        return "attributed"
    if _MADE_OF_IT.search(text, near, start) or _CHANGED_BEHIND.match(text, start, value_start):
        return "altered"
    if _TO_OTHER_QUESTION.match(text, start, value_start):
        return "attributed"
    if _LET.search(text, near, start) and _BE.match(text, start, value_start):
        return "conditional"
    return "asserted"


def is_about_answer(before: str) -> bool:
    """Return True if words before a value that nothing announces say what is made of the answer: "the answer squared"."""
    lower = before.lower()
    noun = lower.rfind("answer") if len(lower) == len(before) else -1
    return noun >= 0 and polarity_of_noun(before, 0, noun, len(before)) != "asserted"


def _is_mentioned(text: str, floor: int, start: int, *, announces: bool) -> bool:
    """Say whether a quote opens right before an announcement, or an instruction right before a mark."""
    if announces:
        near = text[max(floor, start - 60) : start]
        return any(quote in near for quote in '"“„«「『') and _QUOTED.search(near) is not None
    last = text[max(floor, start - 20) : start].rstrip(' \t\n$`"“(:*').rpartition(" ")[2].lower()
    return last in _LAST_MENTIONING and _WRITE.search(text, max(floor, start - 120), start) is not None


def _clauses(text: str, floor: int, start: int, cues: list[Cue]) -> list[tuple[int, int]]:
    """Divide a stretch into clauses: at marks that no complementizer follows, and at "so", "but" and their like."""
    edges = [
        match.end()
        for match in _BREAK.finditer(text, floor, start)
        if not _COMPLEMENT.match(text, match.end(), start) and (match[0] != ":" or match.end() > floor)
    ]
    edges += [cue.start for cue in cues if "boundary" in cue.kinds and "correcting" not in cue.kinds]
    bounds = sorted({floor, *edges, start})
    clauses = list(pairwise(bounds))
    return [each for each in clauses[:-1] if text[each[0] : each[1]].strip()] + clauses[-1:] or [(floor, start)]


def _governing(text: str, first: int, start: int, cues: list[Cue]) -> Polarity:
    """Return what the cues of the clause make of an announcement behind them."""
    kinds = {kind for cue in cues for kind in cue.kinds}
    if "mention" in kinds:
        return "mention"
    if "condition" in kinds:
        return "conditional"
    denied = _is_denied(cues)
    if "past" in kinds and not denied:
        return "attributed"
    if denied:
        return "denied"
    if "reporting" in kinds and not _is_own(text, first, start, cues):
        return "attributed"
    if kinds & {"hedge", "unable"}:
        return "hedged"
    if "modal" in kinds and any("question" in cue.kinds for cue in cues):
        return "questioned"
    if any("question" in cue.kinds and cue.word in {"क्या", "هل", "whether", "是否"} for cue in cues):
        return "questioned"
    return "asserted"


def _is_denied(cues: list[Cue]) -> bool:
    """Say whether a clause denies what it governs: by a negation, or by a judgement that no negation undoes."""
    judgements = [cue for cue in cues if cue.kinds & {"wrong", "doubting", "excluding", "retracting"}]
    negations = [cue for cue in cues if "negation" in cue.kinds and cue not in judgements]
    undone = [
        (negation, judgement)
        for negation in negations
        for judgement in judgements
        if 0 <= judgement.start - negation.end <= UNDOING_REACH_CHARACTERS
    ]
    return any(all(judgement is not each for _, each in undone) for judgement in judgements) or any(
        all(negation is not each for each, _ in undone) for negation in negations
    )


def _is_own(text: str, first: int, start: int, cues: list[Cue]) -> bool:
    """Say whether the author is who says it, or a formula or the question."""
    reporting = next(cue for cue in cues if "reporting" in cue.kinds)
    if _HONEST_SOURCE.search(text[reporting.end : start]):
        return True
    if reporting.word in SOURCES:
        return False
    persons = list(_FIRST_PERSON.finditer(text, first, reporting.start))
    between = text[persons[-1].end() : reporting.start] if persons else ""
    return (
        bool(persons) and len(between.split()) <= 3 and not any(cue.word in SOURCES for cue in cues)
    )  # "I would also say"


def _reaching(text: str, first: int, start: int, cues: list[Cue]) -> Polarity:  # noqa: C901  # one rule for each class
    """Return what the cues of the clause make of a mark behind them: the nearest ones that reach it."""
    found: set[Polarity] = set()
    for index, cue in enumerate(cues):
        if cue.kinds.isdisjoint(_CHANGING):
            continue
        near = _FUNCTION_WORDS.fullmatch(text, cue.end, start) is not None
        verb_between = any("verb" in later.kinds for later in cues[index + 1 :])
        if "condition" in cue.kinds and (near or cue.word == "unless"):
            found.add("conditional")
        if cue.kinds & {"wrong", "excluding"} and _is_undone(cues[:index], cue):
            continue
        if "wrong" in cue.kinds and _judges(text, cue, start, verb_between=verb_between):
            found.add("denied")
        if "excluding" in cue.kinds and not verb_between:
            found.add("denied")
        if "negation" in cue.kinds and near:
            found.add("denied")
        if cue.kinds & {"doubting", "unable"}:
            found.add("hedged")
        if "hedge" in cue.kinds and (
            near or not verb_between or cue.word in {"maybe", "perhaps", "possibly", "i guess", "my guess"}
        ):
            found.add("hedged")
        if (
            "modal" in cue.kinds
            and near
            and cue.word not in {"would", "can", "kann", "puede", "peut", "pode", "può", "kan"}
        ):
            found.add("hedged")
        if (
            "past" in cue.kinds
            and (near or not verb_between)
            and cue.word
            not in {
                "initially",
                "originally",
                "previously",
                "initial",
                "supposed",
                "earlier i",
                "assumed",
                "first guess",
                "my first",
            }
        ):
            found.add("attributed")
        answers = cue.word in SOURCES and any("modal" in later.kinds for later in cues[index + 1 :])
        if "reporting" in cue.kinds and (near or answers) and not _is_own(text, first, start, [cue]):
            found.add("attributed")
    return next((each for each in ORDER if each in found), "asserted")


def _is_undone(before: list[Cue], cue: Cue) -> bool:
    """Say whether a negation undoes a judgement behind it: "the smallest number that cannot be excluded"."""
    return any(
        "negation" in each.kinds and 0 <= cue.start - each.end <= UNDOING_REACH_CHARACTERS for each in before[-2:]
    )


def _judges(text: str, cue: Cue, start: int, *, verb_between: bool) -> bool:
    """Say whether a judgement is about the value behind it: "a common mistake is", "the wrong answer:", "Falsch:"."""
    behind = text[cue.end : start]
    return len(behind) <= 60 and (not verb_between or _LEADS_TO_VALUE.fullmatch(behind) is not None)


_LEADS_TO_VALUE = lazy_pattern(
    r"(?:\W|[^\W\d_]){0,30}?\b(?:is|was|would be|to (?:say|give|answer|write)|ist|es|est|é|è|это)\W*(?:the|that|a)?\W*"
)


# A clause that supposes another question than the one that was asked: "if the question asked for the date".
SUPPOSED_QUESTION = lazy_pattern(
    r"\b(?:question|problem|task|puzzle|prompt|wording)\b[^.\n]{0,30}?\b(?:were|was|had|asked|meant|wanted|read|said)\b",
    re.IGNORECASE,
)
_WOULD = lazy_pattern(r"\bwould\b", re.IGNORECASE)
# "would" stands behind the noun that announces the answer: "the correct final answer would be".
WOULD_REACH_CHARACTERS = 30


def _supposed(text: str, first: int, last: int, start: int, cues: list[Cue]) -> Polarity | None:
    """Return what a clause of supposition makes of the statement behind it; None if it supposes nothing else."""
    kinds = {kind for cue in cues for kind in cue.kinds}
    if "condition" in kinds and any(cue.word in {"unless", "tenzij"} for cue in cues):
        return "conditional"
    if kinds.isdisjoint({"condition", "hedge"}) or text[first:last].rstrip()[-1:] not in {",", "，"}:
        return None
    if not _WOULD.search(text, last, start + WOULD_REACH_CHARACTERS):
        return None
    if "condition" in kinds and SUPPOSED_QUESTION.search(text, first, last):
        return "conditional"
    return "denied" if "wrong" in kinds else None  # "If I wanted to be wrong, I would say that the answer is"


def _carried(text: str, clauses: list[tuple[int, int]], cues: list[Cue], start: int) -> Polarity:  # noqa: C901  # one rule for each class
    """Return what the clause before the last makes of the statement: an adverb of doubt, a source, a label."""
    if (
        not text[clauses[-1][0] : start].strip()
        and len(clauses) > 2
        and len(text[clauses[-2][0] : clauses[-2][1]].split()) <= 1
    ):
        clauses = clauses[:-1]
    first, last = clauses[-2]
    inside = [cue for cue in cues if first <= cue.start < last]
    here = [cue for cue in cues if last <= cue.start]
    if not inside or any("confirming" in cue.kinds for cue in here):
        return "asserted"
    body = text[first:last].strip()
    mark = body[-1:]
    kinds = {kind for cue in inside for kind in cue.kinds}
    resolved = "past" in kinds and mark in {",", "，"}
    words = len(body.split())
    if "doubting" in kinds and not resolved:
        return "hedged"
    if "hedge" in kinds and (words <= 5 or mark in ":："):  # an adverbial, no clause of its own
        return "hedged"
    if (
        "reporting" in kinds
        and not (here and here[0].word in _CONTRASTS)
        and not _is_own(text, first, start, inside)
        and (mark in ":：" or _opens_with_source(text, first, inside))
    ):
        return "attributed"
    if "mention" in kinds and mark in ":：,":
        return "mention" if words <= 6 else "asserted"
    if supposed := _supposed(text, first, last, start, inside):
        return supposed
    if mark in ":：." and any("label" in cue.kinds and _is_label(text, cue, first, last) for cue in inside):
        return "mention"
    if "unable" in kinds and not any("boundary" in cue.kinds for cue in here):
        return "hedged"
    wrong = "wrong" in kinds or "excluding" in kinds
    if mark in ":：" and words <= 4 and wrong and not any("negation" in cue.kinds for cue in inside):  # a label
        return "denied"
    if (
        mark in {",", "，"}
        and _GERMAN_CLAUSE.match(text, last, start)
        and kinds & {"past", "reporting", "negation", "hedge"}
    ):
        return "denied" if "negation" in kinds else "hedged" if "hedge" in kinds else "attributed"
    if mark in ",，" and wrong and _COMPLEMENT.match(text, last, start):
        return "denied"
    return "asserted"


# "One might think that 41 is the answer, but it is".
_CONTRASTS = frozenset("but however yet aber pero mais mas ma maar но 但 但是".split())


def _is_label(text: str, cue: Cue, first: int, last: int) -> bool:
    """Say whether a cue is all that a clause says before its colon."""
    return not text[cue.end : last].strip(" *_:：.") and _LABEL_LEAD.fullmatch(text, first, cue.start) is not None


def _opens_with_source(text: str, first: int, cues: list[Cue]) -> bool:
    reporting = next(cue for cue in cues if "reporting" in cue.kinds)
    return not text[first : reporting.start].strip(" \t\n*_>") or max(reporting.word) >= _FIRST_ATTACHED


# Behind this character are the scripts that write words together or with particles.
_FIRST_ATTACHED = "\u0590"


_NO_ANSWER = lazy_pattern(
    r"\W*(?:(?:there is|there['’]s|there exists|(?:i|we) (?:have|see|find)) no answer|no answer exists)\W*$",
    re.IGNORECASE,
)
_ARTICLES = lazy_pattern(r"\W*(?:(?:the|my|our|final|correct)\W+)*", re.IGNORECASE)


def is_unknown(text: str, lead: int, start: int, floor: int) -> bool:
    """Return True if the author says in the sentence right before a statement that they do not know the answer."""
    if _ARTICLES.fullmatch(text, lead, start) is None:
        return False
    end = lead
    while end > floor and text[end - 1].isspace():
        end -= 1
    if not floor and 0 < end <= WORDLESS_CHARACTERS and _is_denial_alone(text[:end]):
        return True
    if not _may_be_unable(text[max(floor, end - REACH_CHARACTERS - 1) : end].lower()):
        return False
    first = sentence_start(text, end - 1, floor)
    sentence = text[first:end].lower()
    if _NO_ANSWER.match(text, first, end) or confesses(sentence):
        return True
    has_sign = any(map(sentence.__contains__, _SIGNS_OF_CUE))
    return has_sign and any("unable" in cue.kinds for cue in cues_in(text, first, end))


# A text that is longer has some working.
WORDLESS_CHARACTERS = 160
_BOX = lazy_pattern(r"\\boxed\s?\{[^{}]{0,80}\}")  # an earlier answer is no working
_HAS_WORKING = lazy_pattern(r"[\d=$\\]")
_DENYING: frozenset[CueKind] = frozenset({"unable", "doubting", "retracting"})


def _is_denial_alone(before: str) -> bool:
    """Say whether all that stands before a value is a denial, without a figure: "Cannot be determined."."""
    if (
        _HAS_WORKING.search(before) is not None
        or sentence_start(before, len(before) - 1)
        or not may_have(before, 0, len(before), _DENYING)
    ):
        return False
    return any(cue.kinds & _DENYING and "harmless" not in cue.kinds for cue in cues_in(before))


# Each cue of the kind "unable" has one of these; the "t" of "can't" is read as "not".
_SIGNS_OF_CUE = ("not", "unable", "insufficient", "posed", "'t", "’t")
# Each sentence that says so has one of these.
_SIGNS_OF_UNABLE = (*_SIGNS_OF_CUE[1:], "no", "beats me", "give up", "gave up", "out of", "lost", "stuck", "guess")


def _may_be_unable(said: str) -> bool:
    """Return False for most texts in lower case of an author who knows; all others have one of these parts."""
    return any(map(said.__contains__, _SIGNS_OF_UNABLE))


def says_final(text: str, floor: int, start: int) -> bool:
    """Return True if "final" stands near before a place, in one of the languages."""
    near = text[max(floor, start - 60) : start]
    return "final" in near.lower() if near.isascii() else _FINAL.search(near) is not None


_FINAL = lazy_pattern("final|最终|最終|최종|endgültig|окончательн", re.IGNORECASE)
