"""What is shown is saved to a file."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.console import console
from tests.support.scripted import connected, listening, received, screen_text, sent, shows, until
from tuiserver.console import saving
from tuiserver.console.models.message_export import ShownMessages
from tuiserver.core.charsets import UTF8

TALK = (listening(), connected(2), received(b"PI", 2), received(b"NG\n", 2), sent(b"PONG\n", 2))


@pytest.mark.slow
async def test_the_operator_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ending decides what is written; what is shown is saved, list or stream, one direction or both; none is replaced."""
    monkeypatch.chdir(tmp_path)
    async with console(*TALK, size=(130, 24)) as (app, _, pilot):
        await pilot.press("g", "2", "S")
        await shows(pilot, "messages-2.txt")
        await pilot.press("enter")
        await shows(pilot, "as text to")
        assert [line[27:] for line in Path("messages-2.txt").read_text().splitlines()] == [
            *("< #2 PI", r"< #2 NG\n", r"> #2 PONG\n")
        ]
        await pilot.press("m", "d", "S", *"in.bin")
        await shows(pilot, "raw (.txt")
        await pilot.press("enter")
        await until(pilot, lambda: Path("in.bin").exists() and Path("in.bin").read_bytes() == b"PING\n")
        await pilot.press("S", *"in.bin")
        await shows(pilot, "exists already")
        await pilot.press("enter")
        await shows(pilot, "not saved to")
        assert Path("in.bin").read_bytes() == b"PING\n"
        await pilot.press("S", *"stream.txt", "enter")
        await until(
            pilot, lambda: Path("stream.txt").exists() and Path("stream.txt").read_text().endswith(" < #2 PING\\n\n")
        )
        assert "Traceback" not in screen_text(app)


async def test_without_messages_nothing_is_saved() -> None:
    """The operator is told why."""
    async with console(listening(), connected(2)) as (_, _, pilot):
        await pilot.press("2", "S")
        await shows(pilot, "nothing to save")


def test_a_file_that_cannot_be_written_is_removed(tmp_path: Path) -> None:
    """A full disk leaves no part of it."""
    path = os.fspath(tmp_path / "a.bin")
    shown = ShownMessages([received(b"x")], False, frozenset(), lambda number: UTF8)

    def full(*arguments: object) -> object:
        raise OSError(28, "No space left on device")

    with patch.object(saving, "export", full), pytest.raises(OSError, match="No space"):
        saving.write_file(path, shown)
    assert not os.path.exists(path)
