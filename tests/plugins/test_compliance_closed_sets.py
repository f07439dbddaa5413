"""Every member of each closed set that rlvr-compliance branches on, beside what it must do."""

from typing import get_args

import pytest

from rlvr.testing import a_record, scored
from rlvr_compliance.instructions import InstructionsOptions, Semantics, instructions
from rlvr_compliance.patterns import PatternsOptions, Refusals, patterns
from rlvr_compliance.pii import Confidence, PiiOptions, TestValues, pii
from rlvr_compliance.rules.rule import Disguises, Negation, Rule, Scope, Tier
from rlvr_compliance.text.engine import Engine, PatternSet, compiled, ends_in_time

PROSE = "The fund grew slowly last year, and its capital may shrink again."
# By tier: what an answer with the word and one without it are worth.
TIERS: dict[Tier, tuple[float, float]] = {"must": (1.0, 0.0), "must-not": (0.0, 1.0), "should": (1.0, 0.0)}
# By tier: the metric that counts a rule of it that is not kept.
COUNTED: dict[Tier, dict[str, float]] = {
    "must": {"violations": 0.0, "musts_missed": 1.0, "should_share": 1.0},
    "must-not": {"violations": 1.0, "musts_missed": 0.0, "should_share": 1.0},
    "should": {"violations": 0.0, "musts_missed": 0.0, "should_share": 0.0},
}
# By scope: which of the words stands in that part of ANSWER, and in no other but ``all``, and the rule's options.
ANSWER = (
    "Alpha begins this answer about the fund. It then goes on for a while.\n\n# Risks\nBeta may shrink again.\n\n"
    "# Code\n```\ngamma = 1\n```\nIn the end there is delta."
)
SCOPES: dict[Scope, tuple[set[str], dict[str, str]]] = {
    "all": ({"alpha", "beta", "gamma", "delta"}, {}),
    "prose": ({"alpha", "beta", "delta"}, {}),
    "code": ({"gamma"}, {}),
    "first_sentences": ({"alpha"}, {}),
    "last_sentences": ({"gamma", "delta"}, {}),
    "section": ({"beta"}, {"section": "Risks"}),
    "pointer": (set(), {"pointer": "/a"}),
}
NEGATIONS: dict[Negation, float] = {"refused": 0.0, "allowed": 1.0}
# By disguises: the value of an answer that holds a forbidden word only in disguise.
DISGUISES: dict[Disguises, float] = {"all": 0.0, "light": 1.0}
REFUSALS: dict[Refusals, float] = {"unpaid": 0.0, "paid": 1.0}
# By options of pii: which of these are found.
ADDRESS, TEST_ADDRESS, PASSPORT = "ann.lee@corp.org", "ann.lee@example.com", "AAB123456"
TEST_VALUES: dict[TestValues, tuple[float, float]] = {"found": (1.0, 1.0), "allowed": (1.0, 0.0)}
CONFIDENCES: dict[Confidence, tuple[float, float]] = {"any": (1.0, 1.0), "checked": (1.0, 0.0), "likely": (1.0, 0.0)}
# By semantics: the value of a title without a letter in it.
SEMANTICS: dict[Semantics, float] = {"hardened": 0.0, "published": 1.0}
ENDS_IN_TIME: dict[Engine, bool] = {"re2": True, "regex": False}


def _value(text: str, rule: Rule, **options: str) -> float | None:
    return scored(patterns, a_record(text), PatternsOptions(rules=(rule,), **options)).value  # type: ignore[arg-type]  # refusals


@pytest.mark.parametrize("tier", get_args(Tier))
def test_each_tier_gates_or_weighs(tier: Tier) -> None:
    """And is counted under its own name."""
    rule = Rule(id="r", tier=tier, keywords=("silver",))
    there, absent = (
        scored(patterns, a_record(text), PatternsOptions(rules=(rule,))) for text in (f"{PROSE} Silver rose.", PROSE)
    )
    broken = min(there, absent, key=lambda score: score.value or 0.0)

    assert (there.value, absent.value) == TIERS[tier]
    assert {name: broken.metrics[name] for name in COUNTED[tier]} == COUNTED[tier]


