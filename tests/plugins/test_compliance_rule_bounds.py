"""The ends of each decision about rules: scopes, denials, and patterns written for the second engine."""

import base64
import re
from importlib import import_module
from typing import Any, get_args
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr_compliance.rules.denial import REACH, RETRACTION_REACH, denied
from rlvr_compliance.rules.finder import _is_disguise, _may_be_word, squash
from rlvr_compliance.rules.rule import NEIGHBOURHOOD, Near, Rule, Scope, faults_in
from rlvr_compliance.rules.scopes import _cut, _heading, code_spans, scoped
from rlvr_compliance.text import content
from rlvr_compliance.text.content import content_problem, echo_share
from rlvr_compliance.text.engine import PatternError, PatternSet, _translated, compiled, may_occur, spans_of
from rlvr_compliance.text.readings import Reading, visible


def _rule(**given: Any) -> Rule:
    return Rule(**{"id": "r", "tier": "must", "keywords": ("growth",), **given})


def test_what_a_rule_is_is_true_or_false() -> None:
    """By its tier, its scope and its options."""
    for tier, forbids, gates in (("must", False, True), ("must-not", True, True), ("should", False, False)):
        rule = _rule(tier=tier)
        assert (rule.forbids is forbids, rule.gates is gates) == (True, True)
        assert rule.seeks_disguises is forbids
        assert _rule(tier=tier, disguises="light").seeks_disguises is False
    for scope in get_args(Scope):
        named = {scope: "x"} if scope in {"section", "pointer"} else {}
        assert _rule(scope=scope, **named).covers_all is (scope == "all")
    assert (_rule().counts_denied, _rule(negation="allowed").counts_denied) == (False, True)
    assert (_rule().least, _rule().most, _rule().sentences, _rule().weight, _rule().masked) == (1, 0, 1, 1.0, False)


@pytest.mark.each(
    "given",
    [
        {"pattern": "x"},
        {"keywords": ()},
        {"keywords": ("a", " ")},
        {"most": 1, "least": 2},
        {"most": 1, "tier": "must-not"},
        {"section": "x"},
        {"scope": "section"},
        {"pointer": "x"},
        {"scope": "pointer"},
        {"keywords": (), "pattern": "x*"},
        {"not_followed_by": "x*"},
        {"not_preceded_by": "(?=x)"},
    ],
)
def test_rules_that_contradict_themselves_are_refused(given: dict[str, Any]) -> None:
    """With the name of the rule."""
    with pytest.raises(ValueError, match="rule 'r'"):
        _rule(**given)


def test_rules_that_only_seem_to_are_not() -> None:
    """Ends of ranges."""
    assert _rule(most=2, least=2).most == 2
    assert _rule(most=0, least=5).least == 5
    assert list(faults_in((_rule(), _rule(id="s", keywords=("other",), after="r")))) == []


def test_rules_that_contradict_each_other_are_named() -> None:
    """Doubles, references to themselves or to nothing, and what another forbids."""
    ban = _rule(id="b", tier="must-not", keywords=("growth", "gain"))
    for rules, word in (
        ((_rule(), _rule(keywords=("x",))), "two rules"),
        ((_rule(), _rule(id="s")), "again"),
        ((_rule(after="r"),), "no other rule"),
        ((_rule(after="z"),), "no other rule"),
        ((_rule(), ban), "forbids"),
    ):
        assert [word in fault for fault in faults_in(rules)] == [True], rules
    assert list(faults_in((_rule(keywords=("growth", "loss")), ban))) == []
    assert list(faults_in((_rule(pattern="growth", keywords=()), ban))) == []


def test_neighbours_of_a_match_excuse_it() -> None:
    """Right before or behind, and no further than the neighbourhood."""
    rule = _rule(not_followed_by=r" is past", not_preceded_by=r"no ")
    assert [rule.spans(text) for text in ("no growth", "growth is past", "a growth is")] == [[], [], [(2, 8)]]
    wide = _rule(not_followed_by=r"\s+z", not_preceded_by=r"z\s+")
    assert wide.spans("growth" + " " * (NEIGHBOURHOOD - 1) + "z") == []
    assert wide.spans("growth" + " " * NEIGHBOURHOOD + "z") == [(0, 6)]
    assert wide.spans("z" + " " * (NEIGHBOURHOOD - 1) + "growth") == []
    assert wide.spans("z" + " " * NEIGHBOURHOOD + "growth") == [(NEIGHBOURHOOD + 1, NEIGHBOURHOOD + 7)]


