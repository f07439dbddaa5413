"""``text.exact``: references whose own words deny, ask or offer, as titles do."""

import pytest

from rlvr.testing import a_record, scored
from rlvr_text.choice import choice
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


@pytest.mark.each("title", TITLES)
def test_a_title_is_stated_whatever_its_words_are(title: str) -> None:
    """Words around it still deny, hedge and take back."""
    options = ExactOptions(answer="announced")

    assert [text for text in STATED if scored(exact, a_record(text.format(title), title), options).value != 1.0] == []
    assert [text for text in NOT_STATED if scored(exact, a_record(text.format(title), title), options).value] == []


def test_asides_behind_an_answer_are_no_part_of_it() -> None:
    """How sure the speaker is, and where to look; unless a reference has one."""
    options = ExactOptions(answer="announced")
    for aside in (", without a doubt.", ", of course.", " (see the map above).", ", I am sure."):
        assert scored(exact, a_record(f"The answer is Lima{aside}", "Lima"), options).value == 1.0, aside
        assert scored(exact, a_record(f"The answer is Lima{aside}", "Quito"), options).value == 0.0, aside
    for other in (", Ohio.", " (Peru or Chile)."):
        assert scored(exact, a_record(f"The answer is Lima{other}", "Lima"), options).value == 0.0, other


def test_letters_beside_each_other_are_a_hedge() -> None:
    """However they are joined."""
    prompt = "Capital of Peru?\nA) Quito\nB) Lima"
    for text in ("Answer: B|A", "Answer: B | A", "The answer is B, er, A.", "B ❌", "<answer>B ❌</answer>"):
        assert scored(choice, a_record(text, "B", prompt=prompt)).value == 0.0, text
    for text in ("Answer: B ✅", "**B** ✅"):
        assert scored(choice, a_record(text, "B", prompt=prompt)).value == 1.0, text
