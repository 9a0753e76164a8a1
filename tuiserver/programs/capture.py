"""What a user's program writes by `logging` and `print` goes to the log: the screen and the contract own the terminal.

Rules of this file:
- It is loaded only where a user's program is: `logging` is dear to start with.
- Writing never waits and never raises, whatever a program prints.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOBase

from tuiserver.outputs.log import LogWriter

LINE = 8 * 1024
"""Characters a line of output may have before it is cut into several."""


class LogHandler(logging.Handler):
    """A handler of the standard `logging` that writes to the log: the name of the logger, its message, a traceback."""

    def __init__(self, log: LogWriter) -> None:
        super().__init__()
        self._log = log
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record; one that cannot be formatted is logged as that."""
        try:
            text, _, rest = record.getMessage().partition("\n")
            detail = [rest] if rest else []
            if record.exc_info:
                detail.append(self._formatter.formatException(record.exc_info))
            if record.stack_info:
                detail.append(record.stack_info)
        except Exception as error:
            text, detail = f"a message that cannot be formatted: {error!r}", [repr(record.msg)]
        self._log.write(record.levelname.lower(), f"{record.name}: {text}", "\n".join(detail))


class LogStream(TextIOBase):
    """A text file for `sys.stdout`: each whole line becomes a line of the log, marked with `level`."""

    def __init__(self, log: LogWriter, level: str = "print") -> None:
        self._log = log
        self._level = level
        # By thread, so that what two threads print does not mix within a line.
        self._begun: dict[int, str] = {}

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What programs that encode by themselves ask for."""
        return "utf-8"

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Take text; log the lines that it completes."""
        thread = threading.get_ident()
        *lines, rest = (self._begun.pop(thread, "") + text).split("\n")
        for line in lines:
            self._log.write(self._level, line.removesuffix("\r"))
        while len(rest) > LINE:
            self._log.write(self._level, rest[:LINE])
            rest = rest[LINE:]
        if rest:
            self._begun[thread] = rest
        return len(text)

    def finish(self) -> None:
        """Log what was begun and has no line ending."""
        for thread in list(self._begun):
            if rest := self._begun.pop(thread, ""):
                self._log.write(self._level, rest)


@contextmanager
def captured(log: LogWriter) -> Iterator[None]:
    """While this lasts, `print` and `logging` write to the log.

    `logging` is heard from level `info` on unless the program sets a level; `logging.basicConfig` in a program changes
    nothing, since a handler is there already.
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
