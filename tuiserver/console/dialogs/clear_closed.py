"""Asks whether to remove the closed connections and their messages from the screen."""

from __future__ import annotations

from tuiserver.console.context import Context
from tuiserver.console.dialogs.dialog import Choice, Dialog
from tuiserver.console.keymap import Keys


class ClearDialog(Dialog[bool]):
    """Whether to remove them."""

    def __init__(self, count: int, keys: Keys | None = None) -> None:
        title = f"Remove {count:,} closed connection{'' if count == 1 else 's'}?"
        facts = ["Their rows and messages will be gone; lines of the log stay"]
        super().__init__(title, facts, [Choice("clear-now", "Remove", True)], cancelled=False, keys=keys)


def open_dialog(context: Context) -> None:
    """Ask, and remove them."""
    roster = context.roster
    if not roster.closed:
        context.notify("there is no closed connection to remove")
        return

    def done(yes: bool | None) -> None:
        if yes:
            for client in roster.clients.values():
                if not client.open:
                    context.transcript.forget(client.id)
            roster.clear_closed()
            context.frames.refresh()

    context.open_dialog(ClearDialog(roster.closed, context.keys), done)
