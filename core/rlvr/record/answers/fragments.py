"""The closed list of what may lead from the start of a sentence to a value without a verb: "Therefore,", "By symmetry,".

A sentence states its value by its verb, or leaves all but the value out. What stands there then is a connective, the
ground or the form of the value, or the name of a quantity; these are closed classes. All else sets the value in another
light, in words that no list can foresee: "For lack of a better idea,", "Refuted:", "Pretending the sign does not matter,".
So this module lists what is honest, and what is not on the list leads to no answer.
"""

from __future__ import annotations

from collections.abc import Callable

from rlvr.patterns import lazy_pattern

# A longer lead without a figure or a formula is a sentence of its own.
FRAGMENT_CHARACTERS = 120
_SETTING = " \t\n$\\({[*_`#>"
_MARKS = (",", ":", "–", "—")
_WORD = lazy_pattern(r"[a-z]+(?:['’][a-z]+)?")
_HAS_WORKING = lazy_pattern(r"[\d=<>^]|\\[a-zA-Z]|[^\x00-\x7f–—’‘“”]")

_FINITE = frozenset(
    "is are was were be been am has have had do does did can could will would shall should may might must get gets got give gives gave yield yields find finds "
    "obtain obtains see sees know knows need needs make makes made mean means become becomes equal equals follow follows work works hold holds come comes say "
    "says show shows take takes leave leaves let let's it's that's here's there's what's i'm we're i've we've i'll we'll i'd we'd it'll isn't aren't wasn't "
    "don't doesn't didn't can't couldn't won't wouldn't shouldn't cannot imply implies conclude deduce arrive reach".split()
)
_CONNECTIVES = frozenset(
    "thus hence therefore so then finally consequently accordingly overall altogether ultimately indeed lastly next first firstly second secondly third thirdly now again "
    "similarly likewise equivalently specifically namely also and but since because as given if when while where once after before by from using via through with "
    "to of at into onto per over across between among adding yes yeah ok okay right alright well voila eureka great good done ergo whence thereby additionally moreover "
    "furthermore however nevertheless otherwise meanwhile here there this that which these those all both each altogether all together taken together combined "
    "based due thanks according regardless said simply just only".split()
)
# What "in" does not have behind it before a value.
_IN_OTHERS = frozenset(
    "event events likelihood theory principle dreams hindsight jest desperation despair doubt hope vain error haste passing secret reserve dispute question "
    "limbo opinion view mind world universe fiction movie story book exam".split()
)
_CALCULATING = frozenset(
    "add subtract multiply divide simplify solve substitute combine factor factorise factorize expand evaluate compute calculate take use apply set plug rearrange integrate "
    "differentiate count sum note recall compare equate cancel collect convert round reduce put work start continue proceed consider discard square square-root cube double halve "
    "isolate group distribute complete invert raise total tally reflect rewrite write express observe follow complet rationalize rationalise clear eliminat iterate repeat summing "
    "find determine check verify look let draw sketch graph plot conclud recogniz recognis notic remember appl multipl simplif remov exclud keep return go mov turn carry perform do "
    "make get hav see know think includ accounting account order sort list enumerat try test estimat maximiz minimiz optimiz differenc telescop averag normaliz scal translat rotat "
    "interpret read unpack unwind work undo reverse exponentiat log logging tak us evaluat comput calculat solv divid factoris factoriz integrat differentiat squar doubl halv rais "
    "combin isolat distribut substitut equat continu complet rearrang reduc invert writ express observ not recall rationaliz rationalis clear conver putt dropp pair match omit ignor neglect forget back assembl gather bring choos choose pick select reject plug crunch run confirm verif check prov show finish end wrap "
    "clos summariz summaris sum up recap report stat weigh match align pair fill build construct defin denot assign label mark index partition split separat break cut join connect extend bound "
    "shift complement swap permut arrang plac seat deal exploit employ utiliz utilis invok appeal refer switch chang proceed mov step trac scan search skip drop strik cross deduc deriv infer "
    "obtain reach arriv land answer respond process balanc budget price multiply bring tabulat tak averag add approximat".split()
)
_DONE = frozenset(
    "based combined simplified added taken put compared rounded expressed written converted reduced summed multiplied divided given done solved factored expanded evaluated computed "
    "calculated boxed required desired expected needed requested obtained found squared subtracted rearranged substituted totaled totalled measured listed fixed asked sought shaded "
    "weighted combined estimated shared used earned sold left red speed confirmed verified checked proved proven completed finished reached derived deduced "
    "concluded determined established resolved answered recomputed recalculated averaged normalized normalised shown".split()
)
_UNSURE = frozenset(
    "i i'll i'd i've i'm me you you'd you'll he she they somebody someone nobody anyone something anything nothing whatever whichever whoever who why not never none any neither nor cannot "
    "n't guess guesses guessing bet hunch whim lie joke".split()
)
_VAGUE = frozenset("something anything nothing whatever whichever whoever none neither guess guesses bet".split())
_ANSWER = frozenset("answer answers result results solution solutions conclusion total value sum count".split())
_LAST_OF_CLAUSE = _FINITE | frozenset("to of as that with at in by follows exactly only just equal".split())
_PHRASES = (
    "long story short",
    "bottom line",
    "all told",
    "last but not least",
    "in a nutshell",
    "no matter what",
    "no doubt",
    "without doubt",
    "sure enough",
    "as you can see",
)


