"""The log holds what it should, in lines that harm no terminal, and costs the server nothing."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.serving import wait_until
from tuiserver.config.paths import default_log_file
from tuiserver.core.events import (
    Closed,
    Connected,
    Identified,
    Listening,
    Noted,
    Paused,
    Received,
    Resumed,
    Sent,
    Skipped,
    Unopened,
)
from tuiserver.outputs import log as log_module
from tuiserver.outputs.log import LogError, LogTail, LogWriter

pytestmark = pytest.mark.usefixtures("nothing_left_over")

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (\S+) +(.*)")


@pytest.fixture
def nothing_left_over() -> Iterator[None]:
    """After the test there are no more threads and descriptors than before."""
    before = threading.active_count(), len(os.listdir("/dev/fd"))
    yield
    assert (threading.active_count(), len(os.listdir("/dev/fd"))) == before


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogWriter]:
    """A log in a folder of its own."""
    writer = LogWriter(tmp_path / "tuiserver.log")
    yield writer
    writer.close()


def lines_of(log: LogWriter) -> list[str]:
    """What the file holds, without the time."""
    assert log.flush()
    assert log.path is not None
    found = []
    for line in log.path.read_text().splitlines():
        match = LINE.fullmatch(line)
        found.append(f"{match[1]} {match[2]}" if match else line)
    return found


def connected(number: int, at: float = 1000.0) -> Connected:
    """A client that was accepted."""
    return Connected(at, number, f"127.0.0.1:{50000 + number}", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def test_a_life_in_the_log(log: LogWriter) -> None:
    """Each fact of a connection's life is a line that can be read aloud; messages of the program are none."""
    log.put(
        [
            Listening(1000.0, "tcp://127.0.0.1:9999"),
            Unopened(1000.0, "tcp://:80", "cannot listen on tcp://:80: permission denied"),
            connected(8),
            Identified(1001.0, 8, "raw"),
            Received(1002.0, 8, b"hi", 2),
            Sent(1002.0, 8, b"hello", 5, "echo"),
            Paused(1003.0, 8, "operator"),
            Resumed(1004.0, 8),
            Paused(1005.0, 8, "buffer full"),
            Skipped(1005.5, 3, 90),
            Closed(1121.0, 8, "reset by peer", 12, 0, 1, 1, 34),
        ]
    )
    assert lines_of(log) == [
        "info listening on tcp://127.0.0.1:9999",
        "error cannot listen on tcp://:80: permission denied",
        "info #8 127.0.0.1:50008 connected to tcp://127.0.0.1:9999",
        "info #8 speaks raw",
        "info #8 reading paused by operator",
        "info #8 reading goes on",
        "warn #8 reads slowly: reading from it is paused until it has taken what waits",
        "info #8 127.0.0.1:50008 reset by peer after 2m01s, 12 B in, 0 B out, 34 B never sent",
    ]


def test_a_line_has_date_time_level_and_text(log: LogWriter) -> None:
    """ISO date, milliseconds, the level padded to five, the text; in the local time of the operator."""
    log.put([Listening(1000.123, "tcp://127.0.0.1:1"), Noted(1000.123, "error", "broken")])
    assert log.flush()
    first, second = (log.path or Path()).read_text().splitlines()
    assert re.fullmatch(r"19(69|70)-\d\d-\d\d \d\d:\d\d:40\.12[23] info  listening on tcp://127\.0\.0\.1:1", first)
    assert second[23:] == " error broken"


def test_what_the_operator_sent_is_audited(log: LogWriter) -> None:
    """Who was sent what, escaped and clipped."""
    log.put([Sent(1.0, 812, b"status\x00\x1b[2J\xff", 12, "operator"), Sent(1.0, 9, b"x" * 500, 500, "operator")])
    assert lines_of(log) == [
        r"info operator sent 12 B to #812: status\0\x1b[2J\xff",
        "info operator sent 500 B to #9: " + "x" * 80 + "…",
    ]


