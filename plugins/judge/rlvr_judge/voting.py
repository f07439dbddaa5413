"""The votes about one record: each model gives its verdicts, larger ones where these are unsure, with retries."""

from __future__ import annotations

import math
import random
from collections.abc import Coroutine, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import msgspec

from rlvr_judge.backends.call import Call
from rlvr_judge.backends.connection import Connection
from rlvr_judge.options import JudgeOptions
from rlvr_judge.panel import Ballot, Outcome, is_unsure, outcomes_of
from rlvr_judge.prompts.layout import IN_USER_TURN, Material, seed_of, system_text, user_text
from rlvr_judge.questions import GUARD, Inquiry, Question, Vote
from rlvr_judge.replies import object_in
from rlvr_judge.tokens import Tokens
from rlvr_judge.troubles import Cause, NoVerdictError

# The first wait before a retry, and the longest.
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 8.0
# How far `max_tokens` is raised for a reply that was cut, and at the most.
TOKENS_FACTOR = 2
MOST_TOKENS_FACTOR = 8
# Unusable replies about a completion before the completion is suspected, and how often the suspicion is confirmed: of
# replies that are unusable by chance in one case of ten, one record in a million is blamed wrongly.
SUSPICIOUS_REPLIES = 2
CONFIRMATIONS = 2

ResultT = TypeVar("ResultT")


class Seat(NamedTuple):
    """A seat of a panel: a sample of a model.

    Attributes:
        connection: The connection to the model.
        number: The number of the sample.
        samples: How many samples the model has.
    """

    connection: Connection
    number: int
    samples: int


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The end of some attempts to get a verdict.

    Attributes:
        vote: The verdicts; None if there are none.
        problem: The last problem.
        unusable: How many replies were unusable, which the completion may have brought about.
        call: The call as it was sent last.
    """

    vote: Vote | None
    problem: NoVerdictError
    unusable: int
    call: Call


class Usage:
    """The tokens, money, requests and time that one record took, with those of unusable replies."""

    def __init__(self) -> None:
        self.replies: list[Tokens] = []
        self.requests = 0
        self._start = monotonic()

    def note_request(self) -> None:
        """Count a request."""
        self.requests += 1

    def metrics(self) -> dict[str, float]:
        """Return them as metrics."""
        return {
            "judge_tokens_in": float(sum(reply.tokens_in for reply in self.replies)),
            "judge_tokens_out": float(sum(reply.tokens_out for reply in self.replies)),
            "judge_tokens_cached": float(sum(reply.tokens_cached for reply in self.replies)),
            "judge_usd": math.fsum(reply.usd for reply in self.replies),
            "judge_requests": float(self.requests),
            "judge_ms": (monotonic() - self._start) * 1_000.0 if self.requests else 0.0,
        }


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of a panel, by the name of the item; ``escalated`` are those that larger judges decided."""

    outcomes: Mapping[str, Outcome]
    escalated: frozenset[str] = frozenset()

    @property
    def agreement(self) -> float:
        """The mean agreement over all items."""
        return sum(each.agreement for each in self.outcomes.values()) / len(self.outcomes)

    def metrics(self) -> dict[str, float]:
        """Return what the votes show, as metrics."""
        return {
            "agreement": self.agreement,
            "escalated": float(bool(self.escalated)),
            "guard": self.outcomes[GUARD].worth if GUARD in self.outcomes else 0.0,
        }


