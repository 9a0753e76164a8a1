"""What attacks.py does to a server: each attack is a function of a `Target`, which knows where the server listens.

Rules of this file:
- An attack returns when it is at full strength. Its clients stay connected until the target is left.
- Clients never block: one that the server does not read waits, and the attack goes on with the others.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from types import TracebackType

MIB = 1 << 20
RESET = struct.pack("ii", 1, 0)
STANDSTILL = 2.0
"""Seconds without progress after which all clients wait for the server."""
SMALL_BUFFER = 4096
"""Bytes of the receive buffer of a client that does not read: what the server sends stays on its side."""
READ_SIZE = 1 << 18
SMALLEST_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Client:
    """One connection, which sends `data` a number of times."""

    def __init__(self, sock: socket.socket, data: bytes, times: int) -> None:
        self.sock, self.times, self.offset = sock, times, 0
        self.data = memoryview(data)
        sock.setblocking(False)

    def send(self) -> int:
        """Send what goes without waiting; returns the bytes that went."""
        total = 0
        while self.times:
            try:
                sent = self.sock.send(self.data[self.offset :])
            except BlockingIOError:
                return total
            except OSError:  # the server has closed it
                self.times = 0
                return total
            total += sent
            self.offset += sent
            if self.offset == len(self.data):
                self.offset = 0
                self.times -= 1
        return total

    def read(self) -> int:
        """Read what has arrived; returns its size."""
        try:
            return len(self.sock.recv(READ_SIZE))
        except OSError:
            return 0


class Target:
    """A server to attack, and the clients that are connected to it. `scale` multiplies the number of clients."""

    def __init__(self, port: int, scale: float = 1.0) -> None:
        self._port, self._scale = port, scale
        self._open: list[socket.socket] = []

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sock in self._open:
            sock.close()

    def scaled(self, count: int) -> int:
        """How many of `count`."""
        return max(1, int(count * self._scale))

    def connect(self, count: int, receive_buffer: int = 0) -> list[socket.socket]:
        """`count` connections, from several source addresses: one alone has too few ports."""
        opened = []
        for number in range(self.scaled(count)):
            sock = socket.socket()
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.bind((f"127.0.0.{2 + number % 8}", 0))
            sock.connect(("127.0.0.1", self._port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.append(sock)
            self._open.append(sock)
        return opened

    def drop(self, socks: Sequence[socket.socket], reset: bool = False) -> None:
        """Close connections, at once with a reset."""
        for sock in socks:
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()
            self._open.remove(sock)

    def send(
        self, socks: Sequence[socket.socket], data: bytes, times: int = 1, read: bool = False, seconds: float = 30.0
    ) -> None:
        """Let each connection send `data` that often, until all wait for the server or the time has passed."""
        clients = {sock.fileno(): Client(sock, data, times) for sock in socks}
        poller = select.epoll()
        for fd in clients:
            poller.register(fd, select.EPOLLOUT | (select.EPOLLIN if read else 0))
        end = time.monotonic() + seconds
        moved_at = time.monotonic()
        while clients and (now := time.monotonic()) < end and now - moved_at < STANDSTILL:
            moved = 0
            for fd, mask in poller.poll(0.1):
                client = clients[fd]
                got = client.read() if mask & select.EPOLLIN else 0
                moved += got + (client.send() if mask & select.EPOLLOUT else 0)
                if not client.times and not read:
                    poller.unregister(fd)
                    del clients[fd]
                elif not client.times:
                    poller.modify(fd, select.EPOLLIN)
                    if mask & select.EPOLLIN and not got:
                        poller.unregister(fd)
                        del clients[fd]
            if moved:
                moved_at = now
        poller.close()

    def trickle(self, socks: Sequence[socket.socket], data: bytes, seconds: float, interval: float) -> None:
        """Let each connection send `data` every `interval` seconds."""
        end = time.monotonic() + seconds * min(1.0, self._scale * 10)
        while (now := time.monotonic()) < end:
            for sock in socks:
                try:
                    sock.send(data, socket.MSG_DONTWAIT)
                except OSError:
                    continue
            time.sleep(max(0.0, now + interval - time.monotonic()))


# ── memory for requests ──


def unfinished_bodies(target: Target) -> None:
    """60 clients have sent 9.9 MB of a body of 10 MB each."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
    target.send(target.connect(60), head + b"x" * 9_900_000)


