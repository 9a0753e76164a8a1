"""Sending a file: read piece by piece, no faster than the peer takes it.

    sending = FileSending(path, 12, "raw", link.send)     # raises FileError
    sending.apply(event)                     # each event of the server: what was taken, what waits
    sending.words; sending.stop()

Rules of this file:
- After some pieces it asks how much still waits (`Inspect`), and goes on when that has gone down: a peer that does not read
  stops it, and never costs more memory than a window.
- A protocol with messages gets the file as one message, or not at all.
- Nothing is read ahead, and never more than a window at once: the screen does not wait for a disk for long.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tuiserver.core.commands import AnyCommand, Inspect, Send
from tuiserver.core.events import OPERATOR, AnyEvent, Closed, Inspected, Noted, Sent
from tuiserver.core.numbers import size

PIECE = 64 * 1024
"""Bytes that are sent at once."""
WINDOW = 15 * PIECE
"""Bytes that may wait: less than a connection holds before it is not read any more (`Limits.max_buffer`)."""
WHOLE = 10 * 1024 * 1024
"""Bytes of a file that goes as one message."""


class FileError(Exception):
    """That cannot be sent; `str()` says why."""


def check(path: Path) -> int:
    """The size of a file that can be sent; raises `FileError`."""
    try:
        found = path.stat()
    except OSError as error:
        raise FileError((error.strerror or str(error)).lower()) from None
    except ValueError:
        raise FileError("that is no path") from None
    if not stat.S_ISREG(found.st_mode):
        raise FileError("it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no plain file")
    if not os.access(path, os.R_OK):
        raise FileError("it may not be read")
    return found.st_size


class FileSending:
    """A file on its way to one connection. `done` once all was handed over, or it has ended; `failure` says why it did."""

    def __init__(self, path: Path, connection: int, protocol: str, send: Callable[[AnyCommand], object]) -> None:
        self.path = path
        self.connection = connection
        self.size = check(path)
        self.sent = 0
        self.done = False
        self.failure = ""
        self._send = send
        self._room = WINDOW
        self._untold = 0
        """Bytes of which nothing has come back yet: whoever looks at what waits may have looked before them."""
        self._file: BinaryIO | None = None
        if protocol == "http" and self.size > WHOLE:
            raise FileError(f"{size(self.size)} are too many for one answer: {size(WHOLE)} at most")
        try:
            self._file = path.open("rb")
            if protocol == "http":
                self._room = self.size
                self._send_chunk(self.size)
            else:
                self._go_on()
        except OSError as error:
            self._end((error.strerror or str(error)).lower())
            raise FileError(self.failure) from None

    @property
    def words(self) -> str:
        """How far it is, in a few words."""
        share = 100 * self.sent // self.size if self.size else 100
        return f"{self.path.name}  {size(self.sent)} of {size(self.size)}  {share} % to #{self.connection}"

    @property
    def outcome(self) -> str:
        """What became of it, once it is done."""
        if self.failure:
            return f"{self.path.name}: {self.failure} after {self.sent:,} of {self.size:,} bytes to #{self.connection}"
        return f"{self.path.name}: all {self.sent:,} bytes sent to #{self.connection}"

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the server."""
        if self.done or getattr(event, "id", 0) != self.connection:
            return
        if type(event) is Closed:
            self._end("the connection closed")
        elif type(event) is Noted and event.level == "warning" and event.text.startswith("not sent to"):
            self._end(event.text.partition(": ")[2])
        elif type(event) is Sent and event.by == OPERATOR:
            self._untold = max(0, self._untold - event.size)
        elif type(event) is Inspected:
            waiting = int(event.info.get("unsent", 0))
            self._room = max(0, WINDOW - waiting - self._untold)
            try:
                self._go_on()
            except OSError as error:
                self._end((error.strerror or str(error)).lower())

    def ask(self) -> None:
        """Ask how much waits; once a second, for a peer that reads slowly."""
        if not self.done:
            self._send(Inspect(self.connection))

    def stop(self) -> None:
        """Send no more of it."""
        if not self.done:
            self._end("stopped")

    def _go_on(self) -> None:
        """Hand over what there is room for, and ask what became of it."""
        while self._room >= PIECE and not self.done:
            self._room -= PIECE
            self._send_chunk(PIECE)
        if not self.done and self.sent < self.size:
            self.ask()

    def _send_chunk(self, most: int) -> None:
        assert self._file is not None
        data = self._file.read(min(most, self.size - self.sent))
        if data:
            self._send(Send(self.connection, data))
            self._untold += len(data)
            self.sent += len(data)
        if self.sent >= self.size:
            self._end("")
        elif not data:
            self._end("the file has become shorter")

    def _end(self, failure: str) -> None:
        self.done = True
        self.failure = failure
        if self._file is not None:
            self._file.close()
