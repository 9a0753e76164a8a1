"""How much is too much: every limit of a server, its default, and the reason for it.

Rules of this file:
- Sizes are bytes, times are seconds; 0 switches a time limit off.
- Every default protects: a server started without a thought survives a hostile client.
"""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB

OVERRUN = 16
"""A program that goes on sending past so many times `max_buffer` is cut off: it does not listen to `on_buffer_full`."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one worker."""

    max_connections: int = 10_000
    """Clients at once; less where the system allows fewer descriptors. Past it, clients wait in the backlog."""
    max_message: int = 10 * MIB
    """One message (HTTP: one body). A longer one would be memory that a stranger allocates."""
    max_buffer: int = 1 * MIB
    """Unsent bytes of one connection before reading from it pauses: a peer that does not read gets no more answers."""
    max_buffered: int = 256 * MIB
    """Unsent bytes of all connections together before those that have some are not read: many slow readers add up."""
    idle_timeout: float | None = None
    """Seconds without a byte before a connection is closed. None: 75 for HTTP between requests, off for raw."""
    request_timeout: float = 30.0
    """Seconds from the first byte of a request to its last: a client that trickles holds a connection for nothing."""
    handshake_timeout: float = 10.0
    """Seconds for a client to begin where it is the client's turn to begin: on an `http://` address."""
    backlog: int = 1024
    """Clients the system keeps waiting for us; it may allow fewer. A burst longer than this waits a second or more."""
    view_memory: int = 8 * MIB
    """Bytes of events that wait for one view. A view slower than that is told what it missed."""

    def idle_timeout_of(self, protocol: str) -> float:
        """The idle timeout for a connection that speaks `protocol`, in seconds; 0 is none."""
        if self.idle_timeout is not None:
            return self.idle_timeout
        return HTTP_KEEP_ALIVE if protocol == "http" else 0.0


HTTP_KEEP_ALIVE = 75.0
"""Longer than the 60 s after which most proxies and browsers let go of an idle connection by themselves."""


class SocketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the sockets of a listener are set up, its clients' included (socket(7), tcp(7), ipv6(7)). 0: the system decides."""

    backlog: int = 0
    """Clients the system keeps waiting at this listener; 0 is `Limits.backlog`."""
    reuse_port: bool = False
    """Let other processes listen on the same port; the system spreads the clients over them."""
    ipv6_only: bool | None = None
    """Whether an IPv6 listener leaves IPv4 alone. None: only where all interfaces were asked for, it serves both."""
    nodelay: bool = True
    """Send small messages at once instead of collecting them: a server answers, it does not stream keystrokes."""
    keepalive: float = 0.0
    """Seconds of silence before the system asks whether the peer is still there; finds those whose cable was pulled."""
    receive_buffer: int = 0
    """Bytes of the system's buffer for what has come."""
    send_buffer: int = 0
    """Bytes of the system's buffer for what is to go."""
