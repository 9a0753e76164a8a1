"""The messages of a server in bounded memory, per connection and all together: a fold over events.

    transcript = Transcript(budget=64 << 20)
    transcript.apply(event)               # every event in order; events other than messages cost little
    series = transcript.view(12, "in")    # of connection 12, or of all connections for 0; "in", "out" or "both"
    for index in range(series.first, series.end):
        series.get(index)                 # a Received, a Sent, or a Skipped where messages are missing
    transcript.forget(12)                 # when its messages will not be shown again

Rules of this file:
- The entries are the events themselves; nothing is copied and nothing is formatted here.
- One budget covers payloads and a measured overhead. The oldest message is dropped first, and counted in `dropped`.
- Call `view` again in each frame: it adds the gap after the last message of a connection.
"""

from __future__ import annotations

from typing import Literal

from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent, Skipped
from tuiserver.views.series import Entry, Series

__all__ = ["Direction", "Entry", "Series", "Transcript"]

Direction = Literal["in", "out", "both"]

BUDGET = 64 << 20
"""Default budget in bytes."""
OVERHEAD = 192
"""Bytes per entry besides its payload: the event, its numbers, its slots in four lists. Measured: 174."""
CONNECTION_OVERHEAD = 1024
"""Bytes per connection: three series, which are lists with spare capacity."""


class _Record:
    """The messages of one connection, or of all.

    `skips` is the sum of skipped messages that its gaps show so far; None once the connection is closed.
    """

    __slots__ = ("both", "inward", "outward", "skips")

    def __init__(self, skips: Skipped | None) -> None:
        self.both = Series()
        self.inward = Series()
        self.outward = Series()
        self.skips = skips

    def view(self, direction: Direction) -> Series:
        return self.both if direction == "both" else self.inward if direction == "in" else self.outward

    @property
    def finished(self) -> bool:
        """True when no message is left and none will be added. A gap alone is not kept."""
        return self.skips is None and len(self.both) == isinstance(self.both.oldest(), Skipped)

    def add_gap(self, skipped: Skipped) -> bool:
        self.inward.add_gap(skipped)
        self.outward.add_gap(skipped)
        return self.both.add_gap(skipped)


_EMPTY = Series()


class Transcript:
    """The messages of a server within `budget` bytes. `size` is their size now, `dropped` how many were dropped."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.size = 0
        self.dropped = 0
        # The sum of everything skipped, as one object. A record that holds another object has to add a gap.
        self._skips = Skipped(0.0, 0, 0)
        self._silent: dict[int, Skipped] = {}
        self._records: dict[int, _Record] = {}
        self._all = _Record(None)

    @property
    def connections(self) -> int:
        """The number of connections that have entries or may still get some."""
        return len(self._records) + len(self._silent)

    def apply(self, event: AnyEvent) -> None:
        """Take the next event."""
        if type(event) is Received:
            record = self._records.get(event.id) or self._add_record(event.id)
            if record.skips is not self._skips:
                self._add_missing_gap(record)
            self._all.both.items.append(event)
            self._all.inward.items.append(event)
            record.both.items.append(event)
            record.inward.items.append(event)
        elif type(event) is Sent:
            record = self._records.get(event.id) or self._add_record(event.id)
            if record.skips is not self._skips:
                self._add_missing_gap(record)
            self._all.both.items.append(event)
            self._all.outward.items.append(event)
            record.both.items.append(event)
            record.outward.items.append(event)
        else:
            self._apply_other(event)
            return
        self.size += len(event.data) + OVERHEAD
        if self.size > self.budget:
            self._shrink()

    def _apply_other(self, event: AnyEvent) -> None:
        if isinstance(event, Skipped):
            self._skips = Skipped(event.at, self._skips.messages + event.messages, self._skips.bytes + event.bytes)
            if self._all.add_gap(event):
                self.size += OVERHEAD
                self._shrink()
        elif isinstance(event, Connected):
            self._silent[event.id] = self._skips
        elif isinstance(event, Closed):
            self._silent.pop(event.id, None)
            if record := self._records.get(event.id):
                self.view(event.id)  # adds the gap before the end
                record.skips = None
                if record.finished:
                    self._remove_record(event.id, record)

    def view(self, id: int = 0, direction: Direction = "both") -> Series:  # noqa: A002 - the name of the event field
        """The messages of connection `id`, or of all connections for 0.

        A gap in the view of one connection counts what was skipped of all connections: a `Skipped` has no id.
        """
        if not id:
            return self._all.view(direction)
        record = self._records.get(id)
        if record is None:
            if self._silent.get(id, self._skips) is self._skips:
                return _EMPTY
            record = self._add_record(id)
        if record.skips is not self._skips:
            self._add_missing_gap(record)
            self._shrink()
        return record.view(direction)

    def forget(self, id: int) -> None:  # noqa: A002
        """Remove the view of one connection. Its messages remain in the view of all until they are dropped."""
        self._silent.pop(id, None)
        if record := self._records.get(id):
            self._remove_record(id, record)

    def _add_record(self, connection: int) -> _Record:
        self.size += CONNECTION_OVERHEAD
        record = self._records[connection] = _Record(self._silent.pop(connection, self._skips))
        return record

    def _remove_record(self, connection: int, record: _Record) -> None:
        gaps = sum(isinstance(record.both.get(index), Skipped) for index in range(record.both.first, record.both.end))
        self.size -= CONNECTION_OVERHEAD + OVERHEAD * gaps
        del self._records[connection]

    def _add_missing_gap(self, record: _Record) -> None:
        shown, now = record.skips, self._skips
        if shown is not None:
            record.skips = now
            if record.add_gap(Skipped(now.at, now.messages - shown.messages, now.bytes - shown.bytes)):
                self.size += OVERHEAD

    def _shrink(self) -> None:
        """Over the budget, drop the oldest messages and the gaps before them, 1/256 more than necessary."""
        if self.size <= self.budget:
            return
        target = self.budget - self.budget // 256
        everything = self._all
        while self.size > target and (entry := everything.both.oldest()) is not None:
            everything.both.drop()
            if isinstance(entry, Skipped):
                self.size -= OVERHEAD
                continue
            self.size -= len(entry.data) + OVERHEAD
            self.dropped += 1
            record = self._records.get(entry.id)
            if isinstance(entry, Sent):
                everything.outward.drop_through(entry)
                if record:
                    record.outward.drop_through(entry)
            else:
                everything.inward.drop_through(entry)
                if record:
                    record.inward.drop_through(entry)
            if record:
                self.size -= OVERHEAD * record.both.drop_through(entry)
                if record.finished:
                    self._remove_record(entry.id, record)
