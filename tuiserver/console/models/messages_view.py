"""The messages as they are shown: of which connection and direction, filtered or not, the window over them, and the search.

    view = MessagesView(transcript, roster, schedule, notify)
    view.show(12)                            # the messages of one connection; 0: of all
    view.update(line_count)                  # once a frame, after the events were applied
    view.advance()                           # whenever `schedule` was called: the next slice of the search

Rules of this file:
- It holds no messages: they are in the transcript, which drops the oldest.
- Filter and search examine a bounded number of messages per frame.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tuiserver.console.models import filter_fields
from tuiserver.console.models.filter_fields import CharsetOf
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.hit_count import HitCount
from tuiserver.console.models.search_term import SearchTerm
from tuiserver.console.models.searcher import EntryItems, Leg, Search, Searcher, direction
from tuiserver.console.models.window import Entries, LineCount, Row, Window
from tuiserver.core.charsets import UTF8
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Direction, Entry, Series, Transcript


class MessagesView:
    """`schedule` is called when `advance` is due; `notify` with a text for the operator. `hit_line` returns the line of a
    message that has what is searched for."""

    def __init__(
        self,
        transcript: Transcript,
        roster: Roster,
        schedule: Callable[[], object],
        notify: Callable[[str], object],
        charset_of: CharsetOf = lambda connection: UTF8,
        hit_line: Callable[[Entry], int] = lambda entry: 0,
    ) -> None:
        self.connection = 0
        self.direction: Direction = "both"
        self.window = Window()
        self.filter = FilterInput(lambda text: filter_fields.of_message(text, roster.clients, charset_of=charset_of))
        self.term = SearchTerm()
        self._transcript = transcript
        self._filtered: FilteredSeries | None = None
        self._schedule = schedule
        self._notify = notify
        self._searcher = Searcher(schedule)
        self._hit_line = hit_line
        self.hits = HitCount()
        """How many of the messages have the term."""
        self._uncounted = False

    # -- content ------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> Series:
        """The messages before they are filtered."""
        return self._transcript.view(self.connection, self.direction)

    @property
    def entries(self) -> Entries:
        """The messages that are shown: all, or those that match the filter."""
        return self.source if self._filtered is None else self._filtered

    def show(self, connection: int) -> None:
        """Show the messages of one connection, of all for 0; at their end, following."""
        self.connection = connection
        self._restart()

    def show_direction(self, direction: Direction) -> None:
        """Show what was received, what was sent, or both; at the end, following."""
        self.direction = direction
        self._restart()

    def set_filter(self, text: str) -> None:
        """Show only matching messages; all of them if the filter has an error."""
        self.filter.set(text)
        self._restart()

    def _restart(self) -> None:
        self._searcher.cancel()
        self._filtered = FilteredSeries(self.filter.filter) if self.filter.active else None
        self.window.reset()
        self._count_hits()

    def update(self, line_count: LineCount) -> None:
        """Take new messages; `line_count` is the number of lines of a message."""
        filtering = self._filtered is not None and self._filtered.update(self.source)
        if filtering:
            self._schedule()
        elif self._uncounted:
            self._uncounted = False
            items = EntryItems(self.entries)
            self.hits.start(self.term.matches, items, items.end, lambda: items)
        entries = self.entries
        self.window.refresh(entries, line_count)
        self.hits.forget(entries.first)
        if self.hits.advance():
            self._schedule()

    @property
    def filter_count(self) -> str:
        """How many messages the filter leaves."""
        return f"{len(self.entries):,} of {len(self.source):,} shown"

    def previous_at(self, row: Row) -> float | None:
        """When the message before that of a row was received or sent; None for the first one."""
        entries = self.entries
        if entries.first < row.entry_index < entries.end:
            return entries.get(row.entry_index - 1).at
        return None

    # -- search -------------------------------------------------------------------------------------------------------

    def set_term(self, term: SearchTerm) -> None:
        """Highlight another term; the methods below go to it."""
        self._searcher.cancel()
        self.term = term
        self._count_hits()

    def _count_hits(self) -> None:
        """Count anew, in the next `update` in which the filter has examined all messages."""
        self.hits.stop()
        self._uncounted = bool(self.term)

    def find_here(self) -> None:
        """Go to the current message or the nearest one before that has the term; else to the first one after."""
        here = self.window.cursor
        if self.term and len(self.entries):
            self._find(f"no match: {self.term.label}", (here, -1), (here + 1, 1))

    def find_next(self, step: int) -> None:
        """Go to the next message that has the term, or the previous one."""
        self._find(f"no match {direction(step)}: {self.term.label}", (self.window.cursor + step, step))

    def advance(self) -> None:
        """Search the next slice."""
        self._searcher.advance()

    def _find(self, missing: str, *legs: tuple[int, int]) -> None:
        items = partial(EntryItems, self.entries)
        search = Search(self.term.matches, lambda _, index: self._show_hit(index), lambda: self._notify(missing))
        self._searcher.start(search, *(Leg(items, start, step) for start, step in legs))

    def _show_hit(self, index: int) -> None:
        self.window.show(index, self._hit_line(self.entries.get(index)))
