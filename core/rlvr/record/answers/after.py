"""Words behind a statement: what confirms it, takes it back, replaces it, or names another value beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.before import SUPPOSED_QUESTION
from rlvr.record.answers.copulas import skip_middle
from rlvr.record.answers.dismissals import dismisses, is_tentative
from rlvr.record.answers.lexicon import Cue, CueKind, cues_between, cues_in
from rlvr.record.answers.sentences import sentence_end
from rlvr.record.answers.values import bare, has_figure, is_bare_value

# Behind a statement, so many characters are read up to the next one.
FOLLOWING_LIMIT_CHARACTERS = 2_000

Effect: TypeAlias = Literal[
    "none", "confirms", "retracts", "replaces", "adds", "doubts", "denies", "conditions", "attributes", "mentions"
]


CONFIRMS: frozenset[Effect] = frozenset({"confirms"})
DOUBTS: frozenset[Effect] = frozenset({"doubts"})
REPLACES: frozenset[Effect] = frozenset({"replaces"})
CONDITIONS: frozenset[Effect] = frozenset({"conditions"})


class Remark(msgspec.Struct, frozen=True, gc=False):
    """What a clause or sentence behind a statement does to it.

    Attributes:
        effect: What it does.
        value: The value that it names instead or beside; "" if none.
        start: Where it starts.
        end: Where it ends.
        corrects: Whether a word of correction opens it.
    """

    effect: Effect
    value: str = ""
    start: int = 0
    end: int = 0
    corrects: bool = False


_UNLESS = frozenset({"unless", "tenzij", "a menos que", "à moins que", "a meno che", "除非", "إلا إذا", "es sei denn"})
# A letter that has a value or a property; "if x is not 0" only leaves out where a formula has no value.
_ASSUMPTION = lazy_pattern(
    r"\W{0,4}(?:that\b)?[\s$\\(]{0,4}[A-Za-z](?:_\w)?[\s$\\)]{0,4}"
    r"(?:(?:were|was)\s|=(?!\s?\\?ne)|(?:is|ist|es|est|é|è)\s(?:even|odd|prime|positive|negative|zero|gerade|ungerade|par|impar|pair|impair|pari|dispari)\b)"
)
# A clause that names a rival of the statement, and one that gives it less than certainty.
_RIVAL = lazy_pattern(
    r"\b(?:second|third|another|other|alternative|further|rival|competing)\s(?:\w+\s)?"
    r"(?:candidates?|possibilit(?:y|ies)|options?|choices?|answers?|values?|solutions?|guess(?:es)?)\b"
    r"|\b(?:option|candidate|answer|guess) (?:two|2|b)\b|^\W*(?:alternatively|otherwise|else)\b",
    re.IGNORECASE,
)
_LIKELIHOOD = lazy_pattern(
    r"\b(?:probability|likelihood|chance|odds|confidence|confident)\b|\d ?%\s(?:of (?:cases|the time)|likely|sure|certain)\b",
    re.IGNORECASE,
)
# "The right value is 44": an answer, whatever stands before it.
_RIGHT_VALUE = lazy_pattern(
    r"[\s*_]*(?:(?:but|so|in fact|instead|now|here),?\s+)?(?:the|its|a)\s+(?:right|correct|true|actual|real|proper|corrected)\s+"
    r"(?:value|number|result|count|total|one|figure|sum|choice)\s*(?:is|=|:|must be|should be|would be)\s*",
    re.IGNORECASE,
)
_GUESSED = lazy_pattern(
    r"\W*(?:(?:just|only|a|my|best|wild|pure|educated|an|rough|crude)\s+){0,4}(?:guess(?:ed|ing|work)?|(?:upper|lower)\s+bound|estimate|placeholder|candidate)\W*$",
    re.IGNORECASE,
)
# "But the question asks for half of that, so 21."
_REASKED = lazy_pattern(
    r"\W*(?:(?:but|however|yet|now|actually),?\s+)?(?:(?:we|i)\s+(?:were|are|was)\s+asked|(?:the|our)\s+(?:question|problem|task|exercise|prompt)\s+(?:actually\s+|really\s+)?(?:asks?|asked|wants?|wanted)|we\s+(?:want|need))\b"
    r"[^.!?\n]{0,80}?\b(?:so|i\.?e\.?|which\s+is|which\s+makes|that\s+is|namely|giving|hence|thus|therefore)[\s,:$]*([-−]?\d[\d,.]*(?:/\d+)?)[\s.$!]*$",
    re.IGNORECASE,
)
# The last sentence of a text counts again: "Including zero, there are 43." What would be, or is without something, is a
# comparison.
_COUNTED_ANEW = lazy_pattern(
    r"(?!.{0,200}\b(?:would|without|if|compar\w{1,6}|ignoring|instead|next|other|another|check|verif\w{1,8}|half|double|each|also)\b)[^=.!?\n]{1,120}?\b(?:there\s+(?:are|is)|we\s+(?:now\s+)?(?:get|have|obtain|find)|gives|giving"
    r"|the\s+(?:\w+\s+)?(?:count|total|answer|result|number|value|sum)\s+(?:is|becomes|are|was))\s+(?:then\s+|now\s+|actually\s+|in\s+fact\s+)?\$?([-−]?\d[\d,.]*?(?:/\d+)?)\$?[\s.!]*$",
    re.IGNORECASE,
)
# A text ends on another number behind a colon or a word of conclusion: "Double it: 84.", "Typo, 43.", "leaving 21."
_ENDS_ANEW = lazy_pattern(
    r"(?!.{0,200}\b(?:would|without|whereas|while|careless|naive|hasty|wrong(?:ly)?|other|instead|not|compar\w{1,6}|check\w{0,3}|verif\w{1,8}|test\w{0,3}|proof|note|e\.g|example|than|page|step|equation|case|part|see|by|from|mod|modulo|digits?|sanity|in\s+(?:binary|hex\w*|base)|decimal\w*)\b)"
    r"[^=≈<>\n]{0,120}?(?:[A-Za-z]\s?[:,]|\b(?:so|leaving|giving|gives|making|makes|then|meant|make\s+it|make\s+that|yields|yielding|hence|thus|therefore))\s+\$?([-−]?\d[\d,.]*?(?:/\d+)?)\$?[\s.!)]*$",
    re.IGNORECASE,
)
_NOW_BELIEVED = lazy_pattern(
    r"[\s*_]*(?:(?:but|so|however|actually|in fact),?\s+)?(?:I|we)\s+(?:now|actually|really)\s+(?:believe|think|find|get|say|see|claim)\s+(?:that\s+)?"
    r"(?:(?:it|this|the answer|x|n)\s*(?:is|=|must be|should be|to be)\s*)?",
    re.IGNORECASE,
)
# "(50 % confidence)": no more than a coin.
_SHARE = lazy_pattern(
    r"[(,]\s?(\d{1,2})(?:\.\d{1,3})?\s?%\s?(?:confiden|likel|sure|certain|chance|probab)", re.IGNORECASE
)
EVEN_PERCENT = 50
_PREPOSED = lazy_pattern(r"\W*(?:with|at|in|to)\b")
# Certainty in numbers: "with probability 1", "100 % sure".
_CERTAIN = lazy_pattern(r"\b(?:100 ?%|one|1(?:\.0)?(?!\.?\d| ?%))", re.IGNORECASE)
_NOTE = lazy_pattern(
    r"\b(?:note|notice|check|verify|see|observe|remember|recall|confirm|beachte|note[zn]?|nota|заметим|let)\b",
    re.IGNORECASE,
)
_JUNK = lazy_pattern(r"[\s,;:.!?…，。；：！？、،؛|*_`\"'“”‘’«»()\[\]{}$—–\\>~-]*+")
_OPENS_VALUE = lazy_pattern(r"\s*(?:[$\\(]|[-−]?\d|[A-Z](?![^\W_]))")
_WHAT = lazy_pattern(r"\s*(?:is|was|would be)\s+what\b", re.IGNORECASE)
_CROSS = lazy_pattern(r"[\s$)}\]]*[✗❌✘🚫⛔]")
_SHOUTED = lazy_pattern(r"[\s$)}\]]*(?:[-–—,.!]+\s*)?NOT\b")
_LAST_VALUE = lazy_pattern(r"(?:[-−]?\d[\d,.]*(?:/\d+)?|\b[A-Z]\b|\\boxed\{[^{}\n]{1,80}\})(?=\W*$)")


def remarks_behind(text: str, start: int, end: int, *, is_denied: bool = False) -> Iterator[Remark]:
    """Read the sentences of a stretch behind a statement, in order."""
    position, limit = start, min(end, start + FOLLOWING_LIMIT_CHARACTERS)
    # A model that does not stop writes the same sentences again and again.
    known: dict[str, Remark] = {}
    text_end = len(text.rstrip(_BLANK_END))
    while position < limit:
        junk = _JUNK.match(text, position, limit)
        first = junk.end() if junk else position
        if first >= limit:
            return
        stop = min(sentence_end(text, first), limit)
        stop = max(stop, first + 1)
        first = _back_to_mark(text, position, first)
        said = text[max(0, first - BEHIND_CHARACTERS) : stop]
        remark = known.get(said) if stop < text_end else None
        if remark is None:
            known[said] = remark_in(text, first, stop, is_denied=is_denied, is_sentence=True)
        else:
            known[said] = msgspec.structs.replace(remark, start=first, end=stop)
        yield known[said]
        position = stop


# No rule looks further back than this from where a sentence starts, and none beyond its end but for the end of the text.
BEHIND_CHARACTERS = 8
_BLANK_END = " \n)"


def _back_to_mark(text: str, low: int, first: int) -> int:
    """Return where a remark starts, with a sign or bracket that belongs to its value."""
    while first > low and text[first - 1] in "$\\(-*":
        first -= 1
    return first


_WORDS = lazy_pattern(r"[^\W\d_]+")
# "Final: 5".
_LABEL = lazy_pattern(
    r"[\s*_#]*(?:final|result|total|so|hence|thus|therefore|finally|ergebnis|total|итого)\s?[:=：]\s*", re.IGNORECASE
)
_CONTRAST = lazy_pattern(
    r"[\s,;]*(?:but(?: rather| instead)?|rather|sondern|sino(?: que)?|mais(?: plutôt| bien)?|mas(?: sim)?|e sim|ma|bensì|maar|wel|а|но)(?![^\W\d_])[\s,]*|[\s,，、]*(?:而是|而|बल्कि|بل|でなく|ではなく|じゃなくて?|아니라|아니고|नहीं|は)[\s,，]*",
    re.IGNORECASE,
)
_SHORT_OR = lazy_pattern(r"\s*(?:o|u|of|ou|ó|e|か|나|이나)\s*(?=[-−$(\[]?[\dA-Z])")


def contrasted_value(text: str, start: int, end: int) -> str:
    """Return the value that is set against a denied one, as in "not 3 but 4"; "" if there is none."""
    match = _CONTRAST.match(text, start, end)
    if match is None:
        return ""
    middle = skip_middle(text, match.end(), end, pronouns=True)
    said = bare(text[middle.end : end])
    is_value = said.strip("$\\([{ ") != ""  # else a box follows, which is read as such
    return said if is_value and len(said.split()) <= 6 and not middle.negated else ""  # a name or a short phrase


def short_or(text: str, start: int, end: int) -> int:
    """Return where the value behind a one-letter "or" starts, as in "B o C"; -1 if there is none."""
    match = _SHORT_OR.match(text, start, end)
    return match.end() if match else -1


def remark_in(  # noqa: C901, PLR0912, PLR0913  # one rule after another
    text: str,
    start: int,
    end: int,
    *,
    known: Sequence[Cue] | None = None,
    is_denied: bool = False,
    is_sentence: bool = False,
) -> Remark:
    """Read what one clause or sentence does to the statement before it.

    Args:
        text: The text.
        start: Where the clause or sentence starts.
        end: Where it ends.
        known: The cues of a stretch that contains it, if they are known.
        is_denied: Whether the statement is denied already.
        is_sentence: Whether it is a sentence.
    """
    if dismisses(text, start, end):
        return Remark("denies", "", start, end)
    if is_tentative(text, start, end):
        return Remark("adds", "", start, end)
    if _is_offer_or_heading(text, start, end):
        return Remark("none", "", start, end)
    asked = _REASKED.match(text, start, end)
    if asked is not None:
        return Remark("replaces", bare(asked[1]), start, end, corrects=True)
    counted = _counted_anew(text, start, end, is_sentence=is_sentence)
    if counted is not None:
        return Remark("replaces", bare(counted[1]), start, end, corrects=True)
    rival = _rival_in(text, start, end)
    if rival is not None:
        return rival
    if _GUESSED.match(text, start, end):
        return Remark("doubts", "", start, end)
    right = _RIGHT_VALUE.match(text, start, end) or _NOW_BELIEVED.match(text, start, end)
    if right is not None and is_bare_value(bare(text[right.end() : end])):
        return Remark("replaces", bare(text[right.end() : end]), start, end)
    found = cues_in(text, start, end) if known is None else cues_between(text, known, start, end)
    cues = [cue for cue in found if "harmless" not in cue.kinds]
    label = _LABEL.match(text, start, end)
    if label and not cues and is_bare_value(bare(text[label.end() : end])):
        return Remark("replaces", bare(text[label.end() : end]), start, end)
    if not cues:
        said = bare(text[start:end])
        return Remark("replaces" if said and is_bare_value(said) else "none", said, start, end)
    position, opened = _skip_openers(text, start, end, cues)
    rest = [cue for cue in cues if cue.start >= position]
    corrects = bool(opened & {"correcting", "waiting", "refusing"})
    kinds = {kind for cue in rest for kind in cue.kinds}
    judged = _judged(text, position, end, rest, kinds, corrects=corrects)
    if judged is not None:
        return Remark(judged, "", start, end, corrects=corrects or judged == "retracts")
    if not text[position:end].strip(" \t\n.,;:!?…，。！？*_\"'”)-—–"):
        return Remark(_bare_opener(text[start:end], opened, is_sentence=is_sentence), "", start, end, corrects=corrects)
    replaced = _replacement(text, position, end, rest, kinds, found, corrects=corrects or is_denied)
    if replaced is not None:
        return Remark(replaced[0], replaced[1], start, end, corrects=corrects)
    effect = _other_effect(text, position, end, rest, kinds, opened)
    return Remark(effect, _last_value(text, position, end) if effect == "adds" else "", start, end, corrects=corrects)


# What a text offers its reader, and the head of another way: "Another solution: count by columns."
_OFFER = lazy_pattern(
    r"\W*(?:(?:would|do|did|can|could|should|may|shall)\s+(?:you|we|i)\s+(?:also\s+|perhaps\s+|maybe\s+)?"
    r"(?:like|want|need|wish|prefer|try|see|think\s+of|find|explore|help|show|explain|give|provide|walk|elaborate|clarify)|want|need|care)\b"
    r"[^?.!\n]*\?",
    re.IGNORECASE,
)
_HEADING = lazy_pattern(
    r"\W*(?:(?:an?|the|one)\s+)?(?:alternat(?:iv)?e|another|second|other|different|quick(?:er)?|short(?:er)?)\s+"
    r"(?:solution|method|approach|way|proof|derivation|explanation|verification|check|idea|argument)s?\b[^:.?!\n]{0,40}:",
    re.IGNORECASE,
)


def _is_offer_or_heading(text: str, start: int, end: int) -> bool:
    """Say whether a sentence offers more to the reader, or is the head of another way, without a figure."""
    heading = _HEADING.match(text, start, end)
    if heading is None and _OFFER.match(text, start, end) is None:
        return False
    return not has_figure(text[heading.end() if heading else start : end])


def _counted_anew(text: str, start: int, end: int, *, is_sentence: bool) -> re.Match[str] | None:
    """Return the match of a number on which a text ends, as the outcome of what it did to its answer."""
    if text[end:].strip(_BLANK_END) or not any(map(str.isdecimal, text[max(start, end - NEAR_END_CHARACTERS) : end])):
        return None
    counted = _COUNTED_ANEW.match(text, start, end) if is_sentence else None
    return counted or _ENDS_ANEW.match(text, start, end)


NEAR_END_CHARACTERS = 8


def is_even(said: str) -> bool:
    """Return True if a text says that its value is no more likely than a coin's side: "42 (50% confidence)"."""
    share = _SHARE.search(said) if "%" in said else None
    return share is not None and int(share[1]) <= EVEN_PERCENT


