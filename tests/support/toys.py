"""A pane and a dialog of a few lines each: they prove what a new one costs."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import DIALOG, Keys
from tuiserver.console.panes.pane import Pane, bind_keys
from tuiserver.console.text.parts import Line


class CounterPane(Pane):
    """Shows the time of the server, and counts a key."""

    key_scope = "counter"

    def __init__(self, context: Context) -> None:
        super().__init__("counter", context.keys)
        self._count = 0
        self._now = 0.0

    def update(self, now: float | None = None) -> None:
        """As `Pane.update`."""
        self._now = now or 0.0
        self.redraw()

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        return [self.title_bar("COUNTER", []), ([(f" counted {self._count} at {self._now:.0f}", "plain")], "plain")]

    def action_count(self) -> None:
        """Count one more."""
        self._count += 1
        self.redraw()


class AboutDialog(ModalScreen[None]):
    """Shows one line."""

    def __init__(self, clients: int, keys: Keys) -> None:
        super().__init__()
        self._clients = clients
        self._hints = keys.hints({"cancel": "closes"})
        bind_keys(self, keys, DIALOG)

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static(f"About {self._clients} client. {self._hints}")

    def action_cancel(self) -> None:
        """Close it."""
        self.dismiss(None)


def open_dialog(context: Context) -> None:
    """Open the dialog."""
    context.app.push_screen(AboutDialog(context.roster.open, context.keys))
