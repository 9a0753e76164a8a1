"""The help: what every key does, read from the table of actions; the pane one comes from stands first."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import ABOUT, ANYWHERE, HEADINGS, MOVING, SEND, Keys
from tuiserver.console.terminal.key_names import key_name
from tuiserver.console.text.glyphs import UNICODE, Glyphs


def help_text(here: str, glyphs: Glyphs = UNICODE, keys: Keys | None = None) -> Content:
    """All actions by where they belong: `here` first, then how to move there, then anywhere, then the rest."""
    known = keys or Keys()
    parts: list[str | tuple[str, str]] = []
    for where in dict.fromkeys((here, *(() if here == SEND else (MOVING,)), ANYWHERE, *HEADINGS)):
        parts.append((f"{HEADINGS[where]}\n", "bold"))
        if where == here and where in ABOUT:
            parts.append((f"{ABOUT[where]}\n\n", "$foreground 80%"))
        for action in known.actions:
            if action.where == where:
                names = " ".join(key_name(key, glyphs) for key in known.of(action)) or glyphs.none
                parts += [(f"  {names:<16}", "$text-accent"), f"{action.help}\n"]
        parts.append("\n")
    return Content.assemble(*parts).rstrip()


class Help(ModalScreen[None]):
    """The help, over the whole screen; arrows scroll, esc or `?` closes."""

    DEFAULT_CSS = """
    Help {
        align: center middle;
        #help { width: 80; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
        #help:focus { background-tint: $foreground 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, here: str, glyphs: Glyphs = UNICODE, keys: Keys | None = None) -> None:
        super().__init__()
        self._keys = keys
        self._glyphs = glyphs
        self._here = here

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll(id="help"):
            yield Static(help_text(self._here, self._glyphs, self._keys))

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)


def open_dialog(context: Context) -> None:
    """Open the help, that of the present pane first."""
    context.app.push_screen(Help(context.place, context.glyphs, context.keys))
