"""Errors of calls to AWS and of what is deployed there."""

from __future__ import annotations

from rlvr import RlvrError


class AwsError(RlvrError):
    """A call to AWS failed, or cannot be made.

    Attributes:
        call: The permission that the call needs, such as ``lambda:CreateFunction``; "" if no call was made.
        code: AWS's code of the error, such as ``AccessDeniedException``; "" if AWS did not answer.
        problem: AWS's message, without credentials.
        hint: The next step.
    """

    def __init__(self, call: str, problem: str, hint: str, *, code: str = "") -> None:
        super().__init__(call, problem, hint)
        self.call = call
        self.code = code
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.call}: " if self.call else ""
        return f"{where}{self.problem} ({self.hint})"


class DeploymentError(RlvrError):
    """Something cannot be built, checked or deployed; the message names it, the broken rule and the next step."""

    def __init__(self, what: str, problem: str, hint: str) -> None:
        super().__init__(what, problem, hint)
        self.what = what
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}: {self.problem} ({self.hint})"
