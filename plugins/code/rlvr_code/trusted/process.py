"""The trusted side's hold on one process: what it says, what it prints, and when it has had its time."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from rlvr_code.trusted.clock import Budget, cpu_seconds
from rlvr_code.wire.frames import Frame, Incoming, framed
from rlvr_code.wire.values import MalformedError, Token

_CHUNK_BYTES = 1 << 16
# More than the buffers of a socket hold: a process that is about to be ended may still write.
_REST_CHUNKS = 64
# After many requests at once, answers wake nobody until the process rings on its stdout: two processes that wake each
# other for each answer cost more than the answers. A process that computes for longer is listened to as usual.
_QUIET_SECONDS = 0.05
_RING = framed(["ring", 0])
_READ, _WRITE = select.POLLIN | select.POLLHUP | select.POLLERR, select.POLLOUT | select.POLLERR


class Started(NamedTuple):
    """A process fresh from the zygote: its number, and the trusted side's ends of its channel, stdin and stdout."""

    process: int
    channel: int
    stdin: int
    stdout: int


EndKind: TypeAlias = Literal["time", "waited", "cut", "output", "memory", "protocol", "ended"]
"""Why a process will not answer any more.

It used up its CPU time, computed nothing for too long, used up its share of the time before the batch's deadline,
printed too much, sent more than fits into memory, sent data that is no answer, or ended by itself.
"""


