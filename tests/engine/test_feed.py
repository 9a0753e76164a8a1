"""The feed: batches, capacity, what is skipped, totals, and sinks that are added, removed and fail."""

from __future__ import annotations

import pytest

from tests.support.serving import RecordingSink
from tuiserver.core.events import Listening, Noted, Received, Sent, Skipped, Totals, Traffic, is_lifecycle
from tuiserver.engine.feed import Feed
from tuiserver.engine.loop import Loop


class DirtyConnection:
    """A connection, as far as the feed knows it."""

    def __init__(self, number: int) -> None:
        self.dirty = False
        self.number = number

    def totals(self) -> Totals:
        return Totals(self.number, 1, 2, 3, 4, 5)


@pytest.fixture
def loop():
    """A loop that is closed after the test."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def feed(loop):
    """A feed without sinks."""
    return Feed(loop)


def test_traffic_goes_to_sinks_that_want_it(feed):
    """A sink that wants lifecycle gets that and what the operator sent; the other one gets all events, in order."""
    view, log = RecordingSink(), RecordingSink("lifecycle")
    feed.add(view, [])
    feed.add(log, [])
    events = [
        Listening(1.0, "tcp://x:1"),
        Received(1.0, 1, b"x", 1),
        Sent(1.0, 1, b"y", 1, "echo"),
        Sent(1.0, 1, b"z", 1, "operator"),
    ]
    feed.emit(events[0])
    feed.batch += events[1:]
    feed.flush()
    assert view.events == events
    assert log.events == [events[0], events[3]]


def test_a_batch_without_lifecycle_is_not_put_into_the_log(feed):
    """`put` of a sink that wants lifecycle only is not called for traffic."""

    class LifecycleOnly(RecordingSink):
        def put(self, events):
            raise AssertionError("called for traffic")

    feed.add(RecordingSink(), [])
    feed.add(LifecycleOnly("lifecycle"), [])
    feed.batch.append(Received(1.0, 1, b"x", 1))
    feed.flush()


def test_what_is_missing_is_reported_before_the_event_that_follows_it(feed):
    """A reader that adds up messages and skipped ones until `Closed` has all of them."""
    view = RecordingSink()
    feed.add(view, [])
    feed.skipped_messages, feed.skipped_bytes = 2, 20
    feed.emit(Listening(1.0, "tcp://x:1"))
    feed.skipped_messages, feed.skipped_bytes = 1, 5
    feed.flush()
    assert [(type(e), getattr(e, "messages", 0)) for e in view.events] == [(Skipped, 2), (Listening, 0), (Skipped, 1)]


def test_the_capacity_is_that_of_the_views(feed):
    """Without a sink that wants traffic it is 0, and no traffic is made."""
    assert (feed.watched, feed.capacity) == (False, 0)
    feed.add(RecordingSink("lifecycle"), [])
    assert (feed.watched, feed.capacity) == (False, 0)
    view = RecordingSink()
    feed.add(view, [])
    assert (feed.watched, feed.capacity) == (True, 1 << 30)
    feed.remove(view)
    assert (feed.watched, feed.capacity) == (False, 0)


def test_events_that_were_not_made_are_reported_as_skipped(feed):
    """One `Skipped` with their numbers is at the end of the batch, once."""
    view = RecordingSink()
    feed.add(view, [])
    feed.skipped_messages, feed.skipped_bytes = 3, 300
    feed.flush()
    assert [(e.messages, e.bytes) for e in view.of(Skipped)] == [(3, 300)]
    feed.flush()
    assert len(view.events) == 1


def test_the_first_batch_is_flushed_at_once_and_the_next_20_ms_later(feed, loop):
    """After a pause a batch is flushed at the end of the turn; under load the next one waits."""
    view = RecordingSink()
    feed.add(view, [])
    loop.monotonic += 1
    feed.emit(Listening(1.0, "a"))
    assert feed.end_of_turn() is None
    assert len(view.events) == 1
    loop.monotonic += 0.005
    feed.emit(Listening(1.0, "b"))
    assert feed.end_of_turn() == pytest.approx(0.015, abs=1e-4)
    assert len(view.events) == 1
    loop.monotonic += 0.016
    assert feed.end_of_turn() is None
    assert len(view.events) == 2


def test_setting_the_clock_back_delays_no_events(feed, loop):
    """Batches are timed by the monotonic clock: a jump of an hour makes no difference."""
    view = RecordingSink()
    feed.add(view, [])
    loop.monotonic += 1
    loop.now -= 3600
    feed.emit(Listening(1.0, "a"))
    assert feed.end_of_turn() is None
    assert len(view.events) == 1


def test_totals_are_emitted_for_dirty_connections(feed, loop):
    """Within a quarter of a second, in one `Traffic`, each connection once; those that have ended are left out."""
    view = RecordingSink()
    feed.add(view, [])
    connections = [DirtyConnection(1), DirtyConnection(2), DirtyConnection(3)]
    for connection in connections:
        feed.mark_dirty(connection)
    connections[2].dirty = False  # its end was emitted in between
    loop.call_later(0.3, loop.stop)
    loop.run()
    feed.flush()
    (traffic,) = view.of(Traffic)
    assert [totals.id for totals in traffic.totals] == [1, 2]
    assert not connections[0].dirty


def test_totals_that_a_sender_waits_for_come_with_the_next_flush(feed, loop):
    """Once, after the events that caused them; those of a connection that has ended are left out."""
    connections = [DirtyConnection(1), DirtyConnection(2)]
    feed.report_totals(connections[0])
    assert feed.end_of_turn() is None, "nobody watches"
    view = RecordingSink()
    feed.add(view, [])
    for connection in connections:
        feed.mark_dirty(connection)
        for _ in range(2):
            feed.report_totals(connection)
    connections[1].dirty = False  # its end was emitted in between
    sent = Sent(1.0, 1, b"y", 1, "operator", 7)
    feed.emit(sent)
    feed.flush()
    feed.flush()
    assert view.events == [sent, Traffic(loop.now, (Totals(1, 1, 2, 3, 4, 5),))]
    feed.report_totals(connections[0])
    assert feed.end_of_turn() is not None, "it waits for the next flush"
    loop.call_later(0.3, loop.stop)
    loop.run()
    feed.flush()
    assert len(view.of(Traffic)) == 2, "the regular totals came before that flush"


def test_a_new_sink_gets_the_snapshot_first(feed):
    """Events from before it was added are not repeated."""
    view = RecordingSink()
    feed.emit(Noted(1.0, "info", "before its time"))
    feed.add(view, [Listening(1.0, "a")])
    feed.flush()
    assert view.events == [Listening(1.0, "a")]


def test_a_sink_that_fails_is_removed(feed):
    """The other sinks get a note about it, and further events."""

    class Broken(RecordingSink):
        def put(self, events):
            raise OSError("no space")

    view = RecordingSink()
    feed.add(Broken(), [])
    feed.add(view, [])
    feed.emit(Listening(1.0, "a"))
    feed.flush()
    feed.flush()
    feed.emit(Listening(1.0, "b"))
    feed.flush()
    assert [type(e).__name__ for e in view.events] == ["Listening", "Noted", "Listening"]


def test_what_is_lifecycle():
    """Traffic may be skipped; everything else, and what the operator sent, may not."""
    assert is_lifecycle(Noted(1.0, "info", "x"))
    assert is_lifecycle(Sent(1.0, 1, b"", 0, "operator"))
    assert not is_lifecycle(Sent(1.0, 1, b"", 0, "hello"))
    assert not any(map(is_lifecycle, (Received(1.0, 1, b"", 0), Traffic(1.0, ()), Skipped(1.0, 1, 1))))
