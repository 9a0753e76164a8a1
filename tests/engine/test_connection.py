"""One connection from accept to close: every way to send, stall, close and disappear, on real sockets."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import sys
import threading
import time

import pytest

from tests.support.serving import LIMIT, RecordingSink, connect, in_loop, read_all, read_exactly, serving, wait_until
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import Closed, Connected, Noted, Paused, Received, Resumed, Sent, Skipped
from tuiserver.core.limits import OVERRUN, Limits
from tuiserver.engine.closing import LINGERING
from tuiserver.protocols.base import to_bytes
from tuiserver.worker import Worker

RESET = struct.pack("ii", 1, 0)


def make_worker(on_message=None, address="tcp://127.0.0.1:0", **options) -> Worker:
    """A worker on a port of the system's choice, with a callback."""
    worker = Worker(address, **options)
    if on_message is not None:
        worker.on_message = on_message
    return worker


def echo_worker(**options) -> Worker:
    """A worker that sends back what it gets."""
    return make_worker(lambda connection, message: connection.send(message), **options)


def test_echoes_and_counts_exactly():
    """An echo arrives; bytes and messages are counted in both directions, and the events have the same totals."""
    worker = echo_worker()
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello")
        assert read_exactly(client, 5) == b"hello"
        connection = worker.connections[1]
        host, port = client.getsockname()
        assert (connection.peer, connection.protocol) == (f"{host}:{port}", "raw")
        assert connection.local == worker.addresses[0].authority
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert [e.data for e in sink.of(Received)] == [b"hello"] == [e.data for e in sink.of(Sent)]
    assert (
        closed.reason,
        closed.bytes_in,
        closed.bytes_out,
        closed.messages_in,
        closed.messages_out,
        closed.unsent,
    ) == (
        "closed by peer",
        5,
        5,
        1,
        1,
        0,
    )
    assert worker.connections == {}


def test_a_message_larger_than_the_socket_buffer_arrives_complete():
    """What one `send` does not take is sent as the socket drains; every byte arrives, in order."""
    blob = bytes(range(256)) * 40_000
    worker = make_worker(lambda connection, message: connection.send(blob))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        assert hashlib.sha256(read_exactly(client, len(blob))).digest() == hashlib.sha256(blob).digest()
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.bytes_out, closed.unsent) == (len(blob), 0)


def test_half_close_then_read_the_answer():
    """A client that shuts down writing still gets everything that was queued for it, then the end."""
    blob = b"x" * 3_000_000
    worker = make_worker(lambda connection, message: connection.send(blob))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        client.shutdown(socket.SHUT_WR)
        assert len(read_all(client)) == len(blob)
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "closed by peer"


def test_a_reset_by_the_peer_has_its_own_reason():
    """The reason is `reset by peer`, and `on_error` gets the error before `on_close` is called."""
    called: list[str] = []
    worker = make_worker()
    worker.on_error = lambda connection, error: called.append(type(error).__name__)
    worker.on_close = lambda connection: called.append(connection.reason)
    with serving(worker) as sink:
        client = connect(worker)
        sink.wait_for(Connected)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "reset by peer"
    assert called == ["ConnectionResetError", "reset by peer"]


def test_close_flushes_then_waits_for_the_peer():
    """`close()` sends what is buffered, then the end of the stream; the connection ends when the peer closes."""
    blob = b"y" * 2_000_000

    def answer_and_close(connection, message):
        connection.send(blob)
        connection.close()
        assert not connection.is_open
        assert connection.send(b"too late") is False

    worker = make_worker(answer_and_close)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        assert len(read_all(client)) == len(blob)
        assert sink.of(Closed) == []
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "closed by program"
    assert sink.notes() == []


def test_the_last_bytes_reach_a_client_that_is_still_sending():
    """After `close()` the server reads on for a while, so that the client gets the answer and not a reset."""

    def refuse(connection, message):
        connection.send(b"no more, please")
        connection.close()

    worker = make_worker(refuse)
    with serving(worker), connect(worker) as client:
        for _ in range(50):
            client.sendall(b"z" * 20_000)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"no more, please"


