"""Decides when the console draws: at once after a quiet moment, otherwise ten or twenty times a second.

    frames = FrameClock(take_events, draw_panes, schedule, after_refresh, covered)
    frames.start(FlowControl(write))         # draws the first frame
    frames.wake()                            # events are waiting: a frame is due
    frames.refresh()                         # something else has changed: draw now

Rules of this file:
- Nothing is polled: without `wake` there is no frame.
- On a slow terminal a frame is withheld until the one before it has been displayed (`flow_control.py`).
- Panes behind a dialog are not drawn: for a single line of them, the toolkit would redraw the whole screen and the dialog.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tuiserver.console.terminal.flow_control import FlowControl

BUSY_INTERVAL = 0.1
"""Minimum seconds between two frames while many events arrive: with more frames, a key would wait longer for the server."""
INTERVAL = 0.05
"""Minimum seconds between two frames otherwise: a message is on the screen within a tenth of a second."""
MANY = 100
"""Events in one frame that count as many."""


class FrameClock:
    """The clock of one console.

    `take_events` takes the waiting events into the models and returns how many there were; `draw_panes` draws what has
    changed. `schedule(seconds, function)` calls a function later, at the next opportunity for 0. `after_refresh(function)`
    calls one when the pending drawing has been written. `covered` tells whether a dialog is in front of the panes. `now` is
    monotonic, in seconds.
    """

    def __init__(
        self,
        take_events: Callable[[], int],
        draw_panes: Callable[[], object],
        schedule: Callable[[float, Callable[[], object]], object],
        after_refresh: Callable[[Callable[[], object]], object],
        covered: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take_events, self._draw_panes = take_events, draw_panes
        self._schedule, self._after_refresh, self._covered = schedule, after_refresh, covered
        self.now = now
        self._terminal: FlowControl | None = None
        self._started = self._due = self._many = self._withheld = False
        self._last = 0.0

    def start(self, terminal: FlowControl | None) -> None:
        """Draw the first frame; from now on `wake` makes others. `terminal` is None where there is no real one."""
        self._started = True
        self._terminal = terminal
        self._frame()

    def reset(self, terminal: FlowControl | None) -> None:
        """The shell had the terminal: answers to earlier questions will not come."""
        self._terminal = terminal

    def wake(self) -> None:
        """Draw a frame as soon as one may be drawn."""
        if self._started and not self._due:
            self._due = True
            wait = self._last + (BUSY_INTERVAL if self._many else INTERVAL) - self.now()
            self._schedule(max(0.0, wait), self._frame)

    def _frame(self) -> None:
        self._due = False
        self._last = self.now()
        self._many = self._take_events() >= MANY
        self.refresh()

    def refresh(self) -> bool:
        """Draw what has changed in the panes, if anything may be drawn now; returns whether it was."""
        if self.withhold():
            return False
        self._withheld = False
        self._draw_panes()
        self.drawn()
        return True

    def withhold(self) -> bool:
        """Whether what changed on the server must not be drawn now; another frame follows when it may."""
        behind = self._terminal is not None and self._terminal.behind
        self._withheld = self._withheld or behind
        return behind or self._covered()

    def drawn(self) -> None:
        """Something was drawn: ask the terminal to report when it has displayed it."""
        if self._terminal is not None:
            self._terminal.drawn()
            self._after_refresh(self._terminal.ask)

    def terminal_answered(self) -> None:
        """The terminal has displayed the last frame."""
        if self._terminal is not None:
            self._terminal.answered()
        if self._withheld:
            self.wake()
