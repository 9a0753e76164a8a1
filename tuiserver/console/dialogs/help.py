"""The help: what the keys do that work where the operator is, made from the action table.

Rules of this file:
- A line that is too long goes on below its own beginning, not below the keys.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tuiserver.console.context import Context
from tuiserver.console.keymap import ABOUT, HEADINGS, HELP, MOVING, Action, Keys
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.terminal.key_names import key_name
from tuiserver.console.text.glyphs import UNICODE, Glyphs

KEY_COLUMNS = 18
"""Columns for the keys of an action; more of them go on below."""
MIN_WIDTH = 20
"""Columns to which the text is wrapped at least, whatever there is to see."""
Applies = Callable[[Action], bool]


def help_text(
    here: str, width: int, glyphs: Glyphs = UNICODE, keys: Keys | None = None, applies: Applies = lambda action: True
) -> Content:
    """The actions that work in a place, by where they belong, its own first."""
    keys, width = keys or Keys(), max(MIN_WIDTH, width)
    found = [(action, names) for action, names in keys.at(here) if applies(action)]
    parts: list[str | tuple[str, str]] = []
    for where in dict.fromkeys((here, *(action.where for action, _ in found))):
        about = ABOUT.get(where, "") if where == here else ""
        actions = [(action, names) for action, names in found if action.where == where]
        if not actions and not about:
            continue
        from_here = "" if where in (here, *keys.places(here)) else ", FROM HERE TOO"
        parts.append((f"{HEADINGS.get(where, where.upper())}{from_here}\n", "bold"))
        if about:
            parts.append((f"{textwrap.fill(about, width)}\n\n", "$foreground 80%"))
        for action, names in actions:
            parts += _lines((key_name(name, glyphs) for name in names), action.help, width)
        if actions:
            parts.append("\n")
    parts.append(
        (
            textwrap.fill("The other panes have keys of their own. tuiserver keys lists all.", width),
            "$foreground 80%",
        )
    )
    return Content.assemble(*parts)


def _lines(names: Iterable[str], text: str, width: int) -> list[str | tuple[str, str]]:
    """The keys of an action on the left, what it does on the right, as many lines as both need."""
    left = textwrap.wrap(" ".join(names), KEY_COLUMNS)
    right = textwrap.wrap(text, max(10, width - KEY_COLUMNS - 4))
    rows = max(len(left), len(right))
    parts: list[str | tuple[str, str]] = []
    for keys, words in zip(left + [""] * (rows - len(left)), right + [""] * (rows - len(right)), strict=True):
        parts += [(f"  {keys:<{KEY_COLUMNS}}", "$text-accent"), f"  {words}\n"]
    return parts


class _Text(VerticalScroll, inherit_bindings=False):
    """The text, without Textual's own keys."""


class _Lines(Static):
    """What it says, wrapped to its width by `text`."""

    def __init__(self, text: Callable[[int], Content]) -> None:
        super().__init__()
        self._text = text

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the text anew."""
        self.update(self._text(event.size.width))


class Help(ModalScreen[None]):
    """The help, over the whole screen."""

    DEFAULT_CSS = """
    Help {
        align: center middle;
        #help { width: 80; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; margin-bottom: 1; background: $panel; }
        #help:focus { background-tint: $foreground 0%; }
    }
    """

    def __init__(
        self, here: str, glyphs: Glyphs = UNICODE, keys: Keys | None = None, applies: Applies = lambda action: True
    ) -> None:
        super().__init__()
        self._keys = keys or Keys()
        bind_keys(self, self._keys, MOVING, HELP)
        self._text = lambda width: help_text(here, width, glyphs, self._keys, applies)

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with _Text(id="help"):
            yield _Lines(self._text)
        yield Footer(self._keys, lambda: HELP)

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
    """Open the help of the present pane."""
    context.app.push_screen(Help(context.scope, context.glyphs, context.keys, context.applies))
