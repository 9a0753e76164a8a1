"""What the operator sent before, kept on disk: one line an entry, `text PING`, `hex 50 49` or `file /tmp/x`.

Rules of this file:
- It is a convenience: a file that cannot be read or written is left alone, without a word.
- It is bounded, in memory and on disk, and only its owner may read it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from tuiserver.config.paths import history_file

KEPT = 500
"""Entries; more than anyone walks back by hand."""
LONGEST = 4096
"""Characters of an entry that is kept; a longer one was not typed."""


class Typed(NamedTuple):
    """What stood in the line, and how it was meant: `mode` is `text`, `hex` or `file`."""

    mode: str
    text: str


class History:
    """The entries, oldest first. Reading them waits for the first `older`: nothing is spent on it at the start."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep it at `path`, by default in the platform's place."""
        self._given = path
        self._entries: list[Typed] | None = None
        self._lines = 0
        self._at = 0
        self._draft = Typed("text", "")
        self._writable = True

    @property
    def _path(self) -> Path:
        if self._given is None:
            self._given = history_file()
        return self._given

    def older(self, now: Typed) -> Typed | None:
        """One step back; None at the oldest. `now` is what stands in the line, so that it can be returned to."""
        entries = self._read()
        if self._at == len(entries):
            self._draft = now
        if self._at == 0:
            return None
        self._at -= 1
        return entries[self._at]

    def newer(self) -> Typed | None:
        """One step forward, in the end to what stood in the line at first; None when there already."""
        entries = self._read()
        if self._at == len(entries):
            return None
        self._at += 1
        return self._draft if self._at == len(entries) else entries[self._at]

    def add(self, entry: Typed) -> None:
        """Keep an entry that was sent; the same one twice in a row is kept once. Begins at the newest again."""
        entries = self._read()
        if entry.text and len(entry.text) <= LONGEST and entry not in entries[-1:]:
            entries.append(entry)
            del entries[:-KEPT]
            self._write(entries)
        self._at = len(entries)

    def _read(self) -> list[Typed]:
        if self._entries is None:
            try:
                lines = self._path.read_bytes().decode("utf-8", "replace").split("\n")
            except OSError:
                lines = []
            found = (Typed(*line.split(" ", 1)) for line in lines if line.startswith(("text ", "hex ", "file ")))
            self._lines = len(lines)
            self._entries = [entry for entry in found if entry.text.isprintable() and len(entry.text) <= LONGEST][
                -KEPT:
            ]
            self._at = len(self._entries)
        return self._entries

    def _write(self, entries: list[Typed]) -> None:
        """Append the newest; write the file anew when it has grown to twice what is kept."""
        if not self._writable:
            return
        anew = self._lines >= 2 * KEPT
        text = "".join(f"{mode} {text}\n" for mode, text in (entries if anew else entries[-1:]))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if anew else os.O_APPEND)
            with open(os.open(self._path, flags, 0o600), "wb") as file:
                file.write(text.encode("utf-8", "replace"))
        except OSError:
            self._writable = False
        self._lines = len(entries) if anew else self._lines + 1
