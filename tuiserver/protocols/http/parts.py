"""What llhttp reports while it parses one request, through the callbacks of httptools.

Rules of this file:
- Nothing is kept that is not needed: an unfinished request takes little more memory than its bytes.
"""

from __future__ import annotations


class Parts:
    """What llhttp reports about one request.

    Headers are kept only where the head is complete: those of an unfinished one would take three times its size, and those
    of trailers are ignored. A head that came in several reads is parsed again when it is complete.
    """

    __slots__ = (
        "body",
        "complete",
        "head_complete",
        "header_count",
        "headers",
        "keep_headers",
        "length",
        "upgrade",
        "url",
    )

    def __init__(self, keep_headers: bool) -> None:
        self.url = b""
        self.keep_headers = keep_headers
        self.headers: list[tuple[bytes, bytes]] = []
        self.header_count = 0
        self.body = bytearray()
        """One buffer: kept apart, chunks of two bytes would take 27 times their size."""
        self.length = 0
        self.head_complete = self.complete = self.upgrade = False

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        if self.keep_headers:
            self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer of a chunked body."""
        self.header_count += 1
        if self.keep_headers:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self.head_complete = True

    def on_body(self, body: bytes) -> None:
        """A part of the body, without its framing."""
        self.body += body

    def on_message_complete(self) -> None:
        """The body is complete, too."""
        self.complete = True
