"""The errors of late, as one toast tells them: repeated ones are counted, not stacked."""

from __future__ import annotations

from tuiserver.console.text.escape import escape
from tuiserver.console.text.glyphs import UNICODE, Glyphs

TOAST = 6.0
"""Seconds that an error stays on the screen; the same one within that time is counted."""


class Errors:
    """The errors of late: each once, with how often it came."""

    MOST = 3

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        self._glyphs = glyphs
        self._seen: dict[str, tuple[int, float]] = {}
        self._new = False

    def add(self, text: str, now: float) -> None:
        """One more, at `now` in monotonic seconds; those that are no longer shown are forgotten."""
        self._seen = {old: item for old, item in self._seen.items() if now - item[1] < TOAST}
        count = self._seen.pop(text, (0, 0.0))[0] + 1
        self._seen[text] = (count, now)
        self._new = True

    def take(self) -> str:
        """What to show, the latest last; empty when there is nothing new."""
        if not self._new:
            return ""
        self._new = False
        latest = list(self._seen.items())[-self.MOST :]
        return "\n".join(
            escape(text, 200, self._glyphs) + (f"  ({count:,} times)" if count > 1 else "")
            for text, (count, _) in latest
        )
