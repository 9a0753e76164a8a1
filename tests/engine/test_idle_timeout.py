"""How long a connection may be idle: what the protocol says, unless a limit says otherwise."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.support.scripted_loop import SteppedWorker
from tests.support.serving import connect, in_loop, read_all, read_exactly, serving, wait_until
from tuiserver.core.codes import CloseCode
from tuiserver.core.commands import Answer
from tuiserver.core.limits import Limits
from tuiserver.protocols.http.protocol import HTTP_KEEP_ALIVE
from tuiserver.worker import Worker


@pytest.mark.parametrize(
    ("protocol", "limit", "expected"),
    [("raw", None, 0.0), ("http", None, HTTP_KEEP_ALIVE), ("raw", 9.0, 9.0), ("http", 9.0, 9.0), ("http", 0.0, 0.0)],
)
def test_a_limit_replaces_the_timeout_of_the_protocol(protocol: str, limit: float | None, expected: float) -> None:
    """HTTP has a timeout of its own and raw has none; a limit holds for both, and 0 switches it off."""
    worker = Worker(f"{protocol}://127.0.0.1:0", limits=Limits(idle_timeout=limit))
    with serving(worker), connect(worker):
        wait_until(lambda: worker.connections, "the connection")
        assert worker.connections[1].idle_timeout == expected


@pytest.mark.parametrize("bits", [[b"\r\n"], [b"\r", b"\n"]], ids=["lines", "halves"])
@pytest.mark.parametrize("request_first", [False, True], ids=["handshake", "idle"])
def test_empty_lines_are_no_sign_of_life(bits: list[bytes], request_first: bool) -> None:
    """A client that sends nothing else is closed when its time is over, before its first request and after it."""
    worker = Worker(
        "http://127.0.0.1:0", limits=Limits(idle_timeout=0.3 if request_first else 0.0, handshake_timeout=0.3)
    )
    worker.on_message = lambda connection, request: connection.send(b"")
    with serving(worker), connect(worker) as client:
        wait_until(lambda: worker.connections, "the connection")
        connection = worker.connections[1]
        if request_first:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            read_exactly(client, 1)
        sent = 0

        def closed() -> bool:
            nonlocal sent
            if connection.code:  # `Closed` comes when it has waited for the client to stop sending
                return connection.code == (CloseCode.IDLE_TIMEOUT if request_first else CloseCode.HANDSHAKE_TIMEOUT)
            with suppress(OSError):
                client.send(bits[sent % len(bits)])
            sent += 1
            return False

        wait_until(closed, "the end of its time")


def test_half_an_empty_line_is_followed_by_a_request() -> None:
    """Wherever the line and the request are cut, also if the request is known by heart."""
    worker = Worker("http://127.0.0.1:0")
    worker.on_message = lambda connection, request: connection.send(request.target.encode())
    with serving(worker), connect(worker) as client:
        for data in (b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", b"\r", b"\n", b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", b"\r"):
            client.sendall(data)
            if len(data) > 2:
                answer = b""
                while not answer.endswith(b"\r\n\r\n/1"):
                    answer += client.recv(4096)
        client.sendall(b"\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(client).endswith(b"\r\n\r\n/2")


def test_idle_is_what_the_peer_has_not_said() -> None:
    """Sending does not make a raw peer less idle. An HTTP client has its time from our answer on: it waited until then."""
    remaining: dict[str, float] = {}
    for protocol in ("raw", "http"):
        worker = Worker(f"{protocol}://127.0.0.1:0", limits=Limits(idle_timeout=100.0))
        with serving(worker), connect(worker) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda worker=worker: worker.connections and worker.connections[1].messages_in, "the message")

            def answer_late(worker: Worker = worker) -> float:
                connection = worker.connections[1]
                connection.received_at -= 90.0
                connection.send(b"late")
                return connection.idle_remaining()

            remaining[protocol] = in_loop(worker, answer_late)
    assert remaining["raw"] <= 10.0
    assert remaining["http"] > 90.0


def test_no_timeout_ends_a_client_that_waits_for_us() -> None:
    """Ten minutes without an answer, or within one that is sent in parts; the idle time counts from its end."""
    limits = Limits(idle_timeout=5.0, request_timeout=5.0, handshake_timeout=5.0)
    with SteppedWorker("http://127.0.0.1:0", limits) as stepped:
        stepped.worker.on_message = lambda connection, request: None
        client = stepped.connect()
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        connection = stepped.worker.connections[1]
        for part in ("head", "end"):
            stepped.run(600.0)
            assert connection.is_open
            stepped.worker.handle(Answer(1, body=b"x", part=part))  # type: ignore[arg-type]
        stepped.run(4.0)
        assert connection.is_open
        stepped.run(4.0)
        assert connection.code == CloseCode.IDLE_TIMEOUT
