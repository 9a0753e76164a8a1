"""The inbox: what it takes, drops and reports as skipped, and waiting for it."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from tests.support.serving import wait_until
from tuiserver.core.events import AnyEvent, Listening, Received, Skipped
from tuiserver.links.inbox import EVENT_SIZE, Inbox


def received(number: int, size: int = 10) -> Received:
    """A message of `size` bytes."""
    return Received(float(number), number, b"x" * size, size)


def test_events_keep_their_order_and_wake_once() -> None:
    """There is one wake-up until the events are taken, then another one."""
    wakes: list[int] = []
    inbox = Inbox(10_000, wake=lambda: wakes.append(1))
    inbox.put([received(1)])
    inbox.put([received(2), received(3)])
    assert len(wakes) == 1
    assert [event.id for event in inbox.take()] == [1, 2, 3]
    inbox.put([received(4)])
    assert len(wakes) == 2
    assert [event.id for event in inbox.take()] == [4]
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
    assert [event.id for event in got] == [1, 2]
    assert inbox.wait() == []
