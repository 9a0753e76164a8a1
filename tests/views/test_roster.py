"""The roster tells the truth about connections, whatever comes in whatever order."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Identified,
    Listening,
    Noted,
    Paused,
    Received,
    Resumed,
    Sent,
    Skipped,
    Totals,
    Traffic,
    Unopened,
)
from tuiserver.views import roster as roster_module
from tuiserver.views.roster import CLIP, SLOW, Client, Rates, Roster

ids = st.integers(0, 5)
ats = st.floats(0, 2e9)
counts = st.integers(0, 2**40)
words = st.text(max_size=20)
events = st.one_of(
    st.builds(Listening, ats, words),
    st.builds(Unopened, ats, words, words),
    st.builds(Connected, ats, ids, words, words, words, words),
    st.builds(Identified, ats, ids, words),
    st.builds(Received, ats, ids, st.binary(max_size=600), counts),
    st.builds(Sent, ats, ids, st.binary(max_size=600), counts, words),
    st.builds(
        Traffic, ats, st.lists(st.builds(Totals, ids, counts, counts, counts, counts, counts), max_size=4).map(tuple)
    ),
    st.builds(Paused, ats, ids, words),
    st.builds(Resumed, ats, ids),
    st.builds(Closed, ats, ids, words, counts, counts, counts, counts, counts),
    st.builds(Noted, ats, words, words, ids, words),
    st.builds(Skipped, ats, counts, counts),
)


def told(*facts: AnyEvent) -> Roster:
    """A roster that was told these."""
    roster = Roster()
    for fact in facts:
        roster.apply(fact)
    return roster


def connected(number: int, at: float = 10.0) -> Connected:
    """A client that came from port 50000 + its id."""
    return Connected(at, number, f"127.0.0.1:{50000 + number}", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def closed(number: int, reason: str = "peer closed", at: float = 20.0, **totals: int) -> Closed:
    """The end of a connection; totals that are not named are 0."""
    values = {"bytes_in": 0, "bytes_out": 0, "messages_in": 0, "messages_out": 0, **totals}
    return Closed(at, number, reason, **values)


def test_a_connection_from_accept_to_end() -> None:
    """Each event of a connection's life shows in its client."""
    roster = told(
        Listening(1.0, "tcp://127.0.0.1:9999"),
        connected(1),
        Identified(11.0, 1, "http"),
        Received(12.0, 1, b"GET /", 5),
        Sent(13.0, 1, b"200 OK", 6, "hello"),
    )
    client = roster.clients[1]
    assert roster.listening == ["tcp://127.0.0.1:9999"]
    assert (client.peer, client.protocol, client.since, client.active) == ("127.0.0.1:50001", "http", 10.0, 13.0)
    assert (client.bytes_in, client.bytes_out, client.messages_in, client.messages_out) == (5, 6, 1, 1)
    assert (client.last, client.last_sent, client.state) == (b"200 OK", True, "open")
    roster.apply(closed(1, "reset by peer", bytes_in=7, bytes_out=6, messages_in=1, messages_out=1))
    assert (client.state, client.reason, client.closed_at, client.bytes_in) == ("reset", "reset by peer", 20.0, 7)
    assert (roster.open, roster.closed, roster.bytes_in) == (0, 1, 7)


def test_traffic_is_exact_and_messages_add_to_it() -> None:
    """Totals are set by `Traffic`, which also knows of messages that were skipped; what follows adds to them."""
    roster = told(
        connected(1),
        Received(11.0, 1, b"ab", 2),
        Skipped(12.0, 8, 98),
        Traffic(12.0, (Totals(1, 100, 50, 9, 3, SLOW + 1),)),
        Received(13.0, 1, b"abc", 3),
    )
    client = roster.clients[1]
    assert (client.bytes_in, client.bytes_out, client.messages_in, client.messages_out) == (103, 50, 10, 3)
    assert (roster.bytes_in, roster.messages_in, roster.skipped_messages, roster.skipped_bytes) == (103, 10, 8, 98)
    assert client.state == "slow"
    assert client.trouble


def test_traffic_moves_the_last_activity_only_with_messages() -> None:
    """A queue that drains is no activity; a message that was skipped is."""
    roster = told(connected(1), Traffic(50.0, (Totals(1, 0, 0, 0, 0, 9),)))
    assert roster.clients[1].active == 10.0
    roster.apply(Traffic(60.0, (Totals(1, 0, 5, 0, 1, 0),)))
    assert roster.clients[1].active == 60.0


def test_paused_says_who() -> None:
    """Reading paused by the operator is `paused`; paused because the peer does not read is `slow`."""
    roster = told(connected(1), Paused(11.0, 1, "operator"))
    client = roster.clients[1]
    assert (client.state, client.paused) == ("paused", "operator")
    roster.apply(Resumed(12.0, 1))
    assert client.state == "open"
    roster.apply(Paused(13.0, 1, "buffer full"))
    assert client.state == "slow"


