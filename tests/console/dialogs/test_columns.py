"""The dialog of the columns."""

from __future__ import annotations

import re

from tests.support.console import console
from tests.support.scripted import connected, listening, shows


async def test_the_cursor_moves_by_the_keys_of_the_panes() -> None:
    """By one, to the last, and to the first."""
    async with console(listening(), connected(12), size=(100, 40)) as (app, _, pilot):
        await pilot.press("c")
        await shows(pilot, "Columns")
        names = [app.screen.query_one("#columns-text").render_line(y).text.split()[-1] for y in (1, 2)]
        await pilot.press("j")
        assert f"▸ * {names[1]}" in await shows(pilot, "Columns")
        await pilot.press("end")
        assert f"▸ * {names[1]}" not in await shows(pilot, "Columns")
        await pilot.press("pageup")
        assert f"▸ * {names[0]}" in await shows(pilot, "Columns")
        await pilot.press("pagedown", "home", "up")
        assert f"▸ * {names[0]}" in await shows(pilot, "Columns")


async def test_on_a_small_screen_the_columns_scroll() -> None:
    """The cursor is always visible, its place in the list is named, and a click is for the line under it."""
    async with console(listening(), connected(12), size=(60, 15)) as (_, _, pilot):
        await pilot.press("1", "c")
        text = await shows(pilot, "Columns  1 of 1")
        assert "config.toml" in text
        assert "▸ * peer" in text
        await pilot.press("end")
        text = await shows(pilot, "Columns  1")
        assert re.search("▸ . [a-z]", text)
        assert "* peer" not in text
        assert "config.toml" in text
        await pilot.press("home", "down")
        await pilot.click("#columns-text", offset=(3, 1))
        assert "▸   peer" in await shows(pilot, "1 of 1")
