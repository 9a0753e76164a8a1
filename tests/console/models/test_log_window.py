"""Which lines of a log are visible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiserver.console.models.log_window import LogWindow
from tuiserver.outputs.tail import LogTail


def window_over(path: Path, height: int = 10) -> tuple[LogTail, LogWindow]:
    """A window that follows a log."""
    tail = LogTail(path)
    tail.poll()
    window = LogWindow(tail)
    window.resize(height)
    return tail, window


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of a hundred lines."""
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path


@pytest.fixture
def log(path: Path) -> Iterator[tuple[LogTail, LogWindow]]:
    """Ten rows over that log."""
    tail, window = window_over(path)
    yield tail, window
    tail.close()


def visible(window: LogWindow) -> list[int]:
    """The numbers in the visible lines."""
    return [int(window.tail.line(number).split()[1]) for number in window.rows]


def append(log: tuple[LogTail, LogWindow], path: Path, first: int, stop: int) -> None:
    """Append lines to the file, and take them."""
    with path.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(first, stop)))
    assert log[0].poll()
    log[1].refresh()


def test_the_newest_line_is_at_the_bottom(log: tuple[LogTail, LogWindow], path: Path) -> None:
    """While following, the last lines are visible, also after more were written."""
    window = log[1]
    assert visible(window) == list(range(90, 100))
    append(log, path, 100, 103)
    assert visible(window) == list(range(93, 103))
    assert window.new == 0


def test_scrolling_up_stops_following(log: tuple[LogTail, LogWindow], path: Path) -> None:
    """The visible lines stay; new ones are counted until they have been visible; `follow` goes to the end."""
    window = log[1]
    window.scroll(-5)
    append(log, path, 100, 112)
    assert visible(window) == list(range(85, 95))
    assert window.new == 12
    window.scroll(20)
    assert visible(window) == list(range(102, 112))
    assert window.new == 0
    append(log, path, 112, 113)
    assert visible(window) == list(range(102, 112))
    assert window.new == 1
    window.follow()
    assert visible(window) == list(range(103, 113))


def test_scrolling_stops_at_both_ends(log: tuple[LogTail, LogWindow]) -> None:
    """There is nothing above the first line and below the last."""
    window = log[1]
    window.scroll(7)
    assert visible(window) == list(range(90, 100))
    window.scroll(-1000)
    assert visible(window) == list(range(10))
    window.scroll(1000)
    assert visible(window) == list(range(90, 100))


def test_a_page_leaves_one_line_visible(log: tuple[LogTail, LogWindow]) -> None:
    """Up and down again is the same place."""
    window = log[1]
    window.page(-1)
    assert visible(window) == list(range(81, 91))
    window.page(1)
    assert visible(window) == list(range(90, 100))


def test_the_start_is_read_from_the_file(tmp_path: Path) -> None:
    """Also if it was not in memory."""
    path = tmp_path / "log"
    path.write_text("".join(f"line {number} {'x' * 80}\n" for number in range(50_000)))
    tail, window = window_over(path)
    window.scroll_to_start()
    assert visible(window) == list(range(10))
    window.follow()
    assert visible(window) == list(range(49_990, 50_000))
    tail.close()


def test_in_a_short_file_scrolling_does_not_stop_following(tmp_path: Path) -> None:
    """With more rows than lines there is nowhere to scroll to."""
    path = tmp_path / "log"
    path.write_text("line 0\nline 1\n")
    tail, window = window_over(path)
    window.scroll(-3)
    window.scroll_to_start()
    assert visible(window) == [0, 1]
    assert tail.following
    tail.close()


def test_a_resize_keeps_the_position(log: tuple[LogTail, LogWindow]) -> None:
    """While following, the bottom line stays; else the top line."""
    window = log[1]
    window.resize(4)
    assert visible(window) == list(range(96, 100))
    window.scroll(-50)
    top = visible(window)[0]
    window.resize(20)
    assert visible(window)[0] == top


def test_the_cursor_moves_line_by_line(log: tuple[LogTail, LogWindow]) -> None:
    """It starts at the newest line; the window scrolls only where it would leave the visible lines."""
    tail, window = log

    def current() -> bytes:
        return tail.line(window.cursor)

    assert current() == b"line 99"
    window.move(-1)
    assert (current(), visible(window)[-1]) == (b"line 98", 99)
    for _ in range(9):
        window.move(-1)
    assert (current(), visible(window)[0]) == (b"line 89", 89)
    window.move(1)
    assert (current(), visible(window)[0]) == (b"line 90", 89)


def test_the_scroll_bar_knows_the_whole_file(tmp_path: Path) -> None:
    """Also the part that is not in memory, about; dragged to the start it shows the first line, to the end it follows."""
    path = tmp_path / "log"
    path.write_text("".join(f"line {number:05}\n" for number in range(40_000)))
    tail, window = window_over(path)
    extent = window.extent
    assert tail.lines_before > 30_000
    assert abs(extent.total - 40_000) < 10
    assert extent.stop == extent.total
    window.scroll_to(20_000)
    assert not tail.following
    assert abs(visible(window)[0] - 20_000) < 1000
    window.scroll_to(0)
    assert visible(window)[0] == 0
    assert window.extent.start == 0
    window.scroll_to(window.extent.hidden)
    assert tail.following
    assert visible(window)[-1] == 39_999
    tail.close()
