"""The last line: the keys one needs most. All the others are in the help and the palette.

Rules of this file:
- What does not fit is left out whole, from the right.
- A click on a key does what the key does, by the same table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events

from tuiserver.console.actions import ACTIONS
from tuiserver.console.pane import Drawn, Line, Part

_GAP = 3


class Footer(Drawn):
    """The line; `keys` are pairs of a key, as it is written, and its word."""

    def __init__(self, keys: Sequence[tuple[str, str]], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = keys

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        parts: list[Part] = [(" ", "plain")]
        for _, key, word in self._shown():
            parts += [(key, "accent"), (f" {word}{' ' * _GAP}", "faint")]
        return [(parts, "plain")]

    def _shown(self) -> Iterator[tuple[int, str, str]]:
        """The column where it begins, the key and the word of each that fits."""
        column = 1
        for key, word in self._keys:
            width = len(key) + 1 + len(word)
            if column + width > self.size.width:
                return
            yield column, key, word
            column += width + _GAP

    async def on_click(self, event: events.Click) -> None:
        """As if the key under the pointer had been pressed."""
        for column, key, word in self._shown():
            if column <= event.x < column + len(key) + 1 + len(word):
                run = next((action.run for action in ACTIONS if action.place and action.word == word), "")
                if run:
                    await self.run_action(f"app.{run}")
                return
