"""The lines of a log that match a filter, as a tail: new lines at the end, older ones read back from the file in pieces.

    tail = FilteredTail(log_tail, filter)
    tail.poll()                              # as LogTail.poll
    while tail.searching and not enough: tail.look_back()        # a bounded piece of the file each time

Rules of this file:
- It reads with copies of the tail; the original keeps its position.
- The matches take a bounded amount of memory: while following, the oldest are dropped; else no older ones are read.
"""

from __future__ import annotations

from pathlib import Path

from tuiserver.console.models.filter_fields import lacking
from tuiserver.console.models.matches import Matches
from tuiserver.core.filters import Filter
from tuiserver.outputs.line_buffer import LINE_OVERHEAD
from tuiserver.outputs.tail import MAX_HELD, LogTail

PAGES_PER_SLICE = 6
"""Blocks of the file that are read and examined line by line in one call: 5 to 10 ms."""
SKIPS_PER_SLICE = 40
"""Blocks that are skipped in one call, because a test of the whole block excludes a match; takes as long."""


class FilteredTail:
    """The matching lines. It is a `Tail` of the log window."""

    def __init__(self, tail: LogTail, wanted: Filter[str]) -> None:
        self._filter = wanted
        self._excludes = lacking(wanted.literals)
        self._new = tail.copy()
        self._new.follow()
        self._new.poll()
        self._old = self._new.copy()
        self._old.release()
        self._matches: Matches[bytes] = Matches()
        self._cost = 0
        self._next = self._new.start
        self._run_number: int | None = None
        """The first match of this run; None if there is none yet."""
        self.following = True
        self.searching = True
        """False once nothing older can be examined."""
        self.examined = 0
        """The number of older lines that have been examined."""
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
    def not_found(self) -> bool:
        """As `LogTail.not_found`."""
        return self._new.not_found

    @property
    def unavailable(self) -> bool:
        """As `LogTail.unavailable`."""
        return self._new.unavailable

    @property
    def has_earlier(self) -> bool:
        """As `LogTail.has_earlier`."""
        return self._new.has_earlier

    @property
    def show_earlier(self) -> bool:
        """As `LogTail.show_earlier`."""
        return self._new.show_earlier

    @property
    def start(self) -> int:
        """The number of the first match."""
        return self._matches.first

    @property
    def end(self) -> int:
        """The number after the last match."""
        return self._matches.end

    @property
    def total(self) -> int:
        """As `end`: every match below is in memory."""
        return self.end

    @property
    def lines_before(self) -> int:
        """As `LogTail.lines_before`: 0, for how many older lines match is not known."""
        return 0

    def is_earlier(self, number: int) -> bool:
        """As `LogTail.is_earlier`."""
        return self._run_number is None or number < self._run_number

    def line(self, number: int) -> bytes:
        """A match; raises `IndexError`."""
        return self._matches.get(number)

    def poll(self) -> bool:
        """Take new lines. True if anything changed."""
        state = self.problem, self.unavailable
        self._new.poll()
        end = self.end
        for number in range(max(self._next, self._new.start), self._new.end_of_complete):
            if self._fits(line := self._new.line(number)):
                if self._run_number is None and not self._new.is_earlier(number):
                    self._run_number = self._matches.end
                self._matches.append(line)
                self._cost += len(line) + LINE_OVERHEAD
        self._next = max(self._next, self._new.end_of_complete)
        while self.following and self._cost > MAX_HELD:
            self._cost -= len(self._matches.drop_first()) + LINE_OVERHEAD
        return end != self.end or state != (self.problem, self.unavailable)

    def look_back(self) -> bool:
        """Examine an older piece of the file. True if it has a match."""
        before = len(self._matches)
        budget = SKIPS_PER_SLICE
        while budget > 0:
            if self._cost <= MAX_HELD and (skipped := self._old.skip_older(self._excludes)):
                self.examined += skipped
                budget -= 1
                continue
            budget -= SKIPS_PER_SLICE // PAGES_PER_SLICE
            first = self._old.start
            if self._cost > MAX_HELD or not self._old.older():
                self.searching = False
                break
            for number in range(first - 1, self._old.start - 1, -1):
                if self._fits(line := self._old.line(number)):
                    self._matches.prepend(line)
                    if not self._old.is_earlier(number):
                        self._run_number = self.start
                    self._cost += len(line) + LINE_OVERHEAD
            self.examined += first - self._old.start
            if len(self._matches) > before:
                break
        return len(self._matches) > before

    def older(self) -> bool:
        """As `LogTail.older`, limited to one piece of the file."""
        return self.searching and self.look_back()

    def newer(self) -> bool:
        """False: every match below is in memory."""
        return False

    def release(self) -> None:
        """As `LogTail.release`."""
        self.following = False

    def follow(self) -> None:
        """As `LogTail.follow`."""
        self.following = True

    def close(self) -> None:
        """Close the file."""
        self._new.close()
        self._old.close()

    def _fits(self, line: bytes) -> bool:
        return self._filter.matches(line.decode("utf-8", "replace"))
