"""The places that a suite names."""

from rlvr.record.rules import DEFAULT_RULES, ReadingRules


def test_rules_say_whose_calls_a_record_has() -> None:
    """By default those of the turn that answers."""
    assert ReadingRules(tool_calls="all_turns").reads_all_turns is True
    assert DEFAULT_RULES.reads_all_turns is False


def test_rules_are_equal_only_to_themselves() -> None:
    """So that plans are found without a comparison of places; they cannot be changed."""
    assert ReadingRules() != ReadingRules()
    assert len({ReadingRules(), DEFAULT_RULES, DEFAULT_RULES}) == 2
