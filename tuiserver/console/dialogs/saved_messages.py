"""Chooses one of the saved messages, or deletes some.

app.push_screen(SavedDialog(saved, keys), done)  # the name, None for none
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.console.dialogs.picker import Picker
from tuiserver.console.keymap import SAVED, Keys
from tuiserver.console.models.pick_list import Item
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs

NAME_COLUMNS = 20


class SavedDialog(Picker[str]):
    """The list."""

    place = SAVED
    title_text = "Saved messages"

    def __init__(self, saved: SavedMessages, keys: Keys, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(keys, glyphs)
        self._saved = saved

    def items(self) -> Sequence[Item[str]]:
        """As `Picker.items`."""
        return [self._item(name) for name in self._saved.names()]

    def _item(self, name: str) -> Item[str]:
        try:
            message = self._saved.get(name)
        except SavedError:
            return Item(name, "broken", "", name)
        answer = f"{message.status} {message.content_type} " if message.status else ""
        beginning = clip(answer + message.text, 30, self.glyphs)
        return Item(f"{name:<{NAME_COLUMNS}} {message.mode:<7} {beginning}", "", "", name)

    def nothing(self) -> str:
        """As `Picker.nothing`."""
        save = self.keys.hint("save")
        return f"none yet{f': {save} in the send bar saves what is typed' if save else ''}"

    def delete(self, value: str) -> str:
        """As `Picker.delete`."""
        try:
            self._saved.delete(value)
        except SavedError as error:
            return str(error)
        return ""
