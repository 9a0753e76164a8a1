"""What the messages pane shows as the bytes of a file: as text, as a hexdump, or raw.

    shown = ShownMessages(entries, stream=True, ...)
    for part in export(shown, form_of("talk.hex")): file.write(part)

Rules of this file:
- Pure, and it reads what it was given alone: it can run in another thread while messages come and go.
- Text is escaped as on the screen, with the date and microseconds; a raw file has the bytes of the messages and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Literal, NamedTuple

from tuiserver.console.models.stream import Stream
from tuiserver.console.text.escape import escape_all
from tuiserver.console.text.hexdump import hex_line
from tuiserver.console.text.stream_lines import OFFSET_DIGITS, StreamLine
from tuiserver.core.charsets import Charset
from tuiserver.core.events import Received, Skipped
from tuiserver.views.transcript import Entry, Series

ExportForm = Literal["text", "hexdump", "raw"]
SUFFIXES: dict[str, ExportForm] = {".hex": "hexdump", ".bin": "raw", ".raw": "raw"}
"""Endings of the names of files, and what is written to them; to all others text."""
BYTES_PER_LINE = 16


class ShownMessages(NamedTuple):
    """Messages, whether they are shown as one `stream`, the connections whose messages have boundaries, and the character set
    of each connection."""

    entries: Sequence[Entry]
    stream: bool
    framed: frozenset[int]
    charset_of: Callable[[int], Charset]

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(len(entry.data) for entry in self.entries if not isinstance(entry, Skipped))


def form_of(path: str) -> ExportForm:
    """What is written to a file of this name."""
    return SUFFIXES.get(PurePath(path).suffix.lower(), "text")


def export(shown: ShownMessages, form: ExportForm) -> Iterator[bytes]:
    """The content of the file, message by message or line by line."""
    if form == "raw":
        yield from (entry.data for entry in shown.entries if not isinstance(entry, Skipped))
        return
    for entry in _lines(shown, form):
        at = f"{datetime.fromtimestamp(entry.at):%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(entry, Skipped):
            yield f"{at} {entry.messages:,} messages, {entry.bytes:,} bytes not shown\n".encode()
            continue
        origin = f"{at} {'<' if isinstance(entry.message, Received) else '>'} #{entry.id}"
        if form == "text":
            text = escape_all(shown.charset_of(entry.id).decode(entry.data))
            yield f"{origin} {text}\n".encode()
        elif shown.stream:
            yield f"{origin} {_dump_line(entry.data, entry.offset)}\n".encode()
        else:
            starts = range(0, len(entry.data), BYTES_PER_LINE)
            dump = "".join(f"{_dump_line(entry.data[start : start + BYTES_PER_LINE], start)}\n" for start in starts)
            yield f"{origin} {len(entry.data):,} bytes\n{dump}".encode()


def _lines(shown: ShownMessages, form: ExportForm) -> Iterator[StreamLine | Skipped]:
    """The lines or rows of the stream; else each message as one."""
    if not shown.stream:
        yield from (entry if isinstance(entry, Skipped) else StreamLine(entry, 0) for entry in shown.entries)
        return
    series = Series()
    stream = Stream(lambda number: number in shown.framed, lambda number: shown.charset_of(number).line_ends)
    series.items += shown.entries
    stream.update(series, row_size=BYTES_PER_LINE if form == "hexdump" else 0)
    index = stream.first
    while index < stream.end:
        yield stream.get(index)
        index = stream.after(index)


def _dump_line(data: bytes, offset: int) -> str:
    line = hex_line(data, offset, BYTES_PER_LINE, OFFSET_DIGITS)
    return f"{line.offset}  {line.hex}  |{line.text}|"
