"""The file of the log: appended to, rotated when it is full, reopened when another process moved it.

Rules of this file:
- Errors are raised as `OSError`, and a regular file has then no part of the lines; the caller decides what happens to them.
- Processes that share a file write and rotate it one after another: each takes a lock, then checks that the file is still
  the one of that name.
- Only regular files are locked and rotated: `--log /dev/stderr` is never renamed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

ROTATE = 10 * 1024 * 1024
"""Bytes after which the file is rotated: it stays quick to open, copy and search."""
KEEP = 5
"""Rotated files that are kept; the one that ends in `.log.1` is the newest."""
LOCK_TIMEOUT = 1.0
"""Seconds after which a file that another process keeps locked counts as one that cannot be written now."""


class LogFile:
    """A log file that is open for appending. `path` is its name, absolute: a program may change the working directory."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `OSError`, also for a device that is always full."""
        self.path = path.absolute()
        self._ends_within_line = False
        self._open()
        self.run_start = os.fstat(self._fd).st_size + self._ends_within_line if self._is_regular else 0
        """The offset at which the lines of this process begin, as long as the file is not rotated."""
        if not self._is_regular:
            try:
                os.write(self._fd, b"")
            except OSError:
                os.close(self._fd)
                raise

    def write(self, data: bytes) -> None:
        """Append whole lines; raises `OSError`."""
        if not self._is_open():
            self._open()
        if not self._is_regular:
            _write_all(self._fd, data)
            return
        size = self._lock_for(len(data))
        try:
            _write_all(self._fd, b"\n" + data if self._ends_within_line else data)
            self._ends_within_line = False
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, size)  # no part of a line is left
            raise
        finally:
            with suppress(OSError):
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        if self._is_open():
            os.close(self._fd)

    def _open(self) -> None:
        # Opening a pipe without a reader must fail instead of blocking; later writes may block.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        self._fd = os.open(self.path, flags, 0o600)
        os.set_blocking(self._fd, True)
        status = os.fstat(self._fd)
        self._identity = (status.st_dev, status.st_ino)
        self._is_regular = stat.S_ISREG(status.st_mode)
        self._ends_within_line = self._is_regular and _ends_within_line(self.path)

    def _reopen(self) -> None:
        previous = self._fd
        self._open()
        os.close(previous)

    def _is_open(self) -> bool:
        """Whether the descriptor is still this file: a program may close descriptors that are not its own."""
        try:
            status = os.fstat(self._fd)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def _lock_for(self, length: int) -> int:
        """Lock the file of this name and rotate it if `length` more bytes would fill it; returns its size."""
        end = time.monotonic() + LOCK_TIMEOUT
        while time.monotonic() < end:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            except OSError:  # this file system has no locks
                pass
            try:
                status = os.stat(self.path)
            except FileNotFoundError:
                self._reopen()
                continue
            moved = (status.st_dev, status.st_ino) != self._identity
            if not moved and not (status.st_size and status.st_size + length > ROTATE and self._rotate()):
                return status.st_size
            self._reopen()
        raise BlockingIOError(errno.EAGAIN, "another process keeps it locked")

    def _rotate(self) -> bool:
        """Rename the file and the older ones; False if that is not permitted."""
        try:
            for number in range(KEEP - 1, 0, -1):
                older = Path(f"{self.path}.{number}")
                if older.exists():
                    os.replace(older, f"{self.path}.{number + 1}")
            os.replace(self.path, f"{self.path}.1")
        except OSError:
            return False
        return True


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _ends_within_line(path: Path) -> bool:
    """Whether the last line of a file has no ending: a process ended while it wrote."""
    try:
        with path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False
