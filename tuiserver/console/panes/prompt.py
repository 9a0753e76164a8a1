"""The line in which one thing is asked, in the place of the footer: a filter, what to search for, a name.

    prompt.ask("filter connections", "idle>5m", typed, done)

`typed(text)` is called with each change and returns what is to be said of it: a fault, or a count. `done(text)` comes once,
with enter, or with None for esc; when the focus goes elsewhere, what was typed stands.

Rules of this file:
- It knows nothing of what it asks for.
- What is typed is text, never markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static


class Feedback(NamedTuple):
    """What is said of what was typed."""

    text: str = ""
    wrong: bool = False


class Prompt(Widget):
    """The line. It is seen only while it asks."""

    DEFAULT_CSS = """
    Prompt {
        height: 1; layout: horizontal; background: $panel; display: none;
        #prompt-label { width: auto; padding: 0 1; text-style: bold; }
        #prompt-note { width: auto; padding: 0 1; color: $text-muted; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $panel; background-tint: $panel 0%;
        }
        .input--placeholder { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    class Opened(Message):
        """It asks."""

    class Closed(Message):
        """It asks no more: the focus belongs to whoever had it before."""

        def __init__(self, refocus: bool) -> None:
            super().__init__()
            self.refocus = refocus

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._typed: Callable[[str], Feedback] | None = None
        self._input = Input(compact=True, select_on_focus=False, id="prompt-input")
        self._done: Callable[[str | None], object] = lambda text: None

    def compose(self) -> ComposeResult:
        """What it asks for, the line, and what is said of it."""
        yield Static(id="prompt-label")
        yield self._input
        yield Static(id="prompt-note")

    def on_mount(self) -> None:
        """Nothing blinks."""
        self._input.cursor_blink = False

    @property
    def asking(self) -> bool:
        """Whether it is on the screen."""
        return bool(self.display)

    def ask(
        self,
        label: str,
        text: str,
        typed: Callable[[str], Feedback],
        done: Callable[[str | None], object],
        hint: str = "",
    ) -> None:
        """Ask; `hint` stands in the empty line."""
        self._typed = None  # The old text is not the new one's.
        self._done = done
        self.query_one("#prompt-label", Static).update(Content(label))
        self._input.placeholder = hint
        self._input.value = text
        self._input.cursor_position = len(text)
        self._typed = typed
        self.display = True
        self.post_message(self.Opened())
        self._say(typed(text))
        self.screen.set_focus(self._input)  # Now, not soon: the next key is already on its way.

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed acts at once."""
        event.stop()
        if self._typed is not None and self.asking:
            self._say(self._typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """It stands."""
        event.stop()
        self._end(event.value)

    def action_cancel(self) -> None:
        """As if it had not been asked."""
        self._end(None)

    def on_descendant_blur(self) -> None:
        """The focus went elsewhere: what was typed stands."""
        if self.asking and not self._input.has_focus:
            self._end(self._input.value, refocus=False)

    def _end(self, text: str | None, refocus: bool = True) -> None:
        if self.asking:
            self._typed = None
            self.display = False
            self.post_message(self.Closed(refocus))
            self._done(text)

    def _say(self, remark: Feedback) -> None:
        style = "$text-error" if remark.wrong else ""
        self.query_one("#prompt-note", Static).update(Content.styled(remark.text, style))
