"""A lean process that is exec'd once with an empty environment, and forks on request.

Requests come over a socket that keeps messages apart: ``S`` starts a process, ``K`` and a number end and reap one, and
``R`` and a number do both, so that the zygote is woken once.
There are two zygotes: one forks the processes of submissions, one forks referees, which need what submissions must not
have.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from rlvr_code.wire.frames import CHANNEL, ENDED, REQUEST_BYTES, STARTED, send

Become: TypeAlias = Callable[[], NoReturn]
"""Turns a fresh fork, with its descriptors in place, into the process that was asked for."""

# A fork takes over the inline caches of the interpreter; code is specialised after a few runs, loops a little later.
REHEARSALS = 30


def run(descriptor: int, make_ready: Callable[[dict[str, Any]], Become]) -> NoReturn:
    """Make this process ready, then fork on request.

    Args:
        descriptor: The socket of the supervisor, which sends the settings first.
        make_ready: Takes the settings, does the work that is the same for all forks, and returns what each does next.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor, which ends this process
    control = socket.socket(fileno=descriptor)
    settings = json.loads(control.recv(1 << 16))
    nothing = os.open(os.devnull, os.O_RDWR)  # before this process is sealed
    if descriptor != CHANNEL:
        os.dup2(nothing, CHANNEL)  # so that no descriptor made later has a number that a fork gives to another one
    time.tzset()
    become = make_ready(settings)
    gc.collect()
    gc.freeze()
    gc.disable()
    control.send(b"ready")
    os.dup2(nothing, 2)  # the supervisor closes its end
    _ForkServer(control, become).serve()


class _ForkServer:
    def __init__(self, control: socket.socket, become: Become) -> None:
        self._control = control
        self._become_what = become
        self._dying: deque[int] = deque()
        self._waiting = select.poll()
        self._waiting.register(control, select.POLLIN)

    def serve(self) -> NoReturn:
        while True:
            while self._dying and not self._waiting.poll(0):
                self._reap(self._dying.popleft())
            request = self._control.recv(REQUEST_BYTES)
            if not request:
                os._exit(0)  # the supervisor is gone; what it had started ends with this process
            if request[:1] != b"S":
                self._end(int(request[1:]))
            if request[:1] != b"K":
                self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        stdin, stdin_end = os.pipe()
        stdout_end, stdout = os.pipe()
        process = os.fork()
        if process == 0:
            self._become(theirs.fileno(), stdin, stdout)
        socket.send_fds(self._control, [STARTED.pack(b"S", process)], [ours.fileno(), stdin_end, stdout_end])
        for descriptor in (stdin, stdout, stdin_end, stdout_end):
            os.close(descriptor)
        theirs.close()
        ours.close()

    def _become(self, channel: int, stdin: int, stdout: int) -> NoReturn:
        try:
            os.dup2(stdin, 0)
            os.dup2(stdout, 1)
            os.dup2(channel, CHANNEL)
            self._become_what()
        except BaseException as error:  # noqa: BLE001  # the supervisor sees that the process has ended
            _last_words(error)
        finally:
            os._exit(70)

    def _end(self, process: int) -> None:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
        self._dying.append(process)  # while it dies, the next may be started

    def _reap(self, process: int) -> None:
        try:
            _, status, used = os.wait4(process, 0)
        except OSError:
            self._control.send(ENDED.pack(b"K", process, 0, 0.0, 0))
            return
        spent = used.ru_utime + used.ru_stime
        self._control.send(ENDED.pack(b"K", process, status, spent, used.ru_maxrss << 10))


def _last_words(error: BaseException) -> None:
    words: list[Any] = ["broken", 0, f"{type(error).__name__}: {error}"[:500]]
    try:
        send(CHANNEL, words)
    except BaseException:  # noqa: BLE001  # there is nobody left to tell
        sys.exit(70)
