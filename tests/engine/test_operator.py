"""Commands of watchers: each is answered by events with its token, or refused with a code; none ends the server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from tests.support.http import GET
from tests.support.serving import RecordingSink, connect, in_loop, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.codes import CloseCode, PauseCode, RefuseCode
from tuiserver.core.events import Closed, Connected, Inspected, Paused, Received, Refused, Resumed, Sent, Traffic
from tuiserver.engine.operator import HANDLERS
from tuiserver.protocols.base import ProtocolBase
from tuiserver.worker import Worker


@contextmanager
def worker_with_client(protocol: Any = "raw") -> Iterator[tuple[Worker[Any], RecordingSink, socket.socket]]:
    """A worker with one client."""
    worker: Worker[Any] = Worker("127.0.0.1:0", protocol=protocol)
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        yield worker, sink, client


def execute(worker: Worker[Any], command: Any) -> None:
    """Handle a command in the thread of the loop."""
    in_loop(worker, lambda: (worker.handle(command), True))


def test_each_command_has_a_handler() -> None:
    """The table of handlers and the commands of watchers are the same set."""
    assert HANDLERS.keys() == set(commands.Command.__subclasses__())


def test_what_a_command_causes_has_its_token() -> None:
    """`Sent`, `Paused`, `Resumed`, `Inspected` and `Closed` carry the token of the command that caused them."""
    with worker_with_client() as (worker, sink, client):
        execute(worker, commands.Send(1, b"hi", token=11))
        assert read_exactly(client, 2) == b"hi"
        execute(worker, commands.Pause(1, token=12))
        execute(worker, commands.Resume(1, token=13))
        execute(worker, commands.Inspect(1, token=14))
        execute(worker, commands.Close(1, token=15))
        assert client.recv(1) == b""
        client.close()
        sink.wait_for(Closed)
    assert [(event.by, event.token) for event in sink.of(Sent)] == [("operator", 11)]
    assert [(event.code, event.token) for event in sink.of(Paused)] == [(PauseCode.OPERATOR, 12)]
    assert [event.token for event in sink.of(Resumed)] == [13]
    assert [event.token for event in sink.of(Inspected)] == [14]
    assert [(event.code, event.token) for event in sink.of(Closed)] == [(CloseCode.OPERATOR_CLOSED, 15)]
    assert not sink.of(Refused)


def test_a_reset_has_its_own_code() -> None:
    """The client sees a reset, and `Closed` says who did it."""
    with worker_with_client() as (worker, sink, client):
        execute(worker, commands.Close(1, reset=True, token=16))
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        (closed,) = sink.wait_for(Closed)
    assert (closed.code, closed.token) == (CloseCode.OPERATOR_RESET, 16)


@pytest.mark.parametrize(
    "command",
    [
        commands.Send(99, b"x", token=7),
        commands.Answer(99, token=7),
        commands.Close(99, token=7),
        commands.Close(99, reset=True, token=7),
        commands.Pause(99, token=7),
        commands.Resume(99, token=7),
        commands.Inspect(99, token=7),
    ],
)
def test_a_command_for_an_unknown_connection_is_refused(command: Any) -> None:
    """Once, with the id and the token of the command."""
    with worker_with_client() as (worker, sink, _):
        execute(worker, command)
        (refused,) = sink.wait_for(Refused)
    assert (refused.id, refused.token, refused.code) == (99, 7, RefuseCode.NOT_OPEN)


def test_a_closing_connection_takes_no_more_commands() -> None:
    """It can only be reset."""
    with worker_with_client() as (worker, sink, client):
        execute(worker, commands.Close(1, token=1))
        execute(worker, commands.Send(1, b"x", token=2))
        execute(worker, commands.Pause(1, token=3))
        execute(worker, commands.Close(1, token=4))
        assert [(event.token, event.code) for event in sink.wait_for(Refused, 3)] == [
            (token, RefuseCode.NOT_OPEN) for token in (2, 3, 4)
        ]
        execute(worker, commands.Close(1, reset=True, token=5))
        sink.wait_for(Closed)
        client.close()
        answered = {event.token for kind in (Closed, Refused) for event in sink.of(kind)}
    assert answered == {1, 2, 3, 4, 5}


def test_a_protocol_may_be_unable_to_send() -> None:
    """Without a request there is nothing that HTTP could answer."""
    with worker_with_client("http") as (worker, sink, _):
        execute(worker, commands.Send(1, b"x", token=8))
        (refused,) = sink.wait_for(Refused)
    assert (refused.id, refused.token, refused.code) == (1, 8, RefuseCode.CANNOT_SEND)


class BrokenEncoder(ProtocolBase):
    """A protocol with a bug in `encode`."""

    name = "broken"

    def encode(self, message: object, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.encode`."""
        raise ZeroDivisionError(f"ours \ud800 {message!r}")


