"""Asks for the format in which to copy a message."""

from __future__ import annotations

from tuiserver.console.dialogs.dialog import Choice, Dialog
from tuiserver.console.keymap import Keys
from tuiserver.console.terminal.clipboard import FORMATS


class CopyDialog(Dialog[str]):
    """The format, a key of `clipboard.FORMATS`; empty for not at all."""

    def __init__(self, size: int, keys: Keys | None = None) -> None:
        choices = [Choice(f"copy-{name}", label, name) for name, (label, _) in FORMATS.items()]
        super().__init__("Copy as", [f"{size:,} bytes"], choices, cancelled="", keys=keys)
        self.add_class("-listed")