def test_spans_are_sorted_and_limited() -> None:
    """Of several keywords together."""
    rule = _rule(keywords=("loss", "gain"))

    assert rule.spans("gain loss gain") == [(0, 4), (5, 9), (10, 14)]
    assert rule.spans("gain loss gain", most=2) == [(0, 4), (5, 9)]
    assert rule.coverage("gain loss gain") == 12
    assert _rule(keywords=("net loss",)).coverage("net loss") == 8


DENIED = {
    "No growth": True, "There is no growth.": True, "The growth.": False, "No. growth": False, "growth?": True,
    "growth. No": False, "growth? No.": True, "It is a lie! growth": False, "A growth is not certain.": True,
    "growth; that is a lie": True, "growth - as if": True, "growth, supposedly.": True, "There is no doubt: growth": False,
    "Some say growth": True, "Some say so, but growth": False, "They claim: growth": True, "growth. Just kidding.": True,
    "growth\nJust kidding.": True, "Do not forget growth": False, "not not only growth": True,
}  # fmt: skip


def test_a_sentence_denies_what_it_says() -> None:
    """Before, behind, and in the next sentence."""
    assert {text: denied(text, text.index("growth"), text.index("growth") + 6) for text in DENIED} == DENIED


@pytest.mark.parametrize(
    ("gap", "is_denied"), [(REACH - 3, True), (REACH - 2, False)], ids=["within reach", "out of reach"]
)
def test_a_denial_reaches_so_far(gap: int, is_denied: bool) -> None:  # noqa: FBT001
    """And no further."""
    text = f"no{' ' * (gap + 1)}growth"
    assert denied(text, text.index("g"), len(text)) is is_denied
    behind = f"growth{' ' * (gap + 2)}?"
    assert denied(behind, 0, 6) is is_denied


def test_a_retraction_is_near() -> None:
    """Right behind the sentence, in so many characters."""
    for gap, is_taken_back in ((RETRACTION_REACH - len("psych"), True), (RETRACTION_REACH - len("psych") + 1, False)):
        assert denied(f"growth.{' ' * gap}psych", 0, 6) is is_taken_back


HEADINGS: dict[str, tuple[int, str] | None] = {
    "# Risks": (1, "Risks"), "###### Risks": (6, "Risks"), "####### Risks": None, "#Risks": None, "# Risks ##": (1, "Risks"),
    "# ##": (1, "#"), "#\tRisks \t": (1, "Risks"), f"# {'x' * 300}": (1, "x" * 300), f"# {'x' * 301}": None,
    "**Risks**": (7, "Risks"), "**Risks:**": (7, "Risks:"), "**Risks**:": (7, "Risks"), "****": None, "**x**": (7, "x"),
    f"**{'x' * 300}**": (7, "x" * 300), f"**{'x' * 301}**": None, "Risks:": (7, "Risks"), "Risks": None, ":": None,
    "a:b:": None, f"{'x' * 100}:": (7, "x" * 100), f"{'x' * 101}:": None, "x:": (7, "x"), "Risks: \t": (7, "Risks"),
}  # fmt: skip


def test_headings_are_of_three_forms() -> None:
    """Of Markdown, in bold, and with a colon."""
    assert {line: _heading(line) for line in HEADINGS} == HEADINGS


def _read(text: str, **given: Any) -> str | None:
    found = scoped(Reading("raw", text), _rule(**given))
    return None if found is None else found.text


def test_scopes_are_cut_to_the_letter() -> None:
    """What is left out in the middle leaves a gap."""
    text = "# A\none\n## B\ntwo\n# C\nthree\n```\nfour\n```\nfive"
    assert _read(text, scope="section", section="a") == "\none\n## B\ntwo\n"
    assert _read(text, scope="section", section="b") == "\ntwo\n"
    assert _read(text, scope="section", section="C") == "\nthree\n```\nfour\n```\nfive"
    assert _read(text, scope="section", section="D") is None
    assert _read("A:\nx\nB:\ny\nA:\nz", scope="section", section="a") == "\nx\n\n\n\nz"
    assert _read(text, scope="code") == "four\n"
    assert _read("a\n```\nb\n```\nc\n~~~\nd", scope="code") == "b\n\n\nd"
    assert _read("none", scope="code") is None
    assert _read("One. Two. Three.", scope="first_sentences", sentences=2) == "One.\n\nTwo."
    assert _read("One. Two. Three.", scope="last_sentences") == "Three."
    adjacent = _cut(Reading("raw", "abcdef"), [(0, 2), (2, 4)])
    assert adjacent is not None
    assert adjacent.text == "abcd"
    assert _cut(Reading("raw", "ab"), []) is None
    assert list(code_spans("````\na\n```\nb\n````\n")) == [(5, 13)]


