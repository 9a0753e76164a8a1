"""The log is written by a thread of its own, to a file or, if that fails, to memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import wait_until
from tuiserver.config.paths import default_log_file
from tuiserver.core.events import Connected, Listening, Noted
from tuiserver.outputs.log import LogError, LogWriter
from tuiserver.outputs.log_format import BURST
from tuiserver.outputs.tail import LogTail


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogWriter]:
    """A log in a folder of its own."""
    writer = LogWriter(tmp_path / "tuiserver.log")
    yield writer
    writer.close()


def lines_of(log: LogWriter) -> list[str]:
    """The lines of the file without their time."""
    assert log.flush()
    assert log.path is not None
    return [line[24:] for line in log.path.read_text().splitlines()]


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


def test_the_default_file_is_created_with_its_folder() -> None:
    """Without a path the log is in the state folder."""
    log = LogWriter()
    log.write("info", "here")
    log.close()
    assert log.warning == ""
    assert "here" in default_log_file().read_text()


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
def test_a_full_disk_is_reported_once() -> None:
    """When writing fails the log continues in memory, with the line that failed and one line that says why."""
    log = LogWriter("/dev/full")
    tail = LogTail(None, log.memory)
    log.write("info", "one")
    assert log.flush()
    assert log.path is None
    log.write("info", "two")
    log.close()
    assert tail.poll()
    one, error, two = (tail.line(number) for number in range(tail.start, tail.end))
    assert one.endswith(b"one")
    assert b'error cannot write the log "/dev/full"' in error
    assert two.endswith(b"two")
    assert "/dev/full" in log.warning


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
    """The log is no sink for traffic, and an empty batch writes nothing."""
    log.put([])
    assert lines_of(log) == []
    assert log.capacity() == 0
    assert log.wants == "lifecycle"
