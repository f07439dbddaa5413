"""Whether a text means a statement: its sentence may deny it, ask it, attribute it to nobody, or take it back."""

from __future__ import annotations

import re

from rlvr_compliance.text.engine import compiled

# How much of the text is read on each side of a statement.
REACH = 160
# How far behind a statement an answer may take it back.
RETRACTION_REACH = 120

_ENDS = ".!?;\n"
_SENTENCE_END = re.compile(r"[.!?;\n\u3002\uff01\uff1f]")
# Words in six languages that make a statement untrue, unsaid, or said by nobody.
_DENIED = (
    r"(?i)\b(?:not|no|nobody|no-one|none|never|nor|neither|n't|don['’]?t|doesn['’]?t|didn['’]?t|isn['’]?t|aren['’]?t|wasn['’]?t"
    r"|won['’]?t|wouldn['’]?t|can['’]?t|cannot|couldn['’]?t|shouldn['’]?t|hardly|barely|without|instead of|rather than"
    r"|ignore|disregard|forget|skip|omit|den(?:y|ies|ied)|refuses?|refut\w+|debunk\w+|false|untrue|wrong|myth|nonsense|lies?|lying"
    r"|hoax|joke|contrary|against my will|meaningless|allegedly|supposedly|pretend\w*|so-called|few (?:people )?(?:serious(?:ly)? )?(?:say|believe|think)"
    r"|nicht|kein\w*|nie|niemals|niemand|gelogen|l[uü]ge|falsch|unsinn|angeblich"
    r"|pas|jamais|aucun\w*|personne|faux|mensonge|nunca|jam[aá]s|nadie|ning[uú]n\w*|falso|mentira"
    r"|non|mai|nessun\w*|n[aã]o|ningu[eé]m|niet|geen|nooit)\b|不是|没有|並非|并非|не\s|нет\s|никогда"
)
# Denials that affirm.
_AFFIRMED = (
    r"(?i)\b(?:not only|no doubt|(?:do not|don['’]?t|never|not|must not|should not) (?:forget|ignore|disregard|skip|omit|deny)"
    r"|cannot (?:ignore|deny|be ignored|be denied|be overstated)|without (?:a )?doubt"
    r"|not (?:just|merely|simply)|no matter|never forget|not without|no exceptions?|none the less|nonetheless)\b"
)
# Words before a statement that leave it to nobody in particular, or make it irony. A named source ("Regulators say") does not.
_NOBODY = (
    r"(?:some|many|most|few|several|certain|various|other|plenty of|a lot of|lots of)(?: \w+){0,2}|others?|they|people|folks|critics|sceptics|skeptics"
    r"|pessimists|alarmists|doomsayers|cynics|conspiracy theorists|someone|somebody|everyone|everybody|anyone|who knows who"
)
_SAYS = (
    r"(?:(?:may|might|will|would|could|like to|love to|tend to|still|even|also|always|often|sometimes|falsely|wrongly) ){0,2}"
    r"(?:say|says|said|claim|claims|claimed|think|thinks|thought|believe|believes|believed|argue|argues|argued|insist|insists|insisted"
    r"|allege|alleges|alleged|write|writes|wrote|pretend|pretends|suppose|fear|worry|swear|shout|whisper|would have you believe|will tell you)"
)
_ATTRIBUTED = (
    rf"(?i)\b(?:{_NOBODY}),? {_SAYS}\b|\b(?:rumou?rs?|gossip|legend|word|hearsay|the story) (?:has it|says?|goes|claims?)\b|\baccording to (?:rumou?rs?|gossip|legend|hearsay|some)\b"
    r"|\bit (?:is|was|has been) (?:sometimes |often |widely |commonly |falsely )?(?:said|claimed|rumou?red|alleged|believed|whispered|thought)\b"
    r"|^\W*as if\b|\bif you believe\b|\b(?:manche|einige|viele|man|es wird) (?:sag(?:en|t)|behaupte[nt]|mein(?:en|t)|glaub(?:en|t)|gesagt)\b|\bes hei(?:ß|ss)t\b"
    r"|\b(?:on dit|certains (?:disent|prétendent|pensent)|d['’]aucuns|se dice|dicen que|algunos (?:dicen|creen|afirman)"
    r"|si dice|alcuni (?:dicono|sostengono)|dizem que|diz-se|alguns dizem|men zegt|sommigen (?:zeggen|beweren))\b"
)
# Right before a statement: "They claim: ...".
# Or a quotation of the words: 'The phrase "..." means nothing.'
_CLAIMED = (
    rf"(?i)\b(?:{_NOBODY}),? {_SAYS}\s?:\W{{0,3}}(?:\w+\s){{0,3}}$"
    r"|(?i)\b(?:phrase|slogan|saying|clause|boilerplate|words|term) [\"'“‘«„]$"
)
# Behind a statement, in its own sentence: irony, or a source that is nobody.
_DISOWNED = (
    rf"(?i)(?:^\W*|[,;(–—-]\s*)(?:(?:false|untrue|not true|a lie|a joke|just kidding|sarcasm|irony)\)|(?:or |at least |so ){{0,2}}(?:{_NOBODY}) {_SAYS}\b|as if\b|yeah,? right|supposedly|allegedly|apparently"
    r"|reportedly|so-called|as the (?:rumou?r|story|legend) goes|(?:or )?so (?:it is|it['’]s) (?:said|claimed)|it is (?:said|claimed|rumou?red|alleged)"
    r"|if you (?:can )?believe|angeblich|heißt es|sagt man|soi-disant|paraît-il|dit-on|supuestamente|dicen|presuntamente|si dice|supostamente|zegt men)"
)
# A turn behind which a sentence speaks for itself again: "Some say it is safe, but your capital is at risk."
_TURN = re.compile(
    r"(?i).*(?:\b(?:but|yet|however|though|although|in fact|actually|aber|doch|mais|pero|ma|mas|maar)\b|[;:–—])",
    re.DOTALL,
)
_VERBS = "is|are|was|does|do|can|may|should"
_TAKEN_BACK = (
    rf"(?i)^\W{{0,3}}(?:\w+\W{{1,2}}){{0,4}}?(?:{_VERBS})\s+"
    r"(?:\w+\s+){0,1}?"
    r"(?:not|n['’]t|false|untrue|wrong|nonsense|a lie|a myth|a joke|meaningless|irrelevant|be ignored|be disregarded"
    r"|be skipped)\b"
)
# Right behind a statement, a sentence of its own that takes it back.
_RETRACTED = (
    r"(?i)^[\s\"'”’)*_.…]*(?:(?:just|only) (?:kidding|joking)|i(?:['’]?m| am) (?:just |only )?(?:kidding|joking)|nonsense\b|not really"
    r"|not true|(?:that|this|which) (?:is|was) (?:not true|untrue|false|wrong|nonsense|a lie|a joke|a myth)|scratch that|forget (?:that|it|this)"
    r"|ignore (?:that|this)|(?:or )?(?:so )?they (?:say|claim|want you to)|(?:is|was) (?:nonsense|untrue|false|wrong|a lie|a joke|a myth)|as if|psych\b|jk\b|lol\b|haha|no[,.!]|wrong[.!]|false[.!]|unsinn|quatsch|scherz)"
)


