"""Delivers keys and pastes one at a time: the next one waits until the last one has been handled completely.

    queue = KeyQueue(deliver, target, ready, schedule)
    await queue.put(event)                   # a key or a paste from the terminal
    await queue.done(message)                # a `KeyDone` has reached the app

Rules of this file:
- Over a slow line, or with a fast typist, the keys of `/abc` arrive together: those after `/` belong to the prompt it opens.
- A key has been handled when a `KeyDone` posted after it has come back from its widget, twice: by then the messages that the
  key caused have been handled too.
- Nothing is lost and nothing blocks forever: `KeyDone` of a key is awaited for `PATIENCE` at most.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

PATIENCE = 0.25
"""Seconds to wait for a key to be handled, or for the dialog that it opened."""
RETRY = 0.01
"""Seconds between two checks while keys are waiting."""


class KeyDone(Message, bubble=True):
    """Follows a key from the widget that received it up to the app."""

    def __init__(self, number: int, target: MessagePump, again: bool = True) -> None:
        super().__init__()
        self.number, self.target, self.again = number, target, again

    def send(self) -> bool:
        """Post it to the widget; False if the widget is gone."""
        return self.target.post_message(self)


class KeyQueue:
    """The queue. `deliver` passes an event on to the toolkit, `target` is the widget that will receive it, `ready` tells
    whether the screen in front accepts keys, `schedule` calls a function after some seconds."""

    def __init__(
        self,
        deliver: Callable[[events.Event], Awaitable[None]],
        target: Callable[[], MessagePump],
        ready: Callable[[], bool],
        schedule: Callable[[float, Callable[[], Awaitable[None]]], object],
    ) -> None:
        self._deliver, self._target, self._ready, self._schedule = deliver, target, ready, schedule
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._delivered = 0
        """How many events have been delivered; the number of the last one."""
        self._delivered_at = 0.0
        self._pending = False
        """Whether the last one is still being handled."""
        self._retrying = False

    async def put(self, event: events.Key | events.Paste) -> None:
        """Deliver an event now, or after those before it."""
        self._waiting.append(event)
        await self._advance()

    async def done(self, message: KeyDone) -> None:
        """The last event has been handled, or has made its first round."""
        if message.number == self._delivered:
            self._pending = message.again and KeyDone(message.number, message.target, again=False).send()
            await self._advance()

    async def _advance(self) -> None:
        """Deliver waiting events until one of them is pending."""
        try:
            while self._waiting and not self._busy():
                event = self._waiting.popleft()
                target = self._target()
                self._delivered += 1
                self._delivered_at = time.monotonic()
                await self._deliver(event)
                self._pending = event.is_forwarded and KeyDone(self._delivered, target).send()
        finally:  # If what a key did has failed, the next ones are delivered all the same.
            if self._waiting and not self._retrying:
                self._retrying = True
                self._schedule(RETRY, self._retry)

    async def _retry(self) -> None:
        self._retrying = False
        await self._advance()

    def _busy(self) -> bool:
        return (self._pending or not self._ready()) and time.monotonic() - self._delivered_at < PATIENCE
