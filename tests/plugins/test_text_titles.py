"""``text.exact``: references whose own words deny, ask or offer, as titles do."""

import pytest

from rlvr.testing import a_record, scored
from rlvr_text.exact import ExactOptions, exact

TITLES = (
    "Not in Our Stars", "Trick or Treat", "Who Framed Roger Rabbit?", "Don't Look Back", "Either/Or", "Maybe Tomorrow",
    "Not guilty", "No Country for Old Men", "What Ever Happened to Baby Jane?", "Never Let Me Go",
)  # fmt: skip
STATED = ("Answer: {}", "The answer is {}.", "**Final answer:** {}", "Not Hamlet. The answer is {}.", "Answer: {} ✅")
NOT_STATED = (
    "Answer: not {}", "The answer is {} or Hamlet.", "Is the answer {}?", "Answer: {}\nAnswer: Hamlet",
    "Answer: {}. No, that is wrong.", "The answer isn't {}.", "Maybe the answer is {}.", "{} is a title.",
    "Answer: {} II", "The answer might be {}.", "Some say the answer is {}.", "~~Answer: {}~~", "<!-- Answer: {} -->",
    "Answer: {} / Hamlet", "Answer: {}, Hamlet", "The question is whether the answer is {}.", "Answer: {} ❌",
    "Answer: {}. Scratch that.", "Answer: un{}",
)  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_stated_whatever_its_words_are(title: str) -> None:
    """Words around it still deny, hedge and take back."""
    options = ExactOptions(answer="announced")

    assert [text for text in STATED if scored(exact, a_record(text.format(title), title), options).value != 1.0] == []
    assert [text for text in NOT_STATED if scored(exact, a_record(text.format(title), title), options).value] == []
