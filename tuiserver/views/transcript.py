"""The bounded memory of messages, per connection and all together: a fold over events.

    transcript = Transcript(budget=64 << 20)
    transcript.apply(event)               # each event, in order; those that are no message cost a look at their type
    series = transcript.view(12, "in")    # of one connection; of all for 0; "in", "out" or "both"
    for index in range(series.first, series.end):
        series.get(index)                 # a Received, a Sent, or a Skipped where messages are missing
    transcript.forget(12)                 # when nobody will look at it again

Rules of this file:
- The entries are the events themselves; nothing is copied and nothing is formatted here.
- One budget for everything: payload and an honest overhead. The oldest message goes first, and is counted in `dropped`.
- An index names the same entry for ever. It is below `first` once its entry was dropped, and is never used again.
- A view is asked for again in each frame: only then does it show a gap behind the last message of a connection.
"""

from __future__ import annotations

from typing import Literal

from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent, Skipped

Direction = Literal["in", "out", "both"]
Entry = Received | Sent | Skipped

BUDGET = 64 << 20
"""Bytes, unless told otherwise."""
OVERHEAD = 192
"""Bytes that one entry costs beside its payload: the event, its numbers, its places in four lists. Measured: 174."""
ROOM = 1024
"""Bytes that one connection costs: three series, which are lists that grow ahead."""

_COMPACT = 512
"""A series moves its entries down when this many places in front, and half of all, are empty."""


class Series:
    """Entries by an index that never changes: `first` is the oldest kept, `end` is behind the newest."""

    __slots__ = ("_base", "_head", "_items")

    def __init__(self) -> None:
        self._items: list[Entry | None] = []
        self._head = 0
        self._base = 0

    @property
    def first(self) -> int:
        """Index of the oldest entry kept; equal to `end` when there is none."""
        return self._base + self._head

    @property
    def end(self) -> int:
        """Index behind the newest entry: so many entries there ever were."""
        return self._base + len(self._items)

    def get(self, index: int) -> Entry:
        """The entry at `index`; raises `IndexError` for one that was dropped or has not come."""
        entry = self._items[index - self._base] if index >= self.first else None
        if entry is None:
            raise IndexError(index)
        return entry

    def __len__(self) -> int:
        """How many entries are kept."""
        return len(self._items) - self._head

    def _oldest(self) -> Entry | None:
        return self._items[self._head] if self._head < len(self._items) else None

    def _drop(self) -> None:
        items = self._items
        items[self._head] = None
        self._head += 1
        if self._head >= _COMPACT and self._head * 2 >= len(items):
            del items[: self._head]
            self._base += self._head
            self._head = 0

    def _drop_to(self, entry: Entry) -> int:
        """Drop `entry`, and what stands before it: gaps. Returns how many gaps these were."""
        gaps = 0
        while self._head < len(self._items):
            oldest = self._items[self._head]
            if oldest is entry:
                self._drop()
                break
            if not isinstance(oldest, Skipped):
                break  # of a connection that was forgotten: the entry is not here
            self._drop()
            gaps += 1
        return gaps

    def _gap(self, skipped: Skipped) -> bool:
        """Put a gap at the end, or make the one that is there wider. True for a new one."""
        last = self._items[-1] if len(self) else None
        if isinstance(last, Skipped):
            self._items[-1] = Skipped(skipped.at, last.messages + skipped.messages, last.bytes + skipped.bytes)
            return False
        self._items.append(skipped)
        return True


class _Room:
    """What is kept of one connection, or of all. `skips` is what it knows to be missing; None once it is closed."""

    __slots__ = ("both", "inward", "outward", "skips")

    def __init__(self, skips: Skipped | None) -> None:
        self.both = Series()
        self.inward = Series()
        self.outward = Series()
        self.skips = skips

    def view(self, direction: Direction) -> Series:
        return self.both if direction == "both" else self.inward if direction == "in" else self.outward

    @property
    def spent(self) -> bool:
        """True when no message is left and none will come; a gap alone is not kept."""
        return self.skips is None and len(self.both) == isinstance(self.both._oldest(), Skipped)

    def gap(self, skipped: Skipped) -> bool:
        self.inward._gap(skipped)
        self.outward._gap(skipped)
        return self.both._gap(skipped)


