"""Pipelined requests that a program answers later, and in any order: the client gets the answers in the order of its requests."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests.support.serving import connect, read_all, serving, wait_until
from tuiserver.core.events import Closed, Noted, Received, Sent
from tuiserver.protocols.http.messages import Request, Response
from tuiserver.worker import Worker

COUNT = 20


def request(number: int, close: bool = False) -> bytes:
    """A request with a body, so that no two are one object."""
    closes = b"Connection: close\r\n" if close else b""
    return b"PUT /%d HTTP/1.1\r\nHost: x\r\n%bContent-Length: 1\r\n\r\nx" % (number, closes)


def bodies(data: bytes) -> list[int]:
    """The bodies of all answers, which are numbers."""
    return [int(body) for body in re.findall(rb"\r\n\r\n(\d+);", data)]


@pytest.mark.parametrize("order", ["forwards", "backwards", "shuffled"])
def test_answers_keep_the_order_of_the_requests(order: str) -> None:
    """Whenever the program sends them. Each is one `Sent` of the program, when it goes out; the last one closes."""
    worker = Worker("http://127.0.0.1:0")
    held: list[tuple[Any, Request]] = []

    def hold(connection: Any, message: Request) -> None:
        held.append((connection, message))
        if len(held) == COUNT:
            if order == "backwards":
                held.reverse()
            elif order == "shuffled":
                random.Random(3).shuffle(held)
            worker.call_later(0.001, answer)

    def answer() -> None:
        connection, message = held.pop(0)
        assert connection.send(Response(200, f"{message.path[1:]};", to=message))
        if held:
            worker.call_later(0.0, answer)

    worker.on_message = hold
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"".join(request(number, number == COUNT - 1) for number in range(COUNT)))
        data = read_all(client)
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert bodies(data) == list(range(COUNT))
    assert [bodies(event.data) for event in sink.of(Sent)] == [[number] for number in range(COUNT)]
    assert {event.by for event in sink.of(Sent)} == {"program"}
    assert (closed.messages_in, closed.messages_out, closed.code) == (COUNT, COUNT, "answered")


def test_an_early_answer_goes_out_with_the_end_of_the_stream_too() -> None:
    """The client has finished sending: both answers come, and then the end."""
    worker = Worker("http://127.0.0.1:0")
    held: list[Request] = []

    def hold(connection: Any, message: Request) -> None:
        held.append(message)
        if len(held) == 2:
            connection.send(Response(200, "1;", to=held[1]), by="program", token=7)
            worker.call_later(0.01, connection.send, Response(200, "0;", to=held[0]))

    worker.on_message = hold
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(request(0) + request(1))
        client.shutdown(1)
        assert bodies(read_all(client)) == [0, 1]
        sink.wait_for(Closed)
    assert [event.token for event in sink.of(Sent)] == [0, 7]


def test_what_waits_when_the_connection_ends_is_dropped() -> None:
    """An answer whose turn never came is not sent, and nothing is noted about it."""
    worker = Worker("http://127.0.0.1:0")
    seen: list[Request] = []

    def hold(connection: Any, message: Request) -> None:
        seen.append(message)
        if len(seen) == 2:
            connection.send(Response(200, "1;", to=message))

    worker.on_message = hold
    with serving(worker) as sink:
        with connect(worker) as client:
            client.sendall(request(0) + request(1))
            sink.wait_for(Received, 2)
        wait_until(lambda: seen[1:], "both requests")
        for connection in tuple(worker.connections.values()):
            worker.call_threadsafe(connection.abort)
        sink.wait_for(Closed)
    assert sink.of(Sent) == []
    assert sink.of(Noted) == []
