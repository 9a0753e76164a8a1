"""What needs attention, and how many connections do."""

from __future__ import annotations

import pytest

from tests.support.scripted import BASE, closed, connected, listening, received, reset, sent
from tuiserver.console.models.concerns import (
    CLIENTS_PER_FRAME,
    FILTER,
    RECENT,
    SILENT_GRACE,
    Concern,
    ConcernCounts,
    Length,
    concern_of,
    state_of,
)
from tuiserver.console.models.filter_fields import of_client
from tuiserver.core.codes import CloseCode, PauseCode
from tuiserver.core.events import AnyEvent, Closed, Ended, Noted, Paused
from tuiserver.views.roster import SILENT_AFTER, Client, Roster
from tuiserver.views.unanswered import UNANSWERED

SLOW = Paused(BASE, 1, "send buffer full", PauseCode.BUFFER_FULL)


def client_after(*events: AnyEvent) -> Client:
    """Connection 1 after these events."""
    roster = Roster()
    for event in (connected(1), *events):
        roster.apply(event)
    return roster.clients[1]


@pytest.mark.parametrize(
    ("events", "seconds", "concern", "state"),
    [
        ((), 1, Concern.NONE, "open"),
        ((), SILENT_GRACE, Concern.SILENT, "silent"),
        ((received(b"x", 1),), 0.5, Concern.NONE, "open"),
        ((received(b"x", 1),), 2, Concern.WAITS, "waits"),
        ((received(b"x", 1), sent(b"y", 1)), 2, Concern.NONE, "open"),
        ((received(b"x", 1), sent(b"y", 1)), SILENT_AFTER, Concern.SILENT, "silent"),
        ((received(b"x", 1), sent(b"y", 1), received(b"x", 1, BASE + 1)), 3, Concern.WAITS, "waits"),
        ([received(b"x", 1)] * (UNANSWERED + 1), 2, Concern.NONE, "open"),
        ((received(b"x", 1), Ended(BASE, 1, 60.0)), 0, Concern.ENDED, "ended"),
        ((received(b"x", 1), Ended(BASE, 1, 60.0), sent(b"y", 1)), 2, Concern.NONE, "ended"),
        ((received(b"x", 1), SLOW), 2, Concern.SLOW, "slow"),
        ((SLOW, Noted(BASE, "error", "fault", 1)), 2, Concern.FAILED, "slow"),
        ((Noted(BASE, "warning", "fault", 1),), 2, Concern.FAILED, "failed"),
        ((Noted(BASE, "warning", "fault", 1), sent(b"x", 1)), RECENT, Concern.SILENT, "silent"),
        ((reset(1),), 2, Concern.FAILED, "reset"),
        ((reset(1),), RECENT, Concern.NONE, "reset"),
        ((closed(1, code=CloseCode.PROTOCOL_ERROR),), 2, Concern.FAILED, "closed"),
        ((received(b"x", 1), closed(1)), 2, Concern.NONE, "closed"),
    ],
)
def test_the_most_urgent_reason_counts(
    events: tuple[AnyEvent, ...], seconds: float, concern: Concern, state: str
) -> None:
    """The column says the same, and the filter finds exactly what needs attention."""
    client, now = client_after(*events), BASE + seconds
    assert concern_of(client, now) == concern
    assert state_of(client, now) == state
    if seconds >= SILENT_GRACE or concern != Concern.NONE:
        assert of_client(FILTER, lambda: now).matches(client) == (concern != Concern.NONE)


def counted(counts: ConcernCounts, now: float) -> str:
    """The words after all have been counted."""
    while counts.update(now):
        pass
    return "".join(text for text, _ in counts.parts(Length.FULL, ", "))


def test_counts_are_words() -> None:
    """The waiting and the ended are counted together; the short form has the most urgent."""
    roster = Roster()
    counts = ConcernCounts(roster)
    assert counted(counts, BASE) == ""
    assert counts.parts(Length.ONE, ", ") == []
    events: tuple[AnyEvent, ...] = (
        listening(),
        *(connected(number) for number in range(1, 9)),
        *(received(b"x", number) for number in range(1, 7)),
        Ended(BASE, 2, 60.0),
        Paused(BASE, 3, "send buffer full", PauseCode.BUFFER_FULL),
        Noted(BASE, "error", "fault", 4),
        reset(5),
        sent(b"y", 6),
    )
    for event in events:
        roster.apply(event)
    assert counted(counts, BASE + 6) == "1 slow, 2 silent, 2 wait for us, 2 errors"
    assert "".join(text for text, _ in counts.parts(Length.BRIEF, ", ")) == "1 slow, 2 silent, 2 wait, 2 errors"
    assert counts.parts(Length.ONE_AND_NUMBER, ", ") == [("2 errors", "error"), (", 5 more", "faint")]
    assert counts.parts(Length.ONE, ", ") == [("2 errors", "error")]
    assert counted(counts, BASE + 6.5) == "1 slow, 2 silent, 2 wait for us, 2 errors", "once a second"
    roster.apply(Closed(BASE + 6, 3, "", 0, 0, 0, 0))
    assert counted(counts, BASE + 7).startswith("2 silent")
    roster.clear_closed()
    roster.clients[4].failed_at = None
    assert counted(counts, BASE + 8) == "2 silent, 3 wait for us"
    assert counts.parts(Length.ONE, ", ") == [("3 wait", "accent")]


def test_many_are_counted_over_several_frames() -> None:
    """Until then the last counts stay."""
    roster = Roster()
    for number in range(1, 2 * CLIENTS_PER_FRAME + 2):
        roster.apply(connected(number))
    counts = ConcernCounts(roster)
    assert counts.update(BASE + 9)
    assert counts.parts(Length.FULL, ", ") == []
    assert counts.update(BASE + 9)
    assert not counts.update(BASE + 9)
    assert counted(counts, BASE + 9) == "2,001 silent"
