"""A file that is read while others change it."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

from tuiserver.outputs.tail_file import MARK, TailFile


def test_a_rewritten_file_is_recognised(tmp_path: Path) -> None:
    """The bytes before the marked offset tell whether the file was appended to or rewritten."""
    path = tmp_path / "x"
    path.write_bytes(b"a" * 2 * MARK)
    file = TailFile.open(path)
    file.mark(2 * MARK)
    with path.open("ab") as writer:
        writer.write(b"more")
    assert (file.size(0), file.is_rewritten(2 * MARK)) == (2 * MARK + 4, False)
    copy = file.copy()
    path.write_bytes(b"b" * 3 * MARK)
    assert file.is_rewritten(2 * MARK)
    assert copy.is_rewritten(2 * MARK)
    file.mark(0)
    assert not file.is_rewritten(0)
    file.close()
    assert copy.read(0, 3) == b"bbb"
    copy.close()


def test_the_identity_is_that_of_the_open_file(tmp_path: Path) -> None:
    """A file that was renamed keeps its identity, and the file that replaces it has another one."""
    path = tmp_path / "x"
    path.touch()
    file = TailFile.open(path)
    status = os.stat(path)
    assert file.identity == (status.st_dev, status.st_ino)
    path.rename(tmp_path / "moved")
    path.touch()
    other = TailFile.open(path)
    assert other.identity != file.identity
    file.close()
    other.close()


class BrokenFile(FileIO):
    """A file on a disk that fails."""

    broken = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Fail as the disk does."""
        raise OSError(5, "Input/output error")

    def fileno(self) -> int:
        """The descriptor; -1, which `fstat` refuses, once it is broken."""
        return -1 if self.broken else super().fileno()


def test_a_failing_disk_is_reported(tmp_path: Path) -> None:
    """Nothing is read and nothing is raised."""
    (tmp_path / "x").write_bytes(b"text")
    raw = BrokenFile(tmp_path / "x")
    file = TailFile(raw)
    assert file.read(0, 4) == b""
    assert file.problem == "Input/output error"
    raw.broken = True
    assert file.size(7) == 7
    assert file.problem == "Bad file descriptor"
    raw.broken = False
    file.close()
