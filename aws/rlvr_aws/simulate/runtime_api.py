"""Lambda's Runtime API on loopback, as far as the runtime client of one container uses it.

Source:
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

# Lambda's limit on the event and on the answer of a synchronous call.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT_BYTES = 6_291_556

FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:SageMaker-rlvr"

_CHUNK_BYTES = 65_536


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A request that the runtime client posted.

    Attributes:
        kind: The last part of the path: ``response`` or ``error``; ``init`` for a failed initialisation.
        body: The bytes of the body; empty if there were too many.
        too_large: Whether the body exceeded Lambda's limit.
    """

    kind: str
    body: bytes
    too_large: bool = False


class RuntimeApi:
    """The server of one container: it gives the runtime an event when asked, and receives what the runtime posts."""

    def __init__(self) -> None:
        self.polled = threading.Event()
        self.posted: queue.Queue[Posted] = queue.Queue()
        self._events: queue.Queue[tuple[bytes, float] | None] = queue.Queue()
        self._requests = 0
        self._awaited = False
        self._taking = threading.Lock()
        self.connections: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port, as ``AWS_LAMBDA_RUNTIME_API`` names them."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: bytes, seconds: float) -> None:
        """Send an event to the runtime, which has asked for one, with the time that it may take."""
        self.polled.clear()
        self._requests += 1
        self._awaited = True
        self._events.put((event, time.time() + seconds))

    def receive(self, posted: Posted, path: str) -> int:
        """Accept a post to a path, and return the HTTP status of the reply.

        A second answer to a call, or an answer to another call, is refused, as by the platform.
        """
        if posted.kind != "init":
            with self._taking:
                if not self._awaited or f"/{self.request_id}/" not in path:
                    return 403
                self._awaited = False
        self.posted.put(posted)
        return 413 if posted.too_large else 202

    def close(self) -> None:
        """End the server, its threads and connections."""
        self._events.put(None)
        self._server.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    @property
    def request_id(self) -> str:
        """The id of the current call."""
        return f"request-{self._requests}"

    def next_event(self) -> tuple[bytes, float] | None:
        """Wait for an event for the runtime, and return it with its deadline on the wall clock; None at the end."""
        self.polled.set()
        waiting = self._events.get()
        if waiting is None:
            self._events.put(None)  # for the next thread that waits
        return waiting


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined when the server is closed
    api: RuntimeApi

    def handle_error(self, *_words: Any) -> None:
        """Print nothing: the client's process ended in the middle of a request, which the container reports."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body in one packet; otherwise delayed acknowledgement costs 40 ms per call
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.api.connections.add(self.connection)

    def finish(self) -> None:
        self.server.api.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:  # the base class names it
        waiting = self.server.api.next_event()
        if waiting is None:
            self.close_connection = True
            return
        event, deadline = waiting
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", self.server.api.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(deadline * 1_000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        body, too_large = self._body()
        kind = "init" if "/init/" in self.path else self.path.rsplit("/", 1)[-1]
        self.send_response(self.server.api.receive(Posted(kind=kind, body=body, too_large=too_large), self.path))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass

    def _body(self) -> tuple[bytes, bool]:
        """Read the whole body, and keep no more of it than the limit."""
        kept = bytearray()
        size = 0
        for part in self._parts():
            size += len(part)
            if size <= PAYLOAD_LIMIT_BYTES:
                kept += part
        too_large = size > PAYLOAD_LIMIT_BYTES
        return b"" if too_large else bytes(kept), too_large

    def _parts(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield from self._read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline(), 16):
            yield from self._read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _read(self, size: int) -> Iterator[bytes]:
        while size > 0 and (part := self.rfile.read(min(size, _CHUNK_BYTES))):
            size -= len(part)
            yield part
