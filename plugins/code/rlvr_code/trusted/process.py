"""The trusted side's hold on one process: what it says, what it prints, and when it has had its time."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from rlvr_code.trusted.clock import Budget, cpu_seconds
from rlvr_code.wire.frames import Frame, Incoming, framed
from rlvr_code.wire.values import MalformedError, Token

_CHUNK_BYTES = 1 << 16
_READ, _WRITE = select.POLLIN | select.POLLHUP | select.POLLERR, select.POLLOUT | select.POLLERR


class Started(NamedTuple):
    """A process fresh from the zygote: its number, and the trusted side's ends of its channel, stdin and stdout."""

    process: int
    channel: int
    stdin: int
    stdout: int


EndKind: TypeAlias = Literal["time", "waited", "output", "protocol", "ended"]
"""Why a process will not answer any more.

It used up its CPU time, computed nothing for too long, printed too much, sent data that is no answer, or ended by
itself; the zygote knows how.
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
    """

    def __init__(self, started: Started, output_limit_bytes: int, *, keep_output: bool = False) -> None:
        self.number = started.process
        self._channel, self._stdin, self._stdout = started.channel, started.stdin, started.stdout
        self._output_limit = output_limit_bytes
        self._keep_output = keep_output
        self._printed: list[bytes] = []
        self._printed_bytes = 0
        self._incoming = Incoming()
        self._sequence = 0
        self._input = memoryview(b"")
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
        """CPU time that it has used so far."""
        return cpu_seconds(self.number) or 0.0

    @property
    def printed(self) -> bytes:
        """What it has printed so far."""
        return b"".join(self._printed)

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

    def converse(
        self, message: Frame, answered: Callable[[Frame], Frame | None], cpu_limit_seconds: float
    ) -> Iterator[Frame]:
        """Send a message, then give what comes and is not answered, as of a referee, which speaks by itself.

        Args:
            message: The first message.
            answered: Called with each message that comes; what it answers with is sent back.
            cpu_limit_seconds: CPU time that the process may use from now on.

        Raises:
            ProcessEndedError: It has used up its time, or has ended.
        """
        budget = Budget(self.number, cpu_limit_seconds)
        self._send(framed(message), budget)
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
            self._wait(budget)

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

    def _wait(self, budget: Budget) -> None:
        """Let something happen: a piece of an answer, of output or of input; or the end of the time."""
        left = budget.left_seconds()
        if left <= 0:
            raise ProcessEndedError("waited" if budget.waited else "time", budget.problem)
        for descriptor, event in self._poll.poll(left * 1000):
            if descriptor == self._stdin:
                self._feed()
            elif descriptor == self._stdout:
                self._drain()
            elif event & _READ:
                self._read_channel()

    def _read_channel(self) -> None:
        try:
            data = os.read(self._channel, _CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._gone()
        self._incoming.add(data)

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
