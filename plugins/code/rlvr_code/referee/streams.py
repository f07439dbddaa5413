"""Streams in memory that the tests pass to the submission: a stream has one twin there, for as long as a test runs.

An object of the submission may write to a stream long after it was given to it. A submission only adds to the end of a
stream: the tests often calculate what they expect from what they have passed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from rlvr_code.wire.values import Token, encode

STREAMS = (io.StringIO, io.BytesIO)


class Streams:
    """The streams that the tests have passed.

    Args:
        request: Asks the process of the submission.
        decode: Reads its answer.
    """

    def __init__(
        self,
        request: Callable[[str, Sequence[Token]], Sequence[Token]],
        decode: Callable[[Sequence[Token]], Any],
    ) -> None:
        self._request = request
        self._decode = decode
        self._streams: dict[int, Any] = {}
        self._known: dict[int, tuple[Any, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._streams)

    def token(self, stream: Any, number: int) -> str:
        """Return the reference to a stream, and note that the submission has it."""
        self._streams[number] = stream
        return f"^{number} {'t' if type(stream) is io.StringIO else 'b'}"

    def send(self) -> None:
        """Give the twins the content and the position that the tests have given the streams."""
        for number, stream in self._streams.items():
            state = (stream.getvalue(), stream.tell())
            if state != self._known.get(number):
                self._known[number] = state
                self._request("stream", (self.token(stream, number), *encode(state)))

    def take(self) -> None:
        """Add what the submission has written."""
        left = self._decode(self._request("streams", ()))
        for number, content in left.items() if type(left) is dict else ():
            stream = self._streams.get(number)
            if stream is None or type(content) is not type(stream.getvalue()):
                continue
            before = stream.getvalue()
            if content.startswith(before) and content != before:
                stream.seek(0, io.SEEK_END)
                stream.write(content[len(before) :])
                self._known[number] = (content, stream.tell())
