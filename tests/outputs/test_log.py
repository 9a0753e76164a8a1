"""The log is written by a thread of its own, to a file or, if that fails, to memory."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.support.logs import lines_of
from tests.support.serving import wait_until
from tuiserver.config.paths import state_folder
from tuiserver.core.events import Connected, Listening, Noted
from tuiserver.outputs import log as log_module
from tuiserver.outputs.log import LogError, LogWriter
from tuiserver.outputs.log_file import LogFile
from tuiserver.outputs.log_format import BURST
from tuiserver.outputs.tail import LogTail


def connected(number: int, at: float = 1000.0) -> Connected:
    """A client was accepted."""
    return Connected(at, number, f"127.0.0.1:{50000 + number}", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def test_events_and_lines_are_written_in_order(log: LogWriter) -> None:
    """After `flush` the file holds everything that was logged before."""
    log.put([Listening(1000.0, "tcp://127.0.0.1:1"), Noted(1000.0, "error", "broken")])
    log.write("print", "printed")
    log.put([connected(1)])
    assert lines_of(log) == [
        "info  listening on tcp://127.0.0.1:1",
        "error broken",
        "print printed",
        "info  #1 127.0.0.1:50001 connected to tcp://127.0.0.1:9999",
    ]


def test_a_burst_is_summarised_without_further_events(log: LogWriter) -> None:
    """The number of clients that were only counted is logged soon after the burst, although nothing else happens."""
    log.put([connected(number) for number in range(BURST + 7)])
    assert lines_of(log)[-1].startswith(f"info  #{BURST - 1} ")
    assert log.path is not None
    file = log.path
    wait_until(lambda: "7 more connected" in file.read_text(), "the summary")


@pytest.mark.parametrize("name", ["missing/x.log", "."])
def test_a_named_log_that_cannot_be_written_is_an_error(tmp_path: Path, name: str) -> None:
    """The error is one line with the name of the file."""
    with pytest.raises(LogError) as caught:
        LogWriter(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_process_has_a_default_file_of_its_own() -> None:
    """Without a path the log is in the state folder, named after its label; what is in use is not shared."""
    one, two = LogWriter(label="127.0.0.1:9999"), LogWriter(label="127.0.0.1:9999")
    for number, log in enumerate((one, two)):
        log.write("info", f"here {number}")
        log.close()
        assert log.warning == ""
    names = ("tuiserver-127.0.0.1-9999.log", "tuiserver-127.0.0.1-9999-2.log")
    assert (one.path, two.path) == tuple(state_folder() / name for name in names)
    assert [(state_folder() / name).read_text()[24:] for name in names] == ["info  here 0\n", "info  here 1\n"]
    again = LogWriter(label="127.0.0.1:9999")
    again.close()
    assert again.path == one.path


def test_a_default_log_that_cannot_be_written_is_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a warning of one line; a tail shows the lines in memory, of which the last 2,000 are kept."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    log = LogWriter()
    assert log.path is None
    assert "kept in memory" in log.warning
    assert "\n" not in log.warning
    for number in range(3000):
        log.write("info", f"line {number}")
    log.close()
    tail = LogTail(log.path, log.memory)
    assert tail.poll()
    assert not tail.unavailable
    assert tail.end - tail.start == 2000
    assert tail.line(tail.end - 1).endswith(b"info  line 2999")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_device_that_is_always_full_is_refused() -> None:
    """Nothing could ever be written to it."""
    with pytest.raises(LogError, match="No space left on device"):
        LogWriter("/dev/full")


class FullDisk:
    """Lets the log file fail while `full` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        write = LogFile.write

        def write_unless_full(file: LogFile, data: bytes) -> None:
            if self.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            write(file, data)

        monkeypatch.setattr(LogFile, "write", write_unless_full)
        monkeypatch.setattr(log_module, "RETRY", 0.02)


def test_a_full_disk_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported once; meanwhile the lines are in memory, and in the file as soon as there is room."""
    disk = FullDisk(monkeypatch)
    reports: list[str] = []
    path = tmp_path / "x.log"
    log = LogWriter(path, report=reports.append)
    tail = LogTail(None, log.memory)
    disk.full = True
    for text in ("one", "two"):
        log.write("info", text)
        assert log.flush()
    assert tail.poll()
    one, error, two = (tail.line(number) for number in range(tail.start, tail.end))
    assert (one[24:], two[24:]) == (b"info  one", b"info  two")
    assert f'error cannot write the log "{path}"'.encode() in error
    disk.full = False
    wait_until(lambda: path.read_text().count("\n") == 2, "the lines that were kept")
    log.write("info", "three")
    log.close()
    assert [line[30:] for line in path.read_text().splitlines()] == ["one", "two", "three"]
    assert reports == [
        f'cannot write the log "{path}": No space left on device; lines are kept in memory until it can be written'
    ]


def test_missing_lines_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many lines the newest are kept; the file and one report have the number of the others."""
    monkeypatch.setattr(log_module, "MAX_KEPT", 10)
    disk = FullDisk(monkeypatch)
    reports: list[str] = []
    path = tmp_path / "x.log"
    log = LogWriter(path, report=reports.append)
    disk.full = True
    for number in range(25):
        log.write("info", f"line {number}")
    assert log.flush()
    disk.full = False
    wait_until(lambda: path.read_text().count("\n") == 11, "the lines that were kept")
    disk.full = True
    for number in range(25, 28):
        log.write("info", f"line {number}")
    log.close()
    missing, *kept = (line[24:] for line in path.read_text().splitlines())
    assert missing.startswith(f'warn  15 lines are missing here: cannot write the log "{path}"')
    assert kept == [f"info  line {number}" for number in range(15, 25)]
    assert [report.rpartition(": ")[2] for report in reports] == [
        "No space left on device; lines are kept in memory until it can be written",
        "15 lines are missing",
        "No space left on device; lines are kept in memory until it can be written",
        "3 lines are missing",
    ]


def test_closing_writes_everything_and_ends_the_thread(tmp_path: Path) -> None:
    """After `close` the file is complete; later lines are ignored."""
    log = LogWriter(tmp_path / "x.log")
    log.put([connected(number, number / 100) for number in range(1000)])
    log.close()
    assert len((tmp_path / "x.log").read_text().splitlines()) == 1000
    log.write("info", "late")
    assert log.flush()
    log.close()
    assert len((tmp_path / "x.log").read_text().splitlines()) == 1000


def test_traffic_is_not_wanted(log: LogWriter) -> None:
    """The log is not a sink for traffic, and an empty batch writes nothing."""
    log.put([])
    assert lines_of(log) == []
    assert log.capacity() == 0
    assert log.wants == "lifecycle"
