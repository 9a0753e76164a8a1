"""The table of everything that can be done by a key, and the operator's own keys."""

from __future__ import annotations

import os

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import BASE, ScriptedLink, connected, listening, shows, until
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.dialogs.help import Help, help_text
from tuiserver.console.keymap import ABOUT, ACTIONS, BY_NAME, HEADINGS, Keys, table
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.terminal.key_names import EDITING, key_name, read_key
from tuiserver.core import commands
from tuiserver.core.codes import RefuseCode
from tuiserver.core.events import Paused, Refused
from tuiserver.outputs.tail import LogTail


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("a", "a"),
        ("G", "G"),
        ("?", "question_mark"),
        ("/", "slash"),
        ("+", "plus"),
        ("-", "minus"),
        ("_", "underscore"),
        ("@", "at"),
        ("^d", "ctrl+d"),
        ("ctrl+d", "ctrl+d"),
        ("Ctrl+Left", "ctrl+left"),
        ("esc", "escape"),
        ("PgUp", "pageup"),
        ("F5", "f5"),
        ("shift+tab", "shift+tab"),
        ("space", "space"),
        ("slash", "slash"),
    ],
)
def test_keys_are_written_as_people_do(written: str, key: str) -> None:
    """Signs as themselves, ctrl by a hat or in full, names in any case."""
    assert read_key(written) == key


@pytest.mark.parametrize("written", ["", "ctrl+", "crtl+d", "enterr", "ctrl+shift+nothing", "ab", "\x1b", "f99"])
def test_what_is_no_key_is_refused(written: str) -> None:
    """With an example of those there are."""
    with pytest.raises(ValueError, match="is not a key: write a, "):
        read_key(written)


def test_the_names_of_keys_are_those_of_the_toolkit() -> None:
    """Every key of the table, and every sign of the keyboard, is named as Textual names it."""
    from textual.keys import _character_to_key

    for sign in map(chr, range(0x21, 0x7F)):
        assert read_key(sign) == _character_to_key(sign)
        assert key_name(read_key(sign)) == sign
    for action in ACTIONS:
        for key in action.keys:
            assert (
                read_key(key_name(key).replace("\N{UPWARDS ARROW}", "up").replace("\N{DOWNWARDS ARROW}", "down")) == key
            )


def test_no_default_needs_what_terminals_do_not_send() -> None:
    """No alt, no ctrl+enter, no ctrl+shift; and nothing that destroys is on a plain letter."""
    for action in ACTIONS:
        assert not any("alt" in key or "ctrl+shift" in key or key == "ctrl+enter" for key in action.keys)
    assert all(key.startswith("ctrl+") for key in BY_NAME["close"].keys)


def test_the_table_of_the_program_has_no_faults() -> None:
    """Nor has it when each action is given the keys it has."""
    assert list(Keys().faults()) == []
    assert list(Keys({action.name: action.keys for action in ACTIONS if action.run}).faults()) == []
    assert {action.where for action in ACTIONS} <= set(HEADINGS)
    assert set(ABOUT) <= set(HEADINGS)
    assert all(action.name in table(Keys()) for action in ACTIONS)


@pytest.mark.parametrize(
    ("name", "key", "fault"),
    [
        ("zoom", "s", "s runs send already: give send another key, or [] for none"),
        ("sort", "z", "z runs zoom already: give zoom another key, or [] for none"),
        ("jump", "e", "e runs next-error already: give next-error another key, or [] for none"),
        ("up", "n", "n runs name already: give name another key, or [] for none"),
        ("mode", "ctrl+p", "^p runs palette already: give palette another key, or [] for none"),
        ("mode", "ctrl+k", "^k edits in the send bar: give mode another key, such as ctrl+g"),
        ("go", "m", "m is typed in the send bar: give go another key, such as ctrl+g"),
        ("xyzzy", "n", "there is no action xyzzy: see tuiserver keys"),
    ],
)
def test_a_key_means_one_thing_in_one_place(name: str, key: str, fault: str) -> None:
    """What would run two things, or hide one, is a fault."""
    assert list(Keys({name: (key,)}).faults()) == [(name, fault)]


def test_panes_may_use_the_same_key() -> None:
    """What acts in different panes does not meet; what was given away is free."""
    assert list(Keys({"mark": ("e",), "next-error": ("space",)}).faults()) == []
    assert list(Keys({"zoom": ("q",), "quit": ("z",)}).faults()) == []
    assert list(Keys({"older": ("f5",), "open": ("f5",)}).faults()) == []


async def test_remapped_keys_act_and_are_shown() -> None:
    """In the panes, in the send bar, in the footer, in the help; the old ones do nothing."""
    own = {"close": ("f4",), "down": ("n",), "name": (), "send": ("i",), "show": ("h",), "mode": ("f6",), "quit": ()}
    async with console(
        listening(), connected(1), connected(2), connected(3), size=(100, 40), keys=tuple(own.items())
    ) as (app, _, pilot):
        text = await shows(pilot, "i send   F4 close")
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


