"""Which lines of a series of entries are visible: a window of `height` rows over entries of one line or of millions.

    window.refresh(series, line_count)       # once a frame; `line_count` returns the number of lines of an entry
    window.rows                              # (index, entry, line of that entry), top to bottom
    window.scroll(-3); window.scroll_to_start(); window.follow()
    window.move(-1); window.show(index)      # the current entry, marked by the cursor: the newest while following

Rules of this file:
- Only what is visible is examined: no total is ever computed, so the cost depends on `height` alone.
- While following, the window stays at the end. Scrolling up stops that, `follow` resumes it.
- While not following, the rows keep their place. They hold their entries, so they stay even if memory has dropped them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.text.stream_lines import Shown
from tuiserver.views.series import Series

LineCount = Callable[[Shown], int]


class Entries(Protocol):
    """Entries by an index that never changes: `first` is the oldest one kept, `end` is behind the newest. Between two of
    them there may be numbers that are not an index."""

    @property
    def first(self) -> int:
        """Index of the oldest entry."""

    @property
    def end(self) -> int:
        """Index behind the newest entry."""

    def get(self, index: int) -> Shown:
        """The entry at `index`; raises `IndexError`."""

    def after(self, index: int) -> int:
        """The index of the next entry, `end` after the last one."""

    def before(self, index: int) -> int:
        """The index of the previous entry, less than `first` before the oldest one."""

    def align(self, index: int) -> int:
        """The index of the entry to which a number between two indexes belongs."""

    def distance(self, start: int, end: int) -> int:
        """About how many entries there are from one index to another."""

    def position(self, index: int) -> float:
        """Where an entry begins, in the unit of `len`."""

    def index_at(self, position: float) -> int:
        """The index of the entry that has this position."""

    def __len__(self) -> int:
        """About the number of entries."""


class Row(NamedTuple):
    """One visible line: line `line` of the entry at index `entry_index`."""

    entry_index: int
    entry: Shown
    line: int


def _one_line(entry: Shown) -> int:
    return 1


class Window:
    """`following`: the window stays at the end."""

    def __init__(self) -> None:
        self.height = 0
        self.following = True
        self.rows: list[Row] = []
        self._series: Entries = Series()
        self._line_count: LineCount = _one_line
        self._seen = 0
        self._cursor = 0

    @property
    def new(self) -> int:
        """How many entries below the window have not been visible since it stopped following."""
        return 0 if self.following else max(0, self._series.distance(self._seen, self._series.end))

    @property
    def cursor(self) -> int:
        """The index of the current entry, one of the visible ones; the newest while following."""
        if self.following or not self.rows:
            return self._series.before(self._series.end)
        return max(self.rows[0].entry_index, min(self._cursor, self.rows[-1].entry_index))

    @property
    def current(self) -> Shown | None:
        """The entry at the cursor; None if there is none."""
        return next((row.entry for row in self.rows if row.entry_index == self.cursor), None)

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`, in entries: the number of lines of those that are not visible is unknown."""
        if not self.rows:
            return Extent(0, 0, 0)
        first, top, bottom = self._series.position(self._series.first), self.rows[0], self.rows[-1]
        start = self._position(top.entry_index, top.line / self._line_count(top.entry))
        stop = self._position(bottom.entry_index, (bottom.line + 1) / self._line_count(bottom.entry))
        return Extent(max(0, start - first), max(0, stop - first), len(self._series))

    def _position(self, index: int, part: float) -> float:
        start, stop = self._series.position(index), self._series.position(self._series.after(index))
        return start + part * (stop - start)

    # -- content ------------------------------------------------------------------------------------------------------

    def refresh(self, series: Entries, line_count: LineCount) -> None:
        """Take new entries. While following, move to the end; else only add rows where there is space below."""
        self._series, self._line_count = series, line_count
        if self.following:
            self._fill_to_end()
            return
        self.rows = [
            row._replace(entry=series.get(row.entry_index)) if series.first <= row.entry_index < series.end else row
            for row in self.rows
        ]
        if len(self.rows) < self.height:
            last = self.rows[-1] if self.rows else None
            self._extend(*((last.entry_index, last.line + 1) if last else (series.first, 0)))
        self._note_seen()

    def resize(self, height: int) -> None:
        """Change the height; the entry at the top stays there."""
        self.height = max(0, height)
        self._refill()

    def relayout(self, line_count: LineCount) -> None:
        """Change the numbers of lines of the entries; the entry at the top stays there."""
        self._line_count = line_count
        if self.rows and not self.following and (top := self.rows[0]).entry_index >= self._series.first:
            index = self._series.align(top.entry_index)
            self.rows[0] = Row(index, self._series.get(index), top.line if index == top.entry_index else 0)
            self._cursor = self._series.align(self._cursor)
        self._refill()

    def _refill(self) -> None:
        if self.following or not self.rows:
            self._fill_to_end()
        else:
            top = self.rows[0]
            self._fill_from(top.entry_index, min(top.line, self._line_count(top.entry) - 1))

    def reset(self) -> None:
        """Forget the position: follow the end of whatever the next `refresh` brings."""
        self.rows = []
        self.following = True

    # -- moving -------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following = True
        self._fill_to_end()

    scroll_to_end = follow

    def release(self) -> None:
        """Stop following: stay here, whatever comes."""
        if self.following:
            self._cursor = self.cursor
            self.following = False
            self._seen = self._series.end

    def scroll_to_start(self) -> None:
        """Go to the oldest line that is kept."""
        if self._hidden_above():
            self.release()
            self._fill_from(self._series.first, 0)

    def scroll(self, lines: int) -> None:
        """Scroll by so many lines, up if negative. Scrolling up stops following; the end is the lowest position."""
        if not self.rows or lines == 0:
            return
        if lines < 0:
            if self._hidden_above():
                self.release()
                self._fill_from(*self._line_above(self.rows[0].entry_index, self.rows[0].line, -lines))
        elif not self.following:
            self._fill_from(*self._line_below(self.rows[0].entry_index, self.rows[0].line, lines))

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`; the end is followed."""
        series, position = self._series, start + self._series.position(self._series.first)
        if start >= self.extent.hidden or position >= series.position(series.end):
            self.follow()
        elif self.rows:
            self.release()
            index = series.index_at(position)
            begin = series.position(index)
            part = (position - begin) / (self._position(index, 1) - begin or 1)
            self._fill_from(index, int(part * self._line_count(series.get(index))))

    def page(self, pages: int) -> None:
        """Scroll by so many pages; one line of the page before stays visible."""
        self.scroll(pages * max(1, self.height - 1))

    def move(self, steps: int) -> None:
        """Move the cursor to the next entry or the previous one; scroll through one that is taller than the window."""
        if not self.rows:
            return
        index = self.cursor
        visible = [row for row in self.rows if row.entry_index == index]
        if not visible:
            return
        if steps > 0:
            ends_here = visible[-1].line == self._line_count(visible[-1].entry) - 1
        else:
            ends_here = self.rows[0].entry_index < index or visible[0].line == 0
        if ends_here:
            for _ in range(abs(steps)):
                index = self._series.after(index) if steps > 0 else self._series.before(index)
            self.show(index)
        else:
            self.scroll(1 if steps > 0 else -1)

    def show(self, index: int, line: int = 0) -> None:
        """Put the cursor on an entry, and scroll as little as makes it visible; of a tall one, this line."""
        if self._series.end == self._series.first:
            return
        self.release()
        self._cursor = index = max(self._series.first, min(index, self._series.before(self._series.end)))
        visible = [row.line for row in self.rows if row.entry_index == index]
        last = self._line_count(self._series.get(index)) - 1
        if not visible or visible[0] or visible[-1] != last:
            above = not self.rows or (index, 0) < (self.rows[0].entry_index, self.rows[0].line)
            if above or last >= self.height:
                self._fill_from(index, 0)
            else:
                self._fill_from(*self._line_above(index, last, self.height - 1))
        if line and not any((row.entry_index, row.line) == (index, line) for row in self.rows):
            self._fill_from(*self._line_above(index, line, self.height // 2))
        self._note_seen()

    def count_lines(self, limit: int) -> int:
        """The number of lines of all entries, as far as it is less than `limit`."""
        lines, index = 0, self._series.end
        while lines < limit and index > self._series.first:
            index = self._series.before(index)
            lines += self._line_count(self._series.get(index))
        return min(lines, limit)

    # -- arithmetic of lines ------------------------------------------------------------------------------------------

    def _hidden_above(self) -> bool:
        return bool(self.rows) and (self.rows[0].entry_index, self.rows[0].line) > (self._series.first, 0)

    def _line_above(self, index: int, line: int, lines: int) -> tuple[int, int]:
        """The entry and line that is so many lines above; the first one at most."""
        first = self._series.first
        while lines > line:
            if index <= first:
                return first, 0
            lines -= line + 1
            index = self._series.before(index)
            line = self._line_count(self._series.get(index)) - 1
        return index, line - lines

    def _line_below(self, index: int, line: int, lines: int) -> tuple[int, int]:
        """The entry and line that is so many lines below; the last one at most."""
        if index < self._series.first:
            return self._series.first, 0
        while (rest := self._line_count(self._series.get(index)) - 1 - line) < lines:
            if (following := self._series.after(index)) >= self._series.end:
                return index, line + rest
            lines -= rest + 1
            index, line = following, 0
        return index, line + lines

    def _fill_from(self, index: int, line: int) -> None:
        """Make this line the top row; near the end, the lowest position at which all rows are filled."""
        self.rows = []
        self._extend(index, line)
        if len(self.rows) < self.height:
            self._fill_to_end()
        self._note_seen()

    def _extend(self, index: int, line: int) -> None:
        series = self._series
        if index < series.first:
            index, line = series.first, 0
        while len(self.rows) < self.height and index < series.end:
            entry = series.get(index)
            stop = min(self._line_count(entry), line + self.height - len(self.rows))
            self.rows += [Row(index, entry, number) for number in range(line, stop)]
            index, line = series.after(index), 0

    def _fill_to_end(self) -> None:
        series = self._series
        rows: list[Row] = []
        index = series.end
        while len(rows) < self.height and index > series.first:
            index = series.before(index)
            entry = series.get(index)
            count = self._line_count(entry)
            rows += [Row(index, entry, count - 1 - back) for back in range(min(count, self.height - len(rows)))]
        rows.reverse()
        self.rows = rows

    def _note_seen(self) -> None:
        if self.rows:
            self._seen = max(self._seen, self._series.after(self.rows[-1].entry_index))
