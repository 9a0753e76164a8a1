"""How many rows the panes want, kept calm: a pane grows at once, a few times a second at most, and shrinks when that gains
several rows for a while.

    wanted = WantedRows()
    wanted.update({"messages": 7}, time.monotonic())     # True if the panes need another height
    wanted.rows["messages"]

Rules of this file:
- Pure; time is a parameter, in seconds by any clock that runs steadily.
- Who goes through a list sees the panes below it grow, not flicker.
"""

from __future__ import annotations

from collections.abc import Mapping

MIN_GAIN = 3
"""Rows that a pane must be able to give away before it does."""
SETTLE_TIME = 2.0
"""Seconds for which it must not have needed them."""
GROW_INTERVAL = 0.25
"""Seconds between two changes: each draws the whole screen."""
FRESH_TIME = 0.5
"""Seconds after a new arrangement in which panes are drawn for the first time: what they want then is what they get."""


class WantedRows:
    """`rows`: the rows that each pane wants, by its name; empty after `reset`."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._begun = self._changed = float("-inf")
        self._needed_at: dict[str, float] = {}
        """When a pane last needed about as many rows as it has."""

    def reset(self) -> None:
        """Forget what the panes wanted: they are arranged anew."""
        self.rows.clear()

    def update(self, wanted: Mapping[str, int], now: float) -> bool:
        """Take what they want now; returns whether `rows` has changed."""
        before = dict(self.rows)
        if not before:
            self._begun = now
        is_fresh = now - self._begun < FRESH_TIME
        if before and not is_fresh and now - self._changed < GROW_INTERVAL:
            return False
        for name, rows in wanted.items():
            kept = 0 if is_fresh else self.rows.get(name, 0)
            if kept - rows < MIN_GAIN:
                self.rows[name] = max(kept, rows)
                self._needed_at[name] = now
            elif now - self._needed_at[name] >= SETTLE_TIME:
                self.rows[name] = rows
        if self.rows != before:
            self._changed = now
        return self.rows != before
