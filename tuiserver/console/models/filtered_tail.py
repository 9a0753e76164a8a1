"""The lines of a log that match a filter, as a tail: what is new at the end, what is older read back bit by bit.

    tail = FilteredTail(log_tail, wanted)
    tail.poll()                              # as LogTail.poll
    while tail.searching and not enough: tail.look_back()        # a bounded piece of the file each time

Rules of this file:
- It reads by tails of its own; the one it is made of stays where it is.
- Memory is bounded: so many bytes of hits. Following, the oldest go; else no older ones are looked for.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from tuiserver.console.models.filter_fields import lacking
from tuiserver.core.filters import Filter
from tuiserver.outputs.line_buffer import LINE_OVERHEAD
from tuiserver.outputs.tail import MAX_HELD, LogTail

PAGES = 6
"""Blocks of the file that are looked at in one go, line by line: 5 to 10 ms."""
SKIPPED_BLOCKS = 40
"""Blocks that are passed over in one go, where a quick look says that there is nothing: as long."""


class FilteredTail:
    """What matches. It has what `log_pane.Tail` asks for."""

    def __init__(self, tail: LogTail, wanted: Filter[str]) -> None:
        self._wanted = wanted
        self._new = tail.copy()
        self._new.follow()
        self._new.poll()
        self._old = self._new.copy()
        self._old.release()
        self._hits: deque[bytes] = deque()
        self._cost = 0
        self._lacks = lacking(wanted.literals)
        self._next = self._new.start
        self.looked_back = 0
        """Lines that were looked at on the way back."""
        self.start = 0
        self.following = True
        self.searching = True
        """False once there is nothing older to look at."""
        self.poll()

    @property
    def path(self) -> Path | None:
        """As `LogTail.path`."""
        return self._new.path

    @property
    def problem(self) -> str:
        """As `LogTail.problem`."""
        return self._new.problem

    @property
    def unavailable(self) -> bool:
        """As `LogTail.unavailable`."""
        return self._new.unavailable

    @property
    def end(self) -> int:
        """The number after the last hit."""
        return self.start + len(self._hits)

    @property
    def total(self) -> int:
        """As `end`: every hit below is held."""
        return self.end

    def line(self, number: int) -> bytes:
        """A hit; raises `IndexError` for one that is not held."""
        if number < self.start:
            raise IndexError(number)
        return self._hits[number - self.start]

    def poll(self) -> bool:
        """Take what is new. True when anything changed."""
        state = self.problem, self.unavailable
        self._new.poll()
        before = self.end
        for number in range(max(self._next, self._new.start), self._new.end_of_complete):
            if self._fits(line := self._new.line(number)):
                self._hits.append(line)
                self._cost += len(line) + LINE_OVERHEAD
        self._next = max(self._next, self._new.end_of_complete)
        while self.following and self._cost > MAX_HELD:
            self._cost -= len(self._hits.popleft()) + LINE_OVERHEAD
            self.start += 1
        return before != self.end or state != (self.problem, self.unavailable)

    def look_back(self) -> bool:
        """Look at an older piece of the file. True when a hit was there."""
        before = len(self._hits)
        left = SKIPPED_BLOCKS
        while left > 0:
            if self._cost <= MAX_HELD and (passed := self._old.skip_older(self._lacks)):
                self.looked_back += passed
                left -= 1
                continue
            left -= SKIPPED_BLOCKS // PAGES
            first = self._old.start
            if self._cost > MAX_HELD or not self._old.older():
                self.searching = False
                break
            for number in range(first - 1, self._old.start - 1, -1):
                if self._fits(line := self._old.line(number)):
                    self._hits.appendleft(line)
                    self._cost += len(line) + LINE_OVERHEAD
                    self.start -= 1
            self.looked_back += first - self._old.start
            if len(self._hits) > before:
                break
        return len(self._hits) > before

    def older(self) -> bool:
        """As `LogTail.older`, for one bounded look."""
        return self.searching and self.look_back()

    def newer(self) -> bool:
        """False: every hit below is held."""
        return False

    def release(self) -> None:
        """As `LogTail.release`."""
        self.following = False

    def follow(self) -> None:
        """As `LogTail.follow`."""
        self.following = True

    def close(self) -> None:
        """Let go of the file."""
        self._new.close()
        self._old.close()

    def _fits(self, line: bytes) -> bool:
        return self._wanted.matches(line.decode("utf-8", "replace"))
