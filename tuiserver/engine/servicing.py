"""Carry out what protocols do on their own: output, deadlines, closing, handing over to another protocol, and a farewell.

Rules of this file:
- A connection is serviced only when its protocol sets `needs_service`: this costs one attribute look-up per message.
"""

from __future__ import annotations

from tuiserver.core.events import Identified
from tuiserver.engine.connection import Connection
from tuiserver.engine.owner import Owner
from tuiserver.engine.reading import ENDED, UNANSWERED
from tuiserver.protocols.base import Protocol

MAX_PENDING_REQUESTS = 256
"""Pipelined requests without an answer; while there are more, the client is not read."""


class Servicer:
    """Services the protocols of one server."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def service(self, connection: Connection) -> None:
        """Do what the protocol of `connection` asks for."""
        protocol = connection.wire_protocol
        protocol.needs_service = False
        wire, shown = protocol.take_output(self._owner.loop.now)
        if wire:
            connection.write_control(wire, shown)
            if connection.state:
                return
        if protocol.successor is not None:
            self._switch(connection, *protocol.successor)
            return
        if protocol.deadline is not None:
            self._owner.deadlines.set(connection, protocol.deadline)
            protocol.deadline = None
        if protocol.closing is not None:
            connection.close(protocol.closing.reason, protocol.closing.code)
        elif protocol.pending_requests > MAX_PENDING_REQUESTS:
            connection.reading.hold_reading(UNANSWERED)
        elif connection.reading.holds & UNANSWERED and protocol.pending_requests <= MAX_PENDING_REQUESTS // 2:
            connection.reading.release_reading(UNANSWERED)

    def send_farewell(self, connection: Connection) -> None:
        """Send the last bytes of the protocol. If the protocol raises an exception, the connection is closed all the same."""
        try:
            farewell = connection.wire_protocol.farewell(self._owner.loop.now)
        except Exception as error:
            self._owner.callbacks.report("farewell", error, connection.id)
            return
        if farewell:
            connection.write_control(farewell)

    def _switch(self, connection: Connection, protocol: Protocol, received: bytes) -> None:
        """Let another protocol take over, with bytes that were received already."""
        now = self._owner.loop.now
        self._owner.deadlines.clear(connection)
        connection.use_protocol(protocol)
        connection.identified_at = now
        self._owner.feed.emit(Identified(now, connection.id, protocol.name, protocol.framed))
        self._owner.idle.expect(connection.idle_timeout)
        if received:
            connection.readable(received)
        elif protocol.needs_service:
            self.service(connection)
        if connection.reading.holds & ENDED and not connection.state:
            connection.on_peer_finished()
