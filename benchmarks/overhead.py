"""What a message costs the interpreter: our loop, connection, protocol and program, with sockets that are stubs.

    python benchmarks/overhead.py

No kernel takes part, so the figures are steady to a few percent: the ones to look at after a change on the path of a message.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tuiserver.engine.connection import Connection
from tuiserver.links.inbox import Inbox
from tuiserver.links.local import CONSOLE_EVENTS
from tuiserver.programs import replies
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


def cost(reply: str, data: bytes, watch: int = 0, change: Callable[[Worker], object] = lambda worker: None) -> float:
    """Nanoseconds per message, the best of `TRIES`. `watch`: events that the view holds, 0 for no view."""
    best = float("inf")
    for _ in range(TRIES):
        worker = Worker("127.0.0.1:0")
        replies.install(worker, reply)
        change(worker)
        inbox = Inbox(8 << 20, watch) if watch else None
        if inbox is not None:
            worker.add_sink(inbox)
        for number in range(1, CLIENTS + 1):
            protocol = worker.server.factories.connection() if reply == "hello" else None
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


def forget_heads(worker: Worker) -> None:
    """Read every request anew, all of it."""
    worker.server.factories.remember = lambda request: None  # type: ignore[method-assign]


def forget_answers(worker: Worker) -> None:
    """Word every answer anew."""
    worker.server.factories.answers = Forgetful()


class Forgetful(dict[bytes, bytes]):
    """A dictionary that keeps nothing."""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        pass


def look_at_the_clock(worker: Worker) -> None:
    """Time each call of the program."""
    callback, clock = worker.callbacks.message, time.time

    def timed(connection: Connection, message: object) -> None:
        before = clock()
        callback(connection, message)
        if clock() - before > 0.05:
            raise TimeoutError

    worker.callbacks.message = timed


def hand_over_every_turn(worker: Worker) -> None:
    """Wake the views after each turn instead of fifty times a second."""
    worker.loop.end_of_turn = worker.server.feed.flush  # type: ignore[assignment]


def choices() -> None:
    """What each choice is worth: the same message with it undone."""
    print("\n| choice | with it | undone |\n|---|---:|---:|")
    http, echo = ("hello", REQUEST), ("echo", b"x" * 64)
    for name, message, watch, change in (
        ("heads seen before are not read again (HTTP)", http, 0, forget_heads),
        ("answers of this second are not worded again (HTTP)", http, 0, forget_answers),
        ("turns are timed, not calls (echo)", echo, 0, look_at_the_clock),
        ("views are handed batches of 20 ms, not of a turn (echo)", echo, 1 << 40, hand_over_every_turn),
    ):
        print(f"| {name} | {cost(*message, watch):.0f} ns | {cost(*message, watch, change):.0f} ns |", flush=True)
    pipelined = cost("hello", REQUEST * 16)
    print(f"| answers to 16 pipelined requests go out as one (HTTP) | {pipelined / 16:.0f} ns, 1 send | 16 sends |")


def main() -> int:
    """Print the tables."""
    print(
        f"| message | no view | a console's view ({CONSOLE_EVENTS} events a frame) | a view of everything |\n|---|---:|---:|---:|"
    )
    for name, reply, data in (("echo 64 B", "echo", b"x" * 64), ("HTTP hello", "hello", REQUEST)):
        cells = [f"{cost(reply, data, watch):.0f} ns" for watch in (0, CONSOLE_EVENTS, 1 << 40)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    choices()
    return 0


if __name__ == "__main__":
    sys.exit(main())
