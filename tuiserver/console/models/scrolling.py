"""What the movement keys act on: a window of lines with a position in something longer.

Rules of this file:
- A pane owns one `Scrollable` and passes keys and the mouse wheel to it; what moves is decided there.
"""

from __future__ import annotations

from typing import Protocol

from tuiserver.console.models.scroll_bar import Extent


class Scrollable(Protocol):
    """A position in a list of lines, of which `height` are visible. Negative counts go up."""

    height: int

    @property
    def extent(self) -> Extent:
        """What is visible, for the scroll bar."""

    def move(self, steps: int) -> None:
        """Move the cursor by so many items; without a cursor, scroll by as many lines."""

    def page(self, pages: int) -> None:
        """Move by so many pages; one line of the page before stays visible."""

    def scroll(self, lines: int) -> None:
        """Scroll by so many lines."""

    def scroll_to(self, start: float) -> None:
        """Scroll until the visible part begins at `start`, in the unit of `extent`."""

    def scroll_to_start(self) -> None:
        """Go to the first item."""

    def scroll_to_end(self) -> None:
        """Go to the last item."""


def start_of(scrollable: Scrollable | None) -> float:
    """Where the visible part begins; 0 if nothing scrolls."""
    return 0 if scrollable is None else scrollable.extent.start


class LineScroll:
    """A window over a known number of lines, without a cursor. `top` is the index of its first line."""

    def __init__(self) -> None:
        self.height = 1
        self.total = 0
        self.top = 0

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`."""
        return Extent(self.top, min(self.top + self.height, self.total), self.total)

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self.scroll(steps)

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self.scroll(pages * max(1, self.height - 1))

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`."""
        self.top = max(0, min(self.top + lines, self.total - self.height))

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self.scroll(round(start) - self.top)

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self.top = 0

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self.scroll(self.total)


PAN_COLUMNS = 16
"""Columns that one key scrolls sideways."""


def pan(shift: int, step: int, visible: int, widest: int) -> int:
    """The horizontal offset after one more step, limited so that part of the `widest` line stays `visible`; 0 if all of it is."""
    last = widest - visible // 2 if widest > visible else 0
    return max(0, min(shift + step * PAN_COLUMNS, max(shift if step < 0 else 0, last)))
