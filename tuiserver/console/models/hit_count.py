"""Counts the hits of a search and finds the number of the current one: `3 of 17`.

    hits = HitCount()
    hits.start(test, held, total, open_items)    # `held` are in memory; what `open_items` returns reads the others
    hits.advance()                           # a slice per frame, what is new first; True while there is more
    hits.describe(index)                     # "3 of 17"; where there is no hit "17 found", and "17+ found" while it counts

Rules of this file:
- A slice takes a few milliseconds, as in `searcher.py`. Memory is bounded: after `MAX_HITS` it stops counting.
- Items have increasing indexes. Those that were dropped are forgotten.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator

from tuiserver.console.models.searcher import Items, scan

MAX_HITS = 10_000
Test = Callable[[bytes], bool]


class HitCount:
    """The count of one search at a time; nothing before `start`."""

    def __init__(self) -> None:
        self._test: Test = lambda data: False
        self._held: Items | None = None
        self._opened: Items | None = None
        self._new: Iterator[int | None] | None = None
        self._others: Iterator[object] = iter(())
        self._before: list[int] = []
        """The hits before what was held at first, negated: they are found from the newest to the oldest."""
        self._after: list[int] = []
        self._examined = 0
        """The index up to which all that is new has been examined."""
        self._counting = False

    def start(self, test: Test, held: Items, total: int, open_items: Callable[[], Items]) -> None:
        """Count the items that pass: those that `open_items` reads, and later those that are new among the `held` ones.

        `total` is the index after the last item there is.
        """
        self.stop()
        self._test, self._held, self._examined, self._counting = test, held, total, True
        self._others = self._examine_others(held.end, total, open_items)

    def stop(self) -> None:
        """Forget what was counted."""
        self._held, self._counting = None, False
        self._new, self._others = None, iter(())
        self._before, self._after = [], []
        self._close()

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def advance(self) -> bool:
        """Examine the next slice. True while there is more to do."""
        held = self._held
        if held is None:
            return False
        if self._new is None and held.end > self._examined:
            self._new = scan(held, self._test, self._examined, 1)
        for index in self._new or ():
            if index is None:
                return True
            self._after.append(index)
        self._new, self._examined = None, max(held.end, self._examined)
        if self._counting:
            self._counting = next(self._others, None) is not None and self._total < MAX_HITS
            if not self._counting:
                self._close()
        return self._counting

    def _examine_others(self, start: int, total: int, open_items: Callable[[], Items]) -> Iterator[object]:
        """Examines what is older, and then what is between `start` and `total`; yields after each slice."""
        for step in (-1, 1):
            self._close()
            items = self._opened = open_items()
            for index in scan(items, self._test, start if step > 0 else items.step(start, -1), step):
                if index is None:
                    yield True
                elif index >= total:
                    break
                elif step < 0:
                    self._before.append(-index)
                else:
                    insort(self._after, index)

    def forget(self, first: int) -> None:
        """Forget the items before `first`, which are no longer there."""
        while self._before and -self._before[-1] < first:
            self._before.pop()
        del self._after[: bisect_left(self._after, first)]

    @property
    def _total(self) -> int:
        return len(self._before) + len(self._after)

    def describe(self, index: int) -> str:
        """Which hit the item at `index` is, and of how many."""
        more = self._counting or self._total >= MAX_HITS
        if not (self._total or more):
            return ""
        number = len(self._before) - bisect_left(self._before, -index) + bisect_right(self._after, index)
        if more or number == len(self._before) - bisect_right(self._before, -index) + bisect_left(self._after, index):
            return f"{self._total:,}{'+' if more else ''} found"
        return f"{number:,} of {self._total:,}"
