"""What the HTTP connections of one server share: parsed heads, and the responses of the current second.

Rules of this file:
- Both caches are bounded by the memory that they take.
- A head is cached only after it passed every check; a response only until its `Date` changes.
"""

from __future__ import annotations

from tuiserver import __version__
from tuiserver.protocols.http.messages import Request, Response, imf_date, serialize

CACHE_SIZE = 2 * 1024 * 1024
"""Bytes of memory that the heads of one generation take; there are two generations."""
MAX_CACHED_HEAD = 2048
"""Bytes; a longer head is not cached."""
HEAD_COST = 512
"""Bytes that a cached head takes in addition to its text, which is held twice: as received, and parsed."""
HEADER_COST = 200
"""Bytes that a header takes in addition to its text: two strings, their tuple, and its place among the headers."""
CACHED_RESPONSES = 64
MAX_CACHED_BODY = 4096
"""Responses cached within one second, and the longest body of one."""


class HttpCache:
    """The caches of one server. `heads` and `responses` are read directly on the path of every message."""

    def __init__(self, server: str = __version__) -> None:
        self.heads: dict[bytes, tuple[Request]] = {}
        self.responses: dict[bytes, bytes] = {}
        self.second = self.next_second = -1
        """The Unix second for which `responses` is valid, and the one after it."""
        self._older_heads: dict[bytes, tuple[Request]] = {}
        self._size = 0
        """The memory that `heads` take, in bytes."""
        self._server = f"tuiserver/{server}"
        self._date = ""

    def __len__(self) -> int:
        """How many heads are cached."""
        return len(self.heads) + len(self._older_heads)

    def __contains__(self, head: bytes) -> bool:
        return head in self.heads or head in self._older_heads

    def recall(self, head: bytes) -> Request | None:
        """The request of a head seen before. One that is in use moves to the current generation."""
        found = self.heads.get(head)
        if found is None:
            found = self._older_heads.get(head)
            if found is None:
                return None
            self.remember(found[0])
        return found[0]

    def remember(self, request: Request) -> None:
        """Cache the head of a request without a body."""
        if len(request.data) > MAX_CACHED_HEAD:
            return
        cost = HEAD_COST + 2 * len(request.data) + HEADER_COST * len(request.headers)
        if self._size + cost > CACHE_SIZE:
            self._older_heads = dict(self.heads)
            self.heads.clear()
            self._size = 0
        self._size += cost
        self.heads[request.data] = (request,)

    def plain_response(self, body: bytes, request: Request, now: float) -> bytes:
        """A 200 response, added to `responses`; for a request whose response depends on nothing but the body."""
        data = self.response(Response(200, body), now, request)
        if len(body) <= MAX_CACHED_BODY and len(self.responses) < CACHED_RESPONSES:
            self.responses[body] = data
        return data

    def response(self, response: Response, now: float, request: Request | None) -> bytes:
        """The bytes of `response` to `request`; None is for a request that could not be parsed.

        Raises `LocalProtocolError`.
        """
        second = int(now)
        if second != self.second:
            self.second, self.next_second = second, second + 1
            self.responses.clear()
            self._date = imf_date(second)
        return serialize(response, request, self._date, self._server)
