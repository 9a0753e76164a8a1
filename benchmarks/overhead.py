"""Interpreter time per message: the loop, a connection, its protocol and a program, with stub sockets.

    python benchmarks/overhead.py

No kernel is involved, so the results are repeatable to a few percent. Run it after a change on the path of a message.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from tuiserver.core.address import Address
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.connection import Connection
from tuiserver.engine.loop import Loop
from tuiserver.engine.pollers import READ
from tuiserver.engine.transports.base import Opened
from tuiserver.engine.transports.registry import TRANSPORTS
from tuiserver.links.inbox import Inbox
from tuiserver.links.local import CONSOLE_EVENTS
from tuiserver.programs import replies
from tuiserver.protocols.http.cache import HttpCache
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.protocol import HttpFactory
from tuiserver.worker import Worker

TURNS = 2000
CLIENTS = 64
TRIES = 7
FIRST_FD = 1000
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:9999\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"
UNLIMITED = 1 << 40


class StubSocket:
    """A client that always has sent the same bytes and receives everything at once."""

    def __init__(self, fd: int, data: bytes) -> None:
        self.fileno = lambda: fd
        self.recv = lambda size: data
        self.send = len

    def setblocking(self, flag: bool) -> None:
        """As `socket.setblocking`."""

    def close(self) -> None:
        """As `socket.close`."""


class StubListener:
    """A listening socket with `CLIENTS` clients in its backlog."""

    def __init__(self, data: bytes) -> None:
        self.clients = [StubSocket(FIRST_FD + number, data) for number in range(CLIENTS)]

    def fileno(self) -> int:
        """As `socket.fileno`."""
        return FIRST_FD - 1

    def accept(self) -> tuple[StubSocket, str]:
        """As `socket.accept`."""
        if not self.clients:
            raise BlockingIOError
        return self.clients.pop(), "peer"

    def close(self) -> None:
        """As `socket.close`."""


class StubTransport:
    """A `Transport` over stub sockets."""

    name = "stub"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def resolve(self, address: Address) -> list[Address]:
        """As `Transport.resolve`."""
        return [address]

    def open(self, address: Address, options: SocketOptions, backlog: int) -> Opened:
        """As `Transport.open`."""
        return Opened(StubListener(self.data), address, "local")  # type: ignore[arg-type]

    def name_of(self, sockname: Any) -> str:
        """As `Transport.name_of`."""
        return str(sockname)

    def inspect(self, sock: socket.socket) -> dict[str, float | int | str]:
        """As `Transport.inspect`."""
        return {}

    def reset_on_close(self, sock: socket.socket) -> None:
        """As `Transport.reset_on_close`."""


class StubPoller:
    """Reports the listener once, then all clients as readable for `TURNS` turns, then calls `finished`.

    `seconds` is the duration of these turns. It empties the inbox ten times a second, as a console does.
    """

    def __init__(self, inbox: Inbox | None) -> None:
        self.inbox, self.turns = inbox, -1
        self.ready = [(FIRST_FD + number, READ) for number in range(CLIENTS)]
        self.began = self.taken = self.seconds = 0.0
        self.finished: Callable[[], object] = lambda: None

    def register(self, fd: int, mask: int, /) -> None:
        """As `Poller.register`."""

    modify = register

    def unregister(self, fd: int, /) -> None:
        """As `Poller.unregister`."""

    def close(self) -> None:
        """As `Poller.close`."""

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """As `Poller.poll`."""
        self.turns += 1
        now = time.perf_counter()
        if self.turns == 0:
            return [(FIRST_FD - 1, READ)]
        if self.turns == 1:
            self.began = self.taken = now
        elif self.turns > TURNS:
            self.seconds = now - self.began
            self.finished()
            return []
        if self.inbox is not None and now - self.taken > 0.1:
            self.inbox.take()
            self.taken = now
        return self.ready


def cost(reply: str, data: bytes, capacity: int = 0, change: Callable[[Worker], object] = lambda worker: None) -> float:
    """Nanoseconds per message: the best of `TRIES`. `capacity`: the events an inbox may hold; 0 for no sink at all."""
    best = float("inf")
    TRANSPORTS["stub"] = StubTransport(data)
    try:
        for _ in range(TRIES):
            inbox = Inbox(8 << 20, capacity) if capacity else None
            poller = StubPoller(inbox)
            loop = Loop(poller)
            try:
                poller.finished = loop.stop
                worker: Worker[Any] = Worker(Address("", "", 0, "stub", "/stub"), loop=loop)
                replies.install(worker, reply)
                worker.use_protocol("http" if reply == "hello" else "raw")
                change(worker)
                if inbox is not None:
                    worker.add_sink(inbox)
                worker.bind()
                loop.run()
            finally:
                loop.close()
            assert len(worker.connections) == CLIENTS
            best = min(best, poller.seconds / TURNS / CLIENTS)
    finally:
        del TRANSPORTS["stub"]
    return best * 1e9


class ForgetfulCache(HttpCache):
    """Caches no request head."""

    def remember(self, request: Request) -> None:
        """As `HttpCache.remember`, without effect."""


class ForgetfulDict(dict[bytes, bytes]):
    """A dictionary that keeps nothing."""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        pass


def without_cached_heads(worker: Worker[Any]) -> None:
    """Parse every request head."""
    worker.use_protocol(HttpFactory(cache=ForgetfulCache()))


def without_cached_responses(worker: Worker[Any]) -> None:
    """Serialize every response."""
    cache = HttpCache()
    cache.responses = ForgetfulDict()
    worker.use_protocol(HttpFactory(cache=cache))


def with_timed_callbacks(worker: Worker[Any]) -> None:
    """Time each call of the program instead of each turn."""
    callback, clock = worker.callbacks.message, time.time

    def timed(connection: Connection, message: object) -> None:
        before = clock()
        callback(connection, message)
        if clock() - before > 0.05:
            raise TimeoutError

    worker.callbacks.message = timed


def with_a_batch_per_turn(worker: Worker[Any]) -> None:
    """Give the sinks their events after each turn instead of every 20 ms."""
    worker.loop.add_end_of_turn(worker.server.feed.flush)


def print_choices() -> None:
    """Print what each design choice saves."""
    print("\n| choice | with it | without it |\n|---|---:|---:|")
    http, echo = ("hello", REQUEST), ("echo", b"x" * 64)
    for name, message, capacity, change in (
        ("request heads are cached (HTTP)", http, 0, without_cached_heads),
        ("responses are cached for a second (HTTP)", http, 0, without_cached_responses),
        ("turns of the loop are timed instead of single callbacks (echo)", echo, 0, with_timed_callbacks),
        ("sinks get a batch every 20 ms instead of every turn (echo)", echo, UNLIMITED, with_a_batch_per_turn),
    ):
        print(f"| {name} | {cost(*message, capacity):.0f} ns | {cost(*message, capacity, change):.0f} ns |", flush=True)
    pipelined = cost("hello", REQUEST * 16)
    print(f"| answers to 16 pipelined requests share one send (HTTP) | {pipelined / 16:.0f} ns, 1/16 send | 1 send |")


def main() -> int:
    """Print the tables."""
    print(f"| message | no sink | a console's inbox ({CONSOLE_EVENTS} events per frame) | an inbox without a limit |")
    print("|---|---:|---:|---:|")
    for name, reply, data in (("echo 64 B", "echo", b"x" * 64), ("HTTP hello", "hello", REQUEST)):
        cells = [f"{cost(reply, data, capacity):.0f} ns" for capacity in (0, CONSOLE_EVENTS, UNLIMITED)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print_choices()
    return 0


if __name__ == "__main__":
    sys.exit(main())
