"""The simulated transport: addresses such as `raw+sim://host:1` are opened in a simulated network."""

from __future__ import annotations

import socket
from typing import Any, cast

from tests.simulation.listening import ListeningSocket
from tests.simulation.network import Network
from tuiserver.core.address import Address
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.socket_info import SocketInfo
from tuiserver.engine.transports.base import Opened

LINGER_OFF = b"\1\0\0\0\0\0\0\0"


class SimulatedTransport:
    """A `tuiserver.engine.transports.base.Transport` over a `Network`."""

    def __init__(self, network: Network, name: str) -> None:
        self._network, self.name = network, name
        self.listeners: list[ListeningSocket] = []
        """The opened sockets, in the order of the addresses."""

    def resolve(self, address: Address) -> list[Address]:
        """As `Transport.resolve`."""
        return [address]

    def open(self, address: Address, options: SocketOptions, backlog: int) -> Opened:
        """As `Transport.open`."""
        listener = ListeningSocket(self._network, address.port)
        self.listeners.append(listener)
        return Opened(cast(socket.socket, listener), address, address.authority)

    def name_of(self, sockname: Any) -> str:
        """As `Transport.name_of`."""
        return f"{sockname[0]}:{sockname[1]}"

    def inspect(self, sock: socket.socket) -> SocketInfo:
        """As `Transport.inspect`."""
        sock.getpeername()
        return {"family": "simulated"}

    def reset_on_close(self, sock: socket.socket) -> None:
        """As `Transport.reset_on_close`."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
