"""Redirect what the user's program prints and logs to the log: the terminal belongs to the console or to the event output.

Rules of this file:
- It is imported only if there is a user's program: importing `logging` takes time.
- Writing never blocks and never raises, whatever the program prints.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOBase

from tuiserver.outputs.log import LogWriter

MAX_LINE = 8 * 1024
"""Characters of a printed line; a longer line is split."""


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
def captured(log: LogWriter) -> Iterator[None]:
    """A context in which `print` and `logging` write to the log.

    Records are logged from level `info` unless the program sets another level. `logging.basicConfig` has no effect, because
    the root logger has a handler already.
    """
    handler = LogHandler(log)
    stream = LogStream(log)
    root = logging.getLogger()
    level, stdout = root.level, sys.stdout
    root.addHandler(handler)
    if level == logging.WARNING:
        root.setLevel(logging.INFO)
    sys.stdout = stream
    try:
        yield
    finally:
        if sys.stdout is stream:
            sys.stdout = stdout
        root.removeHandler(handler)
        root.setLevel(level)
        stream.finish()
