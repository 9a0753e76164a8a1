"""The interface between a watcher and a server, wherever the server runs; and a link that can only watch.

Rules of this file:
- A link carries events one way and commands the other. Neither end waits for the other.
- It knows events and commands, but not the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as Interface

from tuiserver.core import commands
from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent

EVERYTHING = commands.TAGS
"""The capabilities of a link to a live server: all commands."""


class Link(Interface):
    """The way from a watcher to a server: local or remote, live or recorded."""

    capabilities: frozenset[str]
    """Tags of the commands this link can carry. What the link cannot do is not offered to the operator."""

    def open(self, wake: Callable[[], None]) -> None:
        """Start receiving. `wake` is called from any thread when there is something to `take`, once until it is taken."""

    def take(self) -> list[AnyEvent]:
        """All events since the last call, oldest first; never waits."""

    def send(self, command: AnyCommand) -> None:
        """Pass a command to the server; never waits."""

    def clock(self) -> float:
        """The present time of the server in Unix seconds; a recording has its own time."""

    def stepped(self) -> float:
        """Seconds by which the clock was set since the last call, as events and `clock` show it; 0 if it just ran."""

    def close(self) -> None:
        """Stop receiving: no wake-up and no event after this."""


class ReadOnlyLink:
    """A link that can only watch: it changes nothing about clients and cannot stop the server."""

    ALLOWED = frozenset({commands.tag_of(commands.Inspect)})

    def __init__(self, link: Link) -> None:
        self.open, self.take, self.clock, self.close = link.open, link.take, link.clock, link.close
        self.stepped = link.stepped
        self.capabilities = link.capabilities & self.ALLOWED
        self._send = link.send

    def send(self, command: AnyCommand) -> None:
        """Pass a command that is allowed; drop any other."""
        if commands.tag_of(command) in self.capabilities:
            self._send(command)
