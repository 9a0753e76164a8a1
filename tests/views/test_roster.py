"""The roster: connections, their states and totals, for any events in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.codes import CloseCode, PauseCode
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
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
from tuiserver.views.roster import CLIP, MAX_CLOSED, MAX_NOTES, SLOW, STALE, Client, Roster

ids = st.integers(0, 3)
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


def roster_of(*history: AnyEvent) -> Roster:
    """A roster after these events."""
    roster = Roster()
    for event in history:
        roster.apply(event)
    return roster


def connected(number: int, at: float = 10.0) -> Connected:
    """A client connects from port 50000 + its id."""
    return Connected(at, number, f"127.0.0.1:{50000 + number}", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def closed(number: int, reason: str = "closed by peer", at: float = 20.0, code: str = "", **totals: int) -> Closed:
    """A connection closes; totals default to 0."""
    values = {"bytes_in": 0, "bytes_out": 0, "messages_in": 0, "messages_out": 0, **totals}
    return Closed(at, number, reason, code=code, **values)


def test_a_connection_from_accept_to_end() -> None:
    """Each event of a connection changes its client."""
    roster = roster_of(
        Listening(1.0, "tcp://127.0.0.1:9999"),
        connected(1),
        Identified(11.0, 1, "http"),
        Received(12.0, 1, b"GET /", 5),
        Sent(13.0, 1, b"200 OK", 6, "hello"),
    )
    client = roster.clients[1]
    assert roster.listening == ["tcp://127.0.0.1:9999"]
    assert (client.address, client.local, client.name, client.reason) == (
        "tcp://127.0.0.1:9999",
        "127.0.0.1:9999",
        "",
        "",
    )
    assert (client.peer, client.protocol, client.since) == ("127.0.0.1:50001", "http", 10.0)
    assert (client.received_at, client.sent_at) == (12.0, 13.0)
    assert (client.bytes_in, client.bytes_out, client.messages_in, client.messages_out) == (5, 6, 1, 1)
    assert (client.last, client.last_sent, client.state) == (b"200 OK", True, "open")
    roster.apply(Sent(14.0, 1, b"", 4, "hello"))
    assert (client.bytes_out, client.messages_out, roster.bytes_out, roster.messages_out) == (10, 2, 10, 2)
    roster.apply(
        closed(
            1,
            "reset by peer",
            code=CloseCode.PEER_RESET,
            bytes_in=7,
            bytes_out=6,
            messages_in=1,
            messages_out=1,
            unsent=4,
        )
    )
    assert (client.queued, client.unsent, client.last_sent) == (0, 4, True)
    assert (client.state, client.reason, client.closed_at, client.bytes_in) == ("reset", "reset by peer", 20.0, 7)
    assert (roster.open, roster.closed, roster.bytes_in) == (0, 1, 7)


def test_traffic_is_exact_and_messages_add_to_it() -> None:
    """`Traffic` sets totals, skipped messages included; later messages add to them."""
    roster = roster_of(
        connected(1),
        Received(11.0, 1, b"ab", 2),
        Skipped(12.0, 8, 98),
        Traffic(12.0, (Totals(1, 100, 50, 9, 3, SLOW + 1),)),
        Received(13.0, 1, b"abc", 3),
        connected(2),
        Traffic(14.0, (Totals(2, 7, 20, 1, 2, 0),)),
        Skipped(14.0, 1, 2),
    )
    client = roster.clients[1]
    assert (client.bytes_in, client.bytes_out, client.messages_in, client.messages_out) == (103, 50, 10, 3)
    assert (roster.bytes_in, roster.bytes_out, roster.messages_in, roster.messages_out) == (110, 70, 11, 5)
    assert (roster.skipped_messages, roster.skipped_bytes) == (9, 100)
    roster.apply(Traffic(15.0, (Totals(1, 103, 40, 10, 3, 0),)))
    assert roster.bytes_out == 60, "totals may be corrected downwards"
    roster.apply(Traffic(15.0, (Totals(1, 103, 50, 10, 3, SLOW + 1),)))
    assert client.state == "slow"
    assert client.trouble


def test_traffic_says_who_was_active() -> None:
    """A queue that drains is not activity; a skipped message is, and bytes of the peer that are not a message yet."""
    roster = roster_of(connected(1), Traffic(50.0, (Totals(1, 0, 0, 0, 0, 9),)))
    client = roster.clients[1]
    assert (client.received_at, client.sent_at) == (10.0, None)
    roster.apply(Traffic(60.0, (Totals(1, 0, 5, 0, 1, 0),)))
    assert (client.received_at, client.sent_at) == (10.0, 60.0)
    roster.apply(Traffic(70.0, (Totals(1, 3, 5, 0, 1, 0),)))
    assert (client.received_at, client.sent_at) == (70.0, 60.0)


def test_a_peer_that_says_nothing_is_silent() -> None:
    """At first, and again a minute after it last said something, whatever is sent to it; a closed one is not."""
    roster = roster_of(connected(1), Sent(11.0, 1, b"hello", 5, "program"))
    client = roster.clients[1]
    assert client.silent_at(11.0)
    roster.apply(Received(12.0, 1, b"x", 1))
    roster.apply(Sent(71.0, 1, b"hello", 5, "program"))
    assert not client.silent_at(71.9)
    assert client.silent_at(72.0)
    assert client.state == "open"
    roster.apply(closed(1))
    assert not client.silent_at(90.0)


def test_an_ended_peer_can_be_answered_for_some_time() -> None:
    """`ended` goes before `slow` and `paused`; when it is closed, it stays known when the peer finished."""
    roster = roster_of(
        connected(1), Paused(11.0, 1, "operator", "operator"), Ended(12.0, 1, 60.0), Ended(12.0, 7, 60.0)
    )
    client = roster.clients[1]
    assert (client.state, client.ended, client.ended_at) == ("ended", True, 12.0)
    assert [client.answer_time_at(now) for now in (12.0, 30.0, 90.0)] == [60.0, 42.0, 0.0]
    roster.apply(closed(1))
    assert (client.state, client.ended, client.ended_at, client.answer_time_at(30.0)) == ("closed", False, 12.0, 0.0)


def test_paused_and_slow() -> None:
    """Reading paused by the operator is `paused`; paused because the peer does not read is `slow`."""
    roster = roster_of(connected(1), Paused(11.0, 1, "operator"))
    client = roster.clients[1]
    assert (client.state, client.paused) == ("paused", "operator")
    roster.apply(Resumed(12.0, 1))
    assert client.state == "open"
    roster.apply(Paused(13.0, 1, "buffer full", PauseCode.BUFFER_FULL))
    assert client.state == "slow"


def test_closed_is_final() -> None:
    """No event after `Closed` changes a connection or the totals."""
    roster = roster_of(connected(1), closed(1, bytes_in=4, messages_in=1))
    before = {name: getattr(roster.clients[1], name) for name in Client.__slots__}
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
    assert {name: getattr(roster.clients[1], name) for name in Client.__slots__} == before
    assert (roster.bytes_in, roster.open, roster.closed, roster.accepted) == (4, 0, 1, 1)


def test_an_error_of_a_callback_is_shown_in_the_row() -> None:
    """Warnings and errors about a connection replace its last message; infos do not."""
    roster = roster_of(connected(1), Received(11.0, 1, b"x", 1), Noted(12.0, "info", "fine", 1))
    assert (roster.clients[1].last, roster.clients[1].trouble) == (b"x", False)
    roster.apply(Noted(13.0, "error", "on_message: KeyError: 'channel'", 1, "Traceback …"))
    assert (roster.clients[1].last, roster.clients[1].last_sent) == ("on_message: KeyError: 'channel'", False)
    assert roster.clients[1].trouble


def test_notes_about_no_connection_are_kept() -> None:
    """The roster keeps the latest `MAX_NOTES` notes of the server itself."""
    roster = roster_of(*(Noted(float(n), "warning", f"note {n}") for n in range(250)))
    assert len(roster.notes) == MAX_NOTES
    assert (roster.notes[0].text, roster.notes[-1].text) == (f"note {250 - MAX_NOTES}", "note 249")


def test_the_last_message_is_clipped() -> None:
    """Only the first bytes of the last message are kept."""
    roster = roster_of(connected(1), Received(11.0, 1, b"x" * 1_000_000, 1_000_000))
    assert roster.clients[1].last == b"x" * CLIP
    assert roster.clients[1].bytes_in == 1_000_000


def test_closed_connections_are_kept_up_to_a_limit() -> None:
    """The one that closed first is removed first; its bytes still count."""
    roster = Roster()
    for number in range(1, MAX_CLOSED + 102):
        roster.apply(connected(number))
        if number > 1:
            roster.apply(closed(number, bytes_in=1))
    assert (roster.open, roster.closed, roster.peak, roster.accepted) == (1, MAX_CLOSED, 2, MAX_CLOSED + 101)
    assert list(roster.clients)[:2] == [1, 102]
    assert roster.bytes_in == MAX_CLOSED + 100
    roster.clear_closed()
    assert (list(roster.clients), roster.closed, roster.bytes_in) == ([1], 0, MAX_CLOSED + 100)


def test_versions_show_what_changed() -> None:
    """`version` grows with every change, a client's version with its own, `arrangement` with rows added or removed."""
    roster = roster_of(connected(1), connected(2))
    version, arrangement, other = roster.version, roster.arrangement, roster.clients[2].version
    assert (version, arrangement) == (2, 2)
    roster.apply(Received(11.0, 1, b"x", 1))
    assert roster.version > version
    assert roster.clients[1].version == roster.version
    assert roster.clients[2].version == other
    assert roster.arrangement == arrangement
    roster.apply(closed(2))
    assert roster.arrangement > arrangement
    assert roster.clients[2].version > other
    version, arrangement = roster.version, roster.arrangement
    roster.clear_closed()
    assert roster.version > version
    assert roster.arrangement > arrangement


