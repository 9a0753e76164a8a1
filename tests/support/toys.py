"""A pane, a dialog and a link of a few lines each: they prove what a new one costs."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import DIALOG, Keys
from tuiserver.console.panes.pane import Pane, bind_keys
from tuiserver.console.text.parts import Line
from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent


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


class RecordedLink:
    """A link to a recording: it has the time of its last event and can carry no command."""

    capabilities: frozenset[str] = frozenset()

    def __init__(self, events: list[AnyEvent]) -> None:
        self._events = events
        self._now = events[-1].at

    def open(self, wake: Callable[[], None]) -> None:
        """As `Link.open`: everything is there at once."""
        wake()

    def take(self) -> list[AnyEvent]:
        """As `Link.take`."""
        events, self._events = self._events, []
        return events

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`: a recording takes no command."""
        raise AssertionError(f"{command} was offered to the operator")

    def stepped(self) -> float:
        """As `Link.stepped`."""
        return 0.0

    def clock(self) -> float:
        """As `Link.clock`."""
        return self._now

    def close(self) -> None:
        """As `Link.close`."""
