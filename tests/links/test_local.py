"""The link: what an inbox takes and drops, and a console's way to a server in this process."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from tests.support.serving import connect, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.events import Closed, Connected, Listening, Received, Sent, Skipped
from tuiserver.links.inbox import EVENT_SIZE, Inbox
from tuiserver.links.local import LocalLink
from tuiserver.worker import Worker


def received(number: int, size: int = 10) -> Received:
    """A message of `size` bytes."""
    return Received(float(number), number, b"x" * size, size)


def test_takes_in_order_and_wakes_once():
    """Events come as they were put; one wake until they are taken, then one again."""
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


def test_full_it_drops_traffic_and_never_lifecycle():
    """Past its bytes: lifecycle stays, traffic goes, and a `Skipped` stands in the gap with the exact sums."""
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


def test_room_shrinks_and_grows():
    """Its room is what is left of its events and bytes, and comes back when they are taken."""
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
def test_nothing_is_lost_without_a_word(batch):
    """Whatever is put, the messages taken and those told as skipped add up; lifecycle is complete."""
    inbox = Inbox(2_000)
    inbox.put(batch)
    taken = inbox.take()
    messages = sum(isinstance(e, Received) for e in taken) + sum(e.messages for e in taken if isinstance(e, Skipped))
    size = sum(e.size for e in taken if isinstance(e, Received)) + sum(e.bytes for e in taken if isinstance(e, Skipped))
    assert messages == sum(isinstance(e, Received) for e in batch)
    assert size == sum(e.size for e in batch if isinstance(e, Received))
    assert sum(isinstance(e, Listening) for e in taken) == sum(isinstance(e, Listening) for e in batch)


def test_waits_for_what_comes_and_for_the_end():
    """`wait` blocks until there is something; after `end` it gives what is left, then nothing."""
    inbox = Inbox(10_000)
    got: list[object] = []

    def consume():
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


def test_a_conversation_over_a_local_link():
    """A console sees the server open, a client come, its words, the operator's answer, and the end."""
    worker = Worker("127.0.0.1:0")
    link = LocalLink(worker)
    woken = threading.Event()
    link.open(woken.set)
    seen: list[object] = []

    def saw(kind):
        seen.extend(link.take())
        return [event for event in seen if isinstance(event, kind)]

    with serving(worker), connect(worker) as client:
        assert woken.wait(5)
        wait_until(lambda: saw(Connected), "a client")
        client.sendall(b"hi")
        wait_until(lambda: saw(Received), "its words")
        link.send(commands.Send(1, b"who is there?"))
        assert read_exactly(client, 13) == b"who is there?"
        wait_until(lambda: saw(Sent), "the answer")
        link.send(commands.Close(1))
        assert client.recv(1) == b""
        client.close()
        wait_until(lambda: saw(Closed), "the end")
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
