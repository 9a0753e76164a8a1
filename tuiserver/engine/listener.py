"""A listening socket: opened in the thread of the caller, accepting in the thread of the loop.

Rules of this file:
- A turn accepts a bounded number of clients, so that connected ones are served in between.
- When no more clients can be accepted, the listener is not watched: clients wait in the backlog, and nothing spins.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

from tuiserver.core.address import Address
from tuiserver.core.errors import error_words
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.loop import Loop
from tuiserver.engine.pollers import READ
from tuiserver.engine.transports.base import Transport
from tuiserver.protocols.base import Factory

ACCEPTS_PER_TURN = 64
"""Accepting one client takes about 20 µs: this many take little more than a millisecond."""
RETRY = 0.5
"""Seconds until accepting is tried again after the system was out of descriptors or memory."""
MAX_FAILURES = 16
"""Consecutive failures of `accept` that are attributed to clients; after more of them accepting pauses."""

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

OnAccepted = Callable[["Listener", socket.socket, Any], None]
OnFailed = Callable[["Listener", OSError], None]


class Listener:
    """One address to listen on. `address` has the real host and port once `open` has returned.

    `local` is our end of every connection; it is empty if it can differ between connections.
    """

    def __init__(
        self, address: Address, transport: Transport, backlog: int, options: SocketOptions | None = None
    ) -> None:
        self.address = address
        self.transport = transport
        self.name = str(address)
        self.local = ""
        self.options = options or SocketOptions()
        self.backlog = self.options.backlog or backlog
        self.opened_at = 0.0
        self.factory: Factory
        """Creates the protocols of its clients; set by the server when it is bound."""
        self._sock: socket.socket | None = None
        self._loop: Loop | None = None
        self._watched = self._paused = self._retrying = False
        self._on_accepted: OnAccepted
        self._on_failed: OnFailed

    def resolved(self) -> list[Listener]:
        """A listener for each address that this one stands for: itself where there is only one."""
        addresses = self.transport.resolve(self.address)
        if len(addresses) == 1:
            return [self]
        return [Listener(address, self.transport, self.backlog, self.options) for address in addresses]

    def open(self, now: float = 0.0) -> None:
        """Bind and listen; raises `ListenError`. From here on the system accepts clients into the backlog.

        `now`: the Unix time, kept in `opened_at`.
        """
        self._sock, self.address, self.local = self.transport.open(self.address, self.options, self.backlog)
        self.name = str(self.address)
        self.opened_at = now

    def start(self, loop: Loop, on_accepted: OnAccepted, on_failed: OnFailed) -> None:
        """Accept from now on. Each client goes to `on_accepted(listener, socket, peer)`, an error to `on_failed`."""
        self._loop, self._on_accepted, self._on_failed = loop, on_accepted, on_failed
        self.resume()

    def pause(self) -> None:
        """Let clients wait in the backlog until `resume`."""
        self._paused = True
        self._update()

    def resume(self) -> None:
        """Accept again."""
        self._paused = False
        self._update()

    def close(self) -> None:
        """Stop listening."""
        self.pause()
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def readable(self) -> None:
        """Called by the loop: accept clients."""
        failures = 0
        for _ in range(ACCEPTS_PER_TURN):
            if self._sock is None or not self._watched:  # the last client caused a pause or a close
                return
            try:
                sock, peer = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                failures += 1
                if error.errno in _EXHAUSTED or failures == MAX_FAILURES:
                    self._retry_later(error)
                    return
                continue  # an error of the waiting client that accept passes on (accept(2), Error handling)
            try:
                self._on_accepted(self, sock, peer)
            except Exception:
                sock.close()
                raise

    def writable(self) -> None:
        """Never called: only reading is watched."""

    def hung_up(self) -> None:
        """Never called: a listener that is watched is watched for reading."""

    def descriptor_lost(self) -> None:
        """Called by the loop: the program closed our socket. It stays closed."""
        if self._sock is not None:
            self._sock.detach()
            self._sock = None

    def on_error(self, error: BaseException) -> None:
        """Called by the loop when `readable` raised an exception: accepting pauses, and the server continues."""
        self._retry_later(error if isinstance(error, OSError) else OSError(errno.EIO, error_words(error)))

    def _retry_later(self, error: OSError) -> None:
        """Stop accepting for a while, because it cannot succeed now."""
        assert self._loop is not None
        self._retrying = True
        self._update()
        self._loop.call_later(RETRY, self._retry)
        self._on_failed(self, error)

    def _retry(self) -> None:
        self._retrying = False
        self._update()

    def _update(self) -> None:
        if self._sock is None or self._loop is None:
            return
        wanted = not (self._paused or self._retrying)
        if wanted and not self._watched:
            self._loop.watch(self._sock.fileno(), self, READ)
        elif not wanted and self._watched:
            self._loop.unwatch(self._sock.fileno(), self)
        self._watched = wanted
