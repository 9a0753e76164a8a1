"""The help: what every key does, made from the action table; the pane where the operator is comes first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import ABOUT, ANYWHERE, HEADINGS, HELP, MOVING, SHARED, Keys
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.terminal.key_names import key_name
from tuiserver.console.text.glyphs import UNICODE, Glyphs


def help_text(here: str, glyphs: Glyphs = UNICODE, keys: Keys | None = None) -> Content:
    """All actions by where they belong: first `here`, then how to move there, then anywhere, then the rest."""
    keys = keys or Keys()
    parts: list[str | tuple[str, str]] = []
    for where in dict.fromkeys((here, *SHARED.get(here, ()), ANYWHERE, *HEADINGS)):
        actions = [action for action in keys.actions if action.where == where]
        if not actions and where != here:
            continue
        parts.append((f"{HEADINGS.get(where, where.upper())}\n", "bold"))
        if where == here and where in ABOUT:
            parts.append((f"{ABOUT[where]}\n\n", "$foreground 80%"))
        for action in actions:
            names = " ".join(key_name(key, glyphs) for key in keys.of(action)) or glyphs.none
            parts += [(f"  {names:<20}", "$text-accent"), f"{action.help}\n"]
        parts.append("\n")
    return Content.assemble(*parts).rstrip()


class _Text(VerticalScroll, inherit_bindings=False):
    """The text, without Textual's own keys."""


class Help(ModalScreen[None]):
    """The help, over the whole screen."""

    DEFAULT_CSS = """
    Help {
        align: center middle;
        #help { width: 80; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel; }
        #help:focus { background-tint: $foreground 0%; }
    }
    """

    def __init__(self, here: str, glyphs: Glyphs = UNICODE, keys: Keys | None = None) -> None:
        super().__init__()
        self._keys = keys or Keys()
        bind_keys(self, self._keys, MOVING, HELP)
        self._glyphs = glyphs
        self._here = here

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with _Text(id="help"):
            yield Static(help_text(self._here, self._glyphs, self._keys))

    def action_step(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.action_step(pages * max(1, self.query_one("#help").size.height - 1))

    def action_first(self) -> None:
        """Scroll to the top."""
        self.query_one("#help").scroll_home(animate=False)

    def action_last(self) -> None:
        """Scroll to the bottom."""
        self.query_one("#help").scroll_end(animate=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)


def open_dialog(context: Context) -> None:
    """Open the help, that of the present pane first."""
    context.app.push_screen(Help(context.scope, context.glyphs, context.keys))
