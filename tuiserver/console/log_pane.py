"""The log on the screen: the tail of a file, newest at the bottom.

Rules of this file:
- It reads the file and nothing else: what it shows is what is on disk, whoever wrote it.
- Following is a state: scrolling up releases it, `f` or `end` takes it again. Released, nothing moves under the reader.
- The file is looked at only while the pane can be seen; that costs one `stat` each time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuiserver.tail import LogTail

POLL = 0.08
"""Seconds between two looks at the file: a line is on the screen within a tenth of a second."""
HOME = 200
"""Pages that `home` reads back at most: more than a whole log of ours; in a larger file it may be pressed again."""

_OURS = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])(\d\d:\d\d:\d\d)(?:[.,]\d+)? (\S{1,8}) +(.*)", re.DOTALL)


class Parts(NamedTuple):
    """A line of a log, taken apart; `time` and `level` are empty where the line tells none."""

    time: str
    level: str
    text: str


def parts_of(line: str) -> Parts:
    """Take a line apart: `2026-11-23 12:04:31.123 info  text` → `12:04:31`, `info`, `text`. Any other is all text."""
    match = _OURS.match(line)
    return Parts(*match.groups()) if match else Parts("", "", line)


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
