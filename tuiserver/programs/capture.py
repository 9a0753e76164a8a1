"""Redirect what the user's program prints and logs to the log: the terminal belongs to the console or to the event output.

Rules of this file:
- It is imported only if there is a user's program: importing `logging` takes time.
- Writing never blocks and never raises, whatever the program prints.
- Beside the console all streams of the program are redirected, the descriptors as well: C libraries and other processes use
  them. Only `sys.__stdin__`, `sys.__stdout__` and `sys.__stderr__` are the terminal then.
- Headless, stdout is the server's: what is written to descriptor 1 goes to stderr, which stays what it is.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import TextIOBase

from tuiserver.outputs.log import LogWriter

MAX_LINE = 8 * 1024
"""Characters of a printed line; a longer line is split."""
FINISH_TIMEOUT = 0.5
"""Seconds to wait at the end for what is still in a pipe."""


class LogHandler(logging.Handler):
    """A `logging` handler that writes to the log: the name of the logger, the message, and the traceback below it."""

    def __init__(self, log: LogWriter) -> None:
        super().__init__()
        self._log = log
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record; one that cannot be formatted is logged with the error."""
        try:
            text, _, more = record.getMessage().partition("\n")
            detail = [more] if more else []
            if record.exc_info:
                detail.append(self._formatter.formatException(record.exc_info))
            if record.stack_info:
                detail.append(record.stack_info)
        except Exception as error:
            text, detail = f"message cannot be formatted: {error!r}", [repr(record.msg)]
        self._log.write(record.levelname.lower(), f"{record.name}: {text}", "\n".join(detail))