# What may be a denial before a statement, and behind it: one search for most sentences, which have nothing of it.
# A superset of the patterns that it stands for.
_SUSPECT_BEFORE = f"{_DENIED}|{_ATTRIBUTED.replace('^', '')}|{_CLAIMED}"
_SUSPECT_BEHIND = f"{_TAKEN_BACK}|{_DISOWNED}"


def denied(text: str, start: int, end: int) -> bool:
    """Return whether the text around a statement denies it, asks it, or takes it back right behind it."""
    before = text[max(0, start - REACH) : start]
    for mark in _ENDS:
        before = before[before.rfind(mark) + 1 :]
    if compiled(_SUSPECT_BEFORE).search(before) and _is_denied_before(before):
        return True
    behind = text[end : end + REACH]
    close = _SENTENCE_END.search(behind)
    if compiled(_SUSPECT_BEHIND).search(behind[: close.start()] if close else behind):
        return True
    if close is None:
        return False
    return (
        close[0] in "?\uff1f"
        or compiled(_RETRACTED).search(behind[close.end() : close.end() + RETRACTION_REACH]) is not None
    )


def _is_denied_before(before: str) -> bool:
    """Return whether the part of a sentence before a statement denies it, or leaves it to nobody in particular."""
    if compiled(_DENIED).search(before) and compiled(_DENIED).search(compiled(_AFFIRMED).sub(" ", before)):
        return True
    return (
        compiled(_ATTRIBUTED).search(_TURN.sub("", before)) is not None or compiled(_CLAIMED).search(before) is not None
    )
