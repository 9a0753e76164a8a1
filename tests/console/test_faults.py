"""Faults of the console: each is a toast and a line in the log, and the console goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.console import console
from tests.support.scripted import connected, listening, received, shows, until
from tuiserver.console.app import Console
from tuiserver.console.faults import describe
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.header import Header
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.prompt import Prompt
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript


def broken(*arguments: object, **options: object) -> None:
    """A handler that fails."""
    raise ValueError("bad [b]thing[/b]")


HANDLERS: dict[str, tuple[type, str, Callable[[Console], object]]] = {
    "an action of a pane": (MessagesPane, "action_wrap", lambda app: None),
    "a message handler of the app": (Console, "on_connections_pane_selected", lambda app: None),
    "a message handler of a widget": (Prompt, "on_input_changed", lambda app: None),
    "a timer": (Roster, "tick", lambda app: None),
    "an event": (Roster, "apply", lambda app: None),
    "a pane that is updated": (ConnectionsPane, "update", lambda app: None),
    "lines of a pane": (ConnectionsPane, "lines", lambda app: app.workspace.connections.redraw()),
    "a callback of the app": (Roster, "tick", lambda app: app.call_next(app.roster.tick, 0.0)),
    "a callback of the event loop": (
        Roster,
        "tick",
        lambda app: asyncio.get_running_loop().call_soon(app.roster.tick, 0),
    ),
    "a dialog": (Console, "push_screen", lambda app: None),
}


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name", "cause"), HANDLERS.values(), ids=HANDLERS)
async def test_the_console_goes_on(
    owner: type, name: str, cause: Callable[[Console], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is shown as text and logged with its traceback; afterwards keys and messages are handled as before."""
    faults: list[tuple[str, str, str]] = []
    async with console(listening(), connected(12), connected(13), faults=faults) as (app, link, pilot):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, broken)
            cause(app)
            link.feed(received(b"LOST", 13))
            await pilot.press("2", "w", "1", "j", "slash", "x", "escape", "colon", "question_mark", "escape")
            await until(pilot, lambda: app.fault_count, "the fault")
            await shows(pilot, "bad [b]thing[/b]")
        await pilot.press("escape", "escape")
        link.feed(received(b"PING", 12), received(b"PING", 13))
        app.workspace.connections.redraw()
        await pilot.press("1", "g")
        await shows(pilot, "PING")
        await pilot.press("2", "x")
        await shows(pilot, "50 49 4e 47")
        await pilot.press("slash", "Q")
        await shows(pilot, "filter Q")
        await pilot.press("escape", "1", "colon")
        await until(pilot, lambda: app.screen.is_modal, "the palette")
        assert app.failure is None
        level, text, detail = faults[0]
        assert (level, text) == ("error", "fault of the console: ValueError: bad [b]thing[/b]")
        assert "in broken" in detail


async def test_a_fault_is_logged_once_while_it_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred in a row are one line of the log, and one toast."""
    faults: list[tuple[str, str, str]] = []
    async with console(listening(), faults=faults) as (app, link, pilot):
        monkeypatch.setattr(Transcript, "apply", broken)
        link.feed(*[connected(number) for number in range(1, 101)])
        await shows(pilot, "(100 times)")
        assert app.fault_count == 100
        assert len(faults) == 1
        assert app.roster.open == 100, "the fault of one part does not concern the others"


@pytest.mark.parametrize(("widget", "method"), [(Header, "render_lines"), (Footer, "render_lines")])
async def test_a_screen_that_cannot_be_drawn_fails(widget: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second of faults without a frame the console ends, and `failure` says why."""
    faults: list[tuple[str, str, str]] = []
    async with console(listening(), connected(12), faults=faults) as (app, _, _pilot):
        monkeypatch.setattr(widget, method, broken)
        app.screen.refresh(layout=True)
        for _ in range(500):  # without the pilot, which would draw the screen itself
            await asyncio.sleep(0.01 if app.failure is None else 0)
        assert isinstance(app.failure, ValueError)


def test_an_exception_whose_text_raises() -> None:
    """It is described by its type."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert describe(Mute()) == "Mute"
    assert describe(KeyError("x")) == "KeyError: 'x'"
