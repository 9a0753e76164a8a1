"""Injected faults: every call of a socket or poller that can fail does. At most one connection ends, and the server continues.

Each test checks that its fault was reached: a fault that is never raised proves nothing.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.serving import RecordingSink, connect, read_all, read_exactly, serving, wait_until
from tuiserver.core.codes import CloseCode, NoteCode
from tuiserver.core.events import Closed, Connected, Noted, Sent
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.listener import MAX_FAILURES, Listener
from tuiserver.engine.pollers import pollers
from tuiserver.programs import replies
from tuiserver.protocols.base import ProtocolBase
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
RETRIABLE = {"EINTR", "EAGAIN"}
"""Errors after which the same call may be repeated."""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Fault:
    """An error that the socket call `call` raises once, after `after` successful calls."""

    def __init__(self, call: str, name: str, after: int = 0) -> None:
        self.call, self.number, self.after = call, getattr(errno, name), after
        self.reached = False

    def check(self, call: str) -> None:
        """Raise the error if it is due at this call."""
        if self.reached or call != self.call:
            return
        if self.after:
            self.after -= 1
            return
        self.reached = True
        raise OSError(self.number, os.strerror(self.number))


class FailingSocket(socket.socket):
    """The socket of a client, with a fault in it."""

    fault: Fault

    def recv(self, *args: Any) -> bytes:
        """As `socket.recv`."""
        self.fault.check("recv")
        return super().recv(*args)

    def send(self, *args: Any) -> int:
        """As `socket.send`."""
        self.fault.check("send")
        return super().send(*args)

    def shutdown(self, how: int) -> None:
        """As `socket.shutdown`."""
        self.fault.check("shutdown")
        super().shutdown(how)

    def setsockopt(self, *args: Any) -> None:
        """As `socket.setsockopt`."""
        self.fault.check("setsockopt")
        super().setsockopt(*args)

    def setblocking(self, flag: bool) -> None:
        """As `socket.setblocking`."""
        self.fault.check("setblocking")
        super().setblocking(flag)

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        self.fault.check("getsockname")
        return super().getsockname()

    def close(self) -> None:
        """As `socket.close`: the descriptor is released even if it fails (close(2))."""
        super().close()
        self.fault.check("close")


@pytest.fixture
def inject(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`inject(call, name, after=0)` puts a `Fault` into the first socket that is accepted."""
    accept = socket.socket.accept

    def inject(call: str, name: str, after: int = 0) -> Fault:
        fault = Fault(call, name, after)
        armed = [True]

        def accept_failing(self: socket.socket) -> tuple[socket.socket, Any]:
            sock, peer = accept(self)
            if armed:
                armed.clear()
                failing = FailingSocket(fileno=sock.detach())
                failing.fault = fault
                sock = failing
            return sock, peer

        monkeypatch.setattr(socket.socket, "accept", accept_failing)
        return fault

    return inject


def echo(connection: Any, message: Any) -> None:
    """Send the message back; then close or abort if it says so."""
    connection.send(message)
    if message == b"close":
        connection.close()
    elif message == b"abort":
        connection.abort()


def exchange(client: socket.socket, data: bytes) -> bytes:
    """Send `data` and shut down writing; return what is read until the end or a reset."""
    try:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)
    except OSError:
        return b""


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("call", ["recv", "send", "shutdown", "setsockopt", "setblocking", "getsockname", "close"])
def test_any_call_may_fail(inject: Any, call: str, name: str) -> None:
    """Another client is served, each connection is closed once, and no bytes remain queued."""
    worker = Worker(":0")
    worker.on_message = echo
    fault = inject(call, name)
    with serving(worker) as sink:
        with connect(worker) as client:
            answer = exchange(client, b"abort" if call == "setsockopt" else b"close")
            if call in ("recv", "send") and name in RETRIABLE:
                assert answer == b"close"
        with connect(worker) as neighbour:
            neighbour.sendall(b"hello")
            assert read_exactly(neighbour, 5) == b"hello"
        refused = call in ("setblocking", "getsockname")
        closed = sink.wait_for(Closed, 1 if refused else 2)
        wait_until(lambda: not worker.connections, "all connections to close")
    assert fault.reached
    assert len(closed) == len(sink.of(Connected)) == (1 if refused else 2)
    assert len({event.id for event in closed}) == len(closed)
    assert all(event.reason and event.code for event in closed)
    assert len(sink.notes()) == (1 if refused else 0)
    assert worker.server.buffers.total == 0
    assert worker.failure is None


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize(("call", "after"), [("recv", 1), ("send", 1), ("send", 2)])
def test_any_call_may_fail_while_an_answer_is_being_sent(inject: Any, call: str, after: int, name: str) -> None:
    """Each byte of a slow answer is sent or counted as unsent; a retriable error loses nothing."""
    size = 15_000_000
    worker = Worker(
        "127.0.0.1:0", limits=Limits(max_buffer=size, half_close=0.1), options=SocketOptions(send_buffer=65_536)
    )
    worker.on_message = lambda connection, message: connection.send(b"x" * size) if message == b"go" else None
    fault = inject(call, name, after)
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"go")
        sink.wait_for(Sent)
        received = 0
        try:
            client.sendall(b"more")
            while received < size and (data := client.recv(1 << 20)):
                received += len(data)
        except ConnectionError:
            pass
        neighbour.sendall(b"hello")
        wait_until(lambda: worker.connections[2].messages_in, "the message of the neighbour")
        client.close()
        closed = sink.wait_for(Closed)[0]
    assert fault.reached
    assert closed.id == 1
    assert closed.bytes_out + closed.unsent == size
    if name in RETRIABLE:
        assert (received, closed.unsent, closed.code) == (size, 0, CloseCode.NOT_ANSWERED)
    else:
        assert received <= closed.bytes_out < size
    assert worker.server.buffers.total == 0


