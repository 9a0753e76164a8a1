"""The built-in replies on real sockets, with a test for each fault of the PHP original."""

from __future__ import annotations

import contextlib
import socket
import threading
from email.utils import parsedate_to_datetime

import pytest

import tuiserver
from tests.support.serving import LIMIT, connect, read_all, read_exactly, serving, wait_until
from tuiserver.cli.main import main
from tuiserver.config.settings import BY_FLAG
from tuiserver.core import commands
from tuiserver.core.events import Closed, Identified, Received, Refused, Sent
from tuiserver.core.limits import Limits
from tuiserver.programs import replies
from tuiserver.worker import Worker

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def worker_with(reply: str, address: str = "127.0.0.1:0", **options: object) -> Worker:
    """A worker with a built-in reply."""
    worker = Worker(address, **options)
    replies.install(worker, reply)
    return worker


def read_response(client: socket.socket, body: bool = True) -> tuple[str, dict[str, str], bytes]:
    """One HTTP response: status line, headers by lower-case name, body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte, f"the end came within {head!r}"
        head += byte
    status, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return status, headers, read_exactly(client, int(headers.get("content-length", "0"))) if body else b""


def test_hello_answers_http():
    """A request gets 200, the plain text `hello world~`, a date and our name; the connection stays open."""
    with serving(worker_with("hello")) as sink, connect_first(sink) as client:
        for _ in range(2):
            client.sendall(GET)
            status, headers, body = read_response(client)
            assert (status, body) == ("HTTP/1.1 200 OK", b"hello world~")
            assert headers["content-type"] == "text/plain"
            assert headers["server"] == f"tuiserver/{tuiserver.__version__}"
            assert parsedate_to_datetime(headers["date"]).tzinfo is not None
        client.close()
        sink.wait_for(Closed)
    assert [event.protocol for event in sink.of(Identified)] == ["http"]
    assert [event.data for event in sink.of(Received)] == [GET, GET]
    assert [event.by for event in sink.of(Sent)] == ["hello", "hello"]


@contextlib.contextmanager
def connect_first(sink):
    """A client of the first address that `sink` has seen."""
    from tuiserver.core.events import Listening

    address = sink.wait_for(Listening)[0].address
    host, _, port = address.partition("://")[2].rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=LIMIT) as client:
        yield client


def test_hello_leaves_other_bytes_to_the_operator():
    """Bytes that are not HTTP get no answer; what the operator sends arrives unchanged."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hi\n")
        (received,) = sink.wait_for(Received)
        assert received.data == b"hi\n"
        worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"hello yourself\n"))
        assert read_exactly(client, 15) == b"hello yourself\n"
        client.close()
        sink.wait_for(Closed)
    assert [event.protocol for event in sink.of(Identified)] == ["raw"]
    assert [event.by for event in sink.of(Sent)] == ["operator"]


def test_the_operator_may_send_before_the_client():
    """Bytes are sent raw to a client that is not identified yet; its protocol is still identified later."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        wait_until(lambda: worker.connections, "the client")
        worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"login: "))
        assert read_exactly(client, 7) == b"login: "
        client.sendall(b"root\n")
        assert sink.wait_for(Received)[0].data == b"root\n"


def test_echo_and_none():
    """`echo` sends the bytes back, to HTTP the body; `none` sends nothing."""
    worker = worker_with("echo", "http://127.0.0.1:0")
    with serving(worker), connect(worker) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
        assert read_response(client)[2] == b"body"
    worker = worker_with("none")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        assert sink.wait_for(Received)[0].data == GET
        worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"typed"))
        assert read_exactly(client, 5) == b"typed"


def test_a_typed_answer_to_an_http_client_is_a_response():
    """Bytes of the operator become the body of a response; without a request the command is refused."""
    worker = worker_with("none", "http://127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        sink.wait_for(Received)
        for _ in range(2):
            worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"by hand"))
        status, _, body = read_response(client)
        (refused,) = sink.wait_for(Refused)
    assert (status, body) == ("HTTP/1.1 200 OK", b"by hand")
    assert (refused.code, refused.id) == ("cannot_send", 1)
    assert refused.text.startswith("not sent to #1: ")


# ── faults of the PHP original ──


def test_a_request_in_two_segments_gets_one_answer():
    """Half a head is not answered."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET[:9])
        wait_until(lambda: worker.connections and worker.connections[1].bytes_in == 9, "the first half")
        client.sendall(GET[9:])
        assert read_response(client)[2] == b"hello world~"
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
        assert len(sink.wait_for(Closed)) == 1
    assert sink.of(Closed)[0].messages_out == 1


