"""How many items have what is searched for."""

from __future__ import annotations

import pytest

from tuiserver.console.models import hit_count
from tuiserver.console.models.hit_count import HitCount
from tuiserver.console.models.searcher import ITEMS_PER_SLICE


class Numbers:
    """Items of which those from `first` to `end` are in memory, and the others can be read one by one."""

    def __init__(self, first: int, end: int, low: int | None = None, high: int | None = None) -> None:
        self.first, self.end = first, end
        self.low, self.high = first if low is None else low, end if high is None else high
        self.closed = 0

    def data(self, index: int) -> bytes:
        return b"%d" % index

    def skip(self, step: int) -> int:
        return 0

    def step(self, index: int, step: int) -> int:
        """As `Items.step`."""
        return index + step

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`."""
        return 1 / ITEMS_PER_SLICE

    def load(self, step: int) -> float:
        if (step < 0 and self.first <= self.low) or (step > 0 and self.end >= self.high):
            return 0.0
        self.first, self.end = min(self.first, self.first + step), max(self.end, self.end + step)
        return 0.1

    def close(self) -> None:
        self.closed += 1


def ends_with_7(data: bytes) -> bool:
    """The test."""
    return data.endswith(b"7")


def counted(hits: HitCount) -> None:
    """Count to the end."""
    for _ in range(10_000):
        if not hits.advance():
            return
    raise AssertionError("it goes on for ever")


def test_the_current_one_is_known_by_its_number() -> None:
    """From the oldest on; beside a hit, how many there are."""
    hits, items = HitCount(), Numbers(0, 100)
    assert hits.describe(7) == ""
    hits.start(ends_with_7, items, 100, lambda: items)
    assert hits.describe(7) == "0+ found"
    counted(hits)
    assert [hits.describe(index) for index in (7, 27, 97, 98)] == ["1 of 10", "3 of 10", "10 of 10", "10 found"]


def test_new_items_are_counted_and_dropped_ones_forgotten() -> None:
    """Many new ones take several slices."""
    hits, items = HitCount(), Numbers(0, 100)
    hits.start(ends_with_7, items, 100, lambda: items)
    counted(hits)
    items.end += 2 * ITEMS_PER_SLICE
    assert hits.advance()
    items.end += 10
    counted(hits)
    assert hits.describe(107) == "11 of 1,011"
    items.first = 120
    hits.forget(120)
    assert hits.describe(127) == "1 of 999"
    hits.forget(items.end)
    assert hits.describe(127) == ""


def test_what_is_not_in_memory_is_read() -> None:
    """Before the items held, and after them; what was opened is closed."""
    hits, held = HitCount(), Numbers(50, 60)
    opened: list[Numbers] = []

    def open_items() -> Numbers:
        opened.append(Numbers(50, 60, -20, 100))
        return opened[-1]

    hits.start(ends_with_7, held, 100, open_items)
    counted(hits)
    assert hits.describe(57) == "8 of 12"
    assert [items.closed for items in opened] == [1, 1]
    hits.stop()
    assert hits.describe(57) == ""


def test_the_count_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops at a number, and says so."""
    monkeypatch.setattr(hit_count, "MAX_HITS", 3)
    hits, items = HitCount(), Numbers(0, 3 * ITEMS_PER_SLICE)
    hits.start(ends_with_7, items, items.end, lambda: items)
    assert not hits.advance()
    assert hits.describe(0).endswith("+ found")
