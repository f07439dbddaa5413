"""What a text states as its answer: all statements, each with what the words around it make of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.after import (
    is_crossed_out,
    is_even,
)
from rlvr.record.answers.announcements import STATEMENTS_LIMIT, Announcement, find_announcements
from rlvr.record.answers.before import is_about_answer, is_unknown, polarity_before, polarity_of_noun, says_final
from rlvr.record.answers.committing import Commitment, Same, commit
from rlvr.record.answers.extents import parts_of, postposed, value_end
from rlvr.record.answers.following import followed
from rlvr.record.answers.framing import framed_behind, framed_number
from rlvr.record.answers.lexicon import CueKind, cues_in, may_have
from rlvr.record.answers.marks import find_boxes, find_hashes, find_json, find_tags, is_placeholder
from rlvr.record.answers.masking import unmasked
from rlvr.record.answers.sentences import REACH_CHARACTERS, is_question, sentence_before, sentence_end, sentence_start
from rlvr.record.answers.statements import (
    ANNOUNCED,
    ASSERTED,
    BOXED,
    CUT,
    ENCLOSING,
    HASHED,
    HEDGED,
    MARKED_KINDS,
    MENTIONED,
    SETTLED,
    WHOLE,
    Polarity,
    Statement,
    StatementKind,
)
from rlvr.record.answers.surroundings import (
    alteration,
    equated_behind,
    has_words_behind,
    is_altered_before,
    is_rounded,
    is_unseen,
    leading_altered,
)
from rlvr.record.answers.unmarked import unmarked_in, whole_line
from rlvr.record.answers.usual import SHORT_CHARACTERS, remembered_statement, usual_statement
from rlvr.record.answers.values import bare, has_figure, is_bare_value, is_crossed, same_value


class Stated(msgspec.Struct, frozen=True, gc=False):
    """The statements of a text in order, and the places that count if there is no statement with a mark."""

    statements: tuple[Statement, ...] = ()

    def commit(self, same: Same = same_value, kinds: Collection[StatementKind] = MARKED_KINDS) -> Commitment:
        """Decide what the text commits to; see :func:`rlvr.record.answers.committing.commit`."""
        if len(self.statements) == 1:
            # Nearly every text states one answer: nothing else can take it back or contradict it.
            only = self.statements[0]
            if only.polarity in ASSERTED and only.kind in kinds and only.kind in MARKED_KINDS:
                return Commitment(statement=only, texts=only.parts or (only.text,), kind=only.kind)
        return commit(self.statements, same, kinds)


def stated_in(text: str) -> Stated:
    """Find what a text states as its answer, in time linear in its length."""
    known = remembered_statement(text) if len(text) <= SHORT_CHARACTERS else None
    if known is not None:
        return Stated((known,))
    text = unmasked(_without_ending(text) if "<" in text else text)
    whole = find_json(text) if "{" in text else None
    if whole is not None:
        return Stated((whole,))
    usual = usual_statement(text)
    return Stated((usual,)) if usual is not None else _by_all_rules(text)


def _by_all_rules(text: str) -> Stated:
    """Find what a text states that is no JSON, and from which what is not said is taken out."""
    marks = _marks_in(text)
    announced = find_announcements(text, marks) if len(marks) <= STATEMENTS_LIMIT else []
    if len(marks) + len(announced) > STATEMENTS_LIMIT:
        return Stated((Statement(kind="announced", start=0, end=len(text), text="", polarity="cut"),))
    found = list(_statements(text, _merged(text, marks, announced)))
    if any(each.polarity not in MENTIONED for each in found):
        return Stated(tuple(found))
    if found:
        for each in found:
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return Stated((*found, *(each for each in unmarked_in(text) if not found or each.kind not in WHOLE)))


# A few of a model's marks for the end of its turn, such as <|im_end|>.
_ENDING = lazy_pattern(r"(?:\s{0,8}(?:</s>|<end_of_turn>|<\|(?!end_of_box)\w{1,30}\|>(?:user)?))+$")
# The end of a tag that was never opened.
_STRAY = lazy_pattern(r"\s{0,8}</(answer|final_answer|solution|result)>\s{0,8}$")
ENDING_LIMIT_CHARACTERS = 100


# The mark of the next turn, which a model that does not stop writes itself.
_USER_MARK = "<|im_start|>user"


def _without_ending(text: str) -> str:
    turn = text.find(_USER_MARK, text.find("<"))  # a search for one character costs a tenth of one for the mark
    if turn >= 0:
        text = text[:turn].rstrip()
    if not text.rstrip().endswith((">", ">user")):
        return text
    text = text.rstrip()
    text = text[:-ENDING_LIMIT_CHARACTERS] + _ENDING.sub("", text[-ENDING_LIMIT_CHARACTERS:])
    stray = _STRAY.search(text, max(0, len(text) - ENDING_LIMIT_CHARACTERS))
    return text[: stray.start()] if stray and f"<{stray[1]}" not in text else text


def polarity_at(text: str, start: int, end: int) -> Polarity:
    """Return the polarity of a place in a text, by the words around it: asserted, denied, hedged and so on.

    For scorers that look for a phrase anywhere in a text: "Hardly Paris.", "It is Paris. No, it is Rome."
    """
    lead = sentence_before(text, start, 0)
    polarity = polarity_before(text, lead, start, announces=True, is_value=False)
    own_end = sentence_end(text, end)
    if polarity == "asserted" and text[end:own_end].rstrip(" *_\"')").endswith(("?", "？", "؟")):
        polarity = "questioned"
    if polarity == "asserted" and is_altered_before(text, lead, start):
        polarity = "altered"
    statement = Statement(kind="whole", start=start, end=end, text=text[start:end], polarity=polarity)
    found, _ = followed(text, statement, own_end, len(text))
    return found[0].polarity if len(found) == 1 or same_value(found[-1].text, statement.text) else "retracted"


class _Spot(msgspec.Struct, frozen=True, gc=False):
    """A mark or an announcement, before the words around it are read."""

    statement: Statement
    announcement: Announcement | None = None

    @property
    def start(self) -> int:
        return min(self.statement.start, self.announcement.start) if self.announcement else self.statement.start


def _marks_in(text: str) -> list[Statement]:
    """Find the boxes, tags and hashes of a text, in order; one inside another is the other's."""
    marks: list[Statement] = []
    if "\\" in text:
        marks += find_boxes(text)
    if "<" in text:
        marks += find_tags(text)
    if "#" in text:
        marks += find_hashes(text)
    marks.sort(key=lambda each: (each.start, -each.end))
    kept: list[Statement] = []
    for mark in marks:
        if kept and mark.start < kept[-1].end and kept[-1].polarity not in CUT:
            if mark.kind in BOXED and mark.polarity in ASSERTED and kept[-1].polarity in ASSERTED:
                kept[-1] = msgspec.structs.replace(kept[-1], text=_inner_text(kept[-1], mark))
            continue
        kept.append(mark)
    return kept


