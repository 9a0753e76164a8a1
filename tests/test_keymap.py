"""Keys as the operator writes them: what they mean, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.keys import _character_to_key
from textual.widgets import Input

from tuiserver.cli import main
from tuiserver.console.actions import ACTIONS, SIGNS
from tuiserver.console.keymap import EDITING, _check_together, key, read, remapped, spelled, table
from tuiserver.settings import UsageError


def wrong(**keys: object) -> str:
    """What is said of these keys."""
    entries = [(name.replace("_", "-"), value, f"f:{number}") for number, (name, value) in enumerate(keys.items(), 1)]
    with pytest.raises(UsageError) as caught:
        read(entries)
    return str(caught.value)


@pytest.mark.parametrize("number", range(33, 127))
def test_a_sign_is_a_key(number: int) -> None:
    """What one types is what one writes, and is called as Textual calls it; and back."""
    assert key(chr(number)) == _character_to_key(chr(number))
    assert spelled(key(chr(number))) == chr(number)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ctrl+d", "ctrl+d"),
        ("Ctrl+D", "ctrl+d"),
        ("^d", "ctrl+d"),
        ("esc", "escape"),
        ("PgUp", "pageup"),
        ("F5", "f5"),
        (" ", "space"),
        ("shift+tab", "shift+tab"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("alt+x", "alt+x"),
        ("ctrl++", "ctrl+plus"),
        ("question_mark", "question_mark"),
        ("é", "é"),
        ("§", "section_sign"),
    ],
)
def test_a_key_has_a_name(text: str, name: str) -> None:
    """Names are written in any case, and as keyboards show them."""
    assert key(text) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'there is no key "": write z, ?, ctrl+d or f5'),
        ("zz", 'there is no key "zz": write z, ?, ctrl+d or f5'),
        ("f25", 'there is no key "f25": write z, ?, ctrl+d or f5'),
        ("pagup", 'there is no key "pagup": did you mean pageup?'),
        ("ctrl+entr", 'there is no key "ctrl+entr": did you mean ctrl+enter?'),
        ("control+d", 'there is no key "control+d": write z, ?, ctrl+d or f5'),
        ("ctrl+ctrl+d", 'there is no key "ctrl+ctrl+d": write z, ?, ctrl+d or f5'),
        ("^dd", 'there is no key "ctrl+dd": write z, ?, ctrl+d or f5'),
        ("ctrl+i", '"ctrl+i" is tab to a terminal: write tab'),
        ("ctrl+m", '"ctrl+m" is enter to a terminal: write enter'),
        ("ctrl+[", '"ctrl+[" is escape to a terminal: write escape'),
        ("shift+a", 'no terminal sends "shift+a": write A'),
        ("shift+?", 'no terminal sends "shift+?": write the sign it types'),
        ("\x1b", 'there is no key "\x1b": write z, ?, ctrl+d or f5'),
    ],
)
def test_what_is_no_key(text: str, words: str) -> None:
    """It is said with what would be one."""
    with pytest.raises(ValueError) as caught:
        key(text)
    assert str(caught.value) == words


def test_keys_are_read() -> None:
    """One, several, or none; no key twice."""
    keys = read([("zoom", "f2", "f:1"), ("quit", ["q", "Q", "q"], "f:2"), ("close", [], "f:3")])
    assert keys == (("zoom", ("f2",)), ("quit", ("q", "Q")), ("close", ()))
    actions = {action.name: action for action in remapped(keys)}
    assert (actions["zoom"].keys, actions["close"].keys, actions["help"].keys) == (
        ("f2",),
        (),
        ("question_mark", "f1"),
    )


def test_what_cannot_be_is_said_with_its_place() -> None:
    """Unknown actions, keys that are none, keys that would be typed."""
    assert wrong(zooom="z") == 'f:1: unknown action "zooom" (did you mean zoom?): see tuiserver keys'
    assert wrong(zoom="f2", help="zz") == 'f:2: help: there is no key "zz": write z, ?, ctrl+d or f5'
    assert wrong(zoom=5) == 'f:1: the keys of zoom are no text: write zoom = "f5", or [] for none'
    assert wrong(zoom=[5]) == 'f:1: the keys of zoom are no text: write zoom = "f5", or [] for none'
    assert wrong(quit=[]) == 'f:1: quit without a key leaves no way out: write quit = "ctrl+q"'
    assert wrong(mode="?") == "f:1: mode: in the send bar ? is typed: write ctrl+g or f5"
    assert wrong(mode="é") == "f:1: mode: in the send bar é is typed: write ctrl+g or f5"
    assert wrong(older="home") == "f:1: older: in the send bar home edits the line: write ctrl+g or f5"


def test_a_key_is_for_one_action() -> None:
    """In one place, or in a pane where it would hide what is done anywhere."""
    words = "write another key, or also"
    assert wrong(zoom="x") == f"f:1: x is for both zoom and show: {words} show = []"
    assert wrong(up="z") == f"f:1: z is for both up and zoom: {words} zoom = []"
    assert wrong(zoom="f2", help="f2") == f"f:2: f2 is for both help and zoom: {words} zoom = []"
    assert wrong(open="space") == f"f:1: space is for both open and mark: {words} mark = []"
    assert wrong(follow_log="g") == f"f:1: g is for both follow-log and first: {words} first = []"
    assert wrong(mode="ctrl+p") == f"f:1: ctrl+p is for both mode and palette: {words} palette = []"
    # One key in two panes is none of it, nor are two that swap.
    read([("open", "f5", ""), ("follow-log", "f5", ""), ("mode", "f5", "")])
    read([("zoom", "x", ""), ("show", "z", "")])


def test_the_defaults_hide_only_what_is_meant() -> None:
    """`f` in the log follows the log, escape in the send bar leaves it; nothing else is hidden."""
    every = {action.name: "f:1" for action in ACTIONS}
    kept = [action for action in ACTIONS if action.name not in ("follow-log", "leave")]
    _check_together(kept, every)
    with pytest.raises(UsageError):
        _check_together(ACTIONS, every)


def test_the_keys_that_edit_are_those_of_the_line() -> None:
    """All of Textual's, but for the one that sends."""
    keys = {key for binding in Input.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert keys - {"enter"} == EDITING


def test_every_sign_has_a_name() -> None:
    """Of those on a keyboard none is missing."""
    assert set(SIGNS.values()) == {chr(n) for n in range(33, 127) if not chr(n).isalnum()}


def test_the_table_tells_every_action() -> None:
    """By place, with the keys as they are written; those that were set are marked, with where."""
    lines = table().splitlines()
    assert not any(line.startswith("*") for line in lines)
    for action in ACTIONS:
        assert sum(f" {action.name} " in line and line.endswith(action.help) for line in lines) == 1, action.name
    assert "   ? f1                     help          Help for this pane" in lines
    assert max(map(len, lines)) <= 100
    told = table((("zoom", ("f2",)), ("close", ())), {"zoom": "f:3", "close": "f:4"})
    assert "\n*  f2                       zoom          Give this pane the whole screen, and back  (f:3)\n" in told
    assert "\n*  none                     close         " in told
    assert "\n*  set by you" in told


def test_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`tuiserver keys` prints the table with what the files say, the nearer file over the other."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "config" / "tuiserver"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[keys]\nzoom = "f2"\nhelp = "f3"\n')
    Path("tuiserver.toml").write_text('[keys]\n\nzoom = "f4"\n')
    assert main(["keys"]) == 0
    out = capfd.readouterr().out
    assert (
        "*  f4                       zoom          Give this pane the whole screen, and back  (tuiserver.toml:3)" in out
    )
    assert f"*  f3                       help          Help for this pane  ({folder / 'config.toml'}:3)" in out
