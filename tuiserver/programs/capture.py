"""Redirect what the user's program prints and logs to the log: the terminal belongs to the console or to the event output.

Rules of this file:
- It is imported only if there is a user's program: importing `logging` takes time.
- Writing never blocks and never raises, whatever the program prints.
- Beside the console both streams of the program are redirected, the descriptors as well: C libraries and other processes write to
  them. Only `sys.__stdout__` and `sys.__stderr__` are the terminal then. Headless, stderr stays what it is.
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


@contextmanager
def captured(log: LogWriter, console: bool = False) -> Iterator[None]:
    """A context in which `print` and `logging` write to the log, with `console` everything else that is printed as well.

    `breakpoint()` is refused with a line in the log: the debugger would wait for a terminal that is not its own.

    Records are logged from level `info` unless the program sets another level. `logging.basicConfig` has no effect, because
    the root logger has a handler already.
    """
    handler = LogHandler(log)
    stream, errors = LogStream(log), LogStream(log, "stderr")
    root = logging.getLogger()
    level, stdout, stderr, breakpointhook = root.level, sys.stdout, sys.stderr, sys.breakpointhook
    root.addHandler(handler)
    if level == logging.WARNING:
        root.setLevel(logging.INFO)
    sys.stdout = stream
    sys.breakpointhook = lambda *arguments, **options: _refuse_breakpoint(log)
    try:
        with ExitStack() as descriptors:
            if console:
                sys.stderr = errors
                descriptors.enter_context(_captured_descriptor(1, "__stdout__", log, "print"))
                descriptors.enter_context(_captured_descriptor(2, "__stderr__", log, "stderr"))
            yield
    finally:
        sys.breakpointhook = breakpointhook
        if sys.stdout is stream:
            sys.stdout = stdout
        if sys.stderr is errors:
            sys.stderr = stderr
        root.removeHandler(handler)
        root.setLevel(level)
        stream.finish()
        errors.finish()


def _refuse_breakpoint(log: LogWriter) -> None:
    caller = traceback.extract_stack(limit=3)[0]
    place = f"{os.path.basename(caller.filename)}:{caller.lineno}"
    log.write("error", f"breakpoint() in {place} is ignored: run the program by itself to debug it")


@contextmanager
def _captured_descriptor(fd: int, name: str, log: LogWriter, level: str) -> Iterator[None]:
    """A context in which what is written to descriptor `fd` is logged; `sys.NAME` still writes to where it went before."""
    original = getattr(sys, name)
    original.flush()
    terminal = os.dup(fd)
    reading, writing = os.pipe()
    os.dup2(writing, fd)
    os.close(writing)
    stream = os.fdopen(terminal, "w", encoding=original.encoding, errors=original.errors, closefd=False)
    setattr(sys, name, stream)
    thread = threading.Thread(target=_log_lines, args=(reading, log, level), name=f"tuiserver-{level}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # the terminal may be gone
            stream.flush()
        setattr(sys, name, original)
        os.dup2(terminal, fd)
        os.close(terminal)
        thread.join(FINISH_TIMEOUT)  # another process may keep the pipe open


def _log_lines(reading: int, log: LogWriter, level: str) -> None:
    """Log what is written to a pipe until its last writer is gone."""
    stream = LogStream(log, level)
    with suppress(OSError):
        while data := os.read(reading, 1 << 16):
            stream.write(data.decode("utf-8", "backslashreplace"))
    stream.finish()
    os.close(reading)
