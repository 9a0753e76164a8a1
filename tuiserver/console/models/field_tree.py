"""The fields of a message as a tree beside its hexdump, with the bytes of the selected field marked.

    tree = FieldTree(fields, data, glyphs)
    tree.resize(80, 20); tree.move(1)
    tree.lines()                             # each a row of the tree, and a row of the hexdump

Rules of this file:
- Pure, and a `Scrollable`: its items are the fields. Only what is visible is made into text.
- The hexdump follows the selected field; the tree keeps its place.
- The last line says where the selected field is, and its whole value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.models.scrolling import pan
from tuiserver.console.text.escape import escape_label, truncate
from tuiserver.console.text.field_lines import judgement, place_text, value_text
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hexdump import hex_line, hex_parts, hex_width, offset_digits
from tuiserver.console.text.parts import Part, shifted, width_of
from tuiserver.core.characters import columns, left
from tuiserver.core.charsets import ASCII_COLUMN

if TYPE_CHECKING:
    from tuiserver.decoders.base import Field

MIN_TREE, MAX_TREE = 30, 64
"""Columns of the tree."""
MIN_DUMP_WIDTH = 60
"""Columns of the whole below which there is no hexdump."""
INDENT = 2
GAP = 2


class FieldTree:
    """The tree. `row` is the number of the selected field."""

    def __init__(
        self, fields: Sequence[Field], data: bytes, glyphs: Glyphs = UNICODE, column: str = ASCII_COLUMN
    ) -> None:
        self.fields = fields
        self.row = 0
        self.top = 0
        self.height = 1
        self._data, self._glyphs, self._column = data, glyphs, column
        self._width = 80
        self._shift = 0
        self._dump_top = 0
        self._places = _places(fields)
        self._name_width = max((columns(self._label(row)) for row in range(min(200, len(fields)))), default=0)
        self._search = ""

    def resize(self, width: int, height: int) -> None:
        """Use so many columns and rows, the last line included."""
        self._width, self.height = max(1, width), max(1, height - 1)
        self._show()

    @property
    def selected(self) -> Field | None:
        """The selected field."""
        return self.fields[self.row] if self.fields else None

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self) -> list[list[Part]]:
        """The visible lines; the last one is about the selected field."""
        tree = self._tree_width
        rows = range(self.top, self.top + self.height)
        lines = [self._tree_row(row, tree) + self._dump_row(self._dump_top + row - self.top) for row in rows]
        field = self.selected
        if field is None:
            return [*lines, [("no fields", "faint")]]
        value = value_text(field, self._glyphs)
        end: list[Part] = [
            (f"{place_text(field)}  ", "faint"),
            (value, "bold"),
            ("  ", "plain"),
            judgement(field, self._glyphs),
        ]
        return [*lines, shifted(end, self._shift)]

    @property
    def _per_line(self) -> int:
        free = self._width - MIN_TREE - GAP - offset_digits(len(self._data)) - 4
        return next((count for count in (16, 8, 4) if hex_width(count) + count <= free), 4)

    @property
    def _tree_width(self) -> int:
        if self._width < MIN_DUMP_WIDTH:
            return self._width
        count = self._per_line
        return min(MAX_TREE, self._width - GAP - offset_digits(len(self._data)) - 4 - hex_width(count) - count)

    def _label(self, row: int) -> str:
        depth, name = self._places[row]
        return f"{' ' * (INDENT * min(depth, 10))}{truncate(escape_label(name, self._glyphs), 24, self._glyphs)}"

    def _tree_row(self, row: int, width: int) -> list[Part]:
        if row >= len(self.fields):
            return [(" " * (width + GAP), "plain")]
        field, glyphs = self.fields[row], self._glyphs
        here = row == self.row
        column = min(self._name_width, width // 2)
        label = left(truncate(self._label(row), column, glyphs), column)
        note = judgement(field, glyphs)
        space = width - columns(label) - 4
        kept = min(columns(note[0]) + 2, max(0, space - 8)) if note[0] else 0
        value = truncate(value_text(field, glyphs), max(0, space - kept), glyphs)
        parts: list[Part] = [
            (f"{glyphs.selected if here else ' '} ", "picked" if here else "plain"),
            (f"{label}  ", "picked" if here else "faint" if field.value is None else "key"),
            (value, "picked" if here else "plain"),
        ]
        if kept > 2:
            text = truncate(note[0], width - width_of(parts) - 2, glyphs)
            parts += [("  ", "picked" if here else "plain"), (text, note[1] if not here or field.code else "picked")]
        missing = width - width_of(parts)
        return [*parts, (" " * max(0, missing), "picked" if here else "plain"), (" " * GAP, "plain")]

    def _dump_row(self, line: int) -> list[Part]:
        if self._width < MIN_DUMP_WIDTH:
            return []
        count = self._per_line
        start = line * count
        data = self._data[start : start + count]
        if not data and line:
            return []
        dump = hex_line(data, start, count, offset_digits(len(self._data)), self._glyphs.dot, self._column)
        field = self.selected
        marked = []
        if field is not None:
            first, last = max(0, field.offset - start), min(len(data), field.offset + field.size - start)
            marked = [(first, last)] if first < last else []
        return hex_parts(dump, marked, "plain")

    # -- moving -------------------------------------------------------------------------------------------------------

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`, in fields."""
        return Extent(self.top, min(self.top + self.height, len(self.fields)), len(self.fields))

    def select(self, row: int) -> None:
        """Select a field by its number."""
        self.row = max(0, min(row, len(self.fields) - 1))
        self._shift = 0
        self._show()

    def select_byte(self, offset: int) -> bool:
        """Select the smallest field that has this byte; False if none has."""
        sizes = [
            (field.size, -row)
            for row, field in enumerate(self.fields)
            if field.offset <= offset < field.offset + field.size
        ]
        if sizes:
            self.select(-min(sizes)[1])
        return bool(sizes)

    def click(self, x: int, y: int) -> None:
        """Select the field whose row, or one of whose bytes, is at this position."""
        tree = self._tree_width
        if x < tree + GAP:
            if self.top + y < len(self.fields):
                self.select(self.top + y)
            return
        count = self._per_line
        at = x - tree - GAP - offset_digits(len(self._data)) - 2
        byte = at - hex_width(count) - 2 if at >= hex_width(count) + 2 else (at - at // 24) // 3
        if 0 <= byte < count:
            self.select_byte((self._dump_top + y) * count + byte)

    def _show(self) -> None:
        """Scroll as little as shows the selected field, and its first bytes."""
        self.top = max(min(self.top, self.row), self.row - self.height + 1, 0)
        field = self.selected
        if field is None:
            return
        count = self._per_line
        first, last = field.offset // count, max(field.offset, field.offset + field.size - 1) // count
        lines = -(-len(self._data) // count)
        if first < self._dump_top or last >= self._dump_top + self.height:
            self._dump_top = min(first, max(0, last - self.height + 1))
        if first < self._dump_top or first >= self._dump_top + self.height:
            self._dump_top = first
        self._dump_top = max(0, min(self._dump_top, lines - self.height))

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self.select(self.row + steps)

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`; the same field stays selected."""
        self.scroll_to(self.top + lines)

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self.move(pages * max(1, self.height - 1))

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self.top = max(0, min(round(start), len(self.fields) - self.height))

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self.select(0)

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self.select(len(self.fields) - 1)

    def pan(self, step: int) -> None:
        """Show what is further to the right or the left of a long value."""
        field = self.selected
        widest = len(place_text(field)) + columns(value_text(field, self._glyphs)) + 80 if field else 0
        self._shift = pan(self._shift, step, self._width, widest)

    # -- searching ----------------------------------------------------------------------------------------------------

    @property
    def search_text(self) -> str:
        """What was searched for last."""
        return self._search

    def search(self, text: str) -> bool:
        """Go to the selected field or the next one that has a text in its name, value or note; then from the first on."""
        self._search = text
        return self._find(range(self.row, len(self.fields))) or self._find(range(self.row))

    def find(self, step: int) -> bool:
        """Go to the next field that has the text, or the previous one."""
        rows = range(self.row + 1, len(self.fields)) if step > 0 else range(self.row - 1, -1, -1)
        return bool(self._search) and self._find(rows)

    def _find(self, rows: range) -> bool:
        wanted = self._search.lower()
        for row in rows:
            field = self.fields[row]
            text = f"{field.name} {value_text(field, self._glyphs)} {field.note}".lower()
            if wanted in text or wanted in f"{field.name}:{value_text(field, self._glyphs)}".lower():
                self.select(row)
                return True
        return False


def _places(fields: Sequence[Field]) -> list[tuple[int, str]]:
    """The depth of each field, and its name without those of the fields around it."""
    around: list[str] = []
    places = []
    for field in fields:
        while around and not field.name.startswith(f"{around[-1]}."):
            around.pop()
        name = field.name[len(around[-1]) + 1 :] if around else field.name
        places.append((len(around), name))
        if field.value is None:
            around.append(field.name)
    return places
