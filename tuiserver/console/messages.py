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

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from tuiserver.console.message_lines import Clock, Look, Part, Show, ago, clock_text
from tuiserver.console.window import Row, Window
from tuiserver.events import Skipped
from tuiserver.roster import Client, Roster
from tuiserver.transcript import Direction, Series, Transcript

_SHOWS: tuple[Show, ...] = ("text", "hex", "both")
_CLOCKS: tuple[Clock, ...] = ("time of day", "since connect", "since previous")
_DIRECTIONS: tuple[Direction, ...] = ("both", "in", "out")
_DIRECTION_WORDS = {"both": "in and out", "in": "in", "out": "out"}


class MessagesPane(Widget, can_focus=True):
    """The pane. Its API stands at the top of this file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cycle_show", "hex"),
        Binding("t", "cycle_clock", "clock"),
        Binding("d", "cycle_direction", "direction"),
        Binding("f,end,G", "follow", "follow"),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "oldest", "oldest", show=False),
    ]

    DEFAULT_CSS = """
    MessagesPane {
        background: $surface;
        .messages--title-bar { background: $panel; }
        .messages--title { text-style: bold; }
        .messages--faint { color: $text-muted; }
        .messages--in { color: $primary; }
        .messages--out { color: $accent; }
        .messages--follow { color: $success; }
        .messages--focus { color: $accent; }
        .messages--new { color: $warning; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "messages--title-bar",
        "messages--title",
        "messages--faint",
        "messages--in",
        "messages--out",
        "messages--follow",
        "messages--focus",
        "messages--new",
    }

    def __init__(self, transcript: Transcript, roster: Roster, id: str | None = None) -> None:  # noqa: A002
        self._styles: dict[tuple[str, str], Style] = {}
        super().__init__(id=id)
        self._transcript = transcript
        self._roster = roster
        self._connection = 0
        self._direction: Direction = "both"
        self._show: Show = "text"
        self._clock: Clock = "time of day"
        self._window = Window()
        self._seen: object = None

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
        seen = (self._window.rows, self._status(), self._empty_state())
        if seen != self._seen:
            self._seen = seen
            self.refresh()

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
        return Look(self.size.width, self._show, 0 if self._connection else max(5, len(str(newest)) + 2))

    def on_focus(self) -> None:
        """The mark in the title shows it."""
        self.refresh()

    def on_blur(self) -> None:
        """And that it has gone."""
        self.refresh()

    def on_resize(self) -> None:
        """More or fewer lines: what is on top stays there, or the end at the bottom."""
        self._window.refresh(self._series, self._look.lines)
        self._window.resize(self.size.height - 1)
        self.update()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cycle_show(self) -> None:
        """Text → hex → both."""
        self._show = _next(_SHOWS, self._show)
        self._window.renew(self._look.lines)
        self.update()

    def action_cycle_clock(self) -> None:
        """Time of day → since connect → since previous."""
        self._clock = _next(_CLOCKS, self._clock)
        self._seen = None
        self.update()

    def action_cycle_direction(self) -> None:
        """In and out → in → out."""
        self._direction = _next(_DIRECTIONS, self._direction)
        self._window.restart()
        self.update()

    def action_follow(self) -> None:
        """To the end, and stay there."""
        self._window.follow()
        self.update()

    def action_oldest(self) -> None:
        """To the oldest message that is kept."""
        self._window.home()
        self.update()

    def action_move(self, lines: int) -> None:
        """So many lines down, or up for less than 0."""
        self._window.scroll(lines)
        self.update()

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0; one line is seen on both."""
        self.action_move(pages * max(1, self._window.height - 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.action_move(3)

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _status(self) -> tuple[str, ...]:
        """What stands at the right of the title: whose, how, how many; and last the state of following."""
        series = self._series
        count = f"{len(series):,} of {series.end:,}" if series.first else f"{series.end:,}"
        state = "● follow" if self.following else f"{self._window.new:,} new" if self._window.new else "f follows"
        whose = f"#{self._connection}" if self._connection else "all"
        return whose, self._show, self._clock, _DIRECTION_WORDS[self._direction], count, f"  {state:>8}"

    def _title(self, width: int) -> list[Part]:
        """`MESSAGES` and the status; where it is narrow, the directions go first, then the clock, then text or hex."""
        whose, show, clock, direction, count, state = self._status()
        middle = [show, clock, direction]
        while middle and len(" MESSAGES  " + "  ".join((whose, *middle, count)) + state + " ") > width:
            middle.pop()
        right = "  ".join((*middle, count))
        gap = " " * max(1, width - len(f" MESSAGES{whose}  {right}{state} "))
        style = "follow" if self.following else "new" if self._window.new else "faint"
        mark = ("▌", "focus") if self.has_focus else (" ", "plain")
        return [mark, ("MESSAGES", "title"), (gap, "plain"), (whose, "title"), (f"  {right}", "faint"), (state, style)]

    def _empty_state(self) -> list[str]:
        """What there is to say when there is no message; nothing when there is one."""
        if len(self._series):
            return []
        if not self._connection:
            return ["no messages yet"]
        client = self._roster.clients.get(self._connection)
        if client is None:
            return [f"#{self._connection} is forgotten"]
        return [f"{_life(client)}, {_told(client, self._direction)}"]

    def render_line(self, y: int) -> Strip:
        """Draw one line: the title, a line of a message, or what there is to say when there is none."""
        width = self.size.width
        if y == 0:
            return self._strip(self._title(width), "title-bar")
        if y - 1 < len(self._window.rows):
            row = self._window.rows[y - 1]
            return self._strip(self._look.line(row.entry, row.line, self._clock_of(row)))
        empty = self._empty_state()
        return self._strip([(f" {empty[y - 2]}", "faint")] if 0 <= y - 2 < len(empty) else [])

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

    def _strip(self, parts: list[Part], ground: str = "plain") -> Strip:
        """Parts → exactly one line of the pane."""
        width = left = self.size.width
        segments: list[Segment] = []
        for text, name in parts:
            if text and left > 0:
                segments.append(Segment(text[:left], self._style(ground, name)))
                left -= len(text)
        if left > 0:
            segments.append(Segment(" " * left, self._style(ground, "plain")))
        return Strip(segments, width)

    def _style(self, ground: str, name: str) -> Style:
        """The colour `name` on the background `ground`."""
        style = self._styles.get((ground, name))
        if style is None:
            style = self.rich_style if ground == "plain" else self.get_component_rich_style(f"messages--{ground}")
            if name != "plain":
                front = self.get_component_rich_style(f"messages--{name}")
                style += Style(color=front.color, bold=front.bold)
            self._styles[ground, name] = style
        return style

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        super().notify_style_update()
        self._styles.clear()


_T = TypeVar("_T")


def _next(values: tuple[_T, ...], value: _T) -> _T:
    return values[(values.index(value) + 1) % len(values)]


def _life(client: Client) -> str:
    """`connected 12 s ago`, or how it ended."""
    return f"closed: {client.reason}" if not client.open else f"connected {ago(time.time() - client.since)} ago"


def _told(client: Client, direction: Direction) -> str:
    """What is known of messages that are not here."""
    parts = []
    if direction != "out":
        parts.append(f"{client.messages_in:,} received" if client.messages_in else "nothing received")
    if direction != "in":
        parts.append(f"{client.messages_out:,} sent" if client.messages_out else "nothing sent")
    words = ", ".join(parts)
    if (direction != "out" and client.messages_in) or (direction != "in" and client.messages_out):
        return f"{words}; they are no longer in memory"
    return f"{words} – s to speak first" if client.open and direction == "both" else words
