"""A socket that listens: opened in the caller's thread, accepting in the loop's.

Rules of this file:
- What cannot be opened is said in one line that names the address and the remedy.
- A turn accepts a bounded number of clients; those inside are served in between.
- When nobody more can be let in, the listener is not watched: clients wait in the backlog, and nothing spins.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

from tuiserver.core.address import Address
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.loop import READ, Loop

ACCEPTS_PER_TURN = 64
"""Accepting one client takes some 20 µs: a turn of these is little more than a millisecond."""
RETRY = 0.5
"""Seconds until accepting is tried again after the system had no descriptor or memory left: half of what we promise."""

MAX_FAILURES = 16
"""Clients in a row that went while they waited; past it, it is not the clients."""

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class ListenError(OSError):
    """An address could not be opened; `str()` is one line for the user, with the remedy where there is one."""

    def __str__(self) -> str:
        return str(self.args[-1])


class Listener:
    """One address we listen on. `address` has the real host and port once `open` has returned."""

    def __init__(self, address: Address, backlog: int, options: SocketOptions | None = None) -> None:
        self.address = address
        self.name = str(address)
        self.local = ""
        """Our end of every connection; empty where each client may have come to another address of this machine."""
        self.options = options or SocketOptions()
        self.backlog = self.options.backlog or backlog
        self._sock: socket.socket | None = None
        self._loop: Loop | None = None
        self._watched = self._paused = self._resting = False
        self._accepted: Callable[[Listener, socket.socket, object], None]
        self._refused: Callable[[Listener, OSError], None]

    def open(self) -> None:
        """Bind and listen; raises `ListenError`. The system accepts for us from here on, into the backlog."""
        family, host, port = self._resolve()
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._set_options(sock, family)
            sock.setblocking(False)
            sock.bind((host, port))
            sock.listen(self.backlog)
        except OSError as error:
            sock.close()
            raise ListenError(error.errno, self._explain(error)) from None
        self._sock = sock
        host, port = sock.getsockname()[:2]
        self.address = self.address.at(host, port)
        self.name, self.local = str(self.address), self.address.authority
        if host in ("::", "0.0.0.0"):
            self.local = ""

    def start(
        self,
        loop: Loop,
        accepted: Callable[[Listener, socket.socket, object], None],
        refused: Callable[[Listener, OSError], None],
    ) -> None:
        """Accept from now on: each client to `accepted(listener, socket, peer)`, a failure to `refused(listener, error)`."""
        self._loop, self._accepted, self._refused = loop, accepted, refused
        self.resume()

    def pause(self) -> None:
        """Let clients wait in the backlog, until `resume`."""
        self._paused = True
        self._update()

    def resume(self) -> None:
        """Accept again."""
        self._paused = False
        self._update()

    def close(self) -> None:
        """Listen no more."""
        self.pause()
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _rest(self, error: OSError) -> None:
        """Accept nobody for a while: it cannot succeed now."""
        assert self._loop is not None
        self._resting = True
        self._update()
        self._loop.call_later(RETRY, self._rested)
        self._refused(self, error)

    def _rested(self) -> None:
        self._resting = False
        self._update()

    def _update(self) -> None:
        if self._sock is None or self._loop is None:
            return
        wanted = not (self._paused or self._resting)
        if wanted and not self._watched:
            self._loop.watch(self._sock.fileno(), self, READ)
        elif not wanted and self._watched:
            self._loop.unwatch(self._sock.fileno())
        self._watched = wanted

    def readable(self) -> None:
        """Handler of the loop: let clients in."""
        failures = 0
        for _ in range(ACCEPTS_PER_TURN):
            if self._sock is None or not self._watched:  # the last client was one too many, or closed us
                return
            try:
                sock, peer = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                failures += 1
                if error.errno in _EXHAUSTED or failures == MAX_FAILURES:
                    self._rest(error)
                    return
                continue  # an error of the client that waited, passed on to us (accept(2), Error handling)
            try:
                self._accepted(self, sock, peer)
            except Exception:
                sock.close()
                raise

    def writable(self) -> None:
        """Never asked for."""

    def on_error(self, error: Exception) -> None:
        """Handler of the loop: a fault of ours while accepting ends neither the server nor, for long, the accepting."""
        self._rest(error if isinstance(error, OSError) else OSError(errno.EIO, f"{type(error).__name__}: {error}"))

    def _set_options(self, sock: socket.socket, family: int) -> None:
        """What accepted sockets inherit is set here: one system call per listener, not per client (tcp(7))."""
        options = self.options
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if options.reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            only = bool(self.address.host) if options.ipv6_only is None else options.ipv6_only
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        if options.nodelay:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if options.keepalive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_KEEPIDLE"):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, max(1, round(options.keepalive)))
        if options.receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.receive_buffer)
        if options.send_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.send_buffer)

    def _resolve(self) -> tuple[int, str, int]:
        """Address family, host and port to bind."""
        host, port = self.address.host, self.address.port
        if not host:
            return (socket.AF_INET6, "::", port) if socket.has_dualstack_ipv6() else (socket.AF_INET, "0.0.0.0", port)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (OSError, UnicodeError):
            raise ListenError(
                errno.EADDRNOTAVAIL,
                f'cannot listen on {self.address}: unknown host "{host}" – use an address of this machine, '
                f"or :{port} for all of them",
            ) from None
        family, _, _, _, name = found[0]
        return family, str(name[0]), port

    def _explain(self, error: OSError) -> str:
        port = self.address.port
        hints = {
            errno.EADDRINUSE: f"the address is in use – see by whom: ss -ltnp 'sport = :{port}' (or lsof -i :{port})",
            errno.EACCES: f"permission denied – port {port} needs root, one of 1024 or above does not",
            errno.EADDRNOTAVAIL: f"this machine has no such address – use one it has, or :{port} for all of them",
        }
        words = os.strerror(error.errno or 0).lower()
        return f"cannot listen on {self.address}: {hints.get(error.errno or 0, words)}"


def peer_name(peer: object) -> str:
    """`host:port` of what `accept` or `getsockname` returns; an IPv4 client of a dual-stack socket shows as IPv4."""
    host, port = peer[:2]  # type: ignore[index]
    if ":" not in host:
        return f"{host}:{port}"
    if host.startswith("::ffff:") and "." in host:
        return f"{host[7:]}:{port}"
    return f"[{host}]:{port}"