def test_abort_resets():
    """`abort()` ends at once: the client sees a reset, and what was buffered is reported as unsent."""

    def fill_and_abort(connection, message):
        connection.send(b"x" * 15_000_000)
        connection.abort()

    worker = make_worker(fill_and_abort)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        (closed,) = sink.wait_for(Closed)
        with pytest.raises(ConnectionResetError):
            read_all(client)
    assert closed.reason == "reset by program"
    assert closed.unsent + closed.bytes_out == 15_000_000
    assert closed.unsent > 0


def test_a_callback_that_raises_closes_that_connection_only():
    """What `on_message` raises is noted with its traceback and closes that connection; another one is still served."""

    def picky(connection, message):
        if message == b"bad":
            raise KeyError("channel")
        connection.send(message)

    worker = make_worker(picky)
    with serving(worker) as sink, connect(worker) as good, connect(worker) as bad:
        bad.sendall(b"bad")
        assert read_all(bad) == b""
        bad.close()
        good.sendall(b"still here")
        assert read_exactly(good, 10) == b"still here"
        (closed,) = sink.wait_for(Closed)
        (noted,) = sink.notes()
    assert closed.reason == "on_message failed"
    assert noted.id == closed.id
    assert noted.text.startswith("on_message: KeyError: 'channel' (test_connection.py:")
    assert "Traceback" in noted.detail


def test_closing_another_connection_from_a_callback():
    """A callback may close or abort any connection, its own included, while iterating over all of them."""

    def end_everybody(connection, message):
        for other in connection.context.values():
            if other.id % 2:
                other.close("closed by a neighbour")
            else:
                other.abort("reset by a neighbour")

    worker = make_worker(end_everybody)
    worker.on_connect = lambda connection: setattr(connection, "context", worker.connections)
    with serving(worker) as sink, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(worker)) for _ in range(6)]
        sink.wait_for(Connected, 6)
        clients[2].sendall(b"now")
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                read_all(client)
            client.close()
        closed = sink.wait_for(Closed, 6)
    assert {e.id: e.reason for e in closed} == {
        number: f"{'closed' if number % 2 else 'reset'} by a neighbour" for number in range(1, 7)
    }


def test_a_slow_reader_is_not_read_and_loses_nothing():
    """Over `max_buffer` reading pauses until a quarter is left, with callbacks and events; every byte arrives."""
    called: list[str] = []
    worker = echo_worker(limits=Limits(max_buffer=100_000))
    worker.on_buffer_full = lambda connection: called.append("full")
    worker.on_buffer_drain = lambda connection: called.append("drain")
    size = 30_000_000
    with serving(worker) as sink, connect(worker) as client:
        sender = threading.Thread(target=lambda: client.sendall(b"e" * size))
        sender.start()
        sink.wait_for(Paused)
        assert in_loop(worker, lambda: worker.connections[1].unsent) < 100_000 + 2 * 65_536
        received = 0
        while received < size:
            received += len(client.recv(1 << 20))
        sender.join()
        wait_until(lambda: called.count("full") == called.count("drain") > 0, "the buffer to drain")
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.bytes_in, closed.bytes_out, closed.unsent) == (size, size, 0)
    assert {event.why for event in sink.of(Paused)} == {"send buffer full"}
    assert len(sink.of(Resumed)) == len(sink.of(Paused))
    assert worker.server.buffers.total == 0


def test_a_program_that_ignores_a_full_buffer_loses_the_connection():
    """At 16 times `max_buffer` the connection is reset with a reason; nothing was dropped silently before."""

    def flood(connection, message):
        while connection.send(b"f" * 10_000):
            pass

    worker = make_worker(flood, limits=Limits(max_buffer=100_000))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        (closed,) = sink.wait_for(Closed)
    assert "unsent bytes: the program sends more than the peer reads" in closed.reason
    assert closed.unsent > 1_600_000
    assert worker.server.buffers.total == 0


