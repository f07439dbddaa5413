"""Whether a text says what it mentions: denied, hedged, asked, displaced and spoken-of phrases are not said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlvr import lazy_pattern, polarity_at
from rlvr_text.words import words_in

# How many words before a mention may deny it, as in "is certainly not the one".
DENIAL_REACH_WORDS = 4
# How far around a mention the words are read that change what is said.
REACH_CHARACTERS = 80

# Words that deny what follows them, and those that set another thing against it: "nicht London, sondern Paris".
_NEGATIONS = r"(?:not|nicht|non pas|pas|non|no|não|niet|inte|ikke|не|нет)"  # Cyrillic words
_CONTRASTS = r"(?:but|rather|sondern|mais|mas|sino|ma|maar|utan|men|а|но)"
# "Not only London but also Paris" names both.
_ONLY = r"(?:only|just|merely|simply|nur|bloß|seulement|uniquement|solo|sólo|solamente|soltanto|só|somente|apenas|alleen|slechts|bara|kun|только)"
_ALSO = r"(?:also|too|auch|aussi|também|también|anche|ook|också|også|и|также)"
_CONTRASTED = lazy_pattern(
    rf"\b{_NEGATIONS}\b(?! {_ONLY}\b)(?: (?!{_NEGATIONS}\b)[^\s,;:.!?()|/]{{1,40}}){{1,5}}"
    rf"(?:,? {_CONTRASTS}\b(?! {_ALSO}\b)|,(?= (?:it|this|that|es|das|c['’]est|het|dit|è|é) ))",
    re.IGNORECASE,
)
# A candidate that a clause of its own rejects, right before the answer: "Not London: Paris", "London? No: Paris".
_NAME = r"[^\s,;:.!?()|/]{1,40}(?: [^\s,;:.!?()|/]{1,40}){0,3}"
_REFUSED = lazy_pattern(
    rf"(?:^|(?<=[.;!?\n] )|(?<=\n))(?:no, )?{_NEGATIONS} (?!{_ONLY}\b)(?!(?:\w+ ){{0,2}}(?:answer|right|correct|true|sure|certain|yet)\b)"
    rf"{_NAME}: "
    rf"|(?:^|(?<=[.;!?\n] )|(?<=\n)){_NAME}\? ?(?:no|nein|non|nej|nee|não|нет)\b ?[,:.!–—-] ?",
    re.IGNORECASE,
)
_BOTH = lazy_pattern(
    rf"\b{_NEGATIONS} {_ONLY}\b((?: [^\s,;:.!?()|/]{{1,40}}){{1,5}}),? {_CONTRASTS}\b(?: {_ALSO}\b)?"
    r"|\bboth(?: the)?((?: [^\s,;:.!?()|/]{1,40}){1,4}) and(?: the)?\b",
    re.IGNORECASE,
)
# A clause of its own that denies another candidate: "It is not London; it is Paris."
_REJECTED = lazy_pattern(
    rf"(?:^|(?<=[;.\n]))[ ]?(?:(?:it|this|that|es|das|c'est|ce n'est|è|é|het|dit) )?(?:(?:is|ist|est|isn['’]t|es|è|é) )?"
    rf"(?:{_NEGATIONS}|(?<=isn['’]t))\b(?! {_ONLY}\b)(?: [^\s,;:.!?()|/]{{1,40}}){{1,5}}[;.](?=\s)",
    re.IGNORECASE,
)
_DENIALS = frozenset({"not", "no", "never", "neither", "nor", "without", "cannot", "except", "doubt", "inte", "ikke"})
_TURNS = frozenset({"but", "rather", "instead", "than", "sino", "sondern", "mais", "mas", "ma", "maar"})
_CERTAIN = lazy_pattern(r"\b(?:no|without(?: any| a)?|beyond(?: any| all| a)?) doubt\b", re.IGNORECASE)
_ALL_BUT = lazy_pattern(r"\b(?:anything|everything|any|all) but(?: the)? ?$", re.IGNORECASE)
# What follows a mention and takes it back: a question mark, an alternative, a denial, a cross.
_TAKEN_BACK = lazy_pattern(
    r"[\"'”’*_)]{0,4} ?(?:\?|[✗✘❌✖]|,? ?or\b|: ?no\b|,? (?:sondern|sino)\b"
    r"|(?:is|was|are|were|seems|has been|have been|can be|could be|should be|must be) (?:\w+ )?"
    r"(?:not|wrong|incorrect|false|ruled out|excluded|eliminated|rejected|out\b|off the table|a mistake|a distractor)\b"
    r"|(?:would|will) be (?:wrong|incorrect|false|a mistake)\b|was my (?:first|initial|original)\b"
    r"|(?:is|was|are|were|does|do|did|ca|could|would)n['’]t\b|(?:does|do|did|can|could|would) not\b|cannot\b)",
    re.IGNORECASE,
)
_OR = lazy_pattern(r"\b(?:or|either) (?:the )?$", re.IGNORECASE)
_CROSSED = lazy_pattern(r"[✗✘❌✖] ?$")
# What stands before a mention and says that it is somewhere or something else.
_DISPLACED = lazy_pattern(
    r"(?:(?<!n't )(?<!n’t )(?<!not )(?<!never )\bforget|\b(?:near|nearby|outside|outside of|beyond|close to|far from|next to|beside|opposite|formerly|previously"
    r"|once called|(?:rhym(?:es?|ing)|confused|compared|contrasted) with|(?:sounds?|looks?|spelled) like|(?:similar|compared|unlike|dissimilar) to|unlike|modell?ed (?:on|after)|named after|reminiscent of|almost|nearly|not quite|(?:starts?|begins?|ends?) with|somewhere between|(?:synonym|antonym|anagram)s? (?:of|for)|(?:north|south|east|west|rival|suburb|neighbou?r|enemy|opposite|outskirts)(?:\w*) of"
    r"|such as|for example|for instance|might be|may be|could be|pretend(?:ing)? (?:that )?(?:it is|it's)|used to be))(?: the| a| in)? ?[\"'“‘*_]*$",
    re.IGNORECASE,
)
# What stands before a quoted mention that is spoken of as a word or told as somebody else's.
_SPOKEN_OF = lazy_pattern(
    r"\b(?:word|words|term|string|phrase|letters|spelling|said|says|say|wrote|writes|claims|claimed|told|asked|suggests"
    r"|suggested)[,:]? [\"“‘«„']$",
    re.IGNORECASE,
)

# What was so, and is something else now: "It was Paris until 1940; now it is Lyon."
_PAST = lazy_pattern(
    r"\b(?:was|were|used to be|had been|war|waren|était|étaient|fue|era|eran|foi|fu)(?: (?:the|la|le|die|der|das|el|il))?"
    r" ?[\"'“‘*_]*\Z",
    re.IGNORECASE,
)
_SUPERSEDED = lazy_pattern(
    r"[^;.!?\n]{0,60}(?:[;,.–—]|\b(?:but|and|und|mais|pero|y|et|e))\s{1,2}(?:but |and )?"
    r"(?:now(?:adays)?|today|currently|since then|these days|heute|jetzt|maintenant|aujourd['’]hui|ahora|hoy|oggi|ora|hoje|agora)\b",
    re.IGNORECASE,
)
_IMAGINED = lazy_pattern(r"\b(?:would|could|might) (?:have been|be)(?: the)? ?[\"'“‘*_]*\Z", re.IGNORECASE)
_IF = lazy_pattern(r"[\"'”’*_]*,? (?:if|had|were|unless|but|except)\b", re.IGNORECASE)

# What a mention is told apart from: "Paris, not Lyon or Nice".
_EXCLUDED = lazy_pattern(r",? (?:and )?not (?:[^\W\d]+,? ){1,3}n?or [^\W\d]+", re.IGNORECASE)
_CORRECTION = lazy_pattern(
    r"(?:^|[.!?;,\n…-])[\s\"*_(]*(?:(?:oh|no|hmm?|ah|or),? )?"
    r"(?:scratch that|strike that|wait|hold on|actually|correction|on second thoughts?|on reflection|i mean|my mistake"
    r"|my bad|edit:|update:|i take (?:that|it) back|i was wrong|just kidding|not really|never ?mind"
    r"|pardon|je voulais dire|je me corrige|au temps pour moi|plutôt|mejor dicho|perdón|quiero decir|me corrijo"
    r"|anzi|mi correggo|volevo dire|entschuldigung|korrektur|besser gesagt|vielmehr|ich mein(?:e|te)|doch nicht"
    r"|oops|whoops|sorry(?=[,:–—-]| (?:it['’]?s|it is|i mean|no)\b)|correção|aliás|quero dizer|ou melhor"
    r"|correctie|ik bedoel|точнее|вернее)\b",
    re.IGNORECASE,
)


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether the words around a mention deny, hedge, ask or displace what stands there."""
    first = max(0, start - REACH_CHARACTERS)
    for rejecting in (_CONTRASTED, _REFUSED):
        for rejected in rejecting.finditer(text, first, start):
            text = text[: rejected.start()] + " " * len(rejected[0]) + text[rejected.end() :]
    if _is_past_or_imagined(text, first, start, end):
        return True
    before = _CERTAIN.sub("", text[first:start])
    if any(each.search(before) for each in (_ALL_BUT, _OR, _CROSSED, _DISPLACED, _SPOKEN_OF)):
        return True
    excluded = _EXCLUDED.match(text, end)
    if excluded:
        text = text[:end] + text[excluded.end() :]
    if _TAKEN_BACK.match(text, end) or polarity_at(text, start, end) not in {"asserted", "mention"}:
        return True
    sentence = re.split(r"[.;!?\n](?=\s|$)", before)[-1]
    for word in reversed(words_in(sentence)[-DENIAL_REACH_WORDS:]):
        if word in _TURNS:
            return False
        if word in _DENIALS or word.endswith(("n't", "n’t")):
            return True
    return False


def _is_past_or_imagined(text: str, first: int, start: int, end: int) -> bool:
    """Return True if something else is so now, or if the mention would be so under a condition."""
    if _PAST.search(text, first, start):
        return _SUPERSEDED.match(text, end) is not None
    return _IMAGINED.search(text, first, start) is not None and _IF.match(text, end) is not None


def names_both(text: str, wanted: Sequence[tuple[str, ...]]) -> bool:
    """Return whether a text names a phrase and another one: "not only Rome but also Paris"."""
    for found in _BOTH.finditer(text):
        sides = (
            tuple(words_in(found[1] or found[2])),
            tuple(words_in(text[found.end() : found.end() + REACH_CHARACTERS])),
        )
        if any(side[: len(each)] == each for side in sides for each in wanted):
            return True
    return False


def without_rejected(text: str) -> str:
    """Return a text without the candidates that it rejects: "not London, but", "It is not London;", "London? No:"."""
    return _REJECTED.sub(" ", _REFUSED.sub(" ", _CONTRASTED.sub(" ", text)))


def is_taken_back(text: str, end: int) -> bool:
    """Return whether a sentence behind the last mention opens a correction."""
    return _CORRECTION.search(text, end) is not None
