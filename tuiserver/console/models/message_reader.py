"""The reading position in one message of any length, as text or as a hexdump, and the search in it.

    reader = MessageReader(data, glyphs)
    reader.resize(80, 20)
    reader.lines(); reader.move(1); reader.toggle_hex(); reader.search(r"ok\\x00"); reader.find(1)

Rules of this file:
- Pure, and a `Scrollable` (`scrolling.py`). Which lines there are is decided in `long_message.py`.
- The last page stays full.
"""

from __future__ import annotations

from tuiserver.console.models.long_message import LongDump, LongLines, LongText, Position
from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.models.search_term import SearchTerm, parse_term
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Part, highlight
from tuiserver.core.charsets import UTF8, Charset

SAMPLE = 4096
"""Bytes at the beginning that decide whether a message is shown as text or as a hexdump."""


class MessageReader:
    """The reader. `hex`: it shows a hexdump; at first where a quarter of the message or more is not text."""

    def __init__(self, data: bytes, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> None:
        self._data, self._glyphs, self._charset = data, glyphs, charset
        sample = charset.decode(data[:SAMPLE], len(data) <= SAMPLE)
        self.hex = 4 * sum(not _is_text(character) for character in sample) > len(sample)
        self.height = 1
        self._width = 1
        self._top = Position(0)
        self._layout = self._new_layout()
        self._term = SearchTerm()
        self._lower: bytes | None = None
        self._match = -1

    def _new_layout(self) -> LongLines:
        if self.hex:
            return LongDump(self._data, self._width, self._glyphs)
        return LongText(self._data, self._width, self._glyphs, self._charset)

    def resize(self, width: int, height: int) -> None:
        """Use so many columns and rows; the first line stays the first, or close to it."""
        self.height = max(1, height)
        width = max(1, width)
        if width != self._width:
            offset = self._top.offset + self._top.line * self._width
            self._width = width
            self._layout = self._new_layout()
            self._top = self._layout.at(offset)

    def toggle_hex(self) -> None:
        """Switch between text and hexdump, at the same byte."""
        offset = self._top.offset
        self.hex = not self.hex
        self._layout = self._new_layout()
        self._top = self._layout.at(offset)

    def lines(self) -> list[list[Part]]:
        """The visible lines, with what is searched for highlighted."""
        found: list[list[Part]] = []
        for position in self._positions():
            text = self._layout.text(position)
            found.append([(text, "plain")] if self.hex else highlight(text, self._term.shown))
        return found

    @property
    def percent(self) -> int:
        """How much of the message is above the last visible line, 100 at the end."""
        last = self._positions()[-1]
        return 100 if self._layout.after(last) is None else round(100 * last.offset / len(self._data))

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`, in bytes."""
        total = len(self._data)
        below = self._layout.after(self._positions()[-1])
        return Extent(self._offset(self._top), total if below is None else self._offset(below), total)

    def _offset(self, position: Position) -> int:
        """About where a line begins."""
        return min(len(self._data), position.offset + position.line * self._width)

    def _positions(self) -> list[Position]:
        positions = [self._top]
        while len(positions) < self.height and (position := self._layout.after(positions[-1])) is not None:
            positions.append(position)
        return positions

    def _at_end(self) -> bool:
        positions = self._positions()
        return len(positions) < self.height or self._layout.after(positions[-1]) is None

    # -- moving -------------------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self.scroll(steps)

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`."""
        for _ in range(abs(lines)):
            position = self._layout.after(self._top) if lines > 0 else self._layout.before(self._top)
            if position is None or (lines > 0 and self._at_end()):
                break
            self._top = position

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self._top = self._layout.at(int(start))
        if start >= self.extent.hidden or self._at_end():
            self.scroll_to_end()

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self.scroll(pages * max(1, self.height - 1))

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self._top = self._layout.at(0)

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self._top = self._layout.at(len(self._data))
        self.scroll(1 - self.height)

    # -- searching ----------------------------------------------------------------------------------------------------

    @property
    def search_text(self) -> str:
        """What was searched for last, as typed; empty if nothing."""
        return self._term.text

    def search(self, text: str) -> bool:
        """Search from the first visible line on; returns whether there is a match, which is then visible."""
        self._term = parse_term(text, self._glyphs)
        self._match = self._top.offset - 1
        return self.find(1)

    def find(self, step: int) -> bool:
        """Go to the next match, or the previous one for -1; returns whether there is one."""
        if not self._term:
            return False
        if self._lower is None:
            self._lower = self._data.lower()
        lower, term = self._lower, self._term.data
        if step > 0:
            match = lower.find(term, self._match + 1)
        else:
            match = lower.rfind(term, 0, max(0, self._match + len(term) - 1))
        if match < 0:
            return False
        self._match = match
        self._top = self._layout.at(match)
        return True


def _is_text(character: str) -> bool:
    return character.isprintable() or character in "\t\n\v\f\r\u3000"
