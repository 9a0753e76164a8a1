"""Closing connections and quitting: what is asked first, and where the focus is."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import (
    closed,
    connected,
    listening,
    screen_text,
    shows,
    until,
)
from tuiserver.console.dialogs.close import CloseDialog
from tuiserver.console.dialogs.quit import QuitDialog
from tuiserver.core import commands


async def test_cancel_has_the_focus() -> None:
    """Enter and esc in the close dialog change nothing; to the left of Cancel is Reset."""
    async with console(listening(), connected(12)) as (app, link, pilot):
        for key in ("enter", "escape", "c"):
            await pilot.press("ctrl+d")
            assert isinstance(app.screen, CloseDialog)
            await pilot.press(key)
            assert not isinstance(app.screen, CloseDialog)
        assert link.commands == []
        await pilot.press("ctrl+d", "left", "enter")
        assert link.commands == [commands.Close(12, reset=True)]


async def test_marked_connections_are_closed_together() -> None:
    """The dialog counts them; each gets a command, except for those that have closed meanwhile."""
    async with console(listening(), connected(1), connected(2), connected(3)) as (app, link, pilot):
        await pilot.press("asterisk")
        link.feed(closed(2))
        await until(pilot, lambda: app.roster.closed)
        await pilot.press("ctrl+d")
        await shows(pilot, "Close 2 connections?")
        await pilot.press("r")
        assert sorted(link.commands, key=lambda command: command.id) == [  # type: ignore[union-attr]
            commands.Close(1, reset=True),
            commands.Close(3, reset=True),
        ]


async def test_nothing_to_close() -> None:
    """Without an open connection no dialog opens."""
    async with console(listening()) as (app, link, pilot):
        await pilot.press("ctrl+d")
        assert not isinstance(app.screen, CloseDialog)
        assert link.commands == []


async def test_ctrl_d_deletes_in_a_line_and_closes_from_an_empty_one() -> None:
    """Where text has been typed, ctrl+d edits it; in an empty line it closes."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        await pilot.press("s", "a", "b", "home", "ctrl+d")
        assert app.query_one("#send-input", Input).value == "b"
        await pilot.press("ctrl+d", "ctrl+d")
        assert isinstance(app.screen, CloseDialog)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quit_asks_while_clients_are_connected(key: str) -> None:
    """The dialog counts the clients, and Cancel has the focus; without clients there is no dialog."""
    async with console(listening(), connected(1), connected(2)) as (app, link, pilot):
        await pilot.press(key)
        assert isinstance(app.screen, QuitDialog)
        assert "2 clients are connected" in screen_text(app)
        await pilot.press("enter")
        assert not isinstance(app.screen, QuitDialog)
        link.feed(closed(1), closed(2))
        await until(pilot, lambda: app.roster.closed == 2)
        await pilot.press(key)
        assert app._exit
