"""The line of what is being sent in the background: shown at every size while there is something, with the key that stops it.

line.show("every 500 ms  12 of 100 to #12")      # empty: nothing is sent, and the line is gone
"""

from __future__ import annotations

from tuiserver.console.keymap import Keys
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import clip
from tuiserver.console.text.parts import Button, Line, Part, width_of


class JobsLine(Pane, can_focus=False):
    """The line."""

    DEFAULT_CSS = "JobsLine { height: 1; background: $surface; display: none; }"

    def __init__(self, keys: Keys | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, keys=keys)
        self._text = ""

    def show(self, text: str) -> None:
        """Show what is being sent."""
        if text != self._text:
            self._text = text
            self.display = bool(text)
            self.redraw()

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        key = self.keys.hint("stop", self.glyphs)
        stop: list[Part | Button] = [Button("stop", [(key, "accent"), (" stop", "faint")])] if key else []
        head: list[Part | Button] = [(" ", "plain"), ("SENDING", "title"), ("  ", "plain")]
        width = self.size.width - width_of(head) - width_of(stop) - 3
        return [
            (self.lay_out([*head, (clip(self._text, width, self.glyphs), "plain"), ("  ", "plain"), *stop]), "plain")
        ]
