"""What bounds connections in time and memory, for all of them together.

Rules of this file:
- A deadline costs something only for the few connections that have one; ten thousand silent ones cost nothing.
- Memory is bounded by not reading, never by dropping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tuiserver.engine.loop import Loop, Timer

SWEEP = 1.0
"""Seconds between two looks at the deadlines: a timeout is right to a second."""


class Guarded(Protocol):
    """What the guards do to a connection."""

    def on_deadline(self) -> None:
        """Its deadline has passed."""

    def on_error(self, error: Exception) -> None:
        """That raised: a fault in this program."""

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
        """`connection` is on_deadline in so many seconds; replaces an earlier deadline. 0 is none."""
        if seconds <= 0:
            self._due.pop(connection, None)
            return
        self._due[connection] = self._loop.clock.monotonic() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(min(SWEEP, seconds), self._sweep)

    def clear(self, connection: Guarded) -> None:
        """It has none any more."""
        self._due.pop(connection, None)

    def __contains__(self, connection: Guarded) -> bool:
        return connection in self._due

    def _sweep(self) -> None:
        now = self._loop.clock.monotonic()
        late = [connection for connection, due in self._due.items() if due <= now]
        for connection in late:
            del self._due[connection]
        self._timer = self._loop.call_later(SWEEP, self._sweep) if self._due else None
        for connection in late:
            try:
                connection.on_deadline()
            except Exception as error:
                connection.on_error(error)


class Sleeper(Protocol):
    """What the idle sweep asks of a connection."""

    def idle_remaining(self) -> float:
        """Seconds until it has been idle for too long; infinite where it never is."""

    def close(self, reason: str) -> None:
        """End it."""

    def idle_reason(self) -> str:
        """In words."""


class Idle:
    """Who has been silent for too long. It looks when the first one can be due, not before."""

    def __init__(self, loop: Loop, connections: Mapping[int, Sleeper]) -> None:
        self._loop, self._connections = loop, connections
        self._timer: Timer | None = None

    def expect(self, seconds: float) -> None:
        """Somebody new may be idle for too long in so many seconds."""
        if self._timer is None and seconds > 0:
            self._timer = self._loop.call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        soonest = float("inf")
        for connection in tuple(self._connections.values()):
            left = connection.idle_remaining()
            if left <= 0:
                connection.close(connection.idle_reason())
            elif left < soonest:
                soonest = left
        if soonest < float("inf"):
            self.expect(max(soonest, SWEEP / 10))


class Buffers:
    """The unsent bytes of all connections. Over the limit, no connection that has some is read."""

    def __init__(self, limit: int, hold: int) -> None:
        self.total = 0
        self._limit, self._hold = limit, hold
        self._over_limit = False
        self._connections: set[Guarded] = set()

    def add(self, connection: Guarded, size: int) -> None:
        """`size` more bytes of `connection` wait."""
        self.total += size
        if connection not in self._connections:
            self._connections.add(connection)
            if self._over_limit:
                connection.hold_reading(self._hold)
        if self.total > self._limit and not self._over_limit:
            self._over_limit = True
            for each in self._connections:
                each.hold_reading(self._hold)

    def remove(self, connection: Guarded, size: int, left: int) -> None:
        """`size` bytes of `connection` wait no more; `left` still do."""
        self.total -= size
        if not left:
            self._connections.discard(connection)
            if self._over_limit:
                connection.release_reading(self._hold)
        if self._over_limit and self.total <= self._limit:
            self._over_limit = False
            for each in self._connections:
                each.release_reading(self._hold)
