"""Frames of the whole app: when events are taken, and what is drawn. The clock itself is tested in `test_frame_clock.py`."""

from __future__ import annotations

import asyncio
import gc
import time
from itertools import pairwise
from typing import Any

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import (
    connected,
    listening,
    received,
    screen_text,
    shows,
    until,
)
from tuiserver.console import frame_clock


@pytest.mark.parametrize(("events", "gap", "most"), [(1, 0.045, 21), (40, 0.09, 11)])
async def test_frames_come_only_with_events(events: int, gap: float, most: int) -> None:
    """Without events the link is left alone; otherwise it is read twenty times a second, ten times when many events come."""
    async with console(listening(), connected(12)) as (_, link, _pilot):
        taken: list[float] = []
        take = link.take

        def counted() -> list[Any]:
            taken.append(time.monotonic())
            return take()

        link.take = counted  # type: ignore[method-assign]
        await asyncio.sleep(0.3)
        assert not taken
        begin = time.monotonic()
        while time.monotonic() - begin < 1:
            link.feed(*[received(b"more")] * events)
            await asyncio.sleep(0.005)
        assert 3 <= len(taken) <= most
        assert all(later - earlier > gap for earlier, later in pairwise(taken[1:]))


async def test_after_a_silence_an_event_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that follow wait for the next frame."""
    async with console(listening(), connected(12)) as (app, link, pilot):
        monkeypatch.setattr(frame_clock, "INTERVAL", 60.0)
        monkeypatch.setattr(app.frames, "now", lambda: time.monotonic() + 120)
        link.feed(received(b"PING"))
        await shows(pilot, "PING")
        link.feed(received(b"PONG"))
        await pilot.pause(0.3)
        assert "PONG" not in screen_text(app)


@pytest.mark.parametrize("key", ["question_mark", "colon", "ctrl+d"])
async def test_behind_a_dialog_the_panes_wait(key: str) -> None:
    """Behind a dialog events are taken but no pane is drawn; when it closes, the panes show them."""
    async with console(listening(), connected(12)) as (app, link, pilot):
        await pilot.press(key)
        assert app.screen.is_modal
        assert not any(line.cursor_blink for line in app.screen.query(Input))
        before = app.screen_stack[0].query_one("#connections").render_line(2).text
        link.feed(received(b"news"), connected(13))
        await until(pilot, lambda: app.roster.open == 2)
        app.tick()
        assert app.screen_stack[0].query_one("#connections").render_line(2).text == before
        await pilot.press("escape")
        screen = await shows(pilot, "2 clients")
        assert "news" in screen


async def test_garbage_is_collected_after_the_first_frame() -> None:
    """A start may disable collection; what the start made is then never collected."""
    frozen = gc.get_freeze_count()
    gc.disable()
    try:
        async with console(listening()) as (_, _, pilot):
            await until(pilot, gc.isenabled)
            assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.enable()
