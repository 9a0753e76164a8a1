"""A network in memory: sockets that behave as Linux TCP sockets do, deterministically, with faults from a seed.

Rules of this file:
- The behaviour is that of tcp_poll and tcp_recvmsg of Linux: what is pending after a FIN or an RST, which flags are
  reported regardless of the interest mask, which errors are returned once.
- Every fault is drawn from the generator of one client, so that removing one client changes nothing for the others.
- Everything that happened is kept for the auditor: bytes read, bytes accepted, calls on a closed descriptor.
"""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Callable
from typing import Any, Protocol

from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import ClientPlan
from tuiserver.engine.pollers import READ, WRITE

ERROR, HANG_UP = 8, 16
"""`EPOLLERR` and `EPOLLHUP`: reported regardless of the interest mask (epoll_ctl(2))."""
FIRST_DESCRIPTOR = 1_000
RECEIVE_BUFFER = 65_536
DRAIN_INTERVAL = 0.05
"""Seconds between two reads of a slow client."""


class Descriptor(Protocol):
    """What the poller asks of a simulated descriptor."""

    def events(self) -> int:
        """The readiness flags, regardless of the interest mask."""


class Network:
    """All simulated descriptors of one run."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.descriptors: dict[int, Descriptor] = {}
        self.progress = 0
        """Counts everything that changes the state of a socket; a turn in which it stands still got nothing done."""
        self.injected = 0
        """Counts the calls that failed because of an injected fault: they excuse a turn without progress."""
        self.misuses: list[str] = []
        """Calls on closed descriptors."""
        self.released: Callable[[int], object] = lambda fd: None
        """Called with each descriptor that is closed."""
        self.exhausted_until = 0.0
        """Monotonic time until which the process has no free descriptor."""

    def allocate(self, owner: Descriptor) -> int:
        """The lowest free descriptor, as POSIX requires: a number is reused at once."""
        fd = FIRST_DESCRIPTOR
        while fd in self.descriptors:
            fd += 1
        self.descriptors[fd] = owner
        return fd

    def release(self, fd: int) -> None:
        """Free a descriptor."""
        del self.descriptors[fd]
        self.released(fd)
        self.progress += 1

    @property
    def exhausted(self) -> bool:
        """True while accept fails with EMFILE."""
        return self.clock.monotonic() < self.exhausted_until


class Faults:
    """When calls on the socket of one client fail or do less than asked."""

    def __init__(self, seed: str, again: float = 0.0, short: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._again, self._short = again, short
        self._failed: set[str] = set()

    def again(self, call: str) -> bool:
        """True if `call` is to fail with EAGAIN although it could succeed; never twice in a row."""
        if call in self._failed or self._random.random() >= self._again:
            self._failed.discard(call)
            return False
        self._failed.add(call)
        return True

    def length(self, size: int) -> int:
        """How many of `size` bytes a call moves."""
        return self._random.randint(1, size) if size > 1 and self._random.random() < self._short else size


class Client:
    """The peer's end of one connection. `received` is what arrived at it."""

    def __init__(self, network: Network, plan: ClientPlan, faults: Faults) -> None:
        self.network, self.plan, self.faults = network, plan, faults
        self.number, self.window, self.rate = plan.number, plan.window, plan.rate
        self.received = bytearray()
        self.saw_end = self.saw_reset = False
        self.closed = False
        self.sent = bytearray()
        self._outgoing = bytearray()
        self._finishing = self._draining = False
        self.socket = ServerSocket(network, self)

    @property
    def address(self) -> tuple[str, int]:
        """Its socket address; the port identifies the client."""
        return "192.0.2.1", 10_000 + self.number

    def send(self, data: bytes) -> None:
        """Send; what exceeds the server's receive buffer follows as that is read."""
        if self._finishing or self.saw_reset:
            return
        self._outgoing += data
        self.sent += data
        self.push()

    def finish(self) -> None:
        """Shut down writing (FIN)."""
        if not self.saw_reset:
            self._finishing = True
            self.push()

    def reset(self) -> None:
        """Reset the connection (RST)."""
        if not self.saw_reset:
            self.saw_reset = self.closed = True
            self._outgoing.clear()
            self.socket.fail(errno.ECONNRESET)

    def fail(self, code: int) -> None:
        """Disappear: the server's system gives up with `code`."""
        if not self.saw_reset:
            self.saw_reset = self.closed = True
            self._outgoing.clear()
            self.socket.fail(code)

    def close(self) -> None:
        """Close the socket: with unread data that is a reset (RFC 1122 section 4.2.2.13)."""
        if self.socket.outbound:
            self.reset()
        else:
            self.finish()
            self.closed = True

    def read(self, size: int) -> None:
        """Read up to `size` bytes."""
        out = self.socket.outbound
        if out and not self.closed:
            self.received += out[:size]
            del out[:size]
            self.network.progress += 1
        if not out and self.socket.shut and not self.saw_reset:
            self.saw_end = True

    def push(self) -> None:
        """Move what fits into the server's receive buffer, then the FIN."""
        server = self.socket
        if server.closed and self._outgoing:
            self.saw_reset = True  # the socket is closed: the system answers with RST
            self._outgoing.clear()
            return
        free = RECEIVE_BUFFER - len(server.inbound)
        if self._outgoing and free > 0 and not server.down:
            server.inbound += self._outgoing[:free]
            del self._outgoing[:free]
            self.network.progress += 1
        if self._finishing and not self._outgoing and not server.finished:
            server.finished = True
            self.network.progress += 1

    def arrived(self) -> None:
        """The server has sent something, or has shut down writing."""
        if self.closed and self.socket.outbound:
            self.reset_by_system()
        elif self.rate < 0:
            self.read(len(self.socket.outbound) or 1)
        elif self.rate > 0 and not self._draining:
            self._draining = True
            self._drain()

    def reset_by_system(self) -> None:
        """Data came for a closed socket: the client's system answers with RST."""
        self.saw_reset = True
        self.socket.fail(errno.ECONNRESET)

    def _drain(self) -> None:
        self.read(max(1, int(self.rate * DRAIN_INTERVAL)))
        if self.socket.outbound and not self.saw_reset:
            self.network.clock.call_at(self.network.clock.monotonic() + DRAIN_INTERVAL, self._drain)
        else:
            self._draining = False


