"""The words between "the answer" and its value: copulas, fillers, and what denies or hedges there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.lexicon import COPULAS, FILLERS, Cue, CueKind, cues_between, cues_in, starts_cue

# "Answer: São Paulo" starts with no copula.
_OPENS_NAME = lazy_pattern(r"[ ][A-ZÀ-Þ][^\W\d_]")
_BEHIND_COLON = lazy_pattern(r":[\s*_]{0,6}\Z")


class Middle(msgspec.Struct, frozen=True, gc=False):
    """What stands between an announcement's noun and its value."""

    end: int
    has_copula: bool = False
    has_verb: bool = False
    has_pronoun: bool = False
    negated: bool = False
    hedged: bool = False
    excluded: bool = False
    past: bool = False
    asked: bool = False


WORDS_LIMIT = 16
_WORD = lazy_pattern(r"[ \t*_]*([^\W\d_]+)(?:['’](?=[^\W\d_])|(['’]t(?![^\W\d_])))?")
_SIGN = lazy_pattern(r"[ \t*_]*(?:[:：=＝]+|[-–—]+(?=[ \t])|[-–—]+>|→|⇒|=>)")
_ATTACHED = lazy_pattern(
    r"[ \t*_]*(?:就是|就只能是|应该是|应当是|应是|应该为|应为|应该|只能是|只能|必须是|必定是|一定是|肯定是|等于|即为|即|便是|是|为|為|乃|选|選|とは|は|が|を|、|은|는|이란|이|가|란|을|를"
    r"|हैं|है|होगा|होगी|यह|हमें|अब|هي|هو|تكون|يكون|تساوي|يساوي|我认为|我们得到|那么|那就|的|也|都|，)"
)
_COMMA = lazy_pattern(r"[ \t]*,(?=[ \t])")
_PREPOSITION = lazy_pattern(
    r"[ \t]+(?:to|for|of|in|on|from|we|i|that|à|de|du|pour|para|a|da|do|del|della|zu|auf|für|van|voor|op|на|для|이|에|we're|you)(?![^\W\d_])",
    re.IGNORECASE,
)
_LATER_COPULA = lazy_pattern(
    r"(?:(?<=[\w)}$])[ \t]+(?:is|are|was|es|est|ist|é|è|lautet|:|=)(?![^\W\d_])|[:=：])", re.IGNORECASE
)
_TO_BE = lazy_pattern(r"\s+to\s+be\b")
PREPOSITION_REACH_CHARACTERS = 120
_PRONOUNS = frozenset(
    "it that this its i they es das dies lo eso esto ce c cela ça isso isto este это то ciò questo het dat dit он она она il you we my the 那 它".split()
)
# These are values of their own behind a copula: "The answer is no."
_VALUES = frozenset("no none nothing nobody never nowhere nein non não nao нет nee nada ninguno personne".split())
# The kinds of cues that belong to the middle, and those that belong to it where it starts or behind its copula.
_WANTED: frozenset[CueKind] = frozenset(
    {"negation", "hedge", "modal", "excluding", "harmless", "confirming", "doubting"}
)
_OPENING: frozenset[CueKind] = frozenset({"correcting", "boundary"})
_MIDDLE_KINDS = _WANTED | _OPENING
_TO = frozenset({"a", "à", "an", "to", "tot", "al"})


def skip_middle(
    text: str, start: int, end: int, *, pronouns: bool = False, known: Sequence[Cue] | None = None
) -> Middle:
    """Skip what stands between a noun and its value, and tell what it does.

    Args:
        text: The text.
        start: Where the noun ends.
        end: Where the sentence ends.
        pronouns: Whether a subject may stand there, as in "it is".
        known: The cues of a stretch that holds this one.
    """
    window = min(end, start + 160)
    cues = _Cues(text, start, window, known)
    state = _State(start)
    preposition = None if pronouns else _PREPOSITION.match(text, start, window)
    if preposition and not _TO_BE.match(text, start):
        later = _LATER_COPULA.search(text, start, min(window, start + PREPOSITION_REACH_CHARACTERS))
        if later:
            state.position, state.has_copula = later.end(), True
    for _ in range(WORDS_LIMIT):
        step = _step(text, state, window, cues, pronouns=pronouns)
        if step < 0:
            break
        state.position = step
    return state.done(text, end)


class _Cues:
    """The cues of a stretch by their places, found when the first word comes that may start one: most stop before."""

    def __init__(self, text: str, start: int, end: int, known: Sequence[Cue] | None) -> None:
        self.stretch = text, start, end
        self.known = known
        self.found: dict[int, Cue] | None = None

    def at(self, place: int) -> Cue | None:
        """Return the cue that starts at a place; None if there is none."""
        if self.found is None:
            text, start, end = self.stretch
            found = cues_in(text, start, end) if self.known is None else cues_between(text, self.known, start, end)
            self.found = {cue.start: cue for cue in found}
        return self.found.get(place)

    def at_word(self, word: re.Match[str]) -> Cue | None:
        """Return the cue that starts with a word; None if there is none."""
        is_joined = word.end() > word.end(1)  # to what stands behind its apostrophe, as in "isn't"
        return self.at(word.start(1)) if is_joined or starts_cue(word[1].lower()) else None


