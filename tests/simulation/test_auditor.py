"""The auditor finds each kind of violation: it is given a false history and names what is wrong with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulation.account import Violation
from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import ClientPlan, Request, Scenario
from tests.simulation.network import Client, Faults, Network
from tuiserver.core.codes import CloseCode
from tuiserver.core.commands import Send
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Paused,
    Received,
    Refused,
    Resumed,
    Sent,
    Totals,
    Traffic,
)

NOW = SimulatedClock().time()
CONNECTED = Connected(NOW, 1, "192.0.2.1:10001", "sim", "raw+sim://sim:1", "raw")
PEER_CLOSED = Closed(NOW, 1, "closed by peer", 4, 4, 1, 1, 0, CloseCode.PEER_CLOSED)


class Books:
    """An auditor with one client that has sent `ping` and has been sent `pong`."""

    def __init__(self, plan: ClientPlan | None = None, read: bytes = b"ping", written: bytes = b"pong") -> None:
        plan = plan or ClientPlan(1)
        self.network = Network(SimulatedClock())
        self.client = Client(self.network, plan, Faults("none"))
        self.client.socket.read_bytes += read
        self.client.socket.accepted_bytes += written
        self.client.received += written
        self.client.socket.closed = True
        self.auditor = Auditor(Scenario(clients={1: plan}), self.network, {1: self.client})
        self.connection: Any = SimpleNamespace(id=1, peer=CONNECTED.peer, is_open=True)

    def connect(self, *messages: bytes) -> None:
        """`on_connect` and `on_message` were called, and one message was sent."""
        self.auditor.on_connect(self.connection)
        self.auditor.on_send(self.connection, True, 0, True)
        for message in messages:
            self.auditor.on_message(self.connection, message)

    def violation(self, *events: AnyEvent) -> str:
        """The code of what is wrong with these events; empty if nothing is."""
        try:
            self.auditor.put(list(events))
        except Violation as violation:
            return violation.code
        return ""


def received(data: bytes) -> Received:
    """A `Received` of the connection."""
    return Received(NOW, 1, data, len(data))


def sent(data: bytes, token: int = 0) -> Sent:
    """A `Sent` of the program."""
    return Sent(NOW, 1, data, len(data), "program", token)


def test_a_true_history_is_accepted() -> None:
    """A correct history violates no invariant, and the accounts balance at the end."""
    books = Books()
    books.connect(b"ping")
    assert books.violation(CONNECTED, received(b"ping"), sent(b"pong"), PEER_CLOSED) == ""
    books.auditor.on_close(books.connection)
    books.auditor.finish()


@pytest.mark.parametrize(
    ("code", "events"),
    [
        ("before_connected", [received(b"ping")]),
        ("ids", [CONNECTED, CONNECTED]),
        ("size", [CONNECTED, Received(NOW, 1, b"ping", 5)]),
        ("after_closed", [CONNECTED, received(b"ping"), sent(b"pong"), PEER_CLOSED, received(b"ping")]),
        ("after_closed", [CONNECTED, received(b"ping"), sent(b"pong"), PEER_CLOSED, PEER_CLOSED]),
        ("resumed_without_pause", [CONNECTED, Resumed(NOW, 1)]),
        ("read_while_paused", [CONNECTED, Paused(NOW, 1, "operator"), received(b"pingping")]),
        ("event_late", [Connected(NOW - 3, 1, CONNECTED.peer, "sim", "sim", "raw")]),
        ("totals_too_high", [CONNECTED, Traffic(NOW, (Totals(1, 5, 0, 0, 0, 0),))]),
        ("totals_shrink", [CONNECTED, Traffic(NOW, (Totals(1, 4, 0, 0, 0, 0), Totals(1, 3, 0, 0, 0, 0)))]),
        ("messages_differ", [CONNECTED, sent(b"pong"), PEER_CLOSED]),
        ("messages_differ", [CONNECTED, received(b"pi"), received(b"ng"), sent(b"pong"), PEER_CLOSED]),
        ("messages_out", [CONNECTED, received(b"ping"), PEER_CLOSED]),
        ("sent_differs", [CONNECTED, received(b"ping"), sent(b"pang"), PEER_CLOSED]),
        ("unsent", [CONNECTED, received(b"ping"), sent(b"pong!"), PEER_CLOSED]),
        ("bytes_in", [CONNECTED, Closed(NOW, 1, "closed by peer", 3, 4, 1, 1)]),
        ("bytes_out", [CONNECTED, Closed(NOW, 1, "closed by peer", 4, 3, 1, 1)]),
        ("messages_in", [CONNECTED, Closed(NOW, 1, "closed by peer", 4, 4, 2, 1)]),
    ],
)
def test_a_false_history_is_found(code: str, events: list[AnyEvent]) -> None:
    """Events that contradict each other, the network or the program are found."""
    books = Books()
    books.connect(b"ping")
    assert books.violation(*events) == code


def test_bytes_that_are_not_shown_are_found() -> None:
    """A raw connection whose closed by peer it, and of which not every byte was shown."""
    books = Books(read=b"ping, and more")
    books.connect(b"ping")
    closed = Closed(NOW, 1, "closed by peer", 14, 4, 1, 1, 0, CloseCode.PEER_CLOSED)
    assert books.violation(CONNECTED, received(b"ping"), sent(b"pong"), closed) == "not_shown"


def test_a_request_that_is_not_shown_is_found() -> None:
    """An HTTP connection whose closed by peer it, and of which a whole request was not shown."""
    requests = [Request(b"first request", b"first request"), Request(b"second", b"second")]
    books = Books(ClientPlan(1, "http", requests=requests), read=b"first requestsecond", written=b"")
    books.connect(b"first request")
    connected = Connected(NOW, 1, CONNECTED.peer, "sim", "http+sim://sim:2", "http")
    closed = Closed(NOW, 1, "closed by peer", 19, 0, 1, 0, 0, CloseCode.PEER_CLOSED)
    assert books.violation(connected, received(b"first request"), closed) == "not_shown"


def test_bytes_that_do_not_arrive_are_found() -> None:
    """A peer that reads everything did not get what the system took from the server."""
    books = Books()
    books.connect(b"ping")
    books.client.received.clear()
    assert books.violation(CONNECTED, received(b"ping"), sent(b"pong"), PEER_CLOSED) == "not_delivered"


def test_a_closed_event_before_the_socket_is_closed_is_found() -> None:
    """`Closed` is emitted while the socket is still open."""
    books = Books()
    books.connect(b"ping")
    books.client.socket.closed = False
    assert books.violation(CONNECTED, received(b"ping"), sent(b"pong"), PEER_CLOSED) == "closed_before_socket"


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("answered_once", []),
        ("answered_once", [sent(b"pong", 7), Refused(NOW, 7, 1, "not_open", "")]),
        ("answer_kind", [Paused(NOW, 1, "operator", token=7)]),
    ],
)
def test_a_command_that_is_not_answered_once_is_found(code: str, answers: list[AnyEvent]) -> None:
    """A command without an answer, with two of them, or with one of the wrong kind."""
    books = Books()
    books.auditor.command(Send(1, b"pong", token=7))
    books.connect(b"ping")
    received_first = [CONNECTED, received(b"ping"), *answers]
    if not any(isinstance(answer, Sent) for answer in answers):
        received_first.append(sent(b"pong"))
    assert books.violation(*received_first, PEER_CLOSED) == ""
    books.auditor.on_close(books.connection)
    with pytest.raises(Violation, match=code):
        books.auditor.finish()


def test_what_send_returns_is_checked() -> None:
    """`send` of a closed connection takes nothing, that of an open one takes everything until too much is unsent."""
    books = Books()
    books.connect(b"ping")
    with pytest.raises(Violation, match="sent_after_close"):
        books.auditor.on_send(books.connection, False, 0, True)
    with pytest.raises(Violation, match="send_lies"):
        books.auditor.on_send(books.connection, True, 0, False)
    books.connection.is_open, books.connection.code = False, CloseCode.SEND_OVERFLOW
    with pytest.raises(Violation, match="overflow_early"):
        books.auditor.on_send(books.connection, True, 1, False)


def test_callbacks_out_of_order_are_found() -> None:
    """A callback before `on_connect`, after `on_close`, twice, or a drain without a full buffer."""
    books = Books()
    with pytest.raises(Violation, match="callback_early"):
        books.auditor.on_message(books.connection, b"ping")
    books.connect()
    with pytest.raises(Violation, match="on_connect_twice"):
        books.connect()
    with pytest.raises(Violation, match="full_and_drain"):
        books.auditor.on_callback(books.connection, "on_buffer_drain")
    books.auditor.on_close(books.connection)
    with pytest.raises(Violation, match="callback_late"):
        books.auditor.on_message(books.connection, b"ping")


def test_a_missing_end_is_found() -> None:
    """At the end of a run each connection has its `Closed` and its `on_close`."""
    books = Books()
    books.connect(b"ping")
    books.violation(CONNECTED, received(b"ping"), sent(b"pong"))
    with pytest.raises(Violation, match="never_closed"):
        books.auditor.finish()
    books.violation(PEER_CLOSED)
    with pytest.raises(Violation, match="on_close_missing"):
        books.auditor.finish()
    books.auditor.on_close(books.connection)
