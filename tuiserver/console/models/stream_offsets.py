"""Where each message begins in the stream of its connection and direction, and where its run began.

    offsets = StreamOffsets(framed)          # `framed` tells of a connection whether its messages have boundaries
    offsets.update(series)                   # once a frame, before the others are called
    offsets.start(index); offsets.run(index); offsets.begins(index); offsets.cost(index)

A *run* is what one side said without interruption: consecutive messages of one connection and direction. A gap ends it, and
where messages have boundaries each one is a run.

Rules of this file:
- Three numbers per message, computed once, when it is new: 24 bytes of memory, and offsets that stay when memory drops the
  oldest messages.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from tuiserver.core.events import Sent, Skipped
from tuiserver.views.transcript import Series

MESSAGE_COST = 32
"""What a message adds to the cost of a line, in bytes: many short ones take long to join."""
_COMPACT = 4096
"""The numbers of dropped messages are removed when there are so many of them, and more than of others."""


class StreamOffsets:
    """The offsets. An index is that of a message in the series; `first` is the lowest that is known."""

    def __init__(self, framed: Callable[[int], bool]) -> None:
        self.first = 0
        self._framed = framed
        self._starts = array("q")
        self._runs = array("q")
        self._costs = array("q")
        self._totals: dict[int, int] = {}
        """The bytes so far by connection, negated for what was sent."""
        self._stream = 0
        self._run = 0
        self._cost = 0

    def start(self, index: int) -> int:
        """The offset of the first byte of a message, counted from the first message that was known."""
        return self._starts[index - self.first]

    def run(self, index: int) -> int:
        """The offset at which the run of a message begins."""
        return self._runs[index - self.first]

    def begins(self, index: int) -> bool:
        """Whether a message is the first of its run."""
        index -= self.first
        return self._starts[index] == self._runs[index]

    def cost(self, index: int) -> int:
        """The bytes of all messages before, and `MESSAGE_COST` for each that has any."""
        return self._costs[index - self.first]

    def update(self, series: Series) -> None:
        """Take new messages, and forget those that were dropped."""
        numbers = self._starts, self._runs, self._costs
        end = self.first + len(self._starts)
        if series.first > end:
            self.first = end = series.first
            self._stream = 0
            for each in numbers:
                del each[:]
        elif (dropped := series.first - self.first) > max(_COMPACT, len(series)):
            self.first = series.first
            for each in numbers:
                del each[:dropped]
        if series.end > end:
            self._add(series, end)

    def _add(self, series: Series, end: int) -> None:
        """Take the messages from the index `end` on."""
        totals, stream, run, cost = self._totals, self._stream, self._run, self._cost
        starts, runs, costs = self._starts.append, self._runs.append, self._costs.append
        start, framed = totals.get(stream, 0), self._framed(abs(stream))
        for entry in series.since(end):
            costs(cost)
            if isinstance(entry, Skipped):
                totals[stream], stream = start, 0
                starts(0)
                runs(0)
                continue
            direction = -entry.id if type(entry) is Sent else entry.id
            if direction != stream:
                totals[stream], stream = start, direction
                run = start = totals.get(stream, 0)
                framed = self._framed(entry.id)
            elif framed:
                run = start
            starts(start)
            runs(run)
            length = len(entry.data)
            start += length
            if length:
                cost += length + MESSAGE_COST
        totals[stream] = start
        self._stream, self._run, self._cost = stream, run, cost
