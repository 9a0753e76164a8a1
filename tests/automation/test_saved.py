"""Messages that are saved under a name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import connected, listening, shows, until
from tuiserver.automation.saved import SavedError, SavedMessage, SavedMessages
from tuiserver.config.paths import saved_messages_folder
from tuiserver.console.dialogs.saved_messages import SavedDialog
from tuiserver.console.panes.send_bar import SendBar

TWO_CLIENTS = (listening(), connected(11), connected(12))


def test_a_message_is_saved_as_it_was_typed(tmp_path: Path) -> None:
    """In a file that can be edited by hand; under a new name, an existing one, and gone when it is deleted."""
    saved = SavedMessages(tmp_path / "messages")
    assert saved.names() == []
    message = SavedMessage("text", 'STATUS "x" \\r ä', "CRLF")
    saved.put("get status", SavedMessage("text", "older"))
    saved.put("get status", message)
    saved.put("Zero", SavedMessage("hex", "00", "none"))
    assert saved.names() == ["get status", "Zero"]
    assert saved.get("get status") == message
    assert (tmp_path / "messages" / "get status.toml").read_text("utf-8").startswith('mode = "text"\ntext = "STATUS')
    saved.delete("get status")
    saved.delete("never there")
    assert saved.names() == ["Zero"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example('\U0001f600 \u00e9 \u2028 \x7f \x80 \\ " \r\n \0')
def test_any_text_survives(text: str) -> None:
    """Whatever Unicode has, control characters too."""
    with tempfile.TemporaryDirectory() as folder:
        saved = SavedMessages(Path(folder))
        saved.put("x", SavedMessage("text", text))
        assert saved.get("x").text == text


def test_a_lone_surrogate_is_refused(tmp_path: Path) -> None:
    """It is not a character: the message that exists stays, and nothing else is left behind."""
    saved = SavedMessages(tmp_path)
    saved.put("x", SavedMessage("text", "old"))
    with pytest.raises(SavedError, match="a character that Unicode does not have"):
        saved.put("x", SavedMessage("text", "\ud800"))
    assert saved.get("x").text == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.toml"]


def test_only_the_owner_may_read_a_message(tmp_path: Path) -> None:
    """It may hold a password. A message that was readable by others is private once it is saved again."""
    saved = SavedMessages(tmp_path)
    path = tmp_path / "x.toml"
    path.touch(0o644)
    saved.put("x", SavedMessage("text", "PASS secret"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a" * 41, "x\n", "x."])
def test_a_name_is_not_a_path(tmp_path: Path, name: str) -> None:
    """Nothing is written outside the folder."""
    with pytest.raises(SavedError, match="a name has at most 40 letters"):
        SavedMessages(tmp_path).put(name, SavedMessage("text", "x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("mode =", r"^a\.toml is not valid TOML: "),
        ('text = "\\x"', r"^a\.toml is not valid TOML: "),
        ('mode = "loud"\ntext = "x"', r"^a\.toml: mode must be one of text, literal, hex, fields, file$"),
        ('ending = "CR"\ntext = "x"', r"^a\.toml: ending must be one of none, "),
        ("text = 5", r"^a\.toml: text must be a string$"),
    ],
)
def test_the_error_names_the_broken_file(tmp_path: Path, content: str, words: str) -> None:
    """And says what would be right; other messages are not affected."""
    saved = SavedMessages(tmp_path)
    saved.put("b", SavedMessage("text", "x"))
    (tmp_path / "a.toml").write_text(content)
    with pytest.raises(SavedError, match=words):
        saved.get("a")
    assert saved.names() == ["a", "b"]
    assert saved.get("b").text == "x"


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    """A name without a file, a folder in its place, a file in the place of the folder."""
    saved = SavedMessages(tmp_path)
    with pytest.raises(SavedError, match=r'^there is no saved message "d"$'):
        saved.get("d")
    (tmp_path / "file").touch()
    with pytest.raises(SavedError, match="cannot write"):
        SavedMessages(tmp_path / "file").put("x", SavedMessage("text", "x"))
    (tmp_path / "e.toml").mkdir()
    with pytest.raises(SavedError, match="cannot read"):
        saved.get("e")
    with pytest.raises(SavedError, match="cannot delete"):
        saved.delete("e")


def test_the_default_folder_is_the_users() -> None:
    """In the configuration folder."""
    SavedMessages().put("x", SavedMessage("text", "x"))
    assert [path.name for path in saved_messages_folder().iterdir()] == ["x.toml"]


@pytest.mark.slow
async def test_saving_choosing_and_deleting() -> None:
    """ctrl+s saves what is typed under a name, ctrl+r lists all, typing narrows the list, delete in the list asks once more."""
    saved = SavedMessages()
    async with console(*TWO_CLIENTS, size=(100, 30)) as (app, link, pilot):
        await pilot.press("s", "ctrl+s")
        await shows(pilot, "nothing to save")
        await pilot.press("ctrl+t", *"7g", "ctrl+s")
        await shows(pilot, "not saved: not a hex digit, at character 2")
        await pilot.press("ctrl+u", "ctrl+t", "ctrl+t")
        await pilot.press(*"PING", "ctrl+n", "ctrl+s", *"ping", "enter")
        await shows(pilot, "Saved as ping")
        assert app.query_one("#send-input", Input).has_focus
        saved.put("other", SavedMessage("hex", "00 01"))
        await pilot.press("ctrl+u", "ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, SavedDialog))
        text = await shows(pilot, "Saved messages")
        assert "other                hex     00 01" in text
        await pilot.press(*"pi", "enter")
        await until(pilot, lambda: app.query_one(SendBar).text == "PING")
        await shows(pilot, r"text + \r\n")
        await pilot.press("ctrl+r", "down", "up", "delete")
        await shows(pilot, "Del again deletes it")
        await pilot.press("delete")
        await until(pilot, lambda: saved.names() == ["ping"])
        await pilot.press(*"zz")
        await shows(pilot, "no match")
        await pilot.press("backspace", "backspace", "delete", "escape")
        assert saved.names() == ["ping"], "delete edits the line there"
        (saved_messages_folder() / "bad.toml").write_text("=")
        await pilot.press("ctrl+r", *"bad", "enter")
        await shows(pilot, "bad.toml is not valid TOML")
        await pilot.press("ctrl+p", *"bar: ping", "enter")
        await until(pilot, lambda: app.query_one(SendBar).text == "PING")
        assert link.commands == []
