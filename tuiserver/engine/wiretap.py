"""Bytes as they cross a socket, as `Read` and `Wrote`: used in place of the socket while a sink asks for them.

Rules of this file:
- A connection without a tap calls its socket directly, so taps cost nothing while they are not used.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from tuiserver.core.events import Read, Wrote
from tuiserver.engine.feed import Feed


class WireTap:
    """Receives and sends like `sock`, and adds the bytes to the events."""

    def __init__(self, sock: socket.socket, number: int, feed: Feed, time: Callable[[], float]) -> None:
        self._sock, self._number, self._feed, self._time = sock, number, feed, time

    def recv(self, size: int) -> bytes:
        """As `socket.recv`."""
        data = self._sock.recv(size)
        if data:
            self._feed.batch.append(Read(self._time(), self._number, data))
        return data

    def send(self, data: bytes | bytearray) -> int:
        """As `socket.send`."""
        sent = self._sock.send(data)
        if sent:
            self._feed.batch.append(Wrote(self._time(), self._number, bytes(memoryview(data)[:sent])))
        return sent
