"""The zygote: a clean process that loads the suite once and forks workers in milliseconds.

It is the parent of all workers of a pool, and of every process that outlives its worker: the kernel gives orphans to
it, and it kills them.
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

from rlvr.config import Suite, SuiteText, parse_suite
from rlvr.workers.kernel import PR_SET_CHILD_SUBREAPER, set_process_option
from rlvr.workers.protocol import BROKEN, ENDED, LENGTH, READY, REQUEST, START, send_message
from rlvr.workers.worker import Worker

# How often the zygote checks that its parent lives, and whether it was given orphans.
_CHECK_SECONDS = 1.0


def main(control_fd: int) -> NoReturn:
    """Run a zygote in a new interpreter: the suite comes over the socket."""
    control = socket.socket(fileno=control_fd)
    length = LENGTH.unpack(_exactly(control, LENGTH.size))[0]
    given = msgspec.json.decode(_exactly(control, length), type=SuiteText, dec_hook=lambda kind, text: kind(text))
    try:
        suite = parse_suite(**msgspec.structs.asdict(given))
    except BaseException as error:  # noqa: BLE001  # sent to the pool, whatever it is
        send_message(control, BROKEN + f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:2_000])
        os._exit(1)
    serve(control, suite)


def _exactly(control: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = control.recv(length - len(data))
        if not more:
            os._exit(0)  # the pool is gone before it said anything
        data += more
    return data


def serve(control: socket.socket, suite: Suite) -> NoReturn:
    """Fork workers on request until the pool is gone; never returns."""
    with contextlib.suppress(OSError):
        os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    gc.freeze()  # what is loaded stays shared with the workers
    send_message(control, READY)
    try:
        Zygote(control, suite).run()
    except BaseException:  # noqa: BLE001  # nobody can be told; the pool sees the end of the socket
        os._exit(1)
    os._exit(0)


class Zygote:
    """The workers of one pool, by number and by process."""

    def __init__(self, control: socket.socket, suite: Suite) -> None:
        self._control = control
        self._suite = suite
        self._processes: dict[int, int] = {}  # worker's number to process
        self._workers: dict[int, tuple[int, int]] = {}  # process to worker's number and notice's descriptor
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def run(self) -> None:
        """Answer requests and watch workers until the parent is gone."""
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
            if self._control.fileno() in readable and not self._answer():
                break
        for process in list(self._workers):
            _kill_group(process)
        self._reap()
        self._kill_orphans()

    def _answer(self) -> bool:
        """Do what is asked; False once nobody is there to ask."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST.size, 2)
        except OSError:
            return False
        while data and len(data) < REQUEST.size:
            data += self._control.recv(REQUEST.size - len(data))
        if not data:
            return False
        what, number = REQUEST.unpack(data)
        if what == START:
            self._start(number, *descriptors)
        elif number in self._processes:
            _kill_group(self._processes[number])
        return True

    def _start(self, number: int, channel: int, notice: int) -> None:
        try:
            process = os.fork()
        except OSError:
            os.close(channel)  # the pool sees the ends close, and starts again
            os.close(notice)
            return
        if process == 0:
            try:
                signal.set_wakeup_fd(-1)
                for _, descriptor in self._workers.values():
                    os.close(descriptor)
                for descriptor in (notice, self._wake_read, self._wake_write):
                    os.close(descriptor)
                self._control.close()
                Worker(channel, self._suite).run()
            finally:
                os._exit(1)
        with contextlib.suppress(OSError):
            os.setpgid(process, process)  # here and in the worker, whoever comes first
        os.close(channel)
        self._processes[number] = process
        self._workers[process] = (number, notice)

    def _reap(self) -> None:
        """Tell of workers that ended; their groups are killed while no other process can have their number."""
        ended = False
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if found is None:
                break
            ended = ended or found.si_pid in self._workers
            if found.si_pid in self._workers:
                _kill_group(found.si_pid)
            _, status = os.waitpid(found.si_pid, 0)
            if found.si_pid in self._workers:
                number, notice = self._workers.pop(found.si_pid)
                del self._processes[number]
                with contextlib.suppress(OSError):
                    os.write(notice, ENDED.pack(status))
                os.close(notice)
        if ended:
            self._kill_orphans()

    def _kill_orphans(self) -> None:
        """Kill what outlived its worker in a group of its own; the kernel made it a child of ours."""
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
            for process in map(int, children):
                if process not in self._workers:
                    os.kill(process, signal.SIGKILL)


def _kill_group(process: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(process, signal.SIGKILL)
