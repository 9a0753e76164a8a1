"""Asks whether to quit while clients are connected."""

from __future__ import annotations

from tuiserver.console.dialogs.dialog import Choice, Dialog
from tuiserver.console.keymap import Keys


class QuitDialog(Dialog[bool]):
    """Whether to quit."""

    def __init__(self, count: int, keys: Keys | None = None) -> None:
        clients = "1 client is" if count == 1 else f"{count:,} clients are"
        facts = [f"{clients} connected and will be disconnected"]
        super().__init__("Quit?", facts, [Choice("quit-now", "Quit", True)], cancelled=False, keys=keys)
