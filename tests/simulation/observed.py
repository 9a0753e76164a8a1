"""What can be seen of an open connection from outside, turn by turn."""

from __future__ import annotations

from typing import Any

from tests.simulation.http_answers import CONTINUE
from tests.simulation.network import Client


class Observed:
    """What is observed of an open connection, turn by turn."""

    def __init__(self, client: Client, now: float, request_timeout: float) -> None:
        self.client = client
        self.refused_after: int | None = None
        """How many requests were complete when the time for the next one had passed; what comes later may be refused."""
        self._request_timeout = request_timeout
        self.connected_at = self.active_at = self.first_read_at = now
        self.closing_progress_at = self.spoke_at = self.eager_since = self.ended_since = self.done_since = (
            self.complete_since
        ) = now
        self.closing_at: float | None = None
        self.idle_timeout = 0.0
        self.half_closed_at = now
        """When the peer was first seen to have finished sending, while it can be answered."""
        self.continues = 0
        """How often the peer waits, or has waited, for `100 Continue`."""
        self.unfinished_since: float | None = None
        """Since when the bytes read end within a request."""
        self.read = 0
        """Bytes read until the end of the last turn."""
        self.closing_between: tuple[int, int] | None = None
        """Bytes read before and after the turn in which the server began to close."""
        self.must_not_read = False
        """Too much is unsent, of this connection or of all together."""
        self.changed_at = now
        """When bytes were read or written last, or the buffer changed."""
        self._written = self._sent = self._unsent = self._buffered = 0
        self._complete = 0
        self._at, self._held = now, False

    def take_buffered(self, unsent: int) -> tuple[int, int]:
        """How many bytes have left its buffer since the last turn, and how many were added, at most; `unsent` are in it now."""
        before, self._buffered = self._buffered, unsent
        written = len(self.client.socket.accepted_bytes) - self._written
        return max(before - unsent, written), max(unsent - before + written, 0)

    def observe(self, now: float, connection: Any) -> None:
        """A turn has ended."""
        socket = self.client.socket
        read, written = len(socket.read_bytes), len(socket.accepted_bytes)
        if (read, written, connection.unsent) != (self.read, self._written, self._unsent):
            self.changed_at, self._unsent = now, connection.unsent
        if connection.is_open:
            self.closing_progress_at = self.done_since = now
            if not connection.ended:
                self.half_closed_at = self.complete_since = now
        elif self.closing_between is None:
            self.closing_between = (self.read, read)
            self.closing_progress_at = self.closing_at = now
        elif written != self._written:
            self.closing_progress_at = now
        if written != self._written:
            self._written, self.active_at = written, now
        if connection.messages_out != self._sent:
            self._sent, self.active_at = connection.messages_out, now
        if not connection.protocol and self.unfinished_since is not None:
            self.unfinished_since = now  # the time for a request runs from the moment the protocol is known
        unfinished = self.unfinished_since
        if unfinished is not None and self.refused_after is None and now - unfinished >= self._request_timeout:
            self.refused_after = self._complete
        if read == self.read:
            return
        # A peer that does not wait any longer needs none; it has to wait while earlier requests have no answer.
        self.continues = min(self.continues, socket.accepted_bytes.count(CONTINUE))
        self.first_read_at = self.first_read_at if self.read else now
        self.read, self.active_at = read, now
        if connection.is_open:
            self.spoke_at = now
        complete, boundary = 0, 0
        for request in self.client.plan.requests:
            if boundary + len(request.wire) > read:
                break
            boundary += len(request.wire)
            complete += 1
        requests = self.client.plan.requests
        if complete < len(requests) and requests[complete].expects and read == boundary + requests[complete].head:
            self.continues += 1
        if read == boundary:
            self.unfinished_since = None
        elif self.unfinished_since is None or complete != self._complete:
            self.unfinished_since = now
        self._complete = complete

    def exclude_held(self, now: float, held_since: float | None, resumed_at: float) -> None:
        """Called after each turn: since when the server has a reason of its own not to read, and when it last resumed reading.

        That time counts against no timeout, and idle time starts anew.
        """
        held = held_since is not None
        if held or self._held:
            start = self._at if self._held or held_since is None else max(self._at, held_since)
            end = now if held or resumed_at < start else resumed_at
            self.connected_at += end - start
            self.first_read_at += end - start
            if self.unfinished_since is not None:
                self.unfinished_since += end - start
        self.active_at = max(self.active_at, now if self._held or held else resumed_at)
        self._at, self._held = now, held
