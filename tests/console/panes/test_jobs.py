"""The line of what is being sent in the background."""

from __future__ import annotations

import pytest

from tests.support.console import console
from tests.support.scripted import connected, listening, screen_lines, shows, until


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (40, 12), (160, 50)])
async def test_repeats_are_seen_at_every_size_with_the_key_that_stops_them(size: tuple[int, int]) -> None:
    """Wherever the focus is, also while something else is typed; the line goes with the last of them."""
    async with console(listening(), connected(12), size=size) as (app, _, pilot):
        rows = len([line for line in screen_lines(app) if "SENDING" not in line])
        await pilot.press("s", *"PING", "ctrl+y", "ctrl+u", *"1h", "enter")
        for keys in (("x", "escape"), ("1",), ("3",), ("1", "z")):
            await pilot.press(*keys)
            line = next(line for line in (await shows(pilot, "SENDING")).splitlines() if "SENDING" in line)
            assert line.startswith(" SENDING  every 60 min  1 to")
            assert line.rstrip().endswith("  ^g stop")
        await pilot.click("#jobs", offset=(line.index("^g"), 0))
        await until(pilot, lambda: not app.operator.jobs.running)
        await until(pilot, lambda: not any("SENDING" in line for line in screen_lines(app)))
        assert len(screen_lines(app)) == rows
