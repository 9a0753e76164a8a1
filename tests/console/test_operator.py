"""What the operator does with connections and messages: from the key to the command, and to what the screen shows then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.console import console
from tests.support.scripted import closed, connected, listening, received, screen_lines, screen_text, sent, shows, until
from tuiserver.console.dialogs.copy import CopyDialog
from tuiserver.console.terminal import clipboard
from tuiserver.core import commands
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Ended, Paused, Resumed

THREE = (listening(), connected(1), connected(2), connected(3), received(b"PING\r\n", 2), sent(b"PONG\r\n", 2))


async def test_a_connection_gets_a_name() -> None:
    """It is shown in the table; markup in it is text; an empty name removes it."""
    async with console(*THREE, size=(100, 24)) as (app, _, pilot):
        await pilot.press("j", "n", *"[b]lab", "enter")
        assert "NAME" in await shows(pilot, "[b]lab")
        await pilot.press("n", *("backspace",) * 6, "enter")
        await until(pilot, lambda: "NAME" not in screen_text(app))


async def test_p_pauses_and_resumes_the_marked_connections() -> None:
    """A command for each that is not paused; if all are paused, each is resumed. The screen waits for the server."""
    async with console(*THREE) as (app, link, pilot):
        await pilot.press("g", "space", "space", "p")
        assert [(type(each), each.id) for each in link.commands] == [(commands.Pause, 2), (commands.Pause, 3)]
        assert "paused" not in screen_text(app)
        link.feed(*(Paused(1.0, number, "operator", code=PauseCode.OPERATOR) for number in (2, 3)))
        await shows(pilot, "paused")
        await pilot.press("p")
        assert [(type(each), each.id) for each in link.commands[2:]] == [(commands.Resume, 2), (commands.Resume, 3)]
        link.feed(Resumed(1.0, 2), Resumed(1.0, 3), closed(1), closed(2), closed(3))
        await until(pilot, lambda: app.roster.closed == 3)
        await pilot.press("U", "p")
        await shows(pilot, "no open connection is selected")


async def test_an_ended_connection_can_be_answered_and_found() -> None:
    """Its row shows the state and the time that is left; it is sent to as any other; `state:ended` finds it."""
    async with console(*THREE, Ended(time.time(), 2, 3600.0), size=(100, 24)) as (app, link, pilot):
        text = await shows(pilot, "left  PONG")
        assert " ended " in text
        await pilot.press("/", *"state:ended", "enter")
        await until(pilot, lambda: "1 shown" in screen_text(app))
        await pilot.press("g", "s", *"hi", "enter")
        await until(pilot, lambda: link.commands == [commands.Send(2, b"hi\n")])


async def test_r_puts_a_message_into_the_send_bar() -> None:
    """With its line ending as that of the send bar; nothing is sent yet."""
    async with console(*THREE) as (app, link, pilot):
        await pilot.press("a", "2", "r")
        bar = app.workspace.send_bar
        assert (bar.text, bar.has_focus_within) == ("PONG", True)
        await shows(pilot, r"text + \r\n")
        assert link.commands == []


async def test_y_copies_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks for the format; the terminal gets the sequence for its clipboard, and a toast confirms it."""
    monkeypatch.delenv("TMUX", raising=False)
    async with console(*THREE) as (app, _, pilot):
        written: list[str] = []
        app.operator.write_terminal = written.append  # type: ignore[method-assign]
        await pilot.press("a", "2", "y")
        await until(pilot, lambda: isinstance(app.screen, CopyDialog))
        await pilot.press("h")
        await shows(pilot, "6 bytes copied as hex")
        assert written == [clipboard.sequence("50 4f 4e 47 0d 0a", False)]
        await pilot.press("y", "escape")
        await pilot.pause()
        assert len(written) == 1


async def test_enter_opens_a_message_in_which_the_same_keys_apply() -> None:
    """What is chosen in the viewer is done as in the pane."""
    async with console(*THREE) as (app, _, pilot):
        await pilot.press("a", "2", "enter")
        await shows(pilot, "MESSAGE of #2")
        await pilot.press("r")
        await until(pilot, lambda: app.workspace.send_bar.text == "PONG")


async def test_a_line_of_the_log_leads_to_its_connection(tmp_path: Path) -> None:
    """The connection is selected; if it is hidden or has been removed, a toast says so."""
    log = tmp_path / "log"
    log.write_text("info #2 said something\n")
    async with console(*THREE, log=log, size=(160, 50)) as (app, link, pilot):
        await pilot.press("3", "enter")
        await until(pilot, lambda: app.workspace.connections.selected == 2)
        assert app.focused is app.workspace.connections
        await pilot.press("slash", *"id:3", "enter", "3", "enter")
        await shows(pilot, "#2 is hidden by the filter of the connections")
        link.feed(closed(2))
        await until(pilot, lambda: app.roster.closed == 1)
        await pilot.press("1", "delete", "x", "3", "enter")
        await shows(pilot, "#2 is no longer known")


async def test_columns_are_chosen_in_a_dialog() -> None:
    """Space shows or hides a column, right and left move it, Enter applies, r resets, Esc changes nothing."""
    async with console(*THREE, size=(100, 40)) as (app, _, pilot):
        pane = app.workspace.connections
        await pilot.press("c")
        await shows(pilot, "to keep it, in config.toml:")
        await pilot.press("right", "space", "down", "enter")
        await pilot.pause()
        assert "peer" not in pane.columns_seen
        assert pane.columns[0] == "state"
        await pilot.press("c", "down", "left", "enter")
        await pilot.pause()
        before = pane.columns
        await pilot.press("c", "space", "escape")
        await pilot.pause()
        assert pane.columns == before
        await pilot.press("c")
        await pilot.click("#columns-text", offset=(4, 1))
        await pilot.press("enter")
        await pilot.pause()
        assert len(pane.columns) == len(before) - 1
        await pilot.press("c", "r")
        await pilot.pause()
        assert pane.columns == ()
        assert all(len(line) == 100 for line in screen_lines(app))


async def test_full_memory_is_reported() -> None:
    """As soon as messages had to be dropped, the header says so."""
    async with console(*THREE, size=(120, 30)) as (app, link, pilot):
        app.transcript.budget = 4000
        link.feed(*(received(b"x" * 100, 1) for _ in range(30)))
        await shows(pilot, "4000 full: oldest dropped")
