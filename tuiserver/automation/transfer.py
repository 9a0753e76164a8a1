"""Flow control of a file on its way to one connection: how much of it may be passed to the server now.

Rules of this file:
- Pure bookkeeping: no file, no link, no clock.
- Bytes are *unacknowledged* from the `Send` until its `Sent`, then *queued* until a `Traffic` has the real size of the send
  buffer. Both together stay within a window, so a peer that does not read stops its transfer and costs no more memory.
- Events that concern the connection are matched by token; other senders' messages count only in what is queued.
"""

from __future__ import annotations


class Usage:
    """Bytes that all transfers of one job have in flight together."""

    __slots__ = ("queued", "unacknowledged")

    def __init__(self) -> None:
        self.unacknowledged = 0
        self.queued = 0

    @property
    def in_flight(self) -> int:
        """Bytes passed to the server that it may not have sent yet."""
        return self.unacknowledged + self.queued


class Transfer:
    """One connection that gets the file, in chunks or as one message. `usage` is shared with the other transfers of the job."""

    __slots__ = (
        "_pending",
        "as_message",
        "cause",
        "connection",
        "done",
        "failure",
        "offset",
        "queued",
        "sent",
        "unacknowledged",
        "usage",
    )

    def __init__(self, connection: int, usage: Usage, as_message: bool = False) -> None:
        self.connection = connection
        self.as_message = as_message
        self.usage = usage
        self.offset = 0
        """Bytes of the file that were passed to the server."""
        self.sent = 0
        """Bytes of the file that the server has accepted for sending."""
        self.unacknowledged = 0
        self.queued = 0
        self.done = False
        self.failure = ""
        """Why it ended before the whole file was sent."""
        self.cause = ""
        """The failure without details of the connection, for counting the failures of many transfers."""
        self._pending: dict[int, int] = {}

    @property
    def in_flight(self) -> int:
        """Bytes passed to the server that it may not have sent yet."""
        return self.unacknowledged + self.queued

    def add_pending(self, token: int, size: int) -> None:
        """A `Send` of `size` bytes with this token is sent now."""
        self._pending[token] = size
        self.offset += size
        self._count(size, 0)

    def acknowledge(self, token: int) -> bool:
        """A `Sent` was received. False if its token is not of this transfer."""
        size = self._pending.pop(token, None)
        if size is None:
            return False
        self.sent += size
        self._count(-size, size)
        return True

    def is_pending(self, token: int) -> bool:
        """Whether a `Send` with this token is not answered yet."""
        return token in self._pending

    @property
    def pending(self) -> tuple[int, ...]:
        """The tokens that are not answered yet."""
        return tuple(self._pending)

    def set_queued(self, size: int) -> None:
        """A `Traffic` was received: the send buffer of the connection holds `size` bytes."""
        self._count(0, size - self.queued)

    def end(self, failure: str = "", cause: str = "") -> None:
        """Send nothing more."""
        if not self.done:
            self.done = True
            self.failure, self.cause = failure, cause or failure
            self._pending.clear()
            self._count(-self.unacknowledged, 0)

    def release(self) -> None:
        """The connection has closed: nothing is in flight any more."""
        self._count(-self.unacknowledged, -self.queued)

    def _count(self, unacknowledged: int, queued: int) -> None:
        self.unacknowledged += unacknowledged
        self.queued += queued
        self.usage.unacknowledged += unacknowledged
        self.usage.queued += queued
