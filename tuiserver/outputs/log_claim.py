"""Choose the default log file of this process: no other process that runs writes to it.

Rules of this file:
- A claim is a lock on a small file beside the log, held until the process ends: the log itself is renamed when it is rotated.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

MAX_LABEL = 80
"""Characters of a label that go into the name of a file."""
MAX_CLAIMS = 1000
"""Processes with the same label that get a file of their own."""


def claim(folder: Path, label: str) -> tuple[Path, int]:
    """The first log file for `label` that is free, and the descriptor that holds it; raises `OSError`.

    For `127.0.0.1:9999` that is `tuiserver-127.0.0.1-9999.log`, for a second process `tuiserver-127.0.0.1-9999-2.log`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = re.sub(r"[^A-Za-z0-9._]+", "-", label)[-MAX_LABEL:].strip("-.")
    stem = f"tuiserver-{words}" if words else "tuiserver"
    for number in range(1, MAX_CLAIMS + 1):
        path = folder / (f"{stem}-{number}.log" if number > 1 else f"{stem}.log")
        lock = os.open(folder / f".{path.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        except OSError:  # this file system has no locks
            pass
        return path, lock
    raise BlockingIOError(None, f"{MAX_CLAIMS} servers use a log of this name")
