"""What a filter has found so far: newer matches are appended, older ones are put in front, and no index ever changes."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Matches(Generic[T]):
    """Items from index `first` to `end` (exclusive). `first` may be negative."""

    def __init__(self) -> None:
        self.first = 0
        self._items: deque[T] = deque()

    @property
    def end(self) -> int:
        """Index after the last item."""
        return self.first + len(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def get(self, index: int) -> T:
        """The item at `index`; raises `IndexError`."""
        if index < self.first:
            raise IndexError(index)
        return self._items[index - self.first]

    def append(self, item: T) -> None:
        """Add an item at the end."""
        self._items.append(item)

    def prepend(self, item: T) -> None:
        """Add an item in front of the first."""
        self._items.appendleft(item)
        self.first -= 1

    def drop_first(self) -> T:
        """Remove the first item; the others keep their indexes."""
        self.first += 1
        return self._items.popleft()

    def clear(self) -> None:
        """Remove all items; the next one gets the index after the last."""
        self.first = self.end
        self._items.clear()
