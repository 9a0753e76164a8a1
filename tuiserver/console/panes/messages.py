"""Messages: what one connection said and was told, or all of them.

    pane = MessagesPane(transcript, roster)
    pane.show(12)                            # the selected connection; show(0) is all, with their ids
    pane.update()                            # once a frame, after the events were applied, and once a second

It posts `Chosen(entry, what)` when something is to be done with the current message: `open` it whole, `copy` it, `send` it
again.

Rules of this file:
- The pane keeps how it is looked at (text or hex, which clock, which direction, where) and nothing of what is seen.
- A filter or a search looks at so much a frame, however much there is; the newest first.
- Which lines are visible is `window.py`, what a line says is `message_lines.py`; here they get their colours.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal, TypeVar

from textual import events
from textual.message import Message

from tuiserver.console.keymap import MESSAGES, Keys
from tuiserver.console.models import filter_fields, search
from tuiserver.console.models.filtered import BYTES, ENTRIES, FilteredSeries
from tuiserver.console.models.window import Entries, Row, Window
from tuiserver.console.panes.pane import FollowingPane
from tuiserver.console.text.escape import clip, escape_label
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.message_lines import Clock, Form, MessageFormat, clock_text
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.core.filters import FilterError
from tuiserver.core.numbers import duration_words
from tuiserver.views.roster import Client, Roster
from tuiserver.views.transcript import Direction, Series, Transcript

_SHOWS: tuple[Form, ...] = ("text", "hex", "both")
_CLOCKS: tuple[Clock, ...] = ("time of day", "since connect", "since previous")
_DIRECTIONS: tuple[Direction, ...] = ("both", "in", "out")
_DIRECTION_WORDS = {"both": "in and out", "in": "in", "out": "out"}
AGAIN = 0.03
"""Seconds until the look at the next of many messages."""


class MessagesPane(FollowingPane):
    """The pane. Its API stands at the top of this file."""

    place = MESSAGES

    class Chosen(Message):
        """Something is to be done with a message: `what` is `open`, `copy` or `send`."""

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
        super().__init__(id, keys)
        self._transcript = transcript
        self._roster = roster
        self._connection = 0
        self._direction: Direction = "both"
        self._show: Form = "text"
        self._clock: Clock = "time of day"
        self._wrap = False
        self._window: Window = Window()
        self._filter_text = ""
        self._filter_fault = ""
        self._sifted: FilteredSeries | None = None
        self._search = search.NOTHING
        self._hunt: Iterator[int | None] | None = None
        self._busy = False

    # -- what is looked at --------------------------------------------------------------------------------------------

    def show(self, connection: int) -> None:
        """MessageFormat at the messages of one connection, of all for 0; at their end, following."""
        if connection != self._connection:
            self._connection = connection
            self._restart()

    def _restart(self) -> None:
        """Other messages: at their end, following."""
        self._hunt = None
        self._apply_filter()
        self._window.restart()
        self.update()

    def update(self, now: float | None = None) -> None:
        """Take what came, and draw if that changes what is seen. Called once a frame."""
        source = self._source
        if self._sifted is not None and self._sifted.update(source):
            self._look_again()
        self._window.refresh(self._entries, self._look.line_count)
        self.redraw()

    def _look_again(self) -> None:
        if not self._busy and self.is_mounted:
            self._busy = True
            self.set_timer(AGAIN, self._look_on)

    def _look_on(self) -> None:
        self._busy = False
        if self._hunt is not None:
            self._continue_search()
        self.update()

    @property
    def following(self) -> bool:
        """True while the newest message is on the screen, whatever comes."""
        return self._window.following

    @property
    def _source(self) -> Series:
        return self._transcript.view(self._connection, self._direction)

    @property
    def _entries(self) -> Entries:
        """What is shown: everything, or what the filter leaves of it."""
        return self._source if self._sifted is None else self._sifted

    @property
    def _look(self) -> MessageFormat:
        newest = next(reversed(self._roster.clients), 0)
        width = 0 if self._connection else max(5, len(str(newest)) + 2)
        return MessageFormat(self.size.width, self._show, width, self.glyphs, self._wrap, self._search.shown)

    def fit(self) -> None:
        """More or fewer lines: what is on top stays there, or the end at the bottom."""
        self._window.refresh(self._entries, self._look.line_count)
        self._window.resize(self.size.height - 1)
        self._window.renew(self._look.line_count)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cycle_show(self) -> None:
        """Text → hex → both."""
        self._show = _next(_SHOWS, self._show)
        self._window.renew(self._look.line_count)
        self.update()

    def action_cycle_clock(self) -> None:
        """Time of day → since connect → since previous."""
        self._clock = _next(_CLOCKS, self._clock)
        self.update()

    def action_cycle_direction(self) -> None:
        """In and out → in → out."""
        self._direction = _next(_DIRECTIONS, self._direction)
        self._restart()

    def action_wrap(self) -> None:
        """Long messages in as many lines as they take, or in one."""
        self._wrap = not self._wrap
        self._window.renew(self._look.line_count)
        self.update()

    def action_choose(self, what: Literal["open", "copy", "send"]) -> None:
        """Do something with the current message."""
        entry = self._window.current
        if isinstance(entry, Received | Sent):
            self.post_message(self.Chosen(entry, what))

    def on_click(self, event: events.Click) -> None:
        """A click makes a message the current one; a second one shows it whole."""
        rows = self._window.rows
        if 1 <= event.y <= len(rows):
            self._window.show(rows[event.y - 1].at)
            self.moved()
            if event.chain > 1:
                self.action_choose("open")

    # -- filter and search --------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._filter_text

    def set_filter(self, text: str) -> str:
        """Form those only that match; returns what is wrong with the filter, and shows everything then."""
        self._filter_text, self._filter_fault = text, ""
        try:
            filter_fields.of_message(text, self._roster.clients)
        except FilterError as error:
            self._filter_fault = str(error)
        self._restart()
        return self._filter_fault

    def _apply_filter(self) -> None:
        wanted = None
        if self._filter_text.strip() and not self._filter_fault:
            wanted = filter_fields.of_message(self._filter_text, self._roster.clients)
        self._sifted = FilteredSeries(wanted) if wanted is not None else None

    @property
    def filter_count(self) -> str:
        """What the filter leaves, in words."""
        return f"{len(self._entries):,} of {len(self._source):,} shown"

    @property
    def search_text(self) -> str:
        """What was searched for last, as it was typed."""
        return self._search.text

    def search(self, text: str) -> None:
        """Mark what is searched for wherever it is seen; `find` goes there."""
        self._search = search.read(text, self.glyphs)
        self._hunt = None
        self.update()

    def action_find(self, step: int) -> None:
        """To the next message in which it occurs, or the one before. The first time, the newest counts too."""
        if not self._search.data:
            self.app.notify("nothing is searched for: ctrl+f", markup=False)
            return
        entries, start = self._entries, self._window.cursor
        behind = range(start + 1, entries.end) if step > 0 else range(start - 1, entries.first - 1, -1)
        self._hunt = self._searching(behind)
        self._continue_search()

    def find_here(self) -> None:
        """To the current message, or the nearest one before it, in which it occurs; else to the first one after it."""
        entries, start = self._entries, self._window.cursor
        if self._search.data and len(entries):
            self._hunt = self._searching(chain(range(start, entries.first - 1, -1), range(start + 1, entries.end)))
            self._continue_search()

    def _searching(self, indexes: Iterable[int]) -> Iterator[int | None]:
        """MessageFormat at one message after the other; None each time it has been enough for a frame."""
        entries, left, size = self._entries, ENTRIES, BYTES
        for index in indexes:
            if index < entries.first:
                continue
            data = getattr(entries.get(index), "data", b"")
            if self._search.within(data):
                yield index
            left, size = left - 1, size - len(data)
            if left <= 0 or size <= 0:
                left, size = ENTRIES, BYTES
                yield None

    def _continue_search(self) -> None:
        assert self._hunt is not None
        for index in self._hunt:
            if index is None:
                self._look_again()
                return
            self._window.show(index)
            break
        else:
            self.app.notify(f"not found: {clip(self._search.text, 60, self.glyphs)}", markup=False)
        self._hunt = None
        self.update()

    def moved(self) -> None:
        """As `FollowingPane.moved`; what came meanwhile is taken along."""
        self.update()

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _status(self) -> tuple[str, ...]:
        """What stands at the right of the title: whose, how, how many; and last the state of following."""
        source = self._source
        count = f"{len(source):,} of {source.end:,}" if source.first else f"{source.end:,}"
        if self._sifted is not None:
            count = self.filter_count
        state = f"{self._window.new:,} new" if self._window.new else _released(self._keys.hint("follow", self.glyphs))
        if self.following:
            state = f"{self.glyphs.follow} follow"
        whose = f"#{self._connection}" if self._connection else "all"
        show = f"{self._show}, wrapped" if self._wrap and self._show != "hex" else self._show
        return whose, show, self._clock, _DIRECTION_WORDS[self._direction], count, f"  {state:>8}"

    def _title(self, width: int) -> Line:
        """`MESSAGES` and the status; where it is narrow, the directions go first, then the clock, then text or hex."""
        whose, show, clock, direction, count, state = self._status()
        wanted: list[Part] = []
        if self._filter_fault:
            wanted = [("  filter ", "faint"), ("not understood", "error")]
        elif self._sifted is not None:
            wanted = [("  filter ", "faint"), (clip(self._filter_text, 24, self.glyphs), "accent")]
        middle = [show, clock, direction]
        taken = len(" MESSAGES  ") + sum(len(text) for text, _ in wanted) + len(state) + 1
        while middle and taken + len("  ".join((whose, *middle, count))) > width:
            middle.pop()
        style = "good" if self.following else "warning" if self._window.new else "faint"
        words = f"  {'  '.join((*middle, count))}"
        return self.bar("MESSAGES", [(whose, "title"), (words, "faint"), *wanted, (state, style)])

    def _empty_state(self) -> list[str]:
        """What there is to say when there is no message; nothing when there is one."""
        if len(self._entries):
            return []
        if self._sifted is not None:
            dash = self.glyphs.dash
            wanted = clip(self._filter_text, 40, self.glyphs)
            return [f"{self.filter_count} {dash} filter {wanted} {dash} esc clears"]
        if not self._connection:
            return ["no messages yet"]
        client = self._roster.clients.get(self._connection)
        if client is None:
            return [f"#{self._connection} is forgotten"]
        return [
            f"{_life(client, self.glyphs)}, {_told(client, self._direction, self.glyphs, self._keys.hint('send', self.glyphs))}"
        ]

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        look = self._look
        here = self._window.cursor if self.has_focus else None
        rows: list[Line] = [
            (look.line(row.entry, row.line, self._clock_of(row)), "selected" if row.at == here else "plain")
            for row in self._window.rows
        ]
        if not rows:
            rows = [([], "plain"), *(([(f" {text}", "faint")], "plain") for text in self._empty_state())]
        return [self._title(self.size.width), *rows][: self.size.height]

    def _clock_of(self, row: Row) -> str:
        if row.line:
            return ""
        entry, previous, since = row.entry, None, None
        if self._clock == "since previous":
            series = self._entries
            previous = series.get(row.at - 1).at if series.first < row.at < series.end else None
        elif self._clock == "since connect":
            number = self._connection if isinstance(entry, Skipped) else entry.id
            client = self._roster.clients.get(number)
            since = client.since if client else None
        return clock_text(self._clock, entry.at, since, previous)


_T = TypeVar("_T")


def _next(values: tuple[_T, ...], value: _T) -> _T:
    return values[(values.index(value) + 1) % len(values)]


def _life(client: Client, glyphs: Glyphs) -> str:
    """`connected 12 s ago`, or how it ended."""
    return (
        f"closed: {escape_label(client.reason, glyphs)}"
        if not client.open
        else f"connected {duration_words(time.time() - client.since, 1)} ago"
    )


def _released(key: str) -> str:
    """What is said while the end is not followed: which key does that."""
    return f"{key} follows" if key else "released"


def _told(client: Client, direction: Direction, glyphs: Glyphs, key: str) -> str:
    """What is known of messages that are not here."""
    parts = []
    if direction != "out":
        parts.append(f"{client.messages_in:,} received" if client.messages_in else "nothing received")
    if direction != "in":
        parts.append(f"{client.messages_out:,} sent" if client.messages_out else "nothing sent")
    words = ", ".join(parts)
    if (direction != "out" and client.messages_in) or (direction != "in" and client.messages_out):
        return f"{words}; they are no longer in memory"
    return f"{words} {glyphs.dash} {key} to speak first" if client.open and direction == "both" and key else words