def test_rates_are_per_second() -> None:
    """`tick` computes the rates of all connections together."""
    roster = roster_of(connected(1))
    roster.tick(100.0)
    for second, size in enumerate((1000, 2000, 3000, 4000), 1):
        roster.apply(Received(11.0, 1, b"", size))
        roster.apply(Sent(11.0, 1, b"", 10))
        roster.tick(100.0 + second)
    assert roster.rates.bytes_in == 3000.0
    assert roster.rates.bytes_out == 10.0
    roster.apply(connected(2))
    roster.apply(connected(3))
    roster.tick(106.0)
    assert roster.rates.accepts == 0.5


def test_rates_of_a_connection() -> None:
    """Bytes per second between two `Traffic` events; 0 once it has been silent for `STALE` seconds or is closed."""
    roster = roster_of(connected(1, at=100.0), Traffic(101.0, (Totals(1, 500, 100, 1, 1, 0),)))
    client = roster.clients[1]
    assert client.rates_at(101.0) == (500.0, 100.0)
    roster.apply(Traffic(101.5, (Totals(1, 900, 100, 2, 1, 0),)))
    assert client.rates_at(101.5) == (500.0, 100.0)  # too soon for a new rate
    roster.apply(Traffic(103.0, (Totals(1, 1500, 300, 3, 2, 0),)))
    assert client.rates_at(103.0) == (500.0, 100.0)
    assert client.rates_at(103.0 + STALE - 0.1) == (500.0, 100.0)
    assert client.rates_at(103.0 + STALE) == (0.0, 0.0)
    roster.apply(Traffic(110.0, (Totals(1, 1600, 300, 4, 2, 0),)))
    assert client.rates_at(110.0) == (100.0, 0.0)  # after a silence, as if within one second
    roster.apply(closed(1, at=110.0))
    assert client.rates_at(110.0) == (0.0, 0.0)


