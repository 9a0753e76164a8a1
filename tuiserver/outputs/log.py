"""The log: what a server does, one line each, in a file.

Rules of this file:
- Whoever logs never waits for the disk: `put` and `write` append to a queue, one thread of our own words and writes.
- A line has no control character, whoever's text it holds; what has several lines follows indented.
- Lifecycle and what the operator did are logged, messages of programs are not. The log is an audit, not a recording.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from tuiserver.config.paths import default_log_file
from tuiserver.core.events import (
    OPERATOR,
    AnyEvent,
    Closed,
    Connected,
    Identified,
    Listening,
    Noted,
    Paused,
    Resumed,
    Sent,
    Unopened,
)
from tuiserver.core.numbers import elapsed
from tuiserver.core.payload import escape_nonprintable, to_text
from tuiserver.outputs.tail import LogTail, Memory

__all__ = ["LogError", "LogTail", "LogWriter"]

ROTATE = 10 * 1024 * 1024
"""Size of the file past which it is set aside: still quick to open, copy and search."""
KEEP = 5
"""Files set aside that are kept: `tuiserver.log.1` is the newest."""
CLIP = 80
"""Bytes of what an operator sent that a line shows."""
DETAIL = 64 * 1024
"""Characters kept of a detail, which is a traceback as a rule."""
BATCH = 500
"""Batches that are worded before they are written: what bounds the memory of one write."""

BURST = 500
"""Lines a second about who comes and goes; past it they are counted. Else a storm of clients would push everything worth
knowing out of the files within a minute, and wording it would take a third of the time that letting them in takes."""

_COMING_AND_GOING = {Connected, Identified, Closed}

LEVELS = {"warning": "warn", "critical": "error"}


class LogError(Exception):
    """The log file that was asked for cannot be written; `str()` is one line for the user."""


class LogWriter:
    """Writes the log. A sink of the worker: `put` takes batches of events, from any thread.

    `path` is the file, or None while the log is in `memory`; `warning` says why, empty when all is well.
    `LogTail(log.path, log.memory)` follows it either way.
    """

    traffic = False

    def __init__(self, path: Path | str | None = None) -> None:
        """Log to `path`; raises `LogError` when it cannot be written. None is the default place, or else memory."""
        self.path: Path | None = None
        self.memory = Memory()
        self.warning = ""
        self._file = -1
        self._identity = (0, 0)
        self._regular = False
        self._open_first(path)
        self._at = -1.0
        self._second = -1
        self._date = self._time = ""
        self._since: dict[int, tuple[str, float]] = {}
        self._burst_second = -1
        self._told = self._came = self._went = 0
        self._words: dict[type, Callable[[Any], str]] = {
            Listening: self._listening,
            Unopened: self._unopened,
            Connected: self._connected,
            Identified: self._identified,
            Sent: self._sent,
            Paused: self._paused,
            Resumed: self._resumed,
            Closed: self._closed,
            Noted: self._noted,
        }
        self._queue: SimpleQueue[Sequence[AnyEvent] | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tuiserver-log", daemon=True)
        self._thread.start()

    def put(self, events: Sequence[AnyEvent]) -> None:
        """Log these events; the sequence is not to change any more. Never waits."""
        if events:
            self._queue.put(events)

    def room(self) -> int:
        """None: no traffic is logged."""
        return 0

    def write(self, level: str, text: str, detail: str = "") -> None:
        """Log one line at `debug`, `info`, `warning`, `error`, or any short word; never waits."""
        self._queue.put((Noted(time.time(), level, text, 0, detail),))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was put is written. False when that took longer than `timeout` seconds."""
        if not self._thread.is_alive():
            return True
        written = threading.Event()
        self._queue.put(written)
        return written.wait(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Write what was put, then end; whatever the disk does, in `timeout` seconds at most."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _open_first(self, path: Path | str | None) -> None:
        asked = path is not None
        target = Path(path) if path is not None else default_log_file()
        try:
            if not asked:
                target.parent.mkdir(parents=True, exist_ok=True)
            self._open(target)
        except OSError as error:
            trouble = f'cannot write the log "{escape_nonprintable(str(target))}": {error.strerror or error}'
            if asked:
                raise LogError(trouble) from None
            self.warning = f"{trouble}; it is kept in memory (--log FILE names another place)"

    def _open(self, path: Path) -> None:
        # Non-blocking, so that a pipe nobody reads is an error and not a wait; afterwards writing may wait again.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        self._file = os.open(path, flags, 0o600)
        os.set_blocking(self._file, True)
        now = os.fstat(self._file)
        self._identity = (now.st_dev, now.st_ino)
        self._regular = stat.S_ISREG(now.st_mode)
        self.path = path

    # ── the thread ──

    def _run(self) -> None:
        while True:
            lot = []
            try:
                lot.append(self._queue.get(timeout=1.0 if self._came or self._went else None))
                while len(lot) < BATCH:
                    lot.append(self._queue.get_nowait())
            except Empty:
                pass
            lines: list[str] = []
            if not lot:
                self._end_burst(lines)
            for batch in lot:
                if batch is None:
                    self._end_burst(lines)
                    self._store(lines)
                    if self._file >= 0:
                        os.close(self._file)
                    return
                if isinstance(batch, threading.Event):
                    self._store(lines)
                    lines = []
                    batch.set()
                else:
                    self._word(batch, lines)
            self._store(lines)

    def _word(self, events: Sequence[AnyEvent], lines: list[str]) -> None:
        """Append a line for each event that has one; of a storm of clients, a number."""
        words = self._words
        for event in events:
            kind = type(event)
            if kind in _COMING_AND_GOING:
                if int(event.at) != self._burst_second:
                    self._end_burst(lines)
                    self._burst_second, self._told = int(event.at), 0
                self._told += 1
                if self._told > BURST:
                    self._count(event)
                    continue
            word = words.get(kind)
            if word is None or not (line := word(event)):
                continue
            if not line.isprintable():
                line = escape_nonprintable(line)
            if event.at != self._at:
                self._stamp(event.at)
            lines.append(f"{self._time} {line}\n")
            if isinstance(event, Noted) and event.detail:
                lines.extend(f"    {escape_nonprintable(part)}\n" for part in event.detail[:DETAIL].splitlines())

    def _count(self, event: AnyEvent) -> None:
        """One more who comes or goes without a line of its own."""
        if isinstance(event, Connected):
            self._since[event.id] = (event.peer, event.at)
            self._came += 1
        elif isinstance(event, Closed):
            self._since.pop(event.id, None)
            self._went += 1

    def _end_burst(self, lines: list[str]) -> None:
        """Tell how many clients were counted only."""
        if self._came or self._went:
            self._stamp(self._burst_second + 0.999)
            lines.append(
                f"{self._time} info  many at once: {self._came:,} more connected, {self._went:,} more closed\n"
            )
            self._came = self._went = 0

    def _stamp(self, at: float) -> None:
        """Word the time `at`; the events of one turn share it, and the date is asked of the system once a second."""
        self._at = at
        second = int(at)
        if second != self._second:
            self._second = second
            self._date = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        self._time = f"{self._date}.{int((at - second) * 1000):03d}"

    def _store(self, lines: list[str]) -> None:
        """Write lines to the file; when that fails say so once and keep them in memory from then on."""
        if not lines:
            return
        data = "".join(lines).encode("utf-8", "backslashreplace")
        if self.path is not None:
            try:
                self._make_room(self.path, len(data))
                view = memoryview(data)
                while view:
                    view = view[os.write(self._file, view) :]
                return
            except OSError as error:
                self.warning = (
                    f'cannot write the log "{escape_nonprintable(str(self.path))}": {error.strerror or error}'
                )
                self.path = None
                self._word((Noted(time.time(), "error", f"{self.warning}; it goes on in memory"),), lines)
                data = "".join(lines).encode("utf-8", "backslashreplace")
        self.memory.append(data.splitlines())

    def _make_room(self, path: Path, length: int) -> None:
        """Rotate a full file, and follow one that somebody else has moved away: another server may share the log."""
        if not self._regular:
            return
        try:
            now = os.stat(path)
        except FileNotFoundError:
            self._reopen(path)
            return
        if (now.st_dev, now.st_ino) != self._identity:
            self._reopen(path)
            now = os.fstat(self._file)
        if now.st_size and now.st_size + length > ROTATE:
            for number in range(KEEP - 1, 0, -1):
                older = Path(f"{path}.{number}")
                if older.exists():
                    os.replace(older, f"{path}.{number + 1}")
            os.replace(path, f"{path}.1")
            self._reopen(path)

    def _reopen(self, path: Path) -> None:
        before = self._file
        self._open(path)
        os.close(before)

    # ── the words ──

    def _listening(self, event: Listening) -> str:
        return f"info  listening on {event.address}"

    def _unopened(self, event: Unopened) -> str:
        return f"error {event.reason}"

    def _connected(self, event: Connected) -> str:
        self._since[event.id] = (event.peer, event.at)
        return f"info  #{event.id} {event.peer} connected to {event.address}"

    def _identified(self, event: Identified) -> str:
        return f"info  #{event.id} speaks {event.protocol}"

    def _sent(self, event: Sent) -> str:
        if event.by != OPERATOR:
            return ""
        more = "…" if len(event.data) > CLIP else ""
        return f"info  {OPERATOR} sent {event.size} B to #{event.id}: {to_text(event.data[:CLIP])}{more}"

    def _paused(self, event: Paused) -> str:
        if event.why == "buffer full":
            return f"warn  #{event.id} reads slowly: reading from it is paused until it has taken what waits"
        return f"info  #{event.id} reading paused by {event.why}"

    def _resumed(self, event: Resumed) -> str:
        return f"info  #{event.id} reading goes on"

    def _closed(self, event: Closed) -> str:
        peer, since = self._since.pop(event.id, ("", event.at))
        unsent = f", {event.unsent} B never sent" if event.unsent else ""
        return (
            f"info  #{event.id} {peer} {event.reason} after {elapsed(event.at - since)}, "
            f"{event.bytes_in} B in, {event.bytes_out} B out{unsent}"
        )

    def _noted(self, event: Noted) -> str:
        level = LEVELS.get(event.level, event.level)
        return f"{level:<5} #{event.id} {event.text}" if event.id else f"{level:<5} {event.text}"
