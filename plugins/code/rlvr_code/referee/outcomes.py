"""Outcomes of single tests, as the referee reports them."""

from __future__ import annotations

from typing import TypeAlias

from rlvr_code.referee.raised import submission_error_in
from rlvr_code.referee.world import World
from rlvr_code.trusted.comparing import shown
from rlvr_code.trusted.submission import FailedTestError
from rlvr_code.wire.outcome import Kind

TestOutcome: TypeAlias = dict[str, str]
"""A test's name under ``test``, its :class:`Kind` under ``kind``, and a few words under ``detail``."""

_DETAIL_CHARACTERS = 300


def failure_of(test: str, failed: FailedTestError) -> TestOutcome:
    """Return the outcome of a test that cannot pass any more."""
    return {"test": test, "kind": failed.kind, "detail": failed.detail[:_DETAIL_CHARACTERS]}


def outcome_of_error(test: str, world: World | None, error: BaseException) -> TestOutcome:
    """Return the outcome of a test that raised: the submission's fault if its process said so or has failed."""
    failed = world.failed if world is not None else None
    failed = error if isinstance(error, FailedTestError) else failed
    if failed is not None:
        return failure_of(test, failed)
    raised = submission_error_in(error)
    if raised is not None:
        return {"test": test, "kind": raised.kind, "detail": str(raised)[:_DETAIL_CHARACTERS]}
    if isinstance(error, MemoryError):
        return {"test": test, "kind": Kind.MEMORY, "detail": "the values that it returned need more memory"}
    kind = Kind.WRONG if isinstance(error, AssertionError) else Kind.ERROR
    return {"test": test, "kind": kind, "detail": f"{type(error).__name__}: {shown(str(error))}"[:_DETAIL_CHARACTERS]}


def outcome_of_end(test: str, world: World) -> TestOutcome:
    """Return the outcome of a test that ran to its end; a failure that the test caught still counts."""
    return {"test": test, "kind": Kind.PASSED} if world.failed is None else failure_of(test, world.failed)
