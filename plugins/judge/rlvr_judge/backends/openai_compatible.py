"""Calls of an OpenAI-compatible server: vLLM, llama.cpp, a LiteLLM proxy and others, by urllib3."""

from __future__ import annotations

import json
import os
from time import monotonic
from typing import Any, assert_never

import msgspec

from rlvr_judge.backends.call import TOOL_DESCRIPTION, TOOL_NAME, Call, Reply, Rung, count
from rlvr_judge.options import Endpoint, JudgeOptions
from rlvr_judge.tokens import Tokens
from rlvr_judge.troubles import Cause, NoVerdictError, cause_of_status

CONNECT_SECONDS = 5.0
# A reply of 65,536 tokens is smaller; a server that sends more is broken.
BODY_LIMIT_BYTES = 4_000_000
_CHUNK_BYTES = 65_536


class OpenAICompatible:
    """The backend of one address."""

    def __init__(self, options: JudgeOptions, endpoint: Endpoint) -> None:
        import urllib3  # 40 ms that only a process which asks a model needs

        self._url = endpoint.base_url.rstrip("/") + "/chat/completions"
        self._pool = urllib3.PoolManager(maxsize=options.concurrency, retries=False)
        self._headers = {"Content-Type": "application/json"}
        if endpoint.api_key_variable:
            key = os.environ.get(endpoint.api_key_variable, "")
            if not key:
                raise NoVerdictError(Cause.REJECTED, f"the environment has no variable {endpoint.api_key_variable}")
            self._headers["Authorization"] = f"Bearer {key}"

    def send(self, call: Call, seconds: float) -> Reply:
        """See :class:`Backend`."""
        status, body, retry_after = self._post(json.dumps(body_of(call)).encode(), seconds)
        if status != 200:  # noqa: PLR2004  # success
            message = body.decode("utf-8", "replace")[:2_000]
            raise NoVerdictError(cause_of_status(status, message), f"HTTP {status}: {message}", retry_after=retry_after)
        try:
            return reply_from(json.loads(body))
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
            raise NoVerdictError(Cause.UNPARSEABLE, f"no chat completion: {type(error).__name__}: {error}") from None

    def _post(self, content: bytes, seconds: float) -> tuple[int, bytes, float | None]:
        import urllib3

        until = monotonic() + seconds
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=content,
                headers=self._headers,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
                redirect=False,
                preload_content=False,
            )
            try:
                body = _body_of(response, until)
            finally:
                response.drain_conn() if response.closed else response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NoVerdictError(Cause.UNREACHABLE, f"{type(error).__name__}: {error}") from None
        return response.status, body, _seconds_in(response.headers.get("Retry-After"))


def _body_of(response: Any, until: float) -> bytes:
    """Read the body of a response; the time limit of urllib3 is for each read, so that a slow server never ends."""
    body = b""
    for chunk in response.stream(_CHUNK_BYTES):
        body += chunk
        if len(body) > BODY_LIMIT_BYTES or monotonic() > until:
            response.close()
            raise NoVerdictError(Cause.UNREACHABLE, f"the reply did not end within its limits ({len(body)} bytes)")
    return body


def _seconds_in(header: str | None) -> float | None:
    return float(header) if header is not None and header.isascii() and header.isdigit() else None


def body_of(call: Call) -> dict[str, Any]:
    """Return the body of the request."""
    limit = "max_completion_tokens" if call.renames_limit else "max_tokens"
    body: dict[str, Any] = {
        **call.fields,
        "model": call.model,
        "messages": [{"role": "system", "content": call.system}, {"role": "user", "content": call.user}],
        limit: call.max_tokens,
    }
    if call.temperature is not None:
        body["temperature"] = call.temperature
    if call.effort is not None:
        body["reasoning_effort"] = call.effort
    match call.rung:
        case Rung.SCHEMA:
            schema = {"name": TOOL_NAME, "strict": True, "schema": call.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        case Rung.TOOL:
            function = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": call.schema}
            body["tools"] = [{"type": "function", "function": function}]
            body["tool_choice"] = {"type": "function", "function": {"name": TOOL_NAME}}
        case Rung.TEXT:
            pass
        case _:
            assert_never(call.rung)
    return body


def reply_from(body: dict[str, Any]) -> Reply:
    """Read a chat completion.

    Raises:
        NoVerdictError: The model did not finish, was blocked, or refused.
        LookupError, TypeError, AttributeError: The body is no chat completion.
    """
    (choice,) = body["choices"]
    message = choice["message"]
    usage = body.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    used = Tokens(
        tokens_in=count(usage.get("prompt_tokens")),
        tokens_out=count(usage.get("completion_tokens")),
        tokens_cached=count(details.get("cached_tokens")),
    )
    try:
        return Reply(**msgspec.structs.asdict(used), text=_text_of(choice, message))
    except NoVerdictError as error:
        raise error.with_tokens(used) from None


def _text_of(choice: dict[str, Any], message: dict[str, Any]) -> str:
    match choice.get("finish_reason"):
        case "stop" | "tool_calls" | "function_call":
            pass
        case "length":
            raise NoVerdictError(Cause.TRUNCATED, "the reply was cut at max_tokens")
        case "content_filter":
            raise NoVerdictError(Cause.BLOCKED, "a content filter blocked the request or the reply")
        case other:
            raise NoVerdictError(Cause.UNPARSEABLE, f"the reply ended by {other!r}")
    if message.get("refusal"):
        raise NoVerdictError(Cause.REFUSED, f"the model refused: {str(message['refusal'])[:200]}")
    calls = message.get("tool_calls") or []
    if not calls:
        return str(message.get("content") or "")
    if len(calls) != 1 or calls[0]["function"]["name"] != TOOL_NAME:
        raise NoVerdictError(Cause.UNPARSEABLE, f"the model made {len(calls)} calls; expected one of {TOOL_NAME!r}")
    return str(calls[0]["function"]["arguments"])
