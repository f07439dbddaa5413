"""Puts a submission to calls and exchanges, and names what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rlvr_code.problems.problem import Call, Exchange
from rlvr_code.trusted.comparing import equal, printed_equal, shown
from rlvr_code.trusted.submission import FailedTestError, Submission, SubmissionRaisedError
from rlvr_code.wire.choices import CallAnswer
from rlvr_code.wire.frames import framed
from rlvr_code.wire.marshalled import write_arguments
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import encode


def requests_of(calls: Sequence[Call], *, nodes: bool) -> tuple[bytes, ...]:
    """Return the framed requests of calls, which all submissions to a problem share.

    Raises:
        UnserialisableError: The arguments of a call cannot be sent.
    """
    return tuple(_request_of(number, call, nodes=nodes) for number, call in enumerate(calls))


def _request_of(number: int, call: Call, *, nodes: bool) -> bytes:
    tokens = encode((call.arguments, dict(call.keywords)))
    part, marshalled = _part_of(call, nodes=nodes), write_arguments(tokens)
    if marshalled is None:
        return framed(["call", number, call.entry, part, *tokens])
    return framed(["plain", number, call.entry, part, marshalled])


def _part_of(call: Call, *, nodes: bool) -> CallAnswer:
    if nodes or call.changed is not None:
        return CallAnswer.WHOLE
    return CallAnswer.TRUTH if call.truth else CallAnswer.VALUE


def judge_calls(
    submission: Submission, calls: Sequence[Call], requests: Sequence[bytes], *, nodes: bool
) -> Iterator[Outcome]:
    """Put a submission to calls, in one process for as long as it lives."""
    for number, call in enumerate(calls):
        submission.start_test()
        try:
            yield _judge_call(submission, call, requests, number, nodes=nodes)
        except FailedTestError as failed:
            yield Outcome(test=call.test, kind=failed.kind, detail=failed.detail)


def _judge_call(submission: Submission, call: Call, requests: Sequence[bytes], number: int, *, nodes: bool) -> Outcome:
    try:
        got = submission.plain_value(submission.answer(requests, number))
    except SubmissionRaisedError as raised:
        return _judge_exception(call, raised)
    if call.raises:
        return Outcome(test=call.test, kind=Kind.WRONG, detail=f"nothing was raised; expected {call.raises}")
    try:
        with submission.charged():
            passed, got = _is_right(call, got, whole=_part_of(call, nodes=nodes) is CallAnswer.WHOLE)
    except Exception as error:  # noqa: BLE001  # values that do not compare, such as signalling not-a-numbers
        return Outcome(test=call.test, kind=Kind.UNSERIALISABLE, detail=f"{type(error).__name__}: {error}")
    if passed:
        return Outcome(test=call.test, kind=Kind.PASSED)
    return Outcome(
        test=call.test,
        kind=Kind.WRONG,
        got=shown(got),
        expected="a true value" if call.truth and call.expected else shown(call.expected),
    )


def _is_right(call: Call, got: Any, *, whole: bool) -> tuple[bool, Any]:
    if whole:
        result, arguments = got  # what a forged answer is instead raises, and fails the test
        got = result if call.changed is None else arguments[call.changed]
    if call.truth:
        return bool(got) is bool(call.expected), got
    return equal(call.expected, got, call.comparison), got


def _judge_exception(call: Call, raised: SubmissionRaisedError) -> Outcome:
    if call.raises and call.raises in {raised.name, raised.builtin}:
        return Outcome(test=call.test, kind=Kind.PASSED)
    return Outcome(test=call.test, kind=raised.kind, detail=str(raised), expected=call.raises or shown(call.expected))


def judge_exchanges(
    submission: Submission,
    exchanges: tuple[Exchange, ...],
    checked: Callable[[Exchange, str], bool] | None = None,
) -> Iterator[Outcome]:
    """Run a submission as a program once for each exchange, each time in a process of its own."""
    for exchange in exchanges:
        submission.start_test()
        try:
            printed = submission.run(exchange.stdin.encode("utf-8", "surrogatepass"))
        except FailedTestError as failed:
            yield Outcome(test=exchange.test, kind=failed.kind, detail=failed.detail)
            continue
        finally:
            submission.finish_process()
        got = printed.decode("utf-8", "replace")
        right = checked(exchange, got) if checked else printed_equal(exchange.stdout, got, exchange.comparison)
        if right:
            yield Outcome(test=exchange.test, kind=Kind.PASSED)
        else:
            yield Outcome(test=exchange.test, kind=Kind.WRONG, got=shown(got), expected=shown(exchange.stdout))
