"""The messages between the pool, the zygote and the workers."""

from __future__ import annotations

import contextlib
import socket
import struct

LENGTH = struct.Struct("<I")  # length of a message before the first request
REQUEST = struct.Struct("<c3xI")  # a request, and the number of the worker
START, KILL = b"S", b"K"
ENDED = struct.Struct("<i")  # status of a worker that ended, as os.waitpid returns it
READY, BROKEN = b"R", b"B"

# Messages of a worker besides scores: it retires and must be replaced; the next step on its loop is of this job.
RETIRING, STEP = "retiring", "step"

# A message of the pool besides jobs: the share of the time of the jobs after it, in seconds, or None.
SHARE = "share"

# The pool sends jobs that it has read from an event: at most 6 MB in Lambda, more in a trainer.
JOB_LIMIT_BYTES = 1_000_000_000


def send_message(control: socket.socket, message: bytes) -> None:
    """Send a message to the other end; do nothing if that is closed."""
    with contextlib.suppress(OSError):
        control.sendall(LENGTH.pack(len(message)) + message)
