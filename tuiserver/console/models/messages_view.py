"""The messages as they are shown: of which connection and direction, filtered or not, the window over them, and the search.

    view = MessagesView(transcript, roster, schedule, notify)
    view.show(12)                            # the messages of one connection; 0: of all
    view.update(layout)                      # once a frame, after the events were applied
    view.advance()                           # whenever `schedule` was called: the next slice of the search

Rules of this file:
- It holds no messages: they are in the transcript, which drops the oldest.
- Filter and search examine a bounded number of messages per frame.
- The stream is imported when it is first shown: the start does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tuiserver.console.models import filter_fields
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.models.filter_fields import CharsetOf
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.hit_count import HitCount
from tuiserver.console.models.mute_rules import MuteRules
from tuiserver.console.models.search_term import SearchTerm
from tuiserver.console.models.searcher import EntryItems, Items, Leg, Search, Searcher, direction
from tuiserver.console.models.window import Entries, Row, Window
from tuiserver.console.text.stream_lines import Shown, StreamLine
from tuiserver.core.charsets import UTF8
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Direction, Entry, Series, Transcript

if TYPE_CHECKING:
    from tuiserver.console.models.stream import Stream


class Layout(Protocol):
    """How many lines each entry has, and how many bytes a row of the stream's hexdump; 0 for lines of text."""

    @property
    def row_size(self) -> int:
        """Bytes in a row."""

    def line_count(self, entry: Shown) -> int:
        """The number of lines of an entry."""


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
        hit_line: Callable[[Shown], int] = lambda entry: 0,
        decoding: Decoding | None = None,
        mute: MuteRules | None = None,
    ) -> None:
        self._mute, self._mute_version = mute, 0 if mute is None else mute.version
        self.connection = 0
        self.direction: Direction = "both"
        self.window = Window()
        self.filter = FilterInput(
            lambda text: filter_fields.of_message(text, roster.clients, charset_of=charset_of, decoding=decoding)
        )
        self.searches_fields = False
        """Whether a search finds what the fields of messages say."""
        self.term = SearchTerm()
        self.stream: Stream | None = None
        """The bytes as one stream; None while they are shown message by message."""
        self._roster, self._decoding, self._charset_of = roster, decoding, charset_of
        self._transcript = transcript
        self._filtered = self._new_filtered()
        self._schedule = schedule
        self._notify = notify
        self._searcher = Searcher(schedule)
        self._hit_line = hit_line
        self._hit = (-1, -1)
        """The row of the hexdump in which the last hit begins, and the line that has it: a row may be of many lines."""
        self.hits = HitCount()
        """How many of the messages have the term."""
        self._uncounted = False

    # -- content ------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> Series:
        """The messages before they are filtered."""
        return self._transcript.view(self.connection, self.direction)

    @property
    def messages(self) -> Series | FilteredSeries:
        """The messages that are shown: all, or those that match the filter."""
        return self.source if self._filtered is None else self._filtered

    @property
    def entries(self) -> Entries:
        """What is shown: the messages, or the lines of their stream."""
        return self.messages if self.stream is None else self.stream

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

    def show_stream(self, stream: bool, layout: Layout) -> None:
        """Show the bytes as one stream, or message by message; at the same position."""
        from tuiserver.console.models.stream import OFFSET_BITS

        window = self.window
        following, index = window.following, window.cursor
        index = index << OFFSET_BITS if stream else index >> OFFSET_BITS
        self.stream = self._new_stream() if stream else None
        self._searcher.cancel()
        window.reset()
        self._count_hits()
        self.relayout(layout)
        if not following:
            window.show(index)

    def _new_stream(self) -> Stream:
        from tuiserver.console.models.stream import Stream

        clients, charset_of = self._roster.clients, self._charset_of
        return Stream(
            lambda number: (client := clients.get(number)) is not None and client.framed,
            lambda number: charset_of(number).line_ends,
        )

    def charset_changed(self) -> None:
        """The text of a connection is understood otherwise: the lines of its stream may end elsewhere."""
        if self.stream is not None:
            self._restart()

    def _restart(self) -> None:
        self._searcher.cancel()
        self._filtered = self._new_filtered()
        self.stream = self._new_stream() if self.stream is not None else None
        self.window.reset()
        self._count_hits()

    def _new_filtered(self) -> FilteredSeries | None:
        mute = self._mute if self._mute is not None and self._mute.active else None
        if mute is None and not self.filter.active:
            return None
        return FilteredSeries(self.filter.filter, mute.hides if mute else None, mute is not None and mute.costly)

    @property
    def muted(self) -> int:
        """How many messages are hidden by rules."""
        return 0 if self._filtered is None else self._filtered.hidden

    def update(self, layout: Layout) -> None:
        """Take new messages."""
        if self._mute is not None and self._mute_version != self._mute.version:
            self._mute_version = self._mute.version
            self._restart()
        filtering = self._filtered is not None and self._filtered.update(self.source)
        if self.stream is not None:
            self.stream.update(self.source, self._filtered, layout.row_size)
        if filtering:
            self._schedule()
        elif self._uncounted:
            self._uncounted = False
            items = self._items(finished=True)
            self.hits.start(self.term.matches, items, items.end, lambda: items)
        self.window.refresh(self.entries, layout.line_count)
        self.hits.forget(self.entries.first)
        if self.hits.advance():
            self._schedule()

    def relayout(self, layout: Layout) -> None:
        """Show the same with other numbers of lines, or with other rows of the hexdump; the first line stays."""
        self.update(layout)
        self.window.relayout(layout.line_count)

    @property
    def filter_count(self) -> str:
        """How many messages the filter leaves."""
        return f"{len(self.messages):,} of {len(self.source):,} shown"

    def previous_at(self, row: Row) -> float | None:
        """When the message before that of a row was received or sent; None for the first one."""
        entries = self.entries
        if entries.first < row.entry_index < entries.end:
            return entries.get(entries.before(row.entry_index)).at
        return None

    @property
    def current(self) -> Received | Sent | None:
        """The current message; of the stream, the current line."""
        entry = self.window.current
        if self.stream is not None and self.stream.first <= self.window.cursor < self.stream.end:
            entry = self.stream.text.get(self._line)
        if isinstance(entry, StreamLine):
            return entry.message
        return None if isinstance(entry, Skipped) else entry

    def shown_messages(self) -> list[Entry]:
        """All messages that are shown, of the stream too."""
        messages = self.messages
        return [messages.get(index) for index in range(messages.first, messages.end)]

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
        here, lines = self._line, self._lines
        if self.term and len(lines):
            self._find(f"no match: {self.term.label}", (here, -1), (lines.after(here), 1))

    def find_next(self, step: int) -> None:
        """Go to the next message that has the term, or the previous one."""
        here, lines = self._line, self._lines
        start = lines.after(here) if step > 0 else lines.before(here)
        self._find(f"no match {direction(step)}: {self.term.label}", (start, step))

    def advance(self) -> None:
        """Search the next slice."""
        self._searcher.advance()

    def _find(self, missing: str, *legs: tuple[int, int]) -> None:
        search = Search(self.term.matches, lambda _, index: self._show_hit(index), lambda: self._notify(missing))
        self._searcher.start(search, *(Leg(self._items, start, step) for start, step in legs))

    def _show_hit(self, index: int) -> None:
        entry = self._lines.get(index)
        if self.stream is not None and self.stream.row_size and isinstance(entry, StreamLine):
            self.window.show(
                self.stream.align(self.stream.seek(index, max(0, self.term.find(self.term.prepare(entry.data)))))
            )
        else:
            self.window.show(index, self._hit_line(entry))

    @property
    def _lines(self) -> Entries:
        """What is searched: the messages, or the lines of text, also where rows of a hexdump are shown."""
        return self.entries if self.stream is None else self.stream.text

    @property
    def _line(self) -> int:
        """The index of what is searched at the cursor."""
        row, line = self._hit
        cursor = self.window.cursor
        if self.stream is None:
            return cursor
        return line if cursor == row and self.stream.row_size else self.stream.text_index(cursor)

    @property
    def hit_number(self) -> str:
        """Which hit the current message or line is, and of how many; empty without a search."""
        return self.hits.describe(self._line) if self.term else ""

    def _fields_text(self, entry: Shown) -> bytes:
        return b"" if self._decoding is None or isinstance(entry, StreamLine) else self._decoding.searchable(entry)

    def _items(self, finished: bool = False) -> Items:
        """What is searched; of the stream all lines, or those that are `finished`."""
        if self.stream is None:
            return EntryItems(self.messages, self._fields_text if self.searches_fields else None)
        from tuiserver.console.models.stream import FinishedItems, StreamItems

        return FinishedItems(self.stream.text) if finished else StreamItems(self.stream.text)
