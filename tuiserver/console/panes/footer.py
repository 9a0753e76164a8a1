"""The last line: the keys one needs most. All the others are in the help and the palette.

Rules of this file:
- What does not fit is left out whole, from the right.
- A click on a key does what the key does, by the same table.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual import events

from tuiserver.console.keymap import Action, Keys, app_action
from tuiserver.console.panes.pane import Drawn
from tuiserver.console.text.parts import Line, Part

_GAP = 3


class Footer(Drawn):
    """The line, by these keys."""

    def __init__(self, keys: Keys | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = (keys or Keys()).footer()

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        parts: list[Part] = [(" ", "plain")]
        for _, key, action in self._shown():
            parts += [(key, "accent"), (f" {action.label}{' ' * _GAP}", "faint")]
        return [(parts, "plain")]

    def _shown(self) -> Iterator[tuple[int, str, Action]]:
        """The column where it begins, the key and the action of each that fits."""
        column = 1
        for action, key in self._keys:
            width = len(key) + 1 + len(action.label)
            if column + width > self.size.width:
                return
            yield column, key, action
            column += width + _GAP

    async def on_click(self, event: events.Click) -> None:
        """As if the key under the pointer had been pressed."""
        for column, key, action in self._shown():
            if column <= event.x < column + len(key) + 1 + len(action.label):
                await self.run_action(f"app.{app_action(action)}")
                return