def test_a_pointer_leads_through_objects_and_arrays() -> None:
    """Or to nothing."""
    text = '{"a": [{"b/c": "x"}, {"~": [1, {"d": "é"}]}]}'
    for pointer, found in (
        ("/a/0/b~1c", "x"), ("/a/1/~0/0", "1"), ("/a/1/~0/1", '{"d": "é"}'), ("/a/2", None), ("/a/-1", None), ("/z", None),
        ("/a/0/b~1c/0", None), ("/a/01", None),
    ):  # fmt: skip
        assert _read(text, scope="pointer", pointer=pointer) == found
    assert _read("no JSON", scope="pointer", pointer="/a") is None


TRANSLATED = {
    r"\d": "[0-9]", r"\D": "[^0-9]", r"[\d]": "[0-9]", r"[^\w-]": "[^0-9A-Za-z_-]", r"\w\s": r"[0-9A-Za-z_][\t\n\f\r ]",
    r"\b": r"(?a:\b)", r"\B": r"(?a:\B)", r"[\b]": r"[\b]", "a$": r"a\Z", "[$]": "[$]", r"\z": r"\Z", r"\C": ".",
    "[[:alpha:]]": "[A-Za-z]", "[]a]b": "[]a]b", "[^]a]b$": r"[^]a]b\Z", "[a[b]": r"[a\[b]", "[a&&b]": r"[a\&&b]",
    "[a&b]": "[a&b]", "a&&b": "a&&b", "[a--b]": r"[a\--b]", "[a~~b||c]": r"[a\~~b\||c]", "[]]$": r"[]]\Z", r"\pL": r"\pL",
    "[x]]$": r"[x]]\Z",
}  # fmt: skip


def test_patterns_are_written_for_regex() -> None:
    """Classes mean ASCII, and two signs are no operation on sets."""
    assert {each: "".join(_translated(each, lines=False)) for each in TRANSLATED} == TRANSLATED
    assert "".join(_translated("a$", lines=True)) == "a$"


@pytest.mark.parametrize("engine", ["re2", "regex"])
def test_a_refused_pattern_is_quoted_up_to_80_characters(engine: Any) -> None:
    """And the message says what to use instead."""
    with pytest.raises(PatternError, match=f"'{'x' * 77}\\(\\?=' .*not_followed_by"):
        compiled("x" * 77 + "(?=y)", engine)