def test_a_traceback_follows_indented(log: LogWriter) -> None:
    """The detail of a note stands below it, so that the next line of the log is easily found."""
    detail = "Traceback (most recent call last):\n  File x\nKeyError: 'a\x1b[31m'"
    log.put([Noted(1.0, "error", "on_message: KeyError", 3, detail)])
    assert lines_of(log) == [
        "error #3 on_message: KeyError",
        "    Traceback (most recent call last):",
        "      File x",
        r"    KeyError: 'a\x1b[31m'",
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_a_line(text: str, detail: str) -> None:
    """Whatever a peer or an exception says: one event is one line and its indented detail, all printable."""
    log = LogWriter.__new__(LogWriter)
    log._words = {Noted: log._noted}
    log._at = log._second = -1
    lines: list[str] = []
    log._word([Noted(1.0, "info", text, 0, detail)], lines)
    assert len(lines) >= 1
    for number, line in enumerate(lines):
        assert line.endswith("\n")
        assert line[:-1].isprintable()
        assert line.startswith("    ") == (number > 0)
        line.encode("utf-8", "backslashreplace")


def test_a_storm_is_counted_and_pushes_nothing_out(log: LogWriter) -> None:
    """Of twenty thousand who come within twenty seconds 500 a second have a line, the others a number; notes are all there."""
    for first in range(0, 20_000, 100):
        log.put([connected(number, 1000.0 + number / 1000) for number in range(first, first + 100)])
    log.put([Noted(1020.5, "warning", "in the middle of it")])
    log.put([Closed(1020.6, number, "peer closed", 0, 0, 0, 0) for number in range(700)])
    log.flush()
    assert log.path is not None
    path = log.path
    wait_until(lambda: "200 more closed" in path.read_text(), "the last number")
    found = lines_of(log)
    numbers = [line for line in found if "many at once" in line]
    assert sum("connected to" in line for line in found) == 20 * 500
    assert [line.split(": ")[1] for line in numbers] == ["500 more connected, 0 more closed"] * 20 + [
        "0 more connected, 200 more closed"
    ]
    assert any("in the middle of it" in line for line in found)


def test_rotation_keeps_five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file becomes `.1`, the one before `.2`, and so on; the sixth is gone and no line is lost in between."""
    monkeypatch.setattr(log_module, "ROTATE", 100)
    log = LogWriter(tmp_path / "t.log")
    for number in range(20):
        log.write("info", f"line {number:02d} {'x' * 40}")
        assert log.flush()
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.log", *(f"t.log.{n}" for n in range(1, 6))]
    names = ["t.log.5", "t.log.4", "t.log.3", "t.log.2", "t.log.1", "t.log"]
    numbers = [int(line.split()[4]) for name in names for line in (tmp_path / name).read_text().splitlines()]
    assert numbers == list(range(20 - len(numbers), 20))


def test_a_log_that_was_moved_away_is_begun_anew(log: LogWriter, tmp_path: Path) -> None:
    """Another program may rotate or delete the file: the next line is in a new one of that name."""
    path = tmp_path / "tuiserver.log"
    log.write("info", "one")
    assert log.flush()
    path.rename(tmp_path / "moved")
    log.write("info", "two")
    assert lines_of(log) == ["info two"]
    path.unlink()
    log.write("info", "three")
    assert lines_of(log) == ["info three"]


def test_a_device_is_never_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--log /dev/null` is a wish like any other; it is not renamed."""
    monkeypatch.setattr(log_module, "ROTATE", 1)
    log = LogWriter("/dev/null")
    for _ in range(3):
        log.write("info", "gone")
        assert log.flush()
    log.close()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("name", ["missing/x.log", "."])
def test_a_log_asked_for_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    """It is one line that names the file and says why."""
    with pytest.raises(LogError) as caught:
        LogWriter(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pipe_nobody_reads_does_not_hang(tmp_path: Path) -> None:
    """Opening it would wait for ever; it is refused instead."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LogError):
        LogWriter(tmp_path / "pipe")


def test_the_default_file_is_created_with_its_folder() -> None:
    """Without a path the log is in the state folder."""
    log = LogWriter()
    log.write("info", "here")
    log.close()
    assert log.warning == ""
    assert "here" in default_log_file().read_text()


def test_an_unwritable_default_place_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It warns in one line and goes on; the tail shows what is in memory, and memory is bounded."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    log = LogWriter()
    assert log.path is None
    assert "kept in memory" in log.warning
    for number in range(3000):
        log.write("info", f"line {number}")
    log.close()
    tail = LogTail(log.path, log.memory)
    assert tail.poll()
    assert not tail.waiting
    assert tail.end - tail.start == 2000
    assert tail.line(tail.end - 1).endswith(b"info  line 2999")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_once() -> None:
    """When writing fails the log goes on in memory, with what failed and one line that says why."""
    log = LogWriter("/dev/full")
    tail = LogTail(None, log.memory)
    log.write("info", "one")
    assert log.flush()
    log.write("info", "two")
    log.close()
    assert tail.poll()
    one, why, two = (tail.line(number) for number in range(tail.start, tail.end))
    assert one.endswith(b"one")
    assert b'error cannot write the log "/dev/full"' in why
    assert two.endswith(b"two")
    assert "/dev/full" in log.warning


def test_closing_writes_what_waits_and_ends_the_thread(tmp_path: Path) -> None:
    """After `close` all is in the file; what comes later is ignored and harms nothing."""
    log = LogWriter(tmp_path / "x.log")
    log.put([connected(number, number / 100) for number in range(1000)])
    log.close()
    assert len((tmp_path / "x.log").read_text().splitlines()) == 1000
    log.write("info", "late")
    assert log.flush()
    log.close()


def test_an_empty_batch_wakes_nobody(log: LogWriter) -> None:
    """Traffic is filtered out before; what is left is often nothing."""
    log.put([])
    assert log._queue.empty()
    assert log.room() == 0
    assert not log.traffic
