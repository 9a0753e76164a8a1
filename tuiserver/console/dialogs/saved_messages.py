"""Choosing one of the kept messages.

Rules of this file:
- Typing narrows the list; enter chooses; a message is deleted by the delete key, twice.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs

ROWS = 12
"""Names that are seen at once."""


class SavedDialog(ModalScreen[str | None]):
    """The list; answers the name, None for none."""

    DEFAULT_CSS = """
    SavedDialog {
        align: center middle;
        #saved { width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("enter", "choose", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("delete", "delete", show=False),
    ]

    def __init__(self, saved: SavedMessages, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._saved, self._glyphs = saved, glyphs
        self._typed = ""
        self._at = 0
        self._doomed = ""

    def compose(self) -> ComposeResult:
        """One text."""
        with Vertical(id="saved"):
            yield Static(id="saved-text")

    def on_mount(self) -> None:
        """Show it."""
        self._draw()

    @property
    def _names(self) -> list[str]:
        return [name for name in self._saved.names() if self._typed.lower() in name.lower()]

    def on_key(self, event: events.Key) -> None:
        """What is typed narrows the list."""
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.character and event.character.isprintable():
            self._typed += event.character
        else:
            return
        event.stop()
        self._at, self._doomed = 0, ""
        self._draw()

    def _draw(self) -> None:
        names, glyphs = self._names, self._glyphs
        self._at = max(0, min(self._at, len(names) - 1))
        first = max(0, self._at - ROWS + 1)
        parts: list[str | tuple[str, str]] = [("Saved messages", "bold"), f"  {clip(self._typed, 30, glyphs)}\n"]
        for row, name in enumerate(names[first : first + ROWS], first):
            here = row == self._at
            mark = glyphs.selected if here else " "
            parts += [
                (f"{mark} {name:<20}", "bold $text-accent" if here else ""),
                (f" {self._beginning(name)}\n", "$foreground 70%"),
            ]
        if not names:
            none = "none by that name" if self._typed else "none yet: ^s in the send bar keeps what is typed"
            parts.append((f"  {none}\n", "$foreground 70%"))
        words = "enter chooses, del deletes, esc leaves; type to find"
        if self._doomed:
            words = f"del again deletes {self._doomed}"
        parts.append((f"\n{words}", "$text-warning" if self._doomed else "$foreground 70%"))
        self.query_one("#saved-text", Static).update(Content.assemble(*parts))

    def _beginning(self, name: str) -> str:
        try:
            message = self._saved.get(name)
        except SavedError:
            return "broken"
        return f"{message.mode:<4} {clip(message.text, 30, self._glyphs)}"

    def action_move(self, rows: int) -> None:
        """To another one."""
        self._at += rows
        self._doomed = ""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        row = int(event.screen_y) - self.query_one("#saved-text").region.y - 1
        names = self._names
        first = max(0, self._at - ROWS + 1)
        if 0 <= row < ROWS and first + row < len(names):
            self.dismiss(names[first + row])

    def action_choose(self) -> None:
        """This one."""
        names = self._names
        self.dismiss(names[self._at] if names else None)

    def action_delete(self) -> None:
        """Delete it, if it was asked for twice."""
        names = self._names
        if not names:
            return
        name = names[self._at]
        if self._doomed == name:
            try:
                self._saved.delete(name)
            except SavedError as error:
                self.notify(str(error), severity="error", markup=False)
            self._doomed = ""
        else:
            self._doomed = name
        self._draw()

    def action_cancel(self) -> None:
        """None of them."""
        self.dismiss(None)
