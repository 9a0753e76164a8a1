"""The memory for unfinished messages of all connections of one server: one budget.

Rules of this file:
- Over the budget, connections with an unfinished message are not read, except for the one that began first: it can always finish,
  then the next one. What is held takes the budget, one more message, and one read for each connection.
- It has `TURN` seconds while others wait, then its message is refused: a client that stalls does not hold the others.
- Reading resumes when three quarters of the budget are left, so that it does not stop and start with every message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tuiserver.engine.guards import Holdable
from tuiserver.engine.loop import Loop
from tuiserver.engine.timers import Timer

TURN = 10.0
"""Seconds that the connection being read has to finish its message."""


class Receiver(Protocol):
    """What this module needs of a connection."""

    @property
    def reading(self) -> Holdable:
        """Its reading, which can be held."""

    def on_error(self, error: Exception) -> None:
        """Refusing its message raised an exception: a bug."""


class Unfinished:
    """The sizes of unfinished messages. `limit`: the budget in bytes. `hold`: the reason for which reading is held.

    `refuse` is called with a connection that must give up its unfinished message.
    """

    def __init__(self, limit: int, hold: int, loop: Loop, refuse: Callable[[Any], object]) -> None:
        self.total = 0
        self._limit, self._hold, self._loop, self._refuse = limit, hold, loop, refuse
        self._over_limit = False
        self._sizes: dict[Receiver, int] = {}
        self._first: Receiver | None = None
        """The one that is read while the others wait, until `_turn`."""
        self._turn: Timer | None = None

    def update(self, connection: Receiver, size: int, begun: bool = False) -> None:
        """`connection` holds `size` bytes of an unfinished message now; 0 if it has none, or has ended.

        `begun`: of another message than before. It waits behind those that began before it.
        """
        if begun and size and connection in self._sizes:
            self.update(connection, 0)
        before = self._sizes.get(connection, 0)
        if size == before:
            return
        self.total += size - before
        if size:
            self._sizes[connection] = size
        else:
            del self._sizes[connection]
            if self._over_limit:
                connection.reading.release_reading(self._hold)
        if self._over_limit:
            if self.total <= self._limit * 3 // 4:
                self._over_limit = False
                self._give_turn(None)
                for each in self._sizes:
                    each.reading.release_reading(self._hold)
                return
            if size:
                connection.reading.hold_reading(self._hold)
        elif self.total > self._limit:
            self._over_limit = True
            for each in self._sizes:
                each.reading.hold_reading(self._hold)
        if self._over_limit and self._sizes:
            first = next(iter(self._sizes))
            first.reading.release_reading(self._hold)
            if first is not self._first:
                self._give_turn(first)

    def _give_turn(self, connection: Receiver | None) -> None:
        if self._turn is not None:
            self._turn.cancel()
        self._first = connection
        self._turn = None if connection is None else self._loop.call_later(TURN, self._end_turn, connection)

    def _end_turn(self, connection: Receiver) -> None:
        """The first one has not finished in time: refuse its message, unless nobody waits."""
        if len(self._sizes) == 1:
            self._give_turn(connection)
            return
        try:
            self._refuse(connection)
        except Exception as error:
            connection.on_error(error)
        self.update(connection, 0)
