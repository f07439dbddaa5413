"""Where the model's turn begins in a text that has the prompt too, as trainers decode it with all special tokens."""

from __future__ import annotations

from rlvr.record import END_TOKENS

# A shorter rest of a cut prompt might be found by chance.
_LEAST_REST = 16

# What chat templates write before the answer.
ANSWER_MARKS = (
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<start_of_turn>model\n",
    "<|start|>assistant",
    "<|assistant|>",
    "[/INST]",
    "<｜Assistant｜>",  # noqa: RUF001  # DeepSeek writes it so
)
# What ends the turn before. GLM writes nothing else between two turns.
_TURN_ENDS = (*END_TOKENS, "<|user|>")


def completion_start(text: str, prompt: str = "") -> int | None:
    """Return where the completion begins; None if nothing says so.

    A text begins with the prompt, or with the rest of a prompt that was too long; else a mark of a chat template
    decides: the first one behind the prompt, or the first one of the last turn. A model that writes a mark in its own
    turn must not hide what it wrote before.

    Args:
        text: The prompt and the completion, decoded together.
        prompt: The prompt, as the trainer hands it over; "" if it hands over none.
    """
    if prompt:
        if text.startswith(prompt):
            return len(prompt)
        rest = _rest_of_prompt(text, prompt)
        if rest:
            return rest
        place = text.find(prompt)
        behind = _first_mark(text, place + len(prompt)) if place >= 0 else None
        if behind is not None:
            return behind
    last = max(text.rfind(mark) for mark in ANSWER_MARKS)
    if last < 0:
        return None
    turn = max((at + len(end) for end in _TURN_ENDS if (at := text.rfind(end, 0, last)) >= 0), default=0)
    return _first_mark(text, turn)


def _rest_of_prompt(text: str, prompt: str) -> int:
    """Return the length of the end of the prompt with which the text begins; 0 if it is too short to tell."""
    start = text[:_LEAST_REST]
    place = prompt.find(start) if len(start) == _LEAST_REST else -1
    while place >= 0:
        if text.startswith(prompt[place:]):
            return len(prompt) - place
        place = prompt.find(start, place + 1)
    return 0


def _first_mark(text: str, start: int) -> int | None:
    """Return the end of the first mark from a place on."""
    found = [(at, at + len(mark)) for mark in ANSWER_MARKS if (at := text.find(mark, start)) >= 0]
    return min(found)[1] if found else None
