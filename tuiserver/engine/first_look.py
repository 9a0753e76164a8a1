"""What clients look like whose address names no protocol, by their first bytes or their silence, as an `Identified`.

Rules of this file:
- It takes the place of `recv` until the first read, so that it costs nothing for any later message.
- It reads what the connection would read, passes it on as it is, and delays nothing. A wire tap that is switched on or off
  before the first read takes its place.
- The signatures are imported with the first client: the start does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import takewhile

from tuiserver.engine.connection import Connection
from tuiserver.engine.guards import SWEEP
from tuiserver.engine.output import NOT_NOW
from tuiserver.engine.owner import Owner
from tuiserver.protocols.base import Finding

SILENT_AFTER = 3.0
"""Seconds without a byte after which a client appears to wait for us. That is checked once a second."""

Recv = Callable[[int], bytes]


class FirstLook:
    """Looks at the clients of one server, of which `connections` are all, in order of arrival."""

    def __init__(self, owner: Owner, connections: dict[int, Connection]) -> None:
        self._owner, self._connections = owner, connections
        self._addresses: set[str] = set()
        self._waiting = False
        self._checked = 0
        """The last connection that had three seconds to speak."""
        self._recognize = self._import_and_recognize

    def begin(self, connection: Connection, recv: Recv) -> None:
        """Look at the first bytes that `recv` returns for a client that was just accepted."""
        connection.use_recv(partial(self._recv, connection, recv))
        if not self._waiting:
            self._waiting = True
            self._owner.loop.call_later(SILENT_AFTER, self._find_silent)
        self._addresses.add(connection.address)

    def _recv(self, connection: Connection, recv: Recv, size: int) -> bytes:
        """As `socket.recv`. What the first bytes look like is reported before they are."""
        connection.use_recv(recv)
        try:
            data = recv(size)
        except NOT_NOW:
            connection.use_recv(partial(self._recv, connection, recv))
            raise
        if data and connection.wire_protocol.passthrough and not connection.state:  # other protocols look themselves
            finding = self._recognize(data)
            if finding is not None or connection.identified is not None:
                self._owner.servicer.identify(connection, finding)
        return data

    def _import_and_recognize(self, data: bytes) -> Finding | None:
        from tuiserver.protocols.signatures import recognize

        self._recognize = recognize
        return recognize(data)

    def _find_silent(self) -> None:
        """Report the clients that have connected long enough ago and have said nothing, and to which we have said nothing."""
        self._waiting = False
        due = self._owner.loop.monotonic - SILENT_AFTER
        for c in reversed([*takewhile(lambda c: c.id > self._checked, reversed(self._connections.values()))]):
            if c.connected_at > due:
                self._waiting = True
                break
            self._checked = c.id
            if c.address in self._addresses and not (c.bytes_in or c.messages_out or c.state or c.reading.holds):
                from tuiserver.protocols.signatures import SILENT

                self._owner.servicer.identify(c, SILENT)
        if self._waiting:
            self._owner.loop.call_later(SWEEP, self._find_silent)
