"""The history of the send bar, on disk: one entry per line, such as `text PING`, `hex 50 49` or `file /tmp/x`.

Rules of this file:
- The history is a convenience: a file that cannot be read or written is ignored silently.
- It is bounded in memory and on disk, and only its owner may read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tuiserver.config.paths import history_file
from tuiserver.core.payload import is_shown

MODES = ("text", "literal", "hex", "fields", "file")
MAX_ENTRIES = 500
MAX_LENGTH = 4096
"""Characters of an entry; a longer one was pasted, not typed."""


class HistoryEntry(NamedTuple):
    """What was typed, and in which of the `MODES`."""

    mode: str
    text: str


class History:
    """The entries, and a position among them that `older` and `newer` move.

    The file is `path`, by default that of the user which `default` returns. It is read on first use, so that it costs nothing
    at startup.
    """

    def __init__(self, path: Path | None = None, default: Callable[[], Path] = history_file) -> None:
        self._given, self._default = path, default
        self._entries: list[HistoryEntry] | None = None
        self._lines = 0
        self._position = 0
        self._draft = HistoryEntry("text", "")
        self._writable = True

    @property
    def _path(self) -> Path:
        if self._given is None:
            self._given = self._default()
        return self._given

    def older(self, draft: HistoryEntry) -> HistoryEntry | None:
        """The previous entry; None at the oldest. `draft` is what is typed now; `newer` returns it after the newest entry."""
        entries = self._load()
        if self._position == len(entries):
            self._draft = draft
        if self._position == 0:
            return None
        self._position -= 1
        return entries[self._position]

    def newer(self) -> HistoryEntry | None:
        """The next entry, after the newest one the draft; None where there is no next one."""
        entries = self._load()
        if self._position == len(entries):
            return None
        self._position += 1
        return self._draft if self._position == len(entries) else entries[self._position]

    def add(self, entry: HistoryEntry) -> None:
        """Append an entry, unless it repeats the newest one, and move the position to the end."""
        entries = self._load()
        if entry.text and len(entry.text) <= MAX_LENGTH and entry not in entries[-1:]:
            entries.append(entry)
            del entries[:-MAX_ENTRIES]
            self._write(entries)
        self._position = len(entries)

    def _load(self) -> list[HistoryEntry]:
        if self._entries is None:
            try:
                lines = self._path.read_bytes().decode("utf-8", "replace").split("\n")
            except OSError:
                lines = []
            parts = (line.partition(" ") for line in lines)
            found = [HistoryEntry(mode, text) for mode, blank, text in parts if blank and mode in MODES]
            valid = [entry for entry in found if is_shown(entry.text) and len(entry.text) <= MAX_LENGTH]
            self._lines = len(lines)
            self._entries = valid[-MAX_ENTRIES:]
            self._position = len(self._entries)
        return self._entries

    def _write(self, entries: list[HistoryEntry]) -> None:
        """Append the newest entry; rewrite the file once it has twice as many lines as there are entries in memory."""
        if not self._writable:
            return
        rewrite = self._lines >= 2 * MAX_ENTRIES
        text = "".join(f"{mode} {text}\n" for mode, text in (entries if rewrite else entries[-1:]))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if rewrite else os.O_APPEND)
            with open(os.open(self._path, flags, 0o600), "wb") as file:
                os.fchmod(file.fileno(), 0o600)  # it may exist already
                file.write(text.encode("utf-8", "replace"))
        except OSError:
            self._writable = False
        self._lines = len(entries) if rewrite else self._lines + 1
