"""Dialogs that ask a question, by the mouse and by the keys of buttons."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import connected, listening, received, shows, until
from tuiserver.core import commands

CLIENT = (listening(), connected(12), received(b"PING", 12))


async def test_a_click_on_an_answer_chooses_it() -> None:
    """The answer that was clicked counts, not the one with the focus."""
    async with console(*CLIENT, size=(100, 30)) as (app, link, pilot):
        await pilot.press("ctrl+d")
        text = await shows(pilot, "Reset")
        row = next(y for y, line in enumerate(text.splitlines()) if "Flush and close" in line)
        await pilot.click(offset=(text.splitlines()[row].index("Reset"), row))
        await until(pilot, lambda: link.commands == [commands.Close(12, reset=True)])
        assert not app.screen.is_modal


async def test_space_and_enter_choose_the_answer_with_the_focus() -> None:
    """The arrows and tab move it around; Cancel has it first."""
    async with console(*CLIENT, size=(100, 30)) as (app, link, pilot):
        for keys in (("space",), ("right", "right", "right", "enter")):
            await pilot.press("ctrl+d", *keys)
            await until(pilot, lambda: not app.screen.is_modal)
            assert not link.commands
        await pilot.press("ctrl+d", "tab", "space")
        assert link.commands == [commands.Close(12)]


async def test_answers_of_other_dialogs_do_nothing() -> None:
    """`q` quits in the quit dialog only, `t` copies in the copy dialog only."""
    async with console(*CLIENT, size=(100, 30)) as (app, link, pilot):
        await pilot.press("ctrl+d", "q", "t", "h")
        assert app.screen.is_modal
        assert not link.commands