def tiny_chunks(target: Target) -> None:
    """Four clients send bodies of 4 MB in chunks of 2 bytes, and not the last chunk."""
    socks = target.connect(4)
    target.send(socks, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    target.send(socks, b"2\r\nxx\r\n" * 20_000, target.scaled(100))


def long_heads(target: Target) -> None:
    """2,000 clients have sent 60 KB of header lines each, and not the last line."""
    lines = b"".join(b"X-%d: %b\r\n" % (number, b"y" * 230) for number in range(250))
    target.send(target.connect(2_000), b"GET / HTTP/1.1\r\nHost: x\r\n" + lines)


def many_headers(target: Target) -> None:
    """2,000 clients send a head of 12,000 headers of 5 bytes each."""
    target.send(target.connect(2_000), b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a:b\r\n" * 12_000)


def endless_first_lines(target: Target) -> None:
    """3,000 clients have sent 60 KB of a first line, which may be HTTP or not."""
    target.send(target.connect(3_000), b"GET /" + b"x" * 60_000)


def slow_heads(target: Target) -> None:
    """2,000 clients send one header line every half second."""
    socks = target.connect(2_000)
    target.send(socks, b"GET / HTTP/1.1\r\nHost: x\r\n")
    target.trickle(socks, b"X-Slow: 1\r\n", 10, 0.5)


def single_bytes(target: Target) -> None:
    """20 clients send a first line that may be HTTP as single bytes, as fast as they can."""
    socks = target.connect(20)
    target.send(socks, b"GET /")
    target.trickle(socks, b"x", 6, 0.0)


def distinct_heads(target: Target) -> None:
    """One client sends 20,000 requests, each with other headers, and reads the answers."""
    requests = []
    for number in range(target.scaled(20_000)):
        headers = b"".join(b"x%d: %d\r\n" % (each, number) for each in range(60))
        requests.append(b"GET /%d HTTP/1.1\r\nHost: x\r\n%b\r\n" % (number, headers))
    target.send(target.connect(1), b"".join(requests), read=True)


# ── memory for answers ──


def unread_answers(target: Target) -> None:
    """400 clients send 10 MB each and read nothing of the echo."""
    target.send(target.connect(400, SMALL_BUFFER), b"x" * 65_536, 160)


def unread_pipeline(target: Target) -> None:
    """400 clients send 100,000 requests each in one go and read no answer."""
    requests = SMALLEST_REQUEST * 2_000
    target.send(target.connect(400, SMALL_BUFFER), requests, 50)


# ── connections ──


def idle(target: Target) -> None:
    """9,000 clients connect and say nothing."""
    target.connect(9_000)


def comes_and_goes(target: Target) -> None:
    """30,000 clients connect, send 10 bytes and close."""
    for _ in range(target.scaled(300)):
        socks = target.connect(100)
        for sock in socks:
            sock.send(b"0123456789")
        target.drop(socks)


def half_closed(target: Target) -> None:
    """1,000 clients send a request that is never answered and shut down writing; half of them then reset the connection."""
    socks = target.connect(1_000)
    target.send(socks, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    for sock in socks:
        sock.shutdown(socket.SHUT_WR)
    time.sleep(0.5)
    target.drop(socks[: len(socks) // 2], reset=True)


# ── views ──


def trickling(target: Target) -> None:
    """4,000 clients send one byte every 0.3 seconds."""
    target.trickle(target.connect(4_000), b"x", 15, 0.3)


def flood(target: Target) -> None:
    """64 clients send as fast as they can and read the echo."""
    target.send(target.connect(64), b"y" * 4_000, 1 << 30, read=True, seconds=8 * min(1.0, target.scaled(10) / 10))


Run = Callable[[Target], None]
