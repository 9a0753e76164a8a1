"""Which lines of a log file are visible: a window of `height` lines over a tail that reads more as it is needed.

Rules of this file:
- Lines have numbers that never change; only a part of them is in memory, and the tail pages in the rest.
- While following, the window stays at the end. Scrolling up stops that, `follow` resumes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tuiserver.console.models.scroll_bar import Extent

MAX_PAGES = 200
"""Pages that `scroll_to_start` reads at most: more than our own log ever has. In a larger file the key can be repeated."""


class Tail(Protocol):
    """The lines of a file, all or filtered. Those from `start` to `end` (exclusive) are in memory."""

    following: bool

    @property
    def start(self) -> int:
        """The number of the first line in memory."""

    @property
    def end(self) -> int:
        """The number after the last line in memory."""

    @property
    def total(self) -> int:
        """The number after the last line of the file."""

    @property
    def lines_before(self) -> int:
        """About how many lines of the file come before `start`."""

    def line(self, number: int) -> bytes:
        """A line in memory; raises `IndexError`."""

    def is_earlier(self, number: int) -> bool:
        """Whether a line in memory is of an earlier run."""

    def release(self) -> None:
        """Stop following: keep the lines in memory."""

    def follow(self) -> None:
        """Go to the end and stay there."""

    def older(self) -> bool:
        """Page in lines before `start`; False if there are none."""

    def newer(self) -> bool:
        """Page in lines after `end`; False if there are none."""


class LogWindow:
    """The visible lines: as many from the number `top` on as begin in `height` rows. `row_count` returns the rows that a line
    takes, None if each takes one."""

    def __init__(self, tail: Tail) -> None:
        self.tail = tail
        self.row_count: Callable[[int], int] | None = None
        self.height = 1
        self.top = 0
        self._seen = 0
        self._cursor = 0

    @property
    def rows(self) -> range:
        """The numbers of the visible lines, top to bottom."""
        if self.row_count is None:
            return range(self.top, min(self.top + self.height, self.tail.end))
        number, used = self.top, 0
        while number < self.tail.end and used < self.height:
            used += self.row_count(number)
            number += 1
        return range(self.top, number)

    @property
    def new(self) -> int:
        """How many lines below the window have not been visible yet."""
        return 0 if self.tail.following else max(0, self.tail.total - self._seen)

    @property
    def cursor(self) -> int:
        """The number of the current line, one of the visible ones; the newest while following."""
        rows = self.rows
        if self.tail.following or not rows:
            return rows.stop - 1
        return max(rows.start, min(self._cursor, rows.stop - 1))

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`."""
        above = self.tail.lines_before - self.tail.start
        return Extent(above + self.top, above + self.rows.stop, above + self.tail.total)

    # -- content ------------------------------------------------------------------------------------------------------

    def show_tail(self, tail: Tail) -> None:
        """Show other lines, from their end."""
        self.tail = tail
        self._seen = tail.total
        self.top = self._top_above(tail.end)
        self._clamp()

    def refresh(self) -> None:
        """Take new lines. While following, move to the end; else stay, as far as the lines are still in memory."""
        if self.tail.following:
            self.top = self._top_above(self.tail.end)
        self._clamp()

    def resize(self, height: int) -> None:
        """Change the height; the line at the top stays there, or that at the bottom while following."""
        self.height = max(1, height)
        self.refresh()

    # -- moving -------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.tail.follow()
        self.refresh()

    scroll_to_end = follow

    def scroll_to_start(self) -> None:
        """Go to the oldest line, or `MAX_PAGES` back."""
        for _ in range(MAX_PAGES):
            if not self.tail.older():
                break
        self.scroll(self.tail.start - self.top)

    def scroll(self, lines: int) -> None:
        """Scroll by so many lines, up if negative. Scrolling up stops following; the end is the lowest position."""
        top = self.top + lines
        if lines < 0:
            while top < self.tail.start and self.tail.older():
                pass
            if max(top, self.tail.start) < self.top:
                self.tail.release()
        elif self.tail.following:
            return
        else:
            while top + self.height > self.tail.end and self.tail.newer():
                pass
            top = max(self.top, min(top, self._top_above(self.tail.end)))
        self.top = top
        self._clamp()

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`, or `MAX_PAGES` back; the end is followed."""
        if start >= self.extent.hidden:
            self.follow()
            return
        number = round(start) + self.tail.start - self.tail.lines_before
        for _ in range(MAX_PAGES):
            if number >= self.tail.start or not self.tail.older():
                break
        self.scroll(max(number, self.tail.start) - self.top)

    def page(self, pages: int) -> None:
        """Scroll by so many pages; one line of the page before stays visible."""
        self.scroll(pages * max(1, self.height - 1))

    def move(self, steps: int) -> None:
        """Move the cursor by so many lines."""
        number = self.cursor + steps
        while number >= self.tail.end and self.tail.newer():
            pass
        while number < self.tail.start and self.tail.older():
            pass
        self.show(number)

    def show(self, number: int) -> None:
        """Put the cursor on a line in memory, and scroll as little as makes it visible."""
        if self.tail.following and number >= self.tail.end - 1:
            return
        if self.tail.following:
            self.tail.release()
        self._cursor = number = max(self.tail.start, min(number, self.tail.end - 1))
        if number < self.top:
            self.top = number
        else:
            self.top = max(self.top, self._top_above(number + 1))
        self._clamp()

    def count_rows(self, limit: int) -> int:
        """The rows of all lines in memory, as far as there are fewer than `limit`."""
        first, stop = self.tail.start, self.tail.end
        if self.row_count is None or stop - first >= limit:
            return min(stop - first, limit)
        return min(sum(map(self.row_count, range(first, stop))), limit)

    def _top_above(self, stop: int) -> int:
        """The lowest position at which the last line before `stop` is visible."""
        if self.row_count is None:
            return stop - self.height
        top = stop - 1
        used = self.row_count(top) if top >= self.tail.start else 0
        while top > self.tail.start and (used := used + self.row_count(top - 1)) <= self.height:
            top -= 1
        return top

    def _clamp(self) -> None:
        self.top = max(self.top, self.tail.start)
        self._seen = max(self._seen, self.rows.stop) if not self.tail.following else self.tail.total
