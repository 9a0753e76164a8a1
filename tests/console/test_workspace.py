"""The workspace: panes, focus, zoom, and what is visible at which size."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    closed,
    connected,
    listening,
    received,
    screen_lines,
    screen_text,
    shows,
    until,
)
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.models import wanted_rows
from tuiserver.core import commands
from tuiserver.outputs.tail import LogTail


async def test_letters_are_typed_in_the_send_bar() -> None:
    """No letter is a command there: `q` does not quit, `x` does not change the messages."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        await pilot.press("s", *"qxz?:1*a")
        assert app.query_one("#send-input", Input).value == "qxz?:1*a"
        assert len(app.screen_stack) == 1


async def test_a_burst_of_keys_after_s_is_typed() -> None:
    """Keys that arrive together, as over a slow line, go where the first of them leads: `q` does not quit."""
    for size in ((80, 24), (80, 18)):
        async with console(listening(), connected(12), size=size) as (app, link, pilot):
            for key in ("s", "q", "x", "enter"):
                app.simulate_key(key)
            await until(pilot, lambda: link.commands)
            assert link.commands == [commands.Send(12, b"qx\n")]


async def test_messages_of_all_connections_and_back() -> None:
    """`a` shows the messages of all connections, then those of the selected one; enter does so too and goes there."""
    talk = (listening(), connected(1), connected(2), received(b"from one", 1), received(b"from two", 2))
    async with console(*talk, size=(160, 50)) as (app, _, pilot):
        await pilot.press("a")
        pane = app.query_one("#messages")
        assert sum("from" in pane.render_line(y).text for y in range(pane.size.height)) == 2
        await pilot.press("enter")
        assert app.focused is pane
        assert sum("from" in pane.render_line(y).text for y in range(pane.size.height)) == 1


async def test_keys_of_the_messages_work_in_other_panes() -> None:
    """`x` switches to hex while the connections have the focus."""
    async with console(listening(), connected(12), received(b"PING")) as (_, _, pilot):
        await pilot.press("1", "x")
        await shows(pilot, "50 49 4e 47")


async def test_while_a_message_is_typed_the_panes_stay_on_its_connection() -> None:
    """When it closes, too; afterwards they show the newest open one again."""
    talk = (listening(), connected(1), connected(2), received(b"from one", 1), received(b"from two", 2))
    async with console(*talk) as (app, link, pilot):
        await pilot.press("s", "x")
        link.feed(closed(2))
        await shows(pilot, "SEND to #2, closed")
        assert app.selection.selected == 2
        assert "from two" in screen_text(app)
        await pilot.press("escape")
        await shows(pilot, "SEND to #1")
        await shows(pilot, "from one")
        assert app.selection.selected == 1


async def test_panes_by_key() -> None:
    """1 to 4 and tab go to the panes; esc leaves the send bar to the pane before it."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        for key, name in (("2", "messages"), ("3", "log"), ("1", "connections"), ("tab", "messages"), ("tab", "log")):
            await pilot.press(key)
            assert app.focused is app.query_one(f"#{name}")
        await pilot.press("tab")
        assert isinstance(app.focused, Input)
        await pilot.press("escape")
        assert app.focused is app.query_one("#log")
        await pilot.press("tab", "tab")
        assert app.focused is app.query_one("#connections")
        await pilot.press("shift+tab")
        assert isinstance(app.focused, Input)


async def test_zoom() -> None:
    """`z` gives a pane the space between header and footer; `z` or esc shows all panes again."""
    async with console(listening(), connected(12), size=(160, 50)) as (app, _, pilot):
        await pilot.press("2", "z")
        await pilot.pause()
        messages = app.query_one("#messages")
        assert messages.size.width == 160
        assert not app.query_one("#connections").display
        await pilot.press("escape")
        await pilot.pause()
        assert app.query_one("#connections").display
        assert app.focused is messages


async def test_80x24_shows_what_must_be_visible() -> None:
    """The address, the number of clients, the selected one, its messages, the target, the log, help and quit."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, _pilot):
        lines = screen_lines(app)
        assert "127.0.0.1:9999" in lines[0]
        assert "1 client" in lines[0]
        text = "\n".join(lines)
        for words in ("CONNECTIONS", "MESSAGES", "#12", "PING", "SEND to #12", "LOG", "? help", "q quit"):
            assert words in text
        assert all(len(line) == 80 for line in lines)
        assert lines.index(next(line for line in lines if "SEND" in line)) < 23


async def test_160x50_has_a_column_for_inspector_and_log() -> None:
    """They are to the right of connections and messages."""
    async with console(listening(), connected(12), received(b"PING"), size=(160, 50)) as (app, _, _pilot):
        log, connections, messages = (app.query_one(f"#{name}") for name in ("log", "connections", "messages"))
        inspector = app.query_one("#inspector")
        assert log.region.x == inspector.region.x > connections.region.right - 1
        assert log.region.y == inspector.region.bottom > messages.region.y
        assert log.region.bottom == messages.region.bottom
        assert inspector.region.y == connections.region.y
        assert log.region.bottom == messages.region.bottom
        assert 90 <= connections.region.width <= 100
        assert app.query_one("#send").region.width == 160
        assert app.query_one("#footer").region.bottom == 50


