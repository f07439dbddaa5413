"""Messages between processes: a length, then a flat JSON list.

The same format goes between the trusted side and a submission's process, and between the trusted side and the referee.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import TypeAlias

from rlvr_code.wire.values import FRAME_LIMIT_BYTES, MalformedError, Token, dump, load

Frame: TypeAlias = list[Token]

HEADER_BYTES = 4
# Its number in every process that a zygote forks.
CHANNEL = 3

# Between supervisor and zygote, on a socket that keeps messages apart.
STARTED = struct.Struct("<ci")  # what was started, its process number
ENDED = struct.Struct("<ciq")  # b"K", wait status, resident bytes
REQUEST_BYTES = 64


class ChannelClosedError(Exception):
    """The other side has ended or closed its end."""


def framed(message: Sequence[Token]) -> bytes:
    """Write a message as bytes.

    Raises:
        UnserialisableError: It is longer than ``FRAME_LIMIT_BYTES``.
    """
    data = dump(message)
    return len(data).to_bytes(HEADER_BYTES, "big") + data


def send(descriptor: int, message: Sequence[Token]) -> None:
    """Write a message to a blocking descriptor.

    Raises:
        ChannelClosedError: Nobody reads.
    """
    write_all(descriptor, framed(message))


def write_all(descriptor: int, data: bytes) -> None:
    """Write framed messages to a blocking descriptor.

    Raises:
        ChannelClosedError: Nobody reads.
    """
    try:
        written = os.write(descriptor, data)
        if written < len(data):
            left = memoryview(data)[written:]
            while left:
                left = left[os.write(descriptor, left) :]
    except OSError:
        raise ChannelClosedError from None


def receive(descriptor: int) -> Frame:
    """Read a message from a blocking descriptor.

    Raises:
        ChannelClosedError: The other side has ended.
        MalformedError: What came is no message.
    """
    length = int.from_bytes(_exactly(descriptor, HEADER_BYTES), "big")
    if length > FRAME_LIMIT_BYTES:
        raise MalformedError("a message too long")
    return load(_exactly(descriptor, length))


def _exactly(descriptor: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        try:
            part = os.read(descriptor, min(length, 1 << 20))
        except OSError:
            raise ChannelClosedError from None
        if not part:
            raise ChannelClosedError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


class Incoming:
    """Bytes that come in pieces, and the messages in them."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """Take a piece."""
        self._data += data

    def message(self) -> Frame | None:
        """Take out the first message; None while it is not whole.

        Raises:
            MalformedError: What came is no message.
        """
        if len(self._data) < HEADER_BYTES:
            return None
        end = HEADER_BYTES + int.from_bytes(self._data[:HEADER_BYTES], "big")
        if end > HEADER_BYTES + FRAME_LIMIT_BYTES:
            raise MalformedError("a message too long")
        if len(self._data) < end:
            return None
        body = bytes(self._data[HEADER_BYTES:end])
        del self._data[:end]
        return load(body)
