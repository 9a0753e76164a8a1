"""Which columns the table of connections shows, and in which order.

    app.push_screen(ColumnsDialog(seen), done)      # answers the names, () for as many as fit, None for no change

Rules of this file:
- What is changed is answered; the table is the pane's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.models.columns import COLUMNS, ID
from tuiserver.console.text.glyphs import UNICODE, Glyphs


class ColumnsDialog(ModalScreen[tuple[str, ...] | None]):
    """All columns, those that are shown marked."""

    DEFAULT_CSS = """
    ColumnsDialog {
        align: center middle;
        #columns { width: 52; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("enter", "accept", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("space", "show_or_hide", show=False),
        Binding("left,h", "shift(-1)", show=False),
        Binding("right,l", "shift(1)", show=False),
        Binding("r", "reset", show=False),
    ]

    def __init__(self, seen: Sequence[str], glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._glyphs = glyphs
        others = [column.name for column in COLUMNS if column.name not in seen]
        self._names = [name for name in (*seen, *others) if name != ID]
        self._shown = set(seen)
        self._at = 0

    def compose(self) -> ComposeResult:
        """One text."""
        with Vertical(id="columns"):
            yield Static(id="columns-text")

    def on_mount(self) -> None:
        """Show it."""
        self._draw()

    def _draw(self) -> None:
        parts: list[str | tuple[str, str]] = [("Columns\n", "bold")]
        for row, name in enumerate(self._names):
            here = row == self._at
            mark = self._glyphs.selected if here else " "
            sign = self._glyphs.marked if name in self._shown else " "
            style = "bold $text-accent" if here else "" if name in self._shown else "$foreground 70%"
            parts.append((f"{mark} {sign} {name}\n", style))
        parts.append(
            ("\nspace shows or hides, left right move, r resets\nenter takes it, esc does not", "$foreground 70%")
        )
        keep = ", ".join(f'"{name}"' for name in self._names if name in self._shown)
        parts.append((f"\nto keep it, in config.toml:\ncolumns = [{keep}]", "$foreground 70%"))
        self.query_one("#columns-text", Static).update(Content.assemble(*parts))

    def action_move(self, rows: int) -> None:
        """To another name."""
        self._at = max(0, min(self._at + rows, len(self._names) - 1))
        self._draw()

    def action_show_or_hide(self) -> None:
        """Show it, or hide it."""
        self._shown ^= {self._names[self._at]}
        self._draw()

    def action_shift(self, places: int) -> None:
        """Let it stand further left or right."""
        there = max(0, min(self._at + places, len(self._names) - 1))
        self._names.insert(there, self._names.pop(self._at))
        self._at = there
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click shows or hides."""
        row = int(event.screen_y) - self.query_one("#columns-text").region.y - 1
        if 0 <= row < len(self._names):
            self._at = row
            self.action_show_or_hide()

    def action_reset(self) -> None:
        """As many as fit, by themselves."""
        self.dismiss(())

    def action_accept(self) -> None:
        """Take it."""
        self.dismiss(tuple(name for name in self._names if name in self._shown) or (ID,))

    def action_cancel(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)
