"""Text in any script on the screen: it can be read, and the columns stay in place, on emulated terminals and in tmux."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.console.test_terminal_sessions import free_port
from tests.support.console import console
from tests.support.panes import MessagesHost
from tests.support.processes import COMMAND, environment
from tests.support.scripted import connected, listening, received, sent, shows, until
from tuiserver.console.text.escape import escape, escape_all
from tuiserver.core.characters import columns, width

TEXTS = ("Grüße", "温度 23 度", "こんにちは", "한국어", "שלום", "مرحبا", "สวัสดี", "👍 ok")


def cursor_after(text: str) -> int:
    """The column of the cursor after an emulated terminal has drawn a text."""
    screen = pyte.Screen(columns(text) + 10, 1)
    stream = pyte.Stream(screen)
    for character in text:  # pyte drops what follows some marks in the same piece
        stream.feed(character)
    return int(screen.cursor.x)


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(st.characters(categories=["Lo", "Mn", "So", "Sk", "Cf"]), max_size=60))
def test_an_emulated_terminal_draws_as_many_cells_as_are_counted(text: str) -> None:
    """All of Unicode, in any order."""
    shown = escape_all(text)
    assert cursor_after(shown) == columns(shown) == cell_len(shown)
    assert cursor_after(escape(text, 20)) <= 20


async def test_the_text_of_the_world_is_read_on_the_screen(tmp_path: Path) -> None:
    """In messages, in the table, in the log, in what is typed and in a name; each line is as wide as the screen."""
    log = tmp_path / "followed"
    log.write_text("".join(f"{text}\n" for text in TEXTS), "utf-8")
    events = [listening(), *(connected(number) for number in range(1, 9))]
    events += [received(text.encode(), number) for number, text in enumerate(TEXTS, 1)]
    async with console(*events, size=(120, 40), log=log) as (app, _, pilot):
        await pilot.press("a")
        for text in TEXTS:
            screen = await shows(pilot, text)
            assert screen.count(text) >= 2, "in a message, and in the last column"
        await pilot.press("n", *"名前 שם", "enter", "s", *"你好")
        screen = await shows(pilot, "名前 שם")
        assert "6 + 1 bytes" in screen
        assert "e4 bd a0 e5 a5 bd 0a" in screen
        lines = app.screen._compositor.render_strips()
        assert {cell_len("".join(segment.text for segment in line)) for line in lines} == {120}
        await pilot.press("escape", "3", "z")
        await until(pilot, lambda: not app.workspace.messages.display)
        for text in TEXTS:
            await shows(pilot, text)
        await pilot.press("z", "1", "slash", *"温度")
        await until(pilot, lambda: app.workspace.connections.filter_count.startswith("1 of 8"))


async def test_text_that_runs_from_right_to_left_moves_no_column() -> None:
    """A mark that takes no column ends it, and takes part in nothing else."""
    app = MessagesHost(connected(), sent("שלום 12".encode()), received(b"x"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.show(12)
        await pilot.pause()
        assert "שלום 12\u200e" in app.lines()[1] or "\u200e" in app.lines()[1]
        assert cell_len(app.lines()[1]) == cell_len(app.lines()[2]) == 80


# -- tmux ---------------------------------------------------------------------------------------------------------------

PROBE = """
import os, re, sys, tty
terminal = os.open("/dev/tty", os.O_RDWR)
tty.setraw(terminal)
characters, buffer, found = open(sys.argv[1], encoding="utf-8").read(), b"", []
for start in range(0, len(characters), 500):
    part = characters[start : start + 500]
    os.write(terminal, "".join(f"\\r\\x1b[Ka{character}\\x1b[6n" for character in part).encode())
    for _ in part:
        while not (match := re.search(rb"\\x1b\\[\\d+;(\\d+)R", buffer)):
            buffer += os.read(terminal, 65536)
        found.append(int(match[1]) - 2)
        buffer = buffer[match.end():]
open(sys.argv[2] + ".part", "w").write(" ".join(map(str, found)))
os.rename(sys.argv[2] + ".part", sys.argv[2])
"""


class Tmux:
    """A tmux of its own that runs one command."""

    def __init__(self, folder: Path, *command: str) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-u", "-f", "/dev/null"]
        session = ["new-session", "-d", "-x", "110", "-y", "30", "-e", "LANG=C.UTF-8", *command]
        subprocess.run([*self._tmux, *session], check=True, env={**environment(), "LANG": "C.UTF-8"})

    def run(self, *command: str) -> str:
        """Run a command of tmux; returns what it prints."""
        return subprocess.run([*self._tmux, *command], capture_output=True, check=True).stdout.decode()

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for a condition."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < seconds, self.run("capture-pane", "-p")
            time.sleep(0.05)

    def shows(self, words: str) -> str:
        """Wait until the screen shows these words; returns the screen."""
        self.until(lambda: words in self.run("capture-pane", "-p"))
        return self.run("capture-pane", "-p")

    def end(self) -> None:
        """End it and what runs in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    path = Path(f"/tmp/tuiserver-test-{os.getpid()}")
    path.mkdir()
    yield path
    shutil.rmtree(path)


needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.mark.slow
@needs_tmux
def test_tmux_draws_as_many_cells_as_are_counted(folder: Path) -> None:
    """Each character that is shown, as tmux itself reports. A Python with newer tables than tmux knows more characters."""
    old = unicodedata.unidata_version <= "15.0.0"
    known = unicodedata.category if old else unicodedata.ucd_3_2_0.category
    numbers = (number for number in range(0x20, 0x110000) if not 0xD800 <= number <= 0xDFFF)
    characters = "".join(c for c in map(chr, numbers) if width(c) >= 0 and known(c) != "Cn")
    (folder / "in").write_text(characters, "utf-8")
    tmux = Tmux(folder, sys.executable, "-c", PROBE, str(folder / "in"), str(folder / "out"))
    try:
        tmux.until((folder / "out").exists)
    finally:
        tmux.end()
    found = [int(cells) for cells in (folder / "out").read_text().split()]
    wrong = {f"U+{ord(c):04X}": cells for c, cells in zip(characters, found, strict=True) if cells != width(c)}
    assert not wrong


@pytest.mark.slow
@needs_tmux
def test_the_text_of_the_world_is_read_in_tmux(folder: Path) -> None:
    """The columns behind it stay in place."""
    port = free_port()
    tmux = Tmux(folder, *COMMAND, f"127.0.0.1:{port}", "--reply", "none", "--log", str(folder / "log"))

    def aligned() -> bool:
        """Whether the column of names is there, and the next one begins at the same cell in every row."""
        screen = tmux.run("capture-pane", "-p")
        rows = [line.replace("\u200e", "") for line in screen.splitlines()]
        rows = [row for row in rows if " waits " in row]  # as all of them do after a second
        cells = {columns(row[: row.index(" waits ")]) for row in rows}
        return "NAME" in screen and len(rows) == len(TEXTS) and len(cells) == 1

    with ExitStack() as clients:
        clients.callback(tmux.end)
        tmux.shows("No clients yet")
        for text in TEXTS:
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(text.encode())
        tmux.run("send-keys", "a")
        for text in (*TEXTS, f"{len(TEXTS)} open"):
            tmux.shows(text)
        for text in TEXTS:
            tmux.run("send-keys", "down", "n")
            tmux.shows("name #")
            tmux.run("send-keys", "-l", text)
            tmux.shows(text)
            tmux.run("send-keys", "Enter")
        tmux.until(aligned)
