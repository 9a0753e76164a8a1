"""The first bytes of a client whose address names no protocol: what they look like, as an `Identified`.

Rules of this file:
- It takes the place of the socket until the first read, so that it costs nothing for any later message.
- It reads what the connection would read, passes it on as it is, and delays nothing. A wire tap that is switched on or off
  before the first read takes its place.
- The signatures are imported with the first client: the start does not wait for them.
"""

from __future__ import annotations

from tuiserver.engine.connection import Connection
from tuiserver.engine.output import NOT_NOW
from tuiserver.engine.owner import Owner
from tuiserver.engine.wiretap import Wire

SILENT_AFTER = 3.0
"""Seconds without a byte after which a client appears to wait for us."""


class FirstLook:
    """Receives for `connection` from `wire` until the first bytes have come."""

    __slots__ = ("_connection", "_owner", "_wire", "send")

    def __init__(self, connection: Connection, wire: Wire, owner: Owner) -> None:
        self._connection, self._wire, self._owner = connection, wire, owner
        self.send = wire.send
        connection.use_wire(self)
        owner.deadlines.set(self, SILENT_AFTER)

    def recv(self, size: int) -> bytes:
        """As `socket.recv`. What the first bytes look like is reported before they are."""
        connection = self._connection
        connection.use_wire(self._wire)
        try:
            data = self._wire.recv(size)
        except NOT_NOW:
            connection.use_wire(self)
            raise
        self._owner.deadlines.clear(self)
        if connection.passthrough and not connection.state:  # other protocols look at it themselves
            from tuiserver.protocols.signatures import recognize

            finding = recognize(data)
            if finding is not None or (connection.identified is not None and data):
                self._owner.servicer.identify(connection, finding)
        return data

    def on_deadline(self, late: float) -> None:
        """Called by `Deadlines`: nothing was received. A client that we have spoken to does not wait for us."""
        connection = self._connection
        if connection.reading.holds and not connection.state:
            self._owner.deadlines.set(self, SILENT_AFTER)
        elif not (connection.state or connection.bytes_in or connection.messages_out):
            from tuiserver.protocols.signatures import SILENT

            self._owner.servicer.identify(connection, SILENT)

    def on_error(self, error: BaseException) -> None:
        """Called by `Deadlines`: a bug."""
        self._connection.on_error(error)