def test_many_slow_readers_together_are_bounded():
    """Over `max_buffered` no connection with unsent bytes is read until the total has fallen; all get their bytes."""
    worker = echo_worker(limits=Limits(max_buffered=1_000_000, max_buffer=10_000_000))
    size = 12_000_000
    with serving(worker), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(worker)) for _ in range(4)]
        senders = [threading.Thread(target=client.sendall, args=(b"m" * size,)) for client in clients]
        for sender in senders:
            sender.start()
        wait_until(lambda: worker.server.buffers.total > 1_000_000, "the buffers to fill")
        assert in_loop(worker, lambda: worker.server.buffers.total) < 1_000_000 + 4 * 65_536
        for client in clients:
            assert len(read_exactly(client, size)) == size
        for sender in senders:
            sender.join()
    assert worker.server.buffers.total == 0


def test_pause_reading_makes_the_peer_wait():
    """Of a paused connection not even the end of the stream is read; after it resumes, every byte arrives."""
    worker = make_worker(limits=Limits(half_close=0))
    worker.on_connect = lambda connection: connection.pause_reading()
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Paused)
        client.sendall(b"patience")
        client.shutdown(socket.SHUT_WR)
        assert in_loop(worker, lambda: worker.connections[1].bytes_in) == 0
        in_loop(worker, lambda: worker.connections[1].resume_reading() or True)
        (received,) = sink.wait_for(Received)
        sink.wait_for(Closed)
    assert received.data == b"patience"
    assert [event.why for event in sink.of(Paused)] == ["program"]


def test_a_paused_client_that_resets_is_noticed_without_spinning():
    """A reset ends a paused connection too."""
    worker = make_worker()
    worker.on_connect = lambda connection: connection.pause_reading()
    with serving(worker) as sink:
        client = connect(worker)
        sink.wait_for(Paused)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "reset by peer"


def test_a_slow_callback_is_noted_once():
    """A callback slower than 50 ms is noted once, however often it is slow; other clients are served after it."""
    worker = make_worker(lambda connection, message: (time.sleep(0.06), connection.send(message)))
    with serving(worker) as sink, connect(worker) as one, connect(worker) as two:
        for client in (one, two):
            client.sendall(b"x")
        for client in (one, two):
            assert read_exactly(client, 1) == b"x"
        worker.stop()
    notes = sink.of(Noted)
    assert len(notes) == 1
    assert notes[0].text.startswith("Reply took ")


def test_sends_text_and_refuses_what_is_neither():
    """Raw takes bytes, bytearray, memoryview, and text as UTF-8; anything else is a TypeError."""
    assert [to_bytes(x) for x in ("é", bytearray(b"b"), memoryview(b"m"))] == [b"\xc3\xa9", b"b", b"m"]
    with pytest.raises(TypeError, match="bytes or str, not int"):
        to_bytes(7)


def test_ids_are_counted_and_never_reused():
    """Each client gets the next number, although the system reuses descriptors."""
    worker = make_worker()
    with serving(worker) as sink:
        for number in range(1, 6):
            connect(worker).close()
            assert sink.wait_for(Closed, number)[-1].id == number
    assert [event.id for event in sink.of(Connected)] == [1, 2, 3, 4, 5]


def test_events_of_one_message_are_in_order():
    """`Received` comes before the `Sent` that answers it; `Closed` is last and comes once."""
    worker = echo_worker(program="mirror")
    with serving(worker) as sink, connect(worker) as client:
        for _ in range(3):
            client.sendall(b"m")
            read_exactly(client, 1)
        client.close()
        sink.wait_for(Closed)
    kinds = [type(e).__name__ for e in sink.events if type(e) in (Connected, Received, Sent, Closed)]
    assert kinds == ["Connected"] + ["Received", "Sent"] * 3 + ["Closed"]
    assert {event.by for event in sink.of(Sent)} == {"mirror"}


