r"""A message as lines of a given width: its header line, then its wrapped text or its hexdump.

    12:04:33.000412 <     48 status\x00\x01
      0000  00 01 0f ff 20 3a 00 7c  52 4f 57 20 31 20 2d 20  ···· :·|ROW 1 -

Rules of this file:
- Pure: an entry, a line number and a format in; parts of text out, each with the name of its style.
- The number of lines of an entry is computed without rendering them, and a line reads only the bytes that it shows: a
  message may have 50 MB.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from tuiserver.console.text.escape import escape, escape_label, wrap
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hexdump import hex_line, hex_width, offset_digits
from tuiserver.console.text.parts import Part, highlight
from tuiserver.core.events import Received, Sent, Skipped, kind_text
from tuiserver.core.numbers import size
from tuiserver.views.transcript import Entry

Form = Literal["text", "hex", "both"]
Clock = Literal["time of day", "since connect", "since previous"]

CLOCK_WIDTH = 15
"""Columns of a time: `12:04:28.871204`."""
SIZE_WIDTH = 6
WRAP_LIMIT = 4096
"""Bytes of a message that are wrapped; the viewer shows the rest."""
SENDER_WIDTH = 20
"""Columns of the name of who sent a message."""


class MessageFormat(NamedTuple):
    """How messages are rendered.

    `id_width` is the width of the column of connection ids; 0 leaves it out, because only one connection is shown.
    `match` is what to highlight: escaped, in lower case. `open_key` is the key that shows a whole message.
    """

    width: int
    form: Form = "text"
    id_width: int = 0
    glyphs: Glyphs = UNICODE
    wrap: bool = False
    match: str = ""
    open_key: str = ""

    @property
    def bytes_per_line(self) -> int:
        """Bytes in a line of the hexdump: 16, or 8 where 16 do not fit."""
        return 16 if self.width >= 79 else 8

    @property
    def text_column(self) -> int:
        """The column in which the text of a message begins."""
        return 1 + CLOCK_WIDTH + 1 + self.id_width + 1 + SIZE_WIDTH + 1

    def line_count(self, entry: Entry) -> int:
        """The number of lines of an entry."""
        if isinstance(entry, Skipped):
            return 1
        dump_lines = -(-len(entry.data) // self.bytes_per_line) if self.form != "text" else 0
        return self._text_line_count(entry) + dump_lines

    def line(self, entry: Entry, number: int, time: str) -> list[Part]:
        """Line `number` of an entry, not yet cut to the width. `time` is shown in the header line."""
        if isinstance(entry, Skipped):
            return self._gap(entry, time)
        text_lines = self._text_line_count(entry)
        if number >= text_lines:
            return self._dump_line(entry, number - text_lines)
        return self._header(entry, time) if not number else self._continuation(entry, number)

    def _text_line_count(self, entry: Received | Sent) -> int:
        """1, or the number of wrapped lines, plus one that says how much is not shown."""
        if not self.wrap or self.form == "hex":
            return 1
        return len(self._wrapped(entry)) + (len(entry.data) > WRAP_LIMIT)

    def _wrapped(self, entry: Received | Sent) -> tuple[str, ...]:
        width = max(8, self.width - self.text_column - 1 - len(self._sender(entry)))
        return wrap(entry.data[:WRAP_LIMIT], width, self.glyphs)

    def _header(self, entry: Received | Sent, time: str) -> list[Part]:
        arrow, style = ("<", "in") if isinstance(entry, Received) else (">", "out")
        parts = [
            (f" {time:>{CLOCK_WIDTH}} ", "faint"),
            (f"{f'#{entry.id} ':>{self.id_width}}" if self.id_width else "", "faint"),
            (arrow, style),
            (f"{size(entry.size):>{SIZE_WIDTH}} ", "plain"),
        ]
        sender = self._sender(entry)
        if self.form != "hex":
            width = max(0, self.width - self.text_column - len(sender) - 1)
            text = self._wrapped(entry)[0] if self.wrap else escape(entry.data, width, self.glyphs)
            parts += highlight(text[:width], self.match)
        parts.append((sender, "faint"))
        return parts

    def _sender(self, entry: Received | Sent) -> str:
        if isinstance(entry, Sent) and entry.by:
            return f"  {escape_label(entry.by, self.glyphs)[:SENDER_WIDTH]}"
        if isinstance(entry, Received) and (text := kind_text(entry)):
            return f"  {escape_label(text, self.glyphs)}"
        return ""

    def _continuation(self, entry: Received | Sent, number: int) -> list[Part]:
        lines, indent = self._wrapped(entry), (" " * self.text_column, "plain")
        if number < len(lines):
            return [indent, *highlight(lines[number], self.match)]
        rest = f"{self.glyphs.ellipsis} {size(len(entry.data) - WRAP_LIMIT)} more"
        return [indent, (f"{rest}: {self.open_key} shows all" if self.open_key else rest, "faint")]

    def _gap(self, entry: Skipped, time: str) -> list[Part]:
        """The messages that were skipped. `Skipped` counts those of all connections, so for one it is an upper bound."""
        bound = "" if self.id_width else "up to "
        noun = "message" if entry.messages == 1 else "messages"
        text = f"{self.glyphs.ellipsis} {bound}{entry.messages:,} {noun}, {size(entry.bytes)} not shown"
        return [(f" {time:>{CLOCK_WIDTH}} {text}", "faint")]

    def _dump_line(self, entry: Received | Sent, number: int) -> list[Part]:
        per_line, digits = self.bytes_per_line, offset_digits(len(entry.data))
        start = number * per_line
        line = hex_line(entry.data[start : start + per_line], start, per_line, digits, self.glyphs.dot)
        needed = digits + 2 + hex_width(per_line) + 2 + per_line
        indent = max(0, min(self.text_column, self.width - needed - 1))
        return [
            (f"{'':{indent}}{line.offset}  ", "faint"),
            (f"{line.hex}  ", "in" if isinstance(entry, Received) else "out"),
            (line.text, "plain"),
        ]


def clock_text(clock: Clock, at: float, since: float | None, previous: float | None) -> str:
    """The time `at` in `CLOCK_WIDTH` columns: the time of day, or seconds since the connection or the previous entry.

    All times are Unix seconds; None where there is none, which is shown as `-`.
    """
    if clock == "time of day":
        return f"{datetime.fromtimestamp(at):%H:%M:%S.%f}"
    base = since if clock == "since connect" else previous
    return "-" if base is None else f"{at - base:+.6f}"