def test_pipelined_answers_that_cannot_be_sent_are_counted_as_unsent(inject: Any) -> None:
    """Answers to pipelined requests share one `send`; when it fails, the bytes of all of them are unsent."""
    worker = Worker("http://127.0.0.1:0")
    replies.install(worker, "hello")
    fault = inject("send", "ENOBUFS")
    with serving(worker) as sink:
        with connect(worker) as client:
            assert exchange(client, GET * 3) == b""
        (closed,) = sink.wait_for(Closed)
        with connect(worker) as neighbour:
            size = len(exchange(neighbour, GET))
    assert fault.reached
    assert (closed.messages_out, closed.bytes_out, closed.unsent) == (3, 0, 3 * size)
    assert closed.reason == "no buffer space available"
    assert size > len(replies.HELLO)


def test_an_error_answer_that_cannot_be_sent_at_once_is_sent_later(inject: Any) -> None:
    """When the socket does not take the answer of the protocol itself, it is queued."""
    worker = Worker("http://127.0.0.1:0")
    replies.install(worker, "hello")
    fault = inject("send", "EAGAIN")
    with serving(worker) as sink:
        with connect(worker) as client:
            assert exchange(client, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        (closed,) = sink.wait_for(Closed)
    assert fault.reached
    assert (closed.messages_out, closed.unsent) == (1, 0)


def test_the_poller_may_refuse_a_change() -> None:
    """When a change of interest fails, that connection is closed and noted, and no other one."""
    worker = Worker("127.0.0.1:0", limits=Limits(max_buffer=15_000_000))
    worker.on_message = lambda connection, message: connection.send(b"x" * 15_000_000)
    update = worker.loop.update
    faults = [errno.ENOMEM]

    def failing_update(fd: int, mask: int) -> None:
        if faults:
            raise OSError(faults.pop(), "injected")
        update(fd, mask)

    worker.loop.update = failing_update  # type: ignore[method-assign]
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"go")
        sink.wait_for(Noted)
        assert not faults
        assert len(read_all(client)) == 15_000_000
        client.close()
        (closed,) = sink.wait_for(Closed)
        neighbour.sendall(b"go")
        assert read_exactly(neighbour, 1) == b"x"
    assert (closed.id, closed.code, closed.unsent) == (1, CloseCode.CALLBACK_FAILED, 0)


@pytest.mark.parametrize("poller", list(pollers()))
def test_a_socket_that_the_program_closes_ends_its_connection(poller: str) -> None:
    """A program that closes the socket instead of the connection ends that connection only."""
    worker = Worker("127.0.0.1:0", poller=poller)

    def close_socket(connection: Any, message: Any) -> None:
        if message == b"close":
            connection.socket.close()
        connection.send(message)

    worker.on_message = close_socket
    with serving(worker) as sink, connect(worker) as client, connect(worker) as neighbour:
        client.sendall(b"close")
        (closed,) = sink.wait_for(Closed)
        neighbour.sendall(b"hello")
        assert read_exactly(neighbour, 5) == b"hello"
        assert list(worker.connections) == [2]
    assert (closed.id, closed.reason) == (1, "socket closed by program")


