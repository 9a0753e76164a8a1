"""Shows the names that are kept for addresses, and removes some."""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.automation.peer_names import PeerNames, PeerNamesError
from tuiserver.console.dialogs.picker import Picker
from tuiserver.console.keymap import SAVED, Keys
from tuiserver.console.models.pick_list import Item
from tuiserver.console.text.escape import clip_address, escape_all
from tuiserver.console.text.glyphs import UNICODE, Glyphs

ADDRESS_COLUMNS = 40


class PeerNamesDialog(Picker[str]):
    """The list."""

    place = SAVED
    title_text = "Names kept for addresses"

    def __init__(self, names: PeerNames, keys: Keys, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(keys, glyphs)
        self._names = names

    def items(self) -> Sequence[Item[str]]:
        """As `Picker.items`."""
        return [self._item(host, name) for host, name in sorted(self._names.all().items())]

    def _item(self, host: str, name: str) -> Item[str]:
        address = clip_address(host, ADDRESS_COLUMNS - 1, self.glyphs)
        return Item(f"{address:<{ADDRESS_COLUMNS}}{escape_all(name, self.glyphs)}", "", "", host)

    def nothing(self) -> str:
        """As `Picker.nothing`."""
        ask, keep = self.keys.hint("name"), self.keys.hint("prompt-keep")
        return f"none yet{f': {ask} names a connection, {keep} keeps the name' if ask and keep else ''}"

    def delete(self, value: str) -> str:
        """As `Picker.delete`."""
        try:
            self._names.forget(value)
        except PeerNamesError as error:
            return str(error)
        return ""
