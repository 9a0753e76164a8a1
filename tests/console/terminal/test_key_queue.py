"""Keys that arrive together are delivered one by one, each to what the keys before it have opened."""

from __future__ import annotations

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import connected, listening, received, shows, until
from tests.support.terminal import Terminal
from tuiserver.console.app import Console
from tuiserver.console.terminal import key_queue
from tuiserver.core import commands


def burst(app: Console, *keys: str) -> None:
    """Post these keys as one read from the terminal does."""
    for key in keys:
        one = len(key) == 1
        app.post_message(events.Key(_character_to_key(key) if one else key, key if one else None))


async def test_a_filter_typed_in_a_burst_is_a_filter() -> None:
    """None of its letters acts on the pane, and the enter after it applies it."""
    async with console(listening(), connected(1), received(b"PING", 1), connected(2), size=(100, 24)) as (
        app,
        _,
        pilot,
    ):
        burst(app, "/", *"ping", "enter", "space")
        await shows(pilot, "1 shown  filter ping")
        await until(pilot, lambda: app.selection.marked == (1,))
        assert app.focused is app.workspace.connections


async def test_a_message_typed_in_a_burst_is_sent() -> None:
    """The keys go to the send bar; the q among them does not quit."""
    async with console(listening(), connected(1)) as (app, link, pilot):
        burst(app, "s", *"quit", "enter")
        await until(pilot, lambda: link.commands)
        assert link.commands == [commands.Send(1, b"quit\n")]
        assert app.is_running


async def test_a_dialog_gets_what_is_typed_after_its_key() -> None:
    """The palette takes a moment to open: the keys wait for it."""
    async with console(listening(), connected(1)) as (app, _, pilot):
        burst(app, ":", *"pause")
        await until(pilot, lambda: app.screen.is_modal and app.screen.query_one(Input).value == "pause")
        assert app.workspace.connections.filter_text == ""


async def test_pasted_text_keeps_its_position() -> None:
    """It goes to the input that the key before it has opened."""
    async with console(listening(), connected(1)) as (app, _, pilot):
        burst(app, "s")
        app.post_message(events.Paste("pasted"))
        burst(app, "!")
        await until(pilot, lambda: app.workspace.send_bar.message.text == "pasted!")


async def test_a_key_whose_end_is_not_reported_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its widget is gone, the other keys are delivered after a moment."""
    monkeypatch.setattr(key_queue.KeyDone, "bubble", False)
    async with console(listening(), connected(1), connected(2)) as (app, _, pilot):
        burst(app, "/", "x", "y")
        await until(pilot, lambda: app.workspace.prompt.asking and app.workspace.prompt.query_one(Input).value == "xy")


@pytest.mark.slow
async def test_a_burst_of_a_thousand_keys_is_in_order() -> None:
    """Every character arrives, in order."""
    text = "".join(chr(33 + n % 90) for n in range(1000)).replace("{", "(")
    async with console(listening(), connected(1)) as (app, _, pilot):
        burst(app, "s")
        burst(app, *text)
        await until(pilot, lambda: len(app.workspace.send_bar.message.text) == len(text), seconds=20)
        assert app.workspace.send_bar.message.text == text


def test_on_a_real_terminal() -> None:
    """Keys of one write, as over a slow line, do what they do one by one."""
    with Terminal("127.0.0.1:0", size=(100, 30)) as terminal:
        terminal.shows("No clients yet")
        terminal.press("/state:open\r")
        terminal.shows("filter state:open")
        terminal.press(":quit\r")
        terminal.ends()
