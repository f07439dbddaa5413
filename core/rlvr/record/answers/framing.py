"""Clauses around a statement that narrow it to a case, hand it to somebody else, or give it up: "Up to sign, 42".

What stands between such a clause and the value is the whole rule: nothing, or words that only lead to a value, such as
"we get". "Ignoring sign, 42" states no answer; "Ignoring weekends, he works 42 days" is a sentence of its own.
Each pattern is matched from the start of a sentence, or from the end of a value, with bounded parts: linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.dismissals import dismisses
from rlvr.record.answers.statements import Polarity

# A figure this near before a value may be listed with it.
FIGURE_CHARACTERS = 40
# A longer lead is a sentence of its own.
LEAD_CHARACTERS = 160
_OPENS = r"\W{0,8}(?:(?:so|thus|hence|therefore|then|now|and|but|well|okay|ok),?\s+){0,2}"
_SETTING = r"[\s$\\({\[*_`:,]*"
_NOUN = r"(?:(?:the|my|our)\s+)?(?:final\s+|correct\s+)?"
_RESULT = (
    r"(?:(?:then\s+)?(?:(?:we|i|you|one)\s+(?:would\s+|could\s+|can\s+|will\s+)?(?:get|have|obtain|find|reach|arrive\s+at)"
    r"|(?:it|this|that|the\s+(?:answer|result|value|total|count))\s+(?:is|was|would\s+be|becomes|equals)))?"
)
_ANY = r"[^.!?\n:;,]{0,80}?"
_CONDITION = (
    r"(?:constraint|condition|restriction|requirement|assumption|hypothesis|domain|limitation|proviso|sign)s?\b"
)
# What is left out, or a case that is not all: "Ignoring sign,", "Were the die fair, we would get".
_NARROWING = lazy_pattern(
    rf"{_OPENS}(?:"
    rf"(?:modulo|mod|up\s+to|barring|ignoring|disregarding|neglecting|discounting|overlooking|omitting|forgetting(?:\s+about)?|not\s+counting"
    rf"|excluding|without\s+(?:the|these|those|this|that|counting|considering|regard)|leaving\s+(?:out|aside)|setting\s+aside|for\s+(?:even|odd|small|large|prime|most|some|certain|generic)"
    rf"|in\s+the\s+(?:case|event|special\s+case)\s+(?:where|that|when|of)|(?:under|on|with)\s+(?:the|an?)\s+(?:\w+\s+)?(?:assumption|hypothesis|premise|simplification)"
    rf"|supposing|presupposing|only\s+(?:if|when|for))\b{_ANY},\s*{_RESULT}\s*{_NOUN}"
    rf"|(?:if\s+(?:we|you|i|one)\s+|when\s+|by\s+|after\s+)?(?:ignor|drop|neglect|disregard|forget|relax|skip|omit|remov|lift|violat|without|leav)\w{{0,4}}\s+"
    rf"(?:out\s+|about\s+|off\s+)?(?:(?:the|that|this|all|any|one|our|last|first|second|third|given|of)\s+){{0,3}}(?:\w+\s+)?{_CONDITION},?\s*{_RESULT}\s*{_NOUN}"
    rf"|(?:were|had)\s+(?:the|it|we|i|you|he|she|they|this|that|there|n|x)\b[^.!?\n:;\d]{{0,80}}?\bwould\b(?![^.!?\n]{{0,40}}\bsame\b)[^.,!?\d\n]{{0,20}}?"
    rf"){_SETTING}"
)
_CROWD = (
    r"(?:(?:many|most|some|several|other|lots\s+of|plenty\s+of|a\s+lot\s+of)\s+(?:\w+\s+)?(?:people|students|solvers|readers|users|contestants|candidates|textbooks|books"
    r"|websites|sources|folks|pupils|beginners|models|experts|authors)"
    r"|(?:an?|the|any)\s+(?:naive|naïve|careless|sloppy|hasty|lazy|inexperienced|novice|typical|beginning|unwary|inattentive)\s+\w+|an?\s+(?:beginner|novice|amateur|layman|child)"
    r"|(?:my|the|a|this|that|your)\s+(?:\w+\s+)?(?:calculator|computer|software|program|chatbot|answer\s+key|solutions?\s+manual|spreadsheet)"
    r"|wolfram\s?(?:alpha)?|chatgpt|gpt-?\d?|google|wikipedia|siri|alexa)"
)
_OFTEN = r"(?:(?:often|usually|sometimes|commonly|typically|frequently|generally|always|mistakenly|wrongly|tend\s+to|would|might|may|could|will|probably)\s+)"
_STATES = (
    r"(?:gets?|says?|said|answers?|answered|writes?|wrote|obtains?|concludes?|thinks?|believes?|guess(?:es)?|argues?|claims?|returns?|returned|shows?|showed|lists?"
    r"|listed|gives?|gave|reports?|reported|suggests?|suggested|insists?|picks?|chooses?|opts?|answering)(?:\s+(?:that|for|it\s+is|it['’]s|with|on))?"
)
# Those who say it: a crowd, a machine, a rumour.
_SAID_BY_OTHERS = lazy_pattern(
    rf"{_OPENS}(?:{_CROWD}\s+{_OFTEN}{{0,2}}{_STATES}"
    rf"|(?:students|people|beginners|novices|solvers|contestants|critics|experts|pupils|readers|some|many|most|others|they)\s+{_OFTEN}{{1,2}}{_STATES}"
    r"|(?:you|one)\s+(?:might|may|could|would)\s+(?:be\s+(?:thinking|tempted\s+to\s+\w+)|think|guess|expect|say|be\s+inclined\s+to\s+\w+)(?:\s+(?:that|of|it\s+is))?"
    r"|(?:legend|rumou?r|word|folklore|tradition)\s+has\s+it(?:\s+that)?"
    r"|in\s+(?:last|yesterday['’]s|a\s+previous|an\s+earlier|another|some\s+other|a\s+different)\b[^.!?\n:]{0,40},"
    rf")\s*{_NOUN}{_SETTING}"
)
# "Students often answer 42": the noun of an announcement is a verb here.
_VERB_OF_OTHERS = lazy_pattern(
    rf"{_OPENS}(?:{_CROWD}\s+{_OFTEN}{{0,2}}|(?:students|people|beginners|novices|solvers|contestants|pupils|readers|some|many|most|others|they)\s+{_OFTEN}{{0,2}})"
)
# What is still to be shown, or only asked: "we want to show that the answer is".
_TO_BE_SHOWN = lazy_pattern(
    rf"{_OPENS}(?:(?:we|i|you|one)\s+(?:now\s+|next\s+|still\s+)?(?:want|need|have|try|aim|hope|wish|are\s+going|am\s+going|are\s+trying|were\s+asked|are\s+asked|must|should|shall|will)|it\s+remains|(?:(?:exercise|problem|task|claim|question)\s?[:.]\s*)?(?:please\s+)?(?=(?:show|prove|verify|disprove|demonstrate|justify)\b)|(?:our|the|my)\s+(?:goal|aim|task|claim)\s+is|let\s+us|let['’]s|to)"
    r"\s*(?:to\s+)?(?:show|prove|demonstrate|justify|verify|check|see|decide|determine|test|establish|find\s+out|know|disprove|refute|examine)\s+(?:that|whether|if|why)\s+"
    rf"{_ANY}{_SETTING}"
)
# What is written for want of an answer: a label, or a confession with nothing but "so" behind it.
_GIVEN_UP = lazy_pattern(
    rf"{_OPENS}(?:(?:an?\s+|my\s+|some\s+|the\s+)?(?:random|arbitrary|default|made-up|filler|dummy|throwaway|blind|wild|lucky|bad|poor|uneducated)\s+(?:number|answer|value|guess|pick|choice)"
    r"|filler|(?:picked|chosen|selected|drawn)\s+(?:at\s+random|blindly|by\s+(?:lot|chance))|(?:a\s+)?shot\s+in\s+the\s+dark|(?:the\s+)?best\s+(?:i|we)\s+(?:can|could)\s+(?:do|manage|offer|come\s+up\s+with)"
    r"|(?:rolling|throwing|casting|flipping|tossing)\s+(?:a|an|the|some)?\s*(?:die|dice|coins?)|ee?n\w+,?\s+mee?n\w+[^.!?\n:]{0,20}|(?:my\s+)?gut(?:\s+\w+)?|(?:my\s+)?intuition(?:\s+says)?|opposite\s+day|counter-?example|footnote"
    r"|(?:just\s+)?(?:writing|putting|saying|typing)\s+(?:something|anything|whatever)(?:\s+down)?|(?:the\s+)?(?:sample|example|expected|dummy)\s+(?:output|input|answer)|variable(?:\s+name)?"
    r"|i(?:\s+have|['’]ve)?\s+(?:just\s+)?(?:made|making)\s+(?:this|it|that)\s+(?:one\s+)?up|e\.?g\.?)\s*[:–—-]{0,3}"
    rf"{_SETTING}"
)
_CONFESSES = lazy_pattern(
    rf"{_OPENS}(?:(?:i|we)(?:\s+(?:have|am|are|was|were)|['’](?:m|ve|re))?\s+(?:just\s+|simply\s+|really\s+|completely\s+|absolutely\s+|honestly\s+)?"
    r"(?:no\s+(?:proof|justification|evidence|clue|idea)\b|(?:ran|run|running)\s+out\s+of\b|had\s+to\s+(?:put|write|say|give|enter)\s+(?:something|anything)\b|lost\b|stuck\b|guessing\b|(?:give|gave|giving)\s+up\b"
    r"|(?:couldn['’]t|could\s+not|can['’]t|cannot|didn['’]t|did\s+not)\s+(?:solve|finish|complete|figure|work\s+(?:it|this)\s+out|manage|do\s+(?:it|this))\b"
    r"|(?:not\s+able|unable|failed)\s+to\s+(?:solve|finish|complete|do|derive|find|work|prove|determine|figure)\b)"
    r"|(?:it['’]s|it\s+is|this\s+is)\s+(?:just\s+|only\s+|basically\s+|pretty\s+much\s+)?an?\s+(?:gamble|toss-?up|wild\s+\w+|shot\s+in\s+the\s+dark|lottery)"
    r"|beats\s+me|who\s+knows|dunno|no\s+(?:clue|idea)|yeah,?\s+right|as\s+if(?:\s+it\s+(?:were|was))?|search\s+me|your\s+guess\s+is\s+as\s+good\s+as\s+mine)"
    r"[^.!?\n:]{0,30}?(?:[\s,;:–—-]*(?:but|so|hence|thus|and|yet|therefore)?[\s,]*(?:(?:i|we)(?:['’]ll)?\s+(?:will\s+)?(?:say|write|answer|put|go\s+with|guess|pick))?"
    rf"\s*{_NOUN}){_SETTING}"
)
_PUT_ON = lazy_pattern(
    r"\b(?:(?:money|bets?|betting|wager\w{0,3}|gambl\w{1,3})\s+(?:is\s+)?on|torn\s+between|(?:in|within)\s+the\s+(?:ballpark|vicinity|neighbou?rhood|region|order)\s+of"
    r"|hover\w{0,3}\s+around|leaning\s+(?:towards?|to))\b[^.!?\n]{0,30}\s*$"
)
# Another value right before, with a word that sets both side by side; and what numbers candidates.
_FIGURE = r"\$?[-−]?\d[\d.,/]{0,20}\$?"
_BESIDE = lazy_pattern(
    rf"(?:\b(?:between|one\s+of|either|among)\s+(?:{_FIGURE}[\s,]*(?:and|or)?\s*){{1,6}}|{_FIGURE}\s+(?:as\s+well\s+as|and\s+(?:also|equally)|versus|vs\.?|rather\s+than)\s+"
    r"|[\d$]\s+or\s+(?:it\s+is|it['’]s|else|maybe|perhaps)\s+|\b(?:second|2nd|third|other|alternative|another|backup|rival|competing)\s+(?:answer|guess|option|candidate|possibility|choice|reading|try)(?:\s+is|\s+would\s+be)?[\s:]*"
    r"|\b(?:option|candidate|answer|guess|reading)\s+(?:two|2|three|3)(?:\s+is)?[\s:]*)[$\\({\[*_]*$"
)
# Right before a box: a place in a text, a step on the way, a program that prints.
_NO_ANSWER = lazy_pattern(
    rf"{_OPENS}(?:(?:see|cf\.?|read|solve|try|do)\s+)?(?:page|step|question|problem|exercise|chapter|section|figure|equation|theorem|lemma|item|line|table|version|slide|footnote|note)\s*(?:no\.?|number|\#)?{_SETTING}"
    r"|[^\n]{0,60}\b(?:print|printf|puts|echo|console\.log|println|write|return)\s*\(?\s*f?[\"'][^\"'\n]{0,20}"
    r"|[^.!?\n]{0,80}\b(?:intermediate|partial|preliminary|provisional|interim)\s+(?:result|value|step|answer|sum|total|product|quantity)(?:\s+(?:is|equals|of))?\s*[:=]?"
    + _SETTING
)
# The last of several values that are listed, and numbered items: "The candidates are 40, 41 and", "1) 41 2)".
_LISTED = lazy_pattern(
    rf"(?:(?<![=/\d.,])(?<!=\s){_FIGURE}\s*,?\s*(?:and|and/or|&)|(?:[:(\[]|{_FIGURE},)\s*{_FIGURE}\s*,)\s*[$\\({{\[*_]*$|\b(?:1\s?[.):]\s*{_FIGURE}[\s,;]*2|a\s?[.):]\s*{_FIGURE}[\s,;]*b)\s?[.):]\s*[$\\({{\[*_]*$"
)
# All others, or a warning: "every number but", "under no circumstances", "it would be a blunder to answer".
_EXCLUDED = lazy_pattern(
    r"(?:\b(?:any|every|all|each|some)(?:thing|body)?(?:\s+(?:other\s+)?(?:real\s+|natural\s+|possible\s+)?(?:numbers?|values?|answers?|options?|integers?|choices?|candidates?))?\s+(?:but|besides|save|bar|outside|beyond)"
    r"|\b(?:under\s+no\s+circumstances?|on\s+no\s+account|no\s+way(?:\s+is\s+it)?|in\s+no\s+world|in\s+no\s+case)[\s,:]*(?:is\s+it|would\s+it\s+be)?|^\W*not\s*:|\\text\s?\{\s*(?:not|never)\s*\}|\\neq?(?![a-z])|≠"
    r"|\b(?:blunder|folly|mistake|error|wrong|foolish|silly|rash|premature|temptation|tempting|trap|nonsense|absurd)\s+(?:to|of|in)\s+(?:\w+\s+){0,3}"
    r"|\b(?:resist|refrain|abstain|avoid|stop|beware)\b[^.!?,;:\n]{0,40}\b(?:answering|saying|writing|claiming|concluding|choosing|picking|stating|boxing))\s*[$\\({\[*_]*$"
)
_ROUGHLY = lazy_pattern(r"\b(?:approx|ca|circa|abt|roughly|est)\.?\s*[$\\({\[*_]*$")


class _Frame(NamedTuple):
    """A pattern of a lead, words of which each lead that it matches has one, and what the lead makes of its value."""

    heads: frozenset[str]
    pattern: re.Pattern[str]
    polarity: Polarity


def _frame(pattern: re.Pattern[str], polarity: Polarity, heads: str) -> _Frame:
    return _Frame(frozenset(heads.split()), pattern, polarity)


# Matched from the start of the sentence.
_BEFORE = (
    _frame(
        _NO_ANSWER,
        "mention",
        "page step question problem exercise chapter section figure equation theorem lemma item line table version slide footnote note print printf puts echo log println "
        "write return intermediate partial preliminary provisional interim",
    ),
    _frame(
        _GIVEN_UP,
        "hedged",
        "random arbitrary default made making filler dummy throwaway blind wild lucky bad poor uneducated picked chosen selected drawn shot best rolling throwing casting flipping "
        "tossing eeny eenie meeny gut intuition opposite counterexample counter footnote writing putting saying typing sample example expected variable e",
    ),
    _frame(
        _TO_BE_SHOWN,
        "questioned",
        "show prove demonstrate justify verify check see decide determine test establish find know disprove refute examine",
    ),
    _frame(
        _CONFESSES,
        "hedged",
        "no ran run running something anything lost stuck guessing give gave giving couldn could can cannot didn did gamble toss tossup wild shot lottery beats knows dunno yeah as "
        "search guess able unable failed",
    ),
    _frame(
        _SAID_BY_OTHERS,
        "attributed",
        "many most some several other lots plenty lot naive naïve careless sloppy hasty lazy inexperienced novice typical beginning unwary inattentive beginner amateur layman child "
        "calculator computer software program chatbot key manual spreadsheet wolfram wolframalpha chatgpt gpt google wikipedia siri alexa often usually sometimes commonly typically "
        "frequently generally always mistakenly wrongly tend would might may could will probably legend rumour rumor word folklore tradition last yesterday previous earlier another "
        "different",
    ),
    _frame(
        _NARROWING,
        "conditional",
        "modulo mod up barring ignoring disregarding neglecting discounting overlooking omitting forgetting counting excluding without leaving setting even odd small large prime most "
        "some certain generic case event assumption hypothesis premise simplification supposing presupposing only constraint constraints condition conditions restriction restrictions "
        "requirement requirements assumptions domain limitation limitations proviso sign signs were had",
    ),
)
# Looked for at the end of the lead.
_ENDING = (
    _frame(
        _EXCLUDED,
        "denied",
        "but besides save bar outside beyond under no not ne neq never blunder folly mistake error wrong foolish silly rash premature temptation tempting trap nonsense absurd resist "
        "refrain abstain avoid stop beware",
    ),
    _frame(
        _PUT_ON,
        "hedged",
        "money bet bets betting wager wagering gamble gambling torn ballpark vicinity neighbourhood neighborhood region order hover hovering hovers leaning",
    ),
    _frame(
        _BESIDE,
        "hedged",
        "or between one either among well also equally versus vs rather second nd third rd other alternative another backup rival competing option candidate answer guess reading",
    ),
    _frame(_ROUGHLY, "altered", "approx ca circa abt roughly est"),
)
# Most sentences have none of these words.
HEADS = frozenset[str]().union(*(each.heads for each in (*_BEFORE, *_ENDING)))
_WORD = lazy_pattern("[a-zï]+")


def framed_before(text: str, floor: int, start: int, *, announces: bool) -> Polarity:
    """Return what a clause that leads to a statement makes of it, from the start of its sentence.

    Args:
        text: The text.
        floor: Where the sentence starts.
        start: Where the statement starts.
        announces: Whether the statement is an announcement: "the answer is".
    """
    if start - floor > LEAD_CHARACTERS or start - floor < 2:
        return "asserted"
    lead = text[floor:start].lower()
    if "://" in lead and not any(map(str.isspace, lead[lead.rindex("://") :])):
        return "mention"  # part of an address
    if may_be_listed(lead) and _LISTED.search(lead):
        return "hedged"
    words = frozenset(_WORD.findall(lead))
    for frame in _BEFORE:
        if not frame.heads.isdisjoint(words) and frame.pattern.fullmatch(lead):
            return frame.polarity
    for frame in _ENDING:
        if not frame.heads.isdisjoint(words) and frame.pattern.search(lead):
            return frame.polarity
    return "attributed" if announces and _VERB_OF_OTHERS.fullmatch(lead) else "asserted"


def may_be_listed(lead: str) -> bool:
    """Return False for most leads that do not end in a list of figures."""
    end = lead.rstrip(" \t\n$\\({[*_")
    return end.endswith((",", "and", "&", ".", ")", ":")) and any(map(str.isdecimal, end[-FIGURE_CHARACTERS:]))


def has_frame(before: str) -> bool:
    """Return False for most stretches of no part of which a frame is the end: none of its words are in their last words."""
    lead = before[-LEAD_CHARACTERS:].lower()
    return not HEADS.isdisjoint(_WORD.findall(lead)) or may_be_listed(lead) or "://" in lead


def confesses(sentence: str) -> bool:
    """Say whether a sentence says nothing but that its author does not know, as "No clue." does."""
    return len(sentence) <= LEAD_CHARACTERS and _CONFESSES.fullmatch(sentence.lower().rstrip(" .!…\n")) is not None


_CLOSING = r"[\s.*_)}\]$\\\"'”’]*+"
# A value without a letter that counts for some values of a letter only, or as long as something holds.
_ONLY_WHERE = lazy_pattern(
    rf"{_CLOSING},?\s*(?:but\s+|though\s+|and\s+)?(?:only\s+|just\s+|at\s+least\s+)?(?:for\s+(?:even|odd|small|large|most|some|prime|certain|generic)\b"
    r"|when(?:ever)?\s+[$\\(]*[a-z][$\\)]*\s+is\s+(?:even|odd|positive|negative|prime|small|large|real|an?\s+(?:even|odd|positive|negative|integer|multiple|prime|power))\b"
    r"|(?:(?:as|so)\s+long\s+as|provided)\b(?!\s+(?:that\s+)?[$\\(]*[a-z]\s*(?:[<>=≠]|\\[gln]e))|in\s+the\s+(?:special|trivial|degenerate|generic|first|second|best|worst|limiting)\s+case\b"
    r"|in\s+(?:one|some|certain|the\s+first)\s+(?:readings?|cases?|interpretations?|senses?|versions?)\b|on\s+(?:the\s+)?one\s+(?:hand|reading)\b"
    r"|(?:assuming|supposing|presuming)\b|(?:under|on)\s+the\s+(?:assumption|hypothesis|premise)\b|if\s+(?:i|my|memory|all\s+goes|nothing|everything)\b|subject\s+to\b|pending\b"
    r"|modulo\s+(?:\d|[a-z]\b|sign|rounding|typos?|errors?|mistakes?)|(?:up\s+to|ignoring|disregarding|neglecting|barring)\s+(?:an?\s+|the\s+|any\s+)?(?:sign|constant|typos?|errors?|mistakes?|slips?|multiplicity|\w+\s+errors?))"
)
# Words behind a value that stands first or is announced, which only narrow, bound or hand on what they follow: none names
# a unit or gives a ground.
_LIMITS = lazy_pattern(
    rf"{_CLOSING}[,;:(\[–—-]{{0,2}}\s*(?:but\s+|and\s+|though\s+)?(?:whenever\b|once\b(?!\s+(?:we|you|simplified|rounded|everything|all))|until\b|short\s+of\b|failing\s+(?:that|which)\b|times\s+(?:itself|that|over|as)\b|less\s+(?:one|two|than|the)\b"
    r"|up\s+to\s+(?:(?:an?\s+)(?:factor|constant|sign|unit|multiple|scalar)|permutations?|isomorphism|symmetry|scaling|reordering|conjugation)\b|at\s+the\s+(?:very\s+)?(?:least|most|outside|minimum|maximum)\b|(?:minimum|maximum|max|min|tops)\b(?=\W*$)|in\s+the\s+event\b|for\s+(?:primes?|sufficiently)\b|except\b(?!\s+for\s+(?:the\s+)?units?\b)|but\s+only\b|depending\b|as\s+[a-z]\s+(?:tends|goes|approaches)\b|under\s+(?:ideal|certain|some|special|favou?rable|suitable)\b|(?:xor|nor|and/or|//)\s*[$\\]*(?:boxed\{{)?[-−]?\d"
    r"|(?:-+>|=+>|→|⇒)\s*(?:discard|reject|wrong|no\b|not\b|false|corrected|actually|\d)"
    r"|(?:roughly|approximately|loosely|tentatively|strictly|broadly|hypothetically|theoretically)(?:\s+speaking)?\b(?=\W*$)|rounded(?=\W*$)|in\s+(?:hundreds|thousands|millions|tens|dozens)\b|(?:feels|sounds|smells|rings)\b"
    r"|when(?:ever)?\s+(?:the|an?|no)\s+[^=.!?\n]{1,60}\b(?:is|are|were|was|happens?|lands?|has|have|comes?|becomes?)\b(?!\s+(?:rounded|simplified|added|taken|computed|calculated|written|expressed|evaluated|included|counted|summed))"
    r"|according\s+to\s+(?:my|the\s+(?:internet|web|forum|back|book|key|ai|model|crowd)|some|him|her|them|chatgpt|google|wolfram)\b|(?:says|said|claims|claimed|swears|insists|shouts?|reckons)\s+(?:my|the|an?|everybody|everyone|some\w*|[a-z]+)\b"
    r"|(?:or|and|also|alternatively|maybe|perhaps|otherwise|else)\s+[-−]?\d[\d.,]*\s+(?:are|works?|too|also|both|as\s+well|fits?|is\s+(?:also|fine|possible|right|correct|equally|another|good))\b|[-−]?\d[\d.,]*\s*(?:\?|works?\s+too|also\s+works?|is\s+(?:also|fine|possible))|(?:<-+|←|⇐|<=+)\s*(?:wrong|incorrect|no|not|false))"
)
_UNSURE = lazy_pattern(
    rf"{_CLOSING}(?:[,;(–—-]+\s*(?:but\s+|though\s+|or\s+so\s+)?(?:i\s+hope(?!\s+(?:this|that|it|you|the))|hopefully(?!\s+(?:this|that|it|you))|(?:with\s+)?(?:low|little|no|some|moderate|limited)\s+(?:confidence|certainty)"
    r"|(?:still\s+)?needs?\s+(?:checking|verification|verifying|work|proof|confirmation|double-checking)|to\s+be\s+(?:checked|verified|confirmed|proved|proven)|(?:not|un)\s?(?:yet\s+)?(?:checked|verified|proved|proven|confirmed)"
    r"|fingers\s+crossed|not\s+much|take\s+it\s+or\s+leave\s+it|take\s+(?:it|that|this)\s+with|don['’]t\s+ask|who\s+knows|if\s+at\s+all|for\s+what\s+(?:it['’]s|it\s+is|that['’]s)\s+worth|i['’]d\s+double-?\s?check)\b"
    r"|\(\s*(?:it\s+|this\s+|which\s+|that\s+)?(?:does|do|did|is|was|can|could|will|would)(?:\s+not|n['’]t)\b|(?:to\s+the\s+best\s+of|as\s+far\s+as)\s+(?:my|i)\b"
    r"|(?:is|was|remains)\s+(?:just\s+|only\s+|still\s+)?(?:my|our|an?|the)\s+(?:\w+\s+)?(?:hypothesis|conjecture|hunch|bet|guess|estimate|gamble|speculation|suspicion)\b)"
)
_OTHER_READING = lazy_pattern(
    r"\bis\s+another(?=\W*$)|\b(?:on\s+the\s+other(?:\s+hand)?|in\s+(?:the\s+other|another)\s+(?:reading|case|interpretation|sense|version)|is\s+another|for\s+the\s+(?:rest|others))\b"
)


def framed_behind(text: str, end: int, own_end: int, value: str, *, stands_first: bool) -> Polarity:
    """Return what the rest of a statement's sentence makes of it: a case, a doubt, or nothing.

    Args:
        text: The text.
        end: Where the statement ends.
        own_end: Where its sentence ends.
        value: What it states.
        stands_first: Whether it is announced, or no words stand before it in its sentence.
    """
    behind = text[end : min(own_end, end + LEAD_CHARACTERS)].lower()
    if not behind.strip(" .$)}]*_"):
        return "asserted"
    if _UNSURE.match(behind):
        return "hedged"
    if _OTHER_READING.search(behind) and ("another" in behind or any(map(str.isdecimal, behind))):
        return "hedged"
    if stands_first and not has_letter(value) and _LIMITS.match(behind):
        return "conditional"
    return "conditional" if not has_letter(value) and _ONLY_WHERE.match(behind) else "asserted"


_NUMBER = lazy_pattern(r"[\s*_$\\(]{0,6}[$€£¥]?[-−]?\d(?:[\d,./]{0,40}\d)?(?:\\?%|°)?(?:\s[a-z]{1,12}(?=[\s,.]))?")


def framed_number(text: str, start: int, own_end: int) -> Polarity:
    """Return what the rest of a sentence makes of the number, maybe with its unit, that is stated at a place."""
    number = _NUMBER.match(text, start, own_end)
    if number is None:
        return "asserted"
    plain = number[0].rstrip("abcdefghijklmnopqrstuvwxyz")
    places = {start + len(plain.rstrip()), number.end()}
    for place in sorted(places):
        if text[place : place + 1] == "," and dismisses(text, place, own_end):
            return "denied"
        found = framed_behind(text, place, own_end, "0", stands_first=True)
        if found != "asserted":
            return found
    return "asserted"


_LETTER = lazy_pattern(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")


def has_letter(value: str) -> bool:
    """Say whether a value is an expression in letters, which holds for some of their values."""
    return _LETTER.search(value) is not None
