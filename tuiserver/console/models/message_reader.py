"""The reading position in one message of any length, formatted, as text or as a hexdump, and the search in it.

    reader = MessageReader(data, glyphs)
    reader.resize(80, 20)
    reader.lines(); reader.move(1); reader.show("hex"); reader.search(r"ok\\x00"); reader.find(1)

Rules of this file:
- Pure, and a `Scrollable` (`scrolling.py`). Which lines there are is decided in `long_message.py`, and for a formatted
  message in `formatted_lines.py`, which is imported when there is one.
- The last page stays full.
"""

from __future__ import annotations

from typing import Literal

from tuiserver.console.models.long_message import LongDump, LongLines, LongText, Position
from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.models.scrolling import pan
from tuiserver.console.models.search_term import SearchTerm, literal_term, parse_term
from tuiserver.console.text.formatted import format_message
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Part, shifted, width_of
from tuiserver.core.charsets import UTF8, Charset

View = Literal["formatted", "text", "hex"]
"""How a message is shown: its meaning, or its bytes as text or as a hexdump."""

UNWRAPPED = 1 << 20
"""Columns in which every line is one row; those without a line feed end after some kilobytes."""
SAMPLE = 4096
"""Bytes at the beginning that decide whether a message is shown as text or as a hexdump."""


class MessageReader:
    """The reader. `views` are those that the message has: `formatted` for HTTP and JSON, `text` and `hex` for all. At first it
    is formatted if it can be, else a hexdump where a quarter of it or more is not text."""

    def __init__(self, data: bytes, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> None:
        self._data, self._glyphs, self._charset = data, glyphs, charset
        self.formatted = format_message(data)
        self.views: tuple[View, ...] = ("text", "hex") if self.formatted is None else ("formatted", "text", "hex")
        sample = charset.decode(data[:SAMPLE], len(data) <= SAMPLE)
        is_text = 4 * sum(not _is_text(character) for character in sample) <= len(sample)
        self.view: View = self.views[0] if is_text or self.formatted is not None else "hex"
        self.height = 1
        self._width = 1
        self.wrap = True
        self._shift = 0
        self._top = Position(0)
        self._layout = self._new_layout()
        self._term = SearchTerm()
        self._haystack = b""
        self._match = self._total = -1
        """The offset of the current match, and how many there are; -1 for none, or if it is not known."""

    @property
    def hex(self) -> bool:
        """True while it is a hexdump."""
        return self.view == "hex"

    @property
    def _shown(self) -> bytes:
        """The bytes whose lines are shown."""
        return self.formatted.data if self.view == "formatted" and self.formatted is not None else self._data

    def _new_layout(self) -> LongLines:
        width = self._width if self.wrap or self.hex else UNWRAPPED
        if self.view == "formatted" and self.formatted is not None:
            from tuiserver.console.models.formatted_lines import FormattedLines

            return FormattedLines(self.formatted, width, self._glyphs)
        layout = LongDump if self.hex else LongText
        return layout(self._data, width, self._glyphs, self._charset)

    def resize(self, width: int, height: int) -> None:
        """Use so many columns and rows; the first line stays the first, or close to it."""
        self.height = max(1, height)
        width = max(1, width)
        if width != self._width:
            offset = self._top.offset + self._top.line * self._width
            self._width = width
            self._layout = self._new_layout()
            self._top = self._layout.at(offset)

    def show(self, view: View) -> None:
        """Switch to another of the `views`: between text and hexdump at the same byte, else at about the same place."""
        offset, before = self._top.offset, self._shown
        self.view = view
        same = self._shown is before
        if not same:
            offset = offset * len(self._shown) // max(1, len(before))
        self._layout = self._new_layout()
        self._top = self._layout.at(offset)
        if self._term:
            match = self._match
            self._set_term(self._term.text)
            self._match = match if same and self._term.find(self._haystack, max(0, match)) == match else -1

    def show_next(self, step: int) -> None:
        """Switch to the next view (1) or the previous one (-1)."""
        self.show(self.views[(self.views.index(self.view) + step) % len(self.views)])

    def toggle_wrap(self) -> None:
        """Show long lines in one row or wrapped, from the same line on."""
        offset = self._offset(self._top)
        self.wrap, self._shift = not self.wrap, 0
        self._layout = self._new_layout()
        self._top = self._layout.at(offset)

    def pan(self, step: int) -> None:
        """Show what is further to the right (`step` 1) or to the left of long lines."""
        widest = max(width_of(self._layout.line(position, None)) for position in self._positions())
        self._shift = pan(self._shift, step, self._width, widest)

    def lines(self) -> list[list[Part]]:
        """The visible lines, with what is searched for highlighted."""
        lines = (self._layout.line(position, self._term.hits) for position in self._positions())
        return list(lines) if self.wrap else [shifted(line, self._shift) for line in lines]

    def label(self, view: View) -> str:
        """A view in words: `HTTP, JSON`, `text`, `hex`."""
        name = self.formatted.name if view == "formatted" and self.formatted is not None else view
        return f"{name}, not wrapped" if view == self.view and not (self.wrap or self.hex) else name

    @property
    def percent(self) -> int:
        """How much of the message is above the last visible line, 100 at the end."""
        last = self._positions()[-1]
        return 100 if self._layout.after(last) is None else round(100 * last.offset / len(self._shown))

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`, in bytes."""
        total = len(self._shown)
        below = self._layout.after(self._positions()[-1])
        return Extent(self._offset(self._top), total if below is None else self._offset(below), total)

    def _offset(self, position: Position) -> int:
        """About where a line begins."""
        return min(len(self._shown), position.offset + position.line * self._width)

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
        self._top = self._layout.at(len(self._shown))
        self.scroll(1 - self.height)

    # -- searching ----------------------------------------------------------------------------------------------------

    @property
    def search_text(self) -> str:
        """What was searched for last, as typed; empty if nothing."""
        return self._term.text

    @property
    def found(self) -> str:
        """`3 of 17`: which match is the current one; empty without one."""
        if self._match < 0:
            return ""
        if self._total < 0:
            self._total = self._term.count(self._haystack)
        return f"{self._term.count(self._haystack, self._match) + 1:,} of {self._total:,}"

    def search(self, text: str) -> bool:
        """Search from the first visible line on, then from the beginning; returns whether there is a match, then visible."""
        self._set_term(text)
        return self._go_to(self._term.find(self._haystack, self._top.offset)) or self._go_to(
            self._term.find(self._haystack)
        )

    def _set_term(self, text: str) -> None:
        if self.view == "formatted":
            self._term = literal_term(text, self._glyphs)
        else:
            self._term = parse_term(text, self._glyphs, self._charset, self.hex)
        self._haystack, self._match, self._total = self._term.prepare(self._shown), -1, -1

    def find(self, step: int) -> bool:
        """Go to the next match, or the previous one for -1; returns whether there is one."""
        if not self._term:
            return False
        if step > 0:
            return self._go_to(self._term.find(self._haystack, self._match + 1))
        return self._go_to(self._term.find_before(self._haystack, max(0, self._match)))

    def _go_to(self, match: int) -> bool:
        if match < 0:
            return False
        self._match = match
        self._top = self._layout.at(match)
        return True


def _is_text(character: str) -> bool:
    return character.isprintable() or character in "\t\n\v\f\r\u3000"
