"""Protocols with message boundaries on real sockets: what views are shown, in which order, and how connections end."""

from __future__ import annotations

import socket
from typing import Any

from tests.support.scripted_loop import SteppedWorker
from tests.support.serving import RecordingSink, connect, read_all, read_exactly, serving
from tuiserver.core.codes import GARBAGE, CloseCode, ReceivedKind
from tuiserver.core.events import Closed, Connected, Received, kind_text
from tuiserver.core.limits import Limits
from tuiserver.worker import Worker


def shown(sink: RecordingSink) -> list[tuple[bytes, str, str]]:
    """What views show of what was received."""
    return [(event.data, event.kind, event.code) for event in sink.of(Received)]


def test_garbage_is_shown_between_the_messages_of_one_read() -> None:
    """In its place, and it counts as no message."""
    worker = Worker(r"u8:start=\x02://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"noise..\x02\1a-\x02\1b.")
        assert read_exactly(client, 6) == b"\x02\1a\x02\1b"
        client.close()
        (closed,) = sink.wait_for(Closed)
    garbage = (ReceivedKind.DISCARDED, GARBAGE)
    assert shown(sink) == [
        (b"noise..", *garbage),
        (b"\x02\1a", "", ""),
        (b"-", *garbage),
        (b"\x02\1b", "", ""),
        (b".", *garbage),
    ]
    assert [kind_text(event) for event in sink.of(Received)][::4] == [
        "skipped 7 bytes of garbage",
        "skipped 1 byte of garbage",
    ]
    assert (closed.messages_in, closed.bytes_in) == (2, 15)
    assert sink.of(Connected)[0].protocol == r"u8:start=\x02"


def test_a_program_that_closes_between_messages() -> None:
    """What follows in the same read is shown as discarded, in its order."""
    worker = Worker(r"u8:start=\x02://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.close("enough", "enough")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"\x02\1a-\x02\1b.\x02\1c")
        assert read_all(client) == b""
        client.close()
        sink.wait_for(Closed)
    discarded = (ReceivedKind.DISCARDED, "enough")
    assert shown(sink)[0] == (b"\x02\1a", "", "")
    assert [(data, kind) for data, kind, _ in shown(sink)][1:] == [
        (b"-", discarded[0]),
        (b"\x02\1b", discarded[0]),
        (b".", discarded[0]),
        (b"\x02\1c", discarded[0]),
    ]


def test_messages_before_a_wrong_length_are_delivered() -> None:
    """Then the connection is closed, after the answers to them; views show what was refused."""
    worker = Worker("127.0.0.1:0", protocol="u16", limits=Limits(max_message=100))
    worker.on_message = lambda connection, message: connection.send(message.upper())
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"\0\2hi\xff\xffmore")
        assert read_all(client) == b"\0\2HI"
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.code, closed.reason) == (CloseCode.PROTOCOL_ERROR, "a message of 65535 bytes: max_message is 100")
    assert shown(sink) == [(b"hi", "", ""), (b"\xff\xffmore", ReceivedKind.REFUSED, CloseCode.PROTOCOL_ERROR)]


def test_a_message_that_does_not_end() -> None:
    """After `request_timeout`, which may be less than a second, the connection is closed."""
    worker = Worker("127.0.0.1:0", protocol="fixed:26", limits=Limits(request_timeout=0.05))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"ten bytes.")
        assert read_all(client) == b""
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.code, closed.reason) == (CloseCode.REQUEST_TIMEOUT, "a message did not end within 0.05 s")
    assert shown(sink) == [(b"ten bytes.", ReceivedKind.REFUSED, CloseCode.REQUEST_TIMEOUT)]


def test_several_listeners_have_several_protocols() -> None:
    """Each connection speaks that of its address, and is called so."""
    worker: Worker[Any] = Worker("line://127.0.0.1:0", "u8://127.0.0.1:0", "127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        for number, wire in enumerate((b"a line\r\n", b"\2hi", b"raw")):
            with connect(worker, number) as client:
                client.sendall(wire)
                assert read_exactly(client, len(wire.replace(b"\r", b""))) == wire.replace(b"\r", b"")
        sink.wait_for(Closed, 3)
    assert [event.protocol for event in sink.of(Connected)] == ["line", "u8", "raw"]
    assert [event.data for event in sink.of(Received)] == [b"a line", b"hi", b"raw"]


def test_a_pause_ends_a_message() -> None:
    """On a clock that the test sets: what comes within the pause belongs to the message, and then it is delivered."""
    messages: list[bytes] = []
    with SteppedWorker("gap:50ms://127.0.0.1:0", Limits()) as server:
        server.worker.on_message = lambda connection, message: messages.append(message)
        client = server.connect()
        client.sendall(b"11 03")
        server.run(0.0)
        server.clock.elapsed += 0.04
        client.sendall(b" 00 6b")
        server.run(0.0)
        server.clock.elapsed += 0.049
        server.run(0.0)
        assert messages == []
        server.clock.elapsed += 0.002
        server.run(0.0)
        assert messages == [b"11 03 00 6b"]


def test_time_in_which_nothing_is_read_is_no_pause() -> None:
    """While the operator pauses reading, more may wait in the system: the message ends after reading has resumed."""
    messages: list[bytes] = []
    with SteppedWorker("gap:50ms://127.0.0.1:0", Limits()) as server:
        server.worker.on_message = lambda connection, message: messages.append(message)
        client = server.connect()
        client.sendall(b"begin")
        server.run(0.0)
        (connection,) = server.worker.connections.values()
        connection.pause_reading()
        client.sendall(b"-end")
        server.run(10.0)
        assert messages == []
        connection.resume_reading()
        server.run(3.0)
        assert messages == [b"begin-end"]


def test_pauses_on_a_real_connection() -> None:
    """The answer to each message comes after its pause; the last message ends with the stream."""
    worker = Worker("gap:30ms://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink, connect(worker) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for message in (b"first", b"second"):
            for byte in message:
                client.sendall(bytes([byte]))
            assert read_exactly(client, len(message)) == message
        client.sendall(b"last")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"last"
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert b"".join(data for data, _, _ in shown(sink)) == b"firstsecondlast"
    assert (closed.code, closed.messages_out) == (CloseCode.PEER_CLOSED, closed.messages_in)
