"""The log pane shows the end of a file, keeps the reader's position, and says what it is doing."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.panes import LogHost, selected_text

OURS = "2026-11-23 12:04:31.123 "


async def until(pilot: Pilot[None], host: LogHost, text: str) -> None:
    """Wait for a text on the screen."""
    for _ in range(200):
        if any(text in row for row in host.rows()):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{text!r} did not appear: {host.rows()}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of a hundred lines."""
    path = tmp_path / "tuiserver.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path


async def test_a_new_line_appears_by_itself(tmp_path: Path) -> None:
    """The pane waits for the file; then its lines are shown as they are written, with the time of day."""
    path = tmp_path / "tuiserver.log"
    host = LogHost(path)
    async with host.run_test(size=(64, 20)) as pilot:
        await until(pilot, host, "waiting for ")
        assert host.rows()[0].strip("▌ ").split() == ["3", "LOG", "tuiserver.log", "waiting"]
        path.write_text(f"{OURS}info  #8 127.0.0.1:51199 reset by peer\n")
        await until(pilot, host, "#8")
        assert host.rows()[0].strip("▌ ").split() == ["3", "LOG", "tuiserver.log", "●", "follow"]
        assert host.rows()[1].rstrip() == " 12:04:31 info  #8 127.0.0.1:51199 reset by peer"
        assert all(len(row) == 64 for row in host.rows())


async def test_up_stops_following_and_f_resumes_it(path: Path) -> None:
    """What is read stays in its place; the title counts the new lines."""
    host = LogHost(path)
    async with host.run_test(size=(64, 11)) as pilot:
        await until(pilot, host, "line 99")
        host.pane.focus()
        await pilot.press("up")
        assert not host.pane.following
        assert host.rows()[0].startswith("▌3 LOG ")
        before = host.rows()[1:]
        with path.open("a") as file:
            file.write("".join(f"line {number}\n" for number in range(100, 112)))
        await until(pilot, host, "12 new")
        assert host.rows()[1:] == before
        await pilot.press("home")
        assert host.rows()[1].strip() == "line 0"
        await pilot.press("f")
        assert host.rows()[-1].strip() == "line 111"
        assert "follow" in host.rows()[0]


async def test_the_cursor_moves_line_by_line(path: Path) -> None:
    """The newest line is the current one while following; afterwards, new lines do not move the cursor."""
    host = LogHost(path)
    async with host.run_test(size=(60, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        assert selected_text(host.pane).strip() == "line 99"
        await pilot.press("up", "up", "down")
        assert selected_text(host.pane).strip() == "line 98"
        assert not host.pane.following
        with path.open("a") as file:
            file.write("line 100\n")
        host.pane.update()
        assert selected_text(host.pane).strip() == "line 98"
        await pilot.press("f")
        assert selected_text(host.pane).strip() == "line 100"


async def test_one_row_high_it_is_the_latest_line(tmp_path: Path) -> None:
    """There is no title; of an error, its line is shown and not the end of its traceback."""
    path = tmp_path / "x.log"
    path.write_text(f"{OURS}error #3 on_message: KeyError\n    Traceback (most recent call last):\n    KeyError: 1\n")
    host = LogHost(path, height=1)
    async with host.run_test(size=(80, 24)) as pilot:
        await until(pilot, host, "on_message: KeyError")
        assert [row.strip("▌ ") for row in host.rows()] == ["LOG  12:04:31 error #3 on_message: KeyError"]


async def test_the_level_has_a_colour_and_a_word(tmp_path: Path) -> None:
    """Error, warning and what the operator did differ in colour, and each line has its level as a word."""
    path = tmp_path / "x.log"
    path.write_text("".join(f"{OURS}{line}\n" for line in ("info  a", "warn  b", "error c", "info  operator sent d")))
    host = LogHost(path)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "operator")
        colours = []
        for y in range(1, 5):
            segments = [segment for segment in host.pane.render_line(y) if segment.text.strip()]
            assert len(segments) > 1
            assert segments[-1].style is not None
            colours.append(segments[-1].style.color)
        assert len(set(colours[:3])) == 3
        assert colours[3] != colours[0]


async def test_a_new_theme_has_new_colours(path: Path) -> None:
    """Colours are kept between frames, but not between themes."""
    host = LogHost(path)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "line 99")
        dark = host.pane.render_line(1)
        host.theme = "textual-light"
        await pilot.pause()
        assert host.pane.render_line(1) != dark


async def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    """A folder is not a log."""
    host = LogHost(tmp_path)
    async with host.run_test(size=(80, 10)) as pilot:
        await until(pilot, host, "not a regular file: ")


async def test_a_log_in_memory() -> None:
    """If there is no file, the title says so."""
    host = LogHost(None)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "nothing logged yet")
        assert "in memory" in host.rows()[0]


async def test_a_hidden_pane_does_not_poll(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is left alone while the pane is hidden; shown again, it is up to date."""
    host = LogHost(path)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "line 99")
        host.pane.display = False
        await pilot.pause()
        with path.open("a") as file:
            file.write("line 100\n")
        before = host.rows()
        await pilot.pause(0.2)
        assert host.rows() == before
        host.pane.display = True
        await until(pilot, host, "line 100")


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 2), (160, 50)])
async def test_any_size(path: Path, size: tuple[int, int]) -> None:
    """Every row is exactly as wide as the pane."""
    host = LogHost(path)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        assert [len(row) for row in host.rows()] == [size[0]] * size[1]


async def test_a_line_leads_to_its_connection(tmp_path: Path) -> None:
    """Enter or a double click asks for the connection of a line; if there is none, the operator is notified."""
    path = tmp_path / "x.log"
    path.write_text("".join(f"{OURS}info  #{number} connected\n" for number in range(100)))
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.press("up", "enter")
        await pilot.click(host.pane, offset=(20, 3), times=2)
        await pilot.pause()
        assert host.jumped == [98, 91]
        with path.open("a") as file:
            file.write(f"{OURS}info  listening\n")
        await pilot.press("f")
        host.pane.update()
        await pilot.press("enter")
        assert host.notes == ["this line names no connection"]
