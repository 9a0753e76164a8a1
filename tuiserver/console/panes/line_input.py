"""One line of input, for send bar, prompt and lists: pasted control characters become escapes, an error can be marked, and
what is typed can be completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
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


class Completing(Suggester):
    """Shows dimmed what `complete` makes of the typed text, and puts it there when the right arrow is pressed at its end."""

    def __init__(self, complete: Callable[[str], str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """As `Suggester.get_suggestion`."""
        return self._complete(value) or None


class LineInput(Input, inherit_bindings=False):
    """The input. Enter is bound by the action table, like all keys that do not edit.

    `paste` takes what is pasted, and the positions between which it comes; without it, it is inserted.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Input.BINDINGS if isinstance(each, Binding) and each.action != "submit"
    ]

    def __init__(self, paste: Callable[[str, int, int], object] | None = None, **options: Any) -> None:
        super().__init__(compact=True, select_on_focus=False, **options)
        self._paste = paste or self._insert

    def put(self, text: str, position: int | None = None) -> None:
        """Replace the text, with the cursor at its end or at `position`."""
        self.value = text
        self.cursor_position = len(text) if position is None else position

    def _insert(self, copied: str, start: int, end: int) -> None:
        """Insert what was copied, without the line break of a whole line."""
        self.replace(copied.rstrip("\r\n"), start, end)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self._paste(event.text, min(start, end), max(start, end))

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace what is between `start` and `end`."""
        super().replace(payload.escape_nonprintable(text), start, end)
