"""Follow a file that grows: a window of its lines, whatever the file's size.

Rules of this file:
- A line keeps its number for as long as it is held, so that a reader's place never moves: lines appended, dropped or
  paged in at either end change `start` and `end`, not the numbers between.
- Memory is bounded: at most `HELD` bytes of lines, each clipped to `CLIP`; the rest is read again from the file.
- Nothing waits and no thread runs: `poll` is one `stat` and one read of what is new. It works on any system.
"""

from __future__ import annotations

import copy
import errno
import os
import stat
import threading
from collections import deque
from collections.abc import Callable
from io import FileIO
from pathlib import Path

BLOCK = 64 * 1024
"""Bytes read at once, at the end and when paging. A line longer than this is shown in pieces."""
CLIP = 4 * 1024
"""Bytes kept of one line: more than a screen shows, wrapped or not."""
PAGE = 2000
"""Lines paged in at once."""
HELD = 2 * 1024 * 1024
"""Bytes of lines held, each with `OVERHEAD` for its object."""
OVERHEAD = 100
BEHIND = 1024 * 1024
"""Bytes of growth between two polls that are read through; past it a follower goes to the end at once."""
MARK = 64
"""Bytes before the end that must still be there at the next poll; else the file was written anew."""
NO_FILE = os.strerror(errno.ENOENT)
"""The `problem` of a file that does not exist yet: no problem, it is waited for."""


class Memory:
    """The last lines of a log that has no file. Written by one thread, read by another."""

    def __init__(self, limit: int = 2000) -> None:
        self._lines: deque[bytes] = deque(maxlen=limit)
        self._lock = threading.Lock()
        self._total = 0

    def append(self, lines: list[bytes]) -> None:
        """Keep these; the oldest go."""
        with self._lock:
            self._lines.extend(line[:CLIP] for line in lines)
            self._total += len(lines)

    def since(self, number: int) -> tuple[int, list[bytes]]:
        """How many lines there ever were, and those from `number` on that are still held."""
        if number == self._total:
            return number, []
        with self._lock:
            new = min(self._total - number, len(self._lines))
            return self._total, list(self._lines)[len(self._lines) - new :]