# Room for "only" before "if".
ONLY_CHARACTERS = 6


# An equation that starts with its value: "Alternative solution: 42 = 50 - 8".
_NUMBER_FIRST = lazy_pattern(r":[\s$]{0,4}([-−]?\d[\d.,]*)\s?=(?=[\s\d])")


def _rival_in(text: str, start: int, end: int) -> Remark | None:
    """Read a clause that names another value beside the statement, or says how likely the statement is."""
    said = text[start:end]
    equation = _NUMBER_FIRST.search(said)
    value = equation[1] if equation else _last_value(text, start, end)
    if value and _RIVAL.search(said) and not any("negation" in cue.kinds for cue in cues_in(text, start, end)):
        return Remark("adds", value, start, end)
    if is_even(said):
        return Remark("adds", "", start, end)
    if _PREPOSED.match(said) and _LIKELIHOOD.search(said) and not _CERTAIN.search(said):
        return Remark("adds", "", start, end)
    return None


def _skip_openers(text: str, start: int, end: int, cues: list[Cue]) -> tuple[int, set[CueKind]]:
    """Skip the words that open a remark; return where it goes on, and their classes."""
    position, opened = start, set[CueKind]()
    for index, cue in enumerate(cues):
        junk = _JUNK.match(text, position, cue.start)
        if junk is None or junk.end() < cue.start:
            break
        kinds = cue.kinds & {"correcting", "waiting", "refusing", "boundary"}
        if "adding" in cue.kinds:
            kinds -= {"boundary"}
        if not kinds or ("harmless" in cue.kinds):
            break
        if "refusing" in kinds and not _stands_alone(text, cue, end, cues[index + 1 :]):
            kinds -= {"refusing"}
            if not kinds:
                break
        if kinds == {"correcting"} and cue.kinds & {"right", "wrong", "retracting"}:
            opened |= kinds
            break
        if cue.kinds & {"wrong", "retracting", "doubting"} and "refusing" not in kinds:
            opened |= kinds
            break
        opened |= kinds
        position = cue.end
    return position, opened


