"""The log on the screen: the tail of a file, newest at the bottom.

    pane = LogPane(LogTail(path))        # on one row it is the latest line alone, on more there is a title

Rules of this file:
- It reads the file and nothing else: what it shows is what is on disk, whoever wrote it.
- Following is a state: scrolling up releases it, `f` or `end` takes it again. Released, nothing moves under the reader.
- The file is looked at only while the pane can be seen; that costs one `stat` each time.
- A line is a stranger's text: what is drawn has one column a character, and no control character.
"""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from tuiserver.console.actions import LOG
from tuiserver.console.bindings import bindings
from tuiserver.console.glyphs import UNICODE, Glyphs
from tuiserver.console.message_lines import escape
from tuiserver.console.pane import FollowingPane, Line, Part
from tuiserver.tail import NO_FILE, LogTail

POLL = 0.08
"""Seconds between two looks at the file: a line is on the screen within a tenth of a second."""
HOME = 200
"""Pages that `home` reads back at most: more than a whole log of ours; in a larger file it may be pressed again."""
DETAIL = 50
"""Lines of a traceback that are passed over in search of what it belongs to."""

_OURS = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])(\d\d:\d\d:\d\d)(?:[.,]\d+)? (\S{1,8}) +(.*)", re.DOTALL)
_UNPLAIN = re.compile(r"[^ -~]")
_STYLES = {"warn": "warning", "warning": "warning", "error": "error", "critical": "error", "fatal": "error"}


class Parts(NamedTuple):
    """A line of a log, taken apart; `time` and `level` are empty where the line tells none."""

    time: str
    level: str
    text: str


def parts_of(line: str) -> Parts:
    """Take a line apart: `2026-11-23 12:04:31.123 info  text` → `12:04:31`, `info`, `text`. Any other is all text."""
    match = _OURS.match(line)
    return Parts(*match.groups()) if match else Parts("", "", line)


