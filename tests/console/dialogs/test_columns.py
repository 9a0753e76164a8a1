"""The dialog of the columns."""

from __future__ import annotations

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
