"""Bad days: every socket call that can fail does, and clients go at every moment. One connection ends, the server goes on."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.serving import RecordingSink, connect, read_all, read_exactly, serving, wait_until
from tuiserver.core.events import Closed, Connected, Noted, Sent
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.listener import Listener
from tuiserver.engine.loop import pollers
from tuiserver.programs import replies
from tuiserver.worker import Worker

ERRORS = [
    "EINTR",
    "EAGAIN",
    "ECONNRESET",
    "EPIPE",
    "ECONNABORTED",
    "EMFILE",
    "ENFILE",
    "ENOBUFS",
    "ENOMEM",
    "ETIMEDOUT",
]
PASSING = {"EINTR", "EAGAIN"}
"""Errors that only say "not now" where a call may be repeated."""
RESET = struct.pack("ii", 1, 0)


class FailingSocket(socket.socket):
    """A socket of a client whose call `call` fails once with `number`, after it was let pass `after` times."""

    call = ""
    number = 0
    after = 0

    def fail(self, call: str) -> None:
        """Fail if it is this one's turn."""
        if call == self.call:
            if self.after:
                self.after -= 1
                return
            self.call = ""
            raise OSError(self.number, os.strerror(self.number))

    def recv(self, *args: Any) -> bytes:
        """As `socket.recv`."""
        self.fail("recv")
        return super().recv(*args)

    def send(self, *args: Any) -> int:
        """As `socket.send`."""
        self.fail("send")
        return super().send(*args)

    def shutdown(self, how: int) -> None:
        """As `socket.shutdown`."""
        self.fail("shutdown")
        super().shutdown(how)

    def setsockopt(self, *args: Any) -> None:
        """As `socket.setsockopt`."""
        self.fail("setsockopt")
        super().setsockopt(*args)

    def setblocking(self, flag: bool) -> None:
        """As `socket.setblocking`."""
        self.fail("setblocking")
        super().setblocking(flag)

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        self.fail("getsockname")
        return super().getsockname()

    def close(self) -> None:
        """As `socket.close`: the descriptor is gone even where it fails (close(2))."""
        super().close()
        self.fail("close")


def failing(worker: Worker, call: str, name: str, after: int = 0) -> None:
    """Let `call` on the socket of the first client fail with the error `name`, after it went well `after` times."""
    accepted = worker._accepted
    armed = [True]

    def accept(listener: Listener, sock: socket.socket, peer: Any) -> None:
        wrapped = FailingSocket(fileno=sock.detach())
        if armed:
            armed.clear()
            wrapped.call, wrapped.number, wrapped.after = call, getattr(errno, name), after
        accepted(listener, wrapped, peer)

    worker._accepted = accept  # type: ignore[method-assign]


def echo(connection: Any, message: Any) -> None:
    """Send it back; at the word, close or abort."""
    connection.send(message)
    if message == b"close":
        connection.close()
    elif message == b"abort":
        connection.abort()


