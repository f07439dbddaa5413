"""Cheap tests before a rule of the stated answers say no only where the rule itself says no."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from rlvr.record.answers import (
    after,
    announcements,
    before,
    copulas,
    extents,
    lexicon,
    marks,
    sentences,
    stated,
    surroundings,
    values,
)
from rlvr.record.answers.lexicon import CueKind, cues_in, may_have

_PHRASES = sorted(lexicon._entries())
_OTHERS = ("apples", "42", "Ann", "isn't", "DON’T", "she", "x", "_", "I", "t", "n", "é", "第", "$", "\\")
_SEPARATORS = (" ", " ", " ", "'", "’", "-", ".", "\n", ", ", "  ", "")
_SIGNS = ".!?\"')]*_<>/- \n。…e.g U.S no. 4 I.A Dr 1.5 p. etc"


@st.composite
def _prose(draw: st.DrawFn) -> str:
    """Return phrases of the lexicon between other words, in any case."""
    words = st.one_of(st.sampled_from(_PHRASES), st.sampled_from(_OTHERS))
    pairs = draw(st.lists(st.tuples(words, st.sampled_from(_SEPARATORS)), max_size=8))
    text = "".join(word + separator for word, separator in pairs)
    return draw(st.sampled_from((text, text.upper(), text.title())))


def _plain_cues(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Find the cues of spaced scripts word by word, as the rule is written."""
    classes, longest, _ = lexicon._spaced()
    found: list[tuple[str, int, int]] = []
    words = [
        (match[0].lower(), *match.span()) for match in re.finditer(r"[^\W\d_]+", text[:end]) if match.start() >= start
    ]
    for at in range(len(words) - 1, 0, -1):
        if words[at][0] == "t" and text[words[at][1] - 1] in "'’" and words[at - 1][0].endswith("n"):
            words[at - 1 : at + 1] = [("not", words[at - 1][1], words[at][2])]
    at = 0
    while at < len(words):
        for size in range(min(longest.get(words[at][0], 0), len(words) - at), 0, -1):
            run = words[at : at + size]
            phrase = " ".join(word for word, _, _ in run)
            joined = all(text[one[2] : other[1]] in lexicon._JOINS for one, other in pairwise(run))
            if phrase in classes and joined:
                found.append((phrase, run[0][1], run[-1][2]))
                at += size
                break
        else:
            at += 1
    return found


@given(_prose())
def test_cues_are_those_of_a_search_word_by_word(text: str) -> None:
    """One split of a stretch finds the same cues."""
    found = [(cue.word, cue.start, cue.end) for cue in cues_in(text) if not lexicon.ATTACHED_SCRIPT.search(cue.word)]

    assert found == _plain_cues(text, 0, len(text))


@given(
    _prose(),
    st.sampled_from(
        (before._CHANGING, stated._CORRECTING, copulas._MIDDLE_KINDS, lexicon.ALL_KINDS, frozenset[CueKind]({"unable"}))
    ),
)
def test_a_stretch_that_has_no_word_of_a_kind_has_no_cue_of_it(text: str, kinds: frozenset[CueKind]) -> None:
    """The look at first words misses no cue."""
    if any(cue.kinds & kinds for cue in cues_in(text)):
        assert may_have(text, 0, len(text), kinds)


@given(_prose())
def test_a_sentence_that_cannot_say_that_its_author_does_not_know_has_no_such_cue(text: str) -> None:
    """Each phrase of the kind has one of the parts that are looked for."""
    if any("unable" in cue.kinds for cue in cues_in(text)):
        assert before._may_be_unable(text.lower())


def _plain_start(text: str, position: int, floor: int) -> int:
    """Return the start of a sentence by all the sentence ends before a place, from left to right."""
    low = max(floor, position - sentences.REACH_CHARACTERS, text.rfind("\n", max(floor, 0), position) + 1)
    start = low
    for match in sentences._END.finditer(text, low, position):
        if match.end() < position and not (match[0] == "." and sentences._is_inside(text, match.start())):
            start = match.end()
    return start


def _plain_end(text: str, position: int) -> int:
    for match in sentences._END.finditer(text, position, min(len(text), position + sentences.REACH_CHARACTERS)):
        if match[0] == "\n":
            return match.start()
        if not (match[0] == "." and sentences._is_inside(text, match.start())):
            return match.end()
    return min(len(text), position + sentences.REACH_CHARACTERS)


