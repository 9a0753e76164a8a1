"""A step of the wall clock changes no age in a roster; what closed before keeps its times."""

from __future__ import annotations

import pytest

from tests.support.scripted import BASE, closed, connected, listening, received, sent
from tuiserver.core.events import Ended, Noted
from tuiserver.views.clock_step import follow_clock
from tuiserver.views.roster import Roster


@pytest.mark.parametrize("step", [7200.0, -7200.0])
def test_ages_stay_as_they_are(step: float) -> None:
    """Those of the server, and of connections that are open: since, received, sent, ended, failed, and the time for an answer."""
    roster = Roster()
    for event in (
        listening(BASE),
        connected(12, BASE + 1),
        received(b"x", at=BASE + 2),
        sent(b"y", at=BASE + 3),
        Noted(BASE + 4, "warning", "slow", 12),
        Ended(BASE + 5, 12, 60.0),
        connected(13, BASE + 1),
        closed(13, at=BASE + 6),
    ):
        roster.apply(event)
    follow_clock(roster, step)
    now = BASE + 10 + step
    client = roster.clients[12]
    assert client.sent_at is not None
    assert client.failed_at is not None
    assert client.ended_at is not None
    times = (roster.since, client.since, client.received_at, client.sent_at, client.failed_at, client.ended_at)
    assert [now - at for at in times if at is not None] == [10, 9, 8, 7, 6, 5]
    assert client.answer_time_at(now) == 55
    assert client.rates_at(now - 8.0) == client.rates
    assert (roster.clients[13].since, roster.clients[13].closed_at) == (BASE + 1, BASE + 6)
