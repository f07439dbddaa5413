"""A stub of a judge model: a server on the loopback address that answers by recipe, for tests of suites and plugins.

It answers ``POST .../chat/completions`` as OpenAI-compatible servers do and ``POST /model/ID/converse`` as Amazon
Bedrock does, and keeps every request. :func:`rlvr.testing.stub_judge` starts one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, assert_never
from urllib.parse import unquote

import msgspec

from rlvr.record import JsonValue

Wire: TypeAlias = Literal["openai", "converse"]
Structure: TypeAlias = Literal["schema", "tool", "text"]
Ending: TypeAlias = Literal["finished", "truncated", "refused", "blocked", "overflow"]

# By ending: `finish_reason` of the OpenAI wire and `stopReason` of Converse.
_FINISH: dict[Ending, tuple[str, str]] = {
    "finished": ("stop", "end_turn"),
    "truncated": ("length", "max_tokens"),
    "refused": ("stop", "end_turn"),
    "blocked": ("content_filter", "guardrail_intervened"),
    "overflow": ("length", "model_context_window_exceeded"),
}
_ERROR_TYPES = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class StubRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that the stub received.

    Attributes:
        wire: The protocol.
        model: The model that was asked.
        system: The text of the system turn.
        user: The text of the last turn of the user.
        structure: How a structured reply is asked for: ``schema``, ``tool``, or ``text`` for not at all.
        schema: The JSON Schema of the reply; None if the request has none.
        body: The whole body.
        headers: The headers, by lower-case names.
        number: How many requests came before.
    """

    wire: Wire
    model: str
    system: str
    user: str
    structure: Structure
    schema: JsonValue
    body: dict[str, Any]
    headers: Mapping[str, str]
    number: int


class StubReply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply of the stub.

    Attributes:
        text: The text of the model; also the arguments of the tool, if one is forced and the text is a JSON object.
        ending: Why the model stopped.
        status: The HTTP status; any but 200 sends an error with ``text`` as its message.
        headers: Further headers, such as ``Retry-After``.
        body: Sent in place of all the above, as it is.
        wait: Called before the reply is sent, such as ``event.wait`` for a server that hangs.
    """

    text: str = ""
    ending: Ending = "finished"
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    wait: Callable[[], object] | None = None


Recipe: TypeAlias = Callable[[StubRequest], StubReply | JsonValue] | StubReply | JsonValue
"""A reply, or a function that returns one for a request; a value other than a ``StubReply`` is sent as JSON text."""


class StubJudge:
    """The server, as a context manager.

    Attributes:
        requests: The requests so far, in the order in which they came.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.requests: list[StubRequest] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.judge = self
        # A short poll, so that a test does not wait half a second for the end of the server.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """The address of the server, without a path: the endpoint of Amazon Bedrock."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        """The address under which an OpenAI-compatible server has ``/chat/completions``."""
        return f"{self.address}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> tuple[StubRequest, StubReply]:
        """Record a request and return it with the reply of the recipe."""
        with self._lock:
            request = _request_from(path, headers, body, len(self.requests))
            self.requests.append(request)
        made = self.recipe(request) if callable(self.recipe) else self.recipe
        return request, made if isinstance(made, StubReply) else StubReply(text=json.dumps(made))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a reply that hangs must not hang the test
    request_queue_size = 256
    judge: StubJudge


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        """Answer a request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request, reply = self.server.judge.answer(self.path, headers, body)
        if reply.wait is not None:
            reply.wait()
        content = _content_of(request, reply) if reply.body is None else reply.body
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if reply.status != 200:  # noqa: PLR2004  # success
                self.send_header("x-amzn-ErrorType", _ERROR_TYPES.get(reply.status, "ServiceException"))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):  # the client did not wait for the reply
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Write no log."""


