"""A one-line question in the place of the footer: a filter, a search, a name.

    prompt.ask("filter connections", "idle>5m", feedback, done)

`feedback(text)` is called with each change and returns what to show next to it: an error, or a count; if it is empty, the
keys are shown as soon as something is typed. `done(text)` is called once: with the text, or with None if the operator
cancels. If the focus moves elsewhere, the text is accepted.

Rules of this file:
- It knows nothing about what it asks for.
- What is typed is text, never markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tuiserver.console.keymap import PROMPT, Keys
from tuiserver.console.panes.line_input import ErrorMark, LineInput
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE

MIN_INPUT = 12
"""Columns of the typed text that the note leaves."""
MIN_NOTE = 20
"""Columns of the note, however long the typed text is."""


class Feedback(NamedTuple):
    """What is shown next to the typed text; `wrong`: it is an error. `position` is that of its first wrong character."""

    text: str = ""
    wrong: bool = False
    position: int | None = None


class Prompt(Widget):
    """The line. It is visible only while it asks."""

    DEFAULT_CSS = """
    Prompt {
        height: 1; layout: horizontal; background: $panel; display: none;
        #prompt-label { width: auto; padding: 0 1; text-style: bold; }
        #prompt-note { width: auto; padding: 0 1; color: $text-muted; }
        .prompt--wrong { background: $error; color: $background; text-style: bold; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $panel; background-tint: $panel 0%;
        }
        .input--placeholder { color: $text-muted; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"prompt--wrong"}

    class Opened(Message):
        """The prompt is visible."""

    class Closed(Message):
        """The prompt is hidden. `refocus`: the focus must go back to where it was."""

        def __init__(self, refocus: bool) -> None:
            super().__init__()
            self.refocus = refocus

    def __init__(self, id: str | None = None, keys: Keys | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = keys or Keys()
        bind_keys(self, self._keys, PROMPT)
        self._feedback: Callable[[str], Feedback] | None = None
        self._mark = ErrorMark()
        self._input = LineInput(highlighter=self._mark, id="prompt-input")
        self._label = self._note = ""
        self._is_error = False
        self._done: Callable[[str | None], object] = lambda text: None
        self._keep_text: Callable[[str], object] | None = None

    def compose(self) -> ComposeResult:
        """The question, the input, and the feedback."""
        yield Static(id="prompt-label")
        yield self._input
        yield Static(id="prompt-note")

    def on_mount(self) -> None:
        """Nothing on the screen blinks."""
        self._input.cursor_blink = False
        self._mark.style = self.get_component_rich_style("prompt--wrong", partial=True)

    @property
    def asking(self) -> bool:
        """True while it is visible."""
        return bool(self.display)

    def ask(
        self,
        label: str,
        text: str,
        feedback: Callable[[str], Feedback],
        done: Callable[[str | None], object],
        hint: str = "",
        keep: Callable[[str], object] | None = None,
    ) -> None:
        """Ask, with `text` already typed and selected: typing replaces it. `hint` is shown while nothing is typed; `keep` is
        called instead of `done` if the operator wants to keep the text."""
        self._feedback = None  # not for the change to the initial text
        self._done, self._keep_text = done, keep
        self._label = label
        self.query_one("#prompt-label", Static).update(Content(label))
        self._input.placeholder = hint
        self._input.put(text)
        self._input.select_all()
        self._feedback = feedback
        self.display = True
        self.post_message(self.Opened())
        self._show_feedback(feedback(text))
        self.screen.set_focus(self._input)  # at once: `focus()` would come after the next key

    def on_input_changed(self, event: Input.Changed) -> None:
        """Apply and comment on what is typed."""
        event.stop()
        if self._feedback is not None and self.asking:
            self._show_feedback(self._feedback(event.value))

    def action_apply(self) -> None:
        """Accept the text."""
        self._close(self._input.value)

    def action_keep(self) -> None:
        """Accept the text, and keep it."""
        if (keep := self._keep_text) is not None:
            self._done = lambda text: keep(text or "")
            self._close(self._input.value)

    def action_cancel(self) -> None:
        """Close without a text."""
        self._close(None)

    def on_descendant_blur(self) -> None:
        """Accept the text if the focus moved elsewhere."""
        if self.asking and not self._input.has_focus:
            self._close(self._input.value, refocus=False)

    def _close(self, text: str | None, refocus: bool = True) -> None:
        if self.asking:
            self._feedback = None
            self.display = False
            self.post_message(self.Closed(refocus))
            self._done(text)

    def _show_feedback(self, feedback: Feedback) -> None:
        self._note, self._is_error = feedback.text, feedback.wrong
        if not self._note and (self._input.value or not self._input.placeholder):
            self._note = self._keys.hints({"prompt-apply": "applies", "prompt-cancel": "cancels"})
        self._mark.position = feedback.position
        self._input.refresh()
        self._fit_note()

    def on_resize(self) -> None:
        """Fit the note into another width."""
        self._fit_note()

    def _fit_note(self) -> None:
        """Show the note in what the typed text leaves; what is typed stays visible."""
        typed = max(MIN_INPUT, cell_len(self._input.value) + 1)
        available = self.app.size.width - cell_len(self._label) - 2 - typed - 2  # the padding of label and note
        text = clip(self._note, max(MIN_NOTE, available), getattr(self.app, "glyphs", UNICODE))
        self.query_one("#prompt-note", Static).update(Content.styled(text, "$text-error" if self._is_error else ""))