_BOX_OPENS = lazy_pattern(r"\\(?:boxed|fbox)\s{0,8}\{")


def _inner_text(outer: Statement, box: Statement) -> str:
    r"""Return the text of a tag or line of hashes that holds a box and nothing else."""
    around = _BOX_OPENS.sub("", outer.text, count=1).replace(box.text, "", 1)
    return box.text if not around.strip(" $}{.\\()[]\n*") else outer.text


def _merged(text: str, marks: Sequence[Statement], announced: Sequence[Announcement]) -> list[_Spot]:
    """Join each announcement to the mark that it leads to; those inside marks are the marks' own words."""
    spots: list[_Spot] = []
    index = 0
    leading: dict[int, Announcement] = {}
    alone: list[Announcement] = []
    for each in announced:
        while index < len(marks) and marks[index].end <= each.start:
            index += 1
        mark = marks[index] if index < len(marks) else None
        if mark is not None and mark.start <= each.start:
            if mark.kind in ENCLOSING and mark.polarity in ASSERTED:
                leading[-1 - index] = each
            continue
        if (
            mark is not None and mark.start < each.end + 40 and _leads_to(text, each, mark)
        ):  # the mark's own sentence, or the next line
            leading[index] = each
            continue
        alone.append(each)
    for at, mark in enumerate(marks):
        inner = leading.get(-1 - at)
        said = (
            mark if inner is None else msgspec.structs.replace(mark, text=_value_of(text, inner.value_start, mark.end))
        )
        spots.append(_Spot(said, leading.get(at)))
    for each in alone:
        limit = next((mark.start for mark in marks if each.value_start <= mark.start < each.end), each.end)
        spots.append(_Spot(Statement(kind="announced", start=each.start, end=limit, text=""), each))
    spots.sort(key=lambda spot: spot.statement.start)
    return spots


def _value_of(text: str, start: int, end: int) -> str:
    stop = text.find("</", start, end)
    return bare(text[start : stop if stop >= 0 else end])


