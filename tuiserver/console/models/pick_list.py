"""A list to choose from: what matches the typed words, and a cursor in it.

    picks = PickList([Item("Mark all open connections", "*", "mark-all", run)])
    picks.find("mark"); picks.move(1); picks.current

Rules of this file:
- An item matches if it contains every typed word; case does not matter. Items that begin like that come first, then
  those in which a word does.
- It is a `Scrollable`, like the content of a pane: the cursor stays visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from tuiserver.console.models.scroll_bar import Extent

T = TypeVar("T")


class Item(NamedTuple, Generic[T]):
    """One line: its text, the text at its right, further search words, and the value that it stands for."""

    text: str
    right: str
    words: str
    value: T


class PickList(Generic[T]):
    """The list. `found` are the items that match, `row` is the index of the cursor among them, `top` that of the first
    visible one."""

    def __init__(self, items: Sequence[Item[T]] = ()) -> None:
        self.height = 1
        self.row = self.top = 0
        self.typed = ""
        self._items = self.found = list(items)

    def replace(self, items: Sequence[Item[T]]) -> None:
        """Replace the items; the typed words still apply, and the cursor keeps its row."""
        row = self.row
        self._items = list(items)
        self.find(self.typed)
        self.move(row)

    def find(self, typed: str) -> None:
        """Narrow the list to what matches, with the cursor on the best match."""
        self.typed = typed
        typed = typed.lower().strip()
        words = typed.split()
        matching = [(item, f" {item.text} {item.words}".lower()) for item in self._items]
        matching = [(item, text) for item, text in matching if all(word in text for word in words)]
        matching.sort(
            key=lambda match: (not match[1].startswith(f" {typed}"), sum(f" {word}" not in match[1] for word in words))
        )
        self.found = [item for item, _ in matching]
        self.row = self.top = 0

    @property
    def current(self) -> Item[T] | None:
        """The item under the cursor."""
        return self.found[self.row] if self.found else None

    @property
    def visible(self) -> list[Item[T]]:
        """The items that can be seen."""
        return self.found[self.top : self.top + self.height]

    @property
    def extent(self) -> Extent:
        """As `Scrollable.extent`."""
        return Extent(self.top, self.top + len(self.visible), len(self.found))

    def resize(self, height: int) -> None:
        """Set the number of visible lines."""
        self.height = max(1, height)
        self.move(0)

    def move(self, steps: int) -> None:
        """As `Scrollable.move`."""
        self.row = max(0, min(self.row + steps, len(self.found) - 1))
        self.top = max(0, self.row - self.height + 1, min(self.top, self.row, len(self.found) - self.height))

    def page(self, pages: int) -> None:
        """As `Scrollable.page`."""
        self.move(pages * max(1, self.height - 1))

    def scroll(self, lines: int) -> None:
        """As `Scrollable.scroll`."""
        self.top = max(0, min(self.top + lines, len(self.found) - self.height))

    def scroll_to(self, start: float) -> None:
        """As `Scrollable.scroll_to`."""
        self.scroll(round(start) - self.top)

    def scroll_to_start(self) -> None:
        """As `Scrollable.scroll_to_start`."""
        self.move(-len(self.found))

    def scroll_to_end(self) -> None:
        """As `Scrollable.scroll_to_end`."""
        self.move(len(self.found))
