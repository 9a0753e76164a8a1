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
from textual.binding import BindingType
from textual.message import Message

from tuiserver.console.actions import CONNECTIONS
from tuiserver.console.bindings import bindings
from tuiserver.console.figures import duration, size
from tuiserver.console.message_lines import escape, safe
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


_MARK = 3
_PROTO = Column("PROTO", 5, False, lambda client, now: client.protocol)
_LOCAL = Column("LOCAL", 21, False, lambda client, now: client.local)
_COLUMNS = (
    Column("STATE", 6, False, lambda client, now: client.state),
    Column("AGE", 5, True, lambda client, now: duration((client.closed_at or now) - client.since)),
    Column("IDLE", 5, True, lambda client, now: duration(now - client.active) if client.open else "-"),
    Column("IN", 5, True, lambda client, now: size(client.bytes_in), "in"),
    Column("OUT", 5, True, lambda client, now: size(client.bytes_out), "out"),
    Column("QUEUE", 5, True, lambda client, now: size(client.queued) if client.queued else "-", "warning"),
)
LAST = 8
"""Columns that the last message needs to be worth its place."""
ROOMY = 90
"""Columns from which on the protocol is told, and the peer and the figures stand wider."""
SPACIOUS = 126
"""Columns from which on our own address is told too: less, and it would stand in the place of the last words."""


class Grid(NamedTuple):
    """How columns lie at a width: those of id and peer, the others in order, and what is left for the last words."""

    id: int
    peer: int
    columns: list[Column]
    last: int


def grid_for(width: int, highest: int) -> Grid:
    """The columns that fit; where it is narrow, those at the right go first. `highest` is the highest id."""
    roomy = width >= ROOMY
    number, peer = max(4, len(str(highest))), 22 if roomy else 19
    left = width - _MARK - number - 1 - peer - 1
    columns: list[Column] = []
    known = (*([_LOCAL] if width >= SPACIOUS else []), _COLUMNS[0], *([_PROTO] if roomy else []), *_COLUMNS[1:])
    for column in known:
        wider = column._replace(width=column.width + 1) if roomy and column.right else column
        if left < wider.width + 1:
            break
        columns.append(wider)
        left -= wider.width + 1
    return Grid(number, peer, columns, left - 1 if left - 1 >= LAST else 0)


class ConnectionsPane(Pane):
    """The pane. Its API stands at the top of this file."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CONNECTIONS)

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
        self._chosen = False
        """True once the operator has chosen a row; before that the newest open one is selected."""

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
        self.redraw()

    # -- rows ---------------------------------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 2)

    def _rearrange(self) -> None:
        """Rows came or went: the selected one keeps its place on the screen, unless the first row can be seen."""
        self._ids = list(reversed(self._roster.clients))
        before = self._row
        selected = self._roster.clients.get(self._selected)
        if selected is None:
            self._select(min(before, len(self._ids) - 1))
        elif not self._chosen and not selected.open:
            self._select(next((row for row, n in enumerate(self._ids) if self._roster.clients[n].open), before))
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
        self._chosen = True
        self._select(self._row + rows)
        self._settle()
        self.redraw()

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0."""
        self.action_move(pages * max(1, self._height - 1))

    def action_first(self) -> None:
        """To the first row."""
        self.action_move(-len(self._ids))

    def action_last(self) -> None:
        """To the last row."""
        self.action_move(len(self._ids))

    def action_open(self) -> None:
        """Look at this one."""
        if self._selected:
            self._chosen = True
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
        self.redraw()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self._marks = set()
        self._tell_marks()
        self.redraw()

    def _tell_marks(self) -> None:
        self.post_message(self.Marked(tuple(sorted(self._marks))))

    def scroll_lines(self, lines: int) -> None:
        """The wheel moves the rows; the selection goes along where it would leave the screen."""
        self._top = max(0, min(self._top + lines, len(self._ids) - self._height))
        self._select(max(self._top, min(self._row, self._top + self._height - 1)))
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """A click selects."""
        row = self._top + event.y - 2
        if event.y >= 2 and row < len(self._ids):
            self._chosen = True
            self._select(row)
            self.redraw()

    # -- what is seen -------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        height = self.size.height
        title = self._title()
        if not self._ids:
            return [title, *self._empty()][:height]
        grid = grid_for(self.size.width, self._ids[0])
        rows = self._ids[self._top : self._top + self._height]
        return [title, self._heading(grid), *(self._line(number, grid) for number in rows)][:height]

    def _title(self) -> Line:
        roster = self._roster
        right: list[Part] = [(f"{len(self._marks)} marked   ", "accent")] if self._marks else []
        right.append((f"{roster.open:,} open", "plain"))
        if roster.closed:
            right.append((f", {roster.closed:,} closed", "faint"))
        return self.bar("CONNECTIONS", right)

    def _heading(self, grid: Grid) -> Line:
        text = f"{'ID':>{_MARK + grid.id}} {'PEER':{grid.peer}}"
        for column in grid.columns:
            text += f" {column.name:>{column.width}}" if column.right else f" {column.name:{column.width}}"
        return [(f"{text} {'LAST' if grid.last else ''}", "faint")], "plain"

    def _line(self, number: int, grid: Grid) -> Line:
        client, now, glyphs = self._roster.clients[number], self._now, self.glyphs
        chosen = number == self._selected
        faint = not client.open
        trouble = glyphs.gone if faint else glyphs.trouble if client.trouble else " "
        peer = self._cut(safe(f"{client.peer} {client.name}" if client.name else client.peer, glyphs), grid.peer)
        parts: list[Part] = [
            (glyphs.selected if chosen else " ", "accent"),
            (glyphs.marked if number in self._marks else " ", "accent"),
            (trouble, "faint" if faint else "warning"),
            (f"{number:>{grid.id}} {peer:{grid.peer}}", "faint" if faint else "plain"),
        ]
        for column in grid.columns:
            text = self._cut(safe(column.text(client, now), glyphs), column.width)
            style = _STATE_STYLES.get(text, column.style)
            padded = f" {text:>{column.width}}" if column.right else f" {text:{column.width}}"
            parts.append((padded, "faint" if faint or text == "-" else style))
        if grid.last:
            parts.append((f" {self._last(client, grid.last)}", "faint" if faint else "plain"))
        return parts, "selected" if chosen else "plain"

    def _cut(self, text: str, width: int) -> str:
        """A text that is too long ends with a sign that says so."""
        return text if len(text) <= width else text[: width - 1] + self.glyphs.ellipsis

    def _last(self, client: Client, room: int) -> str:
        """Its last words; of a closed one, why."""
        words = client.last if client.open else client.reason
        return escape(words, room, self.glyphs)

    def _empty(self) -> list[Line]:
        """Nobody is here yet: how to come in."""
        addresses = self._roster.listening
        if not addresses:
            return [([], "plain"), ([(" not listening yet", "warning")], "plain")]
        host, _, port = safe(addresses[0], self.glyphs).partition("://")[2].rpartition(":")
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
            said += [[], [(f" everybody who can reach this machine may connect {dash} or nobody,", "warning")]]
            said += [[(" if a firewall stands before it", "warning")]]
        elif not bare.startswith("127.") and bare not in ("::1", "localhost"):
            said += [[], [(f" everybody who can reach {here} may connect {dash} or nobody,", "warning")]]
            said += [[(" if a firewall stands before it", "warning")]]
        if self.size.height < len(said) + 1:
            said = [line for line in said if line]
        return [(line, "plain") for line in said]
