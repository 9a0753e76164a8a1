"""The memory for unfinished messages of all connections of one server: one budget.

Rules of this file:
- Over the budget, connections with an unfinished message are not read, except for the one that began first: it can always finish,
  then the next one. What is held takes the budget, one more message, and one read for each connection.
- Reading resumes when three quarters of the budget are left, so that it does not stop and start with every message.
"""

from __future__ import annotations

from tuiserver.engine.guards import Holdable


class Unfinished:
    """The sizes of unfinished messages. `limit`: the budget in bytes. `hold`: the reason for which reading is held."""

    def __init__(self, limit: int, hold: int) -> None:
        self.total = 0
        self._limit, self._hold = limit, hold
        self._over_limit = False
        self._sizes: dict[Holdable, int] = {}

    def update(self, connection: Holdable, size: int) -> None:
        """`connection` holds `size` bytes of an unfinished message now; 0 if it has none, or has ended."""
        before = self._sizes.get(connection, 0)
        if size == before:
            return
        self.total += size - before
        if size:
            self._sizes[connection] = size
        else:
            del self._sizes[connection]
            if self._over_limit:
                connection.release_reading(self._hold)
        if self._over_limit:
            if self.total <= self._limit * 3 // 4:
                self._over_limit = False
                for each in self._sizes:
                    each.release_reading(self._hold)
                return
            if size:
                connection.hold_reading(self._hold)
        elif self.total > self._limit:
            self._over_limit = True
            for each in self._sizes:
                each.hold_reading(self._hold)
        if self._over_limit and self._sizes:
            next(iter(self._sizes)).release_reading(self._hold)
