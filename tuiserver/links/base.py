"""What a console sees of a server, wherever that runs; and the same for who may only look.

Rules of this file:
- A link carries events one way and commands the other. Nobody on it waits for the other end.
- It knows events and commands, and nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as Interface

from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent


class Link(Interface):
    """What a console sees of a server, in this process or far away."""

    def open(self, wake: Callable[[], None]) -> None:
        """Begin. `wake` is called, from any thread, when there is something to `take`; once until it is taken."""

    def take(self) -> list[AnyEvent]:
        """All events since the last call, oldest first; never waits."""

    def send(self, command: AnyCommand) -> None:
        """Pass a wish to the server; never waits."""

    def close(self) -> None:
        """End: no wake and no event after this."""


class ReadOnlyLink:
    """A link that only watches: no wish that does anything to a client passes."""

    PASS = ("inspect", "stop")
    """The wishes that pass, by their tags."""

    def __init__(self, link: Link) -> None:
        self.open, self.take, self.close = link.open, link.take, link.close
        self._pass = link.send

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`."""
        if command.__struct_config__.tag in self.PASS:
            self._pass(command)
