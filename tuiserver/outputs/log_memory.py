"""The last lines of a log that cannot be written to a file."""

from __future__ import annotations

import threading
from collections import deque

MAX_LINE = 4 * 1024
"""Bytes kept of a line: more than a screen shows, wrapped or not."""


class LogMemory:
    """A bounded list of lines. One thread appends, another reads."""

    def __init__(self, limit: int = 2000) -> None:
        """Keep the last `limit` lines."""
        self._lines: deque[bytes] = deque(maxlen=limit)
        self._lock = threading.Lock()
        self._total = 0

    def append(self, lines: list[bytes]) -> None:
        """Add lines; the oldest are dropped."""
        with self._lock:
            self._lines.extend(line[:MAX_LINE] for line in lines)
            self._total += len(lines)

    def since(self, number: int) -> tuple[int, list[bytes]]:
        """The number of lines that were ever added, and those from `number` on that are still kept."""
        if number == self._total:
            return number, []
        with self._lock:
            new = min(self._total - number, len(self._lines))
            return self._total, list(self._lines)[len(self._lines) - new :]
