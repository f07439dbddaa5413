"""What the pool, the zygote and the workers say to each other: messages before the first request, requests, marks."""

from __future__ import annotations

import contextlib
import socket
import struct

LENGTH = struct.Struct("<I")  # of the messages before the first request
REQUEST = struct.Struct("<c3xI")  # a request, and the number of a worker
START, KILL = b"S", b"K"
ENDED = struct.Struct("<i")  # how a worker ended, as os.waitpid returns it
READY, BROKEN = b"R", b"B"

# A worker sends these beside scores: one that retires must be replaced, an async one names the job of its next step.
RETIRING, STEP = "retiring", "step"

# Jobs come from the pool, which has read them from the event; Lambda's are 6 MB, a trainer's may be larger.
JOB_LIMIT_BYTES = 1_000_000_000


def send_message(control: socket.socket, message: bytes) -> None:
    """Send a message to the other end, if there still is one."""
    with contextlib.suppress(OSError):
        control.sendall(LENGTH.pack(len(message)) + message)
