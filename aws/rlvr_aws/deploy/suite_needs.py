"""What a suite's scorers need of its function: permissions, and time for costly ones, which ask a model."""

from __future__ import annotations

import math

from rlvr import Permission, Suite, Task
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.deploy.deployment import TIMEOUT_SECONDS

# Time for the rest of a call: the cold start, the other scorers, the answer.
_MARGIN_SECONDS = 15
_LIMIT_SECONDS = 900


def permissions_of(suite: Suite) -> tuple[Permission, ...]:
    """Return what the scorers of a suite need to be allowed, each once.

    Raises:
        DeploymentError: A scorer cannot tell.
    """
    found: dict[str, Permission] = {}
    for entry in suite.entries:
        if entry.installed.scorer.permissions is None:
            continue
        try:
            found.update((repr(each), each) for each in entry.installed.scorer.permissions(entry.prepared))
        except Exception as error:
            problem = f"the permissions that it needs are not known: {type(error).__name__}: {error}"
            raise DeploymentError(f"{suite.source}: {entry.name}", problem, "report this to its author") from error
    return tuple(found.values())


def fitting_timeout(suite: Suite) -> int:
    """Return a limit for a call that leaves costly scorers their budgets, at most Lambda's 900 s."""
    needed = max(map(_costly_seconds, suite.tasks.values()))
    return min(_LIMIT_SECONDS, max(TIMEOUT_SECONDS, math.ceil(needed) + _MARGIN_SECONDS if needed else 0))


def timeout_note(suite: Suite, timeout_seconds: int) -> str:
    """Return a note if costly scorers may not end within a function's limit; "" if they do."""
    needed = math.ceil(max(map(_costly_seconds, suite.tasks.values())))
    if not needed or timeout_seconds >= min(_LIMIT_SECONDS, needed + _MARGIN_SECONDS):
        return ""
    return (
        f"scorers that ask a model may take {needed} s of a call, and the function has {timeout_seconds} s; give it "
        f"--timeout {min(_LIMIT_SECONDS, needed + _MARGIN_SECONDS)}, or lower `budget_seconds` and the deadline of the "
        "scorer"
    )


def _costly_seconds(task: Task) -> float:
    """Return the time of the costly scorers of a task: they run together, and after those that they wait for."""
    ends: dict[str, float] = {}
    for entry in task.entries:
        start = ends.get(entry.when.name, 0.0) if entry.when is not None else 0.0
        ends[entry.name] = start + sum(each.budget_seconds for each in entry.all_scorers if each.is_costly)
    return max(ends.values())
