"""Limits on connections in time and memory, for all connections of one server together.

Rules of this file:
- Only connections with a deadline cost anything: ten thousand silent ones without one cost nothing.
- Memory is bounded by not reading, never by dropping bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tuiserver.engine.loop import Loop
from tuiserver.engine.timers import Timer

SWEEP = 1.0
"""Seconds between two checks of the deadlines: a timeout of a second or more is exact to a second. A shorter one is exact."""


class Guarded(Protocol):
    """Something with a deadline."""

    def on_deadline(self, late: float) -> None:
        """Its deadline has passed, `late` seconds ago."""

    def on_error(self, error: BaseException) -> None:
        """`on_deadline` raised an exception: a bug."""


class Deadlines:
    """The deadlines of connections. One sweep a second checks all of them; those shorter than a second have a timer each."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._due: dict[Guarded, float] = {}
        self._timer: Timer | None = None
        self._timers: dict[Guarded, Timer] = {}

    def set(self, connection: Guarded, seconds: float) -> None:
        """Call `connection.on_deadline` after `seconds`; replaces an earlier deadline. 0 removes it."""
        if seconds <= 0:
            self.clear(connection)
            return
        self._due[connection] = self._loop.clock.monotonic() + seconds
        self._schedule(connection, seconds)

    def clear(self, connection: Guarded) -> None:
        """Remove the deadline of `connection`, if it has one."""
        self._due.pop(connection, None)
        if self._timers and (timer := self._timers.pop(connection, None)) is not None:
            timer.cancel()

    def __contains__(self, connection: Guarded) -> bool:
        return connection in self._due

    def _schedule(self, connection: Guarded, seconds: float) -> None:
        if seconds >= SWEEP:
            if self._timer is None:
                self._timer = self._loop.call_later(SWEEP, self._sweep)
            return
        timer = self._timers.get(connection)
        if timer is not None:
            if timer.when <= self._due[connection]:  # it checks again: prolonging a deadline costs no timer
                return
            timer.cancel()
        self._timers[connection] = self._loop.call_later(seconds, self._check, connection)

    def _check(self, connection: Guarded) -> None:
        """The timer of a short deadline."""
        del self._timers[connection]
        due = self._due.get(connection)
        if due is None:
            return
        late = self._loop.clock.monotonic() - due
        if late < 0:
            self._schedule(connection, -late)
            return
        del self._due[connection]
        self._report(connection, late)

    def _sweep(self) -> None:
        now = self._loop.clock.monotonic()
        passed = [(connection, now - due) for connection, due in self._due.items() if due <= now]
        for connection, _ in passed:
            del self._due[connection]
        self._timer = self._loop.call_later(SWEEP, self._sweep) if self._due else None
        for connection, late in passed:
            self._report(connection, late)

    def _report(self, connection: Guarded, late: float) -> None:
        try:
            connection.on_deadline(late)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            connection.on_error(error)


class Idler(Protocol):
    """What the idle check asks of a connection."""

    def idle_remaining(self) -> float:
        """Seconds until it has been idle for too long; infinite where it never is."""

    def close_idle(self) -> None:
        """Close it: it has been idle for too long."""

    def on_error(self, error: BaseException) -> None:
        """Another method raised an exception: a bug."""


class Idle:
    """Closes connections that have been idle for too long. It wakes when the first one can be due, not before."""

    def __init__(self, loop: Loop, connections: Mapping[int, Idler]) -> None:
        self._loop, self._connections = loop, connections
        self._timer: Timer | None = None
        self._due = 0.0

    def expect(self, seconds: float) -> None:
        """A connection may have been idle for too long after `seconds`; 0 for never."""
        if seconds <= 0:
            return
        due = self._loop.monotonic + seconds
        if self._timer is not None:
            if due >= self._due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        soonest = float("inf")
        for connection in tuple(self._connections.values()):
            try:
                remaining = connection.idle_remaining()
                if remaining <= 0:
                    connection.close_idle()
                elif remaining < soonest:
                    soonest = remaining
            except Exception as error:
                connection.on_error(error)
        if soonest < float("inf"):
            self.expect(max(soonest, SWEEP / 10))


class Holdable(Protocol):
    """Something whose reading can be paused."""

    def hold_reading(self, reason: int) -> None:
        """Stop reading."""

    def release_reading(self, reason: int) -> None:
        """The reason no longer applies."""


class Buffers:
    """The unsent bytes of all connections. Over the limit, connections with unsent bytes are not read.

    They are read again at three quarters of it: crossing the limit costs a call for each of them, so it must not happen
    with every few bytes.
    """

    def __init__(self, limit: int, hold: int) -> None:
        self.total = 0
        self._limit, self._hold = limit, hold
        self._release_at = limit - limit // 4
        self._over_limit = False
        self._connections: set[Holdable] = set()

    def add(self, connection: Holdable, size: int) -> None:
        """`connection` has buffered `size` more bytes."""
        self.total += size
        if connection not in self._connections:
            self._connections.add(connection)
            if self._over_limit:
                connection.hold_reading(self._hold)
        if self.total > self._limit and not self._over_limit:
            self._over_limit = True
            for each in self._connections:
                each.hold_reading(self._hold)

    def remove(self, connection: Holdable, size: int, left: int) -> None:
        """`connection` has sent or dropped `size` buffered bytes; `left` remain."""
        self.total -= size
        if not left:
            self._connections.discard(connection)
            if self._over_limit:
                connection.release_reading(self._hold)
        if self._over_limit and self.total <= self._release_at:
            self._over_limit = False
            for each in self._connections:
                each.release_reading(self._hold)
