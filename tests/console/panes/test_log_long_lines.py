"""Long lines of the log, and lines of earlier runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.panes import LogHost, selected_line, selected_text

OURS = "2026-11-23 12:04:31.123 "
LONG = "#7 on_message: " + "".join(f"{number:03d}." for number in range(40))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twenty short lines, and a long one among the last."""
    path = tmp_path / "tuiserver.log"
    lines = [f"info  #{number} connected" for number in range(20)]
    lines[-2] = f"error {LONG}"
    path.write_text("".join(f"{OURS}{line}\n" for line in lines))
    return path


def text_of_selected(host: LogHost) -> str:
    """The whole text at the cursor, without what stands before it."""
    rows = [line for line in host.pane.lines() if line[1] == "selected"]
    return "".join("".join(text for text, _ in parts)[16:] for parts, _ in rows)


async def test_enter_shows_a_line_whole_and_then_leads_to_its_connection(path: Path) -> None:
    """A line that is not cut leads there at once; moving on shows it in one row again."""
    host = LogHost(path)
    async with host.run_test(size=(60, 12)) as pilot:
        host.pane.focus()
        await pilot.press("up")
        assert text_of_selected(host).endswith("…")
        await pilot.press("enter")
        assert host.jumped == []
        assert text_of_selected(host) == LONG
        await pilot.press("enter")
        assert host.jumped == [7]
        await pilot.press("up")
        assert len([line for line in host.pane.lines() if line[1] == "selected"]) == 1
        await pilot.press("enter")
        await pilot.pause()
        assert host.jumped == [7, 17]


@pytest.mark.slow
async def test_w_wraps_all_lines(path: Path) -> None:
    """The newest stays at the bottom; the cursor moves by lines; one click chooses the line, whichever of its rows is hit."""
    host = LogHost(path)
    async with host.run_test(size=(60, 8)) as pilot:
        host.pane.focus()
        await pilot.press("w")
        assert host.pane.following
        assert host.rows()[-1].strip().endswith("#19 connected")
        await pilot.press("up")
        assert text_of_selected(host) == LONG
        await pilot.press("up")
        assert selected_text(host.pane).endswith("#17 connected")
        row = next(y for y, text in enumerate(host.rows()) if "036." in text)
        await pilot.click(host.pane, offset=(30, row))
        assert text_of_selected(host) == LONG
        await pilot.press("home", *["down"] * 30)
        assert host.rows()[-1].strip().endswith("#19 connected")
        assert all(len(row) == 60 for row in host.rows())
        await pilot.press("w")
        assert len(host.rows()) == 8


@pytest.mark.slow
async def test_left_and_right_show_the_rest_of_lines(path: Path) -> None:
    """Time and level stay; at the end of the longest line the text stops moving."""
    host = LogHost(path)
    async with host.run_test(size=(60, 12)) as pilot:
        host.pane.focus()
        await pilot.press("up", "right", "right")
        text = selected_text(host.pane)
        assert text.startswith(" 12:04:31 error ")
        assert text[16:].startswith(LONG[32:50])
        await pilot.press(*["right"] * 20)
        assert selected_text(host.pane).endswith("039.")
        await pilot.press(*["left"] * 20)
        assert selected_text(host.pane)[16:].startswith("#7 on_message")


async def test_lines_of_earlier_runs_are_shown_on_request_and_lead_nowhere(path: Path) -> None:
    """The title has the key; they are faint, also where they are filtered, and their ids are not those of this run."""
    start = path.stat().st_size
    host = LogHost(path, run_start=start)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        assert [row.strip() for row in host.rows()[1:] if row.strip()] == ["nothing logged yet"]
        assert "b shows earlier runs" in host.rows()[0]
        with path.open("a") as file:
            file.write(f"{OURS}info  #3 connected\n{OURS}info  #4 connected\n")
        host.pane.update()
        await pilot.press("home")
        assert [row.split()[-2] for row in host.rows()[1:] if row.strip()] == ["#3", "#4"]
        await pilot.press("b")
        assert "b hides earlier runs" in host.rows()[0]
        await pilot.press("up", "up", "enter")
        assert selected_text(host.pane).endswith("#19 connected")
        assert host.notes == ["#19 belongs to an earlier run: it is not a connection of this one"]
        assert {style for _, style in selected_line(host.pane)[0]} == {"faint"}
        host.pane.set_filter("#3")
        await pilot.press("enter", "up", "enter")
        assert host.jumped == [3]
        assert host.notes[1:] == ["#3 belongs to an earlier run: it is not a connection of this one"]
        host.pane.set_filter("")
        await pilot.press("b")
        assert [row.split()[-2] for row in host.rows()[1:] if row.strip()] == ["#3", "#4"]


async def test_a_log_without_earlier_runs_says_so(path: Path) -> None:
    """There is no key in its title."""
    host = LogHost(path)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        assert "earlier" not in host.rows()[0]
        await pilot.press("b")
        assert host.notes == ["the log has no lines of earlier runs"]
