"""The command palette: Textual's, without a blinking cursor. The app lists the commands.

Rules of this file:
- Titles and help are text, never markup: a saved message may have any name.
"""

from __future__ import annotations

from textual.app import SystemCommand
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Matcher, Provider
from textual.content import Content
from textual.widgets import Input

from tuiserver.console.context import Context
from tuiserver.console.text.escape import escape_all


class Commands(Provider):
    """The commands that the app lists."""

    def _commands(self) -> list[SystemCommand]:
        return sorted(self.app.get_system_commands(self.screen), key=lambda command: command.title)

    async def discover(self) -> Hits:
        """All commands, while nothing is typed."""
        for command in self._commands():
            title, help_text = escape_all(command.title), Content(command.help)
            yield DiscoveryHit(Content(title), command.callback, title, help_text)  # type: ignore[arg-type]

    async def search(self, query: str) -> Hits:
        """The commands whose titles match what is typed."""
        matcher = self.matcher(query)
        for command in self._commands():
            title, help_text = escape_all(command.title), Content(command.help)
            if score := matcher.match(title):
                yield Hit(score, highlight(matcher, title), command.callback, title, help_text)  # type: ignore[arg-type]


def highlight(matcher: Matcher, title: str) -> Content:
    """A title with the characters that match; Textual's own would take it for markup."""
    content = Content(title)
    _, offsets = matcher.fuzzy_search.match(matcher.query, title)
    for offset in offsets:  # Past the end if the title is longer in lower case.
        if offset < len(title) and not title[offset].isspace():
            content = content.stylize(matcher.match_style or "", offset, offset + 1)
    return content


class Palette(CommandPalette):
    """The palette."""

    def on_mount(self) -> None:
        """Stop the blinking."""
        self.query_one(Input).cursor_blink = False

    def _action_command_list(self, action: str) -> None:
        """As in Textual, which fails to move by pages in a list without room for a single line."""
        if action == "select" or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


def open_dialog(context: Context) -> None:
    """Open it."""
    context.app.push_screen(Palette([Commands], placeholder="command"))
