"""The table of everything that can be done by a key, and the operator's own keys."""

from __future__ import annotations

import pytest

from tests.scripted import connected, listening, shows, until
from tests.test_console_app import _own_history, console
from tuiserver.console.actions import ABOUT, ACTIONS, BY_NAME, HEADINGS, Keys, key_name, read_key, table
from tuiserver.console.help import Help
from tuiserver.console.send_bar import SendBar
from tuiserver.events import Paused

__all__ = ["_own_history"]


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
    with pytest.raises(ValueError, match="is no key: write a, "):
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
        ("mode", "ctrl+d", "^d runs close already: give close another key, or [] for none"),
        ("xyzzy", "n", "there is no action xyzzy: see tuiserver keys"),
        ("go", "f5", "go stays on enter"),
    ],
)
def test_a_key_means_one_thing_in_one_place(name: str, key: str, fault: str) -> None:
    """What would run two things, or hide one, is a fault."""
    assert list(Keys({name: (key,)}).faults()) == [(name, fault)]


def test_panes_may_use_the_same_key() -> None:
    """What acts in different panes does not meet; what was given away is free."""
    assert list(Keys({"mark": ("e",), "next-error": ("space",)}).faults()) == []
    assert list(Keys({"zoom": ("q",), "quit": ("z",)}).faults()) == []
    assert list(Keys({"older": ("k",)}).faults()) == []


async def test_remapped_keys_act_and_are_shown() -> None:
    """In the panes, in the send bar, in the footer, in the help; the old ones do nothing."""
    own = {"close": ("f4",), "down": ("n",), "name": (), "send": ("i",), "show": ("h",), "mode": ("f6",), "quit": ()}
    async with console(
        listening(), connected(1), connected(2), connected(3), size=(100, 40), keys=tuple(own.items())
    ) as (app, _, pilot):
        text = await shows(pilot, "i send   F4 close")
        assert "quit" not in text.splitlines()[-1]
        await pilot.press("n", "j", "q", "ctrl+q")
        assert app._connections.selected == 2
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


async def test_read_only_only_looks() -> None:
    """Nothing is sent, closed or paused; the bar and a word say so; quitting still works."""
    async with console(listening(), connected(1), size=(100, 30), read_only=True) as (app, link, pilot):
        link.feed(Paused(1.0, 1, "program"))
        text = await shows(pilot, "SEND  read-only: nothing is sent")
        assert "bytes" not in text
        for key in ("s", "4", "ctrl+d", "p", "tab", "tab", "tab"):
            await pilot.press(key)
            await pilot.pause()
        assert "read-only: nothing is sent, closed or paused" in await shows(
            pilot, "read-only: nothing is sent, closed"
        )
        assert link.commands == []
        assert app.focused is app._connections
        app.query_one(SendBar).post_message(SendBar.SendRequested((1,), lambda: b"x"))
        await pilot.pause()
        assert link.commands == []
