"""A bounded queue of events between the thread of a server and a watcher.

Rules of this file:
- What is queued takes at most `max_bytes`, whatever the watcher does. Of the totals of a connection only the newest are kept.
- Once a message does not fit, the server makes no more messages for it until the watcher takes something: its capacity is 0.
  One `Skipped` counts what is missing in this gap.
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
        self._full = False
        """A message did not fit, and nothing was taken since."""
        self._gap: Skipped | None = None
        """The messages that are missing since then."""
        self._missed: Missed | None = None
        self._requested = self._woken = self._ended = False

    @property
    def queued_bytes(self) -> int:
        """The weight of what is queued."""
        return self._bytes

    def capacity(self) -> int:
        """As `Sink.capacity`."""
        if self._full or self._missed is not None:
            return 0
        usual = self._bytes // self._events if self._events else EVENT_SIZE
        return max(0, min(self._max_events - self._events, (self._max_bytes - self._bytes) // usual))

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
            if self.wants != "everything":
                if self._full:
                    events, size = self._add_to_gap(events)
                if events and self._bytes + size + LIST_SIZE > self._limit:
                    self._full = True
                    events, size = self._make_room(events, size)
                    if self._missed is not None:
                        return
            if events:
                self._append(events, size)
                self._full = self._full or self._is_full()
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
            self._end_gap()
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
            self._end_gap()
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

    def _is_full(self) -> bool:
        return self.wants != "everything" and (
            self._events >= self._max_events or self._bytes + EVENT_SIZE > self._limit
        )

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

    def _add_to_gap(self, events: list[AnyEvent]) -> tuple[list[AnyEvent], int]:
        """Count the messages in the gap, which ends at a lifecycle event. Returns what is to be queued, and its weight."""
        kept: list[AnyEvent] = []
        for event in events:
            if missing := _missing_in(event):
                self._gap = _joined(self._gap, event.at, missing)
                continue
            if self._gap is not None and not isinstance(event, Traffic):
                kept.append(self._gap)
                self._gap = None
            kept.append(event)
        return kept, sum([weight(event) for event in kept])

    def _end_gap(self) -> None:
        """The watcher takes events again: from now on, messages are queued for it."""
        gap, self._gap, self._full = self._gap, None, False
        if gap is not None:
            self._append([gap], EVENT_SIZE)

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
                self._full = False
            elif self._request_snapshot is not None:
                self._missed = Missed(events[-1].at)
                self._missed.count([*queued, *events, *([self._gap] if self._gap is not None else [])])
                self._clear()
                self._gap, self._full = None, False
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
                for tag, missing in event.lifecycle.items():  # of an earlier overflow, whose snapshot was not taken
                    self._lifecycle[tag] = self._lifecycle.get(tag, 0) + missing
            elif isinstance(event, Received | Sent):
                self._messages += 1
                self._bytes += event.size

    def event(self, at: float) -> Skipped:
        """All of it as one event."""
        return Skipped(at, self._messages, self._bytes, self._lifecycle)


def _is_message(event: AnyEvent) -> bool:
    return type(event) is Received or (type(event) is Sent and not is_lifecycle(event))


def _missing_in(event: AnyEvent) -> tuple[int, int] | None:
    """The messages and bytes that are missing if `event` is dropped; None if that may not be dropped."""
    if isinstance(event, Skipped):
        return None if event.lifecycle else (event.messages, event.bytes)
    return (1, event.size) if _is_message(event) else None  # type: ignore[union-attr]


def _joined(skipped: Skipped | None, at: float, missing: tuple[int, int]) -> Skipped:
    """What is missing up to `at`, if `missing` follows `skipped`."""
    messages, size = (skipped.messages, skipped.bytes) if skipped is not None else (0, 0)
    return Skipped(at, messages + missing[0], size + missing[1])


def _thin(events: list[AnyEvent], budget: int) -> tuple[list[AnyEvent], int]:
    """All events but the messages over `budget` bytes, with a `Skipped` for each gap; and their weight.

    A gap ends at a message that is kept and at a `Closed`: nothing about a connection comes after it.
    """
    kept: list[AnyEvent] = []
    size = messages = lost = 0
    for event in events:
        cost = weight(event)
        if _is_message(event) and size + cost > budget:
            messages += 1
            lost += event.size  # type: ignore[union-attr]
            continue
        if messages and (_is_message(event) or isinstance(event, Closed)):
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
        if (missing := _missing_in(event)) and (excess > 0 or isinstance(event, Skipped)):
            excess -= weight(event)
            skipped = _joined(skipped, event.at, missing)
            continue
        if skipped is not None and (missing or isinstance(event, Closed)):
            kept.append(skipped)
            skipped = None
        kept.append(event)
    if skipped is not None:
        kept.append(skipped)
    return kept
