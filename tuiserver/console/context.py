"""What the parts of one console share: handed to the workspace, the operator's commands and the dialogs.

Rules of this file:
- It holds references and decides nothing; its users call the public interfaces of the parts.
- Text that is shown is never interpreted as markup.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from textual.app import App
from textual.screen import Screen

from tuiserver.config.settings import Settings
from tuiserver.console.faults import Log
from tuiserver.console.frame_clock import FrameClock
from tuiserver.console.keymap import CONNECTIONS, LOG, MESSAGES, Action, Keys
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.color_rules import ColorRules, Parsers
from tuiserver.console.models.decoding import AUTO, Decoding
from tuiserver.console.models.filter_fields import message_rule, of_client, of_line
from tuiserver.console.models.mute_rules import MuteRules
from tuiserver.console.selection import Selection
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.core.charsets import find
from tuiserver.core.filters import Filter
from tuiserver.core.payload import escape_nonprintable
from tuiserver.links.base import Link
from tuiserver.outputs.tail import LogTail
from tuiserver.views.exchanges import Exchanges
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Entry, Transcript

T = TypeVar("T")


class Tokens:
    """Tokens for the commands of one sender. Other senders count too, so each starts at a random number."""

    def __init__(self) -> None:
        self._first = self._next = int.from_bytes(os.urandom(6)) + 1

    def next(self) -> int:
        """A token for the next command."""
        self._next += 1
        return self._next - 1

    def owns(self, token: int) -> bool:
        """Whether this is one of them."""
        return self._first <= token < self._next


class Context:
    """What is shared. `tokens` are those of the operator's commands; `scope` is where the operator is, by its name in the
    action table: a pane, or the send bar; `applies` returns whether an action has something to act on."""

    def __init__(
        self,
        app: App[None],
        link: Link,
        settings: Settings,
        tail: LogTail,
        keys: Keys,
        glyphs: Glyphs,
        frames: FrameClock,
        write_log: Log = lambda level, text, detail: None,
    ) -> None:
        self._write_log = write_log
        self.app, self.link, self.settings, self.tail = app, link, settings, tail
        self.keys, self.glyphs, self.frames = keys, glyphs, frames
        self.roster = Roster()
        self.transcript = Transcript(settings.message_memory)
        self.exchanges = Exchanges()
        self.selection = Selection(self.roster)
        self.charsets = Charsets(find(settings.charset))
        self.decoding = Decoding(settings.decode or AUTO, self._protocol_of, self._decoder_off, self._first_messages)
        self.mute = MuteRules(tuple(rule.match for rule in settings.mute), self._parse_rule)
        self.rules = ColorRules(settings.colors, self._rule_parsers())
        self.tokens = Tokens()
        self.scope = CONNECTIONS
        self.applies: Callable[[Action], bool] = lambda action: True

    def _protocol_of(self, connection: int) -> str:
        client = self.roster.clients.get(connection)
        return "" if client is None else client.looks_like or client.protocol

    def _first_messages(self, connection: int) -> Iterator[Entry]:
        series = self.transcript.view(connection)
        return (series.get(index) for index in range(series.first, series.end))

    def _parse_rule(self, text: str) -> Filter[Entry]:
        clients, any_field = self.roster.clients, self.settings.decode == AUTO
        return message_rule(text, clients, self.charsets.of, self.decoding, any_field)

    def _rule_parsers(self) -> Parsers:
        return {
            CONNECTIONS: lambda text: of_client(text, self.link.clock, self.charsets.of),
            MESSAGES: self._parse_rule,
            LOG: of_line,
        }

    def _decoder_off(self, connection: int, reason: str) -> None:
        text = escape_nonprintable(f"#{connection} {reason}" if connection else reason)
        self._write_log("warn", text, "")
        self.app.call_later(self.notify_error, text)  # The toolkit shows no toast while a pane is drawn.

    def notify(self, text: str) -> None:
        """Show a toast."""
        self.app.notify(text, markup=False)

    def notify_error(self, text: str) -> None:
        """Show a toast about something that failed."""
        self.app.notify(text, severity="error", markup=False)

    def open_dialog(self, dialog: Screen[T], answered: Callable[[T | None], Any] | None = None) -> None:
        """Open a dialog in front of the panes; `answered` is called with its answer, None if it was cancelled."""
        self.app.push_screen(dialog, answered)
