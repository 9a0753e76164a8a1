"""Half-close: a peer that has finished sending, and is owed an answer, can still be answered."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

from tests.support.serving import RecordingSink, connect, in_loop, read_all, read_exactly, serving, wait_until
from tuiserver.core.codes import CloseCode, PauseCode
from tuiserver.core.commands import Close, Pause, Send
from tuiserver.core.events import Closed, Connected, Ended, Paused, Received, Sent
from tuiserver.core.limits import Limits
from tuiserver.engine.half_close import is_owed_answer
from tuiserver.programs import replies
from tuiserver.worker import Worker

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` send a reset (socket(7))."""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def make_worker(half_close: float = 60.0, address: str = "raw://127.0.0.1:0", **limits: Any) -> Worker:
    """A worker whose program answers nothing."""
    return Worker(address, limits=Limits(half_close=half_close, **limits))


def finish(client: socket.socket, data: bytes = b"hello") -> None:
    """Send, then shut down writing."""
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)


def test_an_operator_answers_a_peer_that_has_finished() -> None:
    """It is ended and open; each answer arrives, and the rest of the time remains for more."""
    worker = make_worker()
    with serving(worker) as sink, connect(worker) as client:
        finish(client)
        (ended,) = sink.wait_for(Ended)
        assert (ended.id, ended.seconds) == (1, 60.0)
        connection = worker.connections[1]
        assert (connection.is_open, connection.ended) == (True, True)
        for answer in (b"one", b"two"):
            worker.call_threadsafe(worker.handle, Send(1, answer, token=7))
            assert read_exactly(client, 3) == answer
        assert in_loop(worker, lambda: connection.ended)
        worker.call_threadsafe(worker.handle, Close(1))
        assert read_all(client) == b""
        (closed,) = sink.wait_for(Closed)
    assert closed.code == CloseCode.OPERATOR_CLOSED
    assert sink.notes() == []
    assert worker.server.half_close.events == {}


@pytest.mark.parametrize("address", ["raw://127.0.0.1:0", "http://127.0.0.1:0"])
def test_a_program_answers_by_a_timer(address: str) -> None:
    """What it sends in that turn is delivered; then the connection is closed, long before the time has passed."""
    worker = make_worker(address=address)

    def answer(connection: Any) -> None:
        connection.send(b"the ")
        if address.startswith("raw"):
            connection.send(b"answer")

    worker.on_message = lambda connection, message: worker.call_later(0.1, answer, connection)
    with serving(worker) as sink, connect(worker) as client:
        finish(client, GET)
        assert read_all(client).endswith(b"the answer" if address.startswith("raw") else b"the ")
        (closed,) = sink.wait_for(Closed)
    assert closed.code in (CloseCode.PEER_CLOSED, CloseCode.ANSWERED)
    assert next(type(event) for event in sink.events if isinstance(event, Ended | Sent | Closed)) is Ended


@pytest.mark.parametrize("reply", ["echo", "hello"])
def test_built_in_replies_close_when_they_have_answered(reply: str) -> None:
    """Where we spoke last, the end of the peer is the end: there is no `Ended`."""
    worker = make_worker(address="127.0.0.1:0")
    replies.install(worker, reply)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client)
        (closed,) = sink.wait_for(Closed)
    assert closed.code in (CloseCode.PEER_CLOSED, CloseCode.ANSWERED)
    assert closed.closing_at > 0


def test_a_peer_that_says_nothing_is_owed_nothing() -> None:
    """Also after a greeting of ours, and where the operator had the last word."""
    worker = make_worker()
    with serving(worker) as sink, connect(worker) as silent, connect(worker) as answered:
        answered.sendall(b"hello")
        sink.wait_for(Received)
        worker.call_threadsafe(worker.handle, Send(sink.of(Received)[0].id, b"hi"))
        assert read_exactly(answered, 2) == b"hi"
        for client in (silent, answered):
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == b""
        closed = sink.wait_for(Closed, 2)
    assert {event.code for event in closed} == {CloseCode.PEER_CLOSED}
    assert not sink.of(Ended)


@pytest.mark.parametrize(
    ("half_close", "answer", "code"),
    [(0.2, False, CloseCode.NOT_ANSWERED), (0.2, True, CloseCode.PEER_CLOSED), (0.0, False, CloseCode.PEER_CLOSED)],
)
def test_the_time_for_an_answer_is_limited(half_close: float, answer: bool, code: str) -> None:
    """Then it is closed, with a code that says whether it was answered; 0 closes at once."""
    worker = make_worker(half_close)
    with serving(worker) as sink, connect(worker) as client:
        finish(client)
        if answer:
            sink.wait_for(Ended)
            worker.call_threadsafe(worker.handle, Send(1, b"hi"))
        assert read_all(client) == (b"hi" if answer else b"")
        (closed,) = sink.wait_for(Closed)
    assert closed.code == code
    assert len(sink.of(Ended)) == bool(half_close)
    if code == CloseCode.NOT_ANSWERED:
        assert closed.reason == "closed by peer, not answered within 0.2 s"


