"""Dialogs and viewers take their keys from the action table: keys that the operator has chosen hold there too."""

from __future__ import annotations

import re

import pytest

from tests.support.console import console
from tests.support.scripted import BASE, connected, listening, received, screen_lines, screen_text, shows, until
from tuiserver.console.keymap import ACTIONS, Keys, faults
from tuiserver.console.terminal.key_names import key_name
from tuiserver.core import commands

CHOSEN: dict[str, tuple[str, ...]] = {
    "quit": ("f10",),
    "prompt-apply": ("f5",),
    **dict.fromkeys(("cancel", "prompt-cancel", "message-close", "help-close"), ("f7",)),
}
"""Keys for what cannot do without."""
DEFAULTS = {key_name(key) for action in ACTIONS for key in action.keys} - {*"x123↑↓←→*"}
FRONT = "#columns, #dialog, .picker, MessageBody"
CLIENT = (listening(), connected(12), received(b"needle one, needle two", 12))


async def test_the_close_dialog() -> None:
    """Its answers are shown with their keys; one without a key is chosen with the arrows."""
    keys = (("close-flush", ("f6",)), ("close-reset", ()), ("cancel", ("f7",)), ("accept", ("f8",)))
    async with console(*CLIENT, size=(100, 30), keys=keys) as (app, link, pilot):
        await pilot.press("ctrl+d")
        text = await shows(pilot, "F6 Flush and close")
        assert "Reset" in text
        assert "r Reset" not in text
        await pilot.press("f", "r", "escape", "enter")
        assert app.screen.is_modal
        await pilot.press("f7")
        assert not app.screen.is_modal
        await pilot.press("ctrl+d", "left", "f8")
        assert link.commands == [commands.Close(12, reset=True)]
        await pilot.press("ctrl+d", "f6")
        assert link.commands[1:] == [commands.Close(12)]


async def test_the_list_of_columns() -> None:
    """Its hints are those keys; an action without a key is not mentioned."""
    keys = (("down", ("f2",)), ("column-show", ("v",)), ("columns-reset", ()), ("accept", ("f8",)))
    async with console(*CLIENT, size=(100, 40), keys=keys) as (app, _, pilot):
        before = app.workspace.connections.columns_seen
        await pilot.press("c")
        text = await shows(pilot, "F8 accept  esc cancel  v show")
        assert "reset" not in text
        await pilot.press("f2", "v", "r", "f8")
        await until(pilot, lambda: app.workspace.connections.columns_seen != before)


async def test_the_list_of_saved_messages() -> None:
    """An empty list says how to save one, by the key that is set."""
    async with console(*CLIENT, size=(100, 30), keys=(("save", ("f5",)), ("saved-delete", ()))) as (_, _, pilot):
        await pilot.press("s", "ctrl+r")
        text = await shows(pilot, "none yet: F5 in the send bar saves what is typed")
        assert text.splitlines()[-1].split("  ")[:3] == [" enter accept", "esc cancel", "/ find"]
        assert "type to find, or /" in text


async def test_the_message_viewer() -> None:
    """Its last line shows the keys; all of them can be chosen."""
    keys = (("message-close", ("f2",)), ("message-show", ("h",)), ("message-search", ("f3",)), ("message-next", ("m",)))
    keys = (*keys, ("message-resend", ()))
    async with console(*CLIENT, size=(100, 30), keys=keys) as (app, _, pilot):
        await pilot.press("2", "enter")
        text = await shows(pilot, "F2 back")
        assert "h view" in text
        assert "resend" not in text.splitlines()[-1]
        await pilot.press("h")
        await shows(pilot, "6e 65 65 64 6c 65")
        await pilot.press("m")
        await shows(pilot, "nothing to search for: F3 searches")
        await pilot.press("h", "f3", *"needle", "enter", "m", "m")
        await shows(pilot, "no match below")
        await pilot.press("escape", "q")
        assert app.screen.is_modal
        await pilot.press("f2")
        assert not app.screen.is_modal