def test_connections_can_be_named() -> None:
    """A name belongs to a connection until it is replaced by an empty one; unknown ids are ignored."""
    roster = roster_of(connected(1), connected(2))
    version = roster.version
    roster.name(9, "nobody")
    assert (roster.version, roster.named) == (version, False)
    roster.name(1, "pump")
    assert (roster.clients[1].name, roster.named) == ("pump", True)
    assert roster.clients[1].version == roster.version > version
    roster.name(1, "")
    assert (roster.clients[1].name, roster.named) == ("", False)


def test_addresses() -> None:
    """Each address is listed once, open or not; `since` is the time of the first open one."""
    roster = roster_of(
        Unopened(1.0, "tcp://192.0.2.1:1", "no such address"),
        Unopened(2.0, "tcp://192.0.2.1:1", "no such address"),
    )
    assert (roster.unopened, roster.since) == (["tcp://192.0.2.1:1"], None)
    for at in (3.0, 4.0):
        roster.apply(Listening(at, "tcp://127.0.0.1:9999"))
    assert (roster.listening, roster.since) == (["tcp://127.0.0.1:9999"], 3.0)


@given(st.lists(ids, max_size=4), st.lists(events, max_size=60))
def test_any_events_in_any_order(first: list[int], history: list[Any]) -> None:
    """`apply` never raises, and totals are the sums over the connections."""
    roster = roster_of(*map(connected, first), *history)
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
def test_messages_never_reduce_totals(history: list[Any]) -> None:
    """`Received` and `Sent` only add."""
    roster = Roster()
    for event in history:
        before = roster.bytes_in + roster.bytes_out
        roster.apply(event)
        if isinstance(event, Received | Sent):
            assert roster.bytes_in + roster.bytes_out >= before


