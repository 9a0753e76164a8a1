"""The snapshot: a sink that joins late knows the same as one that was there from the beginning."""

from __future__ import annotations

import socket

import pytest
from msgspec.structs import replace

from tests.support.scripted_loop import SteppedWorker
from tests.support.serving import RecordingSink, connect, in_loop, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.events import Connected, Identified, Listening, Noted, Paused, Received, Sent, Totals, Traffic
from tuiserver.core.limits import Limits
from tuiserver.programs import replies
from tuiserver.views.roster import Client, Roster
from tuiserver.worker import Worker

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SAME = (
    "id",
    "peer",
    "local",
    "address",
    "protocol",
    "paused",
    "state",
    "bytes_in",
    "bytes_out",
    "messages_in",
)
"""Attributes of a client that are equal, whenever the sink has joined."""


def roster_of(sink: RecordingSink) -> Roster:
    """A roster after the events of a sink."""
    roster = Roster()
    for event in list(sink.events):
        roster.apply(event)
    return roster


def facts_of(client: Client) -> dict[str, object]:
    """What a view shows of a client."""
    facts = {name: getattr(client, name) for name in (*SAME, "messages_out", "queued")}
    return facts | {name: pytest.approx(getattr(client, name), abs=0.001) for name in ("since", "failed_at")}


def totals_of(sink: RecordingSink) -> dict[int, Totals]:
    """The last totals of each connection."""
    return {totals.id: totals for event in sink.of(Traffic) for totals in event.totals}


def test_a_late_sink_knows_what_an_early_one_knows() -> None:
    """Original times, protocols, pauses, totals, unsent bytes and warnings of open connections; closed ones are left out."""
    worker = Worker("127.0.0.1:0")
    replies.install(worker, "hello")
    late = RecordingSink()
    with serving(worker) as early:
        clients = [connect(worker) for _ in range(5)]
        early.wait_for(Connected, 5)
        clients[0].sendall(GET * 3)
        clients[1].sendall(b"hi\n")
        early.wait_for(Identified, 2)
        early.wait_for(Received, 4)
        early.wait_for(Sent, 3)
        link_commands = (commands.Pause(2), commands.Send(3, b"x" * 15_000_000))
        for command in link_commands:
            worker.loop.call_threadsafe(worker.handle, command)
        early.wait_for(Paused, 2)
        worker.loop.call_threadsafe(worker.note, "warning", "look at it", 4)
        early.wait_for(Noted)
        clients[4].close()
        wait_until(lambda: len(worker.connections) == 4, "the fifth to close")
        wait_until(lambda: totals_of(early).get(3, (0,) * 6)[5] > 0, "the totals")
        worker.add_sink(late)
        late.wait_for(Noted)
        wait_until(lambda: totals_of(late).keys() >= {1, 2, 3, 4}, "the snapshot")
        wait_until(lambda: totals_of(late)[3] == totals_of(early)[3], "the same totals")
        first, second = roster_of(early), roster_of(late)
        for client in clients:
            client.close()
    assert second.listening == first.listening
    assert second.since == first.since
    assert list(second.clients) == [1, 2, 3, 4]
    for number, client in second.clients.items():
        assert facts_of(client) == facts_of(first.clients[number])
        assert client.received_at == pytest.approx(first.clients[number].received_at, abs=0.3)
        assert client.sent_at == pytest.approx(first.clients[number].sent_at, abs=0.3)
    assert second.clients[4].last == "look at it"


def test_the_snapshot_comes_before_what_follows() -> None:
    """A sink sees the listener and the open connections first, then new events, each connection once."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as early, connect(worker) as first:
        early.wait_for(Connected)
        late = RecordingSink()
        worker.add_sink(late)
        in_loop(worker, lambda: True)
        with connect(worker) as second:
            for client in (first, second):
                client.sendall(b"x")
                assert read_exactly(client, 1) == b"x"
        late.wait_for(Sent, 2)
        assert type(late.events[0]) is Listening
        assert [event.id for event in late.of(Connected)] == [1, 2]
        assert [event.id for event in late.of(Received)] == [1, 2]
        early.wait_for(Sent, 2)
    for known, event in zip(late.of(Connected), early.of(Connected), strict=True):
        assert known.at == pytest.approx(event.at, abs=0.001)
        assert replace(known, at=event.at) == event


def test_a_client_that_is_not_identified_yet_has_no_protocol() -> None:
    """Its `Identified` comes later, as for the other sinks."""
    worker = Worker("127.0.0.1:0", sniff=True)
    with serving(worker) as early, connect(worker) as client:
        early.wait_for(Connected)
        late = RecordingSink()
        worker.add_sink(late)
        (connected,) = late.wait_for(Connected)
        assert connected.protocol == ""
        assert not late.of(Identified)
        client.sendall(b"hi\n")
        client.shutdown(socket.SHUT_WR)
        assert [event.protocol for event in late.wait_for(Identified)] == ["raw"]


@pytest.mark.parametrize("step", [7200.0, -7200.0])
def test_a_stepped_wall_clock_changes_no_age(step: float) -> None:
    """A sink that joins after the step gets times by the present clock: the ages are those by the monotonic clock."""
    late = RecordingSink()
    with SteppedWorker("127.0.0.1:0", Limits(half_close=60.0)) as server:
        server.worker.on_message = lambda connection, message: None
        clients = [server.connect(), server.connect()]
        server.run(10.0)
        clients[0].sendall(b"hi")
        clients[1].sendall(b"hi")
        clients[1].shutdown(socket.SHUT_WR)
        server.run(0.0)
        server.worker.handle(commands.Pause(1))
        server.run(5.0)
        server.clock.wall += step
        server.worker.add_sink(late)
        server.run(0.0)
        now = server.clock.wall
        roster = roster_of(late)
    first, second = roster.clients.values()
    assert (round(now - first.since), round(now - first.received_at)) == (15, 5)
    assert second.ended
    assert round(second.answer_time_at(now)) == 55
    assert late.of(Paused)[0].at == pytest.approx(now - 5.0, abs=1.0)