def _stands_alone(text: str, cue: Cue, end: int, later: list[Cue]) -> bool:
    """Say whether "no" is a sentence of its own, and not a determiner: a mark, an opener or "it is" follows it."""
    behind = text[cue.end : min(end, cue.end + 3)]
    if not behind.strip() or behind[0] in ",.;:!?…，。！？،؛—–-*\"')":
        return True
    if not behind[0].isspace():
        return "\u2e80" <= behind[0] <= "\uffff"  # a script of China, Japan or Korea
    nxt = later[0] if later and not text[cue.end : later[0].start].strip() else None
    if nxt is not None and nxt.kinds & {"correcting", "waiting", "refusing", "pronoun", "wrong"}:
        return True
    return _OPENS_VALUE.match(text, cue.end, end) is not None and is_bare_value(text[cue.end : end].strip())


def _judged(  # noqa: C901, PLR0913  # one rule after another, each on the stretch, its cues and their kinds
    text: str, position: int, end: int, cues: list[Cue], kinds: set[CueKind], *, corrects: bool
) -> Effect | None:
    """Read a judgement of the statement: it is wrong, not right, taken back, or doubted."""
    if kinds == {"negation"} and len(text[position:end].split()) == 1:
        return "retracts"
    if not kinds & {"wrong", "retracting", "negation", "doubting", "unable"}:
        return None
    judging = next((cue.start for cue in cues if cue.kinds & {"wrong", "negation", "retracting"}), end)
    points = (
        corrects
        or any(
            "pronoun" in cue.kinds
            and len(_WORDS.findall(text, position, cue.start)) <= (cue.word not in {"that", "which"})
            for cue in cues[:4]
            if cue.start <= judging
        )
        or _starts_with(text, position, cues, {"wrong", "retracting"})
    )
    points = points or _WHAT.match(text, position, end) is not None or _is_predicate(text, position, cues)
    soft = "modal" in kinds or "hedge" in kinds
    if "retracting" in kinds:
        cue = next(cue for cue in cues if "retracting" in cue.kinds)
        if not _is_negated(cues, cue) or "negation" in cue.kinds:
            return None if "condition" in kinds and not points else "retracts"
    for cue in cues:
        if "wrong" in cue.kinds and points:
            if _is_negated(cues, cue):
                return "confirms"
            if any("condition" in each.kinds and each.start < cue.start for each in cues) and not corrects:
                return None
            return "doubts" if soft and not corrects and not _is_predicate(text, position, cues) else "retracts"
    for index, cue in enumerate(cues):
        near = [each for each in cues[index + 1 :] if "right" in each.kinds and each.start - cue.end <= 25]
        if (
            "negation" in cue.kinds
            and points
            and near
            and not ("pronoun" not in kinds and not corrects and not _is_predicate(text, position, cues))
        ):
            return "retracts"
    if "doubting" in kinds or ("unable" in kinds and corrects):
        return "doubts"
    return None


