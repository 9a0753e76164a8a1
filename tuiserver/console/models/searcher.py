"""The one search of the panes: from a position up or down, a slice per frame, until it finds something or is cancelled.

    searcher = Searcher(deferred.request)            # called when `advance` is to be called again, in the next frame
    searcher.start(Search(test, found, not_found), Leg(items, start=7, step=-1))

Rules of this file:
- A slice takes a few milliseconds, whatever there is to search: messages in memory, or a file of any size.
- What is visible does not change until something is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from tuiserver.console.models.window import Entries
from tuiserver.console.text.stream_lines import Shown

ITEMS_PER_SLICE = 5000
DECODED_PER_SLICE = 100
"""The same for items that have to be decoded."""
BYTES_PER_SLICE = 1 << 20
SKIPS_PER_SLICE = 40
"""Blocks that are skipped in one slice, because a test of the whole block excludes a match."""


class Items(Protocol):
    """What is searched. The items from `first` to `end` (exclusive) are in memory; there may be more on disk."""

    @property
    def first(self) -> int:
        """Index of the first item in memory."""

    @property
    def end(self) -> int:
        """Index after the last item in memory."""

    def data(self, index: int) -> bytes:
        """The bytes of an item in memory."""

    def skip(self, step: int) -> int:
        """Skip a block beyond `first` (`step` < 0) or `end` that has no match; returns its number of items, or 0."""

    def step(self, index: int, step: int) -> int:
        """The index of the next item (`step` > 0) or the previous one."""

    def cost(self, index: int, following: int) -> float:
        """The share of a slice that it costs to go from one item to the next."""

    def load(self, step: int) -> float:
        """Read a block beyond `first` or `end` into memory; returns the share of a slice that it cost, 0 if there is none."""

    def close(self) -> None:
        """Release what the search holds."""


class EntryItems:
    """The messages of a series, all in memory. `more` returns what belongs to a message besides its bytes, None if that is
    not searched: it may have to be decoded."""

    def __init__(self, entries: Entries, more: Callable[[Shown], bytes] | None = None) -> None:
        self._entries, self._more = entries, more

    @property
    def first(self) -> int:
        """As `Items.first`."""
        return self._entries.first

    @property
    def end(self) -> int:
        """As `Items.end`."""
        return self._entries.end

    def data(self, index: int) -> bytes:
        """As `Items.data`; a gap has no bytes."""
        entry = self._entries.get(index)
        data: bytes = getattr(entry, "data", b"")
        return data + self._more(entry) if self._more is not None else data

    def skip(self, step: int) -> int:
        """Nothing can be skipped."""
        return 0

    def step(self, index: int, step: int) -> int:
        """As `Items.step`."""
        return self._entries.after(index) if step > 0 else self._entries.before(index)

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`."""
        return 1 / (ITEMS_PER_SLICE if self._more is None else DECODED_PER_SLICE)

    def load(self, step: int) -> float:
        """Everything is in memory."""
        return 0.0

    def close(self) -> None:
        """Nothing is held."""


class Leg(NamedTuple):
    """One pass of a search: `open` returns the items, `step` is 1 or -1."""

    open: Callable[[], Items]
    start: int
    step: int


class Search(NamedTuple):
    """A test of bytes; what is called with the items and the index of the first match, which then owns the items; and
    what is called if there is none."""

    test: Callable[[bytes], bool]
    found: Callable[[Items, int], object]
    not_found: Callable[[], object]


class Searcher:
    """Runs one search at a time."""

    def __init__(self, schedule: Callable[[], object]) -> None:
        self._schedule = schedule
        self._search: Search | None = None
        self._items: Items | None = None
        self._results: Iterator[int | None] = iter(())

    @property
    def active(self) -> bool:
        """True while a search goes on."""
        return self._search is not None

    def start(self, search: Search, *legs: Leg) -> None:
        """Begin a search, one leg after the other, in place of the one before; the first slice is searched at once."""
        self.cancel()
        self._search, self._results = search, self._scan_legs(search.test, legs)
        self.advance()

    def cancel(self) -> None:
        """Stop without a result."""
        self._search, self._results = None, iter(())
        self._close_items()

    def advance(self) -> None:
        """Search the next slice, if a search goes on."""
        search = self._search
        if search is None:
            return
        for index in self._results:
            if index is None:
                self._schedule()
                return
            items, self._items = self._items, None
            self.cancel()
            assert items is not None
            search.found(items, index)
            return
        self.cancel()
        search.not_found()

    def _scan_legs(self, test: Callable[[bytes], bool], legs: tuple[Leg, ...]) -> Iterator[int | None]:
        for leg in legs:
            self._close_items()
            self._items = leg.open()
            yield from scan(self._items, test, leg.start, leg.step)

    def _close_items(self) -> None:
        if self._items is not None:
            self._items.close()
            self._items = None


def direction(step: int) -> str:
    """Where a search goes, in a word."""
    return "below" if step > 0 else "above"


def scan(items: Items, test: Callable[[bytes], bool], start: int, step: int) -> Iterator[int | None]:
    """The indexes of all matches from `start` on; None after each slice."""
    index, spent = start, 0.0
    while True:
        if spent >= 1:
            spent = 0.0
            yield None
        index = max(index, items.first) if step > 0 else min(index, items.end - 1)
        if items.first <= index < items.end:
            data = items.data(index)
            if test(data):
                yield index
            before, index = index, items.step(index, step)
            spent += items.cost(before, index) + len(data) / BYTES_PER_SLICE
        elif skipped := items.skip(step):
            index += step * skipped
            spent += 1 / SKIPS_PER_SLICE
        elif cost := items.load(step):
            spent += cost
        else:
            return
