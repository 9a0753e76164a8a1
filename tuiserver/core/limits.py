"""The limits of a server and the options of its sockets, each with its default and the reason for it.

Rules of this file:
- Sizes are bytes and times are seconds; 0 disables a time limit.
- The defaults are safe: a server started without any options survives a hostile client.
"""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB

OVERRUN = 16
"""Times `max_buffer` that may be unsent when a further message is sent; beyond it the program ignores `on_buffer_full`,
and the connection is reset. One message may have any size."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one worker."""

    max_connections: int = 10_000
    """Open connections; fewer where the system allows fewer descriptors. Further clients wait in the backlog."""
    max_message: int = 10 * MIB
    """Bytes of one message (HTTP: of one body). Without a limit any client could use up our memory."""
    max_buffer: int = 1 * MIB
    """Unsent bytes of one connection before reading from it pauses: a peer that does not read gets no more answers."""
    max_buffered: int = 256 * MIB
    """Unsent bytes of all connections before reading pauses on those that have some: many slow readers add up."""
    max_unfinished: int = 64 * MIB
    """Bytes of unfinished requests of all connections before reading pauses on those but the one that began first."""
    idle_timeout: float | None = None
    """Seconds without a byte from the client before it is closed. None: 75 for HTTP between requests, no limit for raw."""
    half_close: float = 5.0
    """Seconds for which a client that has finished sending, and has no answer to its last message, can still be answered.
    0 closes it at once."""
    request_timeout: float = 30.0
    """Maximum seconds to receive a request: a client that sends it byte by byte would occupy a connection for nothing."""
    handshake_timeout: float = 10.0
    """Seconds within which a client must start sending where the client speaks first: on an `http://` address."""
    backlog: int = 1024
    """Length of the queue of pending connections, see listen(2); the system may allow less. When it is full, connecting
    clients retry after a second or more."""
    keepalive: float = 60.0
    """Seconds of silence before the system asks whether a peer is still there (`SO_KEEPALIVE`): a device that was switched off
    sends no FIN. After three questions without an answer, half a minute later, the connection is closed; 0 turns this off."""
    view_memory: int = 8 * MIB
    """Bytes of events queued for one view. A view that is slower than that skips messages and is informed about it; if even
    connections have to be skipped, it gets the present state afterwards."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a limit that is negative or not a number."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValueError(f"{name} must be 0 or more, not {value}")


class SocketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a listener's socket and of its clients' sockets: socket(7), tcp(7), ipv6(7). 0 is the system's default."""

    backlog: int = 0
    """Length of the queue of pending connections of this listener; 0 is `Limits.backlog`."""
    reuse_port: bool = False
    """Let other processes listen on the same port (`SO_REUSEPORT`); the system distributes the clients."""
    ipv6_only: bool | None = None
    """Whether an IPv6 listener refuses IPv4 (`IPV6_V6ONLY`). None: it accepts both where it listens on all interfaces."""
    nodelay: bool = True
    """Send small messages immediately (`TCP_NODELAY`) instead of coalescing them: an answer should not wait."""
    keepalive: float = 0.0
    """Seconds of silence before the system probes the peer (`SO_KEEPALIVE`); 0 is `Limits.keepalive`."""
    receive_buffer: int = 0
    """Bytes of the system's receive buffer (`SO_RCVBUF`)."""
    send_buffer: int = 0
    """Bytes of the system's send buffer (`SO_SNDBUF`)."""