def _starts_with(text: str, position: int, cues: list[Cue], wanted: set[CueKind]) -> bool:
    if not cues:
        return False
    junk = _JUNK.match(text, position, cues[0].start)
    return bool(cues[0].kinds & wanted) and junk is not None and junk.end() >= cues[0].start


def _is_predicate(text: str, position: int, cues: list[Cue]) -> bool:
    """Say whether a clause starts with its verb, so that its subject is the statement before."""
    return _starts_with(text, position, cues, {"verb", "modal", "negation"}) and text[position : cues[0].start].strip(
        " $)}]*_\"'`"
    ) in {"", "\\"}


def _is_negated(cues: list[Cue], cue: Cue) -> bool:
    return any(
        "negation" in each.kinds and 0 <= cue.start - each.end <= 12
        for each in cues
        if each is not cue and each.end <= cue.start
    )


# A sentence of one of these and nothing else takes back what stands before it, or says that something is wrong with it.
_TAKES_BACK = lazy_pattern(r"\W*(?:scratch that|make that)\W*$", re.IGNORECASE)
_EXCLAIMS = lazy_pattern(
    r"\W*(?:oops|whoops|my bad|sorry|apologies|correction|on (?:second thoughts?|reflection)|i misread)\W*$",
    re.IGNORECASE,
)


