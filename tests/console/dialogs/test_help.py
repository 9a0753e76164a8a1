"""The help on the screen."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import listening, screen_lines, shows


async def test_it_scrolls_by_the_keys_of_the_panes() -> None:
    """By lines, by pages, to the end and back to the start."""
    async with console(listening()) as (app, _, pilot):
        await pilot.press("question_mark")
        first = (await shows(pilot, "CONNECTIONS")).splitlines()[:12]
        await pilot.press("j", "j", "k", "down", "up", "pagedown")
        assert screen_lines(app)[:12] != first
        await pilot.press("G")
        await shows(pilot, "tuiserver keys lists all.")
        await pilot.press("pageup", "g")
        await shows(pilot, "CONNECTIONS")
        assert screen_lines(app)[:12] == first
