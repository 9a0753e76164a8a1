"""The bytes of messages as one stream: lines of text that go on from one message to the next, or rows of a hexdump.

    stream = Stream(framed)                  # `framed` tells of a connection whether its messages have boundaries
    stream.update(series, entries)           # once a frame: all messages, and those of them that the filter leaves
    stream.get(index)                        # a StreamLine, or the gap where messages are missing
    stream.after(index); stream.before(index)

A line ends after a line feed, where the other side or another connection speaks, and at a gap; in a hexdump after
`row_size` bytes. A line without a line feed is cut after 8 to 16 KiB, or 256 to 512 messages.

Rules of this file:
- The index of a line is that of the message in which it begins, and the offset of its first byte there: `message << 32 | offset`.
- No line is counted, and few are kept: each is computed from the messages around it, so that a stream of any length costs what
  is visible of it. Where a line begins depends on the bytes before it alone, and stays as messages come and are dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TypeVar

from msgspec import structs

from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.searcher import ITEMS_PER_SLICE, EntryItems
from tuiserver.console.models.stream_offsets import MESSAGE_COST, StreamOffsets
from tuiserver.console.text.stream_lines import StreamLine
from tuiserver.core.events import Skipped
from tuiserver.views.transcript import Series

OFFSET_BITS = 32
"""Bits of the offset in the index of a line."""
LINE_LIMIT = 8192
"""A line without a line feed is cut at multiples of this cost (`StreamOffsets.cost`)."""
MAX_KEPT = 256
"""Finished lines to cache."""
LINE_ENDS = (b"\n",)
"""What ends a line of text in most character sets."""
CONTEXT = 64
"""Bytes before and after a row of the hexdump in which a hit that crosses its edge is looked for."""
UTF8_LENGTH = 4
"""Bytes of the longest UTF-8 sequence."""

LINE_COST = 20
"""The cost of searching a line, relative to a message in the list."""

T = TypeVar("T")
Point = tuple[int, int]
"""A message, by its index, and an offset in it."""


def _find(data: bytes, wanted: tuple[bytes, ...], start: int, stop: int) -> int:
    """Where the first of these is; -1 if none is."""
    if len(wanted) == 1:
        return data.find(wanted[0], start, stop)
    return min((found for each in wanted if (found := data.find(each, start, stop)) >= 0), default=-1)


class Stream:
    """The lines. It is an `Entries` of the window. `framed` tells of a connection whether its messages have boundaries,
    `line_ends_of` what ends a line of its text."""

    def __init__(
        self,
        framed: Callable[[int], bool],
        line_ends_of: Callable[[int], tuple[bytes, ...]] = lambda connection: LINE_ENDS,
    ) -> None:
        self._line_ends_of = line_ends_of
        self.row_size = 0
        """Bytes in a row of the hexdump; 0 for lines of text."""
        self._offsets = StreamOffsets(framed)
        self._entries: Series | FilteredSeries = Series()
        self._lines: dict[int, StreamLine | Skipped] = {}
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        """Caches for finished lines: the results of `get`, `before` and `after`."""
        self._known_first = 0
        self.text: Stream = copy(self)
        """The same bytes as lines of text, also while this has rows of a hexdump."""

    def update(self, series: Series, filtered: FilteredSeries | None = None, row_size: int = 0) -> None:
        """Take new messages: all of a series, or those that the filter leaves."""
        self._offsets.update(series)
        self.read(series if filtered is None else filtered, row_size)
        self.text.read(self._entries, 0)

    def read(self, entries: Series | FilteredSeries, row_size: int) -> None:
        """Read from these messages, whose offsets `update` has computed."""
        # A filter finds older messages later, which the first line may continue.
        if entries is not self._entries or row_size != self.row_size or entries.first < self._known_first:
            self._lines, self._starts, self._ends = {}, {}, {}
        self._entries, self.row_size, self._known_first = entries, row_size, entries.first

    @property
    def first(self) -> int:
        """As `Entries.first`."""
        return self._entries.first << OFFSET_BITS

    @property
    def end(self) -> int:
        """As `Entries.end`."""
        return self._entries.end << OFFSET_BITS

    def __len__(self) -> int:
        """The number of messages."""
        return len(self._entries)

    def get(self, index: int) -> StreamLine | Skipped:
        """The line that begins there; raises `IndexError`."""
        if (line := self._lines.get(index)) is not None and index >= self.first:
            return line
        line = self._make(_point(index))
        if self.after(index) < self.end:
            _remember(self._lines, index, line)
        return line

    def _make(self, start: Point) -> StreamLine | Skipped:
        entry = self._entries.get(start[0])
        if isinstance(entry, Skipped):
            return entry
        stop = _point(self.after(_index(start)))
        data = self._bytes(start, stop)
        line = StreamLine(structs.replace(entry, data=data, size=len(data)), self._offset(start))
        if not self.row_size:
            return line
        return line._replace(before=self._bytes(self._back(start, CONTEXT), start), after=self._ahead(stop, CONTEXT))

    def after(self, index: int) -> int:
        """As `Entries.after`."""
        if index < self.first:
            return self.first
        if (end := self._ends.get(index)) is None:
            end = _index(self._after(_point(index)))
            if end < self.end:
                _remember(self._ends, index, end)
        return end

    def before(self, index: int) -> int:
        """As `Entries.before`."""
        if index <= self.first:
            return self.first - 1
        if (start := self._starts.get(index)) is None or start < self.first:
            start = _index(self._before(_point(index)))
            if index < self.end:
                _remember(self._starts, index, start)
        return start

    def align(self, index: int) -> int:
        """As `Entries.align`."""
        return self.before(max(self.first, min(index, self.end - 1)) + 1) if len(self) else index

    def distance(self, start: int, end: int) -> int:
        """As `Entries.distance`, in messages: how many lines are not visible is not known."""
        return (end >> OFFSET_BITS) - (start >> OFFSET_BITS)

    def position(self, index: int) -> float:
        """As `Entries.position`, in messages."""
        message, offset = _point(index)
        return message + (offset / len(self._data(message)) if offset and index >= self.first else 0)

    def index_at(self, position: float) -> int:
        """As `Entries.index_at`."""
        message = int(position // 1)
        return self.align(_index((message, int(position % 1 * len(self._data(message))))))

    def seek(self, index: int, count: int) -> int:
        """The index of the byte that is `count` bytes after the start of a line; `align` accepts it."""
        message, offset = _point(index)
        while (size := len(self._data(message))) <= offset + count:
            message, offset, count = message + 1, 0, count - (size - offset)
        return _index((message, offset + count))

    def text_index(self, index: int) -> int:
        """The index in `text` of the line that begins in a row, or else of the one that has its first byte."""
        start = self.text.align(index)
        if start < index and (following := self.text.after(start)) < min(self.after(index), self.end):
            return following
        return start

    @property
    def finished(self) -> int:
        """The index after the last finished line."""
        last = self.before(self.end)
        if last < self.first:
            return self.end
        line = self.get(last)
        return self.end if isinstance(line, Skipped) or line.data.endswith(self._line_ends_of(line.id)) else last

    # -- from one line to the next ------------------------------------------------------------------------------------

    def _after(self, point: Point) -> Point:
        """Where the line that begins at `point` ends."""
        index, offset = point
        entry = self._entries.get(index)
        if isinstance(entry, Skipped):
            return index + 1, 0
        data, left = entry.data, self._limit(point)
        message_cost, line_ends = 0 if self.row_size else MESSAGE_COST, self._line_ends_of(entry.id)
        while True:
            if not self.row_size and (found := _find(data, line_ends, offset, offset + left)) >= 0:
                return self._normalize((index, found + 1))
            if len(data) - offset >= left:
                return self._normalize(self._character_start((index, offset + left)))
            left -= len(data) - offset + message_cost * bool(data)
            index, offset = index + 1, 0
            if not self._continues(index):
                return index, 0
            if left <= 0:
                return self._normalize(self._character_start((index, 0)))
            data = self._data(index)

    def _limit(self, point: Point) -> int:
        """How much the line that begins at `point` costs at most; of a row, how many bytes it has."""
        if self.row_size:
            return self.row_size - self._in_run(point) % self.row_size
        rest = self._cost(point) % LINE_LIMIT
        if not point[1] and rest <= MESSAGE_COST:  # The multiple is in the cost of the message before.
            return LINE_LIMIT - rest
        return 2 * LINE_LIMIT - rest if rest else LINE_LIMIT

    def _before(self, point: Point) -> Point:
        """Where the line that ends at `point` or after it begins."""
        index, offset = point
        while not offset:
            index -= 1
            if isinstance(self._entries.get(index), Skipped):
                return index, 0
            offset = len(self._data(index))
            if not self._continues(index):
                break
        if isinstance(self._entries.get(index), Skipped):
            return index, 0
        if self.row_size:
            return self._back((index, offset), (self._in_run((index, offset)) - 1) % self.row_size + 1)
        start = self._earlier_start((index, offset))
        while (following := self._after(start)) < point:
            start = following
        return start

    def _earlier_start(self, point: Point) -> Point:
        """The start of a line that is at most two lines before `point`."""
        index, stop = point
        left = 3 * LINE_LIMIT
        entry = self._entries.get(index)
        line_ends = LINE_ENDS if isinstance(entry, Skipped) else self._line_ends_of(entry.id)
        stop = max(0, stop - 1)  # A line feed here would end the line that is looked for.
        while True:
            found = max(self._data(index).rfind(end, max(0, stop - left), stop) for end in line_ends)
            if found >= 0:
                return self._normalize((index, found + 1))
            left -= stop + MESSAGE_COST * bool(stop)
            if left <= 0:  # It was cut at the last multiple.
                return self._cut_before(point)
            if not self._continues(index):
                return index, 0
            index -= 1
            stop = len(self._data(index))

    def _cut_before(self, point: Point) -> Point:
        """Where a long line without a line feed was cut last before `point`."""
        index, cost = point[0], (self._cost(point) - 1) // LINE_LIMIT * LINE_LIMIT
        while self._cost((index, 0)) > cost:
            index -= 1
        offset = min(cost - self._cost((index, 0)), len(self._data(index)))
        return self._normalize(self._character_start(self._normalize((index, offset))))

    # -- positions ----------------------------------------------------------------------------------------------------

    def _number(self, index: int) -> int:
        """The index of a message among all, filtered out or not."""
        return index if isinstance(self._entries, Series) else self._entries.source_index(index)

    def _continues(self, index: int) -> bool:
        """Whether a message continues the run of the one before it."""
        entries = self._entries
        if not entries.first < index < entries.end:
            return False
        number = self._number(index)
        return not self._offsets.begins(number) and number - 1 == self._number(index - 1)

    def _offset(self, point: Point) -> int:
        """The offset in the stream."""
        return self._offsets.start(self._number(point[0])) + point[1]

    def _cost(self, point: Point) -> int:
        return self._offsets.cost(self._number(point[0])) + point[1]

    def _in_run(self, point: Point) -> int:
        """The offset in the run."""
        return self._offset(point) - self._offsets.run(self._number(point[0]))

    def _data(self, index: int) -> bytes:
        entry = self._entries.get(index)
        return b"" if isinstance(entry, Skipped) else entry.data

    def _normalize(self, point: Point) -> Point:
        """The same position; at the end of a message, as the beginning of the one that follows."""
        index, offset = point
        while index < self._entries.end and offset >= len(self._data(index)):
            index, offset = index + 1, 0
            if not self._continues(index):
                break
        return index, offset

    def _back(self, point: Point, count: int) -> Point:
        """The position `count` bytes before; at most the beginning of the run."""
        index, offset = point
        while count > offset:
            if not self._continues(index):
                return index, 0
            count -= offset
            index -= 1
            offset = len(self._data(index))
        return index, offset - count

    def _ahead(self, point: Point, count: int) -> bytes:
        """The next bytes of the run, at most `count`."""
        index, offset = self._normalize(point)
        found = b""
        while len(found) < count and (offset or self._continues(index)):
            found += self._data(index)[offset : offset + count - len(found)]
            index, offset = index + 1, 0
        return found

    def _character_start(self, point: Point) -> Point:
        """The position, moved back to the beginning of a UTF-8 sequence; of a hexdump, the position itself."""
        start = point
        for _ in range(0 if self.row_size else UTF8_LENGTH):
            index, offset = self._normalize(start)
            if index != start[0] and not self._continues(index):
                break
            if self._data(index)[offset] & 0xC0 != 0x80:
                return start
            start = self._back(start, 1)
        return point

    def _bytes(self, start: Point, stop: Point) -> bytes:
        (index, offset), (last, length) = start, stop
        if index == last:
            return self._data(index)[offset:length]
        parts = [self._data(index)[offset:], *map(self._data, range(index + 1, last))]
        if length:
            parts.append(self._data(last)[:length])
        return b"".join(parts)


class StreamItems(EntryItems):
    """The lines, for a search."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._stream = stream

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`: to join a line of many messages takes long."""
        return (LINE_COST + MESSAGE_COST // 8 * abs(self._stream.distance(index, following))) / ITEMS_PER_SLICE


class FinishedItems(StreamItems):
    """The finished lines, for counting hits: a line is counted once, when it is complete."""

    @property
    def end(self) -> int:
        """As `Items.end`."""
        return self._stream.finished


def _remember(kept: dict[int, T], index: int, value: T) -> None:
    if len(kept) >= MAX_KEPT:
        kept.clear()
    kept[index] = value


def _point(index: int) -> Point:
    return index >> OFFSET_BITS, index & (1 << OFFSET_BITS) - 1


def _index(point: Point) -> int:
    return (point[0] << OFFSET_BITS) + point[1]
