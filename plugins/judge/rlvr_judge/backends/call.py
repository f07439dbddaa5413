"""A call of a model and its reply, whatever the wire is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from rlvr_judge.tokens import Tokens


class Rung(StrEnum):
    """The ways to ask for a structured reply, the most reliable first."""

    SCHEMA = "schema"
    TOOL = "tool"
    TEXT = "text"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    Attributes:
        model: The model.
        system: The instructions, the same for all records of a suite.
        user: The material of the record.
        schema: The JSON Schema of the reply: objects of required properties, each a text, a choice or an integer.
        rung: How the structure is asked for.
        max_tokens: Most tokens of the reply.
        temperature: None to leave it out.
        effort: How much a reasoning model thinks; None to leave it out.
        fields: Further fields of the request, which replace none of the others.
        renames_limit: True for servers that want ``max_completion_tokens``.
        sample: The number of the sample of the model; not sent, but equal calls of several samples are not the same.
    """

    model: str
    system: str
    user: str
    schema: dict[str, Any]
    rung: Rung = Rung.SCHEMA
    max_tokens: int
    temperature: float | None
    effort: str | None = None
    fields: Mapping[str, Any] = {}
    renames_limit: bool = False
    sample: int = 0


class Reply(Tokens, frozen=True, kw_only=True):
    """The reply to a call: the text of the model, or the arguments of the forced tool, and the tokens used."""

    text: str


class Backend(Protocol):
    """Sends calls to a server; used by many threads at the same time."""

    def send(self, call: Call, seconds: float) -> Reply:
        """Send a call and wait for the reply, about as long as given.

        Raises:
            NoVerdictError: There is no reply that could be a verdict.
        """


TOOL_NAME = "verdict"
TOOL_DESCRIPTION = "Return the verdict."


def count(value: object) -> int:
    """Return a count of tokens; 0 if the server sent something else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
