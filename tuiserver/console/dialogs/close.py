"""Asks how to close connections."""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.console.dialogs.dialog import Choice, Dialog
from tuiserver.console.keymap import Keys
from tuiserver.console.text.escape import escape
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core.numbers import duration_words, size
from tuiserver.views.roster import Client

MAX_NAMED = 8
"""Connections that are named when several are closed."""


class CloseDialog(Dialog[bool | None]):
    """How to close: True for a reset, False to send what is buffered first, None not at all.

    `now` is the time of the server in Unix seconds.
    """

    def __init__(
        self, clients: Sequence[Client], now: float, glyphs: Glyphs = UNICODE, keys: Keys | None = None
    ) -> None:
        unsent = sum(client.queued for client in clients)
        buffered = f"{size(unsent)} bytes not sent yet" if unsent else "nothing waiting to be sent"
        if len(clients) == 1:
            client = clients[0]
            title = f"Close #{client.id}?"
            name = f" {client.name}" if client.name else ""
            peer = escape(f"{client.peer}{name}", 58, glyphs)
            facts = [peer, f"connected {duration_words(now - client.since, 1)} ago, {buffered}"]
        else:
            title = f"Close {len(clients):,} connections?"
            named = ", ".join(f"#{client.id}" for client in clients[:MAX_NAMED])
            facts = [named + (f", {glyphs.ellipsis}" if len(clients) > MAX_NAMED else ""), buffered]
        choices: list[Choice[bool | None]] = [
            Choice("close-flush", "Flush and close", False),
            Choice("close-reset", "Reset", True),
        ]
        super().__init__(title, facts, choices, cancelled=None, keys=keys)
