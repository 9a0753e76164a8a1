"""Chooses the decoder of a connection: one of those built in, or what is typed, such as `tracker.h:Login`."""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.console.context import Context
from tuiserver.console.dialogs.picker import Picker
from tuiserver.console.keymap import Keys
from tuiserver.console.models.decoding import AUTO, NONE, Decoding
from tuiserver.console.models.pick_list import Item
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.text.escape import escape_all
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.decoders.registry import DECODERS, SpecError

NOTES = {AUTO: "that of the protocol", NONE: "no fields"}


class DecoderDialog(Picker[str]):
    """The list; with an input that matches none of it, the input itself is the answer."""

    def __init__(self, decoding: Decoding, connection: int, keys: Keys, glyphs: Glyphs = UNICODE) -> None:
        self.title_text = f"Decode messages{f' of #{connection}' if connection else ''} as"
        super().__init__(keys, glyphs)
        self._present = decoding.spec_of(connection)
        self._specs = dict.fromkeys((AUTO, NONE, *DECODERS, *decoding.specs))

    def items(self) -> Sequence[Item[str]]:
        """As `Picker.items`."""
        return [
            Item(escape_all(spec, self.glyphs), "chosen" if spec == self._present else NOTES.get(spec, ""), "", spec)
            for spec in self._specs
        ]

    def no_match(self) -> str:
        """As `Picker.no_match`."""
        return f"{self.keys.hint('accept')} uses what is typed"

    def action_accept(self) -> None:
        """Choose the decoder under the cursor, or the one that is typed."""
        self.dismiss(self.picks.current.value if self.picks.current else self.picks.typed.strip() or None)


def open_dialog(context: Context) -> None:
    """Choose the decoder of the connection whose messages are shown."""
    messages, connections = context.app.query_one(MessagesPane), context.app.query_one(ConnectionsPane)
    connection = messages.shown_connection

    def choose(spec: str | None) -> None:
        if spec is None:
            return
        try:
            context.decoding.choose(connection, spec)
        except SpecError as error:
            context.notify_error(escape_all(str(error), context.glyphs))
        else:
            messages.decoder_changed()
            connections.update()

    context.open_dialog(DecoderDialog(context.decoding, connection, context.keys, context.glyphs), choose)
