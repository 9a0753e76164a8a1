"""The views of one message: its fields beside its hexdump if it has any, and those of the `MessageReader`.

    views = MessageViews(data, glyphs, charset, fields)
    views.resize(80, 20); views.show_next(1)
    views.lines(); views.move(1); views.search("imei")

Rules of this file:
- It passes everything on to the view that is shown. Each keeps its own position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuiserver.console.models.field_tree import FieldTree
from tuiserver.console.models.message_reader import MessageReader
from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Part
from tuiserver.core.charsets import UTF8, Charset

if TYPE_CHECKING:
    from tuiserver.decoders.base import Field

FIELDS = "fields"


class MessageViews:
    """`view` is the name of the one that is shown, one of `views`; at first the fields, if there are any."""

    def __init__(
        self, data: bytes, glyphs: Glyphs = UNICODE, charset: Charset = UTF8, fields: Sequence[Field] = ()
    ) -> None:
        self.reader = MessageReader(data, glyphs, charset)
        self.tree = FieldTree(fields, data, glyphs, charset.column) if fields else None
        self.views: tuple[str, ...] = (FIELDS, *self.reader.views) if fields else self.reader.views
        self.view = FIELDS if fields else self.reader.view
        self.height = 1

    @property
    def _shown(self) -> MessageReader | FieldTree:
        return self.tree if self.view == FIELDS and self.tree is not None else self.reader

    def resize(self, width: int, height: int) -> None:
        """Use so many columns and rows."""
        self.height = max(1, height)
        self.reader.resize(width, height)
        if self.tree is not None:
            self.tree.resize(width, height)

    def show_next(self, step: int) -> None:
        """Switch to the next view (1) or the previous one (-1)."""
        self.view = self.views[(self.views.index(self.view) + step) % len(self.views)]
        for view in self.reader.views:
            if view == self.view != self.reader.view:
                self.reader.show(view)

    def label(self, name: str) -> str:
        """A view in words: `fields`, `HTTP, JSON`, `text`, `hex`."""
        for view in self.reader.views:
            if view == name:
                label = self.reader.label(view)
                return label if name == self.view else label.removesuffix(", not wrapped")
        return name

    def lines(self) -> list[list[Part]]:
        """The visible lines."""
        return self._shown.lines()

    @property
    def field_name(self) -> str | None:
        """The name of the selected field; None while none is shown."""
        field = self.tree.selected if self.tree is not None and self._shown is self.tree else None
        return None if field is None else field.name

    @property
    def position(self) -> str:
        """`5 of 18` fields, or how much of the message is above the last visible line: `73 %`."""
        if self.tree is not None and self._shown is self.tree:
            return f"{self.tree.row + 1:,} of {len(self.tree.fields):,}"
        return f"{self.reader.percent:3} %"

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`."""
        return self._shown.extent

    def toggle_wrap(self) -> None:
        """Show long lines in one row or wrapped; fields are not wrapped."""
        if self._shown is self.reader:
            self.reader.toggle_wrap()

    def pan(self, step: int) -> None:
        """Show what is further to the right or to the left of long lines."""
        self._shown.pan(step)

    def click(self, x: int, y: int) -> None:
        """Select the field that is at a position."""
        if self.tree is not None and self._shown is self.tree:
            self.tree.click(x, y)

    # -- moving -------------------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self._shown.move(steps)

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`."""
        self._shown.scroll(lines)

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self._shown.scroll_to(start)

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self._shown.page(pages)

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self._shown.scroll_to_start()

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self._shown.scroll_to_end()

    # -- searching ----------------------------------------------------------------------------------------------------

    @property
    def search_text(self) -> str:
        """What was searched for last, as typed."""
        return self._shown.search_text

    @property
    def found(self) -> str:
        """`3 of 17`: which match is the current one; empty without one, and among fields."""
        return self.reader.found if self._shown is self.reader else ""

    def search(self, text: str) -> bool:
        """Search from here on, then from the beginning; returns whether there is a match, then visible."""
        return self._shown.search(text)

    def find(self, step: int) -> bool:
        """Go to the next match, or the previous one; returns whether there is one."""
        return self._shown.find(step)