async def test_the_help() -> None:
    """It scrolls and closes by the keys that are set."""
    async with console(*CLIENT, keys=(("help-close", ("f4",)), ("last", ("L",)))) as (app, _, pilot):
        await pilot.press("question_mark", "L")
        await until(pilot, lambda: "Help for this pane" not in screen_text(app))
        await pilot.press("escape", "f1")
        assert app.screen.is_modal
        await pilot.press("f4")
        assert not app.screen.is_modal


async def test_the_prompt() -> None:
    """It is applied and cancelled by the keys that are set."""
    async with console(*CLIENT, keys=(("prompt-apply", ("f5",)), ("prompt-cancel", ("f6",)))) as (app, _, pilot):
        await pilot.press("slash", *"id:12", "enter")
        assert app.workspace.prompt.asking
        await pilot.press("f5")
        assert not app.workspace.prompt.asking
        assert app.workspace.connections.filter_text == "id:12"
        await pilot.press("slash", "x", "f6")
        assert app.workspace.connections.filter_text == ""


async def test_quitting_over_a_dialog_is_the_only_thing_from_outside() -> None:
    """`quit` keeps its ctrl keys in every dialog, so these cannot be given to an action of a dialog."""
    assert list(faults(Keys({"accept": ("ctrl+q",)}))) == [
        ("accept", "^q runs quit already: give quit another key, or [] for none")
    ]
    assert list(faults(Keys({"accept": ("ctrl+p",)}))) == []
    assert list(faults(Keys({"saved-delete": ("x",)}))) == []
    assert list(faults(Keys({"saved-delete": ("j",)}))) == [
        ("saved-delete", "j runs down already: give down another key, or [] for none")
    ]
    assert list(faults(Keys({"cancel": ()}))) == [
        ("cancel", 'cancel without a key leaves no way out: write cancel = "esc"')
    ]
    async with console(*CLIENT) as (app, _, pilot):
        await pilot.press("ctrl+d", "2", "z", "s", "slash", "ctrl+f")
        assert len(app.screen_stack) == 2
        await pilot.press("ctrl+q")
        assert len(app.screen_stack) == 3


@pytest.mark.slow
async def test_no_hint_shows_a_key_that_is_not_set() -> None:
    """Where every action that can do without a key has none, no pane and no dialog mentions a default key."""
    keys = {action.name: () for action in ACTIONS} | CHOSEN
    async with console(*CLIENT, size=(100, 40), keys=tuple(keys.items())) as (app, link, pilot):
        link.now = BASE + 120
        text = await shows(pilot, "needle one")
        assert text.splitlines()[-1].split() == ["F10", "quit"]
        app.workspace.focus_send_bar()
        assert hints(screen_lines(app)) == []
        for pane in ("connections", "messages", "log"):
            app.workspace.focus(pane)
            app.operator.filter()
            await pilot.press(*"nowhere", "f5")
        await shows(pilot, "0 of 1 shown")
        assert hints(screen_lines(app)) == []
        for pane in ("connections", "messages"):
            app.workspace.focus(pane)
            app.operator.go_back()
        link.feed(received(b"x" * 20_000, 12))
        await app.run_action("perform('wrap')")
        await shows(pilot, " more")
        assert hints(screen_lines(app)) == []
        for action in ("columns", "close", "whole", "copy", "saved"):
            await app.run_action(f"perform('{action}')")
            await until(pilot, lambda: app.screen.is_modal and app.screen.query(FRONT), action)
            await pilot.pause()
            front = app.screen.query(FRONT).first().region
            lines = [line[front.x : front.right] for line in screen_lines(app)[front.y : front.bottom]]
            assert hints(lines) == [], action
            await pilot.press("f7")
            await until(pilot, lambda: not app.screen.is_modal, action)


def hints(lines: list[str]) -> list[str]:
    """The words of these lines that name a default key."""
    return [
        word
        for line in lines
        for word in re.split("[ ,;:]+", line)
        if (word if len(word) == 1 else word.lower()) in DEFAULTS
    ]