def test_on_end_may_answer() -> None:
    """It is called once, when everything has been delivered, and what it sends is the last word."""
    worker = make_worker()
    calls: list[tuple[int, bool, int]] = []

    @worker.on_end
    def answer(connection: Any) -> None:
        calls.append((connection.id, connection.is_open, connection.bytes_in))
        connection.send(b"%d bytes" % connection.bytes_in)
        connection.send(b" in all")

    with serving(worker) as sink, connect(worker) as client:
        finish(client, b"x" * 1000)
        assert read_all(client) == b"1000 bytes in all"
        sink.wait_for(Closed)
    assert calls == [(1, True, 1000)]
    assert not sink.of(Ended)


def test_on_end_may_raise_or_close() -> None:
    """What it raises closes that connection; a close of its own has its own reason."""
    worker = make_worker()

    def end(connection: Any) -> None:
        if connection.id == 1:
            raise ValueError("at the end")
        connection.close("enough", "enough")

    worker.on_end = end
    with serving(worker) as sink:
        for code in (CloseCode.CALLBACK_FAILED, "enough"):
            with connect(worker) as client:
                finish(client)
                assert read_all(client) == b""
            assert sink.wait_for(Closed, 1 if code != "enough" else 2)[-1].code == code


@pytest.mark.parametrize("paused", [False, True])
def test_a_reset_while_ended_closes_it_at_once(paused: bool) -> None:
    """Without a busy loop: a hang-up that no interest switches off is noticed, and the code says what it was."""
    worker = make_worker()
    with serving(worker) as sink:
        client = connect(worker)
        finish(client)
        sink.wait_for(Ended)
        if paused:
            worker.call_threadsafe(worker.handle, Pause(1, token=3))
            assert sink.wait_for(Paused)[0].code == PauseCode.OPERATOR
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.code == CloseCode.PEER_RESET


def test_what_is_buffered_for_an_ended_peer_is_sent() -> None:
    """A large answer of the operator arrives whole, though the server stops meanwhile."""
    size = 8_000_000
    worker = make_worker()
    with serving(worker) as sink, connect(worker) as client:
        finish(client)
        sink.wait_for(Ended)
        worker.call_threadsafe(worker.handle, Send(1, b"x" * size))
        wait_until(lambda: worker.connections[1].unsent > 0, "a full buffer")
        assert in_loop(worker, lambda: worker.connections[1].ended)
        worker.loop.call_threadsafe(worker.server.stop, 5.0)
        assert len(read_all(client)) == size
        (closed,) = sink.wait_for(Closed)
    assert (closed.code, closed.unsent) == (CloseCode.SERVER_STOPPED, 0)


def test_an_answer_larger_than_the_buffer_is_complete_once_it_has_left() -> None:
    """The program is notified that the buffer has drained and sends no more: then the connection ends, before its time."""
    worker = make_worker(max_buffer=1024)
    drained: list[int] = []
    worker.on_buffer_drain = lambda connection: drained.append(connection.id)
    worker.on_message = lambda connection, message: worker.call_later(0.05, connection.send, b"x" * 8_000_000)
    with serving(worker) as sink, connect(worker) as client:
        finish(client)
        sink.wait_for(Ended)
        assert len(read_all(client)) == 8_000_000
        (closed,) = sink.wait_for(Closed)
    assert (closed.code, drained) == (CloseCode.PEER_CLOSED, [1])


def test_a_misuse_leaves_it_ended() -> None:
    """What cannot be sent raises, as on any connection, and the right answer can still follow."""
    worker = make_worker()
    with serving(worker) as sink, connect(worker) as client:
        finish(client)
        sink.wait_for(Ended)
        connection = worker.connections[1]

        def misuse() -> str:
            with pytest.raises(TypeError):
                connection.send(object())
            return "ended" if connection.ended and is_owed_answer(connection) else "not ended"

        assert in_loop(worker, misuse) == "ended"
        in_loop(worker, lambda: connection.send("answer") and connection.close() is None)
        assert read_all(client) == b"answer"
        assert in_loop(worker, lambda: connection.send(b"too late")) is False


def test_a_late_sink_knows_that_a_peer_has_ended() -> None:
    """The snapshot has the same event, so the same time is left."""
    worker = make_worker(idle_timeout=0.1)  # which is about peers that may still say something
    with serving(worker) as early, connect(worker) as client:
        finish(client)
        (ended,) = early.wait_for(Ended)
        late = RecordingSink()
        worker.add_sink(late)
        (known,) = late.wait_for(Ended)
        assert known.at == pytest.approx(ended.at, abs=0.001)
        assert (known.id, known.seconds) == (ended.id, ended.seconds)
        assert [type(event) for event in late.events].index(Connected) < late.events.index(known)


def test_pipelined_requests_are_all_answered_after_the_end() -> None:
    """HTTP: the connection closes after the last answer, not after the first."""
    worker = make_worker(address="http://127.0.0.1:0")
    pending: list[Any] = []
    worker.on_message = lambda connection, request: pending.append(connection)
    with serving(worker) as sink, connect(worker) as client:
        finish(client, GET * 3)
        sink.wait_for(Ended)
        for _ in pending:
            in_loop(worker, lambda: pending[0].send(b"answer"))
        assert read_all(client).count(b"answer") == 3
        (closed,) = sink.wait_for(Closed)
    assert closed.code == CloseCode.ANSWERED
