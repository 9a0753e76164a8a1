"""Every byte that is counted in is shown once, with its own time; what is not a message says what it is."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.support.serving import connect, in_loop, read_all, serving, wait_until
from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.core.events import Closed, Connected, Identified, Received
from tuiserver.core.limits import Limits
from tuiserver.programs import replies
from tuiserver.protocols.base import ProtocolBase
from tuiserver.worker import Worker

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def kinds(events: list[Received]) -> list[tuple[bytes, str, str]]:
    """What was shown, and as what."""
    return [(event.data, event.kind, event.code) for event in events]


def test_what_comes_while_the_server_closes_is_shown() -> None:
    """It is discarded, with the code of the close, before the connection has ended."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.close("enough")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"first")
        assert client.recv(1) == b""
        client.sendall(b"late")
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert kinds(sink.of(Received)) == [(b"first", "", ""), (b"late", ReceivedKind.DISCARDED, CloseCode.PROGRAM_CLOSED)]
    assert (closed.bytes_in, closed.messages_in) == (9, 1)


@pytest.mark.parametrize("how", ["close", "abort"])
def test_requests_behind_the_one_that_closes_are_shown(how: str) -> None:
    """Pipelined requests that the program does not get any more are discarded; the unfinished one comes last."""
    worker = Worker("http://127.0.0.1:0")
    worker.on_message = lambda connection, message: getattr(connection, how)()
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET * 2 + GET[:5])
        sink.wait_for(Received, 2)
        client.close()
        (closed,) = sink.wait_for(Closed)
    expected = [
        (GET, "", ""),
        (GET, ReceivedKind.DISCARDED, closed.code),
        (GET[:5], ReceivedKind.UNFINISHED, closed.code),
    ]
    assert kinds(sink.of(Received)) == expected
    assert closed.messages_in == 1


def test_an_unanswered_request_before_a_refused_one_keeps_the_order() -> None:
    """What is refused is shown at once, behind the messages before it, also where an answer to them causes output."""
    worker = Worker("http://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"ok")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET * 3 + b"GET / HTTP/1.1\n\n")
        assert read_all(client).count(b"HTTP/1.1 ") == 4
        client.close()
        (closed,) = sink.wait_for(Closed)
    shown = kinds(sink.of(Received))
    assert [data for data, _, _ in shown] == [GET, GET, GET, b"GET / HTTP/1.1\n\n"]
    assert shown[-1][1:] == (ReceivedKind.REFUSED, closed.code)


def test_reads_before_the_protocol_is_known_are_messages_of_their_own() -> None:
    """Each is shown when it comes; once they can only be raw, the program gets them one by one."""
    worker = Worker("127.0.0.1:0", limits=Limits(half_close=0))
    replies.install(worker, "hello")
    messages: list[Any] = []
    worker.on_message = lambda connection, message: messages.append(message)
    with serving(worker) as sink, connect(worker) as client:
        for number, data in enumerate((b"LOGIN", b" ALICE"), 1):
            client.sendall(data)
            sink.wait_for(Received, number)
        assert (messages, sink.of(Identified)) == ([], [])
        client.sendall(b" READY\n")
        sink.wait_for(Received, 3)
        client.close()
        (closed,) = sink.wait_for(Closed)
    shown = kinds(sink.of(Received))
    assert [data for data, _, _ in shown] == messages == [b"LOGIN", b" ALICE", b" READY\n"]
    assert [kind for _, kind, _ in shown] == [ReceivedKind.UNIDENTIFIED, ReceivedKind.UNIDENTIFIED, ""]
    assert closed.messages_in == 3


def test_the_beginning_of_a_request_is_not_shown_again() -> None:
    """The program gets the whole request; views have seen its beginning and get the rest."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    messages: list[Any] = []
    worker.on_message = lambda connection, message: (messages.append(message), connection.send(b"ok"))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET[:5])
        sink.wait_for(Received)
        client.sendall(GET[5:20])
        sink.wait_for(Identified)
        client.sendall(GET[20:] + GET)
        wait_until(lambda: len(messages) == 2, "both requests")
        client.close()
        sink.wait_for(Closed)
    assert kinds(sink.of(Received)) == [(GET[:5], ReceivedKind.UNIDENTIFIED, ""), (GET[5:], "", ""), (GET, "", "")]
    assert [message.data for message in messages] == [GET, GET]


def test_a_program_that_closes_at_the_first_of_them_gets_no_more() -> None:
    """What was shown already is not shown again."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    messages: list[Any] = []

    def close(connection: Any, message: Any) -> None:
        messages.append(message)
        connection.close()

    worker.on_message = close
    with serving(worker) as sink, connect(worker) as client:
        for number, data in enumerate((b"A", b"B"), 1):
            client.sendall(data)
            sink.wait_for(Received, number)
        client.sendall(b"\n")
        client.shutdown(socket.SHUT_WR)
        sink.wait_for(Closed)
    assert messages == [b"A"]
    assert [data for data, _, _ in kinds(sink.of(Received))] == [b"A", b"B", b"\n"]


class Broken(ProtocolBase):
    """A protocol with a bug."""

    name = "broken"

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        raise RuntimeError("a bug")

    def take_unfinished(self) -> bytes:
        raise RuntimeError("another one")


def test_a_fault_of_a_protocol_loses_no_byte() -> None:
    """What it was given is shown; a fault at the end is noted, and the server continues."""
    worker = Worker("127.0.0.1:0", protocol=Broken)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hi")
        (closed,) = sink.wait_for(Closed)
        assert kinds(sink.of(Received)) == [(b"hi", ReceivedKind.REFUSED, CloseCode.INTERNAL_ERROR)]
        assert closed.code == CloseCode.INTERNAL_ERROR
        with connect(worker):
            sink.wait_for(Connected, 2)
        assert in_loop(worker, lambda: True)
