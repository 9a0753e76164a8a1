"""Clients that disconnect at any moment, stall, or keep the server busy: the others are served."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any

import pytest

from tests.support.serving import LIMIT, connect, read_exactly, serving, wait_until
from tuiserver.core.codes import CloseCode, NoteCode
from tuiserver.core.events import Closed, Connected, Noted
from tuiserver.core.limits import Limits
from tuiserver.programs import replies
from tuiserver.worker import Worker

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` send a reset (socket(7))."""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"
STAGES = {
    "before the first byte": b"",
    "in the request line": GET[:7],
    "in the header section": GET[:20],
    "in the body": POST,
    "after a request": GET,
    "after many requests": GET * 500,
    "after garbage": b"\x00\xff\n",
}


@pytest.mark.parametrize("how", ["reset", "close", "shutdown and close"])
@pytest.mark.parametrize("stage", STAGES)
def test_clients_may_disconnect_at_any_moment(stage: str, how: str) -> None:
    """At every stage of an exchange: one `Closed` with its code, no note, and the next client is served."""
    worker = Worker("127.0.0.1:0", limits=Limits(half_close=0.1))
    replies.install(worker, "hello")
    with serving(worker) as sink:
        client = connect(worker)
        client.sendall(STAGES[stage])
        if how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        elif how == "shutdown and close":
            client.shutdown(socket.SHUT_WR)
        client.close()
        (closed,) = sink.wait_for(Closed)
        with connect(worker) as neighbour:
            neighbour.sendall(GET)
            assert neighbour.recv(15) == b"HTTP/1.1 200 OK"
    assert closed.code in (CloseCode.PEER_CLOSED, CloseCode.NOT_ANSWERED, CloseCode.PEER_RESET)
    assert sink.notes() == []


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_clients_may_disconnect_while_an_answer_is_sent(protocol: str, how: str) -> None:
    """`Closed` says to the byte how much of a long answer was not sent."""
    size = 15_000_000
    worker = Worker(f"{protocol}://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"x" * size)
    with serving(worker) as sink:
        client = connect(worker)
        client.sendall(GET)
        assert len(read_exactly(client, 100_000)) == 100_000
        if how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.code == CloseCode.PEER_RESET
    assert closed.unsent > 0
    head = closed.bytes_out + closed.unsent - size
    assert head == 0 if protocol == "tcp" else 0 < head < 200
    assert worker.server.buffers.total == 0
    assert sink.notes() == []


def test_clients_may_reset_before_they_are_accepted() -> None:
    """Each of them that was accepted is closed as well, without a note."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    worker.bind()
    for _ in range(50):
        client = connect(worker)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    with serving(worker) as sink:
        with connect(worker) as client:
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
        wait_until(lambda: not worker.connections, "all connections to close")
    assert {event.id for event in sink.of(Connected)} == {event.id for event in sink.of(Closed)}
    assert sink.notes() == []


def test_incomplete_requests_do_not_hold_up_others() -> None:
    """With 200 clients in the middle of a request, another one is answered."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    with serving(worker) as sink:
        incomplete = [connect(worker) for _ in range(200)]
        for client in incomplete:
            client.sendall(GET[:20])
        sink.wait_for(Connected, 200)
        with connect(worker) as client:
            client.sendall(GET)
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert [event.id for event in sink.wait_for(Closed)] == [201]
        for client in incomplete:
            client.close()
        sink.wait_for(Closed, 201)


def test_a_slow_callback_delays_others_only_while_it_runs() -> None:
    """While a callback blocks, others wait; once it returns, they are served. There is one note."""
    worker = Worker("127.0.0.1:0")
    started, release = threading.Event(), threading.Event()

    def on_message(connection: Any, message: Any) -> None:
        if message == b"slow":
            started.set()
            release.wait(LIMIT)
        connection.send(message)

    worker.on_message = on_message
    with serving(worker) as sink, connect(worker) as slow, connect(worker) as quick:
        sink.wait_for(Connected, 2)
        slow.sendall(b"slow")
        assert started.wait(LIMIT)
        quick.sendall(b"quick")
        time.sleep(0.06)  # longer than a callback may take without a note
        release.set()
        assert read_exactly(slow, 4) == b"slow"
        assert read_exactly(quick, 5) == b"quick"
        (note,) = sink.wait_for(Noted)
    assert (note.level, note.code) == ("warning", NoteCode.SLOW_CALLBACK)
    assert len(sink.of(Noted)) == 1