class Voting:
    """The votes about one record.

    Attributes:
        usage: What they took so far.
    """

    def __init__(
        self,
        options: JudgeOptions,
        panel: Sequence[Connection],
        larger: Sequence[Connection],
        material: Material,
        inquiry: Inquiry,
    ) -> None:
        self.usage = Usage()
        self._options = options
        self._panel = panel
        self._larger = larger
        self._material = material
        self._inquiry = inquiry
        self._until = monotonic() + options.deadline_seconds

    async def findings(self) -> Findings:
        """Return the outcomes: of the panel, or of the larger judges for what the panel is unsure of.

        Raises:
            NoVerdictError: Too few judges gave a verdict.
        """
        options, items, questions = self._options, self._inquiry.items, self._inquiry.questions
        if options.escalate is None:
            ballots = await self._ballots(self._panel, questions, options.samples, options.quorum)
            return Findings(outcomes=outcomes_of(items, ballots, options.combine))
        outcomes: dict[str, Outcome] = {}
        try:
            asked = [each.with_unsure() for each in questions]
            ballots = await self._ballots(self._panel, asked, options.samples, options.quorum)
            outcomes = outcomes_of(items, ballots, options.combine)
        except NoVerdictError as error:
            # A service that is away is no doubt: else all records would go to the dearer models while it is.
            if error.is_of_completion or error.cause.is_of_service:
                raise
        unsure = {
            item.name
            for item in items
            if item.name not in outcomes or is_unsure(outcomes[item.name], options.escalate.agreement)
        }
        if not unsure:
            return Findings(outcomes=outcomes)
        again = self._inquiry.questions_about(unsure)
        ballots = await self._ballots(self._larger, again, options.escalate.samples, None)
        decided = [item for item in items if item.name in ballots[0].vote]
        larger = outcomes_of(decided, ballots, options.combine)
        return Findings(outcomes={**outcomes, **larger}, escalated=frozenset(larger))

    def first_calls(self) -> list[tuple[Connection, Call]]:
        """Return the requests that the panel is sent; those to larger judges depend on its votes."""
        questions = self._inquiry.questions
        if self._options.escalate is not None:
            questions = tuple(each.with_unsure() for each in questions)
        return [
            (seat.connection, call_of(each.in_order(turn), self._material, self._options, seat))
            for turn, seat in self._seats(self._panel, self._options.samples)
            for each in questions
        ]

    def _seats(self, connections: Sequence[Connection], samples: int) -> list[tuple[int, Seat]]:
        """Return the seats of a panel, each with the number of its vote, which says in which order it is asked."""
        seats = [Seat(connection, number, samples) for connection in connections for number in range(samples)]
        return list(enumerate(seats, 0 if len(seats) == 1 else seed_of(self._material)))

    async def _ballots(
        self, connections: Sequence[Connection], questions: Sequence[Question], samples: int, quorum: int | None
    ) -> list[Ballot]:
        """Ask every model for its votes at the same time."""
        seats = self._seats(connections, samples)
        results = await _gather(*(self._ballot(seat, questions, turn) for turn, seat in seats))
        ballots = [each for each in results if isinstance(each, Ballot)]
        worst = _worst_of(results)
        if worst is not None and (worst.is_of_completion or len(ballots) < (quorum or len(seats))):
            raise worst
        return ballots

    async def _ballot(self, seat: Seat, questions: Sequence[Question], turn: int) -> Ballot:
        results = await _gather(*(self._vote(seat, each.in_order(turn)) for each in questions))
        worst = _worst_of(results)
        if worst is not None:
            raise worst
        votes = [each for each in results if not isinstance(each, NoVerdictError)]
        endpoint = seat.connection.endpoint
        return Ballot(model=endpoint.model, weight=endpoint.weight, vote=self._inquiry.merge(votes))

    async def _vote(self, seat: Seat, question: Question) -> Vote:
        """Ask one question until there is a verdict, or no attempt or no time is left."""
        call = call_of(question, self._material, self._options, seat)
        tried = await self._attempt(seat, question, call, most_unusable=self._options.attempts)
        has_larger = self._options.escalate is not None and seat.connection in self._panel
        is_suspicious = tried.unusable >= min(SUSPICIOUS_REPLIES, self._options.attempts)
        if tried.vote is None and is_suspicious and not has_larger:
            tried = await self._attempt_with_control(seat, question, tried)
        if tried.vote is None:
            raise tried.problem
        return tried.vote

    async def _attempt(self, seat: Seat, question: Question, call: Call, *, most_unusable: int) -> Tried:
        """Send a call until there is a verdict, there are so many unusable replies, or no attempt or time is left."""
        import asyncio  # its import takes as long as that of all judges

        problem = NoVerdictError(Cause.UNREACHABLE, "there was no time for a request")
        unusable = 0
        for attempt in range(self._options.attempts):
            try:
                return Tried(vote=await self._ask(seat, call, question), problem=problem, unusable=unusable, call=call)
            except NoVerdictError as error:
                problem = error
            if problem.cause is Cause.REJECTED:  # in every form, so more attempts would prove nothing
                unusable = SUSPICIOUS_REPLIES
            elif not (problem.cause.is_of_service or problem.cause.is_of_completion):
                unusable += 1
            if not problem.cause.is_retried or unusable >= most_unusable or attempt + 1 == self._options.attempts:
                break
            if problem.cause is Cause.TRUNCATED:
                most = self._options.max_tokens * MOST_TOKENS_FACTOR
                call = msgspec.structs.replace(call, max_tokens=min(most, call.max_tokens * TOKENS_FACTOR))
                continue
            wait = wait_before(attempt, problem.retry_after)
            if wait >= self._left():
                break
            await asyncio.sleep(wait)
        return Tried(vote=None, problem=problem, unusable=unusable, call=call)

    async def _attempt_with_control(self, seat: Seat, question: Question, tried: Tried) -> Tried:
        """Find out whether the completion is the reason why no reply is usable.

        It is if the model judges a neutral sentence in its place, and still not the completion, several times in turn.
        Else there is a verdict after all, or the problem is not proven to be of the completion.
        """
        control = call_of(question, self._material.without_answer, self._options, seat)
        control = msgspec.structs.replace(control, max_tokens=tried.call.max_tokens)
        for _ in range(CONFIRMATIONS):
            of_control = await self._attempt(seat, question, control, most_unusable=self._options.attempts)
            if of_control.vote is None:
                return tried
            again = await self._attempt(seat, question, tried.call, most_unusable=1)
            if again.vote is not None or not again.unusable:
                return again
        message = f"{tried.problem.message}; the model judges another answer in its place"
        problem = NoVerdictError(tried.problem.cause, message, is_of_completion=True)
        return msgspec.structs.replace(tried, problem=problem)

    async def _ask(self, seat: Seat, call: Call, question: Question) -> Vote:
        """Send one call and read its reply; at the deadline of the record, a request that still runs is left alone."""
        import asyncio

        left = self._left()
        if left <= 0:
            raise NoVerdictError(Cause.UNREACHABLE, "there was no time for a request")
        seconds = min(left, self._options.attempt_seconds)
        try:
            async with asyncio.timeout(left):
                reply = await seat.connection.send(call, seconds, self.usage.note_request)
        except TimeoutError:
            limit = self._options.deadline_seconds
            raise NoVerdictError(Cause.UNREACHABLE, f"no reply within `deadline_seconds`, {limit:g}") from None
        except NoVerdictError as error:
            if error.spent is not None:
                self.usage.replies.append(error.spent)
            raise
        self.usage.replies.append(reply)
        return question.read(object_in(reply.text))

    def _left(self) -> float:
        return self._until - monotonic()


