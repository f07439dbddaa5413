"""The reasons why a judge gave no verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import Self, assert_never

from rlvr_judge.tokens import Tokens


class Cause(StrEnum):
    """The reason why a call of a model gave no verdict."""

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    REJECTED = "rejected"
    UNPARSEABLE = "unparseable"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    BLOCKED = "blocked"
    OVERFLOW = "overflow"
    BUDGET = "budget"

    @property
    def is_retried(self) -> bool:
        """True if the same request may get a verdict when it is sent again."""
        match self:
            case Cause.UNREACHABLE | Cause.THROTTLED | Cause.UNPARSEABLE | Cause.TRUNCATED | Cause.REFUSED:
                return True
            case Cause.REJECTED | Cause.BLOCKED | Cause.OVERFLOW | Cause.BUDGET:
                return False
            case _:
                assert_never(self)

    @property
    def is_of_completion(self) -> bool:
        """True if the completion brings it about, by its content or its length."""
        return self._is_of_completion is True

    @property
    def is_of_service(self) -> bool:
        """True if the service or the way to it brings it about."""
        return self._is_of_completion is False

    @property
    def _is_of_completion(self) -> bool | None:
        match self:
            case Cause.BLOCKED | Cause.OVERFLOW:
                return True
            case Cause.UNREACHABLE | Cause.THROTTLED | Cause.BUDGET:
                return False
            case Cause.REJECTED | Cause.UNPARSEABLE | Cause.TRUNCATED | Cause.REFUSED:
                return None  # either may
            case _:
                assert_never(self)


class NoVerdictError(Exception):
    """A call of a model gave no verdict.

    Attributes:
        cause: The reason.
        retry_after: Seconds that the server asks the client to wait; None if it does not say.
        is_of_completion: Whether the completion brought it about, by its content or its length.
        spent: The tokens of the reply that is no verdict, which are paid for; None if there is no reply.
    """

    spent: Tokens | None = None

    def __init__(
        self, cause: Cause, message: str, *, retry_after: float | None = None, is_of_completion: bool = False
    ) -> None:
        super().__init__(f"{cause}: {message[:300]}")
        self.cause = cause
        self.message = message
        self.retry_after = retry_after
        self.is_of_completion = is_of_completion or cause.is_of_completion

    def with_tokens(self, spent: Tokens) -> Self:
        """Return the error with the tokens of the reply that it is about."""
        self.spent = spent
        return self


def cause_of_status(status: int, message: str) -> Cause:
    """Return the cause of an HTTP status other than 200 and the message of the error.

    Sources:
        Amazon Bedrock answers 400 "Input is too long for requested model."; OpenAI and vLLM answer 400 with the code
        ``context_length_exceeded`` or "maximum context length"; Azure answers 400 with the code ``content_filter``.
    """
    text = message.casefold()
    if status in {400, 413, 422} and any(each in text for each in _OVERFLOWS):
        return Cause.OVERFLOW
    if status in {400, 403, 422} and any(each in text for each in _FILTERS):
        return Cause.BLOCKED
    if status == 429:  # noqa: PLR2004  # too many requests
        return Cause.THROTTLED
    if status >= 500 or status in {408, 409, 424, 425}:  # noqa: PLR2004  # the server's fault; model errors and timeouts
        return Cause.UNREACHABLE
    return Cause.REJECTED


_OVERFLOWS = (
    "context_length_exceeded",
    "maximum context length",
    "context window",
    "input is too long",
    "prompt is too long",
    "exceeds the available context size",
)
_FILTERS = ("content_filter", "content_policy_violation", "content management policy", "blocked by content filtering")