def _bare_opener(said: str, opened: set[CueKind], *, is_sentence: bool) -> Effect:
    """Return what openers do with nothing behind them.

    A sentence that only announces a correction ("Let me recompute.") leaves the statement open until a value follows;
    a clause of the same words may be an adverb: "The answer is 42, in fact."
    """
    if "refusing" in opened or _TAKES_BACK.match(said):
        return "retracts"
    if _EXCLAIMS.match(said):
        return "doubts"
    return "doubts" if "waiting" in opened or (is_sentence and "correcting" in opened) else "none"


# "Recalculating gives 43", "Checking again, I get 43".
_OUTCOME = lazy_pattern(
    r"[\s,]*(?:(?:I|we|this|that|it)\s+)?(?:now\s+)?(?:get|got|find|found|obtain|gives?|gave|yields?|yielded)(?:\s+(?:me|us))?\s+",
    re.IGNORECASE,
)


def _replacement(  # noqa: PLR0913, PLR0917  # the stretch, its cues, and what opens it
    text: str, position: int, end: int, cues: list[Cue], kinds: set[CueKind], found: Sequence[Cue], *, corrects: bool
) -> tuple[Effect, str] | None:
    """Read "it is 43", "make that 43", "43": a value that takes the place of the statement's.

    Args:
        text: The text.
        position: Where the clause goes on behind its openers.
        end: Where it ends.
        cues: Its cues from the position on, but for harmless ones.
        kinds: Their kinds.
        found: All its cues.
        corrects: Whether something before denies or corrects the statement.
    """
    if _starts_with(text, position, cues, {"or"}):
        return _alternative(text[cues[0].end : end], kinds)
    middle = skip_middle(text, position, end, pronouns=True, known=found)
    is_stated = corrects or middle.has_pronoun or middle.has_copula
    if not is_stated and not _starts_with(text, position, cues, {"adding"}):
        return None
    outcome = _OUTCOME.match(text, middle.end, end) if corrects else None
    first = outcome.end() if outcome else middle.end
    said = bare(text[first:end])
    added = _added(text, position, end, cues, said)
    if added:
        return "adds", added
    said = _up_to_next_clause(text, first, cues, said)
    if not said or not is_stated:
        return None
    if (
        middle.has_pronoun
        and middle.hedged
        and not middle.negated
        and len(said.split()) <= 6
        and "confirming" not in kinds
    ):
        return "adds", said
    named = corrects and (middle.has_verb or (not middle.has_pronoun and said[:1].isupper() and "verb" not in kinds))
    if not is_bare_value(said) and not (named and len(said.split()) <= 6):  # a name or a short phrase
        return None
    if middle.negated and text[position:end].isascii():
        return None
    if {"adding"} & kinds or middle.hedged or "condition" in kinds:
        return "adds", said
    return "replaces", said


