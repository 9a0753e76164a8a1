"""The whole console: the operator's story, its sizes, hostile bytes, a flood, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from textual.filter import NoColor
from textual.widgets import Input

from tests.support.console import UNSAFE, console
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    closed,
    connected,
    listening,
    received,
    screen_lines,
    screen_text,
    sent,
    shows,
    until,
)
from tests.support.serving import connect, read_exactly
from tuiserver.config.settings import Settings
from tuiserver.console import app as app_module
from tuiserver.console import frame_clock
from tuiserver.console.app import Console
from tuiserver.console.dialogs.close import CloseDialog
from tuiserver.console.dialogs.help import Help, help_text
from tuiserver.console.dialogs.quit import QuitDialog
from tuiserver.console.keymap import ACTIONS, SHARED, Keys
from tuiserver.core import commands
from tuiserver.core.events import Noted, Unopened
from tuiserver.links.local import LocalLink
from tuiserver.outputs.tail import LogTail
from tuiserver.worker import Worker

SIZES = [(80, 24), (160, 50)]


# -- the story ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_story(size: tuple[int, int]) -> None:
    """A client connects and speaks; it is answered by hand and closed; the screen shows only what happened."""
    async with console(listening(), size=size) as (_, link, pilot):
        link.feed(connected(12), received(b"PING\r\n", 12))
        await shows(pilot, "PING\\r\\n")
        await shows(pilot, "to #12")
        await pilot.press("s", *"PONG")
        before = await shows(pilot, "PONG")
        await pilot.press("enter")
        assert link.commands == [commands.Send(12, b"PONG\n")]
        assert "PONG" in before
        assert "PONG" not in screen_text(pilot.app), "a wish is on the screen"  # type: ignore[arg-type]
        link.feed(sent(b"PONG\n", 12))
        await shows(pilot, "PONG\\n")

        await pilot.press("ctrl+d")
        await shows(pilot, "Close #12?")
        await pilot.press("f")
        assert link.commands[1:] == [commands.Close(12, reset=False)]
        await pilot.pause()
        assert "1 open" in await shows(pilot, "1 open"), "the row changed before the socket was gone"
        link.feed(closed(12, "closed by operator"))
        text = await shows(pilot, "closed by op")
        assert "1 closed" in text


async def test_the_real_story(tmp_path: Path) -> None:
    """The same on real sockets: a server in its thread, a client, a typed answer that arrives, a close that closes."""
    worker = Worker("127.0.0.1:0")
    worker.start()
    app = Console(LocalLink(worker), Settings(), LogTail(tmp_path / "log"))
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            client = connect(worker)
            client.sendall(b"hi\n")
            await shows(pilot, "hi\\n")
            await pilot.press("s", *"hello", "enter")
            await until(pilot, lambda: app.roster.messages_out)
            assert read_exactly(client, 6) == b"hello\n"
            await shows(pilot, "hello\\n")
            await pilot.press("ctrl+d", "f")
            await until(pilot, lambda: _ended(client))
            client.close()
            await shows(pilot, "closed by operator")
    finally:
        worker.stop(timeout=1)


def _ended(client: socket.socket) -> bool:
    """True when the other end has shut down."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


# -- closing, quitting -------------------------------------------------------------------------------------------------


async def test_cancel_has_the_focus() -> None:
    """Enter, and esc, in the close dialog do nothing; left from Cancel is Reset."""
    async with console(listening(), connected(12)) as (app, link, pilot):
        for key in ("enter", "escape", "c"):
            await pilot.press("ctrl+d")
            assert isinstance(app.screen, CloseDialog)
            await pilot.press(key)
            assert not isinstance(app.screen, CloseDialog)
        assert link.commands == []
        await pilot.press("ctrl+d", "left", "enter")
        assert link.commands == [commands.Close(12, reset=True)]


