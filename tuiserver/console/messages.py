"""Messages: what one connection said and was told, or all of them.

    pane = MessagesPane(transcript, roster)
    pane.show(12)                            # the selected connection; show(0) is all, with their ids
    pane.update()                            # once a frame, after the events were applied, and once a second

Rules of this file:
- The pane keeps how it is looked at (text or hex, which clock, which direction, where) and nothing of what is seen.
- Which lines are visible is `window.py`, what a line says is `message_lines.py`; here they get their colours.
"""

from __future__ import annotations

import time
from typing import ClassVar, TypeVar

from textual.binding import BindingType

from tuiserver.console.actions import MESSAGES
from tuiserver.console.bindings import bindings
from tuiserver.console.glyphs import Glyphs
from tuiserver.console.message_lines import Clock, Look, Show, ago, clock_text, safe
from tuiserver.console.pane import FollowingPane, Line
from tuiserver.console.window import Row, Window
from tuiserver.events import Skipped
from tuiserver.roster import Client, Roster
from tuiserver.transcript import Direction, Series, Transcript

_SHOWS: tuple[Show, ...] = ("text", "hex", "both")
_CLOCKS: tuple[Clock, ...] = ("time of day", "since connect", "since previous")
_DIRECTIONS: tuple[Direction, ...] = ("both", "in", "out")
_DIRECTION_WORDS = {"both": "in and out", "in": "in", "out": "out"}


class MessagesPane(FollowingPane):
    """The pane. Its API stands at the top of this file."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(MESSAGES)

    def __init__(self, transcript: Transcript, roster: Roster, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._transcript = transcript
        self._roster = roster
        self._connection = 0
        self._direction: Direction = "both"
        self._show: Show = "text"
        self._clock: Clock = "time of day"
        self._window: Window = Window()

    # -- what is looked at --------------------------------------------------------------------------------------------

    def show(self, connection: int) -> None:
        """Look at the messages of one connection, of all for 0; at their end, following."""
        if connection != self._connection:
            self._connection = connection
            self._window.restart()
            self.update()

    def update(self) -> None:
        """Take what came, and draw if that changes what is seen. Called once a frame."""
        self._window.refresh(self._series, self._look.lines)
        self.redraw()

    @property
    def following(self) -> bool:
        """True while the newest message is on the screen, whatever comes."""
        return self._window.following

    @property
    def _series(self) -> Series:
        return self._transcript.view(self._connection, self._direction)

    @property
    def _look(self) -> Look:
        newest = next(reversed(self._roster.clients), 0)
        width = 0 if self._connection else max(5, len(str(newest)) + 2)
        return Look(self.size.width, self._show, width, self.glyphs)

    def on_resize(self) -> None:
        """More or fewer lines: what is on top stays there, or the end at the bottom."""
        self._window.refresh(self._series, self._look.lines)
        self._window.resize(self.size.height - 1)
        super().on_resize()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cycle_show(self) -> None:
        """Text → hex → both."""
        self._show = _next(_SHOWS, self._show)
        self._window.renew(self._look.lines)
        self.update()

    def action_cycle_clock(self) -> None:
        """Time of day → since connect → since previous."""
        self._clock = _next(_CLOCKS, self._clock)
        self.update()

    def action_cycle_direction(self) -> None:
        """In and out → in → out."""
        self._direction = _next(_DIRECTIONS, self._direction)
        self._window.restart()
        self.update()

    def moved(self) -> None:
        """As `FollowingPane.moved`; what came meanwhile is taken along."""
        self.update()

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _status(self) -> tuple[str, ...]:
        """What stands at the right of the title: whose, how, how many; and last the state of following."""
        series = self._series
        count = f"{len(series):,} of {series.end:,}" if series.first else f"{series.end:,}"
        state = f"{self._window.new:,} new" if self._window.new else _released(self.key_of("follow"))
        if self.following:
            state = f"{self.glyphs.follow} follow"
        whose = f"#{self._connection}" if self._connection else "all"
        return whose, self._show, self._clock, _DIRECTION_WORDS[self._direction], count, f"  {state:>8}"

    def _title(self, width: int) -> Line:
        """`MESSAGES` and the status; where it is narrow, the directions go first, then the clock, then text or hex."""
        whose, show, clock, direction, count, state = self._status()
        middle = [show, clock, direction]
        while middle and len(" MESSAGES  " + "  ".join((whose, *middle, count)) + state + " ") > width:
            middle.pop()
        style = "good" if self.following else "warning" if self._window.new else "faint"
        return self.bar("MESSAGES", [(whose, "title"), (f"  {'  '.join((*middle, count))}", "faint"), (state, style)])

    def _empty_state(self) -> list[str]:
        """What there is to say when there is no message; nothing when there is one."""
        if len(self._series):
            return []
        if not self._connection:
            return ["no messages yet"]
        client = self._roster.clients.get(self._connection)
        if client is None:
            return [f"#{self._connection} is forgotten"]
        return [f"{_life(client, self.glyphs)}, {_told(client, self._direction, self.glyphs, self.key_of('send'))}"]

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        look = self._look
        rows: list[Line] = [(look.line(row.entry, row.line, self._clock_of(row)), "plain") for row in self._window.rows]
        if not rows:
            rows = [([], "plain"), *(([(f" {text}", "faint")], "plain") for text in self._empty_state())]
        return [self._title(self.size.width), *rows][: self.size.height]

    def _clock_of(self, row: Row) -> str:
        if row.line:
            return ""
        entry, previous, since = row.entry, None, None
        if self._clock == "since previous":
            series = self._series
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
        f"closed: {safe(client.reason, glyphs)}"
        if not client.open
        else f"connected {ago(time.time() - client.since)} ago"
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