@pytest.mark.parametrize("name", ERRORS)
def test_accept_may_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is accepted later; only exhausted resources are noted, and no error is retried in a busy loop."""
    faults = [getattr(errno, name)]
    accept = socket.socket.accept
    calls = 0

    def failing_accept(self: socket.socket) -> Any:
        nonlocal calls
        calls += 1
        if faults:
            raise OSError(faults.pop(), "injected")
        return accept(self)

    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    monkeypatch.setattr("tuiserver.engine.listener.RETRY", 0.05)
    monkeypatch.setattr(socket.socket, "accept", failing_accept)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello")
        assert read_exactly(client, 5) == b"hello"
    assert not faults
    exhausted = name in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
    assert len(sink.notes()) == (1 if exhausted else 0)
    assert calls < 10


def test_an_accept_that_always_fails_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried again."""
    calls = 0

    def failing_accept(self: socket.socket) -> Any:
        nonlocal calls
        calls += 1
        raise OSError(errno.EINVAL, "injected")

    worker = Worker("127.0.0.1:0")
    monkeypatch.setattr("tuiserver.engine.listener.RETRY", 0.01)
    monkeypatch.setattr(socket.socket, "accept", failing_accept)
    with serving(worker) as sink, connect(worker):
        wait_until(lambda: calls >= 3 * MAX_FAILURES, "accept to be tried again")
    assert len(sink.notes()) == 1


