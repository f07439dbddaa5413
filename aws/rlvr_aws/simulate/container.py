"""One Lambda container: the real ``awslambdaric`` in its own process, with Lambda's limits."""

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
from typing import Literal, Self, TypeAlias

import msgspec

from rlvr_aws.simulate.processes import TABLE, end_all, memory_bytes, peak_bytes
from rlvr_aws.simulate.runtime_api import FUNCTION_ARN, Posted, RuntimeApi

# The marshaller of Python 3.12 and later is the strict one: a lone surrogate ends the process.
EXECUTION_ENVIRONMENT = "AWS_Lambda_python3.13"

# The platform's limit for the initialisation; a longer one is repeated, within the time of the first call.
INIT_SECONDS = 10.0

MEGABYTE = 1024 * 1024

# The interval between two looks at a running call; a laptop allocates some 40 MB in that time.
_LOOK_SECONDS = 0.01
# The most output of a container that is kept, so that a flood does not fill the disk; messages show its end.
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


FailedEnding: TypeAlias = Literal[
    Ending.ERROR_MESSAGE,
    Ending.RESPONSE_TOO_LARGE,
    Ending.TIMED_OUT,
    Ending.OUT_OF_MEMORY,
    Ending.RUNTIME_EXITED,
    Ending.INIT_FAILED,
]


class DeployedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function.

    Attributes:
        environment: The variables of the deployment; they override those that the platform sets.
        handler: Module and function, as the deployment names them.
        folder: The folder of the function's package; modules are found in it.
        memory_megabytes: The memory size; a container that uses more is killed.
        timeout_seconds: The limit for a call; a container that takes longer is killed.
        interpreter: The Python that runs it and has ``awslambdaric``.
    """

    environment: Mapping[str, str]
    handler: str = "rlvr_handler.lambda_function.lambda_handler"
    folder: Path = Path()
    memory_megabytes: int = 512
    timeout_seconds: float = 60.0
    interpreter: str = sys.executable


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one call.

    Attributes:
        ending: How it ended.
        body: The answer of the function, or the platform's document about the error.
        seconds: The time from sending the event to the end, without the initialisation.
        init_seconds: The time of the initialisation, for the first call of a container; None for the others.
        peak_bytes: The most memory that the container has used so far; 0 if it cannot be measured.
        detail: The cause of the ending, with the end of the container's output; "" for an answer.
    """

    ending: Ending
    body: bytes = b""
    seconds: float = 0.0
    init_seconds: float | None = None
    peak_bytes: int = 0
    detail: str = ""