async def test_marked_ones_close_together() -> None:
    """With marks, the dialog says how many; each gets its command, those that closed meanwhile none."""
    async with console(listening(), connected(1), connected(2), connected(3)) as (app, link, pilot):
        await pilot.press("asterisk")
        link.feed(closed(2))
        await until(pilot, lambda: app.roster.closed)
        await pilot.press("ctrl+d")
        await shows(pilot, "Close 2 connections?")
        await pilot.press("r")
        assert sorted(link.commands, key=lambda command: command.id) == [  # type: ignore[union-attr]
            commands.Close(1, reset=True),
            commands.Close(3, reset=True),
        ]


async def test_nothing_to_close() -> None:
    """Without an open connection ctrl+d says so and asks nothing."""
    async with console(listening()) as (app, link, pilot):
        await pilot.press("ctrl+d")
        assert not isinstance(app.screen, CloseDialog)
        assert link.commands == []


async def test_ctrl_d_deletes_in_a_line_and_closes_from_an_empty_one() -> None:
    """While something is typed, ctrl+d is the line's; on an empty line it asks to close."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        await pilot.press("s", "a", "b", "home", "ctrl+d")
        assert app.query_one("#send-input", Input).value == "b"
        await pilot.press("ctrl+d", "ctrl+d")
        assert isinstance(app.screen, CloseDialog)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quit_asks_while_clients_are_connected(key: str) -> None:
    """It names how many; Cancel has the focus; without clients it just ends."""
    async with console(listening(), connected(1), connected(2)) as (app, link, pilot):
        await pilot.press(key)
        assert isinstance(app.screen, QuitDialog)
        assert "2 clients are connected" in screen_text(app)
        await pilot.press("enter")
        assert not isinstance(app.screen, QuitDialog)
        link.feed(closed(1), closed(2))
        await until(pilot, lambda: app.roster.closed == 2)
        await pilot.press(key)
        assert app._exit


async def test_keys_that_can_be_typed_are_typed() -> None:
    """In the send bar no letter acts: `q` quits nothing, `x` changes nothing."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        await pilot.press("s", *"qxz?:1*a")
        assert app.query_one("#send-input", Input).value == "qxz?:1*a"
        assert len(app.screen_stack) == 1


async def test_what_is_typed_at_once_behind_s_is_typed() -> None:
    """Keys that come in one burst, as over a slow line, go where the first of them leads: `q` does not quit."""
    for size in ((80, 24), (80, 18)):
        async with console(listening(), connected(12), size=size) as (app, link, pilot):
            for key in ("s", "q", "x", "enter"):
                app.simulate_key(key)
            await until(pilot, lambda: link.commands)
            assert link.commands == [commands.Send(12, b"qx\n")]


# -- looking -----------------------------------------------------------------------------------------------------------


async def test_closed_rows_stay_until_cleared() -> None:
    """The row and its reason stay; `ctrl+l` forgets it and what it said."""
    async with console(listening(), connected(12), received(b"bye"), closed(12, "reset by peer")) as (app, _, pilot):
        await shows(pilot, "reset by peer")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "reset by peer" not in screen_text(app))
        assert not app.roster.clients
        assert len(app.transcript.view(12)) == 0


async def test_all_messages_and_back() -> None:
    """`a` shows the messages of all, again those of the selected one; enter looks at this one and goes there."""
    talk = (listening(), connected(1), connected(2), received(b"from one", 1), received(b"from two", 2))
    async with console(*talk, size=(160, 50)) as (app, _, pilot):
        await pilot.press("a")
        pane = app.query_one("#messages")
        assert sum("from" in pane.render_line(y).text for y in range(pane.size.height)) == 2
        await pilot.press("enter")
        assert app.focused is pane
        assert sum("from" in pane.render_line(y).text for y in range(pane.size.height)) == 1


async def test_message_keys_work_from_everywhere() -> None:
    """`x` turns text to hex though the focus is on the connections."""
    async with console(listening(), connected(12), received(b"PING")) as (_, _, pilot):
        await pilot.press("1", "x")
        await shows(pilot, "50 49 4e 47")


