"""What a user's program prints and logs goes to the log, and the streams are given back afterwards."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiserver.outputs.log import LogWriter
from tuiserver.programs.capture import LogHandler, LogStream, captured


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogWriter]:
    """A log in a folder of its own."""
    writer = LogWriter(tmp_path / "x.log")
    yield writer
    writer.close()


def lines_of(log: LogWriter) -> list[str]:
    """What the file holds, without the time."""
    assert log.flush()
    assert log.path is not None
    return [line if line.startswith(" ") else line[24:] for line in log.path.read_text().splitlines()]


def test_print_is_logged_by_lines(log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """Each printed line is a line of the log, escaped; nothing reaches the real output."""
    with captured(log):
        print("one", "two")
        print("three\nfour\x1b[2J")
        print("begun", end="")
        print(" and ended", flush=True)
        print("without an end", end="")
    assert lines_of(log) == [
        "print one two",
        "print three",
        r"print four\x1b[2J",
        "print begun and ended",
        "print without an end",
    ]
    assert capsys.readouterr().out == ""


def test_the_streams_are_given_back(log: LogWriter) -> None:
    """After it nothing of ours is left in `sys` or `logging`, whatever was raised inside."""
    root = logging.getLogger()
    before = sys.stdout, list(root.handlers), root.level
    with pytest.raises(KeyError), captured(log):
        raise KeyError
    assert (sys.stdout, root.handlers, root.level) == before


def test_logging_is_logged(log: LogWriter) -> None:
    """Level, logger and message; tracebacks and further lines below; `info` is heard without any set-up."""
    with captured(log):
        logger = logging.getLogger("chat")
        logger.debug("not heard")
        logger.info("%s joined", "ann")
        logger.warning("first\nsecond")
        try:
            raise ValueError("bad")
        except ValueError:
            logger.exception("failed")
    found = lines_of(log)
    assert found[:4] == ["info  chat: ann joined", "warn  chat: first", "    second", "error chat: failed"]
    assert found[4] == "    Traceback (most recent call last):"
    assert found[-1] == "    ValueError: bad"


def test_a_message_that_cannot_be_formatted(log: LogWriter) -> None:
    """A mistake in a program's logging is a line of the log and raises nothing."""
    LogHandler(log).handle(logging.LogRecord("chat", logging.WARNING, "chat.py", 1, "%d", ("x",), None))
    assert lines_of(log)[0].startswith("warn  chat: a message that cannot be formatted: TypeError")


def test_threads_do_not_mix_within_a_line(log: LogWriter) -> None:
    """What another thread prints between two halves of a line does not tear it."""
    stream = LogStream(log)
    stream.write("half ")
    thread = threading.Thread(target=stream.write, args=("other\n",))
    thread.start()
    thread.join()
    stream.write("whole\n")
    assert lines_of(log) == ["print other", "print half whole"]


def test_an_endless_line_is_cut(log: LogWriter) -> None:
    """A program that prints without a newline does not fill the memory."""
    stream = LogStream(log)
    for _ in range(100):
        stream.write("x" * 1000)
    assert sum(map(len, stream._begun.values())) <= 8192
    assert len(lines_of(log)) == 12


def test_it_looks_like_an_output(log: LogWriter) -> None:
    """Programs ask a stream for its encoding, and whether it is a terminal."""
    stream = LogStream(log)
    assert (stream.encoding, stream.writable(), stream.isatty()) == ("utf-8", True, False)
    assert stream.write("some text") == 9
    stream.flush()
    stream.finish()
    assert lines_of(log) == ["print some text"]