class LogTail:
    """A window over the lines of a file that may grow, rotate, shrink, vanish, or not exist yet.

    Lines `start` to `end` (exclusive) are held and read with `line`; `total` is the number after the last line of all.
    The two differ after `release`, when lines past the window are counted but not held: `newer` pages them in, `follow`
    goes to the end. `problem` says in words why the file cannot be read, and is empty when it can.
    """

    def __init__(self, path: Path | str | None, memory: Memory | None = None) -> None:
        """Follow `path`, and what is kept in `memory` after (or instead of) it."""
        self.path = Path(path) if path is not None else None
        self.problem = ""
        self.following = True
        self.start = 0
        self._memory = memory
        self._remembered = 0
        self._file: FileIO | None = None
        self._identity = (0, 0)
        # (offset in the file, text); -1 when the line cannot be read again: its file is gone, or it never had one.
        self._lines: deque[tuple[int, bytes]] = deque()
        self._cost = 0
        self._rest = (
            b""  # the last line while its end has not been written; held only when nothing is beyond the window
        )
        self._next = 0  # offset after the last whole line held
        self._seen = 0  # offset up to which lines are counted
        self._beyond = 0  # lines that ended between `_next` and `_seen`
        self._midline = False  # whether another one has begun there
        self._attached = True  # nothing is beyond the window
        self._mark = b""

    @property
    def end(self) -> int:
        """The number after the last line held."""
        return self.start + len(self._lines) + (1 if self._rest else 0)

    @property
    def end_of_whole(self) -> int:
        """The number after the last line held whose end has been written."""
        return self.start + len(self._lines)

    @property
    def total(self) -> int:
        """The number after the last line of the file."""
        return self.end if self._attached else self.end + self._beyond + self._midline

    @property
    def waiting(self) -> bool:
        """True while there is no file to read."""
        return self._file is None and self.path is not None

    @property
    def at_start(self) -> bool:
        """True when nothing older can be read."""
        return self._file is None or (self._lines[0][0] if self._lines else self._next) <= 0

    def line(self, number: int) -> bytes:
        """The bytes of a line that is held, without its ending; raises `IndexError` for one that is not."""
        index = number - self.start
        if index < 0:
            raise IndexError(number)
        if index == len(self._lines) and self._rest:
            return self._rest[:CLIP]
        return self._lines[index][1]

    def poll(self) -> bool:
        """Look for what is new. True when anything changed: lines, or whether there is a file at all."""
        before = (self.start, self.total, len(self._rest), self.problem, self._file is None)
        if self.path is not None:
            self._look(self.path)
        self._recall()
        return before != (self.start, self.total, len(self._rest), self.problem, self._file is None)

    def release(self) -> None:
        """Stay where the reader is: from now on nothing that is held is dropped for what is new."""
        self.following = False

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following = True
        if not self._attached:
            self._restart(self.total)

    def older(self) -> bool:
        """Page in lines before `start` and stay there; without room the newest leave. False when there are none."""
        if self.at_start or self._file is None:
            return False
        self.release()
        until = self._lines[0][0] if self._lines else self._next
        begin = max(0, until - BLOCK)
        data = self._read(begin, until - begin)
        cut = data.find(b"\n") + 1 if begin else 0
        if cut == len(data):  # its only line ending is that of its last line: a piece of a longer line
            cut = 0
        offset = begin + cut
        found: list[tuple[int, bytes]] = []
        for line in data[cut:].removesuffix(b"\n").split(b"\n"):
            found.append((offset, _clip(line)))
            offset += len(line) + 1
        found = found[-PAGE:]
        self._lines.extendleft(reversed(found))
        self._cost += sum(len(line) + OVERHEAD for _, line in found)
        self.start -= len(found)
        while self._cost > HELD and self._lines[-1][0] >= 0:
            self._detach()
            self._next, line = self._lines.pop()
            self._cost -= len(line) + OVERHEAD
            self._beyond += 1
        return True

    def newer(self) -> bool:
        """Page in lines after `end`; when there is no room, the oldest leave. False when there are none."""
        if self._attached:
            return False
        data = self._read(self._next, BLOCK)
        rest = data.split(b"\n", PAGE)[-1]
        cut = len(data) - len(rest) or (BLOCK if len(data) == BLOCK else 0)
        self._beyond = max(0, self._beyond - self._append(data[:cut]))
        if not cut or (self._next + len(rest) >= self._seen and b"\n" not in rest):
            self._attached = True
            self._beyond = 0
            self._rest = data[cut:]
            self._advance(self._next + len(self._rest))
        self._trim()
        return True

    def skip_older(self, lacks: Callable[[bytes], bool]) -> int:
        """Pass over a block of lines before `start`, if `lacks` says that nothing in it is wanted; returns how many.

        None is held after it. 0 where there are none, or `older` has to show them.
        """
        if self.at_start or self._file is None:
            return 0
        until = self._lines[0][0] if self._lines else self._next
        begin = max(0, until - BLOCK)
        data = self._read(begin, until - begin)
        cut = data.find(b"\n") + 1 if begin else 0
        if len(data) < until - begin or cut == len(data) or data[-1:] != b"\n" or not lacks(data):
            return 0
        number = data.count(b"\n", cut)
        self.release()
        self._detach()
        self._beyond += len(self._lines) + number
        self._next = begin + cut
        self.start -= number
        self._lines.clear()
        self._cost = 0
        return number

    def skip_newer(self, lacks: Callable[[bytes], bool]) -> int:
        """As `skip_older`, over a block of lines after `end`."""
        if self._attached:
            return 0
        data = self._read(self._next, BLOCK)
        cut = data.rfind(b"\n") + 1
        if not cut or self._next + cut >= self._seen or not lacks(data):
            return 0
        number = data.count(b"\n")
        self.start = self.end + number
        self._beyond -= number
        self._next += cut
        self._lines.clear()
        self._cost = 0
        return number

    def copy(self) -> LogTail:
        """Another one that stands where this one does, and moves by itself."""
        other = copy.copy(self)
        other._lines = self._lines.copy()
        if self._file is not None:
            other._file = FileIO(os.dup(self._file.fileno()))
        return other

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _look(self, path: Path) -> None:
        """What `path` names now, beside what is open: the same file, another one, or none."""
        try:
            now = os.stat(path)
            identity = (now.st_dev, now.st_ino)
            self.problem = "" if stat.S_ISREG(now.st_mode) else "not a file"
        except OSError as error:
            identity = (0, 0)
            self.problem = error.strerror or str(error)
        if self._file is not None:
            self._catch_up()
            if identity == self._identity:
                return
            self.close()
            self._turn_over()
        if self.problem:
            return
        try:
            self._file = FileIO(path)
        except OSError as error:
            self.problem = error.strerror or str(error)
            return
        self._identity = identity
        if self._lines:
            self._catch_up()
        else:
            self._restart(0)

    def _turn_over(self) -> None:
        """The contents are gone: lines that are held stay but cannot be read again. Begin at offset 0 of what comes."""
        if self._rest:
            self._hold(-1, self._rest)
        self._rest = b""
        self._lines = deque((-1, line) for _, line in self._lines)
        self._next = self._seen = self._beyond = 0
        self._midline = False
        self._attached = True
        self._mark = b""

    def _catch_up(self) -> None:
        """Take what was written since the last look."""
        size = self._size()
        if size == self._seen:
            return
        if size < self._seen or self._read(self._seen - len(self._mark), len(self._mark)) != self._mark:
            self._turn_over()  # cut short, or written anew
        if size - self._seen > BEHIND and self.following:
            self._restart(self.total)
        for _ in range(BEHIND // BLOCK):
            data = self._read(self._seen, BLOCK)
            if not data:
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        """Lines at the end of the file: hold them, or only count them for a reader who is elsewhere."""
        if not self.following and self._cost > HELD:
            self._detach()
        if not self._attached:
            self._beyond += data.count(b"\n")
            self._midline = not data.endswith(b"\n")
        else:
            data = self._rest + data
            cut = data.rfind(b"\n") + 1 or (len(data) if len(data) >= BLOCK else 0)
            self._append(data[:cut])
            self._rest = data[cut:]
            if self.following:
                self._trim()
        self._advance(self._seen + len(data) if not self._attached else self._next + len(self._rest))

    def _restart(self, number: int) -> None:
        """Hold the last block of the file only; `number` is that after its last line."""
        size = self._size()
        begin = max(0, size - BLOCK)
        data = self._read(begin, size - begin)
        self._lines.clear()
        self._cost = 0
        self._beyond = 0
        self._midline = False
        self._attached = True
        first = data.find(b"\n") + 1 if begin else 0
        last = data.rfind(b"\n") + 1 or first
        self._next = begin + first
        self._append(data[first:last])
        self._rest = data[last:]
        self.start = number - len(self._lines) - (1 if self._rest else 0)
        self._advance(self._next + len(self._rest))
        self._trim()

    def _append(self, data: bytes) -> int:
        """Hold whole lines that follow those held; how many there were."""
        if not data:
            return 0
        lines = data.removesuffix(b"\n").split(b"\n")
        offset = self._next
        for line in lines:
            self._hold(offset, line)
            offset += len(line) + 1
        self._next += len(data)
        return len(lines)

    def _hold(self, offset: int, line: bytes) -> None:
        line = _clip(line)
        self._lines.append((offset, line))
        self._cost += len(line) + OVERHEAD

    def _trim(self) -> None:
        """Drop the oldest lines that there is no room for."""
        while self._cost > HELD:
            self._cost -= len(self._lines.popleft()[1]) + OVERHEAD
            self.start += 1

    def _detach(self) -> None:
        """From now on there is something beyond the window."""
        if self._attached:
            self._attached = False
            self._midline = bool(self._rest)
            self._rest = b""

    def _advance(self, seen: int) -> None:
        self._seen = seen
        length = min(MARK, seen)
        self._mark = self._read(seen - length, length)

    def _size(self) -> int:
        """The size of the open file; as before, where the disk fails."""
        assert self._file is not None
        try:
            return os.fstat(self._file.fileno()).st_size
        except OSError as error:
            self.problem = error.strerror or str(error)
            return self._seen

    def _read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; fewer at the end, or where the disk fails."""
        assert self._file is not None
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as error:
            self.problem = error.strerror or str(error)
            return b""

    def _recall(self) -> None:
        """Lines that a log without a file keeps in memory."""
        if self._memory is None or not self._attached or (not self.following and self._cost > HELD):
            return
        self._remembered, lines = self._memory.since(self._remembered)
        for line in lines:
            self._hold(-1, line)
        if self.following:
            self._trim()


def _clip(line: bytes) -> bytes:
    return line.removesuffix(b"\r")[:CLIP]
