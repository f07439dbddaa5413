"""One Lambda container: the real ``awslambdaric`` in a process of its own, under Lambda's limits."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

import msgspec

from rlvr_aws.simulate.processes import TABLE, end_all, memory_bytes, peak_bytes
from rlvr_aws.simulate.runtime_api import FUNCTION_ARN, Posted, RuntimeApi

# The marshaller of 3.12 and later is the strict one: a lone surrogate ends the process.
EXECUTION_ENVIRONMENT = "AWS_Lambda_python3.13"

# What the platform allows a function's initialisation; a longer one is done again, within the first call's time.
INIT_SECONDS = 10.0

MEGABYTE = 1024 * 1024

# How often a running call is looked at: a laptop allocates some 40 MB in that time.
_LOOK_SECONDS = 0.01
# What a container printed is kept up to here, so that a flood fills no disk; its end is what is shown.
_OUTPUT_LIMIT_BYTES = 64 * MEGABYTE
_TAIL_BYTES = 64_000


class Ending(StrEnum):
    """How a call ended, seen from the platform."""

    ANSWERED = "answered"
    ERROR_MESSAGE = "error_message"
    RESPONSE_TOO_LARGE = "response_too_large"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    RUNTIME_EXITED = "runtime_exited"
    INIT_FAILED = "init_failed"


class DeployedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function.

    Attributes:
        environment: The variables of the deployment, over those that the platform sets.
        handler: Module and function, as the deployment names them.
        folder: The function's package; modules are found in it.
        memory_megabytes: Its memory size; a container that takes more is killed.
        timeout_seconds: How long a call may take; a container that takes longer is killed.
        interpreter: The Python that runs it; one that has ``awslambdaric``.
    """

    environment: Mapping[str, str]
    handler: str = "rlvr_handler.lambda_function.lambda_handler"
    folder: Path = Path()
    memory_megabytes: int = 512
    timeout_seconds: float = 60.0
    interpreter: str = sys.executable


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one call.

    Attributes:
        ending: How it ended.
        body: What the function answered, or the platform's document of the error.
        seconds: From the hand-over of the event to the end, without the initialisation.
        init_seconds: How long the initialisation took, for the first call of a container; None for the others.
        peak_bytes: The most memory that the container took so far; 0 if it cannot be measured.
        detail: Why it ended so, with the end of what the container printed; "" for an answer.
    """

    ending: Ending
    body: bytes = b""
    seconds: float = 0.0
    init_seconds: float | None = None
    peak_bytes: int = 0
    detail: str = ""


class Container:
    """A process of the runtime client, its Runtime API, and a folder for what it prints and keeps.

    It is a context manager; ``close`` ends every process that the function started, and removes every file.
    """

    def __init__(self, function: DeployedFunction) -> None:
        self._function = function
        self._closing = threading.Lock()
        self._tail = b""
        self._closed = False
        self._init_seconds: float | None = None
        self._told_init = False
        self._peak_bytes = 0
        self._room = Path(tempfile.mkdtemp(prefix="rlvr-container-"))
        self._output = os.open(self._room / "output", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._api = RuntimeApi()
        self._started = time.monotonic()
        try:
            self._process = self._start()
        except BaseException:
            self._api.close()
            os.close(self._output)
            shutil.rmtree(self._room, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_words: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether it can take a call."""
        return not self._closed and self._process.poll() is None

    def invoke(self, event: bytes) -> Invocation:
        """Send one event, when the runtime asks for it; a container that breaks a limit is closed."""
        failed = self._initialised()
        if failed is not None:
            return failed
        start = time.monotonic()
        self._api.send(event, self._function.timeout_seconds)
        posted, ending, detail = self._answer(start + self._function.timeout_seconds)
        seconds = time.monotonic() - start
        if self._over_memory(exact=True):
            ending, detail = Ending.OUT_OF_MEMORY, self._memory_detail()
        if ending not in {Ending.ANSWERED, Ending.ERROR_MESSAGE} or not self._asks_again():
            printed = self.close()
            detail = f"{detail}: {_last_lines(printed)}" if detail and _last_lines(printed) else detail
        return self._invocation(ending, posted.body if posted else b"", seconds, detail)

    def close(self) -> str:
        """End the container, and whatever it started, once; returns the end of what it printed."""
        with self._closing:
            if not self._closed:
                self._closed = True
                end_all(self._process.pid, str(self._room))
                self._process.wait()
                self._api.close()
                self._keep_tail()
                os.close(self._output)
                shutil.rmtree(self._room, ignore_errors=True)
        return self._tail.decode(errors="replace")

    def _start(self) -> subprocess.Popen[bytes]:
        (self._room / "tmp").mkdir()
        return subprocess.Popen(  # noqa: S603  # a Python of the user's, on the function that the user named
            [self._function.interpreter, "-m", "awslambdaric", self._function.handler],
            cwd=self._function.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Set what the platform sets, and nothing of the user's own environment.

        Source:
            https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        return {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_EXECUTION_ENV": EXECUTION_ENVIRONMENT,
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_ARN.rpartition(":")[2],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._function.memory_megabytes),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/simulated",
            "AWS_LAMBDA_LOG_STREAM_NAME": "simulated",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",  # no credentials: a function must not reach the user's account
            "AWS_SESSION_TOKEN": "simulated",
            "AWS_EC2_METADATA_DISABLED": "true",  # nor wait for those of the machine
            "LAMBDA_TASK_ROOT": str(self._function.folder.resolve()),
            "_HANDLER": self._function.handler,
            "HOME": str(self._room / "tmp"),
            "TMPDIR": str(self._room / "tmp"),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": os.defpath,
            **self._function.environment,
        }

    def _initialised(self) -> Invocation | None:
        """Wait until the runtime asks for an event; what the call gets instead if it never does."""
        deadline = self._started + INIT_SECONDS + self._function.timeout_seconds
        while not self._api.polled.wait(_LOOK_SECONDS):
            ended = not self.alive
            posted = _taken(self._api.posted, 0.0)
            if posted is not None:
                return self._init_failed(_ending_of(posted)[1], posted.body)
            if ended:
                return self._init_failed(f"the process ended ({_exit_words(self._process)})")
            if time.monotonic() > deadline:
                return self._init_failed(f"no end after {INIT_SECONDS:g} s and the call's own time")
            if self._over_memory():
                return self._init_failed(self._memory_detail())
        if self._init_seconds is None:
            self._init_seconds = time.monotonic() - self._started
        return None

    def _init_failed(self, detail: str, body: bytes = b"") -> Invocation:
        # The error's document is posted just before the process prints it and ends.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0 if body else 0.0)
        printed = _last_lines(self.close())
        return self._invocation(Ending.INIT_FAILED, body, 0.0, f"{detail}: {printed}" if printed else detail)

    def _answer(self, deadline: float) -> tuple[Posted | None, Ending, str]:
        """Wait for what the runtime posts, and look after time, memory and the process."""
        while True:
            ended = not self.alive
            posted = _taken(self._api.posted, _LOOK_SECONDS)
            if posted is not None:
                return posted, *_ending_of(posted)
            if ended:
                return None, Ending.RUNTIME_EXITED, f"the process ended ({_exit_words(self._process)})"
            if time.monotonic() > deadline:
                return None, Ending.TIMED_OUT, f"no answer after {self._function.timeout_seconds:g} s"
            if self._over_memory():
                return None, Ending.OUT_OF_MEMORY, self._memory_detail()

    def _asks_again(self) -> bool:
        """Say whether the runtime asks for the next event, and is not about to end."""
        deadline = time.monotonic() + self._function.timeout_seconds
        while not self._api.polled.wait(_LOOK_SECONDS):
            if not self.alive or time.monotonic() > deadline:
                return False
        return True

    def _over_memory(self, *, exact: bool = False) -> bool:
        """Look at the memory; exactly where a call ends, by cheaper readings while it runs."""
        family = TABLE.family_of(self._process.pid) or {self._process.pid}
        now = memory_bytes(family)
        if exact or now > self._peak_bytes:
            self._peak_bytes = max(self._peak_bytes, now, peak_bytes(self._process.pid))
        self._cut_output()
        return self._peak_bytes > self._function.memory_megabytes * MEGABYTE

    def _cut_output(self) -> None:
        """Keep only the end of what was printed, where it is too much."""
        with self._closing:  # once closed, the descriptor may be another file's
            if not self._closed and os.fstat(self._output).st_size > _OUTPUT_LIMIT_BYTES:
                self._keep_tail()
                os.ftruncate(self._output, 0)

    def _keep_tail(self) -> None:
        size = os.fstat(self._output).st_size
        last = os.pread(self._output, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        self._tail = (self._tail + last)[-_TAIL_BYTES:]

    def _memory_detail(self) -> str:
        return f"{self._peak_bytes / MEGABYTE:.0f} MB of {self._function.memory_megabytes} MB were taken"

    def _invocation(self, ending: Ending, body: bytes, seconds: float, detail: str) -> Invocation:
        init_seconds = None if self._told_init else self._init_seconds
        self._told_init = True
        return Invocation(
            ending=ending,
            body=body,
            seconds=seconds,
            init_seconds=init_seconds,
            peak_bytes=self._peak_bytes,
            detail=detail,
        )


def _taken(posted: queue.Queue[Posted], seconds: float) -> Posted | None:
    try:
        return posted.get(timeout=seconds) if seconds else posted.get_nowait()
    except queue.Empty:
        return None


def _ending_of(posted: Posted) -> tuple[Ending, str]:
    if posted.too_large:
        return Ending.RESPONSE_TOO_LARGE, "the answer is above Lambda's 6 MB"
    if posted.kind == "response":
        return Ending.ANSWERED, ""
    try:
        told = msgspec.json.decode(posted.body, type=dict[str, object])
    except msgspec.MsgspecError:
        return Ending.ERROR_MESSAGE, "an error that is no JSON"
    return Ending.ERROR_MESSAGE, f"{told.get('errorType')}: {told.get('errorMessage')}"


def _exit_words(process: subprocess.Popen[bytes]) -> str:
    code = process.poll()
    if code is None:
        return "closed"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _last_lines(printed: str) -> str:
    """Return the last two lines that hold something."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return " / ".join(line[:300] for line in lines[-2:])
