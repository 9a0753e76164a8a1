"""Chooses the columns of the connections, and their order.

app.push_screen(ColumnsDialog(shown), done)      # the names, () for as many as fit, None for no change
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import COLUMNS as KEYS_OF_COLUMNS
from tuiserver.console.keymap import DIALOG, MOVING, Keys
from tuiserver.console.models.columns import COLUMNS, ID
from tuiserver.console.models.last_fields import is_field
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.glyphs import UNICODE, Glyphs

WIDTH = 62
"""Columns of the dialog, the padding of two on each side included."""
FRAME_ROWS = 5
"""Rows of the dialog besides the columns and the note: padding, title, a blank line, and the footer below it."""


class ColumnsDialog(ModalScreen[tuple[str, ...] | None]):
    """All columns; those that are shown are marked."""

    DEFAULT_CSS = """
    ColumnsDialog {
        align: center middle;
        #columns { width: 62; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
    }
    """

    def __init__(
        self, shown: Sequence[str], glyphs: Glyphs = UNICODE, keys: Keys | None = None, fields: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._keys = keys or Keys()
        bind_keys(self, self._keys, MOVING, DIALOG, KEYS_OF_COLUMNS)
        others = [name for name in (*(column.name for column in COLUMNS), *fields) if name not in shown]
        self._names = [name for name in (*shown, *others) if name != ID]
        self._shown = set(shown)
        self._row = 0
        self._rows = range(0)
        """The columns that are visible."""

    def compose(self) -> ComposeResult:
        """The whole dialog is one text."""
        with Vertical(id="columns"):
            yield Static(id="columns-text")
        yield Footer(self._keys, lambda: KEYS_OF_COLUMNS)

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def on_resize(self) -> None:
        """Show as many columns as fit."""
        self._draw()

    def _draw(self) -> None:
        setting = ", ".join(f'"{name}"' for name in self._names if name in self._shown)
        note = f"to keep it, in config.toml:\ncolumns = [{setting}]"
        width, height = min(WIDTH, self.app.size.width) - 4, self.app.size.height
        room = height - FRAME_ROWS - sum(-(-len(line) // max(1, width)) for line in note.split("\n"))
        room = max(1, min(room, len(self._names)))
        first = max(self._row - room + 1, min(self._rows.start, self._row, len(self._names) - room))
        self._rows = range(first, first + room)
        parts: list[str | tuple[str, str]] = [("Columns", "bold")]
        parts.append(
            (f"  {self._row + 1} of {len(self._names)}\n" if room < len(self._names) else "\n", "$foreground 70%")
        )
        for row in self._rows:
            name = self._names[row]
            here = row == self._row
            cursor = self._glyphs.selected if here else " "
            mark = self._glyphs.marked if name in self._shown else " "
            style = "bold $text-accent" if here else "" if name in self._shown else "$foreground 70%"
            parts.append((f"{cursor} {mark} {name}\n", style))
        parts.append((f"\n{note}", "$foreground 70%"))
        self.query_one("#columns-text", Static).update(Content.assemble(*parts))

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._row = max(0, min(self._row + rows, len(self._names) - 1))
        self._draw()

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many columns as are visible."""
        self.action_step(pages * len(self._rows))

    def action_first(self) -> None:
        """Move the cursor to the first column."""
        self.action_step(-len(self._names))

    def action_last(self) -> None:
        """Move the cursor to the last column."""
        self.action_step(len(self._names))

    def action_show_or_hide(self) -> None:
        """Show or hide the column."""
        self._shown ^= {self._names[self._row]}
        self._draw()

    def action_shift(self, steps: int) -> None:
        """Move the column to the right, or to the left."""
        row = max(0, min(self._row + steps, len(self._names) - 1))
        self._names.insert(row, self._names.pop(self._row))
        self._row = row
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click shows or hides a column."""
        row = int(event.screen_y) - self.query_one("#columns-text").region.y - 1
        if 0 <= row < len(self._rows):
            self._row = self._rows[row]
            self.action_show_or_hide()

    def action_reset(self) -> None:
        """Show as many columns as fit."""
        self.dismiss(())

    def action_accept(self) -> None:
        """Apply the choice."""
        self.dismiss(tuple(name for name in self._names if name in self._shown) or (ID,))

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def open_dialog(context: Context) -> None:
    """Choose the columns of the connections."""
    pane = context.app.query_one(ConnectionsPane)
    fields = [name for name in pane.sorts if is_field(name)]
    dialog = ColumnsDialog(pane.columns_seen, context.glyphs, context.keys, fields)
    context.open_dialog(dialog, lambda names: None if names is None else pane.choose_columns(names))
