"""A line of the stream view: the time of its first byte, the direction, and its text or a row of the hexdump.

    12:04:33.000 < TEMP=23.5\\r\\n
    12:04:33.412 > 00f0  4f 4b 0d 0a                                       OK··

Rules of this file:
- Pure, as `message_lines.py`. The text has the colour of its direction, and the arrow says the same without colours.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.text.escape import escape, wrap
from tuiserver.console.text.hexdump import hex_line, hex_parts, hex_width
from tuiserver.console.text.hits import highlight
from tuiserver.console.text.message_lines import BYTES_PER_LINE, MessageFormat
from tuiserver.console.text.parts import Part, shifted
from tuiserver.core.characters import columns
from tuiserver.core.events import Received, Sent
from tuiserver.views.transcript import Entry

OFFSET_DIGITS = 8
"""Hex digits of an offset in the stream."""
LINE_FEEDS = {b"\r\n": r"\r\n", b"\n": r"\n"}
"""The ends of a line, and how they are shown."""


class StreamLine(NamedTuple):
    """A part of the stream of one connection and direction: its bytes as one message, with the time of the first of them,
    and where that is in the stream. A row of a hexdump has the bytes around it too."""

    message: Received | Sent
    offset: int
    before: bytes = b""
    after: bytes = b""

    @property
    def at(self) -> float:
        """When the first byte was received or sent, in Unix seconds."""
        return self.message.at

    @property
    def id(self) -> int:
        """The connection."""
        return self.message.id

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.message.data


Shown = Entry | StreamLine
"""What the messages pane shows: a message, a gap, or a line of the stream."""


class StreamFormat(NamedTuple):
    """How the lines of the stream are rendered; messages and gaps as `messages` says."""

    messages: MessageFormat

    @property
    def text_column(self) -> int:
        """The column in which the text begins."""
        return 1 + self.messages.clock_width + 1 + self.messages.id_width + 2

    @property
    def row_size(self) -> int:
        """The bytes in a row of the hexdump; 0 for lines of text."""
        return self.bytes_per_row if self.messages.form == "hex" else 0

    @property
    def bytes_per_row(self) -> int:
        """The bytes in a row of a hexdump: as many as fit."""
        free = self.messages.width - self.text_column - OFFSET_DIGITS - 5
        return next((count for count in BYTES_PER_LINE if hex_width(count) + count <= free), BYTES_PER_LINE[-1])

    def line_count(self, entry: Shown) -> int:
        """The number of lines of an entry."""
        if not isinstance(entry, StreamLine):
            return self.messages.line_count(entry)
        form = self.messages.form
        if form == "hex":
            return 1
        dump_rows = -(-len(entry.data) // self.bytes_per_row) if form == "both" else 0
        return self._text_line_count(entry) + dump_rows

    def line(self, entry: Shown, number: int, time: str) -> list[Part]:
        """Line `number` of an entry, not yet cut to the width. `time` is shown in its first line."""
        if not isinstance(entry, StreamLine):
            return self.messages.line(entry, number, time)
        dump_row = number - (self._text_line_count(entry) if self.messages.form == "both" else 0)
        if number:
            start: list[Part] = [(" " * self.text_column, "plain")]
        else:
            start = [*self.messages.origin(entry.message, time), (" ", "plain")]
        if self.messages.form in ("hex", "both") and dump_row >= 0:
            return [*start, *self._dump(entry, dump_row)]
        return [*start, *self._text(entry, number)]

    def hit_line(self, entry: Shown) -> int:
        """The first line of an entry that has a part of what is highlighted; 0 if none has."""
        if not isinstance(entry, StreamLine):
            return self.messages.hit_line(entry)
        for number in range(self._text_line_count(entry)):
            if any(style == "badge" for _, style in self._text(entry, number)):
                return number
        return 0

    def text_width(self, entry: Shown) -> int:
        """The columns of the text of an entry in one line."""
        if not isinstance(entry, StreamLine):
            return self.messages.text_width(entry)
        messages = self.messages
        return columns(escape(entry.data, 4 * len(entry.data), messages.glyphs, messages.charset_of(entry.id)))

    def _text_line_count(self, line: StreamLine) -> int:
        return len(self._wrapped(line)) if self.messages.wrap else 1

    def _wrapped(self, line: StreamLine) -> tuple[str, ...]:
        messages = self.messages
        return wrap(line.data, max(8, self._text_width), messages.glyphs, messages.charset_of(line.id))

    @property
    def _text_width(self) -> int:
        return max(0, self.messages.width - self.text_column - 1)

    def _text(self, line: StreamLine, number: int) -> list[Part]:
        messages = self.messages
        before = after = ""
        if messages.wrap:
            lines = self._wrapped(line)
            text = lines[number]
            before, after = "".join(lines[max(0, number - 1) : number]), "".join(lines[number + 1 : number + 2])
        else:
            width = messages.shift + self._text_width
            text = escape(line.data, width, messages.glyphs, messages.charset_of(line.id))
        style = messages.style(line.message)
        parts = [
            (part, style if name == "plain" else name) for part, name in highlight(text, messages.match, before, after)
        ]
        feed = next((shown for feed, shown in LINE_FEEDS.items() if line.data.endswith(feed)), "")
        last, name = parts[-1] if parts else ("", "")
        if feed and name == style and last.endswith(feed) and not after:
            parts[-1:] = [(last.removesuffix(feed), style), (feed, "faint")]
        return parts if messages.wrap else shifted(parts, messages.shift)

    def _dump(self, line: StreamLine, row: int) -> list[Part]:
        messages, size = self.messages, self.bytes_per_row
        start = row * size
        dump = hex_line(
            *(line.data[start : start + size], line.offset + start, size, OFFSET_DIGITS, messages.glyphs.dot),
            messages.charset_of(line.id).column,
        )
        around, start = line.before + line.data + line.after, start + len(line.before)
        stop = min(start + size, len(line.before) + len(line.data))
        hits = messages.match.in_bytes(around, start, stop) if messages.match is not None else ()
        return hex_parts(dump, hits, messages.style(line.message))
