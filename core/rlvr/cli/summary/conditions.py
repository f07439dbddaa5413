"""Conditions of a pipeline on a summary: ``--fail-under`` and ``--fail-on``."""

from __future__ import annotations

from typing import NamedTuple

from rlvr.scores import Verdict
from rlvr.summary import Summary

NOTHING = "none"
DEFAULT_FAIL_ON = "failed,invalid_task"


class Condition(NamedTuple):
    """One condition: its name, and how the summary breaks it; "" if it does not."""

    name: str
    problem: str


class Conditions(NamedTuple):
    """The conditions that a job must meet.

    Attributes:
        fail_under: The least mean of the scored rows of each task; None for no condition.
        fail_on: Verdicts that no row may have.
    """

    fail_under: float | None = None
    fail_on: tuple[Verdict, ...] = (Verdict.FAILED, Verdict.INVALID_TASK)

    def checked(self, summary: Summary) -> list[Condition]:
        """Return each condition with how the summary breaks it."""
        conditions = []
        for verdict in self.fail_on:
            number = summary.verdicts[verdict]
            conditions.append(
                Condition(f"no row is {verdict}", f"rows that are {verdict}: {number:,}" if number else "")
            )
        if self.fail_under is None:
            return conditions
        tasks = {name: task for name, task in summary.by_task.items() if task.records}
        if not tasks:
            return [*conditions, Condition("a row is scored", "no row was scored, so there is no mean")]
        for name, task in tasks.items():
            mean = task.rewards.mean
            problem = ""
            if mean is None:
                problem = f"no row of task {name} was scored, so it has no mean"
            elif mean < self.fail_under:
                problem = f"the mean of task {name} is {mean:.6g}, below {self.fail_under:g}"
            conditions.append(Condition(f"mean of {name} is at least {self.fail_under:g}", problem))
        return conditions

    def problems(self, summary: Summary) -> list[str]:
        """Return how the summary breaks the conditions."""
        return [condition.problem for condition in self.checked(summary) if condition.problem]


def conditions_of(fail_under: float | None, fail_on: str) -> Conditions:
    """Return the conditions of the options.

    Args:
        fail_under: The number.
        fail_on: Verdicts with commas between, or ``none``.

    Raises:
        ValueError: A name is no verdict.
    """
    names = [name.strip() for name in fail_on.split(",") if name.strip()]
    if names == [NOTHING]:
        names = []
    for name in names:
        if name not in {*Verdict}:
            raise ValueError(f"{name!r} is no verdict; expected {', '.join(Verdict)} or {NOTHING}")
    return Conditions(fail_under, tuple(map(Verdict, names)))
