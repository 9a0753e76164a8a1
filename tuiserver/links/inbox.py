"""A bounded queue of events between the thread of a server and a watcher.

Rules of this file:
- What is queued takes at most `max_bytes`, whatever the watcher does. Messages that do not fit are dropped and counted in a
  `Skipped`; of the totals of a connection only the newest are kept.
- When even lifecycle events outgrow it, everything queued is dropped. Once the watcher takes events again, it gets one `Skipped`
  that counts what it missed, and a snapshot of the present state: what it knows is true again.
- A watcher is woken once, and not again until it has taken what is queued.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition

from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Inspected,
    Noted,
    Received,
    Refused,
    Sent,
    Skipped,
    Traffic,
    Wants,
    is_lifecycle,
    tag_of,
)

EVENT_SIZE = 128
"""Bytes that an event counts in addition to its data."""
LIST_SIZE = 160
"""Bytes that a list of events counts in addition to the events."""
TOTALS_SIZE = 256
"""Bytes that the totals of one connection count."""
BATCH = 1024
"""Events that `wait` returns at most, where many are queued at once."""


def weight(event: AnyEvent) -> int:
    """The memory that an event takes, in bytes."""
    kind = type(event)
    size = EVENT_SIZE
    if kind is Received or kind is Sent:
        size += event.size  # type: ignore[union-attr]
    elif isinstance(event, Traffic):
        size += TOTALS_SIZE * len(event.totals)
    elif isinstance(event, Connected):
        size += len(event.peer) + EVENT_SIZE
    elif isinstance(event, Closed):
        size += len(event.reason) + EVENT_SIZE
    elif isinstance(event, Noted):
        size += len(event.text) + len(event.detail)
    elif isinstance(event, Refused):
        size += len(event.text)
    elif isinstance(event, Inspected):
        size += EVENT_SIZE * len(event.info)
    return size


class Inbox:
    """A bounded sink. One thread puts, one takes.

    `request_snapshot` is called by the thread that takes when lifecycle events were lost: it has to bring about a call of
    `resynchronize`. Without it lifecycle events are never dropped, and are not bounded. An inbox that wants everything drops
    nothing: while it is full, the server does not read.
    """

    wire = False

    def __init__(
        self,
        max_bytes: int,
        max_events: int = 1 << 40,
        wake: Callable[[], None] | None = None,
        wants: Wants = "traffic",
        request_snapshot: Callable[[], None] | None = None,
    ) -> None:
        self.wants: Wants = wants
        self.wake = wake
        """Called when there is something to take, unless it is None."""
        self._max_bytes, self._max_events = max_bytes, max_events
        self._request_snapshot = request_snapshot
        self._batches: deque[tuple[list[AnyEvent], int]] = deque()
        self._changed = Condition()
        """Guards everything below and the batches; notified when there is something to take."""
        self._limit = max_bytes
        """More than `max_bytes` while a snapshot that is larger than that is queued."""
        self._events = self._bytes = 0
        self._missed: Missed | None = None
        self._requested = self._woken = self._ended = False

    @property
    def queued_bytes(self) -> int:
        """The weight of what is queued."""
        return self._bytes

    def capacity(self) -> int:
        """As `Sink.capacity`."""
        if self._missed is not None:
            return 0
        return max(0, min(self._max_events - self._events, (self._max_bytes - self._bytes) // EVENT_SIZE))

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        sizes = [e.size for e in events if type(e) is Received or type(e) is Sent]
        if len(sizes) == len(events):
            size = sum(sizes) + EVENT_SIZE * len(events)
        else:
            size = sum([weight(event) for event in events])
        with self._changed:
            if self._missed is not None:
                self._missed.count(events)
                return
            if self._bytes + size + LIST_SIZE > self._limit and self.wants != "everything":
                events, size = self._make_room(events, size)
                if self._missed is not None:
                    return
            if events:
                self._append(events, size)
        self._wake_watcher()

    def resynchronize(self, at: float, snapshot: list[AnyEvent]) -> None:
        """Report what was lost, then the present state. In the thread that puts."""
        with self._changed:
            if self._missed is None:
                return
            events = [self._missed.event(at), *snapshot]
            self._missed, self._requested = None, False
            self._split(events)
            self._limit = max(self._max_bytes, 2 * self._bytes)
            self._changed.notify()
        self._wake_watcher()

    def take(self) -> list[AnyEvent]:
        """All queued events, oldest first; never waits."""
        with self._changed:
            self._woken = False
            taken = [event for events, _ in self._batches for event in events]
            self._clear()
            self._request_if_missed()
        return taken

    def wait(self) -> list[AnyEvent]:
        """The next events; waits for them. Empty once `end` was called and everything is taken."""
        with self._changed:
            while not self._batches:
                if self._ended:
                    missed, self._missed = self._missed, None
                    return [missed.event(missed.at)] if missed is not None else []
                self._request_if_missed()
                self._changed.wait()
            events, size = self._batches.popleft()
            self._events -= len(events)
            self._bytes -= size
            if not self._batches:
                self._clear()
            return events

    def end(self) -> None:
        """Let `wait` return although no more events come; from any thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _append(self, events: list[AnyEvent], size: int) -> None:
        self._batches.append((events, size + LIST_SIZE))
        self._events += len(events)
        self._bytes += size + LIST_SIZE
        self._changed.notify()

    def _split(self, events: list[AnyEvent]) -> None:
        """Let these events be all that is queued."""
        self._clear()
        for first in range(0, len(events), BATCH):
            batch = events[first : first + BATCH]
            self._append(batch, sum([weight(event) for event in batch]))

    def _clear(self) -> None:
        self._batches.clear()
        self._events = self._bytes = 0
        self._limit = self._max_bytes

    def _wake_watcher(self) -> None:
        if self.wake is not None and not self._woken:
            self._woken = True
            self.wake()

    def _request_if_missed(self) -> None:
        if self._missed is not None and not self._requested and self._request_snapshot is not None:
            self._requested = True
            self._request_snapshot()

    def _make_room(self, events: list[AnyEvent], size: int) -> tuple[list[AnyEvent], int]:
        """Drop messages and old totals; if that is not enough, everything. Returns what is to be queued, and its weight."""
        capacity = self._limit - self._bytes - LIST_SIZE
        events, size = _thin(events, capacity)
        if size <= capacity:
            return events, size
        queued = [event for batch, _ in self._batches for event in batch]
        self._split(_drop_messages(_newest_totals(queued + events), self._limit // 2))
        if self._bytes > self._limit * 3 // 4:  # the next events would need all this work again
            if not queued:
                self._limit = 2 * self._bytes  # the first batch, such as a snapshot, may have any size
            elif self._request_snapshot is not None:
                self._missed = Missed(events[-1].at)
                self._missed.count(queued + events)
                self._clear()
        return [], 0


class Missed:
    """What a watcher has missed since `at`, when its inbox overflowed."""

    def __init__(self, at: float) -> None:
        self.at = at
        self._messages = self._bytes = 0
        self._lifecycle: dict[str, int] = {}

    def count(self, events: list[AnyEvent]) -> None:
        """These events are lost, too."""
        for event in events:
            if is_lifecycle(event):
                tag = tag_of(event)
                self._lifecycle[tag] = self._lifecycle.get(tag, 0) + 1
            elif isinstance(event, Skipped):
                self._messages += event.messages
                self._bytes += event.bytes
            elif isinstance(event, Received | Sent):
                self._messages += 1
                self._bytes += event.size

    def event(self, at: float) -> Skipped:
        """All of it as one event."""
        return Skipped(at, self._messages, self._bytes, self._lifecycle)


def _is_message(event: AnyEvent) -> bool:
    return type(event) is Received or (type(event) is Sent and not is_lifecycle(event))


def _thin(events: list[AnyEvent], budget: int) -> tuple[list[AnyEvent], int]:
    """All events but the messages over `budget` bytes, with a `Skipped` for each gap; and their weight."""
    kept: list[AnyEvent] = []
    size = messages = lost = 0
    for event in events:
        cost = weight(event)
        if _is_message(event):
            if size + cost > budget:
                messages += 1
                lost += event.size  # type: ignore[union-attr]
                continue
            if messages:
                kept.append(Skipped(event.at, messages, lost))
                size += EVENT_SIZE
                messages = lost = 0
        size += cost
        kept.append(event)
    if messages:
        kept.append(Skipped(events[-1].at, messages, lost))
        size += EVENT_SIZE
    return kept, size


def _newest_totals(events: list[AnyEvent]) -> list[AnyEvent]:
    """The events without totals that later ones replace."""
    kept: list[AnyEvent] = []
    known: set[int] = set()
    for event in reversed(events):
        if isinstance(event, Traffic):
            totals = tuple([each for each in event.totals if each.id not in known])
            known.update([each.id for each in totals])
            if not totals:
                continue
            if len(totals) != len(event.totals):
                event = Traffic(event.at, totals)
        elif isinstance(event, Closed):
            known.add(event.id)
        kept.append(event)
    kept.reverse()
    return kept


def _drop_messages(events: list[AnyEvent], size: int) -> list[AnyEvent]:
    """The events without the oldest messages, so that the rest takes `size` bytes if that is possible."""
    excess = sum([weight(event) for event in events]) - size
    kept: list[AnyEvent] = []
    skipped: Skipped | None = None
    for event in events:
        message = _is_message(event)
        if isinstance(event, Skipped) and not event.lifecycle:
            missing = event.messages, event.bytes
        elif message and excess > 0:
            excess -= weight(event)
            missing = 1, event.size  # type: ignore[union-attr]
        else:
            if message and skipped is not None:
                kept.append(skipped)
                skipped = None
            kept.append(event)
            continue
        before = (skipped.messages, skipped.bytes) if skipped is not None else (0, 0)
        skipped = Skipped(event.at, before[0] + missing[0], before[1] + missing[1])
    if skipped is not None:
        kept.append(skipped)
    return kept
