"""What bounds connections in time and memory, for all of them together.

Rules of this file:
- A deadline costs something only for the few connections that have one; ten thousand silent ones cost nothing.
- Memory is bounded by not reading, never by dropping.
"""

from __future__ import annotations

import time
from typing import Protocol

from tuiserver.loop import Loop, Timer

SWEEP = 1.0
"""Seconds between two looks at the deadlines: a timeout is right to a second."""


class Guarded(Protocol):
    """What the guards do to a connection."""

    def overdue(self) -> None:
        """Its deadline has passed."""

    def hold_reading(self, hold: int) -> None:
        """Read nothing more, for the reason `hold`."""

    def release_reading(self, hold: int) -> None:
        """The reason `hold` is gone."""


class Deadlines:
    """The connections that owe something by a certain time. One sweep a second serves them all."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._due: dict[Guarded, float] = {}
        self._timer: Timer | None = None

    def set(self, connection: Guarded, seconds: float) -> None:
        """`connection` is overdue in so many seconds; replaces an earlier deadline. 0 is none."""
        if seconds <= 0:
            self._due.pop(connection, None)
            return
        self._due[connection] = time.monotonic() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(min(SWEEP, seconds), self._sweep)

    def clear(self, connection: Guarded) -> None:
        """It has none any more."""
        self._due.pop(connection, None)

    def __contains__(self, connection: Guarded) -> bool:
        return connection in self._due

    def _sweep(self) -> None:
        now = time.monotonic()
        late = [connection for connection, due in self._due.items() if due <= now]
        for connection in late:
            del self._due[connection]
        self._timer = self._loop.call_later(SWEEP, self._sweep) if self._due else None
        for connection in late:
            connection.overdue()


class Buffers:
    """The unsent bytes of all connections. Over the limit, no connection that has some is read."""

    def __init__(self, limit: int, hold: int) -> None:
        self.total = 0
        self._limit, self._hold = limit, hold
        self._crowded = False
        self._connections: set[Guarded] = set()

    def add(self, connection: Guarded, size: int) -> None:
        """`size` more bytes of `connection` wait."""
        self.total += size
        if connection not in self._connections:
            self._connections.add(connection)
            if self._crowded:
                connection.hold_reading(self._hold)
        if self.total > self._limit and not self._crowded:
            self._crowded = True
            for each in self._connections:
                each.hold_reading(self._hold)

    def remove(self, connection: Guarded, size: int, left: int) -> None:
        """`size` bytes of `connection` wait no more; `left` still do."""
        self.total -= size
        if not left:
            self._connections.discard(connection)
            if self._crowded:
                connection.release_reading(self._hold)
        if self._crowded and self.total <= self._limit:
            self._crowded = False
            for each in self._connections:
                each.release_reading(self._hold)
