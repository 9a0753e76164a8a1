"""The file of the log: rotated when it is full, reopened when it was moved, never blocking."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
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


def test_processes_that_share_a_file_lose_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writes through a descriptor of its own; they rotate the file for each other, at most once per full file."""
    monkeypatch.setattr(log_file, "ROTATE", 4000)
    monkeypatch.setattr(log_file, "KEEP", 100)
    path = tmp_path / "t.log"

    def write(name: int) -> None:
        file = LogFile(path)
        for number in range(200):
            file.write(b"%d-%03d %s\n" % (name, number, b"x" * 60))
        file.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line.split()[0] for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert sorted(lines) == [f"{name}-{number:03}" for name in range(3) for number in range(200)]
    assert min(file.stat().st_size for file in tmp_path.iterdir() if file != path) > 3900


def test_a_file_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing fails after a while instead of waiting for ever."""
    monkeypatch.setattr(log_file, "LOCK_TIMEOUT", 0.05)
    file = LogFile(tmp_path / "t.log")
    with (tmp_path / "t.log").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="another process"):
            file.write(b"x\n")
    file.write(b"y\n")
    file.close()
    assert (tmp_path / "t.log").read_bytes() == b"y\n"


def test_no_line_is_torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails midway leaves nothing in the file; a line that another process left unfinished is ended."""
    path = tmp_path / "t.log"
    path.write_bytes(b"torn by a cra")
    file = LogFile(path)
    write = os.write

    def fail_midway(fd: int, data: bytes) -> int:
        if len(data) < 10:
            raise OSError(errno.ENOSPC, "full")
        return write(fd, data[:5])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fail_midway)
        with pytest.raises(OSError, match="full"):
            file.write(b"0123456789\n")
    assert path.read_bytes() == b"torn by a cra"
    file.write(b"whole\n")
    file.write(b"again\n")
    file.close()
    assert path.read_bytes() == b"torn by a cra\nwhole\nagain\n"


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may change the working directory, and close descriptors that are not its own."""
    monkeypatch.chdir(tmp_path)
    descriptor = os.dup(0)
    os.close(descriptor)  # the lowest free one: the file gets it
    file = LogFile(Path("t.log"))
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    os.close(descriptor)
    file.write(b"one\n")
    (tmp_path / "t.log").unlink()
    file.write(b"two\n")
    file.close()
    assert (tmp_path / "t.log").read_bytes() == b"two\n"
    assert list((tmp_path / "other").iterdir()) == []


def test_a_file_that_may_not_be_renamed_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost where only the file itself may be written to."""
    monkeypatch.setattr(log_file, "ROTATE", 5)

    def refuse(source: object, target: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "replace", refuse)
    file = LogFile(tmp_path / "t.log")
    file.write(b"one\n")
    file.write(b"two\n")
    file.close()
    assert (tmp_path / "t.log").read_bytes() == b"one\ntwo\n"
