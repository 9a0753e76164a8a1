"""A list of messages that only grows at its end and shrinks at its beginning, with an index that never changes.

Rules of this file:
- An index always refers to the same entry. Once the entry is dropped, its index is below `first` and is not used again.
- A gap (an entry of type `Skipped`) marks where messages are missing. Two gaps never follow each other.
"""

from __future__ import annotations

from tuiserver.core.events import Received, Sent, Skipped

Entry = Received | Sent | Skipped

_COMPACT = 512
"""The list is compacted when this many slots at its beginning, and half of all, are empty."""


class Consecutive:
    """Steps between indexes where every number is one."""

    __slots__ = ()

    def after(self, index: int) -> int:
        """The index of the next entry."""
        return index + 1

    def before(self, index: int) -> int:
        """The index of the previous entry."""
        return index - 1

    def align(self, index: int) -> int:
        """The index of the entry that has this position."""
        return index

    def distance(self, start: int, end: int) -> int:
        """How many entries there are from one index to another."""
        return end - start

    def position(self, index: int) -> float:
        """Where an entry begins, in entries."""
        return index

    def index_at(self, position: float) -> int:
        """The index of the entry that has this position."""
        return int(position // 1)


class Series(Consecutive):
    """Entries by index: `first` is the index of the oldest entry kept, `end` is one past the newest."""

    __slots__ = ("_base", "_head", "items")

    def __init__(self) -> None:
        self.items: list[Entry | None] = []
        """To add a message, append it here directly: a method call would be too slow, as each message is added four times."""
        self._head = 0
        self._base = 0

    @property
    def first(self) -> int:
        """Index of the oldest entry kept; equal to `end` if there is none."""
        return self._base + self._head

    @property
    def end(self) -> int:
        """Index after the newest entry: the number of entries ever added."""
        return self._base + len(self.items)

    def get(self, index: int) -> Entry:
        """The entry at `index`. Raises `IndexError` for one that was dropped or not added yet."""
        entry = self.items[index - self._base] if index >= self.first else None
        if entry is None:
            raise IndexError(index)
        return entry

    def since(self, index: int) -> list[Entry]:
        """The entries kept, from that at `index` on."""
        return [entry for entry in self.items[max(self._head, index - self._base) :] if entry is not None]

    def __len__(self) -> int:
        """The number of entries kept."""
        return len(self.items) - self._head

    def oldest(self) -> Entry | None:
        """The oldest entry kept, if any."""
        return self.items[self._head] if self._head < len(self.items) else None

    def drop(self) -> None:
        """Drop the oldest entry. There must be one."""
        items = self.items
        items[self._head] = None
        self._head += 1
        if self._head >= _COMPACT and self._head * 2 >= len(items):
            del items[: self._head]
            self._base += self._head
            self._head = 0

    def drop_through(self, entry: Entry) -> int:
        """Drop the gaps at the beginning and `entry`, if it follows them. Returns the number of gaps dropped."""
        gaps = 0
        while self._head < len(self.items):
            oldest = self.items[self._head]
            if oldest is entry:
                self.drop()
                break
            if not isinstance(oldest, Skipped):
                break  # the series belongs to a new connection record: `entry` was in the forgotten one
            self.drop()
            gaps += 1
        return gaps

    def add_gap(self, skipped: Skipped) -> bool:
        """Add a gap at the end, or widen the one that is there. Returns True for a new gap."""
        last = self.items[-1] if len(self) else None
        if isinstance(last, Skipped):
            self.items[-1] = Skipped(skipped.at, last.messages + skipped.messages, last.bytes + skipped.bytes)
            return False
        self.items.append(skipped)
        return True
