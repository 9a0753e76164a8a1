"""Consecutive lines of a file, with the offset of each, and the memory that they take.

Rules of this file:
- A line is cut to `MAX_LINE` bytes and loses its carriage return and its colours; its offset is where it begins in the file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from itertools import islice

from tuiserver.outputs.log_memory import MAX_LINE

LINE_OVERHEAD = 100
"""Bytes that a line takes in addition to its text."""
UNREADABLE = -1
"""The offset of a line that cannot be read again: its file is gone, or it never was in a file."""
_ESC = b"\x1b"
_COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")
"""Select Graphic Rendition (ECMA-48, 8.3.117): many programs colour their logs."""


class LineBuffer:
    """Lines by index, oldest first. `size` is the memory they take, in bytes."""

    def __init__(self, lines: Iterable[tuple[int, bytes]] = (), size: int = 0) -> None:
        """Begin with these lines, which take `size` bytes."""
        self.size = size
        self._lines = deque(lines)

    def __len__(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def __getitem__(self, index: int) -> bytes:
        """The text of a line; raises `IndexError`."""
        return self._lines[index][1]

    def offset(self, index: int) -> int:
        """Where a line begins in the file; raises `IndexError`."""
        return self._lines[index][0]

    def first_offset(self, default: int) -> int:
        """The offset of the oldest line; `default` if there is none."""
        return self._lines[0][0] if self._lines else default

    def newest(self, count: int) -> list[bytes]:
        """The text of the newest lines that can be read again, at most `count`, oldest first."""
        readable = (line for offset, line in reversed(self._lines) if offset != UNREADABLE)
        return list(islice(readable, count))[::-1]

    def append(self, offset: int, line: bytes) -> None:
        """Add a line after the newest one."""
        line = cut(line)
        self._lines.append((offset, line))
        self.size += len(line) + LINE_OVERHEAD

    def append_lines(self, offset: int, data: bytes) -> int:
        """Add the lines in `data`, of which the first begins at `offset`; returns their number."""
        lines = _split(offset, data)
        self._lines.extend(lines)
        self.size += _size(lines)
        return len(lines)

    def prepend_lines(self, offset: int, data: bytes, limit: int) -> int:
        """Add the last `limit` lines in `data`, which begins at `offset`, before the oldest line; returns their number."""
        lines = _split(offset, data)[-limit:]
        self._lines.extendleft(reversed(lines))
        self.size += _size(lines)
        return len(lines)

    def drop_oldest(self, limit: int) -> int:
        """Remove the oldest lines until the rest takes at most `limit` bytes; returns the number of lines removed."""
        before = len(self._lines)
        while self.size > limit:
            self.size -= len(self._lines.popleft()[1]) + LINE_OVERHEAD
        return before - len(self._lines)

    def drop_newest(self, limit: int) -> tuple[int, int]:
        """Remove the newest lines that can be read again until the rest takes at most `limit` bytes.

        Returns the number of lines removed and the offset of the oldest of them.
        """
        removed, offset = 0, UNREADABLE
        while self.size > limit and self._lines[-1][0] != UNREADABLE:
            offset, line = self._lines.pop()
            self.size -= len(line) + LINE_OVERHEAD
            removed += 1
        return removed, offset

    def clear(self) -> None:
        """Remove all lines."""
        self._lines.clear()
        self.size = 0

    def forget_offsets(self) -> None:
        """Keep the lines, but not where they were in the file."""
        self._lines = deque((UNREADABLE, line) for _, line in self._lines)

    def copy(self) -> LineBuffer:
        """The same lines, to be changed independently."""
        return LineBuffer(self._lines, self.size)


def _split(offset: int, data: bytes) -> list[tuple[int, bytes]]:
    lines: list[tuple[int, bytes]] = []
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        lines.append((offset, cut(line)))
        offset += len(line) + 1
    return lines


def _size(lines: list[tuple[int, bytes]]) -> int:
    return sum(len(line) + LINE_OVERHEAD for _, line in lines)


def cut(line: bytes) -> bytes:
    """A line as it is held: without carriage return and colours, at most `MAX_LINE` bytes."""
    if _ESC in line:
        line = _COLOURS.sub(b"", line)
    return line.removesuffix(b"\r")[:MAX_LINE]
