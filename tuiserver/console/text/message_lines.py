"""A message as lines of a given width: its head, and below it the hexdump.

    12:04:33.000412 <     48 status\\x00\\x01
      0000  00 01 0f ff 20 3a 00 7c  52 4f 57 20 31 20 2d 20  .... :.|ROW 1 -

Rules of this file:
- Pure: an entry, a line number and how to look at it in; parts of text with the name of their style out.
- How many lines an entry takes is arithmetic, and a line looks only at the bytes it shows: a message may have 50 MB.
- What comes from the wire passes through `escape`: one column a character, and no control character.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from rich.cells import get_character_cell_size

from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import payload
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.views.transcript import Entry

Show = Literal["text", "hex", "both"]
Clock = Literal["time of day", "since connect", "since previous"]
Part = tuple[str, str]
"""A text, and the name of its style: `plain faint in out badge`."""

CLOCK = 15
"""Columns of a time: `12:04:28.871204`."""
SIZE = 6
"""Columns of a size."""
WRAPPED = 4096
"""Bytes of a message that are wrapped into lines; the rest is seen when it is opened whole."""


class Look(NamedTuple):
    """How messages are looked at. `id_width` is 0 where only one connection is shown; `found` is what was searched for, as
    it is shown, in small letters."""

    width: int
    show: Show = "text"
    id_width: int = 0
    glyphs: Glyphs = UNICODE
    wrap: bool = False
    found: str = ""

    @property
    def per_line(self) -> int:
        """Bytes in a line of the hexdump: 16, and 8 where 16 do not fit."""
        return 16 if self.width >= 79 else 8

    @property
    def column(self) -> int:
        """Where the text of a message begins."""
        return 1 + CLOCK + 1 + self.id_width + 1 + SIZE + 1

    def lines(self, entry: Entry) -> int:
        """How many lines an entry takes."""
        if isinstance(entry, Skipped):
            return 1
        return self._text_lines(entry) + (-(-len(entry.data) // self.per_line) if self.show != "text" else 0)

    def line(self, entry: Entry, number: int, clock: str) -> list[Part]:
        """Line `number` of an entry; `clock` is its time in words. Not yet cut to the width."""
        if isinstance(entry, Skipped):
            return self._gap(entry, clock)
        text_lines = self._text_lines(entry)
        if number >= text_lines:
            return self._dump(entry, number - text_lines)
        return self._head(entry, clock) if not number else self._wrapped_line(entry, number)

    def _text_lines(self, entry: Received | Sent) -> int:
        """Lines of the text: one, or as many as its beginning takes wrapped, and one that says that there is more."""
        if not self.wrap or self.show == "hex":
            return 1
        return len(self._wrapped(entry)) + (len(entry.data) > WRAPPED)

    def _wrapped(self, entry: Received | Sent) -> tuple[str, ...]:
        return wrapped(entry.data[:WRAPPED], max(8, self.width - self.column - 1 - len(self._by(entry))), self.glyphs)

    def _wrapped_line(self, entry: Received | Sent, number: int) -> list[Part]:
        lines, left = self._wrapped(entry), (" " * self.column, "plain")
        if number < len(lines):
            return [left, *self._marked(lines[number])]
        more = f"{self.glyphs.ellipsis} {short(len(entry.data) - WRAPPED)} more: enter shows all"
        return [left, (more, "faint")]

    def _by(self, entry: Received | Sent) -> str:
        return f"  {safe(entry.by, self.glyphs)[:20]}" if isinstance(entry, Sent) and entry.by else ""

    def _head(self, entry: Received | Sent, clock: str) -> list[Part]:
        way = "in" if isinstance(entry, Received) else "out"
        parts = [
            (f" {clock:>{CLOCK}} ", "faint"),
            (f"{f'#{entry.id} ':>{self.id_width}}" if self.id_width else "", "faint"),
            (">" if way == "out" else "<", way),
            (f"{short(entry.size):>{SIZE}} ", "plain"),
        ]
        by = self._by(entry)
        if self.show != "hex":
            room = max(0, self.width - self.column - len(by) - 1)
            text = self._wrapped(entry)[0] if self.wrap else escape(entry.data, room, self.glyphs)
            parts += self._marked(text[:room])
        parts.append((by, "faint"))
        return parts

    def _marked(self, text: str) -> list[Part]:
        """A text with what was searched for standing out."""
        return marked(text, self.found)

    def _gap(self, entry: Skipped, clock: str) -> list[Part]:
        """In the view of one connection the number is that of all: it is then the most that may be missing."""
        most = "" if self.id_width else "up to "
        noun = "message" if entry.messages == 1 else "messages"
        text = f"{self.glyphs.ellipsis} {most}{entry.messages:,} {noun}, {short(entry.bytes)} not shown"
        return [(f" {clock:>{CLOCK}} {text}", "faint")]

    def _dump(self, entry: Received | Sent, number: int) -> list[Part]:
        per_line = self.per_line
        start = number * per_line
        data = entry.data[start : start + per_line]
        dot = self.glyphs.dot
        digits = 4 if len(entry.data) <= 0x10000 else 8
        groups = [data[at : at + 8].hex(" ") for at in range(0, len(data), 8)]
        hexes = "  ".join(groups)
        width = per_line * 3 + per_line // 8 - 2
        needed = digits + 2 + width + 2 + per_line
        indent = max(0, min(self.column, self.width - needed - 1))
        seen = "".join(chr(byte) if 0x20 <= byte < 0x7F else dot for byte in data)
        return [
            (f"{'':{indent}}{start:0{digits}x}  ", "faint"),
            (f"{hexes:{width}}  ", "in" if isinstance(entry, Received) else "out"),
            (seen, "plain"),
        ]


def marked(text: str, found: str) -> list[Part]:
    """A text in parts; `found`, in small letters, stands out."""
    parts: list[Part] = []
    at, small = 0, text.lower() if found else ""
    while found and len(small) == len(text) and (next_at := small.find(found, at)) >= 0:
        parts += [(text[at:next_at], "plain"), (text[next_at : next_at + len(found)], "badge")]
        at = next_at + len(found)
    return [*parts, (text[at:], "plain")]


_TOKEN = re.compile(r"\\(?:x[0-9a-f]{2}|u\{[0-9a-f]+\}|.)|.", re.DOTALL)


@lru_cache(maxsize=128)
def wrapped(data: bytes, width: int, glyphs: Glyphs = UNICODE) -> tuple[str, ...]:
    """Bytes as lines of at most `width` columns: a line ending ends one, and no escape is torn apart. At least one line."""
    lines = [f"{line}\n" for line in data.decode("utf-8", "surrogateescape").split("\n")]
    lines[-1] = lines[-1][:-1]
    found: list[str] = []
    for line in lines:
        if line or not found:
            found += _cut(escape_all(line, glyphs), width)
    return tuple(found)


def escape_all(text: str, glyphs: Glyphs = UNICODE) -> str:
    """All of a stranger's text, one column a character; what was no UTF-8 is in it as surrogates."""
    plain = glyphs.ascii
    return _UNPLAIN.sub(lambda match: _one_cell(match[0], plain), text)


