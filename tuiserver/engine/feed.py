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

HAND_OVER = 0.02
"""Seconds between two batches under load. A batch per message would cost a switch of threads each: half the throughput."""

TELL_TOTALS = 0.25
"""Seconds between two `Traffic` while something moves."""


class Sink(Protocol):
    """Who takes events: a view's inbox, the log."""

    traffic: bool
    """True when it wants `Received`, `Sent`, `Traffic` and `Skipped` too; otherwise only lifecycle and the operator's `Sent`."""

    def room(self) -> int:
        """How many more events of traffic it can take now."""

    def put(self, events: list[AnyEvent]) -> None:
        """Take a batch; must neither wait nor change the list."""


class Mover(Protocol):
    """What a `Traffic` reads of a connection."""

    moved: bool
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
        self._handed_over = 0.0
        self._movers: list[Mover] = []
        self._telling: Timer | None = None

    def add(self, sink: Sink, introduction: list[AnyEvent]) -> None:
        """Hand events to `sink` from now on, first those of `introduction`: what is the case already."""
        self.hand_over()
        if introduction:
            sink.put(introduction)
        self._sinks.append(sink)
        self._measure_room()

    def remove(self, sink: Sink) -> None:
        """Hand nothing more to `sink`."""
        self.hand_over()
        if sink in self._sinks:
            self._sinks.remove(sink)
        self._measure_room()

    def emit(self, event: AnyEvent) -> None:
        """Add a fact of lifecycle: it reaches every sink."""
        self.batch.append(event)
        self._lifecycle = True

    def move(self, mover: Mover) -> None:
        """`mover` has moved bytes: its totals are told within a quarter of a second. Call it while `mover.moved` is False."""
        mover.moved = True
        if self.watched:
            self._movers.append(mover)
            if self._telling is None:
                self._telling = self._loop.call_later(TELL_TOTALS, self._tell_totals)

    def end_of_turn(self) -> float | None:
        """Hand over if it is time; returns the seconds until it is, None when nothing waits."""
        if not self.batch and not self.skipped_messages:
            return None
        wait = self._handed_over + HAND_OVER - self._loop.now
        if 0 < wait <= HAND_OVER:
            return wait
        self.hand_over()
        return None

    def hand_over(self) -> None:
        """Hand what there is to every sink now."""
        self._handed_over = self._loop.now
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

    def tell_totals_of(self, movers: Iterable[Mover]) -> None:
        """Start over with these as the ones that moved: a view has come that knows of none."""
        self._movers.clear()
        for mover in movers:
            self.move(mover)

    def _tell_totals(self) -> None:
        self._telling = None
        movers, self._movers = self._movers, []
        movers = [mover for mover in movers if mover.moved]
        for mover in movers:
            mover.moved = False
        if movers:
            self.batch.append(Traffic(self._loop.now, tuple([mover.totals() for mover in movers])))
