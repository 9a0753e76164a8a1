"""The interface between the engine and a transport.

Rules of this file:
- A transport opens and inspects sockets; it never reads from them or writes to them.
"""

from __future__ import annotations

import socket
from typing import Any, NamedTuple, Protocol

from tuiserver.core.address import Address
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.socket_info import SocketInfo


class ListenError(OSError):
    """An address could not be opened; `str()` is one line for the user, with the remedy where there is one."""

    def __str__(self) -> str:
        return str(self.args[-1])


class Opened(NamedTuple):
    """A listening socket, and its address with the real host and port."""

    sock: socket.socket
    address: Address
    local: str
    """Our end of every connection; empty if it can differ between connections."""


class Transport(Protocol):
    """What the engine asks of a transport."""

    name: str
    """Its name in the scheme of an address."""

    def resolve(self, address: Address) -> list[Address]:
        """The addresses to open for one that the user gave: several where a name stands for several addresses."""

    def open(self, address: Address, options: SocketOptions, backlog: int) -> Opened:
        """Bind and listen, without blocking; raises `ListenError`. Options that accepted sockets inherit are set here."""

    def name_of(self, sockname: Any) -> str:
        """The name of one end of a connection, from what `accept`, `getsockname` or `getpeername` returned."""

    def inspect(self, sock: socket.socket) -> SocketInfo:
        """What the kernel and the system know about a connected socket; raises `OSError` when it is closed."""

    def reset_on_close(self, sock: socket.socket) -> None:
        """Make the next `close` end the connection at once, with a reset where the transport has one; raises `OSError`."""
