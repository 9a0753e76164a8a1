"""The way between a server and whoever watches it.

Rules of this file:
- A link carries events one way and commands the other. Nobody on it waits for the other end.
- What a watcher cannot take in time is dropped from the traffic and counted in a `Skipped`; lifecycle always arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as Interface

from tuiserver.commands import AnyCommand
from tuiserver.events import AnyEvent


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
