"""Chooses one of the saved messages, or deletes some.

    app.push_screen(SavedDialog(saved), done)        # the name, None for none

Rules of this file:
- Typing narrows the list. A message is deleted by pressing the key twice.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.console.keymap import DIALOG, SAVED, Keys
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core.characters import left

ROWS = 12
"""Names that are visible at once."""


class SavedDialog(ModalScreen[str | None]):
    """The list."""

    DEFAULT_CSS = """
    SavedDialog {
        align: center middle;
        #saved { width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
    }
    """

    def __init__(self, saved: SavedMessages, glyphs: Glyphs = UNICODE, keys: Keys | None = None) -> None:
        super().__init__()
        self._saved, self._glyphs = saved, glyphs
        self._keys = keys or Keys()
        bind_keys(self, self._keys, DIALOG, SAVED)
        self._typed = ""
        self._row = 0
        self._pending_delete = ""

    def compose(self) -> ComposeResult:
        """The whole dialog is one text."""
        with Vertical(id="saved"):
            yield Static(id="saved-text")

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    @property
    def _names(self) -> list[str]:
        return [name for name in self._saved.names() if self._typed.lower() in name.lower()]

    @property
    def _first(self) -> int:
        """The first row that is visible."""
        return max(0, self._row - ROWS + 1)

    def on_key(self, event: events.Key) -> None:
        """Typing narrows the list."""
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.character and event.character.isprintable():
            self._typed += event.character
        else:
            return
        event.stop()
        self._row, self._pending_delete = 0, ""
        self._draw()

    def _draw(self) -> None:
        names, glyphs = self._names, self._glyphs
        self._row = max(0, min(self._row, len(names) - 1))
        parts: list[str | tuple[str, str]] = [("Saved messages", "bold"), f"  {clip(self._typed, 30, glyphs)}\n"]
        for row, name in enumerate(names[self._first : self._first + ROWS], self._first):
            here = row == self._row
            cursor = glyphs.selected if here else " "
            parts += [
                (f"{cursor} {left(clip(name, 40, glyphs), 20)}", "bold $text-accent" if here else ""),
                (f" {self._beginning(name)}\n", "$foreground 70%"),
            ]
        if not names:
            save = self._keys.hint("save")
            how = f": {save} in the send bar saves what is typed" if save else ""
            parts.append((f"  {'no match' if self._typed else f'none yet{how}'}\n", "$foreground 70%"))
        if self._pending_delete:
            warning = self._keys.hints({"saved-delete": f"again deletes {self._pending_delete}"})
            parts.append((f"\n{warning}", "$text-warning"))
        else:
            hints = self._keys.hints({"accept": "chooses", "saved-delete": "deletes", "cancel": "cancels"})
            parts.append((f"\n{hints}{'; ' if hints else ''}type to find", "$foreground 70%"))
        self.query_one("#saved-text", Static).update(Content.assemble(*parts))

    def _beginning(self, name: str) -> str:
        try:
            message = self._saved.get(name)
        except SavedError:
            return "broken"
        return f"{message.mode:<4} {clip(message.text, 30, self._glyphs)}"

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._row += rows
        self._pending_delete = ""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        row = int(event.screen_y) - self.query_one("#saved-text").region.y - 1
        names = self._names
        if 0 <= row < ROWS and self._first + row < len(names):
            self.dismiss(names[self._first + row])

    def action_accept(self) -> None:
        """Choose this message."""
        names = self._names
        self.dismiss(names[self._row] if names else None)

    def action_delete(self) -> None:
        """Delete this message if the key is pressed twice."""
        names = self._names
        if not names:
            return
        name = names[self._row]
        if self._pending_delete == name:
            try:
                self._saved.delete(name)
            except SavedError as error:
                self.notify(str(error), severity="error", markup=False)
            self._pending_delete = ""
        else:
            self._pending_delete = name
        self._draw()

    def action_cancel(self) -> None:
        """Choose none."""
        self.dismiss(None)