_DIGIT = lazy_pattern(r"\d")
_INDEXED = lazy_pattern(r"[a-zA-Z]\w*_?\{?\d")
_EQUALS_LAST = lazy_pattern(r"[=≡]\s*[$\s\\(]*$")


def _leads_to(text: str, announcement: Announcement, mark: Statement) -> bool:
    """Say whether nothing that may be a value stands between an announcement and a mark."""
    between = text[announcement.value_start : mark.start]
    if "\n" in between.strip() and len(between.strip()) > 40:  # a paragraph of its own
        return False
    if _DIGIT.search(between) and _DIGIT.search(_INDEXED.sub("", between)) and not _EQUALS_LAST.search(between):
        return False
    if mark.kind not in BOXED and between.strip(" *_:\n$"):
        return False
    return len(between) <= 200  # a sentence


def _statements(text: str, spots: Sequence[_Spot]) -> Iterator[Statement]:
    """Read the words around each spot, up to its neighbours."""
    floor, corrects, previous_end, is_alternative = 0, False, 0, False
    for index, spot in enumerate(spots):
        following = spots[index + 1].start if index + 1 < len(spots) else len(text)
        lead = sentence_before(text, spot.start, floor)
        statement, own_end = _read(text, spot, lead, floor, following)
        if statement is None:
            continue
        joined = index > 0 and statement.kind in BOXED and _is_joined(text, previous_end, spot)
        corrects = corrects or (index > 0 and _is_correction(text, lead, spot))
        if corrects or joined:
            statement = msgspec.structs.replace(statement, corrects=corrects, is_joined=joined)
        limit = _lead_of_next(text, spots, index, own_end, following)
        found, corrects = followed(text, statement, min(own_end, limit), limit)
        if index > 0 and is_alternative and _is_alternative(text, previous_end, spot.start):
            found = [_hedged(each) for each in found]
        yield from found
        is_alternative = bool(found) and found[-1].polarity in HEDGED
        floor = previous_end = max(statement.end, floor)


def _is_alternative(text: str, start: int, end: int) -> bool:
    """Return True if nothing but "or" and the words of an announcement stand between two answers."""
    return _OR.match(text, start, end) is not None and _SENTENCE_END.search(text, start, end) is None


def _hedged(statement: Statement) -> Statement:
    return msgspec.structs.replace(statement, polarity="hedged") if statement.polarity in ASSERTED else statement


# The words between two answers of which one may be right; what follows them belongs to the second.
_OR = lazy_pattern(
    r"[\s,;$*_)\]}>]{0,12}(?:\b(?:or|ou|oder|o|of|или|lub|eller|atau|veya)\b|或|または|또는|أو|या|หรือ|hoặc)",
    re.IGNORECASE,
)
_SENTENCE_END = lazy_pattern(r"[.!?。！？]\s|\n\s*\n")


def _lead_of_next(text: str, spots: Sequence[_Spot], index: int, behind: int, following: int) -> int:
    if index + 1 == len(spots):
        return following
    return max(behind, sentence_start(text, following, behind))


def _is_joined(text: str, previous: int, spot: _Spot) -> bool:
    return spot.statement.start >= previous and _JOINED.fullmatch(text, previous, spot.statement.start) is not None


_JOINED = lazy_pattern(
    r"(?:[\s,;.$、，&+]|\\(?:quad|qquad|text|[,;:()\[\]\\ ])|\{|\}|\b(?:and|or|y|et|und|e|и|en|o|ou|oder|или|of)\b|和|と|와|과|و|और|[a-z](?:_\{?\d\}?)?\s{0,2}=){0,40}",
    re.IGNORECASE,
)


_CORRECTING: frozenset[CueKind] = frozenset({"correcting", "waiting", "refusing", "retracting"})


def _is_correction(text: str, lead: int, spot: _Spot) -> bool:
    """Say whether the words before a spot, in its sentence, open a correction."""
    if not may_have(text, lead, spot.start, _CORRECTING):
        return False
    cues = cues_in(text, lead, spot.start)
    return any(
        cue.kinds & _CORRECTING
        and "harmless" not in cue.kinds
        and cue.word not in {"no", "not", "non", "never", "não", "in fact"}
        for cue in cues
    ) or (
        bool(cues)
        and bool(cues[0].kinds & {"refusing"})
        and text[cues[0].end : cues[0].end + 1] in {",", ".", "!", ":", "，"}
    )


