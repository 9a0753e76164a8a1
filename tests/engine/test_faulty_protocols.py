"""A protocol of a user with a bug: whatever it raises ends its connection only, and is told with its place."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from tests.support.serving import connect, read_all, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import Inspected, Noted
from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Closing, ProtocolBase, Undelivered
from tuiserver.worker import Worker


class Wordless(Exception):
    """Its `str()` raises an exception."""

    def __str__(self) -> str:
        raise ZeroDivisionError("no words")


ERRORS = {"ValueError": ValueError("ours"), "Wordless": Wordless(), "SystemExit": SystemExit(3)}
METHODS = (
    *("receive", "receive_eof", "take_undelivered", "take_unfinished", "shown", "encode", "take_output"),
    *("farewell", "on_deadline"),
)
PROPERTIES = (
    *("name", "framed", "request_response", "nouns", "idle_timeout", "mid_message", "ignored", "buffered"),
    *("undelivered", "deadline", "closing", "successor", "pending_requests", "passthrough", "needs_service"),
)


def faulty(where: str, error: BaseException, armed: list[bool]) -> type[ProtocolBase]:
    """A protocol that raises `error` in one method or property while it is armed. It uses all of the interface."""

    class Faulty(ProtocolBase):
        name = "faulty"
        needs_service = True
        deadline = 0.05

        def __init__(self) -> None:
            if where == "__init__" and armed:
                raise error

        def receive(self, data: bytes) -> Sequence[Any]:
            self.needs_service = True
            self.undelivered = (Undelivered(b"?", "discarded", "toy"),)
            if data == b"quit":
                self.closing = Closing("answered", "quit")
            return () if data == b"nothing" else (data,)

        def take_unfinished(self) -> bytes:
            return b"rest"

    def fail(self: Any, *args: Any) -> Any:
        if armed:
            raise error
        return getattr(super(kind, self), where)(*args)

    def get(self: Any) -> Any:
        if armed:
            raise error
        return self.__dict__.get(where, getattr(Faulty, where))

    def put(self: Any, value: Any) -> None:
        self.__dict__[where] = value

    members: dict[str, Any] = {}
    if where in METHODS:
        members[where] = fail
    elif where in PROPERTIES:
        members[where] = property(get, put)
    kind = type("Kind", (Faulty,), members)
    return kind


CASES = [
    (where, kind) for where, kind in itertools.product(("__init__", *METHODS, *PROPERTIES), ("Wordless", "SystemExit"))
]


@pytest.mark.parametrize(("where", "kind"), CASES)
def test_it_ends_its_connection_only(where: str, kind: str) -> None:
    """The log has the error with file and line; the next client, of the same protocol, is served."""
    armed = [True]
    worker: Worker[Any] = Worker(
        "127.0.0.1:0", protocol=faulty(where, ERRORS[kind], armed), limits=Limits(half_close=0.2)
    )
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:

        def faults() -> list[Noted]:
            return [note for note in sink.notes() if note.code == NoteCode.CALLBACK_ERROR]

        with suppress(OSError), connect(worker) as first:
            first.sendall(b"nothing" if where == "ignored" else b"x")
            if where == "on_deadline":
                wait_until(faults, "the deadline")
            worker.call_threadsafe(worker.handle, commands.Inspect(1, token=1))
            wait_until(lambda: faults() or sink.of(Inspected), "the inspection")
            if where == "receive_eof":
                first.shutdown(socket.SHUT_WR)
            elif not faults():
                first.sendall(b"quit")
            read_all(first)
        wait_until(lambda: faults() and not worker.connections, "the end of the connection")
        armed.clear()
        with connect(worker) as second:
            second.sendall(b"hello")
            assert read_exactly(second, 5) == b"hello"
    for note in faults():
        assert kind in note.text
        assert "(test_faulty_protocols.py:" in note.text
        assert 'test_faulty_protocols.py", line' in note.detail