async def test_the_footer_clicks_by_the_same_table() -> None:
    """Whatever the key is."""
    async with console(listening(), connected(1), keys=(("zoom", ("f2",)), ("close", ("f4",)))) as (_, _, pilot):
        text = await shows(pilot, "F4 close")
        await pilot.click("#footer", offset=(text.splitlines()[-1].index("F4"), 0))
        await shows(pilot, "Close #1?")


async def test_read_only_offers_nothing_that_changes_a_client() -> None:
    """Sending, closing and pausing are absent: no key, no footer, no help, no palette; the bar says why."""
    async with console(listening(), connected(1), size=(100, 30), read_only=True) as (app, link, pilot):
        link.feed(Paused(1.0, 1, "program"))
        text = await shows(pilot, "SEND  read-only: nothing is sent")
        assert "bytes" not in text
        assert "s send" not in text
        assert "^d close" not in text
        names = [command.title for command in app.get_system_commands(app.screen)]
        assert "sort" in names
        assert not {"send", "close", "pause", "again", "stop"} & {*names}
        text = help_text("connections", keys=app.keys).plain
        assert not [name for name in ("close", "pause", "go") if BY_NAME[name].help in text]
        for key in ("s", "4", "ctrl+d", "p", "tab", "tab", "tab"):
            await pilot.press(key)
            await pilot.pause()
        assert link.commands == []
        assert app.focused is app.workspace.connections
        assert len(app.screen_stack) == 1
        app.query_one(SendBar).post_message(SendBar.SendRequested((1,), lambda: b"x"))
        await shows(pilot, "read-only: nothing is sent, closed or paused")
        assert link.commands == []


async def test_what_the_link_cannot_carry_is_absent() -> None:
    """A link that can only close offers no sending and no pausing."""
    link = ScriptedLink(listening(), connected(1), capabilities={"close", "inspect"})
    app = Console(link, Settings(), LogTail(None))
    async with app.run_test(size=(100, 30)) as pilot:
        text = await shows(pilot, "^d close")
        assert "s send" not in text
        await pilot.press("s", "p", "ctrl+d", "f")
        assert link.commands == [commands.Close(1)]


async def test_a_refused_command_is_shown_to_who_gave_it() -> None:
    """Not what was refused to another console."""
    async with console(listening(), connected(1), size=(100, 30)) as (_, link, pilot):
        await pilot.press("s", *"hi", "enter")
        await until(pilot, lambda: link.tokens)
        link.feed(Refused(BASE, 5, 1, RefuseCode.NOT_OPEN, "#5 is closed"))
        link.feed(Refused(BASE, link.tokens[0], 1, RefuseCode.CANNOT_SEND, "#1 cannot be sent that"))
        text = await shows(pilot, "#1 cannot be sent that")
        assert "#5 is closed" not in text


def test_the_keys_that_edit_are_those_of_the_line() -> None:
    """All of Textual's, but for the one that sends."""
    keys = {key for binding in Input.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert keys - {"enter"} == EDITING


async def test_no_key_of_the_toolkit_is_left() -> None:
    """What has no key of ours does nothing: not tab, not ctrl+q, not enter in the send bar."""
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


async def test_hints_tell_the_keys_that_were_set() -> None:
    """Wherever a pane names a key."""
    keys = (("send", ("w",)), ("mode", ("f6",)), ("ending", ()))
    async with console(listening(), connected(12), keys=keys) as (_, _link, pilot):
        await shows(pilot, "w to speak first")
        await pilot.press("w")
        assert "line ending" not in await shows(pilot, "F6 hex  ^o target")


@pytest.mark.parametrize(
    ("color", "wish", "colours"),
    [("auto", "", True), ("auto", "1", False), ("always", "1", True), ("never", "", False)],
)
async def test_color(color: str, wish: str, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` heeds NO_COLOR, the others do not; without colours bold is left, and the environment is as it was."""
    monkeypatch.setenv("NO_COLOR", wish)
    async with console(listening(), connected(12), color=color) as (app, _, _pilot):
        pane = app.workspace.connections
        styles = [segment.style for strip in pane.render_lines(pane.size.region) for segment in strip]
        assert any(style and (style.color or style.bgcolor) for style in styles) is colours
        assert any(style and style.bold for style in styles)
    assert os.environ["NO_COLOR"] == wish


async def test_always_finds_colours_where_the_terminal_tells_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sixteen that nearly all have."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("COLORTERM", raising=False)
    for color, system in (("auto", None), ("always", "standard")):
        async with console(listening(), color=color) as (app, _, _pilot):
            assert app.console.color_system == system
