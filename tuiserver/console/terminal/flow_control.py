"""Tells whether the terminal keeps up: a slow line gets fewer frames, not later ones.

    terminal = FlowControl(write)
    if not terminal.behind: draw, call terminal.drawn(), and terminal.ask() after the frame has been written
    terminal.answered()                              # the terminal has processed everything up to the question

Rules of this file:
- After a frame the terminal is asked for its cursor position (DSR 6, ECMA-48 8.3.35). It answers in order: until then what
  was sent is still under way, whatever buffers it (a pty, an SSH connection, a modem).
- A terminal that has not answered yet gets one frame a second; one that has not answered after `GIVE_UP` seconds is never
  waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable

QUESTION = "\x1b[6n"
GIVE_UP = 8.0
"""Seconds after which a terminal that has never answered is taken for one that does not."""
FIRST = 1.0
"""Seconds between two frames until the first answer."""
LOST = 20.0
"""Seconds after which an answer is considered lost."""


class FlowControl:
    """Flow control of one terminal. `write` writes to it; `now` is monotonic, in seconds."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], float] = time.monotonic) -> None:
        self._write, self._now = write, now
        self._begun: float | None = None
        self._drawn: float | None = None
        """When a frame was drawn whose question has not been sent yet."""
        self._asked: float | None = None
        self._answers = False

    @property
    def behind(self) -> bool:
        """Whether the terminal has not displayed yet what it was sent."""
        since = self._asked if self._drawn is None else self._drawn
        if since is None or self._begun is None:
            return False
        now = self._now()
        if self._answers:
            return now - since < LOST
        return now - self._begun < GIVE_UP and now - since < FIRST

    def drawn(self) -> None:
        """A frame is being drawn; `ask` follows it."""
        self._drawn = self._now()

    def ask(self) -> None:
        """Send the question, after the frame."""
        now = self._now()
        self._drawn = None
        self._begun = now if self._begun is None else self._begun
        if not self._answers and now - self._begun >= GIVE_UP:
            return
        self._asked = now
        self._write(QUESTION)

    def answered(self) -> None:
        """The terminal has answered."""
        self._answers = True
        self._asked = None