class _State:
    """How far the middle is read."""

    def __init__(self, start: int) -> None:
        self.position = self.start = start
        self.has_copula = self.has_verb = self.has_pronoun = self.negated = self.hedged = self.excluded = self.past = (
            self.asked
        ) = False
        self.last_cue: Cue | None = None
        self.last_word = ""

    def take(self, cue: Cue) -> None:
        """Note what a cue does."""
        self.last_cue = cue
        self.negated = self.negated or "negation" in cue.kinds
        self.hedged = (
            self.hedged
            or bool(cue.kinds & {"hedge", "doubting"})
            or ("modal" in cue.kinds and cue.word not in {"would", "can"})
        )
        self.excluded = self.excluded or "excluding" in cue.kinds
        self.past = self.past or "past" in cue.kinds

    def done(self, text: str, end: int) -> Middle:
        """Return what was read; a cue with nothing behind it is the value itself."""
        position, negated, hedged = self.position, self.negated, self.hedged
        behind = text[position : min(end, position + 2)].strip(" \t*_\"'")
        if self.last_cue is not None and (not behind or behind[0] in ".,;!") and self.last_cue.end == position:
            position, negated, hedged = self.last_cue.start, False, False
        return Middle(
            position,
            self.has_copula,
            self.has_verb,
            self.has_pronoun,
            negated,
            hedged,
            self.excluded,
            self.past,
            self.asked,
        )


def _step(text: str, state: _State, end: int, cues: _Cues, *, pronouns: bool) -> int:
    """Read one sign or word; return where it ends, -1 if it belongs to the value."""
    sign = _SIGN.match(text, state.position, end)
    if sign:
        state.has_copula = True
        return sign.end()
    comma = _COMMA.match(text, state.position, end)
    if comma:
        word = _WORD.match(text, comma.end(), end)
        lower = word[1].lower() if word else ""
        cue = cues.at_word(word) if word else None
        if (
            (state.last_cue is not None and state.last_cue.end == state.position)  # the comma that closes "perhaps,"
            or lower in FILLERS
            or lower in COPULAS
            or (pronouns and lower in _PRONOUNS)
            or (cue and _belongs(cue, lower, state))
        ):
            return comma.end()
    word = _WORD.match(text, state.position, end)
    if word is None:
        return _attached_step(text, state, end, cues)
    lower = word[1].lower()
    cue = cues.at_word(word)
    if cue is not None and _belongs(cue, lower, state):
        state.take(cue)
        state.has_copula = (
            state.has_copula
            or lower in {"isn", "aren", "wasn", "can", "cannot", "won", "couldn", "shouldn", "wouldn", "puede", "peut"}
            or lower in COPULAS
        )
        state.last_word = lower
        return cue.end
    if (
        word[1].istitle()
        and _OPENS_NAME.match(text, word.end(1), end)
        and _BEHIND_COLON.search(text, max(0, word.start(1) - 7), word.start(1))
    ):
        return _attached_step(text, state, end, cues)
    contracted = lower == "s" and text[word.start(1) - 1] in "'’"  # "it's"
    if lower in COPULAS and (contracted or not (state.has_copula and lower in {"a", "e", "o", "s"})):
        state.has_copula = state.has_verb = True
    elif lower in FILLERS or (
        lower in _TO and state.last_word in {"igual", "égal", "égale", "pari", "uguale", "gelijk", "equal"}
    ):
        pass
    elif (pronouns and not state.has_copula and lower in _PRONOUNS) or _restates(text, state, word, lower, end):
        state.has_pronoun = True
    else:
        return _attached_step(text, state, end, cues)
    state.last_word = lower
    return word.end()


def _restates(text: str, state: _State, word: re.Match[str], lower: str, end: int) -> bool:
    """Say whether a subject behind a colon opens a sentence of its own: "Answer: it is not B"."""
    if (
        not state.has_copula
        or state.has_verb
        or lower not in {"it", "that", "this", "es", "das", "c", "ce", "это", "dat", "het"}
    ):
        return False
    following = _WORD.match(text, word.end(), end)
    return following is not None and following[1].lower() in COPULAS


def _belongs(cue: Cue, lower: str, state: _State) -> bool:
    """Say whether a cue belongs to the middle."""
    if cue.word in _VALUES and state.has_copula:
        return False
    if cue.kinds & _WANTED:
        return True
    return (
        bool(cue.kinds & _OPENING)
        and "or" not in cue.kinds
        and lower not in {"sino", "but", "mais", "mas", "ma", "maar", "pero", "aber", "но"}
        and (state.position == state.start or state.has_copula)
    )


def _attached_step(text: str, state: _State, end: int, cues: _Cues) -> int:
    """Read a copula or a cue of a script that writes words together."""
    position = state.position
    while position < end and text[position] in " \t*_":
        position += 1
    if position >= end or text[position] < "\u0590":
        return -1
    cue = cues.at(position)
    if cue is not None and cue.kinds & _MIDDLE_KINDS:
        state.take(cue)
        state.has_copula = (
            state.has_copula
            or cue.word.endswith(("是", "为", "能", "会", "于"))
            or cue.word in {"ليس", "ليست", "不等于"}
        )
        return cue.end
    match = _ATTACHED.match(text, state.position, end)
    if match is None:
        return -1
    state.has_copula = state.has_verb = True
    return match.end()
