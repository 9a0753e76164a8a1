"""Servers share a loop, and protocols and transports come from outside: toys prove that nothing else has to change."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import LIMIT, RecordingSink, connect, in_loop, read_all, read_exactly, serving
from tuiserver.core import commands
from tuiserver.core.address import Address
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import Closed, Connected, Inspected, Listening, Received, Sent
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.connection import Connection
from tuiserver.engine.loop import Loop
from tuiserver.engine.transports.base import Opened
from tuiserver.engine.transports.registry import TRANSPORTS
from tuiserver.protocols.base import Closing, ProtocolBase
from tuiserver.worker import Worker


def test_two_servers_share_one_loop() -> None:
    """Each has its own clients, ids, events and callbacks; one thread serves both."""
    loop = Loop()
    first, second = Worker("127.0.0.1:0", loop=loop), Worker("127.0.0.1:0", loop=loop)
    first.on_message = lambda connection, message: connection.send(b"first " + message)
    second.on_message = lambda connection, message: connection.send(b"second " + message)
    sink = RecordingSink()
    second.add_sink(sink)
    second.bind()
    with serving(first) as other:
        with connect(first) as one, connect(second) as two:
            one.sendall(b"hi")
            two.sendall(b"hi")
            assert read_exactly(one, 8) == b"first hi"
            assert read_exactly(two, 9) == b"second hi"
        for each in (sink, other):
            (closed,) = each.wait_for(Closed)
            assert (closed.id, closed.messages_in, closed.messages_out) == (1, 1, 1)
        in_loop(first, lambda: (second.server.close(), True))
    assert [event.address for event in sink.of(Listening)] == [str(second.addresses[0])]


class Chat(ProtocolBase):
    """A line protocol with a greeting, a ping when the client is silent, and a farewell."""

    name = "chat"

    def __init__(self) -> None:
        self.rest, self.pending, self.deadline, self.needs_service = b"", b"HELLO\n", 0.05, True

    def receive(self, data: bytes) -> Sequence[str]:
        *lines, self.rest = (self.rest + data).split(b"\n")
        if b"QUIT" in lines:
            self.closing, self.needs_service = Closing(CloseCode.ANSWERED, "the client quit"), True
        return [line.decode() for line in lines if line not in (b"QUIT", b"PONG")]

    def encode(self, message: object, now: float) -> tuple[bytes, bytes]:
        return f"{message}\n".encode(), str(message).encode()

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        pending, self.pending = self.pending, b""
        return pending, b""

    def farewell(self, now: float) -> bytes:
        return b"BYE\n"

    def on_deadline(self) -> None:
        self.pending, self.deadline, self.needs_service = b"PING\n", 0.0, True


def test_a_protocol_is_one_class() -> None:
    """Greeting, messages, ping at its deadline, close and farewell; only messages count as messages."""
    worker: Worker[Any] = Worker("127.0.0.1:0", protocol=Chat)
    worker.on_message = lambda connection, message: connection.send(message.upper())
    with serving(worker) as sink, connect(worker) as client:
        assert read_exactly(client, 11) == b"HELLO\nPING\n"
        client.sendall(b"PONG\nhi th")
        client.sendall(b"ere\n")
        assert read_exactly(client, 9) == b"HI THERE\n"
        client.sendall(b"QUIT\n")
        assert read_all(client) == b"BYE\n"
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert [event.protocol for event in sink.of(Connected)] == ["chat"]
    assert [event.data for event in sink.of(Received)] == [b"hi there"]
    assert [event.data for event in sink.of(Sent)] == [b"HI THERE"]
    assert (closed.messages_in, closed.messages_out, closed.code) == (1, 1, CloseCode.ANSWERED)
    assert closed.bytes_out == len(b"HELLO\nPING\nHI THERE\nBYE\n")


class Handshake(ProtocolBase):
    """Says which version it speaks as soon as the client has said its own; lines may follow in the same read."""

    name = "handshake"

    def __init__(self) -> None:
        self.version, self.pending = b"", b""

    def receive(self, data: bytes) -> Sequence[bytes]:
        first, _, rest = data.partition(b"\n")
        if not self.version:
            self.version, self.pending, self.needs_service = first, b"version " + first + b"\n", True
            return rest.splitlines()
        return data.splitlines()

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        pending, self.pending = self.pending, b""
        return pending, b""

    def farewell(self, now: float) -> bytes:
        return b"bye\n"


def test_what_a_protocol_sends_on_its_own_comes_before_answers_and_farewell() -> None:
    """A handshake that completes in the same read as the first messages is answered before these, and before a close."""
    worker: Worker[Any] = Worker("127.0.0.1:0", protocol=Handshake)

    @worker.on_message
    def answer(connection: Connection, line: bytes) -> None:
        if line == b"close":
            connection.close()
        else:
            connection.send(line.upper())

    with serving(worker):
        for sent, expected in (
            (b"1\nhello", b"version 1\nHELLO"),
            (b"1\nhello\nclose", b"version 1\nHELLObye\n"),
            (b"1\nclose", b"version 1\nbye\n"),
        ):
            with connect(worker) as client:
                client.sendall(sent)
                assert read_exactly(client, len(expected)) == expected


def cipher(data: bytes) -> bytes:
    """A toy cipher: every byte XOR 42."""
    return bytes(byte ^ 42 for byte in data)


class Encrypted(ProtocolBase):
    """Wraps another protocol in a cipher."""

    name = "encrypted"

    def __init__(self) -> None:
        self.inner = Chat()
        self.needs_service = True

    def _copy_state(self) -> None:
        self.deadline, self.inner.deadline = self.inner.deadline, None
        self.closing = self.inner.closing
        self.needs_service = self.needs_service or self.inner.needs_service
        self.inner.needs_service = False

    def receive(self, data: bytes) -> Sequence[Any]:
        messages = self.inner.receive(cipher(data))
        self._copy_state()
        return messages

    def encode(self, message: object, now: float) -> tuple[bytes, bytes]:
        wire, shown = self.inner.encode(message, now)
        return cipher(wire), shown

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        self._copy_state()
        wire, shown = self.inner.take_output(now)
        return cipher(wire), shown

    def farewell(self, now: float) -> bytes:
        return cipher(self.inner.farewell(now))

    def on_deadline(self) -> None:
        self.inner.on_deadline()
        self._copy_state()


def test_a_protocol_may_wrap_another_one() -> None:
    """On the wire everything is enciphered; views and the program see the messages of the inner protocol."""
    worker: Worker[Any] = Worker("127.0.0.1:0", protocol=Encrypted)
    worker.on_message = lambda connection, message: connection.send(message.upper())
    with serving(worker) as sink, connect(worker) as client:
        assert cipher(read_exactly(client, 6)) == b"HELLO\n"
        client.sendall(cipher(b"hi\nQUIT\n"))
        assert cipher(read_all(client)).replace(b"PING\n", b"") == b"HI\nBYE\n"
        client.close()
        sink.wait_for(Closed)
    assert [event.data for event in sink.of(Received)] == [b"hi"]
    assert [event.data for event in sink.of(Sent)] == [b"HI"]


class UnixToy:
    """A transport over Unix sockets."""

    name = "toy"

    def resolve(self, address: Address) -> list[Address]:
        return [address]

    def open(self, address: Address, options: SocketOptions, backlog: int) -> Opened:
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        sock.bind(address.path)
        sock.listen(backlog)
        return Opened(sock, address, address.path)

    def name_of(self, sockname: Any) -> str:
        return str(sockname or "a local process")

    def inspect(self, sock: socket.socket) -> dict[str, float | int | str]:
        return {"family": "unix", "link": "loopback"}

    def reset_on_close(self, sock: socket.socket) -> None:
        """There is no reset."""


def test_a_transport_is_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listening, the names of both ends, messages and inspection over a transport that the engine does not know."""
    monkeypatch.setitem(TRANSPORTS, "toy", UnixToy())
    monkeypatch.chdir(tmp_path)  # the path of a Unix socket is limited to about 100 bytes (unix(7))
    path = "./s"
    worker = Worker(Address("", "", 0, "toy", path))
    worker.on_message = lambda connection, message: connection.send(message.upper())
    with serving(worker) as sink, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LIMIT)
        client.connect(path)
        client.sendall(b"hi")
        assert read_exactly(client, 2) == b"HI"
        worker.loop.call_threadsafe(worker.handle, commands.Inspect(1))
        (inspected,) = sink.wait_for(Inspected)
        client.close()
        (closed,) = sink.wait_for(Closed)
    os.unlink(path)
    (connected,) = sink.of(Connected)
    assert [event.address for event in sink.of(Listening)] == ["toy://./s"]
    assert (connected.peer, connected.local, connected.address) == ("a local process", "./s", "toy://./s")
    assert inspected.info["family"] == "unix"
    assert closed.code == CloseCode.PEER_CLOSED