async def test_panes_by_key() -> None:
    """1 to 4 and tab go to the panes; esc goes back from the send bar to where one was."""
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
    """`z` gives the pane all there is between header and footer; `z` or esc gives it back."""
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


async def test_help_tells_the_focused_pane_first() -> None:
    """Help opens on `?` and F1, from its pane on; it names every action; esc closes it."""
    async with console(listening(), connected(12), size=(100, 60)) as (app, _, pilot):
        for keys, heading in ((("1", "question_mark"), "CONNECTIONS"), (("2", "f1"), "MESSAGES")):
            await pilot.press(*keys)
            assert isinstance(app.screen, Help)
            await shows(pilot, heading)
            region = app.screen.query_one("#help").region
            lines = [line[region.x : region.right].strip() for line in screen_lines(app)[region.y : region.bottom]]
            assert next(line for line in lines if line) == heading
            await pilot.press("escape")
            assert not isinstance(app.screen, Help)


def test_help_names_every_action() -> None:
    """Nothing that can be done is a secret."""
    text = help_text("log").plain
    assert text.startswith("LOG")
    assert all(action.help in text for action in ACTIONS)


def test_footer_has_eight_keys_at_most() -> None:
    """The rest lives in the help and the palette."""
    keys = [(key, action.label) for action, key in Keys().footer()]
    assert len(keys) == 8
    assert keys[0] == ("s", "send")
    assert keys[-1] == ("q", "quit")
    assert ("^d", "close") in keys


def test_action_names_and_keys_are_unique() -> None:
    """A name is one action; a key means one thing in one place."""
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for where in {action.where for action in ACTIONS}:
        places = (where, *SHARED.get(where, ()))
        keys = [key for key, _ in Keys().bindings(*places)]
        assert len(keys) == len(set(keys))
    keys = [key for key, _, _ in Keys().app_bindings()]
    assert len(keys) == len(set(keys))


async def test_palette_runs_the_same_actions() -> None:
    """`:` finds an action by its name and runs it; Textual's own commands are not there."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        names = [command.title for command in app.get_system_commands(app.screen)]
        assert {"close", "mark-all", "theme tuiserver-light"} <= set(names)
        assert not {"Maximize", "Screenshot", "Keys"} & set(names)
        await pilot.press("colon")
        await pilot.press(*"show")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await shows(pilot, "50 49 4e 47")
        await pilot.press("colon")
        await pilot.press(*"mark-all")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await shows(pilot, "1 marked")


async def test_themes_switch_live() -> None:
    """Every theme of ours can be put on and draws; none of Textual's own is offered."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        names = sorted(app.available_themes)
        assert len(names) >= 5
        assert not any(name.startswith(("textual", "nord", "gruvbox")) for name in names)
        for name in names:
            app.theme = name
            await pilot.pause()
            assert "PING" in screen_text(app)


async def test_theme_of_the_settings() -> None:
    """`--theme` is put on from the first frame."""
    async with console(listening(), theme="tuiserver-light") as (app, _, _pilot):
        assert app.theme == "tuiserver-light"
        assert not app.current_theme.dark


# -- sizes -------------------------------------------------------------------------------------------------------------