def talk(client: socket.socket, words: bytes) -> bytes:
    """Say something, read until the end; a reset is an end too."""
    try:
        client.sendall(words)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)
    except OSError:
        return b""


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("call", ["recv", "send", "shutdown", "setsockopt", "setblocking", "getsockname", "close"])
def test_any_call_may_fail(call: str, name: str) -> None:
    """Whatever fails, however: the neighbour is served, each connection ends once, nothing stays behind."""
    worker = Worker(":0")
    worker.on_message = echo
    failing(worker, call, name)
    with serving(worker) as sink:
        with connect(worker) as client:
            got = talk(client, b"abort" if call == "setsockopt" else b"close")
            if call in ("recv", "send") and name in PASSING:
                assert got == b"close"
        with connect(worker) as neighbour:
            neighbour.sendall(b"hello")
            assert read_exactly(neighbour, 5) == b"hello"
        refused = call in ("setblocking", "getsockname")
        closed = sink.wait_for(Closed, 1 if refused else 2)
        wait_until(lambda: not worker.connections, "everybody to leave")
    assert len(closed) == len(sink.of(Connected)) == (1 if refused else 2)
    assert len({event.id for event in closed}) == len(closed)
    assert all(event.reason for event in closed)
    assert len(sink.notes()) == (1 if refused else 0)
    assert worker.buffers.total == 0
    assert worker.failure is None


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize(("call", "after"), [("recv", 1), ("send", 1), ("send", 2)])
def test_any_call_may_fail_while_an_answer_is_being_sent(call: str, after: int, name: str) -> None:
    """Of an answer that drains slowly each byte is either there or told as unsent; an error that passes costs nothing."""
    size = 15_000_000
    worker = Worker("127.0.0.1:0", limits=Limits(max_buffer=size), options=SocketOptions(send_buffer=65_536))
    worker.on_message = lambda connection, message: connection.send(b"x" * size) if message == b"go" else None
    failing(worker, call, name, after)
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"go")
        sink.wait_for(Sent)
        got = 0
        try:
            client.sendall(b"more")
            while got < size and (data := client.recv(1 << 20)):
                got += len(data)
        except ConnectionError:
            pass
        neighbour.sendall(b"hello")
        wait_until(lambda: worker.connections[2].messages_in, "the neighbour to be heard")
        client.close()
        end = sink.wait_for(Closed)[0]
    assert end.id == 1
    assert end.bytes_out + end.unsent == size
    if name in PASSING:
        assert (got, end.unsent, end.reason) == (size, 0, "peer closed")
    else:
        assert got <= end.bytes_out < size
    assert worker.buffers.total == 0


def test_answers_that_were_joined_and_could_not_be_sent_are_told() -> None:
    """When the one send for many pipelined answers fails, their bytes are told as unsent."""
    worker = Worker("http://127.0.0.1:0")
    replies.install(worker, "hello")
    failing(worker, "send", "ENOBUFS")
    with serving(worker) as sink:
        with connect(worker) as client:
            assert talk(client, GET * 3) == b""
        (closed,) = sink.wait_for(Closed)
        with connect(worker) as neighbour:
            one = len(talk(neighbour, GET))
    assert (closed.messages_out, closed.bytes_out, closed.unsent) == (3, 0, 3 * one)
    assert closed.reason == "no buffer space available"
    assert one > len(replies.HELLO)


def test_an_error_answer_that_does_not_fit_at_once_follows() -> None:
    """When the socket takes nothing of an answer the protocol gives by itself, it is sent as soon as it does."""
    worker = Worker("http://127.0.0.1:0")
    replies.install(worker, "hello")
    failing(worker, "send", "EAGAIN")
    with serving(worker) as sink:
        with connect(worker) as client:
            assert talk(client, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        (closed,) = sink.wait_for(Closed)
    assert (closed.messages_out, closed.unsent) == (1, 0)


def test_the_poller_may_refuse_a_change() -> None:
    """When the kernel does not take a change of interest, that connection ends at once and is told, no other."""
    worker = Worker("127.0.0.1:0", limits=Limits(max_buffer=15_000_000))
    worker.on_message = lambda connection, message: connection.send(b"x" * 15_000_000)
    update = worker.loop.update
    fails = [errno.ENOMEM]

    def failing_update(fd: int, mask: int) -> None:
        if fails:
            raise OSError(fails.pop(), "injected")
        update(fd, mask)

    worker.loop.update = failing_update  # type: ignore[method-assign]
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"go")
        sink.wait_for(Noted)
        assert len(read_all(client)) == 15_000_000
        client.close()
        (closed,) = sink.wait_for(Closed)
        neighbour.sendall(b"go")
        assert read_exactly(neighbour, 1) == b"x"
    assert (closed.id, closed.reason, closed.unsent) == (1, "on_message failed", 0)


