"""HTTP by httptools, which reads a request in C, with a limit on headers that uvicorn leaves out there."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# What uvicorn's other reader, h11, takes.
HEAD_BYTES = 65_536


class BoundedHttp(HttpToolsProtocol):
    """Refuses a request whose headers do not end: they would fill the memory before a token is asked for."""

    _head_bytes = 0
    _is_in_head = False

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head_bytes, self._is_in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more: the body has a limit of its own."""
        self._is_in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request; parts that are nothing but headers count."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._is_in_head = False
                self.send_400_response("The headers of the request are too long.")
