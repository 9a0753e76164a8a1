"""What a new command and a new sink cost: a type and a handler in a table; a class with two methods."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.support.serving import LIMIT, connect, in_loop, read_exactly, serving
from tuiserver.core.codes import CloseCode, RefuseCode
from tuiserver.core.events import OPERATOR, AnyEvent, Closed, Connected, Refused, Sent, Wants
from tuiserver.engine.operator import HANDLERS
from tuiserver.worker import Worker


class Greet(msgspec.Struct, frozen=True):
    """A command: greet connection `id`. One in the package derives from `Command`, and is in the union `AnyCommand`."""

    id: int
    name: str
    token: int = 0


def greet(server: Any, command: Greet) -> None:
    """Its handler."""
    server.connections[command.id].send(f"hello {command.name}", OPERATOR, command.token)


def test_a_command_is_a_type_and_a_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its effect comes back as an event with its token; what its handler raises, as a refusal with it."""
    monkeypatch.setitem(HANDLERS, Greet, greet)
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        for command in (Greet(1, "lab", token=5), Greet(99, "nobody", token=6)):
            in_loop(worker, lambda command=command: (worker.handle(command), True))
        assert read_exactly(client, 9) == b"hello lab"
        (sent,), (refused,) = sink.wait_for(Sent), sink.wait_for(Refused)
    assert (sent.by, sent.token) == (OPERATOR, 5)
    assert (refused.id, refused.token, refused.code) == (99, 6, RefuseCode.FAILED)


class CloseCounter:
    """A sink that counts why connections end."""

    wants: Wants = "lifecycle"
    wire = False

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.changed = threading.Event()

    def capacity(self) -> int:
        """It wants no traffic."""
        return 0

    def put(self, events: list[AnyEvent]) -> None:
        """Count; called in the thread of the loop, so it must not wait."""
        self.codes.update(event.code for event in events if isinstance(event, Closed))
        self.changed.set()


def test_a_sink_is_a_class_with_two_methods() -> None:
    """It gets the events it wants from the moment it is added."""
    worker, counter = Worker("127.0.0.1:0"), CloseCounter()
    with serving(worker) as other:
        worker.add_sink(counter)
        with connect(worker):
            pass
        other.wait_for(Closed)
        while not counter.codes:
            assert counter.changed.wait(LIMIT)
            counter.changed.clear()
    assert counter.codes == {CloseCode.PEER_CLOSED: 1}
