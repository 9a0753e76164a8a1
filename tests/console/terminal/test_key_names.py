"""The names of keys."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.widgets import Input

from tuiserver.console.keymap import ACTIONS
from tuiserver.console.terminal.key_names import ARROWS, EDITING, key_name, read_key


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
            assert (key in ARROWS) or read_key(key_name(key)) == key


def test_editing_keys_are_those_of_the_input() -> None:
    """All of Textual's input line, except enter."""
    keys = {key for binding in Input.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert keys - {"enter"} == EDITING


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("ctrl+i", '"ctrl+i" is tab to a terminal: write tab'),
        ("^m", '"^m" is enter to a terminal: write enter'),
        ("^[", '"^[" is escape to a terminal: write escape'),
        ("ctrl+h", '"ctrl+h" is backspace to a terminal: write backspace'),
        ("ctrl+enter", '"ctrl+enter" is enter to a terminal: write enter'),
        ("ctrl+4", '"ctrl+4" is ctrl+\\ to a terminal: write ctrl+\\'),
        ("ctrl+/", '"ctrl+/" is ctrl+_ to a terminal: write ctrl+_'),
        ("ctrl+shift+a", 'no terminal sends "ctrl+shift+a": write ctrl+a or A'),
        ("ctrl+alt+i", 'no terminal sends "ctrl+alt+i": write i or I'),
        ("shift+a", 'no terminal sends "shift+a": write A'),
        ("shift+1", 'no terminal sends "shift+1": write the sign it types'),
        ("ctrl+1", 'no terminal sends "ctrl+1": write 1, or another key such as ctrl+g or F2'),
        ("ctrl+shift+7", 'no terminal sends "ctrl+shift+7": write 7, or another key such as ctrl+g or F2'),
        ("ctrl+,", 'no terminal sends "ctrl+,": write ,, or another key such as ctrl+g or F2'),
        ("alt+1", 'no terminal sends "alt+1": write 1, or another key such as ctrl+g or F2'),
        ("ctrl+insert", 'no terminal sends "ctrl+insert": write insert, or another key such as ctrl+g or F2'),
        ("shift+esc", 'no terminal sends "shift+esc": write escape'),
    ],
)
def test_keys_that_no_terminal_sends_are_refused(written: str, error: str) -> None:
    """One line names the key, and what to write instead."""
    with pytest.raises(ValueError) as caught:
        read_key(written)
    assert str(caught.value) == error


def _arriving(sequence: str) -> list[str]:
    parser = XTermParser()
    return [event.key for event in (*parser.feed(sequence), *parser.feed("")) if isinstance(event, events.Key)]


def test_every_key_that_is_accepted_can_arrive() -> None:
    """Each combination is either refused, or some terminal sends it, by exactly that name."""
    ascii_characters = [chr(code) for code in range(0x80)]
    sequences = [*ANSI_SEQUENCES_KEYS, *ascii_characters, *(f"\x1b{character}" for character in ascii_characters)]
    arriving = {keys[0] for sequence in sequences if len(keys := _arriving(sequence)) == 1}
    held = [
        "",
        *("+".join(each) + "+" for n in (1, 2, 3) for each in itertools.combinations(("alt", "ctrl", "shift"), n)),
    ]
    names = ["up", "pgup", "home", "insert", "del", "enter", "esc", "tab", "space", "backspace", "F1", "F3", "F12"]
    accepted = set()
    for written in map("".join, itertools.product(held, [*map(chr, range(0x21, 0x7F)), *names])):
        with contextlib.suppress(ValueError):
            accepted.add(read_key(written))
    assert accepted - arriving == set()
    assert {"ctrl+backslash", "ctrl+@", "alt+shift+a", "shift+tab", "ctrl+shift+home", "ctrl+j"} <= accepted
