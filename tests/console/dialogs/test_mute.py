"""Muted messages and colours on the screen."""

from __future__ import annotations

import pytest

from tests.console.dialogs.test_decoder import screen
from tests.support.console import console
from tests.support.scripted import connected, received, until
from tuiserver.config.settings import Rule


@pytest.mark.slow
async def test_messages_are_muted() -> None:
    """By a rule of the settings, and by one that is made of the current message; u shows them, an empty rule forgets all."""
    events = [connected(), *[received(b"PING\r\n")] * 3, received(b"temp=21\r\n"), received(b"status\r\n")]
    async with console(*events, size=(100, 24), mute=(Rule("temp"),)) as (app, _, pilot):
        await until(pilot, lambda: "1 muted" in screen(app))
        assert "temp=21" not in screen(app)
        await pilot.press("2", "up", "M")
        await until(pilot, lambda: "mute PING" in " ".join(screen(app).split()))
        await pilot.press("enter")
        await until(pilot, lambda: "4 muted" in screen(app))
        assert r"PING\r\n" not in screen(app)
        await pilot.press("u")
        await until(pilot, lambda: r"PING\r\n" in screen(app).split("MESSAGES")[1])
        await pilot.press("u")
        await until(pilot, lambda: "4 muted" in screen(app))
        await pilot.press("M", "ctrl+u", "enter")
        await until(pilot, lambda: "muted" not in screen(app).split("MESSAGES")[1].splitlines()[0])
        await pilot.press("u")
        await until(pilot, lambda: "nothing is muted: M mutes" in screen(app))


async def test_rules_colour_lines() -> None:
    """In messages, log and connections, each in the colour of the theme."""
    rules = (Rule("status", "error"),)
    async with console(connected(), received(b"status\r\n"), size=(100, 24), colors=rules) as (app, _, _):
        rows = [strip for strip in app.screen._compositor.render_strips() if "status" in strip.text]
        assert len(rows) == 2
        for row in rows:
            segment = next(each for each in row if "status" in each.text)
            assert segment.style is not None
            assert segment.style.color is not None
            assert segment.style.color.name.lower() == app.theme_variables["error"].lower()
