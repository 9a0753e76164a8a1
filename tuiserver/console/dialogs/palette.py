"""The command palette: Textual's, without a blinking cursor. The app lists the commands."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input

from tuiserver.console.context import Context


class Palette(CommandPalette):
    """The palette."""

    def on_mount(self) -> None:
        """Stop the blinking."""
        self.query_one(Input).cursor_blink = False


def open_dialog(context: Context) -> None:
    """Open it."""
    context.app.push_screen(Palette(placeholder="command"))
