"""Which connections the operator means: the selected one, the marked ones, and whose messages are shown.

Rules of this file:
- It holds state and decides nothing: the panes report changes, the operator's commands and the send bar read them.
- A closed connection is never a target.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuiserver.views.roster import Client, Roster


class Selection:
    """The selection. `selected` is an id, 0 for none; `marked` are ids, oldest first; `open` are the ids of the open
    connections as of the last `refresh`; `all_messages`: the messages of all connections are shown."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._arrangement = -1
        self.selected = 0
        self.marked: tuple[int, ...] = ()
        self.open: dict[int, None] = {}
        self.all_messages = False

    def refresh(self) -> bool:
        """Update `open` if a connection came or went; returns whether one did. Without a change it costs nothing."""
        if self._arrangement == self._roster.arrangement:
            return False
        self._arrangement = self._roster.arrangement
        self.open = {client.id: None for client in self._roster.clients.values() if client.open}
        return True

    @property
    def client(self) -> Client | None:
        """The selected connection, open or closed."""
        return self._roster.clients.get(self.selected)

    @property
    def targets(self) -> list[Client]:
        """The open connections that a command applies to: the marked ones, or else the selected one."""
        return list(self._targets())

    @property
    def has_target(self) -> bool:
        """Whether there is one. Asked in each frame, so the marked ones are not counted."""
        return next(self._targets(), None) is not None

    def _targets(self) -> Iterator[Client]:
        clients = (self._roster.clients.get(number) for number in self.marked or (self.selected,))
        return (client for client in clients if client is not None and client.open)

    @property
    def messages_of(self) -> int:
        """The connection whose messages are shown; 0 for all of them."""
        return 0 if self.all_messages else self.selected
