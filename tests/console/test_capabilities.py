"""What the link can carry is what the operator is offered; what the server refuses is shown."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import BASE, ScriptedLink, connected, listening, shows, until
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.command_list import commands as commands_of_the_palette
from tuiserver.console.dialogs.help import help_text
from tuiserver.console.keymap import BY_NAME
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.core import commands
from tuiserver.core.codes import RefuseCode
from tuiserver.core.events import Paused, Refused
from tuiserver.outputs.tail import LogTail


async def test_read_only_offers_nothing_that_changes_a_client() -> None:
    """Sending, closing and pausing are absent: no key, no footer, no help, no palette; the bar says why."""
    async with console(listening(), connected(1), size=(100, 30), read_only=True) as (app, link, pilot):
        link.feed(Paused(1.0, 1, "program"))
        text = await shows(pilot, "SEND  read-only: nothing is sent")
        assert "bytes" not in text
        assert "s send" not in text
        assert "^d close" not in text
        texts = {command.text for command in commands_of_the_palette(app.shared, ["x"], print)}
        assert BY_NAME["sort"].help in texts
        assert not {BY_NAME[name].help for name in ("send", "close", "pause", "again", "stop")} & texts
        assert "Put into the send bar: x" not in texts
        text = help_text("connections", 75, keys=app.keys).plain
        assert not [name for name in ("close", "pause", "go") if BY_NAME[name].help in text]
        for key in ("s", "4", "ctrl+d", "p", "tab", "tab", "tab"):
            await pilot.press(key)
            await pilot.pause()
        assert link.commands == []
        assert app.focused is app.workspace.connections
        assert len(app.screen_stack) == 1
        app.query_one(SendBar).post_message(SendBar.SendRequested((1,), lambda: b"x"))
        await shows(pilot, "read-only: nothing is sent, closed or paused")
        assert link.commands == []


async def test_what_the_link_cannot_carry_is_absent() -> None:
    """A link that can only close offers no sending and no pausing."""
    link = ScriptedLink(listening(), connected(1), capabilities={"close", "inspect"})
    app = Console(link, Settings(), LogTail(None))
    async with app.run_test(size=(100, 30)) as pilot:
        text = await shows(pilot, "^d close")
        assert "s send" not in text
        await pilot.press("s", "p", "ctrl+d", "f")
        assert link.commands == [commands.Close(1)]


async def test_a_refused_command_is_shown_to_who_gave_it() -> None:
    """Not what was refused to another console."""
    async with console(listening(), connected(1), size=(100, 30)) as (_, link, pilot):
        await pilot.press("s", *"hi", "enter")
        await until(pilot, lambda: link.tokens)
        link.feed(Refused(BASE, 5, 1, RefuseCode.NOT_OPEN, "#5 is closed"))
        link.feed(Refused(BASE, link.tokens[0], 1, RefuseCode.CANNOT_SEND, "#1 cannot be sent that"))
        text = await shows(pilot, "#1 cannot be sent that")
        assert "#5 is closed" not in text
