"""The last line of the screen: the most important keys. All others are in the help and the palette.

Rules of this file:
- A key that does not fit is left out as a whole, with all that follow it.
- A click on a key does what the key does, by the same action table.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual import events

from tuiserver.console.keymap import Action, Keys
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.parts import Line, Part

_GAP = 3


class Footer(Pane, can_focus=False):
    """The line."""

    def __init__(self, keys: Keys | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, keys=keys)
        self._hints = self.keys.footer()

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        parts: list[Part] = [(" ", "plain")]
        for _, key, action in self._visible():
            parts += [(key, "accent"), (f" {action.label}{' ' * _GAP}", "faint")]
        return [(parts, "plain")]

    def _visible(self) -> Iterator[tuple[int, str, Action]]:
        """The first column, the key and the action of each hint that fits."""
        column = 1
        for action, key in self._hints:
            width = len(key) + 1 + len(action.label)
            if column + width > self.size.width:
                return
            yield column, key, action
            column += width + _GAP

    async def on_click(self, event: events.Click) -> None:
        """Run the action under the pointer."""
        for column, key, action in self._visible():
            if column <= event.x < column + len(key) + 1 + len(action.label):
                await self.run_action(f"app.{action.app_action}")
                return
