"""The messages of a series that match a filter, as a series of their own: indexes that never change, oldest to newest.

    filtered = FilteredSeries(filter)
    more = filtered.update(series)           # once a frame: True while older messages have not been examined

Rules of this file:
- A call examines a bounded number of messages and bytes, the newest first, so that results appear at once.
- Matches found later among older messages get indexes below the others, down to negative ones: none ever changes.
- Gaps are not messages, and are left out.
"""

from __future__ import annotations

from tuiserver.console.models.matches import Matches
from tuiserver.core.events import Skipped
from tuiserver.core.filters import Filter
from tuiserver.views.series import Consecutive
from tuiserver.views.transcript import Entry, Series

ENTRIES_PER_FRAME = 2000
BYTES_PER_FRAME = 1 << 20
"""The last message examined may exceed it: it is examined as a whole."""
DECODED_COST = 20
"""How many others a message counts for if it has to be decoded."""


class FilteredSeries(Consecutive):
    """The matches. It is an `Entries` of the window."""

    def __init__(self, wanted: Filter[Entry]) -> None:
        self._filter = wanted
        self._cost = DECODED_COST if wanted.costly else 1
        self._matches: Matches[tuple[int, Entry]] = Matches()
        self._oldest: int | None = None
        self._newest = 0

    @property
    def first(self) -> int:
        """Index of the oldest match."""
        return self._matches.first

    @property
    def end(self) -> int:
        """Index after the newest match."""
        return self._matches.end

    def get(self, index: int) -> Entry:
        """The match at `index`; raises `IndexError`."""
        return self._matches.get(index)[1]

    def source_index(self, index: int) -> int:
        """The index of a match among all messages."""
        return self._matches.get(index)[0]

    def __len__(self) -> int:
        return len(self._matches)

    def update(self, source: Series) -> bool:
        """Examine new messages, then older ones, and forget those that were dropped. True while there is more to do."""
        matches = self._matches
        if self._oldest is None or source.end < self._newest:
            matches.clear()
            self._oldest = self._newest = source.end
        while len(matches) and matches.get(matches.first)[0] < source.first:
            matches.drop_first()
        self._newest = max(self._newest, source.first)
        self._oldest = max(self._oldest, source.first)
        entries, size = ENTRIES_PER_FRAME, BYTES_PER_FRAME
        while self._newest < source.end and entries > 0 and size > 0:
            entry = source.get(self._newest)
            if self._fits(entry):
                matches.append((self._newest, entry))
            self._newest += 1
            entries, size = entries - self._cost, size - len(getattr(entry, "data", b""))
        while self._oldest > source.first and entries > 0 and size > 0:
            self._oldest -= 1
            entry = source.get(self._oldest)
            if self._fits(entry):
                matches.prepend((self._oldest, entry))
            entries, size = entries - self._cost, size - len(getattr(entry, "data", b""))
        return self._newest < source.end or self._oldest > source.first

    def _fits(self, entry: Entry) -> bool:
        return not isinstance(entry, Skipped) and self._filter.matches(entry)
