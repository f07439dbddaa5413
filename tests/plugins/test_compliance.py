"""The scorers of rlvr-compliance."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_compliance.instructions import InstructionsOptions, instructions, verdicts
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.pii import PiiOptions, personal_data_in, pii
from rlvr_compliance.rules import Rule
from rlvr_compliance.secrets import secrets, secrets_in

TEXT = st.text(st.characters())
HONEST = "According to the report the fund grew slowly, and your capital at risk may shrink again next year."
RULES = PatternsOptions(
    rules=(
        Rule(id="risk", tier="must", keywords=("capital at risk",)),
        Rule(id="scam", tier="must-not", keywords=("guaranteed",)),
        Rule(id="source", tier="should", keywords=("according to",)),
    )
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (HONEST, 1.0),
        (HONEST.replace("According to", "As said in"), 0.0),
        (HONEST.replace("capital at risk", "money"), 0.0),
        ("", 0.0),
        ("capital at risk", 0.0),
        ("!!! ??? ...", 0.0),
    ],
)
def test_rules_gate_and_weigh(text: str, value: float) -> None:
    """Must-rules gate, should-rules weigh, an answer without content earns nothing."""
    assert scored(patterns, a_record(text), RULES).value == value


@pytest.mark.parametrize(
    "spelling",
    ["guaranteed", "GUARANTEED", "guar\u200banteed", "gu\u0430ranteed", "g u a r a n t e e d", "guar**ant**eed",
     "\uff47uaranteed", "guar<b>an</b>teed", "g.u.a.r.a.n.t.e.e.d", "guar&shy;anteed"],
)  # fmt: skip
def test_a_forbidden_word_cannot_hide(spelling: str) -> None:
    """However it is spelt."""
    assert scored(patterns, a_record(f"{HONEST} It is {spelling} too."), RULES).value == 0.0


@pytest.mark.parametrize(
    "rule",
    [
        {"pattern": r"(?=a)b"},
        {"pattern": "a*"},
        {"pattern": ""},
        {"keywords": [" "]},
        {"pattern": "a", "keywords": ["b"]},
    ],
)
def test_bad_rules_are_refused_at_load(rule: dict[str, object]) -> None:
    """Look-around, patterns that hold of nothing, and rules that look for nothing."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rules": [{"id": "r", "tier": "must", **rule}]}, PatternsOptions)


@pytest.mark.parametrize(
    ("name", "arguments", "text", "expected"),
    [
        ("punctuation:no_comma", {}, "one, two", False),
        ("length_constraints:number_words", {"relation": "at least", "num_words": 3}, "one two three", True),
        ("startend:quotation", {}, '"said"', True),
        ("detectable_format:title", {}, "<<  >>", False),
        ("language:response_language", {"language": "de"}, "Das ist nicht der Hund, und ich bin hier.", True),
        ("language:response_language", {"language": "en"}, "12 34", False),
        ("keywords:existence", {"keywords": ["c++"]}, "I like C++ best", True),
        ("count:conjunctions", {"small_n": 2}, "this and that but not", True),
    ],
)
def test_instructions_as_published(name: str, arguments: dict[str, object], text: str, expected: bool) -> None:  # noqa: FBT001  # a verdict
    """One line of each kind."""
    assert verdicts(text, [name], [arguments]) == [expected]


def test_an_answer_without_content_earns_nothing_when_hardened() -> None:
    """As published it would follow."""
    record = a_record("x", instruction_id_list=["punctuation:no_comma"], kwargs=[{}])

    assert scored(instructions, record).value == 0.0
    assert scored(instructions, record, InstructionsOptions(semantics="published")).value == 1.0


def test_an_unknown_instruction_is_an_invalid_task() -> None:
    """It is nobody's wrong answer."""
    record = a_record("x", instruction_id_list=["no:such"], kwargs=[{}])

    assert scored(instructions, record).verdict is Verdict.INVALID_TASK


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to ann@mail.example.org", ["EMAIL_ADDRESS"]),
        ("4111 1111 1111 1111", ["CREDIT_CARD"]),
        ("4111 1111 1111 1112", []),
        ("at 10.0.0.1 now", ["IP_ADDRESS"]),
    ],
)
def test_personal_data_is_confirmed(text: str, kinds: list[str]) -> None:
    """By checksum or structure."""
    assert [found.kind for found in personal_data_in(text, PiiOptions().entities)] == kinds


def test_secrets_are_told_from_placeholders() -> None:
    """A key is found, its placeholder is none."""
    assert secrets_in("key ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6")
    assert not secrets_in("key ghp_" + "x" * 36)


@given(text=TEXT)
def test_any_text_is_answered(text: str) -> None:
    """By every scorer."""
    record = a_record(text, instruction_id_list=["punctuation:no_comma"], kwargs=[{}])
    for scorer, options in ((patterns, RULES), (pii, None), (secrets, None), (instructions, None)):
        assert scored(scorer, record, options).verdict is Verdict.SCORED