def test_a_request_a_byte_at_a_time_gets_one_answer():
    """Each byte alone, each read before the next is sent: one request, one response."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count, byte in enumerate(GET, 1):
            client.sendall(bytes([byte]))
            wait_until(lambda n=count: worker.connections and worker.connections[1].bytes_in == n, "a byte")
        assert read_response(client)[0] == "HTTP/1.1 200 OK"
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
        assert sink.wait_for(Closed)[0].messages_out == 1


def test_five_pipelined_requests_get_five_answers():
    """In order, on one connection."""
    worker = worker_with("hello")
    with serving(worker), connect(worker) as client:
        client.sendall(GET * 5)
        for _ in range(5):
            assert read_response(client)[2] == b"hello world~"


def test_a_body_in_a_second_segment_belongs_to_its_request():
    """A POST whose body arrives later gets one answer, when it is complete."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        wait_until(lambda: worker.connections and worker.connections[1].bytes_in, "the head")
        client.sendall(b"12345")
        assert read_response(client)[0] == "HTTP/1.1 200 OK"
        (received,) = sink.wait_for(Received)
        assert received.data.endswith(b"\r\n\r\n12345")


def test_a_large_post_gets_one_answer():
    """200 KB in many reads are one request."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"p" * 200_000)
        assert read_response(client)[0] == "HTTP/1.1 200 OK"
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
        assert sink.wait_for(Closed)[0].messages_in == 1


@pytest.mark.parametrize(
    "request_bytes", [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"]
)
def test_connection_close_and_http_1_0_are_closed_after_the_answer(request_bytes):
    """The client gets the answer and then the end of the stream."""
    worker = worker_with("hello")
    with serving(worker), connect(worker) as client:
        client.sendall(request_bytes)
        _, headers, body = read_response(client)
        assert (headers["connection"], body) == ("close", b"hello world~")
        assert client.recv(1) == b""


def test_a_response_head_has_no_control_characters():
    """Every byte of the head is printable or part of a line ending."""
    worker = worker_with("hello")
    with serving(worker), connect(worker) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, _ = read_all(client).partition(b"\r\n\r\n")
        assert all(32 <= byte < 127 for byte in head.replace(b"\r\n", b""))


def test_a_client_that_only_shuts_down_writing_gets_no_response():
    """Without a request there is no response."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
        sink.wait_for(Closed)


def test_clients_that_disconnect_cause_no_notes():
    """After a hundred that disconnect without reading their answer there is no note and no open connection."""
    worker = worker_with("hello")
    with serving(worker) as sink:
        for _ in range(100):
            client = connect(worker)
            client.sendall(GET)
            client.close()
        sink.wait_for(Closed, 100)
        wait_until(lambda: not worker.connections, "the last to leave")
    assert sink.notes() == []


def test_more_than_a_thousand_clients():
    """Of 1,100 clients, more than select() can watch, all that send a request are answered."""
    worker = worker_with("hello")
    with serving(worker), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(worker)) for _ in range(1100)]
        for client in clients[::100]:
            client.sendall(GET)
            assert read_response(client)[2] == b"hello world~"


def test_a_malformed_request_gets_one_400_that_arrives():
    """It gets one 400 and the end of the stream; the answer arrives although the client is still sending."""
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost : bad\r\n\r\n" + b"x" * 500_000)
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1") == 1
        (closed,) = sink.wait_for(Closed)
    assert closed.reason.startswith("malformed request")


