"""Which connections are shown, and in which order.

    rows = Rows(roster)
    rows.set_filter(filter); rows.sort_by(column, reverse)       # at first all of them, the newest on top
    rows.update(now)                         # once a frame: True while not all connections have been examined
    rows.ids

Rules of this file:
- Ten thousand connections are examined over several frames, `CLIENTS_PER_FRAME` in each; until then the last order stays.
- Closed connections are below the open ones, in every order.
- Sorting is stable: rows of equal values keep their order, which is newest first at the beginning.
- Values that change all the time are sorted once a second, not with every byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tuiserver.console.models.columns import BY_NAME, ID, Column
from tuiserver.core.filters import Filter
from tuiserver.views.roster import Client, Roster

CLIENTS_PER_FRAME = 1000
"""Examining so many takes about 2 ms."""
DECODED_PER_FRAME = 100
"""The same where the order is that of a field, for which a message may have to be decoded."""
SORT_INTERVAL = 0.9
"""Seconds after which changed values are sorted again: with a clock that ticks once a second, at each tick."""


class Rows:
    """The ids of the shown connections in their order."""

    def __init__(self, roster: Roster) -> None:
        self.ids: list[int] = []
        self.column = BY_NAME[ID]
        self.reverse = True
        self._filter: Filter[Client] = Filter("", ())
        self._roster = roster
        self._arrangement = -1
        self._begun = float("-inf")
        self._pending: Iterator[int] | None = None
        self._found: list[int] = []
        self._keys: dict[int, Any] = {}

    @property
    def filtered(self) -> bool:
        """True if something may be hidden."""
        return bool(self._filter)

    def set_filter(self, wanted: Filter[Client]) -> None:
        """Show only matching connections."""
        self._filter = wanted
        self._invalidate()

    def sort_by(self, column: Column, reverse: bool) -> None:
        """Sort by a column; `reverse` puts the greatest value on top."""
        self.column, self.reverse = column, reverse
        self._invalidate()

    def _invalidate(self) -> None:
        self._pending = None
        self._arrangement = -1

    def update(self, now: float) -> bool:
        """Examine what is due; `now` is Unix time in seconds. True while there is more to examine."""
        roster = self._roster
        changed = self._arrangement != roster.arrangement
        if not self.filtered and self.column.name == ID:
            if changed:
                self._arrangement = roster.arrangement
                self.ids = self._closed_last(reversed(roster.clients) if self.reverse else roster.clients)
            return False
        if self._pending is None and (changed or not 0 <= now - self._begun < SORT_INTERVAL):
            self._begin(now)
        return self._examine(now) if self._pending is not None else False

    def _begin(self, now: float) -> None:
        clients = self._roster.clients
        self._arrangement, self._begun = self._roster.arrangement, now
        self.ids = [number for number in self.ids if number in clients]
        shown = set(self.ids)
        self._pending = iter([*(number for number in reversed(clients) if number not in shown), *self.ids])
        self._found, self._keys = [], {}

    def _examine(self, now: float) -> bool:
        clients, matches, key = self._roster.clients, self._filter.matches, self.column.key
        assert self._pending is not None
        for examined, number in enumerate(self._pending, 1):
            client = clients.get(number)
            if client is not None and matches(client):
                self._found.append(number)
                self._keys[number] = key(client, now)
            if examined == (CLIENTS_PER_FRAME if self.column.name in BY_NAME else DECODED_PER_FRAME):
                return True
        self._found.sort(key=self._keys.__getitem__, reverse=self.reverse)
        self.ids, self._pending = self._closed_last(number for number in self._found if number in clients), None
        return False

    def _closed_last(self, ids: Iterable[int]) -> list[int]:
        clients, found, closed = self._roster.clients, list[int](), list[int]()
        for number in ids:
            (found if clients[number].closed_at is None else closed).append(number)
        return found + closed
