"""The transcript: views, gaps, the budget, and agreement with a plain list for any events."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent, Skipped, Traffic
from tuiserver.views.transcript import CONNECTION_OVERHEAD, OVERHEAD, Direction, Series, Transcript

DIRECTIONS: tuple[Direction, ...] = ("in", "out", "both")


def connected(number: int) -> Connected:
    """A client connects."""
    return Connected(1.0, number, "127.0.0.1:5000", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def received(number: int, data: bytes = b"x") -> Received:
    """A message is received."""
    return Received(1.0, number, data, len(data))


def sent(number: int, data: bytes = b"y") -> Sent:
    """A message is sent."""
    return Sent(1.0, number, data, len(data), "operator")


def closed(number: int) -> Closed:
    """A connection closes."""
    return Closed(1.0, number, "closed by peer", 0, 0, 0, 0)


def entries(series: Series) -> list[Received | Sent | Skipped]:
    """The entries of a series."""
    return [series.get(index) for index in range(series.first, series.end)]


def test_entries_are_the_events_of_one_connection_or_of_all() -> None:
    """A view has the events of its connection and direction, as the same objects, in order, and no other events."""
    transcript = Transcript()
    ping, pong, other = received(1, b"PING"), sent(1, b"PONG"), received(2, b"hi")
    for event in (connected(1), connected(2), ping, pong, Traffic(1.0, ()), other, closed(2)):
        transcript.apply(event)
    assert entries(transcript.view(1)) == [ping, pong]
    assert entries(transcript.view(1, "in")) == [ping]
    assert entries(transcript.view(1, "out")) == [pong]
    assert entries(transcript.view(0)) == [ping, pong, other]
    assert entries(transcript.view(0, "in")) == [ping, other]
    assert transcript.view(1).get(0) is ping
    assert len(transcript.view(7)) == 0


def test_an_index_refers_to_one_entry_for_ever() -> None:
    """Kept entries keep their index, through 10,000 drops; dropped ones, below `first`, raise `IndexError`."""
    transcript = Transcript(budget=CONNECTION_OVERHEAD + 100 * (OVERHEAD + 8))
    transcript.apply(connected(1))
    for number in range(10_000):
        transcript.apply(received(1, b"%08d" % number))
        view = transcript.view(1)
        assert view.end == number + 1
        assert view.get(view.first) == received(1, b"%08d" % view.first)
    assert 90 <= len(transcript.view(1)) <= 100
    assert transcript.dropped == transcript.view(1).first == transcript.view(0).first
    assert transcript.size <= transcript.budget
    with pytest.raises(IndexError):
        transcript.view(1).get(transcript.view(1).first - 1)
    with pytest.raises(IndexError):
        transcript.view(1).get(transcript.view(1).end)


def test_all_connections_share_one_budget() -> None:
    """The oldest message of all connections is dropped first."""
    transcript = Transcript(budget=2 * CONNECTION_OVERHEAD + 10 * (OVERHEAD + 10))
    transcript.apply(received(1, b"0123456789"))
    for _ in range(20):
        transcript.apply(received(2, b"0123456789"))
    assert len(transcript.view(1)) == 0
    assert 8 <= len(transcript.view(2)) <= 10
    assert transcript.dropped == 21 - len(transcript.view(2))


def test_a_gap_stands_wherever_messages_may_be_missing() -> None:
    """The view of a connection shows once how much was skipped since its previous message."""
    transcript = Transcript()
    for event in (connected(1), received(1, b"a"), Skipped(2.0, 3, 30), received(2, b"b"), Skipped(3.0, 4, 40)):
        transcript.apply(event)
    transcript.apply(sent(1, b"c"))
    assert entries(transcript.view(0)) == [
        received(1, b"a"),
        Skipped(2.0, 3, 30),
        received(2, b"b"),
        Skipped(3.0, 4, 40),
        sent(1, b"c"),
    ]
    assert entries(transcript.view(1)) == [received(1, b"a"), Skipped(3.0, 7, 70), sent(1, b"c")]
    assert entries(transcript.view(1, "out")) == [Skipped(3.0, 7, 70), sent(1, b"c")]
    assert entries(transcript.view(2)) == [received(2, b"b"), Skipped(3.0, 4, 40)]


def test_a_gap_at_the_end_grows() -> None:
    """Consecutive gaps are one entry, after the last message of a connection too."""
    transcript = Transcript()
    for event in (connected(1), received(1), Skipped(2.0, 3, 30), Skipped(3.0, 1, 10)):
        transcript.apply(event)
    assert entries(transcript.view(0)) == [received(1), Skipped(3.0, 4, 40)]
    assert entries(transcript.view(1)) == [received(1), Skipped(3.0, 4, 40)]
    transcript.apply(Skipped(4.0, 1, 1))
    assert entries(transcript.view(1)) == [received(1), Skipped(4.0, 5, 41)]
    transcript.apply(closed(1))
    transcript.apply(Skipped(5.0, 1, 1))
    assert entries(transcript.view(1)) == [received(1), Skipped(4.0, 5, 41)], "nothing is missing after it was closed"


def test_a_connection_without_messages_may_have_a_gap() -> None:
    """Messages skipped before a client connected are not missing from its view; later ones are."""
    transcript = Transcript()
    for event in (Skipped(1.0, 9, 9), connected(1)):
        transcript.apply(event)
    assert len(transcript.view(1)) == 0
    transcript.apply(Skipped(2.0, 3, 30))
    assert entries(transcript.view(1)) == [Skipped(2.0, 3, 30)]


def test_forgetting_clears_one_connection() -> None:
    """A forgotten connection has an empty view; its messages remain in the view of all until they are dropped."""
    transcript = Transcript()
    for event in (connected(1), received(1), Skipped(1.0, 1, 1), received(2), sent(1), closed(1)):
        transcript.apply(event)
    before = transcript.size
    transcript.forget(1)
    transcript.forget(99)
    assert len(transcript.view(1)) == 0
    assert len(transcript.view(0)) == 4
    assert transcript.size < before
    transcript.budget = 0
    transcript.apply(received(2))
    assert len(transcript.view(0)) == 0
    assert transcript.size <= 2 * CONNECTION_OVERHEAD + 2 * OVERHEAD


def test_short_connections_need_bounded_memory() -> None:
    """A closed connection is removed with its last message."""
    transcript = Transcript(budget=50_000)
    for number in range(1, 5_001):
        for event in (connected(number), received(number), Skipped(1.0, 1, 1), closed(number)):
            transcript.apply(event)
    assert transcript.size <= transcript.budget
    assert transcript.dropped > 4_900
    assert transcript.connections < 50


def test_a_transcript_that_is_empty_again_has_no_size() -> None:
    """Every message, gap and connection is taken off again when it is dropped or forgotten."""
    transcript = Transcript()
    for number in (1, 2):
        for event in (connected(number), received(number), Skipped(1.0, 1, 1), sent(number), Skipped(2.0, 1, 1)):
            transcript.apply(event)
    transcript.apply(closed(1))
    transcript.view(2)
    assert transcript.size == 2 * CONNECTION_OVERHEAD + 4 * (1 + OVERHEAD) + 4 * OVERHEAD + 4 * OVERHEAD
    transcript.budget = 0
    transcript.apply(closed(2))
    transcript.apply(received(3))
    transcript.apply(closed(3))
    assert (transcript.size, transcript.dropped, transcript.connections) == (0, 5, 0)


numbers = st.integers(1, 4)
some_events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(connected, numbers),
    st.builds(received, numbers, st.binary(max_size=40)),
    st.builds(sent, numbers, st.binary(max_size=40)),
    st.builds(lambda n: Skipped(1.0, n, n * 10), st.integers(1, 9)),
    st.builds(closed, numbers),
)


@settings(deadline=None)
@given(st.lists(some_events, max_size=120), st.integers(0, 12_000), st.booleans())
def test_any_events_agree_with_a_plain_list(events: list[AnyEvent], budget: int, viewing: bool) -> None:
    """The entries kept are the newest of a plain list, and an index never refers to another entry."""
    transcript = Transcript(budget)
    messages: list[Received | Sent] = []
    known: dict[tuple[int, str, int], Received | Sent] = {}
    skipped = 0
    for event in events:
        transcript.apply(event)
        if isinstance(event, (Received, Sent)):
            messages.append(event)
        skipped += event.messages if isinstance(event, Skipped) else 0
        assert transcript.size <= budget or not any(
            isinstance(e, (Received, Sent)) for e in entries(transcript.view(0))
        )
        if not viewing and event is not events[-1]:
            continue
        for number in range(5):
            transcript.view(number)  # adds the gaps at the end, which count towards the budget
        kept = messages[transcript.dropped :]
        of: dict[tuple[int, str], list[Received | Sent]] = defaultdict(list)
        for message in kept:
            direction = "in" if isinstance(message, Received) else "out"
            for key in ((0, "both"), (0, direction), (message.id, "both"), (message.id, direction)):
                of[key].append(message)
        for number in range(5):
            for direction in DIRECTIONS:
                view = transcript.view(number, direction)
                found = entries(view)
                assert [e for e in found if not isinstance(e, Skipped)] == of[number, direction]
                assert sum(e.messages for e in found if isinstance(e, Skipped)) <= skipped
                for index, entry in enumerate(found, view.first):
                    if isinstance(entry, (Received, Sent)) and not any(isinstance(e, Closed) for e in events):
                        assert known.setdefault((number, direction, index), entry) is entry