@pytest.mark.parametrize("poller", list(pollers()))
def test_a_socket_closed_behind_our_back_ends_its_connection(poller: str) -> None:
    """A program that closes the socket itself, by the way out, ends that connection: told once, the server goes on."""
    worker = Worker("127.0.0.1:0", poller=poller)

    def close_it(connection: Any, message: Any) -> None:
        if message == b"close":
            connection.socket.close()
        connection.send(message)

    worker.on_message = close_it
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"close")
        (closed,) = sink.wait_for(Closed)
        neighbour.sendall(b"hello")
        assert read_exactly(neighbour, 5) == b"hello"
        assert list(worker.connections) == [2]
    assert (closed.id, closed.reason) == (1, "bad file descriptor")


@pytest.mark.parametrize("name", ERRORS)
def test_accept_may_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of `accept` costs at most a second; those of a client that waited cost nothing, and no error spins."""
    fails = [getattr(errno, name)]
    accept = socket.socket.accept
    calls = 0

    def failing_accept(self: socket.socket) -> Any:
        nonlocal calls
        calls += 1
        if fails:
            raise OSError(fails.pop(), "injected")
        return accept(self)

    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    monkeypatch.setattr("tuiserver.engine.listener.RETRY", 0.05)
    monkeypatch.setattr(socket.socket, "accept", failing_accept)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello")
        assert read_exactly(client, 5) == b"hello"
    exhausted = name in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
    assert len(sink.notes()) == (1 if exhausted else 0)
    assert calls < 10


def test_an_accept_that_always_fails_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the error, one that does not go away is rested upon, and said once."""
    calls = 0

    def failing_accept(self: socket.socket) -> Any:
        nonlocal calls
        calls += 1
        raise OSError(errno.EINVAL, "injected")

    worker = Worker("127.0.0.1:0")
    monkeypatch.setattr("tuiserver.engine.listener.RETRY", 0.05)
    monkeypatch.setattr(socket.socket, "accept", failing_accept)
    with serving(worker) as sink, connect(worker):
        sink.wait_for(Noted)
        time.sleep(0.2)
        assert calls < 16 * 10
    assert len(sink.notes()) == 1


@pytest.mark.parametrize("name", ["ENOMEM", "ENOSPC"])
def test_the_poller_may_refuse_a_client(name: str) -> None:
    """When the kernel has no memory to watch one more, that client is refused with a note, the next is served."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    watch = worker.loop.watch
    fails = [getattr(errno, name)]

    def failing_watch(fd: int, handler: Any, mask: int) -> None:
        if fails and not isinstance(handler, Listener):
            raise OSError(fails.pop(), "injected")
        watch(fd, handler, mask)

    worker.loop.watch = failing_watch  # type: ignore[method-assign]
    with serving(worker) as sink:
        with connect(worker) as refused:
            assert talk(refused, b"x") == b""
        with connect(worker) as client:
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
    assert [note.text.startswith("a client is refused: ") for note in sink.notes()] == [True]


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"
STAGES = {
    "before a byte": b"",
    "mid_message in the line": GET[:7],
    "mid_message in the head": GET[:20],
    "mid_message in the body": POST,
}
STAGES |= {"after a request": GET, "after many": GET * 500, "after garbage": b"\x00\xff\n"}


@pytest.mark.parametrize("leave", ["reset", "end", "shut and vanish"])
@pytest.mark.parametrize("stage", STAGES)
def test_clients_may_go_at_any_moment(stage: str, leave: str) -> None:
    """A reset or an end at every stage of an exchange: one end with a reason, no word of complaint, the next is served."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    with serving(worker) as sink:
        client = connect(worker)
        client.sendall(STAGES[stage])
        if leave == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        elif leave == "shut and vanish":
            client.shutdown(socket.SHUT_WR)
        client.close()
        (closed,) = sink.wait_for(Closed)
        with connect(worker) as neighbour:
            neighbour.sendall(GET)
            assert neighbour.recv(15) == b"HTTP/1.1 200 OK"
    assert closed.reason in ("peer closed", "reset by peer")
    assert sink.notes() == []


