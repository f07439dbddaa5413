"""A lean process that is exec'd once with an empty environment, and forks on request.

Requests come over a socket that keeps messages apart:

- ``S`` starts a process with the descriptors that come along: its channel, stdin and stdout.
- ``D`` and a number ends one.
- ``R`` and a number does both, so that the zygote is woken once.
- ``K`` and a number ends one, and tells how it had ended.
- ``W`` waits until all that were ended are gone.

There are two zygotes: one forks the processes of submissions, one forks referees, which need what submissions must not
have.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from rlvr_code.wire.frames import CHANNEL, ENDED, REQUEST_BYTES, STARTED, send

Become: TypeAlias = Callable[[], NoReturn]
"""Turns a fresh fork, with its descriptors in place, into the process that was asked for."""

# A fork takes over the inline caches of the interpreter; code is specialised after a few runs, loops a little later.
REHEARSALS = 10


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
        self._killed = 0  # a process that was killed, and not waited for yet; 0 if there is none

    def serve(self) -> NoReturn:
        while True:
            request, descriptors, _, _ = socket.recv_fds(self._control, REQUEST_BYTES, 3)
            if not request:
                os._exit(0)  # the supervisor is gone; what it had started ends with this process
            self._wait()  # for the one before; it is dead by now
            what = request[:1]
            if what == b"W":
                self._control.send(b"W")
            elif what == b"K":
                self._end(int(request[1:]))
            else:
                if what != b"S":
                    self._kill(int(request[1:]))
                if what != b"D":
                    self._start(*descriptors)

    def _start(self, channel: int, stdin: int, stdout: int) -> None:
        process = os.fork()
        if process == 0:
            self._become(channel, stdin, stdout)
        self._control.send(STARTED.pack(b"S", process))
        os.close(channel)
        os.close(stdin)
        os.close(stdout)

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

    def _kill(self, process: int) -> None:
        """Kill a process; while it dies, the next one is started."""
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
            self._killed = process

    def _wait(self) -> None:
        if self._killed:
            os.waitpid(self._killed, 0)
            self._killed = 0

    def _end(self, process: int) -> None:
        """End a process and tell how it had ended, if it had."""
        try:
            os.kill(process, signal.SIGKILL)
            _, status, used = os.wait4(process, 0)
        except OSError:
            self._control.send(ENDED.pack(b"K", 0, 0))
        else:
            self._control.send(ENDED.pack(b"K", status, used.ru_maxrss << 10))


def _last_words(error: BaseException) -> None:
    words: list[Any] = ["broken", 0, f"{type(error).__name__}: {error}"[:500]]
    try:
        send(CHANNEL, words)
    except BaseException:  # noqa: BLE001  # there is nobody left to tell
        sys.exit(70)
