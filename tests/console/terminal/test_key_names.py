"""The names of keys."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tuiserver.console.keymap import ACTIONS
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


def test_editing_keys_are_those_of_the_input() -> None:
    """All of Textual's input line, except enter."""
    keys = {key for binding in Input.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert keys - {"enter"} == EDITING