@pytest.mark.parametrize("leave", ["reset", "end"])
@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_clients_may_go_while_the_answer_is_sent(protocol: str, leave: str) -> None:
    """One that leaves in the middle of a long answer ends once; what it did not take is told to the byte."""
    size = 15_000_000
    worker = Worker(f"{protocol}://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"x" * size)
    with serving(worker) as sink:
        client = connect(worker)
        client.sendall(GET)
        assert len(read_exactly(client, 100_000)) == 100_000
        if leave == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "reset by peer"
    assert closed.unsent > 0
    head = closed.bytes_out + closed.unsent - size
    assert head == 0 if protocol == "tcp" else 0 < head < 200
    assert worker.buffers.total == 0
    assert sink.notes() == []


def test_connect_and_vanish() -> None:
    """Clients that reset before they are accepted leave nothing behind."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    worker.bind()
    for _ in range(50):
        client = connect(worker)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    with serving(worker) as sink:
        with connect(worker) as client:
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
        wait_until(lambda: not worker.connections, "everybody to leave")
    assert len(sink.of(Connected)) == len(sink.of(Closed))
    assert sink.notes() == []


def test_half_finished_requests_do_not_hold_up_the_others() -> None:
    """Two hundred that sit there with half a request, and a normal client is answered within a second."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    with serving(worker) as sink:
        idle = [connect(worker) for _ in range(200)]
        for client in idle:
            client.sendall(GET[:20])
        sink.wait_for(Connected, 200)
        begin = time.monotonic()
        with connect(worker) as client:
            client.sendall(GET)
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert time.monotonic() - begin < 1
        for client in idle:
            client.close()
        sink.wait_for(Closed, 201)


def test_a_slow_callback_delays_the_others_by_no_more_than_itself() -> None:
    """While a callback sleeps 200 ms the others wait, then they are served at once; one note."""
    worker = Worker("127.0.0.1:0")

    def on_message(connection: Any, message: Any) -> None:
        if message == b"slow":
            time.sleep(0.2)
        connection.send(message)

    worker.on_message = on_message
    with serving(worker) as sink, connect(worker) as slow, connect(worker) as quick:
        sink.wait_for(Connected, 2)
        slow.sendall(b"slow")
        begin = time.monotonic()
        quick.sendall(b"quick")
        assert read_exactly(quick, 5) == b"quick"
        assert time.monotonic() - begin < 0.2 + 0.3
        assert read_exactly(slow, 4) == b"slow"
        wait_until(lambda: sink.of(Noted), "the note")
    assert len(sink.of(Noted)) == 1


def test_a_fault_of_our_own_costs_one_connection() -> None:
    """Should our own code fail in one connection, that one ends with a traceback in the log, the others go on."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = echo

    def broken(connection: Any) -> None:
        connection._protocol = object()

    worker.on_connect = lambda connection: broken(connection) if connection.id == 1 else None
    with serving(worker) as sink:
        with connect(worker) as first:
            first.sendall(b"x")
            (closed,) = sink.wait_for(Closed)
        with connect(worker) as second:
            second.sendall(b"hello")
            assert read_exactly(second, 5) == b"hello"
    assert closed.id == 1
    assert "Traceback" in sink.notes()[0].detail


def test_a_fault_while_accepting_is_rested_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should our own code fail while accepting, accepting is tried again."""
    monkeypatch.setattr("tuiserver.engine.listener.RETRY", 0.02)
    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    begin: Callable[..., Any] = worker._begin
    fails = [ZeroDivisionError("ours")]

    def broken(*args: Any) -> Any:
        if fails:
            raise fails.pop()
        return begin(*args)

    worker._begin = broken  # type: ignore[method-assign]
    with serving(worker) as sink, connect(worker) as first, connect(worker) as second:
        second.sendall(b"hello")
        assert read_exactly(second, 5) == b"hello"
        del first
    assert "ZeroDivisionError".lower() in sink.notes()[0].text


def test_a_view_that_fails_is_left_out() -> None:
    """A sink that raises is dropped with a note; the server and the other views go on."""

    class Broken(RecordingSink):
        def put(self, events: list[Any]) -> None:
            raise OSError("no space")

    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    worker.add_sink(Broken())
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello")
        assert read_exactly(client, 5) == b"hello"
        sink.wait_for(Noted)
    assert "a view failed" in sink.notes()[0].text
