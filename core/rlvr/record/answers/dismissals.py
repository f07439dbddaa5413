"""Predicates that rule a value out: "is a trap", "must be discarded", "lies outside the domain", "is one too many".

A judgement such as "wrong" is a word of the lexicon, which many rules read. The words here rule a value out only as the
predicate of a clause whose subject is the value, so they are read as such a clause and nowhere else:
"the trap is 42 cm long" and "42 eggs were thrown away" dismiss nothing.
"""

from __future__ import annotations

import re

from rlvr.patterns import lazy_pattern

# Each part is bounded, and a clause is read from its start, so that the time is linear.
_BE = (
    r"(?:is|are|was|were|['’]s|(?:has|have|had)\s+been|(?:must|should|can|could|may|might|will|would|shall|needs?\s+to|ought\s+to|has\s+to|is\s+to)"
    r"\s+be(?:\s+considered)?|gets?|got|seems|turns\s+out\s+to\s+be)"
)
_ADVERB = (
    r"(?:\s+(?:just|only|merely|simply|clearly|obviously|actually|really|therefore|thus|hence|also|however|definitely|now|at\s+best|far|way|much"
    r"|in\s+fact|of\s+course|slightly|a\s+bit|a\s+little)){0,2}"
)
# What the value is said to be.
_NOUN = (
    r"(?:an?|the|(?:just|only|merely|nothing\s+but)\s+an?)\s+(?:[a-z-]{3,14}\s+)?(?:trap|decoy|red\s+herring|bait|ruse|lie|hoax|trick|typo|misprint|slip"
    r"|placeholder|dummy|stand-in|dead\s+end|joke|artefact|artifact|blunder|miscount|misreading|intermediate\s+(?:result|value|step|quantity)"
    r"|partial\s+(?:result|answer|sum|count|product|solution)|wrong\s+sign|number\s+(?:that\s+)?we\s+(?:subtract|remove|exclude))\b"
)
_ADJECTIVE = (
    r"(?:spurious|extraneous|inadmissible|disqualified|forbidden|prohibited|disallowed|unreachable|unattainable|unachievable|infeasible|meaningless|irrelevant"
    r"|unphysical|nonsensical|superfluous|inconsistent|contradictory|self-contradictory|ineligible|insufficient|implausible|dubious|problematic"
    r"|unusable|worthless|useless|incomplete|off|(?:nowhere|not)\s+(?:near|close\s+to)\s+(?:right|correct|it))(?=\W|$)"
)
_PARTICIPLE = (
    r"(?:ruled\s+out|thrown\s+(?:out|away)|tossed(?:\s+out)?|crossed\s+out|struck\s+(?:out|off)|weeded\s+out|discarded|rejected|eliminated|excluded"
    r"|dismissed|disregarded|retracted|withdrawn|invalidated|refuted|contradicted|disproved|disproven|overturned|barred|banned|vetoed|abandoned"
    r"|corrected|avoided|shunned|scrapped|(?:computed|calculated|counted|obtained|derived|copied)\s+(?:incorrectly|wrongly|by\s+mistake)"
    r"|(?:increased|decreased|reduced|divided|multiplied|adjusted|shifted|rounded)\s+(?:by|mod|modulo|up|down|to)|halved|doubled|tripled|negated)\b"
)
_EXCESS = (
    r"(?:too\s+(?:big|small|large|high|low|great|little|much|many|few|long|short)"
    r"|(?:one|two|three|\d{1,3})\s+too\s+(?:many|few|much|high|low|large|small|big)"
    r"|(?:out|no\s+good|not\s+it|not\s+final|off\s+by\s+(?:a\s+factor\s+of\s+)?[\w$\\-]{1,12}))(?=\W*$)"
)
_PLACE = (
    r"(?:out\s+of\s+(?:range|bounds|scope|the\s+(?:question|running|range|domain))|outside\s+(?:of\s+)?(?:the|its|our|that|this)\b"
    r"|beyond\s+the\s+(?:range|domain|bounds?|limits?)\b)"
)
_PART = (
    r"(?:only|just|merely|simply|at\s+best)\s+(?:an?\s+(?:strict\s+|crude\s+|loose\s+|rough\s+|weak\s+|trivial\s+)?(?:upper\s+bound|lower\s+bound|bound|guess"
    r"|estimate|approximation|conjecture|candidate|possibility|suggestion|part|piece|fraction|first\s+(?:try|attempt|guess))\b"
    r"|(?:one\s+)?(?:part|half|piece)\s+of\b|the\s+(?:first|second|last|numerator|denominator|partial|intermediate|upper|lower|beginning|start)\b)"
)
# "a different question": an answer to it is none to the question that was asked.
OTHER_QUESTION = (
    r"(?:the|your|an?|some)\s*(?:previous|preceding|earlier|other|different|another|wrong|unrelated)\s+"
    r"(?:question|problem|exercise|task|part|puzzle)\b"
)
_OF_OTHERS = (
    r"(?:what\s+(?:we|one|you|i)\s+(?:must|should|need\s+to|want\s+to|ought\s+to|have\s+to)\s+(?:avoid|reject|exclude|rule\s+out|disprove|prevent)\b|"
    rf"(?:the\s+(?:answer|solution|key)\s+(?:to|of|for)\s+{OTHER_QUESTION}"
    r"|my\s+(?:first|initial|original|earlier|previous|old)\s+(?:try|attempt|guess|thought|idea|answer|result)\b"
    r"|what\s+(?:an?|the)\s+(?:trap|naive|careless|hasty|wrong|faulty|mistaken|flawed|tempting)\b))"
)
# One value denied; several, as in "5 are not red", are things that are counted. Some negations are properties of a right answer.
_NEGATED = r"(?:(?:is|was)\s+not|(?:isn|wasn)['’]t|(?:does|did)\s+not|(?:doesn|didn)['’]t|can\s?not|could\s+not|would\s+not|(?:can|couldn|wouldn)['’]t)"
_DENIED = _NEGATED + (
    r"(?!\s+(?:be\s+(?:improved|exceeded|beaten|reduced|simplified|factored|made|further|bettered|written|expressed|lowered|raised|clearer|anything\s+but|other\s+than|in\s+doubt)"
    r"|(?:depend|change|exceed|matter|include|contain|need|require|have|affect|vary|involve|mean|imply|divide|repeat|wrong|incorrect|false|a\s+mistake|mistaken|only|just|merely)\b"
    r"|(?:divisible|zero|negative|unique|surprising|a\s+coincidence|a\s+multiple|hard|difficult|the\s+only|necessarily|in\s+doubt|equal\s+to\s+0)\b))\s+\w"
)
# In a later sentence only what a value cannot be and still be the answer.
_UNFIT = (
    r"\s+(?:(?:possibly\s+)?be\s+(?:it|the|right|correct|true|valid|reached|attained|achieved)|occur|happen|arise|add\s+up|check\s+out|fit|qualify|make\s+sense"
    r"|allowed|permitted|admissible|attainable|achievable|reachable|feasible|eligible|viable|usable|legal|possible|final|what\s+(?:we|was|is)"
    r"|an?\s+(?:option|answer|solution|root|candidate)|one\s+of\s+the|in\s+(?:the|its)\s+(?:domain|range|interval|list)|within\s+(?:the|its)\s|among\s+the)\b"
)
_VERB = (
    r"(?:(?:lies|falls|sits)\s+(?:well\s+|far\s+|just\s+)?(?:outside|out\s+of\s+(?:range|bounds|the\s+(?:range|domain)))"
    r"|(?:would\s+)?(?:violates?|contradicts?|overcounts?|undercounts?|overshoots?|undershoots?|overestimates?|underestimates?|double[\s-]?counts?)\b"
    r"|(?:counts|counted)\s+(?:each|every|some|one|the)\b[^.!?\n]{0,40}?\btwice\b"
    r"|(?:misses|omits|forgets|leaves\s+out|overlooks|neglects|drops|ignores)\s+(?:the|an?|some|one|two|that)\b[^.!?\n]{0,30}?"
    r"\b(?:cases?|roots?|solutions?|conditions?|constraints?|restrictions?|possibilit\w{1,3}|terms?|factors?|signs?|carry|facts?|requirements?|cross\w{0,3})\b"
    r"|(?:won['’]t|will\s+not|wouldn['’]t|would\s+not)\s+(?:do|work|fly|suffice|hold|cut\s+it)\b"
    r"|breaks\s+(?:the|an?|our)\s+(?:condition|constraint|rule|assumption)"
    r"|(?:makes|renders|would\s+make)\s+(?:the|an?|one)\s+(?:(?:denominator|logarithm)[^.!?\n]{0,40}?\b(?:zero|0|vanish)"
    r"|(?:denominator|radicand|expression|equation|logarithm|fraction|square\s+root|left|right)[^.!?\n]{0,40}?\b(?:undefined|negative|meaningless|false))"
    r"|(?:comes|stems|results|arises|came|stemmed|resulted|arose|follows)\s+from\s+(?:an?|the|my|our)\s+(?:bad|wrong|false|faulty|flawed|mistaken|incorrect|arithmetic|sign|calculation)"
    r"|(?:still\s+)?needs\s+(?:fixing|correction|correcting|adjusting|adjustment|to\s+be\s+(?:fixed|checked|verified|adjusted|revised))"
    r"|(?:still\s+has|has\s+yet|still\s+needs|must\s+still|has\s+still|remains)\s+(?:to\s+)?be\s+\w+|yet\s+to\s+be\s+\w+"
    r"|has\s+to\s+go\b|must\s+go\b|never\s+(?:happens|occurs|works|holds|arises)\b|has\s+(?:the\s+wrong|one\s+\w+\s+wrong|a\s+wrong)"
    r"|(?:solves|answers|covers|settles|counts)\s+only\s+(?:part|half|one|the\s+first|some)\b|leads\s+to\s+a\s+contradiction)"
)
# A subject that points back; a clause right behind the value has none.
_SUBJECT = (
    r"(?:(?:but|and|however|unfortunately|sadly|regrettably|alas|yet|though|so|therefore|hence|thus),?\s+)?"
    r"(?:(?:it|this|that|which)(?:\s+(?:value|answer|number|root|solution|result|one|option|choice|candidate|count|total))?"
    r"|(?:the|my)\s+(?:answer|value|number|result|solution|root)(?:\s+above)?"
    r"|(?:the\s+)?above(?:\s+(?:answer|value|number|result|solution|calculation))?)"
)
_PREDICATE = rf"(?:{_BE}(?:{_ADVERB}\s+(?:{_NOUN}|{_ADJECTIVE}|{_PARTICIPLE}|{_EXCESS}|{_PLACE})|\s+(?:{_PART}|{_OF_OTHERS}))|{_VERB})"
# What is still to be done with a value, or was done wrongly with it.
_UNDONE = (
    r"(?:(?:now|next|then|finally|but|so|however)?,?\s*(?:we|i|you)\s+(?:still\s+(?:need|have)\s+to|(?:have\s+)?(?:double|over|under|mis)[\s-]?counted)\b"
    r"|it\s+(?:still\s+)?remains\s+to\s+(?:add|subtract|divide|multiply|double|halve|square|reduce|convert)\b"
    r"|(?:now|next|then|finally),?\s+(?:we\s+)?(?:must\s+|need\s+to\s+|have\s+to\s+)?(?:divide|multiply|halve|double|subtract|add|negate)\s+(?:it|this|that|by|\d)"
    r"|(?:however|but),?\s+(?:we|i)\s+(?:forgot|missed|overlooked)\b"
    r"|(?:the|my)\s+(?:calculation|computation|work|reasoning|working|argument|derivation|answer|solution)(?:\s+above)?\s+(?:contains|has|had)\s+(?:an?|some)\s+(?:\w+\s+)?(?:error|mistake|flaw|slip|gap)"
    r"|(?:the\s+)?above(?:\s+\w+)?\s+(?:is|was)\s+(?:wrong|incorrect|false|mistaken|a\s+mistake|an\s+error))"
)
# The author's own slip, a check that fails, an order to drop the value, mockery.
_SLIP = (
    r"(?:(?:(?:oh|ah|oops|hmm|ugh|argh|actually|damn|alas|sorry|wait),?\s+){0,2}(?:i|we)?\s*(?:(?:had|have|just|actually|simply)\s+){0,2}"
    r"(?:forgot|missed|overlooked|miscounted|misread|misplaced|miscalculated|miscomputed|slipped|botched|messed\s+up|mixed\s+up|goofed|erred"
    r"|made\s+(?:an?|some)\s+(?:\w+\s+){0,2}(?:slips?|errors?|mistakes?|typos?|blunders?|miscalculation))\b(?!\s+(?:no|nothing|to\s+mention|earlier|before|at\s+first)\b)"
    r"|an?\s+(?:contradiction|absurdity|impossibility|blunder)(?=\W*$)|as\s+if(?:\s+any(?:one|body)\b|(?=\W*$))|said\s+no\s+\w+\s+ever|and\s+pigs\b|(?:ha\s*){1,3},?\s*gotcha|gotcha"
    r"|(?:so|now|please|but)?,?\s*(?:discard|reject|ignore|exclude|drop|forget|scrap|disregard|delete|cancel)\s+(?:it|this|that)(?=\W*$)"
    r"|(?:(?:but|however|unfortunately|sadly|alas|yet),?\s+)?(?:the\s+|our\s+|a\s+)?(?:check(?:ing)?|verification|verifying|substitution|substituting|plugging|testing)"
    r"(?:\s+(?:back|in|it|this|that|into|the|original|equation|value|answer|again)){0,5}(?:\s*[:,]|(?!\s*[$\\(]{0,3}(?:\d|[a-z]\s*=)))[^.!?\n]{0,70}?"
    r"\b(?:fails?|failed|false|contradiction|wrong|incorrect|mismatch|inconsistent|(?:does\s+not|doesn['’]t)\s+(?:hold|match|work|check))(?=\W*$))"
)
# What may close the value before a clause about it; and a place right behind a value.
_CLOSING = r"[\s,;:.!*_)}\]$\"'”’–—-]*+"
_BEHIND = r"(?<=[\d$)}\]%°*\"'`])\s*"
_CLAUSE = lazy_pattern(
    rf"{_CLOSING}(?:(?:{_SUBJECT})?\s*{_PREDICATE}|{_SUBJECT}\s*{_NEGATED}{_UNFIT}|{_DENIED}|{_UNDONE}|{_SLIP})",
    re.IGNORECASE,
)
_BEHIND_VALUE = lazy_pattern(rf"{_BEHIND}(?={_PREDICATE}|{_DENIED})", re.IGNORECASE)
_WORDS_LIMIT_CHARACTERS = 200
# What claims less than that the value is the answer. "This is possible when x = 3" says where a maximum is attained, and
# "that looks correct" is a check, so these words count only right behind the value.
_SUPPOSED = (
    r"(?:(?:seems?|appears?|looks?)\s+(?:to\s+be\s+the\b|like\b)|(?:could|might|may)\s+(?:well\s+)?be(?:\s+(?:it|right|correct|true|possible|the\b)|[\s.!]*$)"
    r"|would\s+(?:be|have\s+been)\s+(?:right|correct|true|valid|it\b|the\s+(?:right\s+|correct\s+)?(?:answer|solution))"
    r"|(?:is|are)\s+(?:only\s+)?(?:(?:plausible|likely|conceivable)\b(?!\s+to\b)|one\s+(?:possib\w{3,5}|answer|option|candidate)"
    r"|(?:among|one\s+of)\s+the\s+(?:possib\w{2,7}|plausible|likely|potential|candidates?|options?|choices?|answers?)\b"
    r"|an?\s+(?:possible|likely|plausible|potential|candidate|mirage)|what\s+(?!we\b|i\b|you\b|the\s+(?:question|problem)\b)\w+\s+(?:says?|said|claims?|thinks?)"
    r"|(?:correct|right|true|valid)\s+only\b|where\s+\w+\s+go|how\s+many\s+we\s+should"
    r"|the\s+(?:popular|common|usual|textbook|naive|obvious|tempting|conventional)\s+(?:answer|guess|choice|reply|response|value|result|opinion|pick)\b))"
)
_SEEMING = (
    r"(?:(?:seems?|appears?|looks?)\s+(?:to\s+be\s+)?(?:right|correct|good|plausible|likely|fine|the\b)"
    r"|(?:is|are)\s+(?:only\s+)?possible(?=\s*(?:[.,;!?]|but\b|though\b|$)))"
)
_CLAIMS_LESS = lazy_pattern(rf"{_CLOSING}(?:(?:{_SUBJECT})?\s*{_SUPPOSED}|{_SEEMING})", re.IGNORECASE)
_LESS_BEHIND = lazy_pattern(
    rf"{_BEHIND}(?={_SUPPOSED}|{_SEEMING}|only\s+(?:if|when|for)\b|provided\b|assuming\b)",
    re.IGNORECASE,
)


def dismisses(text: str, start: int, end: int) -> bool:
    """Say whether a clause behind a value, or about it, rules it out."""
    return _CLAUSE.match(text[start : min(end, start + _WORDS_LIMIT_CHARACTERS)]) is not None


def dismissal_in(text: str, start: int, end: int) -> int:
    """Return where the predicate starts that rules out the value at the start of a stretch; -1 if there is none."""
    match = _BEHIND_VALUE.search(text[start : min(end, start + _WORDS_LIMIT_CHARACTERS)])
    return -1 if match is None else start + match.start()


def is_tentative(text: str, start: int, end: int) -> bool:
    """Say whether a clause behind a value, or about it, calls it possible, likely or what others say."""
    return _CLAIMS_LESS.match(text[start : min(end, start + _WORDS_LIMIT_CHARACTERS)]) is not None


def tentative_in(text: str, start: int, end: int) -> int:
    """Return where the words start that claim less than the value at the start of a stretch; -1 if there are none."""
    match = _LESS_BEHIND.search(text[start : min(end, start + _WORDS_LIMIT_CHARACTERS)])
    return -1 if match is None else start + match.start()
