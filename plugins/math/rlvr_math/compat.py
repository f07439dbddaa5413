"""The call shapes of other graders, so that a user changes one import.

Only the shapes are theirs: what counts as right is this package's, strict unless options say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rlvr_math.finding.answers import answer_in
from rlvr_math.grade import Status, grade
from rlvr_math.grade import verify as compare
from rlvr_math.limits import UNFORESEEN


def parse(text: str, *_: Any, **__: Any) -> list[str]:
    """Find the answer in a text, as Math-Verify's ``parse`` does; its configurations are taken and not needed.

    Returns:
        The answer's text, alone in a list; an empty list if there is none.
    """
    try:
        extraction = answer_in(text)
    except UNFORESEEN:
        return []
    found = extraction.text is not None and extraction.text.strip() and not extraction.problem
    return [extraction.text or ""] if found else []


def verify(gold: str | Sequence[str], target: str | Sequence[str], *_: Any, **__: Any) -> bool:
    """Compare what ``parse`` found, as Math-Verify's ``verify`` does: the gold first."""
    golds, targets = ([side] if isinstance(side, str) else list(side) for side in (gold, target))
    return any(compare(reference, answer).correct for reference in golds for answer in targets)


def compute_score(*arguments: str, **options: Any) -> float:
    """Score a solution, as verl's ``compute_score`` does: 1.0 for right, 0.0 for anything else.

    Args:
        arguments: ``solution_str, ground_truth``, or ``data_source, solution_str, ground_truth`` before
            what else verl gives; names work as well.
        options: Those names, and ``extra_info``, which is not read.
    """
    if "solution_str" in options or "model_output" in options:
        solution = options.get("solution_str", options.get("model_output", ""))
        return float(grade(str(options["ground_truth"]), str(solution)).correct)
    solution, reference = arguments[1:3] if len(arguments) > 2 else arguments[:2]  # noqa: PLR2004  # with the source
    return float(grade(str(reference), str(solution)).correct)


def accuracy_reward(
    completions: Sequence[str | Sequence[Mapping[str, str]]], solution: Iterable[str], **_: Any
) -> list[float | None]:
    """Score completions, as TRL's ``accuracy_reward`` does: None where the solution is not understood."""
    return [_reward(completion, reference) for completion, reference in zip(completions, solution, strict=True)]


def _reward(completion: str | Sequence[Mapping[str, str]], reference: str) -> float | None:
    text = completion if isinstance(completion, str) else completion[-1]["content"] if completion else ""
    outcome = grade(reference, text)
    return None if outcome.status is Status.UNREADABLE_REFERENCE else float(outcome.correct)
