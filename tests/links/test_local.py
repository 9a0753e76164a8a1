"""The local link: the way of a console to a server in the same process."""

from __future__ import annotations

import threading

import pytest

from tests.support.scripted_loop import ManualClock
from tests.support.serving import connect, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent
from tuiserver.core.limits import Limits
from tuiserver.links.local import LocalLink
from tuiserver.views.roster import Roster
from tuiserver.worker import Worker


def test_a_conversation_over_a_local_link() -> None:
    """The console sees the listener, a client, its message, the answer of the operator, and the close."""
    worker = Worker("127.0.0.1:0")
    link = LocalLink(worker)
    woken = threading.Event()
    link.open(woken.set)
    seen: list[AnyEvent] = []

    def saw(kind: type) -> list[AnyEvent]:
        seen.extend(link.take())
        return [event for event in seen if isinstance(event, kind)]

    with serving(worker), connect(worker) as client:
        assert woken.wait(5)
        wait_until(lambda: saw(Connected), "a client")
        client.sendall(b"hi")
        wait_until(lambda: saw(Received), "the message")
        link.send(commands.Send(1, b"who is there?"))
        assert read_exactly(client, 13) == b"who is there?"
        wait_until(lambda: saw(Sent), "the answer")
        link.send(commands.Close(1))
        assert client.recv(1) == b""
        client.close()
        wait_until(lambda: saw(Closed), "the close")
        link.close()
        connect(worker).close()
    assert link.take() == []
    assert [type(e).__name__ for e in seen if type(e).__name__ != "Traffic"] == [
        "Listening",
        "Connected",
        "Received",
        "Sent",
        "Closed",
    ]


def test_a_console_that_stalls_knows_the_truth_when_it_returns() -> None:
    """While nothing is taken, clients come and go and the inbox stays bounded; then the roster is that of the server."""
    worker = Worker("127.0.0.1:0", limits=Limits(view_memory=10_000))
    link = LocalLink(worker)
    link.open(lambda: None)
    roster = Roster()

    def caught_up() -> bool:
        for event in link.take():
            roster.apply(event)
        return [each.peer for each in roster.clients.values() if each.open] == peers and roster.open == len(peers)

    with serving(worker) as sink, connect(worker) as stays:
        for count in range(20, 201, 20):
            for _ in range(20):
                connect(worker).close()
            sink.wait_for(Closed, count)
        with connect(worker) as last:
            sink.wait_for(Connected, 202)
            peers = ["{}:{}".format(*client.getsockname()) for client in (stays, last)]
            wait_until(caught_up, "the present state")
            assert roster.accepted == 202
            assert sum(1 for each in roster.clients.values() if not each.open) < 200
        link.close()


def test_a_step_of_the_wall_clock_is_reported_once() -> None:
    """Forward or back. What the clocks differ by from one reading to the next is not a step."""
    clock = ManualClock()
    worker = Worker("127.0.0.1:0")
    link = LocalLink(worker, wall_time=clock.time, monotonic=clock.monotonic)
    assert link.stepped() == 0
    clock.elapsed += 3600.0
    clock.wall += 3600.02
    assert link.stepped() == 0
    for step in (7200.0, -7200.0):
        clock.wall += step
        assert link.stepped() == pytest.approx(step, abs=0.1)
        assert link.stepped() == 0
    assert link.clock() == clock.wall
    worker.stop()
