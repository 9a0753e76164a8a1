"""The server: listeners, the program's callbacks, the sinks that watch, and commands obeyed.

Rules of this file:
- What the program does wrong is raised at once, in its face; what a client does wrong is an event and a reason.
- Binding happens in the caller's thread: an error comes out where it can be handled, and port 0 is known at once.
- A callback is called inside one `try`: what it raises ends its connection only.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

from tuiserver import __version__
from tuiserver.core import commands
from tuiserver.core.address import Address, AddressError, parse
from tuiserver.core.events import OPERATOR, AnyEvent, Closed, Connected, Inspected, Listening, Noted, Unopened
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.connection import BY_OPERATOR, CLOSED_BY_OPERATOR, OVER_LIMIT, Connection
from tuiserver.engine.feed import Feed, Sink
from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.listener import Listener, ListenError, peer_name
from tuiserver.engine.loop import SLOW_TURN, DescriptorTooHigh, Loop, Timer
from tuiserver.engine.owner import Callbacks
from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.http.protocol import Http
from tuiserver.protocols.sniffer import Sniffer

STOP_TIMEOUT = 5.0
"""Seconds that a stopping server goes on writing what is queued."""
STOP_LINGER = 0.3
"""Seconds that a stopping server waits for clients that have all their bytes to hang up."""
SPARE_DESCRIPTORS = 64
"""Descriptors kept back from clients: for the listeners, the log, and what the program opens."""
SAY_AGAIN = 60.0
"""Seconds before the same warning about the whole server is said again."""

C = TypeVar("C", bound=Callable[..., object])


class Worker:
    """A TCP server. Hang callbacks in, then `run()` here or `start()` in a background thread.

    `addresses`: where to listen, as text (`127.0.0.1:9999`, `http://:8080`) or `Address`; raises `AddressError`.
    `sniff`: where an address names no protocol, look at the first bytes and let the connection be HTTP or raw.
    `limits`, `options`: see `Limits`, `SocketOptions`; `listen()` gives an address options of its own.
    `program`: what the views call the sender of what callbacks send. `poller`: `auto`, `epoll`, `kqueue`, `poll`, `select`.
    """

    def __init__(
        self,
        *addresses: str | Address,
        sniff: bool = False,
        program: str = "program",
        poller: str = "auto",
        limits: Limits | None = None,
        options: SocketOptions | None = None,
    ) -> None:
        self.sniff = sniff
        self.program = program
        self.limits = limits or Limits()
        self.connections: dict[int, Connection] = {}
        self.failure: BaseException | None = None
        self.callbacks = Callbacks()
        self.loop = Loop(poller)
        self.feed = Feed(self.loop)
        self.deadlines = Deadlines(self.loop)
        self.idle = Idle(self.loop, self.connections)
        self._listeners: list[Listener] = []
        self._unopened: list[tuple[str, str]] = []
        self._apply_limits()
        self._bound = False
        self._count = 0
        self._full = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._said: dict[str, float] = {}
        self._slowest = "on_message"
        self.loop.end_of_turn = self.feed.end_of_turn
        self.loop.slow_turn = self._slow_turn
        try:
            for address in addresses:
                self.listen(address, options)
        except AddressError:
            self.loop.close()
            raise

    # ── the program's side ──

    on_connect = property(lambda self: self._decorator("connect"), lambda self, f: self._hang("connect", f))
    """Called as `on_connect(connection)` when a client has been accepted."""
    on_message = property(lambda self: self._decorator("message"), lambda self, f: self._hang("message", f))
    """Called as `on_message(connection, message)`: bytes for raw, `Request` for http."""
    on_close = property(lambda self: self._decorator("close"), lambda self, f: self._hang("close", f))
    """Called as `on_close(connection)` when the socket is gone; `connection.reason` says why."""
    on_error = property(lambda self: self._decorator("error"), lambda self, f: self._hang("error", f))
    """Called as `on_error(connection, error)`: what a callback raised, or the `OSError` that ended the connection."""
    on_buffer_full = property(lambda self: self._decorator("buffer_full"), lambda self, f: self._hang("buffer_full", f))
    """Called as `on_buffer_full(connection)` when more than `max_buffer` bytes wait: send no more for now."""
    on_buffer_drain = property(
        lambda self: self._decorator("buffer_drain"), lambda self, f: self._hang("buffer_drain", f)
    )
    """Called as `on_buffer_drain(connection)` when a quarter of that is left: go on."""

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens; with the real ports once it is bound."""
        return tuple(listener.address for listener in self._listeners)

    def listen(self, address: str | Address, options: SocketOptions | None = None) -> None:
        """Listen on one more address, with options of its own; before the start. Raises `AddressError`."""
        wanted = parse(address) if isinstance(address, str) else address
        if self._bound:
            raise ListenError("a worker takes addresses before it is started")
        if wanted.port and any((wanted.host, wanted.port) == (each.host, each.port) for each in self.addresses):
            raise AddressError(f"{wanted} is given twice: leave one of them out")
        self._listeners.append(Listener(wanted, self.limits.backlog, options))

    def listen_on(self, *addresses: str | Address) -> None:
        """Listen on these and on no others; before the start. Raises `AddressError`."""
        self._listeners.clear()
        for address in addresses:
            self.listen(address)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call in the loop's thread, once, in `delay` seconds. In that thread, or before the start."""
        return self.loop.call_later(delay, self._call_guarded, callback, *args)

    def call_every(self, interval: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call in the loop's thread every `interval` seconds. In that thread, or before the start."""
        return self.loop.call_every(interval, self._call_guarded, callback, *args)

    def call_threadsafe(self, callback: Callable[..., object], *args: Any) -> None:
        """Call in the loop's thread, soon; from any thread."""
        self.loop.call_threadsafe(self._call_guarded, callback, *args)

    def bind(self, partly: bool = False) -> None:
        """Open the listeners, in this thread; raises `ListenError`. `run` and `start` do it if it was not done.

        `partly`: where one of several can be opened, that is enough; the others are told as `Unopened`.
        """
        if self._bound:
            return
        if not self._listeners:
            raise ListenError("a worker needs an address to listen on, such as 127.0.0.1:9999")
        self._apply_limits()
        try:
            self._open_listeners(partly)
        except ListenError:
            for listener in self._listeners:
                listener.close()
            raise
        self._bound = True
        self._most = min(self.limits.max_connections, max(1, _raise_descriptor_limit() - SPARE_DESCRIPTORS))
        for listener in self._listeners:
            self.feed.emit(Listening(time.time(), str(listener.address)))
            listener.start(self.loop, self._accepted, self._refused)
        for address, reason in self._unopened:
            self.feed.emit(Unopened(time.time(), address, reason))

    def run(self) -> None:
        """Serve in this thread until `stop()`, SIGINT or SIGTERM; a second signal ends it now. Raises `ListenError`."""
        self.bind()
        with self._signals():
            self._serve()
        self.loop.close()
        if self.failure is not None:
            raise self.failure

    def start(self) -> None:
        """Serve in a background thread; raises `ListenError` here."""
        self.bind()
        self._thread = threading.Thread(target=self._serve_and_close, name="tuiserver", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = STOP_TIMEOUT) -> None:
        """Accept no more, write out what is queued for up to `timeout` seconds, close everybody; waits for the thread.

        From any thread; from the loop's own thread, or in a signal handler, it does not wait.
        """
        self.loop.call_threadsafe(self._stop, timeout)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout + 5)
        elif thread is None and not self._bound:
            self.loop.close()

    # ── the watchers' side ──

    def add_sink(self, sink: Sink) -> None:
        """Let `sink` see what happens from now on, told first what is the case; from any thread."""
        if self._thread is None:
            self._snapshot(sink)
        else:
            self.loop.call_threadsafe(self._snapshot, sink)

    def remove_sink(self, sink: Sink) -> None:
        """Let it see no more; from any thread."""
        self.loop.call_threadsafe(self.feed.remove, sink)

    def obey(self, command: commands.AnyCommand) -> None:
        """Carry out a wish; in the loop's thread. What became of it comes as an event."""
        if isinstance(command, commands.Stop):
            self._stop(STOP_TIMEOUT)
            return
        connection = self.connections.get(command.id)
        if isinstance(command, commands.Inspect):
            self._inspect(connection)
        elif connection is None or not (connection.is_open or isinstance(command, commands.Close)):
            verb = "send to" if isinstance(command, commands.Send) else type(command).__name__.lower()
            self.note("warning", f"cannot {verb} #{command.id}: it is closed", command.id)
        elif isinstance(command, commands.Send):
            try:
                connection.send(command.data, by=OPERATOR)
            except (LocalProtocolError, TypeError) as error:
                self.note("warning", f"not sent to #{command.id}: {error}", command.id)
        elif isinstance(command, commands.Pause):
            connection.hold_reading(BY_OPERATOR)
        elif isinstance(command, commands.Resume):
            connection.release_reading(BY_OPERATOR)
        elif command.reset:
            connection.abort("reset by operator")
        else:
            connection.close(CLOSED_BY_OPERATOR)

    def note(self, level: str, text: str, number: int = 0, detail: str = "") -> None:
        """Say something in every view and in the log: `level` is `info`, `warning` or `error`. In the loop's thread."""
        self.feed.emit(Noted(time.time(), level, to_valid_utf8(text), number, to_valid_utf8(detail)))

    # ── what connections ask of their owner ──

    def failed(self, connection: Connection, name: str, error: Exception) -> None:
        """A callback raised: it is told, and ends this connection."""
        self._tell_raised(name, error, connection.id)
        if self.callbacks.error is not None and name != "on_error":
            self.call(connection, "error", error)
        connection.close(f"{name} failed")

    def call(self, connection: Connection, name: str, *args: Any) -> None:
        """Call the program's `on_<name>`, if it has one: the one place for all but `on_message`."""
        callback = getattr(self.callbacks, name)
        if callback is None:
            return
        before = time.monotonic()
        try:
            callback(connection, *args)
        except Exception as error:
            self.failed(connection, f"on_{name}", error)
        if time.monotonic() - before > SLOW_TURN:
            self._slowest = f"on_{name}"

    def ended(self, connection: Connection, unsent: int, error: OSError | None) -> None:
        """A socket is gone: the one place where a connection leaves."""
        del self.connections[connection.id]
        totals = connection.totals()
        if error is not None:
            self.call(connection, "error", error)
        self.call(connection, "close")
        connection.dirty = False
        reason = to_valid_utf8(connection.reason)
        self.feed.emit(Closed(self.loop.now, connection.id, reason, *totals[1:5], unsent))
        if self._full and len(self.connections) < self._most and not self._stopping:
            self._full = False
            for listener in self._listeners:
                listener.resume()

    # ── inside ──

    def _open_listeners(self, partly: bool) -> None:
        """Open all, or with `partly` as many as can be; raises the first `ListenError` where that is not enough."""
        failures: dict[Listener, ListenError] = {}
        for listener in self._listeners:
            try:
                listener.open()
            except ListenError as error:
                failures[listener] = error
                if not partly:
                    break
        if failures and (not partly or len(failures) == len(self._listeners)):
            raise next(iter(failures.values()))
        self._listeners = [listener for listener in self._listeners if listener not in failures]
        self._unopened = [(listener.name, str(error)) for listener, error in failures.items()]

    def _inspect(self, connection: Connection | None) -> None:
        """Tell what is known of a connection; of one that has just gone, nothing."""
        if connection is not None:
            with suppress(OSError):
                self.feed.emit(Inspected(self.loop.now, connection.id, connection.inspect()))

    def _decorator(self, name: str) -> Callable[[C], C]:
        def hang(callback: C) -> C:
            self._hang(name, callback)
            return callback

        return hang

    def _hang(self, name: str, callback: Callable[..., object]) -> None:
        if not callable(callback):
            raise TypeError(f"on_{name} is a function, not {type(callback).__name__}")
        setattr(self.callbacks, name, callback)

    def _apply_limits(self) -> None:
        """`limits` may be set anew until the addresses are open."""
        self._most = self.limits.max_connections
        self.buffers = Buffers(self.limits.max_buffered, OVER_LIMIT)
        self.http = Http(__version__, max_message=self.limits.max_message)
        for listener in self._listeners:
            listener.backlog = listener.options.backlog or self.limits.backlog

    def _accepted(self, listener: Listener, sock: socket.socket, peer: Any) -> None:
        try:
            connection = self._begin(listener, sock, peer)
            connection.start()
        except OSError as error:
            with suppress(OSError):
                sock.close()
            words = str(error) if isinstance(error, DescriptorTooHigh) else os.strerror(error.errno or 0).lower()
            self._say_once("client", "warning", f"a client is refused: {words}")
            return
        self.connections[connection.id] = connection
        self.feed.emit(
            Connected(
                self.loop.now, connection.id, connection.peer, connection.local, connection.address, connection.protocol
            )
        )
        self.idle.expect(self.limits.idle_timeout_of("raw" if connection.protocol == "raw" else "http"))
        if listener.address.protocol == "http":
            self.deadlines.set(connection, self.limits.handshake_timeout)
        if self.callbacks.connect is not None:
            self.call(connection, "connect")
        if len(self.connections) >= self._most:
            self._full = True
            for each in self._listeners:
                each.pause()
            self._say_once("full", "warning", f"{self._most} clients: more have to wait until one leaves")

    def _begin(self, listener: Listener, sock: socket.socket, peer: Any) -> Connection:
        """A connection for a client that was let in; raises `OSError` where it has gone already."""
        sock.setblocking(False)
        local = listener.local or peer_name(sock.getsockname())
        protocol: Any = None
        if listener.address.protocol == "http":
            protocol = self.http.connection()
        elif self.sniff and not listener.address.protocol:
            protocol = Sniffer()
        self._count += 1
        return Connection(self, self._count, sock, peer_name(peer), local, listener.name, protocol)

    def _slow_turn(self, seconds: float) -> None:
        """A callback made all others wait. `on_message` is not timed call by call: each of those looks costs 5 % of it."""
        name, self._slowest = self._slowest, "on_message"
        self._say_once(name, "warning", f"{name} took {seconds * 1000:.0f} ms: all other clients waited")

    def _refused(self, listener: Listener, error: OSError) -> None:
        words = (error.strerror or os.strerror(error.errno or 0)).lower()
        self._say_once("refused", "error", f"cannot accept on {listener.address}: {words}; trying again")

    def _snapshot(self, sink: Sink) -> None:
        if self._stopping:
            return
        now = time.time()
        told: list[AnyEvent] = []
        if self._thread is not None:
            told += [Listening(now, str(address)) for address in self.addresses]
            told += [Unopened(now, *each) for each in self._unopened]
            told += [Connected(now, c.id, c.peer, c.local, c.address, c.protocol) for c in self.connections.values()]
        self.feed.add(sink, told)
        self.feed.mark_all_dirty(self.connections.values())

    def _say_once(self, key: str, level: str, text: str, number: int = 0) -> None:
        now = time.monotonic()
        if now - self._said.get(key, -SAY_AGAIN) >= SAY_AGAIN:
            self._said[key] = now
            self.note(level, text, number)

    def _call_guarded(self, callback: Callable[..., object], *args: Any) -> None:
        try:
            callback(*args)
        except Exception as error:
            self._tell_raised(getattr(callback, "__name__", "a timer"), error)

    def _tell_raised(self, name: str, error: Exception, number: int = 0) -> None:
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        where = "".join(f" ({os.path.basename(each.filename)}:{each.lineno})" for each in frame)
        detail = "".join(traceback.format_exception(error))
        self.note("error", f"{name}: {type(error).__name__}: {error}{where}", number, detail)

    def _serve(self) -> None:
        try:
            self.loop.run()
        except BaseException as error:
            self.failure = error
            self.note("error", f"the server failed: {error!r}", detail="".join(traceback.format_exception(error)))
        finally:
            for listener in self._listeners:
                listener.close()
            for connection in tuple(self.connections.values()):
                connection.terminate("server stopped")
            self.loop.run_calls()
            self.feed.flush()

    def _serve_and_close(self) -> None:
        self._serve()
        self.loop.close()

    def _stop(self, timeout: float) -> None:
        if self._stopping:
            return
        self._stopping = True
        for listener in self._listeners:
            listener.close()
        for connection in tuple(self.connections.values()):
            connection.close("server stopped")
        self._finish(time.monotonic(), timeout)

    def _finish(self, since: float, timeout: float) -> None:
        """End as soon as everybody has gone; the flushed ones are not waited for long, the others for `timeout`."""
        passed = time.monotonic() - since
        unsent = any(connection.unsent for connection in self.connections.values())
        if not self.connections or passed >= timeout or (not unsent and passed >= STOP_LINGER):
            self.loop.stop()
        else:
            self.loop.call_later(0.02, self._finish, since, timeout)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM stop the server, the second one at once; only where the main thread serves."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_signal(number: int, frame: FrameType | None) -> None:
            if self._stopping:
                self.loop.stop()
            else:
                self.loop.call_threadsafe(self._stop, STOP_TIMEOUT)

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        # Without this, a signal that comes just before the poll sleeps would be heeded when the poll next returns.
        wakeup = signal.set_wakeup_fd(self.loop.wakeup_fd, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)


def to_valid_utf8(text: str) -> str:
    """A program's words as UTF-8 can carry them: half of a surrogate pair becomes its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _raise_descriptor_limit() -> int:
    """Raise the limit on open descriptors to what the system allows (getrlimit(2)); returns it."""
    try:
        import resource
    except ImportError:
        return 1 << 16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard if hard != resource.RLIM_INFINITY else 1 << 20