class ProcessEndedError(Exception):
    """The process will not answer any more.

    Attributes:
        kind: Why.
        detail: A few words.
    """

    def __init__(self, kind: EndKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class SandboxError(Exception):
    """The sandbox itself does not work: no process could be started or sealed."""


class Process:
    """One process of a submission.

    Args:
        started: What the zygote gave.
        output_limit_bytes: How much it may print in all.
        keep_output: Whether to keep what it prints.
        until: The time of ``time.monotonic`` at which it is cut, whatever it does.
    """

    def __init__(
        self, started: Started, output_limit_bytes: int, *, keep_output: bool = False, until: float = math.inf
    ) -> None:
        self._until = until
        self.number = started.process
        self._channel, self._stdin, self._stdout = started.channel, started.stdin, started.stdout
        self._output_limit = output_limit_bytes
        self._keep_output = keep_output
        self._printed: list[bytes] = []
        self._printed_bytes = 0
        self._incoming = Incoming()
        self._sequence = 0
        self._input = memoryview(b"")
        self._is_quiet = False
        self._end: ProcessEndedError | None = None
        self._poll = select.poll()
        for descriptor in (self._channel, self._stdout):
            os.set_blocking(descriptor, False)
            self._poll.register(descriptor, _READ)
        self.layers: dict[str, str] | None = None
        self.callback: Callable[[Frame], Sequence[Token]] | None = None

    def descriptors(self) -> tuple[int, int, int]:
        """Its channel, stdin and stdout."""
        return self._channel, self._stdin, self._stdout

    def used_seconds(self) -> float:
        """Return the CPU time that it has used so far."""
        return cpu_seconds(self.number) or 0.0

    @property
    def printed(self) -> bytes:
        """What it has printed so far."""
        return b"".join(self._printed)

    def take_printed(self) -> bytes:
        """Return what it has printed since the last call."""
        printed = self.printed
        self._printed.clear()
        return printed

    def give_input(self, data: bytes) -> None:
        """Let it read this, then the end of file, on stdin."""
        self._input = memoryview(data)
        if data:
            os.set_blocking(self._stdin, False)
            self._poll.register(self._stdin, _WRITE)
        else:
            self._close_input()

    def ask(self, what: str, arguments: Sequence[Token], cpu_limit_seconds: float) -> Frame:
        """Send a request and wait for its answer.

        Returns:
            The answer without the number: ``[kind, ...]``.

        Raises:
            ProcessEndedError: It has used up its time or output, has ended, or sends what is no answer.
        """
        self._sequence += 1
        budget = Budget(self.number, cpu_limit_seconds)
        self._send(framed([what, self._sequence, *arguments]), budget)
        return self._answer(self._sequence, budget)

    def send_requests(self, requests: bytes, cpu_limit_seconds: float) -> None:
        """Send many framed requests at once; :meth:`answer` waits for the answer to each.

        Raises:
            ProcessEndedError: As for :meth:`ask`.
        """
        self._send(requests + _RING, Budget(self.number, cpu_limit_seconds))
        self._poll.modify(self._channel, 0)
        self._is_quiet = True

    def answer(self, number: int, cpu_limit_seconds: float) -> Frame:
        """Wait for the answer to the request of this number; the result and errors are those of :meth:`ask`."""
        return self._answer(number, Budget(self.number, cpu_limit_seconds))

    def _answer(self, number: int, budget: Budget) -> Frame:
        while True:
            message = self._received(budget)
            if len(message) < 2:  # noqa: PLR2004  # a kind and a number
                raise ProcessEndedError("protocol", "a message without a number")
            if message[0] == "ready" and self.layers is None:
                self.layers = self._told_layers(message)
            elif message[0] == "broken" and self.layers is None:
                raise SandboxError(f"a sandbox process could not be set up: {message[2:3]}")
            elif message[0] == "callback" and self.callback is not None:
                self._send(framed(self.callback(message[2:])), budget)
            elif message[1] == number:
                return [message[0], *message[2:]]
            else:
                raise ProcessEndedError("protocol", "an answer that was not asked for")

    def tell(self, message: Frame, limit_seconds: float, served_seconds: Callable[[], float]) -> Budget:
        """Send a message to a referee, which speaks by itself from then on; see :meth:`converse`.

        Args:
            message: The message.
            limit_seconds: CPU time that the process may use from now on, and time for which it may be idle.
            served_seconds: Returns the time in which submissions have worked for it; this is no idle time.

        Raises:
            ProcessEndedError: It has used up its time, or has ended.
            UnserialisableError: The message is too long.
        """
        budget = Budget(self.number, limit_seconds, limit_seconds, served_seconds)
        self._send(framed(message), budget)
        return budget

    def converse(self, budget: Budget, answered: Callable[[Frame], Frame | None]) -> Iterator[Frame]:
        """Yield the messages of a referee that ``answered`` has no answer to; answers are sent back.

        Raises:
            ProcessEndedError: It has used up its budget, or has ended.
        """
        while True:
            received = self._received(budget)
            answer = answered(received)
            if answer is None:
                yield received
            else:
                self._send(framed(answer), budget)

    def hand_over(self, message: bytes, descriptors: Sequence[int]) -> None:
        """Send a few bytes with descriptors.

        Raises:
            ProcessEndedError: It has ended.
        """
        with socket.socket(fileno=os.dup(self._channel)) as channel:
            try:
                socket.send_fds(channel, [message], descriptors)
            except OSError:
                self._gone()

    @staticmethod
    def _told_layers(message: Frame) -> dict[str, str]:
        try:
            return dict(json.loads(str(message[2])))
        except (ValueError, IndexError, TypeError):
            raise ProcessEndedError("protocol", "a greeting that is none") from None

    def _received(self, budget: Budget) -> Frame:
        while True:
            try:
                message = self._incoming.message()
            except MalformedError as error:
                raise ProcessEndedError("protocol", str(error)) from None
            if message is not None:
                return message
            if self._end is not None:
                raise self._end
            try:
                self._wait(budget)
            except ProcessEndedError as ended:
                self._end = ended  # raised once the answers that came before are read
                self._read_rest()

    def _read_rest(self) -> None:
        """Read the answers that are in the channel already."""
        with contextlib.suppress(ProcessEndedError):
            for _ in range(_REST_CHUNKS):
                if not self._read_channel():
                    return

    def _send(self, data: bytes, budget: Budget) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._channel, left) :]
            except BlockingIOError:
                self._poll.modify(self._channel, _READ | select.POLLOUT)
                try:
                    self._wait(budget)
                finally:
                    self._poll.modify(self._channel, _READ)
            except OSError:
                self._gone()

    def _seconds_left(self, budget: Budget) -> float:
        """Return how long to wait at most.

        Raises:
            ProcessEndedError: There is no time left.
        """
        left = budget.left_seconds()
        if left <= 0:
            raise ProcessEndedError("waited" if budget.waited else "time", budget.problem)
        if self._until == math.inf:
            return left
        left = min(left, self._until - time.monotonic())
        if left <= 0:
            raise ProcessEndedError("cut", "its share of the time before the batch's deadline is used up")
        return left

    def _wait(self, budget: Budget) -> None:
        """Let something happen: a piece of an answer, of output or of input; or the end of the time."""
        left = self._seconds_left(budget)
        events = self._poll.poll(1000 * (min(left, _QUIET_SECONDS) if self._is_quiet else left))
        if self._is_quiet:
            if not events:
                self._is_quiet = False
                self._poll.modify(self._channel, _READ)
            if self._read_channel():  # there may be answers without an event
                return
        for descriptor, event in events:
            if descriptor == self._stdin:
                self._feed()
            elif descriptor == self._stdout:
                self._drain()
            elif event & _READ:
                self._read_channel()

    def _read_channel(self) -> bool:
        """Read what has come; False if there is nothing for now."""
        try:
            data = os.read(self._channel, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._gone()
        self._incoming.add(data)
        return True

    def _gone(self) -> NoReturn:
        self.drain_rest()
        raise ProcessEndedError("ended", "the process ended")

    def _drain(self) -> bool:
        """Take what it has printed; False when there is no more for now."""
        try:
            data = os.read(self._stdout, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(self._stdout)
            return False
        self._printed_bytes += len(data)
        if self._keep_output:
            self._printed.append(data)
        if self._printed_bytes > self._output_limit:
            raise ProcessEndedError("output", f"printed more than {self._output_limit} bytes")
        return True

    def drain_rest(self) -> None:
        """Take what is still in the pipe, without waiting for its end.

        Raises:
            ProcessEndedError: It has printed more than it may.
        """
        try:
            while self._drain():
                pass
        except KeyError:
            return  # it had closed stdout before

    def _feed(self) -> None:
        try:
            self._input = self._input[os.write(self._stdin, self._input[:_CHUNK_BYTES]) :]
        except BlockingIOError:
            return
        except OSError:
            self._input = memoryview(b"")  # it closed stdin: it does not want to know
        if not self._input:
            self._poll.unregister(self._stdin)
            self._close_input()

    def _close_input(self) -> None:
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1

    def close(self) -> None:
        """Close the trusted side's ends; the supervisor ends the process."""
        for descriptor in (self._channel, self._stdout):
            if descriptor >= 0:
                os.close(descriptor)
        self._channel = self._stdout = -1
        self._close_input()
