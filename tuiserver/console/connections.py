"""Who is connected: one row each, the newest on top, those that have closed dimmed in their place.

    pane = ConnectionsPane(roster)
    pane.update(time.time())                 # once a frame, after the events were applied

It posts `Selected(id)` when another row is selected, `Opened(id)` for enter, `Marked(ids)` when the marks change.

Rules of this file:
- The selection belongs to the connection, not to the row: rows may come and go around it.
- Only rows that can be seen are looked at; ten thousand cost no more than thirty.
- A column has its place for as long as the width stays; a figure never moves its neighbour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tuiserver.console.figures import duration, size
from tuiserver.console.message_lines import escape
from tuiserver.console.pane import Line, Pane, Part
from tuiserver.roster import Client, Roster

_STATE_STYLES = {"slow": "warning", "paused": "accent"}


class Column(NamedTuple):
    """A column: its heading, its width, whether it is aligned to the right, and what it says of a client."""

    name: str
    width: int
    right: bool
    text: Callable[[Client, float], str]
    style: str = "plain"


_MARK, _ID, _PEER = 3, 6, 21
_PROTO = Column("PROTO", 6, False, lambda client, now: client.protocol)
_COLUMNS = (
    Column("STATE", 7, False, lambda client, now: client.state),
    Column("AGE", 6, True, lambda client, now: duration((client.closed_at or now) - client.since)),
    Column("IDLE", 6, True, lambda client, now: duration(now - client.active) if client.open else "-"),
    Column("IN", 7, True, lambda client, now: size(client.bytes_in), "in"),
    Column("OUT", 7, True, lambda client, now: size(client.bytes_out), "out"),
    Column("QUEUE", 6, True, lambda client, now: size(client.queued) if client.queued else "-", "warning"),
)
LAST = 8
"""Columns that the last message needs to be worth its place."""


def columns_for(width: int) -> list[Column]:
    """The columns that fit beside mark, id and peer; where it is narrow, those at the right go first."""
    chosen: list[Column] = []
    left = width - _MARK - _ID - 1 - _PEER
    for column in (*(_COLUMNS[:1] if width < 94 else (_COLUMNS[0], _PROTO)), *_COLUMNS[1:]):
        if left < column.width + 1:
            break
        chosen.append(column)
        left -= column.width + 1
    return chosen


class ConnectionsPane(Pane):
    """The pane. Its API stands at the top of this file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000000)", "first", show=False),
        Binding("end,G", "move(1000000)", "last", show=False),
        Binding("enter", "open", "open", show=False),
        Binding("space", "mark", "mark", show=False),
        Binding("asterisk", "mark_all", "mark all", show=False),
        Binding("U", "unmark", "unmark", show=False),
    ]

    class Selected(Message):
        """Another connection is selected; 0 when there is none."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    class Opened(Message):
        """Enter on a row."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    class Marked(Message):
        """Other marks; `ids` are those that are open, oldest first."""

        def __init__(self, ids: tuple[int, ...]) -> None:
            super().__init__()
            self.ids = ids

    def __init__(self, roster: Roster, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._roster = roster
        self._now = time.time()
        self._ids: list[int] = []
        """Newest first."""
        self._arrangement = -1
        self._selected = 0
        self._row = 0
        self._top = 0
        self._marks: set[int] = set()

    @property
    def selected(self) -> int:
        """The id of the selected connection; 0 when there is none."""
        return self._selected

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is Unix time in seconds."""
        self._now = time.time() if now is None else now
        if self._arrangement != self._roster.arrangement:
            self._arrangement = self._roster.arrangement
            self._rearrange()
        super().update()

    # -- rows ---------------------------------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 2)

    def _rearrange(self) -> None:
        """Rows came or went: the selected one keeps its place on the screen, unless the first row can be seen."""
        self._ids = list(reversed(self._roster.clients))
        before = self._row
        if self._selected not in self._roster.clients:
            self._select(min(before, len(self._ids) - 1))
        else:
            self._row = self._ids.index(self._selected)
            if self._top:
                self._top += self._row - before
        alive = {number for number in self._marks if (client := self._roster.clients.get(number)) and client.open}
        if alive != self._marks:
            self._marks = alive
            self._tell_marks()
        self._settle()

    def _select(self, row: int) -> None:
        """Select a row, and say so if it is another connection."""
        self._row = max(0, min(row, len(self._ids) - 1))
        number = self._ids[self._row] if self._ids else 0
        if number != self._selected:
            self._selected = number
            self.post_message(self.Selected(number))

    def _settle(self) -> None:
        """Scroll as little as shows the selected row."""
        self._top = max(0, min(self._top, len(self._ids) - self._height))
        self._top = max(min(self._top, self._row), self._row - self._height + 1, 0)

    def on_resize(self) -> None:
        """The selected row stays in sight."""
        self._settle()
        super().on_resize()

    # -- keys and mouse -----------------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """So many rows down, or up for less than 0."""
        self._select(self._row + rows)
        self._settle()
        self.update()

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0."""
        self.action_move(pages * max(1, self._height - 1))

    def action_open(self) -> None:
        """Look at this one."""
        if self._selected:
            self.post_message(self.Opened(self._selected))

    def action_mark(self) -> None:
        """Mark the selected one and go on to the next, or take its mark away."""
        client = self._roster.clients.get(self._selected)
        if client is not None and client.open:
            self._marks ^= {client.id}
            self._tell_marks()
        self.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all that are open."""
        self._marks = {client.id for client in self._roster.clients.values() if client.open}
        self._tell_marks()
        self.update()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self._marks = set()
        self._tell_marks()
        self.update()

    def _tell_marks(self) -> None:
        self.post_message(self.Marked(tuple(sorted(self._marks))))

    def scroll_lines(self, lines: int) -> None:
        """The wheel moves the rows; the selection goes along where it would leave the screen."""
        self._top = max(0, min(self._top + lines, len(self._ids) - self._height))
        self._select(max(self._top, min(self._row, self._top + self._height - 1)))
        self.update()

    def on_click(self, event: events.Click) -> None:
        """A click selects."""
        row = self._top + event.y - 2
        if event.y >= 2 and row < len(self._ids):
            self._select(row)
            self.update()

    # -- what is seen -------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        height = self.size.height
        title = self._title()
        if not self._ids:
            return [title, *self._empty()][:height]
        columns = columns_for(self.size.width)
        rows = self._ids[self._top : self._top + self._height]
        return [title, self._heading(columns), *(self._line(number, columns) for number in rows)][:height]

    def _title(self) -> Line:
        roster = self._roster
        right: list[Part] = [(f"{len(self._marks)} marked   ", "accent")] if self._marks else []
        right.append((f"{roster.open:,} open", "plain"))
        if roster.closed:
            right.append((f", {roster.closed:,} closed", "faint"))
        return self.bar("CONNECTIONS", right)

    def _heading(self, columns: list[Column]) -> Line:
        text = f"{'ID':>{_MARK + _ID}} {'PEER':{_PEER}}"
        for column in columns:
            text += f" {column.name:>{column.width}}" if column.right else f" {column.name:{column.width}}"
        return [(text, "faint"), ("" if self.size.width < len(text) + LAST else " LAST", "faint")], "plain"

    def _line(self, number: int, columns: list[Column]) -> Line:
        client, now, glyphs = self._roster.clients[number], self._now, self.glyphs
        chosen = number == self._selected
        ground = "selected" if chosen else "plain"
        faint = not client.open
        mark = glyphs.marked if number in self._marks else " "
        trouble = glyphs.gone if faint else glyphs.trouble if client.trouble else " "
        name = f" {client.name}" if client.name else ""
        peer = client.peer + name
        if len(peer) > _PEER:
            peer = peer[: _PEER - 1] + glyphs.ellipsis
        parts: list[Part] = [
            (glyphs.selected if chosen else " ", "accent"),
            (mark, "accent"),
            (trouble, "faint" if faint else "warning"),
            (f"{number:>{_ID}} {peer:{_PEER}}", "faint" if faint else "plain"),
        ]
        used = _MARK + _ID + 1 + _PEER
        for column in columns:
            text = column.text(client, now)
            style = "faint" if faint or text == "-" else column.style
            if column.name == "STATE":
                style = "faint" if faint else _STATE_STYLES.get(text, "plain")
            parts.append((f" {text:>{column.width}}" if column.right else f" {text:{column.width}}", style))
            used += column.width + 1
        room = self.size.width - used - 2
        if room >= LAST - 2:
            parts.append((f" {self._last(client, room)}", "faint" if faint else "plain"))
        return parts, ground

    def _last(self, client: Client, room: int) -> str:
        """Its last words; of a closed one, why."""
        words = client.last if client.open else client.reason
        data = words.encode("utf-8", "surrogateescape") if isinstance(words, str) else words
        return escape(data, room, self.glyphs.ellipsis)

    def _empty(self) -> list[Line]:
        """Nobody is here yet: how to come in."""
        addresses = self._roster.listening
        if not addresses:
            return [([], "plain"), ([(" not listening yet", "warning")], "plain")]
        host, _, port = addresses[0].partition("://")[2].rpartition(":")
        bare = host.strip("[]")
        open_to_all = bare in ("0.0.0.0", "::")
        here = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(bare, bare)
        url = f"[{here}]" if ":" in here else here
        dash = self.glyphs.dash
        said: list[list[Part]] = [
            [],
            [(" nobody is connected yet. From another terminal:", "plain")],
            [],
            [(f"     nc {here} {port}", "accent")],
            [(f"     curl http://{url}:{port}", "accent")],
            [],
            [(" or in Python:", "plain")],
            [],
            [("     import socket", "accent")],
            [(f'     client = socket.create_connection(("{here}", {port}))', "accent")],
            [('     client.sendall(b"hello")', "accent")],
        ]
        if open_to_all:
            said += [[], [(f" this address is open to everybody who can reach this machine {dash} or to nobody,", "warning")]]
            said += [[(" if a firewall stands before it", "warning")]]
        elif not bare.startswith("127.") and bare not in ("::1", "localhost"):
            said += [[], [(f" anyone who can reach {here} may connect; if nobody can, look at the firewall", "warning")]]
        if self.size.height < len(said) + 1:
            said = [line for line in said if line]
        return [(line, "plain") for line in said]