def _up_to_next_clause(text: str, first: int, cues: list[Cue], said: str) -> str:
    """Return what is said from a place on, up to the first cue that starts another clause."""
    for cue in cues:
        if cue.start > first and cue.kinds & {"boundary", "condition", "negation"} and "right" not in cue.kinds:
            return bare(text[first : cue.start])
    return said


def _alternative(said: str, kinds: set[CueKind]) -> tuple[Effect, str] | None:
    """Read what stands behind "or": a second value, unless it is prose."""
    reworded = _REWORDED.match(said)
    if reworded is not None:
        rest = said[reworded.end() :]
        return ("adds", bare(rest)) if has_figure(rest) else None
    is_value = has_figure(said) or kinds & {"hedge", "modal"} or len(said.split()) <= 6
    return ("adds", bare(said)) if is_value else None


# The same value in another form, or another value that is said to be.
_REWORDED = lazy_pattern(
    r"\W*(?:equivalently|in other words|simply|in (?:words|figures|full|decimals)|more precisely|more simply|if you (?:like|prefer)|rather)\W+",
    re.IGNORECASE,
)


def _added(text: str, position: int, end: int, cues: list[Cue], said: str) -> str:
    """Return the value behind "also", "alternatively" and their like; "" if the clause opens with none of them."""
    if not _starts_with(text, position, cues, {"adding"}):
        return ""
    values = (said, bare(text[cues[0].end : end]))
    return next((each for each in values if is_bare_value(each) or (each[:1].isupper() and len(each.split()) <= 3)), "")


