"""Bodies of requests and replies: read within limits, decoded from JSON, encoded as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from rlvr_handler.response import plain

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

JSON_TYPE, LINES_TYPE = "application/json", "application/x-ndjson"

# Of a body that is too large so much more is read and dropped: a client that still writes would lose the reply.
_DROPPED_TIMES = 8


class RefusedError(Exception):
    """A request that gets an error as its reply.

    Attributes:
        status: The HTTP status.
        error: What is wrong.
        next_step: What the caller can do.
    """

    def __init__(self, status: int, error: str, next_step: str) -> None:
        self.status, self.error, self.next_step = status, error, next_step
        super().__init__(f"{status}: {error}; {next_step}")

    @property
    def body(self) -> bytes:
        """The body of the reply."""
        return encode({"error": self.error, "next": self.next_step})


def busy(error: str) -> RefusedError:
    """Return the refusal of a request that may come again in a moment."""
    return RefusedError(503, error, "send this request again in a second")


class ClientGoneError(Exception):
    """The client closed the connection, and nobody waits for the reply."""


async def read_body(receive: Receive, declared: int | None, limit_bytes: int) -> bytes:
    """Return the body of a request.

    Args:
        receive: The messages of the request.
        declared: Its length, if the client told it.
        limit_bytes: The largest body that is accepted.

    Raises:
        RefusedError: The body is too large.
        ClientGoneError: The connection was closed before the body was complete.
    """
    parts: list[bytes] = []
    size, is_complete = 0, False
    is_refused = declared is not None and declared > limit_bytes
    while not is_complete and size <= limit_bytes * _DROPPED_TIMES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        is_refused = is_refused or size > limit_bytes
        if is_refused:
            parts.clear()
        else:
            parts.append(part)
        is_complete = not message.get("more_body", False)
    if is_refused:
        limit = f"{limit_bytes / 1e6:g} MB"
        raise RefusedError(
            413, f"the body is larger than {limit}", "send fewer rows in each request, or raise --body-limit-mb"
        )
    return b"".join(parts)


def decode(body: bytes) -> Any:
    """Return the JSON value of a body.

    Python's own reader takes what the fast one refuses and Python's clients send: NaN, and escapes of lone surrogates.

    Raises:
        RefusedError: The body is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RefusedError(400, f"the body is not JSON: {reason}", "send a JSON body in UTF-8") from None


def encode(value: object) -> bytes:
    """Return a value as JSON; what JSON in UTF-8 cannot hold, such as a lone surrogate, is replaced."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError, TypeError, RecursionError, msgspec.MsgspecError):
        return json.dumps(plain(value), allow_nan=False).encode()