def call_of(question: Question, material: Material, options: JudgeOptions, seat: Seat) -> Call:
    """Return the request of a question about a record, before it takes the form that the model accepts."""
    shown = msgspec.structs.replace(material, swaps=question.swaps)
    text = IN_USER_TURN if question.is_of_record else question.text
    examples = [(each, reply) for each in options.examples if (reply := question.reply_about(each))]
    return Call(
        model=seat.connection.endpoint.model,
        system=system_text(text, options.guidelines, examples),
        user=user_text(shown, question.text if question.is_of_record else ""),
        schema=question.schema,
        max_tokens=options.max_tokens,
        temperature=options.temperature_of(seat.samples),
        effort=options.effort,
        fields=options.request_fields,
        sample=seat.number,
    )


def wait_before(attempt: int, retry_after: float | None) -> float:
    """Return how long to wait before the next attempt: random up to a limit that doubles, or as the server asks.

    Source: "full jitter" of https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter.
    """
    limit = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)
    wait = random.uniform(limit / 4, limit)  # noqa: S311  # spreads clients, guards nothing
    return wait if retry_after is None else max(wait, min(retry_after, 60.0))


async def _gather(*coroutines: Coroutine[Any, Any, ResultT]) -> list[ResultT | NoVerdictError]:
    """Await all, and return each result or its NoVerdictError; any other exception is raised."""
    import asyncio

    results: list[ResultT | NoVerdictError] = []
    for each in await asyncio.gather(*coroutines, return_exceptions=True):
        if isinstance(each, BaseException) and not isinstance(each, NoVerdictError):
            raise each
        results.append(each)
    return results


def _worst_of(results: Sequence[object]) -> NoVerdictError | None:
    """Return the error that decides: one of the completion, which must not hide behind another, else the first."""
    errors = [each for each in results if isinstance(each, NoVerdictError)]
    return next((each for each in errors if each.is_of_completion), errors[0] if errors else None)
