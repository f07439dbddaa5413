"""The zygote: a clean process that loads the suite once and forks workers in milliseconds.

It is the parent of all workers of a pool. The kernel makes it the parent of processes that outlive their worker, too;
it kills them.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
from pathlib import Path
from typing import NoReturn

import msgspec

from rlvr.config import Suite, SuiteText, reload_suite
from rlvr.workers.kernel import PR_SET_CHILD_SUBREAPER, set_process_option
from rlvr.workers.protocol import BROKEN, ENDED, LENGTH, READY, REQUEST, START, send_message
from rlvr.workers.worker import Worker, renew_seeds

# Interval at which the zygote checks that its parent runs, and looks for orphans.
_CHECK_SECONDS = 1.0


def main(control_fd: int) -> NoReturn:
    """Run a zygote in a new interpreter; it receives the suite over the socket."""
    control = socket.socket(fileno=control_fd)
    length = LENGTH.unpack(_receive_exactly(control, LENGTH.size))[0]
    given = msgspec.json.decode(_receive_exactly(control, length), type=SuiteText)
    try:
        suite = reload_suite(given, None)
    except BaseException as error:  # noqa: BLE001  # any error is sent to the pool
        send_message(control, BROKEN + f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:2_000])
        os._exit(1)
    serve(control, suite)


def _receive_exactly(control: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = control.recv(length - len(data))
        if not more:
            os._exit(0)  # the pool ended before it sent the suite
        data += more
    return data


def serve(control: socket.socket, suite: Suite) -> NoReturn:
    """Fork workers on request until the pool ends; never return."""
    with contextlib.suppress(OSError):
        os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    renew_seeds()  # takes the locks that a worker takes: if a thread held one at the fork, it is found before READY
    gc.freeze()  # keeps the memory of loaded modules shared with the workers
    send_message(control, READY)
    try:
        Zygote(control, suite).run()
    except BaseException:  # noqa: BLE001  # no one to report to; the pool sees the socket close
        os._exit(1)
    os._exit(0)


class Zygote:
    """The workers of one pool, by number and by process."""

    def __init__(self, control: socket.socket, suite: Suite) -> None:
        self._control = control
        self._suite = suite
        self._processes: dict[int, int] = {}  # number of a worker to its process
        self._workers: dict[int, tuple[int, int]] = {}  # process to the number of its worker and the end notice
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def run(self) -> None:
        """Answer requests and watch workers until the parent ends."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        parent = os.getppid()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while os.getppid() == parent:
            readable = {descriptor for descriptor, _ in poll.poll(_CHECK_SECONDS * 1e3)}
            if self._wake_read in readable:
                os.read(self._wake_read, 4_096)
            self._reap()
            if not readable:
                self._kill_orphans()
            if self._control.fileno() in readable and not self._answer_request():
                break
        for process in list(self._workers):
            _kill_group(process)
        self._reap()
        self._kill_orphans()

    def _answer_request(self) -> bool:
        """Read a request and act on it; return False if the pool closed the socket."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST.size, 2)
        except OSError:
            return False
        while data and len(data) < REQUEST.size:
            data += self._control.recv(REQUEST.size - len(data))
        if not data:
            return False
        request, number = REQUEST.unpack(data)
        if request == START:
            self._start(number, *descriptors)
        elif number in self._processes:
            _kill_group(self._processes[number])
        return True

    def _start(self, number: int, channel: int, end_notice: int) -> None:
        try:
            process = os.fork()
        except OSError:
            os.close(channel)  # the pool sees the ends close, and starts another zygote
            os.close(end_notice)
            return
        if process == 0:
            try:
                signal.set_wakeup_fd(-1)
                for _, descriptor in self._workers.values():
                    os.close(descriptor)
                for descriptor in (end_notice, self._wake_read, self._wake_write):
                    os.close(descriptor)
                self._control.close()
                Worker(channel, self._suite).run()
            finally:
                os._exit(1)
        with contextlib.suppress(OSError):
            os.setpgid(process, process)  # here and in the worker, since either may run first
        os.close(channel)
        self._processes[number] = process
        self._workers[process] = (number, end_notice)

    def _reap(self) -> None:
        """Report workers that ended; kill their groups before they are reaped, while no other process has their id."""
        ended = False
        while True:
            try:
                child = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if child is None:
                break
            ended = ended or child.si_pid in self._workers
            if child.si_pid in self._workers:
                _kill_group(child.si_pid)
            _, status = os.waitpid(child.si_pid, 0)
            if child.si_pid in self._workers:
                number, end_notice = self._workers.pop(child.si_pid)
                del self._processes[number]
                with contextlib.suppress(OSError):
                    os.write(end_notice, ENDED.pack(status))
                os.close(end_notice)
        if ended:
            self._kill_orphans()

    def _kill_orphans(self) -> None:
        """Kill processes that outlived their worker in a group of their own; the kernel made them our children."""
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
            for process in map(int, children):
                if process not in self._workers:
                    os.kill(process, signal.SIGKILL)


def _kill_group(process: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(process, signal.SIGKILL)