@given(st.text(st.sampled_from(_SIGNS), max_size=40), st.integers(0, 40), st.integers(0, 5))
@example("a. B. C", 7, 0)
@example('He said "no." Then', 18, 0)
def test_sentences_start_and_end_where_all_sentence_ends_say(text: str, position: int, floor: int) -> None:
    """The search from a place back, and the search for one sign, find the same ends."""
    position = min(position, len(text))

    assert sentences.sentence_start(text, position, min(floor, position)) == _plain_start(
        text, position, min(floor, position)
    )
    assert sentences.sentence_end(text, position) == _plain_end(text, position)


@given(st.text(st.sampled_from("{}\\ab "), max_size=20))
def test_a_brace_closes_where_counting_says(text: str) -> None:
    """A pair with no brace inside is found without counting."""
    text = "{" + text
    depth, at = 0, -1
    for match in re.finditer(r"\\[{}]|[{}]", text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            at = match.start()
            break

    assert marks._closing(text, 0) == at


_AROUND = st.text(st.sampled_from("0a(){}[]$\\ \n-*_+=<>~./^,;: \xa0−×mleftpi"), max_size=12)


@given(_AROUND)
@example("5\\left(")
@example("\\times $")
@example("3 \\cdot\\[")
def test_what_alters_a_value_before_it_ends_in_a_sign_or_a_command(text: str) -> None:
    """The last sign tells most stretches that alter nothing."""
    if surroundings._ALTERING_BEFORE.search(text):
        assert surroundings._may_alter(text)


@given(
    _AROUND,
    st.sampled_from(("is", "sind", "です", "ist", "is the right answer", "")),
    st.sampled_from(("", "the letter ", "L'option ", "選択肢")),
)
def test_bare_values_are_those_of_all_rules(value: str, copula: str, noun: str) -> None:
    """The rules that are left out for a text change nothing in it."""
    said = f"{noun}{value} {copula}"

    assert not values._LETTER_NOUN.match(said) or said[:1].isalpha()
    if values._POSTPOSED.search(said) and said.isascii():
        assert "is" in said or "sind" in said


@given(st.text(st.sampled_from(",;(—–-. it'sthe which…"), max_size=24))
def test_a_relative_clause_starts_at_one_of_its_signs(text: str) -> None:
    """The search from the first sign finds the clause that the search of all finds."""
    sign = extents._RELATIVE_SIGN.search(text, 1)
    found = extents._RELATIVE.search(text, max(1, sign.start() - 1)) if sign else None
    plain = extents._RELATIVE.search(text, 1)

    assert (found and found.span()) == (plain and plain.span())


@given(
    st.lists(st.sampled_from(("final ", "EINDE", "definitive ", "the ", "Endgültiges ", "x", " ")), max_size=4).map(
        "".join
    )
)
def test_what_is_called_final_is_found_in_any_case(text: str) -> None:
    """The look for parts of the words misses none of them."""
    text = text[-30:]

    assert announcements.is_called_final(text, len(text)) == bool(announcements._FINAL.search(text))
    assert before.says_final(text, 0, len(text)) == bool(before._FINAL.search(text))


@given(
    st.text(st.sampled_from("answerANSWERrespotau "), max_size=30), st.sampled_from((0, announcements.LONG_CHARACTERS))
)
def test_stems_are_found_in_short_and_long_texts(text: str, length: int) -> None:
    """Both ways to look for stems find all places."""
    text = text + "." * length
    stems = (*lexicon.ENGLISH_STEMS, *lexicon.LATIN_STEMS)
    plain = sorted({at for at in range(len(text)) for stem in stems if text.startswith(stem, at)})

    assert announcements.places_of(text, stems) == plain
    near = list(takewhile(lambda at: at < 8, plain))
    assert [at for at in announcements.places_of(text, stems, 0, 20) if at < 8] == near


@given(st.text(st.sampled_from("0aZ9 ,;、，和与と및と-A")))
@example("18")
@example("Paris")
def test_a_word_or_number_has_no_parts(value: str) -> None:
    """ASCII letters and digits alone have no separator of several values."""
    if value.isascii() and value.isalnum():
        assert extents._PART.split(value) == [value]


@given(st.text(st.sampled_from("0123456789,./$€-−")))
@example("18")
@example("$1,200.50")
def test_a_number_with_nothing_behind_is_not_altered(value: str) -> None:
    """No rule for what alters a number from behind fits at the end of the text."""
    number = surroundings._LEADING_NUMBER.match(value)
    if number is not None and number.end() == len(value):
        assert surroundings._ALTERS_NUMBER.match(value, number.end()) is None
        assert surroundings._BEHIND_NUMBER.match(value, number.end()) is None


@given(_prose(), st.booleans())
@example("doesn't is", True)
@example("IT ISN’T", True)
def test_the_middle_is_read_with_all_cues_or_with_those_of_its_first_words(text: str, pronouns: bool) -> None:  # noqa: FBT001  # drawn
    """Whether cues are looked for at once or when a word may start one, the same is skipped."""
    with patch.object(copulas, "starts_cue", return_value=True):
        plain = copulas.skip_middle(text, 0, len(text), pronouns=pronouns)

    assert copulas.skip_middle(text, 0, len(text), pronouns=pronouns) == plain


@given(_prose(), st.integers(0, 60), st.integers(0, 60))
@example("it isn't 5", 0, 5)
@example("in fact not", 3, 11)
@example("答案不是三", 0, 3)
def test_the_cues_of_a_part_are_those_that_are_found_in_it(text: str, start: int, end: int) -> None:
    """Wherever its ends cut a word or a phrase."""
    start, end = sorted((min(start, len(text)), min(end, len(text))))

    assert list(lexicon.cues_between(text, cues_in(text), start, end)) == cues_in(text, start, end)


@given(_prose(), st.integers(0, 400), st.integers(0, 3))
@example("a" * 158 + " it is not 5", 400, 0)
@example("a" * 158 + "n't it is", 400, 0)
def test_the_middle_is_read_with_the_cues_of_its_sentence(text: str, end: int, index: int) -> None:
    """Cues that are known of a longer stretch, which a window may cut, are those of the middle."""
    known = cues_in(text, 0, end)
    start = ([0, *(cue.end for cue in known)])[: index + 1][-1]
    end = min(end, len(text))

    assert copulas.skip_middle(text, start, end, pronouns=True, known=known) == copulas.skip_middle(
        text, start, end, pronouns=True
    )


@given(
    st.text(st.sampled_from("ab A_Zé٣5.,/-\\ }{\n$!第"), max_size=12),
    st.sampled_from(("", "\\boxed{a}", "\\boxed{b}.")),
)
@example("is A", "")
@example("5.\n", "")
def test_only_figures_capitals_and_boxes_are_last_values(text: str, box: str) -> None:
    """A sentence that ends with a word has no value at its end."""
    found = after._LAST_VALUE.search(text + box)

    assert after._last_value(text + box, 0, len(text + box)) == (found[0] if found else "")


@given(_prose())
@example("I use the formula in ")
@example("We could not find it. So ")
def test_a_lead_without_a_cue_changes_nothing(text: str) -> None:
    """What is stated behind it without an announcement is asserted, wherever its sentence starts."""
    if before.has_no_cue(text):
        for lead in {0, sentences.sentence_before(text, len(text), 0)}:
            assert before.polarity_before(text, lead, len(text), announces=False) == "asserted"
            assert not before.is_unknown(text, lead, len(text), 0)


@given(
    st.text(st.sampled_from("aN.?<>_-# 5{[]x"), max_size=8), st.sampled_from(("", "answer", "your answer", "n", "here"))
)
def test_a_text_with_a_figure_or_brace_is_no_placeholder(text: str, word: str) -> None:
    """The look for these before the pattern changes nothing."""
    said = text + word
    plain = not said[:1].isdecimal() and marks._PLACEHOLDER.match(said) is not None

    assert marks.is_placeholder(said) == plain


def test_each_cue_of_an_author_who_cannot_answer_has_a_part_that_is_looked_for_first() -> None:
    """A sentence without any of the parts has no such cue."""
    cues = [entry for entry, kinds in lexicon._entries().items() if "unable" in kinds]

    assert cues
    assert all(any(sign in cue for sign in before._SIGNS_OF_CUE) for cue in cues)


_SENTENCES = (
    "Note: it may be 7.", "Wait, that is wrong.", "I hope it is correct.", "So 43.", "(A) is out.", "Answer B?", "- 5",
    "\\boxed{3}.", "Or is it 12?", "Hmm.", "No.", "It isn't.", "Thus x = 4 follows.", "Double it: 84.", '"42"', ".", "\n",
)  # fmt: skip


@given(text=st.lists(st.sampled_from(_SENTENCES), max_size=12).map(" ".join), is_denied=st.booleans())
def test_a_sentence_that_comes_again_says_the_same(*, text: str, is_denied: bool) -> None:
    """A remark that is known from the sentence before is the one that the rules find at its place."""
    text = f"The answer is 42. {text}"
    for remark in after.remarks_behind(text, 17, len(text), is_denied=is_denied):
        assert remark == after.remark_in(text, remark.start, remark.end, is_denied=is_denied, is_sentence=True)
