"""The base of dialogs that ask a question with a few answers.

    class QuitDialog(Dialog[bool]):
        def __init__(self, count, keys):
            super().__init__("Quit?", [f"{count} clients …"], [Choice("quit-now", "Quit", True)], cancelled=False, keys=keys)

Rules of this file:
- A dialog says what will happen to whom, in plain words. Cancel is the last answer and has the focus.
- It only returns an answer: the operator's commands act on it, and the server reports the effect.
- Each answer is an action of the table, under whose key it is shown and chosen.
- Names of peers are text, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.keymap import CHOICES, DIALOG, Action, Keys
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.pane import bind_keys

T = TypeVar("T")


class Choice(NamedTuple, Generic[T]):
    """One answer: the name of its action in the table, its label, and the value that the dialog returns."""

    action: str
    label: str
    answer: T


class _Button(Static, can_focus=True):
    """One answer on the screen."""

    class Pressed(Message):
        """The answer was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, action: str, label: str, key: str) -> None:
        super().__init__(Content.assemble(" ", (key, "underline"), " " if key else "", f"{label} "))
        self.action = action

    def on_click(self) -> None:
        """A click chooses."""
        self.post_message(self.Pressed(self.action))


class Dialog(ModalScreen[T], Generic[T]):
    """A title, the facts, and the answers. `cancelled` is what Cancel returns."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        #dialog { width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
        #dialog-title { text-style: bold; }
        #dialog-facts { color: $text-muted; }
        #dialog-choices { height: 1; margin-top: 1; align-horizontal: right; }
        _Button { width: auto; margin-left: 2; }
        _Button:focus { background: $accent; color: $background; text-style: bold; }
        _Button:focus:nocolor { text-style: reverse; }
        &.-listed #dialog-choices { layout: vertical; height: auto; align-horizontal: left; }
        &.-listed _Button { margin-left: 0; }
    }
    """

    def __init__(
        self, title: str, facts: Sequence[str], choices: Sequence[Choice[T]], cancelled: T, keys: Keys | None = None
    ) -> None:
        super().__init__()
        self._keys = keys or Keys()
        bind_keys(self, self._keys, DIALOG, CHOICES)
        self._question, self._facts = title, facts
        self._choices = {choice.action: choice for choice in (*choices, Choice("cancel-choice", "Cancel", cancelled))}

    def compose(self) -> ComposeResult:
        """The whole dialog."""
        with Vertical(id="dialog"):
            yield Static(Content(self._question), id="dialog-title")
            yield Static(Content("\n".join(self._facts)), id="dialog-facts")
            with Horizontal(id="dialog-choices"):
                for action, label, _ in self._choices.values():
                    yield _Button(action, label, self._keys.hint(action))
        yield Footer(self._keys, lambda: CHOICES, self._applies)

    def _applies(self, action: Action) -> bool:
        """Whether an action is none of the answers of another dialog, and no second key for the same."""
        is_answer = action.run == f"choose('{action.name}')"
        return action.name in self._choices if is_answer else action.name not in ("press", "cancel-choice")

    def on_mount(self) -> None:
        """Focus Cancel."""
        self.query(_Button).last().focus()

    def on__button_pressed(self, event: _Button.Pressed) -> None:
        """An answer was clicked."""
        self.action_choose(event.action)

    def action_choose(self, action: str) -> None:
        """Return the answer of an action; one that belongs to another dialog does nothing."""
        if choice := self._choices.get(action):
            self.dismiss(choice.answer)

    def action_accept(self) -> None:
        """Return the answer that has the focus."""
        if isinstance(self.focused, _Button):
            self.action_choose(self.focused.action)

    def action_move(self, step: int) -> None:
        """Move the focus to another answer."""
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_cancel(self) -> None:
        """Change nothing."""
        self.action_choose("cancel-choice")
