"""The real Lambda runtime client, driven by a Runtime API server of our own."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Runtime:
    """One Lambda container: a Runtime API on loopback, and an ``awslambdaric`` process that polls it."""

    def __init__(self, environment: dict[str, str], timeout_seconds: float = 60.0) -> None:
        self.timeout_seconds = timeout_seconds
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._events: queue.Queue[bytes] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        variables = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "SageMaker-rlvr",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "_HANDLER": "rlvr_handler.lambda_function.lambda_handler",
            "PATH": os.environ["PATH"],
            **environment,
        }
        command = [sys.executable, "-m", "awslambdaric", variables["_HANDLER"]]
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the container; a pipe would fill up
        self.process = subprocess.Popen(
            command, env=variables, stdout=self._printed, stderr=subprocess.STDOUT, start_new_session=True
        )

    def invoke(self, event: Any) -> Any:
        """Send one event; the answer as strict JSON."""
        kind, body = self.invoke_raw(json.dumps(event).encode())
        assert kind == "response", body
        return json.loads(body, parse_constant=pytest.fail)

    def invoke_raw(self, event: bytes) -> tuple[str, bytes]:
        """Send the bytes of an event; where the answer was posted to, and its bytes."""
        self._events.put(event)
        deadline = time.monotonic() + self.timeout_seconds
        while time.monotonic() < deadline:
            try:
                return self.answers.get(timeout=0.2)
            except queue.Empty:
                assert self.process.poll() is None, "the runtime's process ended"
        pytest.fail("no answer in time")

    def close(self) -> str:
        """End the container, once; returns what it printed."""
        if self._printed.closed:
            return ""
        self.process.kill()
        self.process.wait()
        self._server.shutdown()
        self._server.server_close()
        with self._printed:
            self._printed.seek(0)
            return self._printed.read().decode(errors="replace")

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # header and body in one packet, or delayed acknowledgement costs 40 ms a call
            disable_nagle_algorithm = True

            def do_GET(self) -> None:  # the base class names it
                event = runtime._events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request-1")
                deadline = int((time.time() + runtime.timeout_seconds) * 1_000)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:1:function:f")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self) -> None:
                runtime.answers.put((self.path.rsplit("/", 1)[-1], self._body()))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_words: object) -> None:
                pass

        return Handler


@pytest.fixture
def lambda_runtime() -> Iterator[Callable[..., Runtime]]:
    """Start containers with environment variables; they are ended with the test."""
    started: list[Runtime] = []

    def start(**environment: str) -> Runtime:
        started.append(Runtime(environment))
        return started[-1]

    yield start
    for runtime in started:
        runtime.close()
