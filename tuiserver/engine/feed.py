"""Collect the events of the server and pass them to the sinks in batches.

Rules of this file:
- The thread of the loop makes events and never waits for a sink: `put` returns at once.
- Traffic events are created only while a sink has capacity; the others are counted and reported as `Skipped`.
- Lifecycle events are never skipped here. A sink that wants everything misses nothing: while it is full, reading pauses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tuiserver.core.codes import NoteCode
from tuiserver.core.errors import error_words
from tuiserver.core.events import AnyEvent, Noted, Skipped, Totals, Traffic, Wants, is_lifecycle, is_wire
from tuiserver.engine.loop import Loop
from tuiserver.engine.timers import Timer

FLUSH_INTERVAL = 0.02
"""Seconds between two batches under load. A batch per message would cost a thread switch each: half the throughput."""
FLUSH_SIZE = 32
"""Events after which a batch is flushed at once while a sink wants everything: it bounds what is queued between checks."""
TOTALS_INTERVAL = 0.25
"""Seconds between two `Traffic` while totals change."""
UNLIMITED = 1 << 60


class Sink(Protocol):
    """A consumer of events, such as the inbox of a view or the log.

    `wants`: see `Wants`. `wire`: True for `Read` and `Wrote` as well; only for a sink that wants everything.
    """

    wants: Wants
    wire: bool

    def capacity(self) -> int:
        """How many more traffic events it can take now."""

    def put(self, events: list[AnyEvent]) -> None:
        """Take a batch; must neither block nor change the list."""


class ResynchronizedSink(Sink, Protocol):
    """A sink that may lose lifecycle events; then it asks for a snapshot."""

    def resynchronize(self, at: float, snapshot: list[AnyEvent]) -> None:
        """Take the present state at the time `at` instead of what was lost."""


class DirtyConnection(Protocol):
    """What `Traffic` needs from a connection."""

    dirty: bool
    """True if its totals have changed since the last `Traffic`."""

    def totals(self) -> Totals:
        """Its running totals."""

    def on_error(self, error: BaseException) -> None:
        """Another method raised an exception: a fault of its protocol."""


class Feed:
    """The events of one server. `batch`, `capacity` and the `skipped_…` counters are used by connections directly, for speed.

    `watched`: some sink wants traffic. `on_full` is called when a sink that wants everything has no capacity left,
    `on_wire` with True when the first sink that wants wire events is added and with False when the last one is removed.
    """

    def __init__(
        self,
        loop: Loop,
        on_full: Callable[[], object] = lambda: None,
        on_wire: Callable[[bool], object] = lambda wanted: None,
    ) -> None:
        self.batch: list[AnyEvent] = []
        self.capacity = 0
        self.watched = False
        self.wire = False
        self.skipped_messages = 0
        self.skipped_bytes = 0
        self._loop = loop
        self._on_full, self._on_wire = on_full, on_wire
        self._sinks: list[Sink] = []
        self._everything: list[Sink] = []
        self._has_lifecycle = False
        self._flushed_at = 0.0
        self._dirty: list[DirtyConnection] = []
        self._awaited: dict[DirtyConnection, None] = {}
        self._totals_timer: Timer | None = None

    def add(self, sink: Sink, snapshot: list[AnyEvent]) -> None:
        """Add a sink: it gets the events of `snapshot` (the present state) first, then all new events."""
        self.flush()
        if snapshot:
            sink.put(snapshot)
        self._sinks.append(sink)
        self._update()

    def remove(self, sink: Sink) -> None:
        """Remove a sink: it gets no more events."""
        self.flush()
        if sink in self._sinks:
            self._sinks.remove(sink)
        self._update()

    def is_full(self) -> bool:
        """True while a sink that wants everything has no capacity left."""
        return any(sink.capacity() <= 0 for sink in self._everything)

    def emit(self, event: AnyEvent) -> None:
        """Add a lifecycle event: every sink gets it, after what says which messages before it are missing."""
        if self.skipped_messages:
            self._report_skipped()
        self.batch.append(event)
        self._has_lifecycle = True

    def mark_dirty(self, connection: DirtyConnection) -> None:
        """Its totals have changed: emit them within a quarter of a second. Call this only while `dirty` is False."""
        connection.dirty = True
        if self.watched:
            self._dirty.append(connection)
            if self._totals_timer is None:
                self._totals_timer = self._loop.call_later(TOTALS_INTERVAL, self._emit_totals)

    def report_totals(self, connection: DirtyConnection) -> None:
        """Emit the totals of a dirty connection with the next flush, besides those that `mark_dirty` emits.

        A sender that paces itself by the send buffer would otherwise send one window in `TOTALS_INTERVAL`.
        """
        if self.watched:
            self._awaited[connection] = None

    def end_of_turn(self) -> float | None:
        """Flush if it is time; return the seconds until it is, or None if nothing is queued."""
        if not self.batch and not self.skipped_messages and not self._awaited:
            return None
        if not (self._everything and len(self.batch) >= FLUSH_SIZE):
            wait = self._flushed_at + FLUSH_INTERVAL - self._loop.monotonic
            if wait > 0:
                return wait
        self.flush()
        return FLUSH_INTERVAL if self.batch else None  # the note about a sink that failed

    def flush(self) -> None:
        """Pass everything that is queued to the sinks now."""
        self._flushed_at = self._loop.monotonic
        if self.skipped_messages:
            self._report_skipped()
        if self._awaited:
            self._emit_traffic(list(self._awaited))
            self._awaited.clear()
        batch, self.batch = self.batch, []
        has_lifecycle, self._has_lifecycle = self._has_lifecycle, False
        if batch:
            for sink in tuple(self._sinks):
                try:
                    if sink.wants == "lifecycle":
                        if has_lifecycle:
                            sink.put([event for event in batch if is_lifecycle(event)])
                    elif sink.wire or not self.wire:
                        sink.put(batch)
                    elif events := [event for event in batch if not is_wire(event)]:
                        sink.put(events)
                except Exception as error:  # a sink that fails must not end the server
                    self._sinks.remove(sink)
                    text = f"a view failed and is disconnected: {error_words(error)}"
                    self.emit(Noted(self._loop.now, "error", text, code=NoteCode.SINK_FAILED))
        self._update()

    def _update(self) -> None:
        """Update what the sinks want in total."""
        self._everything = [sink for sink in self._sinks if sink.wants == "everything"]
        watching = [sink for sink in self._sinks if sink.wants != "lifecycle"]
        self.watched = bool(watching)
        wire = any(sink.wire for sink in watching)
        if wire != self.wire:
            self.wire = wire
            self._on_wire(wire)
        if self._everything:
            self.capacity = UNLIMITED
            if self.is_full():
                self._on_full()
        else:
            self.capacity = max([sink.capacity() for sink in watching], default=0)

    def _report_skipped(self) -> None:
        self.batch.append(Skipped(self._loop.now, self.skipped_messages, self.skipped_bytes))
        self.skipped_messages = self.skipped_bytes = 0

    def _emit_totals(self) -> None:
        self._totals_timer = None
        connections, self._dirty = self._dirty, []
        self._emit_traffic(connections)
        for connection in connections:
            connection.dirty = False

    def _emit_traffic(self, connections: list[DirtyConnection]) -> None:
        """Emit the totals of those that are dirty: a connection that has ended is not."""
        totals = []
        for connection in connections:
            if connection.dirty:
                try:
                    totals.append(connection.totals())
                except Exception as error:
                    self._loop.call_soon(connection.on_error, error)
        if totals:
            self.batch.append(Traffic(self._loop.now, tuple(totals)))
