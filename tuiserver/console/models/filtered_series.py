"""The messages of a series that match a filter, as a series of their own: indexes that never change, oldest to newest.

    filtered = FilteredSeries(filter)
    more = filtered.update(series)           # once a frame: True while older messages have not been examined

Rules of this file:
- A call examines a bounded number of messages and bytes, the newest first, so that results appear at once.
- Matches found later among older messages get indexes below the others, down to negative ones: none ever changes.
- Gaps are not messages. A filter leaves them out; where messages are only hidden by rules, they stay.
"""

from __future__ import annotations

from collections.abc import Callable

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
    """The matches. It is an `Entries` of the window. `hides` tells which of them are left out all the same, and counted;
    `costly`: it has to decode messages."""

    def __init__(
        self, wanted: Filter[Entry], hides: Callable[[Entry], bool] | None = None, costly: bool = False
    ) -> None:
        self._filter, self._hides = wanted, hides
        self._cost = DECODED_COST if wanted.costly or costly else 1
        self._hidden: Matches[int] = Matches()
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

    @property
    def hidden(self) -> int:
        """How many matches are left out because of `hides`."""
        return len(self._hidden)

    def update(self, source: Series) -> bool:
        """Examine new messages, then older ones, and forget those that were dropped. True while there is more to do."""
        matches = self._matches
        end = source.end
        if end > source.first and isinstance(source.get(end - 1), Skipped):
            end -= 1  # It may still grow.
        if self._oldest is None or source.end < self._newest:
            matches.clear()
            self._hidden.clear()
            self._oldest = self._newest = end
        while len(matches) and matches.get(matches.first)[0] < source.first:
            matches.drop_first()
        while self.hidden and self._hidden.get(self._hidden.first) < source.first:
            self._hidden.drop_first()
        self._newest = max(self._newest, source.first)
        self._oldest = max(self._oldest, source.first)
        entries, size = ENTRIES_PER_FRAME, BYTES_PER_FRAME
        while self._newest < end and entries > 0 and size > 0:
            entry = source.get(self._newest)
            if self._fits(entry):
                if self._hides is not None and self._hides(entry):
                    self._hidden.append(self._newest)
                else:
                    matches.append((self._newest, entry))
            self._newest += 1
            entries, size = entries - self._cost, size - len(getattr(entry, "data", b""))
        while self._oldest > source.first and entries > 0 and size > 0:
            self._oldest -= 1
            entry = source.get(self._oldest)
            if self._fits(entry):
                if self._hides is not None and self._hides(entry):
                    self._hidden.prepend(self._oldest)
                else:
                    matches.prepend((self._oldest, entry))
            entries, size = entries - self._cost, size - len(getattr(entry, "data", b""))
        return self._newest < end or self._oldest > source.first

    def _fits(self, entry: Entry) -> bool:
        return not self._filter if isinstance(entry, Skipped) else self._filter.matches(entry)