class LogStream(TextIOBase):
    """A text file for `sys.stdout`: each complete line is logged with `level`."""

    def __init__(self, log: LogWriter, level: str = "print") -> None:
        self._log = log
        self._level = level
        # The incomplete line of each thread, so that the output of two threads is not mixed within a line.
        self._incomplete: dict[int, str] = {}

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding, which programs that encode text themselves ask for."""
        return "utf-8"

    def writable(self) -> bool:
        """Always True."""
        return True

    def write(self, text: str) -> int:
        """Log the lines that `text` completes; returns the number of characters."""
        thread = threading.get_ident()
        *lines, incomplete = (self._incomplete.pop(thread, "") + text).split("\n")
        for line in lines:
            self._log.write(self._level, line.removesuffix("\r"))
        while len(incomplete) > MAX_LINE:
            self._log.write(self._level, incomplete[:MAX_LINE])
            incomplete = incomplete[MAX_LINE:]
        if incomplete:
            self._incomplete[thread] = incomplete
        return len(text)

    def finish(self) -> None:
        """Log the incomplete lines."""
        for thread in list(self._incomplete):
            if line := self._incomplete.pop(thread, ""):
                self._log.write(self._level, line)


class NoInput(TextIOBase):
    """A text file for `sys.stdin`: it is at its end, and who reads it is logged."""

    def __init__(self, log: LogWriter) -> None:
        self._log = log

    def readable(self) -> bool:
        """Always True."""
        return True

    def read(self, size: int | None = -1) -> str:
        """Nothing."""
        _report_caller(self._log, "stdin is read", "is at its end: it is not the program's")
        return ""

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        """Nothing; `input()` raises `EOFError` then."""
        _report_caller(self._log, "input()", "is refused: stdin is not the program's")
        return ""


@contextmanager
def captured(log: LogWriter, console: bool = False, stdin: bool = False) -> Iterator[int]:
    """A context in which `print` and `logging` write to the log, with `console` everything else that is printed as well.

    Yields the descriptor of stdout as it was. `stdin`: headless, commands are read from stdin. Then, and beside the console,
    the program cannot read it. `breakpoint()` is refused with a line in the log: the debugger would wait for a terminal that
    is not its own.

    Records are logged from level `info` unless the program sets another level. `logging.basicConfig` has no effect, because
    the root logger has a handler already.
    """
    handler = LogHandler(log)
    stream, errors = LogStream(log), LogStream(log, "stderr")
    root = logging.getLogger()
    level, breakpointhook = root.level, sys.breakpointhook
    no_input = NoInput(log)
    streams: list[tuple[str, object, object]] = [("stdout", sys.stdout, stream)]
    if console:
        streams.append(("stderr", sys.stderr, errors))
    if console or stdin:
        streams.append(("stdin", sys.stdin, no_input))
    root.addHandler(handler)
    if level == logging.WARNING:
        root.setLevel(logging.INFO)
    for name, _, ours in streams:
        setattr(sys, name, ours)
    sys.breakpointhook = lambda *arguments, **options: _report_caller(
        log, "breakpoint()", "is ignored: run the program by itself to debug it"
    )
    try:
        with ExitStack() as descriptors:
            if console:
                descriptors.enter_context(_unreadable_stdin())
                original = descriptors.enter_context(_captured_descriptor(1, "__stdout__", log, "print"))
                descriptors.enter_context(_captured_descriptor(2, "__stderr__", log, "stderr"))
            else:
                original = descriptors.enter_context(_stdout_as_stderr())
            yield original
    finally:
        sys.breakpointhook = breakpointhook
        for name, before, ours in streams:
            if getattr(sys, name) is ours:
                setattr(sys, name, before)
        root.removeHandler(handler)
        root.setLevel(level)
        stream.finish()
        errors.finish()


def _report_caller(log: LogWriter, what: str, how: str) -> None:
    """Log who calls the function that calls this."""
    caller = traceback.extract_stack(limit=3)[0]
    log.write("error", f"{what} in {os.path.basename(caller.filename)}:{caller.lineno} {how}")


@contextmanager
def _redirected_descriptor(fd: int, target: int) -> Iterator[int]:
    """A context in which `fd` refers to what `target` refers to; yields a descriptor of what it was before."""
    original = os.dup(fd)
    os.dup2(target, fd)
    try:
        yield original
    finally:
        os.dup2(original, fd)
        os.close(original)


@contextmanager
def _stream_on(name: str, terminal: int) -> Iterator[None]:
    """A context in which `sys.NAME` uses the descriptor `terminal`."""
    original = getattr(sys, name)
    mode = "r" if original.readable() else "w"
    stream = os.fdopen(terminal, mode, encoding=original.encoding, errors=original.errors, closefd=False)
    setattr(sys, name, stream)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # the terminal may be gone
            stream.flush()
        setattr(sys, name, original)


@contextmanager
def _unreadable_stdin() -> Iterator[None]:
    """A context in which descriptor 0 has nothing to read; `sys.__stdin__` still reads what it read before."""
    with _devnull() as nothing, _redirected_descriptor(0, nothing) as terminal, _stream_on("__stdin__", terminal):
        yield


@contextmanager
def _stdout_as_stderr() -> Iterator[int]:
    """A context in which descriptor 1 is stderr, if there is one; yields a descriptor of the stdout that it was before."""
    with _devnull() as nothing, _redirected_descriptor(1, 2 if sys.__stderr__ is not None else nothing) as stdout:
        try:
            yield stdout
        finally:
            if sys.__stdout__ is not None:
                sys.__stdout__.flush()


@contextmanager
def _devnull() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _captured_descriptor(fd: int, name: str, log: LogWriter, level: str) -> Iterator[int]:
    """A context in which what is written to `fd` is logged; `sys.NAME` still writes to where it went before.

    Yields the descriptor that does.
    """
    getattr(sys, name).flush()
    reading, writing = os.pipe()
    thread = threading.Thread(target=_log_lines, args=(reading, log, level), name=f"tuiserver-{level}", daemon=True)
    thread.start()
    try:
        with _redirected_descriptor(fd, writing) as terminal, _stream_on(name, terminal):
            os.close(writing)
            yield terminal
    finally:
        thread.join(FINISH_TIMEOUT)  # another process may keep the pipe open


def _log_lines(reading: int, log: LogWriter, level: str) -> None:
    """Log what is written to a pipe until its last writer is gone."""
    stream = LogStream(log, level)
    with suppress(OSError):
        while data := os.read(reading, 1 << 16):
            stream.write(data.decode("utf-8", "backslashreplace"))
    stream.finish()
    os.close(reading)
