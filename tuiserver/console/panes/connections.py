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
from collections import deque

from textual import events
from textual.message import Message

from tuiserver.console.keymap import CONNECTIONS, Keys
from tuiserver.console.models import filter_fields
from tuiserver.console.models.columns import BY_NAME, ID, LAST, MARKS, NAME, PEER, SPARK, Placed, is_number, place
from tuiserver.console.models.rows import NO_FILTER, Rows
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import clip, escape, escape_label
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.filters import FilterError
from tuiserver.core.numbers import sparkline
from tuiserver.views.roster import Client, Roster

_STATE_STYLES = {"slow": "warning", "paused": "accent"}
AGAIN = 0.03
"""Seconds until the look at the next slice of many rows."""
STEP = 5.0
"""Seconds in which the clocks of rows go on; that of the selected one goes by seconds. Thirty clocks that tick at once are
no calm, and on a slow line they are most of what is sent."""
TRENDS = 200
"""Connections whose trend is remembered: those seen of late."""


class ConnectionsPane(Pane):
    """The pane. Its API stands at the top of this file."""

    place = CONNECTIONS

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

    def __init__(self, roster: Roster, id: str | None = None, keys: Keys | None = None) -> None:  # noqa: A002
        super().__init__(id, keys)
        self._roster = roster
        self._now = time.time()
        self._rows = Rows(roster)
        self._columns_chosen: tuple[str, ...] = ()
        self._filter_fault = ""
        self._arrangement = -1
        self._selected = 0
        self._row = 0
        self._top = 0
        self._marks: set[int] = set()
        self._chosen = False
        """True once the operator has chosen a row; before that the newest open one is selected."""
        self._trends: dict[int, deque[float]] = {}
        self._second = 0
        self._again = False

    @property
    def selected(self) -> int:
        """The id of the selected connection; 0 when there is none."""
        return self._selected

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is Unix time in seconds."""
        self._now = time.time() if now is None else now
        before = self._rows.ids
        if self._rows.update(self._now) and not self._again and self.is_mounted:
            self._again = True
            self.set_timer(AGAIN, self._look_on)
        if self._rows.ids is not before or self._arrangement != self._roster.arrangement:
            self._arrangement = self._roster.arrangement
            self._rearrange()
        self._sample()
        self.redraw()

    def _look_on(self) -> None:
        self._again = False
        self.update()

    # -- rows ---------------------------------------------------------------------------------------------------------

    @property
    def _ids(self) -> list[int]:
        return self._rows.ids

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 2)

    def _rearrange(self) -> None:
        """Rows came, went or moved: the selected one keeps its place on the screen, unless the first row can be seen."""
        clients, ids, before = self._roster.clients, self._ids, self._row
        selected = clients.get(self._selected)
        if selected is None or (not self._chosen and not selected.open) or self._selected not in ids:
            row = min(before, len(ids) - 1)
            if not self._chosen:
                row = next((row for row, n in enumerate(ids) if n in clients and clients[n].open), before)
            self._select(row)
        else:
            self._row = ids.index(self._selected)
            if self._top:
                self._top += self._row - before
        alive = {number for number in self._marks if (client := clients.get(number)) and client.open}
        if alive != self._marks:
            self._marks = alive
            self._tell_marks()
        self._settle()

    def select(self, number: int) -> bool:
        """Select a connection. False where it is not among those shown."""
        if number not in self._ids:
            return False
        self._chosen = True
        self._select(self._ids.index(number))
        self._settle()
        self.redraw()
        return True

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

    def fit(self) -> None:
        """The selected row stays in sight."""
        self._settle()

    # -- keys and mouse -----------------------------------------------------------------------------------------------

    def action_first(self) -> None:
        """To the first row."""
        self.action_step(-len(self._ids))

    def action_last(self) -> None:
        """To the last row."""
        self.action_step(len(self._ids))

    def action_step(self, rows: int) -> None:
        """So many rows down, or up for less than 0."""
        self._chosen = True
        self._select(self._row + rows)
        self._settle()
        self.redraw()

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0."""
        self.action_step(pages * max(1, self._height - 1))

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
        self.action_step(1)

    def action_mark_all(self) -> None:
        """Mark all that are shown and open."""
        self._marks = {number for number in self._ids if self._roster.clients[number].open}
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
        """A click selects; on a heading it sorts, and once more turns the order round."""
        row = self._top + event.y - 2
        if event.y == 1 and self._ids:
            for column, start, width in self._placed():
                if start <= event.x < start + width + 1:
                    self._sort_by(column.name)
        elif event.y >= 2 and row < len(self._ids):
            self._chosen = True
            self._select(row)
            self.redraw()

    # -- order, columns, filter ---------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next of the columns that are seen."""
        names = [placed.column.name for placed in self._placed()] or [ID]
        here = self._rows.column.name
        self._sort_by(names[(names.index(here) + 1) % len(names)] if here in names else names[0])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._rows.wear(column=self._rows.column, reverse=not self._rows.reverse)
        self.update(self._now)

    def _sort_by(self, name: str) -> None:
        """Sort by a column: what is a number, the greatest first; by the same one again, the other way round."""
        column = BY_NAME[name]
        again = column is self._rows.column
        self._rows.wear(column=column, reverse=not self._rows.reverse if again else is_number(column))
        self.update(self._now)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that the operator chose; none: as many as fit."""
        return self._columns_chosen

    @property
    def columns_seen(self) -> tuple[str, ...]:
        """The names of the columns that are seen."""
        return tuple(placed.column.name for placed in self._placed())

    def choose_columns(self, names: tuple[str, ...]) -> None:
        """Show these, in this order, as far as they fit; none: those that matter most."""
        self._columns_chosen = names
        if self.is_mounted:
            self.redraw()

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._rows.wanted.text

    def set_filter(self, text: str) -> str:
        """Show those only that match; returns what is wrong with the filter, and shows everything then."""
        self._filter_fault = ""
        try:
            wanted = filter_fields.of_client(text, lambda: self._now)
        except FilterError as error:
            self._filter_fault = str(error)
            wanted = NO_FILTER._replace(text=text)
        self._rows.wear(wanted=wanted)
        self.update()
        return self._filter_fault

    @property
    def filter_count(self) -> str:
        """What the filter leaves, in words."""
        return f"{len(self._ids):,} of {len(self._roster.clients):,} shown"

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _placed(self) -> list[Placed]:
        highest = next(reversed(self._roster.clients), 0)
        return place(self.size.width, highest, self._columns_chosen, self._roster.named)

    def _sample(self) -> None:
        """Once a second, remember how much moved on the connections that can be seen."""
        if int(self._now) == self._second:
            return
        self._second = int(self._now)
        for number in self._ids[self._top : self._top + self._height]:
            if client := self._roster.clients.get(number):
                trend = self._trends.pop(number, None) or deque(maxlen=BY_NAME[SPARK].width)
                trend.append(sum(client.rates_at(self._now)))
                self._trends[number] = trend
        while len(self._trends) > TRENDS:
            del self._trends[next(iter(self._trends))]

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        height = self.size.height
        title = self._title()
        if not self._roster.clients:
            return [title, *self._empty()][:height]
        placed = self._placed()
        shown = self._ids[self._top : self._top + self._height]
        rows = [self._line(number, placed) for number in shown if number in self._roster.clients]
        if not rows and self._rows.filtered:
            dash = self.glyphs.dash
            wanted = clip(self.filter_text, 40, self.glyphs)
            text = f" {self.filter_count} {dash} filter {wanted} {dash} esc clears"
            rows = [([], "plain"), ([(text, "faint")], "plain")]
        return [title, self._heading(placed), *rows][:height]

    def _title(self) -> Line:
        """How many; how they are sorted and filtered, where there is room to say so."""
        roster, glyphs, rows = self._roster, self.glyphs, self._rows
        left: list[Part] = [(f"{len(self._marks)} marked   ", "accent")] if self._marks else []
        left.append((f"{roster.open:,} open", "plain"))
        if roster.closed:
            left.append((f", {roster.closed:,} closed", "faint"))
        order = glyphs.descending if rows.reverse else glyphs.ascending
        sort: list[Part] = [("   sort ", "faint"), (f"{rows.column.name} {order}", "plain")]
        if self._filter_fault:
            state: list[Part] = [("   filter ", "faint"), ("not understood", "error")]
        elif rows.filtered:
            text = clip(self.filter_text, 30, glyphs)
            state = [(f"   {len(rows.ids):,} shown", "accent"), ("  filter ", "faint"), (text, "accent")]
        else:
            state = [("   filter ", "faint"), ("none", "faint")]
        room = self.size.width - len(" CONNECTIONS   ")
        for right in ([*left, *sort, *state], [*left, *state] if rows.filtered else [*left, *sort], left):
            if sum(len(text) for text, _ in right) <= room:
                break
        return self.bar("CONNECTIONS", right)

    def _heading(self, placed: list[Placed]) -> Line:
        parts: list[Part] = [(" " * MARKS, "faint")]
        for column, _, width in placed:
            name = column.name.upper()
            text = f"{name:>{width}}" if column.right else f"{name:{width}}"
            parts += [(text, "accent" if column is self._rows.column else "faint"), (" ", "faint")]
        return parts, "plain"

    def _line(self, number: int, placed: list[Placed]) -> Line:
        client, glyphs = self._roster.clients[number], self.glyphs
        chosen = number == self._selected
        now = self._now if chosen else self._now - self._now % STEP
        faint = not client.open
        trouble = glyphs.gone if faint else glyphs.trouble if client.trouble else " "
        parts: list[Part] = [
            (glyphs.selected if chosen else " ", "accent"),
            (glyphs.marked if number in self._marks else " ", "accent"),
            (trouble, "faint" if faint else "warning"),
        ]
        named = any(each.column.name == NAME for each in placed)
        for each in placed:
            text = self._cell(client, each, named, now)
            style = _STATE_STYLES.get(text, each.column.style)
            padded = f"{text:>{each.width}} " if each.column.right else f"{text:{each.width}} "
            parts.append((padded, "faint" if faint or text == "-" else style))
        return parts, "selected" if chosen else "plain"

    def _cell(self, client: Client, placed: Placed, named: bool, now: float) -> str:
        """What a column says of a client, in no more than its width."""
        name, width = placed.column.name, placed.width
        if name == LAST:  # its last words; of a closed one, why
            return escape(client.last if client.open else client.reason, width, self.glyphs)
        if name == SPARK:
            trend = self._trends.get(client.id)
            return sparkline(list(trend), width, self.glyphs.spark) if trend and client.open else " " * width
        text = placed.column.text(client, now)
        if name == PEER and client.name and not named:
            text = f"{client.name} {text}"
        return clip(text, width, self.glyphs)

    def _empty(self) -> list[Line]:
        """Nobody is here yet: how to come in."""
        addresses = self._roster.listening
        if not addresses:
            return [([], "plain"), ([(" not listening yet", "warning")], "plain")]
        host, _, port = escape_label(addresses[0], self.glyphs).partition("://")[2].rpartition(":")
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