class ServerSocket:
    """The server's end of one connection: what `accept` returns."""

    family = socket.AF_INET

    def __init__(self, network: Network, client: Client) -> None:
        self._network, self.client = network, client
        self.fd = -1
        self.inbound, self.outbound = bytearray(), bytearray()
        self.finished = False
        """The peer's FIN has arrived; `recv` returns the end of the stream once `inbound` is empty."""
        self.down = False
        """Reset or given up by the system."""
        self.shut = False
        """Writing is shut down."""
        self.closed = False
        self.closed_by_program = False
        """The program has closed it behind the back of the server."""
        self.reset_sent = False
        self.read_bytes, self.accepted_bytes = bytearray(), bytearray()
        self.reads_while_ended = 0
        self._error = 0
        self.aborted = False
        """The server has asked for a reset (SO_LINGER of 0 seconds)."""

    # ── what the system does ──

    def fail(self, code: int) -> None:
        """An RST arrived, or the system gave up. Data that has arrived before stays readable."""
        if self.down or self.closed:
            return
        self.down = True
        self.outbound.clear()
        self._error = errno.EPIPE if self.finished and code == errno.ECONNRESET else code
        self._network.progress += 1

    def events(self) -> int:
        """The readiness flags, regardless of the interest mask."""
        mask = 0
        if self.inbound or self.finished or self.down:
            mask |= READ
        if self.down or self.shut or self._free() >= max(1, self.client.window // 3):
            mask |= WRITE
        if self._error:
            mask |= ERROR
        if self.down or (self.finished and self.shut):
            mask |= HANG_UP
        return mask

    def _free(self) -> int:
        return self.client.window - len(self.outbound)

    # ── what the server calls ──

    def fileno(self) -> int:
        """The descriptor; -1 once closed."""
        return -1 if self.closed else self.fd

    def setblocking(self, blocking: bool) -> None:
        """Only non-blocking sockets are simulated."""
        self._require_open("setblocking")
        assert not blocking

    def recv(self, size: int) -> bytes:
        """As recv(2). After a FIN, the end of the stream is returned even if a reset followed (SOCK_DONE)."""
        self._require_open("recv")
        if self.inbound:
            if self.client.faults.again("recv"):
                self._network.injected += 1
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            length = self.client.faults.length(min(size, len(self.inbound)))
            data = bytes(self.inbound[:length])
            del self.inbound[:length]
            self.read_bytes += data
            self._network.progress += 1
            self.client.push()
            return data
        if self.finished:
            self.reads_while_ended += 1
            self._network.progress += self.reads_while_ended == 1
            return b""
        self._raise_error()
        if self.down:
            return b""
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def send(self, data: bytes | bytearray) -> int:
        """As send(2)."""
        self._require_open("send")
        self._raise_error()
        if self.down or self.shut:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        free = self._free()
        if free <= 0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if self.client.faults.again("send"):
            self._network.injected += 1
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        length = self.client.faults.length(min(free, len(data)))
        self.outbound += data[:length]
        self.accepted_bytes += data[:length]
        self._network.progress += 1
        self.client.arrived()
        return length

    def shutdown(self, how: int) -> None:
        """As shutdown(2), for writing."""
        self._require_open("shutdown")
        assert how == socket.SHUT_WR
        if self.down:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if not self.shut:
            self.shut = True
            self._network.progress += 1
            self.client.arrived()

    def setsockopt(self, level: int, name: int, value: Any) -> None:
        """As setsockopt(2); only SO_LINGER has an effect."""
        self._require_open("setsockopt")
        if (level, name) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self.aborted = True

    def getsockopt(self, level: int, name: int, size: int = 0) -> Any:
        """As getsockopt(2); only SO_ERROR has a value."""
        self._require_open("getsockopt")
        if (level, name) == (socket.SOL_SOCKET, socket.SO_ERROR):
            error, self._error = self._error, 0
            return error
        raise OSError(errno.ENOPROTOOPT, os.strerror(errno.ENOPROTOOPT))

    def getsockname(self) -> tuple[str, int]:
        """The server's address."""
        return "192.0.2.99", 9999

    def getpeername(self) -> tuple[str, int]:
        """The client's address; raises ENOTCONN after a reset."""
        if self.down or self.closed:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self.client.address

    def detach(self) -> None:
        """As `socket.detach`, of a socket that is closed already."""
        assert self.closed

    def close(self) -> None:
        """As close(2): with unread data, or SO_LINGER of 0 seconds, the peer gets an RST."""
        if self.closed:
            return
        self.closed = True
        self._network.release(self.fd)
        if self.aborted or self.inbound:
            self.reset_sent = True
            self.outbound.clear()
            self.client.saw_reset = True
        else:
            self.shut = True
            self.client.arrived()

    def _raise_error(self) -> None:
        if self._error:
            error, self._error = self._error, 0
            self._network.progress += 1
            raise OSError(error, os.strerror(error))

    def _require_open(self, call: str) -> None:
        if self.closed:
            if not self.closed_by_program:
                self._network.misuses.append(f"{call} on the closed socket of client {self.client.number}")
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
