"""The messages of a series that match a filter, as a series: indexes that never change, oldest to newest.

    sifted = FilteredSeries(wanted)
    more = sifted.update(series)             # once a frame: True while older messages are still to be looked at

Rules of this file:
- A look is bounded: so many messages and bytes a frame, the newest first, so that what is asked for appears at once.
- The oldest hit found later gets an index below the others (below 0 in the end): none ever changes.
- Gaps are no messages, and are left out.
"""

from __future__ import annotations

from collections import deque

from tuiserver.core.events import Skipped
from tuiserver.core.filters import Filter
from tuiserver.views.transcript import Entry, Series

ENTRIES = 2000
"""Messages looked at in one frame."""
BYTES = 1 << 20
"""Bytes looked at in one frame; a longer message is looked at whole."""


class FilteredSeries:
    """What matches. It has what `window.Entries` asks for."""

    def __init__(self, wanted: Filter[Entry]) -> None:
        self._wanted = wanted
        self._hits: deque[tuple[int, Entry]] = deque()
        self.first = self.end = 0
        self._older: int | None = None
        self._newer = 0

    def get(self, index: int) -> Entry:
        """The hit at `index`; raises `IndexError` for one that is not there."""
        if not self.first <= index < self.end:
            raise IndexError(index)
        return self._hits[index - self.first][1]

    def __len__(self) -> int:
        return len(self._hits)

    def update(self, source: Series) -> bool:
        """Look at what came, then at what is older; forget what was dropped. True while there is more to look at."""
        if self._older is None or source.end < self._newer:
            self._hits.clear()
            self.first = self.end
            self._older = self._newer = source.end
        while self._hits and self._hits[0][0] < source.first:
            self._hits.popleft()
            self.first += 1
        self._newer = max(self._newer, source.first)
        self._older = max(self._older, source.first)
        entries, size = ENTRIES, BYTES
        while self._newer < source.end and entries and size > 0:
            entry = source.get(self._newer)
            if self._fits(entry):
                self._hits.append((self._newer, entry))
                self.end += 1
            self._newer += 1
            entries, size = entries - 1, size - len(getattr(entry, "data", b""))
        while self._older > source.first and entries and size > 0:
            self._older -= 1
            entry = source.get(self._older)
            if self._fits(entry):
                self._hits.appendleft((self._older, entry))
                self.first -= 1
            entries, size = entries - 1, size - len(getattr(entry, "data", b""))
        return self._newer < source.end or self._older > source.first

    def _fits(self, entry: Entry) -> bool:
        return not isinstance(entry, Skipped) and self._wanted.matches(entry)