@pytest.mark.parametrize("poller", ["epoll", "poll", "select"])
def test_every_poller_serves(poller):
    """The same conversation, with partial writes, on each poller."""
    worker = echo_worker(poller=poller)
    with serving(worker), connect(worker) as client:
        sender = threading.Thread(target=client.sendall, args=(b"p" * 5_000_000,))
        sender.start()
        assert len(read_exactly(client, 5_000_000)) == 5_000_000
        sender.join()


def test_one_byte_at_a_time():
    """A writer of single bytes gets each of them back."""
    worker = echo_worker()
    with serving(worker), connect(worker) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"one at a time":
            client.sendall(bytes([byte]))
            assert read_exactly(client, 1) == bytes([byte])


def test_idle_connections_are_closed_with_a_reason():
    """With an idle timeout a silent client is closed; one that sends stays connected."""
    worker = echo_worker(limits=Limits(idle_timeout=0.3))
    with serving(worker) as sink, connect(worker) as silent, connect(worker) as talker:
        sink.wait_for(Connected, 2)
        silent.settimeout(0.05)
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            talker.sendall(b"x")
            assert read_exactly(talker, 1) == b"x"
            with contextlib.suppress(TimeoutError):
                assert silent.recv(1) == b""
                break
        silent.close()
        (closed,) = sink.wait_for(Closed)
        assert len(worker.connections) == 1
    assert closed.reason == "idle 0.3 s"


def test_http_is_idle_between_requests_but_not_while_one_waits():
    """The idle timeout counts between requests; a request that waits for the operator is not closed."""
    worker = make_worker(address="http://127.0.0.1:0", limits=Limits(idle_timeout=0.1))
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving(worker) as sink, connect(worker) as waits, connect(worker) as idles:
        waits.sendall(get)
        idles.sendall(get)
        sink.wait_for(Received, 2)
        worker.loop.call_threadsafe(lambda: [c.send(b"ok") for c in worker.connections.values() if c.id == 2])
        (closed,) = (
            sink.wait_for(Closed) if idles.recv(65536) and idles.recv(1) == b"" and idles.close() is None else ()
        )
        assert closed.reason == "idle 0.1 s"
        assert in_loop(worker, lambda: list(worker.connections)) == [1]


def test_an_http_client_that_sends_nothing_is_closed():
    """On an http address the client has to begin within `handshake_timeout`."""
    worker = make_worker(address="http://127.0.0.1:0", limits=Limits(handshake_timeout=0.1))
    with serving(worker) as sink, connect(worker) as client:
        assert client.recv(1) == b""
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "no request within 0.1 s"


