"""The way between a server and whoever watches it.

Rules of this file:
- A link carries events one way and commands the other. Nobody on it waits for the other end.
- What a watcher cannot take in time is dropped from the traffic and counted in a `Skipped`; lifecycle always arrives.
- A watcher is woken once, and not again until it has taken what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol as Interface

from tuiserver.commands import AnyCommand
from tuiserver.events import AnyEvent, Received, Sent, Skipped
from tuiserver.feed import is_lifecycle
from tuiserver.limits import Limits
from tuiserver.worker import Worker

EVENT_SIZE = 128
"""What an event weighs besides its data, in bytes."""

CONSOLE_EVENTS = 500
"""Messages that wait for a console at most. It draws ten times a second; more than this nobody can read, and applying
them would take the processor from the server."""


class Link(Interface):
    """What a console sees of a server, in this process or far away."""

    def open(self, wake: Callable[[], None]) -> None:
        """Begin. `wake` is called, from any thread, when there is something to `take`; once until it is taken."""

    def take(self) -> list[AnyEvent]:
        """All events since the last call, oldest first; never waits."""

    def send(self, command: AnyCommand) -> None:
        """Pass a wish to the server; never waits."""

    def close(self) -> None:
        """End: no wake and no event after this."""


class Inbox:
    """A bounded sink over one queue. One thread puts, one takes; each counts on its own side, so nothing is locked."""

    traffic = True

    def __init__(self, most_bytes: int, most_events: int = 1 << 40, wake: Callable[[], None] | None = None) -> None:
        self._queue: SimpleQueue[tuple[list[AnyEvent], int] | None] = SimpleQueue()
        self._most_bytes, self._most_events = most_bytes, most_events
        self._wake = wake
        self._woken = False
        self._put_events = self._put_bytes = 0
        self._taken_events = self._taken_bytes = 0
        self._ended = False

    def room(self) -> int:
        """As `Sink.room`."""
        events = self._most_events - (self._put_events - self._taken_events)
        by_size = (self._most_bytes - (self._put_bytes - self._taken_bytes)) // EVENT_SIZE
        return max(0, min(events, by_size))

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        size = sum([e.size for e in events if type(e) is Received or type(e) is Sent]) + EVENT_SIZE * len(events)
        waiting = self._put_bytes - self._taken_bytes
        if waiting + size > self._most_bytes:
            events, size = self._thin(events, self._most_bytes - waiting)
        self._put_events += len(events)
        self._put_bytes += size
        self._queue.put((events, size))
        if self._wake is not None and not self._woken:
            self._woken = True
            self._wake()

    def take(self) -> list[AnyEvent]:
        """What there is, oldest first; never waits."""
        self._woken = False
        taken: list[AnyEvent] = []
        try:
            while True:
                if (item := self._queue.get_nowait()) is not None:
                    taken += self._count(item)
        except Empty:
            return taken

    def wait(self) -> list[AnyEvent]:
        """What comes next; waits for it. Empty once `end` was called and everything is taken."""
        if self._ended:
            return self.take()
        item = self._queue.get()
        if item is None:
            self._ended = True
            return self.take()
        return self._count(item)

    def end(self) -> None:
        """Let `wait` return even if nothing comes any more; from any thread."""
        self._queue.put(None)

    def _count(self, item: tuple[list[AnyEvent], int]) -> list[AnyEvent]:
        events, size = item
        self._taken_events += len(events)
        self._taken_bytes += size
        return events

    def _thin(self, events: list[AnyEvent], budget: int) -> tuple[list[AnyEvent], int]:
        """All lifecycle, and traffic as far as `budget` bytes reach; a `Skipped` for each gap."""
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


class LocalLink:
    """A link to a server in this process."""

    def __init__(self, worker: Worker, limits: Limits | None = None) -> None:
        self._worker = worker
        self._limits = limits or worker.limits
        self._inbox: Inbox | None = None

    def open(self, wake: Callable[[], None]) -> None:
        """As `Link.open`."""
        self._inbox = Inbox(self._limits.view_memory, CONSOLE_EVENTS, wake)
        self._worker.add_sink(self._inbox)

    def take(self) -> list[AnyEvent]:
        """As `Link.take`."""
        return self._inbox.take() if self._inbox is not None else []

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`."""
        self._worker.loop.call_threadsafe(self._worker.obey, command)

    def close(self) -> None:
        """As `Link.close`."""
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            inbox._wake = None
            self._worker.remove_sink(inbox)


class WatchingLink:
    """A link that only watches: no wish that does anything to a client passes."""

    PASS = ("inspect", "stop")
    """The wishes that pass, by their tags."""

    def __init__(self, link: Link) -> None:
        self.open, self.take, self.close = link.open, link.take, link.close
        self._pass = link.send

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`."""
        if command.__struct_config__.tag in self.PASS:
            self._pass(command)
