"""Scorers offered by rlvr-code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rlvr import hookimpl

if TYPE_CHECKING:
    from rlvr import Record


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {"grader": "rlvr_code.grader:grader", "tests": "rlvr_code.tests:tests"}


@hookimpl
def doctor() -> Mapping[str, str]:
    """Return which layers of the sandbox work on this machine."""
    from rlvr_code.trusted.probing import probe

    return probe()


@hookimpl
def honest(scorer: str, record: Record) -> Iterable[str]:  # noqa: ARG001  # the hook's signature
    """Return the reference solution of a row as a fenced block, if the row has one."""
    from rlvr_code.problems.honest import solutions_of

    return solutions_of(record)


@hookimpl
def attacks(scorer: str, record: Record) -> Mapping[str, str]:  # noqa: ARG001  # the hook's signature
    """Return submissions that end the process, compare equal to everything, or define the names and do nothing."""
    from rlvr_code.problems.honest import cheats_of

    return cheats_of(record)
