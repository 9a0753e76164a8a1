"""The command palette: all that can be done here, one line each, with its keys.

Rules of this file:
- It runs the same actions as the keys: what is run is called after the palette is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuiserver.console.dialogs.picker import Picker
from tuiserver.console.keymap import PALETTE, Keys
from tuiserver.console.models.pick_list import Item
from tuiserver.console.text.glyphs import UNICODE, Glyphs

Command = Item[Callable[[], object]]
"""A line of the palette, and what it runs."""


class Palette(Picker[Callable[[], object]]):
    """The palette."""

    place = PALETTE
    title_text = "Commands"
    finds = True

    def __init__(self, commands: Sequence[Command], keys: Keys, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(keys, glyphs)
        self._commands = commands

    def items(self) -> Sequence[Command]:
        """As `Picker.items`."""
        return self._commands