def test_closed_is_final() -> None:
    """Nothing that comes after `Closed` changes a connection or the totals."""
    roster = told(connected(1), closed(1, bytes_in=4, messages_in=1))
    before = msgspec.structs.asdict(closed(1)), {name: getattr(roster.clients[1], name) for name in Client.__slots__}
    for late in (
        Received(30.0, 1, b"x", 1),
        Sent(30.0, 1, b"x", 1),
        Traffic(30.0, (Totals(1, 9, 9, 9, 9, 9),)),
        Paused(30.0, 1, "operator"),
        Noted(30.0, "error", "late", 1),
        closed(1, "again", bytes_in=99),
        connected(1, 31.0),
    ):
        roster.apply(late)
    assert {name: getattr(roster.clients[1], name) for name in Client.__slots__} == before[1]
    assert (roster.bytes_in, roster.open, roster.closed, roster.accepted) == (4, 0, 1, 1)


def test_an_error_of_a_callback_is_the_last_word() -> None:
    """A warning or an error about a connection shows in its row; a mere info does not."""
    roster = told(connected(1), Received(11.0, 1, b"x", 1), Noted(12.0, "info", "fine", 1))
    assert (roster.clients[1].last, roster.clients[1].trouble) == (b"x", False)
    roster.apply(Noted(13.0, "error", "on_message: KeyError: 'channel'", 1, "Traceback …"))
    assert roster.clients[1].last == "on_message: KeyError: 'channel'"
    assert roster.clients[1].trouble


def test_notes_about_no_connection_are_kept() -> None:
    """The latest notes of the server itself are at hand, so many and no more."""
    roster = told(*(Noted(float(n), "warning", f"note {n}") for n in range(250)))
    assert len(roster.notes) == roster_module.NOTES
    assert roster.notes[-1].text == "note 249"


def test_the_last_message_is_clipped() -> None:
    """A megabyte is not kept for the sake of a row."""
    roster = told(connected(1), Received(11.0, 1, b"x" * 1_000_000, 1_000_000))
    assert roster.clients[1].last == b"x" * CLIP
    assert roster.clients[1].bytes_in == 1_000_000


def test_closed_ones_stay_until_a_thousand_or_cleared() -> None:
    """The connection that closed first is forgotten first; its bytes still count."""
    roster = Roster()
    for number in range(1, 1102):
        roster.apply(connected(number))
        if number > 1:
            roster.apply(closed(number, bytes_in=1))
    assert (roster.open, roster.closed, roster.peak, roster.accepted) == (1, 1000, 2, 1101)
    assert list(roster.clients)[:2] == [1, 102]
    assert roster.bytes_in == 1100
    roster.clear_closed()
    assert (list(roster.clients), roster.closed, roster.bytes_in) == ([1], 0, 1100)


def test_versions_tell_what_changed() -> None:
    """`version` moves with every change, a client's own with its changes, `arrangement` only with the rows."""
    roster = told(connected(1), connected(2))
    version, arrangement, other = roster.version, roster.arrangement, roster.clients[2].version
    roster.apply(Received(11.0, 1, b"x", 1))
    assert roster.version > version
    assert roster.clients[1].version == roster.version
    assert roster.clients[2].version == other
    assert roster.arrangement == arrangement
    roster.apply(closed(2))
    assert roster.arrangement > arrangement
    assert roster.clients[2].version > other


def test_rates_are_per_second() -> None:
    """A rate is the mean of the last ticks; the history holds each tick by itself."""
    roster = told(connected(1))
    roster.tick(100.0)
    for second, size in enumerate((1000, 2000, 3000, 4000), 1):
        roster.apply(Received(11.0, 1, b"", size))
        roster.apply(Sent(11.0, 1, b"", 10))
        roster.tick(100.0 + second)
    assert roster.rates.bytes_in == 3000.0
    assert roster.rates.bytes_out == 10.0
    assert list(roster.rates.history_in) == [1000.0, 2000.0, 3000.0, 4000.0]
    assert list(roster.rates.history_accepts) == [0.0] * 4


def test_a_clock_that_steps_back_gives_no_nonsense() -> None:
    """Neither a clock that stands nor one that steps back makes a negative rate or divides by zero."""
    rates = Rates()
    for now in (10.0, 10.0, 5.0, 6.0):
        rates.tick(now, int(now) * 100, 0, 0)
    assert rates.bytes_in == 100.0
    assert all(rate >= 0 for rate in rates.history_in)


@given(st.lists(events, max_size=60))
def test_any_events_in_any_order(facts: list[Any]) -> None:
    """Nothing raises, and the totals are the sum over the connections."""
    roster = told(*facts)
    clients = roster.clients.values()
    for name in ("bytes_in", "bytes_out", "messages_in", "messages_out"):
        assert getattr(roster, name) == sum(getattr(client, name) for client in clients)
    assert roster.open == sum(client.open for client in clients)
    assert roster.closed == len(roster.clients) - roster.open
    assert roster.peak >= roster.open
    for client in clients:
        assert client.state in {"open", "slow", "paused", "closed", "reset"}
        assert (client.closed_at is None) == client.open
        assert len(client.last) <= CLIP
    forgotten = (roster.bytes_in, roster.messages_out)
    roster.clear_closed()
    assert len(roster.clients) == roster.open
    assert (roster.bytes_in, roster.messages_out) == forgotten


@given(st.lists(events, max_size=60))
def test_totals_never_shrink_by_messages(facts: list[Any]) -> None:
    """What `Received` and `Sent` say only ever adds."""
    roster = Roster()
    for fact in facts:
        before = roster.bytes_in + roster.bytes_out
        roster.apply(fact)
        if isinstance(fact, Received | Sent):
            assert roster.bytes_in + roster.bytes_out >= before
