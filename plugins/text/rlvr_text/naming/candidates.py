"""Lists of candidates: what an answer names beside a phrase, however it separates them.

A phrase that stands later in a list is not what the answer commits to. Nor is the first item of a list that has
numbers, or of three and more items of one kind. Two items behind a comma may be one name: "Austin, Texas, USA".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from rlvr import lazy_pattern
from rlvr_text.naming.denials import names_both, without_rejected
from rlvr_text.words import words_in

# Longer stretches between separators are prose, whatever their words are.
ITEM_LIMIT_WORDS = 3
# Words beside a phrase that a name may have: "President Barack Obama" names Obama.
NAME_EXTRA_WORDS = 2
# Honest answers name fewer; items behind these are not looked at.
ITEMS_LIMIT = 2_000
# A label or two stand before an answer; more colons separate.
COLONS_OF_LIST = 3
# Three and more phrases side by side, with no word and no mark between them, are a string of key words.
STRING_FROM_PHRASES = 3

# What stands between two items. A join puts them side by side; other separators may also end a clause or a sentence.
_JOIN = (
    r"(?:[;|/\\&+=#•·→⇒➔➜⟶⇢、]|[-=–—]{1,8}>|\s[-–—~>*]{1,8}\s|::"  # dashes as they are typed
    r"|\s[<%^_]{1,8}\s(?=[^\W\d])"  # before a number they compute
    r"|\b(?:versus|vs\.?|or|and|then|next|also|plus|as well as|along with|not to mention|alternatively|otherwise|else"
    r"|failing that|followed by|comma|semicolon|slash|pipe|beziehungsweise|bzw\.?|alternativ|sinon|o bien"
    r"|oder|und|ou|et|o|y|e|или|и)\b|或者?|和|または|अथवा|या|أو)"  # words of other scripts
)
_BREAK = (
    r"(?:,(?!\d)|[，،؛；。！？()\[\]{}\"\n]|[.!?…]{1,8}(?=\s|$)"  # noqa: RUF001  # full-width marks
    r"|(?<!\w)(?:\d{1,3}|[a-z])[.):](?=\s)|[①-⑳]|[^\w\s'’\"“”‘«»*_`$€£%°.,:!?<>@^~-])"
)
_SEPARATORS = lazy_pattern(rf"\s{{0,4}}({_JOIN}|{_BREAK})\s{{0,4}}", re.IGNORECASE)
_IS_JOIN = lazy_pattern(_JOIN, re.IGNORECASE)
_IS_NUMBER = lazy_pattern(r"(?:\d{1,3}|[a-z])[.):]|[①-⑳]", re.IGNORECASE)
_COMMAS = frozenset(",，،؛；")  # noqa: RUF001  # full-width marks

# The colon behind a label of one letter or digit stays: "A: Rome B: Paris".
_COLON = lazy_pattern(r"(?<!\b[^\W_]): ")
# What announces several candidates.
_LABELLED = lazy_pattern(
    r"\b(?:candidates|options|choices|possibilities|guesses|contenders|alternatives|suggestions"
    r"|possible (?:answers|cities|names|values))"
    r"(?:: ?| (?:are|include|might be|could be):? )([^.!?\n]{1,300})",
    re.IGNORECASE,
)
# TeX's commands set what stands in them.
_COMMAND = lazy_pattern(r"(?<!\\)\\[A-Za-z]+")
# The head of a block of code is no candidate beside its body.
_CODE_HEAD = lazy_pattern(r"^(?:def|class|async def|function|for|while) [^\n]{1,200}[:{]$", re.MULTILINE)
# Words that frame a candidate without being one: "maybe it is the city of Rome".
_FRAME = frozenset(
    "it is it's that this these there the a an of was be are maybe perhaps possibly probably could might"
    " may can also or and then next either not answer answers city town capital state country name named"
    " called option choice number what about how right correct i think say guess would my our one final"
    " first second third last else so well plus again es ist das der die ein eine c'est le la les l un une"
    " est el los è il lo это 是".split()
)
_VERBS = frozenset("it it's is was are were be there that this c'est ist es est è это".split())
_ARTICLES = frozenset("the its his her their our".split())
# Words before an answer that are no candidate.
_OPENERS = frozenset(
    "sure yes no ok okay easy great good hello hi thanks correct right short long simple simply question here step"
    " wait sorry am afraid well now look fine alright"
    " course undoubtedly doubtless surely naturally evidently unquestionably without beyond any all a doubt"
    " certainly definitely absolutely obviously clearly hence therefore thus indeed hm hmm note ja oui si sí да".split()
)
# A word of these makes an item part of a sentence.
_PROSE = frozenset(
    "in on between not no at for with by from to which who whose where when because since as has have had"
    " lies lie does do did will if than but about into over under after before while been being were its"
    " their his her he she they we you your im auf an bei für mit von zu dans sur pour avec par en con por"
    " para на в give gives gave make makes yield yields equals leave leaves".split()
)


class Item(msgspec.Struct, frozen=True):
    """A stretch between separators.

    Attributes:
        words: Its words without those that frame a candidate, and those of the question.
        said: All its words, behind its label.
        short: Whether it can be a candidate: few words, and none that belongs to a sentence.
        clausal: Whether it has a verb or a pronoun, as in "it is Rome".
        joined: Whether a join stands before it, as "or" or an arrow.
        breaks_line: Whether a comma or a line end stands before it, not a sentence's end.
        follows_comma: Whether a comma stands before it.
        numbered: Whether a number or a letter of a list stands before it.
    """

    words: tuple[str, ...]
    said: tuple[str, ...]
    short: bool
    clausal: bool
    joined: bool
    breaks_line: bool
    follows_comma: bool
    numbered: bool


def items_in(text: str, known: frozenset[str] = frozenset()) -> list[Item]:
    """Split a text at what may separate candidates."""
    parts = _SEPARATORS.split(text if text.count(": ") < COLONS_OF_LIST else _COLON.sub(", ", text), ITEMS_LIMIT)
    items: list[Item] = []
    before: list[str] = ["\n"]
    for stretch, separator in zip(parts[::2], [*parts[1::2], ""], strict=True):
        item = _item(stretch, known, before)
        if item is not None:
            items.append(item)
            before = []
        before.append(separator)
    return items


def _item(stretch: str, known: frozenset[str], before: Sequence[str]) -> Item | None:
    said = tuple(words_in(stretch.rpartition(":")[2]) or words_in(stretch))
    words = tuple(word for word in said if word not in _FRAME and word not in known)
    if not words or set(words) <= _OPENERS:
        return None
    owns = any(word.endswith(("'s", "’s", "s'")) for word in words)  # "France's capital, Paris, ..."
    return Item(
        words=words,
        said=said,
        short=len(words) <= ITEM_LIMIT_WORDS and not owns and _PROSE.isdisjoint(words),
        clausal=not _VERBS.isdisjoint(said),
        joined=any(_IS_JOIN.fullmatch(each) for each in before),
        breaks_line=not _COMMAS.isdisjoint(before) or "\n" in before,
        follows_comma=not _COMMAS.isdisjoint(before),
        numbered=any(_IS_NUMBER.fullmatch(each) for each in before),
    )


def listing_problem(text: str, phrases: Sequence[str], question: str, *, asked: int, others: int) -> str:
    """Return why a text lists candidates, so that what it names earns nothing; "" if it does not.

    Args:
        text: What the answer says, in lines.
        phrases: The phrases that are asked for.
        question: What was asked: its words are no candidates, unless it offers a phrase itself.
        asked: How many of them an answer needs.
        others: How many items a list may have beside those.
    """
    wanted = [tuple(words_in(phrase)) for phrase in phrases]
    text = without_rejected(_CODE_HEAD.sub("", _COMMAND.sub(" ", text).replace("()", "")))
    if asked == 1 and names_both(text, wanted):
        return "names another beside it"
    if asked == 1 and any(_are_candidates(found[1], wanted) for found in _LABELLED.finditer(text)):
        return "calls it one of several"
    asked_about = words_in(question)
    offers = any(_holds(tuple(asked_about), each) for each in wanted)
    items = items_in(text, frozenset() if offers else frozenset(asked_about))
    for run in _runs(items):
        if not any(_holds(item.words, each) for item in run for each in wanted):
            continue
        if len(run) > asked + others:
            return f"lists {len(run)} items"
        if asked == 1 and (problem := _problem_of(run, wanted)):
            return problem
    naming = [item for item in items if any(_holds(item.words, each) for each in wanted)]
    if naming and asked == 1 and all(_is_buried(item, wanted) for item in naming):
        return "names it among other words, as a list does"
    return "is a string of key words" if _is_string(items, wanted) else ""


def _are_candidates(text: str, wanted: Sequence[tuple[str, ...]]) -> bool:
    """Return True if a text has several short items, and a phrase is one of them."""
    listed = [item for item in items_in(text) if item.short and not item.clausal]
    return len(listed) > 1 and any(_holds(item.words, each) for item in listed for each in wanted)


def _runs(items: Sequence[Item]) -> list[list[Item]]:
    """Return the stretches of short items, each with its neighbours."""
    runs: list[list[Item]] = [[]]
    for item in items:
        if item.short:
            runs[-1].append(item)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _problem_of(run: Sequence[Item], wanted: Sequence[tuple[str, ...]]) -> str:
    """Return why the phrase of a list is not what it commits to: it is not the first item, or is joined to another."""
    places = [index for index, item in enumerate(run) if any(_holds(item.words, each) for each in wanted)]
    if not places:
        return ""
    first = places[0]
    ends = any(run[first].said[-len(each) :] == each for each in wanted)
    beside = [item for item in run[first + 1 : first + 2] if ends and item.joined and not item.clausal]
    if beside and not any(_holds(beside[0].words, each) for each in wanted):
        return f"names {' '.join(beside[0].words)!r} beside it"
    named = run[first]
    others = [item for item in run[first + 1 :] if not any(_holds(item.words, each) for each in wanted)]
    if following := _of_one_list(run[first], others[:2]):
        return f"names {' '.join(following.words)!r} behind it"
    if named.clausal and tuple(word for word in named.said if word not in _FRAME) not in wanted:
        return ""  # a sentence of its own: "Rome is that of Italy, and Paris is that of France"
    before = [item for item in run[:first] if _is_alike(item, named)]
    return f"names {' '.join(before[-1].words)!r} before it" if before else ""


def _of_one_list(named: Item, behind: Sequence[Item]) -> Item | None:
    """Return the item behind a named one that makes a list of both: by numbers, or as one of two like the named one."""
    if named.numbered and behind and behind[0].numbered:
        return behind[0]
    shape = (len(named.words), named.clausal)
    alike = [item for item in behind if (len(item.words), item.clausal) == shape and not item.follows_comma]
    return alike[0] if len(alike) > 1 else None


def _is_alike(other: Item, named: Item) -> bool:
    """Return whether two items can stand for each other: as many words, or parts of one list by commas or lines."""
    if other.said[0] in _ARTICLES and named.said[0] not in _ARTICLES and not named.joined and not other.clausal:
        return False  # an apposition: "the French capital, Paris"
    return len(other.words) == len(named.words) or named.joined or (named.breaks_line and not other.clausal)


def _is_buried(item: Item, wanted: Sequence[tuple[str, ...]]) -> bool:
    """Return whether a phrase stands among words that none of a sentence joins: "Rome Oslo Paris Bonn Bern"."""
    longest = max(len(each) for each in wanted if _holds(item.words, each))
    return len(item.words) - longest > NAME_EXTRA_WORDS and not item.clausal and _PROSE.isdisjoint(item.words)


def _is_string(items: Sequence[Item], wanted: Sequence[tuple[str, ...]]) -> bool:
    """Return whether one item holds several phrases and hardly a word beside them."""
    for item in items:
        held = [each for each in wanted if _holds(item.words, each)]
        if len(held) >= STRING_FROM_PHRASES and not item.clausal and _PROSE.isdisjoint(item.words):
            return len(item.words) <= sum(map(len, held)) + NAME_EXTRA_WORDS
    return False


def _holds(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return whether words contain others in a row."""
    size = len(wanted)
    return bool(size) and any(words[start : start + size] == wanted for start in range(len(words) - size + 1))
