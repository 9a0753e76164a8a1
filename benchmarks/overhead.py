"""What a message costs the interpreter: our loop, connection, protocol and program, with sockets that are stubs.

    python benchmarks/overhead.py

No kernel takes part, so the figures are steady to a few percent: the ones to look at after a change on the path of a message.
"""

from __future__ import annotations

import sys
import time

from tuiserver import replies
from tuiserver.connection import Connection
from tuiserver.link import Inbox
from tuiserver.worker import Worker

TURNS = 2000
CLIENTS = 64
TRIES = 7
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:9999\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"


class StubSocket:
    """A socket that always has the same bytes and takes everything."""

    def __init__(self, number: int, data: bytes) -> None:
        self.fileno = lambda: number
        self.recv = lambda size: data
        self.send = len


class StubPoller:
    """Everybody is always ready, for `TURNS` turns; the view's inbox is emptied ten times a second, as a console does."""

    def __init__(self, worker: Worker, inbox: Inbox | None) -> None:
        self.worker, self.inbox, self.turns = worker, inbox, 0
        self.ready = [(1000 + number, 1) for number in range(CLIENTS)]
        self.taken = time.monotonic()

    def poll(self, timeout: float | None, most: int) -> list[tuple[int, int]]:
        self.turns += 1
        if self.turns > TURNS:
            self.worker.loop._stopping = True
            return []
        if self.inbox is not None and time.monotonic() - self.taken > 0.1:
            self.inbox.take()
            self.taken = time.monotonic()
        return self.ready


def cost(reply: str, data: bytes, watch: int) -> float:
    """Nanoseconds per message, the best of `TRIES`. `watch`: events that the view holds, 0 for no view."""
    best = float("inf")
    for _ in range(TRIES):
        worker = Worker("127.0.0.1:0")
        replies.install(worker, reply)
        inbox = Inbox(8 << 20, watch) if watch else None
        if inbox is not None:
            worker.add_sink(inbox)
        for number in range(1, CLIENTS + 1):
            protocol = worker.http.connection() if reply == "hello" else None
            sock = StubSocket(999 + number, data)
            connection = Connection(worker, number, sock, "peer", "local", "address", protocol)  # type: ignore[arg-type]
            worker.connections[number] = connection
            worker.loop._handlers[999 + number] = connection
        real, worker.loop._poller = worker.loop._poller, StubPoller(worker, inbox)
        begin = time.perf_counter()
        worker.loop.run()
        best = min(best, (time.perf_counter() - begin) / TURNS / CLIENTS)
        worker.loop._poller = real
        worker.loop.close()
    return best * 1e9


def main() -> int:
    """Print the table."""
    print(
        "| message | no view | a console's view (1,000 events a frame) | a view of everything |\n|---|---:|---:|---:|"
    )
    for name, reply, data in (("echo 64 B", "echo", b"x" * 64), ("HTTP hello", "hello", REQUEST)):
        cells = [f"{cost(reply, data, watch):.0f} ns" for watch in (0, 1000, 1 << 40)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