# "One can also use induction": another way to the same value.
_OTHER_WAY = lazy_pattern(
    r"\W*(?:we|one|you|i)\s+(?:can|could|may|might)\s+also\s+(?:use|count|check|verify|see|note|do|solve|prove|show|compute|write|apply|derive|draw|argue\s+by)\b",
    re.IGNORECASE,
)
_MEANS = lazy_pattern(r"\b(?:means?|meant|interpret\w*|intended|asks?|asked|otherwise)\b")
# Cues of these kinds do something only beside a figure.
_WITH_FIGURE: frozenset[CueKind] = frozenset({"or", "adding", "hedge", "modal"})


def _other_effect(  # noqa: C901, PLR0913, PLR0917  # one rule after another, on the stretch, its cues and what opens it
    text: str, position: int, end: int, cues: list[Cue], kinds: set[CueKind], opened: set[CueKind]
) -> Effect:
    figure = not kinds.isdisjoint(_WITH_FIGURE) and has_figure(text[position:end])
    if "or" in kinds and _starts_with(text, position, cues, {"or"}):
        return "adds" if figure else "none"
    if (
        "adding" in kinds
        and _OTHER_WAY.match(text, position, end) is None
        and kinds & {"right", "modal", "hedge"}
        and not kinds & {"negation"}
        and not _NOTE.search(text, position, end)
    ):
        subject = _starts_with(text, position, cues, {"pronoun"}) and not figure
        return "none" if subject else "adds"
    if any(cue.word in _UNLESS for cue in cues) or _assumes(text, position, end, cues):
        return "conditions"
    if kinds & {"hedge"} and figure and not kinds & {"boundary"}:
        return "adds"
    if "modal" in kinds and figure and "pronoun" in kinds and _starts_with(text, position, cues, {"pronoun"}):
        return "adds"
    if "condition" in kinds and _MEANS.search(text[position:end]) and _LAST_VALUE.search(text, position, end):
        return "adds"
    if "mention" in kinds and _is_predicate(text, position, cues):
        return "mentions"
    if "reporting" in kinds and _WHAT.match(text, position, end):
        return "attributes"
    if "hedge" in kinds and len(_WORDS.findall(text, position, end)) <= 4:
        return "doubts"  # "(just a guess)"
    if "refusing" in opened:
        return "retracts"
    if "confirming" in kinds or ("right" in kinds and "negation" not in kinds and "pronoun" in kinds):
        return "confirms"
    if "waiting" in opened:
        return "doubts"
    return "none"