def shown(line: bytes, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The first `width` columns of a line: tabs as spaces; what is not one plain column, as an escape."""
    text = line[: 4 * width + 4].decode("utf-8", "surrogateescape").expandtabs(4)
    text = _UNPLAIN.sub(lambda match: escape(match[0], 12, glyphs), text)
    return text if len(text) <= width else text[: max(0, width - 1)] + glyphs.ellipsis


class LogWindow:
    """Which lines of a tail are seen: `height` of them from `top` on. `new` came below since it was released."""

    def __init__(self, tail: LogTail) -> None:
        self.tail = tail
        self.height = 1
        self.top = 0
        self._seen = 0

    @property
    def rows(self) -> range:
        """The numbers of the lines to show, top to bottom."""
        return range(self.top, min(self.top + self.height, self.tail.end))

    @property
    def new(self) -> int:
        """How many lines below were not seen yet."""
        return 0 if self.tail.following else max(0, self.tail.total - self._seen)

    def refresh(self) -> None:
        """Take what came: to the end when following, else stay, as far as the lines are still held."""
        if self.tail.following:
            self.top = self.tail.end - self.height
        self._settle()

    def resize(self, height: int) -> None:
        """So many rows from now on; the line on top stays there, or that at the bottom when following."""
        self.height = max(1, height)
        self.refresh()

    def follow(self) -> None:
        """Stand at the end from now on."""
        self.tail.follow()
        self.refresh()

    def release(self) -> None:
        """Stay here, whatever comes."""
        self.tail.release()

    def scroll(self, lines: int) -> None:
        """Move by so many lines, up for less than 0. Moving up releases; down there is nothing below the end."""
        top = self.top + lines
        if lines < 0:
            while top < self.tail.start and self.tail.older():
                pass
            if max(top, self.tail.start) < self.top:
                self.release()
        elif self.tail.following:
            return
        else:
            while top + self.height > self.tail.end and self.tail.newer():
                pass
            top = max(self.top, min(top, self.tail.end - self.height))
        self.top = top
        self._settle()

    def home(self) -> None:
        """To the oldest line, or as far back as is read at once."""
        for _ in range(HOME):
            if not self.tail.older():
                break
        self.scroll(self.tail.start - self.top)

    def _settle(self) -> None:
        self.top = max(self.top, self.tail.start)
        self._seen = max(self._seen, self.rows.stop) if not self.tail.following else self.tail.total


class LogPane(FollowingPane):
    """The pane. Its API stands at the top of this file."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(LOG)

    def __init__(self, tail: LogTail, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tail = tail
        self._window: LogWindow = LogWindow(tail)

    @property
    def following(self) -> bool:
        """True while the newest line is on the screen, whatever comes."""
        return self._tail.following

    def on_mount(self) -> None:
        """Begin to look at the file."""
        self._timer = self.set_interval(POLL, self.update, pause=True)
        self.update()

    def on_unmount(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def on_show(self) -> None:
        """Take at once what came while nobody could see it, and look on."""
        self._timer.resume()
        self.update()

    def on_hide(self) -> None:
        """Nobody can see it: look no more."""
        self._timer.pause()

    def on_resize(self) -> None:
        """More or fewer rows: what is on top stays there, or the end at the bottom."""
        self._window.resize(self._rows)
        super().on_resize()

    def update(self) -> None:
        """Look at the file, and draw if that changes what is seen."""
        if self._tail.poll():
            self._window.refresh()
            self.redraw()

    @property
    def _rows(self) -> int:
        """Rows for lines: below the title, or the only one."""
        return max(1, self.size.height - 1)

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _state(self) -> Part:
        """Whether it follows, and what came below if not."""
        if self._tail.waiting:
            return "waiting", "faint"
        if self.following:
            return f"{self.glyphs.follow} follow", "good"
        new = self._window.new
        if new:
            return f"{new:,} new", "warning"
        key = self.key_of("follow-log")
        return (f"{key} follows" if key else "released"), "faint"

    def _title(self, width: int) -> Line:
        """`LOG`, the name of the file, and the state of following."""
        words, style = self._state()
        name = self._tail.path.name.encode("utf-8", "surrogateescape") if self._tail.path else b"in memory"
        room = width - len(" LOG  ") - 13
        file = shown(name, room, self.glyphs) if room > 3 else ""
        return self.bar("LOG", [(f"{file}  ", "faint"), (f"{words:>9}", style)])

    def _empty(self, width: int) -> list[Part]:
        """What there is to say where there is no line."""
        path = self._tail.path
        if path is None or not self._tail.problem:
            return [(" nothing logged yet", "faint")]
        name = str(path).encode("utf-8", "surrogateescape")
        if self._tail.problem == NO_FILE:
            return [(f" waiting for {shown(name, max(1, width - 14), self.glyphs)}", "faint")]
        room = max(1, width - len(self._tail.problem) - 4)
        return [(f" {self._tail.problem}: {shown(name, room, self.glyphs)}", "error")]

    def _line(self, number: int, width: int) -> list[Part]:
        """One line: the time faint, the level as a word of five, the text; trouble in its colour."""
        time, level, text = parts_of(shown(self._tail.line(number), 2 * width + 40, self.glyphs))
        style = _STYLES.get(level, "plain")
        head: list[Part] = [(f" {time} ", "faint")] if time else [(" ", "plain")]
        if level:
            head.append((f"{level:<5} ", "faint" if style == "plain" else style))
        room = width - 1 - sum(len(part) for part, _ in head)
        if text.startswith("operator "):
            style = "accent"
        elif not time:
            style = "faint" if text.startswith("    ") else "plain"
        return [*head, (text if len(text) <= room else text[: max(0, room - 1)] + self.glyphs.ellipsis, style)]

    def _latest(self, width: int) -> list[Part]:
        """The one line there is room for: the latest, and of an error what it is, not the end of its traceback."""
        end = self._window.rows.stop
        for number in range(end - 1, max(end - DETAIL, self._tail.start) - 1, -1):
            if parts_of(shown(self._tail.line(number), 40)).time:
                return self._line(number, width)
        return self._line(end - 1, width) if self._window.rows else self._empty(width)

    def lines(self) -> list[Line]:
        """As `Drawn.lines`: title and lines, or the latest line alone where there is room for one."""
        width, rows = self.size.width, self._window.rows
        if self.size.height == 1:
            mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
            return [([mark, ("LOG ", "title"), *self._latest(width - 5)], "plain")]
        found: list[Line] = [(self._line(number, width), "plain") for number in rows]
        return [self._title(width), *(found or [(self._empty(width), "plain")])][: self.size.height]
