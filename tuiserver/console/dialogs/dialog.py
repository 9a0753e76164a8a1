"""Questions that are asked before something is done that cannot be undone.

Rules of this file:
- A dialog says what will happen to whom, in plain words. The focus is on Cancel, and esc is Cancel.
- It answers and does nothing: what follows is the app's, and what became of it is told by the server.
- Names of peers are text, never markup.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.terminal.clipboard import FORMS
from tuiserver.console.text.escape import escape
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core.numbers import duration_words, size
from tuiserver.views.roster import Client

T = TypeVar("T")


class Choice(NamedTuple, Generic[T]):
    """One answer: its `letter`, its words, and what it means."""

    letter: str
    words: str
    answer: T


class _Button(Static, can_focus=True):
    """One choice of a dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]

    class Pressed(Message):
        """This one it is."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, choice: Choice[T]) -> None:
        super().__init__(Content.assemble(" ", (choice.letter, "underline"), f" {choice.words} "))
        self._letter = choice.letter

    def action_press(self) -> None:
        """Choose it."""
        self.post_message(self.Pressed(self._letter))

    def on_click(self) -> None:
        """A click chooses too."""
        self.action_press()


class Dialog(ModalScreen[T], Generic[T]):
    """A title, what there is to know, and the choices, of which the last one is Cancel and has the focus."""

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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("left,up,shift+tab", "app.focus_previous", show=False),
        Binding("right,down,tab", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, facts: Sequence[str], choices: Sequence[Choice[T]]) -> None:
        super().__init__()
        self._words = title
        self._facts = facts
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The whole dialog."""
        with Vertical(id="dialog"):
            yield Static(Content(self._words), id="dialog-title")
            yield Static(Content("\n".join(self._facts)), id="dialog-facts")
            with Horizontal(id="dialog-choices"):
                for choice in self._choices:
                    yield _Button(choice)

    def on_mount(self) -> None:
        """The focus is where nothing can happen."""
        self.query(_Button).last().focus()

    def on_key(self, event: events.Key) -> None:
        """The letter of a choice chooses it."""
        if self._choose(event.key):
            event.stop()

    def on__button_pressed(self, event: _Button.Pressed) -> None:
        """Enter or a click on a choice."""
        self._choose(event.letter)

    def _choose(self, letter: str) -> bool:
        for choice in self._choices:
            if choice.letter == letter:
                self.dismiss(choice.answer)
                return True
        return False

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss(self._choices[-1].answer)


class CloseDialog(Dialog[bool | None]):
    """How to close: True is reset, False is flush and close, None is not at all."""

    def __init__(self, clients: Sequence[Client], glyphs: Glyphs = UNICODE) -> None:
        unsent = sum(client.queued for client in clients)
        waiting = f"{size(unsent)} bytes are not sent yet" if unsent else "nothing waits to be sent"
        if len(clients) == 1:
            client = clients[0]
            title = f"Close #{client.id}?"
            name = f" {client.name}" if client.name else ""
            peer = escape(f"{client.peer}{name}", 58, glyphs)
            facts = [peer, f"connected {duration_words(time.time() - client.since, 1)} ago, {waiting}"]
        else:
            title = f"Close {len(clients):,} connections?"
            named = ", ".join(f"#{client.id}" for client in clients[:8])
            facts = [named + (f", {glyphs.ellipsis}" if len(clients) > 8 else ""), waiting]
        super().__init__(
            title,
            facts,
            (Choice("f", "Flush and close", False), Choice("r", "Reset", True), Choice("c", "Cancel", None)),
        )


class CopyDialog(Dialog[str]):
    """In which form to copy a message: the letter of `clipboard.FORMS`; empty for not at all."""

    def __init__(self, size: int) -> None:
        choices = [Choice(letter, name, letter) for letter, (name, _) in FORMS.items()]
        super().__init__("Copy as", [f"{size:,} bytes"], (*choices, Choice("c", "Cancel", "")))
        self.add_class("-listed")


class QuitDialog(Dialog[bool]):
    """Whether to quit while clients are connected."""

    def __init__(self, count: int) -> None:
        clients = "1 client is" if count == 1 else f"{count:,} clients are"
        super().__init__(
            "Quit?",
            [f"{clients} connected, and will be closed"],
            (Choice("q", "Quit", True), Choice("c", "Cancel", False)),
        )
