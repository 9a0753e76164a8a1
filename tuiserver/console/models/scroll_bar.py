"""Scroll bar geometry: which rows the thumb covers, and which position a row stands for.

    extent = Extent(start=120, stop=140, total=1000)
    thumb(extent, rows=20)                   # range(2, 3)
    start_at(extent, rows=20, row=10)        # the position of a thumb that begins there

Rules of this file:
- Pure. The unit of an extent is that of its pane: lines, messages or bytes.
- The thumb touches an end of the bar only where the content ends.
"""

from __future__ import annotations

from typing import NamedTuple


class Extent(NamedTuple):
    """What is visible of something longer: from `start` to `stop` of `total`."""

    start: float
    stop: float
    total: float

    @property
    def hidden(self) -> float:
        """How much is not visible, which is also the greatest `start`."""
        return max(0.0, self.total - (self.stop - self.start))


def thumb(extent: Extent, rows: int) -> range:
    """The rows of the thumb, counted from the top of the bar; none if everything is visible."""
    size, hidden = _size(extent, rows), extent.hidden
    if rows < 2 or not hidden:
        return range(0)
    top = round(extent.start / hidden * (rows - size))
    first = 1 if extent.start > 0 else 0
    last = rows - size - (1 if extent.stop < extent.total else 0)
    top = max(0, min(max(top, first), last))
    return range(top, top + size)


def start_at(extent: Extent, rows: int, row: int) -> float:
    """The `start` at which the thumb begins in `row`."""
    free = rows - _size(extent, rows)
    return extent.hidden * max(0, min(row, free)) / free if free > 0 else 0.0


def _size(extent: Extent, rows: int) -> int:
    """Rows of the thumb: one at least, and never the whole bar."""
    visible = (extent.stop - extent.start) / extent.total if extent.total else 1.0
    return max(1, min(round(visible * rows), rows - 1))
