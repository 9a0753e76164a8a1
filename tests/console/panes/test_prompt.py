"""What is asked in the place of the footer: filters, searches, names; and what follows from it on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.console import console
from tests.support.scripted import closed, connected, listening, received, screen_lines, screen_text, sent, shows, until
from tuiserver.console.dialogs.copy import CopyDialog
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.terminal import clipboard
from tuiserver.core import commands
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Paused, Resumed

THREE = (listening(), connected(1), connected(2), connected(3), received(b"PING\r\n", 2), sent(b"PONG\r\n", 2))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_filter_acts_while_it_is_typed(size: tuple[int, int]) -> None:
    """It stands in the place of the footer, with the count; enter keeps it, esc in the pane clears it."""
    async with console(*THREE, size=size) as (app, _, pilot):
        await pilot.press("slash", *"pong")
        text = await shows(pilot, "1 of 3 shown")
        assert "filter connections pong" in text
        assert "^d close" not in text
        await pilot.press("enter")
        text = await shows(pilot, "^d close")
        assert "1 shown  filter pong" in text
        assert app.focused is app.workspace.connections
        await pilot.press("escape")
        await shows(pilot, "filter none")


async def test_a_wrong_filter_says_what_is_wrong() -> None:
    """In the line itself, while everything is shown; esc in the line takes the filter back."""
    async with console(*THREE, size=(100, 24)) as (app, _, pilot):
        await pilot.press("slash", *"idle>x")
        text = await shows(pilot, "idle takes a time such as")
        assert "filter not understood" in text
        await pilot.press("escape")
        await shows(pilot, "filter none")
        assert app.workspace.connections.filter_text == ""


async def test_each_pane_has_its_own_filter(tmp_path: Path) -> None:
    """Messages and log are filtered where one is; leaving the line by tab keeps what was typed."""
    log = tmp_path / "log"
    log.write_text("one error here\nand another line\n")
    async with console(*THREE, log=log, size=(160, 50)) as (app, _, pilot):
        await pilot.press("2", "a", "slash", *"pong", "enter")
        assert "1 of 2 shown  filter pong" in await shows(pilot, "filter pong")
        await pilot.press("3", "slash", *"error", "tab")
        text = await shows(pilot, "1 shown  filter error")
        assert "and another line" not in text
        assert app.workspace.footer.display


async def test_a_log_of_one_line_stays_open_while_its_filter_is_typed(tmp_path: Path) -> None:
    """What it leaves is seen before enter; in a zoom the send line stands below the log."""
    log = tmp_path / "log"
    log.write_text("one error here\nand another line\n")
    async with console(*THREE, log=log) as (app, _, pilot):
        assert app.workspace.log.size.height == 1
        await pilot.press("3", "slash", *"error")
        await shows(pilot, "1 shown  filter error")
        assert app.workspace.log.size.height > 1
        await pilot.press("escape", "1")
        await until(pilot, lambda: app.workspace.log.size.height == 1)
        await pilot.press("3", "z")
        await until(pilot, lambda: app.workspace.send_bar.region.y > app.workspace.log.region.y)


async def test_a_search_from_anywhere_is_in_the_messages() -> None:
    """ctrl+f asks, and goes there."""
    async with console(*THREE) as (app, _, pilot):
        await pilot.press("a", "ctrl+f", *"ping", "enter")
        await pilot.pause()
        assert app.focused is app.workspace.messages
        assert any(style == "badge" for parts, _ in app.workspace.messages.lines() for _, style in parts)


async def test_a_connection_gets_a_name() -> None:
    """It stands in the table and where the connection is named; markup in it is text."""
    async with console(*THREE, size=(100, 24)) as (_, _, pilot):
        await pilot.press("j", "n", *"[b]lab", "enter")
        text = await shows(pilot, "[b]lab")
        assert "NAME" in text
        await pilot.press("n", *("backspace",) * 6, "enter")
        await until(pilot, lambda: "NAME" not in screen_text(pilot.app))  # type: ignore[arg-type]


async def test_p_pauses_the_marked_and_reads_on() -> None:
    """A command for each that is not paused yet; where all are, each is read again. The screen waits for the server."""
    async with console(*THREE) as (app, link, pilot):
        await pilot.press("g", "space", "space", "p")
        assert link.commands == [commands.Pause(2), commands.Pause(3)]
        assert "paused" not in screen_text(app)
        link.feed(*(Paused(1.0, number, "operator", code=PauseCode.OPERATOR) for number in (2, 3)))
        await shows(pilot, "paused")
        await pilot.press("p")
        assert link.commands[2:] == [commands.Resume(2), commands.Resume(3)]
        link.feed(Resumed(1.0, 2), Resumed(1.0, 3), closed(1), closed(2), closed(3))
        await until(pilot, lambda: app.roster.closed == 3)
        await pilot.press("U", "p")
        await shows(pilot, "no open connection is selected")


async def test_a_message_goes_back_into_the_send_bar() -> None:
    """The exact bytes, with the line ending that they have; nothing is sent yet."""
    async with console(*THREE) as (app, link, pilot):
        await pilot.press("a", "2", "r")
        bar = app.query_one(SendBar)
        assert (bar.text, bar.has_focus_within) == ("PONG", True)
        assert await shows(pilot, r"text + \r\n")
        assert link.commands == []
        for data, mode in (
            (b"\x00\x01\x02\xff", "hex"),
            (b"caf\xc3\xa9\n", "text"),
            (b"x\r\n\r\n", "text"),
            (b"", "text"),
        ):
            bar.put_message(data)
            assert bar.draft.factory()() == data
            assert bar.draft.mode == mode


async def test_a_message_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """y asks for the form; what goes to the terminal is the sequence for its clipboard, and it is said."""
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


async def test_a_message_is_opened_and_copied_from_there() -> None:
    """enter opens it over the screen; what is chosen there is done."""
    async with console(*THREE) as (app, _, pilot):
        await pilot.press("a", "2", "enter")
        await shows(pilot, "MESSAGE of #2")
        await pilot.press("r")
        await shows(pilot, "^t hex") if not app.query_one(SendBar).text else None
        assert app.query_one(SendBar).text == "PONG"


async def test_a_line_of_the_log_leads_to_its_connection(tmp_path: Path) -> None:
    """It is selected; one that is hidden or forgotten is said to be."""
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
        await pilot.press("1", "ctrl+l", "3", "enter")
        await shows(pilot, "#2 is no longer known")


async def test_columns_are_chosen_in_a_dialog() -> None:
    """space shows or hides, right and left move, enter takes it, r resets, esc changes nothing."""
    async with console(*THREE, size=(100, 40)) as (app, _, pilot):
        await pilot.press("c")
        await shows(pilot, "to keep it, in config.toml:")
        await pilot.press("right", "space", "down", "enter")
        await pilot.pause()
        assert "peer" not in app.workspace.connections.columns_seen
        assert app.workspace.connections.columns[0] == "state"
        await pilot.press("c", "down", "left", "enter")
        await pilot.pause()
        before = app.workspace.connections.columns
        await pilot.press("c", "space", "escape")
        await pilot.pause()
        assert app.workspace.connections.columns == before
        await pilot.press("c")
        await pilot.click("#columns-text", offset=(4, 1))
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.workspace.connections.columns) == len(before) - 1
        await pilot.press("c", "r")
        await pilot.pause()
        assert app.workspace.connections.columns == ()
        assert all(len(line) == 100 for line in screen_lines(app))


async def test_memory_that_is_full_is_said() -> None:
    """Once messages had to go, the header says so."""
    async with console(*THREE, size=(120, 30)) as (app, link, pilot):
        app.transcript.budget = 4000
        link.feed(*(received(b"x" * 100, 1) for _ in range(30)))
        await shows(pilot, "4000 full: oldest dropped")
