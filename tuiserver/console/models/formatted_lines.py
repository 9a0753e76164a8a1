"""A formatted message as lines: highlighted, and wrapped at a width.

    lines = FormattedLines(format_message(data), width, glyphs)
    lines.line(lines.at(0))

Rules of this file:
- It is a `LongLines` over `formatted.data`. Lines of more than `CHUNK` bytes go on in the next one, so that a line costs no
  more than that.
- A match is highlighted within its line.
"""

from __future__ import annotations

from bisect import bisect_right

from tuiserver.console.models.long_message import CHUNK, MIN_WIDTH, Position
from tuiserver.console.text.escape import wrap_escaped
from tuiserver.console.text.formatted import Formatted
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.highlighting import highlighted
from tuiserver.console.text.hits import Hits
from tuiserver.console.text.parts import Part, restyled
from tuiserver.core.charsets import UTF8


class FormattedLines:
    """The lines. It is a `LongLines`."""

    def __init__(self, formatted: Formatted, width: int, glyphs: Glyphs = UNICODE) -> None:
        self._formatted, self._glyphs = formatted, glyphs
        self._width = max(MIN_WIDTH, width)
        self._starts = _starts(formatted.data)
        self._rows: dict[int, list[str]] = {}

    def at(self, offset: int) -> Position:
        """As `LongLines.at`."""
        offset = max(0, min(offset, len(self._formatted.data)))
        start = self._starts[self._number(offset)]
        before = "".join(text for text, _ in self._highlighted(self._formatted.data[start:offset], start))
        length = 0
        rows = self._wrapped(start)
        for number, row in enumerate(rows):
            length += len(row)
            if length > len(before):
                return Position(start, number)
        return Position(start, len(rows) - 1)

    def line(self, position: Position, hits: Hits | None = None) -> list[Part]:
        """As `LongLines.line`."""
        rows = self._wrapped(position.offset)
        first = sum(len(row) for row in rows[: position.line])
        last = first + len(rows[position.line])
        parts = self._highlighted(self._bytes(position.offset), position.offset)
        if hits is not None:
            parts = restyled(parts, hits.in_text("".join(text for text, _ in parts)), "badge")
        return _cut(parts, first, last)

    def after(self, position: Position) -> Position | None:
        """As `LongLines.after`."""
        if position.line + 1 < len(self._wrapped(position.offset)):
            return Position(position.offset, position.line + 1)
        number = self._number(position.offset) + 1
        return Position(self._starts[number]) if number < len(self._starts) else None

    def before(self, position: Position) -> Position | None:
        """As `LongLines.before`."""
        if position.line:
            return Position(position.offset, position.line - 1)
        number = self._number(position.offset) - 1
        if number < 0:
            return None
        start = self._starts[number]
        return Position(start, len(self._wrapped(start)) - 1)

    def _number(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def _bytes(self, start: int) -> bytes:
        number = self._number(start) + 1
        stop = self._starts[number] if number < len(self._starts) else len(self._formatted.data)
        return self._formatted.data[start:stop].removesuffix(b"\n")

    def _highlighted(self, data: bytes, start: int) -> list[Part]:
        return highlighted(UTF8.decode(data), self._formatted.language(start), self._glyphs)

    def _wrapped(self, start: int) -> list[str]:
        """The rows of the line that begins at `start`."""
        rows = self._rows.get(start)
        if rows is None:
            if len(self._rows) > 1000:
                self._rows.clear()
            text = "".join(part for part, _ in self._highlighted(self._bytes(start), start))
            rows = self._rows[start] = wrap_escaped(text, self._width)
        return rows


def _starts(data: bytes) -> list[int]:
    """Where the lines begin."""
    starts, start = [0], 0
    while start < len(data):
        stop = data.find(b"\n", start, start + CHUNK) + 1
        if not stop:
            stop = UTF8.start(data, start + CHUNK, start) if start + CHUNK < len(data) else len(data)
        if stop < len(data):
            starts.append(stop)
        start = stop
    return starts


def _cut(parts: list[Part], first: int, last: int) -> list[Part]:
    """The characters from `first` to `last` (exclusive) of parts."""
    found, position = [], 0
    for text, style in parts:
        piece = text[max(0, first - position) : max(0, last - position)]
        if piece:
            found.append((piece, style))
        position += len(text)
    return found
