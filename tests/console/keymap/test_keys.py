"""Keys that the operator has chosen act and are shown."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import connected, listening, shows, until
from tuiserver.console.dialogs.help import Help


async def test_remapped_keys_act_and_are_shown() -> None:
    """In the panes, the send bar, the footer and the help; the default keys then do nothing."""
    own = {"close": ("f4",), "down": ("n",), "name": (), "send": ("i",), "show": ("h",), "mode": ("f6",), "quit": ()}
    async with console(
        listening(), connected(1), connected(2), connected(3), size=(100, 40), keys=tuple(own.items())
    ) as (app, _, pilot):
        text = await shows(pilot, "i send  F4 close")
        assert "quit" not in text.splitlines()[-1]
        await pilot.press("n", "j", "q", "ctrl+q")
        assert app.workspace.connections.selected == 2
        await pilot.press("h")
        await shows(pilot, "#2  hex")
        await pilot.press("i", "f6")
        await shows(pilot, "SEND to #2  hex")
        await pilot.press("escape", "f1")
        await until(pilot, lambda: isinstance(app.screen, Help))
        await shows(pilot, "F4")
        await pilot.press("escape", "f4")
        await shows(pilot, "Close #2?")


async def test_a_click_on_the_footer_runs_the_action() -> None:
    """Whichever key it has."""
    async with console(listening(), connected(1), keys=(("zoom", ("f2",)), ("close", ("f4",)))) as (_, _, pilot):
        text = await shows(pilot, "F4 close")
        await pilot.click("#footer", offset=(text.splitlines()[-1].index("F4"), 0))
        await shows(pilot, "Close #1?")


async def test_no_key_of_textual_is_left() -> None:
    """A key that is not in the table does nothing: not tab, not ctrl+q, not enter in the send bar."""
    keys = (("next-pane", ()), ("quit", ("Q",)), ("go", ("f7",)), ("close", ("f4",)))
    async with console(listening(), connected(12), keys=keys) as (app, link, pilot):
        await pilot.press("tab", "ctrl+q", "ctrl+c", "q", "ctrl+d")
        assert app.focused is app.workspace.connections
        assert len(app.screen_stack) == 1
        await pilot.press("s", *"hi", "enter")
        assert not link.commands
        await pilot.press("f7")
        await until(pilot, lambda: len(link.commands) == 1)
        await pilot.press("x", "f4")  # A key that does not edit closes from a line too.
        await until(pilot, lambda: len(app.screen_stack) == 2)


async def test_hints_show_the_chosen_keys() -> None:
    """Wherever a pane mentions a key, and in its title if it is a digit; an action without a key is not mentioned."""
    keys = (("send", ("w",)), ("mode", ("f6",)), ("ending", ()), ("connections", ("9",)), ("messages", ("f2",)))
    async with console(listening(), connected(12), keys=keys) as (_, _link, pilot):
        assert "\n MESSAGES " in await shows(pilot, "▌9 CONNECTIONS ")
        await shows(pilot, "w to send first")
        await pilot.press("w")
        assert "line ending" not in await shows(pilot, "F6 mode  ^o target")
