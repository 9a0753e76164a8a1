"""The log pane shows the tail of a file, keeps the reader's place, and says what it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuiserver.console.panes.log import LogPane, LogWindow
from tuiserver.outputs.tail import LogTail

OURS = "2026-11-23 12:04:31.123 "


class Host(App[None]):
    """An app with nothing but a log pane."""

    def __init__(self, path: Path | None, height: int | None = None) -> None:
        super().__init__()
        self.pane = LogPane(LogTail(path))
        if height:
            self.pane.styles.height = height

    def compose(self) -> ComposeResult:
        """The pane alone."""
        yield self.pane

    @property
    def rows(self) -> list[str]:
        """What stands on the screen."""
        return [self.pane.render_line(y).text for y in range(self.pane.size.height)]


async def until(pilot: Pilot[None], host: Host, text: str) -> None:
    """Wait for a text on the screen."""
    for _ in range(200):
        if any(text in row for row in host.rows):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{text!r} did not come: {host.rows}")


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


async def test_a_line_appears_by_itself(tmp_path: Path) -> None:
    """The file is waited for by name; then its lines come as they are written, with the time of day alone."""
    path = tmp_path / "tuiserver.log"
    host = Host(path)
    async with host.run_test(size=(64, 20)) as pilot:
        await until(pilot, host, "waiting for ")
        assert host.rows[0].strip("▌ ").split() == ["LOG", "tuiserver.log", "waiting"]
        path.write_text(f"{OURS}info  #8 127.0.0.1:51199 reset by peer\n")
        await until(pilot, host, "#8")
        assert host.rows[0].strip("▌ ").split() == ["LOG", "tuiserver.log", "●", "follow"]
        assert host.rows[1].rstrip() == " 12:04:31 info  #8 127.0.0.1:51199 reset by peer"
        assert all(len(row) == 64 for row in host.rows)


async def test_reading_back_and_following_again(path: Path) -> None:
    """`up` releases, a badge counts what came, `f` goes there."""
    host = Host(path)
    async with host.run_test(size=(64, 11)) as pilot:
        await until(pilot, host, "line 99")
        host.pane.focus()
        await pilot.press("up")
        assert not host.pane.following
        assert host.rows[0].startswith("▌LOG ")
        before = host.rows[1:]
        with path.open("a") as file:
            file.write("".join(f"line {number}\n" for number in range(100, 112)))
        await until(pilot, host, "12 new")
        assert host.rows[1:] == before
        await pilot.press("home")
        assert host.rows[1].strip() == "line 0"
        await pilot.press("f")
        assert host.rows[-1].strip() == "line 111"
        assert "follow" in host.rows[0]


async def test_one_row_is_the_latest_line(tmp_path: Path) -> None:
    """Where there is one row there is no title; of an error its line is shown and not the end of its traceback."""
    path = tmp_path / "x.log"
    path.write_text(f"{OURS}error #3 on_message: KeyError\n    Traceback (most recent call last):\n    KeyError: 1\n")
    host = Host(path, height=1)
    async with host.run_test(size=(80, 24)) as pilot:
        await until(pilot, host, "KeyError")
        assert [row.strip("▌ ") for row in host.rows] == ["LOG  12:04:31 error #3 on_message: KeyError"]


async def test_the_level_is_coloured_and_worded(tmp_path: Path) -> None:
    """Error, warning and what the operator did differ from the rest in colour, and each has its word."""
    path = tmp_path / "x.log"
    path.write_text("".join(f"{OURS}{line}\n" for line in ("info  a", "warn  b", "error c", "info  operator sent d")))
    host = Host(path)
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
    host = Host(path)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "line 99")
        dark = host.pane.render_line(1)
        host.theme = "textual-light"
        await pilot.pause()
        assert host.pane.render_line(1) != dark


async def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A folder is no log, and the pane says so."""
    host = Host(tmp_path)
    async with host.run_test(size=(80, 10)) as pilot:
        await until(pilot, host, "not a regular file: ")


async def test_an_empty_log_in_memory() -> None:
    """Where there is no file at all, the title says so."""
    host = Host(None)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "nothing logged yet")
        assert "in memory" in host.rows[0]


async def test_a_hidden_pane_does_not_look(path: Path) -> None:
    """While nobody can see it the file is left alone; shown again, it is up to date."""
    host = Host(path)
    async with host.run_test(size=(60, 10)) as pilot:
        await until(pilot, host, "line 99")
        host.pane.display = False
        await pilot.pause()
        with path.open("a") as file:
            file.write("line 100\n")
        await pilot.pause(0.2)
        assert host.pane._tail.line(host.pane._tail.end - 1) == b"line 99"
        host.pane.display = True
        await until(pilot, host, "line 100")


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 2), (160, 50)])
async def test_any_size(path: Path, size: tuple[int, int]) -> None:
    """Every row is exactly as wide as the pane, however small."""
    host = Host(path)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        assert [len(row) for row in host.rows] == [size[0]] * size[1]