class Container:
    """A process of the runtime client, its Runtime API, and a folder for its output and its files.

    It is a context manager. ``close`` ends every process that the function started, and removes every file.
    """

    def __init__(self, function: DeployedFunction) -> None:
        self._function = function
        self._closing = threading.Lock()
        self._tail = b""
        self._closed = False
        self._init_seconds: float | None = None
        self._init_reported = False
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
        """Whether it can accept a call."""
        return not self._closed and self._process.poll() is None

    def invoke(self, event: bytes) -> Invocation:
        """Send one event once the runtime asks for it; a container that exceeds a limit is closed."""
        failed = self._wait_for_init()
        if failed is not None:
            return failed
        start = time.monotonic()
        self._api.send(event, self._function.timeout_seconds)
        posted, ending, detail = self._wait_for_answer(start + self._function.timeout_seconds)
        seconds = time.monotonic() - start
        if self._exceeds_memory(exact=True):
            ending, detail = Ending.OUT_OF_MEMORY, self._memory_detail()
        if ending not in {Ending.ANSWERED, Ending.ERROR_MESSAGE} or not self._polls_again():
            printed = self.close()
            detail = f"{detail}: {_last_lines(printed)}" if detail and _last_lines(printed) else detail
        return self._invocation(ending, posted.body if posted else b"", seconds, detail)

    def close(self) -> str:
        """End the container and every process that it started; return the end of its output."""
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
        return subprocess.Popen(  # noqa: S603  # the user's Python, with the function that the user named
            [self._function.interpreter, "-m", "awslambdaric", self._function.handler],
            cwd=self._function.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Return the variables that the platform sets; none comes from the user's own environment.

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
            "AWS_SECRET_ACCESS_KEY": "simulated",  # invalid credentials: a function must not reach the user's account
            "AWS_SESSION_TOKEN": "simulated",
            "AWS_EC2_METADATA_DISABLED": "true",  # and must not wait for those of the machine
            "LAMBDA_TASK_ROOT": str(self._function.folder.resolve()),
            "_HANDLER": self._function.handler,
            "HOME": str(self._room / "tmp"),
            "TMPDIR": str(self._room / "tmp"),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": os.defpath,
            **self._function.environment,
        }

    def _wait_for_init(self) -> Invocation | None:
        """Wait until the runtime asks for an event; return the failed invocation if it never does."""
        deadline = self._started + INIT_SECONDS + self._function.timeout_seconds
        while not self._api.polled.wait(_LOOK_SECONDS):
            ended = not self.alive
            posted = _take(self._api.posted, 0.0)
            if posted is not None:
                return self._init_failure(_ending_of(posted)[1], posted.body)
            if ended:
                return self._init_failure(f"the process ended ({_describe_exit(self._process)})")
            if time.monotonic() > deadline:
                return self._init_failure(f"not done after {INIT_SECONDS:g} s and the time of the call")
            if self._exceeds_memory():
                return self._init_failure(self._memory_detail())
        if self._init_seconds is None:
            self._init_seconds = time.monotonic() - self._started
        return None

    def _init_failure(self, detail: str, body: bytes = b"") -> Invocation:
        # The runtime posts the document about the error just before it prints it and ends.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0 if body else 0.0)
        printed = _last_lines(self.close())
        return self._invocation(Ending.INIT_FAILED, body, 0.0, f"{detail}: {printed}" if printed else detail)

    def _wait_for_answer(self, deadline: float) -> tuple[Posted | None, Ending, str]:
        """Wait until the runtime posts an answer, or a limit is exceeded, or the process ends."""
        while True:
            ended = not self.alive
            posted = _take(self._api.posted, _LOOK_SECONDS)
            if posted is not None:
                return posted, *_ending_of(posted)
            if ended:
                return None, Ending.RUNTIME_EXITED, f"the process ended ({_describe_exit(self._process)})"
            if time.monotonic() > deadline:
                return None, Ending.TIMED_OUT, f"no answer after {self._function.timeout_seconds:g} s"
            if self._exceeds_memory():
                return None, Ending.OUT_OF_MEMORY, self._memory_detail()

    def _polls_again(self) -> bool:
        """Return True once the runtime asks for the next event; False if the process ends instead."""
        deadline = time.monotonic() + self._function.timeout_seconds
        while not self._api.polled.wait(_LOOK_SECONDS):
            if not self.alive or time.monotonic() > deadline:
                return False
        return True

    def _exceeds_memory(self, *, exact: bool = False) -> bool:
        """Return True if the container uses too much memory; an exact reading is for the end of a call."""
        family = TABLE.family_of(self._process.pid) or {self._process.pid}
        now = memory_bytes(family)
        if exact or now > self._peak_bytes:
            self._peak_bytes = max(self._peak_bytes, now, peak_bytes(self._process.pid))
        self._cut_output()
        return self._peak_bytes > self._function.memory_megabytes * MEGABYTE

    def _cut_output(self) -> None:
        """Keep only the end of the output if it is too long."""
        with self._closing:  # after closing, the descriptor may belong to another file
            if not self._closed and os.fstat(self._output).st_size > _OUTPUT_LIMIT_BYTES:
                self._keep_tail()
                os.ftruncate(self._output, 0)

    def _keep_tail(self) -> None:
        size = os.fstat(self._output).st_size
        last = os.pread(self._output, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        self._tail = (self._tail + last)[-_TAIL_BYTES:]

    def _memory_detail(self) -> str:
        return f"{self._peak_bytes / MEGABYTE:.0f} MB of {self._function.memory_megabytes} MB were used"

    def _invocation(self, ending: Ending, body: bytes, seconds: float, detail: str) -> Invocation:
        init_seconds = None if self._init_reported else self._init_seconds
        self._init_reported = True
        return Invocation(
            ending=ending,
            body=body,
            seconds=seconds,
            init_seconds=init_seconds,
            peak_bytes=self._peak_bytes,
            detail=detail,
        )


def _take(posted: queue.Queue[Posted], seconds: float) -> Posted | None:
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
        document = msgspec.json.decode(posted.body, type=dict[str, object])
    except msgspec.MsgspecError:
        return Ending.ERROR_MESSAGE, "an error that is not JSON"
    return Ending.ERROR_MESSAGE, f"{document.get('errorType')}: {document.get('errorMessage')}"


def _describe_exit(process: subprocess.Popen[bytes]) -> str:
    code = process.poll()
    if code is None:
        return "closed"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _last_lines(printed: str) -> str:
    """Return the last two lines that are not blank."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return " / ".join(line[:300] for line in lines[-2:])
