"""The log pane shows the tail of a file, keeps the reader's place, and says what it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiserver.console.log_pane import LogWindow, Parts, parts_of
from tuiserver.tail import LogTail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of a hundred lines."""
    path = tmp_path / "tuiserver.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path


@pytest.fixture
def window(path: Path) -> Iterator[LogWindow]:
    """Ten rows on that log, following."""
    window = LogWindow(LogTail(path))
    window.tail.poll()
    window.resize(10)
    yield window
    window.tail.close()


def seen(window: LogWindow) -> list[int]:
    """The numbers in the lines that are seen."""
    return [int(window.tail.line(number).split()[1]) for number in window.rows]


def more(window: LogWindow, path: Path, first: int, last: int) -> None:
    """Append lines and look."""
    with path.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(first, last)))
    assert window.tail.poll()
    window.refresh()


def test_our_lines_are_taken_apart() -> None:
    """Of the time the time of day is shown; the level is a word by itself."""
    line = "2026-11-23 12:04:31.123 info  #8 127.0.0.1:51199 reset by peer"
    assert parts_of(line) == Parts("12:04:31", "info", "#8 127.0.0.1:51199 reset by peer")


@pytest.mark.parametrize("line", ["", "    File x", "Nov 23 12:04:31 host sshd: x", "2026-11-23 nothing"])
def test_other_lines_stay_whole(line: str) -> None:
    """A traceback, or a line of another program, is shown as it is."""
    assert parts_of(line) == Parts("", "", line)


def test_the_newest_is_at_the_bottom(window: LogWindow, path: Path) -> None:
    """Following, the last lines are seen, also when more come."""
    assert seen(window) == list(range(90, 100))
    more(window, path, 100, 103)
    assert seen(window) == list(range(93, 103))
    assert window.new == 0


def test_scrolling_up_releases(window: LogWindow, path: Path) -> None:
    """What is read does not move; what came is counted; `follow` goes there."""
    window.scroll(-5)
    assert seen(window) == list(range(85, 95))
    more(window, path, 100, 112)
    assert seen(window) == list(range(85, 95))
    assert window.new == 12
    window.scroll(20)
    assert seen(window) == list(range(102, 112))
    assert window.new == 0
    more(window, path, 112, 113)
    assert seen(window) == list(range(102, 112))
    assert window.new == 1
    window.follow()
    assert seen(window) == list(range(103, 113))


def test_there_is_nothing_above_the_first_or_below_the_last(window: LogWindow) -> None:
    """Scrolling stops at both ends."""
    window.scroll(7)
    assert seen(window) == list(range(90, 100))
    window.scroll(-1000)
    assert seen(window) == list(range(10))
    window.scroll(1000)
    assert seen(window) == list(range(90, 100))


def test_home_reads_back_to_the_beginning(tmp_path: Path) -> None:
    """Also past what is held at first."""
    path = tmp_path / "long.log"
    path.write_text("".join(f"line {number} {'x' * 80}\n" for number in range(50_000)))
    window = LogWindow(LogTail(path))
    window.tail.poll()
    window.resize(10)
    window.home()
    assert seen(window) == list(range(10))
    window.follow()
    assert seen(window) == list(range(49_990, 50_000))
    window.tail.close()


def test_a_short_file_is_seen_from_its_first_line(tmp_path: Path) -> None:
    """With more rows than lines there is nothing to scroll, and following is not lost by trying."""
    (tmp_path / "x").write_text("line 0\nline 1\n")
    window = LogWindow(LogTail(tmp_path / "x"))
    window.tail.poll()
    window.resize(10)
    window.scroll(-3)
    window.home()
    assert seen(window) == [0, 1]
    assert window.tail.following
    window.tail.close()


def test_the_height_changes_around_the_reader(window: LogWindow) -> None:
    """Released, the top line stays; following, the bottom one."""
    window.resize(4)
    assert seen(window) == list(range(96, 100))
    window.scroll(-50)
    top = seen(window)[0]
    window.resize(20)
    assert seen(window)[0] == top
