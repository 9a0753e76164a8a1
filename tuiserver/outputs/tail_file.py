"""A file that is read while other processes append to it, truncate it or replace it.

Rules of this file:
- Reading never raises: when the disk fails, `problem` says why and nothing is read.
"""

from __future__ import annotations

import os
import time
from io import FileIO
from pathlib import Path

MARK = 64
"""Bytes before a known offset that must be unchanged when the file is read on; otherwise it was rewritten."""
RECENT = 2.0
"""Seconds within which two modifications may have the same time: some file systems count in whole seconds."""


class TailFile:
    """An open file. `identity` is its device and inode, `problem` the last error of the disk."""

    def __init__(self, file: FileIO, mark: bytes = b"") -> None:
        """Read `file`, which is closed by `close`; see `TailFile.open`."""
        self.problem = ""
        status = os.fstat(file.fileno())
        self.identity = (status.st_dev, status.st_ino)
        self._file = file
        self._mark = mark
        self._modified = 0.0

    @classmethod
    def open(cls, path: Path) -> TailFile:
        """Open a file; raises `OSError`."""
        return cls(FileIO(path))

    def size(self, default: int) -> int:
        """The size of the file in bytes; `default` if the disk fails."""
        try:
            return os.fstat(self._file.fileno()).st_size
        except OSError as error:
            self.problem = error.strerror or str(error)
            return default

    def may_be_modified(self) -> bool:
        """Whether the file was written to since the last call, or so recently that its time of modification cannot tell."""
        try:
            modified = os.fstat(self._file.fileno()).st_mtime
        except OSError:
            return False
        before, self._modified = self._modified, modified
        return modified != before or abs(time.time() - modified) < RECENT

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; fewer at the end of the file or if the disk fails."""
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as error:
            self.problem = error.strerror or str(error)
            return b""

    def mark(self, offset: int) -> None:
        """Remember the bytes before `offset`, to notice when the file is rewritten."""
        length = min(MARK, offset)
        self._mark = self.read(offset - length, length)

    def is_rewritten(self, offset: int) -> bool:
        """Whether the bytes before `offset` have changed since `mark(offset)`."""
        return self.read(offset - len(self._mark), len(self._mark)) != self._mark

    def copy(self) -> TailFile:
        """The same file, to be read and closed independently."""
        return TailFile(FileIO(os.dup(self._file.fileno())), self._mark)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