async def test_80x24_shows_all_that_must_be_seen() -> None:
    """Where we listen, how many, who is selected, what it said, where typed bytes go, the log, help and quit."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, _pilot):
        lines = screen_lines(app)
        assert "127.0.0.1:9999" in lines[0]
        assert "1 client" in lines[0]
        text = "\n".join(lines)
        for words in ("CONNECTIONS", "MESSAGES", "#12", "PING", "SEND to #12", "LOG", "? help", "q quit"):
            assert words in text
        assert all(len(line) == 80 for line in lines)
        assert lines.index(next(line for line in lines if "SEND" in line)) < 23


async def test_160x50_has_the_log_at_the_side() -> None:
    """Inspector and log stand in a column of their own, at the right of connections and messages."""
    async with console(listening(), connected(12), received(b"PING"), size=(160, 50)) as (app, _, _pilot):
        log, connections, messages = (app.query_one(f"#{name}") for name in ("log", "connections", "messages"))
        inspector = app.query_one("#inspector")
        assert log.region.x == inspector.region.x > connections.region.right - 1
        assert log.region.y == messages.region.y
        assert inspector.region.y == connections.region.y
        assert log.region.bottom == messages.region.bottom
        assert 90 <= connections.region.width <= 100
        assert app.query_one("#send").region.width == 160
        assert app.query_one("#footer").region.bottom == 50


async def test_small_screens_lose_the_log_then_the_send_line() -> None:
    """Below 24 rows the log goes, below 20 the send line, which opens on `s`; below 60×15 one pane is left."""
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


# -- strangers ---------------------------------------------------------------------------------------------------------

HOSTILE = [
    b"\x1b]0;owned\x07\x1b[2J\x1b[31m",
    b"\x1b]52;c;aGVsbG8=\x07",
    b"[bold red]x[/]",
    b"[/nope]",
    b"\x00\x01\x7f\x80\xff\xfe",
    "\u202eevil\u202c \u200bzero\u200d 日本語 e\u0301 👩‍👩‍👧 שלום".encode(),
    b"A" * 1_000_000,
]


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_bytes_are_shown_escaped(size: tuple[int, int]) -> None:
    """No byte of a stranger reaches the terminal raw, as markup, or in two columns; on no screen."""
    told = [connected(number, peer="[/nope]\x1b[2J:1") for number in range(1, len(HOSTILE) + 1)]
    said = [received(data, number) for number, data in enumerate(HOSTILE, 1)]
    async with console(listening(), *told, *said, size=size) as (app, link, pilot):
        for data in HOSTILE:
            text = data.decode("utf-8", "surrogateescape")
            link.feed(Noted(BASE, "error", text, 1), Noted(BASE, "error", text), closed(7, text))
        await pilot.pause(0.3)
        for keys in (("a",), ("x",), ("x",), ("f", "1", "ctrl+d"), ("escape", "question_mark"), ("escape", "z")):
            await pilot.press(*keys)
            await pilot.pause()
            for line in screen_lines(app):
                assert not UNSAFE.search(line)
                assert len(line) == size[0]
        await pilot.press("z", "1", "a")
        for _ in HOSTILE:
            await pilot.press("down")
            await pilot.pause()
            assert not UNSAFE.search(screen_text(app).replace("\n", ""))


# -- frames ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("events", "gap", "most"), [(1, 0.045, 21), (40, 0.09, 11)])
async def test_frames_come_when_there_is_something(events: int, gap: float, most: int) -> None:
    """When it is quiet the link is left alone; else it is looked at twenty times a second, or ten where much comes."""
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


async def test_after_a_silence_an_event_is_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for no frame; those that follow it do."""
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
    """While something stands in front, nothing behind it is drawn, but all is taken in; then the panes catch up."""
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


