"""The file of the log: appended to, rotated when it is full, reopened when another process moved it.

Rules of this file:
- Errors are raised as `OSError`; the caller decides what happens to the lines.
- Only regular files are rotated: `--log /dev/stderr` is never renamed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

ROTATE = 10 * 1024 * 1024
"""Bytes after which the file is rotated: it stays quick to open, copy and search."""
KEEP = 5
"""Rotated files that are kept; `tuiserver.log.1` is the newest."""


class LogFile:
    """A log file that is open for appending. `path` is its name."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `OSError`."""
        self.path = path
        self._open()

    def write(self, data: bytes) -> None:
        """Append whole lines; raises `OSError`."""
        self._rotate_for(len(data))
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _open(self) -> None:
        # Opening a pipe without a reader must fail instead of blocking; later writes may block.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        self._fd = os.open(self.path, flags, 0o600)
        os.set_blocking(self._fd, True)
        status = os.fstat(self._fd)
        self._identity = (status.st_dev, status.st_ino)
        self._is_regular = stat.S_ISREG(status.st_mode)

    def _reopen(self) -> None:
        previous = self._fd
        self._open()
        os.close(previous)

    def _rotate_for(self, length: int) -> None:
        """Rotate the file if `length` more bytes would fill it. Servers that share a log may rotate it for each other."""
        if not self._is_regular:
            return
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            self._reopen()
            return
        if (status.st_dev, status.st_ino) != self._identity:
            self._reopen()
            status = os.fstat(self._fd)
        if status.st_size and status.st_size + length > ROTATE:
            for number in range(KEEP - 1, 0, -1):
                older = Path(f"{self.path}.{number}")
                if older.exists():
                    os.replace(older, f"{self.path}.{number + 1}")
            os.replace(self.path, f"{self.path}.1")
            self._reopen()