def _request_from(path: str, headers: Mapping[str, str], body: dict[str, Any], number: int) -> StubRequest:
    if path.endswith("/converse"):
        return _converse_request(unquote(path.split("/")[-2]), headers, body, number)
    turns = {turn["role"]: turn["content"] for turn in body["messages"]}
    structure: Structure
    if "response_format" in body:
        structure, schema = "schema", body["response_format"]["json_schema"]["schema"]
    elif "tools" in body:
        structure, schema = "tool", body["tools"][0]["function"]["parameters"]
    else:
        structure, schema = "text", None
    return StubRequest(
        wire="openai",
        model=body["model"],
        system=turns.get("system", ""),
        user=turns.get("user", ""),
        structure=structure,
        schema=schema,
        body=body,
        headers=headers,
        number=number,
    )


def _converse_request(model: str, headers: Mapping[str, str], body: dict[str, Any], number: int) -> StubRequest:
    structure: Structure = "text"
    schema = None
    if "textFormat" in body.get("outputConfig", {}):
        structure = "schema"
        schema = json.loads(body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"])
    elif "toolConfig" in body:
        structure, schema = "tool", body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    return StubRequest(
        wire="converse",
        model=model,
        system="".join(part.get("text", "") for part in body.get("system", ())),
        user="".join(part.get("text", "") for part in body["messages"][-1]["content"]),
        structure=structure,
        schema=schema,
        body=body,
        headers=headers,
        number=number,
    )


def _content_of(request: StubRequest, reply: StubReply) -> bytes:
    match request.wire:
        case "openai":
            made = _openai_body(request, reply)
        case "converse":
            made = _converse_body(request, reply)
        case _:
            assert_never(request.wire)
    return json.dumps(made).encode()


def _openai_body(request: StubRequest, reply: StubReply) -> dict[str, Any]:
    if reply.status != 200:  # noqa: PLR2004  # success
        return {"error": {"message": reply.text, "type": "error", "code": reply.text.partition(":")[0]}}
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if _is_refusal(reply):
        message |= {"content": None, "refusal": reply.text}
    elif _arguments_of(request, reply) is not None:
        name = request.body["tools"][0]["function"]["name"]
        call = {"id": "1", "type": "function", "function": {"name": name, "arguments": reply.text}}
        message |= {"content": None, "tool_calls": [call]}
    finish = _FINISH[reply.ending][0]
    usage = {"prompt_tokens": len(request.user) // 4 + 1, "completion_tokens": len(reply.text) // 4 + 1}
    return {
        "id": "stub",
        "object": "chat.completion",
        "model": request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": usage | {"total_tokens": sum(usage.values())},
    }


def _is_refusal(reply: StubReply) -> bool:
    match reply.ending:
        case "refused":
            return True
        case "finished" | "truncated" | "blocked" | "overflow":
            return False
        case _:
            assert_never(reply.ending)


def _converse_body(request: StubRequest, reply: StubReply) -> dict[str, Any]:
    if reply.status != 200:  # noqa: PLR2004  # success
        return {"message": reply.text}
    finish = _FINISH[reply.ending][1]
    content: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
    arguments = _arguments_of(request, reply)
    if arguments is not None:
        name = request.body["toolConfig"]["tools"][0]["toolSpec"]["name"]
        content = [{"toolUse": {"toolUseId": "1", "name": name, "input": arguments}}]
        finish = "tool_use" if finish == "end_turn" else finish
    usage = {"inputTokens": len(request.user) // 4 + 1, "outputTokens": len(reply.text) // 4 + 1}
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": finish,
        "usage": usage | {"totalTokens": sum(usage.values()), "cacheReadInputTokens": 0},
        "metrics": {"latencyMs": 1},
    }


def _arguments_of(request: StubRequest, reply: StubReply) -> dict[str, Any] | None:
    """Return the text of a reply as arguments of the forced tool; None if no tool is forced, or it is no object."""
    match request.structure:
        case "schema" | "text":
            return None
        case "tool":
            pass
        case _:
            assert_never(request.structure)
    try:
        made = json.loads(reply.text)
    except ValueError:
        return None
    return made if isinstance(made, dict) else None
