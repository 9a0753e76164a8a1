"""Keys, one at a time: the next one is given to nobody before what the last one asked for has been done.

Rules of this file:
- Who types `/abc` fast, or over a slow line, has the keys arrive together: those behind `/` are for the line it opens.
- What became of a key is known when a message that was sent after it has come back the same way, twice: what the key has
  made somebody else say is then done too.
- Nothing is lost and nobody waits for ever: a key that does not come back is given up after a moment.
"""

from __future__ import annotations

import time
from collections import deque

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump

PATIENCE = 0.25
"""Seconds that a key is waited for, or a dialog that it opened."""
LOOK = 0.01
"""Seconds between two looks while keys wait."""


class KeyDone(Message, bubble=True):
    """Follows a key from the widget that got it up to the app."""

    def __init__(self, number: int, target: MessagePump, again: bool = True) -> None:
        super().__init__()
        self.number, self.target, self.again = number, target, again

    def send(self) -> bool:
        """Begin the way; False where there is none, as the widget has gone."""
        return self.target.post_message(self)


class KeyQueue(App[None], inherit_bindings=False):
    """An app that gives out keys, and what is pasted, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._given = 0
        """How many keys have been given out; the number of the last one."""
        self._under_way = False
        self._given_at = 0.0
        self._looks = False

    async def on_event(self, event: events.Event) -> None:
        """As Textual asks for it: a key from the terminal waits for its turn."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            await self._give()
        else:
            await super().on_event(event)

    async def on_key_done(self, event: KeyDone) -> None:
        """What the last key asked for has been done."""
        if event.number == self._given:
            self._under_way = event.again and KeyDone(event.number, event.target, again=False).send()
            await self._give()

    async def _give(self) -> None:
        """Give out the next key, and the next, as far as nothing is under way."""
        if not self.is_running:
            self._typed.clear()
        while self._typed and not self._busy():
            event = self._typed.popleft()
            target = self.focused or self.screen
            self._given += 1
            self._given_at = time.monotonic()
            await super().on_event(event)
            self._under_way = event.is_forwarded and KeyDone(self._given, target).send()
        if self._typed and not self._looks:
            self._looks = True
            self.set_timer(LOOK, self._look_again)

    async def _look_again(self) -> None:
        self._looks = False
        await self._give()

    def _busy(self) -> bool:
        """Whether the last key is still on its way, or has opened a dialog that is not there yet."""
        return (self._under_way or not self.screen.is_mounted) and time.monotonic() - self._given_at < PATIENCE