@pytest.mark.parametrize("name", ["ENOMEM", "ENOSPC"])
def test_the_poller_may_refuse_a_client(name: str) -> None:
    """When the kernel has no memory to watch another descriptor, that client is refused and noted; the next is served."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    watch = worker.loop.watch
    faults = [getattr(errno, name)]

    def failing_watch(fd: int, handler: Any, mask: int) -> None:
        if faults and not isinstance(handler, Listener):
            raise OSError(faults.pop(), "injected")
        watch(fd, handler, mask)

    worker.loop.watch = failing_watch  # type: ignore[method-assign]
    with serving(worker) as sink:
        with connect(worker) as refused:
            assert exchange(refused, b"x") == b""
        assert not faults
        with connect(worker) as client:
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
    assert [note.code for note in sink.notes()] == [NoteCode.CLIENT_REFUSED]


class BrokenOnce(ProtocolBase):
    """A protocol with a bug: it raises at the first message of all connections."""

    name = "broken"
    faults: list[Exception]

    def receive(self, data: bytes) -> Sequence[Any]:
        """As `Protocol.receive`."""
        if self.faults:
            raise self.faults.pop()
        return (data,)


def test_an_error_in_a_protocol_ends_one_connection() -> None:
    """The log gets the traceback, `on_error` the error, and other clients are served."""
    BrokenOnce.faults = [ZeroDivisionError("ours")]
    worker = Worker("127.0.0.1:0", protocol=BrokenOnce)
    worker.on_message = echo
    errors: list[str] = []
    worker.on_error = lambda connection, error: errors.append(str(error))
    with serving(worker) as sink:
        with connect(worker) as first:
            first.sendall(b"x")
            (closed,) = sink.wait_for(Closed)
        with connect(worker) as second:
            second.sendall(b"hello")
            assert read_exactly(second, 5) == b"hello"
    assert not BrokenOnce.faults
    assert (closed.id, closed.code, errors) == (1, CloseCode.INTERNAL_ERROR, ["ours"])
    assert "ZeroDivisionError: ours" in sink.notes()[0].detail


def test_a_protocol_that_cannot_be_made_refuses_its_client() -> None:
    """The client is refused, the error is noted, and the next client is served."""
    faults = [ZeroDivisionError("ours")]

    def create() -> ProtocolBase:
        if faults:
            raise faults.pop()
        return ProtocolBase()

    worker = Worker("127.0.0.1:0", protocol=create)
    worker.on_message = echo
    with serving(worker) as sink:
        with connect(worker) as first:
            assert first.recv(1) == b""
        with connect(worker) as second:
            second.sendall(b"hello")
            assert read_exactly(second, 5) == b"hello"
    assert not faults
    assert "ZeroDivisionError" in sink.notes()[0].text
    assert [event.id for event in sink.of(Connected)] == [1]


def test_a_sink_that_fails_is_removed() -> None:
    """A sink that raises is removed and noted; the server and the other sinks go on."""

    class Broken(RecordingSink):
        def put(self, events: list[Any]) -> None:
            raise OSError("no space")

    worker = Worker("127.0.0.1:0")
    worker.on_message = echo
    worker.add_sink(Broken())
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello")
        assert read_exactly(client, 5) == b"hello"
        (note,) = sink.wait_for(Noted)
    assert note.code == NoteCode.SINK_FAILED


class Wordless(Exception):
    """Its `str()` raises an exception."""

    def __str__(self) -> str:
        return self.args[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("error", [Wordless(404), SystemExit(3)], ids=["no text", "SystemExit"])
@pytest.mark.parametrize("name", ["connect", "message", "close", "error", "timer", "call"])
def test_no_exception_of_a_program_ends_the_server(name: str, error: BaseException) -> None:
    """Wherever it is raised, and whatever it is, it is noted and the next client is served."""
    worker = Worker("127.0.0.1:0")
    served = False

    def fail(*args: object) -> None:
        if not served:
            raise error

    def answer(connection: Any, message: bytes) -> None:
        if name == "message":
            fail()
        if name == "error" and not served:
            raise ValueError("first")
        connection.send(message)

    worker.on_message = answer
    if name in ("connect", "close", "error"):
        setattr(worker, f"on_{name}", fail)
    with serving(worker) as sink:
        if name in ("timer", "call"):
            worker.call_threadsafe(worker.call_later, 0.0, fail) if name == "timer" else worker.call_threadsafe(fail)
        else:
            with connect(worker) as client:
                client.sendall(b"x")
                read_exactly(client, 1)
            sink.wait_for(Closed)
        sink.wait_for(Noted)
        served = True
        with connect(worker) as client:
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
    assert any(type(error).__name__ in note.text for note in sink.of(Noted))


@pytest.mark.parametrize("how", ["close", "detach", "os.close"])
@pytest.mark.parametrize("poller", list(pollers()))
def test_the_next_client_gets_the_descriptor_that_a_program_closed(poller: str, how: str) -> None:
    """It is served, also after the first connection has ended, which is reported when the number is used again."""
    worker = Worker("127.0.0.1:0", poller=poller)
    released: list[bytes] = []

    def release(connection: Any, message: bytes) -> None:
        if message != b"release":
            connection.send(message)
        elif how == "close":
            connection.socket.close()
        else:
            os.close(connection.socket.detach() if how == "detach" else connection.socket.fileno())
        released.append(message)

    worker.on_message = release
    # `second` has its own descriptor before one is released: otherwise it would get that one.
    with serving(worker) as sink, connect(worker) as first, socket.socket() as second:
        second.settimeout(10)
        first.sendall(b"release")
        wait_until(lambda: released, "the callback")
        second.connect(("127.0.0.1", worker.addresses[0].port))
        second.sendall(b"hello")
        assert read_exactly(second, 5) == b"hello"
        (closed,) = sink.wait_for(Closed)
        assert (closed.id, closed.code) == (1, CloseCode.PROGRAM_CLOSED)
        second.sendall(b"again")
        assert read_exactly(second, 5) == b"again"


@pytest.mark.parametrize(
    "hook", ["on_connect", "on_message", "on_end", "on_close", "on_error", "on_buffer_full", "on_buffer_drain"]
)
def test_a_callback_that_would_never_run_is_refused(hook: str) -> None:
    """A coroutine function, a generator function, and objects and partial functions that wrap one."""
    worker = Worker("127.0.0.1:0")

    async def coroutine(*args: object) -> None: ...

    def generator(*args: object) -> Any:
        yield

    class Callable:
        async def __call__(self, *args: object) -> None: ...

    for callback in (coroutine, generator, Callable(), functools.partial(coroutine, 1)):
        with pytest.raises(TypeError, match=rf"{hook} is .*, which would never run"):
            setattr(worker, hook, callback)
        with pytest.raises(TypeError, match=r"a callback is .*, which would never run"):
            worker.call_later(0.0, callback)
        with pytest.raises(TypeError, match=r"a callback is .*, which would never run"):
            worker.call_threadsafe(callback)
    worker.stop()


def test_a_reason_that_is_no_text_ends_no_server() -> None:
    """A program gives a number or bytes as reason or code: they are reported as text."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.close(message, 404)  # type: ignore[arg-type]
    with serving(worker) as sink:
        for _ in range(2):
            with connect(worker) as client:
                client.sendall(b"x")
                assert read_all(client) == b""
        assert [(each.reason, each.code) for each in sink.wait_for(Closed, 2)] == [("b'x'", "404")] * 2