def _read(text: str, spot: _Spot, lead: int, floor: int, following: int) -> tuple[Statement | None, int]:
    """Read one spot: its value, and the polarity that its own sentence gives it; and where that sentence ends."""
    statement, announcement = spot.statement, spot.announcement
    if statement.polarity in SETTLED:
        return statement, statement.end
    polarity = "mention" if is_unseen(text, statement.start) else _before(text, spot, lead, floor)
    if statement.kind in ANNOUNCED and announcement is not None:
        return _read_announced(text, statement, announcement, polarity, min(statement.end, following))
    if polarity in ASSERTED and (
        (statement.kind not in HASHED and alteration(text, statement.start, statement.end))
        or is_altered_before(text, floor, statement.start)
        or equated_behind(text, statement.end, statement.text)
        or (announcement is not None and announcement.middle.excluded)
    ):
        polarity = "altered"
    end = statement.end if statement.kind in HASHED else min(sentence_end(text, statement.end), following)
    if polarity in ASSERTED and statement.kind in _INNER:
        polarity = _of_inner_text(statement.text)
    if polarity in ASSERTED and statement.kind in HASHED:
        polarity = (
            "questioned" if is_question(statement.text) else "altered" if is_rounded(statement.text) else polarity
        )
    if polarity in ASSERTED and statement.kind not in HASHED:
        polarity = "denied" if is_crossed_out(text, statement.end) or is_crossed(statement.text) else polarity
        behind = cues_in(text, statement.end, end) if text[statement.end : statement.end + 1] > "\u0900" else []
        polarity = next(
            (each for each in (postposed(text, statement.start, cue) for cue in behind) if each not in ASSERTED),
            polarity,
        )
        polarity = "questioned" if is_question(text[statement.end : end]) else polarity
        if polarity in ASSERTED:
            stands_first = announcement is not None or not text[lead : spot.start].strip(_SETTING)
            polarity = framed_behind(text, statement.end, end, statement.text, stands_first=stands_first)
    final = announcement is not None or says_final(text, floor, statement.start)
    statement = msgspec.structs.replace(
        statement,
        polarity=polarity,
        parts=parts_of(statement.text),
        is_final=final and (announcement is None or statement.kind in BOXED or announcement.is_final),
    )
    return statement, max(end, statement.end)


_SETTING = " \t\n$\\({[*_`#>"
# Kinds whose marks enclose words too: "#### 42 is wrong".
_INNER = HASHED | ENCLOSING
_TAKEN_BACK = frozenset({"denied", "retracted", "doubted", "questioned"})


def _of_inner_text(said: str) -> Polarity:
    """Return what the words behind a value, between the same marks, make of it."""
    if not has_words_behind(said):
        return "asserted"
    found = whole_line(said, 0, len(said))
    polarity = found[0].polarity if found else "asserted"
    return polarity if polarity in _TAKEN_BACK else "asserted"


def _before(text: str, spot: _Spot, lead: int, floor: int) -> Polarity:  # noqa: C901  # one rule after another
    announcement = spot.announcement
    start = spot.start
    polarity = polarity_before(text, lead, start, announces=announcement is not None)
    if polarity == "asserted" and is_unknown(text, lead, start, floor):
        return "hedged"
    if announcement is not None and spot.statement.kind not in ANNOUNCED:
        contrast = _CONTRAST_INSIDE.search(text, announcement.start, spot.statement.start)
        if contrast is not None:
            return polarity_before(text, contrast.end(), spot.statement.start, announces=False)
    if polarity != "asserted":
        return polarity
    if announcement is None:
        return "altered" if is_about_answer(text[lead:start]) else polarity
    of_noun = polarity_of_noun(text, lead, announcement.start, announcement.value_start)
    if of_noun != "asserted":
        return of_noun
    end = spot.statement.end
    if _COUNTERFACTUAL.search(
        text,
        announcement.start,
        spot.statement.start if spot.statement.kind not in ANNOUNCED else announcement.value_start,
    ) and (_IF.search(text, lead, start) or _IF.match(text, end, end + REACH_CHARACTERS)):
        return "conditional"
    middle = announcement.middle
    if middle.excluded and not middle.negated:
        return "denied"
    if middle.negated:
        return "denied"
    if middle.hedged:
        return "hedged"
    if middle.past or (
        _COPULA_OF_PAST.search(text[announcement.start : announcement.value_start]) and _believed(text, lead, start)
    ):
        return "attributed"
    if spot.statement.kind not in ANNOUNCED:
        return polarity_before(text, announcement.value_start, spot.statement.start, announces=False)
    return "asserted"