def test_info_and_set_option():
    """`info()` reads the state of the kernel and `set_option` sets an option, both on the open socket."""
    worker = make_worker()
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        connection = worker.connections[1]
        client.sendall(b"x")
        sink.wait_for(Received)
        info = connection.info()
        connection.set_option(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        assert connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    if sys.platform == "linux":
        assert (info.state, info.retransmits, info.receive_queue, info.send_queue) == ("established", 0, 0, 0)
        assert 0 < info.rtt < 1
        assert info.send_mss > 500
        assert info.path_mtu >= info.send_mss


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_its_repr_has_the_id_and_the_peer():
    """As it appears in a log or a debugger."""
    worker = make_worker()
    with serving(worker) as sink, connect(worker):
        (connected,) = sink.wait_for(Connected)
        assert repr(worker.connections[1]) == f"<Connection #1 {connected.peer}>"


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_closing_at_the_first_of_pipelined_requests(size):
    """Of three requests sent at once the first is answered completely, and the others are not delivered."""
    delivered: list[str] = []

    def answer_and_close(connection, request):
        delivered.append(request.target)
        connection.send(b"x" * size)
        connection.close()
        connection.close("once is enough")

    worker = make_worker(answer_and_close, "http://127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET * 3)
        assert read_all(client).partition(b"\r\n\r\n")[2] == b"x" * size
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert delivered == ["/"]
    assert (closed.reason, closed.unsent, worker.server.buffers.total) == ("closed by program", 0, 0)


def test_aborting_at_one_of_pipelined_requests():
    """Joined answers that were not sent are reported as unsent; a second `abort` does nothing."""

    def answer(connection, request):
        connection.send(b"hello")
        if connection.messages_out == 2:
            connection.abort()
            connection.abort("again")

    worker = make_worker(answer, "http://127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET * 3)
        with pytest.raises(ConnectionResetError):
            read_all(client)
        (closed,) = sink.wait_for(Closed)
    assert (closed.reason, closed.messages_in, closed.bytes_out) == ("reset by program", 2, 0)
    assert closed.unsent > 2 * len(b"hello")
    assert worker.server.buffers.total == 0


@pytest.mark.parametrize("address", ["raw://127.0.0.1:0", "http://127.0.0.1:0"])
def test_unsent_are_the_bytes_of_the_messages_that_were_accepted(address):
    """When the socket fails in `send`, it returns False: that message is neither shown nor counted, those before it are."""
    results = []

    def answer(connection, message):
        connection.socket.shutdown(socket.SHUT_WR)
        results.append(connection.send(b"x" * 40_000))

    worker = make_worker(answer, address)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET * 3)
        (closed,) = sink.wait_for(Closed)
    sent = sink.of(Sent)
    assert results == ([True, False] if address.startswith("http") else [False])
    assert closed.messages_out == len(sent) == results.count(True)
    assert closed.unsent == sum(event.size for event in sent)


def test_an_error_answer_is_sent_after_what_is_buffered():
    """After a long answer that is still draining, the answer to a bad request follows, then the end of the stream."""
    size = 5_000_000
    worker = make_worker(
        lambda connection, request: connection.send(b"x" * size), "http://127.0.0.1:0", limits=Limits(max_buffer=size)
    )
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        sink.wait_for(Sent)
        client.sendall(b"\x00nonsense\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        answers = read_all(client).partition(b"\r\n\r\n")[2]
    assert answers[:size] == b"x" * size
    assert answers[size:].startswith(b"HTTP/1.1 400 ")


def test_a_half_close_while_the_buffer_is_flushed():
    """A client that shuts down writing meanwhile still gets every byte; then the connection ends at once."""
    blob = b"x" * 15_000_000

    def answer_and_close(connection, message):
        connection.send(blob)
        connection.close("that was it")

    worker = make_worker(answer_and_close)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        sink.wait_for(Sent)
        client.shutdown(socket.SHUT_WR)
        assert len(read_all(client)) == len(blob)
        (closed,) = sink.wait_for(Closed)
    assert (closed.reason, closed.unsent) == ("that was it", 0)


@pytest.mark.parametrize("queued", [3, 15_000_000])
def test_closing_is_limited_in_time(queued, monkeypatch):
    """A peer that neither reads nor closes after `close()` is terminated, whether or not everything was sent."""
    monkeypatch.setattr("tuiserver.engine.closing.LINGER_TIMEOUT", 0.05)
    monkeypatch.setattr("tuiserver.engine.closing.FLUSH_TIMEOUT", 0.05)

    def answer_and_close(connection, message):
        connection.send(b"x" * queued)
        connection.close("enough")

    worker = make_worker(answer_and_close)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        (closed,) = sink.wait_for(Closed)
        if queued == 3:
            assert read_all(client) == b"xxx"
    assert closed.reason == "enough"
    assert (closed.unsent > 0) == (queued > 3)
    assert closed.bytes_out + closed.unsent == queued


def test_what_a_client_sends_after_close_is_bounded(monkeypatch):
    """After `close()` a limited number of bytes is read and discarded; then the connection ends."""
    monkeypatch.setattr("tuiserver.engine.closing.LINGER_SIZE", 1_000_000)
    worker = make_worker(lambda connection, message: connection.close("enough"))
    with serving(worker) as sink, connect(worker) as client:
        with pytest.raises(ConnectionError):
            while True:
                client.sendall(b"z" * 100_000)
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "enough"
    assert 1_000_000 < closed.bytes_in <= 1_000_000 + 2 * 65_536  # the first read, and what ends it
    assert closed.messages_in == 1


def test_what_a_client_sent_before_close_does_not_count_as_discarded(monkeypatch):
    """A client that has sent more than `LINGER_SIZE` before `close()` may still send as it reads the answer: no reset."""
    monkeypatch.setattr("tuiserver.engine.closing.LINGER_SIZE", 100_000)
    answer = b"a" * 50_000

    def answer_the_last_byte(connection, message):
        if message.endswith(b"!"):
            connection.send(answer)
            connection.close("answered")

    worker = make_worker(answer_the_last_byte)
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        client.sendall(b"x" * 300_000 + b"!")
        wait_until(lambda: worker.connections[1].state == LINGERING, "our end to be shut down")
        client.sendall(b"y" * 90_000)
        wait_until(lambda: worker.connections[1].bytes_in == 390_001, "the rest to be discarded")
        assert read_all(client) == answer
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.reason, closed.bytes_in, closed.unsent) == ("answered", 390_001, 0)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "http://127.0.0.1:0"])
def test_one_answer_of_any_size_is_sent(address):
    """An answer larger than `OVERRUN` times `max_buffer` arrives whole, though its reader is slow; `send` returns True."""
    answer = b"a" * (40 * OVERRUN * 65_536)
    sent = []
    worker = make_worker(
        lambda connection, message: sent.append(connection.send(answer)), address, limits=Limits(max_buffer=65_536)
    )
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        sink.wait_for(Paused)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).endswith(answer)
        (closed,) = sink.wait_for(Closed)
    assert sent == [True]
    assert (closed.messages_out, closed.unsent) == (1, 0)
    assert closed.code in (CloseCode.PEER_CLOSED, CloseCode.ANSWERED)


