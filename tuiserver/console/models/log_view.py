"""The log as it is shown: the tail of a file, filtered or not, the window over it, and the search in it.

    view = LogView(LogTail(path), schedule, notify)
    view.poll()                              # a few times a second: True if what is visible may have changed
    view.advance()                           # whenever `schedule` was called: the next slice of filter and search

Rules of this file:
- The file may have any size: filter and search read it in bounded slices, and what is visible stays until they find
  something.
"""

from __future__ import annotations

from collections.abc import Callable

from tuiserver.console.models import filter_fields
from tuiserver.console.models.filter_fields import lacking, without_errors
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.models.filtered_tail import PAGES_PER_SLICE, FilteredTail
from tuiserver.console.models.hit_count import HitCount
from tuiserver.console.models.log_window import LogWindow
from tuiserver.console.models.search_term import SearchTerm
from tuiserver.console.models.searcher import ITEMS_PER_SLICE, Items, Leg, Search, Searcher, direction
from tuiserver.console.text.log_lines import is_error
from tuiserver.core.filters import FilterError
from tuiserver.outputs.tail import LogTail

BlockTest = Callable[[bytes], bool]
"""True for a piece of the file that surely has no match."""


class TailItems:
    """The lines of the whole file, for a search: a copy of the tail, so that the visible lines stay."""

    def __init__(self, tail: LogTail, excludes: BlockTest) -> None:
        self.tail = tail.copy()
        self.tail.release()
        self._excludes = excludes

    @property
    def first(self) -> int:
        """As `Items.first`."""
        return self.tail.start

    @property
    def end(self) -> int:
        """As `Items.end`."""
        return self.tail.end

    def data(self, index: int) -> bytes:
        """As `Items.data`."""
        return self.tail.line(index)

    def skip(self, step: int) -> int:
        """As `Items.skip`."""
        return self.tail.skip_older(self._excludes) if step < 0 else self.tail.skip_newer(self._excludes)

    def step(self, index: int, step: int) -> int:
        """As `Items.step`."""
        return index + step

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`."""
        return 1 / ITEMS_PER_SLICE

    def load(self, step: int) -> float:
        """As `Items.load`."""
        return 1 / PAGES_PER_SLICE if (self.tail.older() if step < 0 else self.tail.newer()) else 0.0

    def close(self) -> None:
        """Close the copy."""
        self.tail.close()


class MatchItems:
    """The lines that the filter leaves, for a search; older ones are read while it goes on. Without a filter, only those in
    memory."""

    def __init__(self, tail: Callable[[], LogTail | FilteredTail]) -> None:
        self._tail = tail

    @property
    def first(self) -> int:
        """As `Items.first`."""
        return self._tail().start

    @property
    def end(self) -> int:
        """As `Items.end`."""
        return self._tail().end

    def data(self, index: int) -> bytes:
        """As `Items.data`."""
        return self._tail().line(index)

    def skip(self, step: int) -> int:
        """Nothing: the filter has skipped already."""
        return 0

    def step(self, index: int, step: int) -> int:
        """As `Items.step`."""
        return index + step

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`."""
        return 1 / ITEMS_PER_SLICE

    def load(self, step: int) -> float:
        """As `Items.load`: one slice of the filter."""
        tail = self._tail()
        if step > 0 or isinstance(tail, LogTail) or not tail.searching:
            return 0.0
        tail.look_back()
        return 1.0

    def close(self) -> None:
        """The tail belongs to the view."""


class LogView:
    """`schedule` is called when `advance` is due; `notify` with a text for the operator."""

    def __init__(self, tail: LogTail, schedule: Callable[[], object], notify: Callable[[str], object]) -> None:
        self.window = LogWindow(tail)
        self.filter = FilterInput(filter_fields.of_line)
        self.term = SearchTerm()
        self._tail = tail
        self._filtered: FilteredTail | None = None
        self._schedule = schedule
        self._notify = notify
        self._searcher = Searcher(schedule)
        self.hits = HitCount()
        """How many of the lines have the term."""

    @property
    def tail(self) -> LogTail | FilteredTail:
        """The lines that are shown."""
        return self._filtered or self._tail

    @property
    def searching(self) -> bool:
        """True while a search goes on."""
        return self._searcher.active

    def poll(self) -> bool:
        """Read what is new in the file. True if anything changed."""
        changed = self.tail.poll()
        if changed:
            self.window.refresh()
            self._advance_hits()
        return changed

    def _advance_hits(self) -> bool:
        before = self.hits.describe(self.window.cursor)
        if self.hits.advance():
            self._schedule()
        return before != self.hits.describe(self.window.cursor)

    def advance(self) -> bool:
        """Do the next slice of search and filter. True if what is visible may have changed."""
        self._searcher.advance()
        counted = self._advance_hits()
        return self.fill() or counted

    def fill(self) -> bool:
        """Read older lines for the filter, a slice at a time, until the window is full. True if there was one to read."""
        filtered, window = self._filtered, self.window
        if filtered is None or not filtered.searching or filtered.end - filtered.start >= window.height:
            return False
        if filtered.look_back():
            window.refresh()
        self._schedule()
        return True

    def close(self) -> None:
        """Close the file."""
        self._searcher.cancel()
        self.hits.stop()
        self._tail.close()
        if self._filtered is not None:
            self._filtered.close()

    # -- filter -------------------------------------------------------------------------------------------------------

    def set_filter(self, text: str) -> FilterError | None:
        """Show only matching lines, from the end; returns what is wrong with the filter, and shows everything then."""
        self._searcher.cancel()
        if self._filtered is not None:
            self._filtered.close()
            self._filtered = None
        self.filter.set(text)
        if self.filter.active:
            self._filtered = FilteredTail(self._tail, self.filter.filter)
        else:
            self._tail.follow()
            self._tail.poll()
        self.window.show_tail(self.tail)
        self._count_hits()
        self.fill()
        return self.filter.fault

    def toggle_earlier(self) -> bool:
        """Show the lines of earlier runs too, or hide them again, from the end; False if there are none."""
        if not self._tail.has_earlier:
            return False
        self._tail.toggle_earlier()
        self.set_filter(self.filter.text)
        return True

    def filter_count(self, ellipsis: str) -> str:
        """How many lines the filter has found so far; empty without a filter."""
        filtered = self._filtered
        if filtered is None:
            return ""
        more = f"{ellipsis} {filtered.examined:,} older searched" if filtered.searching else ""
        return f"{filtered.end - filtered.start:,} shown{more}"

    # -- search -------------------------------------------------------------------------------------------------------

    def set_term(self, term: SearchTerm) -> None:
        """Highlight another term; `find` goes to it."""
        self.cancel_search()
        self.term = term
        self._count_hits()

    def _count_hits(self) -> None:
        self.hits.stop()
        if self.term:
            held = MatchItems(lambda: self.tail)
            self.hits.start(self.term.matches, held, self.tail.total, self._items(lacking([self.term.text])))
            self._schedule()

    def find_here(self) -> None:
        """Go to the current line or the nearest one above that has the term; else to the first one below."""
        here = self.window.cursor
        if self.term:
            self._find_term(f"no match: {self.term.label}", (here, -1), (here + 1, 1))

    def find_next(self, step: int) -> None:
        """Go to the next line that has the term, or the previous one."""
        self._find_term(f"no match {direction(step)}: {self.term.label}", (self.window.cursor + step, step))

    def find_error(self, step: int) -> None:
        """Go to the next error, or the previous one; while following, to the last one."""
        if self.tail.following:
            step = -1
        self._find(is_error, without_errors, f"no error {direction(step)}", (self.window.cursor + step, step))

    def _find_term(self, missing: str, *legs: tuple[int, int]) -> None:
        self._find(self.term.matches, lacking([self.term.text]), missing, *legs)

    def _find(self, test: Callable[[bytes], bool], excludes: BlockTest, missing: str, *legs: tuple[int, int]) -> None:
        """Search from `(start, step)` of each leg until something is found."""
        items = self._items(excludes)
        search = Search(test, self._show_match, lambda: self._notify(missing))
        self._searcher.start(search, *(Leg(items, start, step) for start, step in legs))

    def _items(self, excludes: BlockTest) -> Callable[[], Items]:
        filtered = self._filtered
        return lambda: TailItems(self._tail, excludes) if filtered is None else MatchItems(lambda: filtered)

    def _show_match(self, items: Items, number: int) -> None:
        if isinstance(items, TailItems):  # its copy of the tail holds the match in memory; ours may not
            self._tail.close()
            self._tail = self.window.tail = items.tail
        self.window.show(number)

    def cancel_search(self) -> None:
        """Stop searching."""
        self._searcher.cancel()
