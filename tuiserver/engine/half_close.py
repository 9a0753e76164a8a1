"""Half-close: the peer has finished sending (FIN), and may still read.

Rules of this file:
- A peer that is owed an answer becomes `ENDED`: for `half_close` seconds it can still be answered. Where we sent
  last, the connection closes with the peer's FIN.
- The answer of a program completes the connection at the end of the turn. After an answer of the operator the
  connection stays open for the rest of the time, for further answers.
- An ended connection is not watched for reading: a reset is reported as a hang-up, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiserver.core.codes import CloseCode
from tuiserver.core.events import OPERATOR, Ended
from tuiserver.engine.closing import ENDED, OPEN
from tuiserver.engine.owner import Owner
from tuiserver.engine.reading import FULL, PEER_FINISHED

if TYPE_CHECKING:
    from tuiserver.engine.connection import Connection

CLOSED_BY_PEER = "closed by peer"


def is_owed_answer(connection: Connection) -> bool:
    """True if the peer spoke last: its last message, or its last request, has no answer."""
    protocol = connection.wire_protocol
    if protocol.request_response:
        return protocol.pending_requests > 0
    return connection.messages_in > connection.answered or protocol.pending_requests > 0


class HalfClose:
    """The connections of one server whose peer has finished sending. `events`: the `Ended` of each of them, by id, with
    its time in monotonic seconds."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.events: dict[int, Ended] = {}

    def on_peer_finished(self, connection: Connection) -> None:
        """Called when FIN was read, or when another protocol takes over a connection whose FIN was read."""
        owner = self._owner
        connection.reading.holds |= PEER_FINISHED  # takes effect with `apply`; most connections end before that
        if connection.state:
            owner.closer.on_peer_finished(connection)
            return
        protocol = connection.wire_protocol
        if connection.passthrough:
            answered = connection.messages_in == connection.answered and connection.reading.holds == PEER_FINISHED
            if answered and owner.callbacks.end is None and not connection.output.unsent:
                # As `_begin` and `Closer.close` would decide, with fewer calls: most connections end here.
                connection.closing_at = owner.loop.now
                owner.closer.end(connection, CLOSED_BY_PEER, CloseCode.PEER_CLOSED)
                return
        else:
            if messages := protocol.receive_eof():
                connection.deliver_all(messages)
            if protocol.needs_service and not connection.state:
                owner.servicer.after_receiving(connection)
            if connection.wire_protocol is not protocol or connection.state:
                return
        self._begin(connection)

    def _begin(self, connection: Connection) -> None:
        """Close the connection or wait for the answer, once everything the peer sent is delivered."""
        owner = self._owner
        if owner.callbacks.end is not None:
            owner.callbacks.call(connection, "end")
            if connection.state:
                return
        seconds = owner.limits.half_close
        if not seconds or self._is_complete(connection):
            connection.close(CLOSED_BY_PEER, CloseCode.PEER_CLOSED)
            return
        connection.state = ENDED
        connection.reading.apply()
        owner.deadlines.set(connection, seconds)
        self.events[connection.id] = Ended(owner.loop.monotonic, connection.id, seconds)
        owner.feed.emit(Ended(owner.loop.now, connection.id, seconds))

    def send(self, connection: Connection, message: object, by: str, token: int) -> bool:
        """Send as `Connection.send` does, to a peer that has finished sending."""
        connection.state = OPEN  # everything is sent as to any other peer
        try:
            sent = connection.send(message, by, token)
        finally:
            if connection.state == OPEN:
                connection.state = ENDED
        if by != OPERATOR:
            self._owner.loop.call_soon(self.close_if_answered, connection)
        return sent

    def on_deadline(self, connection: Connection) -> None:
        """Close the connection: the time for an answer is up."""
        if is_owed_answer(connection):
            seconds = self.events[connection.id].seconds
            connection.close(f"{CLOSED_BY_PEER}, not answered within {seconds:g} s", CloseCode.NOT_ANSWERED)
        else:
            connection.close(CLOSED_BY_PEER, CloseCode.PEER_CLOSED)

    def close_if_answered(self, connection: Connection) -> None:
        """Close the connection if the program has answered and nothing more is to be sent."""
        try:
            if connection.state == ENDED and self._is_complete(connection):
                connection.close(CLOSED_BY_PEER, CloseCode.PEER_CLOSED)
        except Exception as error:
            connection.on_error(error)

    def forget(self, connection: Connection) -> None:
        """Forget a closed connection."""
        self.events.pop(connection.id, None)

    def _is_complete(self, connection: Connection) -> bool:
        """True if nothing more is to be sent. With a full send buffer the program waits for `on_buffer_drain`."""
        return not (is_owed_answer(connection) or connection.reading.holds & FULL)
