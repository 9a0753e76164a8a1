"""Which connections are shown, and in which order.

    rows = Rows(roster)
    rows.wear(wanted, column, reverse)       # a filter, a column to sort by; the newest on top by itself
    rows.update(now)                         # once a frame: True while there is more to look at
    rows.ids

Rules of this file:
- A look at ten thousand is shared out over frames, `SLICE` of them each; until all are seen, the last order stands.
- Sorted is stable: rows of the same value stay as they stood, the newest first at the beginning.
- What moves is sorted anew once a second, not with each byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tuiserver.console.models.columns import BY_NAME, ID, Column
from tuiserver.core.filters import Filter
from tuiserver.views.roster import Client, Roster

SLICE = 1000
"""Clients looked at in one frame: some 2 ms."""
AGAIN = 1.0
"""Seconds after which values that move are looked at again."""

NO_FILTER: Filter[Client] = Filter("", ())


class Rows:
    """The ids of the shown connections in their order."""

    def __init__(self, roster: Roster) -> None:
        self.ids: list[int] = []
        self.wanted = NO_FILTER
        self.column = BY_NAME[ID]
        self.reverse = True
        self._roster = roster
        self._arrangement = -1
        self._looked = float("-inf")
        self._todo: Iterator[int] | None = None
        self._found: list[int] = []
        self._keys: dict[int, Any] = {}

    @property
    def filtered(self) -> bool:
        """Whether something may be hidden."""
        return bool(self.wanted.terms)

    @property
    def hidden(self) -> int:
        """How many the filter leaves out."""
        return len(self._roster.clients) - len(self.ids)

    def wear(self, wanted: Filter[Client] | None = None, column: Column | None = None, reverse: bool = False) -> None:
        """Another filter, or another order."""
        if wanted is not None:
            self.wanted = wanted
        if column is not None:
            self.column, self.reverse = column, reverse
        self._todo = None
        self._arrangement = -1

    def update(self, now: float) -> bool:
        """Look at what is due; `now` is Unix time in seconds. True while a look is not finished."""
        roster = self._roster
        came = self._arrangement != roster.arrangement
        if not self.filtered and self.column.name == ID:
            if came:
                self._arrangement = roster.arrangement
                self.ids = list(reversed(roster.clients)) if self.reverse else list(roster.clients)
            return False
        if self._todo is None and (came or not 0 <= now - self._looked < AGAIN):
            self._begin(now)
        return self._go_on(now) if self._todo is not None else False

    def _begin(self, now: float) -> None:
        clients = self._roster.clients
        self._arrangement, self._looked = self._roster.arrangement, now
        self.ids = [number for number in self.ids if number in clients]
        shown = set(self.ids)
        self._todo = iter([*(number for number in reversed(clients) if number not in shown), *self.ids])
        self._found, self._keys = [], {}

    def _go_on(self, now: float) -> bool:
        clients, matches, key = self._roster.clients, self.wanted.matches, self.column.key
        assert self._todo is not None
        for seen, number in enumerate(self._todo, 1):
            client = clients.get(number)
            if client is not None and matches(client):
                self._found.append(number)
                self._keys[number] = key(client, now)
            if seen == SLICE:
                return True
        self._found.sort(key=self._keys.__getitem__, reverse=self.reverse)
        self.ids, self._todo = [number for number in self._found if number in clients], None
        return False
