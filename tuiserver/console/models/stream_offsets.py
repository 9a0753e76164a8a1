"""Where each message begins in the stream of its connection and direction, and where its run began.

    offsets = StreamOffsets(framed)          # `framed` tells of a connection whether its messages have boundaries
    offsets.update(series)                   # once a frame, before the others are called
    offsets.start(index); offsets.run(index); offsets.begins(index)

A *run* is what one side said without interruption: consecutive messages of one connection and direction. A gap ends it, and
where messages have boundaries each one is a run.

Rules of this file:
- Two numbers per message, computed once, when it is new: 16 bytes of memory, and offsets that stay when memory drops the
  oldest messages.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from tuiserver.core.events import Sent, Skipped
from tuiserver.views.transcript import Series

_COMPACT = 4096
"""The numbers of dropped messages are removed when there are so many of them, and more than of others."""


class StreamOffsets:
    """The offsets. An index is that of a message in the series; `first` is the lowest that is known."""

    def __init__(self, framed: Callable[[int], bool]) -> None:
        self.first = 0
        self._framed = framed
        self._starts = array("q")
        self._runs = array("q")
        self._totals: dict[tuple[int, bool], int] = {}
        self._stream: tuple[int, bool] | None = None
        self._run = 0

    def start(self, index: int) -> int:
        """The offset of the first byte of a message, counted from the first message that was known."""
        return self._starts[index - self.first]

    def run(self, index: int) -> int:
        """The offset at which the run of a message begins."""
        return self._runs[index - self.first]

    def begins(self, index: int) -> bool:
        """Whether a message is the first of its run."""
        return self._starts[index - self.first] == self._runs[index - self.first]

    def update(self, series: Series) -> None:
        """Take new messages, and forget those that were dropped."""
        end = self.first + len(self._starts)
        if series.first > end:
            self.first = end = series.first
            del self._starts[:], self._runs[:]
            self._stream = None
        elif series.first - self.first > max(_COMPACT, len(series)):
            del self._starts[: series.first - self.first], self._runs[: series.first - self.first]
            self.first = series.first
        totals = self._totals
        for entry in series.since(end):
            if isinstance(entry, Skipped):
                self._stream = None
                self._starts.append(0)
                self._runs.append(0)
                continue
            stream = (entry.id, type(entry) is Sent)
            start = totals.get(stream, 0)
            if stream != self._stream or self._framed(entry.id):
                self._stream, self._run = stream, start
            self._starts.append(start)
            self._runs.append(self._run)
            totals[stream] = start + len(entry.data)