def test_patterns_that_are_too_much_for_a_set_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One alone, and one of several."""
    monkeypatch.setattr("rlvr_compliance.text.engine.SET_LIMIT_BYTES", 1 << 12)
    for patterns in (["[a-z]{300}"], ["x", "[a-z]{300}"]):
        with pytest.raises(PatternError, match="too much memory"):
            PatternSet(patterns, "re2")


def test_places_are_counted_in_characters() -> None:
    """In ASCII and beyond."""
    assert list(spans_of("a", "éa a")) == [(1, 2), (3, 4)]
    assert list(spans_of("a", "ea a")) == [(1, 2), (3, 4)]
    text = "é中a😀a\u200bbé a"
    assert list(spans_of("[ab]", text, text.encode())) == [found.span() for found in re.finditer("[ab]", text)]


@pytest.mark.parametrize("text", ["ab", "éab", "é", "a"])
def test_a_look_at_the_bytes_misses_no_match(text: str) -> None:
    """It is asked of texts beyond ASCII only, since a search encodes these again."""
    assert may_occur("ab", text, text.encode()) == (text.isascii() or "ab" in text)


@given(st.lists(st.sampled_from("a b c d e f".split()), min_size=1, max_size=200))
def test_no_word_has_a_larger_share_than_the_bound_says(words: list[str]) -> None:
    """A text is let off the count of its words only where no word can be the most of it."""
    bound = content._repeated(words, len(set(words)))

    assert bound >= max(map(words.count, words)) / len(words)
    assert content._repeated([*map(str, range(300)), *["the"] * 60] * 2, 301) <= content.SHARE_OF_ONE_WORD_MOST
    assert PatternSet(["a", "b", "c"]).occurring_in(b"bc") == PatternSet(["a", "b", "c"], "regex").occurring_in(b"bc")


@given(
    st.integers(0, 120), st.integers(1, 120), st.integers(0, 120), st.permutations(range(8)), st.sampled_from(["", "1"])
)
def test_the_short_way_lets_no_filler_through(
    varied: int, different: int, filler: int, order: list[int], digits: str
) -> None:
    """A text whose halves are called varied has content by all of its words too, wherever its filler stands."""
    words = [*(f"word{each % different}{digits}" for each in range(varied)), *["filler"] * filler]
    text = " ".join(word for rest in order for word in words[rest::8])
    with patch.object(content, "_are_varied", return_value=False):
        whole = content_problem(text)

    assert content_problem(text) == whole
    assert content._are_varied([f"word{each % 200}" for each in range(300)])


@pytest.mark.each(
    ("text", "seen"),
    [
        ("a <b x> c", "a   c"), ("a < b > c", "a < b > c"), ("<é>", "<é>"), ("a </i> c", "a   c"), ("<a <b> c", "<a   c"),
        ("[x](y) z", "[x  z"), ("[x](y(z) w", "[x](y(z) w"), ("[x](y\nz) w", "[x](y\nz) w"), ("![x] z", "  z"),
        ("![x\ny] z", "![x\ny] z"), ("<!-- <b> --> z", "  z"), ("<!- z", "<!- z"), (f"<b {'x' * 2_000}>", f"<b {'x' * 2_000}>"),
        (f"<b{'x' * 2_000}>", " "),
    ],
)  # fmt: skip
def test_what_opens_hides_up_to_what_closes_it(text: str, seen: str) -> None:
    """Within its bound, and not over what may not stand inside."""
    assert visible(Reading("raw", text)).text == seen


DISGUISES: dict[tuple[str, str, str], bool] = {
    ("ideal", "ideal", "ideal"): False, ("i-deal", "ideal", "i-deal"): True, ("ide-\nal", "ideal", "ide-\nal"): True,
    ("i deal", "ideal", "i deal"): False, ("i d eal", "ideal", "i d eal"): True, ("gua ran", "guaran", "gua ran"): False,
    ("gua\tran", "guaran", "gua\tran"): True, ("gua  ran", "guaran", "gua  ran"): True, ("the\tran", "theran", "the\tran"): False,
    ("gu\taran", "guaran", "gu\taran"): False, ("pass word", "pass word", "pass word"): False,
    ("pass  word", "pass word", "pass  word"): False, ("pa-ss word", "pass word", "pa-ss word"): True,
}  # fmt: skip


def test_letters_apart_are_a_disguise_or_words() -> None:
    """Single letters, wide gaps, hyphens."""
    assert {each: _is_disguise(*each) for each in DISGUISES} == DISGUISES
    assert (_may_be_word("ab"), _may_be_word("abq"), _may_be_word("THE")) == (True, False, True)
    assert squash("G-u.a\u2013r\u00e9!") == "guar\u00e9"


LIMITS: dict[str, dict[str, float]] = {
    "rules.rule": {"SPANS_LIMIT": 10_000, "NEIGHBOURHOOD": 60, "_CORE_LEAST": 5, "_REVERSED_FROM": 7, "_ROTATED_FROM": 6, "_ENCODED_FROM": 4, "_MORSE_FROM": 6},
    "rules.finder": {"WORD_PIECE_LEAST": 3, "SQUASHED_FROM": 5}, "rules.denial": {"REACH": 160, "RETRACTION_REACH": 120},
    "rules.scopes": {"_TITLE_LIMIT": 300, "_COLON_TITLE_LIMIT": 100, "_LOWEST": 7},
    "leaks.canaries": {"PIECE_LEAST": 8, "_SHARE": 2, "SECRET_LIMIT_CHARACTERS": 400},
    "leaks.credentials": {"_NAME_REACH": 100, "_CHANGES_MOST": 64, "_HEADS_MOST": 20, "_REACH": 400, "_PIECES_MOST": 12},
    "leaks.personal_data": {"_REACH": 400, "_CHANGES_MOST": 64, "_BEFORE": 60, "_BEHIND": 30}, "leaks.opaque": {"_BEFORE": 40, "_WORDS_MOST": 0.6},
    "text.engine": {"PATTERN_LIMIT_BYTES": 8 * 1024 * 1024, "SET_LIMIT_BYTES": 64 * 1024 * 1024, "_CANARY": 0},
}  # fmt: skip


@pytest.mark.parametrize("module", LIMITS)
def test_limits_change_on_purpose_only(module: str) -> None:
    """Each was chosen by a measurement, or is stated in the README."""
    found = import_module(f"rlvr_compliance.{module}")

    assert {name: getattr(found, name) for name in LIMITS[module]} == LIMITS[module]


BASE = {"id": "r", "tier": "must", "keywords": ["x"]}
WRITTEN: list[tuple[dict[str, Any], bool]] = [
    ({"sentences": 1}, True), ({"sentences": 0}, False), ({"sentences": 100}, True), ({"sentences": 101}, False),
    ({"least": 1}, True), ({"least": 0}, False), ({"least": 10_000}, True), ({"least": 10_001}, False), ({"most": 0}, True),
    ({"most": -1}, False), ({"weight": 0.001}, True), ({"weight": 0}, False), ({"weight": 1000}, True), ({"weight": 1000.1}, False),
    ({"id": ""}, False), ({"id": "x" * 200}, True), ({"id": "x" * 201}, False), ({"near": {"rule": "s", "characters": 1}}, True),
    ({"near": {"rule": "s", "characters": 0}}, False), ({"near": {"rule": "s", "characters": 10_000}}, True),
    ({"near": {"rule": "s", "characters": 10_001}}, False), ({"near": {"rule": ""}}, False), ({"near": {"rule": "s", "x": 1}}, False), ({"x": 1}, False),
]  # fmt: skip


@pytest.mark.each(("given", "is_allowed"), WRITTEN)
def test_what_a_suite_may_say_of_a_rule(given: dict[str, Any], is_allowed: bool) -> None:  # noqa: FBT001
    """Up to the ends of each range."""
    try:
        msgspec.convert(BASE | given, Rule)
    except msgspec.ValidationError:
        assert not is_allowed
    else:
        assert is_allowed


def test_a_neighbour_is_near_by_default() -> None:
    """Within a hundred characters."""
    assert msgspec.convert({"rule": "s"}, Near).characters == 100


def test_other_writings_of_a_word_are_its_own() -> None:
    """By its length and letters: Morse, reversed, moved by one or thirteen, hexadecimal, base64."""
    assert _rule(tier="must-not", keywords=("gr\u00fcn",)).disguised == ()
    assert _rule(tier="must", keywords=("guarantee",)).disguised == ()
    assert _rule(tier="must-not", keywords=("abc",)).disguised == ()
    found = {size: _rule(tier="must-not", keywords=("guarant"[:size],)).disguised for size in (4, 5, 6, 7)}
    assert [any("[ /|]{1,3}" in each for each in found[size]) for size in found] == [False, False, True, True]
    assert [any("tnaraug"[7 - size :] in each for each in found[size]) for size in found] == [False, False, False, True]
    assert [any("hvbsbou"[:size] in each for each in found[size]) for size in found] == [False, False, True, True]
    assert [any("ftzqzms"[:size] in each for each in found[size]) for size in found] == [False, False, True, True]
    assert [any("thnenag"[:size] in each for each in found[size]) for size in found] == [False, False, True, True]
    assert all(any("67756172" in each for each in forms) for forms in found.values())
    for word in ("guarantee", "Guarantee", "GUARANTEE"):
        for lead in ("", "a", "ab"):
            encoded = base64.b64encode(f"{lead}{word}!".encode()).decode()
            assert any(
                compiled(form).search(encoded) for form in _rule(tier="must-not", keywords=("guarantee",)).disguised
            )
    assert _rule(pattern=r"(?i)\bno risk\b", keywords=()).words == ("no risk",)
    assert _rule(pattern=r"risks?", keywords=()).words == ()
    assert _rule().words == ("growth",)


ECHOES: dict[tuple[str, str], float] = {
    ("tell me of it now", "tell me of it"): 0.8, ("tell me of", "tell me of"): 0.0, ("tell me of", "tell me of it"): 0.0,
    ("a b c d e f g h", "a b c d e f g h i"): 1.0, ("a b c d e f g", "a b c d e f g h"): 0.0, ("x a b c d e f g h i", "a b c d e f g h i"): 0.9,
    ("A B C D x", "a b c d"): 0.8, ("a b c x d", "a b c d"): 0.0, ("", "a b c d"): 0.0, ("a b c d", ""): 0.0,
}  # fmt: skip


def test_rows_of_words_are_copied_from_the_prompt() -> None:
    """Eight in a row, or all of a prompt of four to seven words."""
    assert {each: echo_share(*each) for each in ECHOES} == ECHOES