def test_an_oversized_head_and_body_are_refused():
    """A head over 64 KiB gets a 431, a body over `max_message` a 413; both get it although they are still sending."""
    for sent, status in (
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000, b"HTTP/1.1 431 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000, b"HTTP/1.1 413 "),
    ):
        worker = worker_with("hello", limits=Limits(max_message=1000))
        with serving(worker), connect(worker) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client).startswith(status)


@pytest.mark.parametrize("address", ["127.0.0.1:0", "http://127.0.0.1:0"])
def test_slow_requests_time_out(address):
    """A head that is not complete within `request_timeout` gets a 408, whatever `handshake_timeout` is."""
    worker = worker_with("hello", address, limits=Limits(request_timeout=0.1, handshake_timeout=5))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 408 ")
        client.close()
        sink.wait_for(Closed)


def test_expect_continue():
    """A client that expects `100 Continue` gets it, then its answer."""
    worker = worker_with("hello")
    with serving(worker), connect(worker) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert read_response(client, body=False)[0] == "HTTP/1.1 100 Continue"
        client.sendall(b"ok")
        assert read_response(client)[2] == b"hello world~"


def test_a_client_that_does_not_read_its_answers_is_not_read():
    """One that pipelines without end fills a bounded buffer and then has to wait."""
    worker = worker_with("hello", limits=Limits(max_buffer=100_000))
    with serving(worker), connect(worker) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            while True:
                client.sendall(GET * 1000)
        assert worker.server.buffers.total < 500_000
        client.settimeout(LIMIT)


def test_http_half_close_then_read_the_answer():
    """After the client has shut down writing it still gets the operator's answer, however late, then the end."""
    worker = worker_with("none", "http://127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(GET)
        client.shutdown(socket.SHUT_WR)
        sink.wait_for(Received)
        worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"late"))
        assert read_response(client)[2] == b"late"
        assert client.recv(1) == b""


def test_the_beginning_of_a_request_is_raw_after_a_timeout(monkeypatch):
    """What may become HTTP is shown at once; that it is raw follows when the line has not ended in time."""
    monkeypatch.setattr("tuiserver.protocols.sniffer.SNIFF_TIMEOUT", 0.05)
    worker = worker_with("hello")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"PUT")
        (received,) = sink.wait_for(Received)
        assert (received.data, received.kind) == (b"PUT", "unidentified")
        assert sink.wait_for(Identified)[0].protocol == "raw"


def test_the_beginning_of_a_request_is_raw_when_the_client_ends():
    """What `printf GET | nc` sends is shown too."""
    worker = worker_with("hello", limits=Limits(half_close=0))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"GET")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
        sink.wait_for(Closed)
    assert [event.data for event in sink.of(Received)] == [b"GET"]


def test_many_clients_at_once():
    """Forty clients in threads, with ten requests each, get every answer."""
    worker = worker_with("hello")
    failures: list[object] = []

    def talk():
        try:
            with connect(worker) as client:
                for _ in range(10):
                    client.sendall(GET)
                    assert read_response(client)[2] == b"hello world~"
        except Exception as error:
            failures.append(error)

    with serving(worker):
        threads = [threading.Thread(target=talk) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


def reverse(worker: Worker) -> None:
    """What a new reply would define: send the bytes back, the last one first."""
    worker.on_message = lambda connection, message: connection.send(message[::-1])


def test_a_new_reply_is_one_function_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It answers, views show it as the sender by its name, and the command line knows it."""
    monkeypatch.setitem(replies.REPLIES, "reverse", reverse)
    worker = worker_with("reverse", "raw://127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"PING")
        assert read_exactly(client, 4) == b"GNIP"
        (sent,) = sink.wait_for(Sent)
    assert (sent.data, sent.by) == (b"GNIP", "reverse")
    assert main(["127.0.0.1:0", "--headless", "--reply", "backwards"]) == 2
    assert "reverse" in capfd.readouterr().err


def test_the_help_names_every_reply() -> None:
    """The line of `--reply` lists the keys of `REPLIES`."""
    line = next(option.text for option in BY_FLAG.values() if option.name == "reply")
    assert all(name in line for name in replies.REPLIES)