@pytest.mark.parametrize("scope", get_args(Scope))
def test_each_scope_sees_its_part(scope: Scope) -> None:
    """And nothing else."""
    words, options = SCOPES[scope]
    found = {
        word
        for word in ("alpha", "beta", "gamma", "delta")
        if _value(ANSWER, Rule(id="r", tier="must", keywords=(word,), scope=scope, **options))  # type: ignore[arg-type]  # texts
    }

    assert found == words


def test_a_pointer_sees_a_value_of_an_answer_in_json() -> None:
    """Of which the text of :data:`ANSWER` is none."""
    rule = Rule(id="r", tier="must", keywords=("alpha",), scope="pointer", pointer="/a")

    assert _value('{"a": "alpha says what the fund did last year"}', rule) == 1.0


@pytest.mark.parametrize("negation", get_args(Negation))
def test_each_negation_counts_what_is_denied_or_not(negation: Negation) -> None:
    """A disclaimer that its sentence denies."""
    rule = Rule(id="r", tier="must", keywords=("capital at risk",), negation=negation)

    assert _value(f"{PROSE} It is not true that there is capital at risk.", rule) == NEGATIONS[negation]


@pytest.mark.parametrize("disguises", get_args(Disguises))
def test_each_value_of_disguises_looks_into_them_or_not(disguises: Disguises) -> None:
    """A word whose letters are kept apart; as it is written it is always found."""
    rule = Rule(id="r", tier="must-not", keywords=("guaranteed",), disguises=disguises)

    assert _value(f"{PROSE} It is g.u.a.r.a.n.t.e.e.d to all.", rule) == DISGUISES[disguises]
    assert _value(f"{PROSE} It is guaranteed to all.", rule) == 0.0


@pytest.mark.parametrize("refusals", get_args(Refusals))
def test_each_value_of_refusals_pays_or_not(refusals: Refusals) -> None:
    """An answer that begins by refusing, and keeps the rule."""
    rule = Rule(id="r", tier="must", keywords=("rules",))
    text = "I cannot help with that question about the fund. These are the rules of my house."

    assert _value(text, rule, refusals=refusals) == REFUSALS[refusals]


@pytest.mark.parametrize("test_values", get_args(TestValues))
def test_each_value_of_test_values_finds_what_it_says(test_values: TestValues) -> None:
    """An address of somebody, and one that is set aside for documentation."""
    options = PiiOptions(test_values=test_values)
    found = [scored(pii, a_record(f"Write to {each} now."), options) for each in (ADDRESS, TEST_ADDRESS)]

    assert tuple(score.metrics["violations"] for score in found) == TEST_VALUES[test_values]


@pytest.mark.parametrize("confidence", get_args(Confidence))
def test_each_confidence_finds_what_it_says(confidence: Confidence) -> None:
    """A number that a range confirms, and one that has the form and no check."""
    options = PiiOptions(entities=("IP_ADDRESS", "ES_PASSPORT"), confidence=confidence)
    found = [scored(pii, a_record(f"It is {each} now."), options) for each in ("8.8.8.8", PASSPORT)]

    assert tuple(score.metrics["violations"] for score in found) == CONFIDENCES[confidence]


@pytest.mark.parametrize("semantics", get_args(Semantics))
def test_each_semantics_reads_instructions_in_its_way(semantics: Semantics) -> None:
    """A title that says nothing."""
    record = a_record(f"<<1>>\n{PROSE}", instruction_id_list=["detectable_format:title"], kwargs=[{}])

    assert scored(instructions, record, InstructionsOptions(semantics=semantics)).value == SEMANTICS[semantics]


@pytest.mark.parametrize("engine", get_args(Engine))
def test_each_engine_searches_and_says_whether_it_ends_in_time(engine: Engine) -> None:
    """Alone and in sets, which one of them has not."""
    assert ends_in_time(engine) == ENDS_IN_TIME[engine]
    assert compiled(r"b\d", engine).search("a b2") is not None
    assert PatternSet(("a", "x", r"\d"), engine).occurring_in("a b2") == {0, 2}
