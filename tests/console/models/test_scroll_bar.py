"""The scroll bar: rows of the thumb, and positions of rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.models.scroll_bar import Extent, start_at, thumb


def test_what_is_visible_as_a_whole_has_no_thumb() -> None:
    """Neither has a bar of one row, nor nothing."""
    assert not thumb(Extent(0, 10, 10), 20)
    assert not thumb(Extent(0, 0, 0), 20)
    assert not thumb(Extent(0, 1, 10), 1)
    assert thumb(Extent(0, 10, 11), 20)


@given(st.integers(2, 60), st.integers(1, 100), st.integers(1, 10_000), st.data())
def test_the_thumb_touches_an_end_only_there(rows: int, visible: int, hidden: int, data: st.DataObject) -> None:
    """It stays within the bar; where there is space it leaves a row for what is above, and one for what is below."""
    start = data.draw(st.integers(0, hidden))
    extent = Extent(start, start + visible, visible + hidden)
    found = thumb(extent, rows)
    assert 0 <= found.start < found.stop <= rows
    if rows - len(found) >= 2:
        assert (found.start == 0) == (start == 0)
        assert (found.stop == rows) == (start == hidden)


@given(st.integers(2, 60), st.integers(1, 100), st.integers(1, 10_000))
def test_a_row_stands_for_a_position(rows: int, visible: int, hidden: int) -> None:
    """The first row for the start, the last for the end, and in between the order is kept."""
    extent = Extent(0, visible, visible + hidden)
    starts = [start_at(extent, rows, row) for row in range(-3, rows + 3)]
    assert starts[0] == 0
    assert starts[-1] == hidden
    assert starts == sorted(starts)
