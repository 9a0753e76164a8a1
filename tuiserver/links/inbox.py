"""A bounded queue of events between the thread of a server and a watcher.

Rules of this file:
- Traffic that a watcher does not take in time is dropped and counted in a `Skipped`; lifecycle events always arrive.
- A watcher is woken once, and not again until it has taken what is queued.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

from tuiserver.core.events import AnyEvent, Received, Sent, Skipped, Wants, is_lifecycle

EVENT_SIZE = 128
"""Bytes that an event counts in addition to its data."""


class Inbox:
    """A bounded sink over one queue. One thread puts, one takes; each counts on its own side, so nothing is locked."""

    wire = False

    def __init__(
        self,
        max_bytes: int,
        max_events: int = 1 << 40,
        wake: Callable[[], None] | None = None,
        wants: Wants = "traffic",
    ) -> None:
        self.wants: Wants = wants
        self._queue: SimpleQueue[tuple[list[AnyEvent], int] | None] = SimpleQueue()
        self._max_bytes, self._max_events = max_bytes, max_events
        self.wake = wake
        """Called when there is something to take, unless it is None."""
        self._woken = False
        self._put_events = self._put_bytes = 0
        self._taken_events = self._taken_bytes = 0
        self._ended = False

    def capacity(self) -> int:
        """As `Sink.capacity`."""
        events = self._max_events - (self._put_events - self._taken_events)
        by_size = (self._max_bytes - (self._put_bytes - self._taken_bytes)) // EVENT_SIZE
        return max(0, min(events, by_size))

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        size = sum([e.size for e in events if type(e) is Received or type(e) is Sent]) + EVENT_SIZE * len(events)
        waiting = self._put_bytes - self._taken_bytes
        if waiting + size > self._max_bytes and self.wants == "traffic":
            events, size = self._thin(events, self._max_bytes - waiting)
        self._put_events += len(events)
        self._put_bytes += size
        self._queue.put((events, size))
        if self.wake is not None and not self._woken:
            self._woken = True
            self.wake()

    def take(self) -> list[AnyEvent]:
        """All queued events, oldest first; never waits."""
        self._woken = False
        taken: list[AnyEvent] = []
        try:
            while True:
                if (item := self._queue.get_nowait()) is not None:
                    taken += self._count(item)
        except Empty:
            return taken

    def wait(self) -> list[AnyEvent]:
        """The next events; waits for them. Empty once `end` was called and everything is taken."""
        if self._ended:
            return self.take()
        item = self._queue.get()
        if item is None:
            self._ended = True
            return self.take()
        return self._count(item)

    def end(self) -> None:
        """Let `wait` return although no more events come; from any thread."""
        self._queue.put(None)

    def _count(self, item: tuple[list[AnyEvent], int]) -> list[AnyEvent]:
        events, size = item
        self._taken_events += len(events)
        self._taken_bytes += size
        return events

    def _thin(self, events: list[AnyEvent], budget: int) -> tuple[list[AnyEvent], int]:
        """All lifecycle events, traffic within `budget` bytes, and a `Skipped` for each gap."""
        kept: list[AnyEvent] = []
        size = messages = lost = 0
        for event in events:
            if type(event) is Received or (type(event) is Sent and not is_lifecycle(event)):
                weight = EVENT_SIZE + event.size
                if size + weight > budget:
                    messages += 1
                    lost += event.size
                    continue
                if messages:
                    kept.append(Skipped(event.at, messages, lost))
                    messages = lost = 0
                size += weight
            kept.append(event)
        if messages:
            kept.append(Skipped(events[-1].at, messages, lost))
        return kept, size + EVENT_SIZE
