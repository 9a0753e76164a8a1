"""The base of dialogs that choose from a list: an input line that narrows the list, and the list below it.

    class SavedDialog(Picker[str]):
        def items(self): return [Item("status", "text STATUS", "", "status")]

Rules of this file:
- In the list the keys of all lists move; every other character begins to find, and the key for finding does. In the line,
  up and down move too.
- It only returns a value: the operator's commands act on it. An item is deleted by pressing the key twice.
- Texts are escaped by who makes the items; they are never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuiserver.console.keymap import DIALOG, MOVING, PALETTE, PICKER, Keys
from tuiserver.console.models.pick_list import Item, PickList
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.line_input import LineInput
from tuiserver.console.panes.pane import Pane, bind_keys
from tuiserver.console.text.escape import truncate
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.characters import columns

T = TypeVar("T")
FRAME_ROWS = 6
"""Rows of the screen that the list cannot use: padding, title and footer."""


class Rows(Pane):
    """The list."""

    head_rows = 0

    class Clicked(Message):
        """A line was clicked."""

    class Typed(Message):
        """A character that is not a key of the list was typed."""

        def __init__(self, character: str) -> None:
            super().__init__()
            self.character = character

    def __init__(self, picks: PickList[T], keys: Keys, place: str, nothing: Callable[[], str]) -> None:
        super().__init__(keys=keys, scrollable=picks)
        self._picks, self._nothing = picks, nothing
        bind_keys(self, keys, MOVING, PICKER, place)
        self._bound = {key for key, _ in keys.bindings(MOVING, PICKER, place)}

    def fit(self) -> None:
        """As `Pane.fit`."""
        self._picks.resize(self.size.height)

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        picks, glyphs = self._picks, self.glyphs
        if not picks.found:
            return [([(f"  {self._nothing()}", "faint")], "plain")]
        lines: list[Line] = []
        for row, item in enumerate(picks.visible, picks.top):
            here = row == picks.row
            text = truncate(item.text, max(8, self.row_width - 5 - columns(item.right)), glyphs)
            gap = " " * max(1, self.row_width - 3 - columns(text) - columns(item.right))
            parts: list[Part] = [
                (f"{glyphs.selected if here else ' '} ", "accent"),
                (text, "bold" if here else "plain"),
                (gap, "plain"),
                (item.right, "faint"),
                (" ", "plain"),
            ]
            lines.append((parts, "selected" if here else "plain"))
        return lines

    def clicked(self, event: events.Click) -> None:
        """As `Pane.clicked`."""
        if event.y < len(self._picks.visible):
            self._picks.move(self._picks.top + int(event.y) - self._picks.row)
            self.post_message(self.Clicked())

    def on_key(self, event: events.Key) -> None:
        """Start narrowing with a character that is not a key here."""
        if event.is_printable and event.character and event.key not in self._bound:
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(event.character))


class Picker(ModalScreen[T | None], Generic[T]):
    """The dialog. `place` is the name of its keys in the action table; `finds`: the line has the focus first."""

    DEFAULT_CSS = """
    Picker {
        align: center middle;
        .picker {
            width: 80; max-width: 100%; height: auto; max-height: 100%;
            padding: 1; margin-bottom: 1; background: $panel;
        }
        .picker-head { height: 2; padding: 0 1; }
        .picker-title { width: auto; padding: 0 2 0 0; text-style: bold; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $panel; background-tint: $panel 0%;
        }
        .input--placeholder { color: $text-muted; }
        Rows { background: $panel; }
    }
    """

    place: ClassVar[str] = PICKER
    title_text: str = ""
    finds: ClassVar[bool] = False

    def __init__(self, keys: Keys, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.keys, self.glyphs = keys, glyphs
        bind_keys(self, keys, MOVING, DIALOG, PICKER, self.place)
        self.picks: PickList[T] = PickList()
        self._pending_delete: T | None = None
        self._rows = Rows(self.picks, keys, self.place, lambda: self.no_match() if self.picks.typed else self.nothing())
        find = keys.hint("find")
        self._line = LineInput(placeholder=f"type to find{f', or {find}' if find and not self.finds else ''}")

    # -- for a dialog to define ---------------------------------------------------------------------------------------

    def items(self) -> Sequence[Item[T]]:
        """What there is to choose from."""
        return ()

    def nothing(self) -> str:
        """What is shown if there is nothing."""
        return "nothing"

    def no_match(self) -> str:
        """What is shown if nothing matches what is typed."""
        return "no match"

    def delete(self, value: T) -> str:
        """Delete an item; returns why it could not be deleted."""
        return ""

    # -- the list -----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The title, the line, the list, and the keys."""
        with Vertical(classes="picker"):
            with Horizontal(classes="picker-head"):
                yield Static(Content.styled(self.title_text, "bold"), classes="picker-title")
                yield self._line
            yield self._rows
        yield Footer(self.keys, lambda: PALETTE if self._line.has_focus else self.place)

    def on_mount(self) -> None:
        """Show the list, as high as it is or as the screen allows."""
        self._line.cursor_blink = False
        self.reload()
        self.set_focus(self._line if self.finds else self._rows)

    def on_resize(self) -> None:
        """Fit the list to the height of the screen."""
        self._rows.styles.height = max(1, min(len(self.picks.found) or 1, self.app.size.height - FRAME_ROWS))

    def reload(self) -> None:
        """Read the items again."""
        again = self.keys.hints({"saved-delete": "again deletes it"})
        self.picks.replace(
            [item._replace(right=again) if item.value == self._pending_delete else item for item in self.items()]
        )
        self._rows.redraw()

    def on_descendant_focus(self) -> None:
        """Show the keys of the line, or those of the list."""
        self.query_one(Footer).redraw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        if event.value != self.picks.typed:
            self.picks.find(event.value)
            self._rows.redraw()

    def on_rows_typed(self, event: Rows.Typed) -> None:
        """Begin to find."""
        self.set_focus(self._line)
        self._line.put(self._line.value + event.character)

    def on_rows_clicked(self) -> None:
        """A click chooses."""
        self.action_accept()

    def action_find(self) -> None:
        """Go to the line."""
        self.set_focus(self._line)

    def action_list(self) -> None:
        """Go to the list, or back to the line."""
        self.set_focus(self._rows if self._line.has_focus else self._line)

    def action_step(self, steps: int) -> None:
        """Move the cursor."""
        self._rows.action_step(steps)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._rows.action_page(pages)

    def action_first(self) -> None:
        """Go to the first item."""
        self._rows.action_first()

    def action_last(self) -> None:
        """Go to the last item."""
        self._rows.action_last()

    def action_accept(self) -> None:
        """Choose the item under the cursor."""
        self.dismiss(self.picks.current.value if self.picks.current else None)

    def action_delete(self) -> None:
        """Delete the item under the cursor if the key is pressed twice."""
        if (item := self.picks.current) is None:
            return
        if self._pending_delete == item.value:
            if fault := self.delete(item.value):
                self.notify(fault, severity="error", markup=False)
            self._pending_delete = None
        else:
            self._pending_delete = item.value
        self.reload()

    def action_cancel(self) -> None:
        """Close without choosing."""
        self.dismiss(None)