def may_be_fragment(lead: str) -> bool:
    """Return False for most leads, which no mark ends."""
    return lead.rstrip(_SETTING).endswith((*_MARKS, ", but"))


def is_foreign_fragment(lead: str) -> bool:
    """Say whether a lead without a verb is none of those that an answer has.

    Args:
        lead: What stands between the start of a sentence and its value.
    """
    said = lead.rstrip(_SETTING).lower()
    if said.endswith(", but"):
        said = said.removesuffix(" but")
        if not _FINITE.isdisjoint(_WORD.findall(said)):
            return False
    if not said.endswith(_MARKS) or len(said) > FRAGMENT_CHARACTERS:
        return False
    mark, said = said[-1], said[:-1].strip(_SETTING + "-")
    if not said or _HAS_WORKING.search(said) is not None or any(each in said for each in _PHRASES):
        return False
    words = _WORD.findall(said.replace("’", "'"))
    if len(words) == 1:
        return (
            mark == ":"
            and (words[0] in _UNSURE or (words[0].endswith("ed") and words[0] not in _DONE))
            and words[0] != "qed"
        )
    if mark == "," and words and words[0] in _SUPPOSING:
        return True
    if not words or _ENGLISH.isdisjoint(words):
        return False
    return _is_foreign_label(words) if mark == ":" else _is_foreign_opening(words)


# A fragment without any of these may be of another language.
_ENGLISH = frozenset(
    "the a an of to in on for with by from at as is are it this that my your our his her their i we you he she they not no never any some all one two and or but if "
    "so what who which whatever something anything nothing".split()
)


# Clauses with these heads suppose something.
_SUPPOSING = frozenset(
    "provided providing assuming supposing unless should were had pretending granted granting if lest whenever barring absent sans".split()
)


def _is_calculating(word: str) -> bool:
    """Return whether a participle is of a verb of calculation: "adding", "summing"."""
    stem = word.removesuffix("ing")
    return word in _CALCULATING or stem in _CALCULATING or (stem[-1:] == stem[-2:-1] and stem[:-1] in _CALCULATING)


def _is_foreign_opening(words: list[str]) -> bool:
    """Say whether a fragment before a comma is no connective, ground or form of a value."""
    head = words[0]
    if head in _SUPPOSING:
        return True
    if head in _OWN_RULES:
        return _OWN_RULES[head](words)
    if head in _DETERMINERS or head in _DONE or not _ANSWER.isdisjoint(words):
        return False  # an apposition, "The rest, 42, are blue"; a form, "Written as a fraction,"
    if head.endswith("ing"):
        return not _is_calculating(head)
    return not (head in _CONNECTIVES or head.endswith("ly") or not _FINITE.isdisjoint(words))