def _assumes(text: str, position: int, end: int, cues: list[Cue]) -> bool:
    """Say whether the rest of the statement's sentence assumes another question, or the value of a letter: "if x = 1"."""
    cue = next((cue for cue in cues if "condition" in cue.kinds), None)
    if cue is None or text[cue.start].isupper():
        return False
    if SUPPOSED_QUESTION.search(text, cue.end, end) or text[
        max(0, cue.start - ONLY_CHARACTERS) : cue.start
    ].rstrip().endswith("only"):
        return True
    if _ASSUMPTION.match(text, cue.end, end) is None:
        return False
    return _WORDS.search(text, position, cue.start) is None or _is_predicate(text, position, cues)


def _last_value(text: str, position: int, end: int) -> str:
    last = end
    while last > position and not (text[last - 1].isalnum() or text[last - 1] == "_"):
        last -= 1
    final = text[last - 1 : last]
    if not (final.isdecimal() or final.isupper()) and text.find("\\boxed", position, end) < 0:
        return ""  # words end most sentences
    match = _LAST_VALUE.search(text, position, end)
    return match[0] if match else ""


def is_crossed_out(text: str, end: int) -> bool:
    """Say whether a sign or a shouted word right behind a statement denies it."""
    if len(text) - end < 2:  # no room for either
        return False
    return _CROSS.match(text, end, end + 12) is not None or _SHOUTED.match(text, end, end + 16) is not None
