"""One socket from accept to end.

Rules of this file:
- One `recv` per readiness, one optimistic `send`; what did not fit waits in a buffer until the socket is writable.
- Everything ends in `_end`, exactly once, with a reason in words; the program hears of it at the end of the turn.
- The way of a message is the hot path: no closure, no log call, no formatting there.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tuiserver.core.events import OPERATOR, Identified, Paused, Received, Resumed, Sent, Totals
from tuiserver.core.limits import OVERRUN
from tuiserver.engine.loop import READ, WRITE
from tuiserver.engine.owner import Owner
from tuiserver.engine.socket_info import SocketInfo, read_socket_info
from tuiserver.engine.tcp_info import TcpInfo, tcp_info
from tuiserver.protocols.base import Protocol as WireProtocol
from tuiserver.protocols.base import plain
from tuiserver.protocols.sniffer import Sniffer

READ_SIZE = 65_536
"""One read. A quarter of it halves the throughput of large messages, four times it gains nothing."""
CORK_SIZE = 65_536
"""Answers to pipelined requests are joined up to this size before they are sent."""
SNIFF_TIMEOUT = 3.0
"""Seconds to wait for the rest of a first line that may yet be HTTP."""
FLUSH_TIMEOUT = 30.0
"""Seconds without progress after which a connection that is being closed is no longer flushed."""
LINGER_TIMEOUT = 5.0
"""Seconds to read on after our end is shut, so that a client still sending gets our last words and not a reset."""
CLOSED_BY_OPERATOR = "closed by operator"
INSIST_TIMEOUT = 1.0
"""Seconds until a peer that the operator closed is reset if it has not hung up. To some clients the end of the stream is no end:
OpenBSD's `nc` waits for its keyboard, and the operator for it to go."""
LINGER_SIZE = 16 * 1024 * 1024
"""Bytes to read on for; a client that sends more than that does not listen."""
MAX_PENDING_REQUESTS = 256
"""Pipelined requests without an answer before the client is not read."""

OPEN, FLUSHING, LINGERING, CLOSED = range(4)
BY_OPERATOR, BY_PROGRAM, FULL, OVER_LIMIT, UNANSWERED, ENDED = (1 << bit for bit in range(6))
"""Why a connection is not read; several may hold at once."""

_clock = time.time
_NOT_NOW = (BlockingIOError, InterruptedError)


