"""One message of any length as lines, computed from any position: as wrapped text, or as a hexdump.

    text = LongText(data, width, glyphs)
    position = text.at(offset)               # the line that has a byte
    text.line(position); text.after(position); text.before(position)     # None beyond the ends

Rules of this file:
- Pure. Only the surroundings of a position are read: 50 MB cost no more than a page.
- The lines are the same from whichever position they are computed. So a chunk that is wrapped begins after a line feed, or
  `CHUNK` bytes after the beginning of the chunk before.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tuiserver.console.text.escape import wrap
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hexdump import hex_line, hex_parts, offset_digits
from tuiserver.console.text.hits import Hits, highlight
from tuiserver.console.text.parts import Part
from tuiserver.core.charsets import UTF8, Charset

CHUNK = 4096
"""Bytes that are wrapped at once, of a line without a line feed."""
MIN_WIDTH = 8
CHARACTER_LENGTH = 4
"""Bytes of the longest character."""


class Position(NamedTuple):
    """A line: the offset at which its chunk begins, and its number within the chunk."""

    offset: int
    line: int = 0


class LongLines(Protocol):
    """A message as lines."""

    def at(self, offset: int) -> Position:
        """The line that has the byte at `offset`, or one next to it."""

    def line(self, position: Position, hits: Hits | None = None) -> list[Part]:
        """The text of a line, with what was searched for highlighted."""

    def after(self, position: Position) -> Position | None:
        """The next line; None at the end."""

    def before(self, position: Position) -> Position | None:
        """The previous line; None at the beginning."""


class LongText:
    """The text, wrapped at `width` columns."""

    def __init__(self, data: bytes, width: int, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> None:
        self._data, self._charset = data, charset
        self._width = max(MIN_WIDTH, width)
        self._glyphs = glyphs
        self._last_line = (0, 0)
        """The start of the line found last, and an offset within it: its line feed may be 50 MB away."""

    def at(self, offset: int) -> Position:
        """As `LongLines.at`."""
        start = self._chunk_start(offset)
        lines, characters = self._lines(start), 0
        target = len(wrap(self._data[start:offset], 1 << 30, self._glyphs, self._charset)[0]) if offset > start else 0
        for number, line in enumerate(lines):
            characters += len(line)
            if characters > target:
                return Position(start, number)
        return Position(start, len(lines) - 1)

    def line(self, position: Position, hits: Hits | None = None) -> list[Part]:
        """As `LongLines.line`."""
        if hits is None:
            return [(self._text(position), "plain")]
        before, after = self.before(position), self.after(position)
        around = (self._text(before) if before else "", self._text(after) if after else "")
        return highlight(self._text(position), hits, *around)

    def _text(self, position: Position) -> str:
        return self._lines(position.offset)[position.line]

    def after(self, position: Position) -> Position | None:
        """As `LongLines.after`."""
        if position.line + 1 < len(self._lines(position.offset)):
            return Position(position.offset, position.line + 1)
        end = self._chunk_end(position.offset)
        return Position(end) if end < len(self._data) else None

    def before(self, position: Position) -> Position | None:
        """As `LongLines.before`."""
        if position.line:
            return Position(position.offset, position.line - 1)
        if not position.offset:
            return None
        start = self._chunk_start(position.offset - 1)
        return Position(start, len(self._lines(start)) - 1)

    def _chunk_start(self, offset: int) -> int:
        """The start of the chunk that contains the byte at `offset`."""
        offset = max(0, min(offset, len(self._data) - 1))
        line = self._line_start(offset)
        count = (offset - line) // CHUNK
        next_start = self._charset.start(self._data, line + (count + 1) * CHUNK, line)
        return next_start if next_start <= offset else self._charset.start(self._data, line + count * CHUNK, line)

    def _chunk_end(self, start: int) -> int:
        """The end of the chunk that begins at `start`."""
        line = self._line_start(start)
        following = self._after_line_feed(start, start + CHUNK + CHARACTER_LENGTH)
        count = (
            start - line + CHARACTER_LENGTH - 1
        ) // CHUNK  # `start` may have been moved to the start of a character
        return min(following or len(self._data), self._charset.start(self._data, line + (count + 1) * CHUNK, line))

    def _line_start(self, offset: int) -> int:
        """The start of the line that contains the byte at `offset`."""
        start, known = self._last_line
        if not start <= offset <= known:
            found = self._before_line_feed(known if offset > known else 0, offset)
            start = found if found or offset < known else start
            self._last_line = (start, offset)
        return start

    def _after_line_feed(self, start: int, stop: int) -> int:
        """The offset after the first line feed between two offsets; 0 if there is none."""
        line_feed, unit = self._charset.line_feed, self._charset.unit
        while (found := self._data.find(line_feed, start, stop)) >= 0:
            if found % unit == 0:
                return found + len(line_feed)
            start = found + 1
        return 0

    def _before_line_feed(self, start: int, stop: int) -> int:
        """The offset after the last line feed between two offsets; 0 if there is none."""
        line_feed, unit = self._charset.line_feed, self._charset.unit
        while (found := self._data.rfind(line_feed, start, stop)) >= 0:
            if found % unit == 0:
                return found + len(line_feed)
            stop = found + len(line_feed) - 1
        return 0

    def _lines(self, start: int) -> tuple[str, ...]:
        return wrap(self._data[start : self._chunk_end(start)], self._width, self._glyphs, self._charset)


class LongDump:
    """The hexdump, with as many bytes per line as fit into `width` columns: 32, 16, 8 or 4."""

    def __init__(self, data: bytes, width: int, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> None:
        self._data, self._column = data, charset.column
        self._per_line = 32 if width >= 143 else 16 if width >= 78 else 8 if width >= 44 else 4
        self._digits = offset_digits(len(data))
        self._dot = glyphs.dot

    def at(self, offset: int) -> Position:
        """As `LongLines.at`."""
        offset = max(0, min(offset, len(self._data) - 1))
        return Position(offset - offset % self._per_line)

    def line(self, position: Position, hits: Hits | None = None) -> list[Part]:
        """As `LongLines.line`."""
        start, stop = position.offset, position.offset + self._per_line
        line = hex_line(self._data[start:stop], start, self._per_line, self._digits, self._dot, self._column)
        return hex_parts(line, hits.in_bytes(self._data, start, stop) if hits else (), "plain")

    def after(self, position: Position) -> Position | None:
        """As `LongLines.after`."""
        end = position.offset + self._per_line
        return Position(end) if end < len(self._data) else None

    def before(self, position: Position) -> Position | None:
        """As `LongLines.before`."""
        return Position(position.offset - self._per_line) if position.offset else None
