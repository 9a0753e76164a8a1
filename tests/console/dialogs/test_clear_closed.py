"""The question whether to remove closed connections, and the key that took its place."""

from __future__ import annotations

import pytest
from textual._compositor import Compositor, LayoutUpdate

from tests.support.console import console
from tests.support.scripted import connected, listening, received, reset, screen_text, shows, until


async def test_closed_connections_are_removed_after_a_question() -> None:
    """With their messages; Cancel has the focus, and without closed connections nothing is asked."""
    async with console(listening(), connected(12), received(b"bye"), reset(12)) as (app, _, pilot):
        await shows(pilot, "reset by peer")
        await pilot.press("delete")
        await shows(pilot, "Remove 1 closed connection?")
        await pilot.press("enter")
        assert app.roster.clients, "the focus is on Cancel"
        await pilot.press("delete", "x")
        await until(pilot, lambda: "reset by peer" not in screen_text(app))
        assert not app.roster.clients
        assert len(app.transcript.view(12)) == 0
        await pilot.press("delete")
        await shows(pilot, "there is no closed connection to remove")


async def test_the_whole_screen_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ctrl+l` does so everywhere, in a dialog too, and removes nothing."""
    full: list[bool] = []
    render = Compositor.render_full_update

    def record(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        full.append(True)
        return render(compositor, simplify)

    monkeypatch.setattr(Compositor, "render_full_update", record)
    async with console(listening(), connected(12), reset(12)) as (app, _, pilot):
        for place in ("1", "s", "f1"):
            await pilot.press(place)
            await pilot.pause()
            full.clear()
            await pilot.press("ctrl+l")
            await until(pilot, lambda: full)
        assert list(app.roster.clients) == [12]