def test_a_message_that_overflows_the_buffer_is_not_sent():
    """With more than `OVERRUN` times `max_buffer` unsent, `send` returns False: not counted, not shown, connection reset."""
    size, limit = 4 * 65_536, OVERRUN * 65_536
    results = []

    def send_on(connection, message):
        while connection.is_open:
            before = connection.unsent
            results.append((before, connection.send(b"z" * size)))

    worker = make_worker(send_on, limits=Limits(max_buffer=65_536))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        (closed,) = sink.wait_for(Closed)
    assert [accepted for before, accepted in results] == [before <= limit for before, accepted in results]
    assert [accepted for _, accepted in results].count(False) == 1
    assert closed.code == CloseCode.SEND_OVERFLOW
    assert closed.messages_out == len(results) - 1 == len(sink.of(Sent))
    assert closed.bytes_out + closed.unsent == size * closed.messages_out


def test_what_a_view_has_no_capacity_for_is_counted():
    """Skipped and received messages and bytes add up to the totals."""

    class Tiny(RecordingSink):
        def capacity(self):
            return 5

    worker = make_worker(lambda connection, request: connection.send(b"hi"), "http://127.0.0.1:0")
    tiny = Tiny()
    worker.add_sink(tiny)
    worker.start()
    try:
        with connect(worker) as client:
            client.sendall(GET * 300)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client).count(b"\r\n\r\nhi") == 300
        (closed,) = tiny.wait_for(Closed)
    finally:
        worker.stop()
    received = tiny.of(Received) + tiny.of(Sent)
    skipped = tiny.of(Skipped)
    assert len(received) < 300
    assert len(received) + sum(event.messages for event in skipped) == closed.messages_in + closed.messages_out == 600
    sizes = sum(event.size for event in received) + sum(event.bytes for event in skipped)
    assert sizes == closed.bytes_in + closed.bytes_out