async def test_small_screens_hide_the_log_then_the_send_bar() -> None:
    """Below 24 rows the log, below 20 the send bar, which opens on `s`; below 60×15 there is one pane."""
    async with console(listening(), connected(12), size=(80, 23)) as (app, _, pilot):
        log, send, messages = app.query_one("#log"), app.query_one("#send"), app.query_one("#messages")
        assert (log.display, send.display) == (False, True)
        await pilot.resize_terminal(80, 19)
        await pilot.pause()
        assert not send.display
        await pilot.press("s")
        await pilot.pause()
        assert send.display
        assert isinstance(app.focused, Input)
        await pilot.press("escape")
        await pilot.pause()
        assert not send.display
        await pilot.resize_terminal(59, 14)
        await pilot.pause()
        assert not messages.display
        await pilot.press("2")
        await pilot.pause()
        assert messages.display
        assert not app.query_one("#connections").display


@pytest.mark.slow
async def test_any_size_and_back() -> None:
    """Down to one cell and back, with dialogs and help open too: no exception, and the same screen again."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        before = screen_text(app)
        for keys in (("ctrl+d",), ("question_mark",), ("colon",), ("s", "y")):
            await pilot.press(*keys)
            for size in ((1, 1), (59, 15), (200, 60), (80, 24)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
            await pilot.press("escape")
        await pilot.press("s", "backspace", "escape", "1")
        await pilot.pause(0.1)
        again = screen_text(app)
        assert [line[:30] for line in again.splitlines()] == [line[:30] for line in before.splitlines()]


async def test_ages_are_measured_by_the_clock_of_the_link() -> None:
    """A recording has its own time: every age on the screen is counted in it, whatever the time here is."""
    link = ScriptedLink(listening(BASE), connected(12, BASE))
    link.now = BASE + 42
    app = Console(link, Settings(), LogTail(None))
    async with app.run_test(size=(100, 30)) as pilot:
        text = await shows(pilot, "connected 42 s ago")
        assert text.splitlines()[0].rstrip().endswith("42s")
        row = next(line for line in text.splitlines() if "127.0.0.1:51234" in line)
        assert " 42s " in row
        await pilot.press("ctrl+d")
        await shows(pilot, "connected 42 s ago, nothing waiting to be sent")


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 3), ((160, 50), 3)])
async def test_notifications_cover_titles_only(size: tuple[int, int], rows: int) -> None:
    """Neither the newest connection nor the newest message, neither the send bar nor the log, with a text of two lines too."""
    async with console(listening(), connected(12), received(b"PING"), size=size) as (app, _, pilot):
        before = screen_lines(app)
        app.shared.notify("word " * (size[0] // 5 + 3))
        await shows(pilot, "word word")
        after = screen_lines(app)
        assert before[0] == after[0]
        assert [line.split() for line in before[rows:]] == [line.split() for line in after[rows:]]


async def test_panes_are_as_high_as_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 120×40 messages and log take what the connections leave, and each new message or connection has a row; the send bar
    has a second row when there is somebody to send to."""
    async with console(listening(), size=(120, 40)) as (app, link, pilot):
        panes = app.workspace.panes
        log, messages, connections, send = panes["log"], panes["messages"], panes["connections"], app.query_one("#send")
        assert (messages.display, send.size.height, app.query_one("#footer").region.y) == (False, 1, 39)
        assert connections.size.height == 13, "the first steps, and a blank line"
        footer = screen_lines(app)[39]
        assert ("quit" in footer, "sort" in footer, "filter" in footer) == (True, False, False), "nothing to sort yet"
        link.feed(connected(1), connected(2))
        await until(pilot, lambda: connections.size.height == 4)
        await until(pilot, lambda: send.size.height == 2)
        assert messages.region.y == connections.region.bottom
        assert log.region.y == messages.region.bottom
        assert log.region.bottom == send.region.y
        link.feed(*[connected(number) for number in range(3, 101)])
        await until(pilot, lambda: connections.size.height == 30)
        assert (messages.size.height, log.size.height) == (3, 3)
        monkeypatch.setattr(wanted_rows, "FRESH_TIME", 0.0)
        link.feed(*[received(b"PING", 2)] * 9)
        await pilot.press("G")
        assert app.selection.selected == 1
        await pilot.press("k")
        await until(pilot, lambda: messages.size.height == 10)
        await pilot.press("j")
        await pilot.pause()
        assert messages.size.height == 10, "nothing shrinks while the operator goes through the list"


async def test_connections_have_the_room_of_empty_messages() -> None:
    """At 80×24 too; nothing changes its height while the operator types a filter."""
    async with console(listening(), *map(connected, range(1, 31))) as (app, link, pilot):
        connections, messages = app.workspace.connections, app.workspace.messages
        await until(pilot, lambda: (connections.size.height, messages.size.height) == (17, 3))
        await pilot.press("slash", *"id")
        link.feed(*[received(b"PING", 30)] * 9)
        await shows(pilot, "PING")
        assert connections.size.height == 17
        await pilot.press("escape")
        app.tick()
        await until(pilot, lambda: messages.size.height == 10)