@pytest.mark.parametrize(("value", "colours"), [("1", False), ("", True)])
async def test_no_color(value: str, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR takes every colour away; empty, it is as if it were not set."""
    monkeypatch.setenv("NO_COLOR", value)
    async with console(listening(), connected(12)) as (app, _, _pilot):
        assert app.no_color is not colours
        assert any(isinstance(each, NoColor) for each in app._filters) is not colours


# -- errors, the end ---------------------------------------------------------------------------------------------------


async def test_errors_toast_and_are_counted() -> None:
    """The same error a hundred times is one toast with a count."""
    async with console(listening()) as (app, link, pilot):
        link.feed(*[Noted(BASE, "error", "no [b]more[/b] files")] * 100)
        await until(pilot, lambda: len(app._notifications) == 1)
        (toast,) = app._notifications
        assert toast.message == "no [b]more[/b] files  (100 times)"
        assert not toast.markup


async def test_an_address_that_did_not_open_is_a_toast() -> None:
    """The reason in words, when the screen is there."""
    async with console(listening(), Unopened(BASE, "tcp://:80", "cannot listen on tcp://:80: [b]")) as (app, _, pilot):
        await until(pilot, lambda: len(app._notifications) == 1)
        assert [toast.message for toast in app._notifications] == ["cannot listen on tcp://:80: [b]"]


async def test_garbage_is_looked_for_once_the_first_frame_is_drawn() -> None:
    """A start may go without; after it, it is as ever, and what the start made is not gone through again."""
    frozen = gc.get_freeze_count()
    gc.disable()
    try:
        async with console(listening()) as (_, _, pilot):
            await until(pilot, gc.isenabled)
            assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.enable()


async def test_the_link_is_closed_at_the_end() -> None:
    """Whoever watches lets go when it leaves."""
    async with console(listening()) as (_, link, _pilot):
        assert not link.closed
    assert link.closed


def test_a_pane_that_breaks_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The code is 1 and stderr has one line, no traceback, and no escape of whoever caused it."""

    def broken(self: object, now: float | None = None) -> None:
        raise ValueError("bad \x1b[2J thing")

    monkeypatch.setattr("tuiserver.console.panes.connections.ConnectionsPane.update", broken)
    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    assert app_module.run_console(ScriptedLink(listening()), Settings(), LogTail(None)) == 1
    error = capsys.readouterr().err
    assert error == "tuiserver: the console failed: ValueError: bad \\x1b[2J thing\n"


def _headless(run_async: object) -> object:
    """`run_async` without a terminal."""

    async def run(self: Console, mouse: bool = True) -> None:
        await run_async(self, headless=True, mouse=mouse)  # type: ignore[operator]

    return run


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_end_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that ends programs ends the app with 0."""
    import signal

    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    link = ScriptedLink(listening())
    number = getattr(signal, name)
    opened = link.open

    def open_and_kill(wake: object) -> None:
        opened(wake)  # type: ignore[arg-type]
        signal.raise_signal(number)

    monkeypatch.setattr(link, "open", open_and_kill)
    assert app_module.run_console(link, Settings(), LogTail(None)) == 0
    assert link.closed


# -- load --------------------------------------------------------------------------------------------------------------


async def test_flood(tmp_path: Path) -> None:
    """20,000 messages a second for three seconds over a real socket: a key is answered meanwhile, counts are exact."""
    worker = Worker("127.0.0.1:0")
    worker.start()
    app = Console(LocalLink(worker), Settings(), LogTail(None))
    done = threading.Event()
    total = 0

    def flood() -> None:
        nonlocal total
        with connect(worker) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin = time.monotonic()
            while (elapsed := time.monotonic() - begin) < 3:
                due = int(elapsed * 20_000)
                for _ in range(max(0, due - total)):
                    client.sendall(b"0123456789abcdef\n")
                    total += 1
                time.sleep(0.001)
            done.wait(20)

    thread = threading.Thread(target=flood)
    try:
        async with app.run_test(size=(160, 50)) as pilot:
            thread.start()
            await until(pilot, lambda: app.roster.bytes_in > 0)
            waits = []
            help_shown = False
            while thread.is_alive() and total < 50_000:
                begin = time.monotonic()
                app.simulate_key("question_mark" if not help_shown else "escape")
                while isinstance(app.screen, Help) == help_shown and time.monotonic() - begin < 5:
                    await asyncio.sleep(0.005)
                help_shown = not help_shown
                waits.append(time.monotonic() - begin)
                await asyncio.sleep(0.2)
            assert len(waits) >= 5
            assert sorted(waits)[len(waits) // 2] < 0.25, waits
            assert max(waits) < 1.0, waits
            await until(pilot, lambda: app.roster.bytes_in == 17 * total, "exact bytes", 15)
            done.set()
            await until(pilot, lambda: app.roster.closed == 1)
            assert app.roster.bytes_in == 17 * total
            assert app.roster.clients[1].bytes_in == 17 * total
    finally:
        done.set()
        thread.join(10)
        worker.stop(timeout=1)
