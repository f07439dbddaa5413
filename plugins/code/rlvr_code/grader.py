"""``code.grader``: a Python function of somebody else gives the reward, in the sandbox.

For graders that come as data, such as the ``python`` graders of OpenAI and Azure: ``grade(sample, item) -> float``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from rlvr import Record, Score, item_of, sample_of, scorer
from rlvr_code.problems.problem import Call
from rlvr_code.trusted.grading import sandbox_of, settings_of
from rlvr_code.trusted.judge import requests_of
from rlvr_code.trusted.options import Library, TestsOptions
from rlvr_code.trusted.owned import Owned
from rlvr_code.trusted.submission import FailedTestError, Submission, SubmissionRaisedError, TimeLimits
from rlvr_code.trusted.supervisor import Sandbox
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import UnserialisableError

# The source of a grader of OpenAI has 256 kB at most.
SOURCE_LIMIT_CHARACTERS = 262_144
BUDGET_SECONDS = 120.0


class GraderError(Exception):
    """The source of a grader does not load, or has no such function: no completion can cause that."""


class GraderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of ``code.grader``."""

    source: Annotated[
        str, Meta(min_length=1, max_length=SOURCE_LIMIT_CHARACTERS, description="Python that defines the function.")
    ]
    function: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Name of the function; it takes `sample` and `item`."),
    ] = "grade"
    low: Annotated[float, Meta(description="The number that becomes 0.0; lower numbers become 0.0 too.")] = 0.0
    high: Annotated[float, Meta(description="The number that becomes 1.0; higher numbers become 1.0 too.")] = 1.0
    test_seconds: Annotated[float, Meta(gt=0, le=600, description="CPU time for one record.")] = 3.0
    memory_mb: Annotated[int, Meta(ge=128, le=65_536, description="Address space of the process of the grader.")] = (
        1_024
    )
    libraries: Annotated[
        tuple[Library, ...], Meta(description="Libraries that the grader may import: `numpy`, `pandas`, if installed.")
    ] = ()

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if not self.low < self.high:
            raise ValueError(f"`low` is {self.low:g} and `high` is {self.high:g}; `low` must be less")


class PreparedGrader(msgspec.Struct, frozen=True, kw_only=True):
    """A grader and the sandbox that it runs in."""

    options: GraderOptions
    sandbox: Sandbox


def _prepare(options: GraderOptions) -> PreparedGrader:
    limits = TestsOptions(
        test_seconds=options.test_seconds,
        submission_seconds=options.test_seconds,
        memory_mb=options.memory_mb,
        libraries=options.libraries,
    )
    return PreparedGrader(options=options, sandbox=sandbox_of(settings_of(limits)))


@scorer(options=GraderOptions, prepare=_prepare, metrics=("grader_raised",), budget_seconds=BUDGET_SECONDS)
def grader(record: Record, prepared: PreparedGrader) -> Score:
    """Pay the number that a Python function of the suite returns, scaled from its range to 0..1.

    Raises:
        GraderError: The grader does not load: no completion can cause that.
    """
    options = prepared.options
    try:
        value = _called(prepared, record)
    except SubmissionRaisedError as raised:
        return Score.of(0.0, f"the grader raised {raised}", "grader_raised", grader_raised=1.0)
    except FailedTestError as failed:
        return Score.of(0.0, f"the grader did not answer: {failed.detail}", "grader_raised", grader_raised=1.0)
    except UnserialisableError as error:
        return Score.invalid_task(f"the row cannot be given to the grader: {error}")
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return Score.of(0.0, f"the grader returned {str(value)[:80]}, and no number", grader_raised=1.0)
    share = (float(value) - options.low) / (options.high - options.low)
    return Score.of(max(0.0, min(1.0, share)), f"the grader returned {float(value):g}", grader_raised=0.0)


def _called(prepared: PreparedGrader, record: Record) -> object:
    options, sandbox = prepared.options, prepared.sandbox
    call = Call(test="grade", entry=options.function, arguments=(sample_of(record), item_of(record)))
    requests = requests_of([call], nodes=False)
    with sandbox.lock:
        sandbox.start()
        sandbox.until = math.inf
        limits = TimeLimits(options.test_seconds, options.test_seconds)
        submission = Submission(options.source, Owned(sandbox), limits)
        try:
            value = _answer(submission, requests, options.function)
        except (FailedTestError, SubmissionRaisedError, GraderError):
            submission.finish_process()
            raise
        except BaseException:
            sandbox.close()  # what was under way must not answer to the next record
            raise
        submission.finish_process()
        return value


def _answer(submission: Submission, requests: Sequence[bytes], function: str) -> object:
    try:
        submission.load()
    except FailedTestError as failed:
        raise GraderError(f"the grader does not load: {failed.detail}") from None
    submission.start_test()
    try:
        return submission.plain_value(submission.answer(requests, 0))
    except FailedTestError as failed:
        if failed.kind is Kind.MISSING:
            raise GraderError(f"the grader has no function `{function}`") from None
        raise
