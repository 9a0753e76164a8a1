"""Chooses what the connections are sorted by, and in which direction.

    app.push_screen(SortDialog("id", True), done)    # the name and whether the greatest is on top; None for no change

Rules of this file:
- The present order is marked, and has the cursor at first. A letter goes to the first order whose name begins
  with it, once more to the next.
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
from tuiserver.console.keymap import DIALOG, MOVING, SORT, Keys
from tuiserver.console.models.columns import SORTS, begins_with_greatest
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.glyphs import UNICODE, Glyphs

OTHER_ROWS = 6
"""Rows of the dialog that show no order."""
NAMES = tuple(column.name for column in SORTS)


class SortDialog(ModalScreen[tuple[str, bool] | None]):
    """The list of orders."""

    DEFAULT_CSS = """
    SortDialog {
        align: center middle;
        #sort { width: 50; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
    }
    """

    def __init__(
        self,
        name: str,
        reverse: bool,
        glyphs: Glyphs = UNICODE,
        keys: Keys | None = None,
        names: Sequence[str] = NAMES,
    ) -> None:
        super().__init__()
        self._names = names
        self._glyphs = glyphs
        self._keys = keys or Keys()
        bind_keys(self, self._keys, MOVING, DIALOG, SORT)
        self._present = name
        self._reverse = {each: begins_with_greatest(each) for each in self._names}
        self._reverse[name] = reverse
        self._row = self._names.index(name)

    def compose(self) -> ComposeResult:
        """The whole dialog is one text."""
        with Vertical(id="sort"):
            yield Static(id="sort-text")
        yield Footer(self._keys, lambda: SORT)

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def on_resize(self) -> None:
        """Another number of rows may fit."""
        self._draw()

    @property
    def _visible(self) -> range:
        rows = max(1, min(len(self._names), self.app.size.height - OTHER_ROWS))
        first = max(0, min(self._row - rows // 2, len(self._names) - rows))
        return range(first, first + rows)

    def _draw(self) -> None:
        glyphs = self._glyphs
        parts: list[str | tuple[str, str]] = [("Sort by\n", "bold")]
        for row in self._visible:
            name, here = self._names[row], row == self._row
            cursor = glyphs.selected if here else " "
            mark = glyphs.marked if name == self._present else " "
            arrow = glyphs.descending if self._reverse[name] else glyphs.ascending
            style = "bold $text-accent" if here else "" if name == self._present else "$foreground 70%"
            parts.append((f"{cursor} {mark} {name:<10} {arrow}\n", style))
        parts.append(("\ntype a letter to jump to a column", "$foreground 70%"))
        self.query_one("#sort-text", Static).update(Content.assemble(*parts))

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next order that begins with it."""
        if event.key in self._bindings.key_to_bindings or not event.character:
            return
        letter = event.character.lower()
        start = self._row + 1 if self._names[self._row].startswith(letter) else 0
        for row in (*range(start, len(self._names)), *range(start)):
            if self._names[row].startswith(letter):
                event.stop()
                self._row = row
                self._draw()
                return

    def action_step(self, rows: int) -> None:
        """Move the cursor."""
        self._row = max(0, min(self._row + rows, len(self._names) - 1))
        self._draw()

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.action_step(pages * len(self._visible))

    def action_first(self) -> None:
        """Move the cursor to the first order."""
        self.action_step(-len(self._names))

    def action_last(self) -> None:
        """Move the cursor to the last order."""
        self.action_step(len(self._names))

    def action_reverse(self) -> None:
        """Reverse the direction of this order."""
        self._reverse[self._names[self._row]] ^= True
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click sorts; on the present order, it reverses it."""
        row = int(event.screen_y) - self.query_one("#sort-text").region.y - 1
        if 0 <= row < len(self._visible):
            self._row = self._visible[row]
            if self._names[self._row] == self._present:
                self.action_reverse()
            self.action_accept()

    def action_accept(self) -> None:
        """Sort by this."""
        name = self._names[self._row]
        self.dismiss((name, self._reverse[name]))

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def open_dialog(context: Context) -> None:
    """Choose the order of the connections."""
    pane = context.app.query_one(ConnectionsPane)
    dialog = SortDialog(*pane.sorted_by, context.glyphs, context.keys, pane.sorts)
    context.open_dialog(dialog, lambda answer: None if answer is None else pane.sort_by(*answer))
