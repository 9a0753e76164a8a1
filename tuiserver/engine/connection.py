"""A connection: its protocol, its counters, and the path of its messages.

Rules of this file:
- One `recv` per readiness. Bytes go to the protocol, messages to the views and then to the program.
- Pausing, sending and closing are in `reading.py`, `output.py` and `closing.py`.
- `readable`, `_deliver` and `send` are the path of every message: no closure, no log call, no formatting there.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.core.events import Identified, Noted, Received, Sent, Totals
from tuiserver.engine.closing import ENDED, OPEN
from tuiserver.engine.inspection import inspect_connection
from tuiserver.engine.output import NOT_NOW, Output
from tuiserver.engine.owner import Owner
from tuiserver.engine.reading import BY_PROGRAM, FULL, OURS, Reading
from tuiserver.engine.socket_info import SocketInfo
from tuiserver.engine.tcp_info import TcpInfo, tcp_info
from tuiserver.engine.transports.base import Transport
from tuiserver.protocols.base import Protocol as WireProtocol
from tuiserver.protocols.base import to_bytes

READ_SIZE = 65_536
"""Bytes of one read. With a quarter of it the throughput of large messages halves; with four times as much it does not grow."""


class Connection:
    """A client. Use it in the thread of the loop only; other threads go through `Worker.call_threadsafe`.

    `id` is counted from 1 and never reused; `peer` and `local` are `host:port`. Counters: bytes as they went over the wire,
    messages as the protocol delivers them. `reason` and `code` (a `CloseCode`, or one of the program) say why it was closed,
    and are empty while it is open. `context` is for the program: any value.
    """

    __slots__ = (
        "_feed",
        "_idle_timeout",
        "_loop",
        "_owner",
        "_protocol_name",
        "_recv",
        "_reports_drain",
        "_time",
        "address",
        "answered",
        "bytes_in",
        "closing_at",
        "code",
        "connected_at",
        "context",
        "dirty",
        "discard_until",
        "framed",
        "id",
        "identified",
        "last_warning",
        "local",
        "messages_in",
        "messages_out",
        "output",
        "passthrough",
        "peer",
        "reading",
        "reason",
        "received_at",
        "sent_at",
        "socket",
        "state",
        "transport",
        "wire_protocol",
    )

    def __init__(
        self,
        owner: Owner,
        number: int,
        sock: socket.socket,
        peer: str,
        local: str,
        address: str,
        transport: Transport,
        protocol: WireProtocol,
    ) -> None:
        self._owner, self._loop, self._feed = owner, owner.loop, owner.feed
        self._time = owner.loop.clock.time
        self.id = number
        self.socket, self.transport = sock, transport
        self.peer, self.local, self.address = peer, local, address
        self.context: Any = None
        self.reason = self.code = ""
        self.bytes_in = self.messages_in = self.messages_out = self.discard_until = self.answered = 0
        """`answered` is `messages_in` when the latest message was sent."""
        self.identified: Identified | None = None
        self.closing_at = self.sent_at = 0.0
        self.connected_at = self.received_at = owner.loop.monotonic
        """When the peer was last heard; `sent_at`: when a message was last sent, 0 for never. Only `closing_at` is Unix time."""
        self.last_warning: Noted | None = None
        self.dirty = self._reports_drain = False
        self._recv: Callable[[int], bytes] = sock.recv
        self.reading = Reading(number, sock.fileno(), owner.loop, owner.feed)
        self.output = Output(self, self.reading, sock.send, owner.buffers, owner.limits.max_buffer)
        self.use_protocol(protocol)
        self.state = OPEN

    def __repr__(self) -> str:
        return f"<Connection #{self.id} {self.peer}>"

    @property
    def protocol(self) -> str:
        """The name of its protocol, such as `raw`; empty until its first bytes have identified it."""
        return self._protocol_name

    @property
    def is_open(self) -> bool:
        """True while messages can be sent: until it is closed, also if the client has finished sending (`ended`)."""
        return self.state <= ENDED

    @property
    def ended(self) -> bool:
        """True once the client has finished sending, while it can still be answered."""
        return self.state == ENDED

    @property
    def bytes_out(self) -> int:
        """Bytes that the socket has accepted."""
        return self.output.bytes_out

    @property
    def unsent(self) -> int:
        """Bytes in our send buffer that the socket has not accepted yet."""
        return self.output.unsent

    @property
    def idle_timeout(self) -> float:
        """Seconds after which it is closed if nothing is received; 0 for never."""
        limit = self._owner.limits.idle_timeout
        return self._idle_timeout if limit is None else limit

    def totals(self) -> Totals:
        """The counters as they are now."""
        out, pending = self.output, self.wire_protocol.pending_requests
        return Totals(self.id, self.bytes_in, out.bytes_out, self.messages_in, self.messages_out, out.unsent, pending)

    def send(self, message: object, by: str = "", token: int = 0) -> bool:
        """Send a message, framed by the protocol: raw takes bytes (or str, as UTF-8), http a body or a `Response`.

        Never blocks: what the socket does not accept is buffered and sent later. Returns False if the connection is
        closing or closed. Raises `LocalProtocolError` if the protocol cannot send the message (now), `TypeError` if it
        has a wrong type. `by` is the sender that views show, by default the program; `token` goes into the `Sent`.
        """
        if self.state:
            return self.state == ENDED and self._owner.half_close.send(self, message, by, token)
        if passthrough := self.passthrough:
            wire = shown = message if type(message) is bytes else to_bytes(message)
        else:
            try:
                wire, shown = self.wire_protocol.encode(message, self._loop.now)
            except BaseException as fault:
                return self._owner.servicer.not_encoded(self, fault, (message, by, token))
        if (error := self.output.write(wire)) is not None:
            self._owner.closer.on_socket_error(self, error)
            return False
        self.messages_out += 1
        self.answered = self.messages_in
        self.sent_at = self._loop.monotonic
        feed = self._feed
        if by:
            self._owner.servicer.report_sent(self, shown, by, token)
            if token:
                feed.report_totals(self)
                self._reports_drain = self.output.unsent > 0
        elif feed.watched:
            if len(feed.batch) < feed.capacity:
                time = self._time
                feed.batch.append(Sent(time(), self.id, shown, len(shown), self._owner.program))
            else:
                feed.skipped_messages += 1
                feed.skipped_bytes += len(shown)
        if not self.dirty:
            feed.mark_dirty(self)
        if not passthrough and self.wire_protocol.needs_service:
            self._owner.servicer.service(self)
        return True

    def close(self, reason: str = "closed by program", code: str = CloseCode.PROGRAM_CLOSED) -> None:
        """Send what is buffered, shut down writing, discard input until the peer closes (bounded). `code` may be your own."""
        if self.state > ENDED:
            return
        if self.passthrough:
            self._owner.closer.close(self, reason, code)
        else:
            self._owner.servicer.close(self, reason, code)

    def abort(self, reason: str = "reset by program", code: str = CloseCode.PROGRAM_RESET) -> None:
        """Close at once; unsent bytes are dropped and the peer gets a reset (RST)."""
        self._owner.closer.abort(self, reason, code)

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`: the system's buffer fills up and the peer has to wait."""
        self.reading.hold_reading(BY_PROGRAM)

    def resume_reading(self) -> None:
        """Resume reading."""
        self.reading.release_reading(BY_PROGRAM)

    def set_option(self, level: int, name: int, value: int | bytes) -> None:
        """As `socket.setsockopt` (socket(7), tcp(7)); raises `OSError`. `connection.socket` gives access to the rest."""
        self.socket.setsockopt(level, name, value)

    def info(self) -> TcpInfo:
        """What the kernel knows about it: round trips, retransmits, windows, queues. Raises `OSError` if it is closed."""
        return tcp_info(self.socket)

    def inspect(self) -> SocketInfo:
        """Everything known about this connection; raises `OSError` if it is closed.

        What the transport reports, `unsent` bytes in our buffer, `held` (why it is not read), and what the protocol
        reports about itself (`describe`).
        """
        return inspect_connection(self)

    # ── called by the loop, the guards and the server ──

    def readable(self, data: bytes | None = None) -> None:
        """Called by the loop: there is data, the end of the stream, or an error.

        `data`: bytes that were received already, when another protocol takes over.
        """
        if data is None:
            try:
                recv = self._recv  # calling a slot as a method costs CPython 3.11 about 0.1 µs, in every message
                data = recv(READ_SIZE)
            except NOT_NOW:
                return
            except OSError as error:
                self._owner.closer.on_socket_error(self, error)
                return
            if not data:
                self._owner.half_close.on_peer_finished(self)
                return
            self.bytes_in += len(data)
        if not self.dirty:
            self._feed.mark_dirty(self)
        if self.state:
            self._owner.servicer.discard(self, data)
            self._owner.closer.on_discarded(self)
            return
        if self.passthrough:
            self.received_at = self._loop.monotonic
            self._deliver(data)
            return
        protocol = self.wire_protocol
        try:
            messages = protocol.receive(data)
        except Exception:
            self._owner.servicer.show(self, data, ReceivedKind.REFUSED, CloseCode.INTERNAL_ERROR)
            raise
        if messages or not protocol.ignored:
            self.received_at = self._loop.monotonic
        if messages and protocol.needs_service:
            messages = self._owner.servicer.before_delivery(self, messages)
        if len(messages) == 1:
            self._deliver(messages[0])
        elif messages:
            self.deliver_all(messages)
        if protocol.needs_service and not self.state:
            self._owner.servicer.after_receiving(self)

    def writable(self) -> None:
        """Called by the loop: send more of what is buffered."""
        output = self.output
        if not output.unsent:
            self.reading.watch_writing(False)
            return
        if (error := output.flush()) is not None:
            self._owner.closer.on_socket_error(self, error)
            return
        if not self.dirty:
            self._feed.mark_dirty(self)
        if self._reports_drain and not output.unsent:
            self._reports_drain = False
            self._feed.report_totals(self)
        if self.reading.holds & FULL and output.unsent <= self._owner.limits.max_buffer // 4:
            self.reading.release_reading(FULL)
            self._loop.call_soon(self._owner.callbacks.call, self, "buffer_drain")
            if self.state == ENDED:
                self._loop.call_soon(self._owner.half_close.close_if_answered, self)
        if self.state:
            self._owner.closer.proceed(self)

    def hung_up(self) -> None:
        """Called by the loop: reset by the peer, or failed, while it is not read."""
        self._owner.closer.on_hang_up(self)

    def descriptor_lost(self) -> None:
        """Called by the loop: the program has closed the socket itself."""
        self._owner.closer.on_descriptor_lost(self)

    def on_error(self, error: BaseException) -> None:
        """Called by the loop: a fault of the engine or of a protocol ends this connection, and no other."""
        callbacks = self._owner.callbacks
        callbacks.report(f"the server, protocol {self.protocol or 'unknown'}", error, self.id)
        callbacks.call(self, "error", error)
        self.abort("internal error", CloseCode.INTERNAL_ERROR)

    def on_deadline(self, late: float) -> None:
        """Called by `Deadlines`: the time that was set for this connection has passed, `late` seconds ago."""
        if self.state:
            waiting = self._owner.half_close if self.state == ENDED else self._owner.closer
            waiting.on_deadline(self)
            return
        if (seconds := self.reading.time_not_read(late)) > 0:
            self._owner.deadlines.set(self, seconds)
            return
        self._owner.servicer.on_deadline(self)

    def idle_remaining(self) -> float:
        """Called by `Idle`: seconds until it has been idle for too long; infinite where it never is."""
        limit = self.idle_timeout
        if not limit or self.state:
            return float("inf")
        protocol = self.wire_protocol
        if protocol.pending_requests or self.reading.holds & OURS:
            return limit  # it waits for us
        since = max(self.received_at, self.sent_at) if protocol.request_response else self.received_at
        return max(since, self.reading.resumed_at) + limit - self._loop.monotonic

    def close_idle(self) -> None:
        """Called by `Idle`: it has been idle for too long."""
        self.close(f"idle {self.idle_timeout:g} s", CloseCode.IDLE_TIMEOUT)

    def use_recv(self, recv: Callable[[int], bytes]) -> None:
        """Receive with `recv` from now on; for the engine."""
        self._recv = recv

    def use_protocol(self, protocol: WireProtocol) -> None:
        """Speak `protocol` from now on; for the engine."""
        self.wire_protocol = protocol
        self.passthrough, self.framed = protocol.passthrough, protocol.framed
        self._protocol_name, self._idle_timeout = str(protocol.name), protocol.idle_timeout

    def on_ended(self, unsent: int, error: OSError | None) -> None:
        """Called by `Closer`: the socket was closed. The program is notified at the end of the turn."""
        self._loop.call_soon(self._owner.on_connection_ended, self, unsent, error)

    def on_over_limit(self) -> None:
        """Called by `Output`: more than `max_buffer` bytes are buffered. Reading from the peer pauses until it has read some."""
        if not self.reading.holds & FULL and not self.state:
            self.reading.hold_reading(FULL)
            self._loop.call_soon(self._owner.callbacks.call, self, "buffer_full")

    def on_overflow(self, size: int) -> None:
        """Called by `Output`: the program ignores `on_buffer_full`, and far more than `max_buffer` bytes are buffered."""
        self.abort(f"{size} unsent bytes: the program sends more than the peer reads", CloseCode.SEND_OVERFLOW)

    def deliver_all(self, messages: Sequence[Any]) -> None:
        """Deliver pipelined messages, also for `HalfClose`; their answers are joined and sent together."""
        self.output.cork()
        for index, message in enumerate(messages, 1):
            self._deliver(message)
            if self.state:
                self._owner.servicer.show_rest(self, messages[index:])
                break
        if (error := self.output.uncork()) is not None:
            self._owner.closer.on_socket_error(self, error)
        elif self.state:
            self._owner.closer.proceed(self)

    # ── internal ──

    def _deliver(self, message: Any) -> None:
        """Report a message and give it to the program: the one place where `on_message` is called."""
        self.messages_in += 1
        feed = self._feed
        if feed.watched:
            shown = message if self.passthrough else self.wire_protocol.shown(message)
            if len(feed.batch) < feed.capacity:
                time = self._time
                feed.batch.append(Received(time(), self.id, shown, len(shown)))
            else:
                feed.skipped_messages += 1
                feed.skipped_bytes += len(shown)
        on_message = self._owner.callbacks.message
        try:
            on_message(self, message)
        except BaseException as error:
            self._owner.callbacks.failed(self, "on_message", error)
