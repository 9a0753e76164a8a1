"""What the user's program prints and logs goes to the log, and the streams are restored afterwards."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import threading
import warnings

import pytest

from tests.support.logs import lines_of
from tuiserver.outputs.log import LogWriter
from tuiserver.programs.capture import MAX_LINE, LogHandler, LogStream, captured


def test_printed_lines_are_logged(log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """Each printed line is a line of the log, escaped; nothing is written to the real output."""
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


def test_the_streams_are_restored(log: LogWriter) -> None:
    """Afterwards `sys` and `logging` are as before, also if an exception was raised."""
    root = logging.getLogger()

    def state() -> tuple[object, ...]:
        streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.breakpointhook
        return *streams, list(root.handlers), root.level, os.fstat(1), os.fstat(2)

    before = state()
    for console in (False, True):
        with pytest.raises(KeyError), captured(log, console):
            raise KeyError
        assert state() == before


def test_beside_the_console_nothing_else_reaches_the_terminal(
    log: LogWriter, capfd: pytest.CaptureFixture[str]
) -> None:
    """Stderr, warnings, threads, handlers made before, both descriptors and other processes are logged.

    Only `sys.__stdout__` and `sys.__stderr__` are the terminal, which the console draws on.
    """
    logger = logging.getLogger("own")
    handler = logging.StreamHandler(os.fdopen(2, "w", closefd=False))
    logger.addHandler(handler)
    logger.propagate = False
    try:
        with captured(log, console=True):
            print("to stderr", file=sys.stderr)
            logger.warning("to an early handler")
            sys.stderr.write(warnings.formatwarning("a warning", UserWarning, "p.py", 1))
            threading.__excepthook__(threading.ExceptHookArgs((ValueError, ValueError("in a thread"), None, None)))
            os.write(1, b"raw 1\n")
            os.write(2, b"raw 2 \xff\x1b[2J")
            subprocess.run(["sh", "-c", "echo a child >&2"], check=True)
            for stream in (sys.__stdout__, sys.__stderr__):
                assert stream is not None
                print("the screen", file=stream, flush=True)
    finally:
        logger.removeHandler(handler)
    found = "\n".join(lines_of(log))
    for text in ("stderr to stderr", "to an early handler", "a warning", "ValueError: in a thread", "print raw 1"):
        assert text in found
    assert r"stderr raw 2 \xff\x1b[2Ja child" in found
    os.write(2, b"restored")
    assert capfd.readouterr() == ("the screen\n", "the screen\nrestored")


def test_a_breakpoint_is_refused(log: LogWriter) -> None:
    """The debugger would wait for input that never comes; a line says where it was."""
    with captured(log):
        breakpoint()
    assert lines_of(log)[0].startswith("error breakpoint() in test_capture.py:")


def test_input_is_refused_beside_the_console(log: LogWriter) -> None:
    """The keys are the console's: reading stdin is refused with a line, and another process finds it at its end."""
    with captured(log, console=True):
        with pytest.raises(EOFError):
            input("name? ")
        assert sys.stdin.read() == ""
        child = subprocess.run(["cat"], check=True, stdout=subprocess.PIPE, timeout=5)
        assert child.stdout == b""
    found = lines_of(log)
    assert found[0].startswith("error input() in test_capture.py:")
    assert found[0].endswith(" is refused: stdin is not the program's")
    assert found[1].startswith("error stdin is read in test_capture.py:")


@pytest.mark.parametrize("commands", [False, True])
def test_headless_a_program_reads_stdin_unless_commands_are_read_from_it(log: LogWriter, commands: bool) -> None:
    """It would take them away."""
    before = sys.stdin
    with captured(log, stdin=commands):
        assert (sys.stdin is before) == (not commands)
    assert sys.stdin is before


def test_headless_only_events_are_written_to_stdout(log: LogWriter, capfd: pytest.CaptureFixture[str]) -> None:
    """What a library or another process writes to descriptor 1 goes to stderr, and so does `sys.__stdout__`."""
    with captured(log) as stdout:
        os.write(1, b"raw\n")
        subprocess.run(["echo", "a child"], check=True)
        with open(1, "w", closefd=False) as own:
            own.write("own\n")
        os.write(stdout, b"event\n")
    os.write(1, b"restored\n")
    assert capfd.readouterr() == ("event\nrestored\n", "raw\na child\nown\n")


def test_log_records_are_logged(log: LogWriter) -> None:
    """A line has the level, the logger and the message, with more lines and tracebacks below; the default level is `info`."""
    with captured(log):
        logger = logging.getLogger("chat")
        logger.debug("below the level")
        logger.info("%s joined", "ann")
        logger.warning("first\nsecond")
        logger.info("where", stack_info=True)
        try:
            raise ValueError("bad")
        except ValueError:
            logger.exception("failed")
    found = lines_of(log)
    assert found[:4] == ["info  chat: ann joined", "warn  chat: first", "    second", "info  chat: where"]
    assert found[4] == "    Stack (most recent call last):"
    assert found[found.index("error chat: failed") + 1] == "    Traceback (most recent call last):"
    assert found[-1] == "    ValueError: bad"


def test_a_message_that_cannot_be_formatted(log: LogWriter) -> None:
    """An invalid log call of the program is logged with its error and raises nothing."""
    LogHandler(log).handle(logging.LogRecord("chat", logging.WARNING, "chat.py", 1, "%d", ("x",), None))
    assert lines_of(log)[0].startswith("warn  chat: message cannot be formatted: TypeError")


def test_a_stream_and_a_level_of_the_program_are_kept(log: LogWriter) -> None:
    """A program that replaces `sys.stdout` keeps its own stream, and one that set a level keeps it."""
    root, stdout, own = logging.getLogger(), sys.stdout, io.StringIO()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with captured(log):
            logging.getLogger("chat").warning("below the level")
            sys.stdout = own
        assert sys.stdout is own
        assert root.level == logging.ERROR
    finally:
        sys.stdout = stdout
        root.setLevel(level)
    assert lines_of(log) == []


def test_output_of_threads_is_not_mixed_within_a_line(log: LogWriter) -> None:
    """A line that another thread prints between two halves of a line is logged separately."""
    stream = LogStream(log)
    stream.write("half ")
    thread = threading.Thread(target=stream.write, args=("other\n",))
    thread.start()
    thread.join()
    stream.write("whole\n")
    assert lines_of(log) == ["print other", "print half whole"]


def test_a_line_without_an_end_is_split(log: LogWriter) -> None:
    """A program that prints without newlines takes a bounded amount of memory."""
    stream = LogStream(log)
    for _ in range(100):
        stream.write("x" * 1000)
    lines = lines_of(log)
    assert [len(line) for line in lines] == [len("print ") + MAX_LINE] * (100_000 // MAX_LINE)
    stream.finish()
    assert sum(len(line) - len("print ") for line in lines_of(log)) == 100_000


def test_the_stream_behaves_like_stdout(log: LogWriter) -> None:
    """Programs ask a stream for its encoding and whether it is a terminal."""
    stream = LogStream(log)
    assert (stream.encoding, stream.writable(), stream.isatty()) == ("utf-8", True, False)
    assert stream.write("some text") == 9
    stream.flush()
    stream.finish()
    assert lines_of(log) == ["print some text"]
