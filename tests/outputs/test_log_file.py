"""The file of the log: rotated when it is full, reopened when it was moved, never blocking."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuiserver.outputs import log_file
from tuiserver.outputs.log_file import LogFile


def test_rotation_keeps_five_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file becomes `.1`, the previous one `.2` and so on; the sixth is dropped and no line in between is lost."""
    monkeypatch.setattr(log_file, "ROTATE", 100)
    file = LogFile(tmp_path / "t.log")
    for number in range(20):
        file.write(b"%02d %s\n" % (number, b"x" * 60))
    file.close()
    names = ["t.log.5", "t.log.4", "t.log.3", "t.log.2", "t.log.1", "t.log"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    numbers = [int(line.split()[0]) for name in names for line in (tmp_path / name).read_text().splitlines()]
    assert numbers == list(range(14, 20))


def test_a_line_longer_than_the_limit_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file is not rotated, however long the first line is."""
    monkeypatch.setattr(log_file, "ROTATE", 10)
    file = LogFile(tmp_path / "t.log")
    file.write(b"x" * 100)
    file.close()
    assert [path.name for path in tmp_path.iterdir()] == ["t.log"]


def test_a_file_that_was_moved_is_created_again(tmp_path: Path) -> None:
    """Another program may rotate or delete the file: the next line is in a new file of that name."""
    path = tmp_path / "t.log"
    file = LogFile(path)
    file.write(b"one\n")
    path.rename(tmp_path / "moved")
    file.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    path.unlink()
    path.write_bytes(b"other\n")
    file.write(b"three\n")
    file.close()
    assert path.read_bytes() == b"other\nthree\n"
    assert (tmp_path / "moved").read_bytes() == b"one\n"


def test_only_regular_files_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe or a device is not renamed, however much is written to it."""
    monkeypatch.setattr(log_file, "ROTATE", 1)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    file = LogFile(tmp_path / "pipe")
    file.write(b"one\n")
    file.write(b"two\n")
    file.close()
    assert os.read(reader, 100) == b"one\ntwo\n"
    os.close(reader)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_pipe_without_a_reader_is_refused(tmp_path: Path) -> None:
    """Opening it would block until somebody reads; it fails instead."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe"):
        LogFile(tmp_path / "pipe")


def test_the_file_is_private(tmp_path: Path) -> None:
    """Only its owner may read what the operator sent."""
    LogFile(tmp_path / "t.log").close()
    assert (tmp_path / "t.log").stat().st_mode & 0o777 == 0o600
