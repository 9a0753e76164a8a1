"""What a connection needs of its server: the program's callbacks, and the owner that calls them.

Rules of this file:
- A connection knows its server by this interface only; the server itself is a floor above.
"""

from __future__ import annotations

from typing import Any, Protocol

from tuiserver.core.limits import Limits
from tuiserver.engine.feed import Feed
from tuiserver.engine.guards import Buffers, Deadlines
from tuiserver.engine.loop import Loop
from tuiserver.protocols.http.protocol import Http


class Callbacks:
    """What a program hung in. Each is called at exactly one place."""

    __slots__ = ("buffer_drain", "buffer_full", "close", "connect", "error", "message")

    def __init__(self) -> None:
        self.connect: Any = None
        self.message: Any = _ignore
        self.close: Any = None
        self.error: Any = None
        self.buffer_full: Any = None
        self.buffer_drain: Any = None


def _ignore(connection: Any, message: Any) -> None:
    """What a server does with messages before it is told otherwise."""


class Owner(Protocol):
    """What a connection needs of its server."""

    loop: Loop
    feed: Feed
    limits: Limits
    callbacks: Callbacks
    deadlines: Deadlines
    buffers: Buffers
    http: Http
    program: str

    def failed(self, connection: Any, name: str, error: Exception) -> None:
        """The callback `name` raised."""

    def call(self, connection: Any, name: str) -> None:
        """Call the program's callback `name`, if it has one."""

    def ended(self, connection: Any, unsent: int, error: OSError | None) -> None:
        """The socket is gone."""
