"""The server: its listeners, connections, sinks and commands, on a loop.

Rules of this file:
- The caller passes the loop: several servers may share one loop and its thread.
- Listeners are opened in the thread of the caller, which gets the errors and the real port.
- Protocols and transports are looked up in their registries; none is named here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import structs

from tuiserver.core.address import Address, AddressError
from tuiserver.core.codes import CloseCode, NoteCode, RefuseCode
from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent, Closed, Connected, Listening, Noted, Refused, Unopened
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.core.payload import to_valid_utf8
from tuiserver.engine.callbacks import Callbacks
from tuiserver.engine.closing import Closer
from tuiserver.engine.connection import Connection
from tuiserver.engine.descriptors import available_descriptors
from tuiserver.engine.feed import Feed, ResynchronizedSink, Sink
from tuiserver.engine.first_look import FirstLook
from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.half_close import HalfClose
from tuiserver.engine.listener import Listener
from tuiserver.engine.loop import Loop
from tuiserver.engine.operator import Operator
from tuiserver.engine.pollers import DescriptorTooHigh
from tuiserver.engine.reading import OVER_LIMIT, READER_SLOW, UNFINISHED
from tuiserver.engine.servicing import Servicer
from tuiserver.engine.snapshot import snapshot_of
from tuiserver.engine.transports.base import ListenError
from tuiserver.engine.transports.registry import TRANSPORTS, check_protocol
from tuiserver.engine.unfinished import Unfinished
from tuiserver.engine.wiretap import WireTap
from tuiserver.protocols.base import Factory, Protocol
from tuiserver.protocols.registry import DEFAULT, Factories

STOP_LINGER = 0.3
"""Seconds for which a stopping server waits until clients that have got all their bytes close."""
REPEAT_NOTE = 60.0
"""Seconds before the same warning about the whole server is repeated."""
READER_RECHECK = 0.02
"""Seconds between two checks whether a sink that must not miss anything has capacity again."""


class Server:
    """A server. `max_connections` is at most what the system allows; `program` is the sender that views show for `send`.

    `default_factory` returns the factory for addresses that name no protocol. `on_stopped` is called when a `stop` is complete.
    """

    def __init__(
        self,
        loop: Loop,
        limits: Limits | None = None,
        program: str = "program",
        on_stopped: Callable[[], object] = lambda: None,
    ) -> None:
        self.loop = loop
        self._on_stopped = on_stopped
        self.program = to_valid_utf8(program)
        self.connections: dict[int, Connection] = {}
        self.feed = Feed(loop, self._hold_all, self._tap_all)
        self.deadlines = Deadlines(loop)
        self.closer = Closer(self.deadlines, loop)
        self.half_close = HalfClose(self)
        self.servicer = Servicer(self)
        self.first_look = FirstLook(self, self.connections)
        self.idle = Idle(loop, self.connections)
        self.callbacks = Callbacks(loop, self.note)
        self.operator = Operator(self)
        self.default_factory: Callable[[Factories], Factory] = lambda factories: factories.get(DEFAULT)
        self.stopping = False
        self.bound = False
        self._listeners: list[Listener] = []
        self._unopened: list[Unopened] = []
        self._count = 0
        self._full = False
        self._holding = False
        self._noted: dict[str, float] = {}
        self._tokens: dict[int, list[int]] = {}
        self._stop_token = 0
        self.set_limits(limits or Limits())
        loop.add_end_of_turn(self.feed.end_of_turn)
        loop.add_slow_turn(self._note_slow_turn)

    # ── addresses ──

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses to listen on, with the real ports once they are open."""
        return tuple(listener.address for listener in self._listeners)

    def set_limits(self, limits: Limits) -> None:
        """Replace the limits; only until the server is bound."""
        self.limits = limits
        self.max_connections = limits.max_connections
        self.buffers = Buffers(limits.max_buffered, OVER_LIMIT)
        self.unfinished = Unfinished(limits.max_unfinished, UNFINISHED, self.loop, self.servicer.refuse_unfinished)
        self.factories = Factories(limits)
        for listener in self._listeners:
            listener.backlog = listener.options.backlog or limits.backlog

    def listen(self, address: Address, options: SocketOptions | None = None) -> None:
        """Add an address; raises `AddressError`, or `ListenError` once the server is bound."""
        self._require_unbound()
        if any(address.overlaps(each) for each in self.addresses):
            raise AddressError(f"{address} is given twice: leave one of them out")
        transport = TRANSPORTS.get(address.transport)
        if transport is None:
            raise AddressError(f'unknown transport "{address.transport}": use one of {", ".join(TRANSPORTS)}')
        if address.protocol:
            check_protocol(address, self.factories)
        self._listeners.append(Listener(address, transport, self.limits.backlog, options))

    def forget_addresses(self) -> None:
        """Remove all addresses; raises `ListenError` once the server is bound."""
        self._require_unbound()
        self._listeners.clear()

    def _require_unbound(self) -> None:
        if self.bound:
            raise ListenError("a server takes addresses before it is started")

    def bind(self, partly: bool = False) -> None:
        """Open the listeners; raises `ListenError`. With `partly` one address that can be opened is enough."""
        if not self._listeners:
            raise ListenError("a server needs an address to listen on, such as 127.0.0.1:9999")
        self.set_limits(self.limits)
        try:
            self._open_listeners(partly)
        except ListenError:
            for listener in self._listeners:
                listener.close()
            raise
        self.bound = True
        self.max_connections = min(self.limits.max_connections, available_descriptors())
        for listener in self._listeners:
            name = listener.address.protocol
            listener.factory = self.factories.get(name) if name else self.default_factory(self.factories)
            self.feed.emit(Listening(listener.opened_at, str(listener.address)))
            listener.start(self.loop, self._on_accepted, self._on_accept_failed)
        for event in self._unopened:
            self.feed.emit(event)

    def _open_listeners(self, partly: bool) -> None:
        """Open all, or with `partly` as many as possible; raises the first `ListenError` if that is not enough."""
        now = self.loop.clock.time()
        self._listeners = [resolved for listener in self._listeners for resolved in listener.resolved()]
        for listener in self._listeners:
            if not listener.options.keepalive:
                listener.options = structs.replace(listener.options, keepalive=self.limits.keepalive)
        failures: dict[Listener, ListenError] = {}
        for listener in self._listeners:
            try:
                listener.open(now)
            except ListenError as error:
                failures[listener] = error
                if not partly:
                    break
        if failures and (not partly or len(failures) == len(self._listeners)):
            raise next(iter(failures.values()))
        self._listeners = [listener for listener in self._listeners if listener not in failures]
        self._unopened = [Unopened(now, listener.name, str(error)) for listener, error in failures.items()]

    # ── sinks and commands ──

    def add_sink(self, sink: Sink) -> None:
        """Add a sink: it gets a snapshot first if the server is bound, then every event.

        In the thread of the loop, or before the start.
        """
        if self.stopping:
            return
        events: list[AnyEvent] = []
        if self.bound:
            events = self._snapshot()
        self.feed.add(sink, events)

    def resynchronize_sink(self, sink: ResynchronizedSink) -> None:
        """Give a sink that has lost lifecycle events a snapshot. In the thread of the loop."""
        self.feed.flush()
        sink.resynchronize(self.loop.clock.time(), self._snapshot())

    def _snapshot(self) -> list[AnyEvent]:
        offset = self.loop.clock.time() - self.loop.clock.monotonic()
        return snapshot_of(self._listeners, self._unopened, self.connections.values(), self.half_close.events, offset)

    def remove_sink(self, sink: Sink) -> None:
        """Remove a sink: it gets no more events."""
        self.feed.remove(sink)

    def handle(self, command: AnyCommand) -> None:
        """Execute a command, in the thread of the loop. Its result comes as events."""
        self.operator.handle(command)

    def note(self, level: str, text: str, number: int = 0, detail: str = "", code: str = "") -> None:
        """Put a line into every view and the log: `level` is `info`, `warning` or `error`. In the thread of the loop."""
        event = Noted(self.loop.clock.time(), level, to_valid_utf8(text), number, to_valid_utf8(detail), code)
        if number and level != "info" and (connection := self.connections.get(number)) is not None:
            connection.last_warning = structs.replace(event, at=self.loop.monotonic)
        self.feed.emit(event)

    def answer_when_closed(self, connection: Connection, token: int) -> None:
        """Let the `Closed` of `connection` carry `token`."""
        if token:
            self._tokens.setdefault(connection.id, []).append(token)

    # ── clients ──

    def _on_accepted(self, listener: Listener, sock: socket.socket, peer: Any) -> None:
        try:
            protocol = listener.factory.create()
            connection = self._make_connection(listener, sock, peer, protocol)
            connection.reading.start(connection)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            with suppress(OSError):
                sock.close()
            if not isinstance(error, OSError):
                self.callbacks.report("the protocol of a new client", error)
                return
            words = str(error) if isinstance(error, DescriptorTooHigh) else os.strerror(error.errno or 0).lower()
            self._note_once("client", "warning", f"a client is refused: {words}", NoteCode.CLIENT_REFUSED)
            return
        c = self.connections[connection.id] = connection
        self.feed.emit(Connected(self.loop.now, c.id, c.peer, c.local, c.address, c.protocol, c.framed))
        if timeout := connection.idle_timeout:
            self.idle.expect(timeout)
        self.servicer.begin(connection)
        if self.callbacks.connect is not None:
            self.callbacks.call(connection, "connect")
        if len(self.connections) >= self.max_connections:
            self._full = True
            self._pause_accepting()
            text = f"{self.max_connections} clients are connected: others wait until one disconnects"
            self._note_once("full", "warning", text, NoteCode.MAX_CONNECTIONS)

    def _make_connection(self, listener: Listener, sock: socket.socket, peer: Any, protocol: Protocol) -> Connection:
        """A connection for an accepted client; raises `OSError` if the client has disconnected already."""
        sock.setblocking(False)
        transport = listener.transport
        local = listener.local or transport.name_of(sock.getsockname())
        self._count += 1
        connection = Connection(
            self, self._count, sock, transport.name_of(peer), local, listener.name, transport, protocol
        )
        recv = self._tap(connection, True) if self.feed.wire else sock.recv
        if not (listener.address.protocol or protocol.framed):
            self.first_look.begin(connection, recv)
        return connection

    def _tap(self, connection: Connection, wanted: bool) -> Callable[[int], bytes]:
        sock = connection.socket
        tap = WireTap(sock, connection.id, self.feed, self.loop.clock.time) if wanted else sock
        connection.use_recv(tap.recv)
        connection.output.use_send(tap.send)
        return tap.recv

    def on_connection_ended(self, connection: Connection, unsent: int, error: OSError | None) -> None:
        """The socket of a connection was closed: the only place where a connection is removed."""
        del self.connections[connection.id]
        if self.unfinished.total:
            self.unfinished.update(connection, 0)
        if self.half_close.events:
            self.half_close.forget(connection)
        self.servicer.forget(connection)
        if not connection.passthrough:
            self.servicer.show_rest(connection)
        if error is not None:
            self.callbacks.call(connection, "error", error)
        if self.callbacks.close is not None:
            self.callbacks.call(connection, "close")
        connection.dirty = False
        tokens = self._tokens.pop(connection.id, None) if self._tokens else None
        reason, code = to_valid_utf8(str(connection.reason)), to_valid_utf8(str(connection.code))
        now, token = self.loop.now, tokens[0] if tokens else self._stop_token
        c, bytes_out = connection, connection.output.bytes_out
        totals = c.bytes_in, bytes_out, c.messages_in, c.messages_out
        duration = round(self.loop.monotonic - c.connected_at, 3)
        self.feed.emit(Closed(now, c.id, reason, *totals, unsent, code, token, c.closing_at, duration))
        if tokens:
            text = f"#{connection.id} was closed by an earlier command"
            for other in tokens[1:]:
                self.feed.emit(Refused(now, other, connection.id, RefuseCode.NOT_OPEN, text))
        if self._full and len(self.connections) < self.max_connections:
            self._full = False
            self._resume_accepting()

    def _on_accept_failed(self, listener: Listener, error: OSError) -> None:
        words = (error.strerror or os.strerror(error.errno or 0)).lower()
        text = f"cannot accept on {listener.address}: {words}; trying again"
        self._note_once("accept", "error", text, NoteCode.ACCEPT_FAILED)

    def _pause_accepting(self) -> None:
        for listener in self._listeners:
            listener.pause()

    def _resume_accepting(self) -> None:
        if not (self._full or self._holding or self.stopping):
            for listener in self._listeners:
                listener.resume()

    # ── holding and tapping all connections ──

    def _hold_all(self) -> None:
        """A sink that must not miss anything is full: nothing is read or accepted until it has capacity again."""
        if self._holding:
            return
        self._holding = True
        self._pause_accepting()
        for connection in self.connections.values():
            connection.reading.hold_reading(READER_SLOW)
        self._note_once(
            "reader", "warning", "a reader of the events is slow: clients wait for it", NoteCode.READER_SLOW
        )
        self.loop.call_later(READER_RECHECK, self._release_all)

    def _release_all(self) -> None:
        self.feed.flush()
        if self.feed.is_full():
            self.loop.call_later(READER_RECHECK, self._release_all)
            return
        self._holding = False
        for connection in self.connections.values():
            connection.reading.release_reading(READER_SLOW)
        self._resume_accepting()

    def _tap_all(self, wanted: bool) -> None:
        for connection in self.connections.values():
            self._tap(connection, wanted)

    # ── stopping ──

    def stop(self, timeout: float, token: int = 0) -> None:
        """Stop accepting, send what is buffered for up to `timeout` seconds, then close all connections."""
        if self.stopping:
            return
        self.stopping = True
        self._stop_token = token
        for listener in self._listeners:
            listener.close()
        for connection in tuple(self.connections.values()):
            connection.close("server stopped", CloseCode.SERVER_STOPPED)
        self._stop_when_empty(self.loop.clock.monotonic(), timeout)

    def _stop_when_empty(self, since: float, timeout: float) -> None:
        """Finish when all connections are closed; wait up to `timeout` while some have unsent bytes, otherwise briefly."""
        passed = self.loop.clock.monotonic() - since
        unsent = any(connection.unsent for connection in self.connections.values())
        if not self.connections or passed >= timeout or (not unsent and passed >= STOP_LINGER):
            self.close()
            self._on_stopped()
        else:
            self.loop.call_later(0.02, self._stop_when_empty, since, timeout)

    def close(self) -> None:
        """Close everything that is still open, at once. In the thread of the loop, or after the loop has ended."""
        for listener in self._listeners:
            listener.close()
        for connection in tuple(self.connections.values()):
            self.closer.terminate(connection, "server stopped", CloseCode.SERVER_STOPPED)
        self.loop.run_calls()
        self.feed.flush()

    # ── notes ──

    def _note_slow_turn(self, seconds: float) -> None:
        """A callback delayed all clients. `on_message` is not timed on its own: reading the clock would make it 5 % slower."""
        name, self.callbacks.slowest = self.callbacks.slowest, "on_message"
        subject = "Reply" if name == "on_message" else name
        text = f"{subject} took {seconds * 1000:.0f} ms and blocked other clients"
        self._note_once(name, "warning", text, NoteCode.SLOW_CALLBACK)

    def _note_once(self, key: str, level: str, text: str, code: str) -> None:
        now = self.loop.clock.monotonic()
        if now - self._noted.get(key, -REPEAT_NOTE) >= REPEAT_NOTE:
            self._noted[key] = now
            self.note(level, text, code=code)
