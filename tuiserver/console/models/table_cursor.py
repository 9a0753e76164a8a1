"""The cursor and the marks in the table of connections.

    cursor.update(rows.ids)               # whenever rows appeared, disappeared or moved
    cursor.move(1); cursor.toggle_mark()
    cursor.selected; cursor.marks; cursor.visible

Rules of this file:
- The cursor and the marks belong to connections, not to rows: rows may appear and disappear around them.
- Only the operator scrolls, with the wheel, the scroll bar or the cursor. A view of the first row keeps showing the first
  row; after scrolling, what is visible stays in its place.
- At first it is on the newest open connection; until the operator moves it, it leaves a connection that closes, and one that
  has ended when another connects.
- Only open connections are marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tuiserver.console.models.scroll_bar import Extent
from tuiserver.views.roster import Client, Roster


class TableCursor:
    """`selected` is the id of the connection at the cursor, 0 if there is none; `marks` are ids of open connections."""

    def __init__(self, roster: Roster) -> None:
        self.selected = 0
        self.marks: frozenset[int] = frozenset()
        self.height = 1
        self.pinned = False
        """True while the cursor stays on a connection whatever happens to it."""
        self._roster = roster
        self._ids: Sequence[int] = ()
        self._row = 0
        self._top = 0
        self._chosen = False
        """True once the operator has moved the cursor."""

    @property
    def visible(self) -> Sequence[int]:
        """The ids in the visible rows, top to bottom."""
        return self._ids[self._top : self._top + self.height]

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`."""
        return Extent(self._top, self._top + len(self.visible), len(self._ids))

    def update(self, ids: Sequence[int]) -> None:
        """Take the rows, in their order."""
        clients, before = self._roster.clients, self._row
        if self._top:
            self._top += self._displacement(ids)
        self._ids = ids
        selected = clients.get(self.selected)
        stays = self._chosen or self.pinned
        if selected is None or self.selected not in ids or (not stays and self._is_over(selected)):
            row = min(before, len(ids) - 1)
            if not self._chosen:
                row = next((row for row, number in enumerate(ids) if self._is_open(number)), before)
            self._select_row(row)
        else:
            self._row = ids.index(self.selected)
        closed = [number for number in self.marks if not self._is_open(number)]
        if closed:
            self.marks = self.marks.difference(closed)
        self._clamp()

    def _is_over(self, client: Client) -> bool:
        """Whether it has closed, or has ended and there is a newer one that has not."""
        if not client.ended:
            return not client.open
        newest = next((each for each in reversed(self._roster.clients.values()) if each.open), client)
        return newest.id > client.id and not newest.ended

    def _displacement(self, ids: Sequence[int]) -> int:
        """How far most of the visible rows have moved down; in doubt, the selected one."""
        rows = {number: self._top + line for line, number in enumerate(self.visible)}
        moved = {number: row - rows[number] for row, number in enumerate(ids) if number in rows}
        distances = Counter(moved.values())
        return max(distances, key=lambda each: (distances[each], each == moved.get(self.selected)), default=0)

    def resize(self, height: int) -> None:
        """Change the number of visible rows; a selected row that was visible still is."""
        seen = self.selected in self.visible
        self.height = max(1, height)
        self._clamp()
        if seen:
            self._scroll_to_cursor()

    # -- cursor -------------------------------------------------------------------------------------------------------

    def select(self, number: int) -> bool:
        """Move the cursor to a connection; False if it has no row."""
        if number not in self._ids:
            return False
        self._go_to(self._ids.index(number))
        return True

    def select_visible(self, line: int) -> bool:
        """Move the cursor to the connection in a visible row, counted from the top; False if the row is empty."""
        if not 0 <= line < len(self.visible):
            return False
        self._go_to(self._top + line)
        return True

    def keep(self) -> None:
        """Leave the cursor where it is, whatever connects."""
        self._chosen = True

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self._go_to(self._row + steps)

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self.move(pages * max(1, self.height - 1))

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`; the cursor stays where it is."""
        self._top += lines
        self._clamp()

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self.scroll(round(start) - self._top)

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self._go_to(0)

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self._go_to(len(self._ids) - 1)

    def _go_to(self, row: int) -> None:
        self._chosen = True
        self._select_row(row)
        self._scroll_to_cursor()

    def _select_row(self, row: int) -> None:
        self._row = max(0, min(row, len(self._ids) - 1))
        self.selected = self._ids[self._row] if self._ids else 0

    def _scroll_to_cursor(self) -> None:
        self._top = max(min(self._top, self._row), self._row - self.height + 1, 0)
        self._clamp()

    def _clamp(self) -> None:
        self._top = max(0, min(self._top, len(self._ids) - self.height))

    # -- marks --------------------------------------------------------------------------------------------------------

    def toggle_mark(self) -> None:
        """Mark the selected connection, or unmark it."""
        if self._is_open(self.selected):
            self.marks ^= {self.selected}

    def mark_all(self) -> None:
        """Mark all connections that have a row and are open, and no others."""
        self.marks = frozenset(filter(self._is_open, self._ids))

    def unmark_all(self) -> None:
        """Remove all marks."""
        self.marks = frozenset()

    def _is_open(self, number: int) -> bool:
        client = self._roster.clients.get(number)
        return client is not None and client.open