def _cut(text: str, width: int) -> list[str]:
    if "\\" not in text:
        return [text[at : at + width] for at in range(0, len(text), width)] or [""]
    lines, line = [], ""
    for token in _TOKEN.findall(text):
        if len(line) + len(token) > width and line:
            lines.append(line)
            line = ""
        line += token
    return [*lines, line]


_UNPLAIN = re.compile(r"[^ -\[\]-~]")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def escape(data: bytes | str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The first `width` columns of a stranger's bytes or words: each character takes one column, or is an escape.

    Where the screen is ASCII (`glyphs.ascii`), every other character is an escape.
    """
    if width <= 0:
        return ""
    text = data[: width + 1] if isinstance(data, str) else data[: 4 * width + 4].decode("utf-8", "surrogateescape")
    text = escape_all(text, glyphs)
    return text if len(text) <= width else text[: width - 1] + glyphs.ellipsis


@lru_cache(maxsize=4096)
def _one_cell(character: str, plain: bool) -> str:
    text = payload.escape_character(character)
    if len(text) > 1:
        return text
    if plain and not text.isascii():
        return f"\\u{{{ord(text):x}}}"
    if get_character_cell_size(text) != 1 or unicodedata.bidirectional(text) in _RIGHT_TO_LEFT:
        return f"\\u{{{ord(text):x}}}"
    return text


def safe(text: str, glyphs: Glyphs = UNICODE) -> str:
    """Words of a server, which may be far away or a recording, as text: they are a stranger's too. At most 60 columns."""
    if text.isascii() and text.isprintable():
        return text
    return escape(text, 60, glyphs)


def clip(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The first `width` columns of words as they are; what is too long ends with a sign that says so."""
    text = safe(text, glyphs)
    return text if len(text) <= width else text[: max(0, width - 1)] + glyphs.ellipsis


def short(size: int) -> str:
    """A size in at most five columns: `142`, `18.2k`, `9.8M`; bytes below ten thousand are exact."""
    if size < 10_000:
        return str(size)
    number = float(size)
    for unit in "kMGT":
        number /= 1000
        if number < 999.95:
            return f"{number:.1f}{unit}"
    return f"{number:.0f}T"


def ago(seconds: float) -> str:
    """A duration in words: `12 s`, `4 min`, `3 h`, `2 d`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0, int(seconds))} s"


def clock_text(clock: Clock, at: float, since: float | None, previous: float | None) -> str:
    """When it happened, in `CLOCK` columns: `12:04:28.871204`, or seconds since the connection or the entry before."""
    if clock == "time of day":
        return f"{datetime.fromtimestamp(at):%H:%M:%S.%f}"
    base = since if clock == "since connect" else previous
    return "-" if base is None else f"{at - base:+.6f}"
