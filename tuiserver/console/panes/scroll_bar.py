"""The scroll bar of a pane: where its thumb is, and where dragging it scrolls to.

    bar = ScrollBar(scrollable)
    bar.fit(1, 24)                           # at each drawing: the lines beside which it stands
    bar.thumb                                # the lines of the thumb
    bar.take(5); bar.drag(9); bar.release()  # the mouse, by the lines under it

Rules of this file:
- Without a `Scrollable`, or where all is visible, there is no thumb and the bar takes no clicks.
"""

from __future__ import annotations

from tuiserver.console.models.scroll_bar import start_at, thumb
from tuiserver.console.models.scrolling import Scrollable


class ScrollBar:
    """The bar beside the lines of one pane."""

    def __init__(self, scrollable: Scrollable | None) -> None:
        self.thumb = range(0)
        self._scrollable = scrollable
        self._first = self._rows = 0
        self._grip: int | None = None
        """While the thumb is dragged, its row under the pointer."""

    @property
    def width(self) -> int:
        """The columns that it takes: 1, also while all is visible, so that no line changes its width."""
        return 0 if self._scrollable is None else 1

    def clear(self) -> None:
        """Show no thumb."""
        self.thumb = range(0)

    def fit(self, first: int, height: int) -> None:
        """Stand beside the lines that scroll, from line `first` on, in a pane of so many lines."""
        self.clear()
        if self._scrollable is not None:
            self._first, self._rows = first, min(self._scrollable.height, height - first)
            rows = thumb(self._scrollable.extent, self._rows)
            self.thumb = range(first + rows.start, first + rows.stop) if rows else rows

    def covers(self, line: int) -> bool:
        """Whether a click beside this line is for the bar."""
        return bool(self.thumb) and 0 <= line - self._first < self._rows

    def take(self, line: int) -> None:
        """Begin to drag the thumb; a click beside it first centres the thumb there."""
        self._grip = line - self.thumb.start if line in self.thumb else len(self.thumb) // 2

    def drag(self, line: int) -> bool:
        """Drag the thumb; returns whether the position changed."""
        if self._grip is None or self._scrollable is None or line - self._grip == self.thumb.start:
            return False
        self._scrollable.scroll_to(start_at(self._scrollable.extent, self._rows, line - self._grip - self._first))
        return True

    def release(self) -> bool:
        """End the drag; returns whether there was one."""
        taken, self._grip = self._grip is not None, None
        return taken
