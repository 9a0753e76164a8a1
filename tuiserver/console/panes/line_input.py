"""One line of input, for send bar and prompt: pasted control characters become escapes, and an error can be marked."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tuiserver.core import payload


class ErrorMark(Highlighter):
    """Marks the character at `position`, the first one that cannot be parsed; None for no mark."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.style = Style(reverse=True)

    def highlight(self, text: Text) -> None:
        """Called by the input each time it draws."""
        if self.position is not None:
            text.stylize(self.style, self.position, self.position + 1)


class LineInput(Input, inherit_bindings=False):
    """The input. Enter is bound by the action table, like all keys that do not edit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Input.BINDINGS if isinstance(each, Binding) and each.action != "submit"
    ]

    def put(self, text: str) -> None:
        """Replace the text, with the cursor at its end."""
        self.value = text
        self.cursor_position = len(text)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self.replace(event.text, min(start, end), max(start, end))

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace what is between `start` and `end`."""
        super().replace(payload.escape_nonprintable(text), start, end)
