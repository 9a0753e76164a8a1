"""Interpreter time per message: the loop, a connection, its protocol and a program, with stub sockets.

    python benchmarks/overhead.py

No kernel is involved, so the results are repeatable to a few percent. Run it after a change on the path of a message.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from tuiserver.engine.connection import Connection
from tuiserver.engine.loop import READ, Loop
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
    """A socket that always receives the same bytes and sends everything at once."""

    def __init__(self, fd: int, data: bytes) -> None:
        self.fileno = lambda: fd
        self.recv = lambda size: data
        self.send = len


class StubPoller:
    """Reports all clients as readable for `TURNS` turns, then calls `finished`.

    It empties the inbox ten times a second, as a console does.
    """

    def __init__(self, inbox: Inbox | None) -> None:
        self.inbox, self.turns = inbox, 0
        self.ready = [(FIRST_FD + number, READ) for number in range(CLIENTS)]
        self.taken = time.monotonic()
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
        if self.turns > TURNS:
            self.finished()
            return []
        if self.inbox is not None and time.monotonic() - self.taken > 0.1:
            self.inbox.take()
            self.taken = time.monotonic()
        return self.ready


def cost(reply: str, data: bytes, capacity: int = 0, change: Callable[[Worker], object] = lambda worker: None) -> float:
    """Nanoseconds per message: the best of `TRIES`. `capacity`: the events an inbox may hold; 0 for no sink at all."""
    best = float("inf")
    for _ in range(TRIES):
        inbox = Inbox(8 << 20, capacity) if capacity else None
        poller = StubPoller(inbox)
        loop = Loop(poller)
        poller.finished = loop.stop
        worker: Worker[Any] = Worker("127.0.0.1:0", loop=loop)
        replies.install(worker, reply)
        worker.use_protocol("http" if reply == "hello" else "raw")
        change(worker)
        if inbox is not None:
            worker.add_sink(inbox)
        server = worker.server
        factory = server.default_factory(server.factories)
        for number in range(CLIENTS):
            sock: Any = StubSocket(FIRST_FD + number, data)
            connection = Connection(
                server, number + 1, sock, "peer", "local", "address", TRANSPORTS["tcp"], factory.create()
            )
            server.connections[number + 1] = connection
            connection.reading.start(connection)
            connection.start()
        begin = time.perf_counter()
        loop.run()
        best = min(best, (time.perf_counter() - begin) / TURNS / CLIENTS)
        loop.close()
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
