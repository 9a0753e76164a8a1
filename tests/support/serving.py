"""For tests of the engine: run a `Worker` in a background thread, connect clients, and record its events.

Nothing here sleeps to wait for readiness: listeners are bound before the thread starts; everything else is awaited by
condition.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tuiserver.core.codes import NoteCode
from tuiserver.core.events import AnyEvent, Noted, Wants
from tuiserver.worker import Worker

LIMIT = 10.0
"""Seconds after which waiting for a condition fails the test."""

E = TypeVar("E")


def wait_until(condition: Callable[[], object], what: str = "a condition") -> None:
    """Return when `condition()` is true; fail after `LIMIT` seconds."""
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {LIMIT:g} s for {what}")
        time.sleep(0.002)


class RecordingSink:
    """A sink that keeps all events."""

    wire = False

    def __init__(self, wants: Wants = "traffic") -> None:
        self.wants: Wants = wants
        self.events: list[AnyEvent] = []
        self._changed = threading.Condition()

    def capacity(self) -> int:
        """Unlimited capacity."""
        return 1 << 30

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        with self._changed:
            self.events += events
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if type(event) is kind]

    def notes(self) -> list[Noted]:
        """All notes except those about slow callbacks, which a busy machine can cause at any time."""
        return [note for note in self.of(Noted) if note.code != NoteCode.SLOW_CALLBACK]

    def wait_for(self, kind: type[E], count: int = 1) -> list[E]:
        """Wait until there are `count` events of `kind`; return all of that kind."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.of(kind)) >= count, LIMIT):
                raise AssertionError(f"waited for {count} {kind.__name__}, have {self.events!r}")
            return self.of(kind)


@contextmanager
def serving(worker: Worker) -> Iterator[RecordingSink]:
    """Serve in a background thread; yields a sink that records every event from `Listening` on."""
    sink = RecordingSink()
    worker.add_sink(sink)
    worker.start()
    try:
        yield sink
    finally:
        worker.stop(timeout=2)
    if worker.failure is not None:
        raise worker.failure


def connect(worker: Worker, number: int = 0) -> socket.socket:
    """Connect to the worker's address `number`. The receive buffer is 1 MB, so that the server has to queue larger answers."""
    address = worker.addresses[number]
    host = {"::": "::1", "0.0.0.0": "127.0.0.1"}.get(address.host, address.host)
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.settimeout(LIMIT)
        sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 500_000
        )  # the kernel doubles it and stops tuning it (socket(7))
        sock.connect((host, address.port))
    except BaseException:
        sock.close()
        raise
    return sock


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Read `size` bytes, or fewer if the peer shuts down writing before."""
    data = bytearray()
    while len(data) < size:
        chunk = sock.recv(min(1 << 20, size - len(data)))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def read_all(sock: socket.socket) -> bytes:
    """Read until the peer shuts down writing."""
    data = bytearray()
    while chunk := sock.recv(1 << 20):
        data += chunk
    return bytes(data)


def in_loop(worker: Worker, function: Callable[[], E]) -> E:
    """Run `function` in the loop's thread and return its result."""
    result: list[E] = []
    worker.loop.call_threadsafe(lambda: result.append(function()))
    wait_until(lambda: result, "the loop's thread")
    return result[0]
