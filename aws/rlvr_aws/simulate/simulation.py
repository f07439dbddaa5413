"""A platform's calls to a function, made, judged and summed up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from rlvr_aws.simulate.answer_checks import AnswerCheck, Reason, Rejection, failed, judged
from rlvr_aws.simulate.container import DeployedFunction, Ending
from rlvr_aws.simulate.fleet import CallOutcome, answers
from rlvr_aws.simulate.platform_profiles import PlatformProfile, calls_of
from rlvr_aws.simulate.tally import Tally
from rlvr_handler.settings import Envelope

# So many events of each envelope are sent a second time, to a fresh container, as a platform retries them.
REPEATED_EVENTS = 20


def simulated(
    habit: PlatformProfile,
    function: DeployedFunction,
    records: Path,
    *,
    limit: int | None = None,
    watched: Callable[[Iterator[CallOutcome]], Iterator[CallOutcome]] = lambda made: made,
) -> Tally:
    """Call a function as a platform does, in each of the habit's envelopes, and the first events again.

    Args:
        habit: How the platform calls, with the envelopes to answer in.
        function: The deployed function.
        records: The file of records.
        limit: How many records of the file to use; all by default.
        watched: Passes the answers on while somebody looks.

    Raises:
        RecordsError: The file cannot be read, or a row holds what no platform can send.
    """
    tally = Tally()
    for envelope in habit.envelopes:
        deployed = msgspec.structs.replace(function, environment={**function.environment, "RLVR_ENVELOPE": envelope})
        first: list[CallOutcome] = []
        with closing(answers(calls_of(habit, records, limit), deployed, habit.at_once)) as made:
            for answer in watched(made):
                verdict = judged_answer(answer, envelope)
                tally.add(answer, verdict, f"{answer.call.shape}, {envelope}: " if answer.call.shape else "")
                if len(first) < REPEATED_EVENTS and not verdict.rejections:
                    first.append(answer)
        _repeat(first, deployed, tally)
    return tally


def calls_at_once(platforms: int, wanted: int | None) -> int:
    """Return how many calls to make at once: what is wanted, else what the platform makes, up to the cores."""
    return wanted or min(platforms, os.cpu_count() or 1)


def judged_answer(answer: CallOutcome, envelope: Envelope) -> AnswerCheck:
    """Judge what became of a call, an answer or none."""
    if not answer.attempts:
        size = f"the event has {len(answer.call.event):,} bytes, above Lambda's 6 MB; send fewer rows in a call"
        return AnswerCheck(rejections=(Rejection(Reason.REQUEST_TOO_LARGE, size),), verifier_accepts=False)
    last = answer.attempts[-1]
    if last.ending is not Ending.ANSWERED:
        return failed(last.ending, last.detail)
    return judged(last.body, answer.call.ids, envelope)


def _repeat(first: list[CallOutcome], function: DeployedFunction, tally: Tally) -> None:
    """Send events again, in order, to one fresh container; the answers must be the same bytes."""
    with closing(answers([answer.call for answer in first], function, min(1, len(first)))) as again:
        for before, answer in zip(first, again, strict=True):
            last = answer.attempts[-1]
            same = last.ending is Ending.ANSWERED and last.body == before.attempts[-1].body
            detail = "the same event, sent again to another container, got another answer"
            tally.repeat(None if same else Rejection(Reason.DIFFERS_ON_RETRY, detail))
