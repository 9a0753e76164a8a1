"""Keys that were set reach every corner of the console; and what may not be done, read-only, is not done."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from textual.filter import NoColor
from textual.pilot import Pilot
from textual.widgets import Input

from tests.scripted import ScriptedLink, closed, connected, listening, received, screen_lines, shows, until
from tests.test_console_app import console
from tuiserver import commands
from tuiserver.console.actions import ACTIONS
from tuiserver.console.app import Console
from tuiserver.console.dialogs import CloseDialog
from tuiserver.console.footer import Footer
from tuiserver.console.keymap import read
from tuiserver.console.pane import Pane
from tuiserver.console.send_bar import SendBar
from tuiserver.link import WatchingLink

pytestmark = pytest.mark.usefixtures("_own_history")


@pytest.fixture
def _own_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed in a test stays in its folder."""
    monkeypatch.setattr("tuiserver.console.send_bar.default_path", lambda: tmp_path / "history")


def with_keys(*told: object, **keys: object) -> AbstractAsyncContextManager[tuple[Console, ScriptedLink, Pilot[None]]]:
    """The console with these keys, by action with `_` for `-`."""
    return console(*told, keys=read([(name.replace("_", "-"), value, "") for name, value in keys.items()]))


async def test_nothing_is_bound_but_by_the_table() -> None:
    """Every key of the app, its panes and the send bar belongs to an action that has it."""
    keys = {action.name: action.keys for action in ACTIONS}
    async with console(listening()) as (app, _, _pilot):
        bound = set()
        for node in (app, *app.screen.query(Pane), app.screen.query_one(SendBar)):
            for key, binding in node._bindings:
                assert binding.id, (node, key, binding.action)
                assert key in keys[binding.id], (node, key)
                bound.add((binding.id, key))
        assert bound == {(action.name, key) for action in ACTIONS for key in action.keys}
        assert not list(app.screen._bindings)


async def test_a_key_that_was_set_acts_and_the_one_before_does_not() -> None:
    """Anywhere, in a pane, in every pane, and in the send bar."""
    keys = {"zoom": "f2", "up": ["K"], "down": "J", "mark": "m", "show": "z", "mode": "f6", "go": "ctrl+g", "send": "w"}
    async with with_keys(listening(), connected(11), connected(12), received(b"PING", 12), **keys) as (
        app,
        link,
        pilot,
    ):
        await shows(pilot, "PING")
        await pilot.press("x")
        assert "50 49 4e 47" not in "\n".join(screen_lines(app))
        await pilot.press("z")
        await shows(pilot, "50 49 4e 47")
        assert not app._zoomed
        await pilot.press("f2")
        assert app._zoomed
        await pilot.press("f2", "j", "down")
        assert app._connections.selected == 12
        await pilot.press("J")
        assert app._connections.selected == 11
        await pilot.press("K", "space", "m")
        await shows(pilot, "1 marked")
        await pilot.press("s")
        assert not isinstance(app.focused, Input)
        await pilot.press("w", *"hey", "enter", "ctrl+t")
        assert not link.commands
        assert app._send._mode == "text"
        await pilot.press("f6")
        assert app._send._mode == "hex"
        await pilot.press("ctrl+g")
        await until(pilot, lambda: link.commands)
        assert [type(each) for each in link.commands] == [commands.Send]


async def test_an_action_without_a_key_is_still_in_the_palette() -> None:
    """`[]` takes its keys away, Textual's own for it too; the footer does not tell of it."""
    async with with_keys(listening(), connected(12), close=[], next_pane=[], quit="Q") as (app, _, pilot):
        await pilot.press("tab", "ctrl+d", "ctrl+q", "ctrl+c", "q")
        await pilot.pause()
        assert app.is_running
        assert len(app.screen_stack) == 1
        assert app.focused is app._connections
        assert "close" not in "".join(screen_lines(app)[-1:])
        assert "Q quit" in screen_lines(app)[-1]
        await pilot.press("colon", *"close")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CloseDialog))
        await pilot.press("escape", "Q")
        await shows(pilot, "Quit?")
        await pilot.press("q")  # The keys of a dialog are its own.
        await until(pilot, lambda: not app.is_running)


