"""The messages of one connection, or of all.

    pane = MessagesPane(transcript, roster)
    pane.show(12)                            # the messages of one connection; show(0): of all, with their ids
    pane.update()                            # once a frame, after the events were applied, and once a second

It posts `Chosen(entry, what)` when the operator wants to `open`, `copy` or `send` (again) the current message.

Rules of this file:
- The pane holds how messages are shown (text or hex, clock, direction, position), but no messages.
- Filter and search examine a bounded number of messages per frame.
- Which lines are visible is decided in `models/window.py`, their text in `text/message_lines.py`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Literal, TypeVar

from textual import events
from textual.message import Message

from tuiserver.console.keymap import MESSAGES, Keys
from tuiserver.console.models import filter_fields
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.search_term import SearchTerm, parse_term
from tuiserver.console.models.searcher import EntryItems, Leg, Search, Searcher, direction
from tuiserver.console.models.window import Entries, Row, Window
from tuiserver.console.panes.deferred import Deferred
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import escape_label
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.message_lines import Clock, Form, MessageFormat, clock_text
from tuiserver.console.text.parts import Line
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.core.numbers import duration_words
from tuiserver.views.roster import Client, Roster
from tuiserver.views.transcript import Direction, Series, Transcript

_FORMS: tuple[Form, ...] = ("text", "hex", "both")
_CLOCKS: tuple[Clock, ...] = ("time of day", "since connect", "since previous")
_DIRECTIONS: tuple[Direction, ...] = ("both", "in", "out")
_DIRECTION_NAMES = {"both": "in and out", "in": "in", "out": "out"}


class MessagesPane(Pane):
    """The pane. Its API is at the top of this file."""

    key_scope = MESSAGES

    class Chosen(Message):
        """The operator wants to do something with a message: `what` is `open`, `copy` or `send`."""

        def __init__(self, entry: Received | Sent, what: str) -> None:
            super().__init__()
            self.entry = entry
            self.what = what

    def __init__(
        self,
        transcript: Transcript,
        roster: Roster,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
    ) -> None:
        self._window = Window()
        super().__init__(id, keys, self._window)
        self._transcript = transcript
        self._roster = roster
        self._connection = 0
        self._now = time.time()
        self._direction: Direction = "both"
        self._form: Form = "text"
        self._clock: Clock = "time of day"
        self._wrap = False
        self._open_key = self.keys.hint("whole")
        self._filter = FilterInput(lambda text: filter_fields.of_message(text, roster.clients))
        self._filtered: FilteredSeries | None = None
        self._term = SearchTerm()
        self._continue = Deferred(self, self._advance)
        self._searcher = Searcher(self._continue.request)

    # -- content ------------------------------------------------------------------------------------------------------

    def show(self, connection: int) -> None:
        """Show the messages of one connection, of all for 0; at their end, following."""
        if connection != self._connection:
            self._connection = connection
            self._restart()

    def _restart(self) -> None:
        """Show other messages: at their end, following."""
        self._searcher.cancel()
        self._filtered = FilteredSeries(self._filter.filter) if self._filter.active else None
        self._window.reset()
        self.update()

    def update(self, now: float | None = None) -> None:
        """Take new messages, and draw if that changes what is visible; `now` is Unix time in seconds. Called once a frame."""
        self._now = self._now if now is None else now
        if self._filtered is not None and self._filtered.update(self._source):
            self._continue.request()
        self._window.refresh(self._entries, self._format.line_count)
        self.redraw()

    def _advance(self) -> None:
        self._searcher.advance()
        self.update()

    @property
    def following(self) -> bool:
        """True while the newest message stays visible."""
        return self._window.following

    @property
    def _source(self) -> Series:
        return self._transcript.view(self._connection, self._direction)

    @property
    def _entries(self) -> Entries:
        """The messages that are shown: all, or those that match the filter."""
        return self._source if self._filtered is None else self._filtered

    @property
    def _format(self) -> MessageFormat:
        highest = next(reversed(self._roster.clients), 0)
        id_width = 0 if self._connection else max(5, len(str(highest)) + 2)
        glyphs, match, open_key = self.glyphs, self._term.shown, self._open_key
        return MessageFormat(self.size.width, self._form, id_width, glyphs, self._wrap, match, open_key)

    def fit(self) -> None:
        """As `Pane.fit`."""
        self._window.refresh(self._entries, self._format.line_count)
        self._window.resize(self.size.height - 1)

    def after_move(self) -> None:
        """As `Pane.after_move`; new messages are shown too."""
        self.update()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cycle_show(self) -> None:
        """Text → hex → both."""
        self.set_form(_next(_FORMS, self._form), self._wrap)

    def action_wrap(self) -> None:
        """Toggle wrapping of long messages."""
        self.set_form(self._form, not self._wrap)

    def set_form(self, form: Form, wrap: bool) -> None:
        """Show messages as text, as hex, or both; long text in one line or wrapped."""
        self._form, self._wrap = form, wrap
        self._window.relayout(self._format.line_count)
        self.update()

    def action_cycle_clock(self) -> None:
        """Time of day → since connect → since previous."""
        self._clock = _next(_CLOCKS, self._clock)
        self.update()

    def action_cycle_direction(self) -> None:
        """In and out → in → out."""
        self._direction = _next(_DIRECTIONS, self._direction)
        self._restart()

    def action_follow(self) -> None:
        """Go to the newest message and stay there."""
        self.action_last()

    def action_choose(self, what: Literal["open", "copy", "send"]) -> None:
        """Do something with the current message."""
        entry = self._window.current
        if isinstance(entry, Received | Sent):
            self.post_message(self.Chosen(entry, what))

    def on_click(self, event: events.Click) -> None:
        """Make the clicked message the current one; a double click opens it."""
        rows = self._window.rows
        if 1 <= event.y <= len(rows):
            self._window.show(rows[event.y - 1].entry_index)
            self.after_move()
            if event.chain > 1:
                self.action_choose("open")

    # -- filter -------------------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._filter.text

    def set_filter(self, text: str) -> str:
        """Show only matching messages; returns the error in the filter, and shows everything then."""
        self._filter.set(text)
        self._restart()
        return self._filter.error

    @property
    def filter_count(self) -> str:
        """How many messages the filter leaves."""
        return f"{len(self._entries):,} of {len(self._source):,} shown"

    # -- search -------------------------------------------------------------------------------------------------------

    @property
    def search_text(self) -> str:
        """The last search as it was typed."""
        return self._term.text

    def search(self, text: str) -> None:
        """Highlight a text wherever it is visible; `find_here` goes to it."""
        self._term = parse_term(text, self.glyphs)
        self._searcher.cancel()
        self.update()

    def find_here(self) -> None:
        """Go to the current message or the nearest one before that has the text; else to the first one after."""
        here = self._window.cursor
        if self._term and len(self._entries):
            self._find(f"no match: {self._term.label}", (here, -1), (here + 1, 1))

    def action_find(self, step: int) -> None:
        """Go to the next message that has the text, or the previous one."""
        if self._term:
            self._find(f"no match {direction(step)}: {self._term.label}", (self._window.cursor + step, step))
        else:
            self.notify_no_term()

    def _find(self, missing: str, *legs: tuple[int, int]) -> None:
        items = partial(EntryItems, self._entries)
        search = Search(
            self._term.matches,
            lambda _, index: self._window.show(index),
            lambda: self.app.notify(missing, markup=False),
        )
        self._searcher.start(search, *(Leg(items, start, step) for start, step in legs))
        self.update()

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        formatted = self._format
        current = self._window.cursor if self.has_focus else None
        rows: list[Line] = [
            (
                formatted.line(row.entry, row.line, self._time(row)),
                "selected" if row.entry_index == current else "plain",
            )
            for row in self._window.rows
        ]
        if not rows:
            rows = [([], "plain"), ([(f" {self._empty_text()}", "faint")], "plain")]
        return [self._title(self.size.width), *rows][: self.size.height]

    def _title(self, width: int) -> Line:
        """Where there is little space, the direction is left out first, then the clock, then text or hex."""
        source, following, new = self._source, self.following, self._window.new
        count = f"{len(source):,} of {source.end:,}" if source.first else f"{source.end:,}"
        if self._filtered is not None:
            count = self.filter_count
        key = self.keys.hint("follow", self.glyphs)
        state = f"{new:,} new" if new else f"{key} follows" if key else "released"
        if following:
            state = f"{self.glyphs.follow} follow"
        state = f"  {state:>8}"
        connection = f"#{self._connection}" if self._connection else "all"
        form = f"{self._form}, wrapped" if self._wrap and self._form != "hex" else self._form
        filtered = self._filter.title(24, self.glyphs)
        if filtered:
            filtered = [("  ", "faint"), *filtered]
        details = [form, self._clock, _DIRECTION_NAMES[self._direction]]
        used = len(" MESSAGES  ") + sum(len(text) for text, _ in filtered) + len(state) + 1
        while details and used + len("  ".join((connection, *details, count))) > width:
            details.pop()
        style = "good" if following else "warning" if new else "faint"
        text = f"  {'  '.join((*details, count))}"
        return self.title_bar("MESSAGES", [(connection, "title"), (text, "faint"), *filtered, (state, style)])

    def _empty_text(self) -> str:
        if len(self._entries):
            return ""
        if self._filtered is not None:
            return self._filter.nothing_shown(self.filter_count, self.keys.hint("back", self.glyphs), self.glyphs)
        if not self._connection:
            return "no messages yet"
        client = self._roster.clients.get(self._connection)
        if client is None:
            return f"#{self._connection} has been removed"
        return _client_text(client, self._now, self._direction, self.glyphs, self.keys.hint("send", self.glyphs))

    def _time(self, row: Row) -> str:
        if row.line:
            return ""
        entry, previous, since = row.entry, None, None
        if self._clock == "since previous":
            entries = self._entries
            if entries.first < row.entry_index < entries.end:
                previous = entries.get(row.entry_index - 1).at
        elif self._clock == "since connect":
            number = self._connection if isinstance(entry, Skipped) else entry.id
            client = self._roster.clients.get(number)
            since = client.since if client else None
        return clock_text(self._clock, entry.at, since, previous)


T = TypeVar("T")


def _next(values: tuple[T, ...], value: T) -> T:
    return values[(values.index(value) + 1) % len(values)]


def _client_text(client: Client, now: float, direction: Direction, glyphs: Glyphs, key: str) -> str:
    """What is known about a client without a message in memory; `key` is the key of the send bar."""
    if client.open:
        state = f"connected {duration_words(now - client.since, 1)} ago"
    else:
        state = f"closed: {escape_label(client.reason, glyphs)}"
    counts = []
    if direction != "out":
        counts.append((client.messages_in, "received"))
    if direction != "in":
        counts.append((client.messages_out, "sent"))
    text = ", ".join([state, *(f"{count:,} {verb}" if count else f"nothing {verb}" for count, verb in counts)])
    if any(count for count, _ in counts):
        return f"{text}; no longer in memory"
    return f"{text} {glyphs.dash} {key} to send first" if client.open and direction == "both" and key else text
