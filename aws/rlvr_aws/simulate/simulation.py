"""Simulation of a platform: make its calls to a function, check the answers, and add up the results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from rlvr_aws.simulate.answer_checks import AnswerCheck, Reason, Rejection, check_answer, check_failure
from rlvr_aws.simulate.container import DeployedFunction, Ending
from rlvr_aws.simulate.fleet import CallOutcome, make_calls
from rlvr_aws.simulate.platform_profiles import PlatformProfile, calls_of
from rlvr_aws.simulate.tally import Tally
from rlvr_handler.settings import Envelope

# This many events of each envelope are sent a second time, to a new container, as a platform does when it retries.
REPEATED_EVENTS = 20


def simulate_platform(
    profile: PlatformProfile,
    function: DeployedFunction,
    records: Path,
    *,
    limit: int | None = None,
    watched: Callable[[Iterator[CallOutcome]], Iterator[CallOutcome]] = lambda outcomes: outcomes,
) -> Tally:
    """Call a function as a platform does, in each envelope of the profile, and send the first events again.

    Args:
        profile: How the platform calls, with the envelopes to test.
        function: The deployed function.
        records: The file of records.
        limit: How many records of the file to use; all by default.
        watched: Wraps the iterator of outcomes, to show the progress.

    Raises:
        RecordsError: The file cannot be read, or a row contains a value that no platform can send.
    """
    tally = Tally()
    for envelope in profile.envelopes:
        deployed = msgspec.structs.replace(function, environment={**function.environment, "RLVR_ENVELOPE": envelope})
        first: list[CallOutcome] = []
        with closing(make_calls(calls_of(profile, records, limit), deployed, profile.at_once)) as outcomes:
            for outcome in watched(outcomes):
                check = check_outcome(outcome, envelope)
                tally.add(outcome, check, f"{outcome.call.shape}, {envelope}: " if outcome.call.shape else "")
                if len(first) < REPEATED_EVENTS and not check.rejections:
                    first.append(outcome)
        _send_again(first, deployed, tally)
    return tally


def calls_at_once(of_platform: int, chosen: int | None) -> int:
    """Return how many calls to make at once: the chosen number, or the platform's up to the number of cores."""
    return chosen or min(of_platform, os.cpu_count() or 1)


def check_outcome(outcome: CallOutcome, envelope: Envelope) -> AnswerCheck:
    """Check the outcome of a call, whether it got an answer or not."""
    if not outcome.attempts:
        size = f"the event has {len(outcome.call.event):,} bytes, above Lambda's 6 MB; send fewer rows in a call"
        return AnswerCheck(rejections=(Rejection(Reason.REQUEST_TOO_LARGE, size),), verifier_accepts=False)
    last = outcome.attempts[-1]
    if last.ending is not Ending.ANSWERED:
        return check_failure(last.ending, last.detail)
    return check_answer(last.body, outcome.call.ids, envelope)


def _send_again(first: list[CallOutcome], function: DeployedFunction, tally: Tally) -> None:
    """Send events again, in order, to one new container; the answers must have the same bytes."""
    with closing(make_calls([each.call for each in first], function, min(1, len(first)))) as again:
        for before, outcome in zip(first, again, strict=True):
            last = outcome.attempts[-1]
            same = last.ending is Ending.ANSWERED and last.body == before.attempts[-1].body
            detail = "the same event, sent again to another container, got another answer"
            tally.add_repetition(None if same else Rejection(Reason.DIFFERS_ON_RETRY, detail))
