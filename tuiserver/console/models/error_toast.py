"""The recent errors, as the text of one toast: repeated ones are counted, not stacked."""

from __future__ import annotations

from tuiserver.console.text.escape import escape
from tuiserver.console.text.glyphs import UNICODE, Glyphs

DURATION = 6.0
"""Seconds that an error stays on the screen; the same one within that time is counted."""
MAX_SHOWN = 3
MAX_LENGTH = 200
"""Columns of one error."""


class ErrorToast:
    """Recent errors, each once, with the number of times it occurred."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        self._glyphs = glyphs
        self._recent: dict[str, tuple[int, float]] = {}
        self._changed = False

    def add(self, text: str, now: float) -> None:
        """Add an error at `now`, in monotonic seconds, and forget those that are no longer shown."""
        self._recent = {old: item for old, item in self._recent.items() if now - item[1] < DURATION}
        count = self._recent.pop(text, (0, 0.0))[0] + 1
        self._recent[text] = (count, now)
        self._changed = True

    def take(self) -> str:
        """The text to show, the latest error last; empty if nothing was added since the last call."""
        if not self._changed:
            return ""
        self._changed = False
        latest = list(self._recent.items())[-MAX_SHOWN:]
        return "\n".join(
            escape(text, MAX_LENGTH, self._glyphs) + (f"  ({count:,} times)" if count > 1 else "")
            for text, (count, _) in latest
        )
