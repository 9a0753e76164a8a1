"""Simulated listening sockets."""

from __future__ import annotations

import errno
import os
import socket

from tests.simulation.network import Client, Network, ServerSocket
from tuiserver.engine.pollers import READ


class ListeningSocket:
    """A listening socket; clients are connected by the system before the server accepts them."""

    family = socket.AF_INET

    def __init__(self, network: Network, port: int) -> None:
        self._network, self.port = network, port
        self.closed = False
        self.waiting: list[Client] = []
        self.aborted = 0
        """Clients to be reported as ECONNABORTED by the next calls of `accept`."""
        self.fd = network.allocate(self)

    def connect(self, client: Client) -> None:
        """A client connects; refused if the socket is closed."""
        if self.closed:
            client.saw_reset = client.closed = True
        else:
            self.waiting.append(client)
            self._network.progress += 1

    def events(self) -> int:
        """Readable while clients wait."""
        return READ if self.waiting else 0

    def fileno(self) -> int:
        """The descriptor; -1 once closed."""
        return -1 if self.closed else self.fd

    def accept(self) -> tuple[ServerSocket, tuple[str, int]]:
        """As accept(2)."""
        if self.closed:
            self._network.misuses.append(f"accept on the closed listener {self.port}")
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if self.waiting and self._network.exhausted:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        if self.waiting and self.aborted:
            self.aborted -= 1
            self.waiting.pop(0).saw_reset = True
            self._network.progress += 1
            raise OSError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED))
        if not self.waiting:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if self.waiting[0].faults.again("accept"):
            self._network.injected += 1
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        client = self.waiting.pop(0)
        client.socket.fd = self._network.allocate(client.socket)
        self._network.progress += 1
        return client.socket, client.address

    def close(self) -> None:
        """Close; clients that wait are reset."""
        if not self.closed:
            self.closed = True
            self._network.release(self.fd)
            for client in self.waiting:
                client.saw_reset = client.closed = True
            self.waiting.clear()