def _is_foreign_on(words: list[str]) -> bool:
    return not (words[-1].endswith("ing") or words[1:2] in (["average"], ["both"], ["simplification"]))


def _is_foreign_for(words: list[str]) -> bool:
    return words[1:2] not in (["the"], ["this"], ["these"], ["our"], ["short"]) and words[1:3] != ["a", "total"]


# Prepositions that take only some words behind them.
_OWN_RULES: dict[str, Callable[[list[str]], bool]] = {
    "in": lambda words: not _IN_OTHERS.isdisjoint(words),
    "on": _is_foreign_on,
    "for": _is_foreign_for,
}


# Verbs that state what follows them: "we conclude that the answer is".
_STATING = frozenset(
    "turns turned checks check recall remember conclude concluded concludes find found finds see saw seen get got have deduce deduced know obtain obtained determine determined say saying think thinking believe infer inferred note "
    "confirm confirmed confirms mean means meaning imply implies implying show shows showing shown give gives giving tell tells follow follows following make makes making "
    "verify verified reveal reveals yield yields yielding indicate indicates clear obvious evident sure confident certain checked calculate calculated compute computed arrive realize "
    "realized realise realised suggest suggests state stating stated report submit submitting leave leaves leaving lead leads leading bring brings is are was be that's it's so answer answers "
    "established demonstrate demonstrates demonstrated proves proved proven entails gather observe guarantee guarantees ensures notice recognize understand maintain argue claim claimed present box boxed".split()
)
_JOINING = frozenset("and so but then thus hence therefore because since as where when while if now here".split())
_DETERMINERS = frozenset("the my our your this that its a an".split())
_LAST_BREAK = lazy_pattern(r"[,;:.!?–—](?=[^,;:.!?–—]*$)")


def is_foreign_clause(lead: str) -> bool:
    """Say whether the words before an announcement make a clause of it that states nothing: "Prove that the answer is".

    Args:
        lead: What stands between the start of a sentence and the noun that announces its value.
    """
    said = lead.lower()
    cut = _LAST_BREAK.search(said)
    said = said[cut.end() :] if cut else said
    if _HAS_WORKING.search(said) is not None or len(said) > FRAGMENT_CHARACTERS:
        return False
    words = _WORD.findall(said.replace("’", "'"))
    last = max((at for at, word in enumerate(words) if word in _DETERMINERS), default=-1)
    if last < 0 or len(words) - last > ADJECTIVES_LIMIT:
        return False
    words = words[:last]
    if (
        not words
        or words[-1] in _JOINING
        or not _STATING.isdisjoint(words)
        or _ENGLISH.isdisjoint(words)
        or words[0] in _CONNECTIVES
    ):
        return False
    return (
        words[-1] in {"that", "whether", "why", "how"} or not _PERSONS.isdisjoint(words) or _is_foreign_opening(words)
    )


# More words between "the" and "answer" are a sentence.
ADJECTIVES_LIMIT = 4
_PERSONS = frozenset("i he she they someone somebody people us me him her them".split())


def _is_foreign_label(words: list[str]) -> bool:
    """Say whether words before a colon do not name a quantity, and lead to no value by a verb."""
    if not _ANSWER.isdisjoint(words) and "opposite" not in words:
        return False
    if not _FINITE.isdisjoint(words):
        is_led_to = words[-1] in _LAST_OF_CLAUSE or "we" in words or "follows" in words
        return not is_led_to and not _VAGUE.isdisjoint(words)
    head = words[0]
    if not _UNSURE.isdisjoint(words):
        return True
    if head.endswith("ing"):
        return not _is_calculating(head) and len(words) > 1
    return False