def test_whatever_a_handler_raises_ends_only_the_command() -> None:
    """The command is refused with the error as text, and the log has its place; the connection and the server go on."""
    with worker_with_client(BrokenEncoder) as (worker, sink, client):
        execute(worker, commands.Send(1, b"x", token=9))
        (refused,) = sink.wait_for(Refused)
        client.sendall(b"still here")
        execute(worker, commands.Inspect(1, token=10))
        (inspected,) = sink.wait_for(Inspected)
        assert not sink.of(Closed)
    assert (refused.token, refused.code) == (9, RefuseCode.FAILED)
    assert "ZeroDivisionError" in refused.text
    assert refused.text.encode()
    assert inspected.token == 10
    assert "(test_operator.py:" in sink.notes()[0].text


class Dance(msgspec.Struct):
    """A command of a newer watcher that this server does not know."""

    id: int = 1
    token: int = 21


@pytest.mark.parametrize(("command", "token", "number"), [(Dance(), 21, 1), ("nonsense", 0, 0)])
def test_an_unknown_command_is_refused(command: Any, token: int, number: int) -> None:
    """With its token and id, where it has them."""
    with worker_with_client() as (worker, sink, _):
        execute(worker, command)
        (refused,) = sink.wait_for(Refused)
    assert (refused.token, refused.id, refused.code) == (token, number, RefuseCode.UNKNOWN_COMMAND)


def test_stop_closes_all_connections_with_its_token() -> None:
    """After `Stop` each `Closed` carries the token, and the server ends."""
    with worker_with_client() as (worker, sink, client):
        with connect(worker) as second:
            sink.wait_for(Connected, 2)
            worker.loop.call_threadsafe(worker.handle, commands.Stop(token=31))
            assert (client.recv(1), second.recv(1)) == (b"", b"")
            client.close()
        closed = sink.wait_for(Closed, 2)
    assert {(event.id, event.code, event.token) for event in closed} == {
        (number, CloseCode.SERVER_STOPPED, 31) for number in (1, 2)
    }


def test_a_request_is_answered_with_a_status() -> None:
    """The first that waits, or the one that is meant; interim responses and parts go out as they come."""
    with worker_with_client("http") as (worker, sink, client):
        client.sendall(GET + GET)
        sink.wait_for(Received, 2)
        wait_until(lambda: sink.of(Traffic) and sink.of(Traffic)[-1].totals[0].pending == 2)
        execute(worker, commands.Answer(1, 103, token=1))
        execute(worker, commands.Answer(1, 404, "json", b"{}", request=1, token=2))
        execute(worker, commands.Answer(1, body=b"a", part="head", request=2, token=3))
        execute(worker, commands.Answer(1, body=b"bc", part="chunk", request=2, token=4))
        execute(worker, commands.Answer(1, part="end", request=2, token=5))
        sent = sink.wait_for(Sent, 5)
        wait_until(lambda: sink.of(Traffic)[-1].totals[0].pending == 0)
        wire = b"".join(event.data for event in sent)
        assert read_exactly(client, len(wire)) == wire
    assert [(event.token, event.by) for event in sent] == [(token, "operator") for token in range(1, 6)]
    assert wire.startswith(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
    )
    assert wire.endswith(b"\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")
    assert not sink.of(Refused)


def test_an_answer_that_does_not_fit_is_refused() -> None:
    """Each with its own code: no requests in this protocol, none that waits, answered already, or not sendable."""
    with worker_with_client() as (worker, sink, _):
        execute(worker, commands.Answer(1, token=1))
        (refused,) = sink.wait_for(Refused)
        assert (refused.code, refused.token, refused.id) == (RefuseCode.NO_REQUESTS, 1, 1)
    with worker_with_client("http") as (worker, sink, client):
        execute(worker, commands.Answer(1))
        client.sendall(GET + GET)
        sink.wait_for(Received, 2)
        execute(worker, commands.Answer(1, request=2))
        execute(worker, commands.Answer(1, 204, body=b"x"))
        execute(worker, commands.Answer(1, content_type="a\r\nB: c"))
        execute(worker, commands.Answer(1, request=1))
        execute(worker, commands.Answer(1, request=1))
        execute(worker, commands.Answer(1))
        execute(worker, commands.Answer(1, request=2))
        refused = [event.code for event in sink.wait_for(Refused, 6)]
        assert len(sink.wait_for(Sent, 2)) == 2
    nothing, cannot, answered = RefuseCode.NOTHING_WAITS, RefuseCode.CANNOT_SEND, RefuseCode.ALREADY_ANSWERED
    assert refused == [nothing, cannot, cannot, cannot, answered, answered]


class Quiz(ProtocolBase):
    """A protocol whose messages are answered, but not with a status."""

    name = "quiz"
    request_response = True
    pending_requests = 1


def test_a_protocol_may_have_answers_without_a_status() -> None:
    """Then bytes are what an operator sends."""
    with worker_with_client(Quiz) as (worker, sink, _):
        execute(worker, commands.Answer(1))
        (refused,) = sink.wait_for(Refused)
    assert (refused.code, refused.text) == (
        RefuseCode.CANNOT_SEND,
        "not sent to #1: an answer of quiz has no status: send its bytes",
    )
