"""Whether the terminal keeps up: a slow line gets fewer frames, not later ones.

    pace = FlowControl(write)
    if not pace.behind: draw, then pace.drawn(), and pace.ask() behind it
    pace.answered()                                  # the terminal has come to it: what was withheld can be drawn

Rules of this file:
- After a frame the terminal is asked where its cursor is (DSR 6, ECMA-48 8.3.35). It answers in its turn: until then what was
  sent is still on its way, wherever on it (a pty, an SSH connection, a modem) it waits.
- A terminal that has not answered yet gets a frame a second; one that never does is taken at its word after some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

QUESTION = "\x1b[6n"
STRANGE = 8.0
"""Seconds after which a terminal that never answered is taken for one that does not."""
FIRST = 1.0
"""Seconds between two frames until the first answer."""
LOST = 20.0
"""Seconds after which an answer is taken for lost."""


class FlowControl:
    """The pace of one terminal. `write` sends to it."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], float] = time.monotonic) -> None:
        self._write, self._now = write, now
        self._begun: float | None = None
        self._drawn: float | None = None
        """When something was drawn behind which the question has yet to be sent."""
        self._asked: float | None = None
        self._answers = False

    @property
    def behind(self) -> bool:
        """Whether it still has to show what it was sent."""
        since = self._asked if self._drawn is None else self._drawn
        if since is None or self._begun is None:
            return False
        now = self._now()
        if self._answers:
            return now - since < LOST
        return now - self._begun < STRANGE and now - since < FIRST

    def drawn(self) -> None:
        """Something is being drawn; `ask` follows it."""
        self._drawn = self._now()

    def ask(self) -> None:
        """Ask, behind what was drawn."""
        now = self._now()
        self._drawn = None
        self._begun = now if self._begun is None else self._begun
        if not self._answers and now - self._begun >= STRANGE:
            return
        self._asked = now
        self._write(QUESTION)

    def answered(self) -> None:
        """It has come to the question."""
        self._answers = True
        self._asked = None