# "One might think that 41 is the answer, but it is \\boxed{42}": another clause than the one of the noun.
_CONTRAST_INSIDE = lazy_pattern(r",\s*(?:but|yet)\s")
# "The answer would have been 42 if the sign were positive."
_COUNTERFACTUAL = lazy_pattern(r"\bwould(?:['’]ve| have) been\b", re.IGNORECASE)
_IF = lazy_pattern(r"[\s$)}\]*_,]*\b(?:if|had|without|but for)\b", re.IGNORECASE)
_COPULA_OF_PAST = lazy_pattern(r"(?:^|\s)(?:was|were)\s*$")


def _believed(text: str, lead: int, start: int) -> bool:
    return any("past" in cue.kinds for cue in cues_in(text, lead, start))


_VALUE_START = lazy_pattern(r"[\d$\\(]|[a-z](?![a-z])")


def _read_announced(
    text: str, statement: Statement, announcement: Announcement, polarity: Polarity, end: int
) -> tuple[Statement | None, int]:
    start = announcement.value_start
    if end <= start:
        return None, announcement.end
    said_end, behind = value_end(text, start, _before_or(text, announcement, end))
    said = _behind_copula(bare(text[start:said_end]))
    if end < announcement.end and not has_figure(said):  # "Final answer: the final answer is 5"
        return None, end
    if not said or (is_placeholder(said) and not is_bare_value(said)):
        return None, end
    if announcement.is_weak and not has_figure(said) and len(said.split()) > 4:  # prose
        return None, end
    if announcement.is_weak and said[:1].islower() and not _VALUE_START.match(said) and not has_figure(said):
        return None, end
    if polarity in ASSERTED:
        is_cut = said_end - start >= REACH_CHARACTERS and text[said_end : said_end + 1] not in {"", "\n"}
        polarity = (
            "cut" if is_cut else behind if behind != "asserted" else _inner_polarity(text, start, said_end, end, said)
        )
        if polarity in ASSERTED:
            polarity = framed_number(text, start, end)
        if has_figure(said) and text.startswith("\\boxed", said_end) and not text[said_end - 1].isspace():
            polarity = "altered"  # `2\\boxed{2}` is a product
    return msgspec.structs.replace(
        statement,
        end=said_end,
        text=said,
        polarity=polarity,
        is_final=announcement.is_final,
        is_weak=announcement.is_weak,
        parts=parts_of(said),
    ), end


_NOUN = lazy_pattern(r"[^\W\d_]+")
# The one-letter words for "or", and Dutch's, mean something else in other languages: the noun tells which one it is.
_OR_BY_NOUN = {
    "respuesta": lazy_pattern(r"\s(?:o|u|ó)\s"),
    "risposta": lazy_pattern(r"\s(?:o|od)\s"),
    "antwoord": lazy_pattern(r"\sof\s"),
    "eindantwoord": lazy_pattern(r"\sof\s"),
}


def _before_or(text: str, announcement: Announcement, end: int) -> int:
    """Return where a value ends if the language's own word for "or" follows it."""
    noun = _NOUN.match(text, announcement.start, announcement.start + 16)
    word = _OR_BY_NOUN.get(noun[0].lower()) if noun else None
    match = word.search(text, announcement.value_start, end) if word else None
    return match.start() if match else end


_COPULA_INSIDE = lazy_pattern(r"(?<=[a-z$)\]}])\s(?:is|are|equals)\s")


def _behind_copula(said: str) -> str:
    """Return what a sentence that is announced as a whole says: "The volume of the box is 120"."""
    if not ("is" in said or "are" in said or "equals" in said):
        return said
    *_, last = [0, *(match.end() for match in _COPULA_INSIDE.finditer(said))]
    rest = said[last:].strip()
    return rest if last and has_figure(rest) and len(rest.split()) <= 6 else said  # a value, maybe with its unit


def _inner_polarity(text: str, start: int, said_end: int, end: int, said: str) -> Polarity:
    sentence = text[start:end].rstrip(" *_\"'”)»」\n")
    if sentence.endswith(("?", "？", "؟")) or (
        not text[said_end:end].isascii()
        and any("question" in cue.kinds and cue.word > "\u3000" for cue in cues_in(text, said_end, end))
    ):
        return "questioned"
    if is_crossed_out(text, said_end) or is_crossed(said):
        return "denied"
    if is_even(said):
        return "hedged"
    stretch = text[start:said_end].strip(" *_")
    is_altered = leading_altered(said) or (stretch != said and leading_altered(stretch))
    return "altered" if is_altered else "asserted"
