"""The server of the service: uvicorn, in one process or several."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from rlvr_trainers.bridge import SuiteLike, suite_of
from rlvr_trainers.serving.service import LOOPBACK, Limits, Service

# A process that uvicorn starts finds its options here; the token is no argument, which other users could see.
_VARIABLE = "RLVR_SERVE_OPTIONS"
# After the deadline of a request: its reply, and the end of the workers.
_DRAIN_SECONDS = 10


class ServiceOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite is served.

    Attributes:
        suite: The path of the suite file.
        host: The address to listen at.
        port: The port; 0 for a free one.
        token: What clients must show; "" lets everybody in.
        processes: The number of processes that share the port.
        limits: The limits of a request.
        shared: The folder of the counters, if there are several processes.
    """

    suite: str
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    processes: int = 1
    limits: Limits = Limits()
    shared: str = ""

    @property
    def is_local(self) -> bool:
        """True if only this machine can connect."""
        return self.host in LOOPBACK


def service_from_environment() -> Service:
    """Return the service of a process that the server started."""
    options = msgspec.json.decode(os.environ[_VARIABLE], type=ServiceOptions)
    return Service(
        suite_of(options.suite),
        token=options.token,
        limits=options.limits,
        is_local=options.is_local,
        shared=Path(options.shared) if options.shared else None,
    )


def run_server(options: ServiceOptions) -> None:
    """Serve until SIGTERM or SIGINT: then no connection is accepted, and requests that run are answered.

    Raises:
        ImportError: uvicorn is not installed.
    """
    import uvicorn

    with tempfile.TemporaryDirectory(prefix="rlvr-serve-") as folder:
        if options.processes > 1:
            options = msgspec.structs.replace(options, shared=folder)
            os.environ["LOCAL_WORLD_SIZE"] = str(options.processes)  # divides workers and memory among them
        os.environ[_VARIABLE] = msgspec.json.encode(options).decode()
        uvicorn.run(
            "rlvr_trainers.serving.server:service_from_environment",
            factory=True,
            host=options.host,
            port=options.port,
            workers=options.processes,
            access_log=False,  # a line for each completion of a training run
            server_header=False,
            ws="none",
            http=_http_reader(),
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(options.limits.deadline_seconds) + _DRAIN_SECONDS,
        )


def _http_reader() -> Any:
    """Return what reads HTTP: in C where httptools is there."""
    try:
        from rlvr_trainers.serving.http import BoundedHttp
    except ImportError:
        return "h11"
    return BoundedHttp


@contextmanager
def serving(suite: SuiteLike, *, token: str = "") -> Iterator[str]:
    """Serve a suite on a free port of loopback, in a thread, for notebooks and tests; gives the address.

    Raises:
        ImportError: uvicorn is not installed.
    """
    import uvicorn

    service = Service(suite_of(suite), token=token)
    server = uvicorn.Server(uvicorn.Config(service, port=0, log_level="error", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, name="rlvr-serve")
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        yield "http://{}:{}".format(*server.servers[0].sockets[0].getsockname())
    finally:
        server.should_exit = True
        thread.join()
