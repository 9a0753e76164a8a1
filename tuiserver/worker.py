"""`Worker`, the public server: callbacks, signals, and running in the caller's thread or in a background thread.

Rules of this file:
- An error of the program is raised at once; an error of a client is an event with a code and a reason.
- Everything else is in `engine/server.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVarTuple

from tuiserver.core.address import Address
from tuiserver.core.commands import AnyCommand
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.core.payload import to_valid_utf8
from tuiserver.engine.callbacks import Callbacks, Hook, require_function
from tuiserver.engine.connection import Connection
from tuiserver.engine.feed import ResynchronizedSink, Sink
from tuiserver.engine.hosting import is_hosted
from tuiserver.engine.lifecycle import BOUND, NEW, RUNNING, Lifecycle
from tuiserver.engine.loop import Loop
from tuiserver.engine.operator import STOP_TIMEOUT
from tuiserver.engine.server import Server
from tuiserver.engine.timers import Timer
from tuiserver.engine.transports.registry import parse_address
from tuiserver.protocols.base import Factory, Protocol, SimpleFactory
from tuiserver.protocols.registry import DEFAULT, SNIFFER

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    M = TypeVar("M", default=bytes)
    """The type of messages: bytes for raw, `Request` for http, or that of your own protocol."""
else:
    from typing import TypeVar

    M = TypeVar("M")

Ts = TypeVarTuple("Ts")
"""The types of the arguments of a scheduled callback."""


class Worker(Generic[M]):
    """A TCP server. Register callbacks, then `run()` here or `start()` in a background thread.

    `addresses`: where to listen, as text (`127.0.0.1:9999`, `http://:8080`) or `Address`; raises `AddressError`.
    `protocol`: the protocol of addresses that name none: a name such as `http`, or a class of your own that implements
    `Protocol`; raw bytes by default. `sniff`: for these addresses, detect HTTP or raw from the first bytes.
    `limits`, `options`: see `Limits`, `SocketOptions`; `listen()` takes separate options for one address.
    `program`: shown in views as the sender of what the program sends. `poller`: `auto`, `epoll`, `kqueue`, `poll`, `select`.
    `loop`: a loop of your own, which may be shared; `run()` and `start()` run it.
    """

    on_connect: Hook[Callable[[Connection], object]] = Hook("connect")
    """Called as `on_connect(connection)` when a client has been accepted."""
    on_message: Hook[Callable[[Connection, M], object]] = Hook("message")
    """Called as `on_message(connection, message)`: bytes for raw, `Request` for http, else what the protocol returns."""
    on_end: Hook[Callable[[Connection], object]] = Hook("end")
    """Called as `on_end(connection)` when the client has finished sending: it may still read, so it can be answered."""
    on_close: Hook[Callable[[Connection], object]] = Hook("close")
    """Called as `on_close(connection)` when the socket is closed; `connection.reason` and `connection.code` say why."""
    on_error: Hook[Callable[[Connection, BaseException], object]] = Hook("error")
    """Called as `on_error(connection, error)`: what a callback raised, or the `OSError` that ended the connection."""
    on_buffer_full: Hook[Callable[[Connection], object]] = Hook("buffer_full")
    """Called as `on_buffer_full(connection)` when more than `max_buffer` bytes are buffered: stop sending for now."""
    on_buffer_drain: Hook[Callable[[Connection], object]] = Hook("buffer_drain")
    """Called as `on_buffer_drain(connection)` when at most a quarter of that is left: continue sending."""

    def __init__(
        self,
        *addresses: str | Address,
        protocol: str | Factory | Callable[[], Protocol] = DEFAULT,
        sniff: bool = False,
        program: str = "program",
        poller: str = "auto",
        limits: Limits | None = None,
        options: SocketOptions | None = None,
        loop: Loop | None = None,
    ) -> None:
        self.loop = loop or Loop(poller)
        self.server = Server(self.loop, limits, program, self.loop.stop)
        self._lifecycle = Lifecycle(self.server, shared=loop is not None)
        try:
            self.use_protocol(SNIFFER if sniff else protocol)
            for address in addresses:
                self.listen(address, options)
        except Exception:
            self.loop.close()
            raise

    @property
    def failure(self) -> BaseException | None:
        """The exception that ended the server, if one did."""
        return self._lifecycle.failure

    @property
    def callbacks(self) -> Callbacks:
        """The callbacks that are registered."""
        return self.server.callbacks

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses to listen on, with the real ports once they are open."""
        return self.server.addresses

    @property
    def connections(self) -> dict[int, Connection]:
        """The connections by id, in order of arrival. Use it in the thread of the loop."""
        return self.server.connections

    @property
    def limits(self) -> Limits:
        """The limits; they may be replaced until the worker is started."""
        return self.server.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._lifecycle.require("limited", NEW)
        self.server.set_limits(limits)

    @property
    def program(self) -> str:
        """The name that views show as the sender of what the program sends."""
        return self.server.program

    @program.setter
    def program(self, name: str) -> None:
        self.server.program = to_valid_utf8(name)

    def use_protocol(self, protocol: str | Factory | Callable[[], Protocol]) -> None:
        """Set the protocol of addresses that name none; only before the start. Raises `SpecError`, a `ValueError`."""
        self._lifecycle.require("configured", NEW)
        if isinstance(protocol, str):
            spec = protocol
            self.server.factories.get(spec)
            self.server.default_factory = lambda factories: factories.get(spec)
            return
        factory: Factory = SimpleFactory(protocol) if callable(protocol) else protocol
        self.server.default_factory = lambda factories: factory

    def listen(self, address: str | Address, options: SocketOptions | None = None) -> None:
        """Add an address, optionally with its own socket options; only before the start. Raises `AddressError`."""
        self.server.listen(parse_address(address) if isinstance(address, str) else address, options)

    def listen_on(self, *addresses: str | Address) -> None:
        """Replace all addresses by these; only before the start. Raises `AddressError`."""
        self.server.forget_addresses()
        for address in addresses:
            self.listen(address)

    def call_later(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call `callback` once after `delay` seconds, in the thread of the loop. Use it in that thread, or before the start."""
        require_function(callback, "a callback")
        return self.loop.call_later(delay, self.callbacks.call_guarded, callback, *args)

    def call_every(self, interval: float, callback: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call `callback` every `interval` seconds, in the thread of the loop. Use it in that thread, or before the start."""
        require_function(callback, "a callback")
        return self.loop.call_every(interval, self.callbacks.call_guarded, callback, *args)

    def call_threadsafe(self, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call `callback` soon in the thread of the loop. May be used from any thread. Raises `RuntimeError` after the end."""
        require_function(callback, "a callback")
        self._lifecycle.require("called", NEW, BOUND, RUNNING)
        self.loop.call_threadsafe(self.callbacks.call_guarded, callback, *args)

    def bind(self, partly: bool = False) -> None:
        """Open the listeners in this thread; raises `ListenError`. `run` and `start` call it unless it was called before.

        `partly`: one address that can be opened is enough; the others are reported as `Unopened`.
        """
        self._lifecycle.bind(partly)

    def run(self) -> None:
        """Serve in this thread until `stop()`, SIGINT, SIGTERM or SIGHUP; raises `ListenError`.

        A second SIGINT or SIGTERM ends it at once. A worker runs once: raises `RuntimeError` if it runs already, or has ended.
        """
        if not is_hosted(self, "run"):
            self._lifecycle.run()

    def start(self) -> None:
        """Serve in a background thread; raises `ListenError` here, and `RuntimeError` as `run` does."""
        if not is_hosted(self, "start"):
            self._lifecycle.start()

    def stop(self, timeout: float = STOP_TIMEOUT) -> bool:
        """Stop accepting, send what is buffered for up to `timeout` seconds, then close all connections.

        May be called from any thread and at any time: a worker that was not started only closes its listeners. It waits
        until the server has ended, except in the thread that runs it and on a loop that you run. Returns False if the
        server has not ended yet: a callback that takes too long delays it.
        """
        return not is_hosted(self, "stop") and self._lifecycle.stop(timeout)

    def add_sink(self, sink: Sink) -> None:
        """Add a consumer of events. If addresses are open already, it gets a snapshot of the present state first.

        May be called from any thread; raises `RuntimeError` once the server has ended.
        """
        self._lifecycle.require("watched", NEW, BOUND, RUNNING)
        self._lifecycle.call(self.server.add_sink, sink)

    def remove_sink(self, sink: Sink) -> None:
        """Remove a sink: it gets no more events. May be called from any thread."""
        self._lifecycle.call(self.server.remove_sink, sink)

    def resynchronize_sink(self, sink: ResynchronizedSink) -> None:
        """Give a sink that has lost lifecycle events a snapshot of the present state. May be called from any thread."""
        self.loop.call_threadsafe(self.server.resynchronize_sink, sink)

    def handle(self, command: AnyCommand) -> None:
        """Execute a command, in the thread of the loop. Its result comes as events."""
        self.server.handle(command)

    def note(self, level: str, text: str, number: int = 0, detail: str = "") -> None:
        """Put a line into every view and the log: `level` is `info`, `warning` or `error`. In the thread of the loop."""
        self.server.note(level, text, number, detail)
