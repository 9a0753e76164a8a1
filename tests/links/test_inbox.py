"""The inbox: what it takes, drops and reports as skipped, and waiting for it."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.serving import wait_until
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Inspected,
    Listening,
    Noted,
    Paused,
    Received,
    Refused,
    Skipped,
    Totals,
    Traffic,
)
from tuiserver.links.inbox import EVENT_SIZE, Inbox


def received(number: int, size: int = 10) -> Received:
    """A message of `size` bytes."""
    return Received(float(number), number, b"x" * size, size)


def numbers(events: list[AnyEvent]) -> list[int]:
    """The ids of the messages."""
    return [event.id for event in events if isinstance(event, Received)]


def test_events_keep_their_order_and_wake_once() -> None:
    """There is one wake-up until the events are taken, then another one."""
    wakes: list[int] = []
    inbox = Inbox(10_000, wake=lambda: wakes.append(1))
    inbox.put([received(1)])
    inbox.put([received(2), received(3)])
    assert len(wakes) == 1
    assert numbers(inbox.take()) == [1, 2, 3]
    inbox.put([received(4)])
    assert len(wakes) == 2
    assert numbers(inbox.take()) == [4]
    assert inbox.take() == []


def test_a_full_inbox_drops_traffic_but_no_lifecycle() -> None:
    """Over its bytes, lifecycle is kept, messages are dropped, and a `Skipped` in each gap has the exact sums."""
    inbox = Inbox(3 * (EVENT_SIZE + 10))
    batch = [received(1), received(2), Listening(3.0, "tcp://x:1"), received(4, 1000), received(5), Listening(6.0, "y")]
    inbox.put(batch)
    taken = inbox.take()
    assert [e for e in taken if isinstance(e, Listening)] == [batch[2], batch[5]]
    kept = [e.id for e in taken if isinstance(e, Received)]
    lost = [e for e in batch if isinstance(e, Received) and e.id not in kept]
    skipped = [e for e in taken if isinstance(e, Skipped)]
    assert lost
    assert sum(e.messages for e in skipped) == len(lost)
    assert sum(e.bytes for e in skipped) == sum(e.size for e in lost)


@given(
    st.lists(st.lists(st.sampled_from([0, 10, 400]), min_size=1, max_size=8), min_size=1, max_size=6),
    st.integers(300, 3000),
)
def test_what_is_missing_is_told_before_the_close_that_follows(batches: list[list[int]], max_bytes: int) -> None:
    """A script that reads up to `closed` knows of every message: it was shown or skipped. 0 stands for the close."""
    inbox = Inbox(max_bytes)
    for batch in batches:
        inbox.put([received(1, size) if size else Closed(1.0, 1, "", 0, 0, 0, 0) for size in batch])
    known = expected = 0
    taken = iter(inbox.take())
    for size in (size for batch in batches for size in batch):
        if size:
            expected += 1
            continue
        for event in taken:
            if isinstance(event, Closed):
                break
            known += event.messages if isinstance(event, Skipped) else 1
        assert known == expected


def test_capacity_shrinks_and_grows() -> None:
    """The capacity is what is left of its events and bytes; it returns when they are taken."""
    inbox = Inbox(1_000_000, 100)
    assert inbox.capacity() == 100
    inbox.put([received(n) for n in range(40)])
    assert inbox.capacity() == 60
    inbox.take()
    assert inbox.capacity() == 100
    assert Inbox(10 * EVENT_SIZE).capacity() == 10


@given(
    st.lists(st.one_of(st.integers(0, 400).map(lambda s: received(1, s)), st.just(Listening(1.0, "a"))), max_size=40)
)
def test_every_dropped_message_is_counted(batch: list[AnyEvent]) -> None:
    """Taken and skipped messages add up to those that were put, and lifecycle is complete."""
    inbox = Inbox(2_000)
    inbox.put(batch)
    taken = inbox.take()
    messages = sum(isinstance(e, Received) for e in taken) + sum(e.messages for e in taken if isinstance(e, Skipped))
    size = sum(e.size for e in taken if isinstance(e, Received)) + sum(e.bytes for e in taken if isinstance(e, Skipped))
    assert messages == sum(isinstance(e, Received) for e in batch)
    assert size == sum(e.size for e in batch if isinstance(e, Received))
    assert sum(isinstance(e, Listening) for e in taken) == sum(isinstance(e, Listening) for e in batch)


def test_wait_blocks_until_there_is_something() -> None:
    """After `end` it returns what is left, then nothing."""
    inbox = Inbox(10_000)
    got: list[AnyEvent] = []

    def consume() -> None:
        while events := inbox.wait():
            got.extend(events)

    thread = threading.Thread(target=consume)
    thread.start()
    inbox.put([received(1)])
    wait_until(lambda: got, "the first batch")
    inbox.put([received(2)])
    inbox.end()
    thread.join(5)
    assert not thread.is_alive()
    assert numbers(got) == [1, 2]
    assert inbox.wait() == []


# ── a watcher that has stalled ──


def connected(number: int) -> Connected:
    """A client that has connected."""
    return Connected(float(number), number, f"127.0.0.1:{10_000 + number}", "127.0.0.1:9", "tcp://127.0.0.1:9")


def closed(number: int) -> Closed:
    """The same client, ended."""
    return Closed(float(number), number, "closed by peer", 10 * number, number, 5, 5, 0, "peer_closed")


def test_while_nothing_is_taken_a_full_inbox_asks_for_no_messages() -> None:
    """Its capacity is 0, also when old messages made room for other events: the server does not make what would be dropped.
    When the watcher takes something, it grows again."""
    inbox = Inbox(20_000)
    while inbox.capacity():
        inbox.put([received(1)])
    for number in range(100):
        inbox.put([connected(number), Skipped(float(number), 1000, 5000), closed(number)])
        inbox.put([Traffic(float(number), (Totals(1000, number, 0, number, 0, 0),))])
        assert inbox.capacity() == 0
    inbox.take()
    assert inbox.capacity() > 100


def test_one_event_counts_what_is_missing_in_a_gap() -> None:
    """However many batches were dropped; and it comes before the event that follows the gap."""
    inbox = Inbox(1_000_000, 5)
    inbox.put([received(number) for number in range(5)])
    for _ in range(50):
        inbox.put([Skipped(1.0, 10, 100)])
        inbox.put([received(2)])
    inbox.put([closed(1), Skipped(2.0, 3, 30)])
    assert inbox.take()[5:] == [Skipped(2.0, 550, 5500), closed(1), Skipped(2.0, 3, 30)]
    assert inbox.capacity() == 5


def test_messages_that_come_when_nothing_fits_are_counted() -> None:
    """Lifecycle has used up the bound to the last bytes; messages that come then are a gap."""
    inbox = Inbox(1000, request_snapshot=lambda: None)
    note = Noted(1.0, "info", "x" * 700)
    inbox.put([note])
    inbox.put([received(1)])
    inbox.put([received(2)])
    assert inbox.take() == [note, Skipped(2.0, 2, 20)]


def test_the_capacity_is_what_fits_by_the_usual_size() -> None:
    """Large messages that would be dropped are not made."""
    inbox = Inbox(100_000)
    inbox.put([received(1, 10_000) for _ in range(5)])
    assert inbox.capacity() == 4


def test_of_the_totals_of_a_connection_the_newest_are_kept() -> None:
    """Totals of a thousand clients that trickle for a long time take no more than the bound, and the last ones are right."""
    limit = 600_000
    inbox = Inbox(limit)
    inbox.put([connected(number) for number in range(1000)])
    for turn in range(200):
        inbox.put([Traffic(float(turn), tuple(Totals(n, turn, 0, turn, 0, 0) for n in range(turn % 7, 1000, 7)))])
        assert inbox.queued_bytes <= limit
    taken = inbox.take()
    assert [event.id for event in taken if isinstance(event, Connected)] == list(range(1000))
    newest = {each.id: each.bytes_in for event in taken if isinstance(event, Traffic) for each in event.totals}
    assert newest == {number: max(t for t in range(200) if t % 7 == number % 7) for number in range(1000)}
    assert not any(isinstance(event, Skipped) for event in taken)


def test_totals_of_a_closed_connection_are_not_kept() -> None:
    """`Closed` has the final ones."""
    inbox = Inbox(20_000)
    inbox.put([connected(1), Traffic(1.0, (Totals(1, 1, 1, 1, 1, 0),)), closed(1)])
    for turn in range(100):
        inbox.put([Traffic(float(turn), (Totals(2, turn, 0, 0, 0, 0),))])
    taken = inbox.take()
    assert [each.id for event in taken if isinstance(event, Traffic) for each in event.totals][:1] == [2]
    assert [type(event) for event in taken[:2]] == [Connected, Closed]


def test_lifecycle_over_the_bound_ends_in_a_snapshot() -> None:
    """Whatever comes, no more than the bound is queued. The watcher then gets one `Skipped` that counts all, and the state."""
    requests: list[int] = []
    limit = 50_000
    inbox = Inbox(limit, request_snapshot=lambda: requests.append(1))
    for number in range(1000):
        inbox.put([connected(number), received(number), closed(number)])
        assert inbox.queued_bytes <= limit
    assert inbox.capacity() == 0
    assert requests == []
    assert inbox.take() == []
    assert inbox.take() == []
    assert requests == [1]
    inbox.put([connected(2000)])
    inbox.resynchronize(5.0, [connected(2000)])
    assert inbox.take() == [Skipped(5.0, 1000, 10_000, {"connected": 1001, "closed": 1000}), connected(2000)]
    inbox.put([received(2000)])
    assert inbox.take() == [received(2000)]
    assert inbox.capacity() == limit // EVENT_SIZE


def test_what_was_missed_before_a_snapshot_that_is_lost_too_stays_counted() -> None:
    """The watcher stalls after it has asked for a snapshot: that does not fit beside what follows, and all is counted again."""
    inbox = Inbox(10_000, request_snapshot=lambda: None)
    for number in range(100):
        inbox.put([connected(number)])
    assert inbox.take() == []
    inbox.resynchronize(1.0, [connected(0)])
    for number in range(100):
        inbox.put([closed(number)])
    assert inbox.take() == []
    inbox.resynchronize(2.0, [connected(1)])
    assert inbox.take() == [Skipped(2.0, 0, 0, {"connected": 101, "closed": 100}), connected(1)]


def test_a_snapshot_of_any_size_is_taken() -> None:
    """A snapshot larger than the bound is queued once, with as much again for what follows it, and it is not lost."""
    inbox = Inbox(1000, request_snapshot=lambda: None)
    snapshot: list[AnyEvent] = [connected(number) for number in range(100)]
    inbox.put(snapshot)
    inbox.put([connected(100)])
    assert inbox.take() == [*snapshot, connected(100)]
    for number in range(10):
        inbox.put([connected(number)])
    assert inbox.take() == []
    inbox.resynchronize(1.0, snapshot)
    inbox.put([connected(100)])
    assert inbox.take()[1:] == [*snapshot, connected(100)]


def test_without_a_way_to_a_snapshot_no_lifecycle_is_lost() -> None:
    """Nobody could tell the watcher the present state."""
    inbox = Inbox(1000)
    for number in range(100):
        inbox.put([connected(number), received(number)])
    taken = inbox.take()
    assert [event.id for event in taken if isinstance(event, Connected)] == list(range(100))
    assert sum(e.messages for e in taken if isinstance(e, Skipped)) + sum(isinstance(e, Received) for e in taken) == 100


def test_waiting_asks_for_a_snapshot_and_the_end_reports_what_was_lost() -> None:
    """`wait` requests a snapshot; if the server ends first, it returns what was lost, then nothing."""
    asked = threading.Event()
    inbox = Inbox(1000, request_snapshot=asked.set)
    for number in range(100):
        inbox.put([connected(number)])
    got: list[list[AnyEvent]] = []
    thread = threading.Thread(target=lambda: got.extend([inbox.wait(), inbox.wait()]))
    thread.start()
    assert asked.wait(5)
    inbox.end()
    thread.join(5)
    ((skipped,), nothing) = got
    assert isinstance(skipped, Skipped)
    assert skipped.lifecycle == {"connected": 100}
    assert nothing == []


@pytest.mark.parametrize(
    "make",
    [
        lambda n: Received(n + 0.5, n, bytes(n % 50), n % 50),
        lambda n: Traffic(
            n + 0.5, tuple(Totals(n + i, 10_000 + n, 20_000 + n, 3000 + n, 4000 + n, 0) for i in range(9))
        ),
        lambda n: Connected(n + 0.5, n, f"127.0.0.1:{n}", "127.0.0.1:9", "tcp://127.0.0.1:9"),
        lambda n: Closed(n + 0.5, n, f"closed {n}", 10_000 + n, 20_000 + n, 3000 + n, 4000 + n),
        lambda n: Noted(n + 0.5, "info", f"note {n}" * 9, n),
        lambda n: Refused(n + 0.5, n, n, "not_open", f"cannot send to #{n}: it is closed"),
        lambda n: Paused(n + 0.5, n, "operator", "operator"),
        lambda n: Inspected(n + 0.5, n, {f"{name}": n + 0.1 for name in "abcdefghijklmnop"}),
    ],
    ids=["received", "traffic", "connected", "closed", "noted", "refused", "paused", "inspected"],
)
def test_an_event_takes_no_more_memory_than_it_counts(make: Callable[[int], AnyEvent]) -> None:
    """Measured for events that share nothing: a full inbox takes at most a quarter more than its bound."""
    inbox = Inbox(1 << 30)
    tracemalloc.start()
    try:
        for number in range(1000, 3000):
            inbox.put([make(number)])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= 1.25 * inbox.queued_bytes