async def test_footer_help_palette_and_hints_tell_the_keys_that_were_set() -> None:
    """Wherever a key is named."""
    keys = {"send": "w", "follow": "ctrl+f", "mode": "f6", "zoom": [], "show": "["}
    async with with_keys(listening(), connected(12), **keys) as (app, _, pilot):
        await shows(pilot, "w to speak first")
        assert " w send " in screen_lines(app)[-1]
        assert "[ hex" in screen_lines(app)[-1]
        told = {command.title: command.help for command in app.get_system_commands(app.screen)}
        assert told["send"].endswith("  w")
        assert told["zoom"] == next(action.help for action in ACTIONS if action.name == "zoom")
        await pilot.press("w")
        await shows(pilot, "F6 hex  ^n line ending")
        await pilot.press("escape", "2", "question_mark")
        screen = await shows(pilot, "^f ")
        assert "To the newest, and stay there" in screen
        await pilot.press("escape", "colon", *"show")
        await shows(pilot, "Text, hex, or both  [")


async def test_a_click_in_the_footer_does_what_its_key_does() -> None:
    """Whatever the key is."""
    async with with_keys(listening(), connected(12), help="f9") as (app, _, pilot):
        column = screen_lines(app)[-1].index("F9 help")
        await pilot.click(Footer, offset=(column + 1, 0))
        await until(pilot, lambda: len(app.screen_stack) == 2)


async def test_a_key_that_edits_does_not_close_from_a_line() -> None:
    """Any other key for close does."""
    async with with_keys(listening(), connected(12), close=["f4"]) as (app, _, pilot):
        await pilot.press("s", *"ab", "ctrl+d")
        assert len(app.screen_stack) == 1
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, CloseDialog))


# -- read-only --------------------------------------------------------------------------------------------------------


async def test_read_only_does_nothing_to_the_clients() -> None:
    """The bar says so, every way to it answers with a word, and no wish passes."""
    async with console(listening(), connected(12), received(b"PING"), read_only=True) as (app, link, pilot):
        assert " SEND  read-only: nothing is sent" in [line.rstrip() for line in screen_lines(app)]
        await pilot.press("s")
        await until(pilot, lambda: len(app._notifications) == 1)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: len(app._notifications) == 2)
        await pilot.press("4", "tab", "tab", "tab")
        assert app.focused is app._connections
        assert len(app.screen_stack) == 1
        await pilot.click("#send-input")
        assert not isinstance(app.focused, Input)
        names = {command.title for command in app.get_system_commands(app.screen)}
        assert "zoom" in names
        assert not {"send", "close"} & names
        assert "send" not in screen_lines(app)[-1]
        app._send.post_message(SendBar.SendRequested((12,), b"x"))
        await until(pilot, lambda: len(app._notifications) > 2)
        assert not link.commands
        link.feed(closed(12))
        await shows(pilot, "peer closed")


def test_what_passes_a_link_that_only_watches() -> None:
    """The end of the server, and nothing that is done to a client."""
    link, refused = ScriptedLink(), []
    watching = WatchingLink(link, lambda: refused.append(1))
    for command in (commands.Send(1, b""), commands.Close(1), commands.Pause(1), commands.Resume(1), commands.Stop()):
        watching.send(command)
    assert (link.commands, len(refused)) == ([commands.Stop()], 4)


# -- colour -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("color", "wish", "colours"),
    [("auto", "", True), ("auto", "1", False), ("always", "1", True), ("never", "", False)],
)
async def test_color(color: str, wish: str, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` heeds NO_COLOR, the others do not; without colours bold and reverse are left."""
    monkeypatch.setenv("NO_COLOR", wish)
    async with console(listening(), connected(12), color=color) as (app, _, _pilot):
        assert any(isinstance(each, NoColor) for each in app._filters) is not colours
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
        filtered = [
            segment.style
            for strip in (app._connections.render_lines(app._connections.size.region))
            for segment in strip
        ]
        assert any(style and (style.color or style.bgcolor) for style in filtered) is colours
        assert any(style and style.bold for style in styles)


async def test_always_finds_colours_where_the_terminal_tells_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sixteen that nearly all have."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("COLORTERM", raising=False)
    async with console(listening(), color="auto") as (app, _, _pilot):
        assert app.console.color_system is None
    async with console(listening(), color="always") as (app, _, _pilot):
        assert app.console.color_system == "standard"


async def test_the_memory_of_messages_and_the_short_name_of_a_theme() -> None:
    """Both reach what they are for."""
    async with console(listening(), message_memory=1 << 20, theme="light") as (app, _, _pilot):
        assert app.transcript.budget == 1 << 20
        assert app.theme == "tuiserver-light"
