"""The log: what a server does, one line per event, in a file.

Rules of this file:
- Logging never waits for the disk: `put` and `write` append to a queue, and one thread formats and writes.
- When the file cannot be written, the log continues in memory and says so once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from tuiserver.config.paths import default_log_file
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import AnyEvent, Noted, Wants
from tuiserver.core.payload import escape_nonprintable
from tuiserver.outputs.log_file import LogFile
from tuiserver.outputs.log_format import LogFormatter
from tuiserver.outputs.log_memory import LogMemory

MAX_BATCHES = 500
"""Batches of events that are formatted before they are written: this bounds the memory of one write."""


class LogError(Exception):
    """The log file that the user named cannot be written; `str()` is one line for the user."""


class LogWriter:
    """Writes the log. A sink of the worker: `put` takes batches of events, from any thread.

    `path` is the file, or None while the log is in `memory`; `warning` says why, and is empty otherwise.
    `LogTail(log.path, log.memory)` follows the log in either case.
    """

    wants: Wants = "lifecycle"
    wire = False

    def __init__(self, path: Path | str | None = None) -> None:
        """Log to `path`; raises `LogError` when it cannot be written. None is the default file, or memory as a fallback."""
        self.memory = LogMemory()
        self.warning = ""
        self._file = self._open_file(path)
        self._formatter = LogFormatter()
        self._queue: SimpleQueue[Sequence[AnyEvent] | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tuiserver-log", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path | None:
        """The file, or None while the log is in memory."""
        file = self._file  # The thread of the log may set it to None.
        return None if file is None else file.path

    def put(self, events: Sequence[AnyEvent]) -> None:
        """Log these events; never waits. The caller does not change the sequence afterwards."""
        if events:
            self._queue.put(events)

    def capacity(self) -> int:
        """Zero: traffic is not logged."""
        return 0

    def write(self, level: str, text: str, detail: str = "") -> None:
        """Log one line at `debug`, `info`, `warning`, `error` or another short level; never waits."""
        self._queue.put((Noted(time.time(), level, text, 0, detail),))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything logged so far is written; False if that takes longer than `timeout` seconds."""
        if not self._thread.is_alive():
            return True
        written = threading.Event()
        self._queue.put(written)
        return written.wait(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Write everything logged so far and end the thread; waits for at most `timeout` seconds."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _open_file(self, path: Path | str | None) -> LogFile | None:
        target = default_log_file() if path is None else Path(path)
        try:
            if path is None:
                target.parent.mkdir(parents=True, exist_ok=True)
            return LogFile(target)
        except OSError as error:
            problem = _describe_problem(target, error)
            if path is not None:
                raise LogError(problem) from None
            self.warning = f"{problem}; it is kept in memory (--log FILE selects another file)"
            return None

    # The methods below run in the thread of the log.

    def _run(self) -> None:
        while True:
            batches = self._next_batches()
            lines: list[str] = [] if batches else self._formatter.end_burst()
            for batch in batches:
                if batch is None:
                    self._store([*lines, *self._formatter.end_burst()])
                    if self._file is not None:
                        self._file.close()
                    return
                if isinstance(batch, threading.Event):
                    self._store(lines)
                    lines = []
                    batch.set()
                else:
                    lines += self._formatter.format(batch)
            self._store(lines)

    def _next_batches(self) -> list[Sequence[AnyEvent] | threading.Event | None]:
        """Wait for batches and take those that are queued; empty when a burst has been over for a second."""
        batches = []
        try:
            batches.append(self._queue.get(timeout=1.0 if self._formatter.in_burst else None))
            while len(batches) < MAX_BATCHES:
                batches.append(self._queue.get_nowait())
        except Empty:
            pass
        return batches

    def _store(self, lines: list[str]) -> None:
        """Write lines to the file; if that fails, keep them in memory from now on."""
        if not lines:
            return
        if self._file is not None:
            try:
                self._file.write(_encode(lines))
                return
            except OSError as error:
                self.warning = _describe_problem(self._file.path, error)
                self._file.close()
                self._file = None
                note = Noted(time.time(), "error", f"{self.warning}; it continues in memory", code=NoteCode.LOG_FAILED)
                lines += self._formatter.format((note,))
        self.memory.append(_encode(lines).splitlines())


def _describe_problem(path: Path, error: OSError) -> str:
    return f'cannot write the log "{escape_nonprintable(str(path))}": {error.strerror or error}'


def _encode(lines: list[str]) -> bytes:
    return "".join(lines).encode("utf-8", "backslashreplace")
