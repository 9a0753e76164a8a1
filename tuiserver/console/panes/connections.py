"""Who is connected: one row per connection, the newest on top; closed ones stay, dimmed.

    pane = ConnectionsPane(roster)
    pane.update(time.time())                 # once a frame, after the events were applied

It posts `Selected(id)` when another connection is selected, `Opened(id)` for Enter, `Marked(ids)` when the marks change.

Rules of this file:
- Rows and their order are in `models/rows.py`, cursor and marks in `models/table_cursor.py`, the text of a row in
  `models/table_lines.py`; here they meet keys, mouse and screen.
- Only visible rows are rendered; ten thousand connections cost no more than thirty.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import events
from textual.message import Message

from tuiserver.console.keymap import CONNECTIONS, Keys
from tuiserver.console.models import filter_fields
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.color_rules import ColorRules
from tuiserver.console.models.columns import (
    BY_NAME,
    LAST,
    PEER,
    SORTS,
    TREND,
    PlacedColumn,
    begins_with_greatest,
    place_columns,
)
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.models.last_fields import FieldColumns, LastFields
from tuiserver.console.models.rows import Rows
from tuiserver.console.models.scrolling import pan
from tuiserver.console.models.table_cursor import TableCursor
from tuiserver.console.models.table_lines import TableFormat, empty_table, heading
from tuiserver.console.models.trends import Trends
from tuiserver.console.panes.deferred import Deferred
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.parts import Button, Line, Part, width_of
from tuiserver.core.filters import FilterError
from tuiserver.views.roster import Roster

HEADER_ROWS = 2
"""Rows above the connections: the title and the heading of the columns."""
CLOCK_INTERVAL = 0.9
"""Seconds for which ages and idle times stay: with a clock that ticks once a second, all of them change at each tick. A row
that changes in between does not tick on its own."""


class ConnectionsPane(Pane):
    """The pane. Its API is at the top of this file."""

    key_scope = CONNECTIONS
    head_rows = HEADER_ROWS

    class Selected(Message):
        """Another connection is selected; 0 if there is none."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    class Opened(Message):
        """The operator pressed Enter on a connection."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    class Marked(Message):
        """The marks have changed; `ids` are all of them, oldest first."""

        def __init__(self, ids: tuple[int, ...]) -> None:
            super().__init__()
            self.ids = ids

    def __init__(
        self,
        roster: Roster,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
        charsets: Charsets | None = None,
        fields: LastFields | None = None,
        rules: ColorRules | None = None,
    ) -> None:
        self._rules = rules or ColorRules((), {})
        self._field_columns = FieldColumns(fields)
        self._cursor = TableCursor(roster)
        super().__init__(id, keys, self._cursor)
        self._roster = roster
        self._rows = Rows(roster)
        self._trends = Trends(BY_NAME[TREND].width)
        self._charset_of = (charsets or Charsets()).of
        self._filter = FilterInput(lambda text: filter_fields.of_client(text, lambda: self._now, self._charset_of))
        self._now = self._clock = time.time()
        self._columns: tuple[str, ...] = ()
        self._is_whole = False
        """Whether the selected row is shown whole."""
        self._details: list[Line] = []
        self._shift = 0
        self._arrangement = -1
        self._posted = 0, frozenset[int]()
        """The selected id and the marks that were posted last."""
        self._continue = Deferred(self, self.update)

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is Unix time in seconds, by the clock of the link; None for that of the last time."""
        self._now = self._now if now is None else now
        if not 0 <= self._now - self._clock < CLOCK_INTERVAL:
            self._clock = self._now
        before = self._rows.ids
        if self._rows.update(self._now):
            self._continue.request()
        if self._rows.ids is not before or self._arrangement != self._roster.arrangement:
            self._arrangement = self._roster.arrangement
            self._cursor.update(self._rows.ids)
        if self._trends.due(self._now):
            clients = self._roster.clients
            self._trends.sample((clients[n] for n in self._cursor.visible if n in clients), self._now)
        self.after_move()

    def rows_wanted(self, limit: int) -> int:
        """As `Pane.rows_wanted`."""
        if not self._roster.clients:
            return min(
                limit, 2 + len(empty_table(self._roster.listening, limit, self.glyphs))
            )  # with a blank line below
        return min(limit, HEADER_ROWS + len(self._rows.ids) + len(self._details))

    def fit(self) -> None:
        """As `Pane.fit`."""
        client = self._roster.clients.get(self._cursor.selected) if self._is_whole else None
        room = max(0, self.size.height - HEADER_ROWS)
        self._details = (
            self._format().details(client, self.row_width)[: room - 1] if client is not None and room else []
        )
        self._cursor.resize(room - len(self._details))

    # -- selection and marks ------------------------------------------------------------------------------------------

    @property
    def selected(self) -> int:
        """The id of the selected connection; 0 if there is none."""
        return self._cursor.selected

    def select(self, number: int) -> bool:
        """Select a connection; False if it is not shown."""
        found = self._cursor.select(number)
        if found:
            self.after_move()
        return found

    def after_move(self) -> None:
        """As `Pane.after_move`; report another selection or other marks."""
        selected, marks = self._posted
        self._posted = self._cursor.selected, self._cursor.marks
        if marks != self._cursor.marks:
            self.post_message(self.Marked(tuple(sorted(self._cursor.marks))))
        if selected != self._cursor.selected:
            self.post_message(self.Selected(self._cursor.selected))
        if self._is_whole:
            self.fit()
        self.redraw()

    def pin(self, pinned: bool) -> None:
        """Leave the selection where it is, whatever connects or closes, until it is not pinned any more."""
        if pinned != self._cursor.pinned:
            self._cursor.pinned = pinned
            self._cursor.update(self._rows.ids)
            self.after_move()

    def action_open(self) -> None:
        """Open the selected connection."""
        if self.selected:
            self._cursor.keep()
            self.post_message(self.Opened(self.selected))

    def action_mark(self) -> None:
        """Mark or unmark the selected connection, and go to the next."""
        self._cursor.toggle_mark()
        self._cursor.move(1)
        self.after_move()

    def action_mark_all(self) -> None:
        """Mark all open connections that are shown."""
        self._cursor.mark_all()
        self.after_move()

    def action_unmark(self) -> None:
        """Unmark all."""
        self._cursor.unmark_all()
        self.after_move()

    def clicked(self, event: events.Click) -> None:
        """Select the clicked connection, or sort by the clicked column."""
        if event.y == HEADER_ROWS - 1 and self._rows.ids:
            for column, start, width in self._placed_columns():
                if start <= event.x < start + width + 1:
                    self._sort_by_click(column.name)
        elif self._cursor.select_visible(self._row_at(event.y)):
            self.after_move()

    def _row_at(self, y: int) -> int:
        """The visible row of the connections in line `y`; the lines below the selected row belong to it."""
        row, visible = y - HEADER_ROWS, self._cursor.visible
        if self._details and self.selected in visible:
            selected = list(visible).index(self.selected)
            row = max(min(row, selected), row - len(self._details))
        return row

    # -- long rows ----------------------------------------------------------------------------------------------------

    def action_wrap(self) -> None:
        """Show the whole selected row, or one line again."""
        self._is_whole = not self._is_whole
        self.fit()
        self.redraw()

    def action_pan(self, step: int) -> None:
        """Show what is further to the right (`step` 1) or to the left in LAST."""
        clients, table = self._roster.clients, self._format()
        width = next((placed.width for placed in table.columns if placed.column.name == LAST), 0)
        widest = max((table.last_width(clients[n]) for n in self._cursor.visible if n in clients), default=0)
        self._shift = pan(self._shift, step, width, widest) if width else 0
        self.redraw()

    # -- order, columns, filter ---------------------------------------------------------------------------------------

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        self._sort_by_click(self._rows.column.name)

    def _sort_by_click(self, name: str) -> None:
        """Sort by a column, the greatest number first; by the same one again, reverse the order."""
        self.sort_by(name, not self._rows.reverse if name == self._rows.column.name else begins_with_greatest(name))

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The name of the order, and whether the greatest value is on top."""
        return self._rows.column.name, self._rows.reverse

    def sort_by(self, name: str, reverse: bool) -> None:
        """Sort by one of `sorts`; `reverse` puts the greatest value on top. Show the top."""
        if (column := self._field_columns.find(name)) is not None:
            self._rows.sort_by(column, reverse)
        self._cursor.scroll_to(0)
        self.update(self._now)

    @property
    def sorts(self) -> tuple[str, ...]:
        """What the connections can be sorted by; of the fields of messages, those that have been columns."""
        return (*(column.name for column in SORTS), *self._field_columns.found)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that the operator chose; empty: as many as fit."""
        return self._columns

    @property
    def columns_seen(self) -> tuple[str, ...]:
        """The names of the visible columns."""
        return tuple(placed.column.name for placed in self._placed_columns())

    def choose_columns(self, names: tuple[str, ...]) -> None:
        """Show these columns in this order, as far as they fit; empty: the most important ones."""
        self._columns = names
        if self.is_mounted:
            self.redraw()

    def add_column(self, name: str) -> None:
        """Show one more column, after that of the peer."""
        names = [each for each in self.columns_seen if each != name]
        names.insert(names.index(PEER) + 1 if PEER in names else 1, name)
        self.choose_columns(tuple(names))

    def _placed_columns(self) -> Sequence[PlacedColumn]:
        highest = next(reversed(self._roster.clients), 0)
        longest = self._roster.longest_peer
        chosen = tuple(column for name in self._columns if (column := self._field_columns.find(name)) is not None)
        return place_columns(self.row_width, highest, chosen, self._roster.named, longest)

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._filter.text

    def set_filter(self, text: str) -> FilterError | None:
        """Show only matching connections; returns what is wrong with the filter, and shows everything then."""
        self._filter.set(text)
        self._rows.set_filter(self._filter.filter)
        self.update()
        return self._filter.fault

    @property
    def filter_count(self) -> str:
        """How many connections the filter leaves."""
        return f"{len(self._rows.ids):,} of {len(self._roster.clients):,} shown"

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        clients, height, glyphs, title = self._roster.clients, self.size.height, self.glyphs, self._title()
        if not clients:
            return [title, *empty_table(self._roster.listening, height, glyphs)][:height]
        table, rows = self._format(), list[Line]()
        for number in self._cursor.visible:
            if number in clients:
                rows.append(table.line(clients[number]))
            if number == self.selected:
                rows += self._details
        if not rows and self._filter.active:
            text = f" {self._filter.nothing_shown(self.filter_count, self.keys.hint('back', glyphs), glyphs)}"
            rows = [([], "plain"), ([(text, "faint")], "plain")]
        return [title, heading(table.columns, self._rows.column, self._arrow), *rows][:height]

    def _format(self) -> TableFormat:
        columns, cursor, charset_of = self._placed_columns(), self._cursor, self._charset_of
        return TableFormat(
            *(columns, self.glyphs, self._clock, cursor.selected, cursor.marks, self._trends, charset_of),
            self._shift,
            lambda client: self._rules.style_of(CONNECTIONS, client),
        )

    @property
    def _arrow(self) -> str:
        return self.glyphs.descending if self._rows.reverse else self.glyphs.ascending

    def _title(self) -> Line:
        """The number of connections; where there is space, the sort order and the filter."""
        roster, glyphs, rows, marks = self._roster, self.glyphs, self._rows, self._cursor.marks
        counts: list[Part] = [(f"{len(marks)} marked   ", "accent")] if marks else []
        counts.append((f"{roster.open:,} open", "plain"))
        if roster.closed:
            counts.append((f", {roster.closed:,} closed", "faint"))
        sort = Button("sort", [("sort ", "faint"), (f"{rows.column.name} {self._arrow}", "plain")])
        shown: list[Part] = [(f"{len(rows.ids):,} shown", "accent"), ("  ", "faint")] if rows.filtered else []
        filtered = Button("filter", self._filter.title(30, glyphs) or [("filter ", "faint"), ("none", "faint")])
        gap: Part = ("   ", "faint")
        available = self.size.width - len(" CONNECTIONS   ")
        short = Button("filter", self._filter.title(max(8, available - width_of(shown) - len("filter ")), glyphs))
        variants: list[Sequence[Part | Button]] = [
            [*counts, gap, sort, gap, *shown, filtered],
            [*counts, gap, *shown, filtered] if rows.filtered else [*counts, gap, sort],
            [*shown, short] if rows.filtered else counts,
            counts,
        ]
        for right in variants:
            if width_of(right) <= available:
                break
        return self.title_bar("CONNECTIONS", right)