# -- the current line, filter, search, errors --------------------------------------------------------------------------


def current(host: Host) -> str:
    """The line with the cursor."""
    return next("".join(text for text, _ in parts) for parts, ground in host.pane.lines() if ground == "selected")


async def settled(pilot: Pilot[None], host: Host, words: str) -> None:
    """Wait until the line with the cursor says so."""
    for _ in range(300):
        if words in current(host):
            return
        await pilot.pause(0.01)
    raise AssertionError(f"{words!r} is not current: {host.rows}")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A log of 60,000 lines with two errors, one of them far back."""
    path = tmp_path / "tuiserver.log"
    lines = [f"{OURS}info  #{number} 127.0.0.1:{number} connected\n" for number in range(60_000)]
    lines[500] = f"{OURS}error #77 on_message: KeyError\n"
    lines[59_990] = f"{OURS}error #78 on_message: ValueError\n"
    path.write_text("".join(lines))
    return path


async def test_the_cursor_goes_line_by_line(path: Path) -> None:
    """The newest is current while following; up releases, and what comes moves nothing."""
    host = Host(path)
    async with host.run_test(size=(60, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        assert current(host).strip() == "line 99"
        await pilot.press("up", "up", "down")
        assert current(host).strip() == "line 98"
        assert not host.pane.following
        with path.open("a") as file:
            file.write("line 100\n")
        host.pane.update()
        assert current(host).strip() == "line 98"
        await pilot.press("f")
        assert current(host).strip() == "line 100"


async def test_e_goes_to_the_last_error_and_on(story: Path) -> None:
    """From the end to the last one, then further up by E however far, down again by e; where there is none it is said."""
    host = Host(story)
    async with host.run_test(size=(80, 12), notifications=True) as pilot:
        host.pane.focus()
        await pilot.press("e")
        await settled(pilot, host, "ValueError")
        await pilot.press("E")
        await settled(pilot, host, "KeyError")
        await pilot.press("e")
        await settled(pilot, host, "ValueError")
        await pilot.press("e")
        for _ in range(200):
            if host._notifications:
                break
            await pilot.pause(0.01)
        assert [note.message for note in host._notifications] == ["no error below"]
        assert "ValueError" in current(host)


async def test_a_search_finds_what_is_far_back(story: Path) -> None:
    """It marks the place; what is seen stays until then; n and N go on."""
    host = Host(story)
    async with host.run_test(size=(80, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        host.pane.search("127.0.0.1:1234 ")
        host.pane.find_here()
        await settled(pilot, host, "#1234 ")
        parts = next(parts for parts, ground in host.pane.lines() if ground == "selected")
        assert ("127.0.0.1:1234 ", "badge") in parts
        assert not host.pane.following
        host.pane.search("on_message")
        await pilot.press("N")
        await settled(pilot, host, "KeyError")
        await pilot.press("n")
        await settled(pilot, host, "ValueError")
        host.pane.search("")
        await pilot.press("f")
        await settled(pilot, host, "#59999")


async def test_a_filter_shows_lines_from_far_back(story: Path) -> None:
    """What matches is shown while the rest of the file is searched; new lines count; a wrong filter shows everything."""
    host = Host(story)
    async with host.run_test(size=(100, 12)) as pilot:
        host.pane.focus()
        await pilot.pause()
        assert host.pane.set_filter("level:error") == ""
        await until(pilot, host, "KeyError")
        assert "ValueError" in host.rows[2]
        with story.open("a") as file:
            file.write(f"{OURS}error #79 third\n{OURS}info  fourth\n")
        await until(pilot, host, "third")
        assert "fourth" not in "".join(host.rows)
        await until(pilot, host, "3 shown  filter level:error")
        assert host.pane.set_filter("size>x").startswith("size takes a number")
        await until(pilot, host, "not understood")
        assert "fourth" in "".join(host.rows)
        host.pane.set_filter("nowhere")
        await until(pilot, host, "no line shown – filter nowhere – esc clears")
        host.pane.set_filter("")
        assert host.pane.following


async def test_a_line_leads_to_its_connection(story: Path) -> None:
    """enter, or a double click, on a line about a connection asks for it; any other line says that it is about none."""
    jumped: list[int] = []

    class Hearing(Host):
        def on_log_pane_jumped(self, event: LogPane.Jumped) -> None:
            jumped.append(event.id)

    host = Hearing(story)
    async with host.run_test(size=(80, 12), notifications=True) as pilot:
        host.pane.focus()
        await pilot.press("up", "enter")
        await pilot.click(host.pane, offset=(20, 3), times=2)
        await pilot.pause()
        assert jumped == [59_998, 59_991]
        with story.open("a") as file:
            file.write(f"{OURS}info  listening\n")
        await pilot.press("f")
        host.pane.update()
        await pilot.press("enter")
        assert [note.message for note in host._notifications] == ["this line is about no connection"]
