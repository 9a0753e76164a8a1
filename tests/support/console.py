"""The console in a test: the real app on a scripted link, and the characters that no screen may show."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from textual._context import active_app
from textual.app import App
from textual.pilot import Pilot

from tests.support.scripted import ScriptedLink, until
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.outputs.tail import LogTail

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200d\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that control a terminal or break the columns; the left-to-right mark is ours."""


@asynccontextmanager
async def console(
    *events: object,
    size: tuple[int, int] = (80, 24),
    log: Path | None = None,
    faults: list[tuple[str, str, str]] | None = None,
    **changed: Any,
) -> AsyncIterator[tuple[Console, ScriptedLink, Pilot[None]]]:
    """The app on a scripted link that has reported these events. What it logs about its faults is added to `faults`; without
    them, a fault fails the test."""
    link = ScriptedLink(*events)  # type: ignore[arg-type]
    logged: list[tuple[str, str, str]] = [] if faults is None else faults
    app = Console(link, Settings(**changed), LogTail(log), write_log=lambda *line: logged.append(line))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: link.drained)
        await pilot.pause()
        yield app, link, pilot
    assert faults is not None or not (app.failure or logged), logged or app.failure


@contextmanager
def in_app() -> Iterator[App[object]]:
    """Make an app the active one, as while it draws."""
    app: App[object] = App()
    token = active_app.set(app)
    try:
        yield app
    finally:
        active_app.reset(token)