class Connection:
    """A client. Use it in the loop's thread only; from others, go through `Worker.obey` or `Worker.call_threadsafe`.

    `id` is counted from 1 and never reused; `peer` and `local` are `host:port`. Counters: bytes as they went over the wire,
    messages as the protocol delivers them. `context` is the program's, for whatever it wants to remember.
    """

    __slots__ = (
        "_corked",
        "_fd",
        "_feed",
        "_holds",
        "_loop",
        "_mask",
        "_out",
        "_owner",
        "_protocol",
        "_recv",
        "_send",
        "_state",
        "active",
        "address",
        "bytes_in",
        "bytes_out",
        "context",
        "dirty",
        "id",
        "local",
        "messages_in",
        "messages_out",
        "peer",
        "reason",
        "socket",
    )

    def __init__(
        self,
        owner: Owner,
        number: int,
        sock: socket.socket,
        peer: str,
        local: str,
        address: str,
        protocol: WireProtocol | None,
    ) -> None:
        self._owner, self._loop, self._feed = owner, owner.loop, owner.feed
        self.id = number
        self.socket = sock
        self.peer, self.local, self.address = peer, local, address
        self.context: Any = None
        self.reason = ""
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self.active = owner.loop.now
        self.dirty = False
        self._fd = sock.fileno()
        self._recv, self._send = sock.recv, sock.send
        self._protocol = protocol
        self._out: bytearray | None = None
        self._corked = False
        self._state = OPEN
        self._holds = 0
        self._mask = READ

    def __repr__(self) -> str:
        return f"<Connection #{self.id} {self.peer}>"

    @property
    def protocol(self) -> str:
        """`raw`, `http`; empty while the first bytes have yet to tell."""
        return "raw" if self._protocol is None else self._protocol.name

    @property
    def is_open(self) -> bool:
        """True until it is closed, by whomever; `send` does something only while it is."""
        return self._state == OPEN

    @property
    def unsent(self) -> int:
        """Bytes that wait in our buffer because the peer or the network takes no more."""
        return len(self._out) if self._out else 0

    def totals(self) -> Totals:
        """The counters as they stand."""
        return Totals(self.id, self.bytes_in, self.bytes_out, self.messages_in, self.messages_out, self.unsent)

    def start(self) -> None:
        """Begin to read."""
        self._loop.watch(self._fd, self, READ)

    def send(self, message: Any, by: str = "") -> bool:
        """Send a message, framed by the protocol: raw takes bytes (or str, as UTF-8), http a body or a `Response`.

        Never waits: what the socket does not take now is buffered and sent as it drains. Returns False when the connection
        is closing or closed. Raises `LocalProtocolError` for what the protocol cannot send now, `TypeError` for what it
        never can.
        `by` names the sender for the views; the program's name by default.
        """
        if self._state:
            return False
        protocol = self._protocol
        if protocol is not None:
            data = protocol.encode(message, self._loop.now)
        elif type(message) is bytes:
            data = message
        else:
            data = plain(message)
        size = len(data)
        if self._out is None:
            try:
                done = self._send(data)
            except _NOT_NOW:
                done = 0
            except OSError as error:
                self._on_socket_error(error)
                return False
            self.bytes_out += done
            if done != size:
                self._buffer(data, done)
        else:
            self._out += data
            self._after_buffering(size)
        self.messages_out += 1
        feed = self._feed
        if feed.watched or by:
            if by:
                self._tell_sent(data, by)
            elif len(feed.batch) < feed.room:
                feed.batch.append(Sent(_clock(), self.id, data, size, self._owner.program))
            else:
                feed.skipped_messages += 1
                feed.skipped_bytes += size
        if not self.dirty:
            feed.mark_dirty(self)
        if protocol is not None and protocol.needs_service:
            self._service()
        return True

    def close(self, reason: str = "closed by program") -> None:
        """Send what is queued, shut down writing, read on (bounded) until the peer has gone, then end."""
        if self._state:
            return
        self.reason = reason
        self._state = FLUSHING
        self._holds &= ENDED
        if self._corked:
            return  # the end of `readable` sends what is corked, and goes on from there
        if self._out:
            self._owner.deadlines.set(self, FLUSH_TIMEOUT)
            self._update_interest()
        else:
            self._shut()

    def abort(self, reason: str = "reset by program") -> None:
        """End now; unsent bytes are dropped and the peer gets a reset (RST)."""
        if self._state == CLOSED:
            return
        with suppress(OSError):  # gone already: there is nobody to reset
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._end(reason)

    def terminate(self, reason: str) -> None:
        """End now, without waiting for the peer: a reset if there are bytes it never got, otherwise a plain close."""
        if self._state == LINGERING:
            self._end(reason)
        else:
            self.abort(reason)

    def pause_reading(self) -> None:
        """Read nothing from this peer until `resume_reading`; the system's buffer fills and the peer has to wait."""
        self.hold_reading(BY_PROGRAM)

    def resume_reading(self) -> None:
        """Read again."""
        self.release_reading(BY_PROGRAM)

    def set_option(self, level: int, name: int, value: int | bytes) -> None:
        """As `socket.setsockopt` (socket(7), tcp(7)); raises `OSError`. `connection.socket` is the way to everything else."""
        self.socket.setsockopt(level, name, value)

    def info(self) -> TcpInfo:
        """What the kernel knows of this connection: round trips, retransmits, windows, queues. Raises `OSError` when closed."""
        return tcp_info(self.socket)

    def inspect(self) -> SocketInfo:
        """What is known of this connection from the wire up; raises `OSError` when closed. Beside `read_socket_info`: `unsent` in
        our buffer, `held` (why it is not read), `waiting` (messages that wait for our answer), `mid_message` (one has begun)."""
        facts = read_socket_info(self.socket)
        facts["unsent"] = self.unsent
        held = [words for hold, words in _HELD.items() if self._holds & hold]
        if held:
            facts["held"] = held[0]
        if self._protocol is not None:
            facts["pending_requests"] = self._protocol.pending_requests
            facts["mid_message"] = int(self._protocol.mid_message)
        return facts

    def idle_remaining(self) -> float:
        """Seconds until this connection has been idle for too long; infinite where it never is."""
        limit = self._owner.limits.idle_timeout_of(self.protocol)
        if not limit or self._state:
            return float("inf")
        if self._protocol is not None and self._protocol.pending_requests and not self._holds & ENDED:
            return limit  # it is our turn; but one that has hung up and was only half closed, for all we know, waits no longer
        return self.active + limit - self._loop.now

    def idle_reason(self) -> str:
        """Why it is closed when nothing is left of that."""
        return f"idle {self._owner.limits.idle_timeout_of(self.protocol):g} s"

    def readable(self, data: bytes | None = None) -> None:
        """Handler of the loop. `data` is given for bytes read before the protocol was known."""
        if data is None:
            try:
                data = self._recv(READ_SIZE)
            except _NOT_NOW:
                return
            except OSError as error:
                self._on_socket_error(error)
                return
            if not data:
                self._peer_ended()
                return
            self.bytes_in += len(data)
        if not self.dirty:
            self._feed.mark_dirty(self)
        if self._state:
            self._discard()
            return
        self.active = self._loop.now
        protocol = self._protocol
        if protocol is None:
            self._deliver(data)
            return
        messages = protocol.receive(data)
        if len(messages) == 1:
            self._deliver(messages[0])
        elif messages:
            self._deliver_all(messages)
        if protocol.needs_service and not self._state:
            self._service(bool(messages))

    def writable(self) -> None:
        """Handler of the loop: send more of what waits."""
        out = self._out
        if not out:
            self._update_interest()
            return
        try:
            done = self._send(out)
        except _NOT_NOW:
            return
        except OSError as error:
            self._on_socket_error(error)
            return
        self.bytes_out += done
        if not self.dirty:
            self._feed.mark_dirty(self)
        del out[:done]
        left = len(out)
        if not left:
            self._out = None
        self._owner.buffers.remove(self, done, left)
        if self._holds & FULL and left <= self._owner.limits.max_buffer // 4:
            self.release_reading(FULL)
            self._loop.call_soon(self._owner.call, self, "buffer_drain")
        if self._state == FLUSHING:
            if left:
                self._owner.deadlines.set(self, FLUSH_TIMEOUT)
            else:
                self._shut()
        elif not left:
            self._update_interest()

    def on_error(self, error: Exception) -> None:
        """Handler of the loop: a fault of ours in this connection ends this connection, and no other."""
        self._owner.failed(self, "the server itself", error)
        self.abort("internal error")

    def hold_reading(self, hold: int) -> None:
        """Stop reading, for one more reason."""
        if self._state != OPEN or self._holds & hold:
            return
        self._holds |= hold
        self._update_interest()
        if hold in _WHY:
            self._feed.emit(Paused(self._loop.now, self.id, _WHY[hold]))

    def release_reading(self, hold: int) -> None:
        """One reason less; reading goes on when none is left."""
        if self._state != OPEN or not self._holds & hold:
            return
        self._holds &= ~hold
        self._update_interest()
        if not self._holds and hold in _WHY:
            self._feed.emit(Resumed(self._loop.now, self.id))

    def on_deadline(self) -> None:
        """The deadline that was set for this connection has passed."""
        protocol = self._protocol
        if self._state == LINGERING and self.reason == CLOSED_BY_OPERATOR:
            self.abort(self.reason)
        elif self._state:
            self.terminate(self.reason)
        elif isinstance(protocol, Sniffer):
            self._identified(protocol, "raw")
        elif protocol is not None:
            if protocol.mid_message:
                protocol.timeout()
                self._service()
            elif not self.bytes_in:
                self.close(f"no request within {self._owner.limits.handshake_timeout:g} s")

    def _deliver(self, message: Any) -> None:
        """Tell of a message and hand it to the program: the one place where `on_message` is called."""
        self.messages_in += 1
        feed = self._feed
        if feed.watched:
            shown = message if self._protocol is None else self._protocol.data(message)
            if len(feed.batch) < feed.room:
                feed.batch.append(Received(_clock(), self.id, shown, len(shown)))
            else:
                feed.skipped_messages += 1
                feed.skipped_bytes += len(shown)
        try:
            self._owner.callbacks.message(self, message)
        except Exception as error:
            self._owner.failed(self, "on_message", error)

    def _deliver_all(self, messages: Sequence[Any]) -> None:
        """Hand over what was pipelined; the answers are joined and sent together."""
        if self._out is None:
            self._out = bytearray()
            self._corked = True
        for message in messages:
            self._deliver(message)
            if self._state:
                break
        if self._corked:
            self._uncork()

    def _service(self, progress: bool = False) -> None:
        """Do what the protocol wants done by itself. `progress`: messages were completed since the last time."""
        protocol, owner = self._protocol, self._owner
        if isinstance(protocol, Sniffer):
            if protocol.verdict:
                self._identified(protocol, protocol.verdict)
            elif self not in owner.deadlines:
                owner.deadlines.set(self, SNIFF_TIMEOUT)
            return
        assert protocol is not None
        protocol.needs_service = False
        if answer := protocol.take_answer(self._loop.now):
            self._transmit(answer)
            self.messages_out += 1
            self._tell_sent(answer, protocol.name)
            if self._state:
                return
        if protocol.failure:
            self.close(protocol.failure)
        elif protocol.closing:
            self.close("answered, and asked to close")
        elif protocol.pending_requests > MAX_PENDING_REQUESTS:
            self.hold_reading(UNANSWERED)
        elif self._holds & UNANSWERED and protocol.pending_requests <= MAX_PENDING_REQUESTS // 2:
            self.release_reading(UNANSWERED)
        if self._state:
            return
        if not protocol.mid_message:
            owner.deadlines.clear(self)
        elif (
            progress or not self.messages_in or self not in owner.deadlines
        ):  # the first one takes over from the handshake
            owner.deadlines.set(self, owner.limits.request_timeout)

    def _identified(self, sniffer: Sniffer, verdict: str) -> None:
        self._owner.deadlines.clear(self)
        self._protocol = self._owner.http.connection() if verdict == "http" else None
        self._feed.emit(Identified(self._loop.now, self.id, verdict))
        if held := sniffer.take():
            self.readable(held)
        if self._holds & ENDED and not self._state:
            self._peer_ended()

    def _tell_sent(self, data: bytes, by: str) -> None:
        event = Sent(_clock(), self.id, data, len(data), by)
        if by == OPERATOR:
            self._feed.emit(event)
        elif self._feed.watched:
            self._feed.batch.append(event)

    def _transmit(self, data: bytes | bytearray) -> None:
        if self._out is not None:
            self._out += data
            self._after_buffering(len(data))
            return
        try:
            done = self._send(data)
        except _NOT_NOW:
            done = 0
        except OSError as error:
            self._on_socket_error(error, len(data))
            return
        self.bytes_out += done
        if done != len(data):
            self._buffer(data, done)

    def _uncork(self) -> None:
        self._corked = False
        out, self._out = self._out, None
        if out and self._state != CLOSED:
            self._transmit(out)
        if self._state == FLUSHING:
            if self._out:
                self._owner.deadlines.set(self, FLUSH_TIMEOUT)
            else:
                self._shut()

    def _buffer(self, data: bytes | bytearray, done: int) -> None:
        self._out = bytearray(memoryview(data)[done:])
        self._after_buffering(len(data) - done)

    def _after_buffering(self, size: int) -> None:
        """`size` more bytes wait in our buffer."""
        assert self._out is not None
        waiting = len(self._out)
        if self._corked:
            if waiting > CORK_SIZE:
                self._uncork()
            return
        self._owner.buffers.add(self, size)
        most = self._owner.limits.max_buffer
        if waiting > most:
            if waiting > most * OVERRUN:
                self.abort(f"{waiting} unsent bytes: the program sends more than the peer reads")
                return
            if not self._holds & FULL and not self._state:
                self.hold_reading(FULL)
                self._loop.call_soon(self._owner.call, self, "buffer_full")
        self._update_interest()

    def _update_interest(self) -> None:
        mask = (0 if self._holds else READ) | (WRITE if self._out else 0)
        if mask != self._mask and self._state != CLOSED:
            self._loop.update(self._fd, mask)
            self._mask = mask

    def _peer_ended(self) -> None:
        """The peer has shut down writing (FIN): it may still read."""
        self._holds |= ENDED
        if self._state == LINGERING:
            self._end(self.reason)
        elif self._state == FLUSHING:
            self._update_interest()
        elif isinstance(self._protocol, Sniffer) and self._protocol.held:
            self._identified(self._protocol, "raw")
        elif self._protocol is None or self._protocol.end():
            self.close("peer closed")
        else:
            self._update_interest()

    def _discard(self) -> None:
        """After `close`, what the peer still sends is read and forgotten, up to a bound."""
        self.active = self._loop.now
        if self.bytes_in > LINGER_SIZE and self._state == LINGERING:
            self._end(self.reason)

    def _shut(self) -> None:
        self._state = LINGERING
        if self._holds & ENDED:
            self._end(self.reason)
            return
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(self.reason)
            return
        self._owner.deadlines.set(self, INSIST_TIMEOUT if self.reason == CLOSED_BY_OPERATOR else LINGER_TIMEOUT)
        self._update_interest()

    def _on_socket_error(self, error: OSError, unsent: int = 0) -> None:
        """The network says no. `unsent`: bytes that went neither to the socket nor into our buffer."""
        self._end(_REASONS.get(error.errno or 0) or os.strerror(error.errno or 0).lower(), error, unsent)

    def _end(self, reason: str, error: OSError | None = None, lost: int = 0) -> None:
        if self._state == CLOSED:
            return
        self._state = CLOSED
        self.reason = self.reason or reason
        unsent = self.unsent
        self._out = None
        if unsent and not self._corked:
            self._owner.buffers.remove(self, unsent, 0)
        self._owner.deadlines.clear(self)
        self._loop.unwatch(self._fd)
        with suppress(OSError):  # the descriptor is gone all the same (close(2))
            self.socket.close()
        self._loop.call_soon(self._owner.ended, self, unsent + lost, error)


_RESET = struct.pack("ii", 1, 0)
"""`struct linger {on, 0 seconds}`: close with a reset (socket(7))."""
_WHY = {BY_OPERATOR: "operator", BY_PROGRAM: "program", FULL: "buffer full"}
_HELD = {
    **_WHY,
    OVER_LIMIT: "all buffers full",
    UNANSWERED: "too many requests without an answer",
    ENDED: "peer has ended",
}
_REASONS = {
    errno.ECONNRESET: "reset by peer",
    errno.EPIPE: "reset by peer",
    errno.ETIMEDOUT: "timed out",
    errno.ECONNABORTED: "connection aborted",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
}
