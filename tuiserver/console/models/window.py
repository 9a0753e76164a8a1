"""Which lines of a series are seen: a window of `height` rows over entries of one line or of millions.

    window.refresh(series, lines)      # each frame; `lines` tells how many lines an entry takes, by arithmetic
    window.rows                        # (index, entry, line of that entry), top to bottom
    window.scroll(-3), home(), follow()
    window.step(-1), show(index)       # the current entry, which the cursor stands on: the newest while following

Rules of this file:
- Only what can be seen is looked at: no total is ever summed up, so the cost depends on `height` alone.
- Following is a state: the window stands at the end until it is scrolled up, and again after `follow`.
- Released, the rows stay as they are. They hold their entries, so what is read stays even when memory has dropped it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from tuiserver.core.events import Skipped
from tuiserver.views.transcript import Entry, Series

Lines = Callable[[Entry], int]


class Entries(Protocol):
    """Entries by an index that never changes: `first` is the oldest kept, `end` is behind the newest."""

    @property
    def first(self) -> int:
        """Index of the oldest."""

    @property
    def end(self) -> int:
        """Index behind the newest."""

    def get(self, index: int) -> Entry:
        """The entry at `index`; raises `IndexError`."""

    def __len__(self) -> int:
        """How many there are."""


class Row(NamedTuple):
    """One visible line: line `line` of the entry at index `at`."""

    at: int
    entry: Entry
    line: int


def _one(entry: Entry) -> int:
    return 1


class Window:
    """`following`: it stands at the end. `new`: entries that came since it was released and were not seen yet."""

    def __init__(self) -> None:
        self.height = 0
        self.following = True
        self.rows: list[Row] = []
        self._series: Entries = Series()
        self._lines: Lines = _one
        self._seen = 0
        self._cursor = 0

    @property
    def new(self) -> int:
        """How many entries wait below, unseen since the window was released."""
        return 0 if self.following else max(0, self._series.end - self._seen)

    @property
    def cursor(self) -> int:
        """The index of the current entry, one of those that are seen; the newest while following."""
        if self.following or not self.rows:
            return self._series.end - 1
        return max(self.rows[0].at, min(self._cursor, self.rows[-1].at))

    @property
    def current(self) -> Entry | None:
        """The entry that the cursor stands on; None when there is none."""
        return next((row.entry for row in self.rows if row.at == self.cursor), None)

    def step(self, steps: int) -> None:
        """To the next entry, or the one before; through one that is taller than the window line by line."""
        if not self.rows:
            return
        at, rows = self.cursor, [row.line for row in self.rows if row.at == self.cursor]
        if not rows:
            return
        whole = (self.rows[0].at < at or rows[0] == 0, rows[-1] == self._lines(self._entry(at)) - 1)
        if not whole[steps > 0]:
            self.scroll(1 if steps > 0 else -1)
            return
        self.show(at + steps)

    def show(self, index: int) -> None:
        """Put the cursor on an entry, and scroll as little as shows it."""
        if self._series.end == self._series.first:
            return
        self.release()
        self._cursor = index = max(self._series.first, min(index, self._series.end - 1))
        seen = [row.line for row in self.rows if row.at == index]
        last = self._lines(self._series.get(index)) - 1
        if not seen or seen[0] or seen[-1] != last:
            above = not self.rows or (index, 0) < (self.rows[0].at, self.rows[0].line)
            if above or last >= self.height:
                self._fill_from(index, 0)
            else:
                self._fill_from(*self._up(index, last, self.height - 1))
        self._note_seen()

    def _entry(self, index: int) -> Entry:
        return next(row.entry for row in self.rows if row.at == index)

    def refresh(self, series: Entries, lines: Lines) -> None:
        """Take what came. Following, the window moves to the end; released, rows are only added where it has room."""
        self._series, self._lines = series, lines
        if self.following:
            self._fill_to_end()
            return
        self.rows = [
            row._replace(entry=series.get(row.at))
            if isinstance(row.entry, Skipped) and series.first <= row.at < series.end
            else row
            for row in self.rows
        ]
        if len(self.rows) < self.height:
            last = self.rows[-1] if self.rows else None
            self._extend(*((last.at, last.line + 1) if last else (series.first, 0)))
        self._note_seen()

    def resize(self, height: int) -> None:
        """Another height, or other line counts: the entry on top stays on top."""
        self.height = max(0, height)
        self._settle()

    def renew(self, lines: Lines) -> None:
        """The entries take another number of lines from now on."""
        self._lines = lines
        self._settle()

    def _settle(self) -> None:
        if self.following or not self.rows:
            self._fill_to_end()
        else:
            top = self.rows[0]
            self._fill_from(top.at, min(top.line, self._lines(top.entry) - 1))

    def restart(self) -> None:
        """Look at something else: at its end, following."""
        self.rows = []
        self.following = True

    def follow(self) -> None:
        """Stand at the end from now on."""
        self.following = True
        self._fill_to_end()

    def release(self) -> None:
        """Stay here, whatever comes."""
        if self.following:
            self._cursor = self.cursor
            self.following = False
            self._seen = self._series.end

    def home(self) -> None:
        """To the oldest line that is kept."""
        if self._hidden_above():
            self.release()
            self._fill_from(self._series.first, 0)

    def scroll(self, lines: int) -> None:
        """Move by so many lines, up for less than 0. Moving up releases; there is nothing below the end."""
        if not self.rows or lines == 0:
            return
        if lines < 0:
            if self._hidden_above():
                self.release()
                self._fill_from(*self._up(self.rows[0].at, self.rows[0].line, -lines))
        elif not self.following:
            self._fill_from(*self._down(self.rows[0].at, self.rows[0].line, lines))

    def _hidden_above(self) -> bool:
        return bool(self.rows) and (self.rows[0].at, self.rows[0].line) > (self._series.first, 0)

    def _up(self, index: int, line: int, lines: int) -> tuple[int, int]:
        first = self._series.first
        while lines > line:
            if index <= first:
                return first, 0
            lines -= line + 1
            index -= 1
            line = self._lines(self._series.get(index)) - 1
        return index, line - lines

    def _down(self, index: int, line: int, lines: int) -> tuple[int, int]:
        if index < self._series.first:
            return self._series.first, 0
        while (rest := self._lines(self._series.get(index)) - 1 - line) < lines:
            if index + 1 >= self._series.end:
                return index, line + rest
            lines -= rest + 1
            index, line = index + 1, 0
        return index, line + lines

    def _fill_from(self, index: int, line: int) -> None:
        """Rows from this line on; where that leaves room below, from further up."""
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
            until = min(self._lines(entry), line + self.height - len(self.rows))
            self.rows += [Row(index, entry, number) for number in range(line, until)]
            index, line = index + 1, 0

    def _fill_to_end(self) -> None:
        series = self._series
        rows: list[Row] = []
        index = series.end
        while len(rows) < self.height and index > series.first:
            index -= 1
            entry = series.get(index)
            count = self._lines(entry)
            rows += [Row(index, entry, count - 1 - back) for back in range(min(count, self.height - len(rows)))]
        rows.reverse()
        self.rows = rows

    def _note_seen(self) -> None:
        if self.rows:
            self._seen = max(self._seen, self.rows[-1].at + 1)