def test_what_is_no_message_counts_as_bytes_only() -> None:
    """What a protocol refuses is traffic, and the last thing that was received."""
    roster = roster_of(connected(1), Received(11.0, 1, b"abc", 3, "refused", "protocol_error"))
    client = roster.clients[1]
    assert (client.messages_in, client.bytes_in, client.last) == (0, 3, b"abc")


def test_a_view_that_lost_lifecycle_events_knows_the_present_state_again() -> None:
    """After a `Skipped` with lifecycle only the connections of the snapshot are open; names and totals are kept."""
    roster = Roster()
    for number in (1, 2, 3):
        roster.apply(Connected(float(number), number, f"peer{number}", "local", "tcp://x:1"))
    roster.apply(Paused(3.0, 2, "operator", "operator"))
    roster.name(2, "printer")
    roster.apply(Closed(4.0, 3, "closed by peer", 0, 0, 0, 0))
    roster.apply(Skipped(10.0, 5, 50, {"connected": 4, "closed": 4}))
    roster.apply(Listening(0.5, "tcp://x:1"))
    roster.apply(Connected(2.0, 2, "peer2", "local", "tcp://x:1"))
    roster.apply(Traffic(9.0, (Totals(2, 100, 200, 1, 2, 0),)))
    roster.apply(Connected(9.5, 7, "peer7", "local", "tcp://x:1"))
    roster.apply(Connected(11.0, 8, "peer8", "local", "tcp://x:1"))
    assert [number for number, client in roster.clients.items() if client.closed_at is None] == [2, 7, 8]
    assert list(roster.clients) == [3, 2, 7, 8]
    assert (roster.open, roster.closed, roster.accepted) == (3, 1, 8)
    assert (roster.clients[2].name, roster.clients[2].paused, roster.clients[2].bytes_in) == ("printer", "", 100)
    assert roster.listening == ["tcp://x:1"]
    assert roster.skipped_messages == 5
