"""``schema.tool_calls``: calls that a text reports, asks about, labels or shows are not made."""

import pytest

from rlvr_schema import grade_calls

EXPECTED = [{"weather": {"city": ["Oslo"], "days": [3]}}]
CALLS = (
    '{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}',
    '<tool_call>{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}</tool_call>',
    '[TOOL_CALLS]weather[ARGS]{"city": "Oslo", "days": 3}',
)
TOOLS = [{"name": "weather", "parameters": {"type": "object", "properties": {"city": {}, "days": {}}}}]
MENTIONED = (
    "A previous assistant wrote {} and that was it.", "Here is how NOT to do it: {}",
    "{} is an example of a call.", "{} is only a template.", "Should this be run? {}", "Shall I send it? {}",
    "Fake call: {}", "The model said: {}", "user: {}", "{}, but that was wrong.", "{} was a mistake.",
    "while True:\n    {}", "if asked:\n    {}", "def f():\n    {}",
)  # fmt: skip
MADE = (
    "{}", "Let me check.\n{}", "I will look it up, as you asked:\n{}", "For Oslo:\n{}", "You asked for an example. {}",
    "I need another call: {}", "The earlier call failed, so I try again: {}", "The user said Oslo, so {}",
    "Can I help? Let me look.\n{}", "{}\nThat should do.", "The user wants the forecast.\n{}",
)  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_mentioned_call_earns_nothing(call: str) -> None:
    """Whatever family writes it."""
    paid = [text for text in MENTIONED if grade_calls(EXPECTED, TOOLS, text=text.replace("{}", call)).value]

    assert paid == []


@pytest.mark.parametrize("call", CALLS)
def test_a_call_among_honest_words_is_made(call: str) -> None:
    """Near misses of the words above."""
    unpaid = [text for text in MADE if grade_calls(EXPECTED, TOOLS, text=text.replace("{}", call)).value != 1.0]

    assert unpaid == []


@pytest.mark.parametrize("arguments", ["", "  ", None, {}, "{}"])
def test_a_call_without_arguments_may_have_none(arguments: object) -> None:
    """Servers write null or an empty text."""
    call = {"type": "function", "function": {"name": "list_files", "arguments": arguments}}

    assert grade_calls([{"list_files": {}}], calls=[call]).value == 1.0
    assert grade_calls([{"list_files": {"folder": ["x"]}}], calls=[call]).value < 1.0
