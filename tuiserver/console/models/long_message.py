"""One message of any length as lines, found from wherever one stands: text, or a hexdump.

    text = LongText(data, width, glyphs)
    place = text.at(offset)                  # the line in which a byte stands
    text.words(place); text.after(place); text.before(place)     # None behind the ends

Rules of this file:
- Pure. Only what is near the place is looked at: 50 MB cost no more than a page.
- The same byte begins the same line from wherever one came. So a piece that is wrapped begins after a line ending, or
  where `PIECE` bytes have passed since the last one.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tuiserver.console.text.escape import wrap
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hexdump import hex_line, offset_digits

PIECE = 4096
"""Bytes that are wrapped at once, of a line that does not end."""


class Place(NamedTuple):
    """A line: the offset where its piece begins, and its number within the piece."""

    offset: int
    line: int = 0


class LongLines(Protocol):
    """A message as lines."""

    def at(self, offset: int) -> Place:
        """The line in which the byte at `offset` stands, or near it."""

    def words(self, place: Place) -> str:
        """What the line says."""

    def after(self, place: Place) -> Place | None:
        """The next line; None at the end."""

    def before(self, place: Place) -> Place | None:
        """The line before; None at the beginning."""


class LongText:
    """The text, wrapped at `width` columns."""

    def __init__(self, data: bytes, width: int, glyphs: Glyphs = UNICODE) -> None:
        self._data = data
        self._width = max(8, width)
        self._glyphs = glyphs
        self._known = (0, 0)

    def at(self, offset: int) -> Place:
        """As `LongLines.at`."""
        start = self._start(offset)
        lines, done = self._lines(start), 0
        wanted = len(wrap(self._data[start:offset], 1 << 30, self._glyphs)[0]) if offset > start else 0
        for number, line in enumerate(lines):
            done += len(line)
            if done > wanted:
                return Place(start, number)
        return Place(start, len(lines) - 1)

    def words(self, place: Place) -> str:
        """As `LongLines.words`."""
        return self._lines(place.offset)[place.line]

    def after(self, place: Place) -> Place | None:
        """As `LongLines.after`."""
        if place.line + 1 < len(self._lines(place.offset)):
            return Place(place.offset, place.line + 1)
        end = self._end(place.offset)
        return Place(end) if end < len(self._data) else None

    def before(self, place: Place) -> Place | None:
        """As `LongLines.before`."""
        if place.line:
            return Place(place.offset, place.line - 1)
        if not place.offset:
            return None
        start = self._start(place.offset - 1)
        return Place(start, len(self._lines(start)) - 1)

    def _start(self, offset: int) -> int:
        """Where the piece begins in which a byte stands."""
        offset = max(0, min(offset, len(self._data) - 1))
        line = self._line(offset)
        count = (offset - line) // PIECE
        following = self._whole(line + (count + 1) * PIECE, line)
        return following if following <= offset else self._whole(line + count * PIECE, line)

    def _end(self, start: int) -> int:
        """Where the piece after the one that begins at `start` does."""
        line = self._line(start)
        found = self._data.find(b"\n", start, start + PIECE + 4)
        count = (start - line + 3) // PIECE  # `_whole` may have moved it by three
        return min(found + 1 or len(self._data), self._whole(line + (count + 1) * PIECE, line))

    def _line(self, offset: int) -> int:
        """Where the line begins in which a byte stands; the last one found is remembered, for it may be 50 MB away."""
        start, seen = self._known
        if not start <= offset <= seen:
            found = self._data.rfind(b"\n", seen if offset > seen else 0, offset)
            start = found + 1 if found >= 0 or offset < seen else start
            self._known = (start, offset)
        return start

    def _whole(self, mark: int, line: int) -> int:
        """A mark within a line, moved back to where a character of UTF-8 begins."""
        for back in range(4):
            at = mark - back
            if at <= line or at >= len(self._data) or self._data[at] & 0xC0 != 0x80:
                return at
        return mark

    def _lines(self, start: int) -> tuple[str, ...]:
        return wrap(self._data[start : self._end(start)], self._width, self._glyphs)


class LongDump:
    """The hexdump: offset, bytes, and what is printable of them."""

    def __init__(self, data: bytes, width: int, glyphs: Glyphs = UNICODE) -> None:
        self._data = data
        self._per_line = 32 if width >= 143 else 16 if width >= 78 else 8 if width >= 44 else 4
        self._digits = offset_digits(len(data))
        self._dot = glyphs.dot

    def at(self, offset: int) -> Place:
        """As `LongLines.at`."""
        offset = max(0, min(offset, len(self._data) - 1))
        return Place(offset - offset % self._per_line)

    def words(self, place: Place) -> str:
        """As `LongLines.words`."""
        data = self._data[place.offset : place.offset + self._per_line]
        return "  ".join(hex_line(data, place.offset, self._per_line, self._digits, self._dot))

    def after(self, place: Place) -> Place | None:
        """As `LongLines.after`."""
        end = place.offset + self._per_line
        return Place(end) if end < len(self._data) else None

    def before(self, place: Place) -> Place | None:
        """As `LongLines.before`."""
        return Place(place.offset - self._per_line) if place.offset else None
