"""The action table, and keys that the operator has chosen."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import connected, listening, shows, until
from tuiserver.console.dialogs.help import Help
from tuiserver.console.keymap import ABOUT, ACTIONS, BY_NAME, HEADINGS, SHARED, Keys, table
from tuiserver.console.terminal.key_names import EDITING, key_name, read_key


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
    """Symbols as themselves, ctrl as `^` or in full, names in any case."""
    assert read_key(written) == key


@pytest.mark.parametrize("written", ["", "ctrl+", "crtl+d", "enterr", "ctrl+shift+nothing", "ab", "\x1b", "f99"])
def test_other_words_are_refused(written: str) -> None:
    """The message gives examples of keys."""
    with pytest.raises(ValueError, match="is not a key: write a, "):
        read_key(written)


def test_keys_are_named_as_textual_names_them() -> None:
    """So is every key of the table, and every symbol of the keyboard."""
    from textual.keys import _character_to_key

    for sign in map(chr, range(0x21, 0x7F)):
        assert read_key(sign) == _character_to_key(sign)
        assert key_name(read_key(sign)) == sign
    for action in ACTIONS:
        for key in action.keys:
            assert (
                read_key(key_name(key).replace("\N{UPWARDS ARROW}", "up").replace("\N{DOWNWARDS ARROW}", "down")) == key
            )


def test_no_default_needs_a_key_that_terminals_do_not_send() -> None:
    """No alt, no ctrl+enter, no ctrl+shift; and closing is not on a plain letter."""
    for action in ACTIONS:
        assert not any("alt" in key or "ctrl+shift" in key or key == "ctrl+enter" for key in action.keys)
    assert all(key.startswith("ctrl+") for key in BY_NAME["close"].keys)


def test_the_table_of_the_program_has_no_faults() -> None:
    """It stays so when each action is given its own default keys."""
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
    """A key for two actions, or one that hides another action, is reported."""
    assert list(Keys({name: (key,)}).faults()) == [(name, fault)]


def test_different_places_may_use_the_same_key() -> None:
    """Actions of different panes do not conflict; a key that was taken from an action is free."""
    assert list(Keys({"mark": ("e",), "next-error": ("space",)}).faults()) == []
    assert list(Keys({"zoom": ("q",), "quit": ("z",)}).faults()) == []
    assert list(Keys({"older": ("f5",), "open": ("f5",)}).faults()) == []


async def test_remapped_keys_act_and_are_shown() -> None:
    """In the panes, the send bar, the footer and the help; the default keys then do nothing."""
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


async def test_a_click_on_the_footer_runs_the_action() -> None:
    """Whichever key it has."""
    async with console(listening(), connected(1), keys=(("zoom", ("f2",)), ("close", ("f4",)))) as (_, _, pilot):
        text = await shows(pilot, "F4 close")
        await pilot.click("#footer", offset=(text.splitlines()[-1].index("F4"), 0))
        await shows(pilot, "Close #1?")


def test_editing_keys_are_those_of_the_input() -> None:
    """All of Textual's input line, except enter."""
    keys = {key for binding in Input.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert keys - {"enter"} == EDITING


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
    """Wherever a pane mentions a key; an action without a key is not mentioned."""
    keys = (("send", ("w",)), ("mode", ("f6",)), ("ending", ()))
    async with console(listening(), connected(12), keys=keys) as (_, _link, pilot):
        await shows(pilot, "w to send first")
        await pilot.press("w")
        assert "line ending" not in await shows(pilot, "F6 hex  ^o target")


def test_action_names_and_keys_are_unique() -> None:
    """A name is one action, and a key is one action in one place."""
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for where in {action.where for action in ACTIONS}:
        places = (where, *SHARED.get(where, ()))
        keys = [key for key, _ in Keys().bindings(*places)]
        assert len(keys) == len(set(keys))
    keys = [key for key, _, _ in Keys().app_bindings()]
    assert len(keys) == len(set(keys))
