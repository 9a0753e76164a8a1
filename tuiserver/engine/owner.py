"""What a connection needs from its server.

Rules of this file:
- A connection knows its server by this interface only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tuiserver.core.limits import Limits
from tuiserver.engine.callbacks import Callbacks
from tuiserver.engine.closing import Closer
from tuiserver.engine.feed import Feed
from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.loop import Loop
from tuiserver.engine.unfinished import Unfinished

if TYPE_CHECKING:
    from tuiserver.engine.connection import Connection
    from tuiserver.engine.half_close import HalfClose
    from tuiserver.engine.servicing import Servicer


class Owner(Protocol):
    """The server of a connection, as far as the connection knows it. `program` is the sender that views show for `send`."""

    loop: Loop
    feed: Feed
    limits: Limits
    callbacks: Callbacks
    deadlines: Deadlines
    closer: Closer
    half_close: HalfClose
    servicer: Servicer
    idle: Idle
    buffers: Buffers
    unfinished: Unfinished
    program: str

    def on_connection_ended(self, connection: Connection, unsent: int, error: OSError | None) -> None:
        """The socket of `connection` was closed."""
