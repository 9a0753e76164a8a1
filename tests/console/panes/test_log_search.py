"""Filter, search and errors in the log pane: whatever the size of the file, a slice per frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.panes import LogHost, selected_line, selected_text

OURS = "2026-11-23 12:04:31.123 "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of 60,000 lines with two errors, one of them far back."""
    path = tmp_path / "tuiserver.log"
    lines = [f"{OURS}info  #{number} 127.0.0.1:{number} connected\n" for number in range(60_000)]
    lines[500] = f"{OURS}error #77 on_message: KeyError\n"
    lines[59_990] = f"{OURS}error #78 on_message: ValueError\n"
    path.write_text("".join(lines))
    return path


async def until(pilot: Pilot[None], host: LogHost, condition: Callable[[], bool]) -> None:
    """Wait for a condition, or fail with the screen."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"{host.notes} {host.rows()}")


async def current(pilot: Pilot[None], host: LogHost, text: str) -> None:
    """Wait until the line at the cursor has a text."""
    await until(pilot, host, lambda: text in selected_text(host.pane))


async def shows(pilot: Pilot[None], host: LogHost, text: str) -> None:
    """Wait for a text on the screen."""
    await until(pilot, host, lambda: any(text in row for row in host.rows()))


async def test_e_goes_to_the_last_error_and_on(path: Path) -> None:
    """From the end to the last error, with E to those before however far, with e back; at the last one it is reported."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.press("e")
        await current(pilot, host, "ValueError")
        await pilot.press("E")
        await current(pilot, host, "KeyError")
        await pilot.press("e")
        await current(pilot, host, "ValueError")
        await pilot.press("e")
        await until(pilot, host, lambda: bool(host.notes))
        assert host.notes == ["no error below"]
        assert "ValueError" in selected_text(host.pane)


async def test_a_search_finds_what_is_far_back(path: Path) -> None:
    """The match is highlighted; n and N go to the next and the previous match."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        host.pane.search("127.0.0.1:1234 ")
        host.pane.find_here()
        await current(pilot, host, "#1234 ")
        assert ("127.0.0.1:1234 ", "badge") in selected_line(host.pane)[0]
        assert not host.pane.following
        host.pane.search("on_message")
        await pilot.press("N")
        await current(pilot, host, "KeyError")
        await pilot.press("n")
        await current(pilot, host, "ValueError")
        await pilot.press("n")
        await until(pilot, host, lambda: bool(host.notes))
        assert host.notes == ["no match below: on_message"]


async def test_the_title_says_which_line_it_is(path: Path) -> None:
    """Of how many in the whole file; new lines are counted too."""
    host = LogHost(path)
    async with host.run_test(size=(100, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        host.pane.search("on_message")
        host.pane.find_here()
        await shows(pilot, host, "2 of 2")
        await pilot.press("N")
        await shows(pilot, host, "1 of 2")
        await pilot.press("end")
        await shows(pilot, host, "2 found")
        with path.open("a") as file:
            file.write(f"{OURS}error #79 on_message: OSError\n")
        await shows(pilot, host, "3 of 3")
        host.pane.set_filter("keyerror")
        await shows(pilot, host, "1 of 1")


async def test_a_search_begins_above_and_goes_on_below(path: Path) -> None:
    """What occurs only below the current line is found too; what occurs nowhere is reported."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.press("home")
        host.pane.search("ValueError")
        host.pane.find_here()
        await current(pilot, host, "ValueError")
        host.pane.search("nowhere")
        host.pane.find_here()
        await until(pilot, host, lambda: bool(host.notes))
        assert host.notes == ["no match: nowhere"]
        assert "ValueError" in selected_text(host.pane)


async def test_without_a_search_n_says_how_to_begin_one(path: Path) -> None:
    """It does not move."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.press("n")
        assert host.notes == ["nothing to search for: ^f searches"]


async def test_moving_cancels_a_search(path: Path) -> None:
    """What the operator looks at does not jump away afterwards."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        host.pane.search("127.0.0.1:")
        host.pane.find_here()
        host.pane.search(" on_message: keyerror")
        host.pane.find_here()
        await pilot.press("end")
        await pilot.pause(0.2)
        assert "#59999" in selected_text(host.pane)


async def test_a_filter_shows_lines_from_far_back(path: Path) -> None:
    """Matches appear while the rest of the file is searched, new ones as they are written."""
    host = LogHost(path)
    async with host.run_test(size=(100, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        assert host.pane.set_filter("level:error") is None
        await shows(pilot, host, "KeyError")
        assert "ValueError" in host.rows()[2]
        with path.open("a") as file:
            file.write(f"{OURS}error #79 third\n{OURS}info  fourth\n")
        await shows(pilot, host, "third")
        assert "fourth" not in "".join(host.rows())
        await shows(pilot, host, "3 shown  filter level:error")
        host.pane.set_filter("")
        assert host.pane.following


async def test_an_invalid_filter_shows_everything(path: Path) -> None:
    """The title says so; a filter without matches says how to clear it."""
    host = LogHost(path)
    async with host.run_test(size=(100, 12)) as pilot:
        assert str(host.pane.set_filter("size>x")).startswith("size takes a number")
        await shows(pilot, host, "not valid")
        assert "#59999" in host.rows()[-1]
        host.pane.set_filter("nowhere")
        await shows(pilot, host, "no line shown – filter nowhere – esc clears")


async def test_a_search_in_a_filtered_log(path: Path) -> None:
    """It finds only lines that match the filter, also those that had not been read."""
    host = LogHost(path)
    async with host.run_test(size=(100, 12)) as pilot:
        host.pane.focus()
        host.pane.set_filter('"7 connected"')
        host.pane.search(":37 ")
        host.pane.find_here()
        await current(pilot, host, "#37 ")
        host.pane.search("on_message")
        host.pane.find_here()
        await until(pilot, host, lambda: bool(host.notes))
        assert host.notes == ["no match: on_message"]
