"""Series: indexes that never change, gaps, and compaction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.core.events import Received, Skipped
from tuiserver.views.series import Entry, Series


def received(number: int) -> Received:
    """Message `number`."""
    return Received(float(number), 1, b"", number)


def entries(series: Series) -> list[Entry]:
    """The entries of a series."""
    return [series.get(index) for index in range(series.first, series.end)]


def test_an_empty_series() -> None:
    """It has no oldest entry and no valid index, before and after its entries were dropped."""
    series = Series()
    for end in (0, 1):
        assert (series.first, series.end, len(series), series.oldest()) == (end, end, 0, None)
        for index in (-1, 0, 1):
            with pytest.raises(IndexError):
                series.get(index)
        if not end:
            series.items.append(received(1))
            series.drop()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 1500)), max_size=6))
def test_entries_keep_their_index(steps: list[tuple[int, int]]) -> None:
    """However many entries are added and dropped in turn, an index refers to the entry it always referred to."""
    series, first, end = Series(), 0, 0
    for added, dropped in steps:
        for number in range(end, end + added):
            series.items.append(received(number))
        end += added
        for _ in range(min(dropped, end - first)):
            oldest = series.oldest()
            assert oldest is not None
            assert oldest.at == first
            series.drop()
            first += 1
        assert (series.first, series.end, len(series)) == (first, end, end - first)
        assert [entry.at for entry in entries(series)] == list(range(first, end))
        with pytest.raises(IndexError):
            series.get(first - 1)
        with pytest.raises(IndexError):
            series.get(end)


def test_consecutive_gaps_are_one() -> None:
    """A second gap widens the first; its time is that of the later one. After a message, a gap is a new entry."""
    series = Series()
    assert series.add_gap(Skipped(1.0, 2, 20))
    assert not series.add_gap(Skipped(3.0, 1, 5))
    assert entries(series) == [Skipped(3.0, 3, 25)]
    series.items.append(received(1))
    assert series.add_gap(Skipped(4.0, 1, 1))
    assert entries(series) == [Skipped(3.0, 3, 25), received(1), Skipped(4.0, 1, 1)]
    for _ in range(3):
        series.drop()
    assert series.add_gap(Skipped(5.0, 1, 1)), "a gap that was dropped is not widened"


def test_drop_through_an_entry() -> None:
    """Gaps before the entry are dropped with it; an entry that does not follow them stays."""
    series = Series()
    one, two = received(1), received(2)
    series.add_gap(Skipped(1.0, 1, 1))
    series.items.append(one)
    series.items.append(two)
    assert series.drop_through(one) == 1
    assert entries(series) == [two]
    assert series.drop_through(one) == 0
    assert entries(series) == [two]
    assert series.drop_through(two) == 0
    assert series.drop_through(two) == 0
    assert (series.first, series.end) == (3, 3)
