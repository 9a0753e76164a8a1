"""The log: what a server does, one line per event, in a file.

Rules of this file:
- Logging never waits for the disk: `put` and `write` append to a queue, and one thread formats and writes.
- When the file cannot be written, for instance because the disk is full, lines are kept, up to a bound, and written as soon
  as possible. `report` is called when that begins, and at its end if lines are missing.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from tuiserver.config.paths import state_folder
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import AnyEvent, Noted, Wants
from tuiserver.core.payload import escape_nonprintable
from tuiserver.outputs.log_claim import claim
from tuiserver.outputs.log_file import LogFile
from tuiserver.outputs.log_format import LogFormatter
from tuiserver.outputs.log_memory import LogMemory

MAX_BATCHES = 500
"""Batches of events that are formatted before they are written: this bounds the memory of one write."""
MAX_KEPT = 5_000
"""Lines that are kept while the file cannot be written; the oldest are dropped first."""
RETRY = 1.0
"""Seconds between two attempts to write to a file that failed."""


class LogError(Exception):
    """The log file that the user named cannot be written; `str()` is one line for the user."""


class LogWriter:
    """Writes the log. A sink of the worker: `put` takes batches of events, from any thread.

    `path` is the file, or None if the log is in `memory`; `warning` says why, and is empty otherwise.
    `LogTail(log.path, log.memory)` follows the log in either case.
    """

    wants: Wants = "lifecycle"
    wire = False

    def __init__(
        self,
        path: Path | str | None = None,
        label: str = "",
        report: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Log to `path`; raises `LogError` when it cannot be written. None is the default file, or memory as a fallback.

        The default file is in the state folder and named after `label`, such as an address; it belongs to this process only.
        `report` is called in the thread of the log.
        """
        self.memory = LogMemory()
        self.warning = ""
        self._report = report
        self._claim = -1
        self._file = self._open_file(path, label)
        self._problem = ""
        self._retry_at = 0.0
        self._pending: deque[str] = deque()
        self._missing = 0
        self._formatter = LogFormatter()
        self._queue: SimpleQueue[Sequence[AnyEvent] | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tuiserver-log", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path | None:
        """The file, or None if the log is in memory."""
        return None if self._file is None else self._file.path

    @property
    def run_start(self) -> int:
        """The offset in the file at which the lines of this run begin."""
        return 0 if self._file is None else self._file.run_start

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

    def _open_file(self, path: Path | str | None, label: str) -> LogFile | None:
        target = state_folder() if path is None else Path(path)
        try:
            if path is None:
                target, self._claim = claim(target, label)
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
                    self._finish([*lines, *self._formatter.end_burst()])
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
            batches.append(self._queue.get(timeout=RETRY if self._formatter.in_burst or self._problem else None))
            while len(batches) < MAX_BATCHES:
                batches.append(self._queue.get_nowait())
        except Empty:
            pass
        return batches

    def _store(self, lines: list[str]) -> None:
        """Write lines to the file; while that fails, keep them and show them in memory."""
        if self._file is None or self._problem:
            self.memory.append(_encode(lines).splitlines())
        if self._file is None:
            return
        self._pending += lines
        if not self._pending or (self._problem and time.monotonic() < self._retry_at):
            self._drop_oldest()
            return
        try:
            self._file.write(_encode([*self._missing_line(), *self._pending]))
        except OSError as error:
            self._on_failure(self._file, error)
            return
        self._pending.clear()
        if self._problem:
            self._report_missing("the log is written again")
            self._problem = ""

    def _on_failure(self, file: LogFile, error: OSError) -> None:
        self._retry_at = time.monotonic() + RETRY
        if not self._problem:
            self._problem = _describe_problem(file.path, error)
            text = f"{self._problem}; lines are kept in memory until it can be written"
            note = Noted(time.time(), "error", text, code=NoteCode.LOG_FAILED)
            self.memory.append(_encode([*self._pending, *self._formatter.format((note,))]).splitlines())
            self._report(text)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while len(self._pending) > MAX_KEPT:
            self._pending.popleft()
            self._missing += 1

    def _missing_line(self) -> list[str]:
        """The line of the log that stands for those that are missing."""
        if not self._missing:
            return []
        note = Noted(time.time(), "warning", f"{self._missing:,} lines are missing here: {self._problem}")
        return self._formatter.format((note,))

    def _report_missing(self, text: str) -> None:
        if self._missing:
            self._report(f"{text}: {self._missing:,} lines are missing")
        self._missing = 0

    def _finish(self, lines: list[str]) -> None:
        """Write the last lines; say how many cannot be written."""
        self._retry_at = 0.0
        self._store(lines)
        if self._problem:
            self._missing += len(self._pending)
            self._report_missing(self._problem)
        if self._file is not None:
            self._file.close()
        if self._claim >= 0:
            os.close(self._claim)


def _describe_problem(path: Path, error: OSError) -> str:
    return f'cannot write the log "{escape_nonprintable(str(path))}": {error.strerror or error}'


def _encode(lines: list[str]) -> bytes:
    return "".join(lines).encode("utf-8", "backslashreplace")
