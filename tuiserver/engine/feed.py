"""What happens, on its way to the views: the events of this turn, and the sinks they are handed to.

Rules of this file:
- The loop's thread makes events and never waits for who takes them: a sink returns at once.
- No more traffic is made than some sink has room for; what is not made is counted, and told as `Skipped`.
- Lifecycle is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tuiserver.core.events import AnyEvent, Noted, Skipped, Totals, Traffic, is_lifecycle
from tuiserver.engine.loop import Loop, Timer

FLUSH_INTERVAL = 0.02
"""Seconds between two batches under load. A batch per message would cost a switch of threads each: half the throughput."""

TOTALS_INTERVAL = 0.25
"""Seconds between two `Traffic` while something moves."""


class Sink(Protocol):
    """Who takes events: a view's inbox, the log."""

    traffic: bool
    """True when it wants `Received`, `Sent`, `Traffic` and `Skipped` too; otherwise only lifecycle and the operator's `Sent`."""

    def room(self) -> int:
        """How many more events of traffic it can take now."""

    def put(self, events: list[AnyEvent]) -> None:
        """Take a batch; must neither wait nor change the list."""


class DirtyConnection(Protocol):
    """What a `Traffic` reads of a connection."""

    dirty: bool
    """True from its first byte since the last `Traffic`; set to False when its end has been told."""

    def totals(self) -> Totals:
        """Its running totals."""


class Feed:
    """The events of one server. `room`, `batch` and the `skipped_…` counters are kept by the connections, for speed."""

    def __init__(self, loop: Loop) -> None:
        self.batch: list[AnyEvent] = []
        self.room = 0
        self.watched = False
        self.skipped_messages = 0
        self.skipped_bytes = 0
        self._loop = loop
        self._sinks: list[Sink] = []
        self._lifecycle = False
        self._flushed_at = 0.0
        self._dirty: list[DirtyConnection] = []
        self._telling: Timer | None = None

    def add(self, sink: Sink, snapshot: list[AnyEvent]) -> None:
        """Hand events to `sink` from now on, first those of `snapshot`: what is the case already."""
        self.flush()
        if snapshot:
            sink.put(snapshot)
        self._sinks.append(sink)
        self._measure_room()

    def remove(self, sink: Sink) -> None:
        """Hand nothing more to `sink`."""
        self.flush()
        if sink in self._sinks:
            self._sinks.remove(sink)
        self._measure_room()

    def emit(self, event: AnyEvent) -> None:
        """Add a fact of lifecycle: it reaches every sink."""
        self.batch.append(event)
        self._lifecycle = True

    def mark_dirty(self, connection: DirtyConnection) -> None:
        """Its counters changed: its totals are emitted within a quarter of a second. Call it while `dirty` is False."""
        connection.dirty = True
        if self.watched:
            self._dirty.append(connection)
            if self._telling is None:
                self._telling = self._loop.call_later(TOTALS_INTERVAL, self._emit_totals)

    def end_of_turn(self) -> float | None:
        """Hand over if it is time; returns the seconds until it is, None when nothing waits."""
        if not self.batch and not self.skipped_messages:
            return None
        wait = self._flushed_at + FLUSH_INTERVAL - self._loop.now
        if 0 < wait <= FLUSH_INTERVAL:
            return wait
        self.flush()
        return None

    def flush(self) -> None:
        """Hand what there is to every sink now."""
        self._flushed_at = self._loop.now
        if self.skipped_messages:
            self.batch.append(Skipped(self._loop.now, self.skipped_messages, self.skipped_bytes))
            self.skipped_messages = self.skipped_bytes = 0
        batch, self.batch = self.batch, []
        lifecycle, self._lifecycle = self._lifecycle, False
        if batch:
            for sink in tuple(self._sinks):
                try:
                    if sink.traffic:
                        sink.put(batch)
                    elif lifecycle:
                        sink.put([event for event in batch if is_lifecycle(event)])
                except Exception as error:  # a view that fails is a view less, never a server less
                    self._sinks.remove(sink)
                    self.emit(Noted(self._loop.now, "error", f"a view failed and is left out: {error!r}"))
        self._measure_room()

    def _measure_room(self) -> None:
        rooms = [sink.room() for sink in self._sinks if sink.traffic]
        self.room = max(rooms, default=0)
        if bool(rooms) != self.watched:
            self.watched = bool(rooms)

    def mark_all_dirty(self, connections: Iterable[DirtyConnection]) -> None:
        """Start over with these as the ones that dirty: a view has come that knows of none."""
        self._dirty.clear()
        for connection in connections:
            self.mark_dirty(connection)

    def _emit_totals(self) -> None:
        self._telling = None
        connections, self._dirty = self._dirty, []
        connections = [connection for connection in connections if connection.dirty]
        for connection in connections:
            connection.dirty = False
        if connections:
            self.batch.append(Traffic(self._loop.now, tuple([connection.totals() for connection in connections])))
