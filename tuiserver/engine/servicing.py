"""Carry out what protocols do on their own: output, deadlines, closing, handing over to another protocol, and a farewell.
It also shows what is in no message: every byte that was received reaches the views as a `Received`, once.

Rules of this file:
- A connection is serviced only when its protocol sets `needs_service`: this costs one attribute look-up per message.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from msgspec.structs import replace

from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.core.events import OPERATOR, Identified, Received, Sent
from tuiserver.engine.closing import ENDED
from tuiserver.engine.connection import Connection
from tuiserver.engine.owner import Owner
from tuiserver.engine.reading import PEER_FINISHED, UNANSWERED
from tuiserver.protocols.already_shown import AlreadyShown
from tuiserver.protocols.base import Finding, LocalProtocolError, NotYet, Successor, Undelivered

MAX_PENDING_REQUESTS = 256
"""Pipelined requests without an answer; while there are more, the client is not read."""

Held = tuple[int, Any, str, int]
"""A message that has to wait for its turn: its position, and the arguments of `Connection.send`."""


class Servicer:
    """Services the protocols of one server."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._held: dict[Connection, list[Held]] = {}

    def before_delivery(self, connection: Connection, messages: Sequence[Any]) -> Sequence[Any]:
        """Send what the protocol sends by itself, and show what is in no message in its place; return the rest."""
        if not self.write_output(connection):  # the socket has failed
            self.show_rest(connection, messages)
            return ()
        if Undelivered not in map(type, messages):
            return messages
        delivered = 0
        for index, message in enumerate(messages):
            if connection.state:
                self.show_rest(connection, messages[delivered:])
                return ()
            if type(message) is Undelivered:
                if delivered < index:
                    connection.deliver_all(messages[delivered:index])
                self.show(connection, *message)
                delivered = index + 1
        return messages[delivered:]

    def after_receiving(self, connection: Connection) -> None:
        """The messages of a read are delivered: show what was behind them, and do what the protocol asks for."""
        protocol = connection.wire_protocol
        if protocol.undelivered:
            for data, kind, code in protocol.take_undelivered():
                self.show(connection, data, kind, code)
        self.service(connection)

    def write_output(self, connection: Connection) -> bool:
        """Send what the protocol has to send by now, before answers to the messages of this read, and before a farewell.

        Returns False if the connection is closing: the socket has failed.
        """
        wire, shown = connection.wire_protocol.take_output(self._owner.loop.now)
        if wire:
            self._write(connection, wire, shown)
        return not connection.state

    def not_encoded(self, connection: Connection, fault: BaseException, sent: tuple[Any, str, int]) -> bool:
        """`encode` raised `fault`. The caller of `send` gets what it has to handle; a message that has to wait is held.

        A fault of the protocol ends its connection, not that of the callback that sends; an operator's command is refused.
        """
        if isinstance(fault, NotYet):
            return self.hold(connection, (fault.position, *sent))
        if isinstance(fault, LocalProtocolError | TypeError | KeyboardInterrupt):
            raise fault
        if sent[1] == OPERATOR:
            self._owner.callbacks.report("encode", fault, connection.id)
            raise fault
        connection.on_error(fault)
        return False

    def begin(self, connection: Connection) -> None:
        """A client was accepted: the protocol may speak first, or set a deadline."""
        try:
            if connection.wire_protocol.needs_service:
                self._service(connection)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            connection.on_error(error)

    def service(self, connection: Connection) -> None:
        """Do what the protocol of `connection` asks for, at any time. What is undelivered waits for `after_receiving`."""
        try:
            self._service(connection)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            connection.on_error(error)

    def _service(self, connection: Connection) -> None:
        protocol = connection.wire_protocol
        protocol.needs_service = bool(protocol.undelivered)
        self._owner.unfinished.update(connection, protocol.buffered, protocol.deadline is not None)
        if not self.write_output(connection):
            return
        if protocol.successor is not None:
            self._switch(connection, protocol.successor)
            return
        if protocol.deadline is not None:
            if not connection.reading.holds & PEER_FINISHED:  # then the time for an answer is what counts
                self._owner.deadlines.set(connection, protocol.deadline)
                if connection.reading.held:
                    connection.reading.take_held()
            protocol.deadline = None
        if protocol.closing is not None:
            connection.close(protocol.closing.reason, protocol.closing.code)
        elif protocol.pending_requests > MAX_PENDING_REQUESTS:
            connection.reading.hold_reading(UNANSWERED)
        elif connection.reading.holds & UNANSWERED and protocol.pending_requests <= MAX_PENDING_REQUESTS // 2:
            connection.reading.release_reading(UNANSWERED)
        if self._held and not connection.state:
            self._send_held(connection)

    def hold(self, connection: Connection, held: Held) -> bool:
        """Send a message once its turn has come: other requests are answered before. Returns True: it is accepted."""
        insort(self._held.setdefault(connection, []), held, key=itemgetter(0))
        return True

    def forget(self, connection: Connection) -> None:
        """The connection has ended: what is held cannot be sent any more."""
        self._held.pop(connection, None)

    def _send_held(self, connection: Connection) -> None:
        held = self._held.pop(connection, [])  # sending them must not come here again
        while held and held[0][0] <= connection.wire_protocol.turn:
            _, message, by, token = held.pop(0)
            connection.send(message, by, token)
        if held:
            self._held[connection] = held

    def on_deadline(self, connection: Connection) -> None:
        """The time of the protocol's `deadline` has passed: deliver what this completes, and do what the protocol asks for."""
        protocol = connection.wire_protocol
        if messages := protocol.on_deadline():
            connection.deliver_all(messages)
        if protocol.needs_service and not connection.state:
            self.after_receiving(connection)

    def refuse_unfinished(self, connection: Connection) -> None:
        """Refuse the unfinished message of a connection: others wait for the memory. What cannot refuse it is closed."""
        self.on_deadline(connection)
        if not connection.state and connection.wire_protocol.buffered:
            connection.close("an unfinished message took too long", CloseCode.REQUEST_TIMEOUT)

    def identify(self, connection: Connection, finding: Finding | None) -> None:
        """Report the protocol of a connection, and what its first bytes look like."""
        loop, protocol = self._owner.loop, connection.wire_protocol
        event = Identified(loop.now, connection.id, protocol.name, protocol.framed, *(finding or ()))
        connection.identified = replace(event, at=loop.monotonic)
        self._owner.feed.emit(event)

    def show(self, connection: Connection, data: bytes, kind: str, code: str) -> None:
        """Show bytes that were received and that the program does not get, or not yet."""
        feed = self._owner.feed
        if feed.watched:
            if len(feed.batch) < feed.capacity:
                feed.batch.append(Received(self._owner.loop.clock.time(), connection.id, data, len(data), kind, code))
            else:
                feed.skipped_messages += 1
                feed.skipped_bytes += len(data)

    def show_rest(self, connection: Connection, messages: Sequence[Any] = ()) -> None:
        """The connection closes: show `messages`, which the program does not get any more, and what is in no message."""
        protocol, code = connection.wire_protocol, connection.code
        try:
            for message in messages:
                if type(message) is Undelivered:
                    self.show(connection, *message)
                else:
                    self.show(connection, protocol.shown(message), ReceivedKind.DISCARDED, code)
            for data, kind, its_code in protocol.take_undelivered():
                self.show(connection, data, kind, its_code)
            if unfinished := protocol.take_unfinished():
                self.show(connection, unfinished, ReceivedKind.UNFINISHED, code)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._owner.callbacks.report(
                f"the server, protocol {connection.protocol or 'unknown'}", error, connection.id
            )

    def close(self, connection: Connection, reason: str, code: str) -> None:
        """Start closing, after the farewell of the protocol."""
        try:
            if connection.wire_protocol.needs_service:
                self.write_output(connection)
            if farewell := connection.wire_protocol.farewell(self._owner.loop.now):
                self._write(connection, farewell, b"")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # it is closed all the same
            self._owner.callbacks.report("farewell", error, connection.id)
        if connection.state > ENDED:  # the socket has failed
            return
        self._owner.closer.close(connection, reason, code)

    def report_sent(self, connection: Connection, data: bytes, by: str, token: int = 0) -> None:
        """Show a message that was accepted for sending."""
        feed = self._owner.feed
        event = Sent(self._owner.loop.clock.time(), connection.id, data, len(data), str(by), token)
        if by == OPERATOR:
            feed.emit(event)
        elif feed.watched:
            feed.batch.append(event)

    def discard(self, connection: Connection, data: bytes) -> None:
        """Show bytes that came after the connection began to close, behind what came before."""
        self.show_rest(connection)
        self.show(connection, data, ReceivedKind.DISCARDED, connection.code)

    def _write(self, connection: Connection, wire: bytes, shown: bytes) -> None:
        """Send what the protocol sends on its own: it counts as a message only if there is something `shown` in views."""
        if (error := connection.output.write(wire)) is not None:
            self._owner.closer.on_socket_error(connection, error)
            return
        if not connection.dirty:
            self._owner.feed.mark_dirty(connection)
        if shown:
            connection.messages_out += 1
            connection.sent_at = self._owner.loop.monotonic
            self.report_sent(connection, shown, connection.protocol)

    def _switch(self, connection: Connection, successor: Successor) -> None:
        """Let another protocol take over, with bytes that were received already."""
        protocol, received, shown, finding = successor
        self._owner.deadlines.clear(connection)
        connection.use_protocol(protocol)
        self.identify(connection, finding)
        self._owner.idle.expect(connection.idle_timeout)
        if shown and protocol.passthrough:
            for data in shown:
                if not connection.state:
                    connection.messages_in += 1
                    self._owner.callbacks.call(connection, "message", data)
        elif shown:
            connection.use_protocol(AlreadyShown(protocol, sum(map(len, shown))))  # type: ignore[arg-type]
            received = b"".join((*shown, received))
        if received:
            connection.readable(received)
        elif protocol.needs_service:
            self.after_receiving(connection)
        if connection.reading.holds & PEER_FINISHED and not connection.state:
            self._owner.half_close.on_peer_finished(connection)
