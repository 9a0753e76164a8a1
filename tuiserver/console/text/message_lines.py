r"""A message as lines of a given width: the first one with time, direction and size, then its wrapped text or its hexdump.

    12:04:33.000 <     8 status\x00\x01
    12:04:33.412 >    18 0000  00 01 0f ff 20 3a 00 7c  52 4f 57 20 31 20 2d 20  ···· :·|ROW 1 -
                         0010  0d 0a                                             ··

Rules of this file:
- Pure: an entry, a line number and a format in; parts of text out, each with the name of its style.
- The number of lines of an entry is computed without rendering them, and a line reads only the bytes that it shows: a
  message may have 50 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from tuiserver.console.text.escape import clip, escape, escape_label, wrap
from tuiserver.console.text.field_lines import reason_part, summary_parts
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hexdump import hex_line, hex_parts, hex_width, offset_digits
from tuiserver.console.text.hits import Hits, highlight
from tuiserver.console.text.parts import Part, clipped, restyled, shifted, width_of
from tuiserver.core.characters import columns, cut
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.events import Received, Sent, Skipped, kind_text
from tuiserver.core.numbers import response_time, size
from tuiserver.views.exchanges import Exchange
from tuiserver.views.transcript import Entry

if TYPE_CHECKING:
    from tuiserver.decoders.guarded import Result

Form = Literal["fields", "text", "hex", "both"]
"""`fields`: the summary of a message that has a decoder; others as text."""
Clock = Literal["time of day", "since connect", "since previous", "microseconds"]
"""`microseconds` is the time of day too."""

SIZE_WIDTH = 6
WRAP_LIMIT = 4096
"""Bytes of a message that are wrapped; the viewer shows the rest."""
REQUEST_WIDTH = 20
"""Columns of the request beside its answer."""
SENDER_WIDTH = 20
"""Columns of the name of who sent a message."""
REASON_WIDTH = 30
"""Columns of the reason why a message has no fields: the message itself needs the room, and `enter` shows all."""
BYTES_PER_LINE = (16, 8, 4)
"""Bytes in a line of the hexdump: the first of these that fits."""


class MessageFormat(NamedTuple):
    """How messages are rendered.

    `id_width` is the width of the column of connection ids; 0 leaves it out, because only one connection is shown.
    `match` is what to highlight. `open_key` is the key that shows a whole message.
    `charset_of` returns the character set of a connection. `shift` is the column of the text that comes first in lines that are
    not wrapped. `pair_of` returns the exchange that a request or an answer belongs to.
    `decode` returns what the decoder of its connection makes of a message, None without one.
    """

    width: int
    form: Form = "text"
    clock: Clock = "time of day"
    id_width: int = 0
    glyphs: Glyphs = UNICODE
    wrap: bool = False
    match: Hits | None = None
    open_key: str = ""
    charset_of: Callable[[int], Charset] = lambda connection: UTF8
    shift: int = 0
    pair_of: Callable[[Received | Sent], Exchange | None] = lambda entry: None
    decode: Callable[[Entry], Result | None] = lambda entry: None

    @property
    def clock_width(self) -> int:
        """The columns of a time: `12:04:28.871`, or `12:04:28.871204`."""
        return 15 if self.clock == "microseconds" else 12

    @property
    def text_column(self) -> int:
        """The column in which the text of a message begins."""
        return 1 + self.clock_width + 1 + self.id_width + 1 + SIZE_WIDTH + 1

    def bytes_per_line(self, entry: Received | Sent) -> int:
        """The bytes in a line of its hexdump: as many as fit next to the columns of the first line, or below them."""
        beside = self.text_column if self.form == "hex" else 0
        for count in BYTES_PER_LINE[:-1]:
            if beside + _dump_width(entry, count) < self.width:
                return count
        return BYTES_PER_LINE[-1]

    def line_count(self, entry: Entry) -> int:
        """The number of lines of an entry."""
        if isinstance(entry, Skipped):
            return 1
        if self.form == "fields" and self._summary(entry):
            return 1
        if self.form in ("text", "fields"):
            return self._text_line_count(entry)
        dump_lines = -(-len(entry.data) // self.bytes_per_line(entry))
        return max(1, dump_lines) if self.form == "hex" else self._text_line_count(entry) + dump_lines

    def text_width(self, entry: Entry) -> int:
        """The columns of the text of an entry in one line."""
        if self.form == "fields" and not isinstance(entry, Skipped) and (parts := self._summary(entry)):
            return width_of(parts)
        data = b"" if isinstance(entry, Skipped) else entry.data[:WRAP_LIMIT]
        return columns(escape(data, 4 * WRAP_LIMIT, self.glyphs, self.charset_of(getattr(entry, "id", 0))))

    def hit_line(self, entry: Entry) -> int:
        """The first line of an entry that has a part of what is highlighted; 0 if none has."""
        if self.match is None or isinstance(entry, Skipped):
            return 0
        text_lines = self._text_line_count(entry) if self.form != "hex" else 0
        if self.wrap and text_lines:
            texts = (self._wrapped_line(entry, number) for number in range(len(self._wrapped(entry))))
            for number, parts in enumerate(texts):
                if any(style == "badge" for _, style in parts):
                    return number
        found = self.match.data.search(entry.data) if self.form in ("hex", "both") else None
        return text_lines + found.start() // self.bytes_per_line(entry) if found else 0

    def line(self, entry: Entry, number: int, time: str) -> list[Part]:
        """Line `number` of an entry, not yet cut to the width. `time` is shown in the header line."""
        if isinstance(entry, Skipped):
            return self._gap(entry, time)
        if self.form == "hex":
            start = self._columns(entry, time) if not number else [(" " * self.text_column, "plain")]
            return [
                *start,
                *self._dump(entry, number),
                *((*self._sender(entry), *self._pair(entry)) if not number else ()),
            ]
        if self.form == "fields" and (parts := self._summary(entry)):
            end = [*self._sender(entry), *self._pair(entry)]
            width = max(0, self.width - self.text_column - width_of(end) - 1)
            parts = clipped(shifted(parts, self.shift), width, self.glyphs.ellipsis)
            return [*self._columns(entry, time), *parts, *end]
        text_lines = self._text_line_count(entry)
        if number < text_lines:
            return self._first_line(entry, time) if not number else self._continuation(entry, number)
        indent = max(0, min(self.text_column, self.width - _dump_width(entry, self.bytes_per_line(entry)) - 1))
        return [(" " * indent, "plain"), *self._dump(entry, number - text_lines)]

    def _summary(self, entry: Received | Sent) -> list[Part]:
        """The fields in one line; nothing where they are not known."""
        parts = summary_parts(self.decode(entry), self.glyphs)
        hits = self.match.in_text("".join(text for text, _ in parts)) if self.match is not None else ()
        return restyled(parts, hits, "badge")

    def _text_line_count(self, entry: Received | Sent) -> int:
        """1, or the number of wrapped lines, plus one that says how much is not shown."""
        if not self.wrap:
            return 1
        return len(self._wrapped(entry)) + (len(entry.data) > WRAP_LIMIT)

    def _wrapped(self, entry: Received | Sent) -> tuple[str, ...]:
        width = max(8, self.width - self.text_column - 1 - width_of(self._sender(entry)))
        return wrap(entry.data[:WRAP_LIMIT], width, self.glyphs, self.charset_of(entry.id))

    def origin(self, entry: Received | Sent, time: str) -> list[Part]:
        """What every first line begins with: time, connection and direction."""
        return [
            (f" {time:>{self.clock_width}} ", "faint"),
            (f"{f'#{entry.id} ':>{self.id_width}}" if self.id_width else "", "faint"),
            ("<" if isinstance(entry, Received) else ">", self.style(entry)),
        ]

    def style(self, entry: Received | Sent) -> str:
        """The style of its direction."""
        return "in" if isinstance(entry, Received) else "out"

    def _columns(self, entry: Received | Sent, time: str) -> list[Part]:
        """What stands before the text."""
        return [*self.origin(entry, time), (f"{size(entry.size):>{SIZE_WIDTH}} ", "plain")]

    def _first_line(self, entry: Received | Sent, time: str) -> list[Part]:
        sender, pair = self._sender(entry), self._pair(entry)
        if self.wrap:  # It is no reason to wrap anew when the answer comes.
            parts = self._wrapped_line(entry, 0)
            if self.text_column + width_of([*parts, *sender, *pair]) < self.width:
                sender += pair
        else:
            sender += pair
            width = max(0, self.width - self.text_column - width_of(sender) - 1)
            text = escape(entry.data, self.shift + width, self.glyphs, self.charset_of(entry.id))
            parts = shifted(highlight(cut(text, self.shift + width), self.match), self.shift)
        return [*self._columns(entry, time), *parts, *sender]

    def _wrapped_line(self, entry: Received | Sent, number: int) -> list[Part]:
        lines = self._wrapped(entry)
        before, after = "".join(lines[max(0, number - 1) : number]), "".join(lines[number + 1 : number + 2])
        return highlight(lines[number], self.match, before, after)

    def _sender(self, entry: Received | Sent) -> list[Part]:
        """Who sent it, or what became of it; and why it has no fields."""
        if isinstance(entry, Sent):
            text = clip(entry.by, SENDER_WIDTH, self.glyphs)
        else:
            text = escape_label(kind_text(entry), self.glyphs)
        parts = [(f"  {text}", "faint")] if text else []
        if self.form == "fields" and isinstance(entry, Received):  # What we send need not be what the peer sends.
            reason, style = reason_part(self.decode(entry), self.glyphs)
            if reason:
                parts.append((f"  {clip(reason, REASON_WIDTH, self.glyphs)}", style))
        return parts

    def _pair(self, entry: Received | Sent) -> list[Part]:
        """What a request was answered with and when, or what an answer answers."""
        exchange = self.pair_of(entry)
        if exchange is None:
            return []
        if isinstance(entry, Received):
            answer = exchange.answer_text()
            return [(f"  {self.glyphs.right} {answer}", "accent")] if answer else []
        request = clip(exchange.request, REQUEST_WIDTH, self.glyphs)
        return [(f"  {self.glyphs.left} {request} {response_time(exchange.seconds)}", "faint")]

    def _continuation(self, entry: Received | Sent, number: int) -> list[Part]:
        indent = (" " * self.text_column, "plain")
        if number < len(self._wrapped(entry)):
            return [indent, *self._wrapped_line(entry, number)]
        rest = f"{self.glyphs.ellipsis} {size(len(entry.data) - WRAP_LIMIT)} more"
        return [indent, (f"{rest}: {self.open_key} shows all" if self.open_key else rest, "faint")]

    def _gap(self, entry: Skipped, time: str) -> list[Part]:
        """The messages that were skipped. `Skipped` counts those of all connections, so for one it is an upper bound."""
        bound = "" if self.id_width else "up to "
        noun = "message" if entry.messages == 1 else "messages"
        text = f"{self.glyphs.ellipsis} {bound}{entry.messages:,} {noun}, {size(entry.bytes)} not shown"
        return [(f" {time:>{self.clock_width}} {text}", "faint")]

    def _dump(self, entry: Received | Sent, number: int) -> list[Part]:
        per_line = self.bytes_per_line(entry)
        start = number * per_line
        data = entry.data[start : start + per_line]
        if not data:
            return []
        column = self.charset_of(entry.id).column
        line = hex_line(data, start, per_line, offset_digits(len(entry.data)), self.glyphs.dot, column)
        hits = self.match.in_bytes(entry.data, start, start + per_line) if self.match is not None else ()
        return hex_parts(line, hits, self.style(entry))


def _dump_width(entry: Received | Sent, per_line: int) -> int:
    return offset_digits(len(entry.data)) + 2 + hex_width(per_line) + 2 + per_line


def clock_text(clock: Clock, at: float, since: float | None, previous: float | None) -> str:
    """The time `at`: the time of day, or the seconds since the connection began or since the previous entry.

    All times are Unix seconds; None where there is none, which is shown as `-`. What lies between two entries is shown in
    microseconds: on one machine it is less than a millisecond.
    """
    if clock == "microseconds":
        return f"{datetime.fromtimestamp(at):%H:%M:%S.%f}"
    if clock == "time of day":
        return f"{datetime.fromtimestamp(at):%H:%M:%S.%f}"[:-3]
    if clock == "since connect":
        return "-" if since is None else f"{at - since:+.3f}"
    return "-" if previous is None else f"{at - previous:+.6f}"