_NOTHING = Series()


class Transcript:
    """The messages of a server within `budget` bytes. `size` is what they take now, `dropped` how many had to go."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.size = 0
        self.dropped = 0
        # All that was ever skipped, as one object. A connection holds the one it has seen: another means a gap.
        self._skips = Skipped(0.0, 0, 0)
        self._silent: dict[int, Skipped] = {}
        self._rooms: dict[int, _Room] = {}
        self._all = _Room(None)

    def apply(self, event: AnyEvent) -> None:
        """Take the next event."""
        if type(event) is Received:
            room = self._rooms.get(event.id) or self._enter(event.id)
            if room.skips is not self._skips:
                self._note_gap(room)
            self._all.both._items.append(event)
            self._all.inward._items.append(event)
            room.both._items.append(event)
            room.inward._items.append(event)
        elif type(event) is Sent:
            room = self._rooms.get(event.id) or self._enter(event.id)
            if room.skips is not self._skips:
                self._note_gap(room)
            self._all.both._items.append(event)
            self._all.outward._items.append(event)
            room.both._items.append(event)
            room.outward._items.append(event)
        else:
            self._apply_other(event)
            return
        self.size += len(event.data) + OVERHEAD
        if self.size > self.budget:
            self._shrink()

    def _apply_other(self, event: AnyEvent) -> None:
        if isinstance(event, Skipped):
            self._skips = Skipped(event.at, self._skips.messages + event.messages, self._skips.bytes + event.bytes)
            if self._all.gap(event):
                self.size += OVERHEAD
                self._shrink()
        elif isinstance(event, Connected):
            self._silent[event.id] = self._skips
        elif isinstance(event, Closed):
            self._silent.pop(event.id, None)
            if room := self._rooms.get(event.id):
                self.view(event.id)  # so that a gap before the end is known
                room.skips = None
                if room.spent:
                    self._leave(event.id, room)

    def view(self, id: int = 0, direction: Direction = "both") -> Series:  # noqa: A002 - the events call it so
        """The messages of connection `id`, of all for 0. A gap in one connection says what was skipped of all."""
        if not id:
            return self._all.view(direction)
        room = self._rooms.get(id)
        if room is None:
            if self._silent.get(id, self._skips) is self._skips:
                return _NOTHING
            room = self._enter(id)
        if room.skips is not self._skips:
            self._note_gap(room)
            self._shrink()
        return room.view(direction)

    def forget(self, id: int) -> None:  # noqa: A002
        """Clear what is kept of one connection. Among all, its messages stay until it is their turn to go."""
        self._silent.pop(id, None)
        if room := self._rooms.get(id):
            self._leave(id, room)

    def _enter(self, connection: int) -> _Room:
        self.size += ROOM
        room = self._rooms[connection] = _Room(self._silent.pop(connection, self._skips))
        return room

    def _leave(self, connection: int, room: _Room) -> None:
        gaps = sum(isinstance(room.both.get(index), Skipped) for index in range(room.both.first, room.both.end))
        self.size -= ROOM + OVERHEAD * gaps
        del self._rooms[connection]

    def _note_gap(self, room: _Room) -> None:
        seen, now = room.skips, self._skips
        if seen is not None:
            room.skips = now
            if room.gap(Skipped(now.at, now.messages - seen.messages, now.bytes - seen.bytes)):
                self.size += OVERHEAD

    def _shrink(self) -> None:
        """When it is too much, drop the oldest messages, a few more than need be, and the gaps before them."""
        if self.size <= self.budget:
            return
        enough = self.budget - self.budget // 256
        everything = self._all
        while self.size > enough and (entry := everything.both._oldest()) is not None:
            everything.both._drop()
            if isinstance(entry, Skipped):
                self.size -= OVERHEAD
                continue
            self.size -= len(entry.data) + OVERHEAD
            self.dropped += 1
            room = self._rooms.get(entry.id)
            if isinstance(entry, Sent):
                everything.outward._drop_to(entry)
                if room:
                    room.outward._drop_to(entry)
            else:
                everything.inward._drop_to(entry)
                if room:
                    room.inward._drop_to(entry)
            if room:
                self.size -= OVERHEAD * room.both._drop_to(entry)
                if room.spent:
                    self._leave(entry.id, room)
